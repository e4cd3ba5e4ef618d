"""docs/benchmarks.md and its picture, from what was measured last: the race, the soak, the law."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bench.picture import picture

PARTS: Final = ("race", "soak", "law")
_WHOLE: Final = 100  # from here on, decimals mean nothing
_HEAD: Final = """\
# Benchmarks

Written by `alluse bench --publish`, with `--peers`, with `--soak` or alone; the numbers are in benchmarks.json beside
it. Times are of the wall's clock; a run on a busy machine says so by its load.
"""
_RACE: Final = """\
## The race

![Time for one candidate, and how cost grows](benchmarks.svg)

{rules} rules, {facts} given and {derived} derived facts (chains, tables, intervals, joins from a contract to its
symbol, holding, sleeve, account and market): `bench/peers/law`. One visitor for each engine translates it from the law
as it was loaded, so all have the same rules. Asked is the set of reasons against selling one contract. All contestants
gave equal answers on {inputs:,} inputs, many at a threshold or a tick beyond, before anything was timed.

- Inputs are complete: most engines know no missing fact. Ours does all the same what it takes to refuse on one.
- Everybody gets numbers as it is best with them: ours, and all peers, exact whole numbers; by hand, floats.
- Each contestant's input is made in its own form before the clock starts: objects, tables, JSON, contexts. *All of
  decide* is the exception: it begins with the snapshot, and ends with a verdict.
- *Divided*: what is the same for all candidates is asked once. Ours divides the rule set by itself. Expressions do not;
  a person can do it for them, and it is shown what that gives. What joins facts (CLIPS, durable-rules) does so too.
- Contestants take turns, round by round. Garbage collection is {collection}.
"""
_COLUMNS: Final = """\
Very many contracts at once, the answer as a mask of bits. By hand it is floats; ours is exact, and knows the unknown.
"""
_FOUND: Final = """\
What was in the way, and what was done about it, so that each engine is right and as fast as it can be:

- CEL: a context is made for each evaluation, or a dict is taken over for each program, which takes 30 × as long.
- CLIPS: clipspy 1.0.6 never releases a fact that it returns, and gets slower with every one; they are released for it.
- durable-rules: no `or`, nothing missing, no sum of two fixed numbers; its C module is called directly.
- Rego: `max` of rego-cpp 1.5.2 takes 40000 for more than 240200; it is written out.
- Zen: a decision of `create_decision` takes five times as long as the same content compiled before.
- Cedar: no derived facts and no division; a policy that cannot be evaluated is skipped, which is taken as a fault.
- business-rules: compares one variable with one number; what compares two facts is Python, as are derived facts.
"""
_GROWTH: Final = """\
The slope is the power of the size with which cost grows, by least squares over the logarithms; `last` that of the last
step. Rules: µs for one candidate of 50. Candidates and positions: ms for all of them.
"""
_SOAK: Final = """\
## Soak

One process, {evaluations:,} evaluations in {minutes:.1f} minutes. One evaluation is one contract judged for one sleeve,
every requirement of it, inside a whole `decide` of the Constitution: {each} of them in one, from snapshot to verdict,
calm and rout in turn, each with the memory of the one before. The time is that of one `decide`. Garbage collection is
on; what set-up made is frozen.

Memory grows by {growth:+.3f} MiB, the processor time of the slowest answers by {slowing:+.2%}, for a million
evaluations (straight lines through all blocks). By the wall's clock others on the machine take their part.
"""


def publish(folder: Path, part: str, document: Mapping[str, Any]) -> None:
    """Put what was measured beside what was measured before, and write the page and its picture anew."""
    path = folder / "benchmarks.json"
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    known = {name: known[name] for name in PARTS if name in known} | {part: document}
    path.write_text(json.dumps(known, indent=1, ensure_ascii=False, allow_nan=False) + "\n", "utf-8")
    (folder / "benchmarks.md").write_text(page(known), "utf-8")
    if "race" in known:
        (folder / "benchmarks.svg").write_text(picture(known["race"]), "utf-8")


def page(parts: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the page; a part that was never measured is not on it."""
    written = {"race": _race, "soak": _soak, "law": _law}
    told = ["\n".join(written[name](parts[name])) for name in PARTS if name in parts]
    return "\n".join([_HEAD, *told])


def _race(race: Mapping[str, Any]) -> Iterator[str]:
    settings = race["settings"]
    yield _RACE.format(collection=settings["garbage_collection"], **settings)
    yield from _aims(race)
    yield "### One candidate\n"
    yield from _one(race)
    yield f"\n### Many contracts\n\n{_COLUMNS}"
    rows = _of(race, "columns")
    yield from _table(
        ["", "ns a contract", "contracts a second"],
        [[row["what"], number(row["wall"]["p50"]), f"{1e9 / row['wall']['p50']:,.0f}"] for row in rows.values()],
    )
    yield "\n### How cost grows\n"
    yield _GROWTH
    for of in ("rules", "candidates", "positions"):
        yield from _curves(of, [curve for curve in settings["curves"] if curve["of"] == of])
    yield f"### What was found\n\n{_FOUND}"
    if settings["absent"]:
        yield "### Not there\n"
        yield from (f"- {name}: {why}" for name, why in settings["absent"].items())
        yield ""
    yield from _machine(race)


def _of(document: Mapping[str, Any], section: str) -> dict[str, Mapping[str, Any]]:
    """Return the rows of a section by the contestant."""
    rows = (row for row in document["rows"] if row["id"].startswith(f"{section}."))
    return {row["id"].partition(".")[2]: row for row in rows}


def _aims(race: Mapping[str, Any]) -> Iterator[str]:
    yield "| | aim | measured | |\n|---|---:|---:|---|"
    for row in _of(race, "aim").values():
        found, aim = row["wall"]["p50"], row["aim"]
        verdict = "met" if row["met"] else "not met"
        if aim < 1:
            yield f"| {row['what']} | at least {1 / aim:.0f} × faster | {1 / found:.1f} × | {verdict} |"
        else:
            yield f"| {row['what']} | at most {aim:.0f} × | {found:.2f} × | {verdict} |"
    yield ""


def _one(race: Mapping[str, Any]) -> Iterator[str]:
    alone, together, rate, fresh, memory = (
        _of(race, name) for name in ("alone", "together", "rate", "fresh", "memory")
    )
    heads = ["", "p50 µs", "p99", "p99.9", "of many µs", "a second", "start ms", "memory MiB"]
    cells = [
        [
            race["settings"]["contestants"][name]["name"],
            *(number(row["wall"][quantile]) for quantile in ("p50", "p99", "p99_9")),
            number(together[name]["wall"]["p50"]),
            f"{rate[name]['wall']['p50']:,.0f}",
            number(fresh[name]["wall"]["p50"]),
            number(memory[name]["wall"]["p50"]),
        ]
        for name, row in sorted(alone.items(), key=lambda pair: together[pair[0]]["wall"]["p50"])
    ]
    yield from _table(heads, cells)
    few = sorted({one["together"] for one in race["settings"]["contestants"].values()})
    yield f"\np50 to p99.9: one candidate alone, every fact new. Of many: each of {few[-1]} candidates of one scene"
    yield f"(of {few[0]} where an answer takes long). Start: a new process, import, rule set, first answer.\n"
    yield from (
        f"- *{one['name']}*: {one['how']}." for name, one in race["settings"]["contestants"].items() if name in alone
    )


def _curves(of: str, found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    sizes = sorted({size for curve in found for size, _ in curve["points"]})
    scale = 1e3 if of == "rules" else 1e6
    cells = []
    for curve in found:
        took = dict(map(tuple, curve["points"]))
        told = (number(took[size] / scale) if size in took else "–" for size in sizes)
        cells.append([curve["name"], *told, f"{curve['slope']:.2f}", f"{curve['last']:.2f}"])
    yield from _table([of, *(f"{size:,}" for size in sizes), "slope", "last"], cells)
    yield from (f"\n{curve['name']}: {curve['stopped']}." for curve in found if curve["stopped"])
    yield ""


def _soak(soak: Mapping[str, Any]) -> Iterator[str]:
    yield _SOAK.format(minutes=soak["seconds"] / 60, **soak)
    cells = [
        [
            f"{block['evaluations']:,}",
            *(number(took) for clock in ("wall", "cpu") for took in block[clock]),
            f"{block['resident']:.1f}",
        ]
        for block in soak["blocks"]
    ]
    yield from _table(["evaluations", "p50 ms", "p99.9", "CPU p50", "CPU p99.9", "memory MiB"], cells)
    yield ""
    yield from _machine(soak)


def _law(report: Mapping[str, Any]) -> Iterator[str]:
    yield "## The law itself\n"
    for section, title in report["sections"].items():
        yield f"### {title}\n"
        cells = [
            [
                row["what"],
                *(number(row["wall"][quantile]) for quantile in ("p50", "p99", "p99_9")),
                row["unit"],
                _aim(row),
            ]
            for row in _of(report, section).values()
        ]
        yield from _table(["", "p50", "p99", "p99.9", "", "aim"], cells)
        yield ""
    yield from _machine(report)


def _aim(row: Mapping[str, Any]) -> str:
    if row["aim"] is None:
        return ""
    told = {True: "met", False: "not met", None: "too few samples"}[row["met"]]
    return f"{row['at']} ≤ {row['aim']:g}: {told}"


def _machine(document: Mapping[str, Any]) -> Iterator[str]:
    machine = document["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    loads = [f"{machine[when][0]:.1f}" for when in ("load_before", "load_after") if when in machine]
    busy = f", load {' and '.join(loads)} before and after" if loads else ""
    yield f"{machine['processor']}, {machine['cores']} cores{busy}; {machine['system']}; {versions}; law"
    yield f"{document['law']['version']} {document['law']['digest'][:12]}.\n"


def _table(heads: Sequence[str], cells: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|---{'|---:' * (len(heads) - 1)}|"
    yield from (f"| {' | '.join(row)} |" for row in cells)


def number(value: float | None) -> str:
    """Return three digits that mean something."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= _WHOLE else f"{value:.3g}"
