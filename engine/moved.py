"""The slow reading of a law when one given fact has another value, or moves along its ticks.

Only what hangs on that fact is read again; the rest is as it was.
"""

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from functools import partial
from typing import Any, Final, TypeAlias

from engine.along import Along
from engine.calendar import local_date, local_time
from engine.cells import EXPIRED, TIME, Cell, believed, expires, kind_of, observed
from engine.evaluate import Blame, Exact, Rows, Value, blamed, number
from engine.expr.typed import Apply, Const, Fold, Logic, Read, Typed
from engine.follow import Fit, Following, Picked, Question, Traced
from engine.reach import Reach
from engine.rows import Tables
from engine.series import Series

Held: TypeAlias = dict[tuple[str | int, ...], tuple[Any, int]]
_THOUSAND: Final = 1000
_DAY: Final = timedelta(days=1) // timedelta(milliseconds=1)


class _Over(Tables):
    under: Tables

    def __missing__(self, name: str) -> Any:  # noqa: ANN401 - as columns are
        return self.under[name]


def over(under: Tables, columns: dict[str, Any]) -> Tables:
    """Return columns some of which are others."""
    found = _Over(under.ids)
    found.under, found.offered = under, under.offered
    found.update(columns)
    return found


@dataclass
class Moved(Following):
    """One cell of `base` is `to`: another value, or a number that moves along the ticks of `reach`.

    Nothing of its row is doubted beside it then: where it could not be true nobody asks.

    `held` has the answers so far, each with the last tick for which it is so. Given to the next one on the same way it
    saves asking again what has not changed since.
    """

    base: Traced = field(kw_only=True)
    cell: Cell = field(kw_only=True)
    to: Exact = field(kw_only=True)
    reach: Reach = field(kw_only=True)
    held: Held = field(kw_only=True, default_factory=dict)

    def __post_init__(self) -> None:
        self.bit = 1 << self.base.cells[self.cell]
        self.believed = believed(self.facts, self.cell)
        if columns := self._columns():
            self.facts = copy(self.facts)
            self.facts.columns = over(self.base.facts.columns, columns)

    def hangs(self, mask: int) -> bool:
        """Return whether what hangs on some cells hangs on the one that moves."""
        return bool(mask & self.bit)

    def _columns(self) -> dict[str, Any]:
        """Return the columns that are read as a whole, with the cell in them."""
        cell = self.cell
        if cell.subject not in ("bar", "entry") and not cell.day:
            return {}
        columns = {each.name: [*self.facts.columns[each.name]] for each in (cell, *self.believed)}
        for each, value in ((cell, self.to), *self.believed.items()):
            scaled = value if isinstance(value, bool | str) else value * 10 ** kind_of(self.facts, each).scale
            values = columns[each.name]
            values[each.row] = _with_close(values[each.row], each.day, scaled) if each.day else scaled
        return columns

    def _framed(self, question: Callable[..., Any], *key: str | int) -> Any:  # noqa: ANN401 - as the question has it
        """Return an answer that is asked for once; whoever has it goes no further than it holds."""
        if key not in self.held or not self._lasts(*self.held[key]):
            outer, self.reach.end = self.reach.end, self.reach.limit
            answer = question(*key)
            self.held[key] = (answer, self.reach.end)
            self.reach.end = outer
        answer, end = self.held[key]
        self.reach.end = self.reach.nearest(self.reach.end, end)
        return answer

    def _lasts(self, answer: object, end: int) -> bool:
        """Return whether an answer is good at this tick; a number that moves belongs to the tick it was made at."""
        moving = isinstance(answer, Along) and answer.reach is not self.reach
        return not moving and self.reach.farthest(end, self.reach.tick) == end

    def settled(self, questions: Iterable[Question], *, decisive: bool) -> Value:
        """Return what several questions come to; of answers that settle it alone, the one that holds longest counts."""
        reach, outer = self.reach, self.reach.end
        values: list[Value] = []
        ends, telling = [reach.limit], []
        for question in questions:
            reach.end = reach.limit
            values.append(question())
            ends.append(reach.end)
            telling += [reach.end] if values[-1] is decisive else []
            if telling and reach.limit in telling:
                break
        reach.end = reach.nearest(outer, reach.farthest(*telling) if telling else reach.nearest(*ends))
        return decisive if telling else blamed(values) or not decisive

    def all_of(self, name: str, questions: Sequence[Callable[[], bool]]) -> bool:
        """Return whether all are answered with yes; a no that lasts saves asking the others."""
        keys = [(name, str(number)) for number in range(len(questions))]
        noes = [self.held[key][1] for key in keys if self._still_no(key)]
        for key, question in zip(keys, questions, strict=True) if not noes else ():
            outer, self.reach.end = self.reach.end, self.reach.limit
            answer, end = self._framed(lambda *_, ask=question: ask(), *key), self.reach.end
            self.reach.end = outer if not answer else self.reach.nearest(outer, end)
            if not answer:
                noes.append(end)
                break
        if noes:
            self.reach.end = self.reach.nearest(self.reach.end, self.reach.farthest(*noes))
        return not noes

    def _still_no(self, key: tuple[str | int, ...]) -> bool:
        return key in self.held and self.held[key][0] is False and self._lasts(*self.held[key])

    def value(self, of: Typed, rows: Rows) -> Value:
        if isinstance(of, Const | Read):
            return super().value(of, rows)
        value, mask = self.base.look_value(of, rows)
        return super().value(of, rows) if self.hangs(mask) else value

    def fact(self, subject: str, fact: str, row: int) -> Value:
        value, mask = self.base.look(subject, fact, row)
        return self._framed(super().fact, subject, fact, row) if self.hangs(mask) else value

    def pick(self, name: str, row: int) -> Picked:
        found, mask = self.base.look_pick(name, row)
        return self._framed(super().pick, name, row) if self.hangs(mask) else found

    def best(self, name: str, row: int, kids: Sequence[int]) -> Picked:
        return super().best(name, row, self.base.contenders(name, row, kids, self.bit))

    def fit(self, name: str, row: int, kid: int) -> Fit:
        found, mask = self.base.look_fit(name, row, kid)
        return super().fit(name, row, kid) if self.hangs(mask) else found

    def _fact(self, subject: str, fact: str, row: int) -> Value:
        cell = Cell(subject, fact, row)
        if cell == self.cell:
            return self.to
        if self.believed and cell in self.believed:
            return self.believed[cell]
        day = expires(self.facts, subject, fact, row) if self.cell == TIME else None
        if day is not None:
            return self._before(day, subject, fact, row)
        value = super()._fact(subject, fact, row)
        if self.cell == TIME and observed(subject, fact) and isinstance(value, Fraction):
            now = self.base.fact(TIME.subject, TIME.fact, TIME.row)
            return value + (self.to - now)  # type: ignore[operator] # both are instants
        return value

    def _before(self, day: int, subject: str, fact: str, row: int) -> Value:
        """Return a day for as long as it is not over, and from then on that it is."""
        zone = self.facts.snapshot.calendar.zone
        today = _on_the_wall(self.to, zone, "local_date") if isinstance(self.to, Along) else _date(self.to, zone)
        late = frozenset({Blame(subject, self.facts.ids[subject][row], fact, EXPIRED)})
        return late if today > day else Fraction(day)

    def _logic(self, of: Logic, rows: Rows) -> Value:
        return self.settled((partial(self.value, term, rows) for term in of.terms), decisive=of.operator == "||")

    def _fold(self, of: Fold, rows: Rows) -> Value:
        kids = self.kids(of, rows)
        if isinstance(kids, frozenset) or of.how not in ("exists", "all"):
            return super()._fold(of, rows)
        inner = (partial(self.value, of.body, {**rows, of.variable: kid}) for kid in kids)
        return self.settled(inner, decisive=of.how == "exists")

    def _apply(self, of: Apply, known: list[Exact]) -> Value:
        instant = known[0]
        if isinstance(instant, Along) and of.function in ("local_date", "local_time"):
            return _on_the_wall(instant, str(known[1]), of.function)
        return super()._apply(of, known)


def _with_close(series: Series, day: int, close: Any) -> Series:  # noqa: ANN401 - what moves stands for an integer
    closes = dict(zip(series.days, series.closes, strict=True)) | {day: close}
    return Series.of(closes, {at: (why, what) for at, why, what in series.implausible if at != day})


def _date(instant: Exact, zone: str) -> int:
    return local_date(int(number(instant) * _THOUSAND), zone)


def _on_the_wall(instant: Along, zone: str, function: str) -> Fraction:
    """Return a date or a time of day for as long as the day lasts and its clocks are not set."""
    now = int(instant.now * _THOUSAND // 1)
    first, after = _unset(now, zone)
    instant.stays(Fraction(first, _THOUSAND), Fraction(after, _THOUSAND))
    if function == "local_date":
        return Fraction(local_date(now, zone))
    return instant - Fraction(now - local_time(now, zone), _THOUSAND)


def _unset(now: int, zone: str) -> tuple[int, int]:
    """Return since when, and until before when, a zone's clocks run on as now through the date that they show."""
    midnight, today = now - local_time(now, zone), local_date(now, zone)

    def runs(at: int) -> bool:
        return local_date(at, zone) == today and at - local_time(at, zone) == midnight

    def last(bad: int) -> int:
        good = bad if runs(bad) else now
        while abs(bad - good) > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if runs(middle) else (good, middle)
        return good

    return last(midnight), last(midnight + _DAY - 1) + 1
