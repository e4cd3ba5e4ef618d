"""A law with one thing changed: another value somewhere in a file, or one entry gone."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.law import text
from engine.law.read import node_at
from engine.law.seal import SEAL
from tests.acceptance.written import ENOUGH


def alter(law: Path, folder: Path, alteration: Mapping[str, Any]) -> Path:
    """Copy a law into a folder, make one alteration, and return the folder of the copy."""
    copy = folder / law.name
    shutil.copytree(law, copy)
    _unseal(copy)
    path = copy / alteration["file"]
    before = path.read_text("utf-8")
    node = text.read_file(path, path.name, [], ENOUGH)
    assert isinstance(node, text.Mapping)
    after = _dropped(before, node, alteration) if "drop" in alteration else _changed(before, node, alteration)
    assert after != before
    path.write_text(after, "utf-8")
    return copy


def _unseal(law: Path) -> None:
    """A ratified version must not be changed: its copy is a draft."""
    (law / SEAL).unlink(missing_ok=True)
    path = law / "constitution.yaml"
    path.write_text(path.read_text("utf-8").replace("status: ratified", "status: draft", 1), "utf-8")


def _changed(before: str, root: text.Mapping, alteration: Mapping[str, Any]) -> str:
    node, _ = node_at(root, tuple(alteration["at"]))
    assert isinstance(node, text.Scalar), f"{alteration['at']} is no single value"
    assert node.raw.count(alteration["old"]) == 1, f"{alteration['old']!r} does not stand once in {node.raw!r}"
    start = _offset(before, node.raw_place.line, node.raw_place.column)
    rest = before[start:].replace(alteration["old"], str(alteration["new"]), 1)
    return before[:start] + rest


def _dropped(before: str, root: text.Mapping, alteration: Mapping[str, Any]) -> str:
    """Remove the lines of one entry, from its own to that of the next."""
    *above, name = alteration["drop"]
    parent, _ = node_at(root, tuple(above))
    match parent:
        case text.Mapping(items=items):
            entries = {key.text: key.place.line for key, _ in items}
        case text.Sequence(items=rows):
            entries = {str(number): row.place.line for number, row in enumerate(rows)}
        case _:
            entries = {}
    lines = list(entries.values())
    here = lines.index(entries[str(name)])
    kept = before.splitlines(keepends=True)
    return "".join(kept[: lines[here] - 1] + kept[lines[here + 1] - 1 :])


def _offset(whole: str, line: int, column: int) -> int:
    return sum(map(len, whole.splitlines(keepends=True)[: line - 1])) + column - 1
