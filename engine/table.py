"""Columns as a file delivers them, before anything is read: names, lengths, and where each cell stands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.fields import shown
from engine.place import Fault, Place


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of one length.

    Attributes:
        columns: Values by name, None where unknown; numbers are int or Decimal.
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


def of_columns(table: Table, given: Mapping[str, object], faults: list[Fault]) -> Table:
    """Return a table of lists by name, and of single values that hold for every row.

    With faults it serves to find more of them.

    Args:
        table: Says where things stand; its own columns are not looked at.
        given: The lists and the values, as JSON has them.
        faults: Takes every fault of the shape.
    """
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
            Fault(table.head(""), "ragged", "nothing says how many rows there are; write one column as a list")
        )
    first, size = next(((name, len(column)) for name, column in lists.items()), ("", 0))
    for name, column in lists.items():
        if len(column) != size:
            found = f"{name!r} has {len(column)} rows and {first!r} has {size}"
            faults.append(Fault(table.head(name), "ragged", f"{found}; make them equal"))
    columns = {name: lists.get(name, [value] * size) for name, value in given.items() if not isinstance(value, Mapping)}
    return replace(table, columns=columns)


def of_rows(table: Table, given: Sequence[object], needed: Sequence[str], faults: list[Fault]) -> Table:
    """Return a table of mappings, without those that are at fault.

    Args:
        table: Says where things stand; its own columns are not looked at.
        given: The mappings, as JSON has them.
        needed: What every row must have.
        faults: Takes every fault of the shape.
    """
    kept: dict[int, Mapping[str, Any]] = {}
    for number, row in enumerate(given):
        if not isinstance(row, Mapping):
            found = f"{shown(row)} stands where a row is due; write a mapping"
            faults.append(Fault(table.cell("", number), "type", found))
        elif missing := [name for name in needed if name not in row]:
            at = table.cell("", number)
            faults.extend(Fault(at, "missing-field", f"the row needs {name!r}; add it") for name in missing)
        else:
            kept[number] = row
    numbers = list(kept)
    names = dict.fromkeys(name for row in kept.values() for name in row)
    columns = {name: [row.get(name) for row in kept.values()] for name in names}
    return replace(table, columns=columns, cell=lambda name, row: table.cell(name, numbers[row]))
