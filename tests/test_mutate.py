"""Mutants of the law: all are made, each is noticed by the case that shows it, what survives gets a case that would."""

import json
import re
import shlex
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from time import monotonic, sleep
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli import main
from commands.fixture import read_fixtures
from commands.journal import About
from commands.law import law_folder
from commands.mutating import Crew, Stock, opened
from commands.paper import Paper
from commands.scored import KINDS
from commands.trials import trials
from engine.decide import decide
from engine.law.load import load, load_with_files
from engine.law.model import Constitution
from engine.law.text import Mapping as Entries
from engine.law.text import plain, read_file
from engine.place import Fault
from proof.mutation.altered import mutation
from proof.mutation.judge import FAILS, Judge
from proof.mutation.machine import machine
from proof.mutation.mutants import Mutant, Silenced, mutants, mutated
from proof.mutation.pieces import Refused, Source
from proof.mutation.refusal import refusal
from proof.mutation.states import Memo
from proof.mutation.vary import pool
from proof.mutation.witness import Drawn, Search
from tests.limits import files_at_most

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "fixtures" / "golden"
LAW = law_folder(None, None)
SMALL = ROOT / "tests" / "flip_law"
CASES = ROOT / "tests" / "mutant_cases"

# One mutant of each kind of a small law, the case that shows it, and one to which it is nothing.
NOTICED = {
    "tick": ("parameters/breach/value/tick-1", "above_the_first_rung", "at_the_first_rung"),
    "bound": ("parameters/band/value/bound-2", "delta_at_the_end", "calm"),
    "comparison": ("latches/sleeve.pivot/set/comparison-1", "drawn_down", "recovered"),
    "constant": ("choices/entries/within/trades/uses/constant-2", "one_trade_left", "calm"),
    "word": ("rules/roll/with/reason/word-1", "at_the_first_rung", "above_the_first_rung"),
    "entry": ("parameters/hedged/value/1/entry-1", "at_the_second_rung", "at_the_first_rung"),
    "order": ("arbitration/position.action/strongest/1/order-1", "at_the_first_rung", "above_the_first_rung"),
    "term": ("facts/account.frozen/value/term-2", "thirteen_puts_sold", "twelve_puts_sold"),
    "logic": ("rules/halt/when/logic-2", "broker_gone", "calm"),
    "negation": ("rules/halt/when/negation-2", "broker_gone", "calm"),
    "sign": ("rules/roll/with/debit/sign-1", "at_the_first_rung", "roll_too_dear"),
    "function": ("facts/sleeve.drawdown/value/function-1", "drawn_down", "calm"),
    "row": ("tables/market.mood/rows/1/row-1", "tense", "calm"),
    "cell": ("tables/position.sold/rows/0/right/cell-1", "a_call_sold", "thirteen_puts_sold"),
    "swap": ("tables/market.mood/rows/1/then/swap-1", "wild", "calm"),
    "rung": ("ladders/position.level/deep/rung-1", "at_the_second_rung", "at_the_first_rung"),
    "rule": ("rules/busy/rule-1", "busy", "calm"),
    "reason": ("rules/on_the_day/else/reason-1", "before_the_window", "window_opens"),
    "positive": ("facts/symbol.range/positive/positive-1", "no_mean_range", "calm"),
    "clear": ("latches/sleeve.pivot/clear/clear-1", "recovered", "drawn_down"),
    "ruling": ("choices/entries/rests_on/0/ruling-1", "delta_at_the_end", "wild"),
    "interpretation": ("interpretations/A-71/interpretation-1", "delta_at_the_end", "wild"),
    "budget": ("choices/entries/within/trades/budget-1", "busy", "one_trade_left"),
    "leg": ("shares/hedges/legs/spx_puts/weight/leg-1", "at_the_second_rung", "calm"),
}
# What the small law does not have, of the law itself.
NOTICED_OF_THE_LAW = {
    "citation": ("rules/closing_order_stuck/cites/citation-1", "00-global/fills.yaml::closing_third_try"),
    "field": ("rules/closing_order_stuck/with/urgency/field-1", "00-global/fills.yaml::closing_third_try"),
    "ceiling": ("choices/entries/ceilings/0/ceiling-1", "00-global/nearest_first.yaml::exposure"),
    "needs": ("rules/fork_cash/needs/needs-1", "02-gen/fork_and_orders.yaml::fork_that_waits"),
    "initial": ("memories/sleeve.forks_done/initial/initial-1", "02-gen/cover_forks.yaml::other_events"),
    "need": ("shares/tier/need/need-1", "02-gen/due_mini_and_tier.yaml::not_due"),
    "mark": ("shares/tier/marks/hedge_origin/mark-1", "02-gen/due_mini_and_tier.yaml::not_due"),
    "keep": ("latches/market.hedged_week/keeps/until/keep-1", "06-protocol/breakers.yaml::above_50"),
    "otherwise": ("tables/market.in_session/otherwise/otherwise-1", "00-global/fills.yaml::sale_better"),
}


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)], catch_exceptions=False)


def judge_of(law: Path, files: Sequence[Path]) -> Judge:
    source = Source(*load_with_files(law))
    of, memo = machine(source.law), Memo()
    return Judge(source, of, memo, trials(of, memo, read_fixtures(files), lambda _: None))


def alone(judge: Judge, case: str) -> Judge:
    trial = next(trial for trial in judge.trials if trial.name.endswith(case))
    return Judge(judge.source, judge.machine, judge.memo, [trial])


@pytest.fixture(scope="module")
def small() -> Judge:
    return judge_of(SMALL, [CASES / "slips.yaml"])


@pytest.fixture(scope="module")
def whole() -> Judge:
    files = sorted({case.partition("::")[0] for _, case in NOTICED_OF_THE_LAW.values()})
    return judge_of(LAW, [GOLDEN / file for file in files])


@pytest.fixture(scope="module")
def slips(whole: Judge) -> Mapping[str, Mutant]:
    return {mutant.id: mutant for mutant in mutants(whole.source)}


# That nothing is left out.


def expressions(node: object) -> Iterator[str]:
    """Yield every condition and value of a piece as it stands in the file, but what is only told or named."""
    match node:
        case dict():
            for key, value in node.items():
                if key not in {
                    "cites",
                    "means",
                    "rests_on",
                    "unit",
                    "else",
                    "for",
                    "require",
                    "decide",
                    "among",
                    "keeps",
                }:
                    yield from expressions(value)
        case list():
            for value in node:
                yield from expressions(value)
        case str():
            yield node
        case _:
            pass


def pieces(law: Path, form: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for file in sorted(law.glob("*.yaml")):
        faults: list[Fault] = []
        root = read_file(file, file.name, faults, 2**24)
        assert isinstance(root, Entries)
        assert not faults
        entries = root.get(form)
        for key, node in entries.items if isinstance(entries, Entries) else ():
            found[key.text] = plain(node)
    return found


def test_every_number_and_bound_of_every_parameter_is_moved(slips: Mapping[str, Mutant]) -> None:
    made = Counter((mutant.piece.split("/")[1], mutant.kind) for mutant in slips.values() if "/value/" in mutant.id)
    for name, parameter in pieces(LAW, "parameters").items():
        value, unit = parameter["value"], parameter["unit"]
        wanted: dict[str, int] = {}
        if isinstance(value, list):
            wanted = {"entry": len(value)}
        elif re.match(r"(from|above|up to|below) ", str(value)):
            ends = re.findall(r"(?:from|above|up to|below) (\S+)", value)
            wanted = {"bound": len(ends), "tick": 2 * len(ends)}
        elif unit in {"weekday", "symbol", "zone", "ticker"}:
            assert made[name, "word"] >= 1, name
        else:
            wanted = {"tick": 2}
        assert {kind: made[name, kind] for kind in wanted} == wanted, name


@pytest.mark.parametrize(
    ("id_", "now"),
    [
        ("gen_window/value/tick-1", "from 09:44:59 up to 11:00:00"),
        ("gen_window/value/tick-4", "from 09:45:00 up to 11:00:01"),
        ("gen_window/value/bound-1", "above 09:45:00 up to 11:00:00"),
        ("gen_window/value/bound-2", "from 09:45:00 below 11:00:00"),
        ("duty_start/value/tick-1", "14:29:59"),
        ("duty_start/value/tick-2", "14:30:01"),
        ("gen_delta_band/value/tick-2", "from 0.400001 up to 0.450000"),
        ("gen_dte/value/tick-4", "from 0 up to 2"),
        ("gen_day/value/word-1", "wednesday"),
        ("time_zone/value/word-1", "UTC"),
    ],
)
def test_a_tick_is_one_step_of_the_unit_and_at_the_edge_of_a_window_a_second(
    slips: Mapping[str, Mutant], id_: str, now: str
) -> None:
    assert slips[f"parameters/{id_}"].now == now


def test_every_comparison_is_flipped(slips: Mapping[str, Mutant]) -> None:
    said = [pieces(LAW, form) for form in ("facts", "tables", "ladders", "latches", "memories", "picks", "rules")]
    said += [pieces(LAW, "choices"), pieces(LAW, "shares")]
    counted = Counter(sign for of in said for text in expressions(of) for sign in re.findall(r"<=|>=|==|!=|<|>", text))
    flipped = Counter(mutant.was for mutant in slips.values() if mutant.kind == "comparison")
    assert flipped == counted
    turned = {(mutant.was, mutant.now) for mutant in slips.values() if mutant.kind == "comparison"}
    assert turned == {("<", "<="), ("<=", "<"), (">", ">="), (">=", ">"), ("==", "!="), ("!=", "==")}


def test_every_bound_of_every_table_is_moved(slips: Mapping[str, Mutant]) -> None:
    made = Counter(
        (mutant.piece.split("/")[1], mutant.kind) for mutant in slips.values() if mutant.id.startswith("tables/")
    )
    for name, table in pieces(LAW, "tables").items():
        cells = [str(cell) for row in table["rows"] for column, cell in row.items() if column != "then"]
        ends = [end for cell in cells for end in re.findall(r"(?:\bfrom|\babove|\bup to|\bbelow) (\S+)", cell)]
        assert made[name, "bound"] == len(ends), name
        numbers = [end for end in ends if re.match(r"[-\d.:]+$", end)]
        assert made[name, "tick"] >= 2 * len(numbers), name


def test_every_rule_row_rung_reason_and_interpretation_is_dropped(slips: Mapping[str, Mutant]) -> None:
    made = Counter(mutant.kind for mutant in slips.values())
    rules, tables = pieces(LAW, "rules"), pieces(LAW, "tables")
    derived = [*pieces(LAW, "facts").values()]
    levels = [len(ladder["levels"]) - 1 for ladder in pieces(LAW, "ladders").values()]
    assert {kind: made[kind] for kind in ("rule", "row", "rung", "reason", "interpretation")} == {
        "rule": len(rules),
        "row": sum(len(table["rows"]) for table in tables.values()),
        "rung": sum(levels),
        "reason": sum("else" in rule for rule in rules.values()) + sum("bad" in fact for fact in derived),
        "interpretation": len(pieces(LAW, "interpretations")),
    }


def test_ids_are_unique_and_name_what_stands_there(slips: Mapping[str, Mutant], whole: Judge) -> None:
    assert len(slips) == len(mutants(whole.source))
    one = slips["rules/closing_order_stuck/with/urgency/word-1"]
    assert (one.kind, one.section, one.place.file, one.was, one.now) == (
        "word",
        "0",
        "00-global.yaml",
        "critical",
        "notice",
    )


def test_every_kind_is_told_in_words_and_shown(slips: Mapping[str, Mutant]) -> None:
    assert {mutant.kind for mutant in slips.values()} == {*KINDS} == {*NOTICED} | {*NOTICED_OF_THE_LAW}


# That each is noticed.


@pytest.mark.parametrize("kind", NOTICED)
def test_a_slip_is_noticed_by_the_case_that_shows_it_and_not_by_another(small: Judge, kind: str) -> None:
    id_, case, beside = NOTICED[kind]
    mutant = next(mutant for mutant in mutants(small.source) if mutant.id == id_)
    assert mutant.kind == kind
    by_it, by_another = (next(alone(small, f"::{name}").judged([mutant])) for name in (case, beside))
    assert (by_it.status, by_it.by) == ("killed", f"{CASES / 'slips.yaml'}::{case}")
    assert by_another.status in {"survived", "refused"}


@pytest.mark.parametrize("kind", NOTICED_OF_THE_LAW)
def test_a_slip_in_the_law_itself_is_noticed_by_the_case_that_shows_it(
    whole: Judge, slips: Mapping[str, Mutant], kind: str
) -> None:
    id_, case = NOTICED_OF_THE_LAW[kind]
    assert slips[id_].kind == kind
    (outcome,) = alone(whole, case).judged([slips[id_]])
    assert (outcome.status, outcome.by) == ("killed", str(GOLDEN / case))


def test_what_the_loader_refuses_is_no_law(small: Judge) -> None:
    found = {mutant.id: mutant for mutant in mutants(small.source)}
    refused = {
        "rules/roll/with/reason/field-1": "Roll needs 'reason' (what makes it due) under `with`",
        "facts/symbol.age/value/sign-1": "instant + instant has no meaning",
        "tables/market.mood/rows/1/vix/tick-2": (
            "gap: 'market.mood' has no row where vix is 20; add one, or say `otherwise`"
        ),
    }
    outcomes = small.judged(found[id_] for id_ in refused)
    assert {outcome.id: (outcome.status, outcome.by) for outcome in outcomes} == {
        id_: ("refused", why) for id_, why in refused.items()
    }


# That the quick way says what the slow one says.


def slow(law: Source, mutant: Mutant, judge: Judge) -> dict[str, bool]:
    """Say by `decide` itself of which cases a mutant says something else than the law.

    Nothing is said of a case where only another rule is named for an alert that several give together: it is the one
    whose step runs first, and steps run in another order where they read something else.
    """
    other = without(law, mutant)
    found: dict[str, bool] = {}
    for trial in judge.trials:
        snapshot = trial.state.facts.snapshot
        try:
            one, two = decide(law.law, snapshot).canonical(), decide(other, snapshot).canonical()
        except FAILS:
            found[trial.name] = True
            continue
        if one == two or unnamed(json.loads(one), json.loads(two)) != unnamed(json.loads(two), json.loads(one)):
            found[trial.name] = one != two
    return found


def unnamed(verdict: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    decisions = [{**each, "rule": ""} if each["kind"] == "Alert" else each for each in verdict["decisions"]]
    cited = {rule: said for rule, said in verdict["rules"].items() if rule in other["rules"]}
    return {**verdict, "decisions": decisions, "rules": cited}


def without(source: Source, mutant: Mutant) -> Constitution:
    """Return a mutant as a law of its own; a rule that is dropped is really not there."""
    if isinstance(mutant.change, Silenced):
        rules = {name: rule for name, rule in source.law.rules.items() if name != mutant.change.rule}
        return replace(source.law, rules=rules)
    return mutated(source, mutant.change)


def quick(judge: Judge, mutant: Mutant) -> dict[str, bool]:
    search = Search(judge.machine, judge.memo, judge.trials, pool(judge.machine, [each.state for each in judge.trials]))
    of = search.suspect(mutation(judge.machine, mutated(judge.source, mutant.change)), mutant.section)
    found: dict[str, bool] = {}
    for trial in judge.trials:
        try:
            found[trial.name] = Drawn(search, trial, ()).differs(of)
        except FAILS:
            found[trial.name] = True
    return found


def loads(judge: Judge, mutant: Mutant) -> bool:
    try:
        return not refusal(judge.source, mutant)
    except Refused:
        return False


def test_what_is_said_of_a_mutant_is_what_decide_says_of_it(small: Judge) -> None:
    """Every fourth mutant of the small law on every case, whatever a case looks at."""
    tried = [mutant for mutant in mutants(small.source)[::4] if loads(small, mutant)]
    assert len(tried) > 50
    for mutant in tried:
        wanted = slow(small.source, mutant, small)
        assert {case: found for case, found in quick(small, mutant).items() if case in wanted} == wanted, mutant.id


def test_what_is_said_of_a_mutant_of_the_law_itself_is_what_decide_says_of_it(
    whole: Judge, slips: Mapping[str, Mutant]
) -> None:
    few = replace(whole, trials=whole.trials[::4])
    tried = [mutant for mutant in [*slips.values()][7::450] if loads(few, mutant)]
    assert len(tried) > 5
    for mutant in tried:
        wanted = slow(few.source, mutant, few)
        assert {case: found for case, found in quick(few, mutant).items() if case in wanted} == wanted, mutant.id


def test_a_snapshot_that_follows_from_another_has_the_columns_that_it_has_alone(whole: Judge) -> None:
    for trial in whole.trials[::5]:
        assert Memo().state(whole.machine, trial.state.facts.snapshot).columns == trial.state.columns, trial.name


def test_a_mutant_is_the_law_whose_file_says_so(small: Judge, tmp_path: Path) -> None:
    """Slips that are one word for another, made in the file by hand."""
    written = 0
    for number, mutant in enumerate(mutants(small.source)):
        folder = tmp_path / str(number)
        if mutant.now and number % 3 == 0 and rewritten(mutant, folder) and loads(small, mutant):
            law, other = load(folder), mutated(small.source, mutant.change)
            for trial in small.trials[::4]:
                verdicts = (decide(of, trial.state.facts.snapshot) for of in (law, other))
                one, two = (json.loads(verdict.canonical()) for verdict in verdicts)
                assert {**one, "law": "", "rules": {}} == {**two, "law": "", "rules": {}}, mutant.id
            written += 1
    assert written > 25


def rewritten(mutant: Mutant, folder: Path) -> bool:
    """Write the small law with a slip into a folder, if it is one of text that stands in its place word for word."""
    lines = (SMALL / mutant.place.file).read_text("utf-8").splitlines(keepends=True)
    line, begin = lines[mutant.place.line - 1], mutant.place.column - 1
    if not line[begin:].startswith(mutant.was):
        return False
    lines[mutant.place.line - 1] = line[:begin] + mutant.now + line[begin + len(mutant.was) :]
    copytree(SMALL, folder)
    (folder / mutant.place.file).write_text("".join(lines), "utf-8", newline="")
    return True


# What survives, and what is excused.


def cases(folder: Path, *dropped: str) -> Path:
    """Copy the cases of the small law, some of them left out."""
    copytree(CASES, folder)
    text = (folder / "slips.yaml").read_text("utf-8")
    for name in dropped:
        text, count = re.subn(rf"  {name}:\n(?:    .*\n)+", "", text)
        assert count == 1
    (folder / "slips.yaml").write_text(text, "utf-8", newline="")
    return folder


def follow(said: str) -> list[str]:
    """Do what is said of survivors word for word: put each case where it says, and run the command that it names."""
    followed: list[str] = []
    for paper in re.split(r"\n\n", said):
        found = re.search(
            r"^# (?P<file>.+): put it below line (?P<line>\d+), `cases:`\n(?:# then `alluse (?P<then>.+)` adds .*\n)?",
            paper,
            re.MULTILINE,
        )
        if found is None:
            continue
        file, line = Path(found["file"]), int(found["line"])
        lines = file.read_text("utf-8").splitlines()
        assert lines[line - 1] == "cases:"
        lines[line:line] = paper[found.end() :].splitlines()
        file.write_text("\n".join((*lines, "")), "utf-8", newline="")
        if found["then"]:
            assert run(*shlex.split(found["then"])).exit_code == 0
        followed.append(found["file"])
    return followed


@pytest.mark.parametrize(
    ("id_", "dropped", "was", "now"),
    [
        ("parameters/breach/value/tick-1", "above_the_first_rung", "breach: {value: 1,", "breach: {value: 0.9999,"),
        ("parameters/band/value/bound-2", "delta_at_the_end", "from 0.40 up to 0.45", "from 0.40 below 0.45"),
        ("parameters/window/value/tick-1", "window_opens", "from 9:45 up to", "from 9:44:59 up to"),
        ("rules/halt/when/term-1", "busy", "'!host.healthy && (!known", "'(!known"),
    ],
)
def test_a_survivor_gets_a_case_that_passes_on_the_law_and_fails_on_it(
    tmp_path: Path, id_: str, dropped: str, was: str, now: str
) -> None:
    there = cases(tmp_path / "cases", dropped, *(["before_the_window"] if dropped == "window_opens" else []))
    arguments = ("mutate", there, "--law", SMALL, "-k", id_, "--jobs", "1")
    found = run(*arguments)
    assert found.exit_code == 1
    assert follow(found.stdout) == [str(there / "slips.yaml")]
    assert run("test", there, "--law", SMALL).stdout.endswith("all as expected\n")
    law = tmp_path / "law"
    copytree(SMALL, law)
    section = (law / "01-flip.yaml").read_text("utf-8")
    assert section.count(was) == 1
    (law / "01-flip.yaml").write_text(section.replace(was, now), "utf-8", newline="")
    differing = run("test", there, "--law", law)
    assert differing.exit_code == 1
    assert re.search(r"_again: \d+ difference", differing.stdout)
    assert run(*arguments).exit_code == 0


CALM = """\
base: bases/thursday.yaml
about: account
cases:
    calm:
        expect:
          - {Normal: account A1, rule: calm}
        orders:
          - {sell: IWM260306P00190000, contracts: 3, price: 2.005, sleeve: A1/gen, effect: open, id: A1-GEN-20260305-IWM260306P00190000-01.v1, rule: permit}
rules:
  calm: {cites: ["0.1"], file: 01-flip.yaml}
  permit: {cites: ["0.1"], file: 01-flip.yaml}
"""  # noqa: E501 - as a file has it
ODD = (
    ("parameters:\n", '  odd_limit: {value: 90000, unit: contracts, cites: "0.1", means: an odd limit}\n'),
    (
        "rules:\n",
        '  odd: {for: entry, require: EntryPermitted, when: entry.contracts <= odd_limit, else: odd, cites: "0.1"}\n',
    ),
)
PROPOSED = """\
    proposed:
        given: {proposals: [{account: A1, sleeve: gen, side: sell, contracts: 2, underlying: IWM, right: put, strike: 189, expiration: 2026-03-06, multiplier: 100}]}
        about: account
        expect:
          - {Normal: account A1, rule: calm}
        orders:
          - {sell: IWM260306P00190000, contracts: 3, price: 2.005, sleeve: A1/gen, effect: open, id: A1-GEN-20260305-IWM260306P00190000-01.v1, rule: permit}
"""  # noqa: E501 - as a file has it


def calm(folder: Path, more: str = "") -> Path:
    """Write one file with one case about the account, and with others."""
    copytree(CASES / "bases", folder / "bases")
    (folder / "calm.yaml").write_text(CALM.replace("rules:\n", f"{more}rules:\n"), "utf-8", newline="")
    return folder


def odd(law: Path) -> Path:
    """Copy the small law with a bound on how many contracts an entry has."""
    copytree(SMALL, law)
    section = law / "01-flip.yaml"
    text = section.read_text("utf-8")
    for key, added in ODD:
        assert text.count(f"\n{key}") == 1
        text = text.replace(f"\n{key}", f"\n{key}{added}")
    section.write_text(text, "utf-8", newline="")
    return law


def test_cases_for_several_survivors_go_into_one_file_and_what_their_rules_cite_is_added(tmp_path: Path) -> None:
    there = calm(tmp_path / "cases and more")
    arguments = ("mutate", there, "--law", SMALL, "-k", "breach/", "--jobs", "1")
    found = run(*arguments)
    assert found.exit_code == 1
    survivors = len(re.findall(r"breach/.* becomes ", found.stdout))
    assert follow(found.stdout) == [str(there / "calm.yaml")] * survivors
    text = (there / "calm.yaml").read_text("utf-8")
    names = re.findall(r"^    (\w+):$", text, re.MULTILINE)
    assert (len(names), {*names} - {"calm"}) == (
        survivors + 1, {"calm_again", *(f"calm_again_{number}" for number in range(2, survivors + 1))},
    )  # fmt: skip
    assert "adds the citations of " in found.stdout
    assert run("test", there, "--law", SMALL).stdout == f"{survivors + 1} cases in 1 file: all as expected\n"
    assert run(*arguments).exit_code == 0


def test_how_many_contracts_are_offered_is_moved_in_no_case(tmp_path: Path) -> None:
    law, there = odd(tmp_path / "law"), calm(tmp_path / "cases")
    found = run("mutate", there, "--law", law, "-k", "odd", "--tries", "3000", "--jobs", "1")
    assert found.exit_code == 1
    survivors = re.findall(r"^01-flip\.yaml:.*odd.*\n(.*)", found.stdout, re.MULTILINE)
    assert survivors == ["# no snapshot was found that tells it from the law"] * 4


def test_how_many_contracts_are_proposed_is_moved_in_a_proposal(tmp_path: Path) -> None:
    law, there = odd(tmp_path / "law"), calm(tmp_path / "cases", PROPOSED)
    arguments = ("mutate", there, "--law", law, "-k", "odd_limit", "--tries", "3000", "--jobs", "1")
    found = run(*arguments)
    assert found.exit_code == 1
    assert [*re.findall(r"proposals: \[\{.*contracts: (\d+)", found.stdout)] == ["90000", "90001"]
    assert follow(found.stdout) == [str(there / "calm.yaml")] * 2
    assert run(*arguments).exit_code == 0


def test_a_search_that_fails_takes_nothing_from_the_other_survivors(tmp_path: Path) -> None:
    stock = Stock(SMALL, calm(tmp_path / "cases"))
    made = opened(stock, lambda *_: None)
    mutant = made.mutants["parameters/breach/value/tick-1"]
    papers = [*Crew(stock, 1).papers([replace(mutant, id="rules/nowhere"), mutant], 500)]
    assert papers[0] == "looking for a case ended with KeyError: 'rules/nowhere'"
    assert isinstance(papers[1], Paper)


def test_without_tries_no_case_is_looked_for(tmp_path: Path) -> None:
    there, id_ = cases(tmp_path / "cases", "above_the_first_rung"), "parameters/breach/value/tick-1"
    found = run("mutate", there, "--law", SMALL, "-k", id_, "--tries", "0", "--jobs", "1")
    assert (found.exit_code, found.stdout.splitlines()[-1]) == (1, f"01-flip.yaml:12:19 {id_}: 1.0000 becomes 0.9999")


_TRUE = "facts/sleeve.drawdown/value/term-2"


def excused(folder: Path, **reasons: str) -> Path:
    file = folder / "equivalent.yaml"
    file.write_text("equivalents:\n" + "".join(f"  {id_}: {why}\n" for id_, why in reasons.items()), "utf-8")
    return file


def test_an_equivalent_is_told_with_its_reason(tmp_path: Path) -> None:
    file = excused(tmp_path, **{_TRUE: "a gain reaches the limit no more than nothing does"})
    found = run("mutate", CASES, "--law", SMALL, "-k", _TRUE, "--equivalent", file, "--format", "json", "--jobs", "1")
    assert found.exit_code == 0
    (mutant,) = json.loads(found.stdout)["mutants"]
    assert (mutant["status"], mutant["because"]) == ("equivalent", "a gain reaches the limit no more than nothing does")


def test_an_equivalent_that_decides_otherwise_is_refused_with_the_seed(tmp_path: Path) -> None:
    id_ = "rules/narrow/when/term-3"
    file = excused(tmp_path, **{id_: "nobody ever asks how much of it is open"})
    found = run("mutate", CASES, "--law", SMALL, "-k", id_, "--equivalent", file, "--quick", "--jobs", "1")
    assert found.exit_code == 2
    said = (
        rf"{re.escape(str(file))}:2:3 no-equivalent: {id_} decides otherwise in \S+ with .* \(seed \d+\); write a case"
    )
    assert re.fullmatch(said, found.stderr.strip())


def test_equivalents_that_are_noticed_or_not_there_or_without_a_reason_are_refused(tmp_path: Path) -> None:
    killed = "parameters/breach/value/tick-1"
    found = run("mutate", CASES, "--law", SMALL, "-k", killed, "--jobs", "1", "--equivalent",
                excused(tmp_path, **{killed: "somebody hopes that nobody looks"}))  # fmt: skip
    told_ = f"{killed} is killed: {CASES / 'slips.yaml'}::above_the_first_rung; delete it"
    assert (found.exit_code, found.stderr) == (2, f"{tmp_path / 'equivalent.yaml'}:2:3 no-equivalent: {told_}\n")
    unknown = {"parameters/breach/value/tick-3": "there is no third tick at all", _TRUE: "short"}
    found = run("mutate", CASES, "--law", SMALL, "--jobs", "1", "--equivalent", excused(tmp_path, **unknown))
    assert found.exit_code == 2
    first, second = found.stderr.splitlines()
    assert first.startswith(
        f"{tmp_path / 'equivalent.yaml'}:2:3 unknown-mutant: 'parameters/breach/value/tick-3' is none; did"
    )
    assert second.endswith("3:3 reason: say in a sentence why no snapshot can tell it from the law")


def test_a_file_of_equivalents_that_is_named_and_not_there_is_refused(tmp_path: Path) -> None:
    found = run("mutate", CASES, "--law", SMALL, "--jobs", "1", "--equivalent", tmp_path / "typo.yaml")
    assert found.exit_code == 2
    assert f"File '{tmp_path / 'typo.yaml'}' does not exist." in found.stderr


def test_a_folder_without_a_file_of_equivalents_has_none(tmp_path: Path) -> None:
    there = cases(tmp_path / "cases")
    found = run("mutate", there, "--law", SMALL, "-k", "rung", "--jobs", "1")
    assert (found.exit_code, found.stderr) == (0, "")


def test_more_equivalents_than_one_in_fifty_are_refused(tmp_path: Path, small: Judge) -> None:
    made = mutants(small.source)
    many = len(made) // 50 + 1
    file = excused(tmp_path, **{mutant.id: "there must be some reason for this" for mutant in made[:many]})
    found = run("mutate", CASES, "--law", SMALL, "--jobs", "1", "--equivalent", file)
    told_ = f"{many} of {len(made)} mutants are excused, at most one in 50 may be; write cases"
    assert (found.exit_code, found.stderr) == (2, f"{file}:1:1 too-many: {told_}\n")


# The command.


def test_a_case_that_is_not_as_it_expects_is_told_before_any_mutant(tmp_path: Path) -> None:
    there = cases(tmp_path / "cases")
    file = there / "slips.yaml"
    file.write_text(
        file.read_text("utf-8").replace("{HedgedWeek: market, factor: 0.75", "{HedgedWeek: market, factor: 0.7")
    )
    found = run("mutate", there, "--law", SMALL, "--jobs", "1")
    assert found.exit_code == 2
    assert [line.partition(" ")[2] for line in found.stderr.splitlines()] == [
        "differs: is not as it expects; run `alluse test`, and mend the case or the law first"
    ] * 2


def test_where_there_is_no_case_no_mutant_is_tried(tmp_path: Path) -> None:
    found = run("mutate", tmp_path, "--law", SMALL, "--jobs", "1")
    assert (found.exit_code, found.stdout) == (2, "")
    assert f"there is no case at {tmp_path}; name a file or a folder of golden cases\n" in found.stderr


def test_a_rule_that_the_law_does_not_have_is_told_before_any_mutant(tmp_path: Path) -> None:
    there = cases(tmp_path / "cases")
    file = there / "slips.yaml"
    file.write_text(f'{file.read_text("utf-8")}  nonsense: {{cites: ["0.1"], file: 01-flip.yaml}}\n', "utf-8")
    found = run("mutate", there, "--law", SMALL, "--jobs", "1")
    assert (found.exit_code, found.stdout) == (2, "")
    line = file.read_text("utf-8").count("\n")
    assert found.stderr.startswith(f"{file}:{line}:3 unknown-rule: the law has no rule 'nonsense'; ")


def test_the_list_names_every_mutant_and_tries_none(small: Judge) -> None:
    found = run("mutate", "--law", SMALL, CASES, "--list")
    lines = found.stdout.splitlines()
    assert (found.exit_code, len(lines)) == (0, len(mutants(small.source)))
    assert lines[0] == "01-flip.yaml:5:22 parameters/time_zone/value/word-1: America/New_York becomes UTC"
    assert run("mutate", "--law", SMALL, CASES, "-k", "nowhere").exit_code == 2


def test_what_is_told_does_not_depend_on_the_cores() -> None:
    one, two = (
        run("mutate", CASES, "--law", SMALL, "-k", "rules/", "--tries", "90", "--jobs", jobs).stdout
        for jobs in ("1", "3")
    )
    assert one == two
    assert "survived" in one


def test_a_page_tells_the_scores_and_whether_it_is_of_this_law(tmp_path: Path) -> None:
    page, file = tmp_path / "mutation.md", excused(tmp_path, **{_TRUE: "a gain reaches it no more than nothing does"})
    law = tmp_path / "law"
    copytree(SMALL, law)
    arguments = ("mutate", CASES, "--law", law, "--equivalent", file, "--jobs", "1")
    assert run(*arguments, "--check", page).exit_code == 2
    assert run(*arguments, "--tries", "0", "--quick", "--write", page).exit_code == 1
    text = page.read_text("utf-8")
    assert f"- `{_TRUE}`: 0 is left out. a gain reaches it no more than nothing does" in text
    assert "| rung | a ladder without one of its levels | 2 | 2 | 0 | 0 | 0 | 100.0 % |" in text
    assert "held against 1,000 snapshots" in text
    assert run(*arguments, "--check", page).exit_code == 0
    assert run(*arguments, "--write", page, "-k", "rung").exit_code == 2
    section = law / "01-flip.yaml"
    section.write_text(section.read_text("utf-8").replace("above it the week is hedged", "above it a week is hedged"))
    assert run(*arguments, "--check", page).exit_code == 1


def test_the_page_of_the_law_is_of_this_law_and_these_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was written after all mutants were tried; `make mutate` does so again, in a minute."""
    monkeypatch.chdir(ROOT)
    found = run("mutate", "--check", "docs/mutation.md")
    assert (found.exit_code, found.stdout) == (0, "docs/mutation.md is of this law and of these cases\n")
    assert "**100.0 %** of " in Path("docs/mutation.md").read_text("utf-8")


# A run that is stopped.

STARTED = "from cli import main; main()"


def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    state = tmp_path / "state"
    there = str(GOLDEN / "13-suggestions")
    command = ("mutate", there, "--section", "3", "--tries", "0", "--quick", "--format", "json")
    with subprocess.Popen(
        [sys.executable, "-c", STARTED, *command, "--state", str(state), "--jobs", "1"], cwd=ROOT,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    ) as process:  # fmt: skip
        until = monotonic() + 60
        while process.poll() is None and monotonic() < until and not (state.is_file() and _lines(state) > 1):
            sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert process.returncode == -signal.SIGKILL
    left = state.read_text("utf-8")
    state.write_text(left + '[["cut sho', "utf-8")
    went_on = run(*command, "--state", state, "--jobs", "1")
    assert state.read_text("utf-8").startswith(left.rpartition("\n")[0])
    assert went_on.stdout == run(*command, "--jobs", "1").stdout
    noted = [item[0] for line in state.read_text("utf-8").splitlines()[1:] for item in json.loads(line)]
    assert len(noted) == len(set(noted)) == len(json.loads(went_on.stdout)["mutants"])


def _lines(file: Path) -> int:
    return file.read_text("utf-8").count("\n")


def test_a_page_that_is_not_there_is_no_page_of_another_day(tmp_path: Path) -> None:
    found = run("mutate", CASES, "--law", SMALL, "--check", tmp_path / "mutation.md")
    assert found.exit_code == 2
    assert f"File '{tmp_path / 'mutation.md'}' does not exist." in found.stderr


def test_what_is_changed_after_it_was_read_shows(tmp_path: Path) -> None:
    there = cases(tmp_path / "cases")
    before = About.of(SMALL, there, tmp_path / "equivalent.yaml")
    line = before.line
    (there / "slips.yaml").write_text("changed\n", "utf-8")
    assert before.line == line != About.of(SMALL, there, tmp_path / "equivalent.yaml").line


def test_a_page_that_cannot_be_written_takes_no_result_with_it(tmp_path: Path) -> None:
    page = tmp_path / "nowhere" / "mutation.md"
    found = run("mutate", CASES, "--law", SMALL, "--tries", "0", "--quick", "--jobs", "1", "--write", page)
    assert (found.exit_code, found.stderr) == (2, f"Error: {page} cannot be written: No such file or directory\n")
    assert "100.0 %" in found.stdout


@pytest.mark.parametrize(("path", "why"), [("no/way", "no: File exists"), ("state", "File too large")])
def test_a_state_that_cannot_be_written_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("no").write_text("no folder\n", "utf-8")
    with files_at_most(64):
        found = run("mutate", CASES, "--law", SMALL, "-k", "rung", "--jobs", "1", "--state", path)
    assert (found.exit_code, found.stdout) == (2, "")
    assert found.stderr == f"Error: the state {path} cannot be written ({why}); name another file\n"


def test_a_state_of_another_law_is_forgotten_and_one_of_nothing_refused(tmp_path: Path) -> None:
    state, law = tmp_path / "state", tmp_path / "law"
    copytree(SMALL, law)
    arguments = ("mutate", CASES, "--law", law, "-k", "breach", "--state", state, "--jobs", "1", "--tries", "0")
    run(*arguments)
    before = state.read_text("utf-8")
    run(*arguments)
    assert state.read_text("utf-8") == before
    head, *said = before.splitlines()
    other = json.dumps(json.loads(head) | {"code": "of another day"})
    state.write_text("\n".join((other, *said[:1])) + "\n", "utf-8")
    run(*arguments)
    assert state.read_text("utf-8") == before
    section = law / "01-flip.yaml"
    section.write_text(section.read_text("utf-8").replace("above it the week is hedged", "above it a week is hedged"))
    run(*arguments)
    assert state.read_text("utf-8").splitlines()[0] != before.splitlines()[0]
    assert state.read_text("utf-8").splitlines()[1:] == before.splitlines()[1:]
    for kind in (b"nothing of the kind\n", b"\xff\xfe"):
        state.write_bytes(kind)
        found = run(*arguments)
        assert (found.exit_code, found.stdout) == (2, "")
        assert f"{state} is no state of this command; name a file that is not there yet" in found.stderr
