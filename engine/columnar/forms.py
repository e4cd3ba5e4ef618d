"""How the columns of a frame are read: exactly, as `engine.candidates` does, and judged as `engine.plausible` does.

The quick way is arithmetic on whole columns. It is sure of what it reads; what it is not sure of (more decimals than
are kept, very large numbers, texts that are no plain number) the engine's own reading decides, value by value.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from engine.columns import Reading
from engine.facts import Candidate, declared, readings
from engine.fields import MOST_DIGITS, NO_NUMBER, Fact, spoken
from engine.parquet import is_text, values_of
from engine.plausible import Now

if TYPE_CHECKING:
    import polars

# Decimals of so many digits are told apart by floats: the shortest text of one is the decimal that was meant.
_SURE_DIGITS: Final = 15
_EPOCH: Final = 719163  # the ordinal of 1970-01-01, from which polars counts days
_MOST_PLACES: Final = 38
# Ticks of a millisecond.
_FINER: Final = {"ms": 1, "us": 10**3, "ns": 10**6}


@dataclass(frozen=True, slots=True)
class Form:
    """A column as scaled integers, null where unknown; `doubt` is true where the quick way is not sure.

    `sure` is the shorter way to the same value where there is no doubt.
    """

    value: "polars.Expr"
    doubt: "polars.Expr"
    sure: "polars.Expr"


def reading_of(name: str, zone: ZoneInfo, *, text: bool) -> Reading:
    """Return how a fact of candidates is read; a number that is written as text is its text."""
    reading = readings(zone)[name]
    if not text:
        return reading
    return replace(reading, meaning=spoken if reading.fact.type.kind == "number" else _unwritten)


def _unwritten(text: str) -> str | None:
    return text or None


def quick(name: str, dtype: "polars.DataType", zone: ZoneInfo) -> Form:
    """Return how a column of a type is read in one go; a type that cannot be is doubtful wherever it has a value."""
    import polars

    column, fact = polars.col(name), declared(Candidate)[name]
    if dtype == polars.Null:
        return nothing(fact)
    match fact.type.kind:
        case "number":
            return _number(column, dtype, fact) or _doubtful(column)
        case "date" if dtype == polars.Date:
            return _certain(column.to_physical().cast(polars.Int64) + _EPOCH)
        case "instant" if isinstance(dtype, polars.Datetime) and _offset_known(dtype, zone):
            return _instant(column, dtype)
        case "symbol" if is_text_type(dtype):
            return _certain(column if dtype == polars.String else column.cast(polars.String))
        case _:
            return _doubtful(column)


def _certain(value: "polars.Expr") -> Form:
    import polars

    return Form(value, polars.lit(value=False), value)


def _doubtful(column: "polars.Expr") -> Form:
    import polars

    nothing = polars.lit(None, polars.Int64)
    return Form(nothing, column.is_not_null(), nothing)


def nothing(fact: Fact) -> Form:
    """Return the column of a fact of which a frame says nothing."""
    import polars

    return _certain(polars.lit(None, polars.String if fact.type.kind == "symbol" else polars.Int64))


def is_text_type(dtype: "polars.DataType") -> bool:
    """Return whether a column of a type has texts."""
    import polars

    return isinstance(dtype, polars.String | polars.Categorical | polars.Enum)


def _offset_known(dtype: "polars.Datetime", zone: ZoneInfo) -> bool:
    """Return whether instants have an offset; nanoseconds are read as texts, in the exchange's zone or UTC."""
    return dtype.time_zone in ({"UTC", zone.key} if dtype.time_unit == "ns" else {*filter(None, [dtype.time_zone])})


def _number(column: "polars.Expr", dtype: "polars.DataType", fact: Fact) -> Form | None:
    import polars

    if dtype == polars.Float64:
        return _float(column, fact)
    if dtype.is_integer():
        return _within_digits(column, column.cast(polars.Int64, strict=False), 0, fact.type.scale)
    if isinstance(dtype, polars.Decimal):
        return _decimal(column, dtype.scale, fact)
    if is_text_type(dtype):
        return _text(column, fact)
    return None


def _float(column: "polars.Expr", fact: Fact) -> Form:
    """Floats of at most fifteen digits are the decimals they stand for; NaN and the infinite are unknown."""
    import polars

    unit = 10.0**fact.type.scale
    scaled = (column * unit).round()
    # By a whole column: polars divides by a single number as it multiplies with its reciprocal, which is not exact.
    exact = scaled / (column * 0 + unit) == column
    sure = exact & (scaled.abs() < 10.0**_SURE_DIGITS) & (column.abs() < 10.0**MOST_DIGITS)
    value = polars.when(sure).then(scaled).cast(polars.Int64, strict=False)
    return Form(value, column.is_finite() & ~sure, scaled.cast(polars.Int64, strict=False))


def _within_digits(column: "polars.Expr", whole: "polars.Expr", places: int, more: int) -> Form:
    """Whole numbers of so many decimals, with as many digits as a fact may have; `more` decimals are kept."""
    import polars

    most = 10 ** (MOST_DIGITS + places) - 1
    sure = whole.is_between(-most, most)
    value = whole * 10**more if more else whole
    return Form(polars.when(sure).then(value), column.is_not_null() & ~sure.fill_null(value=False), value)


def _decimal(column: "polars.Expr", places: int, fact: Fact) -> Form:
    import polars

    raw, kept = column.to_physical(), fact.type.scale
    if places <= kept:
        return _within_digits(column, raw.cast(polars.Int64, strict=False), places, kept - places)
    step = polars.lit(10 ** (places - kept), polars.Int128)
    even = polars.when(raw % step == 0).then((raw // step).cast(polars.Int64, strict=False))
    return _within_digits(column, even, kept, 0)


def _text(column: "polars.Expr", fact: Fact) -> Form:
    """Plain decimals are read as such; an empty cell says nothing, and one that spells no number is unknown."""
    import polars

    text, scale = column.cast(polars.String), fact.type.scale
    plain = text.str.contains(f"^[-+]?[0-9]{{1,{MOST_DIGITS}}}([.][0-9]{{0,{scale}}})?$")
    exact = polars.when(plain).then(text).cast(polars.Decimal(_MOST_PLACES, scale), strict=False)
    empty = (text == "") | text.str.contains(f"^(?:{NO_NUMBER.pattern})$")
    value = exact.to_physical().cast(polars.Int64)
    return Form(value, ~empty & exact.is_null(), value)


def _instant(column: "polars.Expr", dtype: "polars.Datetime") -> Form:
    import polars

    finer = _FINER[dtype.time_unit]
    raw = column.to_physical().cast(polars.Int64)
    if finer == 1:
        return _certain(raw)
    uneven, value = raw % finer != 0, raw // finer
    return Form(polars.when(~uneven).then(value), uneven, value)


def slow(name: str, dtype: "polars.DataType", zone: ZoneInfo) -> Form:
    """Return how a column is read value by value, by the engine's own reading, which has found none malformed."""
    import polars

    reading = reading_of(name, zone, text=is_text(dtype))
    kind = polars.String() if reading.fact.type.kind == "symbol" else polars.Int64()

    def read(series: "polars.Series") -> "polars.Series":
        return polars.Series(series.name, reading.column(values_of(series)).values, kind)

    return _certain(polars.col(name).map_batches(read, kind, is_elementwise=True))


def plausible(columns: Mapping[str, "polars.Expr"], now: Now) -> list[dict[str, "polars.Expr"]]:
    """Return in two steps how to make unknown what cannot be true: by itself, then beside its neighbours and by now.

    Args:
        columns: The facts of candidates as they were read.
        now: The instant that is decided, in scaled terms.
    """
    import polars

    when, bid, ask, delta = polars.when, columns["bid"], columns["ask"], columns["delta"]
    held = when(columns["right"] == polars.lit("call")).then(delta).otherwise(-delta)
    own = dict[str, "polars.Expr"]()
    for name, fact in declared(Candidate).items():
        if fact.sign != "any":
            column = columns[name]
            own[name] = when(column > 0 if fact.sign == "positive" else column >= 0).then(column)
    beside: dict[str, polars.Expr] = {
        "bid": when((bid == 0) | (bid <= ask)).then(bid),
        "ask": when((bid > 0) & (bid <= ask)).then(ask),
        "delta": when((held >= 0) & (held <= now.one)).then(delta),
        "expiration": when(columns["expiration"] >= now.today).then(columns["expiration"]),
        "quoted_at": when(columns["quoted_at"] <= now.instant).then(columns["quoted_at"]),
    }
    return [own, beside]


def malformed(name: str, rows: Sequence[int], values: "polars.Series", zone: ZoneInfo) -> Iterator[tuple[int, Any]]:
    """Yield the row and the error of each value that is not of its fact's form."""
    column = reading_of(name, zone, text=is_text(values.dtype)).column(values_of(values))
    for place, error in column.malformed.items():
        yield rows[place], error
