"""Every golden case is a test by its own name: `section/file::case`."""

from pathlib import Path

import pytest

from commands.differing import lines_of
from commands.fixture import find, read_fixtures
from commands.golden import Case, Fixture, differences, tell
from commands.law import law_folder
from commands.testing import Failed
from engine.law.load import load
from engine.law.model import Constitution

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
