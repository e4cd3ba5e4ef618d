"""Expectations written into a fixture's own text: what stands around them stays as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from commands.golden import Case, Fixture, Told, citations
from commands.lines import Line, rules_of, written
from commands.remarks import Line as Entry
from commands.remarks import Old, Remark, entries_of, head_of
from engine.law.model import Constitution
from engine.law.text import Mapping as Entries
from engine.law.text import Scalar
from engine.place import FactError, Fault

_STEP = "  "


def rewritten(
    law: Constitution, fixture: Fixture, source: str, told: Mapping[str, Told]
) -> tuple[str, Sequence[Remark]]:
    """Return a fixture's text with the expectations of the cases in `told` as the law has them.

    Comments stay beside what they stood beside; those of what is gone are returned too.

    Raises:
        FactError: A case is written on one line, into which nothing can be written.
    """
    page = _Page(source.splitlines())
    for case in fixture.cases:
        if case.name in told:
            _write_case(page, case, told[case.name])
    _write_rules(page, law, fixture, told)
    return page.text(), sorted(page.dropped)


def _write_case(page: "_Page", case: Case, told: Told) -> None:
    keys = [key for key, _ in case.node.items]
    if not keys or any(key.place.line == case.place.line for key in keys):
        message = "the case is written on one line; write its keys below each other, and an 'expect: []'"
        raise FactError([Fault(case.place, "one-line", message)])
    page.put(case.node, "expect", "[]", _listed(told.decisions))
    if told.orders:
        page.put(case.node, "orders", "[]", _listed(told.orders))
    elif "orders" in case.node:
        page.drop(case.node, "orders")
    if case.remembers is not None:
        page.put(case.node, "remembers", "{}", _named(told.remembers))


def _write_rules(page: "_Page", law: Constitution, fixture: Fixture, told: Mapping[str, Told]) -> None:
    """Write what the rules cite that any case names, also one that is not written anew."""
    lines: list[Line] = []
    for case in fixture.cases:
        if case.name in told:
            lines += (*told[case.name].decisions, *told[case.name].orders)
        else:
            lines += [item.line for item in (*(case.expect or ()), *case.orders)]
    page.put(fixture.root, "rules", "{}", _named(citations(law, sorted(rules_of(lines)))), gap=True)


def _listed(lines: Sequence[Line]) -> list[Entry]:
    return [Entry(head_of(line), f"{_STEP}- {written(line)}") for line in lines]


def _named(lines: Mapping[str, Line]) -> list[Entry]:
    return [Entry(name, f"{_STEP}{written(name)}: {written(line)}") for name, line in lines.items()]


@dataclass
class _Page:
    """A text whose entries are replaced by line numbers; nothing moves before all of it is written.

    Attributes:
        dropped: The comments of entries that are written no more.
    """

    lines: list[str]
    edits: list[tuple[int, int, int, list[str]]] = field(default_factory=list)
    dropped: list[Remark] = field(default_factory=list)

    def put(self, owner: Entries, key: str, none: str, entries: Sequence[Entry], *, gap: bool = False) -> None:
        """Note that what stands under a key becomes some entries, or is added behind all else; `none` says of none."""
        old = self._old(owner, key)
        first = f"{key}:" if entries else f"{key}: {none}"
        block, dropped = old.remarked(first, entries) if old else ([first, *(entry.text for entry in entries)], [])
        self.dropped += dropped
        indent = " " * (owner.items[0][0].place.column - 1)
        new = [f"{indent}{line}" for line in block]
        if old is not None:
            self._edit(old.start, old.end, new)
        else:
            end = max(self._end(other) for other, _ in owner.items)
            self._edit(end, end, ["", *new] if gap else new)

    def drop(self, owner: Entries, key: str) -> None:
        """Note that a key is to go, with what stands under it."""
        old = self._old(owner, key)
        if old is not None:
            self.dropped += old.remarks()
            self._edit(old.start, old.end, [])

    def _old(self, owner: Entries, key: str) -> Old | None:
        found = owner.key(key)
        if found is None:
            return None
        return Old(self.lines, found.place.line - 1, self._end(found), entries_of(owner.get(key)))

    def _end(self, key: Scalar) -> int:
        """Return the line behind an entry: it goes on while lines are blank, stand deeper, or are its list.

        A comment that stands no deeper ends nothing, and belongs to the entry where that goes on behind it.
        """
        indent, end = key.place.column - 1, key.place.line
        for number in range(key.place.line, len(self.lines)):
            line = self.lines[number].strip()
            deep = len(self.lines[number]) - len(self.lines[number].lstrip())
            deeper = deep > indent or (deep == indent and line.startswith("- "))
            if line and not deeper and not line.startswith("#"):
                break
            if line and deeper:
                end = number + 1
        return end

    def _edit(self, start: int, end: int, new: list[str]) -> None:
        self.edits.append((start, end, len(self.edits), new))

    def text(self) -> str:
        lines = list(self.lines)
        for start, end, _, new in sorted(self.edits, reverse=True):  # what is added at one place stays in its order
            lines[start:end] = new
        return "".join(f"{line}\n" for line in lines)
