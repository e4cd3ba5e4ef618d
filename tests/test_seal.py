"""The gate of 15.1: a ratified version loads as it was sealed and approved, a draft says that it is one."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commands.ratify import command
from engine.law.load import load
from engine.law.seal import Approval, Loaded, Record, Refused, gate, judge, sealed
from engine.place import LawError

BASE = Path(__file__).parent / "bad_laws" / "base"
CHANGELOG = "# Changelog\n\n## 1.10\n\nAnother.\n\n## 1.0 (2026-01-01)\n\nThe first.\n"
DRAFT = "make it `status: draft` without a seal, and let a person ratify it with `alluse ratify`"
MEND = "restore it, or make the change a version of its own (15.1)"
APPROVAL = Approval(proposal="P-1", backtest="B-1", approved_by="A. Person", approved_on="2026-01-01")
OPTIONS = ("--approved-by", "A. Person", "--proposal", "P-1", "--backtest", "B-1", "--on", "2026-01-01")


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG, encoding="utf-8")
    return Path(shutil.copytree(BASE, tmp_path / "1.0"))


@pytest.fixture
def ratified(draft: Path) -> Path:
    for name, data in sealed(draft, APPROVAL).items():
        (draft / name).write_bytes(data)
    return draft


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_version_with_every_step_of_15_1_loads() -> None:
    assert judge(Record("1.4", intact=True, proposal=True, backtest=True, approved_by="human", changelog=True)) == ()


def test_every_step_that_is_missing_is_a_reason() -> None:
    record = Record("1.4", intact=False, proposal=False, backtest=False, approved_by=None, changelog=False)
    assert judge(record) == ("hash", "approval", "backtest", "proposal", "changelog")


def test_a_draft_loads_and_says_that_it_is_one(draft: Path) -> None:
    assert gate(draft) == Loaded("1.0", "draft")
    assert str(gate(draft)) == "version 1.0 is a draft: nobody has approved it"
    assert load(draft).status == "draft"


def test_a_ratified_version_loads_as_it_was_sealed(ratified: Path) -> None:
    assert gate(ratified) == Loaded("1.0", "ratified")
    assert str(gate(ratified)) == "version 1.0 is ratified, and as it was sealed"
    assert load(ratified).status == "ratified"


def test_ratifying_changes_one_word_and_writes_the_seal(draft: Path) -> None:
    before = {path.name: path.read_bytes() for path in draft.iterdir()}
    written = sealed(draft, APPROVAL)
    assert before == {path.name: path.read_bytes() for path in draft.iterdir()}
    assert written["constitution.yaml"] == before["constitution.yaml"].replace(b"status: draft", b"status: ratified")
    assert written["seal.yaml"].decode().splitlines()[:9] == [
        "# yaml-language-server: $schema=../schema/seal.schema.json",
        "# Written by `alluse ratify`: the version loads only with these bytes. A change makes a new version (15.1).",
        'version: "1.0"',
        'proposal: "P-1"',
        'backtest: "B-1"',
        'approved_by: "A. Person"',
        'approved_on: "2026-01-01"',
        'changelog: "CHANGELOG.md: 1.0 (2026-01-01)"',
        "files:",
    ]


@pytest.mark.parametrize("name", sorted(path.name for path in BASE.iterdir()))
def test_one_byte_more_in_any_file_refuses_the_version_and_names_the_file(name: str, ratified: Path) -> None:
    (ratified / name).write_bytes((ratified / name).read_bytes() + b"\n")
    found = gate(ratified)
    assert isinstance(found, Refused)
    assert (found.reasons, str(found)) == (("hash",), f"{name}:1:1 hash: the ratified file's bytes changed; {MEND}")
    with pytest.raises(LawError, match=name):
        load(ratified)


def test_a_file_that_is_gone_refuses_the_version_and_names_it(ratified: Path) -> None:
    (ratified / "06-ladder.yaml").unlink()
    found = gate(ratified)
    assert str(found) == f"06-ladder.yaml:1:1 hash: the ratified file is not there; {MEND}"


NOBODY = "approval: the seal does not say who approved the version, and when"
NO_ENTRY = "changelog: the version has no entry in CHANGELOG.md, or the seal does not name it"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('approved_by: "A. Person"', "approved_by: null", NOBODY),
        ('approved_on: "2026-01-01"\n', "", NOBODY),
        ('backtest: "B-1"\n', "", "backtest: the seal names no simulation or backtest"),
        ('proposal: "P-1"\n', "", "proposal: the seal names no proposal"),
        ('changelog: "CHANGELOG.md: 1.0 (2026-01-01)"\n', "", NO_ENTRY),
    ],
)
def test_a_seal_that_lacks_a_step_refuses_the_version_with_that_reason(
    old: str, new: str, line: str, ratified: Path
) -> None:
    change(ratified / "seal.yaml", old, new)
    found = gate(ratified)
    assert isinstance(found, Refused)
    assert (found.reasons, str(found)) == ((line.partition(":")[0],), f"seal.yaml:1:1 {line}; {DRAFT}")


def test_the_entry_of_another_version_is_no_entry(ratified: Path) -> None:
    change(ratified.parent / "CHANGELOG.md", "## 1.0 (", "## 1.01 (")
    found = gate(ratified)
    assert isinstance(found, Refused)
    assert found.reasons == ("changelog",)


def test_the_seal_of_another_version_refuses_this_one(ratified: Path) -> None:
    change(ratified / "seal.yaml", 'version: "1.0"', 'version: "1.10"')
    other = "the seal is that of version 1.10, and the law is 1.0; restore the version's own"
    assert str(gate(ratified)) == f"seal.yaml:1:1 hash: {other}"


def test_a_seal_that_cannot_be_read_refuses_the_version_at_its_own_place(ratified: Path) -> None:
    change(ratified / "seal.yaml", "approved_by", "aproved_by")
    found = gate(ratified)
    assert isinstance(found, Refused)
    assert found.reasons == ("approval",)
    assert str(found) == "seal.yaml:6:1 unknown-field: 'aproved_by' is not known here; did you mean 'approved_by'?"


def ratify(folder: Path) -> Result:
    return CliRunner().invoke(command, [str(folder), *OPTIONS])


def test_the_command_ratifies_a_draft(draft: Path) -> None:
    result = ratify(draft)
    said = f"version 1.0 is ratified, and as it was sealed: {draft / 'seal.yaml'}\n"
    assert (result.exit_code, result.output) == (0, said)
    assert load(draft).status == "ratified"


def test_the_command_refuses_a_draft_with_faults_and_writes_nothing(draft: Path) -> None:
    change(draft / "06-ladder.yaml", "position.level == calm", "position.level == calmm")
    result = ratify(draft)
    place = f"{draft / '06-ladder.yaml'}:40:29"
    assert (result.exit_code, result.stderr) == (
        2,
        f"{place} unknown-name: reads 'calmm'; did you mean 'calm'?\n",
    )
    assert not (draft / "seal.yaml").exists()


def test_the_command_refuses_a_draft_that_the_changelog_does_not_name(draft: Path) -> None:
    (draft.parent / "CHANGELOG.md").unlink()
    result = ratify(draft)
    line = f"{draft / 'CHANGELOG.md'}:1:1 changelog: has no entry `## 1.0`; say in plain words what changes\n"
    assert (result.exit_code, result.stderr) == (2, line)
    assert gate(draft) == Loaded("1.0", "draft")


def test_the_command_refuses_a_version_that_is_ratified_already(ratified: Path) -> None:
    before = (ratified / "seal.yaml").read_bytes()
    result = ratify(ratified)
    only = "only a draft can be ratified; a change to a ratified version is a version of its own (15.1)"
    assert (result.exit_code, result.stderr) == (2, f"{ratified / 'constitution.yaml'}:1:1 status: {only}\n")
    assert (ratified / "seal.yaml").read_bytes() == before
