"""What did not happen: a decision, an order or a requirement of one row, and every way in which it could."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from engine.clauses import Bought, Clause, Condition, Granted, Picked, Told, Unrivalled
from engine.decisions import KINDS
from engine.findings import Findings
from engine.follow import Following, Traced
from engine.kinds.entries import Withheld
from engine.law.model import Choice, Rule
from engine.needs import any_of, together
from engine.verdict import Ticket, Verdict


@dataclass(frozen=True, slots=True)
class Wanted:
    """One row, and what is wanted of it: a decision by one of some rules, with an order where there is a `choice`.

    With a `requirement` it is that requirement which is to hold. With a `contract`, a symbol of 21 characters, it is an
    order that buys it with what the decision gets of a sum, as what is picked by the name `buys`.
    """

    subject: str
    row: int
    rules: tuple[Rule, ...] = ()
    choice: Choice | None = None
    requirement: Rule | None = None
    buys: str = ""
    contract: str = ""

    def made(self, verdict: Verdict) -> bool:
        """Return whether it is so in a verdict."""
        if self.requirement is not None:
            return verdict.evaluator.fact(self.subject, self.requirement.id, self.row) is True
        if self.buys:
            return any(ticket.contract == self.contract for ticket in self.tickets(verdict))
        about = verdict.about(self.subject, self.row)
        names, kinds = {rule.id for rule in self.rules}, {rule.kind for rule in self.rules}
        made = any(each.rule in names and type(each).__name__ in kinds for each in about)
        if self.choice is None or not made:
            return made
        ordered = any(order.row == self.row for order in verdict.chosen[self.choice.name].orders)
        return ordered and not any(isinstance(each, Withheld) for each in about)

    def tickets(self, verdict: Verdict) -> Iterator[Ticket]:
        """Yield the orders that are sent of what its rules get of a sum."""
        sent, names = {ticket.id for ticket in verdict.orders}, {rule.id for rule in self.rules}
        for (number, row, *_), grant in verdict.grants.items():
            if grant is not None and row == self.row and verdict.program.decides[number].id in names:
                tickets = (ticket for order in grant.orders for ticket in verdict.tickets(order))
                yield from (ticket for ticket in tickets if ticket.id in sent)


@dataclass(frozen=True, slots=True)
class Way:
    """One rule that would have made it, and all that must hold for that."""

    name: str
    clauses: tuple[Clause, ...]

    def missed(self, by: Following) -> tuple[Clause, ...]:
        """Return the clauses that do not hold."""
        return tuple(clause for clause in self.clauses if not clause.holds(by))

    def holds(self, by: Following) -> bool:
        return by.all_of(self.name, [partial(clause.holds, by) for clause in self.clauses])

    def needs(self, by: Traced) -> int:
        """Return the cells one of which might make every clause hold."""
        return together([clause.needs(by) for clause in self.missed(by)])


@dataclass(frozen=True, slots=True)
class Goal:
    """All the ways."""

    ways: tuple[Way, ...]

    def holds(self, by: Following) -> bool:
        return by.some([partial(way.holds, by) for way in self.ways])

    def needs(self, by: Traced) -> int:
        """Return the cells one of which might make it so."""
        return any_of(way.needs(by) for way in self.ways)


def goal_of(findings: Findings, wanted: Wanted) -> Goal:
    """Return the ways in which something could have happened."""
    if wanted.requirement is not None:
        rows = findings.traced.rows(wanted.subject, wanted.row)
        return Goal((Way(wanted.requirement.id, (Condition(wanted.requirement, rows),)),))
    return Goal(tuple(_way(findings, wanted, rule) for rule in wanted.rules))


def _way(findings: Findings, wanted: Wanted, rule: Rule) -> Way:
    law, by = findings.verdict.facts.law, findings.traced
    number, rows = findings.program.decides.index(rule), by.rows(wanted.subject, wanted.row)
    required = findings.required(rule.kind, wanted.subject, wanted.row)
    clauses: list[Clause] = [Condition(rule, rows)]
    clauses += [Condition(each, by.rows(each.subject, at)) for _, each, at in required]
    if any(not isinstance(of, str) for of in rule.fields.values()):
        clauses.append(Told(rule, rows))
    if KINDS[rule.kind].slot in law.arbitration:
        clauses.append(Unrivalled(findings, number, wanted.row))
    terms = [terms for terms in law.shares.values() if terms.among == rule.kind]
    granted = [Granted(findings, each, number, wanted.row) for each in terms]
    clauses += granted if not wanted.buys else _bought(findings, wanted, granted)
    if wanted.choice is not None:
        clauses.append(Picked(findings, wanted.choice, wanted.row))
    return Way(rule.id, tuple(clauses))


def _bought(findings: Findings, wanted: Wanted, granted: Sequence[Granted]) -> list[Clause]:
    """Return what it takes that a sum buys a contract, which says that something of the sum is granted, too."""
    candidate = findings.verdict.facts.columns["candidate.occ_symbol"].index(wanted.contract)
    legs = ((each, leg) for each in granted for leg in each.terms.legs if leg.buys == wanted.buys)
    return [Bought(each, leg, candidate) for each, leg in legs]
