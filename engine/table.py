"""Columns as a file delivers them, before anything is read: their names, their lengths, where each cell stands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.fields import shown
from engine.place import Fault, Place


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of one length.

    Attributes:
        columns: Values by name, None where unknown; texts, numbers as int or Decimal, or what else the file has.
        cell: Where a value stands, by the name of its column and its row from 0.
        head: Where the name of a column stands, or where the table begins if it has no such column.
        texts: Columns in which a number is its text, and an empty text is unknown.
        file: The name of the file beside the snapshot, if there is one.
    """

    columns: Mapping[str, Sequence[Any]]
    cell: Callable[[str, int], Place]
    head: Callable[[str], Place]
    texts: frozenset[str] = frozenset()
    file: str = ""

    @property
    def size(self) -> int:
        """The number of rows."""
        return max(map(len, self.columns.values()), default=0)


def of_columns(table: Table, given: Mapping[str, object], faults: list[Fault]) -> Table | None:
    """Return a table of lists by name, and of single values that hold for every row.

    Args:
        table: Says where things stand; its own columns are not looked at.
        given: The lists and the values, as JSON has them.
        faults: Takes every fault of the shape.
    """
    before = len(faults)
    lists = {name: value for name, value in given.items() if isinstance(value, list)}
    for name, value in given.items():
        if isinstance(value, Mapping):
            faults.append(
                Fault(
                    table.head(name),
                    "type",
                    f"{name!r} is a mapping; write a list, or one value for all rows",
                )
            )
    if given and not lists:
        faults.append(
            Fault(
                table.head(""), "ragged", "nothing says how many rows there are; write one column as a list"
            )
        )
    first, size = next(((name, len(column)) for name, column in lists.items()), ("", 0))
    for name, column in lists.items():
        if len(column) != size:
            found = f"{name!r} has {len(column)} rows and {first!r} has {size}"
            faults.append(Fault(table.head(name), "ragged", f"{found}; make them equal"))
    if len(faults) > before:
        return None
    columns = {name: lists.get(name, [value] * size) for name, value in given.items()}
    return Table(columns, table.cell, table.head, file=table.file)


def of_rows(
    table: Table, given: Sequence[object], needed: Sequence[str], faults: list[Fault]
) -> Table | None:
    """Return a table of mappings.

    Args:
        table: Says where things stand; its own columns are not looked at.
        given: The mappings, as JSON has them.
        needed: What every row must have.
        faults: Takes every fault of the shape.
    """
    before = len(faults)
    for number, row in enumerate(given):
        if not isinstance(row, Mapping):
            found = f"{shown(row)} stands where a row is due; write a mapping"
            faults.append(Fault(table.cell("", number), "type", found))
        else:
            missing = [name for name in needed if name not in row]
            at = table.cell("", number)
            faults.extend(Fault(at, "missing-field", f"the row needs {name!r}; add it") for name in missing)
    if len(faults) > before:
        return None
    rows = [row for row in given if isinstance(row, Mapping)]
    names = dict.fromkeys(name for row in rows for name in row)
    return Table(
        {name: [row.get(name) for row in rows] for name in names}, table.cell, table.head, file=table.file
    )
