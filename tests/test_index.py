"""What carries out each item, what nothing carries out, and in how many golden cases a rule fires and is refused."""

import json
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli import main
from commands.homes import built, homes, performed, totals
from commands.validate import newest
from engine.law.authored import Items
from engine.law.load import load
from engine.law.read import read_folder
from tests.tiny import write

ROOT = Path(__file__).resolve().parents[1]
SMALL = ROOT / "tests" / "small_law"
OUTPUT = ROOT / "tests" / "outputs" / "index.txt"

SOUND = """\
parameters:
  calm_vix: {value: 20, unit: index_points, cites: "1.2", means: where calm ends}
facts:
  market.calm: {value: market.vix <= calm_vix, means: the VIX is low, cites: "1.2"}
rules:
  tell:
    for: market
    decide: Alert
    when: '!market.calm'
    with: {code: storm}
    cites: ["1.1", "1.2", "1.3"]
    rests_on: [A-01]
"""
ITEMS = """\
items:
  "0.1": {kind: guidance, source: text, text: Everything here is made up.}
  "1.1": {kind: rule, source: text, text: A person hears of a storm.}
  "1.2": {kind: rule, source: text, text: A storm is a high VIX.}
  "1.3": {kind: duty, source: text, text: What was said is written down., room: service/ledger}
  "1.4": {kind: rule, source: text, text: The law is sealed., room: engine/law/seal}
"""
GOLDEN = """\
base: small_snapshot.yaml
cases:
  at_rest:
    why: nothing is near a bound
  storm:
    why: above 65 nothing is sold
    given: {market.vix: 65.01}
  nobody_knows:
    why: without a VIX nothing is sold either
    given: {market.vix: null}
  none_of_ours:
    why: the rows that are looked at are those that count
    about: market
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["index", *arguments], prog_name="alluse")


def sound(folder: Path, *changes: tuple[str, str]) -> Path:
    """Return a law of which everything is carried out, or what is left of it after a change to its files."""
    law = write(folder / "law", SOUND)
    (law / "items.yaml").write_text(ITEMS, "utf-8")
    for old, new in changes:
        for file in law.glob("*.yaml"):
            file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    return law


def faults(folder: Path) -> list[str]:
    document = json.loads(run(str(folder), "--format", "json").stdout)
    return [f"{each['file']}:{each['line']} {each['code']}: {each['message']}" for each in document["faults"]]


# The items of the Constitution.


@pytest.fixture(scope="module")
def items() -> Items:
    found: Items = read_folder(newest(), [])[0]["items.yaml"].model
    return found


def test_guidance_and_duties_are_exactly_these(items: Items) -> None:
    kinds = {kind: [name for name, of in items.items.items() if of.kind == kind] for kind in ("guidance", "duty")}
    assert kinds == {
        "guidance": ["11.4", "13.1", "14.1", "16.1"],
        "duty": ["10.3", "11.1", "11.2", "11.3", "18.7", "18.8", "18.9", "18.10"],
    }


def test_every_duty_names_its_room_and_no_guidance_has_one(items: Items) -> None:
    assert [name for name, of in items.items.items() if of.kind == "duty" and not of.room] == []
    assert [name for name, of in items.items.items() if of.kind == "guidance" and of.room] == []


def test_a_rule_that_names_a_room_is_carried_out_there(items: Items) -> None:
    rooms = {name: of.room for name, of in items.items.items() if of.kind == "rule" and of.room}
    assert rooms == {"15.1": "engine/law/seal"}
    assert built("engine/law/seal")


def test_every_section_has_one_title(items: Items) -> None:
    own = {file.model.section for file in read_folder(newest(), [])[0].values() if hasattr(file.model, "section")}
    assert own & items.titles.keys() == set()
    assert {name.partition(".")[0] for name in items.items} - own - items.titles.keys() == set()


# What is said of a law.


def test_the_index_of_a_small_law_is_as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = run("tests/small_law")
    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout == OUTPUT.read_text("utf-8")


def test_a_law_of_which_everything_is_carried_out_ends_with_0(tmp_path: Path) -> None:
    result = run(str(sound(tmp_path)))
    assert result.exit_code == 0
    assert [" ".join(line.split()) for line in result.stdout.splitlines()[1:]] == [
        "5 items (3 of kind rule, 1 of kind duty, 1 of kind guidance)",
        "1 parameters, 1 rules, 1 interpretations",
        "",
        "Items",
        "item what and where",
        "─" * 62,
        "§0.1 guidance items.yaml:2",
        "ruled on in A-01",
        "§1.1 rule items.yaml:3",
        "decided by tell 01-tiny.yaml:8",
        "§1.2 rule items.yaml:4",
        "decided by tell 01-tiny.yaml:8",
        "parameters calm_vix 01-tiny.yaml:4",
        "facts market.calm 01-tiny.yaml:6",
        "§1.3 duty items.yaml:5",
        "performed by service/ledger, to come with the service",
        "decided by tell 01-tiny.yaml:8",
        "§1.4 rule items.yaml:6",
        "performed by engine/law/seal",
        "",
    ]


def test_json_has_every_item_with_its_homes(tmp_path: Path) -> None:
    law = sound(tmp_path)
    document: dict[str, Any] = json.loads(run(str(law), "--format", "json").stdout)
    tell = {"name": "tell", "place": "01-tiny.yaml:8:3"}
    assert document == {
        "constitution": "0.1",
        "law": load(law).bytes_digest,
        "totals": {
            "items": 5,
            "rule": 3,
            "duty": 1,
            "guidance": 1,
            "parameters": 1,
            "rules": 1,
            "interpretations": 1,
        },
        "items": [
            _said("0.1", "guidance", 2, interpretations=["A-01"]),
            _said("1.1", "rule", 3, rule=[tell]),
            _said(
                "1.2",
                "rule",
                4,
                rule=[tell],
                parameter=[{"name": "calm_vix", "place": "01-tiny.yaml:4:3"}],
                fact=[{"name": "market.calm", "place": "01-tiny.yaml:6:3"}],
            ),
            _said("1.3", "duty", 5, room={"path": "service/ledger", "exists": False}, rule=[tell]),
            _said("1.4", "rule", 6, room={"path": "engine/law/seal", "exists": True}),
        ],
        "faults": [],
    }


def _said(item: str, kind: str, line: int, **more: object) -> dict[str, object]:
    return {
        "item": item,
        "kind": kind,
        "place": f"items.yaml:{line}:3",
        "room": None,
        "interpretations": [],
        **more,
    }


def test_a_level_of_a_ladder_carries_out_what_it_cites() -> None:
    found = {home.item: home for home in homes(load(SMALL), read_folder(SMALL, [])[0])}
    assert [piece.name for piece in found["6.2"].pieces] == ["watch_breach", "position.ladder_level"]


def test_what_a_latch_keeps_is_no_latch_of_its_own() -> None:
    folder = newest()
    law = load(folder)
    listed = {piece.name for home in homes(law, read_folder(folder, [])[0]) for piece in home.pieces}
    latched = {name for name, of in law.derived.items() if of.form == "latch"}
    assert listed & latched == {name for name in law.latches if law.latches[name].origin.cites}


def test_the_totals_are_those_of_the_law() -> None:
    assert totals(load(SMALL)) == {
        "items": 10,
        "rule": 10,
        "duty": 0,
        "guidance": 0,
        "parameters": 7,
        "rules": 7,
        "interpretations": 2,
    }


# What nothing carries out.


def test_a_rule_that_nothing_decides_is_homeless(tmp_path: Path) -> None:
    law = sound(tmp_path, ('["1.1", "1.2", "1.3"]', '["1.1", "1.3"]'))
    only = "nothing that decides or requires cites 1.2, only calm_vix, market.calm do"
    said = f"{only}; cite it where it is decided, such as in tell"
    assert faults(law) == [f"items.yaml:4 homeless: {said}"]
    result = run(str(law))
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == f"{law}/items.yaml:4:3 homeless: {said}"


def test_a_rule_whose_room_is_not_there_is_homeless(tmp_path: Path) -> None:
    law = sound(tmp_path, ("engine/law/seal", "service/seal"))
    assert faults(law) == [
        "items.yaml:6 homeless: nothing that decides or requires cites 1.4; cite it where it is decided"
    ]


def test_a_duty_without_a_rule_that_calls_for_it_has_no_trigger(tmp_path: Path) -> None:
    law = sound(tmp_path, ('["1.1", "1.2", "1.3"]', '["1.1", "1.2"]'))
    said = "no rule that decides cites 1.3, so nothing says when the duty is due; write that rule"
    assert faults(law) == [f"items.yaml:5 no-trigger: {said}"]


def test_a_duty_without_a_room_is_a_fault(tmp_path: Path) -> None:
    law = sound(tmp_path, (", room: service/ledger", ""))
    said = "1.3 is a duty and has no room; write `room:`, such as service/reports"
    assert faults(law) == [f"items.yaml:5 no-room: {said}"]


def test_a_room_is_a_path_of_the_program(tmp_path: Path) -> None:
    result = run(str(sound(tmp_path, ("service/ledger", "../elsewhere"))))
    assert result.exit_code == 2
    assert result.stderr == "items.yaml:5:81 form: '../elsewhere' is not a room, such as service/reports\n"


def test_a_room_that_is_there_is_not_to_come(items: Items) -> None:
    assert performed(items.items["15.1"]) == "engine/law/seal"
    assert performed(items.items["0.1"]) == ""
    assert [built(room) for room in ("sources", "engine/law/seal", "engine/law/nothing")] == [True, True, False]


# Golden cases.


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    copyfile(ROOT / "tests" / "small_snapshot.yaml", tmp_path / "small_snapshot.yaml")
    (tmp_path / "cases.yaml").write_text(GOLDEN, "utf-8")
    return tmp_path / "cases.yaml"


def test_a_rule_counts_the_cases_that_fire_it_and_those_that_refuse_it(golden: Path) -> None:
    document = json.loads(run(str(SMALL), "--cases", "--golden", str(golden), "--format", "json").stdout)
    assert {each["rule"]: (each["fires"], each["refuses"]) for each in document["rules"]} == {
        "delta_in_band": (
            1,
            3,
        ),  # one contract is permitted at rest; others have another delta in each case with entries
        "calm": (1, 2),
        "permit": (1, 3),
        "hold": (3, 3),  # of P1 and P2 one holds
        "leave": (3, 3),
        "stand": (3, 0),
        "look": (3, 0),
    }
    assert [each["message"] for each in document["faults"] if each["code"] == "no-case"] == [
        "'stand' has no golden case that refuses it; write one",
        "'look' has no golden case that refuses it; write one",
    ]


def test_the_counts_stand_below_the_items(golden: Path) -> None:
    result = run(str(SMALL), "--cases", "--golden", str(golden))
    assert result.exit_code == 1
    below = result.stdout.split("\nRules in golden cases\n")[1].splitlines()
    assert [" ".join(line.split()) for line in below[:4]] == [
        "rule for fire it refuse it law",
        "─" * 69,
        "delta_in_band candidate 1 3 06-protocol.yaml:45",
        "calm market 1 2 06-protocol.yaml:52",
    ]


def test_cases_that_are_not_there_are_one_line(tmp_path: Path) -> None:
    result = run(str(SMALL), "--cases", "--golden", str(tmp_path / "none"))
    assert result.exit_code == 2
    assert f"there is nothing at {tmp_path / 'none'}; name the golden cases" in " ".join(result.stderr.split())


def test_a_malformed_case_is_said_with_its_place(golden: Path) -> None:
    golden.write_text(GOLDEN.replace("why: above", "wy: above"), "utf-8")
    result = run(str(SMALL), "--cases", "--golden", str(golden))
    assert result.exit_code == 2
    assert f"{golden}:6:5 unknown-field: a case has no 'wy'; did you mean 'why'?" in result.stderr


# The command.


def test_a_faulty_law_has_no_index(tmp_path: Path) -> None:
    result = run(str(sound(tmp_path, ("market.vix <=", "market.vxi <="))))
    assert result.exit_code == 2
    assert "01-tiny.yaml:6:24 unknown-name: reads 'market.vxi'; did you mean 'market.vix'?" in result.stderr


def test_the_help_page_says_how_it_ends() -> None:
    shown = " ".join(run("--help").stdout.split())
    assert "Exit codes: 0 every item is carried out, 1 some are not (the list comes last)" in shown


def test_the_newest_version_is_indexed_when_none_is_named(items: Items) -> None:
    document = json.loads(run("--format", "json").stdout)
    assert [each["item"] for each in document["items"]] == [*items.items]
