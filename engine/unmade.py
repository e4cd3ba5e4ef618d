"""Why something did not happen: what stood in the way, and the smallest changes with which it would have."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from functools import partial
from itertools import chain, islice, product
from typing import Final

from engine.cells import TIME, Cell, kind_of, span, start
from engine.clauses import Clause, Condition, Told
from engine.flip import Change, Search
from engine.law.model import Rule
from engine.lift import Lift, stand
from engine.subjects import given
from engine.verdict import Verdict
from engine.wanted import Wanted, Way

_MOST_CHOSEN: Final = 4
_MOST_OTHERS: Final = 5
_MOST_PAIRS: Final = 12
_MOST_LISTED: Final = 3
_DAY: Final = timedelta(days=1)
_WHOLE: Final = {"instant": Fraction(_DAY // timedelta(seconds=1)), "date": Fraction(timedelta(weeks=1) // _DAY)}


@dataclass(frozen=True, slots=True)
class Lifted:
    """One clause that stood in the way, and the smallest change that lifts it, though others may remain."""

    clause: Clause
    change: Change | None


@dataclass(frozen=True, slots=True)
class Unmade:
    """What stood in the way, the nearest way first, and what would have cleared it.

    `changes` do it alone, a `pair` together; `others` is how many facts more were not tried. All were decided again.
    `listed` are other contracts, the nearest first; `permitted` says whether they are, or whether to them too stands in
    the way what lies above a contract.
    """

    wanted: Wanted
    ways: tuple[tuple[Way, tuple[Clause, ...]], ...]
    changes: tuple[Change, ...]
    others: int
    pair: tuple[Change, ...]
    lifted: tuple[Lifted, ...]
    listed: tuple[int, ...]
    permitted: bool


def unmade(verdict: Verdict, wanted: Wanted, *, every: bool = False) -> Unmade:
    """Return why something did not happen; `every` tells of all facts that could have changed it, not of a few."""
    search = Search(verdict, wanted)
    ways = sorted(((way, way.missed(search.traced)) for way in search.goal.ways), key=lambda found: len(found[1]))
    cells = search.likely(search.goal, every=every)
    found = sorted(search.changes(search.goal, cells), key=lambda change: size(verdict, change))
    changes, others = _told(search, found, every=every)
    others += len(search.likely(search.goal)) - len(cells)
    missed = ways[0][1] if ways and not changes else ()
    lifting = _Lifting(search, *ways[0]) if len(missed) > 1 else None
    pair, lifted = (lifting.pair(), lifting.lifted()) if lifting else ((), ())
    listed, permitted = _listed(search)
    return Unmade(wanted, tuple(ways), changes, others, pair, lifted, listed, permitted)


def chosen(change: Change) -> bool:
    """Return whether somebody can choose a change, as the fact's declaration says; of the time only what is to come."""
    told = given(change.cell.subject).get(change.cell.fact)
    past = change.cell == TIME and change.by is not None and change.by < 0
    return told is not None and told.chosen and not past


def size(verdict: Verdict, change: Change) -> tuple[bool, Fraction, Cell]:
    """Return what changes are ordered by: those that one can choose first, then by their part of what the fact was."""
    facts, cell = verdict.facts, change.cell
    if change.by is None:
        return not chosen(change), Fraction(1), cell
    now = start(facts, cell) if kind_of(facts, cell).kind == "number" else None
    whole = abs(now / span(facts, cell).under) if now else _WHOLE.get(kind_of(facts, cell).kind, Fraction(1))
    return not chosen(change), abs(change.by) / whole, cell


def _told(search: Search, found: Sequence[Change], *, every: bool) -> tuple[tuple[Change, ...], int]:
    """Return the changes to tell, decided again: of facts alike the smallest, of all a few; and how many are left."""
    told: list[Change] = []
    alike: set[tuple[str, bool]] = set()
    others = 0
    for change in found:
        later = change.by is not None and change.by > 0
        name = (change.cell.name, later if chosen(change) else False)
        room = _MOST_CHOSEN if chosen(change) else _MOST_OTHERS
        full = sum(chosen(each) is chosen(change) for each in told) >= room
        if not every and (full or name in alike):
            others += 1
        elif (sure := _sure(search, change)) is not None:
            told.append(sure)
            alike.add(name)
    return tuple(told), others


def _sure(search: Search, change: Change) -> Change | None:
    """Return a change after which it happens, of the same fact to the same side; nothing if there is none."""
    sides = (-1, 1) if change.by is None else (1,) if change.by > 0 else (-1,)
    sure = search.sure(change, search.happens) or search.surely(change.cell, sides)
    return sure and search.wholly(sure)


@dataclass
class _Lifting:
    """The changes that lift single clauses of one way, those that one can choose first, then the smallest."""

    search: Search
    way: Way
    missed: tuple[Clause, ...]

    def __post_init__(self) -> None:
        self.lifts = [Lift.of(self.search.traced, (clause,)) for clause in self.missed]
        self.found = [self._found(lift) for lift in self.lifts]
        # What depends on other decisions has no say: those will be others when all is lifted.
        own = [clause for clause in self.way.clauses if isinstance(clause, Condition | Told)]
        cones = [(clause, *self.search.traced.cone(partial(clause.holds, self.search.traced))) for clause in own]
        self.standing = [(clause, cone) for clause, holds, cone in cones if holds]

    def lifted(self) -> tuple[Lifted, ...]:
        """Return for each clause the first change after which it holds, decided again."""
        each = zip(self.missed, self.lifts, self.found, strict=True)
        return tuple(Lifted(clause, self._sure(lift, found)) for clause, lift, found in each)

    def pair(self) -> tuple[Change, ...]:
        """Return two changes that do it together, or nothing: each clause is lifted by one of them."""
        needs = [clause.needs(self.search.traced) for clause in self.missed]
        for first, second in islice(self._pairs(needs), _MOST_PAIRS):
            bit = self._bit(second)
            only, rest = (
                [lift for lift, mask in zip(self.lifts, needs, strict=True) if bool(mask & bit) is both]
                for both in (False, True)
            )
            one, other = self._of(first, only), self._of(second, rest)
            if one is not None and other is not None and self.search.happens(one, other):
                return (replace(one, ends=None), replace(other, ends=None))
        return ()

    def _found(self, lift: Lift) -> list[Change]:
        found = self.search.changes(lift, self.search.likely(lift, every=False))
        return sorted(found, key=lambda change: size(self.search.verdict, change))

    def _sure(self, lift: Lift, found: Sequence[Change]) -> Change | None:
        """Return the first change that lifts and leaves what stood; if there is none, the first that lifts."""
        first: Change | None = None
        for change in found[:_MOST_PAIRS]:
            if (again := self.search.lifted(change, lift)) is None:
                continue
            hanging = [clause for clause, cone in self.standing if cone & self._bit(change.cell)]
            if stand(again.goal, hanging, again.verdict.evaluator):
                return self._within(change, lift)
            first = first or change
        return first and self._within(first, lift)

    def _within(self, change: Change, lift: Lift) -> Change | None:
        """Return a change with its ends only if at both of them it lifts."""
        lifts = partial(self.search.lifted, lift=lift)
        return change if change.ends is None else self.search.sure(change, lambda each: lifts(each) is not None)

    def _pairs(self, needs: Sequence[int]) -> Iterator[tuple[Cell, Cell]]:
        """Yield two facts of which one or the other is needed by each clause, in the order of their changes."""
        every = chain.from_iterable(self.found)
        cells = dict.fromkeys(each.cell for each in sorted(every, key=lambda each: size(self.search.verdict, each)))
        for first, second in product(cells, cells):
            one, other = self._bit(first), self._bit(second)
            both = all(mask & (one | other) for mask in needs)
            if first != second and both and not all(mask & other for mask in needs):
                yield first, second

    def _bit(self, cell: Cell) -> int:
        return 1 << self.search.traced.cells[cell]

    def _of(self, cell: Cell, lifts: Sequence[Lift]) -> Change | None:
        """Return the smallest change of one fact that lifts several clauses."""
        return next(self.search.of(cell, Lift.every(lifts)), None) if lifts else None


def _listed(search: Search) -> tuple[tuple[int, ...], bool]:
    """Return the nearest contracts on offer that would do, and whether they do as things stand.

    Where nothing does, those to which no more stands in the way than what lies above the contract here.
    """
    wanted, findings = search.wanted, search.findings
    if wanted.subject != "entry" or not wanted.rules:
        return (), True
    numbers = {findings.program.decides.index(rule) for rule in wanted.rules}
    found = [each for key, each in findings.base.items() if key[0] in numbers and each[2] is True]
    alike = [each for each in found if each[1] != wanted.row and _alike(search, each[1])]
    best = [row for _, row, _, missed, _ in alike if not missed]
    if wanted.choice is not None:
        best = [order.row for order in search.verdict.chosen[wanted.choice.name].orders if order.row in best]
    if best:
        return _nearest(search, best), True
    above = sum(bit for bit, rule, _ in findings.required(wanted.rules[0].kind, "entry", wanted.row) if _above(rule))
    here = next((missed & above for _, row, _, missed, _ in found if row == wanted.row), 0)
    return _nearest(search, [row for _, row, _, missed, _ in alike if not missed & ~here]) if here else (), False


def _above(rule: Rule) -> bool:
    return rule.subject not in ("entry", "candidate")


def _alike(search: Search, row: int) -> bool:
    """Return whether a contract is on offer to the same sleeve, on the same underlying, with the same right."""
    columns, here = search.verdict.facts.columns, search.wanted.row
    one, other = columns["entry>candidate"][row], columns["entry>candidate"][here]
    same = all(columns[name][one] == columns[name][other] for name in ("candidate.underlying", "candidate.right"))
    return same and columns["entry>sleeve"][row] == columns["entry>sleeve"][here] and not columns["entry.proposed"][row]


def _nearest(search: Search, rows: Sequence[int]) -> tuple[int, ...]:
    """Return a few rows: the nearest expirations first, then the nearest strikes."""
    columns, offered = search.verdict.facts.columns, search.verdict.facts.columns["entry>candidate"]

    def away(row: int) -> tuple[int, ...]:
        terms = [
            (columns[f"candidate.{fact}"][offered[row]], columns[f"candidate.{fact}"][offered[search.wanted.row]])
            for fact in ("expiration", "strike")
        ]
        return (*(abs((there or 0) - (here or 0)) for there, here in terms), row)

    return tuple(sorted(rows, key=away)[:_MOST_LISTED])
