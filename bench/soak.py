"""One process that decides again and again: whether memory and the slowest answers stay where they are.

One evaluation is one contract judged for one sleeve, every requirement of it, inside a whole `decide` of the
Constitution: a small snapshot of three sleeves, ten positions and 200 contracts, as tables, its verdict, its memory,
which goes into the next snapshot. Two snapshots take turns, a calm one and a rout; the time is that of one `decide`.
"""

import gc
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import linear_regression
from time import perf_counter, perf_counter_ns, process_time_ns
from typing import Any, Final

from bench.measure import LAW, Sample, Tell, machine, quantiles
from bench.scenes import Scene
from engine.decide import decide
from engine.law.load import load
from engine.law.model import Constitution

EVALUATIONS: Final = 10_000_000
BLOCKS: Final = 10
_POSITIONS: Final = 10
_CANDIDATES: Final = 200
_WARM: Final = 200  # turns before the first block: what is cached is cached
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_MEGABYTE: Final = 2**20


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the run: evaluations and `decide`s by its end, milliseconds of one `decide`, MiB of memory after it.

    `wall` and `cpu` have the median and p99.9, of the largest where there are too few.
    """

    evaluations: int
    decides: int
    wall: tuple[float, float]
    cpu: tuple[float, float]
    resident: float


@dataclass(frozen=True, slots=True)
class Soak:
    """The whole run; memory in MiB, growth by straight lines through all blocks."""

    machine: dict[str, Any]
    law: dict[str, str]
    evaluations: int
    each: int
    seconds: float
    blocks: Sequence[Block]

    @property
    def growth(self) -> float | None:
        """MiB for a million evaluations; of one block nobody knows."""
        return _growth([(block.evaluations / 1e6, block.resident) for block in self.blocks])

    @property
    def slowing(self) -> float | None:
        """How much the slowest answers' processor time grows for a million evaluations, as a part of its mean."""
        slowest = [block.cpu[1] for block in self.blocks]
        grown = _growth([(block.evaluations / 1e6, block.cpu[1]) for block in self.blocks])
        return None if grown is None else grown / (sum(slowest) / len(slowest))

    def document(self) -> dict[str, Any]:
        """Return the run as JSON has it."""
        found = asdict(self) | {"blocks": [asdict(block) for block in self.blocks]}
        return {"format": 1, "settings": {"kind": "soak"}, **found, "growth": self.growth, "slowing": self.slowing}


def soak(tell: Tell, evaluations: int = EVALUATIONS, blocks: int = BLOCKS) -> Soak:
    """Return how memory and time went; ten million evaluations take some minutes.

    Evaluations come in whole `decide`s, of which every block has one at least: of fewer there are fewer blocks.
    """
    law, load_before = load(LAW), os.getloadavg()
    turn = _Turn(law)
    for _ in range(_WARM):
        turn.taken()
    gc.collect()
    gc.freeze()  # what set-up made is not looked at again; everything else is, as in service
    decides, found, began = -(-evaluations // turn.each), list[Block](), perf_counter()
    blocks = min(blocks, decides)
    for number in range(blocks):
        first, end = (-(-decides * part // blocks) for part in (number, number + 1))
        samples = list[Sample]()
        for done in range(first + 1, end + 1):
            samples.append(turn.taken())
            tell(done / decides, f"{done * turn.each:,} evaluations")
        wall, cpu = _both([sample.wall for sample in samples]), _both([sample.cpu for sample in samples])
        found.append(Block(end * turn.each, end, wall, cpu, _resident()))
    gc.unfreeze()
    loads = {"load_before": load_before, "load_after": os.getloadavg()}
    identity = {"version": law.version, "digest": law.bytes_digest}
    return Soak(machine() | loads, identity, decides * turn.each, turn.each, perf_counter() - began, found)


def _both(nanoseconds: Sequence[float]) -> tuple[float, float]:
    """Return the median and p99.9 in milliseconds."""
    told = quantiles(nanoseconds, 1e6)
    slowest = told["p99_9"] if told["p99_9"] is not None else max(nanoseconds) / 1e6
    return told["p50"] or 0, slowest


class _Turn:
    """One `decide` after the other, each with the memory that the last one of its kind of day left."""

    def __init__(self, law: Constitution) -> None:
        self.law = law
        self.snapshots = [Scene(_POSITIONS, _CANDIDATES, rout=rout).snapshot() for rout in (False, True)]
        self.each = len(decide(law, self.snapshots[0]).facts.ids["entry"])
        self.number = 0

    def taken(self) -> Sample:
        """Return how long the next one takes."""
        place = self.number % len(self.snapshots)
        snapshot = self.snapshots[place]
        wall, cpu = perf_counter_ns(), process_time_ns()
        verdict = decide(self.law, snapshot)
        took = Sample(perf_counter_ns() - wall, process_time_ns() - cpu)
        self.snapshots[place] = snapshot.model_copy(update={"memory": verdict.memory})
        self.number += 1
        return took


def _resident() -> float:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * _PAGE / _MEGABYTE


def _growth(points: Sequence[tuple[float, float]]) -> float | None:
    sizes, values = zip(*points, strict=True)
    return linear_regression(sizes, values).slope if len(points) > 1 else None
