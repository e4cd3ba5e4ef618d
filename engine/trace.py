"""A condition evaluated once more with every value kept: a tree of steps, down to what the snapshot gives."""

from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from typing import Final

from engine.evaluate import Evaluator, Rows, Value
from engine.explanation import ALL_OF, ANY_OF, Step
from engine.expr.typed import (
    Case,
    Compare,
    Const,
    Fold,
    Inverse,
    Known,
    Logic,
    OneOf,
    Read,
    Type,
    Typed,
    Within,
)
from engine.inputs import Inputs, inside
from engine.law.model import Origin
from engine.law.names import LISTS
from engine.margin import margin
from engine.wording import Spelling, interval, list_of, literal, shown

_FEW: Final = 3


@dataclass
class Trace:
    """Makes steps on the tables that `decide` filled, and notes the facts and parameters they use."""

    evaluator: Evaluator
    inputs: Inputs
    _made: dict[tuple[str, int], Step] = field(default_factory=dict)

    def spelled(self, of: Typed, rows: Rows) -> str:
        """Return an expression with every value put in."""
        return Spelling(partial(self._behind, rows), partial(self._result, rows)).text(of)

    def _behind(self, rows: Rows, of: Typed) -> str:
        match of:
            case Const():
                return f" {literal(of).strip(chr(34))}"
            case Within(name=name):
                return f" ({interval(of)})" if name else f" {interval(of)}"
            case OneOf(name=name):
                return f" ({', '.join(literal(item).strip(chr(34)) for item in of.items)})" if name else ""
            case Read() if of.fact in LISTS.get(of.subject, {}):
                return ""
            case _:
                return f" {shown(self.evaluator.value(of, rows), of.type, self.inputs.zone)}"

    def _result(self, rows: Rows, of: Typed) -> str:
        if isinstance(of, Const | Read):
            return ""
        return f" = {shown(self.evaluator.value(of, rows), of.type, self.inputs.zone)}"

    def step(self, of: Typed, rows: Rows) -> Step:
        """Return an expression's value on rows with everything it was made from."""
        match of:
            case Logic(operator=operator, terms=terms):
                says = ALL_OF if operator == "&&" else ANY_OF
                return self._of(of, rows, says, tuple(self.step(term, rows) for term in terms))
            case Read():
                facts = self._read(of, rows)
                alone = len(facts) == 1 and facts[0].name == f"{of.subject}.{of.fact}"
                return facts[0] if alone else self._of(of, rows, self.spelled(of, rows), facts)
            case Inverse(of=Logic() | Case() | Fold() as inner):
                return self._of(of, rows, "not", (self.step(inner, rows),))
            case Known(of=Logic() | Case() | Fold() as inner):
                return self._of(of, rows, "known", (self.step(inner, rows),))
            case Case():
                return self._table(of, rows)
            case Fold():
                return self._fold(of, rows)
            case _:
                return self._of(of, rows, self.spelled(of, rows), self._parts(of, rows))

    def _of(self, of: Typed, rows: Rows, says: str, made: tuple[Step, ...]) -> Step:
        value = self.evaluator.value(of, rows)
        amount, unit = self._margin(of, rows, value)
        found = replace(self.inputs.valued(value, of.type), says=says, margin=amount, margin_unit=unit, parts=made)
        if isinstance(of, Logic | Case | Fold):
            return found
        return replace(found, reads=self.inputs.reads(of, rows), parameters=self.inputs.named(of))

    def _margin(self, of: Typed, rows: Rows, value: Value) -> tuple[Fraction | None, str]:
        """Return how far a comparison that orders is from its limit, on either side of it."""
        if not isinstance(value, bool) or not isinstance(of, Compare | Within):
            return None, ""
        found = margin(self.evaluator, of, rows, wanted=not value)
        return (None, "") if found is None else (found.amount, found.unit)

    def _parts(self, of: Typed, rows: Rows) -> tuple[Step, ...]:
        found: dict[int, Step] = {}
        for part in inside(of):
            made = self._read(part, rows) if isinstance(part, Read) else (self.step(part, rows),)
            found |= {id(step): step for step in made}
        return tuple(found.values())

    def _read(self, of: Read, rows: Rows) -> tuple[Step, ...]:
        """Return how the law gives a fact, and the pick it is read of; nothing for what the snapshot gives."""
        if of.fact in LISTS.get(of.subject, {}):
            return ()
        row, picked = self.inputs.row(of, rows), None
        if of.row not in rows:
            above = rows[of.row.partition(".")[0]]
            picked = None if above is None else self._pick(of.row, above)
        fact = None if row is None else self.fact(of.subject, of.fact, row)
        return tuple(step for step in (picked, fact) if step is not None)

    def fact(self, subject: str, fact: str, row: int) -> Step | None:
        """Return how the law gives a fact of a row; nothing for one that the snapshot gives."""
        name, facts = f"{subject}.{fact}", self.evaluator.facts
        if self.inputs.is_given(subject, fact, row):
            return None
        if name in facts.stated and facts.state(name, row) is not None:
            return self._stated(subject, fact, row)
        if (name, row) not in self._made:
            self._made[name, row] = self._defined(subject, fact, row)
        return self._made[name, row]

    def _defined(self, subject: str, fact: str, row: int) -> Step:
        law, name = self.evaluator.facts.law, f"{subject}.{fact}"
        if name in law.derived:
            derived = law.derived[name]
            return self._definition(subject, fact, row, derived.value, derived.origin, derived.form)
        if fact in law.rules:
            rule = law.rules[fact]
            return self._definition(subject, fact, row, rule.when, rule.origin, "requirement")
        return self._pick(name.removesuffix("_found"), row)

    def _definition(  # noqa: PLR0913, PLR0917 - a fact of one row and where the law defines it
        self, subject: str, fact: str, row: int, of: Typed, origin: Origin, form: str
    ) -> Step:
        rows = self.evaluator.rows(subject, row)
        inner = self.step(of, rows)
        if inner.name:
            inner = self._of(of, rows, self.spelled(of, rows), (inner,))
        value = self.evaluator.fact(subject, fact, row)
        found = self.inputs.valued(value, of.type)
        id_ = self.evaluator.facts.ids[subject][row]
        return replace(
            inner, gives=found.gives, plain=found.plain, unknown=found.unknown,
            name=f"{subject}.{fact}", id=id_, form=form, origin=origin,
        )  # fmt: skip

    def _stated(self, subject: str, fact: str, row: int) -> Step:
        law, name = self.evaluator.facts.law, f"{subject}.{fact}"
        kind = law.derived[name].type if name in law.derived else Type("bool")
        found = self.inputs.valued(self.evaluator.fact(subject, fact, row), kind)
        id_ = self.evaluator.facts.ids[subject][row]
        return replace(found, says="assumed, not observed", name=name, id=id_, form="assumed")

    def _table(self, of: Case, rows: Rows) -> Step:
        """Show the row that applies, and those that a number keeps from applying."""
        shown_rows: list[Step] = []
        chosen, says = of.otherwise, "no row applies" if of.otherwise is None else "otherwise"
        for number, (test, value) in enumerate(of.rows, 1):
            holds = self.evaluator.value(test, rows)
            guard = self.step(test, rows)
            if not isinstance(test, Const) and (holds is not False or guard.margin is not None):
                shown_rows.append(replace(guard, label=f"row {number}"))
            if holds is True:
                chosen, says = value, f"row {number}"
                break
        if chosen is not None and not isinstance(chosen, Const):
            shown_rows.append(replace(self.step(chosen, rows), label="gives"))
        elif chosen is not None:
            says = f"{says} gives {self.spelled(chosen, rows)}"
        return self._of(of, rows, says, tuple(shown_rows))

    def _fold(self, of: Fold, rows: Rows) -> Step:
        """Show the rows that decide; of the others, their number."""
        facts = self.evaluator.facts
        name = list_of(of)
        kids = self.evaluator.children(of.parent, rows[of.row], name)
        says = Spelling().text(of)
        if isinstance(kids, frozenset):
            return self._of(of, rows, f"{says}: the list was not delivered", ())
        silent: Value = Fraction(0) if of.how == "sum" else of.how == "all"
        inner = [(kid, {**rows, of.variable: kid}) for kid in kids]
        telling = [(kid, row) for kid, row in inner if self.evaluator.value(of.body, row) != silent]
        told = [] if isinstance(of.body, Const) else telling or (inner if len(inner) <= _FEW else [])
        made = tuple(replace(self.step(of.body, row), label=facts.ids[of.child][kid] or name) for kid, row in told)
        return self._of(of, rows, f"{says}, {len(telling)} of {len(kids)}", made)

    def _pick(self, name: str, row: int) -> Step:
        if (name, row) not in self._made:
            self._made[name, row] = self._picked(name, row)
        return self._made[name, row]

    def _picked(self, name: str, row: int) -> Step:
        """Show which contract was picked, or what keeps one from being picked."""
        facts = self.evaluator.facts
        pick, chosen = facts.law.picks[name], facts.columns[name][row]
        rows = self.evaluator.rows(pick.subject, row)
        made = [] if isinstance(pick.when, Const) else [replace(self.step(pick.when, rows), label="when")]
        offered = self.evaluator.children(pick.over, rows[pick.over], "candidates")
        count = "no list" if isinstance(offered, frozenset) else str(len(offered))
        says = f"none of {count} contracts on offer"
        gives = "none"
        if chosen is not None:
            inner = {**rows, "candidate": chosen}
            made.append(replace(self.step(pick.where, inner), label="where"))
            made += [replace(self.step(value, inner), label="order by") for value in pick.order_by]
            gives, says = facts.ids["candidate"][chosen], f"the first of {count} contracts on offer that fit"
        id_ = facts.ids[pick.subject][row]
        return Step(
            says, gives, None if chosen is None else gives, "contract",
            name=name, id=id_, form="pick", origin=pick.origin, parts=tuple(made),
        )  # fmt: skip
