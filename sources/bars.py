"""Daily bars: the completed sessions before a day, split-adjusted as they were delivered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from engine.facts import Bar, Session, declared
from engine.place import FactError, Fault
from sources.tables import Column, Table, decimals, read_table

COLUMNS: Final = (
    Column("word", ("symbol", "underlying"), required=True, filled=True),
    Column("date", ("date", "day"), required=True, filled=True),
    Column("number", ("high",), required=True),
    Column("number", ("low",), required=True),
    Column("number", ("close",), required=True),
)
_PRICES: Final = tuple(name for name, fact in declared(Bar).items() if fact.type.kind == "number")


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars by symbol, oldest first; a symbol without one of the last completed session is absent."""

    file: str
    of: Mapping[str, tuple[Bar, ...]]
    rounded: int


def read_bars(path: Path, sessions: tuple[Session, ...]) -> Bars:
    """Return each symbol's unbroken run of bars that ends with the last of `sessions`.

    A run stops at the first session without a bar: a true range across a gap would be that of several days.

    Args:
        path: Parquet or CSV with symbol, date, high, low, close, in USD per share, adjusted for splits only.
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
    runs = {symbol: tuple(_run(days, sessions)) for symbol, days in found.items()}
    return Bars(path.name, {symbol: run for symbol, run in runs.items() if run}, rounded)


def _wanted(table: Table, days: set[date]) -> tuple[dict[str, dict[date, Bar]], int]:
    import polars

    frame = table.frame.filter(polars.col("date").is_in(list(days)))
    prices = {name: decimals(frame[name].to_list(), declared(Bar)[name].type.scale) for name in _PRICES}
    found: dict[str, dict[date, Bar]] = {}
    faults = []
    for index, (row, symbol, day) in enumerate(frame.select("row", "symbol", "date").iter_rows()):
        of_symbol = found.setdefault(symbol, {})
        if day in of_symbol:
            faults.append(
                Fault(table.place(row), "bar-twice", f"{symbol} {day} stands here again; keep one of the rows")
            )
        of_symbol[day] = Bar.model_validate({"date": day, **{name: prices[name].values[index] for name in _PRICES}})
    if faults:
        raise FactError(faults)
    return found, sum(read.rounded for read in prices.values())


def _run(days: Mapping[date, Bar], sessions: tuple[Session, ...]) -> list[Bar]:
    run: list[Bar] = []
    for session in reversed(sessions):
        if session.date not in days:
            break
        run.insert(0, days[session.date])
    return run
