"""An explanation says every value, limit and margin, agrees with the decision, and shows each fact once."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from commands.explain import written
from commands.tree import Paper
from commands.whatif import with_facts
from engine.decide import decide
from engine.decided import Decided
from engine.explain import explain
from engine.explanation import Explanation, Ground, Step
from engine.law.load import load
from engine.law.model import Constitution
from engine.snapshot import read_snapshot
from engine.verdict import Verdict
from engine.wording import number, plain_number

ROOT = Path(__file__).resolve().parents[1]
SMALL = ROOT / "tests" / "small_snapshot.yaml"
SNAPSHOTS = sorted((ROOT / "fixtures" / "snapshots").glob("*.yaml"))
WHAT_IF = [(), ("market.vix=66",), ("host.broker_connected=null", "symbol.IWM.spot=null")]


@pytest.fixture(scope="module")
def small_law() -> Constitution:
    return load(ROOT / "tests" / "small_law")


@pytest.fixture(scope="module")
def law() -> Constitution:
    return load(ROOT / "constitution" / "1.3")


def verdict_of(law: Constitution, path: Path, *stated: str) -> Verdict:
    return decide(law, with_facts(law, read_snapshot(path), stated))


def explained(verdict: Verdict, kind: str, id_: str) -> Explanation:
    found = [each for each in verdict.of(kind) if each.id.replace(" ", "") == id_]
    assert len(found) == 1
    return explain(verdict, found[0])


def steps(of: Explanation) -> Iterator[Step]:
    waiting = [step for ground in of.grounds for step in ground.steps]
    for step in waiting:
        yield step
        waiting.extend(step.parts)


def ground(of: Explanation, name: str) -> Ground:
    return next(each for each in of.grounds if each.name == name)


def test_a_limit_is_said_with_every_value_and_the_margin(small_law: Constitution) -> None:
    found = explained(verdict_of(small_law, SMALL), "ExitPosition", "P1")
    crossed = next(step for step in steps(found) if step.label == "row 2")
    assert crossed.says == ("symbol.spot 192.00 <= position.strike 204.00 − exit_breach 3 × symbol.atr 4.00 = 192.00")
    assert (crossed.plain, crossed.margin, crossed.margin_unit) == (True, Fraction(0), "usd/share")
    assert crossed.reads == (("symbol.spot", "IWM"), ("position.strike", "P1"))
    assert crossed.parameters == ("exit_breach",)


def test_a_derived_fact_is_followed_to_what_gives_it(small_law: Constitution) -> None:
    found = explained(verdict_of(small_law, SMALL), "ExitPosition", "P1")
    level = next(step for step in steps(found) if step.name == "position.ladder_level")
    average = next(step for step in steps(found) if step.name == "symbol.atr")
    assert (level.id, level.gives, level.form, level.says) == ("P1", "2", "ladder", "row 2 gives exit 2")
    assert level.origin is not None
    assert str(level.origin.place) == "06-protocol.yaml:14:3"
    assert (average.gives, average.says) == ("4.00", "min(assumed_atr 4.00, symbol.spot 192.00)")


def test_what_the_snapshot_gave_is_named_with_its_place(small_law: Constitution) -> None:
    found = explained(verdict_of(small_law, SMALL), "ExitPosition", "P1")
    told = {key: (fact.gives, str(fact.place).rpartition("tests/")[2]) for key, fact in found.facts.items()}
    assert told == {
        ("position.quantity", "P1"): ("-2", "small_snapshot.yaml:22:115"),
        ("position.strike", "P1"): ("204.00", "small_snapshot.yaml:22:59"),
        ("symbol.spot", "IWM"): ("192.00", "small_snapshot.yaml:12:25"),
    }
    assert list(found.parameters) == ["assumed_atr", "exit_breach"]
    assert list(found.items) == ["6.4"]
    assert list(found.rulings) == ["A-39"]


def test_a_refusal_names_what_is_not_met_first_and_what_is_met_after(small_law: Constitution) -> None:
    found = explained(verdict_of(small_law, SMALL), "EntryDenied", "A1/gen/IWM260306P00192000")
    assert [(each.name, each.role, each.holds) for each in found.grounds] == [
        ("permit", "decides", True),
        ("delta_in_band", "requires", False),
        ("calm", "requires", True),
    ]
    missed = ground(found, "delta_in_band").steps[0]
    assert missed.says == "abs(candidate.delta -0.4512) = 0.4512 in delta_band (from 0.4 up to 0.45)"
    assert (missed.margin, missed.margin_unit) == (Fraction(12, 10_000), "ratio")


def test_an_unknown_fact_is_blamed_wherever_it_reaches(small_law: Constitution) -> None:
    found = explained(verdict_of(small_law, SMALL), "EntryDenied", "A1/gen/IWM260306P00194000")
    missed = ground(found, "delta_in_band")
    assert missed.holds is None
    assert missed.steps[0].unknown == ("candidate.IWM   260306P00194000.delta missing",)
    assert found.facts["candidate.delta", "IWM   260306P00194000"].gives == "unknown (missing)"


def test_an_order_says_what_every_ceiling_leaves(small_law: Constitution) -> None:
    found = explained(verdict_of(small_law, SMALL), "EntryPermitted", "A1/gen/IWM260306P00190000")
    (ceiling,) = ground(found, "entries").steps
    assert ceiling.label == "room"
    assert ceiling.says == "60,000.00 less 57,000.00 ordered leaves 3,000.00; one contract more takes 19,000.00"
    assert ceiling.plain is False


def test_what_was_chosen_instead_is_named(small_law: Constitution) -> None:
    found = explained(verdict_of(small_law, SMALL), "Withheld", "A1/gen/IWM260306P00191000")
    told = [(step.says, step.gives) for step in ground(found, "entries").steps if step.label == "order"]
    assert told == [
        ("the contract at hand", "A1/gen/IWM   260306P00191000"),
        ("comes before it", "A1/gen/IWM   260306P00190000"),
    ]


def test_an_assumed_fact_is_not_followed(small_law: Constitution) -> None:
    verdict = verdict_of(small_law, SMALL, "symbol.IWM.atr=5", "position.P1.quantity=-9")
    found = explained(verdict, "Hold", "P1")
    assumed = next(step for step in steps(found) if step.name == "symbol.atr")
    assert (assumed.gives, assumed.says, assumed.parts) == ("5.00", "assumed, not observed", ())
    assert found.facts["position.quantity", "P1"].means == "assumed, not observed"
    assert found.facts["position.quantity", "P1"].place is None


def unlike(verdict: Verdict) -> list[Decided]:
    """Return one decision of each kind, rule and set of reasons."""
    found: dict[object, Decided] = {}
    for each in verdict.decisions:
        reasons = frozenset(reason.code for reason in getattr(each, "reasons", ()))
        found.setdefault((type(each), each.rule, reasons), each)
    return [*found.values()]


@pytest.mark.parametrize("path", [SMALL, *SNAPSHOTS], ids=lambda path: path.stem)
@pytest.mark.parametrize("stated", WHAT_IF, ids=lambda stated: " ".join(stated) or "as it is")
def test_every_explanation_agrees_with_its_decision(law: Constitution, path: Path, stated: tuple[str, ...]) -> None:
    verdict = verdict_of(law, path, *stated)
    for decision in unlike(verdict):
        found = explain(verdict, decision)
        reasons = {reason.rule: reason.margin for reason in getattr(decision, "reasons", ())}
        failing = {each.name for each in found.grounds if each.role in ("decides", "requires") and not each.holds}
        if type(decision).__name__ != "Alert":
            assert failing == reasons.keys()
        assert all(step.plain is None for step in steps(found) if step.unknown)
        assert list(Paper([found], 3).parts())


def test_the_paper_defines_every_fact_once(law: Constitution) -> None:
    verdict = verdict_of(law, ROOT / "fixtures" / "snapshots" / "level_two.yaml")
    found = [explain(verdict, each) for each in verdict.decisions if each.id == "P1"]
    paper = Paper(found)
    list(paper.parts())
    named = [key for each in found for key in {(step.name, step.id) for step in steps(each) if step.name}]
    assert paper.opened == set(named)


def test_json_defines_every_fact_once(law: Constitution) -> None:
    verdict = verdict_of(law, ROOT / "fixtures" / "snapshots" / "level_two.yaml")
    for decision in verdict.of("Roll", "DeployHedge"):
        waiting = [step for each in written(explain(verdict, decision))["grounds"] for step in each["steps"]]
        opened = []
        for step in waiting:
            waiting.extend(step.get("parts", ()))
            if "fact" in step and not step.get("above"):
                opened.append((step["fact"], step.get("id"), bool(step.get("parts"))))
        inner = [key for key in opened if key[2]]
        assert len(inner) == len(set(inner))


@pytest.mark.parametrize(
    ("value", "least", "expected"),
    [
        (Fraction(192), 2, "192.00"),
        (Fraction("1234567.5"), 2, "1,234,567.50"),
        (Fraction("0.0012"), 2, "0.0012"),
        (Fraction(1, 3), 0, "≈0.333333"),
        (Fraction(2, 3), 2, "≈0.666667"),
        (Fraction("0.12345678"), 0, "≈0.123457"),
        (Fraction(-5), 0, "-5"),
    ],
)
def test_a_number_is_shown_exactly_or_says_that_it_is_not(value: Fraction, least: int, expected: str) -> None:
    assert number(value, least) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(Fraction("0.1"), "0.1"), (Fraction(1, 3), "1/3"), (Fraction(10), "10")]
)
def test_a_number_is_written_exactly(value: Fraction, expected: str) -> None:
    assert plain_number(value) == expected
    assert Fraction(expected) == value
    assert "/" in expected or Fraction(Decimal(expected)) == value
