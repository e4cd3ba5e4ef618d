"""A snapshot as YAML, and its candidates as a file beside it; what is read back is equal."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from engine import parquet
from engine.calendar import zone_of
from engine.facts import Candidate, Candidates, Rows, Snapshot, declared
from engine.fields import Fact, Implausible
from engine.plausible import REASONS
from engine.series import Series

# Leaves are YAML already; a mapping's keys too.
_Tree: TypeAlias = str | list["_Tree"] | dict[str, "_Tree"]


class _Entries(dict[str, "_Tree"]):
    """A mapping whose entries are many and alike: they fill lines, as those of a list do."""


_WIDTH: Final = 100
_STEP: Final = "  "
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.^/-]*")
_NOT_PLAIN: Final = frozenset({"false", "inf", "infinity", "n", "nan", "no", "null", "off", "on", "true", "y", "yes"})
_NUMBER: Final = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
_QUOTED: Final = frozenset('"\\')
_MINUTE: Final = timedelta(minutes=1)
_UTC: Final = zone_of("UTC")


def dump_snapshot(snapshot: Snapshot, beside: str = "") -> str:
    """Return the YAML of a snapshot, times with the offset of the calendar's zone.

    Args:
        snapshot: What is written.
        beside: The name of the file for `write_candidates`; without one they stand in the text.

    Raises:
        ValueError: It holds what no file says, such as an `Implausible` for which nothing was found.
    """
    zone = zone_of(snapshot.calendar.zone)
    tree = _rows(snapshot, zone)
    if snapshot.candidates is not None:
        tree["candidates"] = {"file": _leaf(beside)} if beside else _columns(snapshot.candidates, zone)
    lines = [line for key, value in tree.items() for line in _lines(f"{key}:", value, _STEP)]
    return "".join(f"{line}\n" for line in lines)


def write_candidates(candidates: Candidates, path: Path) -> None:
    """Write a table; the suffix `.parquet`, `.csv` or `.json` says in which form.

    Raises:
        ValueError: Another suffix, or an implausible value for which nothing was found.
    """
    texts = _texts(candidates, _UTC)
    match path.suffix:
        case ".csv":
            stream = io.StringIO(newline="")
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(texts)
            writer.writerows(zip(*texts.values(), strict=True))
            path.write_text(stream.getvalue(), "utf-8", newline="")
        case ".json":
            numbers = {name for name, fact in declared(Candidate).items() if fact.type.kind == "number"}
            columns = (
                f"{json.dumps(name)}: {_array(column, numbers=name in numbers)}" for name, column in texts.items()
            )
            path.write_text("{\n" + ",\n".join(columns) + "\n}\n", "utf-8", newline="")
        case ".parquet":
            parquet.write(path, _exact(candidates, texts), declared(Candidate))
        case suffix:
            raise ValueError(f"{suffix!r} is no form of a table; name the file .parquet, .csv or .json")


def _array(column: list[str | None], *, numbers: bool) -> str:
    bare = (text if text and numbers and _NUMBER.fullmatch(text) else json.dumps(text) for text in column)
    return f"[{', '.join(bare)}]"


def _exact(candidates: Candidates, texts: dict[str, list[str | None]]) -> dict[str, list[Any]]:
    """Return the columns of `texts` as values, but as texts where a NaN stands among them."""
    columns: dict[str, list[Any]] = {}
    for name, fact in declared(Candidate).items():
        if name in texts:
            values = candidates.delivered(name)
            said = any(isinstance(value, str) for value in values)
            columns[name] = [*texts[name]] if said else [fact.unscaled(value) for value in values]
    return columns


def _texts(candidates: Candidates, zone: ZoneInfo) -> dict[str, list[str | None]]:
    """Return the columns that say anything, and those that no table does without."""
    for (name, row), why in candidates.implausible.items():
        if (name, row) not in candidates.found:
            raise ValueError(f"candidates, row {row}: nothing was found for the {name} that is {why}")
    columns = {}
    for name, fact in declared(Candidate).items():
        values = candidates.delivered(name)
        known = {value: _short(_text(fact.unscaled(value), zone), fact) for value in {*values} - {None}}
        if known or Candidate.model_fields[name].is_required():
            columns[name] = [known.get(value) for value in values]
    return columns


def _short(text: str, fact: Fact) -> str:
    return _trimmed(text) if fact.type.kind == "number" else text


def _trimmed(text: str) -> str:
    """Return a number without the zeros that end its decimals."""
    return text.rstrip("0").rstrip(".") if _NUMBER.fullmatch(text) and "." in text else text


def _text(value: object, zone: ZoneInfo) -> str:
    match value:
        case datetime():
            there = value.astimezone(zone)
            if (there.utcoffset() or _MINUTE) % _MINUTE:  # a local mean time, which no offset of minutes can say
                there = value.astimezone(UTC)
            return there.isoformat(timespec="milliseconds" if there.microsecond else "seconds")
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case _:
            return str(value)


def _columns(candidates: Candidates, zone: ZoneInfo) -> _Tree:
    facts = declared(Candidate)
    columns: dict[str, _Tree] = {}
    for name, texts in _texts(candidates, zone).items():
        word = facts[name].type.kind in {"symbol", "text"}
        columns[name] = ["null" if text is None else _leaf(text) if word else text for text in texts]
    return columns


def _rows(row: Rows, zone: ZoneInfo) -> dict[str, _Tree]:
    """Return the fields of a row that were given."""
    facts = declared(type(row))
    tree: dict[str, _Tree] = {}
    for name, value in row:
        default = type(row).model_fields[name].default
        if isinstance(value, Series):
            tree[name] = _closes(facts[name], value)
        elif not isinstance(value, Candidates) and value != default:
            tree[name] = _value(_delivered(facts[name], value) if name in facts else value, zone)
    return tree


def _closes(fact: Fact, series: Series) -> _Entries:
    delivered = fact.unscaled(series)
    if fact.read(delivered) != series:
        raise ValueError(f"the {fact.means} have one that cannot be read from any file")
    return _Entries({str(day): _trimmed(_leaf(close)) for day, close in delivered.items()})


def _delivered(fact: Fact, value: object) -> object:
    if not isinstance(value, Implausible):
        return value
    if value.found is None or (value.why not in REASONS and fact.read(value.found) != value):
        raise ValueError(f"the {fact.means} is {value}, which cannot be read from any file")
    return value.found


def _value(value: object, zone: ZoneInfo) -> _Tree:
    match value:
        case Rows():
            return _rows(value, zone)
        case dict():
            return {_leaf(str(key)): _value(item, zone) for key, item in value.items()}
        case tuple() | list():
            return [_value(item, zone) for item in value]
        case date():
            return _text(value, zone)
        case _:
            return _leaf(value)


def _leaf(value: object) -> str:
    """Return a value as YAML that means nothing else."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            plain = _PLAIN.fullmatch(value) and value.lower() not in _NOT_PLAIN
            return value if plain else f'"{"".join(map(_escaped, value))}"'
        case int() | Decimal() if _NUMBER.fullmatch(f"{Decimal(value):f}"):
            return f"{Decimal(value):f}"
        case _:
            raise ValueError(f"{value!r} is nothing that a snapshot's file says")


def _escaped(character: str) -> str:
    plain = character.isprintable() and character not in _QUOTED
    return character if plain else f"\\U{ord(character):08x}"


def _lines(lead: str, tree: _Tree, indent: str) -> Iterator[str]:
    """Yield what stands behind a key or a dash: on its line if it is flat and short, else under it."""
    flow = _flow(tree)
    if flow and (isinstance(tree, str) or not tree or len(lead) + len(flow) < _WIDTH):
        yield f"{lead} {flow}"
    elif isinstance(tree, _Entries):
        yield lead
        yield from _filled([f"{key}: {value}" for key, value in tree.items()], indent, ("{", "}"))
    elif isinstance(tree, dict):
        below = [line for key, value in tree.items() for line in _lines(f"{indent}{key}:", value, indent + _STEP)]
        if lead.endswith("-"):
            yield lead + below.pop(0)[len(lead) :]
        else:
            yield lead
        yield from below
    elif flow:
        yield lead
        yield from _filled([str(item) for item in tree], indent, ("[", "]"))
    else:
        yield lead
        for item in tree:
            yield from _lines(f"{indent}-", item, indent + _STEP)


def _flow(tree: _Tree) -> str:
    """Return a value on one line; nothing where it holds lists or mappings."""
    match tree:
        case str():
            return tree
        case dict() if all(isinstance(value, str) for value in tree.values()):
            return f"{{{', '.join(f'{key}: {value}' for key, value in tree.items())}}}"
        case list() if all(isinstance(value, str) for value in tree):
            return f"[{', '.join(map(str, tree))}]"
        case _:
            return ""


def _filled(tokens: list[str], indent: str, brackets: tuple[str, str]) -> Iterator[str]:
    """Yield a list or a mapping as lines of a good length."""
    begin, end = brackets
    line = f"{indent}{begin}"
    for token in tokens:
        if len(line) + len(token) > _WIDTH:
            yield line.rstrip()
            line = indent + " "
        line += f"{token}, "
    yield f"{line.removesuffix(', ')}{end}"
