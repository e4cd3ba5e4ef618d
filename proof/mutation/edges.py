"""Where a number makes a step turn: what moves a bound by one tick is noticed there, and hardly anywhere else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

from proof.mutation.machine import Machine
from proof.mutation.states import Memo, State
from proof.mutation.vary import AS_OF, Move, Pool, least, movable_rows, moved

_ROWS: Final = 2  # of one table in one case
_VALUES: Final = 6  # of one fact, the nearest to what it is
_HOURS: Final = range(-12 * 3_600_000, 13 * 3_600_000, 3_600_000)  # half a day either way


@dataclass
class Edges:
    """Looks for numbers at which some steps turn; `tries` is how many snapshots it may still make."""

    machine: Machine
    memo: Memo
    pool: Pool
    places: Sequence[int]
    tries: int

    def of(self, state: State, columns: Sequence[str]) -> Iterator[Move]:
        """Yield numbers of a snapshot, out of some columns, moved to both sides of where the steps turn; time too."""
        if any(AS_OF in self.machine.steps[place].reads for place in self._behind):
            for one, other in pairwise(sorted({*_HOURS, *self.pool.offsets})):
                yield from self._between(state, Move(AS_OF, 0, one), Move(AS_OF, 0, other))
        for name in columns:
            for row in movable_rows(state, name)[:_ROWS]:
                value = state.columns[name][row]
                if isinstance(value, int) and not isinstance(value, bool):
                    for one, other in pairwise(self._near(name, value)):
                        yield from self._between(state, Move(name, row, one), Move(name, row, other))

    @cached_property
    def _behind(self) -> list[int]:
        """The places that the steps rest on."""
        bits = 0
        for place in self.places:
            bits |= self.machine.upstream[place]
        return [place for place in range(len(self.machine.steps)) if bits >> place & 1]

    def _near(self, name: str, value: int) -> list[int]:
        """Return the numbers that others give a fact, and its double and its least, in their order."""
        known = {other for other in self.pool.values[name] if isinstance(other, int) and not isinstance(other, bool)}
        known |= {value, 2 * value, int(max(least(self.machine.law, name), 0))}
        return sorted(sorted(known, key=lambda other: abs(other - value))[:_VALUES])

    def _between(self, state: State, low: Move, high: Move) -> Iterator[Move]:
        """Yield the two neighbours between which the steps turn, and their neighbours."""
        first, last = self._gives(state, low), self._gives(state, high)
        if first == last:
            return
        while high.value - low.value > 1 and self.tries > 0:
            middle = low._replace(value=(low.value + high.value) // 2)
            low, high = (middle, high) if self._gives(state, middle) == first else (low, middle)
        for value in (low.value, high.value, low.value - 1, high.value + 1):
            if low.column == AS_OF or value >= least(self.machine.law, low.column):
                yield low._replace(value=value)

    def _gives(self, state: State, move: Move) -> tuple[Any, ...]:
        self.tries -= 1
        there = moved(self.machine, self.memo, state, (move,))
        return tuple(there.columns[name] for place in self.places for name in self.machine.steps[place].fills)
