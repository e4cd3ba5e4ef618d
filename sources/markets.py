"""The market's facts: what of a table of daily values was known at an instant."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from engine.facts import Market, declared
from engine.place import FactError, Fault
from sources.calendars import Moment
from sources.documents import Known
from sources.tables import Column, Table, decimals, read_table

COLUMNS: Final = (
    Column("date", ("date", "day"), required=True, filled=True),
    Column("number", ("vix_open",)),
    Column("number", ("vix_close", "vix"), required=True),
)
# Cboe computes the VIX until a quarter of an hour after the close of the stock exchange, also on short days.
_CLOSE_LAG: Final = timedelta(minutes=15)


def read_market(path: Path, now: Moment, vix_at: datetime | None) -> Known:
    """Return what a table of daily values says about the VIX at an instant.

    The last official close is that of the latest row whose close had been computed by then. The VIX of
    now is the open of the snapshot's own day, observed at the session's open, until that day's close is
    known. Nothing of a day is used before it was known: not its high, its low or its close.

    Args:
        path: Parquet or CSV with `date`, `vix_close` and `vix_open`, in index points.
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
    rows = _rows(table)
    known = Known({}, {})
    closed = [day for day in rows if _computed(day, now)]
    if closed:
        row, _, close = rows[max(closed)]
        known.facts.update(vix_close=close, vix_close_date=max(closed))
        known.sources["vix_close"] = f"{table.place(row)}, the close of {max(closed)}"
    today = now.day
    session = now.exchange.session(today)
    if today in closed and session:
        row, _, close = rows[today]
        _observe(known, close, session.close + _CLOSE_LAG, f"{table.place(row)}, that day's close, computed at")
    elif today in rows and session and now.at >= session.open:
        row, opened, _ = rows[today]
        how = "observed at" if vix_at is None else "stated to be the VIX still at"
        _observe(known, opened, vix_at or session.open, f"{table.place(row)}, that day's open, {how}")
    return known


def _rows(table: Table) -> dict[date, tuple[int, Decimal | None, Decimal | None]]:
    scale = declared(Market)["vix"].type.scale
    opened = table.frame["vix_open"].to_list() if "vix_open" in table.frame.columns else [None] * len(table.frame)
    opens, closes = decimals(opened, scale).values, decimals(table.frame["vix_close"].to_list(), scale).values
    rows: dict[date, tuple[int, Decimal | None, Decimal | None]] = {}
    faults = []
    for row, day, opening, close in zip(table.frame["row"], table.frame["date"], opens, closes, strict=True):
        if day in rows:
            faults.append(Fault(table.place(row), "day-twice", f"{day} stands here again; keep one of the rows"))
        rows[day] = (row, opening, close)
    if faults:
        raise FactError(faults)
    return rows


def _computed(day: date, now: Moment) -> bool:
    """Return whether a day is a session whose official close had been computed at an instant."""
    session = now.exchange.session(day)
    if session is None:
        return day < now.exchange.sessions[0].date
    return session.close + _CLOSE_LAG <= now.at


def _observe(known: Known, vix: Decimal | None, at: datetime, source: str) -> None:
    known.facts.update(vix=vix, vix_at=at if vix is not None else None)
    known.sources["vix"] = f"{source} {at.isoformat()}"
