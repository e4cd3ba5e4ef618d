"""Every golden case is a test by its own name: `section/file::case`."""

from collections import Counter
from pathlib import Path

import pytest

from commands.differing import lines_of
from commands.fixture import find, read_fixtures
from commands.golden import Case, Fixture, differences, tell
from commands.law import law_folder
from commands.testing import Failed, run
from engine.law.load import load
from engine.law.model import Constitution
from engine.recall import derived_of

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "golden"
CASES = [(fixture, case) for fixture in read_fixtures(find(FOLDER)) for case in fixture.cases]


@pytest.fixture(scope="module")
def law() -> Constitution:
    return load(law_folder(None, None))


def name(fixture: Fixture, case: Case) -> str:
    return f"{fixture.path.relative_to(FOLDER).with_suffix('').as_posix()}::{case.name}"


@pytest.mark.parametrize(("fixture", "case"), CASES, ids=[name(fixture, case) for fixture, case in CASES])
def test_golden(fixture: Fixture, case: Case, law: Constitution) -> None:
    found = differences(law, fixture, case, tell(law, case))
    assert not found, "\n".join(lines_of(law, law_folder(None, None), Failed.of(case, found)))


def test_cases_that_share_a_program_are_told_as_each_by_itself(law: Constitution) -> None:
    """Of those that state what nearly all state there are many, and the program is nearly theirs: the others tell."""
    runs = run(law, [*{fixture.path: fixture for fixture, _ in CASES}.values()])
    stated = {id(each): derived_of(law, each.case.snapshot) for each in runs}
    [(usual, _)] = Counter(stated.values()).most_common(1)
    others = [each for each in runs if stated[id(each)] != usual]
    assert len({stated[id(each)] for each in others}) > 1
    assert [each.case.place for each in others if each.told != tell(law, each.case)] == []
