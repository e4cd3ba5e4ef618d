"""Fixture files: a base, named cases, and what they expect; every fault of every file in one pass."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

from commands.difference import different
from commands.golden import Case, Expected, Fixture
from commands.lines import ORDER_KEYS, SIDES, Line, unknown_row
from engine.calendar import zone_of
from engine.decisions import KINDS
from engine.facts import Snapshot
from engine.fields import Fact, FormError, shown, suggestion
from engine.law import text
from engine.law.text import Node, Scalar, plain
from engine.place import ConstitutionError, FactError, Fault, Place
from engine.shift import moved
from engine.snapshot import read_snapshot

Check: TypeAlias = Callable[[text.Mapping], Fault | None]

BASES: Final = "bases"
LIMIT: Final = 4 * 1024 * 1024
_INSTANT: Final = Fact("instant", "when it is decided")
_FILE_KEYS: Final = ("base", "at", "about", "given", "cases", "rules")
_CASE_KEYS: Final = ("why", "at", "about", "given", "expect", "orders", "remembers", "forbid")
_RULE_KEYS: Final = ("cites", "rests_on", "file")
_DECISION_KEYS: Final = ("rule", "shadowed")
_OF_EVERY: Final = frozenset({"kind", "subject", "id"})


def find(path: Path) -> list[Path]:
    """Return the fixture files at a path; those in a folder `bases` are none."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*.yaml") if BASES not in file.relative_to(path).parts)


def read_fixtures(paths: Sequence[Path]) -> list[Fixture]:
    """Return fixture files.

    Raises:
        FactError: Every fault of all of them and of their bases, each with its place.
    """
    reader = Reader()
    fixtures = [reader.fixture(path) for path in paths]
    reader.refuse()
    return [fixture for fixture in fixtures if fixture is not None]


@dataclass
class Reader:
    """Reads files that share bases: each base once, and once for each instant that it is moved to."""

    faults: list[Fault] = field(default_factory=list)
    bases: dict[Path, Snapshot | None] = field(default_factory=dict)
    moments: dict[tuple[int, datetime], Snapshot] = field(default_factory=dict)

    def refuse(self) -> None:
        """Raise every fault of what was read, and of its bases.

        Raises:
            FactError: There are some.
        """
        if self.faults:
            raise FactError(self.faults)

    def fixture(self, path: Path) -> Fixture | None:
        """Return a file's cases, as far as they can be read."""
        root = text.read_file(path, str(path), self.faults, LIMIT)
        if root is None:
            return None
        if not isinstance(root, text.Mapping):
            self._fault(root.place, "type", "no mapping stands here; a fixture begins with 'base:'")
            return None
        self._keys(root, _FILE_KEYS, "a fixture")
        base, cases = self._base(root, path), self._mapping(root, "cases")
        if cases is None and "cases" not in root:
            self._fault(root.place, "missing-field", "a fixture needs 'cases'; add them by name")
        rules = self._rules(self._mapping(root, "rules"))
        if base is None or cases is None:
            return None
        found = [self._case(base, root, name, node) for name, node in cases.items]
        return Fixture(path, root, tuple(case for case in found if case is not None), rules)

    def another(self, fixture: Fixture, lines: Sequence[str]) -> Case | None:
        """Return a case that a file could have, its name in the first line; nothing where it would be at fault."""
        node = text.read_yaml("".join(f"{line}\n" for line in lines).encode(), str(fixture.path), self.faults)
        base, case = self._base(fixture.root, fixture.path), None
        if base is not None and isinstance(node, text.Mapping):
            case = self._case(base, fixture.root, *node.items[0])
        faults, self.faults = self.faults, []
        return None if faults else case

    def _fault(self, place: Place, code: str, message: str) -> None:
        self.faults.append(Fault(place, code, message))

    def _misfit(self, node: Node, due: str) -> None:
        self._fault(node.place, "type", f"{shown(plain(node))} stands where {due} is due")

    def _keys(self, node: text.Mapping, known: Sequence[str], owner: str) -> None:
        for key, _ in node.items:
            if key.text not in known:
                self._fault(key.place, "unknown-field", f"{owner} has no {key.text!r}; {suggestion(key.text, known)}")

    def _mapping(self, node: text.Mapping, key: str) -> text.Mapping | None:
        found = node.get(key)
        if isinstance(found, text.Mapping) or found is None:
            return found
        self._misfit(found, "a mapping")
        return None

    def _base(self, root: text.Mapping, path: Path) -> Snapshot | None:
        """Return a base; its name is looked for in the file's folder and in every one above."""
        node = root.get("base")
        if not isinstance(node, Scalar):
            self._fault((node or root).place, "missing-field", "a fixture needs 'base', a snapshot's file; name one")
            return None
        wanted = Path(node.text)
        found = next((folder / wanted for folder in path.absolute().parents if (folder / wanted).is_file()), None)
        if found is None or wanted.is_absolute() or ".." in wanted.parts:
            said = f"{node.text!r} is in no folder from {path.parent} upwards; name a file such as bases/calm.yaml"
            self._fault(node.place, "base", said)
            return None
        if found not in self.bases:
            self.bases[found] = self._snapshot(found)
        return self.bases[found]

    def _snapshot(self, path: Path) -> Snapshot | None:
        try:
            here = Path.cwd()
            return read_snapshot(path.relative_to(here) if path.is_relative_to(here) else path)
        except ConstitutionError as error:
            self.faults.extend(error.faults)
            return None

    def _case(self, base: Snapshot, root: text.Mapping, name: Scalar, node: Node) -> Case | None:
        if not isinstance(node, text.Mapping):
            self._misfit(node, "a case, a mapping,")
            return None
        self._keys(node, _CASE_KEYS, "a case")
        start = self._moved(base, node.get("at") or root.get("at"))
        changes = [given for owner in (root, node) if (given := self._mapping(owner, "given")) is not None]
        remembers = self._mapping(node, "remembers")
        return Case(
            name=name.text,
            place=name.place,
            node=node,
            snapshot=different(start, changes, self.faults),
            about=self._words(node.get("about") or root.get("about"), unknown_row),
            expect=self._lines(node.get("expect"), _decision_fault),
            orders=self._lines(node.get("orders"), _order_fault) or (),
            remembers=None if remembers is None else Expected(_line(remembers), remembers.place),
            forbid=self._words(node.get("forbid"), _unknown_kind),
        )

    def _moved(self, base: Snapshot, at: Node | None) -> Snapshot:
        if at is None:
            return base
        try:
            moment = _INSTANT.read(plain(at), zone_of(base.calendar.zone))
        except FormError as error:
            self._fault(at.place, error.code, str(error))
            return base
        if (id(base), moment) not in self.moments:
            there, _ = moved(base, moment)
            self.moments[id(base), moment] = there.model_copy(update={"assume": base.assume})
        return self.moments[id(base), moment]

    def _words(self, node: Node | None, wrong: Callable[[str], str | None]) -> dict[str, Place]:
        """Return one word or a list of them, each with its place."""
        items = node.items if isinstance(node, text.Sequence) else () if node is None else (node,)
        found: dict[str, Place] = {}
        for item in items:
            if not isinstance(item, Scalar):
                self._misfit(item, "a name")
            elif message := wrong(item.text):
                self._fault(item.place, "unknown-word", message)
            else:
                found[item.text] = item.place
        return found

    def _lines(self, node: Node | None, wrong: Check) -> tuple[Expected, ...] | None:
        if node is None:
            return None
        if not isinstance(node, text.Sequence):
            self._misfit(node, "a list")
            return None
        found = []
        for item in node.items:
            if not isinstance(item, text.Mapping) or not item.items:
                self._misfit(item, "a line such as {Hold: position P1, rule: hold}")
            elif fault := wrong(item):
                self.faults.append(fault)
            else:
                found.append(Expected(_line(item), item.place))
        return tuple(found)

    def _rules(self, node: text.Mapping | None) -> Mapping[str, Expected]:
        found = {}
        for key, value in node.items if node else ():
            if not isinstance(value, text.Mapping):
                self._misfit(value, "a mapping of what a rule cites")
            elif "why" in value or "expect" in value:
                self._fault(key.place, "misplaced", f"{key.text!r} is a case; move it above, to the others of 'cases:'")
            else:
                self._keys(value, _RULE_KEYS, "what a rule cites")
                self._cited(value)
                found[key.text] = Expected(_line(value), key.place)
        return found

    def _cited(self, node: text.Mapping) -> None:
        """Check what is said of a rule: its items, what it rests on, and the file that it stands in."""
        for key, value in node.items:
            if key.text == "file" and not isinstance(plain(value), str):
                self._misfit(value, "the name of a file")
            elif key.text in ("cites", "rests_on") and not _are_names(value):
                self._misfit(value, 'a list of texts such as ["6.1", "6.2"]')


def _are_names(node: Node) -> bool:
    return isinstance(node, text.Sequence) and all(isinstance(plain(item), str) for item in node.items)


def _line(node: text.Mapping) -> Line:
    return {key.text: plain(value) for key, value in node.items}


def _unknown_kind(kind: str) -> str | None:
    return None if kind in KINDS else f"no decision is called {kind!r}; {suggestion(kind, [*KINDS])}"


def _decision_fault(node: text.Mapping) -> Fault | None:
    """Return the first thing wrong with a decision's line."""
    (kind, row), *rest = node.items
    if message := _unknown_kind(kind.text):
        return Fault(kind.place, "unknown-kind", message)
    if not isinstance(row, Scalar) or (message := unknown_row(row.text)):
        return Fault(row.place, "unknown-row", message or "write a row in words, such as position P1")
    return _field_fault(node, rest, _own(kind.text), kind.text)


@cache
def _own(kind: str) -> tuple[str, ...]:
    return tuple(name for name in KINDS[kind].model_fields if name not in _OF_EVERY)


def _order_fault(node: text.Mapping) -> Fault | None:
    (side, _), *rest = node.items
    if side.text not in SIDES:
        return Fault(side.place, "unknown-field", "an order's line begins with the contract: 'sell:' or 'buy:'")
    return _field_fault(node, rest, ORDER_KEYS, "an order")


def _field_fault(
    node: text.Mapping, rest: Sequence[tuple[Scalar, Node]], known: Sequence[str], owner: str
) -> Fault | None:
    for key, _ in rest:
        if key.text not in known:
            return Fault(key.place, "unknown-field", f"{owner} has no {key.text!r}; {suggestion(key.text, known)}")
    if "rule" not in node:
        return Fault(node.place, "missing-field", "the line needs 'rule', the one that speaks; add it")
    return None
