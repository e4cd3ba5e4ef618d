"""What must hold for a decision to be made, or an order placed, clause by clause; each can be asked of other facts."""

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Protocol, TypeAlias

from engine.arbitrate import BESIDE, spoken
from engine.asked import Asked
from engine.choose import Chosen, choose
from engine.decisions import KINDS
from engine.evaluate import Evaluator, Rows
from engine.expr.typed import Typed
from engine.findings import Findings
from engine.follow import Fit, Following, Key, Traced
from engine.law.model import Choice, Leg, Origin, Pick, Rule, Share
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

    def holds(self, by: Evaluator) -> bool:
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

    def holds(self, by: Evaluator) -> bool:
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

    @property
    def rule(self) -> Rule:
        return self.findings.program.decides[self.number]

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


@dataclass(frozen=True)
class Bought:
    """What a sum buys must be one contract: it must be picked, no other come before it, and the sum pay for it."""

    granted: Granted
    leg: Leg
    candidate: int

    @property
    def name(self) -> str:
        return self.leg.buys

    @property
    def pick(self) -> Pick:
        return self.granted.findings.verdict.facts.law.picks[self.leg.buys]

    @property
    def origin(self) -> Origin:
        return self.pick.origin

    @cached_property
    def owner(self) -> int:
        """The row that the contract is picked for."""
        rule, findings = self.granted.rule, self.granted.findings
        return findings.traced.rows(rule.subject, self.granted.row)[self.pick.subject] or 0

    @cached_property
    def offered(self) -> list[int]:
        """The contracts on offer, in the order of the pick; without those of which that is unknown."""
        by = self.granted.findings.traced
        rows = by.rows(self.pick.subject, self.owner)
        kids = by.children(self.pick.over, rows[self.pick.over], "candidates")
        keys: dict[int, Key] = {}
        for kid in () if isinstance(kids, frozenset) else kids:
            key = tuple(by.value(of, {**rows, "candidate": kid}) for of in self.pick.order_by)
            keys |= {} if any(isinstance(value, frozenset) for value in key) else {kid: key}
        return sorted(keys, key=keys.__getitem__)

    @property
    def first(self) -> int | None:
        """The contract that is picked as things stand, or would be if one were wanted at all."""
        by = self.granted.findings.traced
        return next((kid for kid in self.offered if self._fit(by, kid)[0] is True), None)

    @property
    def _before(self) -> list[int]:
        """The contracts that come before it, whether they fit or not."""
        return self.offered[: self.offered.index(self.candidate)] if self.candidate in self.offered else self.offered

    def holds(self, by: Following) -> bool:
        if self._beaten(by):
            return False
        grant = self.granted.grant(by)
        return grant is not None and any(order.candidate == self.candidate for order in grant.orders)

    def needs(self, by: Traced) -> int:
        rows = by.rows(self.pick.subject, self.owner)
        if by.pick(self.pick.name, self.owner)[1] == self.candidate:
            return self.granted.needs(by)
        if by.value(self.pick.when, rows) is not True:
            return needs(by, self.pick.when, rows)
        where, _ = self._fit(by, self.candidate)
        if where is not True:
            return needs(by, self.pick.where, {**rows, "candidate": self.candidate})
        fitting = (rival for rival in self._before if self._fit(by, rival)[0] is True)
        return self._cone(by, self.candidate) | together(self._cone(by, rival) for rival in fitting)

    def _beaten(self, by: Following) -> bool:
        """Return whether it does not fit, or comes after one that fits now: that saves asking what the sum pays for."""
        where, here = self._fit(by, self.candidate)
        if where is not True or isinstance(here, frozenset):
            return True
        return by.some(partial(self._comes_before, by, rival, here) for rival in self._before)

    def _comes_before(self, by: Following, rival: int, here: Key) -> bool:
        where, key = self._fit(by, rival)
        return where is True and not isinstance(key, frozenset) and key < here

    def _fit(self, by: Following, candidate: int) -> Fit:
        return by.fit(self.pick.name, self.owner, candidate)

    def _cone(self, by: Traced, candidate: int) -> int:
        return by.look_fit(self.pick.name, self.owner, candidate)[1]


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


Clause: TypeAlias = Condition | Told | Unrivalled | Granted | Bought | Picked
"""One thing that must hold. `needs` are the cells one of which might make it hold where it does not."""


def _ceilings(findings: Findings, choice: Choice) -> int:
    required = enumerate(findings.program.requires.get(choice.among, ()))
    return sum(1 << bit for bit, rule in required if rule.id in choice.ceilings)
