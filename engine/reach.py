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
    """What holds from one tick on: `end` is the last tick on the way at which all that was kept still holds.

    `step` is 1 or -1, the way that is looked; `limit` is the last tick that is asked about.
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
            steps = _line if len(poly) == 2 else _curve  # noqa: PLR2004 - two coefficients make a line
            self.end = self.tick + self.step * steps(_ahead(poly, self.tick, self.step), signs, distance)

    def nearest(self, *ticks: int) -> int:
        """Return the tick that comes first on the way."""
        return min(ticks) if self.step > 0 else max(ticks)

    def farthest(self, *ticks: int) -> int:
        """Return the tick that comes last on the way."""
        return max(ticks) if self.step > 0 else min(ticks)


def _ahead(poly: Poly, tick: int, step: int) -> Poly:
    """Return a polynomial as one of the steps taken from a tick."""
    return tuple(
        step**power * sum(comb(n, power) * poly[n] * tick ** (n - power) for n in range(power, len(poly)))
        for power in range(len(poly))
    )


def _line(poly: Poly, signs: Signs, most: int) -> int:
    """Return how many steps from 0, at most `most`, the sign of a polynomial of degree one stays among some."""
    start, slope = poly
    if slope < 0:
        start, slope, signs = -start, -slope, frozenset(-one for one in signs)
    reached, passed = -(start // slope), -start // slope + 1  # the first steps at or above zero, and above it
    for turn in (reached, passed):
        if 0 < turn <= most and sign(start + slope * turn) not in signs:
            return turn - 1
    return most


def _curve(poly: Poly, signs: Signs, most: int) -> int:
    """Return the same of any degree."""
    for turn in _turns(poly, 0, most):
        if sign(at(poly, turn)) not in signs:
            return turn - 1
    return most


def _turns(poly: Poly, first: int, last: int) -> Iterator[int]:
    """Yield, in order, the steps above `first` up to `last` at which the sign is another than one step before."""
    bends = _turns(_gain(poly), first, last) if len(poly) > 1 else ()
    for begin, end in pairwise([first, *bends, last]):
        yield from _crossings(poly, begin, end)


def _gain(poly: Poly) -> Poly:
    """Return what a polynomial gains with the next step, a polynomial of one degree less."""
    return tuple(later - now for later, now in zip(_ahead(poly, 1, 1), poly, strict=True))[:-1]


def _crossings(poly: Poly, begin: int, end: int) -> Iterator[int]:
    """Yield where the sign changes between two steps; from one to the other a polynomial only rises, or only falls."""
    rising = 1 if at(poly, end) >= at(poly, begin) else -1
    steps = range(begin, end + 1)
    for wanted in range(sign(at(poly, begin)) * rising + 1, 2):
        found = begin + bisect_left(steps, wanted, key=lambda step: sign(at(poly, step)) * rising)
        if found <= end and sign(at(poly, found)) * rising == wanted:
            yield found
