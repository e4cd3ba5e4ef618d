"""What must hold for a decision to be made, or an order placed, clause by clause; each can be asked of other facts."""

from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeAlias

from engine.arbitrate import BESIDE, spoken
from engine.asked import Asked
from engine.choose import Chosen, choose
from engine.decisions import KINDS
from engine.evaluate import Evaluator, Rows
from engine.expr.typed import Typed
from engine.findings import Findings
from engine.follow import Following, Traced
from engine.law.model import Choice, Origin, Rule, Share
from engine.needs import any_of, known, needs, of_value, together
from engine.share import Grant, share


class _Ruled(Protocol):
    @property
    def rule(self) -> Rule: ...


class _OfRule:
    """A clause that a rule says."""

    __slots__ = ()

    @property
    def name(self: _Ruled) -> str:
        return self.rule.id

    @property
    def origin(self: _Ruled) -> Origin:
        return self.rule.origin


@dataclass(frozen=True, slots=True)
class Condition(_OfRule):
    """A rule's own condition, or a requirement of what it decides."""

    rule: Rule
    rows: Rows

    def holds(self, by: Following) -> bool:
        row = self.rows[self.rule.subject]
        if self.rule.decides or row is None:
            return by.value(self.rule.when, self.rows) is True
        return by.fact(self.rule.subject, self.rule.id, row) is True

    def needs(self, by: Traced) -> int:
        return needs(by, self.rule.when, self.rows)


@dataclass(frozen=True, slots=True)
class Told(_OfRule):
    """Everything that a decision says of itself must be known."""

    rule: Rule
    rows: Rows

    def unknown(self, by: Evaluator) -> dict[str, Typed]:
        """Return the fields that are not known."""
        said = {name: of for name, of in self.rule.fields.items() if not isinstance(of, str)}
        return {name: of for name, of in said.items() if isinstance(by.value(of, self.rows), frozenset)}

    def holds(self, by: Following) -> bool:
        return not self.unknown(by)

    def needs(self, by: Traced) -> int:
        return together([of_value(by, of, self.rows, known) for of in self.unknown(by).values()])


@dataclass(frozen=True, slots=True)
class Unrivalled(_OfRule):
    """No stronger decision may be made for the same slot of the same row."""

    findings: Findings
    number: int
    row: int

    @property
    def rule(self) -> Rule:
        return self.findings.program.decides[self.number]

    def _rivals(self) -> list[int]:
        slot, subject = KINDS[self.rule.kind].slot, self.rule.subject
        others = enumerate(self.findings.program.decides)
        return [
            n for n, rule in others if KINDS[rule.kind].slot == slot and rule.subject == subject and n != self.number
        ]

    def _place(self, number: int, kind: str) -> tuple[int, int]:
        """Return what the strongest has least of."""
        slot = self.findings.verdict.facts.law.arbitration[KINDS[self.rule.kind].slot]
        return (slot.strongest or ()).index(kind), number

    def _yields(self, by: Following, number: int) -> bool:
        finding = self.findings.find(by, number, self.row)
        if finding is None or (said := spoken(self.findings.program, finding)) in BESIDE:
            return True
        return self._place(number, said) > self._place(self.number, self.rule.kind)

    def stronger(self, by: Following) -> list[Rule]:
        """Return the rules that win over it."""
        return [self.findings.program.decides[number] for number in self._rivals() if not self._yields(by, number)]

    def holds(self, by: Following) -> bool:
        return by.every([partial(self._yields, by, number) for number in self._rivals()])

    def needs(self, by: Traced) -> int:
        return together([self._to_yield(by, number) for number in self._rivals() if not self._yields(by, number)])

    def _to_yield(self, by: Traced, number: int) -> int:
        """Return what it takes that a rival does not say what it says."""
        rule, findings = self.findings.program.decides[number], self.findings
        finding = findings.find(by, number, self.row)
        if finding is None or spoken(findings.program, finding) != rule.kind:
            return int(by.cone(partial(self._yields, by, number))[1])
        required = [(each, at) for _, each, at in findings.required(rule.kind, rule.subject, self.row)]
        unmet = [needs(by, each.when, by.rows(each.subject, at), wanted=False) for each, at in required]
        return any_of([needs(by, rule.when, by.rows(rule.subject, self.row), wanted=False), *unmet])


@dataclass(frozen=True, slots=True)
class Granted:
    """A decision that draws on a sum must get something of it."""

    findings: Findings
    terms: Share
    number: int
    row: int

    @property
    def name(self) -> str:
        return self.terms.name

    @property
    def origin(self) -> Origin:
        return self.terms.origin

    def grant(self, by: Following) -> Grant | None:
        """Return what it gets, `None` where it is not made or nobody can say."""
        law = self.findings.verdict.facts.law
        kinds = {terms.among for terms in law.shares.values()}
        claims = [found for kind in sorted(kinds) for found in self.findings.found(by, kind)]
        made = [found for found in claims if spoken(self.findings.program, found) in kinds]
        granted = share(law, Asked(by, self.findings.program), made)
        return next((grant for found, grant in granted.items() if found[:2] == (self.number, self.row)), None)

    def holds(self, by: Following) -> bool:
        grant = self.grant(by)
        return grant is not None and not grant.idle

    def needs(self, by: Traced) -> int:
        refused = self.findings.refused(self.number, self.row)
        if refused is not None:
            return refused
        _, cone = by.cone(partial(self.grant, by))
        kinds = {terms.among for terms in self.findings.verdict.facts.law.shares.values()}
        return cone | any_of(mask for kind in kinds for mask in self.findings.masks(kind, 0).values())


@dataclass(frozen=True, slots=True)
class Picked:
    """What is permitted must be chosen: no contract may come before it, and every ceiling must leave room."""

    findings: Findings
    choice: Choice
    row: int

    @property
    def name(self) -> str:
        return self.choice.name

    @property
    def origin(self) -> Origin:
        return self.choice.origin

    def chosen(self, by: Following) -> Chosen:
        """Return what the choice makes of everything that is permitted."""
        law = self.findings.verdict.facts.law
        found = self.findings.found(by, self.choice.among, _ceilings(self.findings, self.choice))
        return choose(law, Asked(by, self.findings.program), found)[self.choice.name]

    def holds(self, by: Following) -> bool:
        return any(order.row == self.row for order in self.chosen(by).orders)

    def needs(self, by: Traced) -> int:
        ceilings = _ceilings(self.findings, self.choice)
        among = self.findings.numbers(self.choice.among)
        refused = [self.findings.refused(number, self.row, ceilings) for number in among]
        if None not in refused:
            return any_of(mask for mask in refused if mask)
        _, cone = by.cone(partial(self.chosen, by))
        return cone | any_of(self.findings.masks(self.choice.among, ceilings).values())


Clause: TypeAlias = Condition | Told | Unrivalled | Granted | Picked
"""One thing that must hold. `needs` are the cells one of which might make it hold where it does not."""


def _ceilings(findings: Findings, choice: Choice) -> int:
    required = enumerate(findings.program.requires.get(choice.among, ()))
    return sum(1 << bit for bit, rule in required if rule.id in choice.ceilings)
