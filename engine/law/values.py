"""The values of parameters and cells: exact numbers, times, words, lists, intervals in words."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from engine.calendar import WEEKDAYS, zone_of
from engine.expr.units import Unit

_BOUND = re.compile(r"\b(from|above|up to|below)\b")
_TIME = re.compile(r"^(\d{1,2}):(\d\d)(?::(\d\d))?$")
_LAST_HOUR, _SIXTY = 23, 60


class ValueFault(Exception):
    """The text is no value of the unit; the message says what one looks like."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Two bounds as written: a scaled value, or the name of a parameter; `None` is open."""

    lower: int | str | None
    upper: int | str | None
    lower_in: bool
    upper_in: bool


Single = int | bool | str
ParameterValue = Single | Interval | tuple[Single, ...]


def scaled(number: Decimal | int, unit: Unit) -> int:
    """Return a number as the integer that its unit keeps.

    Raises:
        ValueFault: The number has more decimals than the unit keeps.
    """
    exact: Fraction = Fraction(number) * 10**unit.scale
    if exact.denominator != 1:
        message = f"{number} has more decimals than the {unit.scale} that {unit.name} keeps"
        raise ValueFault(message)
    return exact.numerator


def read_time(text: str) -> int:
    """Return a time of day such as 9:45 in milliseconds."""
    found = _TIME.match(text.strip())
    if not found:
        message = f"'{text}' is no time of day; write 9:45 or 16:00:30"
        raise ValueFault(message)
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    if hours > _LAST_HOUR or minutes >= _SIXTY or seconds >= _SIXTY:
        message = f"'{text}' is no time of day"
        raise ValueFault(message)
    return ((hours * _SIXTY + minutes) * _SIXTY + seconds) * 1000


def read_single(value: object, unit: Unit) -> Single:
    """Return one value of a unit: numbers scaled, times in milliseconds, words as they are.

    Raises:
        ValueFault: The value is of another kind than the unit.
    """
    if unit.kind == "bool" and isinstance(value, bool):
        return value
    if unit.kind in ("symbol", "text") and isinstance(value, str):
        _known_word(value, unit)
        return value
    if unit.kind == "time" and isinstance(value, str):
        return read_time(value)
    if unit.kind == "number" and not isinstance(value, bool):
        if isinstance(value, int | Decimal):
            return scaled(value, unit)
        if isinstance(value, str):
            try:
                return scaled(Decimal(value), unit)
            except InvalidOperation:
                pass
    message = f"{value!r} is no value of the unit {unit.name} ({unit.means or unit.kind})"
    raise ValueFault(message)


def _known_word(word: str, unit: Unit) -> None:
    """Refuse a weekday or a time zone that does not exist."""
    if unit.name == "weekday" and word not in WEEKDAYS:
        message = f"'{word}' is no day of the week; write one of {', '.join(WEEKDAYS)}"
        raise ValueFault(message)
    if unit.name == "zone":
        try:
            zone_of(word)
        except KeyError:
            message = f"'{word}' is no zone of the time-zone database; write one such as America/New_York"
            raise ValueFault(message) from None


def is_interval(value: object) -> bool:
    """Return whether a text is an interval in words."""
    return isinstance(value, str) and bool(_BOUND.match(value.strip()))


def read_interval(text: str, unit: Unit, names: frozenset[str] = frozenset()) -> Interval:
    """Return `from 0.10 up to 0.20` as an interval; `names` may stand as bounds.

    Raises:
        ValueFault: The words are not in the form `from|above A up to|below B`, or the interval is empty.
    """
    words = _BOUND.split(text.strip())
    pairs = dict(zip(words[1::2], words[2::2], strict=True))
    known = len(pairs) * 2 == len(words) - 1 and not words[0].strip()
    if not known or len(pairs.keys() & {"from", "above"}) > 1 or len(pairs.keys() & {"up to", "below"}) > 1:
        message = f"'{text}' is no interval; write `from 0.10 up to 0.20`, with above and below to leave a bound out"
        raise ValueFault(message)
    lower, upper = (_bound(pairs, *ends, unit=unit, names=names) for ends in (("from", "above"), ("up to", "below")))
    interval = Interval(lower, upper, "from" in pairs, "up to" in pairs)
    if isinstance(lower, int) and isinstance(upper, int):
        closed = interval.lower_in and interval.upper_in
        if lower > upper or (lower == upper and not closed):
            message = f"'{text}' is empty: nothing lies in it"
            raise ValueFault(message)
    return interval


def _bound(pairs: dict[str, str], *ends: str, unit: Unit, names: frozenset[str]) -> int | str | None:
    for end in ends:
        if end in pairs:
            text = pairs[end].strip()
            return text if text in names else _number(text, unit)
    return None


def _number(text: str, unit: Unit) -> int:
    value = read_single(text, unit)
    if isinstance(value, bool | str):
        message = f"'{text}' is no bound of an interval"
        raise ValueFault(message)
    return value


def read_value(value: object, unit: Unit) -> ParameterValue:
    """Return a parameter's value: one, a list, or an interval."""
    if isinstance(value, tuple | list):
        return tuple(read_single(item, unit) for item in value)
    if is_interval(value) and unit.kind not in ("symbol", "text"):
        return read_interval(str(value), unit)
    return read_single(value, unit)
