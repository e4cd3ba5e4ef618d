"""Daily bars: the completed sessions before a day, split-adjusted as they were delivered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from engine.facts import Bar, Session, declared
from engine.place import Fault, FactError
from sources.tables import Column, Table, decimals, read_table

COLUMNS = (
    Column("word", ("symbol", "underlying"), required=True),
    Column("date", ("date", "day"), required=True),
    Column("number", ("high",), required=True),
    Column("number", ("low",), required=True),
    Column("number", ("close",), required=True),
)
_PRICES = tuple(name for name, fact in declared(Bar).items() if fact.type.kind == "number")


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars by symbol, oldest first, as the snapshot writes them; symbols whose last completed session lacks are absent."""

    file: str
    of: Mapping[str, list[dict[str, Any]]]
    rounded: int


def read_bars(path: Path, sessions: tuple[Session, ...]) -> Bars:
    """Return each symbol's unbroken run of bars that ends with the last of `sessions`.

    A run stops at the first session without a bar: a true range across a gap would be that of several days.

    Args:
        path: Parquet or CSV with symbol, date, high, low, close in USD per share, split-adjusted, not for dividends.
        sessions: Completed sessions, oldest first, the last one that before the snapshot's day.

    Raises:
        FactError: The file cannot be read, lacks a column, has a value of the wrong form or a session twice.
    """
    faults: list[Fault] = []
    table = read_table(path, COLUMNS, faults)
    if table is None:
        raise FactError(faults)
    wanted = {session.date for session in sessions}
    found, rounded = _wanted(table, wanted)
    runs = {symbol: _run(days, sessions) for symbol, days in found.items()}
    return Bars(path.name, {symbol: run for symbol, run in runs.items() if run}, rounded)


def _wanted(table: Table, days: set[date]) -> tuple[dict[str, dict[date, dict[str, Any]]], int]:
    import polars

    frame = table.frame.filter(polars.col("date").is_in(list(days)))
    prices = {name: decimals(frame[name].to_list(), declared(Bar)[name].type.scale) for name in _PRICES}
    found: dict[str, dict[date, dict[str, Any]]] = {}
    faults = []
    for index, (row, symbol, day) in enumerate(frame.select("row", "symbol", "date").iter_rows()):
        of_symbol = found.setdefault(symbol, {})
        if day in of_symbol:
            faults.append(Fault(table.place(row), "bar-twice", f"{symbol} {day} stands here again; keep one of the rows"))
        of_symbol[day] = {"date": day, **{name: prices[name].values[index] for name in _PRICES}}
    if faults:
        raise FactError(faults)
    return found, sum(read.rounded for read in prices.values())


def _run(days: Mapping[date, dict[str, Any]], sessions: tuple[Session, ...]) -> list[dict[str, Any]]:
    run: list[dict[str, Any]] = []
    for session in reversed(sessions):
        if session.date not in days:
            break
        run.insert(0, days[session.date])
    return run
