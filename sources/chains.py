"""Option chains: the quotes of one moment, and the volumes of the days before it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from engine.expr.units import UNITS
from engine.facts import Candidate, declared
from engine.place import FactError, Fault, Place
from sources.calendars import Moment
from sources.tables import Column, Table, decimals, read_table

if TYPE_CHECKING:
    import polars

SERIES: Final = ("underlying", "expiration", "right", "strike")
COLUMNS: Final = (
    Column("word", ("underlying", "symbol"), required=True, filled=True),
    Column("word", ("right", "type"), required=True, filled=True),
    Column("number", ("strike",), required=True, filled=True),
    Column("date", ("expiration", "expiry"), required=True, filled=True),
    Column("instant", ("quoted_at", "snapshot_ts"), required=True, filled=True),
    Column("number", ("bid",), required=True),
    Column("number", ("ask",), required=True),
    Column("number", ("spot",)),
    Column("number", ("delta",)),
    Column("count", ("multiplier",)),
    Column("count", ("open_interest",)),
    Column("count", ("volume",)),
    Column("number", ("average_daily_volume",)),
    Column("number", ("maintenance_margin",)),
)
RIGHTS: Final = {"P": "put", "PUT": "put", "C": "call", "CALL": "call"}
_SCALES: Final = {name: fact.type.scale for name, fact in declared(Candidate).items() if fact.type.kind == "number"}
_SHOWN: Final = 6


@dataclass(frozen=True, slots=True)
class Spot:
    """What one share of an underlying traded at, USD, and when; NaN where the file has no finite number."""

    price: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class Quotes:
    """The contracts of one moment, sorted.

    Attributes:
        table: The file they come from.
        rows: Their numbers in it.
        columns: Exact values by the names of `Candidate`, and `volume`; None where the file says nothing.
        spots: The underlyings' prices, as far as the file has them.
        rounded: How many values of a column had more decimals than its unit keeps.
    """

    table: Table
    rows: list[int]
    columns: dict[str, list[Any]]
    spots: dict[str, Spot]
    rounded: dict[str, int]

    def series(self) -> list[tuple[Any, ...]]:
        """Return what tells one contract from another, row by row."""
        return list(zip(*(self.columns[name] for name in SERIES), strict=True))


@dataclass(frozen=True, slots=True)
class Volumes:
    """The average daily volume of each contract, None where unknown; the days; how many of each kind."""

    values: list[int | None]
    days: tuple[date, ...]
    reasons: Counter[str]


def read_chain(path: Path, zone: ZoneInfo | None) -> Table:
    """Return a chain file's rows, their rights as put and call.

    Args:
        path: Parquet or CSV with the columns of `COLUMNS`, under the first of their names or another of them.
        zone: The zone of times without an offset, if a person states one.

    Raises:
        FactError: The file cannot be read, lacks a column, or has a value of the wrong form.
    """
    faults: list[Fault] = []
    table = read_table(path, COLUMNS, faults, zone)
    if table is None:
        raise FactError(faults)
    return strikes(_rights(table))


def last_quotes(table: Table, day: date | None, zone: ZoneInfo) -> datetime:
    """Return the last time at which the file has quotes, of `day` in `zone` if one is named.

    Raises:
        FactError: There are none that day, or no day was named and the file has several.
    """
    times = _times(table)
    days = sorted({time.astimezone(zone).date() for time in times})
    wanted = days[-1] if day is None else day
    has = ", ".join(map(str, days))
    if day is None and len(days) > 1:
        raise FactError([Fault(table.place(1), "several-days", f"quotes of {has}; name one with --date or --at")])
    if wanted not in days:
        raise FactError([Fault(table.place(1), "no-quotes", f"no quotes of {wanted}; the file has {has}")])
    return max(time for time in times if time.astimezone(zone).date() == wanted)


def quotes(table: Table, as_of: datetime, zone: ZoneInfo) -> Quotes:
    """Return each contract's latest quote, of the day of `as_of`, that was known by then.

    Raises:
        FactError: There are none, or a contract stands there twice.
    """
    import polars

    known = polars.col("quoted_at") <= as_of.astimezone(UTC)
    today = _local_date(zone) == as_of.astimezone(zone).date()
    rows = table.frame.filter(known & today)
    if rows.is_empty():
        times = ", ".join(time.astimezone(zone).isoformat() for time in _times(table)[:_SHOWN])
        found = f"no quotes of that day at or before {as_of.astimezone(zone).isoformat()}; the file has {times}"
        raise FactError([Fault(table.place(1), "no-quotes", found)])
    latest = polars.col("quoted_at") == polars.col("quoted_at").max().over(SERIES)
    spots, rounded_spots = last_spots(rows)
    rows = rows.filter(latest).sort(SERIES)
    refuse_twice(rows, table.place)
    columns, rounded = _columns(rows)
    return Quotes(table, rows["row"].to_list(), columns, spots, rounded | {"spot": rounded_spots})


def average_volumes(quotes: Quotes, now: Moment, sessions: int) -> Volumes:
    """Return each contract's mean daily volume, whole contracts, over the days before that of `now`.

    The mean runs over the days of the window that the file has, for a younger series from the first
    of them on which it is listed (A-32). Of a day with several quotes the last counts. Rounding down
    changes no comparison with a whole number of contracts. A day whose volume the file does not state
    leaves the mean unknown. A series first listed on the day itself has the volume of that day so far.

    Args:
        quotes: The contracts, and the file; its volumes count from a day's open to the time of its quotes.
        now: The instant whose own day does not count.
        sessions: The window: so many sessions before that day.
    """
    if "volume" not in quotes.table.frame.columns:
        return Volumes([None] * len(quotes.rows), (), Counter({"no volumes in the file": len(quotes.rows)}))
    window = {session.date for session in now.exchange.before(now.day, sessions)}
    days, means = _means(quotes.table, window, now.exchange.zone)
    found = Volumes([], days, Counter())
    for series, today in zip(quotes.series(), quotes.columns["volume"], strict=True):
        if series in means:
            value, kind = means[series], "mean of earlier days"
        else:
            value, kind = today, "that day's own so far"
        found.values.append(value)
        found.reasons["unknown" if value is None else kind] += 1
    return found


def _means(
    table: Table, window: set[date], zone: ZoneInfo
) -> tuple[tuple[date, ...], dict[tuple[Any, ...], int | None]]:
    """Return the days of the window that the file has, and each series' mean; None if a day is unknown."""
    import polars

    earlier = table.frame.with_columns(day=_local_date(zone)).filter(polars.col("day").is_in(list(window)))
    days = tuple(sorted(earlier["day"].unique()))
    since = {day: len(days) - index for index, day in enumerate(days)}
    sums = (
        earlier.sort("quoted_at")
        .group_by([*SERIES, "day"])
        .agg(polars.col("volume").last())
        .group_by(SERIES)
        .agg(
            total=polars.col("volume").sum(),
            known=polars.col("volume").count(),
            due=polars.col("day").min().replace_strict(since, default=0, return_dtype=polars.Int64),
        )
    )
    keys = zip(*(sums[name] for name in SERIES), strict=True)
    means = zip(sums["total"], sums["known"], sums["due"], strict=True)
    return days, {
        key: total // due if known == due else None for key, (total, known, due) in zip(keys, means, strict=True)
    }


def _local_date(zone: ZoneInfo) -> "polars.Expr":
    import polars

    return polars.col("quoted_at").dt.convert_time_zone(zone.key).dt.date()


def _rights(table: Table) -> Table:
    import polars

    rights = polars.col("right").str.to_uppercase().replace_strict(RIGHTS, default=None)
    frame = table.frame.with_columns(read=rights)
    bad = frame.filter(polars.col("read").is_null())
    if not bad.is_empty():
        found = f"right: {bad['right'][0]!r} is neither put nor call; write P or C"
        raise FactError([Fault(table.place(bad["row"][0]), "not-a-right", found)])
    return Table(table.file, frame.drop("right").rename({"read": "right"}), table.header)


def strikes(table: Table) -> Table:
    """Return the table with strikes as numbers that are equal when they are, however they were written."""
    import polars

    scale = _SCALES["strike"]
    read = decimals(table.frame["strike"].to_list(), scale).values
    column = polars.Series("strike", read, polars.Decimal(None, scale))
    return Table(table.file, table.frame.with_columns(column), table.header)


def _times(table: Table) -> list[datetime]:
    times: list[datetime] = table.frame["quoted_at"].unique().sort().to_list()
    return times


def refuse_twice(rows: "polars.DataFrame", place: Callable[[int], Place]) -> None:
    """Refuse rows that are of one contract.

    Raises:
        FactError: Every row of a contract that stands there before.
    """
    seen: dict[tuple[Any, ...], int] = {}
    faults = []
    for row, *series in rows.select("row", *SERIES).iter_rows():
        first = seen.setdefault(tuple(series), row)
        if first != row:
            found = f"{' '.join(map(str, series))} stands at {place(first)} too; keep one of them"
            faults.append(Fault(place(row), "contract-twice", found))
    if faults:
        raise FactError(faults)


def _columns(rows: "polars.DataFrame") -> tuple[dict[str, list[Any]], dict[str, int]]:
    columns: dict[str, list[Any]] = {}
    rounded: dict[str, int] = {}
    for name in (*declared(Candidate), "volume"):
        values = rows[name].to_list() if name in rows.columns else [None] * len(rows)
        if name in _SCALES:
            read = decimals(values, _SCALES[name])
            values, rounded[name] = list(read.values), read.rounded
        columns[name] = values
    return columns, rounded


def last_spots(rows: "polars.DataFrame") -> tuple[dict[str, Spot], int]:
    """Return the last price of each underlying, as far as the rows have them, and how many were rounded."""
    if "spot" not in rows.columns:
        return {}, 0
    import polars

    known = rows.filter(polars.col("spot").is_not_null()).sort("quoted_at")
    found = known.group_by("underlying").agg(polars.col("spot", "quoted_at").last())
    prices = decimals(found["spot"].to_list(), UNITS["usd_per_share"].scale)
    triples = zip(found["underlying"], prices.values, found["quoted_at"], strict=True)
    return {symbol: Spot(price, at) for symbol, price, at in triples if price is not None}, prices.rounded
