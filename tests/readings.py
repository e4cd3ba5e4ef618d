"""Readings of a law that are held against each other: the compiled one, the naive one of the authored text.

Rows go by keys, because each reading numbers them as it likes.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeAlias

from engine.arbitrate import Finding
from engine.decide import calendar_of, examine
from engine.expr.typed import Type
from engine.facts import Snapshot
from engine.fill import fill
from engine.kleene import Kleene
from engine.law.load import load
from engine.law.model import Constitution
from engine.program import Program, _Compiler
from engine.rows import Facts
from engine.subjects import SUBJECTS
from tests import oracle
from tests.oracle import Oracle
from tests.oracle_rows import Row

Key: TypeAlias = tuple[str, int]
Said: TypeAlias = tuple[str, Key, bool | None, frozenset[str], frozenset[str]]
"""A rule, the row it speaks of, whether it holds, the requirements missed there, those of them that are unknown."""


@dataclass(frozen=True, eq=False)
class Version:
    """A law in a folder, loaded, and as it was written."""

    law: Constitution
    authored: oracle.Law

    @classmethod
    def read(cls, folder: Path) -> "Version":
        return cls(load(folder), oracle.Law(folder))

    @cached_property
    def names(self) -> list[str]:
        """Every fact that the law gives: derived, found by a pick, or a requirement."""
        picks = [name + suffix for name in self.law.picks for suffix in ("", "_found")]
        return [*self.law.derived, *picks, *(rule.name for rule in self.law.rules.values() if not rule.decides)]

    @cache  # noqa: B019 - a version lives as long as what is asked of it
    def keeping_all(self, assumed: frozenset[str]) -> Program:
        """Return the compiled law, but that every fact outlives its stage."""
        return _Compiler(self.law, assumed, needed=set(self.names)).program()


class Compiled:
    """What the compiled law makes of a snapshot, exact."""

    def __init__(self, version: Version, snapshot: Snapshot) -> None:
        self.law = version.law
        self.facts: Facts = fill(self.law, snapshot)
        self.kleene: Kleene = calendar_of(snapshot)
        self.program = version.keeping_all(frozenset(self.facts.stated))
        self.findings = examine(self.program, self.facts, self.kleene)
        sleeves = [self.facts.ids["sleeve"][row] for row in self.facts.columns["entry>sleeve"]]
        self.keys = {subject: keyed(subject, ids, sleeves) for subject, ids in self.facts.ids.items()}

    def fact(self, name: str, row: int) -> Any:  # noqa: ANN401 - any value, or the key of a pick's row
        value = self.facts.columns[name][row]
        if name in self.law.picks:
            return None if value is None else self.keys["candidate"][value]
        kind = self.law.derived[name].type if name in self.law.derived else Type("bool")
        return unscaled(value, kind, self.facts.columns[f"{name}/"][row] if kind.divided else 1)

    def said(self, finding: Finding) -> Said:
        number, row, holds, missed, unknown = finding
        rule = self.program.decides[number]
        required = self.program.requires.get(rule.kind, ())
        named = [
            frozenset(other.id for bit, other in enumerate(required) if mask >> bit & 1) for mask in (missed, unknown)
        ]
        return rule.id, self.keys[rule.subject][row], holds, named[0], named[1]

    def call(self, function: str, row: int, kinds: list[Type]) -> list[Any]:
        pairs = self.program.functions[function](self.facts.columns, self.kleene, row)
        known = [pair or (None, 1) for pair in pairs]
        return [unscaled(value, kind, under) for (value, under), kind in zip(known, kinds, strict=True)]


def unscaled(value: Any, kind: Type, under: int) -> Any:  # noqa: ANN401 - any value
    return Fraction(value, under * 10**kind.scale) if isinstance(value, int) and not isinstance(value, bool) else value


def keyed(subject: str, ids: Sequence[str], sleeves: list[str]) -> list[Key]:
    """Return a key for each row, whatever contracts are called: they are counted, and what a sleeve considers too."""
    seen: Counter[str] = Counter()
    found = []
    for id_ in {"candidate": [""] * len(ids), "entry": sleeves}.get(subject, ids):
        found.append((id_, seen[id_]))
        seen[id_] += 1
    return found


class Asked:
    """The oracle on a snapshot, with its rows by key."""

    def __init__(self, version: Version, snapshot: Snapshot) -> None:
        self.law = version.authored
        self.oracle = Oracle(self.law, snapshot)
        sleeves = [row.env["sleeve"].id for row in self.oracle.rows.of("entry")]
        self.rows: dict[str, dict[Key, Row]] = {}
        for subject, rows in self.oracle.rows.by_subject.items():
            self.rows[subject] = dict(zip(keyed(subject, [row.id for row in rows], sleeves), rows, strict=True))
        self.keys = {id(row): key for rows in self.rows.values() for key, row in rows.items()}

    def fact(self, name: str, key: Key) -> Any:  # noqa: ANN401 - any value, or the key of a pick's row
        subject, fact = name.split(".")
        found = self.oracle.fact(self.rows[subject][key], fact)
        return self.keys[id(found)] if isinstance(found, Row) else found

    def value(self, text: object, subject: str, key: Key) -> Any:  # noqa: ANN401 - any value
        return self.oracle.value(text, self.rows[subject][key])


def findings(asked: Asked) -> Iterator[Said]:
    """Yield every rule that speaks: its row, whether it holds, the requirements missed and those of them unknown."""
    rules = asked.law.rules
    requires = {name: rule for name, rule in rules.items() if "require" in rule}
    for name, rule in rules.items():
        for key, row in asked.rows.get(rule["for"], {}).items() if "decide" in rule else ():
            holds = asked.value(rule["when"], rule["for"], key)
            if holds is False:
                continue
            standing = {
                other: asked.oracle.fact(row.env[needed["for"]], other)
                for other, needed in requires.items()
                if needed["require"] == rule["decide"] and needed["for"] in (rule["for"], *SUBJECTS[rule["for"]].sees)
            }
            missed = frozenset(other for other, value in standing.items() if value is not True)
            yield name, key, holds, missed, frozenset(other for other in missed if standing[other] is None)
