"""Every rule has a golden case in which it speaks, and one that looks at a row of its own in which it does not.

A requirement speaks when it gives a reason, and is silent where what it guards is permitted; a decision speaks when it
is made. What has no such case stands in `golden_remainder.yaml`, with the reason.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.fixture import find, read_fixtures
from commands.golden import Told, tell
from commands.law import law_folder
from commands.lines import Line, head
from engine.law.load import load
from engine.law.model import Constitution, Rule
from engine.law.text import Mapping, plain, read_file

TESTS = Path(__file__).parent
FOLDER = TESTS.parent / "fixtures" / "golden"


@pytest.fixture(scope="module")
def law() -> Constitution:
    return load(law_folder(None, None))


@pytest.fixture(scope="module")
def told(law: Constitution) -> list[Told]:
    return [tell(law, case) for fixture in read_fixtures(find(FOLDER)) for case in fixture.cases]


def remainder(key: str) -> list[str]:
    """Return the rules that stand in the file, each with its reason."""
    node = read_file(TESTS / "golden_remainder.yaml", "golden_remainder.yaml", [], 1 << 20)
    assert isinstance(node, Mapping)
    found = plain(node.get(key) or node)
    assert isinstance(found, dict)
    assert all(isinstance(reason, str) and reason for reason in found.values())
    return sorted(found)


def spoken(rule: Rule, told: Told) -> Iterator[str]:
    """Yield the rows about which a rule has spoken, for a requirement those of which it was the reason."""
    for line in told.decisions:
        kind, row = head(line)
        if not rule.decides:
            if any(head(reason)[1] == rule.id for reason in line.get("reasons", ())):
                yield str(row)
        elif f"{rule.kind}:{rule.id}" in line.get("shadowed", ()) or (
            line["rule"] == rule.id and kind == rule.kind and alike(rule, line)
        ):
            yield str(row)


def alike(rule: Rule, line: Line) -> bool:
    """Return whether a line has the words of the rule, as the alert of something unknown has not."""
    return all(line.get(name) == value for name, value in rule.fields.items() if isinstance(value, str))


def silent(rule: Rule, told: Told) -> bool:
    """Return whether a case looks at a row about which a rule might have spoken, and has not."""
    if not rule.decides:
        return any(head(line)[0] == rule.kind for line in told.decisions) and not any(spoken(rule, told))
    mine = {row for row in told.rows if row.partition(" ")[0] == rule.subject}
    return bool(mine - {*spoken(rule, told)})


def test_every_rule_speaks_in_a_case(law: Constitution, told: list[Told]) -> None:
    never = [rule.id for rule in law.rules.values() if not any(any(spoken(rule, each)) for each in told)]
    assert sorted(never) == remainder("never_speaks")


def test_every_rule_is_silent_in_a_case_that_looks_at_its_rows(law: Constitution, told: list[Told]) -> None:
    never = [rule.id for rule in law.rules.values() if not any(silent(rule, each) for each in told)]
    assert sorted(never) == remainder("never_silent")


def test_every_choice_and_share_gives_an_order_in_a_case(law: Constitution, told: list[Told]) -> None:
    ordered = {str(line["rule"]) for each in told for line in each.orders}
    among = {choice.among for choice in law.choices.values()}
    assert ordered == {*law.shares, *(rule.id for rule in law.rules.values() if rule.kind in among and rule.decides)}
