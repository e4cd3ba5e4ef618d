"""Why a decision is as it is: its rules evaluated once more in exact fractions, every value kept."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from engine.ceilings import Ceiling, ceilings, preferred
from engine.decided import Decided
from engine.evaluate import Rows
from engine.explanation import Explanation, Ground, Step
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
    inputs = Inputs(verdict.evaluator)
    trace = Trace(verdict.evaluator, inputs)
    row = verdict.facts.ids[decision.subject].index(decision.id)
    grounds = tuple(_Grounds(verdict, trace, decision, row).all())
    law = verdict.facts.law
    cited = dict.fromkeys(item for ground in grounds for item in ground.origin.cites)
    rests = dict.fromkeys(ruling for ground in grounds for ruling in ground.origin.rests_on)
    return Explanation(
        decision,
        grounds,
        {item: law.items[item] for item in cited if item in law.items},
        {ruling: law.interpretations[ruling] for ruling in rests if ruling in law.interpretations},
        dict(sorted(inputs.parameters.items())),
        dict(sorted(inputs.used.items())),
    )


@dataclass
class _Grounds:
    """The pieces of the law that speak of one decision."""

    verdict: Verdict
    trace: Trace
    decision: Decided
    row: int

    @property
    def rows(self) -> Rows:
        return self.verdict.evaluator.rows(self.decision.subject, self.row)

    def all(self) -> Iterator[Ground]:
        law, name = self.verdict.facts.law, self.decision.rule
        if name in law.choices:
            yield self._choice(law.choices[name])
        elif name in law.shares:
            yield self._share(law.shares[name])
        else:
            yield from self._of_rule(law.rules[name])
        for other in self.decision.shadowed:
            yield self._rule(law.rules[other.partition(":")[2]], "shadowed")

    def _of_rule(self, rule: Rule) -> Iterator[Ground]:
        law = self.verdict.facts.law
        if rule.decides:
            yield self._rule(rule, "decides")
        yield from sorted(self._required(rule.kind), key=lambda ground: ground.holds is True)
        yield from (self._choice(choice) for choice in law.choices.values() if self._chosen(choice))
        yield from (self._share(share) for share in law.shares.values() if share.among == type(self.decision).__name__)

    def _chosen(self, choice: Choice) -> bool:
        return choice.among == type(self.decision).__name__ and choice.subject == self.decision.subject

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
        seen = (self.decision.subject, *SUBJECTS[self.decision.subject].sees)
        evaluator = self.verdict.evaluator
        for rule in self.verdict.program.requires.get(kind, ()):
            row = self.rows[rule.subject] if rule.subject in seen else None
            if row is not None:
                step = self.trace.step(rule.when, evaluator.rows(rule.subject, row))
                yield Ground(rule.id, "requires", rule.origin, (step,), rule.reason)

    def _choice(self, choice: Choice) -> Ground:
        found = ceilings(self.verdict, choice, self.row)
        steps = tuple(self._ceiling(ceiling) for ceiling in found)
        reason = getattr(self.decision, "reason", "")
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

    @staticmethod
    def _leg(name: str, dollars: Fraction) -> Step:
        found = shown(dollars, Type("number", (("usd", 1),), 2))
        return Step("granted", found, found.replace(",", ""), "usd", label=name)
