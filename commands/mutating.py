"""A law, its mutants and its cases, made once and tried on every core; what is told does not depend on how many."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from multiprocessing import get_all_start_methods, get_context
from operator import attrgetter
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from commands.fixture import find, read_fixtures
from commands.golden import Case
from commands.paste import pasted
from commands.trials import trials
from engine.law.load import load_with_files
from engine.place import FactError, Fault
from proof.mutation.altered import mutation
from proof.mutation.equivalents import Broken, broken
from proof.mutation.judge import Judge, Outcome
from proof.mutation.machine import machine
from proof.mutation.mutants import Mutant, mutants, mutated
from proof.mutation.pieces import Source
from proof.mutation.states import Memo
from proof.mutation.vary import pool
from proof.mutation.witness import Search

Tell: TypeAlias = Callable[[str, float], None]
Task = TypeVar("Task")
Result = TypeVar("Result")

TRIES: Final = 4000  # snapshots that a witness is looked for among
_CHUNK: Final = 50  # snapshots that one core takes at once


@dataclass(frozen=True, slots=True)
class Stock:
    """Where a law and its golden cases are."""

    law: Path
    fixtures: Path


@dataclass
class Workshop:
    """A law with its mutants, its cases, and who judges."""

    source: Source
    mutants: tuple[Mutant, ...]
    judge: Judge
    cases: Mapping[str, Case]
    _search: list[Search] = field(default_factory=list)

    @property
    def search(self) -> Search:
        """Where witnesses and equivalents are looked for; made when it is first asked for."""
        if not self._search:
            judge = self.judge
            values = pool(judge.machine, [trial.state for trial in judge.trials])
            self._search.append(Search(judge.machine, judge.memo, judge.trials, values))
        return self._search[0]

    def named(self, id_: str) -> Mutant:
        """Return a mutant by its id."""
        return next(mutant for mutant in self.mutants if mutant.id == id_)


# What a process has made once: a forked worker finds here what its parent made.
_MADE: Final[dict[Stock, Workshop]] = {}


def workshop(stock: Stock, tell: Tell = lambda _, __: None) -> Workshop:
    """Return the law and the cases of a stock, ready.

    Raises:
        LawError: The law is at fault.
        FactError: A case is at fault, or is not as it expects: it would notice every mutant.
    """
    if stock not in _MADE:
        _MADE[stock] = _workshop(stock, tell)
    return _MADE[stock]


def _workshop(stock: Stock, tell: Tell) -> Workshop:
    tell("reading the law", 0)
    source = Source(*load_with_files(stock.law))
    tell("reading the cases", 0)
    fixtures = read_fixtures(find(stock.fixtures))
    of, memo = machine(source.law), Memo()
    found = trials(of, memo, fixtures, partial(tell, "deciding the cases"))
    cases = {f"{fixture.path}::{case.name}": case for fixture in fixtures for case in fixture.cases}
    differ = [trial for trial in found if trial.notices(trial.prepare(of))]
    if differ:
        told = "is not as it expects; run `alluse test`, and mend the case or the law first"
        raise FactError(Fault(cases[trial.name].place, "differs", told) for trial in differ)
    return Workshop(source, mutants(source), Judge(source, of, memo, found), cases)


@dataclass(frozen=True)
class Crew:
    """Workers that all have the same stock; one works where it is called."""

    stock: Stock
    jobs: int

    def judged(self, wanted: Sequence[Mutant]) -> Iterator[tuple[Outcome, ...]]:
        """Yield what becomes of mutants, piece by piece."""
        pieces = [tuple(mutant.id for mutant in group) for _, group in groupby(wanted, attrgetter("piece"))]
        yield from self._each(_judge, pieces)

    def broken(self, claimed: Sequence[str], snapshots: int) -> Iterator[tuple[Broken, ...]]:
        """Yield the claimed equivalents that decide otherwise on some of so many snapshots, chunk by chunk."""
        chunks = [range(first, min(first + _CHUNK, snapshots)) for first in range(0, snapshots, _CHUNK)]
        yield from self._each(_break, [(tuple(claimed), chunk) for chunk in chunks])

    def witnesses(self, survivors: Sequence[Mutant]) -> Iterator[tuple[str, ...]]:
        """Yield for every survivor the lines of a case that would notice it; none where none was found."""
        yield from self._each(_witness, [mutant.id for mutant in survivors])

    def _each(self, work: Callable[[Stock, Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        own = partial(work, self.stock)
        if self.jobs == 1 or len(tasks) < 2:  # noqa: PLR2004 - one task is nothing to share
            yield from map(own, tasks)
            return
        with _pool(self.jobs) as imap:
            yield from imap(own, tasks)


@contextmanager
def _pool(jobs: int) -> Iterator[Callable[[Callable[[Task], Result], Sequence[Task]], Iterator[Result]]]:
    method = "fork" if "fork" in get_all_start_methods() else "spawn"
    with get_context(method).Pool(jobs) as workers:
        yield workers.imap


def _judge(stock: Stock, ids: tuple[str, ...]) -> tuple[Outcome, ...]:
    made = workshop(stock)
    return tuple(made.judge.judged([mutant for mutant in made.mutants if mutant.id in ids]))


def _break(stock: Stock, task: tuple[tuple[str, ...], range]) -> tuple[Broken, ...]:
    claimed, seeds = task
    made = workshop(stock)
    of = {id_: mutation(made.judge.machine, mutated(made.source, made.named(id_).change)) for id_ in claimed}
    return tuple(broken(made.search, of, seeds))


def _witness(stock: Stock, id_: str) -> tuple[str, ...]:
    made = workshop(stock)
    mutant = made.named(id_)
    law = mutated(made.source, mutant.change)
    found = made.search.witness(mutation(made.judge.machine, law), id_, mutant.section, TRIES)
    if found is None:
        return ()
    case = made.cases[found.trial.name]
    told = pasted(made.source.law, law, case, found.moves)
    return () if told is None else (f"# {case.place.file}", *told.lines())
