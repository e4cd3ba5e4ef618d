"""The rows of two tables: which is which, which are new, gone, changed or moved."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TypeAlias

from proof.compare_match import Matching
from proof.compare_parts import Part, Piece
from proof.compare_pieces import ROW

Pair: TypeAlias = tuple[Part | None, Part | None]


def rows(matching: Matching, old: Piece, new: Piece) -> Iterator[Pair]:
    """Yield the rows of two tables that differ, each with the one it stands for; rows that moved say the same.

    A row counts in its place only where the first that applies is taken.
    """
    before, after = (tuple(part for part in piece.parts if part.name.startswith(ROW)) for piece in (old, new))
    labels = _labels(matching, before, after)
    ordered = new.by_name["hit"].form is True
    kept = (
        _in_order(labels, len(after))
        if ordered
        else {row: place for row, place in enumerate(labels) if place is not None}
    )
    gone = [part for row, part in enumerate(before) if row not in kept]
    come = [part for place, part in enumerate(after) if place not in kept.values()]
    yield from _paired(matching, gone, come)


def _labels(matching: Matching, before: tuple[Part, ...], after: tuple[Part, ...]) -> list[int | None]:
    """Return for each old row the place of the new one that says the same."""
    free = dict(enumerate(after))
    found: list[int | None] = []
    for part in before:
        place = next((place for place, other in free.items() if matching.same(part.form, other.form)), None)
        if place is not None:
            del free[place]
        found.append(place)
    return found


def _in_order(labels: list[int | None], count: int) -> dict[int, int]:
    """Return the old rows that stand in the new table in the order in which they stood."""
    blocks = SequenceMatcher(None, labels, range(count), autojunk=False).get_matching_blocks()
    return {block.a + step: block.b + step for block in blocks for step in range(block.size)}


def _paired(matching: Matching, gone: list[Part], come: list[Part]) -> Iterator[Pair]:
    """Yield rows that say the same elsewhere, then those of one condition or one value, then the rest in order."""
    for alike in (_same, _same_condition, _same_value):
        for part in [*gone]:
            other = next((other for other in come if alike(matching, part, other)), None)
            if other is not None:
                gone.remove(part)
                come.remove(other)
                yield part, other
    yield from zip_longest(gone, come)


def _same(matching: Matching, part: Part, other: Part) -> bool:
    return matching.same(part.form, other.form)


def _same_condition(matching: Matching, part: Part, other: Part) -> bool:
    return matching.same(part.form[0], other.form[0])  # type: ignore[index]


def _same_value(matching: Matching, part: Part, other: Part) -> bool:
    return matching.same(part.form[1], other.form[1])  # type: ignore[index]
