"""What pictures of a history share: the time axis, the upright axes, and the runs of what is known."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from itertools import groupby
from math import log10
from typing import Final, NamedTuple, Protocol

from commands.held import DRAWDOWN, Day, Thing

_ROOM: Final = 0.05  # left above and below what is drawn
_TEN: Final = 10.0
_YEAR: Final = 12
# Months between two marks of the time axis, the finest first.
_STEPS: Final = (1, 3, 6, _YEAR, 2 * _YEAR, 5 * _YEAR, 10 * _YEAR, 20 * _YEAR)


class Axis(NamedTuple):
    """The upright axis of one measure: where a value is drawn, the ends of that, the values written beside it."""

    place: Callable[[float], float]
    low: float
    high: float
    marks: Sequence[float]

    def share(self, value: float) -> float:
        """Return how far up a value is drawn, from 0 to 1."""
        return (self.place(value) - self.low) / (self.high - self.low)


class Times(NamedTuple):
    """The time axis: ordinals, the end a day behind the last session."""

    first: int
    last: int

    def share(self, day: int) -> float:
        """Return how far along a day is, from 0 to 1."""
        return (day - self.first) / (self.last - self.first)


class Dated(Protocol):
    """Something of one session."""

    @property
    def date(self) -> date:
        """The session."""


def times(told: Sequence[Dated]) -> Times:
    """Return the time axis of sessions."""
    return Times(told[0].date.toordinal(), told[-1].date.toordinal() + 1)


def marks(told: Sequence[Dated], most: int) -> list[tuple[int, str]]:
    """Return at most so many days to write below the time axis, years or months, and how each is written."""
    begin, end = (day.date.year * _YEAR + day.date.month - 1 for day in (told[0], told[-1]))
    step = next((step for step in _STEPS if (end - begin) // step < most), _STEPS[-1])
    form = "%Y" if step >= _YEAR else "%Y-%m"
    days = [date(month // _YEAR, month % _YEAR + 1, 1) for month in range(-(-begin // step) * step, end + 1, step)]
    return [(max(day, told[0].date).toordinal(), day.strftime(form)) for day in days]


def bounds(things: Sequence[Thing], fact: str) -> list[float]:
    """Return the bounds that a measure is held to, lowest first; those of tiers stand at the breakers'."""
    found = {thing.bound for thing in things if thing.measure.drawn == fact and thing.group != "tier"}
    return sorted(float(bound) for bound in found if bound is not None)


def axis(told: Sequence[Day], things: Sequence[Thing], fact: str) -> Axis:
    """Return the axis of a measure: logarithmic, but downwards from zero for a fall."""
    lines, values = bounds(things, fact), known(told, fact)
    drawn = [*lines, *values]
    if fact == DRAWDOWN:
        deepest = max(drawn) or 1
        return Axis(lambda value: -value, -deepest * (1 + _ROOM), deepest * _ROOM, [0, *lines, max(values)])
    low, high = min(drawn, default=1), max(drawn, default=1)
    tens = [_TEN * ten for ten in range(1, int(min([*lines, high]) // _TEN) + 1)]
    shown = [*(ten for ten in tens if low < ten and ten not in lines), *lines]
    return Axis(log10, log10(low * (1 - _ROOM)), log10(high * (1 + _ROOM)), shown)


def known(told: Sequence[Day], fact: str) -> list[float]:
    """Return the values of a measure that are known, oldest first."""
    return [float(value) for day in told if isinstance(value := day.values[fact], Fraction)]


def runs(told: Sequence[Day], fact: str) -> Iterator[list[tuple[int, float]]]:
    """Yield what is known without a break, as ordinals and values: nothing is drawn across what is unknown."""
    for is_known, run in groupby(told, key=lambda day: isinstance(day.values[fact], Fraction)):
        if is_known:
            days = [*run]
            yield [*zip((day.date.toordinal() for day in days), known(days, fact), strict=True)]
