"""What choices and shares ask of a law, answered by the slow reading: the same code chooses when a fact moves."""

from collections.abc import Sequence
from copy import copy
from fractions import Fraction
from typing import Any, overload

from engine.calls import Calls, Pair
from engine.evaluate import Value, number
from engine.expr.typed import Typed
from engine.follow import Following
from engine.moved import over
from engine.program import Program, of_single_rows


class _Picks(Sequence[int | None]):
    """The rows that a pick chose, each worked out when it is asked for."""

    def __init__(self, by: Following, name: str) -> None:
        self.by, self.name = by, name

    def __len__(self) -> int:
        return len(self.by.facts.ids[self.name.partition(".")[0]])

    @overload
    def __getitem__(self, row: int) -> int | None: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[int | None]: ...
    def __getitem__(self, row: int | slice) -> Any:
        if isinstance(row, slice):
            return [self[one] for one in range(*row.indices(len(self)))]
        return self.by.pick(self.name, row)[1]


class Asked(Calls):
    """The functions of a program by their names, as `by` answers them."""

    def __init__(self, by: Following, program: Program) -> None:
        facts = copy(by.facts)
        bought = {leg.buys for share in facts.law.shares.values() for leg in share.legs}
        facts.columns = over(by.facts.columns, {name: _Picks(by, name) for name in bought})
        super().__init__(program, facts, by.kleene)
        self.by, self.functions = by, of_single_rows(facts.law, program.decides)

    def amount(self, name: str, row: int, places: int, position: int = 0) -> Fraction | None:
        _, wanted = self.functions[name]
        scale = wanted[position].type.scale
        found = self.exact(name, row, scale, position)
        return None if found is None else found * 10 ** (scale + places)

    def _answers(self, name: str, row: int) -> list[Value]:
        subject, wanted = self.functions[name]
        rows = self.by.rows(subject, row)
        return [self.by.value(of, rows) for of in wanted]

    def exact(self, name: str, row: int, scale: int, position: int = 0) -> Fraction | None:  # noqa: ARG002 - as above
        subject, wanted = self.functions[name]
        of: Typed = wanted[position]
        value = self.by.value(of, self.by.rows(subject, row))
        return None if isinstance(value, frozenset) else number(value)

    def key(self, name: str, row: int) -> tuple[Any, ...] | None:
        values = self._answers(name, row)
        return None if any(isinstance(value, frozenset) for value in values) else tuple(values)

    def values(self, name: str, row: int) -> tuple[Pair, ...]:
        """Return, of what the ledger is to keep, only whether it is known: nothing depends on what it is."""
        return tuple(None if isinstance(value, frozenset) else ("", 1) for value in self._answers(name, row))
