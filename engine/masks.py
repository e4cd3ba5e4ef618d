"""Sets as whole numbers: the bit at a place says whether what stands there is in the set."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from typing import TypeVar

Member = TypeVar("Member")


def places(mask: int) -> Iterator[int]:
    """Yield the places of the bits that are set, the lowest first; what it takes grows with them, not with all."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def members(mask: int, everything: Sequence[Member]) -> list[Member]:
    """Return what stands at the places of the bits that are set, in its order."""
    found = []
    while mask:  # `places` written out: this is done for every mask that a chain is refused with
        lowest = mask & -mask
        found.append(everything[lowest.bit_length() - 1])
        mask ^= lowest
    return found


def among(mask: int, very_many: Iterable[Member]) -> list[Member]:
    """Return the same where a mask has thousands of bits, each of which makes arithmetic with it slower."""
    return [*compress(very_many, map("1".__eq__, reversed(f"{mask:b}")))]
