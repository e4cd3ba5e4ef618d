"""A table in a file beside the snapshot, CSV, JSON or Parquet: what it says, exactly, and where.

A place in such a file has the line of a CSV, the row of the others, and the number of the column, from 1.
"""

import csv
import io
import json
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from engine import parquet
from engine.facts import Candidate
from engine.law.text import Node, Scalar
from engine.place import Fault, Place
from engine.table import Table, of_columns, of_rows

LIMIT: Final = 64 * 1024 * 1024
MOST_ROWS: Final = 1_000_000
NEEDED: Final = tuple(name for name, field in Candidate.model_fields.items() if field.is_required())


class _BrokenError(Exception):
    """The file cannot be read on; `at` is the line and the column."""

    def __init__(self, at: tuple[int, int], code: str, message: str) -> None:
        super().__init__(message)
        self.at = at
        self.code = code


@dataclass(frozen=True, slots=True)
class _File:
    """What a file holds, its name as the snapshot has it, and its name in places."""

    data: bytes
    name: str
    shown: str
    faults: list[Fault]

    def place(self, line: int, column: int = 1) -> Place:
        return Place(self.shown, line, column)

    def table(
        self,
        columns: Mapping[str, Sequence[Any]],
        lines: Sequence[int] | None = None,
        texts: frozenset[str] = frozenset(),
    ) -> Table:
        numbers = {name: number for number, name in enumerate(columns, 1)}

        def cell(name: str, row: int) -> Place:
            return self.place(lines[row] if lines else row + 1, numbers.get(name, 1))

        return Table(columns, cell, lambda name: self.place(1, numbers.get(name, 1)), texts, self.name)


def read_sidecar(node: Node, folder: Path, faults: list[Fault]) -> Table | None:
    """Return the table of the file that `node` names; None with a fault where it cannot be had.

    Args:
        node: The file's name; whatever links lead there, it must be inside the folder.
        folder: The snapshot's.
        faults: Takes every fault.
    """
    name = node.text if isinstance(node, Scalar) else ""
    if Path(name).suffix not in _READERS:
        allowed = f"write the name of a {', '.join(_READERS)} file"
        faults.append(Fault(node.place, "sidecar", f"{name!r} is no table's name; {allowed}"))
        return None
    try:
        data = _bytes(folder, name)
    except OSError as error:
        faults.append(Fault(node.place, "sidecar", f"{name!r} cannot be read: {error.strerror}; mend it or its name"))
        return None
    file = _File(data, name, str(Path(node.place.file).parent / name), faults)
    try:
        return _READERS[Path(name).suffix](file)
    except _BrokenError as error:
        faults.append(Fault(file.place(*error.at), error.code, str(error)))
        return None


def _bytes(folder: Path, name: str) -> bytes:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise OSError(0, "it is outside the snapshot's folder")
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(0, "it is a folder, pipe or device")
    if status.st_size > LIMIT:
        raise OSError(0, f"it has more than the {LIMIT} bytes allowed")
    return path.read_bytes()


def _text(file: _File) -> str:
    try:
        text = file.data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = file.data.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{file.data[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise _BrokenError((line, 1), "encoding", found) from None
    if text.startswith("\ufeff"):
        raise _BrokenError((1, 1), "bom", "a byte order mark begins the file; save it without")
    return text


def _csv(file: _File) -> Table:
    text = _text(file)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise _BrokenError((reader.line_num, 1), "syntax", f"{error}; mend the quotes") from None
    if not rows:
        raise _BrokenError((1, 1), "empty", "the file holds nothing; write a line with the names of the columns")
    _refuse_more(len(rows))
    lines: Sequence[int] = range(1, len(rows) + 1) if '"' not in text else _lines(text)
    names, size = rows[0], len(rows[0])
    for number, name in enumerate(names, 1):
        if name in names[: number - 1]:
            file.faults.append(Fault(file.place(1, number), "duplicate-key", f"{name!r} is written again; keep one"))
    if set(map(len, rows)) != {size}:
        for row, line in zip(rows, lines, strict=True):
            if len(row) != size:
                found = f"the row has {len(row)} cells and the first {size}; make them equal"
                file.faults.append(Fault(file.place(line), "ragged", found))
        lines = [line for row, line in zip(rows, lines, strict=True) if len(row) == size]
        rows = [row for row in rows if len(row) == size]
    cells = zip(*rows[1:], strict=True) if rows[1:] else [()] * size
    return file.table(dict(zip(names, cells, strict=True)), lines[1:], frozenset(names))


def _lines(text: str) -> list[int]:
    """Return the line at which each row ends, for a quoted cell may hold breaks."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    return [reader.line_num for _ in reader]


def _json(file: _File) -> Table:
    text = _text(file)
    try:
        found = json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=str, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise _BrokenError((error.lineno, error.colno), "syntax", f"{error.msg}; mend the JSON here") from None
    except RecursionError:
        raise _BrokenError((1, 1), "depth", "lists and mappings stand too deep in each other; flatten them") from None
    if isinstance(found, list):
        names = dict.fromkeys(name for row in found if isinstance(row, dict) for name in row)
        table = of_rows(file.table(dict.fromkeys(names, ())), found, NEEDED, file.faults)
    elif isinstance(found, dict):
        table = of_columns(file.table(dict.fromkeys(found, ())), found, file.faults)
    else:
        raise _BrokenError((1, 1), "type", "the file is no table; write a list of rows, or lists by name")
    _refuse_more(table.size)
    return table


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for number, name in enumerate(names) if name in names[:number])
        raise _BrokenError((1, 1), "duplicate-key", f"{twice!r} is written twice in one mapping; keep one of them")
    return found


def _parquet(file: _File) -> Table:
    try:
        columns, texts = parquet.read(file.data, MOST_ROWS + 1)
    except parquet.BrokenError as error:
        raise _BrokenError((1, 1), "syntax", f"{error}; write the Parquet file again") from None
    table = file.table(columns, None, texts)
    _refuse_more(table.size)
    return table


def _refuse_more(rows: int) -> None:
    if rows > MOST_ROWS:
        raise _BrokenError((1, 1), "too-large", f"more than {MOST_ROWS} rows; shorten the table")


_READERS: Final[Mapping[str, Callable[[_File], Table]]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".json": _json,
}
