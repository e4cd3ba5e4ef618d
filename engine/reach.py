"""How far a comparison keeps its truth: a polynomial of whole ticks, and the last tick where its sign still fits.

Everything is exact: coefficients are integers, and between two ticks there is nothing to know.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import comb
from typing import Final, TypeAlias

Poly: TypeAlias = tuple[int, ...]
"""The value at tick t is the sum of `poly[n] * t**n`."""
Signs: TypeAlias = frozenset[int]

NEGATIVE: Final[Signs] = frozenset({-1})
ZERO: Final[Signs] = frozenset({0})
EVERY: Final[Signs] = frozenset({-1, 0, 1})


def at(poly: Poly, tick: int) -> int:
    """Return a polynomial's value."""
    found = 0
    for coefficient in reversed(poly):
        found = found * tick + coefficient
    return found


def sign(value: int) -> int:
    """Return -1, 0 or 1."""
    return (value > 0) - (value < 0)


@dataclass
class Reach:
    """What holds from one tick on: `end` is the last tick, in direction `step`, at which all that was kept still holds.

    `limit` is the last tick that is asked about; `step` is 1 or -1.
    """

    tick: int
    step: int
    limit: int
    end: int = field(init=False)

    def __post_init__(self) -> None:
        self.end = self.limit

    def keep(self, poly: Poly, signs: Signs) -> None:
        """Go no further than the sign of a polynomial stays among `signs`, as it is at the first tick."""
        distance = (self.end - self.tick) * self.step
        if len(poly) > 1 and distance > 0:
            self.end = self.tick + self.step * _steps(_ahead(poly, self.tick, self.step), signs, distance)

    def nearer(self, one: int, other: int) -> int:
        """Return the tick that comes first on the way."""
        return min(one, other) if self.step > 0 else max(one, other)

    def farther(self, one: int, other: int) -> int:
        """Return the tick that comes last on the way."""
        return max(one, other) if self.step > 0 else min(one, other)


def _ahead(poly: Poly, tick: int, step: int) -> Poly:
    """Return the polynomial as one of the steps taken from a tick."""
    return tuple(
        step**power * sum(comb(n, power) * coefficient * tick ** (n - power) for n, coefficient in enumerate(poly) if n >= power)
        for power in range(len(poly))
    )


def _steps(poly: Poly, signs: Signs, most: int) -> int:
    """Return how many steps from 0, at most `most`, the sign of a polynomial stays among some."""
    for turn in _turns(poly, 0, most):
        if sign(at(poly, turn)) not in signs:
            return turn - 1
    return most


def _turns(poly: Poly, first: int, last: int) -> Iterator[int]:
    """Yield, in order, the steps above `first` up to `last` at which the sign is another than one step before."""
    while len(poly) > 1 and not poly[-1]:
        poly = poly[:-1]
    if len(poly) == 1:
        return
    bends = [] if len(poly) == 2 else [turn for turn in _turns(_difference(poly), first, last)]  # noqa: PLR2004 - a line
    for begin, end in pairwise([first, *bends, last]):
        yield from _crossings(poly, begin, end)


def _difference(poly: Poly) -> Poly:
    """Return what a polynomial gains with the next step."""
    moved = _ahead(poly, 1, 1)
    return tuple(later - earlier for later, earlier in zip(moved, poly, strict=True))[:-1]


def _crossings(poly: Poly, begin: int, end: int) -> Iterator[int]:
    """Yield where the sign changes between two steps, from the one to the other of which a polynomial only rises or falls."""
    rising = 1 if at(poly, end) >= at(poly, begin) else -1
    before = sign(at(poly, begin)) * rising
    steps = range(begin, end + 1)
    for wanted in range(before + 1, 2):
        found = begin + bisect_left(steps, wanted, key=lambda step: sign(at(poly, step)) * rising)
        if found <= end and sign(at(poly, found)) * rising == wanted:
            yield found
