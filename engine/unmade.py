"""Why something did not happen: what stood in the way, and the smallest changes with which it would have."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from itertools import chain, islice, product
from typing import Final

from engine.cells import Cell, kind_of, span, start
from engine.clauses import Clause
from engine.flip import Change, Search
from engine.law.model import Rule
from engine.subjects import given
from engine.verdict import Verdict
from engine.wanted import Goal, Wanted, Way

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
    lifting = [_lifting(search, clause) for clause in missed] if len(missed) > 1 else []
    pair = _pair(search, missed, lifting) if lifting else ()
    lifted = [_lifted(search, clause, found) for clause, found in zip(missed, lifting, strict=False)]
    listed, permitted = _listed(search)
    return Unmade(wanted, tuple(ways), changes, others, pair, tuple(lifted), listed, permitted)


def chosen(cell: Cell) -> bool:
    """Return whether somebody can choose a fact, as its declaration says."""
    told = given(cell.subject).get(cell.fact)
    return told is not None and told.chosen


def size(verdict: Verdict, change: Change) -> tuple[bool, Fraction, Cell]:
    """Return what changes are ordered by: those that one can choose first, then by their part of what the fact was."""
    facts, cell = verdict.facts, change.cell
    if change.by is None:
        return not chosen(cell), Fraction(1), cell
    now = start(facts, cell) if kind_of(facts, cell).kind == "number" else None
    whole = abs(now / span(facts, cell).under) if now else _WHOLE.get(kind_of(facts, cell).kind, Fraction(1))
    return not chosen(cell), abs(change.by) / whole, cell


def _told(search: Search, found: Sequence[Change], *, every: bool) -> tuple[tuple[Change, ...], int]:
    """Return the changes to tell, decided again: of facts alike the smallest, of all a few; and how many are left."""
    told: list[Change] = []
    alike: set[tuple[str, bool]] = set()
    others = 0
    for change in found:
        later = change.by is not None and change.by > 0
        name = (change.cell.name, later if chosen(change.cell) else False)
        room = _MOST_CHOSEN if chosen(change.cell) else _MOST_OTHERS
        full = sum(chosen(each.cell) is chosen(change.cell) for each in told) >= room
        if not every and (full or name in alike):
            others += 1
        elif (sure := _sure(search, change)) is not None:
            told.append(sure)
            alike.add(name)
    return tuple(told), others


def _sure(search: Search, change: Change) -> Change | None:
    """Return a change after which it happens, of the same fact to the same side; nothing if there is none."""
    if search.happens(change):
        return change
    sides = (-1, 1) if change.by is None else (1,) if change.by > 0 else (-1,)
    return search.surely(change.cell, sides)


def _lifted(search: Search, clause: Clause, found: Sequence[Change]) -> Lifted:
    """Return the first change after which a clause holds, decided again."""
    sure = (change for change in found[:_MOST_PAIRS] if search.lifts(change, clause))
    return Lifted(clause, next(sure, None))


def _lifting(search: Search, clause: Clause) -> list[Change]:
    """Return the changes that lift one clause, those that one can choose first, then the smallest."""
    goal = Goal((Way(clause.name, (clause,)),))
    found = search.changes(goal, search.likely(goal, every=False))
    return sorted(found, key=lambda change: size(search.verdict, change))


def _pair(search: Search, missed: Sequence[Clause], lifting: Sequence[Sequence[Change]]) -> tuple[Change, ...]:
    """Return two changes that do it together, or nothing: each clause that is in the way is lifted by one of them."""
    needs = [clause.needs(search.traced) for clause in missed]
    for first, second in islice(_pairs(search, needs, lifting), _MOST_PAIRS):
        only = [clause for clause, mask in zip(missed, needs, strict=True) if not mask & _bit(search, second)]
        rest = [clause for clause in missed if clause not in only]
        one, other = _of(search, first, only), _of(search, second, rest)
        if one is not None and other is not None and search.happens(one, other):
            return (one, other)
    return ()


def _pairs(search: Search, needs: Sequence[int], lifting: Sequence[Sequence[Change]]) -> Iterator[tuple[Cell, Cell]]:
    """Yield two facts at a time of which one or the other is needed by each clause, in the order of their changes."""
    cells = dict.fromkeys(
        each.cell for each in sorted(chain(*lifting), key=lambda change: size(search.verdict, change))
    )
    for first, second in product(cells, cells):
        one, other = _bit(search, first), _bit(search, second)
        if first != second and all(mask & (one | other) for mask in needs) and not all(mask & other for mask in needs):
            yield first, second


def _bit(search: Search, cell: Cell) -> int:
    return 1 << search.traced.cells[cell]


def _of(search: Search, cell: Cell, clauses: Sequence[Clause]) -> Change | None:
    return next(search.of(cell, Goal((Way("", tuple(clauses)),))), None) if clauses else None


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
