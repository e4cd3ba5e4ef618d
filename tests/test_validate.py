"""`alluse validate`: what it prints of a law, and how it ends."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commands.validate import command, examine, newest
from engine.place import Fault, Place

ROOT = Path(__file__).resolve().parents[1]
BASE = ROOT / "tests" / "bad_laws" / "base"
DRAFT = "version 1.0 is a draft: nobody has approved it"


def validate(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments))


@pytest.fixture
def law(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BASE, tmp_path / "law"))


@pytest.fixture
def remarked(law: Path) -> Path:
    text = 'section: "7"\ntitle: A case\nfacts:\n  market.busy: {value: market.vix > storm_vix, cites: "7.1"}\n'
    (law / "07-case.yaml").write_text(text, encoding="utf-8")
    return law


def test_a_sound_law_is_counted_and_ends_with_0() -> None:
    result = validate(str(BASE), "--strict")
    counts = "3 parameters, 2 rules, 1 table, 1 ladder, 1 interpretation (0 of them wait for a person's ruling)"
    assert (result.exit_code, result.output) == (0, f"{counts}\n{DRAFT}; no faults, 0 findings\n")


def test_findings_are_printed_with_their_places_and_end_with_0_or_strictly_with_1(remarked: Path) -> None:
    result = validate(str(remarked))
    finding, _, verdict = result.output.splitlines()
    assert finding == f"{remarked / '07-case.yaml'}:4:3 unread-fact: nothing reads 'market.busy'"
    assert verdict == f"{DRAFT}; no faults, 1 finding"
    assert (result.exit_code, validate(str(remarked), "--strict").exit_code) == (0, 1)


def test_faults_are_printed_one_a_line_with_the_folder_that_was_named_and_end_with_2(law: Path) -> None:
    case = ROOT / "tests" / "bad_laws" / "several_faults_at_once"
    shutil.copyfile(case / "07-case.yaml", law / "07-case.yaml")
    result = validate(str(law))
    expected = [f"{law}/{line}" for line in (case / "expected").read_text("utf-8").splitlines()]
    assert (result.exit_code, result.output.splitlines()) == (2, expected)


def test_a_folder_that_is_not_there_is_named_once() -> None:
    said = "nosuch:1:1 no-law: 'nosuch' is no folder; name one such as constitution/1.3\n"
    assert (validate("nosuch").exit_code, validate("nosuch").output) == (2, said)


def test_json_says_the_same(remarked: Path) -> None:
    result = validate(str(remarked), "--format", "json")
    document = json.loads(result.output)
    assert document.pop("law") == str(examine(remarked).law.bytes_digest)  # type: ignore[union-attr]
    assert document == {
        "folder": str(remarked),
        "version": "1.0",
        "status": "draft",
        "counts": {
            "parameters": 3,
            "rules": 2,
            "tables": 1,
            "ladders": 1,
            "interpretations": 1,
            "waiting": 0,
        },
        "faults": [],
        "findings": [
            {
                "file": "07-case.yaml",
                "line": 4,
                "column": 3,
                "code": "unread-fact",
                "message": "nothing reads 'market.busy'",
            }
        ],
    }


def test_a_folder_that_is_not_there_is_one_line_and_2(tmp_path: Path) -> None:
    result = validate(str(tmp_path / "nowhere"))
    assert (result.exit_code, result.output.count("\n")) == (2, 1)


def test_without_a_folder_the_newest_version_is_checked_and_has_no_faults() -> None:
    report = examine(newest())
    assert (newest().name, report.faults) == ("1.3", ())


def test_what_an_editor_would_show_as_wrong_is_a_fault(law: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    schemas = {"section": {"required": ["x"]}, "constitution": {}, "items": {}, "interpretations": {}}
    monkeypatch.setattr("commands.validate.schemas", lambda: schemas)
    message = "'x' is a required property; the schema and the models disagree, `alluse schema --write` writes it anew"
    assert examine(law).faults == (Fault(Place("06-ladder.yaml", 1, 1), "schema", message),)


def test_the_help_page_shows_examples_and_exit_codes() -> None:
    page = validate("--help").output
    assert "alluse validate constitution/1.3 --strict" in page
    assert "Exit codes: 0 the law is sound, 1 --strict and there are findings, 2 it has faults" in page
