"""Daily series of the market over years, from tables whose columns go by many names; never a guess between two."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

from engine.facts import Market, declared
from engine.place import FactError, Fault, Place
from sources.tables import Column, Table, decimals, header, read_table

_DATES: Final = ("date", "day", "session", "observation_date")
_SYMBOLS: Final = ("symbol", "ticker")
_CLOSE: Final = "close"
_PERCENT: Final = ("pct", "percent")
_PLACES_OF_A_PERCENT: Final = 2


class Wanted(NamedTuple):
    """One series that is wanted.

    Attributes:
        name: What a person calls it.
        fact: The fact of `Market` whose unit its values have.
        columns: What its own column goes by; without one a column `close` serves, where `closes` says so.
        symbols: What its rows go by where a table has those of several symbols.
    """

    name: str
    fact: str
    columns: tuple[str, ...]
    symbols: tuple[str, ...] = ()
    closes: bool = True


VIX: Final = Wanted("VIX", "vix_closes", ("vix", "vix_close", "vixcls"), ("vix", "^vix", "$vix"))
SPX: Final = Wanted("S&P 500", "spx_closes", ("spx", "spx_close", "sp500"), ("spx", "^spx", "$spx", "^gspc"))
BREADTH: Final = Wanted("breadth", "breadth", ("breadth", "breadth_percent", "pct_above_50dma"), closes=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """The values of one series by date, as exact as the fact keeps them; `None` where a row has none.

    `repeated` rows said again what another one had said, `rounded` values had more decimals than the fact keeps.
    """

    name: str
    file: str
    column: str
    values: dict[date, Decimal | None]
    repeated: int
    rounded: int


def read_series(wanted: Wanted, named: str) -> Reading:
    """Return one series of a table.

    Args:
        wanted: Which one.
        named: `FILE`, `FILE:COLUMN`, `FILE:COLUMN@SYMBOL` or `FILE:@SYMBOL`. What is not named is found by the
            header, and refused where more than one column or symbol could be meant.

    Raises:
        FactError: The file cannot be read, what is meant cannot be told, a value is of the wrong form, or two rows
            of one date differ.
    """
    path, column, symbol = _address(named)
    columns = header(path)
    start = Place(path.name, 1, 1)
    day = _one_of("date", [name for name in columns if name.lower() in _DATES], columns, start)
    of = next((name for name in columns if name.lower() in _SYMBOLS), None)
    value = _named(column, columns, start) if column else _guessed(wanted, columns, {day, of}, start)
    forms = [Column("date", (day,), required=True, filled=True), Column("number", (value,), required=True)]
    faults: list[Fault] = []
    table = read_table(path, [*forms, *([Column("word", (of,))] if of else ())], faults)
    if table is None:
        raise FactError(faults)
    if of is not None:
        table = _of_symbol(table, of, symbol, wanted)
    elif symbol:
        raise FactError([Fault(start, "symbol", f"no column says whose rows these are; leave out @{symbol}")])
    return _read(table, wanted, day, value)


def _address(named: str) -> tuple[Path, str, str]:
    """Return the file, the column and the symbol that are named; empty where they are not."""
    file, _, rest = named.rpartition(":")
    if not file or Path(named).is_file():
        return Path(named), "", ""
    column, _, symbol = rest.partition("@")
    return Path(file), column, symbol


def _one_of(what: str, found: Sequence[str], columns: Sequence[str], start: Place) -> str:
    """Return the only column found.

    Raises:
        FactError: There is none, or there are several.
    """
    if len(found) == 1:
        return found[0]
    if found:
        raise FactError([Fault(start, "several-columns", f"{', '.join(found)} could each be the {what}; keep one")])
    said = f"no column is a {what} by its name among {', '.join(columns)}; call it {_DATES[0]!r}"
    raise FactError([Fault(start, "missing-column", said)])


def _named(column: str, columns: Sequence[str], start: Place) -> str:
    if column in columns:
        return column
    found = f"no column {column!r} among {', '.join(columns)}; name one of them after FILE:"
    raise FactError([Fault(start, "missing-column", found)])


def _guessed(wanted: Wanted, columns: Sequence[str], known: set[str | None], start: Place) -> str:
    """Return the column that is the series by its name: its own, else a close, else the only one there is."""
    others = [name for name in columns if name not in known]
    own = [name for name in others if name.lower() in wanted.columns]
    closes = [name for name in others if wanted.closes and name.lower() == _CLOSE]
    found = own or closes or (others if len(others) == 1 else [])
    if len(found) == 1:
        return found[0]
    several = found or others
    if not several:
        none = f"no column beside the date; the {wanted.name} needs one, such as {wanted.columns[0]!r}"
        raise FactError([Fault(start, "missing-column", none)])
    said = f"{', '.join(several)} could each be the {wanted.name}; name one as FILE:{several[0]}"
    raise FactError([Fault(start, "several-columns", said)])


def _of_symbol(table: Table, of: str, symbol: str, wanted: Wanted) -> Table:
    """Return the rows of one symbol."""
    import polars

    symbols: list[str] = table.frame[of].unique(maintain_order=True).drop_nulls().to_list()
    found = [one for one in symbols if one == symbol or (not symbol and one.lower() in wanted.symbols)]
    if not symbol and len(symbols) == 1:
        found = symbols
    if len(found) != 1:
        said = "could each be" if found else "do not have"
        names = f"the rows of {', '.join(found or symbols)} {said} {symbol or wanted.name}"
        named = f"{names}; name one as FILE:@{(found or symbols or ['SYMBOL'])[0]}"
        raise FactError([Fault(Place(table.file, 1, 1), "symbol", named)])
    return Table(table.file, table.frame.filter(polars.col(of) == found[0]), table.header)


def _read(table: Table, wanted: Wanted, day: str, value: str) -> Reading:
    scale = declared(Market)[wanted.fact].type.scale
    shift = _PLACES_OF_A_PERCENT if not wanted.closes and any(word in value.lower() for word in _PERCENT) else 0
    read = decimals(table.frame[value].to_list(), scale - shift)
    numbers = [None if number is None else number.scaleb(-shift) for number in read.values]
    values: dict[date, Decimal | None] = {}
    twice, large, repeated = [], [], 0
    for row, when, number in zip(table.frame["row"], table.frame[day], numbers, strict=True):
        if when not in values:
            values[when] = number
        elif values[when] == number or str(values[when]) == str(number):  # NaN equals nothing, itself included
            repeated += 1
        else:
            twice.append((row, f"{when} stands here again with another value; keep one of the rows"))
        if not wanted.closes and number is not None and number.is_finite() and number > 1:
            named = " or ".join(_PERCENT)
            large.append(
                (row, f"{number.normalize():f} is above 1 and no share; let the column's name say {named}, or divide")
            )
    faults = [_first(table, "day-twice", twice), _first(table, "units", large)]
    if not values:
        faults = [[Fault(table.place(1), "empty", "no row stands here; a history needs days")]]
    if any(faults):
        raise FactError([fault for found in faults for fault in found])
    return Reading(wanted.name, table.file, value, values, repeated, read.rounded)


def _first(table: Table, code: str, rows: Sequence[tuple[int, str]]) -> list[Fault]:
    """Return the first of many faults of one kind, and how many there are."""
    if not rows:
        return []
    row, said = rows[0]
    more = f" ({len(rows) - 1} more rows like it)" if rows[1:] else ""
    return [Fault(table.place(row), code, f"{said}{more}")]
