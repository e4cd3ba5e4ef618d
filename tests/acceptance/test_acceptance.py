"""The acceptance scenarios: a neutral case in, the tokens that it expects out."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.law.load import load
from engine.law.model import Constitution
from tests.acceptance.cases import OWN, Case, cases, folder
from tests.acceptance.matching import mismatches
from tests.acceptance.translator import translate

LAW = Path(__file__).resolve().parents[2] / "constitution" / "1.3"


@pytest.fixture(scope="module")
def law() -> Constitution:
    return load(LAW)


def _parameters() -> Iterator[object]:
    where = folder()
    for case in cases(where):
        marks = [] if case.passes else [pytest.mark.xfail(reason="section not in force yet", strict=where == OWN)]
        yield pytest.param(case, id=case.id, marks=marks)


@pytest.mark.parametrize("case", [*_parameters()])
def test_acceptance_scenario(law: Constitution, case: Case, record_property: Callable[[str, object], None]) -> None:
    record_property("sections", " ".join(case.sections))
    tokens = translate(law, case.given)
    amiss = list(mismatches(case.expected, tokens))
    assert not amiss, "; ".join(amiss) + f" in {', '.join(map(str, tokens))}"
