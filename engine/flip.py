"""The smallest change of one given fact that would have made something happen which did not.

What a walk along the ticks of a fact finds is decided again, and told only where it has really happened then.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import Final, NamedTuple, Self

from engine.cells import TIME, Cell, Plain, changed, exact, held, limits, plain, span, start, words
from engine.decide import decide
from engine.findings import Findings
from engine.follow import Traced
from engine.lift import Lift, row_of
from engine.masks import among
from engine.moved import Moved
from engine.reach import Reach
from engine.verdict import Verdict
from engine.walk import Aim, Stretch, Walk
from engine.wanted import Goal, Wanted, goal_of

_MOST_CELLS: Final = 128
_MOST_TRIES: Final = 4
_MOST_STRETCHES: Final = 32


class Ends(NamedTuple):
    """The lowest and the highest of some values, all of which will do; `None` where the fact has no end there."""

    first: Plain | None
    last: Plain | None


@dataclass(frozen=True, slots=True)
class Change:
    """One fact otherwise: `to` is the nearest value that will do.

    Where the fact was unknown all between `ends` will, and all between each of `others`, the lowest first.
    """

    cell: Cell
    to: Plain
    by: Fraction | None = None
    ends: Ends | None = None
    others: tuple[Ends, ...] = ()


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

    def likely(self, goal: Aim, *, every: bool = True) -> list[Cell]:
        """Return the facts one of which could make it so; of very many, those of the subjects with the fewest rows."""
        cells, ids = self.cells(goal.needs(self.traced)), self.verdict.facts.ids
        return cells if every else sorted(cells, key=lambda cell: (len(ids[cell.subject]), cell))[:_MOST_CELLS]

    def changes(self, goal: Aim, cells: Sequence[Cell]) -> list[Change]:
        """Return the smallest change of each of some facts that makes it so; of the time one to either side.

        None of them is decided again yet.
        """
        asked = [(cell, sides) for cell in cells for sides in (((-1,), (1,)) if cell == TIME else ((-1, 1),))]
        found = (next(self.of(cell, goal, sides), None) for cell, sides in asked)
        return [change for change in found if change is not None]

    def of(self, cell: Cell, goal: Aim, sides: Sequence[int] = (-1, 1)) -> Iterator[Change]:
        """Yield the changes of one fact with which something is so, the smallest first."""
        if words(self.verdict.facts, cell):
            yield from self._words(cell, goal)
        else:
            yield from (self._stretch(cell, found) for found in Walk(self.traced, cell, goal).stretches(sides))

    def happens(self, *changes: Change) -> bool:
        """Decide again with some facts otherwise, and return whether it happens."""
        again = self._again(*changes)
        return again is not None and again.wanted.made(again.verdict)

    def lifted(self, change: Change, lift: Lift) -> Self | None:
        """Decide again with one fact otherwise, and return that search; nothing if it does not lift some clauses."""
        again, bit = self._again(change), 1 << self.traced.cells[change.cell]
        lifts = again is not None and lift.again(again.goal, again.traced, self.verdict.facts, bit)
        return again if lifts else None

    def _again(self, *changes: Change) -> Self | None:
        """Decide again with some facts otherwise; the row that is asked about may then have another number.

        Nothing where it has no name any more, as what is proposed and has expired.
        """
        facts, wanted = self.verdict.facts, self.wanted
        verdict = decide(facts.law, changed(facts, {change.cell: change.to for change in changes}))
        ids, id_ = verdict.facts.ids[wanted.subject], facts.ids[wanted.subject][wanted.row]
        row = row_of(ids, wanted.row, id_)
        return None if row is None else type(self)(verdict, replace(wanted, row=row))

    def surely(self, cell: Cell, sides: Sequence[int] = (-1, 1)) -> Change | None:
        """Return the smallest change of one fact after which it happens, decided again; nothing if none does."""
        tried = islice(self.of(cell, self.goal, sides), _MOST_TRIES)
        return next((sure for change in tried if (sure := self.sure(change, self.happens)) is not None), None)

    def wholly(self, change: Change) -> Change:
        """Return a change with all other stretches of a fact that was unknown in which it happens, decided again."""
        if change.ends is None:
            return change
        found = (each for each in self.of(change.cell, self.goal) if each.to != change.to)
        sure = (self.sure(each, self.happens) for each in islice(found, _MOST_STRETCHES))
        every = sorted((each for each in sure if each and each.ends), key=lambda each: exact(each.to))
        return replace(change, others=tuple(each.ends for each in every if each.ends))

    def sure(self, change: Change, so: Callable[[Change], bool]) -> Change | None:
        """Return a change after which something is so, decided again; with its ends only if at both of them it is."""
        if not so(change):
            return None
        if change.ends is None or all(so(replace(change, to=end)) for end in self._farthest(change.cell, change.ends)):
            return change
        return replace(change, ends=None)

    def _farthest(self, cell: Cell, ends: Ends) -> tuple[Plain, Plain]:
        """Return both ends as values, also those that are none."""
        room = limits(self.verdict.facts, cell)
        first, last = (plain(self.verdict.facts, cell, tick) for tick in (room.first, room.last))
        return first if ends.first is None else ends.first, last if ends.last is None else ends.last

    def _words(self, cell: Cell, goal: Aim) -> Iterator[Change]:
        facts, base, now = self.verdict.facts, self.traced, held(self.verdict.facts, cell)
        for word in words(facts, cell):
            if word == now:
                continue
            if goal.holds(Moved(facts, base.kleene, base=base, cell=cell, to=word, reach=Reach(0, 1, 0))):
                yield Change(cell, word)

    def _stretch(self, cell: Cell, found: Stretch) -> Change:
        facts, now = self.verdict.facts, start(self.verdict.facts, cell)
        to = plain(facts, cell, found.tick)
        if now is not None:
            return Change(cell, to, (found.tick - now) / span(facts, cell).under)
        room = limits(facts, cell)
        first = None if found.first == room.first else plain(facts, cell, found.first)
        return Change(cell, to, None, Ends(first, None if found.last == room.last else plain(facts, cell, found.last)))
