"""A rehearsal as a picture for a terminal: the equity of every sleeve, each on an axis of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, pairwise
from typing import Any, Final

from rich.console import Console, ConsoleOptions
from rich.text import Text

from commands.axes import marks, times
from rehearsal.summary import Close

_MARGIN: Final = 14
_WIDEST: Final = 140
_HEIGHT: Final = 4
_MARK: Final = 10  # columns that a mark of the time axis takes
_COLOURS: Final = ("cyan", "magenta", "yellow")


@dataclass(frozen=True, slots=True)
class Curves:
    """The closes told, as wide as the console allows; at least one."""

    told: Sequence[Close]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        width = max(_MARK, min(options.max_width, _WIDEST) - _MARGIN - 1)
        sleeves = dict.fromkeys(name for close in self.told for name in close.equity)
        for sleeve, colour in zip(sleeves, cycle(_COLOURS), strict=False):
            closes = [(one.date.toordinal(), float(one.equity[sleeve])) for one in self.told if sleeve in one.equity]
            values = {value for _, value in closes}
            flat = "" if len(values) > 1 else f", {min(values):,.0f} throughout"
            yield Text(f"Equity of {sleeve}{flat}", style="bold")
            if not flat:
                yield from self._picture(closes, width, colour)
        yield self._times(width)

    def _picture(self, closes: Sequence[tuple[int, float]], width: int, colour: str) -> Iterator[Text]:
        """Yield the rows of one sleeve, the highest and the lowest close beside them."""
        from plotille import Canvas

        along = times(self.told)
        low, high = min(value for _, value in closes), max(value for _, value in closes)
        canvas: Any = Canvas(width, _HEIGHT, along.first, low, along.last, high)
        for one, next_ in pairwise(closes):
            canvas.line(*one, *next_, color=colour)
        beside = {0: f"{high:,.0f}", _HEIGHT - 1: f"{low:,.0f}"}
        for row, line in enumerate(canvas.plot(linesep="\n").splitlines()):
            yield Text(f"{beside.get(row, ''):>{_MARGIN - 2}} │") + Text.from_ansi(line)

    def _times(self, width: int) -> Text:
        line = [" "] * (width + _MARK)
        for day, label in marks(self.told, width // _MARK):
            column = int(times(self.told).share(day) * width)
            line[column : column + len(label) + 1] = f"╵{label}"
        return Text(" " * _MARGIN + "".join(line)[:width].rstrip(), style="dim")
