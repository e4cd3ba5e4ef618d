"""The race is fair: one rule set for all, equal answers, slopes and pages that are right. Speed is never tested."""

import json
import operator
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from bench.measure import Quantile, Report, Row
from bench.page import number, page, publish
from bench.peers.contestants import CONTESTANTS, LAW, answers, law_of, plain_of
from bench.peers.entrants import Asked, Entrant, Size, asked, differences, enter
from bench.peers.growth import Curve, slope
from bench.peers.inputs import only, plain_scene, scenes, tiled
from bench.peers.laws import written
from bench.peers.plain import (
    Among,
    Both,
    Call,
    Choose,
    Compare,
    Get,
    Not,
    Plain,
    PlainLaw,
    Sum,
    Value,
    parts,
    plain_law,
    reads,
)
from bench.peers.scene import Scene, alone, joined
from bench.peers.translate.durable import ruleset
from bench.soak import soak
from commands.bench import command
from engine.decide import decide
from engine.law.load import load
from engine.program import compile_law

ROOT: Final = Path(__file__).resolve().parents[1]
PEERS: Final = ROOT / ".venv-peers" / "bin" / "python"
HERE: Final = ("hand", "hand.shared", "ours", "ours.decide", "cel", "cel.one", "cel.divided", "columns.numpy")
COLUMNS: Final = ("columns.polars", "columns.ours", "columns.looked")


@cache
def inputs(count: int = 40) -> list[Asked]:
    """Some of the inputs of the race; every eighth scene is one in which much is wrong."""
    return asked(scenes(count))


def entrant(name: str, folder: Path = LAW) -> Entrant:
    contestant = next(one for one in CONTESTANTS if one.id == name)
    return Entrant(contestant, contestant.made(folder))


# The rule set, and what it is asked.


def test_rule_set_has_sixty_rules_forty_facts_chains_joins_tables_and_intervals() -> None:
    law, plain = law_of(), plain_of()
    assert (len(plain.checks), len(plain.given), len(plain.derived)) == (62, 48, 29)
    assert Counter(check.subject for check in plain.checks) == SUBJECT_RULES
    assert {table.hit for table in law.tables.values()} == {"unique", "first"}
    derived = {(fact.subject, fact.fact): fact.value for fact in plain.derived}
    # room stands on size_share, which stands on regime, which stands on the VIX.
    assert {("market", "size_share"), ("sleeve", "deployable")} <= named(derived["sleeve", "room"])
    assert named(derived["market", "size_share"]) == {("market", "regime")}
    joins = {(check.subject, read.subject) for check in plain.checks for read in reads(check.holds)}
    assert {("candidate", "symbol"), ("candidate", "market"), ("entry", "sleeve"), ("entry", "account")} <= joins


SUBJECT_RULES: Final = {
    "host": 5, "market": 8, "symbol": 3, "account": 12, "sleeve": 9, "holding": 4, "candidate": 16, "entry": 5,
}  # fmt: skip


def named(of: Plain) -> set[tuple[str, str]]:
    return {(read.subject, read.fact) for read in reads(of)}


def test_every_reason_is_given_once_by_one_rule() -> None:
    reasons = [check.reason for check in plain_of().checks]
    assert len({*reasons}) == len(reasons)


def test_two_thousand_inputs_are_complete_and_each_rule_refuses_some_and_not_all() -> None:
    rules = compile_law(law_of()).requires["EntryPermitted"]
    refused, judged = Counter[str](), 0
    for snapshot in scenes():
        for _, _, _, missed, unknown in decide(law_of(), snapshot).standing:
            assert not unknown
            judged += 1
            refused.update(rule.reason for bit, rule in enumerate(rules) if missed >> bit & 1)
    assert judged == 2000
    assert {*refused} == {rule.reason for rule in rules}
    assert max(refused.values()) < judged


def test_inputs_are_the_same_every_time() -> None:
    assert scenes(3) == scenes(3)
    assert plain_scene(plain_of(), decide(law_of(), scenes(3)[2]).facts) == inputs()[2].scene


def test_candidate_alone_is_judged_as_among_the_others() -> None:
    ours = entrant("ours")
    for one in inputs()[5:8]:
        together = answers(ours.way, one.native(ours))
        single = [Asked(only(one.snapshot, place), alone(one.scene, place)) for place in range(10)]
        assert [answers(ours.way, few.native(ours))[0] for few in single] == together


def test_a_table_is_as_long_as_asked_and_says_the_same_again() -> None:
    small, ours = scenes(4)[3], entrant("ours")
    long = answers(ours.way, ours.way.ready(tiled(small, 25)))
    short = answers(ours.way, ours.way.ready(small))
    assert long == (short * 3)[:25]


# The rule set without units, by a naive interpreter.

COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
SUMS: Final[Mapping[str, Callable[[Any, Any], int]]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
CALLS: Final[Mapping[str, Callable[..., Any]]] = {"abs": abs, "min": min, "max": max}


def value(of: Plain, rows: Mapping[str, Any], derived: Mapping[tuple[str, str], Plain]) -> Any:  # noqa: ANN401 - of any form
    def inner(one: Plain) -> Any:  # noqa: ANN401 - likewise
        return value(one, rows, derived)

    match of:
        case Value(value=fixed):
            return fixed
        case Get(subject=subject, fact=fact) if (subject, fact) in derived:
            return inner(derived[subject, fact])
        case Get(subject=subject, fact=fact):
            return rows["candidate" if subject == "entry" else subject][fact]
        case Sum(operator=sign, left=left, right=right):
            return SUMS[sign](inner(left), inner(right))
        case Call(function=function, parts=inside):
            return CALLS[function](*map(inner, inside))
        case Compare(operator=sign, left=left, right=right):
            return COMPARISONS[sign](inner(left), inner(right))
        case Among(of=word, words=words):
            return inner(word) in words
        case Both(operator=word, terms=terms):
            return (all if word == "and" else any)(map(inner, terms))
        case Not(of=one):
            return not inner(one)
        case Choose(rows=listed, otherwise=otherwise):
            return inner(next((then for guard, then in listed if inner(guard)), otherwise))


def naive(plain: PlainLaw, scene: Scene) -> list[frozenset[str]]:
    derived = {(fact.subject, fact.fact): fact.value for fact in plain.derived}
    return [
        frozenset(check.reason for check in plain.checks if not value(check.holds, rows, derived))
        for rows in joined(scene)
    ]


def test_rules_without_units_say_what_decide_says() -> None:
    ours = entrant("ours.decide")
    for one in inputs():
        assert naive(plain_of(), one.scene) == answers(ours.way, one.native(ours))


def test_comparisons_of_numbers_are_met_exactly_by_some_input() -> None:
    """A threshold that no input stands on would not tell `<` from `<=`."""
    derived = {(fact.subject, fact.fact): fact.value for fact in plain_of().derived}
    some = next(joined(inputs()[0].scene))
    compared = {
        (check.reason, test)
        for check in plain_of().checks
        for test in within(check.holds)
        if isinstance(test, Compare) and not isinstance(value(test.left, some, derived), str)
    }
    met = {
        (reason, test)
        for one in inputs(200)
        for rows in joined(one.scene)
        for reason, test in compared
        if value(test.left, rows, derived) == value(test.right, rows, derived)
    }
    assert {reason for reason, _ in compared - met} == set()


def within(of: Plain) -> Iterator[Plain]:
    yield of
    for part in parts(of):
        yield from within(part)


def test_what_the_engines_do_not_have_in_common_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^the race has no "):
        plain_law(load(ROOT / "constitution" / "1.3"))


# Equal answers.


@pytest.mark.parametrize("name", HERE[1:])
def test_contestant_says_what_is_written_by_hand(name: str) -> None:
    assert list(differences([entrant("hand"), entrant(name)], inputs())) == []


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_say_what_is_written_by_hand(name: str) -> None:
    assert list(differences([entrant("hand"), entrant(name)], inputs()[4:8])) == []


def test_another_rule_set_is_told_apart(tmp_path: Path) -> None:
    folder = shutil.copytree(LAW, tmp_path / "law")
    section = folder / "01-race.yaml"
    text = section.read_text("utf-8").replace("bid_floor: {value: 0.05", "bid_floor: {value: 1.84")
    section.write_text(text, "utf-8")
    found = list(differences([entrant("hand"), entrant("ours", folder)], inputs()))
    assert found[0] == "ours against by hand, input 0, 1: bid"


@pytest.fixture(scope="module")
def agreed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the engines answered in the environment that has them, all in one process."""
    if not PEERS.exists():
        pytest.skip("the other rule engines are not installed here; `make peers` does it")
    file = tmp_path_factory.mktemp("race") / "answers.json"
    subprocess.run([str(PEERS), "-m", "bench.peers", str(file), "--answers"], cwd=ROOT, check=True)
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


@pytest.mark.parametrize("name", [one.id for one in CONTESTANTS if one.kind == "peer"])
def test_peer_says_what_is_written_by_hand(name: str, agreed: dict[str, Any]) -> None:
    contestant = next(one for one in CONTESTANTS if one.id == name)
    if contestant.name in agreed["absent"]:
        pytest.skip(f"{contestant.name}: {agreed['absent'][contestant.name]}")
    assert agreed["differs"][name] == ""


def test_engine_that_is_not_there_is_named_with_the_reason() -> None:
    entrants, absent = enter()
    there = {one.contestant.name for one in entrants}
    assert there | {*absent} == {one.name for one in CONTESTANTS}
    assert not there & {*absent}
    assert all(why.endswith("; `make peers` installs it") for why in absent.values())


def test_every_contestant_says_how_it_is_used_and_has_a_name_of_its_own() -> None:
    entrants, _ = enter()
    assert all(one.contestant.how() for one in entrants)
    assert len({one.name for one in CONTESTANTS}) == len({one.id for one in CONTESTANTS}) == len(CONTESTANTS)


# durable-rules is right in a part of its language only.


def objects(of: object) -> Iterator[dict[str, Any]]:
    if isinstance(of, dict):
        yield of
    for inner in of.values() if isinstance(of, dict) else of if isinstance(of, list) else ():
        yield from objects(inner)


def fnv(name: str) -> int:
    found = 0x811C9DC5
    for byte in name.encode():
        found = ((found ^ byte) * 0x01000193) & 0xFFFFFFFF
    return found


def test_durable_rules_is_given_the_part_of_its_language_that_is_right() -> None:
    rules = json.loads(ruleset(plain_of()))["rules"]
    assert len(rules) <= 250
    conditions = Counter[str]()
    for rule in rules.values():
        first = next(iter(rule["all"][0]))
        for place, pattern in enumerate(rule["all"]):
            ((alias, terms),) = pattern.items()
            listed = terms.get("$and", [terms])
            conditions[alias] += 1
            assert listed[0] == {"t": alias if alias != "done" else "host"}
            assert all(len(one) == 1 for one in listed)
            assert not place or listed[-1] == {"one": {first: "one"}}
    used = {key for rule in rules.values() for one in objects(rule["all"]) for key in one if key.startswith("$")}
    assert used <= {"$and", "$lt", "$lte", "$gt", "$gte", "$neq", "$add", "$sub", "$mul", "$l", "$r", "$m"}
    assert max(conditions.values()) <= 60
    names = {fact for _, fact in plain_of().given} | {"t", "id", "sid", "one", "n", "u", "v"}
    assert len({*map(fnv, names)}) == len(names)


# How cost grows.


@pytest.mark.parametrize(("power", "factor"), [(0, 40), (0.5, 3), (1, 0.002), (2, 7)])
def test_slope_is_the_power_with_which_time_grows(power: float, factor: float) -> None:
    points = tuple((size, factor * size**power) for size in (10, 100, 1000, 10000))
    curve = Curve("candidates", "ours", "ours", points)
    assert curve.slope == pytest.approx(power)
    assert curve.last == pytest.approx(power)


def test_what_is_the_same_for_all_sizes_weighs_least_at_the_end() -> None:
    curve = Curve("candidates", "ours", "ours", tuple((size, 1000 + size) for size in (10, 100, 1_000_000)))
    assert curve.slope < curve.last
    assert slope(((10, 5), (1000, 500))) == pytest.approx(1)
    assert curve.document() == {
        "of": "candidates",
        "id": "ours",
        "name": "ours",
        "points": [[10, 1010], [100, 1100], [1_000_000, 1_001_000]],
        "slope": curve.slope,
        "last": curve.last,
        "stopped": "",
    }


@pytest.mark.parametrize("rules", [1, 10, 61, 62, 63, 130])
def test_law_with_more_or_fewer_rules_says_the_same_again(rules: int, tmp_path: Path) -> None:
    folder = written(LAW, tmp_path / "law", rules)
    plain = plain_of(folder)
    assert len(plain.checks) == rules
    known = [check.reason for check in plain_of().checks]
    assert [check.reason for check in plain.checks] == [
        known[place % 62] + (f"_{place // 62}" if place >= 62 else "") for place in range(rules)
    ]
    one = inputs()[7]
    short, ours = answers(entrant("hand").way, entrant("hand").way.ready(one.scene)), entrant("ours", folder)
    found = answers(ours.way, ours.way.ready(one.snapshot))
    assert [{re.sub(r"_\d$", "", reason) for reason in reasons} for reasons in found] == [
        {reason for reason in reasons if reason in known[:rules]} for reasons in short
    ]


# The report and the page.


def row(name: str, wall: float, unit: str = "µs", aim: float | None = None) -> Row:
    quantiles: Mapping[Quantile, float | None] = {"p50": wall, "p99": wall * 2, "p99_9": None}
    return Row(name, f"what {name} is", unit, 20, quantiles, quantiles, aim)


def report() -> Report:
    """Two contestants and a curve, as the race reports them."""
    rows = [row("aim.hand", 1.5, aim=2, unit="×"), row("aim.peer", 0.25, aim=0.1, unit="×")]
    for place, name in enumerate(("hand", "zen")):
        rows += [row(f"{part}.{name}", (place + 1) * 3) for part in ("alone", "together", "rate", "fresh", "memory")]
    contestants = {
        name: {"name": f"{name}!", "how": f"how {name}", "kind": kind, "divided": False, "together": together}
        for name, kind, together in (("hand", "hand", 500), ("zen", "peer", 50))
    }
    curves = [Curve(of, "ours", "ours", tuple((size, size * 1e6) for size in (10, 1000)), "of no more") for of in GROWN]
    return Report(
        machine={
            "system": "Linux",
            "processor": "P",
            "cores": 2,
            "versions": {"zen": "1"},
            "load_before": [1.0],
            "load_after": [2.0],
        },
        law={"version": "of the race, 0.1", "digest": "d" * 64},
        settings={
            "kind": "race",
            "garbage_collection": "on",
            "rules": 62,
            "facts": 48,
            "derived": 29,
            "inputs": 2000,
            "quick": False,
            "absent": {"Rego": "not here"},
            "contestants": contestants,
            "curves": [curve.document() for curve in curves],
        },
        sections={"aim": "The aims", "alone": "Alone"},
        rows=[*rows, row("columns.numpy", 50, unit="ns")],
    )


GROWN: Final = ("rules", "candidates", "positions")


def test_report_is_read_back_as_it_was_written() -> None:
    document = json.loads(json.dumps(report().document()))
    assert Report.read(document).document() == document


def test_page_has_every_contestant_curve_and_absence_and_says_which_aims_are_met() -> None:
    told = page({"race": report().document()})
    assert "| what aim.hand is | at most 2 × | 1.50 × | met |" in told
    assert "| what aim.peer is | at least 10 × faster | 4.0 × | not met |" in told
    assert "| hand! | 3 | 6 | – | 3 | 3 | 3 | 3 |\n| zen! | 6 | 12 | – | 6 | 6 | 6 | 6 |" in told
    assert "- *zen!*: how zen." in told
    assert "| candidates | 10 | 1,000 | slope | last |\n|---|---:|---:|---:|---:|" in told
    assert "| ours | 10 | 1,000 | 1.00 | 1.00 |" in told
    assert "- Rego: not here" in told
    assert "P, 2 cores, load 1.0 and 2.0 before and after; Linux; zen 1; law\nof the race, 0.1 dddddddddddd." in told


def test_publishing_one_part_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    publish(tmp_path, "race", report().document())
    first = (tmp_path / "benchmarks.md").read_text("utf-8")
    publish(tmp_path, "soak", soak(lambda *_: None, 2400, blocks=2).document())
    second = (tmp_path / "benchmarks.md").read_text("utf-8")
    assert second.startswith(first.rstrip("\n"))
    assert "## Soak" in second
    assert {*json.loads((tmp_path / "benchmarks.json").read_text("utf-8"))} == {"race", "soak"}
    assert ET.parse(tmp_path / "benchmarks.svg").getroot().tag.endswith("svg")  # noqa: S314 - our own


@pytest.mark.parametrize(
    ("found", "told"), [(None, "–"), (0.01234, "0.0123"), (99.94, "99.9"), (100, "100"), (12345.6, "12,346")]
)
def test_numbers_have_three_digits_that_mean_something(found: float | None, told: str) -> None:
    assert number(found) == told


@pytest.fixture
def raced(monkeypatch: pytest.MonkeyPatch) -> Report:
    """The command with a race that was run before."""
    found = report()
    monkeypatch.setattr("commands.bench.raced", lambda *_, **__: found)
    return found


def test_race_is_held_against_an_earlier_one(raced: Report, tmp_path: Path) -> None:
    saved = tmp_path / "race.json"
    earlier = replace(raced, rows=[replace(one, cpu={**one.cpu, "p50": 1.5}) for one in raced.rows])
    saved.write_text(json.dumps(earlier.document()), "utf-8")
    result = CliRunner(env={"COLUMNS": "250"}).invoke(command, ["--peers", "--compare", str(saved)])
    assert result.exit_code == 0, result.output
    line = next(line for line in result.stdout.splitlines() if "what alone.zen is" in line)
    assert "+300%" in line
    assert "not there: Rego: not here" in result.stdout


def test_race_is_json_for_machines(raced: Report, tmp_path: Path) -> None:
    saved = tmp_path / "race.json"
    result = CliRunner().invoke(command, ["--peers", "--format", "json", "--save", str(saved)])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == json.loads(saved.read_text("utf-8")) == json.loads(json.dumps(raced.document()))


def test_race_and_soak_are_two_runs() -> None:
    result = CliRunner().invoke(command, ["--peers", "--soak", "5"])
    assert result.exit_code == 2
    assert "--peers and --soak are two runs" in result.stderr


def test_small_race_is_small() -> None:
    assert Size.small().scenes * Size.small().each < Size().scenes * Size().each == 2000


# The soak.


def test_soak_says_memory_and_slowest_answers_block_by_block() -> None:
    found = soak(lambda *_: None, 6000, blocks=3)
    assert [block.evaluations for block in found.blocks] == [2400, 4200, 6000]
    assert [block.decides for block in found.blocks] == [4, 7, 10]
    assert found.each == 600
    assert all(block.resident > 1 for block in found.blocks)
    assert all(slowest >= middle > 0 for block in found.blocks for middle, slowest in (block.wall, block.cpu))
    document = json.loads(json.dumps(found.document()))
    assert (document["evaluations"], len(document["blocks"])) == (6000, 3)


def test_growth_of_the_soak_is_the_slope_of_a_straight_line() -> None:
    found = soak(lambda *_: None, 1200, blocks=2)
    first, second = found.blocks
    grown = replace(
        found,
        blocks=[
            replace(first, evaluations=1_000_000, resident=60, cpu=(1, 10)),
            replace(second, evaluations=3_000_000, resident=64, cpu=(1, 12)),
        ],
    )
    assert grown.growth == pytest.approx(2)
    assert grown.slowing == pytest.approx(1 / 11)
