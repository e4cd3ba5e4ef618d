"""Boxes in a space of numbered regions: is all of it covered, where do two of them meet, which are hidden."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

Box: TypeAlias = tuple[frozenset[int], ...]
Point: TypeAlias = tuple[int, ...]


def uncovered(space: Box, boxes: Sequence[Box]) -> Point | None:
    """Return a region of each column that together no box covers, of as many columns as it takes to leave them all."""
    if not boxes:
        return ()
    if not space:
        return None
    tried: set[tuple[Box, ...]] = set()
    for region in sorted(space[0]):
        inside = tuple(box[1:] for box in boxes if region in box[0])
        if inside in tried:
            continue
        tried.add(inside)
        found = uncovered(space[1:], inside)
        if found is not None:
            return (region, *found)
    return None


def meetings(boxes: Sequence[Box]) -> Iterator[tuple[int, int, Point]]:
    """Yield each box that meets an earlier one: the first it meets, itself, a point of both."""
    for second, box in enumerate(boxes):
        for first, earlier in enumerate(boxes[:second]):
            common = [ours & theirs for ours, theirs in zip(earlier, box, strict=True)]
            if all(common):
                yield first, second, tuple(min(regions) for regions in common)
                break


def hidden(boxes: Sequence[Box]) -> Iterator[int]:
    """Yield the boxes that lie wholly under earlier ones."""
    for number, box in enumerate(boxes):
        if number and all(box) and uncovered(box, boxes[:number]) is None:
            yield number
