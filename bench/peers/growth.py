"""How cost grows: with rules, with candidates, with positions; the slope is the power of the size."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression, median
from tempfile import TemporaryDirectory
from time import perf_counter_ns
from typing import Any, Final

from bench.measure import LAW, Tell
from bench.peers.contestants import LAW as RACE
from bench.peers.contestants import law_of, plain_of
from bench.peers.entrants import Entrant
from bench.peers.inputs import plain_scene, scenes, tiled
from bench.peers.laws import written
from bench.peers.turns import frozen
from bench.scenes import Scene
from engine.decide import decide
from engine.fill import fill
from engine.law.load import load

RULES: Final = (10, 30, 100, 300, 1000)
CANDIDATES: Final = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
POSITIONS: Final = (10, 100, 1_000, 10_000)
# Those whose cost by the number of rules is told: each engine as it is fastest with the rule set as it is.
BY_RULES: Final = (
    "ours", "zen.content", "zen.expression", "cel.one", "durable.together", "clips.facts", "cedar.context",
    "business.kept", "rego.bundle",
)  # fmt: skip
BY_CANDIDATES: Final = (
    "hand.shared", "ours", "zen.divided", "cel.divided", "columns.numpy", "columns.polars", "columns.ours",
)  # fmt: skip
_SCENE: Final = 50
_ENOUGH: Final = 0.3e9  # nanoseconds that one size is measured for, with one sample at least
_MOST_SAMPLES: Final = 9
_MOST_CANDIDATES: Final = {"zen.divided": 100_000, "cel.divided": 100_000}
_MOST_RULES: Final = {"durable.together": 60}  # it can hold 250 rules, and 60 conditions on one kind of fact


@dataclass(frozen=True, slots=True)
class Curve:
    """Nanoseconds by size, for one contestant."""

    of: str
    id: str
    name: str
    points: tuple[tuple[int, float], ...]
    stopped: str = ""

    @property
    def slope(self) -> float:
        """The power of the size with which cost grows, over all sizes: 0 constant, 1 linear, 2 quadratic."""
        return slope(self.points)

    @property
    def last(self) -> float:
        """The same over the last step, where what is the same for all sizes weighs least."""
        return slope(self.points[-2:])

    def document(self) -> dict[str, Any]:
        return {
            "of": self.of,
            "id": self.id,
            "name": self.name,
            "points": [[size, took] for size, took in self.points],
            "slope": self.slope,
            "last": self.last,
            "stopped": self.stopped,
        }


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope of a straight line through the logarithms, by least squares."""
    sizes, times = zip(*((math.log(size), math.log(took)) for size, took in points), strict=True)
    return linear_regression(sizes, times).slope


def curves(entrants: Sequence[Entrant], tell: Tell, *, quick: bool) -> list[Curve]:
    """Return every curve; `quick` leaves the largest sizes out."""
    by_id = {entrant.id: entrant for entrant in entrants}
    with frozen():
        return _curves(by_id, tell, quick=quick)


def _curves(by_id: Mapping[str, Entrant], tell: Tell, *, quick: bool) -> list[Curve]:
    tell(0, "how cost grows with rules")
    found = [*_by_rules(by_id, RULES[:3] if quick else RULES)]
    tell(0.5, "how cost grows with candidates")
    found += _by_candidates(by_id, CANDIDATES[:4] if quick else CANDIDATES)
    tell(0.9, "how cost grows with positions")
    return [*found, _by_positions(POSITIONS[:3] if quick else POSITIONS)]


def _timed(run: Callable[[], object]) -> float:
    """Return the median of as many samples as there is time for; the first counts only where it is the only one."""
    samples = list[float]()
    while not samples or (sum(samples) < _ENOUGH and len(samples) < _MOST_SAMPLES):
        start = perf_counter_ns()
        run()
        samples.append(perf_counter_ns() - start)
    return median(samples[1:] or samples)


def _by_rules(entrants: Mapping[str, Entrant], sizes: Sequence[int]) -> Iterator[Curve]:
    points: dict[str, list[tuple[int, float]]] = {name: [] for name in BY_RULES if name in entrants}
    snapshot = scenes(4, _SCENE)[3]
    with TemporaryDirectory() as folder:
        for size in sizes:
            law = written(RACE, Path(folder, str(size)), size)
            scene = plain_scene(plain_of(law), fill(law_of(law), snapshot))
            for name, found in points.items():
                if size <= _MOST_RULES.get(name, size):
                    contestant = entrants[name].contestant
                    way = contestant.made(law)
                    native = way.ready(snapshot if contestant.takes_snapshots else scene)
                    found.append((size, _timed(lambda way=way, native=native: way.answer(native)) / _SCENE))  # type: ignore[misc]
    for name, found in points.items():
        stopped = f"it holds no more than about {_MOST_RULES[name]} rules" if len(found) < len(sizes) else ""
        yield Curve("rules", name, entrants[name].contestant.name, tuple(found), stopped)


def _by_candidates(entrants: Mapping[str, Entrant], sizes: Sequence[int]) -> Iterator[Curve]:
    points: dict[str, list[tuple[int, float]]] = {name: [] for name in BY_CANDIDATES if name in entrants}
    small = scenes(4, 500)[3]
    for size in sizes:
        snapshot = tiled(small, size)
        scene = plain_scene(plain_of(), fill(law_of(), snapshot))
        for name, found in points.items():
            if size <= _MOST_CANDIDATES.get(name, size):
                way = entrants[name].way
                native = way.ready(snapshot if entrants[name].contestant.takes_snapshots else scene)
                found.append((size, _timed(lambda way=way, native=native: way.answer(native))))  # type: ignore[misc]
    for name, found in points.items():
        stopped = "more of them take as long each, and much memory" if len(found) < len(sizes) else ""
        yield Curve("candidates", name, entrants[name].contestant.name, tuple(found), stopped)


def _by_positions(sizes: Sequence[int]) -> Curve:
    law, points = load(LAW), []
    for size in sizes:
        snapshot = Scene(positions=size, candidates=100).snapshot()
        points.append((size, _timed(lambda snapshot=snapshot: decide(law, snapshot))))  # type: ignore[misc]
    return Curve("positions", "ours.decide", "ours, all of decide", tuple(points))
