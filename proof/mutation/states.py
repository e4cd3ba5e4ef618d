"""Snapshots under a law with every column of every step; what is alike is kept once, and worked out once."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import lru_cache
from heapq import heapify, heappop, heappush
from typing import Any, Final, TypeAlias

from engine.arbitrate import Finding
from engine.decide import calendar_of, conclude
from engine.facts import Calendar, Snapshot
from engine.fill import fill
from engine.kleene import Kleene
from engine.program import Program
from engine.rows import Facts, Tables
from engine.verdict import Verdict
from proof.mutation.machine import Machine
from proof.mutation.steps import Step

Column: TypeAlias = tuple[Any, ...]
Changes: TypeAlias = Mapping[str, Column]

_NONE: Final[Changes] = {}


@dataclass
class State:
    """A snapshot under a law, with every column of every step.

    Attributes:
        results: What each step gave, by its place: the very same object for all snapshots on which it reads the same.
            Of a snapshot of which facts were moved there are none.
    """

    facts: Facts
    kleene: Kleene
    columns: dict[str, Any]
    sizes: Mapping[str, int]
    results: Sequence[tuple[Column, ...]] = ()

    def run(self, step: Step, columns: Mapping[str, Any]) -> tuple[Column, ...]:
        """Return the columns that a step fills."""
        outs = step.run(columns, self.kleene, self.sizes[step.subject])
        if step.states in self.facts.stated:
            self._state(step, outs)
        if step.positive:
            outs = ([None if value is not None and value <= 0 else value for value in outs[0]], *outs[1:])
        return tuple(map(tuple, outs))

    def following(self, of: Machine, steps: Iterable[int], given: Changes = _NONE) -> dict[str, Column]:
        """Return the columns that are others when some steps are run again, or some columns are given otherwise."""
        columns = {**self.columns, **given} if given else self.columns
        changed = dict(given)
        waiting = [*{*steps, *(reader for name in given for reader in of.readers.get(name, ()))}]
        heapify(waiting)
        last = -1
        while waiting:
            place = heappop(waiting)
            if place == last:
                continue
            last, step = place, of.steps[place]
            for name, column in zip(step.fills, self.run(step, columns), strict=True):
                if column != self.columns.get(name):
                    if not changed:
                        columns = dict(columns)
                    changed[name] = columns[name] = column
                    for reader in of.readers.get(name, ()):
                        heappush(waiting, reader)
        return changed

    def _state(self, step: Step, outs: tuple[list[Any], ...]) -> None:
        """Put what the snapshot states over a fact in its place."""
        number = step.fills.index(step.states)
        for row in range(len(outs[number])):
            stated = self.facts.state(step.states, row)
            if stated is not None:
                outs[number][row] = stated[0]
                if f"{step.states}/" in step.fills:
                    outs[1][row] = stated[1]

    def verdict(self, of: Machine, changed: Changes = _NONE) -> Verdict:
        """Return what a law decides where some columns are others."""
        columns = {**self.columns, **changed}
        findings: list[Finding] = [found for name in of.deciding for found in columns[name]]
        return conclude(self.program_of(of), self.facts_of(of, columns), self.kleene, findings)

    def program_of(self, of: Machine) -> Program:
        """Return the program of a law where this snapshot states what it states."""
        return _assuming(of.program, frozenset(self.facts.stated))

    def facts_of(self, of: Machine, columns: Mapping[str, Any]) -> Facts:
        """Return the tables of this snapshot as a law sees them, with some columns in them."""
        facts, tables = copy(self.facts), Tables(self.facts.ids)
        tables.offered, tables.undelivered = self.facts.columns.offered, self.facts.columns.undelivered
        tables.update(columns)
        facts.law, facts.columns = of.law, tables
        return facts


@lru_cache(maxsize=256)
def _assuming(program: Program, assumed: frozenset[str]) -> Program:
    return replace(program, assumed=assumed)


@dataclass
class Memo:
    """Columns and results that many snapshots share.

    A snapshot is worked out beside the last one that has as many rows of each subject and the same calendar: of most
    steps nothing is other.
    """

    columns: dict[str, dict[Column, Column]] = field(default_factory=dict)
    results: dict[tuple[int, ...], tuple[Column, ...]] = field(default_factory=dict)
    calendars: dict[int, tuple[Calendar, Kleene]] = field(default_factory=dict)
    latest: dict[tuple[int, ...], State] = field(default_factory=dict)

    def state(self, of: Machine, snapshot: Snapshot) -> State:
        """Return a snapshot under a law.

        Raises:
            FactError: It states or remembers something that the law does not know.
        """
        facts = fill(of.law, snapshot)
        for name in of.lists:
            facts.columns[name]  # made when it is asked for
        given = {name: self.shared(name, _hashed(name, column)) for name, column in facts.columns.items()}
        kleene, sizes = self._kleene(snapshot), facts.sizes
        key = (id(kleene), *sizes.values())
        like = self.latest.get(key)
        state = State(facts, kleene, {**like.columns, **given} if like else given, sizes)
        self.latest[key] = self._worked_out(of, state, like)
        return state

    def shared(self, name: str, column: Column) -> Column:
        """Return the one tuple that stands for a column and for all that are alike."""
        return self.columns.setdefault(name, {}).setdefault(column, column)

    def _worked_out(self, of: Machine, state: State, like: State | None) -> State:
        """Run the steps that read something else than in a state like it, all where there is none."""
        results: list[tuple[Column, ...]] = [*like.results] if like else [()] * len(of.steps)
        waiting = _apart(of, state, like) if like else [*range(len(of.steps))]
        last = -1
        while waiting:
            place = heappop(waiting)
            if place == last:
                continue
            last, step = place, of.steps[place]
            results[place] = self._result(state, place, step)
            for name, column in zip(step.fills, results[place], strict=True):
                if state.columns.get(name) is not column:
                    state.columns[name] = column
                    for reader in of.readers.get(name, ()) if like else ():
                        heappush(waiting, reader)
        state.results = results
        return state

    def _result(self, state: State, number: int, step: Step) -> tuple[Column, ...]:
        if step.states in state.facts.stated:
            return self._kept(step, state)
        key = (number, state.sizes[step.subject], id(state.kleene) * step.dated,
               *(id(state.columns[name]) for name in step.reads))  # fmt: skip
        if key not in self.results:
            self.results[key] = self._kept(step, state)
        return self.results[key]

    def _kept(self, step: Step, state: State) -> tuple[Column, ...]:
        return tuple(map(self.shared, step.fills, state.run(step, state.columns)))

    def _kleene(self, snapshot: Snapshot) -> Kleene:
        """Return the calendar of a snapshot, asked once for all snapshots that have it."""
        return self.calendars.setdefault(id(snapshot.calendar), (snapshot.calendar, calendar_of(snapshot)))[1]


def _apart(of: Machine, state: State, like: State) -> list[int]:
    """Return, as a heap, the places of the steps that read another column, or over which one of two states states."""
    changed = (name for name, column in state.columns.items() if column is not like.columns.get(name))
    stated = (of.filled[name] for name in {*state.facts.stated, *like.facts.stated} if name in of.filled)
    found = [*{*stated, *(reader for name in changed for reader in of.readers.get(name, ()))}]
    heapify(found)
    return found


def _hashed(name: str, column: Iterable[Any]) -> Column:
    """Return a column as it can be looked up: one of lists below as tuples."""
    if "<" in name:
        return tuple(None if value is None else tuple(value) for value in column)
    return tuple(column)
