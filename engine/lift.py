"""What it takes to lift clauses that stand in the way, without their question being dropped.

A clause may also come to hold because nobody asks any more: the contract it speaks of is no longer looked for, or what
is too old is replaced. What it was decided by is no longer known then, and that is no lift.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple, Self

from engine.clauses import Clause, Condition, Told, Unrivalled
from engine.evaluate import Evaluator, Rows
from engine.expr.typed import Apply, Case, FirstKnown, Fold, Read, Typed, parts
from engine.follow import Following, Traced
from engine.needs import together
from engine.rows import Facts
from engine.subjects import given
from engine.wanted import Goal

_SERIES = frozenset({"mean_true_range", "lowest_close", "highest_close"})


class Ground(NamedTuple):
    """One fact that is known and that a clause was decided by."""

    subject: str
    fact: str
    row: int

    def known(self, by: Evaluator) -> bool:
        """Return whether it is known to a reading."""
        return not isinstance(by.fact(*self), frozenset)


@dataclass(frozen=True)
class Lift:
    """Some clauses are to hold, and what they were decided by is still to be known."""

    clauses: tuple[Clause, ...]
    grounds: dict[Ground, int]

    @classmethod
    def of(cls, by: Traced, clauses: Sequence[Clause]) -> Self:
        """Return what it takes to lift clauses."""
        return cls((*clauses,), _Grounds(by).of(clauses))

    @classmethod
    def every(cls, lifts: Sequence[Self]) -> Self:
        """Return what it takes to lift the clauses of several."""
        clauses = tuple(clause for lift in lifts for clause in lift.clauses)
        return cls(clauses, {ground: mask for lift in lifts for ground, mask in lift.grounds.items()})

    def holds(self, by: Following) -> bool:
        return by.all_of("lift", [*(partial(each.holds, by) for each in self.clauses), partial(self._known, by)])

    def needs(self, by: Traced) -> int:
        return together(clause.needs(by) for clause in self.clauses)

    def again(self, goal: Goal, by: Traced, before: Facts, bit: int) -> bool:
        """Return whether it is so in a verdict in which the cell of a bit is otherwise; `by` reads that one."""
        clauses = [_same(goal, clause) for clause in self.clauses]
        if not all(clause is not None and clause.holds(by) for clause in clauses):
            return False
        plainly = Evaluator(by.facts, by.kleene)
        there = (_there(ground, before, by.facts) for ground, mask in self.grounds.items() if mask & bit)
        return all(ground is not None and ground.known(plainly) for ground in there)

    def _known(self, by: Following) -> bool:
        return all(ground.known(by) for ground in self.grounds)


def stand(goal: Goal, clauses: Iterable[Condition | Told], by: Evaluator) -> bool:
    """Return whether the clauses of the same kinds and names hold."""
    found = (_same(goal, clause) for clause in clauses)
    return all(isinstance(clause, Condition | Told) and clause.holds(by) for clause in found)


def _same(goal: Goal, clause: Clause) -> Clause | None:
    """Return the clause of the same kind and name."""
    every = (each for way in goal.ways for each in way.clauses)
    return next((each for each in every if type(each) is type(clause) and each.name == clause.name), None)


def row_of(ids: Sequence[str], row: int, id_: str) -> int | None:
    """Return the number that a row has among other rows; nothing where none goes by its name."""
    if row < len(ids) and ids[row] == id_:
        return row
    return ids.index(id_) if id_ in ids else None


def _there(ground: Ground, before: Facts, now: Facts) -> Ground | None:
    """Return a ground among other rows; nothing where its row has no name there."""
    row = row_of(now.ids[ground.subject], ground.row, before.ids[ground.subject][ground.row])
    return None if row is None else ground._replace(row=row)


@dataclass
class _Grounds:
    """Notes the facts by which expressions are decided: of tables the rows down to the one that applies."""

    by: Traced
    found: dict[Ground, int] = field(default_factory=dict)
    seen: set[Ground] = field(default_factory=set)

    def of(self, clauses: Sequence[Clause]) -> dict[Ground, int]:
        """Return the known facts that some clauses were decided by, each with the cells it hangs on."""
        for clause in clauses:
            match clause:
                case Condition(rule=rule, rows=rows):
                    self._follow(rule.when, rows)
                case Told(rule=rule, rows=rows):
                    for of in rule.fields.values():
                        if not isinstance(of, str):
                            self._follow(of, rows)
                case Unrivalled(row=row):
                    for rule in clause.stronger(self.by):
                        self._follow(rule.when, self.by.rows(rule.subject, row))
                case _:  # what is chosen among many, or granted out of a sum, has no facts of its own
                    pass
        return self.found

    def _follow(self, of: Typed, rows: Rows) -> None:
        match of:
            case Read():
                self._read(of, rows)
            case Case():
                self._case(of, rows)
            case FirstKnown(options=options):
                for option in options:
                    self._follow(option, rows)
                    if not isinstance(self.by.value(option, rows), frozenset):
                        break
            case Fold(body=body, variable=variable):
                kids = self.by.kids(of, rows)
                for kid in () if isinstance(kids, frozenset) else kids:
                    self._follow(body, {**rows, variable: kid})
            case Apply(function=function, arguments=arguments):
                for part in arguments[1:] if function in _SERIES else arguments:
                    self._follow(part, rows)
            case _:
                for part in parts(of):
                    self._follow(part, rows)

    def _case(self, of: Case, rows: Rows) -> None:
        for test, value in of.rows:
            self._follow(test, rows)
            holds = self.by.value(test, rows)
            if holds is True:
                self._follow(value, rows)
            if holds is True or (of.first and holds is not False):
                return
        if of.otherwise is not None:
            self._follow(of.otherwise, rows)

    def _read(self, of: Read, rows: Rows) -> None:
        row = rows[of.row] if of.row in rows else self._picked(of.row, rows)
        if row is None or (ground := Ground(of.subject, of.fact, row)) in self.seen:
            return
        self.seen.add(ground)
        value, mask = self.by.look(*ground)
        if not isinstance(value, frozenset):
            self.found[ground] = mask
        if f"{of.subject}.{of.fact}" not in self.by.facts.stated:
            self._inside(ground)

    def _picked(self, name: str, rows: Rows) -> int | None:
        pick = self.by.facts.law.picks[name]
        row = rows[pick.subject]
        if row is None:
            return None
        self._follow(pick.when, self.by.rows(pick.subject, row))
        return self.by.pick(name, row)[1]

    def _inside(self, ground: Ground) -> None:
        """Follow what a fact is worked out from."""
        law, name, rows = self.by.facts.law, f"{ground.subject}.{ground.fact}", self.by.rows(ground.subject, ground.row)
        if ground.fact in given(ground.subject) or name in law.remembered:
            return
        if name in law.derived:
            self._follow(law.derived[name].value, rows)
        elif ground.fact in law.rules:
            self._follow(law.rules[ground.fact].when, rows)
        else:
            self._follow(law.picks[name.removesuffix("_found")].when, rows)
