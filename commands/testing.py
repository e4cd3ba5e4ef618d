"""Golden cases decided on every core; what is told does not depend on how many.

Each core takes some of the files, reads all of them, and then decides their cases, with one program in which whatever
one of them states may be stated: to make a program for each thing that is stated takes longer than the verdicts do.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import partial
from itertools import count
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from signal import SIG_IGN, SIGINT, signal
from typing import Final, Self, TypeAlias

from commands.fixture import Reader
from commands.golden import Case, Difference, Fixture, Told, differences, told_by, unknown_rules
from commands.law import read_law
from commands.remarks import Remark
from commands.rewrite import rewritten
from engine.decide import calendar_of, conclude, examine
from engine.facts import Snapshot
from engine.fill import Known, fill
from engine.kleene import Kleene
from engine.law.model import Constitution
from engine.law.text import Scalar
from engine.place import FactError, Fault, Place
from engine.program import Program, compile_law
from engine.recall import derived_of
from engine.verdict import Verdict

Note: TypeAlias = Callable[[], None]
Tell: TypeAlias = Callable[[float], None]

_NOTES: Final = 2  # of every file: when it is read, and when its cases are decided
_FEW: Final = 16  # files for which another core is not worth its while
_SECONDS_BETWEEN_LOOKS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Run:
    """One case that was decided."""

    fixture: Fixture
    case: Case
    told: Told
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """One case that is not as it expects."""

    name: str
    place: Place
    why: str
    differences: tuple[Difference, ...]

    @classmethod
    def of(cls, case: Case, found: tuple[Difference, ...]) -> Self:
        """Return what is told of a case, without all that it was decided from."""
        why = case.node.get("why")
        return cls(case.name, case.place, why.text if isinstance(why, Scalar) else "", found)


@dataclass(frozen=True, slots=True)
class Tried:
    """One file that was tried.

    Attributes:
        text: What it would be with what the law says, if anything in it differs.
        dropped: The comments of the lines that are not in that text any more.
    """

    path: Path
    cases: int
    failed: tuple[Failed, ...]
    text: str | None
    dropped: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """Which law is tried, on which cases, and whether their files are to be written anew."""

    law: Path
    wanted: str = ""
    update: bool = False


class _Step(IntEnum):
    """What is done with files, one after the other; the faults of one step leave the next undone."""

    READ = 0
    DECIDED = 1
    WRITTEN = 2


@dataclass(frozen=True, slots=True)
class _Share:
    """What became of some files; `step` is the one that is at fault, if one is."""

    tried: tuple[Tried, ...] = ()
    step: _Step = _Step.WRITTEN
    faults: tuple[Fault, ...] = ()


# The laws that a process has read: a forked worker finds here what its parent has.
_READ: Final[dict[Path, Constitution]] = {}
# How many notes all workers have made: a worker finds here what its parent looks at.
_DONE: "Final[list[Synchronized[int]]]" = []


def tried(law: Constitution, wish: Wish, paths: Sequence[Path], jobs: int, tell: Tell) -> list[Tried]:
    """Return what becomes of fixture files, in their order; `tell` is told which share of the work is done.

    Raises:
        FactError: Files are malformed, or else cases state what the law does not know, or else cannot be written anew:
            every fault of the first of these kinds.
    """
    _READ[wish.law] = law
    shares = _shares(paths, min(jobs, max(len(paths) // _FEW, 1)))
    notes = _NOTES * len(paths)
    if len(shares) == 1:
        done = count(1)
        found = [_share(wish, shares[0], lambda: tell(next(done) / notes))]
    else:
        found = _forked(wish, shares, lambda done: tell(done / notes))
    if refused := [share for share in found if share.faults]:
        first = min(share.step for share in refused)
        raise FactError(fault for share in refused if share.step == first for fault in share.faults)
    by_path = {each.path: each for share in found for each in share.tried}
    return [by_path[path] for path in paths]


def _shares(paths: Sequence[Path], number: int) -> list[list[Path]]:
    """Return the files in so many parts, about equally long."""
    shares: list[list[Path]] = [[] for _ in range(number)]
    sizes = [0] * number
    for size, path in sorted(((path.stat().st_size, path) for path in paths), reverse=True):
        least = sizes.index(min(sizes))
        shares[least].append(path)
        sizes[least] += size
    return shares


def _forked(wish: Wish, shares: Sequence[Sequence[Path]], tell: Callable[[int], None]) -> list[_Share]:
    context = get_context("fork" if "fork" in get_all_start_methods() else "spawn")
    done = context.Value("i", 0)
    with context.Pool(len(shares), _begin, (done,)) as workers:
        found = workers.map_async(partial(_worked, wish), shares, chunksize=1)
        while not found.ready():
            found.wait(_SECONDS_BETWEEN_LOOKS)
            tell(done.value)
        return found.get()


def _begin(done: "Synchronized[int]") -> None:
    _DONE.append(done)
    signal(SIGINT, SIG_IGN)  # whoever interrupts means the whole, which its parent ends


def _worked(wish: Wish, paths: Sequence[Path]) -> _Share:
    return _share(wish, paths, _noted)


def _noted() -> None:
    with _DONE[-1].get_lock():
        _DONE[-1].value += 1


def _share(wish: Wish, paths: Sequence[Path], note: Note) -> _Share:
    """Try some files, as far as none of them is at fault."""
    if wish.law not in _READ:
        _READ[wish.law] = read_law(wish.law)
    law, reader, step = _READ[wish.law], Reader(), _Step.READ
    try:
        fixtures = [*_read(reader, paths, note)]
        reader.refuse()
        step = _Step.DECIDED
        runs = run(law, fixtures, wish.wanted, note)
        step = _Step.WRITTEN
        return _Share(tuple(_file(law, wish, fixture, runs) for fixture in fixtures))
    except FactError as error:
        return _Share(step=step, faults=error.faults)


def _read(reader: Reader, paths: Sequence[Path], note: Note) -> Iterator[Fixture]:
    for path in paths:
        fixture = reader.fixture(path)
        if fixture is not None:
            yield fixture
        note()


def run(law: Constitution, fixtures: Sequence[Fixture], wanted: str = "", note: Note = lambda: None) -> list[Run]:
    """Return the cases whose file or name has `wanted` in it, decided.

    Raises:
        FactError: What cases state or look at, or a rule of which a file says what it cites, is not known; every fault.
    """
    chosen = [[case for case in fixture.cases if wanted in f"{fixture.path}::{case.name}"] for fixture in fixtures]
    stated = frozenset[str]().union(*(derived_of(law, case.snapshot) for cases in chosen for case in cases))
    judge = _Judge(law, compile_law(law, stated))
    faults = [fault for fixture in fixtures for fault in unknown_rules(law, fixture)]
    runs: list[Run] = []
    for fixture, cases in zip(fixtures, chosen, strict=True):
        for case in cases:
            try:
                told = told_by(judge.verdict(case.snapshot), case)
            except FactError as error:
                faults.extend(error.faults)
            else:
                runs.append(Run(fixture, case, told, differences(law, fixture, case, told)))
        note()
    if faults:
        raise FactError(faults)
    return runs


@dataclass
class _Judge:
    """Decides snapshots that have much in common, of which each stays for as long as this does."""

    law: Constitution
    program: Program
    known: Known = field(default_factory=dict)
    calendars: dict[int, Kleene] = field(default_factory=dict)
    programs: dict[frozenset[str], Program] = field(default_factory=dict)

    def verdict(self, snapshot: Snapshot) -> Verdict:
        """Return what the law says, as `decide` does."""
        kleene = self.calendars.get(id(snapshot.calendar))
        if kleene is None:
            kleene = self.calendars[id(snapshot.calendar)] = calendar_of(snapshot)
        facts = fill(self.law, snapshot, self.known)
        found = examine(self.program, facts, kleene)
        return conclude(self._stating(frozenset(facts.stated)), facts, kleene, found)

    def _stating(self, stated: frozenset[str]) -> Program:
        """Return the program for what one snapshot states: by how much a row misses is told through all other facts."""
        if stated not in self.programs:
            self.programs[stated] = replace(self.program, assumed=stated)
        return self.programs[stated]


def _file(law: Constitution, wish: Wish, fixture: Fixture, runs: Sequence[Run]) -> Tried:
    """Return what became of a file.

    Raises:
        FactError: It is to be written anew, and cannot be.
    """
    mine = [each for each in runs if each.fixture is fixture]
    failed = tuple(Failed.of(each.case, each.differences) for each in mine if each.differences)
    if not (failed and wish.update):
        return Tried(fixture.path, len(mine), failed, None)
    told = {each.case.name: each.told for each in mine if each.differences}
    text, dropped = rewritten(law, fixture, fixture.path.read_text("utf-8"), told)
    return Tried(fixture.path, len(mine), failed, text, (*dropped,))
