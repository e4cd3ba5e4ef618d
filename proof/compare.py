"""Two versions of the law by what they say: what was added, removed and changed, and what is only called otherwise."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from engine.expr.typed import Logic
from engine.place import Place
from engine.wording import PLAIN
from proof.compare_match import KEPT, Matching
from proof.compare_parts import Layer, Part, Piece
from proof.compare_pieces import ROW
from proof.compare_rows import rows
from proof.compare_version import Version

How: TypeAlias = Literal["added", "removed", "changed", "renamed", "moved"]

_FORMS: Final = (
    "parameter", "fact", "table", "ladder", "latch", "memory", "pick", "rule", "choice", "share", "arbitration",
    "order", "version", "interpretation", "item", "tension", "assumption", "title",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: of a whole piece, or of one of its parts; `lost` and `gained` are terms of a condition.

    `pieces`, `before` and `after` are the two pieces and their parts, for whoever asks what they evaluate.
    """

    form: str
    name: str
    how: How
    layer: Layer
    part: str = ""
    old: str = ""
    new: str = ""
    old_place: Place | None = None
    new_place: Place | None = None
    unit: str = ""
    cites: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()
    decides: bool = True
    pieces: tuple[Piece | None, Piece | None] = field(default=(None, None), compare=False, repr=False)
    before: tuple[Part, ...] = field(default=(), compare=False, repr=False)
    after: tuple[Part, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Renamed:
    """What says the same under another name."""

    form: str
    old: str
    new: str


@dataclass(frozen=True)
class Comparison:
    """Two versions and what differs; without a change they say the same."""

    old: Version
    new: Version
    matching: Matching
    changes: tuple[Change, ...]
    renamed: tuple[Renamed, ...]

    @property
    def decisive(self) -> tuple[Change, ...]:
        """The changes on which a decision can depend."""
        return tuple(change for change in self.changes if change.layer == "meaning" and change.decides)


def compare(old: Version, new: Version) -> Comparison:
    """Return what differs between two versions, in the order of the forms and of the text."""
    differing = _Differing(Matching(old, new))
    changes = [*differing.alone(), *differing.paired(), *differing.sequences()]
    changes.sort(key=lambda change: (_FORMS.index(change.form), _first(change)))
    return Comparison(old, new, differing.matching, tuple(changes), tuple(differing.renamed()))


def _first(change: Change) -> Place:
    return change.new_place or change.old_place or Place("", 0, 0)


@dataclass(frozen=True)
class _Differing:
    matching: Matching

    def alone(self) -> Iterator[Change]:
        """Yield the pieces that stand on one side."""
        taken = {*self.matching.pairs.values()}
        for key, piece in self.matching.old.pieces.items():
            if key not in self.matching.pairs:
                yield _whole(piece, "removed")
        for key, piece in self.matching.new.pieces.items():
            if key not in taken:
                yield _whole(piece, "added")

    def paired(self) -> Iterator[Change]:
        """Yield what differs inside the pieces that stand on both sides."""
        for old, new in self._pairs():
            if old.form in KEPT and old.name != new.name:
                yield Change(
                    old.form, new.name, "renamed", "meaning", "name", old.name, new.name, old.place, new.place,
                    cites=new.cites, pieces=(old, new), before=old.parts, after=new.parts,
                )  # fmt: skip
            named = [part.name for part in (*old.parts, *new.parts) if not part.name.startswith(ROW)]
            for name in dict.fromkeys(named):
                yield from self._part(old, new, old.by_name.get(name), new.by_name.get(name))
            if old.form == "table":
                yield from self._table(old, new)

    def _pairs(self) -> Iterator[tuple[Piece, Piece]]:
        for old, new in self.matching.pairs.items():
            yield self.matching.old.pieces[old], self.matching.new.pieces[new]

    def _part(self, old: Piece, new: Piece, before: Part | None, after: Part | None) -> Iterator[Change]:
        part = after or before
        if part is None or part.layer == "name" or self._same(before, after):
            return
        lost, gained = self._terms(before, after)
        yield Change(
            new.form, new.name, "changed", part.layer, part.name,
            before.words if before else "", after.words if after else "",
            before.place if before else old.place, after.place if after else new.place,
            new.unit, new.cites, lost, gained, new.decides, (old, new),
            (before,) if before else (), (after,) if after else (),
        )  # fmt: skip

    def _same(self, before: Part | None, after: Part | None) -> bool:
        return before is not None and after is not None and self.matching.same(before.form, after.form)

    def _table(self, old: Piece, new: Piece) -> Iterator[Change]:
        """Yield the rows that differ; where a column reads something else, that is said once, and not of every row."""
        found = [(before, after) for before, after in rows(self.matching, old, new) if before is not after]
        alike = [pair for pair in found if pair[0] and pair[1] and pair[0].words == pair[1].words]
        columns = (old.by_name["by"], new.by_name["by"])
        if alike and columns[0].words != columns[1].words:
            found = [(columns[0], columns[1]), *(pair for pair in found if pair not in alike)]
        for before, after in found:
            how: How = "changed" if before and after else "removed" if before else "added"
            part = before or after
            assert part is not None  # noqa: S101 - one of the two is there
            if part.name != "by" and self._same(before, after):
                how = "moved"
            told = (part for pair in alike for part in pair) if part.name == "by" else (before, after)
            parts = [each for each in told if each is not None]
            yield Change(
                new.form, new.name, how, "meaning", part.name,
                before.words if before else "", after.words if after else "",
                before.place if before else old.place, after.place if after else new.place, cites=new.cites,
                pieces=(old, new), before=tuple(each for each in parts if each in old.parts),
                after=tuple(each for each in parts if each in new.parts),
            )  # fmt: skip

    def _terms(self, before: Part | None, after: Part | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the terms of a condition that stand on one side only, where others stand on both."""
        sides = [part.typed[0] if part is not None and len(part.typed) == 1 else None for part in (before, after)]
        if not any(isinstance(side, Logic) for side in sides) or None in sides:
            return (), ()
        old, new = (side.terms if isinstance(side, Logic) else (side,) for side in sides if side is not None)
        forms = [[self.matching.old.forms.of(term) for term in old], [self.matching.new.forms.of(term) for term in new]]
        lost = [term for term, form in zip(old, forms[0], strict=True) if not self._among(form, forms[1])]
        gained = [
            term for term, form in zip(new, forms[1], strict=True)
            if not any(self.matching.same(other, form) for other in forms[0])
        ]  # fmt: skip
        if len(lost) == len(old):
            return (), ()
        return tuple(map(PLAIN.text, lost)), tuple(map(PLAIN.text, gained))

    def _among(self, form: object, others: Sequence[object]) -> bool:
        return any(self.matching.same(form, other) for other in others)

    def sequences(self) -> Iterator[Change]:
        """Yield where what comes first in the text has changed, and the text's order decides."""
        names = self.matching.names
        after = self.matching.new.sequences
        for key, refs in self.matching.old.sequences.items():
            mapped = [names.get(ref, ref) for ref in refs]
            old = [ref for ref in mapped if ref in after.get(key, ())]
            new = [ref for ref in after.get(key, ()) if ref in mapped]
            if old != new:
                first, second = (" before ".join(ref.name for ref in side) for side in (old, new))
                yield Change("order", key, "moved", "meaning", "", first, second)

    def renamed(self) -> Iterator[Renamed]:
        """Yield what says the same under another name; a level's name is one too."""
        for old, new in self._pairs():
            if old.name != new.name and old.form not in KEPT:
                yield Renamed(old.form, old.name, new.name)
            for part in old.parts if old.form == "ladder" else ():
                other = new.by_name.get(part.name)
                if part.layer == "name" and other is not None and other.words != part.words:
                    yield Renamed("level", part.words, other.words)


def _whole(piece: Piece, how: How) -> Change:
    here = how == "added"
    layer: Layer = "meaning" if piece.decides else "text" if piece.form == "title" else "reference"
    return Change(
        piece.form, piece.name, how, layer, "", "" if here else piece.words, piece.words if here else "",
        None if here else piece.place, piece.place if here else None, piece.unit, piece.cites, decides=piece.decides,
        pieces=(None, piece) if here else (piece, None),
        before=() if here else piece.parts, after=piece.parts if here else (),
    )  # fmt: skip
