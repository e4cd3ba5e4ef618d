"""Where the probes of a law are kept, and which of its expressions are watched for which probe."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from engine.expr.typed import Const
from engine.law.authored import Section
from engine.law.finding import Files
from engine.law.model import Constitution, Origin
from engine.law.read import node_at
from engine.law.world import World
from engine.place import Place
from proof.coverage_here import Here
from proof.coverage_points import Able, Form, Key, Probe


@dataclass(frozen=True, slots=True)
class Branch:
    """One row of a table: its probe, the way of it when the row applies, and when it was looked at and does not."""

    key: Key
    taken: str
    passed: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the law as its probes name it; `place` is where the part at hand stands."""

    name: str
    subject: str
    place: Place
    section: str
    rests_on: tuple[str, ...] = ()


@dataclass
class Atlas:
    """The probes of one law. Expressions are known by their identity, which the law keeps alive."""

    law: Constitution
    files: Files
    probes: dict[Key, Probe] = field(default_factory=dict)
    compared: dict[int, Key] = field(default_factory=dict)
    edges: dict[int, tuple[tuple[Key, Const], ...]] = field(default_factory=dict)
    listed: dict[int, Key] = field(default_factory=dict)
    branches: dict[int, tuple[Branch, ...]] = field(default_factory=dict)
    options: dict[int, Key] = field(default_factory=dict)

    @cached_property
    def world(self) -> World:
        """What is possible under this law, whatever a snapshot says."""
        return World(self.law)

    @property
    def here(self) -> Here:
        """What holds before anything is asked."""
        return Here(self.world)

    @cached_property
    def _sections(self) -> Mapping[str, str]:
        models = {name: file.model for name, file in self.files.items()}
        return {name: model.section for name, model in models.items() if isinstance(model, Section)}

    def piece(self, name: str, subject: str, origin: Origin) -> Piece:
        """Return a piece of the law; its section is that of its file, else of the first item that it carries out."""
        cited = origin.cites[0].partition(".")[0] if origin.cites else ""
        return Piece(name, subject, origin.place, self._sections.get(origin.place.file, cited), origin.rests_on)

    def at(self, piece: Piece, *path: str | int) -> Piece:
        """Return a piece with the place of a part of it, as far as the file has one of its own."""
        return replace(piece, place=node_at(self.files[piece.place.file].node, path)[0].place)

    def add(self, form: Form, piece: Piece, able: Able, never: Iterable[str] = (), text: str = "") -> Key:
        """Add a probe. Of one that is there already, what can never be is what can be nowhere."""
        key, gone = Key(form, piece.name, text), frozenset(never)
        known = self.probes.get(key)
        if known is None:
            place, rests_on = piece.place, piece.rests_on
            self.probes[key] = Probe(key, place, piece.section, piece.subject, able, gone, rests_on=rests_on)
        else:
            self.probes[key] = replace(known, never=known.never & gone)
        return key

    def names(self, key: Key, names: frozenset[str], *, bound: bool) -> None:
        """Note the parameters that a probe names."""
        self.probes[key] = replace(self.probes[key], names=names, bound=bound)
