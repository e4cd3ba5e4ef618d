"""Rows of a Parquet or CSV file, with the place of what is wrong in them.

Numbers stay what the file says: the text of a CSV, the shortest decimal text of a float.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from engine.fields import Fact, FormError, shown, spoken
from engine.place import FactError, Fault, Place

if TYPE_CHECKING:
    import polars

Form: TypeAlias = Literal["word", "number", "count", "date", "instant"]
# As many digits before the point as a fact may have.
_MOST_DIGITS: Final = 12
_NOT_FINITE: Final = frozenset({"nan", "inf", "infinity"})
_DATE: Final = Fact("date", "a day")
_INSTANT: Final = Fact("instant", "a time")


@dataclass(frozen=True, slots=True)
class Column:
    """One column that is wanted.

    Attributes:
        form: How its values are read.
        names: What it goes by in files; the first name is ours.
        required: A file without it is refused.
        filled: A row without a value in it is refused.
    """

    form: Form
    names: tuple[str, ...]
    required: bool = False
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The wanted columns that the file has, under our names, and `row`, counted from 1 below a header."""

    file: str
    frame: "polars.DataFrame"
    header: int = 0

    def place(self, row: int) -> Place:
        """Return where a row stands: the line of a CSV, the number of the row in a Parquet file."""
        return Place(self.file, row + self.header, 1)


@dataclass(slots=True)
class Decimals:
    """Exact values of one column; `rounded` of them had more decimals than their unit keeps."""

    values: list[Decimal | None]
    rounded: int = 0


def read_table(
    path: Path, columns: Sequence[Column], faults: list[Fault], zone: ZoneInfo | None = None
) -> Table | None:
    """Return the wanted columns of a file, dates, counts and instants read; None when it cannot be used.

    Args:
        path: A `.parquet` or `.csv` file; the suffix decides.
        columns: What is wanted. Other columns are left unread.
        faults: Takes every fault; for each column one, at its first bad row.
        zone: The zone of times that carry no offset; without it they are refused.
    """
    start = Place(path.name, 1, 1)
    frame = _opened(path, faults)
    if frame is None:
        return None
    before = len(faults)
    renamed = _renamed(frame, columns, start, faults)
    table = Table(path.name, renamed.with_row_index("row", 1), 1 if path.suffix == ".csv" else 0)
    table = formed(table, columns, faults, zone)
    return table if len(faults) == before else None


def formed(table: Table, columns: Sequence[Column], faults: list[Fault], zone: ZoneInfo | None = None) -> Table:
    """Return a table that has columns under our names with its dates, counts and instants read."""
    for column in columns:
        if column.names[0] in table.frame.columns:
            table = _formed(table, column, faults, zone)
    return table


def header(path: Path) -> list[str]:
    """Return the names of a table's columns, in the order of the file.

    Raises:
        FactError: The file cannot be read.
    """
    faults: list[Fault] = []
    frame = _opened(path, faults)
    if frame is None:
        raise FactError(faults)
    return frame.columns


def decimals(values: Iterable[object], scale: int) -> Decimals:
    """Return numbers exactly, rounded half to even where they have more than `scale` decimals.

    What is no finite number becomes `Decimal("NaN")`, which a snapshot holds as implausible; null stays None.
    """
    read = Decimals([])
    step = Decimal(1).scaleb(-scale)
    for value in values:
        number = None if value is None else exact(value)
        if number is not None and number.is_finite():
            kept = number.quantize(step, ROUND_HALF_EVEN)
            if kept != number:
                read.rounded += 1
                number = kept
        read.values.append(number)
    return read


def exact(value: object) -> Decimal:
    """Return a number as its file wrote it; NaN for what is no finite number.

    Raises:
        FormError: It is no number.
    """
    if isinstance(value, float) and isfinite(value):
        return Decimal(repr(value))
    text = str(value).strip()
    said = spoken(text)
    if isinstance(said, Decimal):
        return said
    if text.lstrip("+-").lower() in _NOT_FINITE:
        return Decimal("NaN")
    raise FormError("type", f"{shown(value)} is no number; write one such as 1.95")


def instant(value: object, zone: ZoneInfo | None = None) -> datetime:
    """Return a time in UTC; one without an offset is of `zone`.

    Raises:
        FormError: It is no time, has no offset while no zone is stated, or exists never or twice there.
    """
    naive = _naive(value)
    if naive is None or zone is None:
        read: datetime = _INSTANT.read(value)
        return read
    there = naive.replace(tzinfo=zone)
    if there.utcoffset() != there.replace(fold=1).utcoffset():
        raise FormError("naive-time", f"{shown(value)} is shown never or twice in {zone.key}; write its offset")
    found: datetime = _INSTANT.read(there)
    return found


def _naive(value: object) -> datetime | None:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo is None and "T" in moment.isoformat() else None


def _opened(path: Path, faults: list[Fault]) -> "polars.DataFrame | None":
    import polars

    start = Place(path.name, 1, 1)
    if not path.is_file():
        faults.append(Fault(start, "missing", "there is no such file; check the name"))
        return None
    try:
        return _loaded(path)
    except (polars.exceptions.PolarsError, OSError) as error:
        found = str(error).partition("\n")[0]
        faults.append(Fault(start, "unreadable", f"{found}; a table is a .parquet or a .csv file"))
        return None


def _loaded(path: Path) -> "polars.DataFrame":
    import polars

    if path.suffix == ".csv":
        return polars.read_csv(path, infer_schema=False)
    return polars.read_parquet(path)


def _renamed(
    frame: "polars.DataFrame", wanted: Sequence[Column], start: Place, faults: list[Fault]
) -> "polars.DataFrame":
    found = {}
    for column in wanted:
        name = next((name for name in column.names if name in frame.columns), None)
        if name is not None:
            found[name] = column.names[0]
        elif column.required:
            allowed, has = " or ".join(map(repr, column.names)), ", ".join(frame.columns)
            faults.append(Fault(start, "missing-column", f"no {allowed} among the columns {has}; add it"))
    return frame.select(list(found)).rename(found)


def _formed(table: Table, column: Column, faults: list[Fault], zone: ZoneInfo | None) -> Table:
    """Return the table with one column read; a fault at its first value that cannot be."""
    import polars

    name = column.names[0]
    series = table.frame[name]
    if series.dtype.is_float() and column.form == "count":
        series = series.fill_nan(None)
    if column.form == "number" and series.dtype.is_numeric() and not (column.filled and series.has_nulls()):
        return _refused_digits(table, name, faults)
    read, target = reading(column.form, zone)
    known: dict[object, object] = {None: None}
    bad: dict[object, FormError] = {}
    for value in series.unique().drop_nulls().to_list():
        try:
            known[value] = read(value)
        except FormError as refusal:
            bad[value] = refusal
    values = series.to_list()
    rows = [row for row, value in enumerate(values, 1) if value in bad]
    if rows:
        error = bad[values[rows[0] - 1]]
        more = f" ({len(rows) - 1} more rows like it)" if rows[1:] else ""
        faults.append(Fault(table.place(rows[0]), error.code, f"{name}: {error}{more}"))
    if column.filled and None in values:
        found = f"{name}: nothing stands here; a row needs it"
        faults.append(Fault(table.place(values.index(None) + 1), "missing-value", found))
    formed = polars.Series(name, [known.get(value) for value in values], dtype=target)
    return Table(table.file, table.frame.with_columns(formed), table.header)


def reading(form: Form, zone: ZoneInfo | None) -> tuple[Callable[[Any], object], "polars.DataType"]:
    """Return how the values of a form are read, and the type of a column of them."""
    import polars

    match form:
        case "word":
            return str, polars.String()
        case "number":
            return _number, polars.String()
        case "count":
            return _count, polars.Int64()
        case "date":
            return _date, polars.Date()
        case "instant":
            return lambda value: _instant_of_file(value, zone), polars.Datetime("ms", "UTC")


def _instant_of_file(value: object, zone: ZoneInfo | None) -> datetime:
    try:
        return instant(value, zone)
    except FormError as error:
        if error.code != "naive-time" or zone is not None:
            raise
        raise FormError(error.code, f"{error}, or name the zone of such times with --zone") from None


def _refused_digits(table: Table, name: str, faults: list[Fault]) -> Table:
    """Return the table as it is, with a fault at the first number of a numeric column that is too large."""
    import polars

    large = table.frame.filter(polars.col(name).is_finite() & (polars.col(name).abs() >= 10**_MOST_DIGITS))
    if not large.is_empty():
        faults.append(Fault(table.place(large["row"][0]), "digits", f"{name}: {_too_large(large[name][0])}"))
    return table


def _too_large(value: object) -> str:
    return f"{shown(value)} has more than {_MOST_DIGITS} digits before the point; check it"


def _number(value: object) -> str:
    number = exact(value)
    if number.is_finite() and number.adjusted() >= _MOST_DIGITS:
        raise FormError("digits", _too_large(value))
    return str(number)


def _count(value: object) -> int | None:
    number = exact(value)
    if number.is_nan():
        return None
    if number != number.to_integral_value():
        raise FormError("type", f"{shown(value)} is not whole; write a whole number")
    return int(number)


def _date(value: object) -> date:
    read: date = _DATE.read(value.date() if isinstance(value, datetime) else value)
    return read
