"""Option chains: the quotes of one moment, and the volumes of the days before it."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from engine.facts import Candidate, declared
from engine.place import Fault, FactError
from sources.tables import Column, Table, decimals, read_table

if TYPE_CHECKING:
    import polars

Series = tuple[str, date, Decimal, str]
SERIES = ("underlying", "expiration", "strike", "right")
COLUMNS = (
    Column("word", ("underlying", "symbol"), required=True),
    Column("word", ("right", "type"), required=True),
    Column("number", ("strike",), required=True),
    Column("date", ("expiration", "expiry"), required=True),
    Column("instant", ("quoted_at", "snapshot_ts"), required=True),
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
RIGHTS = {"P": "put", "PUT": "put", "C": "call", "CALL": "call"}


@dataclass(frozen=True, slots=True)
class Spot:
    """What one share of an underlying traded at, USD, and when."""

    price: Decimal | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Quotes:
    """The contracts of one moment: columns by the names of `Candidate`, exact; None where the file says nothing."""

    file: str
    columns: dict[str, list[Any]]
    spots: dict[str, Spot]
    rounded: dict[str, int]

    def __len__(self) -> int:
        return len(self.columns["strike"])


def read_chain(path: Path, zone: ZoneInfo | None) -> Table:
    """Return a chain file's rows, its rights as put and call.

    Args:
        path: Parquet or CSV; columns underlying, right, strike, expiration (or expiry), quoted_at (or snapshot_ts), bid
            and ask, and where it has them spot, delta, volume, open_interest, multiplier, average_daily_volume,
            maintenance_margin.
        zone: The zone of times without an offset, if a person states one.

    Raises:
        FactError: The file cannot be read, lacks a column, or has a value of the wrong form.
    """
    faults: list[Fault] = []
    table = read_table(path, COLUMNS, faults, zone)
    if table is None:
        raise FactError(faults)
    return _rights(table)


def moment(table: Table, day: date | None, zone: ZoneInfo) -> datetime:
    """Return the last time at which the file has quotes, of `day` in `zone` if one is named.

    Raises:
        FactError: No quotes that day, or no day was named and the file has several.
    """
    times = _times(table)
    days = sorted({time.astimezone(zone).date() for time in times})
    if day is None and len(days) > 1:
        has = ", ".join(map(str, days))
        raise FactError([Fault(table.place(1), "several-days", f"quotes of {has}; name one with --date or --at")])
    wanted = days[0] if day is None else day
    of_day = [time for time in times if time.astimezone(zone).date() == wanted]
    if not of_day:
        has = ", ".join(map(str, days))
        raise FactError([Fault(table.place(1), "no-quotes", f"no quotes of {wanted}; the file has {has}")])
    return of_day[-1]


def quotes(table: Table, as_of: datetime, zone: ZoneInfo) -> Quotes:
    """Return each underlying's latest quotes of the day of `as_of` that were known by then.

    Raises:
        FactError: No quotes that day by then, or a contract stands there twice.
    """
    import polars

    day = as_of.astimezone(zone).date()
    known = polars.col("quoted_at") <= as_of
    today = polars.col("quoted_at").dt.convert_time_zone(zone.key).dt.date() == day
    rows = table.frame.filter(known & today)
    if rows.is_empty():
        raise FactError([Fault(table.place(1), "no-quotes", _without(table, as_of, zone))])
    rows = rows.filter(polars.col("quoted_at") == polars.col("quoted_at").max().over("underlying"))
    _refuse_twice(table, rows)
    columns, rounded = _columns(rows)
    return Quotes(table.file, columns, _spots(rows), rounded)


def average_volumes(table: Table, as_of: datetime, zone: ZoneInfo, sessions: int) -> dict[Series, tuple[int | None, int]]:
    """Return the mean daily volume of each series, whole contracts, and from how many days before `as_of`'s.

    A day counts from the one on which the file first has the series (A-32); of a day with several quotes the last one
    counts. The mean is rounded down, which no test against a whole number of contracts can tell from the exact one. A
    volume that the file does not state on one of these days leaves the mean unknown.

    Args:
        table: The chain file; its volumes are those counted from the open to the time of the quote.
        as_of: The instant whose own day does not count.
        zone: The zone of the exchange, which says what a day is.
        sessions: At most so many days, the latest ones; the law's window.
    """
    import polars

    if "volume" not in table.frame.columns:
        return {}
    local = polars.col("quoted_at").dt.convert_time_zone(zone.key).dt.date()
    earlier = table.frame.with_columns(day=local).filter(polars.col("day") < as_of.astimezone(zone).date())
    days = earlier["day"].unique().sort().tail(sessions)
    means = (
        earlier.filter(polars.col("day").is_in(days.implode()))
        .sort("quoted_at")
        .group_by([*SERIES, "day"])
        .agg(polars.col("volume").last())
        .group_by(SERIES)
        .agg(total=polars.col("volume").sum(), unknown=polars.col("volume").null_count(), days=polars.len())
    )
    strikes = decimals(means["strike"].to_list(), _SCALES["strike"]).values
    keys = zip(means["underlying"], means["expiration"], strikes, means["right"], strict=True)
    said = zip(means["total"], means["unknown"], means["days"], strict=True)
    return {
        (symbol, expiration, strike or Decimal(0), right): (None if unknown else total // count, count)
        for (symbol, expiration, strike, right), (total, unknown, count) in zip(keys, said, strict=True)
    }


_SCALES = {name: fact.type.scale for name, fact in declared(Candidate).items() if fact.type.kind == "number"}


def _rights(table: Table) -> Table:
    import polars

    rights = polars.col("right").str.to_uppercase().replace_strict(RIGHTS, default=None)
    frame = table.frame.with_columns(read=rights)
    bad = frame.filter(polars.col("read").is_null())
    if not bad.is_empty():
        row, found = bad["row"][0], bad["right"][0]
        message = f"right: {found!r} is neither put nor call; write P or C"
        raise FactError([Fault(table.place(row), "not-a-right", message)])
    return Table(table.file, frame.drop("right").rename({"read": "right"}), table.header)


def _times(table: Table) -> list[datetime]:
    return table.frame["quoted_at"].drop_nulls().unique().sort().to_list()


def _without(table: Table, as_of: datetime, zone: ZoneInfo) -> str:
    times = ", ".join(time.astimezone(zone).isoformat() for time in _times(table)[:9])
    return f"no quotes of that day at or before {as_of.astimezone(zone).isoformat()}; the file has {times}"


def _refuse_twice(table: Table, rows: "polars.DataFrame") -> None:
    counts = Counter(rows.select(SERIES).iter_rows())
    twice = {series for series, count in counts.items() if count > 1}
    seen: set[object] = set()
    faults = []
    for row, *series in rows.select("row", *SERIES).iter_rows():
        key = tuple(series)
        if key in twice and key in seen:
            contract = " ".join(map(str, series))
            faults.append(Fault(table.place(row), "contract-twice", f"{contract} stands here again; keep one of the rows"))
        seen.add(key)
    if faults:
        raise FactError(faults)


def _columns(rows: "polars.DataFrame") -> tuple[dict[str, list[Any]], dict[str, int]]:
    columns: dict[str, list[Any]] = {}
    rounded: dict[str, int] = {}
    for name in declared(Candidate):
        values = rows[name].to_list() if name in rows.columns else [None] * len(rows)
        if name in _SCALES:
            read = decimals(values, _SCALES[name])
            values, rounded[name] = read.values, read.rounded
        columns[name] = values
    return columns, rounded


def _spots(rows: "polars.DataFrame") -> dict[str, Spot]:
    if "spot" not in rows.columns:
        return {}
    import polars

    found = rows.group_by("underlying").agg(polars.col("spot").drop_nulls().first(), polars.col("quoted_at").first())
    return {
        symbol: Spot(decimals([spot], _SCALES["strike"]).values[0], at) for symbol, spot, at in found.sort("underlying").iter_rows()
    }
