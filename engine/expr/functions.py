"""The closed list of functions: what each takes and gives. Rounding happens only here, by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from engine.expr.typed import BOOL, Type, Typed
from engine.expr.units import UNITS, dimension

Check = Callable[[Sequence[Typed]], Type]


class Misuse(Exception):
    """The arguments do not fit the function."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function of the language, as `alluse facts` and docs/language.md show it."""

    name: str
    takes: str
    means: str
    check: Check


def alike(arguments: Sequence[Typed]) -> Type:
    """Return the type of values that are of one kind and unit."""
    first = arguments[0].type
    if any((item.type.kind, item.type.dimension) != (first.kind, first.dimension) for item in arguments):
        message = "its arguments have different units"
        raise Misuse(message)
    signs = {item.type.sign for item in arguments}
    sign = first.sign if len(signs) == 1 else "any"
    scale = max(item.type.scale for item in arguments)
    return replace(first, scale=scale, sign=sign, literal=False, divided=any(item.type.divided for item in arguments))


def _ordered(arguments: Sequence[Typed]) -> Type:
    kind = alike(arguments)
    if kind.kind not in ("number", "date", "time", "instant"):
        message = f"a {kind.kind} has no order"
        raise Misuse(message)
    return kind


def _averaged(arguments: Sequence[Typed]) -> Type:
    kind = alike(arguments)
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


def _expect(*kinds: str, gives: Type) -> Check:
    def check(arguments: Sequence[Typed]) -> Type:
        for argument, kind in zip(arguments, kinds, strict=True):
            if argument.type.kind != kind:
                message = f"it takes {', '.join(kinds)}, not {argument.type.kind}"
                raise Misuse(message)
        return gives

    return check


_DATE, _TIME, _INSTANT = (Type.of(UNITS[name]) for name in ("date", "time", "instant"))
_SESSIONS = Type("number", dimension(session=1))
_DAYS_OF_WEEK = frozenset({"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"})

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
        ),
        Function("is_session", "date", "whether the exchange opens that day", _expect("date", gives=BOOL)),
        Function("session_open", "date", "when that day's session opens", _expect("date", gives=_INSTANT)),
        Function("session_close", "date", "when that day's session closes", _expect("date", gives=_INSTANT)),
        Function("last_session", "date", "the last session of that date's week", _expect("date", gives=_DATE)),
        Function("week_sessions", "date", "how many sessions that date's week has", _expect("date", gives=_SESSIONS)),
        Function("week_start", "date", "the Monday of that date's week", _expect("date", gives=_DATE)),
        Function("weekday", "date", "monday to sunday", _expect("date", gives=Type("symbol", words=_DAYS_OF_WEEK))),
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
