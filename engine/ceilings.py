"""What the orders of a verdict leave of every ceiling, and which of them binds."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from engine.calls import Order, sliced
from engine.evaluate import Rows, Value
from engine.law.model import Budget, Choice
from engine.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Ceiling:
    """One budget of a choice as it stands for one row after every order: `costs` is what one more contract takes.

    `room` is the least that the row or an order of the same pool sees, and `least` are the rows that see it.
    """

    budget: Budget
    room: Value
    taken: Fraction
    costs: Value
    least: Rows
    here: Rows

    @property
    def left(self) -> Fraction | None:
        """What the orders leave of the room; `None` where the room is unknown."""
        return None if isinstance(self.room, frozenset) else Fraction(self.room) - self.taken

    @property
    def binds(self) -> bool:
        """Whether one more contract is too many, or nobody can tell."""
        return self.left is None or isinstance(self.costs, frozenset) or Fraction(self.costs) > self.left


def ceilings(verdict: Verdict, choice: Choice, row: int) -> tuple[Ceiling, ...]:
    """Return every ceiling of a choice at one row of its subject, in the order of the law."""
    placed = orders_of(verdict, choice)
    return tuple(_ceiling(verdict, choice, budget, row, placed) for budget in choice.budgets)


def _ceiling(verdict: Verdict, choice: Choice, budget: Budget, row: int, placed: Mapping[int, Order]) -> Ceiling:
    evaluator, pool = verdict.evaluator, _pool(verdict, choice, budget, row)
    here, taken, seen = evaluator.rows(choice.subject, row), Fraction(0), []
    for other, order in placed.items():
        there = evaluator.rows(choice.subject, other)
        uses = evaluator.value(budget.uses, there)
        if _pool(verdict, choice, budget, other) == pool and not isinstance(uses, frozenset) and uses:
            taken += Fraction(uses) * _times(budget, order)
            seen.append(there)
    least = min([here, *seen], key=lambda rows: _size(evaluator.value(budget.room, rows)))
    free = budget.each == "order" and row in placed
    costs = Fraction(0) if free else evaluator.value(budget.uses, here)
    return Ceiling(budget, evaluator.value(budget.room, least), taken, costs, least, here)


def _size(room: Value) -> tuple[bool, Fraction]:
    """Return what rooms are compared by: an unknown one is less than any."""
    return (False, Fraction(0)) if isinstance(room, frozenset) else (True, Fraction(room))


def _times(budget: Budget, order: Order) -> int:
    match budget.each:
        case "contract":
            return order.contracts
        case "slice":
            return len(sliced(order.contracts, order.slice_over))
        case _:
            return 1


def orders_of(verdict: Verdict, choice: Choice) -> Mapping[int, Order]:
    """Return the orders of a choice by the row of its subject that they were chosen for."""
    columns, subject = verdict.facts.columns, choice.subject
    placed = {(order.sleeve, order.candidate): order for order in verdict.chosen[choice.name].orders}
    pairs = zip(columns[f"{subject}>{choice.shared_by}"], columns[f"{subject}>candidate"], strict=True)
    return {row: placed[pair] for row, pair in enumerate(pairs) if pair in placed}


def _pool(verdict: Verdict, choice: Choice, budget: Budget, row: int) -> int:
    if budget.shared_by == choice.subject:
        return row
    return int(verdict.facts.columns[f"{choice.subject}>{budget.shared_by}"][row])


def preferred(verdict: Verdict, choice: Choice, row: int) -> int | None:
    """Return the row that came before one, where at most one contract of a kind is chosen."""
    same = verdict.facts.columns[f"{choice.subject}>{choice.one_of_each}"]
    withheld = verdict.chosen[choice.name].withheld
    permitted = (
        found[1]
        for found in verdict.standing
        if found[2] is True and not found[3] and verdict.program.decides[found[0]].kind == choice.among
    )
    fit = (other for other in permitted if same[other] == same[row] and withheld.get(other) != withheld.get(row))
    return next(fit, None)
