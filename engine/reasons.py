"""Why something is refused: every requirement missed with its margin, an unknown one as the facts to blame.

A whole chain is refused for few different reasons: what is said of many rows is made once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

from engine.decided import Reason
from engine.evaluate import Evaluator, Value, blamed, blames, decimal
from engine.expr.units import UNITS
from engine.law.model import Rule
from engine.masks import places
from engine.missed import Miss
from engine.misses import Fact, Misses, Pair, misses
from engine.program import Program
from engine.subjects import SINGLE, SUBJECTS

Told: TypeAlias = tuple[Reason, ...]
Above: TypeAlias = Callable[[int], int] | None
"""What gives the number of the row above a row; nothing for the row itself."""


@dataclass
class _Requirement:
    """What one rule says of the rows that miss it; `shared` by row, where it binds many rows below."""

    rule: Rule
    evaluator: Evaluator
    misses: Misses
    shared: dict[int, Told] = field(default_factory=dict)
    _missed: dict[tuple[Miss | None, Pair], Told] = field(default_factory=dict)
    _asked: dict[tuple[Fact, ...], Told] = field(default_factory=dict)
    _named: dict[tuple[str, ...], Told] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.columns, self.kleene = self.evaluator.facts.columns, self.evaluator.kleene

    @cached_property
    def margin(self) -> Callable[..., Miss | None] | None:
        return self.misses.margin(self.rule)

    @cached_property
    def enough(self) -> Callable[..., tuple[Pair]] | None:
        return self.misses.enough(self.rule)

    @cached_property
    def blame(self) -> Callable[..., tuple[Fact, ...]] | None:
        return self.misses.blame(self.rule)

    def missed(self, row: int) -> Told:
        """Return the one reason of a row where it is known not to hold."""
        miss = self.margin(self.columns, self.kleene, row) if self.margin else None
        enough = self.enough(self.columns, self.kleene, row)[0] if self.enough else None
        if (miss, enough) not in self._missed:
            self._missed[miss, enough] = (self._reason(miss, enough),)
        return self._missed[miss, enough]

    def unknown(self, row: int) -> Told:
        """Return a reason for each fact that leaves it open on a row; facts that several rows share are asked once."""
        asked = self.blame(self.columns, self.kleene, row) if self.blame else ()
        if not asked:
            return self.blamed(self.evaluator.value(self.rule.when, self.evaluator.rows(self.rule.subject, row)))
        if asked not in self._asked:
            self._asked[asked] = self.blamed(blamed(self.evaluator.fact(*fact) for fact in asked))
        return self._asked[asked]

    def blamed(self, value: Value) -> Told:
        """Return a reason for each fact to blame."""
        codes = tuple(dict.fromkeys(blame.code for blame in blames(value)))
        if codes not in self._named:
            self._named[codes] = tuple(Reason(code=code, rule=self.rule.id) for code in codes)
        return self._named[codes]

    def _reason(self, miss: Miss | None, enough: Pair) -> Reason:
        amount, unit = None, None
        if miss is not None:
            measure = self.misses.measures.known[miss[2]]
            amount, unit = decimal(self.misses.measures.exact(miss), measure.places), measure.unit
        return Reason(code=self.rule.reason, rule=self.rule.id, margin=amount, unit=unit, needs=self._needs(enough))

    def _needs(self, enough: Pair) -> Decimal | None:
        """Return what would have been enough, in dollars."""
        if enough is None or self.rule.needs is None:
            return None
        return decimal(Fraction(enough[0], enough[1] * 10**self.rule.needs.type.scale), UNITS["usd"].scale)


@dataclass
class Reasons:
    """The reasons of one verdict."""

    program: Program
    evaluator: Evaluator
    _rules: dict[str, _Requirement] = field(default_factory=dict)
    _bound: dict[tuple[str, str], dict[int, tuple[_Requirement, Above]]] = field(default_factory=dict)

    def of(self, kind: str, subject: str, row: int, missed: int, unknown: int) -> Told:
        """Return why a decision is refused.

        Args:
            kind: What was wanted.
            subject: For what.
            row: Which one.
            missed: The bits of the requirements that do not hold, here or at a row above.
            unknown: The bits among them that are unknown.
        """
        found: list[Reason] = []
        binding = self._binding(kind, subject)
        for bit in places(missed):
            requirement, above = binding[bit]
            if above is None:
                found += requirement.unknown(row) if unknown >> bit & 1 else requirement.missed(row)
                continue
            told = requirement.shared.get(at := above(row))
            if told is None:
                told = requirement.unknown(at) if unknown >> bit & 1 else requirement.missed(at)
                requirement.shared[at] = told
            found += told
        return tuple(found)

    def blamed(self, rule: Rule, value: Value) -> Told:
        """Return a reason for each fact that leaves a rule open."""
        return self._requirement(rule).blamed(value)

    def _requirement(self, rule: Rule) -> _Requirement:
        if rule.id not in self._rules:
            functions = misses(self.evaluator.facts.law, self.program)
            self._rules[rule.id] = _Requirement(rule, self.evaluator, functions)
        return self._rules[rule.id]

    def _binding(self, kind: str, subject: str) -> dict[int, tuple[_Requirement, Above]]:
        """Return the requirements of a kind that bind a row of a subject, by bit, each with where it stands."""
        if (kind, subject) not in self._bound:
            seen = (subject, *SUBJECTS[subject].sees)
            self._bound[kind, subject] = {
                bit: (self._requirement(rule), self._row(rule.subject, subject))
                for bit, rule in enumerate(self.program.requires.get(kind, ()))
                if rule.subject in seen
            }
        return self._bound[kind, subject]

    def _row(self, above: str, subject: str) -> Above:
        if above == subject:
            return None
        if above in SINGLE:
            return lambda _: 0
        return self.evaluator.facts.columns[f"{subject}>{above}"].__getitem__
