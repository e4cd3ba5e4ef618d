"""Everybody takes turns: one candidate alone, many of one scene, very large tables, new processes."""

import gc
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter_ns, process_time_ns
from typing import Any, Final

from bench.measure import ROOT, Sample, Tell
from bench.peers.contestants import LAW, Contestant, law_of, plain_of
from bench.peers.entrants import FEW, TOGETHER, Asked, Entrant, Size, asked
from bench.peers.inputs import only, plain_scene, scenes, tiled
from bench.peers.scene import alone
from engine.dump import dump_snapshot
from engine.fill import fill

_SLOW: Final = 300_000  # nanoseconds an answer, from which on FEW candidates are judged together and not TOGETHER


def run_alone(entrants: Sequence[Entrant], inputs: Sequence[Asked], size: Size, tell: Tell) -> None:
    """Let every contestant judge every candidate alone, in turns of a few candidates each."""
    single = [
        Asked(only(one.snapshot, place), alone(one.scene, place))
        for one in inputs
        for place in range(len(one.scene["candidates"]))
    ]
    natives = {entrant.id: [one.native(entrant) for one in single] for entrant in entrants}
    turn = max(len(single) // size.rounds, 1)
    with frozen():
        for number in range(size.rounds):
            for entrant in entrants:
                tell(number / size.rounds, f"alone, round {number + 1}: {entrant.contestant.name}")
                _judge(entrant, natives[entrant.id][number * turn : (number + 1) * turn])


def _judge(entrant: Entrant, natives: Sequence[Any]) -> None:
    answer, walls, clock = entrant.way.answer, entrant.walls, perf_counter_ns
    began = process_time_ns()
    for native in natives:
        start = clock()
        answer(native)
        walls.append(clock() - start)
    entrant.cpus.append((process_time_ns() - began) / len(natives))


def run_together(entrants: Sequence[Entrant], size: Size, tell: Tell) -> None:
    """Let every contestant judge whole scenes, another one each round."""
    snapshots = scenes(4, TOGETHER)
    whole, few = asked(snapshots), asked(scenes(4, FEW))
    natives: dict[str, list[Any]] = {}
    for entrant in entrants:
        entrant.of = FEW if median(entrant.walls) > _SLOW else TOGETHER
        natives[entrant.id] = [one.native(entrant) for one in (few if entrant.of == FEW else whole)]
    with frozen():
        for number in range(size.rounds):
            for entrant in entrants:
                tell(number / size.rounds, f"together, round {number + 1}: {entrant.contestant.name}")
                scene = natives[entrant.id][number % len(snapshots)]
                entrant.together.append(_timed(entrant.way.answer, scene).beyond(Sample(0, 0), entrant.of))


def _timed(answer: Callable[[Any], object], native: Any) -> Sample:  # noqa: ANN401 - whatever its engine takes
    wall, cpu = perf_counter_ns(), process_time_ns()
    answer(native)
    cpu, wall = process_time_ns() - cpu, perf_counter_ns() - wall
    return Sample(wall, cpu)


@contextmanager
def frozen() -> Iterator[None]:
    """Let the collector look at nothing that set-up made."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def run_tables(entrants: Sequence[Entrant], size: Size) -> None:
    """Let everybody who reads columns read one very large table, again and again."""
    big = tiled(scenes(4, TOGETHER)[3], size.table)
    whole = Asked(big, plain_scene(plain_of(), fill(law_of(), big)))
    natives = [(entrant, whole.native(entrant)) for entrant in entrants]
    with frozen():
        for _ in range(size.rounds):
            for entrant, native in natives:
                entrant.together.append(_timed(entrant.way.answer, native).beyond(Sample(0, 0), size.table))


def started(entrants: Sequence[Entrant], first: Asked, size: Size, tell: Tell) -> dict[str, list[dict[str, float]]]:
    """Start everybody in a process of their own, again and again; return what each said of itself."""
    found: dict[str, list[dict[str, float]]] = {entrant.id: [] for entrant in entrants}
    with TemporaryDirectory() as folder:
        scene, snapshot = Path(folder, "scene.json"), Path(folder, "snapshot.yaml")
        scene.write_text(json.dumps(alone(first.scene, 0)), "utf-8")
        snapshot.write_text(dump_snapshot(only(first.snapshot, 0)), "utf-8")
        for number in range(size.starts):
            for place, entrant in enumerate(entrants):
                tell((number + place / len(entrants)) / size.starts, f"new process: {entrant.contestant.name}")
                rules = Path(folder, entrant.id)
                rules.write_text(entrant.contestant.text(LAW), "utf-8")
                given = snapshot if entrant.contestant.takes_snapshots else scene
                found[entrant.id].append(_start(entrant.contestant, rules, given))
    return found


def _start(contestant: Contestant, rules: Path, given: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.peers.fresh", contestant.path, contestant.way, str(rules), str(given)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)  # noqa: S603 - this Python
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told
