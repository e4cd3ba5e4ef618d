"""Why a decision is as it is: its rules evaluated once more in exact fractions, every value kept."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Self

from engine.against import Against
from engine.ceilings import Ceiling, ceilings, preferred
from engine.clauses import Bought, Clause, Condition, Granted, Picked, Told, Unrivalled
from engine.decided import Decided
from engine.evaluate import Rows
from engine.explanation import Explained, Explanation, Ground, Step
from engine.expr.typed import Type
from engine.inputs import Inputs
from engine.law.model import Choice, Rule, Share
from engine.subjects import SUBJECTS
from engine.trace import Trace
from engine.verdict import Verdict
from engine.wording import shown


def explain(verdict: Verdict, decision: Decided) -> Explanation:
    """Return everything that a decision of a verdict rests on.

    Args:
        verdict: What `decide` answered.
        decision: One of its decisions.
    """
    grounds = Grounds.of(verdict, decision.subject, verdict.facts.ids[decision.subject].index(decision.id))
    told = grounds.told(grounds.behind(decision))
    return Explanation(told.grounds, told.items, told.rulings, told.parameters, told.facts, decision)


def explain_missed(verdict: Verdict, subject: str, row: int, clauses: Iterable[Clause]) -> Explained:
    """Return what stands in the way of something: clauses that do not hold, each with its condition."""
    grounds = Grounds.of(verdict, subject, row)
    return grounds.told(ground for clause in clauses for ground in grounds.of_clause(clause))


@dataclass
class Grounds:
    """The pieces of the law that speak of one row."""

    verdict: Verdict
    trace: Trace
    subject: str
    row: int

    @classmethod
    def of(cls, verdict: Verdict, subject: str, row: int) -> Self:
        """Return what makes the grounds for one row."""
        return cls(verdict, Trace(verdict.evaluator, Inputs(verdict.evaluator)), subject, row)

    @property
    def rows(self) -> Rows:
        return self.verdict.evaluator.rows(self.subject, self.row)

    def told(self, grounds: Iterable[Ground]) -> Explained:
        """Return grounds with all that they cite, rest on and read."""
        found, law, inputs = tuple(grounds), self.verdict.facts.law, self.trace.inputs
        cited = dict.fromkeys(item for ground in found for item in ground.origin.cites)
        rests = dict.fromkeys(ruling for ground in found for ruling in ground.origin.rests_on)
        return Explained(
            found,
            {item: law.items[item] for item in cited if item in law.items},
            {ruling: law.interpretations[ruling] for ruling in rests if ruling in law.interpretations},
            dict(sorted(inputs.parameters.items())),
            dict(sorted(inputs.used.items())),
        )

    def behind(self, decision: Decided) -> Iterator[Ground]:
        """Yield what a decision rests on."""
        law, name = self.verdict.facts.law, decision.rule
        if name in law.choices:
            yield self._choice(law.choices[name], getattr(decision, "reason", ""))
        elif name in law.shares:
            yield self._share(law.shares[name])
        else:
            yield from self._of_rule(law.rules[name], decision)
        for other in decision.shadowed:
            yield self._rule(law.rules[other.partition(":")[2]], "shadowed")

    def of_clause(self, clause: Clause) -> Iterator[Ground]:
        """Yield what a clause says that does not hold."""
        match clause:
            case Condition(rule=Rule(decides=True) as rule):
                step = self.trace.step(rule.when, self.rows)
                yield Ground(rule.id, "decides", rule.origin, (replace(step, label="when"),))
            case Condition(rule=rule, rows=rows):
                yield Ground(rule.id, "requires", rule.origin, (self.trace.step(rule.when, rows),), rule.reason)
            case Told(rule=rule):
                fields = clause.unknown(self.verdict.evaluator)
                steps = (replace(self.trace.step(of, self.rows), label=name) for name, of in fields.items())
                yield Ground(rule.id, "tells", rule.origin, tuple(steps))
            case Unrivalled():
                yield from (self._rule(rule, "wins") for rule in clause.stronger(clause.findings.traced))
            case Granted(terms=terms):
                yield self._share(terms)
            case Bought():
                yield self._bought(clause)
            case Picked(choice=choice):
                yield self._choice(choice, self.verdict.chosen[choice.name].withheld.get(self.row, ""))

    def _of_rule(self, rule: Rule, decision: Decided) -> Iterator[Ground]:
        law, kind = self.verdict.facts.law, type(decision).__name__
        if rule.decides:
            yield self._rule(rule, "decides")
        yield from sorted(self._required(rule.kind), key=lambda ground: ground.holds is True)
        chosen = [each for each in law.choices.values() if each.among == kind and each.subject == self.subject]
        yield from (self._choice(choice, getattr(decision, "reason", "")) for choice in chosen)
        yield from (self._share(share) for share in law.shares.values() if share.among == kind)

    def _rule(self, rule: Rule, role: str) -> Ground:
        fields = tuple(replace(self._field(value), label=name) for name, value in rule.fields.items())
        condition = replace(self.trace.step(rule.when, self.rows), label="when")
        return Ground(rule.id, role, rule.origin, (condition, *fields))

    def _field(self, value: object) -> Step:
        if isinstance(value, str):
            return Step(value, value, value, "symbol")
        return self.trace.step(value, self.rows)  # type: ignore[arg-type] # a rule's field is a word or an expression

    def _required(self, kind: str) -> Iterator[Ground]:
        """Yield every requirement that a decision of a kind has to meet here, on whatever row it stands."""
        seen = (self.subject, *SUBJECTS[self.subject].sees)
        evaluator = self.verdict.evaluator
        for rule in self.verdict.program.requires.get(kind, ()):
            row = self.rows[rule.subject] if rule.subject in seen else None
            if row is not None:
                step = self.trace.step(rule.when, evaluator.rows(rule.subject, row))
                yield Ground(rule.id, "requires", rule.origin, (step,), rule.reason)

    def _choice(self, choice: Choice, reason: str) -> Ground:
        found = ceilings(self.verdict, choice, self.row)
        steps = tuple(self._ceiling(ceiling) for ceiling in found)
        if reason and reason not in {ceiling.budget.name for ceiling in found}:
            nearer = preferred(self.verdict, choice, self.row)
            rivals = (self.row,) if nearer is None else (self.row, nearer)
            steps = (*(self._order(choice, row) for row in rivals), *steps)
        return Ground(choice.name, "chooses", choice.origin, steps, reason)

    def _ceiling(self, found: Ceiling) -> Step:
        room, uses = self.trace.step(found.budget.room, found.least), self.trace.step(found.budget.uses, found.here)
        kind = replace(found.budget.room.type, kind="number")
        left = "unknown" if found.left is None else shown(found.left, kind)
        taken, costs = shown(found.taken, kind), shown(found.costs, kind)
        says = f"{room.gives} less {taken} ordered leaves {left}; one contract more takes {costs}"
        gives = "no room" if found.binds else "room"
        parts = (replace(room, label="room"), replace(uses, label="uses"))
        return Step(says, gives, not found.binds, "bool", label=found.budget.name, parts=parts)

    def _order(self, choice: Choice, row: int) -> Step:
        rows = self.verdict.evaluator.rows(choice.subject, row)
        parts = tuple(replace(self.trace.step(of, rows), label="by") for of in choice.order_by)
        says = "the contract at hand" if row == self.row else "comes before it"
        return Step(says, self.verdict.facts.ids[choice.subject][row], None, "text", label="order", parts=parts)

    def _share(self, share: Share) -> Ground:
        above = self.rows[share.shared_by]
        evaluator = self.verdict.evaluator
        room = self.trace.step(share.room, evaluator.rows(share.shared_by, above or 0))
        steps = [replace(room, label="room"), replace(self.trace.step(share.asks, self.rows), label="asks")]
        for finding, grant in self.verdict.grants.items():
            rule = self.verdict.program.decides[finding[0]]
            if grant is not None and (rule.kind, finding[1]) == (share.among, self.row):
                steps += [self._leg(name, dollars) for name, dollars in grant.legs.items()]
        return Ground(share.name, "shares", share.origin, tuple(steps))

    def _bought(self, clause: Bought) -> Ground:
        """Show what was picked in place of a contract, and why; where it was itself, what it costs of the sum."""
        by, pick, candidate = clause.granted.findings.traced, clause.pick, clause.candidate
        _, chosen = by.pick(pick.name, clause.owner)
        if chosen == candidate:
            costs = self.trace.step(clause.leg.costs, by.rows("candidate", candidate) | {"candidate": candidate})
            shared = self._share(clause.granted.terms)
            return replace(shared, steps=(*shared.steps, replace(costs, label=f"one for {clause.leg.name}")))
        rows = by.rows(pick.subject, clause.owner)
        due = [] if by.value(pick.when, rows) is True else [replace(self.trace.step(pick.when, rows), label="when")]
        first = clause.first
        against = () if first == candidate else Against(self.trace, pick, rows, first, made=not due).steps(candidate)
        name = "" if chosen is None else self.verdict.facts.ids["candidate"][chosen]
        return Ground(pick.name, "picks", pick.origin, (*due, *against), name)

    @staticmethod
    def _leg(name: str, dollars: Fraction) -> Step:
        found = shown(dollars, Type("number", (("usd", 1),), 2))
        return Step("granted", found, found.replace(",", ""), "usd", label=name)
