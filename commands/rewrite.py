"""Expectations written into a fixture's own text: what stands around them stays as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from commands.golden import Case, Fixture, Told, citations
from commands.lines import Line, rules_of, written
from engine.law.model import Constitution
from engine.law.text import Mapping as Entries
from engine.law.text import Scalar
from engine.place import FactError, Fault

_STEP = "  "


def rewritten(law: Constitution, fixture: Fixture, source: str, told: Mapping[str, Told]) -> str:
    """Return a fixture's text with the expectations of the cases in `told` as the law has them.

    Raises:
        FactError: A case is written on one line, into which nothing can be written.
    """
    page = _Page(source.splitlines())
    for case in fixture.cases:
        if case.name in told:
            _write_case(page, case, told[case.name])
    _write_rules(page, law, fixture, told)
    return page.text()


def _write_case(page: "_Page", case: Case, told: Told) -> None:
    keys = [key for key, _ in case.node.items]
    if not keys or any(key.place.line == case.place.line for key in keys):
        message = "the case is written on one line; write its keys below each other, and an 'expect: []'"
        raise FactError([Fault(case.place, "one-line", message)])
    page.put(case.node, "expect", _listed("expect", told.decisions))
    if told.orders or "orders" in case.node:
        page.put(case.node, "orders", _listed("orders", told.orders) if told.orders else [])
    if case.remembers is not None:
        page.put(case.node, "remembers", _named("remembers", told.remembers))


def _write_rules(page: "_Page", law: Constitution, fixture: Fixture, told: Mapping[str, Told]) -> None:
    """Write what the rules cite that any case names, also one that is not written anew."""
    lines: list[Line] = []
    for case in fixture.cases:
        if case.name in told:
            lines += (*told[case.name].decisions, *told[case.name].orders)
        else:
            lines += [item.line for item in (*(case.expect or ()), *case.orders)]
    page.put(fixture.root, "rules", _named("rules", citations(law, sorted(rules_of(lines)))), gap=True)


def _listed(key: str, lines: Sequence[Line]) -> list[str]:
    return [f"{key}:", *(f"{_STEP}- {written(line)}" for line in lines)] if lines else [f"{key}: []"]


def _named(key: str, lines: Mapping[str, Line]) -> list[str]:
    entries = (f"{_STEP}{written(name)}: {written(line)}" for name, line in lines.items())
    return [f"{key}:", *entries] if lines else [f"{key}: {{}}"]


@dataclass
class _Page:
    """A text whose entries are replaced by line numbers; nothing moves before all of it is written."""

    lines: list[str]
    edits: list[tuple[int, int, int, list[str]]] = field(default_factory=list)

    def put(self, owner: Entries, key: str, block: Sequence[str], *, gap: bool = False) -> None:
        """Note that the entry under a key becomes a block, or is added behind the others."""
        old = owner.key(key)
        indent = " " * (owner.items[0][0].place.column - 1)
        new = [f"{indent}{line}" for line in block]
        if old is not None:
            start = old.place.line - 1
            self._edit(start, self._end(old), new)
        elif new:
            end = max(self._end(other) for other, _ in owner.items)
            self._edit(end, end, ["", *new] if gap else new)

    def _end(self, key: Scalar) -> int:
        """Return the line behind an entry: it goes on while lines are blank, stand deeper, or are its list."""
        indent, end = key.place.column - 1, key.place.line
        for number in range(key.place.line, len(self.lines)):
            line = self.lines[number]
            deep = len(line) - len(line.lstrip())
            if line.strip() and deep <= indent and not (deep == indent and line.lstrip().startswith("- ")):
                break
            if line.strip():
                end = number + 1
        return end

    def _edit(self, start: int, end: int, new: list[str]) -> None:
        self.edits.append((start, end, len(self.edits), new))

    def text(self) -> str:
        lines = list(self.lines)
        for start, end, _, new in sorted(self.edits, reverse=True):  # what is added at one place stays in its order
            lines[start:end] = new
        return "".join(f"{line}\n" for line in lines)
