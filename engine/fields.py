"""How one field of a snapshot is read: its unit, meaning, sign and form, and what stands for nonsense."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Context, Decimal, Inexact
from difflib import get_close_matches
from functools import cache, partial
from importlib.resources import files
from types import NoneType
from typing import Any, Final, Literal, TypeAlias, cast, get_args
from zoneinfo import ZoneInfo

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from engine import calendar
from engine.expr.units import UNITS, Unit
from engine.series import Series

Sign: TypeAlias = Literal["any", "positive", "not_negative"]

# The sources of what somebody can choose: a trade and its size, when to look, a person's word. The rest comes as it is.
CHOSEN: Final = frozenset({"person", "proposal", "snapshot"})

# With more digits before the point a scaled integer does not fit the 64 bits of a column.
MOST_DIGITS: Final = 12
_EXACT: Final = Context(prec=60, traps=[Inexact])  # the caller's own context must not round what is read
_SHOWN: Final = 60
_MILLISECOND: Final = 1000
_DECIMAL: Final = re.compile(r"[-+]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})([eE][-+]?[0-9]{1,2})?")
NO_NUMBER: Final = re.compile(r"[-+]?\.?([nN][aA][nN]|[iI][nN][fF]([iI][nN][iI][tT][yY])?)")
_DAY: Final = re.compile(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}")
_CLOCK: Final = r"([01][0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
_LOCAL: Final = f"{_DAY.pattern}T{_CLOCK}"
_OFFSET: Final = "(Z|[-+][0-9]{2}:[0-9]{2})"
_INSTANT: Final = re.compile(f"{_LOCAL}{_OFFSET}?")
_FINER: Final = re.compile(r"\.[0-9]{3}0*[1-9]")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._^-]*")
_TICKER: Final = re.compile(r"[A-Z][A-Z0-9.]{0,9}")
_FORMS: Final[Mapping[str, dict[str, Any]]] = {
    "number": {"type": "number"},
    "bool": {"type": "boolean"},
    "symbol": {"type": "string", "pattern": f"^{_NAME.pattern}$"},
    "zone": {"type": "string"},
    "ticker": {"type": "string", "pattern": f"^{_TICKER.pattern}$"},
    "text": {"type": "string", "pattern": f"^{_NAME.pattern}$"},
    "date": {"type": "string", "format": "date", "pattern": f"^{_DAY.pattern}$"},
    "instant": {"type": "string", "format": "date-time", "pattern": f"^{_LOCAL}{_OFFSET}$"},
}

_NONSENSE: Final = {"type": "string", "pattern": f"^{NO_NUMBER.pattern}$"}


@dataclass(frozen=True, slots=True)
class Implausible:
    """A value that was delivered and cannot be true.

    `why` ends the reason `bad_fact:why`; `found` is what was delivered, a text where it was no number.
    """

    why: str
    found: Decimal | date | datetime | str | None = None


class FormError(ValueError):
    """A value is not of its field's form, which refuses the whole file; `code` is the fault's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


Date: TypeAlias = date
Instant: TypeAlias = datetime
Number: TypeAlias = Decimal | Implausible | None
Day: TypeAlias = date | Implausible | None
Moment: TypeAlias = datetime | Implausible | None


def word(form: object, means: str, source: str = "broker", *, names: bool = False) -> "Fact":
    """Return the fact whose words are those of a Literal."""
    return Fact("symbol", means, "any", source, get_args(form), names)


@dataclass(frozen=True, slots=True)
class Fact:
    """The unit, meaning, sign and source of one field; `positive` values at or below zero are implausible.

    One that `names` says which row it is, or what it is of: with another value it would be another row.
    """

    unit: str
    means: str
    sign: Sign = "any"
    source: str = "broker"
    words: tuple[str, ...] = ()
    names: bool = False

    @property
    def type(self) -> Unit:
        """Return the unit by its name."""
        return UNITS[self.unit]

    def read(self, value: object, zone: ZoneInfo | None = None) -> Any:  # noqa: ANN401 - as many types as kinds
        """Return the value as the models hold it: exact, instants in UTC, nonsense as `Implausible`.

        Args:
            value: What a file or a caller gives, never None.
            zone: The zone whose offset an instant written as text must have, if it has any but UTC's.

        Raises:
            FormError: The value is not of the unit's form.
        """
        if isinstance(value, Implausible):
            return value
        match self.type.kind:
            case "number":
                return _number(value, self.type, self.sign)
            case "instant":
                return _instant(value, zone)
            case "date":
                return _day(value)
            case "bool":
                return _flag(value)
            case "series":
                return _series(value, self)
            case _:
                return _word(value, self)

    def reader(self, zone: ZoneInfo | None = None) -> Callable[[Any], Any]:
        """Return what reads values as columns hold them: scaled, or `Implausible`; raises as `read` does."""
        if self.type.kind == "number":
            return partial(_scaled, self.type, self.sign)
        return lambda value: self.scaled(self.read(value, zone))

    def scaled(self, value: object) -> Any:  # noqa: ANN401 - as many types as kinds
        """Return what was read as columns hold it: integers at the unit's scale, ordinals, milliseconds."""
        match value:
            case Decimal():
                return int(value.scaleb(self.type.scale, _EXACT))
            case datetime():
                return calendar.milliseconds(value)
            case date():
                return value.toordinal()
            case _:
                return value

    def unscaled(self, value: object) -> Any:  # noqa: ANN401 - as many types as kinds
        """Return what `scaled` was given; of a series what was delivered, by date."""
        if isinstance(value, Series):
            found = {day: what for day, _, what in value.implausible}
            closes = zip(value.days, value.closes, strict=True)
            return {date.fromordinal(day): found.get(day, self._number(close)) for day, close in closes}
        if not isinstance(value, int):
            return value
        match self.type.kind:
            case "number":
                return self._number(value)
            case "instant":
                return calendar.moment(value).astimezone(UTC)
            case "date":
                return date.fromordinal(value)
            case _:
                return value

    def _number(self, value: int | None) -> Decimal | None:
        return None if value is None else Decimal(f"{value}E-{self.type.scale}")

    def json_schema(self, *, nullable: bool) -> dict[str, Any]:
        """Return what an editor may know of the field; a number may be a text that spells NaN or infinity."""
        form = _FORMS.get(self.unit) or _FORMS.get(self.type.kind, {})
        forms = [{"enum": list(self.words)} if self.words else form]
        if self.type.kind == "number":
            forms.append(_NONSENSE)
        if self.type.kind == "series":
            close = {"anyOf": [_FORMS["number"], _NONSENSE, {"type": "null"}]}
            forms = [{"type": "object", "propertyNames": _FORMS["date"], "additionalProperties": close}]
        if nullable:
            forms.append({"type": "null"})
        sign = "" if self.sign == "any" else f", {self.sign.replace('_', ' ')}"
        described = {"description": f"{self.means} [{self.unit}{sign}; {self.source}]"}
        return forms[0] | described if len(forms) == 1 else {"anyOf": forms} | described

    def __get_pydantic_core_schema__(self, source: object, _: GetCoreSchemaHandler) -> CoreSchema:
        def read(value: object, info: ValidationInfo) -> object:
            return self.read(value, info.context["zone"] if info.context else None)

        reading = self._entries() if self.type.kind == "series" else _plain(read)
        return core_schema.nullable_schema(reading) if NoneType in get_args(source) else reading

    def _entries(self) -> CoreSchema:
        """Return the schema of a series, which finds the faults of each of its dates."""

        def day(value: object, _: ValidationInfo) -> object:
            return _day(value)

        def close(value: object, _: ValidationInfo) -> object:
            return _number(value, self.type, self.sign)

        def whole(value: object, entries: core_schema.ValidatorFunctionWrapHandler) -> object:
            if not isinstance(value, Series):
                entries(value)  # for the faults alone: it would take one date in two spellings for one
            return self.read(value)

        entries = core_schema.dict_schema(_plain(day), core_schema.nullable_schema(_plain(close)))
        return core_schema.no_info_wrap_validator_function(whole, entries)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, _: GetJsonSchemaHandler) -> JsonSchemaValue:
        return self.json_schema(nullable=schema["type"] == "nullable")


def _plain(read: core_schema.WithInfoValidatorFunction) -> CoreSchema:
    return core_schema.with_info_plain_validator_function(read)


def shown(value: object) -> str:
    """Return a value as a fault names it: short, on one line."""
    match value:
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case str() if len(value) > _SHOWN:
            return f"{value[:_SHOWN]!r}…"
        case Mapping():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case int() | Decimal() | date():
            return f"{value!s:.{_SHOWN}}"
        case _:
            return f"{value!r:.{_SHOWN}}"


def suggestion(name: str, known: Sequence[str]) -> str:
    """Return `did you mean 'spot'?`, or what can be written where nothing is close."""
    close = get_close_matches(name, known, 1)
    return f"did you mean {close[0]!r}?" if close else f"write one of {', '.join(known)}"


def spoken(text: str) -> Decimal | str | None:
    """Return what a cell of text says: a number where it looks like one, nothing where it is empty."""
    if not text:
        return None
    return Decimal(text) if _DECIMAL.fullmatch(text) else text


def _number(value: object, unit: Unit, sign: Sign) -> Decimal | Implausible:
    scaled = _scaled(unit, sign, value)
    return scaled if isinstance(scaled, Implausible) else Decimal(cast("int | Decimal", value))


def _scaled(unit: Unit, sign: Sign, value: object) -> int | Implausible:
    """Return a number as the integer that its unit keeps; by the fewest steps, for a chain has many."""
    number = value if type(value) is Decimal else _decimal(value)
    if isinstance(number, Implausible):
        return number
    if not number.is_finite():
        return Implausible("not_a_number", str(number))
    if number.adjusted() >= MOST_DIGITS:
        found = f"{shown(number)} has more than {MOST_DIGITS} digits before the point"
        raise FormError("digits", f"{found}; check it")
    try:
        scaled = number.scaleb(unit.scale, _EXACT)
        whole = int(scaled)
    except Inexact:
        scaled, whole = Decimal(1), 0
    if whole != scaled:
        kept = f"more decimals than the {unit.scale} that {unit.name} keeps"
        raise FormError("decimals", f"{shown(number)} has {kept}; round it where it is made")
    if whole <= 0 and sign != "any" and (whole or sign == "positive"):
        return Implausible("not_positive" if sign == "positive" else "negative", number)
    return whole


def _decimal(value: object) -> Decimal | Implausible:
    if isinstance(value, Implausible):
        return value
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and NO_NUMBER.fullmatch(value):
        return Implausible("not_a_number", value)
    text = isinstance(value, str) and _DECIMAL.fullmatch(value)
    found = "a text; write it without quotes" if text else "no number; write one such as 1.95"
    raise FormError("type", f"{shown(value)} is {found}")


def _series(value: object, fact: Fact) -> Series:
    """Return closes by date; one that is not known, or cannot be true, is unknown for its date alone."""
    if isinstance(value, Series):
        return value
    if not isinstance(value, Mapping):
        raise FormError("type", f"{shown(value)} stands where a mapping of dates to closes is due")
    read = {
        _day(day).toordinal(): None if close is None else _scaled(fact.type, fact.sign, close)
        for day, close in value.items()
    }
    if len(read) < len(value):
        raise FormError("duplicate-key", "a date stands here twice; keep one of them")
    odd = {day: (close.why, close.found) for day, close in read.items() if isinstance(close, Implausible)}
    return Series.of({day: None if isinstance(close, Implausible) else close for day, close in read.items()}, odd)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise FormError("type", f"{shown(value)} is neither true nor false; write one of them, without quotes")
    return value


def _word(value: object, fact: Fact) -> str:
    if not isinstance(value, str):
        raise FormError("type", f"{shown(value)} is no text; write a text, in quotes if need be")
    if fact.words and value not in fact.words:
        raise FormError("unknown-word", f"{shown(value)} is not a word for this; {suggestion(value, fact.words)}")
    if fact.unit == "ticker" and not _TICKER.fullmatch(value):
        example = value.upper() if _TICKER.fullmatch(value.upper()) else "XYZ"
        raise FormError("ticker", f"{shown(value)} is no ticker; write one such as {example}")
    if fact.unit == "zone" and value not in _zones():
        close = get_close_matches(value, _zones(), 1) or ["America/New_York"]
        raise FormError(
            "unknown-zone", f"{shown(value)} is not in the time-zone database; write one such as {close[0]}"
        )
    if fact.unit in ("text", "symbol") and not fact.words and not _NAME.fullmatch(value):
        raise FormError("name", f"{shown(value)} is no name; write letters, digits, '.', '_', '^' and '-' only")
    return value


@cache
def _zones() -> tuple[str, ...]:
    return tuple(files("tzdata").joinpath("zones").read_text("utf-8").split())


def _day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise FormError("date", f"{value!r} is not in the calendar; check month and day") from None
    raise FormError("date", f"{shown(value)} is no date; write one such as 2026-03-05")


def _instant(value: object, zone: ZoneInfo | None) -> datetime:
    moment = value if isinstance(value, datetime) else _written(value)
    if moment.tzinfo is None:
        raise FormError("naive-time", f"{str(value)!r} has no offset; write {_offsets(moment, zone)} or Z")
    if moment.microsecond % _MILLISECOND or (isinstance(value, str) and _FINER.search(value)):
        raise FormError("instant", f"{str(value)!r} is finer than a millisecond; round it where it is made")
    if isinstance(value, str) and zone is not None and moment.utcoffset():
        _refuse_other_offset(moment, value, zone)
    return moment.astimezone(UTC)


def _written(value: object) -> datetime:
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            raise FormError("instant", f"{value!r} is not in the calendar or on the clock; check it") from None
    raise FormError("instant", f"{shown(value)} is no time; write one such as 2026-03-05T10:00:00-05:00")


def _refuse_other_offset(moment: datetime, text: str, zone: ZoneInfo) -> None:
    there = moment.astimezone(zone)
    if there.utcoffset() != moment.utcoffset():
        raise FormError("offset", f"{text!r} is {there.isoformat()} in {zone.key}; write that, or Z")


def _offsets(naive: datetime, zone: ZoneInfo | None) -> str:
    """Return the offset that a local time has, both where the clocks are set back."""
    if zone is None:
        return "its offset such as -05:00"
    ways = (f"{naive.replace(tzinfo=zone, fold=fold):%z}" for fold in (0, 1))
    return ", ".join(dict.fromkeys(f"{way[:3]}:{way[3:5]}" for way in ways))
