"""The market's facts: what of a table of daily values was known at an instant."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from engine.facts import Market, Session, declared
from engine.place import FactError, Fault
from sources.calendars import Moment, exchange
from sources.documents import Known
from sources.tables import Column, Table, decimals, read_table

COLUMNS: Final = (
    Column("date", ("date", "day"), required=True, filled=True),
    Column("number", ("vix_open",)),
    Column("number", ("vix_close", "vix"), required=True),
    Column("number", ("spx_close", "spx")),
    Column("number", ("breadth",)),
    Column("number", ("breadth_percent", "pct_above_50dma")),
)
# Cboe computes the VIX until a quarter of an hour after the close of the stock exchange, also on short days.
_CLOSE_LAG: Final = timedelta(minutes=15)
# How far back a snapshot carries closes: a year of sessions, and a month for what a year begins with.
CARRIED: Final = timedelta(days=400)
_PERCENT: Final = -2


class _Day(NamedTuple):
    """One row: its number, and its values as the facts of `Market` keep them."""

    row: int
    vix_open: Decimal | None
    vix_close: Decimal | None
    spx_close: Decimal | None
    breadth: Decimal | None


_Days: TypeAlias = Mapping[date, _Day]


def read_market(path: Path, now: Moment, vix_at: datetime | None) -> Known:
    """Return what a table of daily values says about the market at an instant.

    The last official close is that of the latest row whose close had been computed by then, and so is the
    breadth. The VIX of now is the open of the snapshot's own day, observed at the session's open, until that
    day's close is known. Nothing of a day is used before it was known: not its high, its low or its close.
    A series of closes has every completed session since the table begins, `None` for one without a close;
    rows of days on which the exchange did not open are left out.

    Args:
        path: Parquet or CSV with `date`, `vix_close`, `vix_open` and `spx_close`, in index points, `breadth` as
            a ratio or `breadth_percent`.
        now: The instant of the snapshot, with sessions around it.
        vix_at: When the VIX of now was observed, if a person states it. Otherwise that is the session's
            open, and half a minute later the law finds it stale.

    Raises:
        FactError: The file cannot be read, lacks a column, has a value of the wrong form or a day twice.
    """
    faults: list[Fault] = []
    table = read_table(path, COLUMNS, faults)
    if table is None:
        raise FactError(faults)
    days = _days(table)
    known = Known({}, {})
    closed = [day for day in days if _computed(day, now)]
    if closed:
        _closed(known, table, max(closed), days)
        _series(known, table, days, now)
    today = now.day
    session = now.exchange.session(today)
    if today in closed and session:
        where = f"{table.place(days[today].row)}, that day's close, computed at"
        _observe(known, days[today].vix_close, session.close + _CLOSE_LAG, where)
    elif today in days and session and now.at >= session.open:
        how = "observed at" if vix_at is None else "stated to be the VIX still at"
        where = f"{table.place(days[today].row)}, that day's open, {how}"
        _observe(known, days[today].vix_open, vix_at or session.open, where)
    return known


def _days(table: Table) -> _Days:
    facts = declared(Market)
    columns = {
        "vix_open": _values(table, "vix_open", facts["vix"].type.scale),
        "vix_close": _values(table, "vix_close", facts["vix_close"].type.scale),
        "spx_close": _values(table, "spx_close", facts["spx_closes"].type.scale),
        "breadth": _breadth(table, facts["breadth"].type.scale),
    }
    days: dict[date, _Day] = {}
    faults = []
    for index, (row, day) in enumerate(zip(table.frame["row"], table.frame["date"], strict=True)):
        if day in days:
            faults.append(Fault(table.place(row), "day-twice", f"{day} stands here again; keep one of the rows"))
        days[day] = _Day(row, **{name: values[index] for name, values in columns.items()})
    if faults:
        raise FactError(faults)
    return days


def _values(table: Table, name: str, scale: int) -> list[Decimal | None]:
    if name not in table.frame.columns:
        return [None] * len(table.frame)
    return decimals(table.frame[name].to_list(), scale).values


def _breadth(table: Table, scale: int) -> list[Decimal | None]:
    if "breadth" in table.frame.columns:
        return _values(table, "breadth", scale)
    percent = _values(table, "breadth_percent", scale + _PERCENT)
    return [None if value is None else value.scaleb(_PERCENT) for value in percent]


def _computed(day: date, now: Moment) -> bool:
    """Return whether a day is a session whose official close had been computed at an instant."""
    session = now.exchange.session(day)
    if session is None:
        return day < now.exchange.sessions[0].date
    return session.close + _CLOSE_LAG <= now.at


def _closed(known: Known, table: Table, day: date, days: _Days) -> None:
    """Note the values of the last close."""
    found = days[day]
    known.facts.update(vix_close=found.vix_close, vix_close_date=day)
    known.sources["vix_close"] = f"{table.place(found.row)}, the close of {day}"
    if found.breadth is not None:
        known.facts.update(breadth=found.breadth, breadth_date=day)
        known.sources["breadth"] = f"{table.place(found.row)}, at the close of {day}"


def _series(known: Known, table: Table, days: _Days, now: Moment) -> None:
    """Note the closes of the sessions until now."""
    begin = max(min(days), now.day - CARRIED)
    sessions = [*_completed(exchange(begin, now.day).sessions, begin, now.at)]
    for name in ("vix_close", "spx_close"):
        closes = {day: getattr(days.get(day), name, None) for day in sessions}
        missing = [day for day, close in closes.items() if close is None]
        if len(missing) < len(closes):
            known.facts[f"{name}s"] = closes
            without = f"; {len(missing)} of {len(closes)} sessions without one, first {missing[0]}" if missing else ""
            known.sources[f"{name}s"] = f"{table.file}, {sessions[0]} to {sessions[-1]}{without}"


def _completed(sessions: Iterable[Session], begin: date, now: datetime) -> Iterator[date]:
    return (one.date for one in sessions if begin <= one.date and one.close + _CLOSE_LAG <= now)


def _observe(known: Known, vix: Decimal | None, at: datetime, source: str) -> None:
    known.facts.update(vix=vix, vix_at=at if vix is not None else None)
    known.sources["vix"] = f"{source} {at.isoformat()}"
