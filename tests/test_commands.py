"""The commands as a person types them: what they print, how they end, what they say of a mistake."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from cli import COMMANDS, main
from commands.law import versions
from commands.render import quantity
from commands.tables import said
from engine.dump import dump_snapshot
from engine.fields import Implausible
from engine.shift import moved
from engine.snapshot import read_snapshot

ROOT = Path(__file__).resolve().parents[1]
LAW = str(ROOT / "tests" / "small_law")
SMALL = str(ROOT / "tests" / "small_snapshot.yaml")
SNAPSHOTS = sorted((ROOT / "fixtures" / "snapshots").glob("*.yaml"))
MINE = ("evaluate", "explain", "why", "why-not", "show", "facts")


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=stdin, prog_name="alluse")


def small(*arguments: str, stdin: str | None = None) -> Result:
    return run(*arguments, "--law", LAW, stdin=stdin)


def lines(result: Result, title: str) -> list[str]:
    """Return the lines of one table, blanks run together."""
    text = result.stdout.split(f"\n{title}\n")[1].split("\n\n")[0]
    return [" ".join(line.split()) for line in text.splitlines()[2:]]


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


# The list of commands.


def test_help_lists_every_command_without_importing_one() -> None:
    code = """
import sys
from cli import main
try:
    main(["--help"])
except SystemExit:
    pass
heavy = [name for name in ("pydantic", "polars", "rich", "yaml", "lark") if name in sys.modules]
print(heavy, [name for name in sys.modules if name.startswith(("commands", "engine.law"))])
"""
    *shown, imported = python(code).stdout.splitlines()
    assert imported == "[] []"
    listed = [line.split()[0] for line in shown if line.startswith("  ") and line.split()[0] in COMMANDS]
    assert listed == [*COMMANDS]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_of_itself_what_the_list_says(name: str) -> None:
    command: click.Command = import_module(f"commands.{name.replace('-', '_')}").command
    assert " ".join((command.help or "").partition("\n\n")[0].split()) == COMMANDS[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_page_has_an_example(name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert f"alluse {name}" in result.stdout.partition("Example")[2]


@pytest.mark.parametrize("name", MINE)
def test_a_help_page_says_how_the_command_ends(name: str) -> None:
    assert "Exit codes: 0 " in run(name, "--help").stdout


def test_the_examples_of_the_help_pages_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for name in MINE:
        shown = run(name, "--help").stdout.partition("Examples:")[2].splitlines()
        examples = [line.split()[1:] for line in shown if line.strip().startswith("alluse")]
        known = [words for words in examples if not any("thursday.yaml" in word[:13] for word in words)]
        assert known
        for words in known:
            assert run(*words).exit_code == 0, words


def test_a_misspelled_command_gets_a_suggestion() -> None:
    result = run("evalute")
    assert result.exit_code == 2
    assert "there is no command 'evalute'; did you mean 'evaluate'?" in result.stderr


def test_an_interrupt_is_no_denial(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("commands.facts.read_law", interrupted)
    result = run("facts")
    assert (result.exit_code, result.stderr) == (130, "stopped\n")


def test_a_closed_pipe_ends_quietly() -> None:
    command = [sys.executable, "-m", "cli", "facts"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


# The law.


def test_the_newest_version_is_meant_when_none_is_named() -> None:
    assert [*versions()][-1] == json.loads(run("evaluate", str(SNAPSHOTS[0]), "--format", "json").stdout)["version"]


def test_an_unknown_version_is_said_with_those_there_are() -> None:
    result = run("evaluate", SMALL, "--constitution", "1.33")
    assert result.exit_code == 2
    assert "there is no version '1.33' here, only 1.3; did you mean 1.3?" in result.stderr


def test_a_folder_and_a_version_are_not_both_taken() -> None:
    result = small("facts", "--constitution", "1.3")
    assert result.exit_code == 2
    assert "--law and --constitution both say which law; give one of them" in result.stderr


def test_a_faulty_law_is_said_line_by_line(tmp_path: Path) -> None:
    for file in Path(LAW).iterdir():
        (tmp_path / file.name).write_text(file.read_text("utf-8").replace("symbol.spot", "symbol.spott"), "utf-8")
    result = run("evaluate", SMALL, "--law", str(tmp_path))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        "06-protocol.yaml:16:14 unknown-name: reads 'symbol.spott'; did you mean 'symbol.spot'?",
        "06-protocol.yaml:27:29 unknown-name: reads 'symbol.spott'; did you mean 'symbol.spot'?",
    ]


def test_a_changed_ratified_law_is_refused_with_the_file_named(tmp_path: Path) -> None:
    for file in Path(LAW).iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    version = tmp_path / "constitution.yaml"
    version.write_text(version.read_text("utf-8").replace("status: draft", "status: ratified"), "utf-8")
    result = run("evaluate", SMALL, "--law", str(tmp_path))
    assert result.exit_code == 2
    assert result.stderr.startswith("seal.yaml:1:1 approval: version 0.1 says it is ratified and has no seal.yaml")


# Whole outputs, as they stand in tests/outputs.

OUTPUTS = {
    "evaluate": ("evaluate", "tests/small_snapshot.yaml"),
    "evaluate_what_if": (
        *("evaluate", "tests/small_snapshot.yaml", "--set", "market.vix=66", "--set", "symbol.IWM.spot=null"),
        *("--as-of", "2026-03-05T11:03:31-05:00"),
    ),
    "explain_exit": ("explain", "tests/small_snapshot.yaml", "leave"),
    "explain_denial": ("explain", "tests/small_snapshot.yaml", "EntryDenied:A1/gen/IWM260306P00192000"),
    "explain_order": ("explain", "tests/small_snapshot.yaml", "A1-GEN-20260305-IWM260306P00190000-01.v1"),
    "show_parameter": ("show", "delta_band"),
    "show_ladder": ("show", "position.ladder_level"),
    "show_item": ("show", "6.4"),
    "facts_candidate": ("facts", "candidate"),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_the_whole_output_is_as_written(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = run(*OUTPUTS[name], "--law", "tests/small_law")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (ROOT / "tests" / "outputs" / f"{name}.txt").read_text("utf-8")


# Evaluate.


def test_json_is_the_canonical_document() -> None:
    first = small("evaluate", SMALL, "--format", "json").stdout
    assert first == small("evaluate", "-", "--format", "json", stdin=Path(SMALL).read_text("utf-8")).stdout
    document = json.loads(first)
    assert first == json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    assert document["assume"] == {}


def test_every_refusal_can_be_listed_singly() -> None:
    assert lines(small("evaluate", SMALL, "--all"), "Refused") == [
        "A1/gen IWM260306P00192000 delta 0.0012 §1.1",
        "A1/gen IWM260306P00193000 delta 0.06 §1.1",
        "A1/gen IWM260306P00194000 missing_fact:delta §1.1",
    ]


def test_a_stated_fact_changes_the_verdict_and_is_shown() -> None:
    result = small("evaluate", SMALL, "--set", "market.vix=66", "--set", "symbol.IWM.atr=4.5")
    assert "Orders: none." in result.stdout
    assert "market.vix = 66" in result.stdout
    assert "symbol.IWM.atr = 4.5" in result.stdout
    assert "Nothing of this verdict can be sent." in result.stdout
    assert lines(result, "Refused")[0] == "A1/gen halt 5 2 IWM260306P00190000: 1 point beyond §6.12"
    document = json.loads(small("evaluate", SMALL, "--set", "market.vix=66.5", "--format", "json").stdout)
    assert document["assume"] == {"market.vix": "66.5"}


def test_a_stated_number_is_exact() -> None:
    wish = "symbol.IWM.spot=192.0001"
    held = lines(small("evaluate", SMALL, "--set", wish), "Positions")[0]
    assert held == "P1 -2 IWM 2026-03-06 204 put 1 Hold 5 min §6.1 §0.10"


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("market.vxi=66", "1:1 unknown-fact: 'market.vxi' is no fact; did you mean 'market.vix'?"),
        ("order.x.side=hold", "1:1 unknown-row: the snapshot has no order 'x'; it has none"),
        ("candidate.IWM260306P00190000.right=pit", "1:36 type: 'pit' is not one of call, put"),
        ("position.P1.expiration=soon", "1:24 type: 'soon' is no date; write one such as 2026-03-05"),
        ("position.P1.quantity=-1.5", "1:22 type: -1.5 has more decimals than are kept"),
        ("market.vix=high", "1:12 type: 'high' is no number; write one such as 66"),
        ("market.vix=", "1:1 form: 'market.vix' is no statement; write subject.fact=value, such as market.vix=66"),
        ("=3", "1:1 form: '=3' is no statement; write subject.fact=value, such as market.vix=66"),
        ("vix=66", "1:1 form: 'vix=66' is no statement; write subject.fact=value, such as market.vix=66"),
        ("=", "1:1 form: '=' is no statement; write subject.fact=value, such as market.vix=66"),
        ("position.P9.strike=1", "1:1 unknown-row: the snapshot has no position 'P9'; it has P1, P2"),
        ("host.healthy=yes", "1:14 type: 'yes' is read as a boolean by YAML 1.1; write true or false, or quote it"),
        ("market.vix_at=10:00", "1:15 type: '10:00' is no instant; write one such as 2026-03-05T10:00:00-05:00"),
    ],
)
def test_a_wrong_statement_is_one_line(wish: str, expected: str) -> None:
    result = small("evaluate", SMALL, "--set", wish)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"--set {wish}:{expected}\n")


def test_a_memory_that_was_not_delivered_is_one_line_for_all_that_miss_it() -> None:
    delivered = read_snapshot(ROOT / "fixtures" / "snapshots" / "level_two.yaml")
    forgotten = run("evaluate", "-", stdin=dump_snapshot(delivered.model_copy(update={"memory": None})))
    told = [line for line in lines(forgotten, "Alerts") if "_before_missing" in line]
    assert len(told) == len({line.split("_before_missing")[0].split()[-1] for line in told})
    assert "notice 3 sleeves pivot_before_missing sleeve.pivot_before §0.8" in told
    assert "notice position P1 hedged_before_missing position.P1.hedged_before §6.11" in told


def test_a_fact_of_a_row_that_is_missing_is_one_line_each() -> None:
    told = lines(small("evaluate", SMALL, "--set", "position.strike=null"), "Alerts")
    assert [line.split()[2] for line in told if "strike_missing" in line] == ["P1", "P2"]


def test_every_wrong_statement_is_said() -> None:
    result = small("evaluate", SMALL, "--set", "market.a=1", "--set", "nothing", "--set", "market.vix=1")
    assert [line.split(" ")[1].split(":")[0] for line in result.stderr.splitlines()] == ["market.a=1", "nothing"]


def test_another_instant_moves_every_observation_and_nothing_else() -> None:
    before = read_snapshot(ROOT / "fixtures" / "snapshots" / "march_2020.yaml")
    offset = timedelta(hours=-1, minutes=-3)
    after, by = moved(before, before.as_of + offset)
    assert by == offset
    assert after.as_of == before.as_of + offset
    assert [item.fact for item in after.assume] == ["market.as_of"]
    old, new = (found.model_dump(warnings=False) for found in (before, after))  # a series is no dictionary
    instants = {name: value for name, value in walk(old) if isinstance(value, datetime)}
    expected = {name: value if name.startswith("calendar") else value + offset for name, value in instants.items()}
    assert {name: value for name, value in walk(new) if isinstance(value, datetime)} == expected
    assert before.candidates is not None
    assert after.candidates is not None
    quoted = before.candidates.columns["quoted_at"]
    later = [None if value is None else value + offset // timedelta(milliseconds=1) for value in quoted]
    assert after.candidates.columns == {**before.candidates.columns, "quoted_at": later}
    assert (after.calendar, after.memory) == (before.calendar, before.memory)


def walk(tree: object, name: str = "") -> list[tuple[str, Any]]:
    """Return every leaf of plain data with its route; what an implausible value was, too."""
    match tree:
        case dict():
            return [leaf for key, value in tree.items() for leaf in walk(value, f"{name}.{key}".lstrip("."))]
        case list() | tuple():
            return [leaf for number, value in enumerate(tree) for leaf in walk(value, f"{name}.{number}")]
        case Implausible():
            return [(name, tree.found)]
        case _:
            return [(name, tree)]


def test_another_instant_is_said_and_keeps_the_age_of_everything() -> None:
    result = small("evaluate", SMALL, "--as-of", "2026-03-05T11:03:31-05:00")
    assert "Thursday 2026-03-05 11:03:31-05:00" in result.stdout
    assert "market.as_of = 2026-03-05T11:03:31-05:00" in result.stdout
    assert "Every observation was moved by +1 h 3 min 31 s; dates, calendar and memory were not." in result.stdout
    told = small("evaluate", SMALL, "--as-of", "2026-03-05T09:59:00-05:00", "--format", "json")
    assert json.loads(told.stdout)["assume"] == {"market.as_of": "2026-03-05T09:59:00-05:00"}
    assert told.stderr == "every observation was moved by −1 min\n"


def test_an_instant_without_an_offset_is_refused() -> None:
    result = small("evaluate", SMALL, "--as-of", "2026-03-05T10:00:00")
    assert result.exit_code == 2
    assert "'2026-03-05T10:00:00' has no offset" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--fail-on", "deny"), 1),
        (("--fail-on", "alert"), 0),
        (("--fail-on", "alert", "--fail-on", "deny"), 1),
        (("--fail-on", "alert", "--set", "symbol.IWM.spot=null"), 1),
        ((), 0),
    ],
)
def test_a_script_can_ask_for_denials_and_alerts(arguments: Sequence[str], code: int) -> None:
    assert small("evaluate", SMALL, *arguments).exit_code == code
    assert small("evaluate", SMALL, *arguments, "--format", "json").exit_code == code


def test_a_malformed_snapshot_decides_nothing(tmp_path: Path) -> None:
    path = tmp_path / "cut.yaml"
    path.write_text("format: 1\norigin: x\nas_of: 2026-03-05T10:00:00\nmarkt: {}\n", "utf-8")
    result = small("evaluate", str(path))
    assert (result.exit_code, result.stdout) == (2, "")
    told = {line.split(": ")[0].removeprefix(f"{path}:") for line in result.stderr.splitlines()}
    assert told == {"1:1 missing-field", "3:8 naive-time", "4:1 unknown-field"}


def test_a_snapshot_that_is_not_there_is_one_line() -> None:
    result = small("evaluate", "nowhere.yaml")
    assert (result.exit_code, result.stderr) == (2, "nowhere.yaml:1:1 missing: there is no such file; check the name\n")


@pytest.mark.parametrize("path", SNAPSHOTS, ids=lambda path: path.stem)
def test_the_ready_made_snapshots_are_decided(path: Path) -> None:
    result = run("evaluate", str(path))
    assert result.exit_code == 0
    assert result.stderr == ""
    assert not any(line != line.rstrip() for line in result.stdout.splitlines())


def test_what_refuses_every_contract_stands_before_what_adds_nothing() -> None:
    result = run("evaluate", str(ROOT / "fixtures" / "snapshots" / "calm_thursday.yaml"))
    com = [line for line in lines(result, "Refused") if line.startswith("A1/com")]
    assert com[0].startswith("A1/com cadence_day 34 0 ")
    assert com[1].startswith("A1/com and besides dte ")


# Explain.


@pytest.mark.parametrize(
    "words",
    ["EntryDenied:A1/gen/IWM260306P00194000", "gen/IWM260306P00194000", "IWM260306P00194000", "missing_fact:delta"],
)
def test_a_decision_is_meant_by_its_parts(words: str) -> None:
    words = words.replace("missing_fact:delta", "entry.A1/gen/IWM260306P00194000")
    result = small("explain", SMALL, words)
    assert result.stdout.startswith("EntryDenied\nentry A1/gen/IWM260306P00194000\n")


def test_an_order_means_the_permission_behind_it() -> None:
    result = small("explain", SMALL, "A1-GEN-20260305-IWM260306P00190000-01.v1")
    assert result.stdout.startswith("EntryPermitted\nentry A1/gen/IWM260306P00190000\n")
    assert "60,000.00 less 57,000.00 ordered leaves 3,000.00; one contract more takes 19,000.00" in result.stdout


def test_everything_about_one_row_is_explained_together_and_each_fact_once() -> None:
    result = small("explain", SMALL, "P1")
    kinds = [line.split()[0] for line in result.stdout.splitlines() if line.endswith("position P1")]
    assert len(kinds) == 3
    assert result.stdout.count("row 2: symbol.spot 192.00") == 1
    assert result.stdout.count("(above)") == 1


def test_an_explanation_says_what_was_assumed() -> None:
    stated = ("--set", "symbol.IWM.spot=193", "--as-of", "2026-03-05T10:00:01-05:00")
    result = small("explain", SMALL, "hold:P1", *stated)
    assert result.stdout.splitlines()[1:5] == [
        "│ market.as_of = 2026-03-05T10:00:01-05:00                                  │",
        "│ symbol.IWM.spot = 193                                                     │",
        "│ Every observation was moved by +1 s; dates, calendar and memory were not. │",
        "│ Nothing of this verdict can be sent.                                      │",
    ]
    assert "symbol.spot IWM 193.00 assumed, not observed" in lines(result, f"Facts, from {SMALL}")
    told = json.loads(small("explain", SMALL, "hold:P1", *stated, "--format", "json").stdout)
    assert told["assume"] == {"market.as_of": "2026-03-05T10:00:01-05:00", "symbol.IWM.spot": "193"}


def test_decisions_about_several_rows_are_listed() -> None:
    result = small("explain", SMALL, "EntryDenied")
    assert (result.exit_code, result.stdout) == (2, "")
    assert (
        result.stderr
        == """\
Error: 'EntryDenied' means 3 decisions about several rows; name one:
  EntryDenied:A1/gen/IWM260306P00192000  delta
  EntryDenied:A1/gen/IWM260306P00193000  delta
  EntryDenied:A1/gen/IWM260306P00194000  missing_fact:delta
"""
    )


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("nothing", "no decision is meant by 'nothing'; write a kind, a rule or an id, such as Roll, roll or P1"),
        ("ExitPositon", "no decision is meant by 'ExitPositon'; did you mean 'ExitPosition'?"),
        ("Hold:P1", "no decision is meant by 'Hold:P1'; no one decision has them all"),
    ],
)
def test_a_decision_that_is_not_there_gets_a_hint(words: str, hint: str) -> None:
    result = small("explain", SMALL, words)
    assert (result.exit_code, result.stderr) == (2, f"Error: {hint}\n")


def test_an_explanation_in_json_has_every_value_and_place() -> None:
    found = json.loads(small("explain", SMALL, "leave", "--format", "json").stdout)["explanations"][0]
    assert found["decision"]["kind"] == "ExitPosition"
    (decides,) = found["grounds"]
    assert (decides["name"], decides["cites"], decides["place"]) == ("leave", ["6.4"], "06-protocol.yaml:68:3")
    ladder = decides["steps"][0]["parts"][0]
    assert ladder["parts"][0]["margin"] == {"amount": "0", "unit": "usd/share"}
    assert found["parameters"]["exit_breach"]["value"] == "3"
    assert {
        "fact": "position.strike",
        "id": "P1",
        "value": "204",
        "unit": "usd_per_share",
        "place": f"{SMALL}:22:59",
    } in found["facts"]
    assert found["interpretations"]["A-39"]["set_aside"] == ["No bound does."]


# Show and facts.


def test_an_item_is_shown_with_what_carries_it_out() -> None:
    result = small("show", "§6.4")
    assert result.stdout.startswith(
        "§6.4  item  items.yaml:30:3\ntext: Three ATRs under the strike a put is left at once.\n"
    )
    assert [line.split()[0] for line in lines(result, "Carried out by")] == [
        "exit_breach",
        "position.ladder_level",
        "leave",
    ]


def test_an_interpretation_is_shown_with_what_rests_on_it() -> None:
    result = small("show", "A-39")
    assert "set aside: • No bound does." in result.stdout
    assert "a person must confirm it: yes" in result.stdout
    assert [line.split()[0] for line in lines(result, "Rest on it")] == [
        "position.ladder_level",
        "delta_in_band",
        "leave",
    ]


@pytest.mark.parametrize(
    ("name", "heads"),
    [
        ("ladder_level", ["position.ladder_level  ladder  06-protocol.yaml:14:3"]),
        ("exit", ["exit  level  06-protocol.yaml:14:3"]),
        ("leave", ["leave  rule  06-protocol.yaml:68:3"]),
        ("ExitPosition", ["ExitPosition  decision"]),
        ("position.strike", ["position.strike  given fact"]),
        ("entries", ["entries  choice  constitution.yaml:10:5"]),
        ("6", ["§6  section"]),
    ],
)
def test_everything_that_has_a_name_is_shown(name: str, heads: list[str]) -> None:
    result = small("show", name)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == heads[0]


@pytest.mark.parametrize("name", ["delta_bnd", "A-38", "6.44", "position.strik"])
def test_a_misspelled_name_gets_a_suggestion(name: str) -> None:
    result = small("show", name)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: the law has no '{name}'; did you mean ")


def test_what_is_shown_comes_as_json_too() -> None:
    (found,) = json.loads(small("show", "exit_breach", "--format", "json").stdout)["entries"]
    assert found == {
        "name": "exit_breach",
        "form": "parameter",
        "place": "06-protocol.yaml:6:3",
        "means": "ATRs under the strike where level 3 begins",
        "value": "3",
        "unit": "multiple",
        "cites": ["6.4"],
        "rests_on": [],
        "reads": [],
        "read_by": [{"name": "position.ladder_level", "form": "ladder", "place": "06-protocol.yaml:14:3"}],
        "lines": [
            '  exit_breach: {value: 3, unit: multiple, cites: "6.4", means: ATRs under the strike where level 3 begins}'
        ],
    }


def test_every_name_of_the_law_can_be_shown() -> None:
    from commands.entries import Index  # noqa: PLC0415 - the command imports it
    from engine.law.load import load  # noqa: PLC0415

    folder = [*versions().values()][-1]
    index = Index(load(folder), folder)
    assert not [name for name in index.names() if not index.find(name)]


def test_facts_are_found_by_a_part_of_their_name() -> None:
    found = json.loads(small("facts", "vix", "--format", "json").stdout)["facts"]
    assert [each["name"] for each in found] == [
        "market.vix",
        "market.vix_at",
        "market.vix_close",
        "market.vix_close_date",
        "market.vix_closes",
    ]
    assert found[0] == {
        "name": "market.vix",
        "subject": "market",
        "form": "given",
        "unit": "index_points",
        "sign": "positive",
        "how": "market data",
        "means": "the VIX index now",
    }


def test_a_filter_that_fits_nothing_gets_a_suggestion() -> None:
    result = small("facts", "positon")
    assert result.exit_code == 2
    assert "no name has 'positon' in it; did you mean 'position'?" in result.stderr


# How quantities are written.


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (Decimal("1234.5"), "usd", "$1,234.50"),
        (Decimal("1.035"), "usd_per_share", "1.035"),
        (Decimal(2), "usd/share", "2.00"),
        (Decimal(300), "seconds", "5 min"),
        (Decimal(17940), "second", "4 h 59 min"),
        (Decimal("0.5"), "seconds", "0.5 s"),
        (Decimal(0), "seconds", "0 s"),
        (Decimal(1), "session", "1 session"),
        (Decimal(3), "contracts", "3 contracts"),
        (Decimal("0.0012"), "ratio", "0.0012"),
        (Decimal("5.8"), "index_points", "5.8 points"),
    ],
)
def test_a_quantity_has_its_unit(value: Decimal, unit: str, expected: str) -> None:
    assert quantity(value, unit) == expected


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        (timedelta(hours=-1, minutes=-3, seconds=-31), "−1 h 3 min 31 s"),
        (timedelta(days=7), "+7 days"),
        (timedelta(days=1, seconds=5), "+1 day 5 s"),
        (timedelta(0), "+0 s"),
    ],
)
def test_an_offset_has_its_sign(offset: timedelta, expected: str) -> None:
    assert said(offset) == expected


def test_a_terminal_gets_colour_and_a_pipe_does_not() -> None:
    assert "\x1b[" not in small("evaluate", SMALL).stdout
    code = """
import sys
sys.stdout.isatty = lambda: True
from commands.render import say
from rich.text import Text
say(Text("x", style="bold"))
"""
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    environment.pop("NO_COLOR", None)
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, env=environment
    )
    assert shown.stdout.strip() in ("\x1b[1mx\x1b[0m", "x")
