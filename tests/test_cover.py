"""What golden cases exercise: each way in which a place of the law turns out, where a case looks at it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import copyfile, copytree

import pytest
from click.testing import CliRunner, Result

from cli import main
from commands.covered import covered
from commands.fixture import read_fixtures
from commands.law import law_folder
from engine.decide import decide
from engine.decisions import BY_THE_ENGINE, KINDS
from engine.evaluate import Evaluator
from engine.law.load import load
from engine.law.read import read_folder
from proof.coverage import Coverage
from proof.coverage_pieces import atlas_of
from proof.coverage_points import Key, Mark
from proof.coverage_recorder import Recorder
from proof.coverage_tally import Tally
from proof.coverage_words import advice
from tests.tiny import write

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "fixtures" / "golden"
LAW = law_folder(None, None)
FILES = (
    "00-global/cover_orders.yaml",
    "00-global/deployment.yaml",
    "05-hedging/trigger_hedge.yaml",
    "06-protocol/ladder.yaml",
    "06-protocol/roll_refused.yaml",
    "08-data/liquidity.yaml",
    "09-states/cover_transitions.yaml",
)

WEATHER = """\
parameters:
  calm_vix: {value: 20, unit: index_points, cites: "0.1", means: where calm ends}
  storm_vix: {value: 30, unit: index_points, cites: "0.1", means: where storms begin}
facts:
  market.risen: {value: market.vix > market.vix_close, means: higher than yesterday, cites: "0.1"}
tables:
  market.weather:
    hit: first
    by: {calm: market.vix < calm_vix, storm: market.vix >= storm_vix}
    rows:
      - {calm: true, then: fair}
      - {storm: true, then: foul}
    otherwise: dull
    unit: symbol
    cites: "0.1"
  market.sky:
    hit: unique
    by: {vix: market.vix}
    rows:
      - {vix: below calm_vix, then: blue}
      - {vix: from calm_vix, then: grey}
    unit: symbol
    cites: "0.1"
latches:
  market.flooded:
    set: market.weather == "foul"
    clear: market.weather == "fair"
    cites: "0.1"
rules:
  flood:
    for: market
    decide: Alert
    when: market.flooded
    with: {code: flood}
    cites: "0.1"
    rests_on: [A-01]
  rise:
    for: market
    decide: Alert
    when: known(market.vix_close) && market.risen && market.sky == "grey"
    with: {code: rise}
    cites: "0.1"
  host_sound:
    for: host
    decide: Alert
    when: '!host.healthy'
    with: {code: unwell}
    cites: "0.1"
"""

BAD = "s.spot >= bad_spot"
SPOTS = """\
parameters:
  bad_spot: {{value: 20, unit: usd_per_share, cites: "0.1", means: where it is bad}}
  calm_spot: {{value: 20, unit: usd_per_share, cites: "0.1", means: where calm ends}}
  storm_spot: {{value: 30, unit: usd_per_share, cites: "0.1", means: where storms begin}}
tables:
  market.worst:
    hit: first
    by:
      worse: {}
      bad: market.symbols.exists(s, s.spot >= bad_spot)
    rows:
      - {{worse: true, then: worse}}
      - {{bad: true, then: bad}}
    otherwise: good
    unit: symbol
    cites: "0.1"
rules:
  worst:
    for: market
    decide: Alert
    when: market.worst == "bad" || market.symbols.exists(s, s.spot > storm_spot || s.spot > calm_spot)
    with: {{code: bad}}
    cites: "0.1"
    rests_on: [A-01]
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["cover", *map(str, arguments)], prog_name="alluse")


def cases(folder: Path, *given: str, about: str = "market") -> Path:
    """Write a fixture with a case for each difference from the small snapshot, called a, b, c."""
    copyfile(ROOT / "tests" / "small_snapshot.yaml", folder / "small.yaml")
    text = "".join(f"  {name}:\n    given: {{{one}}}\n" for name, one in zip("abcdefgh", given, strict=False))
    path = folder / "cases.yaml"
    path.write_text(f"base: small.yaml\nabout: {about}\ncases:\n{text}", "utf-8")
    return path


def tiny(folder: Path, *given: str, about: str = "market") -> Coverage:
    return covered(write(folder / "law", WEATHER), cases(folder, *given, about=about)).coverage


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Coverage:
    """Return what a few fixture files show of the law of this repository."""
    folder = tmp_path_factory.mktemp("golden")
    copytree(GOLDEN / "bases", folder / "bases")
    for file in FILES:
        copyfile(GOLDEN / file, folder / Path(file).name)
    return covered(LAW, folder).coverage


def ways(coverage: Coverage, form: str, piece: str = "") -> dict[str, dict[str, str | None]]:
    """Return the ways of every place of a form, each with the name of the case that shows it."""
    found: dict[str, dict[str, str | None]] = {}
    for key, probe in coverage.probes.items():
        if key.form == form and piece in ("", key.piece):
            cases = {way: coverage.shown.get(Mark(key, way)) for way in probe.wanted}
            found[key.text or key.piece] = {way: case and case.partition("::")[2] for way, case in cases.items()}
    return found


# What a table shows.


def test_a_row_that_applies_is_taken_and_one_above_it_is_passed_over(tmp_path: Path) -> None:
    shown = ways(tiny(tmp_path, "market.vix: 19", "market.vix: 31"), "row", "market.weather")
    assert shown == {
        "row 1": {"taken": "a", "passed over": "b"},
        "row 2": {"taken": "b", "passed over": None},
        "otherwise": {"taken": None},
    }


def test_every_row_of_a_unique_table_is_looked_at(tmp_path: Path) -> None:
    found = tiny(tmp_path, "market: {vix: 31, vix_close: 30}", "market: {vix: 19, vix_close: 18}")
    assert ways(found, "row", "market.sky") == {
        "row 1": {"taken": "b", "passed over": "a"},
        "row 2": {"taken": "a", "passed over": "b"},
    }


# What a bound shows.


def test_a_bound_is_shown_by_one_tick(tmp_path: Path) -> None:
    found = tiny(tmp_path, "market.vix: 19.9999", "market.vix: 20", "market.vix: 20.0001")
    bounds = ways(found, "comparison", "market.weather")
    assert bounds["market.vix < calm_vix"] == {"below": "a", "on": "b", "above": "c"}


def test_what_lies_farther_from_a_bound_of_the_law_is_told_and_does_not_count(tmp_path: Path) -> None:
    found = tiny(tmp_path, "market.vix: 19.99", "market.vix: 20", "market.vix: 19.9")
    (bound,) = [one for one in found.missing() if one.probe.key.text == "market.vix < calm_vix"]
    assert bound.ways == ("below", "above")
    assert {way: str(near.distance) for way, near in bound.near.items()} == {"below": "1/100"}
    assert bound.like.endswith("cases.yaml::a")
    assert advice(bound, found.law) == [
        "the market with market.vix one tick below calm_vix (the nearest is 0.01 away)",
        "the market with market.vix one tick above calm_vix",
    ]


def test_two_facts_are_held_against_each_other_from_anywhere(tmp_path: Path) -> None:
    found = tiny(tmp_path, "market.vix: 10", "market.vix: 17.6", "market.vix: 44")
    assert ways(found, "comparison", "market.risen") == {
        "market.vix > market.vix_close": {"below": "a", "on": "b", "above": "c"}
    }


def test_a_term_behind_one_that_settles_the_answer_is_not_looked_at(tmp_path: Path) -> None:
    found = tiny(tmp_path, "market: {vix: 25, vix_close: 26}")
    assert set(ways(found, "row", "market.sky")["row 2"].values()) == {None}


def test_what_a_case_is_not_about_does_not_count(tmp_path: Path) -> None:
    found = tiny(tmp_path, "market.vix: 31", about="host")
    assert found.of(probe for probe in found.probes.values() if probe.subject == "market").ways == 0
    assert ways(found, "rule", "host_sound") == {"host_sound": {"made": None, "not made": "a", "unknown": None}}


@pytest.mark.parametrize(
    ("worse", "able"),
    [
        ("market.symbols.exists(s, s.spot >= storm_spot)", ["below", "on", "above"]),
        ("market.symbols.exists(s, s.spot >= calm_spot)", ["below"]),
        ("market.symbols.exists(s, s.spot > calm_spot)", ["below", "on"]),
        ("'!market.symbols.all(s, s.spot < calm_spot)'", ["below"]),
        ("market.symbols.exists(s, s.spot >= calm_spot && s.spot < storm_spot)", ["below", "on", "above"]),
        ("market.symbols.count(s, s.spot >= calm_spot) > 0", ["below", "on", "above"]),
    ],
)  # fmt: skip
def test_what_a_row_above_has_asked_of_a_list_is_known_of_each_of_its_rows(
    tmp_path: Path, worse: str, able: list[str]
) -> None:
    law = write(tmp_path / "law", SPOTS.format(worse))
    probe = atlas_of(load(law), read_folder(law, [])[0]).probes[Key("comparison", "market.worst", BAD)]
    assert [*probe.wanted] == able


def test_no_position_above_level_2_is_asked_for_below_the_row_of_level_3(some: Coverage) -> None:
    bounds = ways(some, "comparison", "account.max_level")
    assert {text: [*found] for text, found in bounds.items()} == {
        "p.level >= preservation": ["below", "on"], "p.level >= recovery": ["below", "on"],
    }  # fmt: skip


# What rules and latches show.


def test_a_rule_is_made_not_made_and_unknown(tmp_path: Path) -> None:
    found = tiny(tmp_path, "host.healthy: false", "host.healthy: true", "host.healthy: null", about="host")
    assert ways(found, "rule", "host_sound") == {"host_sound": {"made": "a", "not made": "b", "unknown": "c"}}


def test_what_asks_first_whether_something_is_known_is_never_asked_to_be_unknown(tmp_path: Path) -> None:
    found = tiny(tmp_path, "market.vix: 31")
    assert [*ways(found, "rule", "flood")["flood"]] == ["made", "not made", "unknown"]
    probes = atlas_of(load(tmp_path / "law"), read_folder(tmp_path / "law", [])[0]).probes
    assert "unknown" not in probes[Key("rule", "host_sound")].never


def test_a_latch_is_set_kept_and_cleared(tmp_path: Path) -> None:
    memory = "memory.market.-.flooded: {since: 2026-03-04T15:00:00Z, by: law}"
    found = tiny(tmp_path, "market.vix: 31", f"market.vix: 25, {memory}", f"market.vix: 19, {memory}")
    assert ways(found, "latch") == {"market.flooded": {"set": "a", "kept": "b", "cleared": "c"}}


def test_a_ruling_is_carried_out_and_not_by_what_rests_on_it(tmp_path: Path) -> None:
    found = tiny(tmp_path, "market.vix: 31", "market.vix: 19")
    assert ways(found, "ruling") == {"A-01": {"carried out": "a", "not carried out": "b"}}


# The law of this repository, by a few files.


def test_a_requirement_holds_fails_and_is_unknown(some: Coverage) -> None:
    assert ways(some, "requirement", "enough_open_interest") == {
        "enough_open_interest": {
            "held": "below", "failed": "open_interest_below", "unknown": "open_interest_missing",
        }
    }  # fmt: skip


def test_a_reason_is_given_and_given_alone(some: Coverage) -> None:
    reasons = ways(some, "reason")
    assert reasons["safe"] == {"given": "level_3", "given alone": "user_pause"}
    assert reasons["spread"] == {"given": "spread_above", "given alone": "spread_above"}
    assert reasons["margin"] == {"given": None, "given alone": None}


def test_each_level_of_a_ladder_is_reached_and_passed_over(some: Coverage) -> None:
    assert ways(some, "level") == {
        "does not apply": {"taken": "bought", "passed over": "below"},
        "level 3, preservation": {"taken": "level_3", "passed over": "below"},
        "level 2, recovery": {"taken": "level_2", "passed over": "below"},
        "level 1, watch": {"taken": "level_1", "passed over": "below"},
        "level 0, normal": {"taken": "below"},
    }


def test_a_pick_is_found_or_nothing_is(some: Coverage) -> None:
    found = {"found": "level_2", "nothing found": "delta_below"}
    assert ways(some, "pick", "position.roll_target") == {"position.roll_target": found}


def test_a_ceiling_binds_or_leaves_room(some: Coverage) -> None:
    ceilings = ways(some, "ceiling")
    assert ceilings["deployment"] == {"binds": "below", "leaves room": "above"}
    assert ceilings["margin"] == {"binds": None, "leaves room": "below"}
    assert ceilings["coverage"] == {"binds": None, "leaves room": None}


def test_a_leg_is_bought_or_unaffordable(some: Coverage) -> None:
    assert ways(some, "leg", "triggers") == {
        "spx_puts": {"bought": "floor", "unaffordable": "put_just_not_affordable"},
        "vix_calls": {"bought": "floor", "unaffordable": "breach_first"},
    }


def test_a_contest_names_the_winner_and_the_loser(some: Coverage) -> None:
    assert ways(some, "arbitration", "order.action") == {
        "Nothing over CancelOrder": {"won": "known_and_given_up"},
        "Nothing over ReadBroker": {},
        "Nothing over CancelReplace": {},
        "Nothing over AwaitFill": {},
        "CancelOrder over CancelOrder": {"won": None},
        "CancelOrder over ReadBroker": {"won": "unacknowledged_and_forbidden"},
        "CancelOrder over CancelReplace": {"won": None},
        "CancelOrder over AwaitFill": {"won": "unacknowledged_and_forbidden"},
        "ReadBroker over CancelReplace": {},
        "ReadBroker over AwaitFill": {},
        "CancelReplace over AwaitFill": {"won": "past_the_timeout"},
    }


def test_a_change_of_state_is_made_refused_or_asked_for(some: Coverage) -> None:
    changes = ways(some, "transition")
    assert len(changes) == 90
    assert changes["SAFE to SCANNING"] == {"made": "safe_to_monitoring", "refused": None}
    assert changes["SAFE to CLOSING"] == {"asked for": "safe_to_closing"}
    assert changes["SAFE to ANALYZING"] == {"asked for": None}


def test_a_memory_changes_or_stays(some: Coverage) -> None:
    memories = ways(some, "memory")
    assert memories["position.last_level_next"] == {"changed": "level_1", "unchanged": "level_1"}
    assert memories["sleeve.forked_next"] == {"changed": None, "unchanged": None}


def test_kinds_that_no_rule_makes_by_itself_are_decided_too(some: Coverage) -> None:
    kinds = ways(some, "kind")
    assert {kind: shown["decided"] for kind, shown in kinds.items() if kind in BY_THE_ENGINE} == {
        "EntryDenied": "safe_to_monitoring", "Blocked": "delta_below", "Withheld": "below",
    }  # fmt: skip
    assert set(kinds) == {*KINDS}


def test_the_recorder_reads_the_law_as_the_slow_reading_does() -> None:
    law, tally = load(LAW), Tally(atlas_of(load(LAW), read_folder(LAW, [])[0]))
    (fixture,) = read_fixtures([GOLDEN / "06-protocol" / "roll.yaml"])
    for case in fixture.cases[:6]:
        verdict = decide(law, case.snapshot)
        slow, noting = Evaluator(verdict.facts, verdict.kleene), Recorder(verdict.facts, verdict.kleene, tally=tally)
        for derived in law.derived.values():
            rows = range(len(verdict.facts.ids[derived.subject]))
            read = [[each.fact(derived.subject, derived.fact, row) for row in rows] for each in (slow, noting)]
            assert read[0] == read[1], derived.name


def test_every_missing_way_has_a_case_that_one_would_write(some: Coverage) -> None:
    said = [line for one in some.missing() for line in advice(one, some.law)]
    assert len(said) == some.whole.wanted - some.whole.ways
    assert all(line and "None" not in line for line in said)


# The command.


def small(folder: Path, *more: str) -> Result:
    law = write(folder / "law", WEATHER)
    return run(cases(folder, "market.vix: 31", "market.vix: 19"), "--law", law, *more)


def test_the_totals_are_told_by_section_and_by_what_they_are(tmp_path: Path) -> None:
    result = small(tmp_path, "--totals")
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[1:4] == ["2 golden cases show 20 of 45 ways in which the law can turn out: 44.4 %", "", "By section"]
    assert "constitution" not in result.stdout


def test_what_is_missing_is_told_by_its_place_with_the_case_one_would_write(tmp_path: Path) -> None:
    shown = small(tmp_path).stdout.replace(str(tmp_path), "")
    (told,) = re.findall(r"/law/01-tiny.yaml:15 row market.weather: otherwise\n(?:    .*\n)*", shown)
    assert told.splitlines()[1:] == [
        "    taken: the market to which no row above applies",
        "    begin from /cases.yaml::a",
    ]


def test_less_than_the_threshold_ends_with_1(tmp_path: Path) -> None:
    assert small(tmp_path, "--totals", "--threshold", "44.4").exit_code == 0
    result = small(tmp_path, "--totals", "--threshold", "44.5")
    assert (result.exit_code, result.stderr) == (1, "44.44 % is shown, less than 44.5 %\n")


def test_no_number_is_no_threshold(tmp_path: Path) -> None:
    result = small(tmp_path, "--totals", "--threshold", "nan")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith(
        "Error: Invalid value for '--threshold': nan is no percentage; write one from 0 to 100\n"
    )


def test_where_there_are_no_cases_nothing_is_shown(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    result = run(empty, "--law", write(tmp_path / "law", WEATHER))
    assert (result.exit_code, result.stdout) == (2, "")
    said = f"there is no golden case at {empty}; name a fixture or a folder of them"
    assert result.stderr.endswith(f"Error: Invalid value: {said}\n")


@pytest.mark.parametrize("section", ["1", "Tiny", "tiny", "§1 Tiny"])
def test_with_a_section_all_that_is_told_and_measured_is_about_it(tmp_path: Path, section: str) -> None:
    result = small(tmp_path, "--section", section, "--threshold", "41.9")
    assert result.exit_code == 1
    assert result.stderr == "41.86 % of §1 Tiny is shown, less than 41.9 %\n"
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[1] == "2 golden cases show 18 of 43 ways in which §1 Tiny can turn out: 41.9 %"
    assert [line for line in lines if line.startswith("§")][:2] == [
        "§1 Tiny 18 18 43 41.9 14 bounds, 5 rules, 2 table rows, 2 latches, 2 equalities", "§1 Tiny",
    ]  # fmt: skip
    assert small(tmp_path, "--section", "0", "--threshold", "100").exit_code == 0
    document = json.loads(small(tmp_path, "--section", section, "--format", "json").stdout)
    assert {key: document[key] for key in ("shown", "of", "percent")} == {"shown": 18, "of": 43, "percent": 41.86}
    assert {place["section"] for place in document["places"]} == {"1"}


def test_what_belongs_to_no_section_is_named_as_it_is_listed() -> None:
    result = run(GOLDEN / "13-suggestions", "--section", "Who wins", "--totals")
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert (result.exit_code, lines[1].partition(" can turn out")[0]) == (
        0, "6 golden cases show 1 of 14 ways in which Who wins",
    )  # fmt: skip


def test_a_section_that_is_not_there_is_said(tmp_path: Path) -> None:
    result = small(tmp_path, "--section", "6")
    assert result.exit_code == 2
    assert "there is no section '6', only 0, 1\n" in result.stderr


def test_the_json_has_every_place_with_the_case_that_shows_it(tmp_path: Path) -> None:
    document = json.loads(small(tmp_path, "--format", "json").stdout)
    assert {key: document[key] for key in ("cases", "shown", "of", "percent")} == {
        "cases": 2, "shown": 20, "of": 45, "percent": 44.44,
    }  # fmt: skip
    (latch,) = [place for place in document["places"] if place["form"] == "latch"]
    assert latch["ways"] == {"set": str(tmp_path / "cases.yaml::a"), "kept": None, "cleared": None}
    assert sum(len(one["write"]) for one in document["missing"]) == document["of"] - document["shown"]


def test_what_is_told_does_not_hang_on_the_order_of_sets() -> None:
    told = {
        subprocess.run(
            [sys.executable, "-m", "cli", "cover", str(GOLDEN / "13-suggestions"), "--format", "json"],
            cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(told) == 1


def test_the_page_needs_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    assert small(tmp_path, "--html", str(file)).stdout == f"wrote {file}\n"
    page = file.read_text("utf-8")
    assert "2 golden cases show 20 of 45 ways" in page
    assert "the market to which no row above applies" in page
    assert not re.search(r"<(script|link|img|iframe)\b|@import|url\(", page)


def test_a_page_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    result = small(tmp_path, "--html", str(tmp_path / "nowhere" / "page.html"))
    assert result.exit_code == 2
    assert "cannot be written: No such file or directory" in result.stderr


def test_a_malformed_fixture_is_said_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "cases.yaml").write_text("cases: {}\n", "utf-8")
    result = run(tmp_path / "cases.yaml", "--law", write(tmp_path / "law", WEATHER))
    assert result.exit_code == 2
    assert "a fixture needs 'base'" in result.stderr
