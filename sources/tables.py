"""Rows of a Parquet or CSV file, with the place of what is wrong in them.

Numbers stay what the file says: the text of a CSV, the shortest decimal text of a float.
"""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from engine.place import Fault, Place

if TYPE_CHECKING:
    import polars

Form = Literal["word", "number", "count", "date", "instant"]
_NO_NUMBER = re.compile(r"[-+]?(nan|inf|infinity)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Column:
    """One column that is wanted; `names` are those it goes by in files, the first is ours."""

    form: Form
    names: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The wanted columns under our names, and `row`, counted from 1 behind a header."""

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


def read_table(path: Path, columns: Iterable[Column], faults: list[Fault], zone: ZoneInfo | None = None) -> Table | None:
    """Return the wanted columns of a file, dates and instants read; None when it cannot be used.

    Args:
        path: A `.parquet` or `.csv` file; the suffix decides.
        columns: What is wanted. Other columns are left unread.
        faults: Takes every fault; one for each column that has any, at its first bad row.
        zone: The zone of times that carry no offset; without it they are refused.
    """
    import polars

    start = Place(path.name, 1, 1)
    if not path.is_file():
        faults.append(Fault(start, "missing", "there is no such file; check the name"))
        return None
    try:
        frame = _loaded(path)
    except (polars.exceptions.PolarsError, OSError) as error:
        found = str(error).partition("\n")[0]
        faults.append(Fault(start, "unreadable", f"{found}; a table is a .parquet or a .csv file"))
        return None
    wanted = tuple(columns)
    renamed = _renamed(frame, wanted, start, faults)
    if renamed is None:
        return None
    before = len(faults)
    table = Table(path.name, renamed.with_row_index("row", 1), 1 if path.suffix == ".csv" else 0)
    for column in wanted:
        if column.names[0] in renamed.columns:
            table = _formed(table, column, faults, zone)
    return table if len(faults) == before else None


def decimals(values: Iterable[object], scale: int) -> Decimals:
    """Return numbers exactly, rounded half to even where they have more than `scale` decimals.

    A float becomes the decimal of its shortest text; what is no number becomes `Decimal("NaN")`, null stays None.
    """
    read = Decimals([])
    step = Decimal(1).scaleb(-scale)
    for value in values:
        number = None if value is None else exact(value)
        if number is not None and number.is_finite():
            kept = number.quantize(step, ROUND_HALF_EVEN)
            read.rounded += kept != number
            number = kept
        read.values.append(number)
    return read


def exact(value: object) -> Decimal:
    """Return a number as its file wrote it; NaN for what is no finite number."""
    if isinstance(value, float):
        return Decimal(repr(value)) if math.isfinite(value) else Decimal("NaN")
    text = str(value).strip()
    return Decimal("NaN") if _NO_NUMBER.fullmatch(text) else Decimal(text)


def instant(text: str, zone: ZoneInfo | None = None) -> datetime:
    """Return a time of ISO 8601 in UTC.

    Raises:
        ValueError: It is no time, has no offset and no `zone` is given, or does not exist in `zone` or twice.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = f"not-a-time: {text!r} is not a time; write 2026-03-05T10:00:00-05:00"
        raise ValueError(message) from None
    if moment.tzinfo is None:
        if zone is None:
            message = f"naive-time: {text!r} has no offset; write -05:00 or Z, or name the zone of the file's times"
            raise ValueError(message)
        moment = moment.replace(tzinfo=zone)
        if moment.utcoffset() != moment.replace(fold=1).utcoffset():
            message = f"naive-time: {text!r} does not exist or exists twice in {zone.key}; write its offset"
            raise ValueError(message)
    return moment.astimezone(UTC)


def _loaded(path: Path) -> "polars.DataFrame":
    import polars

    if path.suffix == ".csv":
        return polars.read_csv(path, infer_schema=False)
    return polars.read_parquet(path)


def _renamed(
    frame: "polars.DataFrame", wanted: tuple[Column, ...], start: Place, faults: list[Fault]
) -> "polars.DataFrame | None":
    found = {}
    for column in wanted:
        name = next((name for name in column.names if name in frame.columns), None)
        if name is not None:
            found[name] = column.names[0]
        elif column.required:
            allowed = " or ".join(map(repr, column.names))
            has = ", ".join(frame.columns)
            faults.append(Fault(start, "missing-column", f"no column {allowed} among {has}; add it"))
    if not all(not column.required or column.names[0] in found.values() for column in wanted):
        return None
    return frame.select(list(found)).rename(found)


def _formed(table: Table, column: Column, faults: list[Fault], zone: ZoneInfo | None) -> Table:
    """Return the table with one column read; a fault at its first value that cannot be."""
    import polars

    name, series = column.names[0], table.frame[column.names[0]]
    if column.form == "number" and series.dtype.is_numeric():
        return table
    target: Any = {
        "word": polars.String, "number": polars.String, "count": polars.Int64,
        "date": polars.Date, "instant": polars.Datetime("ms", "UTC"),
    }[column.form]  # fmt: skip
    read: Callable[[Any], object] = {
        "word": str, "number": _number, "count": _count, "date": _date,
        "instant": lambda value: instant(str(value), zone),
    }[column.form]  # fmt: skip
    known: dict[object, object] = {None: None}
    bad: dict[object, str] = {}
    for value in series.unique().drop_nulls().to_list():
        try:
            known[value] = read(value)
        except ValueError as error:
            bad[value] = str(error)
            known[value] = None
    if bad:
        first = next(row for row, value in enumerate(series.to_list(), 1) if value in bad)
        again = series.is_in(list(bad)).sum() - 1
        code, _, message = bad[series[first - 1]].partition(": ")
        more = f" ({again} more in this column)" if again else ""
        faults.append(Fault(table.place(first), code, f"{name}: {message}{more}"))
    values = polars.Series(name, [known[value] for value in series.to_list()], dtype=target)
    return Table(table.file, table.frame.with_columns(values), table.header)


def _number(value: object) -> str:
    try:
        exact(value)
    except InvalidOperation:
        message = f"not-a-number: {value!r} is not a number; write it such as 1.95"
        raise ValueError(message) from None
    return str(value)


def _count(value: object) -> int | None:
    number = Decimal(_number(value))
    if number.is_nan():
        return None
    if number != number.to_integral_value():
        message = f"not-whole: {value!r} is not a whole number"
        raise ValueError(message)
    return int(number)


def _date(value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        message = f"not-a-date: {value!r} is not a date; write 2026-03-05"
        raise ValueError(message) from None
