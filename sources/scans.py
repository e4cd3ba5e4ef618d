"""Chain files of any size: their moments, and their contracts as candidates, without reading them whole.

The same as `sources.chains` and `sources.offers` make of a file, and refuse of it, as expressions over a lazy frame.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from engine.expr.units import UNITS
from engine.facts import Candidate, declared
from engine.fields import MOST_DIGITS, FormError
from engine.place import FactError, Fault, Place
from sources.calendars import Moment
from sources.chains import COLUMNS, RIGHTS, SERIES, Quotes, Spot, last_spots, refuse_twice
from sources.documents import Statement, number
from sources.pricing import Terms, deltas
from sources.tables import ROW, Table, chosen, decimals, doubtful, filled, reader, reading, refusals, unreadable

if TYPE_CHECKING:
    import polars

_MAPPED: Final = ("underlying", "right", "expiration", "quoted_at")
_SCALES: Final = {name: fact.type.scale for name, fact in declared(Candidate).items() if fact.type.kind == "number"}
_COUNTS: Final = frozenset(column.names[0] for column in COLUMNS if column.form == "count")
# Contracts that are told apart at once, and of which it is said that they stand twice.
_AT_ONCE, _MOST = 10_000_000, 10
_PRICED: Final = ("underlying", "right", "strike", "expiration", "bid", "ask", "quoted_at", "delta")
_CENTS: Final = UNITS["usd_per_contract"].scale
# Nearer than this to the middle between two decimals a float does not say to which side its own text lies.
_TIE, _NEAR = 0.5, 1e-3
_SURE: Final = 2.0**40


@dataclass(frozen=True, slots=True)
class Time:
    """One instant at which a file has quotes: which rows lie between the first and the last of it, how many have it."""

    at: datetime
    first: int
    last: int
    rows: int


@dataclass(frozen=True, slots=True)
class Scan:
    """A chain file: its columns under our names, its times, oldest first, and the last day of its contracts."""

    file: str
    frame: "polars.LazyFrame"
    times: tuple[Time, ...]
    last: date

    @property
    def begin(self) -> int:
        """The number of its first row."""
        return min(time.first for time in self.times)

    @property
    def rows(self) -> int:
        return sum(time.rows for time in self.times)

    def days(self, zone: ZoneInfo) -> list[date]:
        """Return the dates in a zone on which it has quotes."""
        return sorted({time.at.astimezone(zone).date() for time in self.times})

    def between(self, times: Sequence[Time]) -> "polars.LazyFrame":
        """Return the rows from the first to the last of some times; of a file that is sorted it reads no others."""
        if not times:
            return self.frame.head(0)
        first, last = min(time.first for time in times), max(time.last for time in times)
        return self.frame.slice(first - self.begin, last - first + 1)

    def of_day(self, now: Moment) -> "tuple[polars.LazyFrame, int]":
        """Return each contract's latest quote of a day that was known by then, and how many rows there are.

        Raises:
            FactError: There are none, or a contract stands there twice.
        """
        import polars

        times = [time for time in self.times if time.at <= now.at and now.exchange.day(time.at) == now.day]
        if not times:
            found = f"no quotes of {now.day} at or before {now.at.isoformat()}"
            raise FactError([Fault(Place(self.file, 1, 1), "no-quotes", found)])
        here = polars.col("quoted_at").is_between(times[0].at, times[-1].at)
        rows = self.between(times).filter(here)
        if times[1:]:
            latest = rows.group_by(SERIES).agg(polars.col("quoted_at").max())
            rows = rows.join(latest, on=[*SERIES, "quoted_at"], how="semi", maintain_order="left")
        count = sum(time.rows for time in times)
        _refuse_twice(rows, self.file, count)
        return rows, count


def scan(path: Path, zone: ZoneInfo | None) -> Scan:
    """Return a chain file, which is looked through once for its times, dates and rights.

    Args:
        path: Parquet or CSV, with the columns of `sources.chains.COLUMNS`.
        zone: The zone of times without an offset, if a person states one.

    Raises:
        FactError: The file cannot be read, lacks a column, or has a value of the wrong form.
    """
    import polars

    if not path.is_file():
        raise _fault(path.name, "missing", "there is no such file; check the name")
    try:
        return _scanned(path, zone)
    except (polars.exceptions.PolarsError, OSError) as error:
        raise FactError([unreadable(path, error)]) from None


def _scanned(path: Path, zone: ZoneInfo | None) -> Scan:
    faults: list[Fault] = []
    frame = _opened(path, faults)
    if faults:
        raise FactError(faults)
    found = {name: _mapped(frame, name, path.name, faults, zone) for name in _MAPPED}
    faults += _refused(frame, path.name)
    if faults:
        raise FactError(faults)
    times = _times(frame, found["quoted_at"])
    if not times:
        raise _fault(path.name, "empty", "no row stands here; a chain needs quotes")
    has = frame.collect_schema()
    read = {name: values for name, values in found.items() if name != "underlying"}
    alike = _rounded("strike", has["strike"], _SCALES["strike"])  # by which contracts are told apart
    counts = (_counted(name, has[name]) for name in has if name in _COUNTS)
    frame = frame.with_columns(alike, *counts, *(_replaced(name, has[name], values) for name, values in read.items()))
    return Scan(path.name, frame, times, max(found["expiration"].values()))


def columns(path: Path) -> list[str]:
    """Return the names of a table's columns.

    Raises:
        FactError: The file cannot be read.
    """
    import polars

    try:
        return _lazy(path).collect_schema().names()
    except (polars.exceptions.PolarsError, OSError) as error:
        raise FactError([unreadable(path, error)]) from None


def _opened(path: Path, faults: list[Fault]) -> "polars.LazyFrame":
    """Return the columns of a chain with the numbers of its rows: of a CSV those of its lines, below the header."""
    import polars

    plain = _lazy(path)
    if path.suffix == ".csv":
        # Of some columns alone polars would not see that a row has more cells than the header.
        plain.select(polars.all().null_count()).collect(engine="streaming")
    number = max(plain.collect_schema().names(), key=len, default="") + "."  # which none of them is
    return chosen(_lazy(path, number), COLUMNS, path.name, faults, [number]).rename({number: ROW})


def _lazy(path: Path, number: str | None = None) -> "polars.LazyFrame":
    import polars

    if path.suffix == ".csv":
        return polars.scan_csv(path, infer_schema=False, glob=False, row_index_name=number, row_index_offset=2)
    return polars.scan_parquet(path, glob=False, row_index_name=number, row_index_offset=1)


def _fault(file: str, code: str, message: str) -> FactError:
    return FactError([Fault(Place(file, 1, 1), code, message)])


def _refused(frame: "polars.LazyFrame", file: str) -> list[Fault]:
    """Return the faults of the columns of which there are too many values to read each."""
    has = frame.collect_schema()
    there = {one.names[0]: one for one in COLUMNS if one.names[0] in {*has} - {*_MAPPED}}
    doubts = {name: doubtful(column, has[name]) for name, column in there.items()}
    found = frame.select(doubt.any().alias(name) for name, doubt in doubts.items()).collect(engine="streaming")
    faults = []
    for name in (name for name, doubted in found.row(0, named=True).items() if doubted):
        faults += refusals(frame.filter(doubts[name]), name, reader(there[name], None), _place(file))
    return faults


def _place(file: str) -> Callable[[int], Place]:
    return lambda row: Place(file, row, 1)


def _refuse_twice(rows: "polars.LazyFrame", file: str, count: int) -> None:
    """Refuse contracts that stand twice among rows; of very many rows a part is held against itself at a time."""
    import polars

    number, parts = polars.struct(SERIES).hash(), -(-count // _AT_ONCE)
    for part in range(parts):
        seen = rows.select(number=number).filter(polars.col("number") % parts == part)
        numbers = seen.collect(engine="streaming")["number"].sort()
        twice = numbers.filter(numbers == numbers.shift()).unique(maintain_order=True).head(_MOST)
        if len(twice):
            again = rows.filter(number.is_in(twice.implode())).select(ROW, *SERIES).with_columns(exactly("strike"))
            refuse_twice(again.bottom_k(2 * _MOST, by=ROW).sort(ROW).collect(engine="streaming"), _place(file))


def exactly(name: str) -> "polars.Expr":
    """Return a column of rounded numbers, of any type, as decimals; nothing where there is no number."""
    import polars

    scale = _SCALES[name]
    return polars.col(name).cast(polars.String).cast(polars.Decimal(MOST_DIGITS + scale, scale), strict=False)


def _mapped(
    frame: "polars.LazyFrame", name: str, file: str, faults: list[Fault], zone: ZoneInfo | None
) -> dict[Any, Any]:
    """Return what each distinct value of a column is; of rights, dates and times there are few."""
    import polars

    own = {"right": filled(_right), "underlying": filled(declared(Candidate)["underlying"].read)}
    read = own.get(name) or reader(next(column for column in COLUMNS if column.names[0] == name), zone)
    values = frame.select(polars.col(name).unique()).collect(engine="streaming")[name].to_list()
    try:
        return {value: read(value) for value in values}
    except FormError:
        faults += refusals(frame, name, read, _place(file))
        return {}


def _right(value: object) -> str:
    found = RIGHTS.get(str(value).upper())
    if found is None:
        raise FormError("not-a-right", f"{value!r} is neither put nor call; write P or C")
    return found


def _counted(name: str, dtype: "polars.DataType") -> "polars.Expr":
    """Return whole numbers, nothing where there is none."""
    import polars

    column, read = polars.col(name), reading("count", None)[0]
    if dtype.is_float():
        return polars.when(column.is_finite()).then(column).cast(polars.Int64)
    if dtype.is_numeric():
        return column.cast(polars.Int64)
    return column.map_batches(lambda texts: _each(texts, read, polars.Int64()), polars.Int64, is_elementwise=True)


def _each(texts: "polars.Series", read: Callable[[str], object], dtype: "polars.DataType") -> "polars.Series":
    import polars

    known = {text: None if text is None else read(text) for text in texts.unique().to_list()}
    return polars.Series(texts.name, [known[text] for text in texts.to_list()], dtype)


def _replaced(name: str, dtype: "polars.DataType", known: Mapping[Any, Any]) -> "polars.Expr":
    import polars

    kinds = {"right": polars.String(), "expiration": polars.Date(), "quoted_at": polars.Datetime("ms", "UTC")}
    if dtype == kinds[name] and name != "right":
        return polars.col(name)
    old, new = polars.Series([*known], dtype=dtype), polars.Series([*known.values()], dtype=kinds[name])

    def replaced(series: "polars.Series") -> "polars.Series":
        return series.replace_strict(old, new, return_dtype=kinds[name])

    # As a function of pieces: as an expression it would be given the whole column at once.
    return polars.col(name).map_batches(replaced, kinds[name], is_elementwise=True)


def _times(frame: "polars.LazyFrame", known: Mapping[Any, datetime]) -> tuple[Time, ...]:
    import polars

    row = polars.col(ROW)
    counted = frame.group_by("quoted_at").agg(row.min().alias("first"), row.max(), polars.len())
    found = counted.collect(engine="streaming").rows()
    together: dict[datetime, Time] = {}
    for value, first, last, rows in found:
        at = known[value]
        had = together.get(at, Time(at, first, last, 0))
        together[at] = Time(at, min(had.first, first), max(had.last, last), had.rows + rows)
    return tuple(sorted(together.values(), key=lambda time: time.at))


@dataclass(frozen=True, slots=True)
class Beside:
    """What contracts are completed with: a person's statement, sessions around the instant, the underlyings' prices.

    `volume_sessions` is the window of the average daily volume.
    """

    statement: Statement
    now: Moment
    volume_sessions: int
    spots: Mapping[str, Spot]


def spots(rows: "polars.LazyFrame") -> dict[str, Spot]:
    """Return the last price of each underlying, USD a share, as far as the rows have them."""
    import polars

    if "spot" not in rows.collect_schema():
        return {}
    distinct = rows.select("underlying", "quoted_at", "spot").group_by("underlying", "quoted_at")
    found = distinct.agg(polars.col("spot").drop_nulls().last()).collect(engine="streaming")
    return last_spots(found)[0]


def completed(rows: "polars.LazyFrame", scan: Scan, terms: Beside) -> "polars.LazyFrame":
    """Return contracts as candidates: what the file states, and what is derived where it states nothing."""
    import polars

    given, statement = rows.collect_schema(), terms.statement
    exact = {
        name: _rounded(name, given[name], scale) for name, scale in _SCALES.items() if name in {*given} - {"strike"}
    }
    rows = rows.with_columns(**exact, **_absent(given))
    has = rows.collect_schema()
    multiplier = number(statement.multiplier)
    stated = polars.lit(None if multiplier is None else int(multiplier), polars.Int64)
    own = _completed_by("multiplier", has, stated)
    rows = _with_volumes(rows.with_columns(multiplier=own), scan, terms)
    rows = rows.with_columns(maintenance_margin=_completed_by("maintenance_margin", has, _margin(statement)))
    if "delta" not in has:
        rows = rows.with_columns(delta=polars.lit(None, polars.Float64))
    rates = _pricing(statement)
    if rates is not None:
        rows = rows.with_columns(delta=_delta(rates, terms, rows.collect_schema()["delta"]))
    return rows.select(ROW, *declared(Candidate))


def _absent(has: "Mapping[str, polars.DataType]") -> "dict[str, polars.Expr]":
    """Return columns without a value for the facts that a file neither has nor lets be derived."""
    import polars

    return {name: polars.lit(None, polars.Int64) for name in _COUNTS & _SCALES.keys() - {*has, "multiplier"}}


def _rounded(name: str, dtype: "polars.DataType", scale: int) -> "polars.Expr":
    """Return numbers half to even to the decimals that their unit keeps, as `decimals` rounds them."""
    import polars

    column = polars.col(name)
    if dtype.is_integer():
        return column.cast(polars.Float64) if scale else column.cast(polars.Int64)
    if isinstance(dtype, polars.Decimal):
        return column.round(scale, "half_to_even").cast(polars.Decimal(None, scale))
    if dtype == polars.Float64:
        return column.map_batches(lambda floats: _floats(floats, scale), polars.Float64, is_elementwise=True)

    def texts(series: "polars.Series") -> "polars.Series":
        return _each(series, lambda text: _rounded_text(text, scale), polars.String())

    return column.map_batches(texts, polars.String, is_elementwise=True)


def _rounded_text(text: str, scale: int) -> str:
    (value,) = decimals([text], scale).values
    return format(value.normalize(), "f") if value is not None else text


def _floats(floats: "polars.Series", scale: int) -> "polars.Series":
    import polars

    unit = polars.Series([10.0**scale]).new_from_index(0, len(floats))
    over = floats * unit
    whole = over.round(0, "half_to_even")
    # By a whole column, which is divided exactly.
    near = whole / unit
    tie = ((over - whole).abs() > _TIE - _NEAR) | (over.abs() > _SURE)
    doubt = ((near != floats) & tie & floats.is_finite()).fill_null(value=False)
    if doubt.any():
        rows = doubt.arg_true()
        read = decimals(floats.gather(rows).to_list(), scale).values
        near = near.scatter(rows, polars.Series([float(value) for value in read if value is not None]))
    return near


def _completed_by(name: str, has: "Mapping[str, polars.DataType]", derived: "polars.Expr") -> "polars.Expr":
    """Return a column with what is derived where it says nothing; what it says stays as it stands."""
    import polars

    if name not in has:
        return derived
    if not isinstance(has[name], polars.String | polars.Decimal):
        return polars.col(name).fill_null(derived)
    return polars.col(name).fill_null(derived.cast(polars.String).cast(has[name]))


def _margin(statement: Statement) -> "polars.Expr":
    """Return what the broker asks for: strike × multiplier × the rate that a person states, up to the cent."""
    import polars

    stated = () if statement.margin_rate is None else statement.margin_rate
    margin = polars.lit(None, polars.Float64)
    strike = polars.col("strike")
    scaled = (
        (strike.cast(polars.Float64, strict=False) * 10.0 ** _SCALES["strike"]).round().cast(polars.Int64, strict=False)
    )
    size = polars.col("multiplier").cast(polars.Float64, strict=False).cast(polars.Int128, strict=False)
    for right, value in stated:
        rate = number(value)
        if rate is not None:
            over, under = rate.as_integer_ratio()
            product = scaled.cast(polars.Int128) * size * polars.lit(over * 10**_CENTS, polars.Int128)
            step = under * 10 ** _SCALES["strike"]
            cents = (product + polars.lit(step - 1, polars.Int128)) // polars.lit(step, polars.Int128)
            dollars = cents.cast(polars.Float64) / (strike.cast(polars.Float64, strict=False) * 0 + 10.0**_CENTS)
            margin = polars.when((polars.col("right") == right) & (scaled > 0)).then(dollars).otherwise(margin)
    return margin


def _pricing(statement: Statement) -> Terms | None:
    pricing = statement.pricing
    rate = None if pricing is None else number(pricing.rate)
    if pricing is None or rate is None:
        return None
    stated = {name: number(value) for name, value in pricing.dividend_yield.items()}
    return Terms(rate, {name: value for name, value in stated.items() if value is not None})


def _delta(rates: Terms, beside: Beside, dtype: "polars.DataType") -> "polars.Expr":
    """Return the delta that a file states, or that of the mid: contract by contract, which takes most of the time."""
    import polars

    def derived(rows: "polars.Series") -> "polars.Series":
        table = rows.struct.unnest()
        stated, missing = table["delta"], table["delta"].is_null().arg_true()
        if not len(missing):
            return stated
        columns = {name: _plain(table[name].gather(missing), _SCALES.get(name)) for name in _PRICED}
        quotes = Quotes(Table("", table), missing.to_list(), columns, dict(beside.spots), {})
        found = deltas(quotes, rates, beside.now.exchange, lambda _: None).deltas
        values = [None if value is None else float(value) for value in found]
        return stated.scatter(missing, polars.Series(values, dtype=polars.Float64).cast(dtype))

    return polars.struct(*_PRICED).map_batches(derived, dtype, is_elementwise=True)


def _plain(series: "polars.Series", scale: int | None) -> list[Any]:
    import polars

    if scale is not None and series.dtype == polars.String:
        series = series.cast(polars.Decimal(None, scale), strict=False)
    return series.to_list() if scale is None else decimals(series.to_list(), scale).values


def _with_volumes(rows: "polars.LazyFrame", scan: Scan, beside: Beside) -> "polars.LazyFrame":
    """Return rows with the mean volume of each contract over the days before (A-32), where the file states none."""
    import polars

    has = rows.collect_schema()
    given = polars.col("average_daily_volume") if "average_daily_volume" in has else polars.lit(None, polars.Int64)
    if "volume" not in has or ("average_daily_volume" in has and not _lacking(rows, "average_daily_volume")):
        return rows.with_columns(average_daily_volume=given)
    earlier, since = _earlier(scan, beside)
    means = earlier.group_by(SERIES).agg(
        total=polars.col("volume").sum(),
        known=polars.col("volume").count(),
        due=polars.col("day").min().replace_strict(since, default=0, return_dtype=polars.Int64),
    )
    full = polars.col("known") == polars.col("due")
    mean = polars.when(full).then(polars.col("total") // polars.col("due"))
    of_series = means.select(*SERIES, mean=mean, listed=polars.lit(value=True))
    joined = rows.join(of_series, on=SERIES, how="left", maintain_order="left")
    own = polars.when(polars.col("listed").is_null()).then(polars.col("volume")).otherwise(polars.col("mean"))
    return joined.with_columns(average_daily_volume=_completed_by("average_daily_volume", has, own))


def _lacking(rows: "polars.LazyFrame", name: str) -> bool:
    import polars

    return bool(rows.select(polars.col(name).is_null().any()).collect(engine="streaming").item())


def _earlier(scan: Scan, beside: Beside) -> "tuple[polars.LazyFrame, dict[date, int]]":
    """Return the last volumes of each of the days before, and how many of these days there are from each one on."""
    import polars

    exchange, now = beside.now.exchange, beside.now
    window = {session.date for session in exchange.before(now.day, beside.volume_sessions)}
    times = [time for time in scan.times if exchange.day(time.at) in window]
    days = sorted({exchange.day(time.at) for time in times})
    day = polars.col("quoted_at").dt.convert_time_zone(exchange.zone.key).dt.date()
    rows = scan.between(times).with_columns(day=day).filter(polars.col("day").is_in(days))
    if len(times) > len(days):
        latest = rows.group_by(*SERIES, "day").agg(polars.col("quoted_at").max())
        rows = rows.join(latest, on=[*SERIES, "day", "quoted_at"], how="semi")
    return rows.group_by(*SERIES, "day").agg(polars.col("volume").last()), {
        day: len(days) - index for index, day in enumerate(days)
    }
