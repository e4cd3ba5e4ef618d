"""The golden cases that a change is tried on: those whose files name what it reaches, nearest first."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Final

from commands.fixture import find, read_fixtures
from commands.golden import Case, Fixture
from commands.lines import rules_of
from proof.compare import Comparison
from proof.compare_trials import Seed

_ENOUGH: Final = 80
_RULES: Final = 8
_NAMED: Final = re.compile(r"^ {2}(\w+):", re.MULTILINE)
_LINES: Final = re.compile(r"^ +- \{(\w+): .*\brule: (\w+)", re.MULTILINE)
_REFUSALS: Final = frozenset({"Alert", "Blocked", "EntryDenied"})
_BASE: Final = re.compile(r"^base: (\S+)", re.MULTILINE)
_CASES: Final = re.compile(r"^ {2}\w+:", re.MULTILINE)
_NUMBER: Final = re.compile(r"\d+(?:[.:]\d+)?")


@dataclass(frozen=True, slots=True)
class _File:
    """A fixture file: its base, the rules that its cases name, those that decide there, and how many cases it has."""

    path: Path
    base: str
    rules: frozenset[str]
    made: frozenset[str]
    count: int
    cases: str = field(repr=False)

    def tells(self, rule: str, value: re.Pattern[str]) -> bool:
        """Return whether one of some values stands on a line that names a rule."""
        lines = (line for line in self.cases.splitlines() if rule in line)
        return any(re.search(rf"\b{rule}\b", line) and value.search(line) for line in lines)


@dataclass(frozen=True, slots=True)
class Golden:
    """Golden cases by file."""

    files: tuple[_File, ...]

    @classmethod
    def at(cls, path: Path) -> "Golden":
        """Return what there is at a path; only their heads and the lists of rules at their ends are looked at."""
        return cls(tuple(_looked_at(file) for file in find(path)) if path.exists() else ())

    @property
    def count(self) -> int:
        """How many cases there are."""
        return sum(file.count for file in self.files)

    def naming(self, reached: Sequence[str]) -> int:
        """How many cases there are in files that name a rule reached."""
        return sum(file.count for file in self.files if not file.rules.isdisjoint(reached))

    def near(self, reached: Sequence[str], values: Sequence[str]) -> list[Path]:
        """Return files that name the rules reached, until there are cases enough.

        A half at most are files in which the nearest rule tells a value that changed. Then in turns one of the nearest
        rule's on another base and one of another rule; then what is left, nearest first.
        """
        by_rule = [self._naming(rule) for rule in reached]
        telling = self._telling(reached[0], by_rule[0], values) if by_rule and values else {}
        bases = {file.base: file for file in reversed(by_rule[0] if by_rule else [])}
        rules = [files[0] for files in by_rule[:_RULES] if files]
        ordered = (file for turn in zip_longest(bases.values(), rules) for file in turn if file is not None)
        found: dict[Path, int] = dict(telling)
        for file in (*ordered, *(file for files in by_rule for file in files)):
            if sum(found.values()) < _ENOUGH:
                found[file.path] = file.count
        return [*found]

    def _naming(self, rule: str) -> list[_File]:
        """Return the files that name a rule: first those in which it decides something, short ones before long."""
        named = (file for file in self.files if rule in file.rules)
        return sorted(named, key=lambda file: (rule not in file.made, file.count))

    @staticmethod
    def _telling(rule: str, naming: Sequence[_File], values: Sequence[str]) -> dict[Path, int]:
        """Return files in which a rule tells one of some values, until half the cases are found."""
        value, found = _written(values), dict[Path, int]()
        for file in naming:
            if sum(found.values()) < _ENOUGH // 2 and file.tells(rule, value):
                found[file.path] = file.count
        return found

    def others(self, near: Iterable[Path]) -> list[Path]:
        """Return the files that are left."""
        taken = {*near}
        return [file.path for file in self.files if file.path not in taken]


def _looked_at(path: Path) -> _File:
    cases, _, rules = path.read_text("utf-8", errors="replace").partition("\nrules:\n")
    base = _BASE.search(cases)
    count = len(_CASES.findall(cases.partition("\ncases:\n")[2]))
    made = frozenset(rule for kind, rule in _LINES.findall(cases) if kind not in _REFUSALS)
    return _File(path, base[1] if base else "", frozenset(_NAMED.findall(rules)), made, count, cases)


def values(comparison: Comparison) -> list[str]:
    """Return the numbers and times of parameters that are otherwise, as either version spells them."""
    changes = [change for change in comparison.decisive if change.form == "parameter" and change.part == "value"]
    return [*dict.fromkeys(value for each in changes for value in _NUMBER.findall(f"{each.old} {each.new}"))]


def _written(values: Sequence[str]) -> re.Pattern[str]:
    """Return what finds one of some values, however it is spelled, and no longer one that has it inside."""
    spelled = (f"{value.rstrip('0')}0*" if "." in value else rf"{value}(?:\.0+|:00)?" for value in values)
    return re.compile(rf"(?<![\d.:])(?<!\d-)0*(?:{'|'.join(spelled)})(?![.:]?\d)")


def seeds(paths: Sequence[Path], reached: Sequence[str]) -> list[Seed]:
    """Return the cases of fixture files in turns, a case that names what is reached before its neighbours.

    Raises:
        FactError: A fixture or its base is malformed.
    """
    wanted = {rule: place for place, rule in enumerate(reached)}
    listed = [_sorted(fixture, wanted) for fixture in read_fixtures(paths)]
    return [seed for turn in zip_longest(*listed) for seed in turn if seed is not None]


def _sorted(fixture: Fixture, wanted: dict[str, int]) -> list[Seed]:
    cases = sorted(fixture.cases, key=lambda case: _distance(case, wanted))
    return [Seed(f"{fixture.path}::{case.name}", case.snapshot) for case in cases]


def _distance(case: Case, wanted: dict[str, int]) -> int:
    """Return how near the rules are that a case names."""
    lines = [item.line for item in (*(case.expect or ()), *case.orders)]
    return min((wanted[rule] for rule in rules_of(lines) if rule in wanted), default=len(wanted))
