"""Comments beside the entries of a list or a mapping, kept where the entries are written anew."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from engine.law.text import Mapping, Node, plain, read_yaml
from engine.law.text import Sequence as List
from engine.place import Fault

_KEY: Final = -1  # the number of what stands above the first entry
_SIGN: Final = re.compile(r"(?:(?<=[ \t])|^)#")


class Line(NamedTuple):
    """A line that is written: what its entry is about, and its text."""

    head: str
    text: str


class Remark(NamedTuple):
    """A comment by the numbers of its line and column, counted from 0; `alone` where nothing stands before it."""

    line: int
    column: int
    text: str
    alone: bool


@dataclass(frozen=True, slots=True)
class Old:
    """Lines of a file, from `start` up to but not including `end`, with a key and entries below it.

    Attributes:
        lines: All lines of the file.
        entries: What each entry is about, and the number of its first line.
    """

    lines: Sequence[str]
    start: int
    end: int
    entries: Sequence[tuple[str, int]]

    def remarked(self, key: str, new: Sequence[Line]) -> tuple[list[str], list[Remark]]:
        """Return a new key and new entries with the comments of the old ones, and the comments of what is gone."""
        remarks = self._by_entry()
        found = _beside(key, remarks.pop(_KEY, []))
        for line, number in zip(new, self._partners(new), strict=True):
            found += _beside(line.text, remarks.pop(number, []) if number is not None else [])
        if new:
            found += [f"{_indent(new[0].text)}{remark.text}" for remark in remarks.pop(len(self.entries), [])]
        return found, sorted(remark for own in remarks.values() for remark in own)

    def remarks(self) -> Iterator[Remark]:
        """Yield the comments: what can be cut off a line while the file says the same."""
        said = _said(self.lines)
        for number in range(self.start, self.end):
            line = self.lines[number]
            for column in (found.start() for found in _SIGN.finditer(line)):
                cut = [*self.lines[:number], line[:column], *self.lines[number + 1 :]]
                if said is not None and _said(cut) == said:
                    yield Remark(number, column, line[column:].rstrip(), not line[:column].strip())
                    break

    def _by_entry(self) -> dict[int, list[Remark]]:
        """Return the comments by the number of their entry: on its lines, or alone above it, or behind the last one."""
        found: dict[int, list[Remark]] = {}
        for remark in self.remarks():
            later = (number for number, (_, line) in enumerate(self.entries) if line > remark.line)
            following = next(later, len(self.entries))
            found.setdefault(following if remark.alone else following - 1, []).append(remark)
        return found

    def _partners(self, new: Sequence[Line]) -> list[int | None]:
        """Return for every new entry the number of the old one: the same line, or else the next about the same."""
        found: dict[int, int] = {}
        for alike in (self._same, self._akin):
            for place, line in enumerate(new):
                left = (number for number in range(len(self.entries)) if number not in found.values())
                number = next((number for number in left if alike(number, line)), None)
                if place not in found and number is not None:
                    found[place] = number
        return [found.get(place) for place in range(len(new))]

    def _same(self, number: int, line: Line) -> bool:
        return self.lines[self.entries[number][1]].strip().startswith(line.text.strip())

    def _akin(self, number: int, line: Line) -> bool:
        return self.entries[number][0] == line.head


def entries_of(node: Node | None) -> list[tuple[str, int]]:
    """Return what each entry of a list or mapping is about, and the number of its line, counted from 0."""
    match node:
        case Mapping(items):
            return [(key.text, key.place.line - 1) for key, _ in items]
        case List(items=items):
            return [(head_of(plain(item)), item.place.line - 1) for item in items]
        case _:
            return []


def head_of(entry: object) -> str:
    """Return what an entry of a list is about: its first key and value."""
    return str(next(iter(entry.items()))) if isinstance(entry, dict) and entry else str(entry)


def _beside(text: str, remarks: Sequence[Remark]) -> list[str]:
    """Return a line with its comments: the last of those that stood beside it there again, the others above it."""
    beside = [remark for remark in remarks if not remark.alone][-1:]
    above = [remark for remark in remarks if remark not in beside]
    end = "".join(f"  {remark.text}" for remark in beside)
    return [*(f"{_indent(text)}{remark.text}" for remark in above), f"{text}{end}"]


def _indent(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def _said(lines: Sequence[str]) -> object:
    """Return what lines say as YAML; nothing where they are at fault."""
    faults: list[Fault] = []
    node = read_yaml("".join(f"{line}\n" for line in lines).encode(), "", faults)
    return None if node is None or faults else plain(node)
