"""The candidates of a snapshot's file: columns or rows in the file itself, or a table in a file beside it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from engine.columns import Column
from engine.facts import Candidates, readings
from engine.fields import FormError, shown, spoken, suggestion
from engine.law.text import Mapping, Node, Scalar, Sequence, plain
from engine.place import Fault, Place
from engine.sidecar import NEEDED, read_sidecar
from engine.table import Table, of_columns, of_rows

_FILE: Final = "file"
_MOST: Final = 10


def read_candidates(
    node: Node | None, folder: Path, zone: ZoneInfo | None, faults: list[Fault]
) -> tuple[Table | None, Candidates | None]:
    """Return the contracts on offer, exact, and the table they stand in; None where none was delivered.

    Args:
        node: What `candidates` says, in any of its forms.
        folder: The snapshot's, which a file beside it must be in.
        zone: The exchange's, whose offset an instant must have.
        faults: Takes every fault; with one, there are no candidates.
    """
    before = len(faults)
    table = _table(node, folder, faults)
    if table is None:
        return None, None
    read = _columns_read(table, zone, faults)
    if len(faults) > before:
        return table, None
    candidates = Candidates.of_read(read, table.file)
    for row, first in candidates.repeated():
        found = f"the contract of {table.cell('underlying', first)} stands here again; keep one of them"
        faults.append(Fault(table.cell("underlying", row), "duplicate-id", found))
    return table, candidates


def _table(node: Node | None, folder: Path, faults: list[Fault]) -> Table | None:
    match node:
        case Mapping() if _FILE in node:
            return _beside(node, folder, faults)
        case Mapping():
            there = Table({}, lambda name, row: _in_column(node, row, name), lambda name: _key(node, name))
            return of_columns(there, {key.text: plain(value) for key, value in node.items}, faults)
        case Sequence():
            there = Table({}, lambda name, row: _in_row(node, row, name), lambda name: _in_rows(node, name))
            return of_rows(there, [plain(row) for row in node.items], NEEDED, faults)
        case Scalar() if plain(node) is not None:
            allowed = "columns, rows, or {file: chain.csv} stand here; write null if no chain was delivered"
            faults.append(Fault(node.place, "type", f"{shown(node.text)} is no table; {allowed}"))
    return None


def _columns_read(table: Table, zone: ZoneInfo | None, faults: list[Fault]) -> dict[str, Column]:
    known = readings(zone)
    for name in table.columns:
        if name not in known:
            found = f"candidates have no {name!r}; {suggestion(name, [*known])}"
            faults.append(Fault(table.head(name), "unknown-column", found))
    if table.size:
        missing = [name for name in NEEDED if name not in table.columns]
        faults.extend(Fault(table.head(""), "missing-column", f"candidates need {name!r}; add it") for name in missing)
    read = {}
    for name, reading in known.items():
        if name in table.columns:
            said = spoken if reading.fact.type.kind == "number" else _unwritten
            meaning = said if name in table.texts else None
            read[name] = replace(reading, meaning=meaning).column(table.columns[name])
            faults.extend(_malformed(name, read[name], table))
    return read


def _beside(node: Mapping, folder: Path, faults: list[Fault]) -> Table | None:
    """Return the table of a file, the other entries holding for every row."""
    own: dict[str, Scalar] = {}
    for key, value in node.items:
        if isinstance(value, Scalar) and key.text != _FILE:
            own[key.text] = value
        elif key.text != _FILE:
            found = f"{key.text!r} is no single value; beside a file stands what is the same in every row"
            faults.append(Fault(value.place, "type", found))
    table = read_sidecar(node.get(_FILE) or node, folder, faults)
    if table is None:
        return None
    for name in own:
        if name in table.columns:
            found = f"{name!r} is a column of {table.file} too; keep one of them"
            faults.append(Fault(_key(node, name), "duplicate-key", found))
    return Table(
        {**table.columns, **{name: [plain(value)] * table.size for name, value in own.items()}},
        lambda name, row: own[name].place if name in own else table.cell(name, row),
        lambda name: _key(node, name) if name in own else table.head(name),
        table.texts - own.keys(),
        table.file,
    )


def _in_column(node: Mapping, row: int, name: str) -> Place:
    match node.get(name):
        case Sequence(items):
            return items[row].place
        case Scalar() as constant:
            return constant.place
        case _:
            return node.place


def _in_row(node: Sequence, row: int, name: str) -> Place:
    match node.items[row]:
        case Mapping() as found:
            return (found.get(name) or found).place
        case found:
            return found.place


def _in_rows(node: Sequence, name: str) -> Place:
    """Return where a row first names a column."""
    rows = (row for row in node.items if isinstance(row, Mapping))
    return next((_key(row, name) for row in rows if name in row), node.place)


def _key(node: Mapping, name: str) -> Place:
    return (node.key(name) or node).place


def _unwritten(text: str) -> str | None:
    return text or None


def _malformed(name: str, column: Column, table: Table) -> Iterator[Fault]:
    """Yield a fault for each malformed value, the first of many alike, at its first row."""
    rows: dict[FormError, list[int]] = {}
    for row, error in column.malformed.items():
        rows.setdefault(error, []).append(row)
    for error, alike in islice(rows.items(), _MOST):
        place, others = table.cell(name, alike[0]), len(alike) - 1
        once = not others or place == table.cell(name, alike[-1])  # as one value for all rows is
        yield Fault(place, error.code, f"{name}: {error}" + ("" if once else f" (and {others} more like it)"))
    if len(rows) > _MOST:
        found = f"{len(rows) - _MOST} more values of {name!r} are malformed; mend them where they are made"
        yield Fault(table.head(name), "malformed", found)
