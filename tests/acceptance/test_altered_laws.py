"""Nobody passes the scenarios without the law: each alteration of it fails those that are named beside it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.law.load import load
from tests.acceptance.altered import alter
from tests.acceptance.cases import OWN, cases
from tests.acceptance.matching import mismatches
from tests.acceptance.translator import translate
from tests.acceptance.written import beside

LAW = Path(__file__).resolve().parents[2] / "constitution" / "1.3"
ALTERATIONS = beside("altered_laws.yaml")["alterations"]


@pytest.mark.parametrize("alteration", ALTERATIONS, ids=[alteration["id"] for alteration in ALTERATIONS])
def test_acceptance_scenarios_fail_under_an_altered_law(alteration: Mapping[str, Any], tmp_path: Path) -> None:
    law = load(alter(LAW, tmp_path, alteration))
    named = {case.id: case for case in cases(OWN) if case.id in alteration["fails"]}
    assert named.keys() == set(alteration["fails"])
    passed = [id_ for id_, case in named.items() if not [*mismatches(case.expected, translate(law, case.given))]]
    assert not passed


def test_acceptance_altered_laws_name_scenarios_that_pass_under_the_law() -> None:
    passing = {case.id for case in cases(OWN) if case.passes}
    assert not {id_ for alteration in ALTERATIONS for id_ in alteration["fails"]} - passing
