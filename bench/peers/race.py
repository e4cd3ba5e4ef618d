"""The race: every engine on the same rule set and inputs, equal answers first, then time, start and memory.

Each contestant gets its input in its own form, made before the clock starts. All take turns, round by round, so that
whatever else the machine does falls on all of them alike. Garbage collection is on, as in service; what set-up made is
frozen.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import fmean, median
from typing import Any, Final

from bench.measure import COLLECTION, PACKAGES, AnswersDifferError, Report, Row, Sample, Tell, machine, quantiles
from bench.peers.contestants import law_of, plain_of
from bench.peers.entrants import TOGETHER, Entrant, Size, asked, differences, enter
from bench.peers.growth import Curve, curves
from bench.peers.inputs import scenes
from bench.peers.turns import run_alone, run_tables, run_together, started

_AIM_HAND, _AIM_PEER = 2, 0.1
_AIMS: Final = {
    "hand": "one of many, ours against",
    "hand.shared": "one of many, ours against",
    "peer": "one of many, ours as a part of the fastest peer that is given the rule set as it is:",
    "peer.divided": "one of many, ours as a part of the fastest peer, the rule set divided by a person:",
    "alone": "one alone, ours against by hand",
    "very_many": "{:,} together, ours over columns as a part of the fastest peer:",
}
SECTIONS: Final = {
    "aim": "The aims",
    "alone": "One candidate alone: every fact of it is new",
    "together": "One of many candidates of one scene: a market, an account, a sleeve and ten tickers for all of them",
    "rate": "Candidates a second, of one scene, one process, one thread",
    "columns": "A contract in a table of very many, the reasons as bits",
    "fresh": "A new process: import, rule set loaded, first answer",
    "memory": "Memory that this takes",
    "rules": "How cost grows with rules, a candidate among 50",
    "candidates": "How cost grows with candidates, all of them",
    "positions": "How cost grows with positions, all of `decide` under the Constitution",
}


def race(tell: Tell, size: Size) -> Report:
    """Return every row.

    Raises:
        AnswersDifferError: Some contestant gives another answer than the first one.
    """
    load_before = os.getloadavg()
    tell(0, "setting up")
    entrants, absent = enter()
    inputs = asked(scenes(size.scenes, size.each))
    tell(0.02, f"{size.scenes * size.each} equal answers of {len(entrants)} contestants")
    if found := next(differences(entrants, inputs), None):
        raise AnswersDifferError(found)
    runners = [entrant for entrant in entrants if entrant.contestant.kind != "columns"]
    run_alone(runners, inputs, size, lambda share, what: tell(0.1 + share * 0.4, what))
    run_together(runners, size, lambda share, what: tell(0.5 + share * 0.2, what))
    rows = [*_aims(runners), *_rows(runners)]
    tell(0.7, "tables")
    readers = [entrant for entrant in entrants if entrant.contestant.kind == "columns"]
    run_tables(readers, size)
    starts = started(entrants, inputs[0], size, lambda share, what: tell(0.75 + share * 0.1, what))
    rows += [*_tables(readers, size), *_fresh(entrants, starts)]
    found_curves = curves(entrants, lambda share, what: tell(0.85 + share * 0.15, what), quick=size.quick)
    rows += [*_very_many(found_curves, entrants), *(row for curve in found_curves for row in _grown(curve))]
    return Report(
        machine=machine((*PACKAGES, *_versions(entrants)))
        | {"load_before": load_before, "load_after": os.getloadavg()},
        law={"version": f"of the race, {law_of().version}", "digest": law_of().bytes_digest},
        settings=_settings(entrants, absent, size) | {"curves": [curve.document() for curve in found_curves]},
        sections=SECTIONS,
        rows=rows,
    )


def _settings(entrants: Sequence[Entrant], absent: Mapping[str, str], size: Size) -> dict[str, Any]:
    plain = plain_of()
    return {
        "kind": "race",
        "garbage_collection": COLLECTION,
        "rules": len(plain.checks),
        "facts": len(plain.given),
        "derived": len(plain.derived),
        "inputs": size.scenes * size.each,
        "quick": size.quick,
        "absent": dict(absent),
        "contestants": {
            entrant.id: {
                "name": entrant.contestant.name,
                "how": entrant.contestant.how(),
                "kind": entrant.contestant.kind,
                "divided": entrant.contestant.divided,
                "together": entrant.of,
            }
            for entrant in entrants
        },
    }


def _versions(entrants: Sequence[Entrant]) -> list[str]:
    return [*dict.fromkeys(package for entrant in entrants for package in entrant.contestant.versions())]


def _row(name: str, what: str, unit: str, samples: Sequence[Sample], scale: float) -> Row:
    return Row(
        name,
        what,
        unit,
        len(samples),
        quantiles([sample.wall for sample in samples], scale),
        quantiles([sample.cpu for sample in samples], scale),
    )


def _rows(entrants: Sequence[Entrant]) -> Iterator[Row]:
    for entrant in entrants:
        wall, cpu = quantiles(entrant.walls, 1e3), quantiles(entrant.cpus, 1e3)
        yield Row(f"alone.{entrant.id}", entrant.contestant.name, "µs", len(entrant.walls), wall, cpu)
    for entrant in entrants:
        label = f"{entrant.contestant.name}{'' if entrant.of == TOGETHER else f', of {entrant.of}'}"
        yield _row(f"together.{entrant.id}", label, "µs", entrant.together, 1e3)
    for entrant in entrants:
        rate = 1e9 / fmean(sample.wall for sample in entrant.together)
        yield _single(f"rate.{entrant.id}", entrant.contestant.name, "/s", rate)


def _single(name: str, what: str, unit: str, value: float) -> Row:
    wall = {"p50": value, "p99": None, "p99_9": None}
    return Row(name, what, unit, 1, wall, wall)  # type: ignore[arg-type]


def _aims(entrants: Sequence[Entrant]) -> Iterator[Row]:
    """Yield ours against by hand, and as a part of the fastest peer, round by round."""
    by_id = {entrant.id: entrant for entrant in entrants}
    ours, peers = by_id["ours"], [one for one in entrants if one.contestant.kind == "peer"]
    for name, others, aim in (
        ("hand", [by_id["hand"]], _AIM_HAND),
        ("hand.shared", [by_id["hand.shared"]], _AIM_HAND),
        ("peer", [one for one in peers if not one.contestant.divided], _AIM_PEER),
        ("peer.divided", peers, _AIM_PEER),
    ):
        if others:
            best = min(others, key=lambda one: median(sample.wall for sample in one.together))
            ratios = [one.over(other) for one, other in zip(ours.together, best.together, strict=True)]
            row = _row(f"aim.{name}", f"{_AIMS[name]} {best.contestant.name}", "×", ratios, 1)
            yield replace(row, aim=aim)
    single = [Sample(*pair) for pair in zip(_ratios(ours, by_id["hand"]), _ratios(ours, by_id["hand"]), strict=True)]
    yield replace(_row("aim.alone", _AIMS["alone"], "×", single, 1), aim=_AIM_HAND)


def _very_many(found: Sequence[Curve], entrants: Sequence[Entrant]) -> Iterator[Row]:
    """Yield what ours takes for as many candidates as peers were asked of at most, as a part of the fastest's."""
    peers = {entrant.id for entrant in entrants if entrant.contestant.kind == "peer"}
    grown = {curve.id: curve for curve in found if curve.of == "candidates"}
    asked = [grown[id_] for id_ in grown if id_ in peers]
    if asked:
        size = max(curve.points[-1][0] for curve in asked)
        took, name = min((dict(curve.points)[size], curve.name) for curve in asked)
        ratio = dict(grown["columns.ours"].points)[size] / took
        yield replace(_single("aim.very_many", f"{_AIMS['very_many'].format(size)} {name}", "×", ratio), aim=_AIM_PEER)


def _ratios(one: Entrant, other: Entrant) -> list[float]:
    return [mine / theirs for mine, theirs in zip(one.walls, other.walls, strict=True)]


def _tables(entrants: Sequence[Entrant], size: Size) -> list[Row]:
    return [_row(one.id, f"{one.contestant.name}, of {size.table:,}", "ns", one.together, 1) for one in entrants]


def _fresh(entrants: Sequence[Entrant], found: Mapping[str, Sequence[Mapping[str, float]]]) -> list[Row]:
    starts = {name: [Sample(one["wall"], one["cpu"]) for one in ones] for name, ones in found.items()}
    memory = {name: median(one["bytes"] for one in ones) / 2**20 for name, ones in found.items()}
    return [
        *(_row(f"fresh.{one.id}", one.contestant.name, "ms", starts[one.id], 1) for one in entrants),
        *(_single(f"memory.{one.id}", one.contestant.name, "MiB", memory[one.id]) for one in entrants),
    ]


def _grown(curve: Curve) -> Iterator[Row]:
    """Yield what the largest costs, and the slope: the power of the size with which cost grows."""
    size, took = curve.points[-1]
    name = f"{curve.of}.{curve.id}"
    yield _single(name, f"{curve.name}, {size:,} {curve.of}", "ms", took / 1e6)
    yield _single(f"{name}.slope", f"{curve.name}, slope (last step {curve.last:.2f})", "", curve.slope)
