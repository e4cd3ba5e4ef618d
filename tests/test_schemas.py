"""The JSON Schemas: they accept what the repository holds, refuse a misspelt key, and are those of the models."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from commands.schema import command
from engine.decide import decide
from engine.law.load import load
from engine.law.read import model_of
from engine.law.text import plain, read_yaml
from engine.place import Fault
from engine.schemas import schema_files, schemas
from engine.snapshot import read_snapshot
from engine.subjects import SUBJECTS

ROOT = Path(__file__).resolve().parents[1]
LAWS = [*sorted((ROOT / "constitution" / "1.3").glob("*.yaml")), *sorted((ROOT / "tests/bad_laws/base").glob("*.yaml"))]
SNAPSHOTS = sorted((ROOT / "fixtures" / "snapshots").glob("*.yaml"))


def document(path: Path) -> object:
    faults: list[Fault] = []
    node = read_yaml(path.read_bytes(), path.name, faults)
    assert node is not None
    assert faults == []
    return plain(node)


def errors(kind: str, value: object) -> list[str]:
    found = Draft202012Validator(schemas()[kind]).iter_errors(value)
    return [f"{error.json_path}: {error.message}" for error in found]


@pytest.mark.parametrize("name", sorted(schemas()))
def test_a_schema_is_one_of_2020_12_and_says_what_it_is_of(name: str) -> None:
    schema = schemas()[name]
    Draft202012Validator.check_schema(schema)
    assert (schema["$schema"], schema["$id"], schema["title"]) == (
        "https://json-schema.org/draft/2020-12/schema",
        f"urn:alluse:schema:{name}",
        name.capitalize(),
    )
    assert schema["additionalProperties"] is False
    assert schema["description"]


@pytest.mark.parametrize("path", LAWS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_file_of_the_law_is_accepted(path: Path) -> None:
    assert errors(str(model_of(path.name)), document(path)) == []


@pytest.mark.parametrize("path", SNAPSHOTS, ids=lambda path: path.name)
def test_a_snapshot_and_the_verdict_on_it_are_accepted(path: Path) -> None:
    assert errors("snapshot", document(path)) == []
    verdict = decide(load(ROOT / "constitution" / "1.3"), read_snapshot(path)).canonical()
    assert errors("verdict", json.loads(verdict)) == []


def parameter(**more: object) -> dict[str, Any]:
    return {"value": 1, "unit": "ratio", "cites": "6.1", "means": "what it means"} | more


SECTION = {"section": "6", "title": "One section"}


@pytest.mark.parametrize(
    ("section", "error"),
    [
        ({"paramters": {}}, "$: Additional properties are not allowed ('paramters' was unexpected)"),
        ({"parameters": {"Limit": parameter()}}, "$.parameters: 'Limit' does not match '^[a-z][a-z0-9_]*$'"),
        (
            {"parameters": {"limit": parameter(mean="it")}},
            "$.parameters.limit: Additional properties are not allowed ('mean' was unexpected)",
        ),
        (
            {"facts": {"positon.near": {"value": True, "cites": "6.1"}}},
            f"$.facts: 'positon.near' does not match '^({'|'.join(SUBJECTS)})\\\\.[a-z][a-z0-9_]*$'",
        ),
    ],
)
def test_a_misspelt_key_is_refused(section: dict[str, Any], error: str) -> None:
    assert errors("section", SECTION | section) == [error]


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ({"for": "positon", "decide": "Hold"}, "$.rules.hold['for']"),
        ({"for": "position", "decide": "Holdd"}, "$.rules.hold.decide"),
        ({"for": "position", "decide": "Blocked"}, "$.rules.hold.decide"),
    ],
)
def test_a_word_that_the_engine_does_not_know_is_refused(rule: dict[str, Any], path: str) -> None:
    found = errors("section", SECTION | {"rules": {"hold": rule | {"when": True, "cites": "6.1"}}})
    assert len(found) == 1
    assert found[0].startswith((path, path.replace("['for']", ".for")))


def test_a_unit_that_does_not_exist_is_refused() -> None:
    found = errors("section", SECTION | {"parameters": {"limit": parameter(unit="dollars")}})
    assert len(found) == 1
    assert found[0].startswith("$.parameters.limit.unit: 'dollars' is not one of ['usd', ")


def test_the_files_of_the_repository_are_those_of_the_models() -> None:
    result = CliRunner().invoke(command, ["--check"])
    folder = ROOT / "constitution" / "schema"
    assert (result.exit_code, result.output) == (0, f"8 schemas in {folder} are those of the models\n")
    assert {path.name: path.read_text("utf-8") for path in folder.iterdir()} == schema_files()


def test_a_schema_that_drifted_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commands.schema.folder", lambda: tmp_path / "schema")
    written = CliRunner().invoke(command, ["--write"])
    assert written.exit_code == 0
    (tmp_path / "schema" / "seal.schema.json").write_text("{}\n", encoding="utf-8")
    (tmp_path / "schema" / "old.schema.json").write_text("{}\n", encoding="utf-8")
    result = CliRunner().invoke(command, ["--check"])
    lines = [
        f"{tmp_path / 'schema' / name} is not what the models say; run `alluse schema --write`"
        for name in ("old.schema.json", "seal.schema.json")
    ]
    assert (result.exit_code, result.output.splitlines()) == (1, lines)
