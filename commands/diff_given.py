"""The snapshots that a person gives to two versions: whatever `evaluate` takes, and nothing passed over in silence."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import click

from engine.facts import Snapshot
from engine.place import FactError, Fault, Place
from engine.snapshot import read_snapshot
from proof.compare_trials import Seed

_TABLES: Final = frozenset({".csv", ".parquet"})


def snapshots(folder: Path) -> list[Seed]:
    """Return every snapshot in a folder and below; tables of candidates that one names stand beside them.

    Raises:
        FactError: Another file is no snapshot; every fault of all of them.
        click.BadParameter: There is none.
    """
    shown = [file for file in folder.rglob("*") if not file.is_dir() and not _hidden(file.relative_to(folder))]
    found, tables = _read([file for file in shown if file.suffix not in _TABLES])
    said = "is no snapshot, nor the table of one that is here; take it away"
    left = [file for file in shown if file.suffix in _TABLES and file.resolve() not in tables]
    if left:
        raise FactError(Fault(Place(str(file), 1, 1), "snapshot", said) for file in left)
    if not found:
        said = f"there is no snapshot in {folder}; name a folder that has one"
        raise click.BadParameter(said, param_hint="--snapshots")
    return [Seed(str(file), found[file]) for file in sorted(found)]


def _hidden(file: Path) -> bool:
    return any(part.startswith(".") for part in file.parts)


def _read(files: Sequence[Path]) -> tuple[dict[Path, Snapshot], set[Path]]:
    """Return snapshots by their files, and the tables that they name; what may be one comes behind what may name it.

    Raises:
        FactError: A file is neither; every fault of all of them.
    """
    found: dict[Path, Snapshot] = {}
    faults: dict[Path, tuple[Fault, ...]] = {}
    tables: set[Path] = set()
    for file in sorted(files, key=lambda file: (file.suffix == ".json", file)):
        if file.resolve() in tables:
            continue
        try:
            found[file] = read_snapshot(file)
        except FactError as error:
            faults[file.resolve()] = error.faults
        else:
            tables.update(_named(file.parent, found[file]))
    if left := [fault for file, each in faults.items() if file not in tables for fault in each]:
        raise FactError(left)
    return found, tables


def _named(folder: Path, snapshot: Snapshot) -> Iterator[Path]:
    candidates = snapshot.candidates
    if candidates is not None and candidates.file:
        yield (folder / candidates.file).resolve()
