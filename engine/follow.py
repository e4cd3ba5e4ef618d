"""The slow reading of a law, followed: which given facts a value hangs on."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any, Final, TypeAlias

from engine.cells import TIME, Cell, beside_it, can_move, expires, observed
from engine.evaluate import Evaluator, Rows, Unknown, Value, blamed
from engine.expr.typed import Apply, Fold, Read, Typed
from engine.law.names import LISTS
from engine.series import Series
from engine.subjects import given

Question: TypeAlias = Callable[[], Value]
Key: TypeAlias = tuple[Any, ...]
Fit: TypeAlias = tuple[Value, Key | Unknown]
Picked: TypeAlias = tuple[Value, int | None]

_BARS: Final = ("high", "low", "close")


@dataclass
class Following(Evaluator):
    """An evaluator that works out picks itself."""

    def settled(self, questions: Iterable[Question], *, decisive: bool) -> Value:
        """Return what several questions come to, each of them asked; `decisive` is true of `||`, false of `&&`."""
        values = [question() for question in questions]
        return decisive if any(value is decisive for value in values) else blamed(values) or not decisive

    def every(self, questions: Iterable[Question]) -> bool:
        """Return whether all are answered with yes."""
        return self.settled(questions, decisive=False) is True

    def some(self, questions: Iterable[Question]) -> bool:
        """Return whether one is answered with yes."""
        return self.settled(questions, decisive=True) is True

    def all_of(self, name: str, questions: Sequence[Callable[[], bool]]) -> bool:  # noqa: ARG002 - for who remembers
        """Return whether all are answered with yes; they go by a name, and are the same ones whenever it is used."""
        return self.every(questions)

    def kids(self, of: Fold, rows: Rows) -> list[int] | Unknown:
        """Return the rows that a fold goes through, or that they were not delivered."""
        name = next(name for name, child in LISTS[of.parent].items() if child == of.child)
        return self.children(of.parent, rows[of.row], name)

    def pick(self, name: str, row: int) -> Picked:
        """Return whether a pick finds something for a row, and what, as generated code does."""
        pick = self.facts.law.picks[name]
        rows = self.rows(pick.subject, row)
        when, kids = self.value(pick.when, rows), self.children(pick.over, rows[pick.over], "candidates")
        if when is False or isinstance(when, frozenset):
            return when, None
        return (kids, None) if isinstance(kids, frozenset) else self.best(name, row, kids)

    def best(self, name: str, row: int, kids: Sequence[int]) -> Picked:
        """Return whether one of some contracts passes, and the first of those that do."""
        doubts: list[Value] = []
        best: tuple[Key, int] | None = None
        for kid in kids:
            where, key = self.fit(name, row, kid)
            if where is False:
                continue
            if isinstance(where, frozenset) or isinstance(key, frozenset):
                doubts.append(blamed([where, *([key] if isinstance(key, frozenset) else [])]))
            elif best is None or key < best[0]:
                best = (key, kid)
        return (True, best[1]) if best else (blamed(doubts) if doubts else False, None)

    def fit(self, name: str, row: int, kid: int) -> Fit:
        """Return whether a contract passes, and what it is ordered by."""
        pick = self.facts.law.picks[name]
        rows = {**self.rows(pick.subject, row), "candidate": kid}
        where = self.value(pick.where, rows)
        values = () if where is False else tuple(self.value(of, rows) for of in pick.order_by)
        return where, blamed(values) or values

    def _picked(self, name: str, rows: Rows) -> int | None:
        row = rows[name.partition(".")[0]]
        return None if row is None else self.pick(name, row)[1]

    def _found(self, name: str, row: int) -> Value:
        return self.pick(name, row)[0]


@dataclass
class Traced(Following):
    """Everything as it is; `mask` has a bit for every cell that was looked at since it was last cleared."""

    cells: dict[Cell, int] = field(default_factory=dict)
    mask: int = 0
    _asked: dict[tuple[str | int, ...], tuple[Any, int]] = field(default_factory=dict)
    _values: dict[tuple[int | None, ...], tuple[Value, int]] = field(default_factory=dict)
    _contenders: dict[tuple[str, int, int, int], list[int]] = field(default_factory=dict)

    def cone(self, question: Callable[[], Any]) -> tuple[Any, int]:
        """Return an answer, and the cells it hangs on."""
        outer, self.mask = self.mask, 0
        answer, found = question(), self.mask
        self.mask = outer | found
        return answer, found

    def _once(self, question: Callable[..., Any], *key: str | int) -> tuple[Any, int]:
        if key not in self._asked:
            self._asked[key] = self.cone(partial(question, *key))
        self.mask |= self._asked[key][1]
        return self._asked[key]

    def look(self, subject: str, fact: str, row: int) -> tuple[Value, int]:
        """Return a fact, and the cells it hangs on."""
        return self._once(self._looked, subject, fact, row)

    def look_value(self, of: Typed, rows: Rows) -> tuple[Value, int]:
        """Return what an expression gives, and the cells it hangs on; an expression stands in one place of the law."""
        key = (id(of), *rows.values())
        if key not in self._values:
            self._values[key] = self.cone(partial(self.value, of, rows))
        self.mask |= self._values[key][1]
        return self._values[key]

    def look_pick(self, name: str, row: int) -> tuple[Picked, int]:
        """Return a pick, and the cells it hangs on."""
        return self._once(super().pick, name, row)

    def look_fit(self, name: str, row: int, kid: int) -> tuple[Fit, int]:
        """Return whether a contract passes, and the cells that hangs on."""
        return self._once(super().fit, name, row, kid)

    def contenders(self, name: str, row: int, kids: Sequence[int], bit: int) -> Sequence[int]:
        """Return the contracts that hang on the cell of a bit, and the best of those that do not, in their order."""
        key = (name, row, len(kids), bit)
        if key not in self._contenders:
            hanging = {kid for kid in kids if self.look_fit(name, row, kid)[1] & bit}
            others = [kid for kid in kids if kid not in hanging and self.look_fit(name, row, kid)[0][0] is not False]
            _, first = self.best(name, row, others)
            self._contenders[key] = sorted(hanging | ({*others} if first is None else {first}))
        return self._contenders[key]

    def fact(self, subject: str, fact: str, row: int) -> Value:
        return self.look(subject, fact, row)[0]

    def pick(self, name: str, row: int) -> Picked:
        return self.look_pick(name, row)[0]

    def fit(self, name: str, row: int, kid: int) -> Fit:
        return self.look_fit(name, row, kid)[0]

    def _looked(self, subject: str, fact: str, row: int) -> Value:
        told = given(subject).get(fact)
        if (told and told.type.kind != "series") or f"{subject}.{fact}" in self.facts.law.remembered:
            self._note(Cell(subject, fact, row))
        return super().fact(subject, fact, row)

    def _note(self, cell: Cell) -> None:
        for each in (cell, *beside_it(self.facts, cell)) if can_move(self.facts, cell) else ():
            self.mask |= 1 << self.cells.setdefault(each, len(self.cells))
        timely = expires(self.facts, cell.subject, cell.fact, cell.row) is not None
        if timely or observed(cell.subject, cell.fact):
            self.mask |= 1 << self.cells.setdefault(TIME, len(self.cells))

    def _series(self, of: Apply, rows: Rows) -> Value:
        value = super()._series(of, rows)
        window = self._window(of, rows, 1)
        source = of.arguments[0]
        kids = self.children(source.subject, rows[source.row], source.fact) if isinstance(source, Read) else ()
        for kid in () if isinstance(kids, frozenset) else kids:
            if self.facts.columns["bar.date"][kid] in window:
                for fact in _BARS:
                    self._note(Cell("bar", fact, kid))
        return value

    def _closes(self, of: Apply, rows: Rows) -> Value:
        value = super()._closes(of, rows)
        source = of.arguments[0]
        row = self._row(source, rows) if isinstance(source, Read) else None
        if not isinstance(source, Read) or row is None:
            return value
        series = self.facts.columns[f"{source.subject}.{source.fact}"][row]
        for day in () if series is None else _deciding(series, self._window(of, rows, 0, series.workdays), of.function):
            self._note(Cell(source.subject, source.fact, row, day))
        return value

    def _window(self, of: Apply, rows: Rows, more: int, workdays: tuple[int, ...] = ()) -> Sequence[int]:
        """Return the sessions that a function of a series looks at, and so many more before them."""
        today, count = (self.value(part, rows) for part in of.arguments[1:])
        if not isinstance(today, Fraction) or not isinstance(count, Fraction):
            return ()
        return self.kleene.window(int(today), int(count) + more, workdays) or ()


def _deciding(series: Series, days: Sequence[int], function: str) -> Iterator[int]:
    """Yield the day whose close is the lowest or highest of some; where some are not known, their days."""
    if not days:
        return
    closes = dict(zip(series.days, series.closes, strict=True))
    if None in (closes.get(day) for day in days):
        yield from (day for day in days if closes.get(day, 0) is None)
        return
    yield (min if function == "lowest_close" else max)(days, key=lambda day: closes[day] or 0)
