"""Each folder of bad_laws is the law of `base` with one thing wrong, and `expected`: every line of its refusal."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.law.finding import CODES
from engine.law.lint import lint
from engine.law.load import load
from engine.law.read import LIMIT_BYTES, read_folder
from engine.law.seal import Approval, sealed
from engine.place import LawError
from engine.program import compile_law

LAWS = Path(__file__).parent / "bad_laws"
BASE = LAWS / "base"
APPROVAL = Approval(
    proposal="docs/proposals/1.0.md",
    backtest="docs/backtests/1.0.md",
    approved_by="A. Person",
    approved_on="2026-01-01",
)


def named(folder: Path) -> list[str]:
    return sorted(path.parent.name for path in folder.glob("*/expected"))


def expected(case: Path) -> list[str]:
    return (case / "expected").read_text("utf-8").splitlines()


def refused(folder: Path) -> list[str]:
    with pytest.raises(LawError) as caught:
        load(folder)
    return [str(fault) for fault in caught.value.faults]


def lay_over(folder: Path, case: Path) -> Path:
    for path in case.iterdir():
        if path.name != "expected":
            shutil.copyfile(path, folder / path.name)
    return folder


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 1.0\n\nThe first.\n", encoding="utf-8")
    return Path(shutil.copytree(BASE, tmp_path / "law"))


@pytest.fixture
def ratified(base: Path) -> Path:
    for name, data in sealed(base, APPROVAL).items():
        (base / name).write_bytes(data)
    return base


@pytest.mark.parametrize("case", named(LAWS))
def test_a_bad_law_is_refused_with_exactly_the_lines_beside_it(case: str, base: Path) -> None:
    assert refused(lay_over(base, LAWS / case)) == expected(LAWS / case)


@pytest.mark.parametrize("case", named(LAWS / "ratified"))
def test_a_ratified_law_that_was_touched_is_refused_with_exactly_the_lines_beside_it(case: str, ratified: Path) -> None:
    assert refused(lay_over(ratified, LAWS / "ratified" / case)) == expected(LAWS / "ratified" / case)


def test_the_base_of_the_bad_laws_is_sound_and_nothing_is_to_be_said_of_it() -> None:
    law = load(BASE)
    assert lint(law, read_folder(BASE, [])[0]) == []
    assert compile_law(law).order


def test_every_fault_that_the_linter_knows_has_a_bad_law() -> None:
    said = {line.split(" ", 2)[1].rstrip(":") for path in LAWS.rglob("expected") for line in expected(path.parent)}
    known = {code for code, severity in CODES.items() if severity == "fault"}
    assert known - said == {"missing-file"}, "which no file can be laid over"


@pytest.mark.parametrize(
    ("missing", "lines"),
    [
        ("items.yaml", ["items.yaml:1:1 missing-file: is not there; write it with the items of the law"]),
        ("interpretations.yaml", ["interpretations.yaml:1:1 missing-file: is not there; write it with the rulings"]),
    ],
)
def test_a_law_without_its_items_or_rulings_is_refused(missing: str, lines: Sequence[str], base: Path) -> None:
    (base / missing).unlink()
    assert refused(base) == lines


def test_a_law_without_its_constitution_is_refused_by_name(base: Path) -> None:
    (base / "constitution.yaml").unlink()
    assert refused(base) == [f"constitution.yaml:1:1 no-law: '{base}' has no constitution.yaml"]


def test_a_folder_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    there = tmp_path / "nowhere"
    assert refused(there) == [f"nowhere:1:1 no-law: '{there}' is no folder; name one such as constitution/1.3"]


def test_a_file_of_a_hundred_megabytes_is_refused_without_being_read(base: Path) -> None:
    with (base / "07-case.yaml").open("wb") as stream:
        stream.truncate(100 * 1024 * 1024)
    assert refused(base) == [
        f"07-case.yaml:1:1 too-large: is larger than {LIMIT_BYTES} bytes; a section is a few pages"
    ]


def test_a_folder_that_is_called_like_a_file_is_refused(base: Path) -> None:
    (base / "07-case.yaml").mkdir()
    assert refused(base) == ["07-case.yaml:1:1 unreadable: is a folder, pipe or device; a law is made of files"]


def test_carriage_returns_change_no_place(base: Path) -> None:
    case = lay_over(base, LAWS / "an_unknown_fact") / "07-case.yaml"
    case.write_bytes(case.read_bytes().replace(b"\n", b"\r\n"))
    assert refused(base) == expected(LAWS / "an_unknown_fact")


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("when: symbol.spot <= position.strik", "7:26"),
        ('when: "symbol.spot <= position.strik"', "7:27"),
        ("when: 'symbol.spot <= position.strik'", "7:27"),
        ("when: |\n      symbol.spot <= position.strik", "8:22"),
        ("when: |-\n      symbol.spot\n        <= position.strik", "9:12"),
        ("when: >\n      symbol.spot\n      <= position.strik", "9:10"),
        ("when: symbol.spot\n      <= position.strik", "8:10"),
    ],
)
def test_a_name_inside_an_expression_has_its_own_column_in_every_style(written: str, place: str, base: Path) -> None:
    case = (LAWS / "an_unknown_fact" / "07-case.yaml").read_text("utf-8")
    text = case.replace("when: symbol.spot <= position.strik", written)
    (base / "07-case.yaml").write_text(text, encoding="utf-8")
    assert refused(base) == [
        f"07-case.yaml:{place} unknown-name: reads 'position.strik'; did you mean 'position.strike'?"
    ]
