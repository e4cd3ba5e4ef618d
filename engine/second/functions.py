"""The functions of dates and series that questions are asked with: what each takes and gives, by code of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from engine.expr.units import UNITS
from engine.second import dates
from engine.second.constants import MILLI
from engine.second.graph import Run

_CLOSES: Final = UNITS["closes"].scale


@dataclass(frozen=True, slots=True)
class Function:
    """A function: how it is found, the decimals of what it takes, the kind and the decimals of what it gives."""

    of: Callable[[Run], Callable[..., Any]]
    scales: tuple[int, ...]
    kind: str = "number"
    scale: int = 0


def _fixed(of: Callable[..., Any], *scales: int, kind: str = "number", scale: int = 0) -> Function:
    return Function(lambda _: of, scales, kind, scale)


def _asked(name: str, *scales: int, kind: str = "number", scale: int = 0) -> Function:
    return Function(lambda run: getattr(run.calendar, name), scales, kind, scale)


FUNCTIONS: Final = {
    "sessions_between": _asked("sessions_between", 0, 0),
    "is_session": _asked("is_session", 0, kind="bool"),
    "session_open": _asked("session_open", 0, scale=MILLI),
    "session_close": _asked("session_close", 0, scale=MILLI),
    "next_session": _asked("next_session", 0),
    "last_session": _asked("last_session", 0),
    "week_sessions": _asked("week_sessions", 0),
    "lowest_close": _asked("lowest_close", 0, 0, 0, scale=_CLOSES),
    "highest_close": _asked("highest_close", 0, 0, 0, scale=_CLOSES),
    "week_start": _fixed(dates.monday, 0),
    "weekday": _fixed(dates.weekday, 0, kind="word"),
    "month": _fixed(dates.month, 0),
    "quarter": _fixed(dates.quarter, 0),
    "years_after": _fixed(dates.years_after, 0, 0),
    "local_date": _fixed(dates.local_date, MILLI, 0),
    "local_time": _fixed(dates.local_time, MILLI, 0, scale=MILLI),
    "at_local": _fixed(dates.at_local, 0, MILLI, 0, scale=MILLI),
    "next_version": _fixed(dates.next_version, 0, kind="word"),
}
