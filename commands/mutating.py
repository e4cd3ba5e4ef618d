"""A law, its mutants and its cases, made once and tried on every core; what is told does not depend on how many."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import groupby, islice
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.pool import Pool
from operator import attrgetter
from pathlib import Path
from signal import SIG_IGN, SIGINT, signal
from typing import Final, TypeAlias, TypeVar

from commands.collecting import uncollected
from commands.fixture import Reader, find
from commands.golden import Case, Fixture, unknown_rules
from commands.paper import Desk, Paper
from commands.trials import trials
from engine.law.load import load_with_files
from engine.place import FactError
from proof.mutation.altered import mutation
from proof.mutation.equivalents import Broken, broken
from proof.mutation.judge import FAILS, Judge, Outcome
from proof.mutation.machine import machine
from proof.mutation.mutants import Mutant, mutants, mutated
from proof.mutation.pieces import Source
from proof.mutation.states import Memo
from proof.mutation.vary import pool
from proof.mutation.witness import Search, Suspect

Tell: TypeAlias = Callable[[str, float], None]
Task = TypeVar("Task")
Result = TypeVar("Result")

_CHUNK: Final = 100  # snapshots, or cases, that one core takes at once
_PASTED: Final = 20  # witnesses of one survivor that are tried to be written down
_UNTOLD: Final = "no snapshot was found that tells it from the law"
_UNWRITTEN: Final = "snapshots tell it from the law, and none that was found can be written as a case"


@dataclass(frozen=True, slots=True)
class Stock:
    """Where a law and its golden cases are."""

    law: Path
    fixtures: Path


@dataclass(eq=False)
class Workshop:
    """A law with its mutants; with its cases, and who judges, when they are first asked for."""

    stock: Stock
    tell: Tell
    _suspects: dict[str, Suspect] = field(default_factory=dict)
    _reader: Reader = field(default_factory=Reader)

    @cached_property
    def source(self) -> Source:
        """The law as it is.

        Raises:
            LawError: It is at fault.
        """
        self.tell("reading the law", 0)
        return Source(*load_with_files(self.stock.law))

    @cached_property
    def mutants(self) -> Mapping[str, Mutant]:
        """Every mutant by its id."""
        return {mutant.id: mutant for mutant in mutants(self.source)}

    @cached_property
    def fixtures(self) -> Sequence[Fixture]:
        """The files of cases.

        Raises:
            FactError: One is at fault.
        """
        self.tell("reading the cases", 0)
        with uncollected():
            found = [self._reader.fixture(path) for path in find(self.stock.fixtures)]
            self._reader.refuse()
            read = [fixture for fixture in found if fixture is not None]
            if faults := [fault for fixture in read for fault in unknown_rules(self.source.law, fixture)]:
                raise FactError(faults)
            return read

    @cached_property
    def cases(self) -> Mapping[str, tuple[Fixture, Case]]:
        """Every case, and the file that it is of, by the name that it has as a trial."""
        return {f"{fixture.path}::{case.name}": (fixture, case) for fixture in self.fixtures for case in fixture.cases}

    @cached_property
    def judge(self) -> Judge:
        """Who holds mutants against the cases."""
        with uncollected():
            of, memo = machine(self.source.law), Memo()
            found = trials(of, memo, self.fixtures, partial(self.tell, "filling the tables of the cases"))
            return Judge(self.source, of, memo, found)

    @cached_property
    def search(self) -> Search:
        """Where witnesses and equivalents are looked for."""
        judge = self.judge
        values = pool(judge.machine, [trial.state for trial in judge.trials])
        return Search(judge.machine, judge.memo, judge.trials, values)

    def suspect(self, id_: str) -> Suspect:
        """Return a mutant that loads, as one looks for what tells it from the law."""
        mutant = self.mutants[id_]
        return self.search.suspect(mutation(self.judge.machine, mutated(self.source, mutant.change)), mutant.section)

    def paper(self, id_: str, tries: int) -> Paper | str:
        """Return a case that would notice a mutant, found in so many tries, or why there is none."""
        of, number = self.suspect(id_), 0
        desk = Desk(self.source.law, of.of.machine.law, self._reader)
        for number, witness in enumerate(islice(self.search.witnesses(of, id_, tries), _PASTED), 1):  # noqa: B007
            found = desk.paper(*self.cases[witness.trial.name], witness.moves)
            if found is not None:
                return found
        return _UNWRITTEN if number else _UNTOLD

    def suspects(self, ids: Sequence[str]) -> Mapping[str, Suspect]:
        """Return several, the same ones as long as the same are asked for."""
        if (*self._suspects,) != (*ids,):
            self._suspects = {id_: self.suspect(id_) for id_ in ids}
        return self._suspects


# What this process has opened: a forked worker finds here what its parent made.
_OPEN: Final[dict[Stock, Workshop]] = {}


def opened(stock: Stock, tell: Tell) -> Workshop:
    """Open the workshop of a stock and return it; another one is closed."""
    _OPEN.clear()
    _OPEN[stock] = Workshop(stock, tell)
    return _OPEN[stock]


@dataclass(frozen=True)
class Crew:
    """Workers in one open workshop; a single one works where it is called, and so it is where nothing can be forked."""

    stock: Stock
    jobs: int

    @staticmethod
    def chunks(count: int) -> int:
        """Return in how many chunks so many snapshots or cases are done."""
        return len([*_chunks(count)])

    def differing(self) -> Iterator[tuple[str, ...]]:
        """Yield the cases that are not as they expect under the law as it is, chunk by chunk."""
        yield from self._each(_differ, [*_chunks(len(_OPEN[self.stock].judge.trials))])

    def judged(self, wanted: Sequence[Mutant]) -> Iterator[tuple[Outcome, ...]]:
        """Yield what becomes of mutants, piece by piece."""
        pieces = [tuple(mutant.id for mutant in group) for _, group in groupby(wanted, attrgetter("piece"))]
        yield from self._each(_judge, pieces)

    def broken(self, claimed: Sequence[str], snapshots: int) -> Iterator[tuple[Broken, ...]]:
        """Yield the claimed equivalents that decide otherwise on some of so many snapshots, chunk by chunk."""
        yield from self._each(_break, [(tuple(claimed), chunk) for chunk in _chunks(snapshots)])

    def papers(self, survivors: Sequence[Mutant], tries: int) -> Iterator[Paper | str]:
        """Yield for every survivor a case that would notice it, found in so many tries, or why there is none."""
        yield from self._each(_witness, [(mutant.id, tries) for mutant in survivors])

    def _each(self, work: Callable[[Stock, Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        own = partial(work, self.stock)
        if self.jobs == 1 or len(tasks) < 2 or "fork" not in get_all_start_methods():  # noqa: PLR2004 - nothing to share
            yield from map(own, tasks)
            return
        with _forked(self.jobs) as workers:
            yield from workers.imap(own, tasks)


@contextmanager
def _forked(jobs: int) -> Iterator[Pool]:
    """Fork workers; what there is before lives on in all of them, so that no collector has to look through it again.

    Whoever interrupts means the whole, which their parent ends.
    """
    gc.freeze()
    try:
        with get_context("fork").Pool(jobs, signal, (SIGINT, SIG_IGN)) as workers:
            yield workers
    finally:
        gc.unfreeze()


def _chunks(count: int) -> Iterator[range]:
    return (range(first, min(first + _CHUNK, count)) for first in range(0, count, _CHUNK))


def _differ(stock: Stock, chunk: range) -> tuple[str, ...]:
    judge = _OPEN[stock].judge
    some = (judge.trials[number] for number in chunk)
    return tuple(trial.name for trial in some if trial.notices(trial.said.verdict))


def _judge(stock: Stock, ids: tuple[str, ...]) -> tuple[Outcome, ...]:
    made = _OPEN[stock]
    return tuple(made.judge.judged(made.mutants[id_] for id_ in ids))


def _break(stock: Stock, task: tuple[tuple[str, ...], range]) -> tuple[Broken, ...]:
    claimed, seeds = task
    made = _OPEN[stock]
    return tuple(broken(made.search, made.suspects(claimed), seeds))


def _witness(stock: Stock, task: tuple[str, int]) -> Paper | str:
    """Return a case for one survivor; that the search for it fails takes nothing from the others."""
    try:
        return _OPEN[stock].paper(*task)
    except (FactError, *FAILS) as error:
        return f"looking for a case ended with {type(error).__name__}: {error}"
