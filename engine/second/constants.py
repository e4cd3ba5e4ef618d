"""What bare names and cells stand for: parameters and levels as written, in integers of their own decimals."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, TypeAlias

from engine.calendar import milliseconds
from engine.expr.units import UNITS
from engine.law.authored import Section

_SPAN: Final = re.compile(r"(?:(?P<begins>from|above) (?P<low>\S+))? ?(?:(?P<ends>up to|below) (?P<high>\S+))?")
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?")
_NUMBER: Final = re.compile(r"[-+]?\d+(?:\.\d+)?")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_SIXTY: Final = 60
MILLI: Final = 3  # decimals of a second: times and instants are kept in milliseconds


@dataclass(frozen=True, slots=True)
class One:
    """A number in integers of ten to the minus `scale`, a word, or a truth."""

    kind: str
    value: int | str | bool
    scale: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """An interval; a bound that is `None` is open."""

    low: One | None
    high: One | None
    low_in: bool
    high_in: bool


Constant: TypeAlias = One | Span | tuple[One, ...]


def number(value: int | Decimal | str) -> One:
    """Return a number with the decimals that it needs."""
    exact, scale = Fraction(value), 0
    while (exact * 10**scale).denominator != 1:
        scale += 1
    return One("number", (exact * 10**scale).numerator, scale)


def clock(text: str) -> One | None:
    """Return a time of day, where it is one."""
    found = _CLOCK.fullmatch(text)
    if not found:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return One("number", ((hours * _SIXTY + minutes) * _SIXTY + seconds) * 10**MILLI, MILLI)


def spoken(value: Any, kind: str) -> One | None:  # noqa: ANN401 - as YAML, JSON or memory has it
    """Return what a plain value says as a number or a word; dates and instants are numbers too."""
    if value is None or isinstance(value, bool):
        return None if value is None else One("bool", value)
    if kind != "number":
        return One(kind, str(value))
    if isinstance(value, datetime):
        return One("number", milliseconds(value), MILLI)
    if isinstance(value, date):
        return One("number", value.toordinal())
    if isinstance(value, int | Decimal) or _NUMBER.fullmatch(value):
        return number(value)
    if _DAY.match(value):
        return spoken(datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value), kind)
    return clock(value)


def constants(sections: tuple[Section, ...]) -> dict[str, Constant]:
    """Return every parameter and the name of every level."""
    found: dict[str, Constant] = {}
    for section in sections:
        for name, parameter in section.parameters.items():
            found[name] = _parameter(parameter.value, parameter.unit, found)
        for ladder in section.ladders.values():
            found |= {level.name: One("number", level.level) for level in ladder.levels}
    return found


def kind_of(unit: str) -> str:
    """Return whether values of a unit are numbers here, words, truths or series."""
    kind = UNITS[unit].kind
    return {"symbol": "word", "text": "word", "bool": "bool", "series": "series"}.get(kind, "number")


def _parameter(value: Any, unit: str, known: Mapping[str, Constant]) -> Constant:  # noqa: ANN401 - as YAML has it
    kind = kind_of(unit)
    if isinstance(value, tuple):
        return tuple(one for item in value if (one := spoken(item, kind)) is not None)
    found = (span(value, known) if kind == "number" else None) or spoken(value, kind)
    if found is None:
        message = f"'{value}' is no value of the unit {unit}"
        raise ValueError(message)
    return found


def span(text: object, known: Mapping[str, Constant]) -> Span | None:
    """Return an interval in words, where the text is one; its bounds may be names."""
    found = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if not found or not any(found.groups()):
        return None
    low, high = (_bound(end, known) if end else None for end in found.group("low", "high"))
    return Span(low, high, found["begins"] == "from", found["ends"] == "up to")


def _bound(text: str, known: Mapping[str, Constant]) -> One:
    found = known.get(text) or spoken(text, "number")
    if not isinstance(found, One):
        message = f"'{text}' is no bound of an interval"
        raise TypeError(message)
    return found
