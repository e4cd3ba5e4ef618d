"""Where comparisons turn: the ticks of single given facts at which one is true on this side and false on the other."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from typing import Final, TypeAlias

from engine.along import Along
from engine.cells import Cell, kind_of, span, start, words
from engine.evaluate import Rows
from engine.expr.typed import Fold, Read, Typed, parts
from engine.follow import Traced
from engine.masks import among
from engine.moved import Moved
from engine.reach import Reach
from engine.rows import Facts
from engine.verdict import Verdict
from proof.compare_atoms import Atom

# The two ticks between which something turns, the lower one first.
Turning: TypeAlias = tuple[int, int]

_MOST_ROWS: Final = 60
_MOST_KIDS: Final = 4
_MOST_CELLS: Final = 6
_MOST_TURNS: Final = 3
_MOST_LOOKS: Final = 40
_LATER: Final = frozenset({"instant", "date"})


@dataclass
class Ground:
    """A verdict of one version, on whose tables comparisons are asked."""

    verdict: Verdict

    @property
    def facts(self) -> Facts:
        """The tables."""
        return self.verdict.facts

    @cached_property
    def traced(self) -> Traced:
        """The slow reading, which knows what every answer hangs on."""
        return Traced(self.facts, self.verdict.kleene)

    def rows(self, atom: Atom, *, telling: bool) -> Iterator[dict[str, int | None]]:
        """Yield the rows that a comparison can be asked of, with those of its lists and of its pick.

        Either those on which it tells as things are, or those on which something beside it settles the matter.
        """
        yield from (rows for rows in self._rows(atom) if self._tells(atom, rows) is telling)

    def _tells(self, atom: Atom, rows: Rows) -> bool:
        known = [(of, wanted) for of, wanted in atom.beside if _sees(of, rows.keys())]
        return all(self.traced.value(of, rows) is wanted for of, wanted in known)

    def _rows(self, atom: Atom) -> Iterator[dict[str, int | None]]:
        for row in range(min(len(self.facts.ids[atom.subject]), _MOST_ROWS)):
            for below in self._below(dict(self.traced.rows(atom.subject, row)), atom.folds):
                chosen = self._chosen(atom, below) if atom.among else [below]
                yield from (each for each in chosen if _sees(atom.of, each.keys()))

    def _below(self, rows: dict[str, int | None], folds: tuple[Fold, ...]) -> Iterator[dict[str, int | None]]:
        if not folds:
            yield rows
            return
        first, *others = folds
        kids = self.traced.kids(first, rows)
        for kid in () if isinstance(kids, frozenset) else kids[:_MOST_KIDS]:
            yield from self._below({**rows, first.variable: kid}, tuple(others))

    def _chosen(self, atom: Atom, rows: dict[str, int | None]) -> list[dict[str, int | None]]:
        kids = self.traced.children(atom.among, rows[atom.among], "candidates")
        return [] if isinstance(kids, frozenset) else [{**rows, "candidate": kid} for kid in kids]

    def cells(self, atom: Atom, rows: Rows) -> list[Cell]:
        """Return the given facts that a comparison hangs on: numbers and words first, days and times last."""
        _, mask = self.traced.cone(partial(self.traced.value, atom.of, rows))
        found = among(mask, self.traced.cells)
        return sorted(found, key=lambda cell: kind_of(self.facts, cell).kind in _LATER)[:_MOST_CELLS]

    def turnings(self, atom: Atom, rows: Rows, cell: Cell) -> set[Turning]:
        """Return the ticks of a fact around which a comparison turns, the nearest of them on either side."""
        here = None if words(self.facts, cell) else start(self.facts, cell)
        if here is None:
            return set()
        tick, reaches = here.numerator // here.denominator, span(self.facts, cell)
        found: set[Turning] = set()
        for step, limit in ((1, reaches.last), (-1, reaches.first)):
            found.update(islice(self._along(atom, rows, cell, Reach(tick, step, limit)), _MOST_TURNS))
        return found

    def _along(self, atom: Atom, rows: Rows, cell: Cell, reach: Reach) -> Iterator[Turning]:
        """Yield where a comparison turns, from a tick onwards as long as it is worth the time."""
        under, last = span(self.facts, cell).under, None
        for _ in range(_MOST_LOOKS):
            to = Along((0, 1), (under,), reach)
            moving = Moved(self.facts, self.verdict.kleene, base=self.traced, cell=cell, to=to, reach=reach)
            found = moving.value(atom.of, rows)
            before = reach.tick - reach.step
            if last is not None and found != last:
                yield min(before, reach.tick), max(before, reach.tick)
            last, reach = found, Reach(reach.end + reach.step, reach.step, reach.limit)
            if reach.step * (reach.limit - reach.tick) < 0:
                return


def _sees(of: Typed, rows: Collection[str]) -> bool:
    """Return whether every row that an expression reads is at hand: a leg's costs are asked of what it would buy."""
    match of:
        case Read(row=row):
            return row.partition(".")[0] in rows
        case Fold(row=row, body=body, variable=variable):
            return row in rows and _sees(body, {*rows, variable})
        case _:
            return all(_sees(part, rows) for part in parts(of))
