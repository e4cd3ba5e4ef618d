"""A history as a picture for a terminal: the VIX, a strip for each thing that held, the fall of the S&P 500."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

from rich.console import Console, ConsoleOptions
from rich.text import Text

from commands.axes import axis, bounds, known, marks, runs, times
from commands.held import DRAWDOWN, VIX, Day, Thing, said

_MARGIN: Final = 21
_WIDEST: Final = 160
_HEIGHTS: Final = {VIX: 16, DRAWDOWN: 8}
_DOTS: Final = 4  # of braille, in the height of one character
_COLOURS: Final = {VIX: "cyan", DRAWDOWN: "magenta"}
_BOUND: Final = "yellow"
_HELD, _UNKNOWN, _QUIET = "█", "·", " "
_MARK: Final = 10  # columns that a mark of the time axis takes


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
        if known(self.told, DRAWDOWN):
            yield Text("\nFall of the S&P 500 from its highest close", style="bold")
            yield from self._picture(DRAWDOWN, width)
            yield self._times(width)

    def _picture(self, fact: str, width: int) -> Iterator[Text]:
        """Yield the rows of one measure, with a dotted line at each bound."""
        from plotille import Canvas

        height, along = _HEIGHTS[fact], times(self.told)
        up = axis(self.told, self.things, fact)
        canvas: Any = Canvas(width, height, along.first, up.low, along.last, up.high)
        for bound in bounds(self.things, fact):
            for column in range(0, width, 2):
                day = along.first + (along.last - along.first) * column / width
                canvas.point(day, up.place(bound), color=_BOUND)
        for run in runs(self.told, fact):
            points = [(day, up.place(value)) for day, value in run]
            for one, next_ in pairwise([points[0], *points]):
                canvas.line(*one, *next_, color=_COLOURS[fact])
        beside = {_row(up.share(mark), height): said(fact, Fraction(mark)) for mark in up.marks}
        for row, line in enumerate(canvas.plot(linesep="\n").splitlines()):
            yield _beside(beside.get(row, "")) + Text.from_ansi(line)

    def _strips(self, width: int) -> Iterator[Text]:
        """Yield a row for each thing but the tiers, whose bounds are those of the breakers.

        A session lasts until the next one: a column of days without one shows the one before.
        """
        days, (first, last) = [day.date.toordinal() for day in self.told], times(self.told)
        edges = [bisect_left(days, first + (last - first) * column / width) for column in range(width + 1)]
        for thing in (thing for thing in self.things if thing.group != "tier"):
            held = [thing.holds(day) for day in self.told]
            strip = "".join(_mark(held[min(begin, end - 1) : end]) for begin, end in pairwise(edges))
            yield _beside(thing.says or titled(thing)) + Text(strip.rstrip())

    def _times(self, width: int) -> Text:
        """Return the time axis: as many years or months as have room."""
        line = [" "] * (width + _MARK)
        for day, label in marks(self.told, width // _MARK):
            column = int(times(self.told).share(day) * width)
            line[column : column + len(label) + 1] = f"╵{label}"
        return Text(" " * _MARGIN + "".join(line)[:width].rstrip(), style="dim")


def titled(thing: Thing) -> str:
    """Return what a person calls a thing: `breaker safe`, `Hedged Week`, `tier 20%`."""
    if thing.group == "hedged_week":
        return "Hedged Week"
    return f"{thing.group} {thing.word}{'%' if thing.group == 'tier' else ''}"


def _row(share: float, height: int) -> int:
    """Return the row from the top in which the canvas draws so far up."""
    return min(height - 1, max(0, height - 1 - round(share * height * _DOTS) // _DOTS))


def _beside(label: str) -> Text:
    return Text(f"{label:>{_MARGIN - 2}} │")


def _mark(held: Sequence[bool | None]) -> str:
    if any(held):
        return _HELD
    return _UNKNOWN if held and all(one is None for one in held) else _QUIET
