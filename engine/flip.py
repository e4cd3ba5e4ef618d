"""The smallest change of one given fact that would have made something happen which did not.

Between the ticks at which a comparison turns nothing can change, so that a walk from turn to turn misses no tick. What
is found so is decided again, and told only where it has really happened then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from heapq import heapify, heappop, heappush
from itertools import islice
from typing import Final, Self

from engine.along import Along
from engine.cells import TIME, Cell, Plain, Span, changed, doubted, held, plain, span, start, usual, words
from engine.clauses import Clause
from engine.decide import decide
from engine.evaluate import Exact
from engine.findings import Findings
from engine.follow import Following, Traced
from engine.masks import among
from engine.moved import Held, Moved
from engine.reach import Reach
from engine.verdict import Verdict
from engine.wanted import Goal, Wanted, goal_of

_MOST_CELLS: Final = 128
_MOST_TURNS: Final = 256
_MOST_TRIES: Final = 4


@dataclass(frozen=True, slots=True)
class Change:
    """One fact otherwise: `to` is the nearest value that will do, and where it was unknown all up to `until` will."""

    cell: Cell
    to: Plain
    by: Fraction | None = None
    until: Plain | None = None


@dataclass
class Search:
    """What is wanted of one verdict, and the given facts that it hangs on."""

    verdict: Verdict
    wanted: Wanted
    traced: Traced = field(init=False)
    findings: Findings = field(init=False)

    def __post_init__(self) -> None:
        self.traced = Traced(self.verdict.facts, self.verdict.kleene)
        self.findings = Findings(self.verdict, self.traced)

    @cached_property
    def goal(self) -> Goal:
        """The ways in which it could have happened."""
        return goal_of(self.findings, self.wanted)

    def cells(self, mask: int) -> list[Cell]:
        """Return the cells of a set, in one order."""
        return sorted(among(mask, self.traced.cells))

    def likely(self, goal: Goal, *, every: bool = True) -> list[Cell]:
        """Return the facts one of which could make it so; of very many, those of the subjects with the fewest rows."""
        cells, ids = self.cells(goal.needs(self.traced)), self.verdict.facts.ids
        return cells if every else sorted(cells, key=lambda cell: (len(ids[cell.subject]), cell))[:_MOST_CELLS]

    def changes(self, goal: Goal, cells: Sequence[Cell]) -> list[Change]:
        """Return the smallest change of each of some facts that makes it so; of the time one to either side.

        None of them is decided again yet.
        """
        asked = [(cell, sides) for cell in cells for sides in (((-1,), (1,)) if cell == TIME else ((-1, 1),))]
        found = (next(self.of(cell, goal, sides), None) for cell, sides in asked)
        return [change for change in found if change is not None]

    def of(self, cell: Cell, goal: Goal, sides: Sequence[int] = (-1, 1)) -> Iterator[Change]:
        """Yield the changes of one fact with which something is so, the smallest first."""
        each = words(self.verdict.facts, cell)
        for change in self._words(cell, goal) if each else self._ticks(cell, goal, sides):
            if not doubted(self.verdict.facts, cell, change.to):
                yield change

    def happens(self, *changes: Change) -> bool:
        """Decide again with some facts otherwise, and return whether it happens."""
        again = self._again(*changes)
        return again.wanted.made(again.verdict)

    def lifts(self, change: Change, clause: Clause) -> bool:
        """Decide again with one fact otherwise, and return whether a clause holds then."""
        again = self._again(change)
        same = (each for way in again.goal.ways for each in way.clauses if type(each) is type(clause))
        return any(each.name == clause.name and each.holds(again.traced) for each in same)

    def _again(self, *changes: Change) -> Self:
        """Decide again with some facts otherwise; the row that is asked about may then have another number."""
        facts, wanted = self.verdict.facts, self.wanted
        verdict = decide(facts.law, changed(facts, {change.cell: change.to for change in changes}))
        ids, id_ = verdict.facts.ids[wanted.subject], facts.ids[wanted.subject][wanted.row]
        row = wanted.row if ids[wanted.row] == id_ else ids.index(id_)
        return type(self)(verdict, replace(wanted, row=row))

    def surely(self, cell: Cell, sides: Sequence[int] = (-1, 1)) -> Change | None:
        """Return the smallest change of one fact after which it happens, decided again; nothing if none does."""
        tried = islice(self.of(cell, self.goal, sides), _MOST_TRIES)
        return next((change for change in tried if self.happens(change)), None)

    def _moved(self, cell: Cell, to: Exact, reach: Reach, held: Held | None = None) -> Following:
        facts, kleene = self.verdict.facts, self.verdict.kleene
        return Moved(facts, kleene, base=self.traced, cell=cell, to=to, reach=reach, held={} if held is None else held)

    def _words(self, cell: Cell, goal: Goal) -> Iterator[Change]:
        now = held(self.verdict.facts, cell)
        for word in words(self.verdict.facts, cell):
            if word != now and goal.holds(self._moved(cell, word, Reach(0, 1, 0))):
                yield Change(cell, word)

    def _ticks(self, cell: Cell, goal: Goal, sides: Sequence[int]) -> Iterator[Change]:
        facts = self.verdict.facts
        for tick, end in self._walk(cell, goal, sides):
            now = start(facts, cell)
            by = None if now is None else (tick - now) / span(facts, cell).under
            yield Change(cell, plain(facts, cell, tick), by, plain(facts, cell, end) if now is None else None)

    def _walk(self, cell: Cell, goal: Goal, sides: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Yield the first and last tick of the stretches in which something is so, the nearest first."""
        room, now = span(self.verdict.facts, cell), start(self.verdict.facts, cell)
        begin = Fraction(usual(self.verdict.facts, cell)) if now is None else now
        ways = _ways(room, begin, sides)
        known: dict[int, Held] = {-1: {}, 1: {}}
        for _ in range(_MOST_TURNS):
            if not ways:
                break
            _, step, tick = heappop(ways)
            reach = Reach(tick, step, room.last if step > 0 else room.first)
            if goal.holds(self._moved(cell, Along((0, 1), (room.under,), reach), reach, known[step])):
                yield tick, reach.end
            following = reach.end + step
            if room.first <= following <= room.last:
                heappush(ways, (abs(following - begin), step, following))


def _ways(room: Span, begin: Fraction, sides: Sequence[int]) -> list[tuple[Fraction, int, int]]:
    """Return where to go from where a fact stands: how far the next tick is, to which side, and which tick."""
    first = {-1: begin // 1, 1: -(-begin // 1)}
    ways = [(side, min(max(int(first[side]), room.first), room.last)) for side in sides]
    found = [(abs(tick - begin), side, tick) for side, tick in ways]
    heapify(found)
    return found
