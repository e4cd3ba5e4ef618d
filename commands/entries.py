"""What one name of the law means: its text, value, place, and what reads it or rests on it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from commands.pieces import Piece, pieces, source
from engine.decisions import KINDS, fields
from engine.law.model import Constitution
from engine.law.read import LIMIT_BYTES, node_at
from engine.law.text import read_file
from engine.place import Place
from engine.subjects import SUBJECTS, given

_ITEMS, _RULINGS = "items.yaml", "interpretations.yaml"
_CLOSE: Final = 3


@dataclass(frozen=True)
class Entry:
    """One thing of the law. `about` is what it says, by heading; `related` what refers to it, by how it does."""

    name: str
    form: str
    about: Mapping[str, str]
    place: Place | None = None
    cites: Sequence[str] = ()
    rests_on: Sequence[str] = ()
    source: Sequence[str] = ()
    related: Mapping[str, Sequence[Piece]] = field(default_factory=dict)


@dataclass
class Index:
    """The names of one law, and the folder it stands in."""

    law: Constitution
    folder: Path

    def __post_init__(self) -> None:
        self.pieces = pieces(self.law)

    def find(self, name: str) -> list[Entry]:
        """Return everything of that name; a fact also without its subject, an item also with `§`."""
        bare = name.removeprefix("§")
        readers: tuple[Callable[[str], Iterator[Entry]], ...] = (
            self._item,
            self._section,
            self._ruling,
            self._level,
            self._kind,
            self._given,
            self._remembered,
            self._piece,
        )
        return [entry for read in readers for entry in read(bare)]

    def close(self, name: str) -> list[str]:
        """Return names that look alike."""
        known = {word.lower(): word for word in self.names()}
        return [known[word] for word in get_close_matches(name.lower(), known, _CLOSE, 0.5)]

    def names(self) -> Iterator[str]:
        """Yield every name that `find` finds."""
        law = self.law
        yield from (*law.items, *law.titles, *law.interpretations, *law.levels, *KINDS, *law.remembered)
        yield from (piece.name for piece in self.pieces)
        yield from (f"{subject}.{fact}" for subject in SUBJECTS for fact in given(subject))

    def _citing(self, item: str) -> list[Piece]:
        return [piece for piece in self.pieces if item in piece.origin.cites]

    def _reading(self, *names: str) -> list[Piece]:
        return [piece for piece in self.pieces if piece.reads.intersection(names)]

    def _place(self, file: str, *path: str) -> Place | None:
        node = read_file(self.folder / file, file, [], LIMIT_BYTES)
        key = None if node is None else node_at(node, path)[1]
        return None if key is None else key.place

    def _source(self, place: Place | None) -> Sequence[str]:
        return () if place is None else source(self.folder, place)

    def _item(self, name: str) -> Iterator[Entry]:
        if name not in self.law.items:
            return
        item = self.law.items[name]
        about = {"text": item.text, "kind": item.kind, "source": item.source, "performed by": item.room or ""}
        rulings = [ruling for ruling, each in self.law.interpretations.items() if name in each.cites]
        place = self._place(_ITEMS, "items", name)
        yield Entry(
            f"§{name}", "item", about, place, (), rulings, self._source(place), {"carried out by": self._citing(name)}
        )

    def _section(self, name: str) -> Iterator[Entry]:
        if name in self.law.titles:
            inside = {f"§{item}": law.text for item, law in self.law.items.items() if item.partition(".")[0] == name}
            yield Entry(f"§{name}", "section", {"title": self.law.titles[name], **inside})

    def _ruling(self, name: str) -> Iterator[Entry]:
        found = self.law.interpretations.get(name.upper())
        if found is None:
            return
        about = {
            "question": found.question,
            "chosen": found.chosen,
            "set aside": "\n".join(f"• {other}" for other in found.set_aside),
            "because": found.because,
            "a person must confirm it": "yes" if found.human_ruling_needed else "no",
        }
        place = self._place(_RULINGS, "interpretations", name.upper())
        resting = [piece for piece in self.pieces if name.upper() in piece.origin.rests_on]
        related = {"rest on it": resting}
        yield Entry(name.upper(), "interpretation", about, place, found.cites, (), self._source(place), related)

    def _level(self, name: str) -> Iterator[Entry]:
        for ladder, each in self.law.ladders.items():
            for level in each.levels:
                if level.name == name:
                    about = {"level": f"{level.level} of {ladder}", "rung": level.rung or "below every rung"}
                    cites = (level.cites,) if isinstance(level.cites, str) else level.cites
                    place = self.law.derived[ladder].origin.place
                    yield Entry(name, "level", about, place, cites, related={"read by": self._reading(name)})

    def _kind(self, name: str) -> Iterator[Entry]:
        kind = next((kind for kind in KINDS if kind.lower() == name.lower()), None)
        if kind is None:
            return
        about = {"means": KINDS[kind].__doc__ or "", "risk": KINDS[kind].risk, "competes for": KINDS[kind].slot}
        about |= {told: f"{each.means} [{each.unit}]" for told, each in fields(kind).items()}
        rules = [rule for rule in self.law.rules.values() if rule.kind == kind]
        decides = [piece for piece in self.pieces if any(piece.name == rule.id and rule.decides for rule in rules)]
        requires = [piece for piece in self.pieces if any(piece.name == rule.id and not rule.decides for rule in rules)]
        yield Entry(kind, "decision", about, related={"decided by": decides, "requires": requires})

    def _given(self, name: str) -> Iterator[Entry]:
        for subject in SUBJECTS:
            for fact, each in given(subject).items():
                if name in (fact, f"{subject}.{fact}"):
                    about = {"means": each.means, "unit": each.unit, "sign": each.sign.replace("_", " ")}
                    about |= {"source": each.source, "may be missing": "yes" if each.nullable else "no"}
                    if each.type.words:
                        about["words"] = ", ".join(sorted(each.type.words))
                    full = f"{subject}.{fact}"
                    yield Entry(full, "given fact", about, related={"read by": self._reading(full)})

    def _remembered(self, name: str) -> Iterator[Entry]:
        for full, each in self.law.remembered.items():
            if name in (full, each.fact):
                latch = f"the latch {each.latch}" if each.latch else each.next
                about = {"means": f"from memory, as {latch} was", "unit": each.unit}
                yield Entry(full, "remembered fact", about, related={"read by": self._reading(full)})

    def _piece(self, name: str) -> Iterator[Entry]:
        for piece in self.pieces:
            if name in (piece.name, f"{piece.subject}.{piece.name}") or piece.name.endswith(f".{name}"):
                origin = piece.origin
                about = {"means": origin.means, "value": piece.value, "unit": piece.unit, "of": piece.subject}
                related = {"reads": self._read_by(piece), "read by": self._reading(*piece.names)}
                lines = self._source(origin.place)
                yield Entry(piece.name, piece.form, about, origin.place, origin.cites, origin.rests_on, lines, related)

    def _read_by(self, piece: Piece) -> list[Piece]:
        return [each for each in self.pieces if each.names & piece.reads and each is not piece]
