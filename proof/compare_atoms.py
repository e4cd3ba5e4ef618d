"""The comparisons that a change bears on: those that it adds or takes away, or else the nearest that read it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.expr.typed import Compare, Fold, Inverse, Known, Logic, OneOf, Read, Typed, Within, parts
from proof.compare import Change, Comparison
from proof.compare_forms import Form, Forms, Ref, refs
from proof.compare_parts import Part, Piece
from proof.compare_reach import Reach
from proof.compare_version import Version

_DEEP: Final = 5


@dataclass(frozen=True, slots=True)
class Atom:
    """One comparison, or a fact that is true or false, of one version (0 the old one, 1 the new).

    `subject` is the row at hand; `folds` are the lists that the comparison is asked of, the outermost first.
    `among` is the subject whose contracts a pick chooses from, where it stands in one.
    """

    side: int
    subject: str
    of: Typed
    folds: tuple[Fold, ...] = ()
    among: str = ""


def atoms(comparison: Comparison) -> list[Atom]:
    """Return the comparisons that decisive changes bear on, each once, those of the new version first."""
    found: dict[tuple[int, str, str], Atom] = {}
    sides = (_Side(0, comparison.old), _Side(1, comparison.new))
    for change in comparison.decisive:
        own = [[*side.inside(change)] for side in sides]
        alone = [*_alone(comparison, own[0], own[1])]
        told = alone or [atom for side in sides for atom in side.reading(change)] or [*own[0], *own[1]]
        for atom in told:
            found.setdefault((atom.side, atom.subject, str(atom.of)), atom)
    return sorted(found.values(), key=lambda atom: -atom.side)


def _alone(comparison: Comparison, old: Iterable[Atom], new: Iterable[Atom]) -> Iterator[Atom]:
    """Yield the comparisons that the other side does not have."""
    matching = comparison.matching
    forms = comparison.old.forms, comparison.new.forms
    before, after = ([(atom, forms[side].of(atom.of)) for atom in each] for side, each in enumerate((old, new)))
    for atom, form in before:
        if not any(matching.same(form, other) for _, other in after):
            yield atom
    for atom, form in after:
        if not any(matching.same(other, form) for _, other in before):
            yield atom


@dataclass
class _Side:
    side: int
    version: Version
    _reach: Reach = field(init=False)

    def __post_init__(self) -> None:
        self._reach = Reach(self.version)

    def inside(self, change: Change) -> Iterator[Atom]:
        """Yield the comparisons in what has changed itself."""
        piece = self._piece(change)
        for part in (change.before, change.after)[self.side] if piece else ():
            yield from self._of_part(piece, part)

    def _piece(self, change: Change) -> Piece | None:
        return self.version.pieces.get((change.form, change.name))

    def _of_part(self, piece: Piece | None, part: Part) -> Iterator[Atom]:
        among = "market" if piece is not None and piece.form == "pick" and part.name in ("where", "order_by") else ""
        for typed in part.typed if piece is not None else ():
            yield from self._in(piece.subject, typed, (), among)

    def _in(self, subject: str, of: Typed, folds: tuple[Fold, ...], among: str) -> Iterator[Atom]:
        match of:
            case Compare() | Within() | OneOf():
                yield Atom(self.side, subject, of, folds, among)
            case Read(type=kind) if kind.kind == "bool":
                yield Atom(self.side, subject, of, folds, among)
            case Fold(body=body):
                yield from self._in(subject, body, (*folds, of), among)
            case _:
                for part in parts(of):
                    yield from self._in(subject, part, folds, among)

    def reading(self, change: Change) -> Iterator[Atom]:
        """Yield the nearest comparisons that read what a piece defines, one way up at a time."""
        piece = self._piece(change)
        wanted = {*piece.defines} if piece is not None else set()
        for _ in range(_DEEP):
            readers = {reader.key: reader for ref in sorted(wanted) for reader in self._reach.readers.get(ref, ())}
            found = [atom for reader in readers.values() for atom in self._naming(reader, wanted)]
            yield from found
            if found or not readers:
                return
            wanted = {ref for reader in readers.values() for ref in reader.defines}

    def _naming(self, reader: Piece, wanted: set[Ref]) -> Iterator[Atom]:
        forms = self.version.forms
        for part in reader.parts:
            for atom in self._of_part(reader, part):
                if not wanted.isdisjoint(refs(forms.of(atom.of))):
                    yield atom
