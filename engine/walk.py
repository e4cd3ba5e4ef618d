"""One given fact along its ticks: the stretches in which something holds, the nearest first.

Between the ticks at which a comparison turns nothing can change, so that a walk from turn to turn misses no tick.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from heapq import heapify, heappop, heappush
from typing import Final, NamedTuple, Protocol, TypeAlias

from engine.along import Along
from engine.cells import Cell, doubting, limits, span, start, usual
from engine.follow import Following, Traced
from engine.moved import Held, Moved
from engine.reach import Reach

_MOST_TURNS: Final = 256

Ways: TypeAlias = list[tuple[Fraction, int, int]]
"""Where to go on: how far it is from where the fact stands, to which side, and the tick."""


class Aim(Protocol):
    """What is to hold; `needs` are the facts one of which might make it so."""

    def holds(self, by: Following, /) -> bool: ...

    def needs(self, by: Traced, /) -> int: ...


class Stretch(NamedTuple):
    """Ticks at all of which something holds; `tick` is the nearest of them."""

    tick: int
    first: int
    last: int


@dataclass
class Walk:
    """The way of one cell of `base`; where it is unknown, from where it would usually be.

    Ticks at which the fact could not be true are passed over. Of one that is unknown the whole stretch is walked.
    """

    base: Traced
    cell: Cell
    aim: Aim
    turns: int = _MOST_TURNS
    held: dict[int, Held] = field(default_factory=lambda: {-1: {}, 1: {}})

    def __post_init__(self) -> None:
        facts, cell = self.base.facts, self.cell
        now = start(facts, cell)
        self.whole = now is None
        self.begin = Fraction(usual(facts, cell)) if now is None else now
        self.room, self.limits = span(facts, cell), limits(facts, cell)
        self.doubting = doubting(facts, cell)
        self.judged: dict[int, tuple[bool, int]] = {}

    def stretches(self, sides: Sequence[int]) -> Iterator[Stretch]:
        """Yield where it holds to some sides, -1 and 1."""
        ways = self._ways(sides)
        while ways and self.turns:
            _, step, tick = heappop(ways)
            holds, ends = self._met(step, tick)
            if holds:
                yield Stretch(tick, min(tick, *ends.values()), max(tick, *ends.values()))
            if len(ends) > 1:
                ways.clear()
            for side, end in ends.items():
                self._push(ways, side, end)

    def _ways(self, sides: Sequence[int]) -> Ways:
        first = {-1: self.begin // 1, 1: -(-self.begin // 1)}
        ticks = [(side, min(max(int(first[side]), self.room.first), self.room.last)) for side in sides]
        ways = [(abs(tick - self.begin), side, tick) for side, tick in ticks]
        heapify(ways)
        return ways

    def _push(self, ways: Ways, step: int, end: int) -> None:
        following = end + step
        if self.room.first <= following <= self.room.last:
            heappush(ways, (abs(following - self.begin), step, following))

    def _met(self, step: int, tick: int) -> tuple[bool, dict[int, int]]:
        """Return whether it holds at a tick, and the last tick of what was walked: to both sides from the beginning."""
        holds, end = self._at(step, tick)
        if not holds or not self.whole:
            return holds, {step: end}
        ends = {step: self._onward(step, end)}
        return True, ends if tick != self.begin else {**ends, -step: self._onward(-step, tick)}

    def _at(self, step: int, tick: int) -> tuple[bool, int]:
        """Return whether it holds at a tick, and the last tick to a side up to which that is so."""
        self.turns -= 1
        reach = Reach(tick, step, self.limits.last if step > 0 else self.limits.first)
        to = Along((0, 1), (self.room.under,), reach)
        if self._doubted(to, reach):
            return False, reach.end
        moved = Moved(
            self.base.facts, self.base.kleene, base=self.base, cell=self.cell, to=to, reach=reach, held=self.held[step]
        )
        return self.aim.holds(moved), reach.end

    def _doubted(self, to: Along, reach: Reach) -> bool:
        """Return whether the fact could not be true at a tick; the reach goes no further than that is so."""
        doubted, end = self.judged.get(reach.step, (False, None))
        if end is None or reach.farthest(end, reach.tick) != end:
            doubted, end = self.doubting(to), reach.end
            self.judged[reach.step] = doubted, end
        reach.end = end
        return doubted

    def _onward(self, step: int, end: int) -> int:
        """Return the last tick to a side up to which it holds without a break."""
        while self.turns and self.limits.first <= end + step <= self.limits.last:
            holds, farther = self._at(step, end + step)
            if not holds:
                break
            end = farther
        return end
