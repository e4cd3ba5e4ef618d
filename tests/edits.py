"""Edits of a law's text, one at a time: those that change what it says, and those that do not.

Every edit is a new text for some files. Which are taken is drawn by a digest of a seed, so that a seed names them.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Final

from engine.expr import tree
from engine.expr.parse import ExpressionError, parse
from engine.law.read import Written, read_folder
from engine.law.text import Mapping as Entries
from engine.law.text import Node, Scalar, Sequence
from engine.subjects import SUBJECTS, given

GROUPS: Final = ("parameters", "facts", "tables", "ladders", "latches", "memories", "picks", "rules")
_EXPRESSIONS: Final = frozenset(
    {"value", "when", "set", "clear", "next", "where", "crossed", "applies", "then", "needs"}
)
_NUMBER: Final = re.compile(r"(?<![\w.:-])\d+(?:\.\d+)?(?![\w.:])")
_TIME: Final = re.compile(r"\b(\d{1,2}):(\d\d)\b")
_COMPARISON: Final = re.compile(r"<=|>=|==|!=|<|>")
_FLIPPED: Final = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday")
_RENAMED: Final = frozenset({"facts", "tables", "ladders"})
_RULINGS: Final = re.compile(r"\[(?:A-\d\d(?:, )?)+\]")


@dataclass(frozen=True)
class Edit:
    """New texts of some files, made when they are asked for: there are many edits, and few are taken."""

    kind: str
    where: str
    make: Callable[[], Mapping[str, str]]

    def write(self, law: "Law", into: Path) -> Path:
        """Write the law with the edit into a folder."""
        return law.write(into, self.make())


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a section, and its lines."""

    file: str
    group: str
    key: Scalar
    node: Node
    first: int
    last: int


class Law:
    """A law's text, with everything in it found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[str, Written] = read_folder(folder, [])[0]
        self.texts = {name: (folder / name).read_text("utf-8") for name in self.files}

    def write(self, into: Path, files: Mapping[str, str] = MappingProxyType({})) -> Path:
        """Write the law into a folder, some files with another text."""
        into.mkdir(parents=True)
        for name, text in self.texts.items():
            (into / name).write_text(files.get(name, text), "utf-8", newline="")
        return into

    def putting(self, scalar: Scalar, start: int, end: int, text: str) -> Callable[[], dict[str, str]]:
        """Return what makes the file of a scalar with some of its raw text replaced."""
        return partial(self._put, scalar, start, end, text)

    def _put(self, scalar: Scalar, start: int, end: int, text: str) -> dict[str, str]:
        place = scalar.place_at(start)
        lines = self.texts[place.file].splitlines(keepends=True)
        at = sum(map(len, lines[: place.line - 1])) + place.column - 1
        whole = self.texts[place.file]
        return {place.file: whole[:at] + text + whole[at + end - start :]}

    @cached_property
    def entries(self) -> list[Entry]:
        """Every entry of every section."""
        return [entry for file in self.files for group in GROUPS for entry in self.found(file, group)]

    def found(self, file: str, group: str) -> Iterator[Entry]:
        """Yield the entries of one group of a file."""
        root = self.files[file].node
        node = root.get(group) if isinstance(root, Entries) else None
        if not isinstance(node, Entries):
            return
        lines = self.texts[file].splitlines()
        for key, value in node.items:
            first, last = key.place.line, key.place.line
            for number in range(first, len(lines)):
                if lines[number].strip() and not lines[number].startswith(" " * key.place.column):
                    break
                last = number + 1 if lines[number].strip() else last
            yield Entry(file, group, key, value, first, last)

    def scalars(self, node: Node, under: str = "") -> Iterator[tuple[str, Scalar]]:
        """Yield the scalars in a node, with the key that each stands under."""
        match node:
            case Scalar():
                yield under, node
            case Entries(items=items):
                for key, value in items:
                    yield from self.scalars(value, key.text)
            case Sequence(items=items):
                for value in items:
                    yield from self.scalars(value, under)

    @cached_property
    def expressions(self) -> list[tuple[Entry, Scalar]]:
        """Every condition and value of the sections."""
        found = []
        for entry in self.entries:
            if entry.group != "parameters":
                found += [(entry, of) for key, of in self.scalars(entry.node) if key in _EXPRESSIONS]
        return found

    def cut(self, entry: Entry) -> dict[str, str]:
        """Return the file of an entry without its lines."""
        return self.without(entry.file, entry.first, entry.last)

    def without(self, file: str, first: int, last: int) -> dict[str, str]:
        """Return a file without some lines."""
        lines = self.texts[file].splitlines(keepends=True)
        return {file: "".join(lines[: first - 1] + lines[last:])}


def drawn(edits: Iterable[Edit], seed: str) -> list[Edit]:
    """Return edits in an order that depends on the seed alone, their kinds in turns."""
    kinds: dict[str, list[Edit]] = {}
    for number, edit in enumerate(edits):
        digest = sha256(f"{seed} {edit.kind} {edit.where} {number}".encode()).hexdigest()
        kinds.setdefault(edit.kind, []).append(Edit(f"{digest} {edit.kind}", edit.where, edit.make))
    listed = [sorted(found, key=lambda edit: edit.kind) for found in kinds.values()]
    most = max(map(len, listed))
    turns = [edit for turn in range(most) for found in listed for edit in found[turn : turn + 1]]
    return [Edit(edit.kind.partition(" ")[2], edit.where, edit.make) for edit in turns]


# What changes the meaning.


def changes(law: Law) -> Iterator[Edit]:
    """Yield edits after which the law says something else; not all of them are laws that load."""
    for make in (_numbers, _times, _words, _comparisons, _drops, _rows, _arbitration, _rulings):
        yield from make(law)


def _values(law: Law) -> Iterator[tuple[Entry, Scalar]]:
    for entry in law.entries:
        value = entry.node.get("value") if entry.group == "parameters" and isinstance(entry.node, Entries) else None
        for _, scalar in law.scalars(value) if value is not None else ():
            yield entry, scalar


def _numbers(law: Law) -> Iterator[Edit]:
    for entry, scalar in _values(law):
        for found in _NUMBER.finditer(scalar.raw):
            _, point, decimals = found[0].partition(".")
            more = f"{float(found[0]) + 10 ** -len(decimals):.{len(decimals)}f}" if point else str(int(found[0]) + 1)
            make = law.putting(scalar, found.start(), found.end(), more)
            yield Edit("number", f"{entry.key.text} {found[0]} -> {more}", make)


def _times(law: Law) -> Iterator[Edit]:
    for entry, scalar in _values(law):
        for found in _TIME.finditer(scalar.raw):
            later = f"{found[1]}:{(int(found[2]) + 1) % 60:02}"
            make = law.putting(scalar, found.start(), found.end(), later)
            yield Edit("window", f"{entry.key.text} {found[0]} -> {later}", make)


def _words(law: Law) -> Iterator[Edit]:
    for entry, scalar in _values(law):
        if scalar.text in _DAYS:
            other = _DAYS[(_DAYS.index(scalar.text) + 1) % len(_DAYS)]
            yield Edit("weekday", f"{entry.key.text} -> {other}", law.putting(scalar, 0, len(scalar.raw), other))
        elif re.fullmatch(r"[A-Z]{2,5}", scalar.text):
            yield Edit("word", f"{entry.key.text} {scalar.text} -> XYZ", law.putting(scalar, 0, len(scalar.raw), "XYZ"))
    for entry in law.entries:
        reason = entry.node.get("else") if isinstance(entry.node, Entries) else None
        if isinstance(reason, Scalar):
            make = law.putting(reason, 0, len(reason.raw), f"{reason.text}_otherwise")
            yield Edit("word", f"{entry.key.text} else", make)


def _comparisons(law: Law) -> Iterator[Edit]:
    for entry, scalar in law.expressions:
        for found in _COMPARISON.finditer(scalar.raw):
            make = law.putting(scalar, found.start(), found.end(), _FLIPPED[found[0]])
            yield Edit("comparison", f"{entry.key.text} {scalar.raw} at {found.start()}", make)


def _drops(law: Law) -> Iterator[Edit]:
    for entry in law.entries:
        if entry.group == "rules" and isinstance(entry.node, Entries):
            kind = "requirement" if "require" in entry.node else "rule"
            yield Edit(kind, entry.key.text, partial(law.cut, entry))


def _rows(law: Law) -> Iterator[Edit]:
    for entry in law.entries:
        rows = entry.node.get("rows") if isinstance(entry.node, Entries) else None
        lines = law.texts[entry.file].splitlines(keepends=True)
        for row in rows.items if isinstance(rows, Sequence) and len(rows.items) > 1 else ():
            line = lines[row.place.line - 1]
            if line.lstrip().startswith("- {") and line.rstrip().endswith("}"):
                cut = partial(law.without, entry.file, row.place.line, row.place.line)
                yield Edit("row", f"{entry.key.text} {line.strip()}", cut)


def _arbitration(law: Law) -> Iterator[Edit]:
    text = law.texts["constitution.yaml"]
    for found in re.finditer(r"strongest: \[([^\]]+)\]", text):
        kinds = found[1].split(", ")
        for place in range(len(kinds) - 1):
            swapped = [*kinds[:place], kinds[place + 1], kinds[place], *kinds[place + 2 :]]
            other = text[: found.start(1)] + ", ".join(swapped) + text[found.end(1) :]
            make: Callable[[], dict[str, str]] = partial(dict, {"constitution.yaml": other})
            yield Edit("arbitration", f"{kinds[place]} and {kinds[place + 1]}", make)


def _rulings(law: Law) -> Iterator[Edit]:
    for entry in law.found("interpretations.yaml", "interpretations"):
        yield Edit("ruling", entry.key.text, partial(_unruled, law, entry))


def _unruled(law: Law, entry: Entry) -> dict[str, str]:
    """Return the files without a ruling, and without what rests on it."""

    def without(found: re.Match[str]) -> str:
        return f"[{', '.join(one for one in found[0][1:-1].split(', ') if one != entry.key.text)}]"

    return {file: _RULINGS.sub(without, text) for file, text in law.texts.items()} | law.cut(entry)


# What keeps the meaning.


def paraphrases(law: Law) -> Iterator[Edit]:
    """Yield edits after which the law says the same."""
    for make in (_reordered, _commented, _requoted, _respelled, _rules_renamed, _facts_renamed, _turned, _moved):
        yield from make(law)


def _competing(entry: Entry) -> bool:
    """Return whether the place of a rule may decide: two that decide one kind of one subject."""
    return entry.group == "rules" and isinstance(entry.node, Entries) and "decide" in entry.node


def _reordered(law: Law) -> Iterator[Edit]:
    for first, second in pairwise(law.entries):
        together = (first.file, first.group) == (second.file, second.group)
        if together and not (_competing(first) and _competing(second)):
            yield Edit("order", f"{first.key.text} and {second.key.text}", partial(swapped, law, first, second))


def swapped(law: Law, first: Entry, second: Entry) -> dict[str, str]:
    """Return the file of two entries with each in the other's place."""
    lines = law.texts[first.file].splitlines(keepends=True)
    one, between, two = (
        lines[first.first - 1 : first.last],
        lines[first.last : second.first - 1],
        lines[second.first - 1 : second.last],
    )
    return {first.file: "".join([*lines[: first.first - 1], *two, *between, *one, *lines[second.last :]])}


def _commented(law: Law) -> Iterator[Edit]:
    for entry in law.entries:
        yield Edit("comment", entry.key.text, partial(_remarked, law, entry))


def _remarked(law: Law, entry: Entry) -> dict[str, str]:
    lines = law.texts[entry.file].splitlines(keepends=True)
    lines.insert(entry.first - 1, f"{' ' * (entry.key.place.column - 1)}# What a person thinks of it.\n")
    return {entry.file: "".join(lines)}


def _requoted(law: Law) -> Iterator[Edit]:
    for entry, scalar in law.expressions:
        if not scalar.quoted and "'" not in scalar.raw and "\n" not in scalar.raw and not _NUMBER.fullmatch(scalar.raw):
            if scalar.raw in ("true", "false"):
                continue
            yield Edit("style", f"{entry.key.text} quoted", law.putting(scalar, 0, len(scalar.raw), f"'{scalar.raw}'"))
            line = law.texts[entry.file].splitlines()[scalar.raw_place.line - 1]
            if "{" not in line and "- " not in line:
                indent = " " * (len(line) - len(line.lstrip()) + 2)
                folded = f">-\n{indent}" + scalar.raw.replace(" && ", f"\n{indent}&& ")
                yield Edit("style", f"{entry.key.text} folded", law.putting(scalar, 0, len(scalar.raw), folded))


def _respelled(law: Law) -> Iterator[Edit]:
    for entry, scalar in _values(law):
        for found in re.finditer(r"(?<![\w.:])\d+\.\d+(?![\w.:])", scalar.raw):
            other = found[0].rstrip("0").rstrip(".") if found[0].endswith("0") else f"{found[0]}0"
            make = law.putting(scalar, found.start(), found.end(), other)
            yield Edit("number", f"{entry.key.text} {found[0]} -> {other}", make)


def _rules_renamed(law: Law) -> Iterator[Edit]:
    for entry in law.entries:
        if entry.group == "rules" and not _given(entry.key.text):
            yield Edit("rule renamed", entry.key.text, partial(_with_rule_renamed, law, entry))


def _with_rule_renamed(law: Law, entry: Entry) -> dict[str, str]:
    """Return the files with a rule under another name: its key, where it is read as a fact, and among ceilings."""
    name = entry.key.text
    files = {file: re.sub(rf"(?<=\.){name}\b", f"{name}_called", text) for file, text in law.texts.items()}
    files[entry.file] = re.sub(rf"(?m)^  {name}:", f"  {name}_called:", files[entry.file])
    listed = re.compile(rf"(?<=[\[ ]){name}(?=[,\]])")
    files["constitution.yaml"] = re.sub(
        r"ceilings: \[[^\]]+\]", lambda found: listed.sub(f"{name}_called", found[0]), files["constitution.yaml"]
    )
    return files


def _facts_renamed(law: Law) -> Iterator[Edit]:
    everywhere = "\n".join(law.texts.values())
    for entry in law.entries:
        name = entry.key.text.partition(".")[2]
        defined = len(re.findall(rf"(?m)^  \w+\.{name}:", everywhere))
        if entry.group in _RENAMED and defined == 1 and not _given(name) and f"\n  {name}:" not in everywhere:
            yield Edit("fact renamed", entry.key.text, partial(_with_fact_renamed, law, name))


def _with_fact_renamed(law: Law, name: str) -> dict[str, str]:
    read = re.compile(rf"(?<=[a-z]\.){name}\b")
    return {file: read.sub(f"{name}_called", text) for file, text in law.texts.items()}


def _given(name: str) -> bool:
    return any(name in given(subject) or name in dict(of.lists) for subject, of in SUBJECTS.items())


def _turned(law: Law) -> Iterator[Edit]:
    for entry, scalar in law.expressions:
        try:
            parsed = parse(scalar.raw)
        except ExpressionError:
            continue
        if isinstance(parsed, tree.Both):
            other = tree.show(tree.Both(0, parsed.operator, parsed.terms[::-1]))
            if "'" not in other:
                text = other + "\n" * scalar.raw.endswith("\n") if scalar.quoted else f"'{other}'"
                yield Edit("operands", f"{entry.key.text} {other}", law.putting(scalar, 0, len(scalar.raw), text))


def _moved(law: Law) -> Iterator[Edit]:
    sections = [file for file in law.files if file[:2].isdigit()]
    for entry in law.entries:
        if _competing(entry):
            continue
        others = [file for file in sections if file != entry.file and f"\n{entry.group}:\n" in law.texts[file]]
        for other in others[:2]:
            yield Edit("moved", f"{entry.key.text} to {other}", partial(_carried, law, entry, other))


def _carried(law: Law, entry: Entry, other: str) -> dict[str, str]:
    block = "".join(law.texts[entry.file].splitlines(keepends=True)[entry.first - 1 : entry.last])
    head = f"\n{entry.group}:\n"
    return {other: law.texts[other].replace(head, head + block, 1)} | law.cut(entry)
