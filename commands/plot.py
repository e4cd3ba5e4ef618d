"""A history as a picture for a terminal: the VIX, a strip for each thing that held, the fall of the S&P 500."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import groupby, pairwise
from math import log10
from typing import Any, Final, NamedTuple

from rich.console import Console, ConsoleOptions
from rich.text import Text

from commands.held import DRAWDOWN, VIX, Day, Thing, said

_MARGIN: Final = 21
_WIDEST: Final = 160
_HEIGHTS: Final = {VIX: 16, DRAWDOWN: 8}
_DOTS: Final = 4  # of braille, in the height of one character
_COLOURS: Final = {VIX: "cyan", DRAWDOWN: "magenta"}
_BOUND: Final = "yellow"
_HELD, _UNKNOWN, _QUIET = "█", "·", " "
_ROOM: Final = 0.05  # left above and below what is drawn
_YEAR: Final = 12
# Months between two marks of the time axis, the finest first, and the columns that a mark takes.
_STEPS: Final = (1, 3, 6, _YEAR, 2 * _YEAR, 5 * _YEAR, 10 * _YEAR, 20 * _YEAR)
_MARK: Final = 10


class Axis(NamedTuple):
    """The upright axis of one measure: where a value is drawn, the ends of that, the values written beside it."""

    place: Callable[[float], float]
    low: float
    high: float
    marks: Sequence[float]

    def row(self, value: float, height: int) -> int:
        """Return the row from the top in which the canvas draws a value."""
        dot = round((self.place(value) - self.low) / (self.high - self.low) * height * _DOTS)
        return min(height - 1, max(0, height - 1 - dot // _DOTS))


@dataclass(frozen=True, slots=True)
class Plot:
    """The sessions told, as wide as the console allows; at least one session."""

    told: Sequence[Day]
    things: Sequence[Thing]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        width = max(_MARK, min(options.max_width, _WIDEST) - _MARGIN - 1)
        yield Text("VIX, on a logarithmic scale", style="bold")
        yield from self._picture(VIX, width)
        yield from self._strips(width)
        yield self._times(width)
        if _known(self.told, DRAWDOWN):
            yield Text("\nFall of the S&P 500 from its highest close", style="bold")
            yield from self._picture(DRAWDOWN, width)
            yield self._times(width)

    @property
    def _ends(self) -> tuple[int, int]:
        """Where the time axis begins, and where it ends: a day behind the last session."""
        return self.told[0].date.toordinal(), self.told[-1].date.toordinal() + 1

    def _picture(self, fact: str, width: int) -> Iterator[Text]:
        """Yield the rows of one measure, with a dotted line at each bound."""
        from plotille import Canvas

        height, (first, last) = _HEIGHTS[fact], self._ends
        axis = self._axis(fact)
        canvas: Any = Canvas(width, height, first, axis.low, last, axis.high)
        for bound in self._bounds(fact):
            for column in range(0, width, 2):
                canvas.point(first + (last - first) * column / width, axis.place(bound), color=_BOUND)
        for run in _runs(self.told, fact):
            points = [(day, axis.place(value)) for day, value in run]
            for one, next_ in pairwise([points[0], *points]):
                canvas.line(*one, *next_, color=_COLOURS[fact])
        beside = {axis.row(mark, height): said(fact, Fraction(mark)) for mark in axis.marks}
        for row, line in enumerate(canvas.plot(linesep="\n").splitlines()):
            yield _beside(beside.get(row, "")) + Text.from_ansi(line)

    def _bounds(self, fact: str) -> list[float]:
        found = {thing.bound for thing in self.things if thing.measure.fact == fact and thing.group != "tier"}
        return sorted(float(bound) for bound in found if bound is not None)

    def _axis(self, fact: str) -> Axis:
        bounds, values = self._bounds(fact), _known(self.told, fact)
        drawn = [*bounds, *values]
        if fact == DRAWDOWN:
            deepest = max(drawn)
            return Axis(lambda value: -value, -deepest * (1 + _ROOM), deepest * _ROOM, [0, *bounds, max(values)])
        low, high = min(drawn, default=1), max(drawn, default=1)
        tens = [10.0 * ten for ten in range(1, int(min([*bounds, high]) // 10) + 1)]
        marks = [*(ten for ten in tens if low < ten), *bounds]
        return Axis(log10, log10(low * (1 - _ROOM)), log10(high * (1 + _ROOM)), marks)

    def _strips(self, width: int) -> Iterator[Text]:
        """Yield a row for each thing but the tiers, whose bounds are those of the breakers.

        A session lasts until the next one: a column of days without one shows the one before.
        """
        days, (first, last) = [day.date.toordinal() for day in self.told], self._ends
        edges = [bisect_left(days, first + (last - first) * column / width) for column in range(width + 1)]
        for thing in (thing for thing in self.things if thing.group != "tier"):
            held = [thing.holds(day) for day in self.told]
            strip = "".join(_mark(held[min(begin, end - 1) : end]) for begin, end in pairwise(edges))
            yield _beside(thing.says or titled(thing)) + Text(strip.rstrip())

    def _times(self, width: int) -> Text:
        """Return the time axis: as many years or months as have room."""
        begin, end = (day.date.year * _YEAR + day.date.month - 1 for day in (self.told[0], self.told[-1]))
        step = next((step for step in _STEPS if (end - begin) // step * _MARK <= width), _STEPS[-1])
        first, last = self._ends
        line = [" "] * (width + _MARK)
        for month in range(-(-begin // step) * step, end + 1, step):
            day = date(month // _YEAR, month % _YEAR + 1, 1)
            column = max(0, int((day.toordinal() - first) / (last - first) * width))
            label = f"╵{day:%Y}" if step >= _YEAR else f"╵{day:%Y-%m}"
            line[column : column + len(label)] = label
        return Text(" " * _MARGIN + "".join(line)[:width].rstrip(), style="dim")


def titled(thing: Thing) -> str:
    """Return what a person calls a thing: `breaker safe`, `Hedged Week`, `tier 20%`."""
    if thing.group == "hedged_week":
        return "Hedged Week"
    return f"{thing.group} {thing.word}{'%' if thing.group == 'tier' else ''}"


def _beside(label: str) -> Text:
    return Text(f"{label:>{_MARGIN - 2}} │")


def _known(told: Sequence[Day], fact: str) -> list[float]:
    return [float(value) for day in told if isinstance(value := day.values[fact], Fraction)]


def _runs(told: Sequence[Day], fact: str) -> Iterator[list[tuple[int, float]]]:
    """Yield what is known without a break, as ordinals and values: nothing is drawn across what is unknown."""
    for known, run in groupby(told, key=lambda day: isinstance(day.values[fact], Fraction)):
        if known:
            days = [*run]
            yield [*zip((day.date.toordinal() for day in days), _known(days, fact), strict=True)]


def _mark(held: Sequence[bool | None]) -> str:
    if any(held):
        return _HELD
    return _UNKNOWN if held and all(one is None for one in held) else _QUIET
