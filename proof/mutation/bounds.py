"""Values and intervals as the law writes them, moved by one tick, opened and closed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from engine.calendar import WEEKDAYS
from engine.expr.units import Unit
from engine.law.values import Interval, Single

_SECOND: Final = 1000  # a clock of the law shows seconds and keeps milliseconds
_CLOCKS: Final = frozenset({"time", "instant"})


@dataclass(frozen=True, slots=True)
class Turn:
    """Another way to write a value: the kind of slip, what stood there, what stands there, the whole text."""

    kind: str
    was: str
    now: str
    text: str


def spelled(value: Single, unit: Unit) -> str:
    """Return a value as the law writes it."""
    if isinstance(value, bool | str):
        return str(value).lower() if isinstance(value, bool) else value
    match unit.kind:
        case "time":
            seconds, _ = divmod(value, _SECOND)
            return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        case "date":
            return str(date.fromordinal(value))
        case _:
            return f"{Decimal(value).scaleb(-unit.scale):f}"


def ticks(value: int, unit: Unit) -> tuple[int, int]:
    """Return the values one tick below and above."""
    tick = _SECOND if unit.kind in _CLOCKS else 1
    return value - tick, value + tick


def single(value: Single, unit: Unit) -> Iterator[Turn]:
    """Yield what one value becomes: one tick less and more, the other truth, the days beside a day."""
    said = spelled(value, unit)
    if isinstance(value, bool):
        yield Turn("constant", said, spelled(not value, unit), spelled(not value, unit))
    elif isinstance(value, int):
        for other in ticks(value, unit):
            yield Turn("tick", said, spelled(other, unit), spelled(other, unit))
    elif value in WEEKDAYS:
        for step in (-1, 1):
            day = WEEKDAYS[(WEEKDAYS.index(value) + step) % len(WEEKDAYS)]
            yield Turn("word", said, day, day)


def interval(of: Interval, unit: Unit) -> Iterator[Turn]:
    """Yield what an interval becomes: each bound open or closed, and one tick less and more where it is a number."""
    if of.lower is not None:
        yield _turn("bound", of, replace(of, lower_in=not of.lower_in), unit)
    for other in ticks(of.lower, unit) if isinstance(of.lower, int) else ():
        yield _turn("tick", of, replace(of, lower=other), unit)
    if of.upper is not None:
        yield _turn("bound", of, replace(of, upper_in=not of.upper_in), unit)
    for other in ticks(of.upper, unit) if isinstance(of.upper, int) else ():
        yield _turn("tick", of, replace(of, upper=other), unit)


def _turn(kind: str, old: Interval, new: Interval, unit: Unit) -> Turn:
    return Turn(kind, written(old, unit), written(new, unit), written(new, unit))


def written(of: Interval, unit: Unit) -> str:
    """Return an interval in words."""
    lower = "" if of.lower is None else f"{'from' if of.lower_in else 'above'} {spelled(of.lower, unit)}"
    upper = "" if of.upper is None else f"{'up to' if of.upper_in else 'below'} {spelled(of.upper, unit)}"
    return " ".join(filter(None, (lower, upper)))
