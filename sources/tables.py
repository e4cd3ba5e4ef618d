"""Rows of a Parquet or CSV file, with the place of what is wrong in them.

Numbers stay what the file says: the text of a CSV, the shortest decimal text of a float.
"""

import csv
import re
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

ROW: Final = "row"

Form: TypeAlias = Literal["word", "number", "count", "date", "instant"]
# As many digits before the point as a fact may have.
_MOST_DIGITS: Final = 12
_NOT_FINITE: Final = frozenset({"nan", "inf", "infinity"})
_NO_NUMBER: Final = "NaN"
# What is certainly a number of so many digits, and what is certainly a whole one.
_PLAIN: Final = f"^[-+]?[0-9]{{1,{_MOST_DIGITS}}}([.][0-9]{{0,30}})?$"
_WHOLE: Final = f"^[-+]?[0-9]{{1,{_MOST_DIGITS}}}([.]0{{0,30}})?$"
# What polars adds to a name that stands in the header again.
_AGAIN: Final = re.compile(r"_duplicated_[0-9]+")
_DATE: Final = Fact("date", "a day")
_INSTANT: Final = Fact("instant", "a time")


@dataclass(frozen=True, slots=True)
class Column:
    """One column that is wanted.

    Attributes:
        form: How its values are read.
        names: What it goes by in files; the first name is ours.
        required: A file without it is refused.
        filled: A row without a value in it is refused, and of numbers one that is not finite.
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
    frame = _opened(path, faults)
    if frame is None:
        return None
    before = len(faults)
    wanted = chosen(frame.lazy(), columns, path.name, faults).collect()
    table = Table(path.name, wanted.with_row_index(ROW, 1), 1 if path.suffix == ".csv" else 0)
    for column in columns:
        if column.names[0] in wanted.columns:
            table = _formed(table, column, faults, zone)
    return table if len(faults) == before else None


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
    if isinstance(value, float | Decimal) and isfinite(value):
        return Decimal(repr(value)) if isinstance(value, float) else value
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
        faults.append(unreadable(path, error))
        return None


def _loaded(path: Path) -> "polars.DataFrame":
    import polars

    if path.suffix == ".csv":
        return polars.read_csv(path, infer_schema=False, glob=False)
    return polars.read_parquet(path, glob=False)


def unreadable(path: Path, error: Exception) -> Fault:
    """Return what is wrong with a file that polars refuses."""
    said = str(error).partition("\n")[0]
    longer = _longer(path) if path.suffix == ".csv" and not isinstance(error, OSError) else None
    return longer or Fault(Place(path.name, 1, 1), "unreadable", f"{said}; a table is a .parquet or a .csv file")


def _longer(path: Path) -> Fault | None:
    """Return the fault of the first row of a CSV that has more cells than the header."""
    with path.open(encoding="utf-8", errors="replace", newline="") as stream:
        rows = csv.reader(stream)
        try:
            size = len(next(rows, []))
            longer = next((row for row in rows if len(row) > size), None)
        except csv.Error:
            return None
    if longer is None:
        return None
    found = f"the row has {len(longer)} cells and the header {size}; put a cell with a comma in quotes"
    return Fault(Place(path.name, rows.line_num, 1), "ragged", found)


def chosen(
    frame: "polars.LazyFrame", wanted: Sequence[Column], file: str, faults: list[Fault], beside: Sequence[str] = ()
) -> "polars.LazyFrame":
    """Return the wanted columns that a file has, under our names, and those `beside` them as they are.

    Words are texts, an empty one nothing; a float of few digits is the one that its shortest text says.
    """
    import polars

    types = frame.collect_schema()
    found = _named([name for name in types if name not in beside], wanted, file, faults)
    columns = [polars.col(name) for name in beside]
    for name, ours in found.items():
        column, dtype = polars.col(name), types[name]
        if dtype.is_nested():
            said = f"{ours}: each cell holds a {dtype.base_type().__name__.lower()}; write one value into each"
            faults.append(Fault(Place(file, 1, 1), "type", said))
            continue
        if isinstance(dtype, polars.String | polars.Categorical | polars.Enum | polars.Null):
            column = column.cast(polars.String)
            column = polars.when(column != "").then(column)
        elif dtype.is_float() and dtype != polars.Float64:
            column = column.cast(polars.String).cast(polars.Float64)
        columns.append(column.alias(ours))
    return frame.select(columns)


def _named(columns: Sequence[str], wanted: Sequence[Column], file: str, faults: list[Fault]) -> dict[str, str]:
    """Return our names of a file's columns; a fault where one is lacking, or several could be meant."""
    found, start = {}, Place(file, 1, 1)
    for column in wanted:
        could = [plain for name in columns if (plain := _AGAIN.sub("", name)) in column.names]
        own = [name for name in column.names if name in columns]
        if own and could[1:]:
            said = f"{', '.join(could)} could each be {column.names[0]!r}; keep one of them"
            faults.append(Fault(start, "several-columns", said))
        elif own:
            found[own[0]] = column.names[0]
        elif column.required:
            allowed, has = " or ".join(map(repr, column.names)), ", ".join(columns)
            faults.append(Fault(start, "missing-column", f"no {allowed} among the columns {has}; add it"))
    return found


def _formed(table: Table, column: Column, faults: list[Fault], zone: ZoneInfo | None) -> Table:
    """Return the table with one column read, numbers as they stand; or a fault at its first value that cannot be."""
    import polars

    series = table.frame[column.names[0]]
    doubts = table.frame.lazy().filter(doubtful(column, series.dtype))
    found = refusals(doubts, series.name, reader(column, zone), table.place)
    faults += found
    if found or column.form == "number":
        return table
    read, target = reading(column.form, zone)
    known = {value: read(value) for value in series.unique().drop_nulls().to_list()}
    formed = polars.Series(series.name, [known.get(value) for value in series.to_list()], dtype=target)
    return Table(table.file, table.frame.with_columns(formed), table.header)


def refusals(
    rows: "polars.LazyFrame", name: str, read: Callable[[Any], object], place: Callable[[int], Place]
) -> list[Fault]:
    """Return a fault at the first value of a column that cannot be read, and at the first that is lacking.

    Args:
        rows: Those that are in doubt, with their numbers in `row`.
        name: The column.
        read: Raises a FormError of what is not of its form.
        place: Where a row stands.
    """
    import polars

    distinct = rows.group_by(name).agg(polars.col(ROW).min(), polars.len()).sort(ROW)
    found: dict[bool, list[tuple[int, FormError, int]]] = {}
    for value, row, count in distinct.collect(engine="streaming").rows():
        try:
            read(value)
        except FormError as error:
            found.setdefault(value is None, []).append((row, error, count))
    faults = []
    for alike in found.values():
        first, refusal, _ = alike[0]
        more = sum(count for _, _, count in alike) - 1
        said = f" ({more} more rows like it)" if more else ""
        faults.append(Fault(place(first), refusal.code, f"{name}: {refusal}{said}"))
    return faults


def reader(column: Column, zone: ZoneInfo | None) -> Callable[[Any], object]:
    """Return how the values of a column are read; of one that is `filled`, what is lacking or not finite is refused."""
    if not column.filled:
        return reading(column.form, zone)[0]
    return filled(_finite if column.form == "number" else reading(column.form, zone)[0])


def filled(read: Callable[[Any], object]) -> Callable[[Any], object]:
    """Return how values are read none of which may be lacking."""

    def there(value: object) -> object:
        if value is None:
            raise FormError("missing-value", "nothing stands here; a row needs it")
        return read(value)

    return there


def doubtful(column: Column, dtype: "polars.DataType") -> "polars.Expr":
    """Return where a column's values have to be read one by one to know whether they are of its form."""
    import polars

    value = polars.col(column.names[0])
    lacking = value.is_null() if column.filled else polars.lit(value=False)
    if column.form in {"number", "count"}:
        return lacking | _no_plain_number(value, dtype, column)
    return lacking if column.form == "word" else lacking | value.is_not_null()


def _no_plain_number(value: "polars.Expr", dtype: "polars.DataType", column: Column) -> "polars.Expr":
    import polars

    whole = column.form == "count"
    if dtype == polars.String:
        return ~value.str.contains(_WHOLE if whole else _PLAIN)
    if not dtype.is_numeric():
        return value.is_not_null()
    odd = ~value.is_between(-(10**_MOST_DIGITS), 10**_MOST_DIGITS, closed="none")
    if isinstance(dtype, polars.Decimal) and dtype.precision - dtype.scale <= _MOST_DIGITS:
        odd = polars.lit(value=False)
    if whole and not dtype.is_integer():
        odd |= value != value.round()
    return odd & (value.is_finite() | polars.lit(column.filled)) if dtype.is_float() else odd


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


def _too_large(value: object) -> str:
    return f"{shown(value)} has more than {_MOST_DIGITS} digits before the point; check it"


def _number(value: object) -> str:
    number = exact(value)
    if number.is_finite() and number.adjusted() >= _MOST_DIGITS:
        raise FormError("digits", _too_large(value))
    return str(number)


def _finite(value: object) -> str:
    number = _number(value)
    if number == _NO_NUMBER:
        raise FormError("type", "no finite number; mend it")
    return number


def _count(value: object) -> int | None:
    number = exact(value)
    if number.is_nan():
        return None
    if number != number.to_integral_value():
        raise FormError("type", f"{shown(value)} is not whole; write a whole number")
    if number.adjusted() >= _MOST_DIGITS:
        raise FormError("digits", _too_large(value))
    return int(number)


def _date(value: object) -> date:
    read: date = _DATE.read(value.date() if isinstance(value, datetime) else value)
    return read
