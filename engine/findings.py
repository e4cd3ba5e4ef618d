"""What rules find of rows, by the slow reading, as generated code finds it: as the facts are, or when one moves."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from engine.arbitrate import Finding
from engine.follow import Following, Traced
from engine.law.model import Rule
from engine.moved import Moved
from engine.needs import needs, together
from engine.program import Program
from engine.subjects import SUBJECTS
from engine.verdict import Verdict

_MOST_ROWS: Final = 512


@dataclass
class Findings:
    """The findings of a verdict, `base`, and those that another reading would give."""

    verdict: Verdict
    traced: Traced
    base: dict[tuple[int, int], Finding] = field(init=False)
    _masks: dict[str, dict[tuple[int, int], int]] = field(default_factory=dict)
    _rows: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lost = (found for losers in self.verdict.shadowed.values() for found in losers)
        self.base = {(found[0], found[1]): found for found in (*self.verdict.standing, *lost)}

    @property
    def program(self) -> Program:
        return self.verdict.program

    def required(self, kind: str, subject: str, row: int) -> Iterator[tuple[int, Rule, int]]:
        """Yield the requirements of a kind that bind a row: each with its bit, and the row that it speaks of."""
        rows = self.traced.rows(subject, row)
        for bit, rule in enumerate(self.program.requires.get(kind, ())):
            at = rows.get(rule.subject) if rule.subject in (subject, *SUBJECTS[subject].sees) else None
            if at is not None:
                yield 1 << bit, rule, at

    def find(self, by: Following, number: int, row: int) -> Finding | None:
        """Return what a rule finds of a row."""
        rule = self.program.decides[number]
        holds = by.value(rule.when, by.rows(rule.subject, row))
        if holds is False:
            return None
        missed = unknown = 0
        for bit, required, at in self.required(rule.kind, rule.subject, row):
            value = by.fact(required.subject, required.id, at)
            missed |= bit if value is not True else 0
            unknown |= bit if isinstance(value, frozenset) else 0
        return (number, row, True if holds is True else None, missed, unknown)

    def refused(self, number: int, row: int, ceilings: int = 0) -> int | None:
        """Return the cells one of which might make a rule permit a row but for `ceilings`; nothing where it does."""
        by, rule, finding = self.traced, self.program.decides[number], self.base.get((number, row))
        own = [] if finding and finding[2] else [needs(by, rule.when, by.rows(rule.subject, row))]
        unmet = [
            needs(by, each.when, by.rows(each.subject, at))
            for bit, each, at in self.required(rule.kind, rule.subject, row)
            if not bit & ceilings and by.fact(each.subject, each.id, at) is not True
        ]
        return together([*own, *unmet]) if own or unmet else None

    def found(self, by: Following, kind: str, ceilings: int = 0) -> list[Finding]:
        """Return what the rules of a kind find where they permit, or miss nothing but the bits `ceilings`."""
        rows, base, hanging = self._of(kind, ceilings), self.base, [*self.masks(kind, ceilings).items()]
        again = {at for at, mask in hanging if isinstance(by, Moved) and by.hangs(mask)}
        kept = [base[at] for at in rows if at not in again]
        return kept + [found for number, row in sorted(again) if (found := self.find(by, number, row)) is not None]

    def masks(self, kind: str, ceilings: int) -> dict[tuple[int, int], int]:
        """Return the cells that could change what is found, for each rule of a kind and row of which there are any.

        What is refused for more than the bits `ceilings` matters once it is permitted. Of very many such rows no one
        asks: that one of them would be permitted too, and come first, is found when the snapshot is decided again.
        """
        if kind not in self._masks:
            ids, decides = self.verdict.facts.ids, self.program.decides
            all_ = [(number, row) for number in self.numbers(kind) for row in range(len(ids[decides[number].subject]))]
            asked = all_ if len(all_) <= _MOST_ROWS else self._of(kind, ceilings)
            masks = {at: self._mask(*at, ceilings) for at in asked}
            self._masks[kind] = {at: mask for at, mask in masks.items() if mask}
        return self._masks[kind]

    def numbers(self, kind: str) -> list[int]:
        """Return the rules that decide a kind."""
        return [number for number, rule in enumerate(self.program.decides) if rule.kind == kind]

    def _of(self, kind: str, ceilings: int) -> list[tuple[int, int]]:
        """Return the rules of a kind and the rows that they permit, or refuse for ceilings alone."""
        if kind not in self._rows:
            own = [each for at, each in self.base.items() if self.program.decides[at[0]].kind == kind]
            self._rows[kind] = sorted(each[:2] for each in own if not _missed(each) & ~ceilings)
        return self._rows[kind]

    def _mask(self, number: int, row: int, ceilings: int) -> int:
        by, rule = self.traced, self.program.decides[number]
        finding = self.base.get((number, row))
        missed = _missed(finding) & ~ceilings if finding else 0
        if not missed:
            return by.cone(partial(self.find, by, number, row))[1]
        refused = [(each, at) for bit, each, at in self.required(rule.kind, rule.subject, row) if missed & bit]
        return together([by.look(each.subject, each.id, at)[1] for each, at in refused])


def _missed(finding: Finding) -> int:
    """Return the bits of the requirements that do not hold."""
    _, _, _, missed, _ = finding
    return missed
