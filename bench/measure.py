"""What is measured: one candidate against the hand-written baseline, full ticks, and everything that is waited for.

All cases take turns in one run, a sample each, so that whatever else the machine does falls on all of them alike. A
sample has two clocks: the wall's, and the process's own processor time, which leaves out what others took and is what
to look at on a busy machine. Garbage collection is on, as in service; what set-up made is frozen, and a verdict's own
end is part of its sample.
"""

import gc
import math
import os
import platform
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter_ns, process_time_ns
from typing import Any, Final, Literal, TypeAlias

from bench.columns import readings
from bench.handwritten import disagreements, judge_of, pairs
from bench.scenes import Scene, with_chain, with_proposal
from engine.arbitrate import Finding
from engine.decide import calendar_of, decide, examine
from engine.dump import dump_snapshot, write_candidates
from engine.facts import Snapshot
from engine.fill import fill
from engine.flip import Change, Search
from engine.law.load import load
from engine.law.model import Constitution
from engine.masks import members
from engine.program import Program, compile_law
from engine.second.given import plain
from engine.second.opinion import compile_second
from engine.snapshot import read_snapshot
from engine.unmade import unmade
from engine.verdict import Verdict
from engine.wanted import Wanted

ROOT: Final = Path(__file__).resolve().parents[1]
LAW: Final = ROOT / "constitution" / "1.3"
FORMAT: Final = 1
PACKAGES: Final = ("click", "lark", "polars", "pydantic", "pyyaml", "rich")
COLLECTION: Final = "on; what set-up made is frozen; nothing is collected between samples"
# Both clocks, printed by a process of its own: what a first command pays after its imports.
FRESH: Final = f"""
from pathlib import Path
from time import perf_counter_ns, process_time_ns
from engine.law.load import load
from engine.program import compile_law
wall, cpu = perf_counter_ns(), process_time_ns()
compile_law(load(Path({str(LAW)!r})))
print(perf_counter_ns() - wall, process_time_ns() - cpu)
"""
_SAID: Final = re.compile("([0-9]+) ([0-9]+)")
HELP: Final = "import sys; sys.argv = ['alluse', '--help']; from cli import main; main()"
GOLDEN: Final = "import sys; sys.argv = ['alluse', 'test']; from cli import main; main()"

Quantile: TypeAlias = Literal["p50", "p99", "p99_9"]
Run: TypeAlias = Callable[[], object]
Tell: TypeAlias = Callable[[float, str], None]
QUANTILES: Final[Mapping[Quantile, float]] = {"p50": 0.5, "p99": 0.99, "p99_9": 0.999}
UNITS: Final = {"µs": 1e3, "ms": 1e6, "s": 1e9}


class AnswersDifferError(Exception):
    """The baseline and the law do not give equal answers, so that there is nothing to compare."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Nanoseconds by the wall, and of the processor."""

    wall: float
    cpu: float

    def over(self, other: "Sample") -> "Sample":
        """Return this as a multiple of another one."""
        return Sample(self.wall / other.wall, self.cpu / other.cpu)

    def beyond(self, other: "Sample", per: float = 1) -> "Sample":
        """Return what this takes more than another one, divided by a number of things."""
        return Sample((self.wall - other.wall) / per, (self.cpu - other.cpu) / per)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured, its quantiles, and the aim with the quantile that it is set for."""

    id: str
    what: str
    unit: str
    samples: int
    wall: Mapping[Quantile, float | None]
    cpu: Mapping[Quantile, float | None]
    aim: float | None = None
    at: Quantile = "p50"

    @property
    def section(self) -> str:
        return self.id.partition(".")[0]

    @property
    def met(self) -> bool | None:
        """Whether the aim is reached by the wall's clock; `None` without an aim or enough samples."""
        found = self.wall[self.at]
        return None if self.aim is None or found is None else found <= self.aim

    @property
    def met_by_cpu(self) -> bool | None:
        """Whether it would be on a machine that does nothing else."""
        found = self.cpu[self.at]
        return None if self.aim is None or found is None else found <= self.aim


@dataclass(frozen=True, slots=True)
class Report:
    """Every row, and what it was measured on."""

    machine: Mapping[str, Any]
    law: Mapping[str, str]
    settings: Mapping[str, Any]
    sections: Mapping[str, str]
    rows: Sequence[Row]

    def document(self) -> dict[str, Any]:
        """Return the report as JSON has it."""
        rows = [asdict(row) | {"met": row.met, "met_by_cpu": row.met_by_cpu} for row in self.rows]
        return {
            "format": FORMAT,
            "machine": dict(self.machine),
            "law": dict(self.law),
            "settings": dict(self.settings),
            "sections": dict(self.sections),
            "rows": rows,
        }

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Report":
        """Return the report of a document."""
        own = [field.name for field in fields(Row)]
        rows = [Row(**{name: row[name] for name in own}) for row in document["rows"]]
        return cls(document["machine"], document["law"], document["settings"], document["sections"], rows)


@dataclass(frozen=True, slots=True)
class Case:
    """Something that takes a sample whenever it is its turn; `probe` gives none where there is nothing to measure."""

    id: str
    what: str
    unit: str
    probe: Callable[[], Sample | None]
    samples: int
    aim: float | None = None
    at: Quantile = "p50"


@dataclass(frozen=True, slots=True)
class Ratio:
    """One case as a multiple of another, round by round."""

    id: str
    what: str
    above: str
    below: str
    aim: float | None = None


def measure(tell: Tell, part: int = 1) -> Report:
    """Return every row; a full run takes about two minutes.

    Args:
        tell: Hears the share that is done, and what is being done.
        part: Into how many parts the samples are divided, of which one is taken.

    Raises:
        AnswersDifferError: The baseline and the law disagree about a candidate.
    """
    load_before = os.getloadavg()
    law = load(LAW)
    with TemporaryDirectory() as folder:
        tell(0, "setting up")
        cases = [*_one(law), *_ticks(law), *_many(law), *_batches(law), *_opinions(law), *_asks(law)]
        cases += _loads(Path(folder))
        taken = _take(cases, tell, part)
    rows = {case.id: _row(case, taken[case.id]) for case in cases}
    rows |= {ratio.id: _ratio(ratio, taken) for ratio in RATIOS}
    return Report(
        machine=machine() | {"load_before": load_before, "load_after": os.getloadavg()},
        law={"version": law.version, "digest": law.bytes_digest},
        settings={"part": part, "garbage_collection": COLLECTION},
        sections={section: title for section, (title, _) in SECTIONS.items()},
        rows=[rows[name] for name in ROWS],
    )


def _take(cases: Sequence[Case], tell: Tell, part: int) -> dict[str, list[Sample]]:
    """Let the cases take turns, each as often as it wants, spread evenly over the rounds."""
    wanted = {case.id: max(case.samples // part, 1) for case in cases}
    rounds = max(wanted.values())
    taken: dict[str, list[Sample]] = {case.id: [] for case in cases}
    for case in cases:
        case.probe()  # warm: what is cached is cached
    gc.collect()
    gc.freeze()
    try:
        for number in range(rounds):
            tell(number / rounds, f"round {number + 1} of {rounds}")
            for case in cases:
                turn = number * wanted[case.id] // rounds
                if turn == (number - 1) * wanted[case.id] // rounds:
                    continue
                sample = case.probe()
                if sample is not None:
                    taken[case.id].append(sample)
    finally:
        gc.unfreeze()
    return taken


def timed(run: Run) -> Sample:
    """Return how long it takes to run something and let go of what it gives."""
    wall, cpu = perf_counter_ns(), process_time_ns()
    run()
    cpu, wall = process_time_ns() - cpu, perf_counter_ns() - wall
    return Sample(wall, cpu)


def _each(run: Run, per: int) -> Sample:
    return timed(run).beyond(Sample(0, 0), per)


def _more(run: Run, base: Run, per: int) -> Sample:
    """Return what one thing more costs: with all of them, less without any."""
    return timed(run).beyond(timed(base), per)


def _one(law: Constitution) -> Iterator[Case]:
    """One candidate for one sleeve: by hand, by the requirements, with its reasons, through all of `decide`."""
    snapshot = settled(law, Scene())
    verdict = decide(law, snapshot)
    if found := list(disagreements(law, verdict)):
        raise AnswersDifferError(found[0])
    judge, judged = judge_of(law), pairs(law, verdict)
    program, kleene = compile_law(law), calendar_of(snapshot)
    told, empty = teller(program), with_chain(snapshot, [])
    facts, bare = fill(law, snapshot), fill(law, empty)

    def by_hand() -> object:
        return [judge(contract, sleeve, contracts) for contract, sleeve, contracts in judged]

    def reasons() -> object:
        return told(examine(program, facts, kleene))

    def case(name: str, what: str, run: Run, base: Run | None = None) -> Case:
        probe = partial(_each, run, len(judged)) if base is None else partial(_more, run, base, len(judged))
        return Case(f"one.{name}", what, "µs", probe, 200)

    without = partial(examine, program, bare, kleene)
    yield case("hand", "by hand: every check, the reasons as strings", by_hand)
    examined = partial(examine, program, facts, kleene)
    yield case("law", "the law: every requirement, the reasons as bits", examined, without)
    yield case("reasons", "the law, the reasons as strings", reasons, without)
    yield case("decide", "all of decide, tables included", partial(decide, law, snapshot), partial(decide, law, empty))
    yield from _alone(law, snapshot)


def _alone(law: Constitution, snapshot: Snapshot) -> Iterator[Case]:
    """One proposal for one sleeve, with nobody to share a loop with."""
    asked = with_proposal(snapshot, Scene(candidates=1).chain()[0], "gen")
    verdict = decide(law, asked)
    judge, judged = judge_of(law), pairs(law, verdict)
    facts, kleene, program = verdict.facts, verdict.kleene, verdict.program
    sizes, state, columns = facts.sizes, facts.state, facts.columns
    subjects = zip(program.stages, program.subjects, strict=True)
    stages = [stage for stage, subject in subjects if subject in {"candidate", "entry"}]
    told, many = teller(program), range(100)

    def by_hand() -> None:
        for _ in many:
            judge(*judged[0])

    def by_law() -> None:
        for _ in many:
            found: list[Finding] = []
            for stage in stages:
                stage(columns, kleene, found.append, sizes, state)
            told(found)

    yield Case("alone.hand", "by hand", "µs", partial(_each, by_hand, len(many)), 200)
    yield Case("alone.law", "the law, the reasons as strings", "µs", partial(_each, by_law, len(many)), 200)
    yield Case("alone.decide", "all of decide for one proposal", "ms", partial(timed, partial(decide, law, asked)), 200)


def teller(program: Program) -> Callable[[Sequence[Finding]], list[tuple[str, ...]]]:
    """Return the function that gives the reasons of every entry as strings; equal masks share theirs in one call."""
    reasons = [rule.reason for rule in program.requires["EntryPermitted"]]
    entries = {number for number, rule in enumerate(program.decides) if rule.kind == "EntryPermitted"}

    def told(findings: Sequence[Finding]) -> list[tuple[str, ...]]:
        known: dict[int, tuple[str, ...]] = {}
        found: list[tuple[str, ...]] = []
        for number, _, _, missed, _ in findings:
            if number in entries:
                if missed not in known:
                    known[missed] = tuple(members(missed, reasons))
                found.append(known[missed])
        return found

    return told


def settled(law: Constitution, scene: Scene) -> Snapshot:
    """Return a scene with the memory of the tick before it."""
    snapshot = scene.snapshot()
    return snapshot.model_copy(update={"memory": decide(law, snapshot).memory})


def _ticks(law: Constitution) -> Iterator[Case]:
    """A full tick to the verdict, its tables apart, its JSON apart."""
    scenes = {
        "calm": (settled(law, Scene()), "calm"),
        "open": (settled(law, Scene(positions=30)), "calm, 30 positions, so that there are orders to choose"),
        "rout": (Scene(rout=True).snapshot(), "50 positions breach level 2 and seek rolls and hedges"),
    }
    for name, (snapshot, what) in scenes.items():
        run = partial(decide, law, snapshot)
        tables = partial(fill, law, snapshot)
        yield Case(f"tick.{name}", what, "ms", partial(timed, run), 1000, 10, "p99")
        yield Case(f"tick.{name}.tables", "of this: the snapshot as tables", "ms", partial(timed, tables), 1000)
        yield Case(f"tick.{name}.json", "apart: every decision, as canonical JSON", "ms", partial(_written, run), 20)


def _written(run: Callable[[], Any]) -> Sample:
    return timed(run().canonical)


def _many(law: Constitution) -> Iterator[Case]:
    """Very many positions, and whether the second five hundred cost what the first did."""
    for name, rout, what in (("calm", False, "1,000 positions, calm"), ("rout", True, "1,000 positions seek rolls")):
        none, half, full = (Scene(positions=count, rout=rout).snapshot() for count in (0, 500, 1000))
        yield Case(f"many.{name}", what, "ms", partial(timed, partial(decide, law, full)), 30, 100)
        runs = [partial(decide, law, snapshot) for snapshot in (none, half, full)]
        yield Case(f"many.{name}.linear", _LINEAR, "×", partial(_straight, *runs), 10, 1.25)


_LINEAR: Final = "of this: a position of the second 500 against one of the first"


def _straight(none: Run, half: Run, full: Run) -> Sample:
    first, second, third = timed(none), timed(half), timed(full)
    return third.beyond(second).over(second.beyond(first))


def _batches(law: Constitution) -> Iterator[Case]:
    """Very many contracts, each for every sleeve: what one contract takes, by hand in polars and by the law."""
    snapshot = settled(law, Scene())
    both = readings(law, snapshot, decide(law, snapshot), _CONTRACTS)
    if found := list(both.disagreements()):
        raise AnswersDifferError(found[0])
    each: dict[str, tuple[str, Run, float | None]] = {
        "hand": ("by hand in polars: every check, the reasons as one mask", both.by_hand, None),
        "law": ("the law: every requirement, missed and unknown as masks", both.by_law, _NANOSECONDS),
        "look": ("the look that the law takes before, once for a table", both.look, None),
    }
    for name, (what, run, aim) in each.items():
        yield Case(f"batch.{name}", what, "ns", partial(_each, run, _CONTRACTS), 30, aim)


_CONTRACTS: Final = 1_000_000
_NANOSECONDS: Final = 100  # ten million contracts a second


def _opinions(law: Constitution) -> Iterator[Case]:
    """What durable-rules takes for a few contracts and for a full chain; nothing where it is not installed."""
    second = compile_second(law)
    scenes = (Scene(positions=0, candidates=count).snapshot() for count in (0, *_ASKED_OF))
    none, *some = (partial(second.opinion, plain(fill(law, snapshot), second.needs)) for snapshot in scenes)
    here = find_spec("durable_rules_engine") is not None
    for count, run in zip(_ASKED_OF, some, strict=True):
        what = f"{count} contracts, each for three sleeves, and the accounts"
        yield Case(f"second.{count}", what, "ms", partial(timed, run) if here else _nothing, 20)
        more = partial(_more, run, none, count) if here else _nothing
        yield Case(f"second.{count}.more", "of this: a contract more", "µs", more, 20, 100)


def _nothing() -> None:
    """Say that there is nothing to measure."""


_ASKED_OF: Final = (64, 500)


def _asks(law: Constitution) -> Iterator[Case]:
    """Why something did not happen, from a verdict at hand: one fact's smallest change, and the whole answer."""
    verdict = decide(law, read_snapshot(ROOT / "fixtures" / "snapshots" / "level_two.yaml"))
    for name, (kind, id_, fact) in _ASKED.items():
        rules = tuple(rule for rule in verdict.program.decides if rule.kind == kind)
        rows = [row.replace(" ", "") for row in verdict.facts.ids[rules[0].subject]]
        wanted = Wanted(rules[0].subject, rows.index(id_), rules)
        one, whole = partial(_suggested, verdict, wanted, fact), partial(unmade, verdict, wanted)
        what = f"{':'.join(filter(None, (kind, id_)))}, the smallest change of {fact}"
        yield Case(f"ask.{name}", what, "ms", partial(timed, one), 100, 50)
        yield Case(f"ask.{name}.answer", "the whole answer", "ms", partial(timed, whole), 20)


_ASKED: Final = {
    "vix": ("HedgedWeek", "", "market.vix"),
    "freeze": ("EntryPermitted", "A1/gen/IWM260313P00191000", "symbol.spot"),
    "exit": ("ExitPosition", "P1", "candidate.delta"),
}


def _suggested(verdict: Verdict, wanted: Wanted, fact: str) -> Change:
    """Return the smallest change of a fact, decided again."""
    search = Search(verdict, wanted)
    cells = (cell for cell in search.cells(search.goal.needs(search.traced)) if cell.name == fact)
    return next(change for cell in cells if (change := search.surely(cell)) is not None)


def _loads(folder: Path) -> Iterator[Case]:
    """What is waited for before anything is decided."""
    law = load(LAW)
    yield Case("load.law", "the law read, typed and checked", "ms", partial(timed, partial(load, LAW)), 20)
    compiled = partial(compile_law.__wrapped__, law)
    yield Case("load.compiled", "the law compiled", "ms", partial(timed, compiled), 20)
    yield Case("load.fresh", "both in a new process, after its imports", "ms", partial(_process, FRESH), 20, 300)
    yield Case("load.help", "`alluse --help`, the process and all", "ms", partial(_process, HELP), 20, 150)
    yield Case("load.golden", "`alluse test`, every golden case on every core", "s", partial(_process, GOLDEN), 5, 2)
    full = _file(folder, Scene(), "csv", "full")
    yield Case("load.snapshot", "a full snapshot read, 500 candidates beside it", "ms", _reading(full), 20)
    for suffix in ("parquet", "csv", "json"):
        path = _file(folder, Scene(positions=0, candidates=5000), suffix, suffix)
        what = f"a small snapshot read, 5,000 candidates in {suffix.upper() if suffix != 'parquet' else 'Parquet'}"
        yield Case(f"load.{suffix}", what, "ms", _reading(path), 30, 100)


def _file(folder: Path, scene: Scene, suffix: str, name: str) -> Path:
    """Write a scene as a file with its candidates beside it."""
    snapshot, beside = scene.snapshot(), f"{name}.candidates.{suffix}"
    if snapshot.candidates is not None:
        write_candidates(snapshot.candidates, folder / beside)
    path = folder / f"{name}.yaml"
    path.write_text(dump_snapshot(snapshot, beside), encoding="utf-8")
    return path


def _reading(path: Path) -> Callable[[], Sample]:
    return partial(timed, partial(read_snapshot, path))


def _process(code: str) -> Sample | None:
    """Return how long a new Python takes, or what it says of itself; nothing when it fails."""
    command = [sys.executable, "-c", code]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter_ns()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)  # noqa: S603 - this Python
    took, after = perf_counter_ns() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        return None
    if said := _SAID.fullmatch(done.stdout.strip()):
        return Sample(int(said[1]), int(said[2]))
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Sample(took, cpu * UNITS["s"])


RATIOS: Final = (
    Ratio("one.law.ratio", "the law against by hand, the reasons as bits", "one.law", "one.hand", 2),
    Ratio("one.reasons.ratio", "the law against by hand, the reasons as strings", "one.reasons", "one.hand", 2),
    Ratio("one.decide.ratio", "all of decide against the checks by hand", "one.decide", "one.hand", 2),
    Ratio("alone.ratio", "the law against by hand", "alone.law", "alone.hand", 2),
    Ratio("batch.ratio", "the law against by hand in polars", "batch.law", "batch.hand", 1.5),
)
SECTIONS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "one": (
        "One candidate for one sleeve, as the marginal cost of 500 candidates in a full snapshot",
        ("hand", "law", "law.ratio", "reasons", "reasons.ratio", "decide", "decide.ratio"),
    ),
    "alone": ("One candidate for one sleeve, alone", ("hand", "law", "ratio", "decide")),
    "tick": (
        "A full tick to the verdict: 3 sleeves, 50 positions, 500 candidates on 13 tickers",
        tuple(f"{name}{part}" for name in ("calm", "open", "rout") for part in ("", ".tables", ".json")),
    ),
    "many": ("Many positions, 500 candidates", ("calm", "calm.linear", "rout", "rout.linear")),
    "batch": ("A million contracts, each for three sleeves, a contract", ("hand", "law", "ratio", "look")),
    "second": (
        "The second opinion, in process",
        tuple(f"{count}{part}" for count in _ASKED_OF for part in ("", ".more")),
    ),
    "ask": ("Why not, on the level-2 snapshot", tuple(f"{name}{part}" for name in _ASKED for part in ("", ".answer"))),
    "load": ("Waiting", ("law", "compiled", "fresh", "help", "golden", "snapshot", "parquet", "csv", "json")),
}
ROWS: Final = tuple(f"{section}.{name}" for section, (_, names) in SECTIONS.items() for name in names)


def quantiles(values: Sequence[float], scale: float) -> dict[Quantile, float | None]:
    """Return nearest-rank quantiles; one that would be no more than the largest of too few samples is not said."""
    ranked, found = sorted(values), dict[Quantile, float | None]()
    for name, share in QUANTILES.items():
        enough = len(ranked) * (1 - share) >= 1 or (share == QUANTILES["p50"] and ranked)
        found[name] = ranked[math.ceil(len(ranked) * share) - 1] / scale if enough else None
    return found


def _both(samples: Sequence[Sample], unit: str) -> dict[str, Any]:
    scale = UNITS.get(unit, 1)
    return {
        "samples": len(samples),
        "wall": quantiles([sample.wall for sample in samples], scale),
        "cpu": quantiles([sample.cpu for sample in samples], scale),
    }


def _row(case: Case, samples: Sequence[Sample]) -> Row:
    return Row(case.id, case.what, case.unit, aim=case.aim, at=case.at, **_both(samples, case.unit))


def _ratio(ratio: Ratio, taken: Mapping[str, Sequence[Sample]]) -> Row:
    above, below = taken[ratio.above], taken[ratio.below]
    samples = [one.over(other) for one, other in zip(above, below, strict=True)]
    return Row(ratio.id, ratio.what, "×", aim=ratio.aim, **_both(samples, "×"))


def machine(packages: Sequence[str] = PACKAGES) -> dict[str, Any]:
    """Return what it is measured on: the system, the processor, the versions of what takes part."""
    found = {"python": platform.python_version(), "implementation": platform.python_implementation()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return {"system": platform.platform(), "processor": _processor(), "cores": os.cpu_count(), "versions": found}


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return platform.processor()
    named = (line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name"))
    return next(named, platform.processor())
