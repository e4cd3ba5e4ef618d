"""What a pick made of one contract, beside the one it chose: where it does not fit, or in what it comes after."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from engine.evaluate import Rows, Value
from engine.explanation import Step
from engine.expr.typed import Typed, conjuncts
from engine.law.model import Pick
from engine.margin import counted_in
from engine.trace import Trace
from engine.wording import shown

_WHERE: Final = "where"
_ORDER: Final = "order by"


@dataclass(frozen=True)
class Against:
    """A pick for one row, and the rows above it; `chosen` is the contract that it chose, if there is one.

    Where none was `made`, it is the one that it would have chosen.
    """

    trace: Trace
    pick: Pick
    rows: Rows
    chosen: int | None
    made: bool = True

    def steps(self, candidate: int) -> Iterator[Step]:
        """Yield a contract that was not chosen with what speaks against it, and the chosen one with the same of it."""
        says, fits, asked = self._missed(candidate)
        own = (self._step(of, candidate, label) for label, of in asked)
        if fits:
            own = (self._later(of, candidate) for _, of in asked)
        yield self._contract(candidate, says, tuple(own), fits=None if fits is None else False)
        if self.chosen is not None:
            offered = self.trace.evaluator.children(self.pick.over, self.rows[self.pick.over], "candidates")
            says = f"{'' if self.made else 'would be '}picked, the first of {len(offered)} contracts on offer that fit"
            its = (self._step(of, self.chosen, label) for label, of in asked)
            yield self._contract(self.chosen, says, tuple(its), fits=True)

    def _missed(self, candidate: int) -> tuple[str, bool | None, list[tuple[str, Typed]]]:
        """Return in words why a contract was not chosen, whether it fits, and what of the pick says so."""
        terms = conjuncts(self.pick.where)
        asked = [*((_WHERE, of) for of in terms), *((_ORDER, of) for of in self.pick.order_by)]
        if refused := [of for of in terms if self._value(of, candidate) is False]:
            return "does not fit", False, [(_WHERE, of) for of in refused]
        if unknown := [(label, of) for label, of in asked if isinstance(self._value(of, candidate), frozenset)]:
            return "is passed over, for something of it is unknown", None, unknown
        return f"fits, and comes after {self._id(self.chosen)}", True, [*self._compared(candidate)]

    def _compared(self, candidate: int) -> Iterator[tuple[str, Typed]]:
        """Yield what contracts are ordered by, down to where this one is not as the chosen one is."""
        for of in self.pick.order_by:
            yield _ORDER, of
            if self._value(of, candidate) != self._value(of, self.chosen):
                break

    def _later(self, of: Typed, candidate: int) -> Step:
        """Return what one is ordered by, held against the chosen contract's."""
        here, there = self._value(of, candidate), self._value(of, self.chosen)
        made = self._step(of, candidate, "")
        named = f"{made.name} {made.gives}" if made.name else _with_value(made)
        theirs = shown(there, of.type, self.trace.inputs.zone)
        by = here - there if isinstance(here, Fraction) and isinstance(there, Fraction) and here != there else None
        return Step(
            f"{named} {'=' if here == there else '>'} {theirs} of {self._id(self.chosen)}", made.gives, here == there,
            "bool", label=_ORDER, margin=by, margin_unit="" if by is None else counted_in(of.type), parts=(made,),
        )  # fmt: skip

    def _value(self, of: Typed, candidate: int | None) -> Value:
        return self.trace.evaluator.value(of, {**self.rows, "candidate": candidate})

    def _step(self, of: Typed, candidate: int, label: str) -> Step:
        return replace(self.trace.step(of, {**self.rows, "candidate": candidate}), label=label)

    def _id(self, candidate: int | None) -> str:
        return "" if candidate is None else self.trace.evaluator.facts.ids["candidate"][candidate]

    def _contract(self, row: int, says: str, parts: tuple[Step, ...], *, fits: bool | None) -> Step:
        return Step(says, "", fits, "bool", label=self._id(row), parts=parts)


def _with_value(step: Step) -> str:
    return step.says if step.says.endswith(step.gives) else f"{step.says} = {step.gives}"
