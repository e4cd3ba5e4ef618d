"""The closed list of functions: what each takes and gives. Rounding happens only here, by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from engine.expr.typed import BOOL, Type, Typed
from engine.expr.units import UNITS, Dimension, dimension, show

Check = Callable[[Sequence[Typed]], Type]
SERIES_STANDS: Final = "a series may stand only in lowest_close, highest_close and known"


class Misuse(Exception):
    """The arguments do not fit the function."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function of the language, as `alluse facts` and docs/language.md show it.

    `partial`: its value may be unknown though every argument is known. A bare 0, 1 or 2 among the arguments
    takes the unit `bare`, or without one that of its neighbours.
    """

    name: str
    takes: str
    means: str
    check: Check
    partial: bool = False
    bare: Dimension | None = None


def alike(arguments: Sequence[Typed]) -> Type:
    """Return the type of values that are of one kind and unit."""
    first = arguments[0].type
    if first.kind == "series":
        raise Misuse(SERIES_STANDS)
    if any((item.type.kind, item.type.dimension) != (first.kind, first.dimension) for item in arguments):
        message = "its arguments have different units"
        raise Misuse(message)
    signs = {item.type.sign for item in arguments}
    sign = first.sign if len(signs) == 1 else "any"
    scale = max(item.type.scale for item in arguments)
    return replace(first, scale=scale, sign=sign, literal=False, divided=any(item.type.divided for item in arguments))


def _several(arguments: Sequence[Typed]) -> Type:
    if len(arguments) == 1:
        message = "it has one argument"
        raise Misuse(message)
    return alike(arguments)


def _ordered(arguments: Sequence[Typed]) -> Type:
    kind = _several(arguments)
    if kind.kind not in ("number", "date", "time", "instant"):
        message = f"a {kind.kind} has no order"
        raise Misuse(message)
    return kind


def _averaged(arguments: Sequence[Typed]) -> Type:
    kind = _several(arguments)
    if kind.kind != "number":
        message = f"it takes numbers, not a {kind.kind}"
        raise Misuse(message)
    return kind


def _number(arguments: Sequence[Typed], most: int) -> Type:
    if len(arguments) > most:
        message = f"it has {len(arguments)} arguments"
        raise Misuse(message)
    kind = arguments[0].type
    if kind.kind != "number":
        message = f"it takes a number, not a {kind.kind}"
        raise Misuse(message)
    return kind


def _abs(arguments: Sequence[Typed]) -> Type:
    kind = _number(arguments, 1)
    return replace(kind, sign=kind.sign if kind.sign == "positive" else "not_negative")


def _whole(arguments: Sequence[Typed]) -> Type:
    kind = _number(arguments, 2)
    if len(arguments) > 1 and arguments[1].type.dimension != kind.dimension:
        message = "the step has another unit"
        raise Misuse(message)
    if len(arguments) > 1 and (arguments[1].type.sign != "positive" or arguments[1].type.divided):
        message = "the step must be a positive parameter"
        raise Misuse(message)
    scale = arguments[1].type.scale if len(arguments) > 1 else 0
    sign = "any" if kind.sign == "any" else "not_negative"
    return replace(kind, scale=scale, divided=False, sign=sign)  # type: ignore[arg-type]


def _kinds(arguments: Sequence[Typed], *kinds: str) -> None:
    found = [argument.type.kind for argument in arguments]
    if found != [*kinds]:
        message = f"it takes {', '.join(kinds)}, not {', '.join(found)}"
        raise Misuse(message)


def _expect(*kinds: str, gives: Type) -> Check:
    def check(arguments: Sequence[Typed]) -> Type:
        _kinds(arguments, *kinds)
        return gives

    return check


def _counted(of: Type, wanted: Dimension) -> None:
    """Refuse what is no whole number of a unit."""
    if (of.dimension, of.scale, of.divided) != (wanted, 0, False):
        message = f"it counts whole {show(wanted)}s"
        raise Misuse(message)


def _closes(arguments: Sequence[Typed]) -> Type:
    _kinds(arguments, "series", "date", "number")
    series, _, count = (argument.type for argument in arguments)
    _counted(count, _SESSION)
    if count.sign != "positive":
        message = "the number of sessions must be positive"
        raise Misuse(message)
    return replace(series, kind="number")


def _anniversary(arguments: Sequence[Typed]) -> Type:
    _kinds(arguments, "date", "number")
    _counted(arguments[1].type, _YEAR)
    return _DATE


_DATE, _TIME, _INSTANT = (Type.of(UNITS[name]) for name in ("date", "time", "instant"))
_SESSION, _YEAR = dimension(session=1), dimension(year=1)
_SESSIONS = Type("number", _SESSION)
_NUMBERED = Type("number", sign="positive")
_DAYS_OF_WEEK = frozenset({"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"})


def _of_date(name: str, means: str, gives: Type, *, partial: bool = False) -> Function:
    return Function(name, "date", means, _expect("date", gives=gives), partial)


FUNCTIONS: dict[str, Function] = {
    function.name: function
    for function in (
        Function("abs", "x", "the distance from zero", _abs),
        Function("min", "x, y, ...", "the smallest", _ordered),
        Function("max", "x, y, ...", "the largest", _ordered),
        Function(
            "mean", "x, y, ...", "the sum over the count, exact", lambda items: replace(_averaged(items), divided=True)
        ),
        Function("floor", "x [, step]", "rounded down to a whole number, or to a multiple of the step", _whole),
        Function("ceil", "x [, step]", "rounded up to a whole number, or to a multiple of the step", _whole),
        Function(
            "sessions_between",
            "date, date",
            "sessions after the first date up to and including the second",
            _expect("date", "date", gives=_SESSIONS),
            partial=True,
        ),
        _of_date("is_session", "whether the exchange opens that day", BOOL, partial=True),
        _of_date("session_open", "when that day's session opens", _INSTANT, partial=True),
        _of_date("session_close", "when that day's session closes", _INSTANT, partial=True),
        _of_date("next_session", "the first session after the date", _DATE, partial=True),
        _of_date("last_session", "the last session of that date's week", _DATE, partial=True),
        _of_date("week_sessions", "how many sessions that date's week has", _SESSIONS, partial=True),
        _of_date("week_start", "the Monday of that date's week", _DATE),
        _of_date("weekday", "monday to sunday", Type("symbol", words=_DAYS_OF_WEEK)),
        _of_date("month", "1 to 12", _NUMBERED),
        _of_date("quarter", "1 to 4", _NUMBERED),
        Function(
            "years_after",
            "date, years",
            "the same day so many years later; of 29 February, in a common year 28 February",
            _anniversary,
            partial=True,
            bare=_YEAR,
        ),
        Function(
            "lowest_close",
            "closes, date, sessions",
            "the lowest of the closes of that many sessions before the date, unknown where one is missing",
            _closes,
            partial=True,
            bare=_SESSION,
        ),
        Function(
            "highest_close",
            "closes, date, sessions",
            "the highest of the closes of that many sessions before the date, unknown where one is missing",
            _closes,
            partial=True,
            bare=_SESSION,
        ),
        Function(
            "local_date", "instant, zone", "the date on the wall there", _expect("instant", "symbol", gives=_DATE)
        ),
        Function(
            "local_time", "instant, zone", "the time on the wall there", _expect("instant", "symbol", gives=_TIME)
        ),
        Function(
            "at_local",
            "date, time, zone",
            "the instant of that time there",
            _expect("date", "time", "symbol", gives=_INSTANT),
        ),
        Function(
            "next_version", "order id", "the same id with the next version suffix", _expect("text", gives=Type("text"))
        ),
    )
}
SERIES = {
    "mean_true_range": (
        "bars, date, sessions",
        "the mean of the true ranges of that many sessions before the date, from completed bars without a gap",
    )
}
PARTIAL = frozenset({*SERIES, *(function.name for function in FUNCTIONS.values() if function.partial)})
