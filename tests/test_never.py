"""What can never be is found, and nothing that some snapshot brings about is said to be impossible."""

import shutil
from fractions import Fraction
from functools import cache
from math import ceil, floor, inf
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.decide import calendar_of, examine
from engine.evaluate import Evaluator
from engine.facts import Snapshot
from engine.fill import fill
from engine.law import ranges
from engine.law.lint import lint
from engine.law.load import load
from engine.law.model import Constitution
from engine.law.ranges import Exact, Range
from engine.law.read import read_folder
from engine.law.span import Span
from engine.law.world import World
from engine.program import Program, _Compiler
from engine.subjects import SUBJECTS
from engine.subjects import given as given_facts
from tests.conftest import examples
from tests.strategies import snapshots

ROOT: Final = Path(__file__).resolve().parents[1]
LAW: Final = ROOT / "constitution" / "1.3"
BASE: Final = ROOT / "tests" / "bad_laws" / "base"
HEAD: Final = 'section: "7"\ntitle: A case\n'
NEVER: Final = "'noted' can never fire: its condition is false whatever the facts are"
HERE: Final = "no facts lead here: '{}' never comes to this; delete it, or mend what it asks for"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BASE, tmp_path / "law"))


def said(folder: Path, case: str) -> list[str]:
    """Return what the linter says of the base with a section more, as far as it is of what can never be."""
    (folder / "07-case.yaml").write_text(HEAD + case, encoding="utf-8")
    found = lint(load(folder), read_folder(folder, [])[0])
    return [str(finding) for finding in found if finding.code == "never"]


def noted(when: str, subject: str = "position") -> str:
    """Return a rule that takes notice when a condition holds."""
    head = f"rules:\n  noted:\n    for: {subject}\n    decide: Advice\n    when: |\n      {when}\n"
    return f'{head}    with: {{advice: noted}}\n    cites: "7.1"\n'


@pytest.mark.parametrize(
    "when",
    [
        "market.vix > storm_vix && market.vix <= storm_vix",
        "market.vix > storm_vix && !(market.vix_close > storm_vix) && market.vix_close > market.vix",
        "position.level == watch && position.level == leave",
        "position.level > leave",
        "position.level == leave && position.right == 'call'",
        "market.weather == 'storm' && market.vix < storm_vix",
        "market.weather == 'fair' && (market.vix > storm_vix || market.vix > 2 * storm_vix)",
        "symbol.spot < 0",
        "abs(position.delta) < 0",
        "min(watch_distance, exit_distance) > exit_distance",
        "position.right == 'put' && position.right != 'put'",
        "!(position.right in ['put', 'call'])",
        "known(storm_vix) && !known(storm_vix)",
        "account.positions.exists(p, p.strike < 0)",
        "!account.positions.all(p, p.strike > 0)",
        "account.positions.count(p, true) < 0",
    ],
)
def test_a_rule_whose_parts_exclude_each_other_never_fires(when: str, base: Path) -> None:
    assert said(base, noted(when)) == [f"07-case.yaml:4:3 never: {NEVER}"]


@pytest.mark.parametrize(
    "when",
    [
        "market.vix >= storm_vix && market.vix <= storm_vix",
        "market.vix > storm_vix && market.vix_close < storm_vix",
        "position.level == watch || position.level == leave",
        "position.level >= leave",
        "position.level == leave && position.right == 'put'",
        "position.level == calm && position.right == 'call'",
        "market.weather == 'storm' && market.vix > storm_vix",
        "symbol.spot > 0",
        "abs(position.delta) <= 0",
        "known(market.vix) && !known(market.vix_close)",
        "account.positions.exists(p, p.level == watch) && position.level == leave",
        "account.positions.count(p, true) <= 0",
        "position.strike - symbol.spot < exit_distance && position.strike - symbol.spot > watch_distance",
    ],
)
def test_a_rule_that_some_facts_fire_is_not_said_to_be_idle(when: str, base: Path) -> None:
    assert said(base, noted(when)) == []


def test_a_requirement_that_only_an_unknown_fact_refuses_can_refuse(base: Path) -> None:
    case = """rules:
  priced:
    for: symbol
    require: ExitPosition
    when: symbol.spot > 0
    else: unpriced
    cites: "7.1"
"""
    assert said(base, case) == []


def test_a_condition_that_goes_through_other_facts_is_followed(base: Path) -> None:
    case = """facts:
  market.stormy: {value: market.vix > storm_vix, cites: "7.1"}
  market.calm: {value: '!market.stormy', cites: "7.1"}
"""
    rule = noted("market.calm && market.weather == 'storm'", "market")
    assert said(base, case + rule) == [f"07-case.yaml:7:3 never: {NEVER}"]


def test_a_row_that_the_rows_before_it_leave_nothing_is_found_through_other_columns(base: Path) -> None:
    case = """tables:
  market.band:
    hit: first
    by: {stormy: market.vix > storm_vix, wild: market.vix > 2 * storm_vix, weather: market.weather}
    rows:
      - {stormy: true, then: high}
      - {wild: true, then: higher}
      - {weather: storm, then: windy}
      - {weather: fair, then: low}
    otherwise: odd
    unit: symbol
    cites: "7.1"
"""
    lines = said(base, case + noted("market.band == 'low'", "market"))
    here = HERE.format("market.band")
    assert lines == [
        f"07-case.yaml:9:9 never: {here}",
        f"07-case.yaml:10:9 never: {here}",
        f"07-case.yaml:12:16 never: {here}",
    ]


def test_a_level_that_a_later_one_always_takes_is_found(base: Path) -> None:
    ladder = base / "06-ladder.yaml"
    text = ladder.read_text("utf-8")
    ladder.write_text(text.replace("symbol.spot <= position.strike - rung", "symbol.spot - rung <= 0 - rung"), "utf-8")
    here = HERE.format("position.level")
    assert said(base, "parameters: {}\n") == [
        f"06-ladder.yaml:15:9 never: {here}",
        f"06-ladder.yaml:16:9 never: {here}",
    ]


def test_a_latch_that_nothing_sets_or_clears_is_found_unless_it_is_to_hold_for_good(base: Path) -> None:
    case = """latches:
  market.unset: {set: market.vix > storm_vix && market.vix < storm_vix, clear: market.vix < storm_vix, cites: "7.1"}
  market.stuck: {set: market.vix > storm_vix, clear: market.vix < 0, cites: "7.1"}
  market.final: {set: market.vix > storm_vix, clear: false, cites: "7.1"}
"""
    assert said(base, case + noted("market.unset || market.stuck || market.final", "market")) == [
        "07-case.yaml:4:3 never: 'market.unset' can never be set: its condition is false whatever the facts are",
        "07-case.yaml:5:3 never: 'market.stuck' can never be cleared: write `clear: false` if it is to hold for good",
    ]


def test_a_pick_that_finds_nothing_is_found(base: Path) -> None:
    case = """picks:
  position.next:
    when: position.right == "put"
    among: symbol.candidates
    where: candidate.bid > watch_distance && candidate.bid < watch_distance
    order_by: [candidate.bid]
    cites: "7.1"
  position.cheap:
    when: position.right == "put"
    among: market.candidates
    where: candidate.bid < symbol.spot && symbol.spot < position.strike && candidate.bid > position.strike
    order_by: [candidate.bid]
    cites: "7.1"
"""
    rule = noted("position.next_found && position.cheap_found")
    never = "'position.next' can never be found: what it asks for is false whatever the facts are"
    assert said(base, case + rule) == [f"07-case.yaml:4:3 never: {never}"]


# Nothing that occurs is said to be impossible.


@cache
def law() -> Constitution:
    return load(LAW)


@cache
def world() -> World:
    return World(law())


@cache
def program() -> Program:
    return _Compiler(law(), frozenset(), needed=set(law().derived)).program()


def lies_in(value: Exact, found: Range) -> bool:
    return value in found or (isinstance(found, Span) and not isinstance(value, Fraction))


def evaluated(snapshot: Snapshot) -> Evaluator:
    tables, kleene = fill(law(), snapshot), calendar_of(snapshot)
    examine(program(), tables, kleene)
    return Evaluator(tables, kleene)


@examples(25)
@given(snapshots(assume=False))
def test_every_fact_of_a_snapshot_lies_in_its_range(snapshot: Snapshot) -> None:
    evaluator = evaluated(snapshot)
    for subject in SUBJECTS:
        names = [*given_facts(subject), *(of.fact for of in law().derived.values() if of.subject == subject)]
        for row in range(len(evaluator.facts.ids[subject])):
            for name in names:
                value = evaluator.fact(subject, name, row)
                if not isinstance(value, frozenset):
                    assert lies_in(value, world().fact(subject, name)), (subject, name, value)


@examples(25)
@given(snapshots(assume=False))
def test_what_is_held_where_a_condition_holds_is_so(snapshot: Snapshot) -> None:
    evaluator = evaluated(snapshot)
    for rule in law().rules.values():
        for row in range(len(evaluator.facts.ids[rule.subject])):
            rows = evaluator.rows(rule.subject, row)
            holds = evaluator.value(rule.when, rows)
            if isinstance(holds, bool):
                found = world().where(rule.when, holds=holds)
                assert found is not None, rule.id
                for (subject, fact), span in found.held.items():
                    at = rows[subject]
                    value = frozenset() if at is None else evaluator.fact(subject, fact, at)
                    assert isinstance(value, frozenset) or lies_in(value, span), (rule.id, subject, fact, value)


POINTS = st.integers(-6, 6).map(lambda number: Fraction(number, 2))
ENDS = st.one_of(POINTS, st.sampled_from([inf, -inf]))


@st.composite
def ranged(draw: st.DrawFn) -> tuple[Fraction, Range]:
    """Draw a number and a range that it lies in."""
    value = draw(POINTS)
    if draw(st.booleans()):
        return value, frozenset({value, *draw(st.lists(POINTS, max_size=2))})
    below, above = draw(st.lists(ENDS, min_size=2, max_size=2).map(sorted))
    low, high = min(below, value), max(above, value)
    low_in = low == value or (draw(st.booleans()) and low != -inf)
    return value, Span(low, high, low_in, high == value or (draw(st.booleans()) and high != inf))


@examples(500)
@given(ranged(), ranged())
def test_what_is_computed_of_two_numbers_lies_in_what_is_computed_of_their_ranges(
    one: tuple[Fraction, Range], another: tuple[Fraction, Range]
) -> None:
    (first, left), (second, right) = one, another
    results = {"+": first + second, "-": first - second, "*": first * second}
    results |= {"/": first / second} if second > 0 else {}
    for sign, result in results.items():
        assert result in ranges.computed(sign, left, right), sign
    for sign, holds in {
        "<": first < second,
        "<=": first <= second,
        "==": first == second,
        "!=": first != second,
    }.items():
        assert holds in ranges.compared(sign, left, right), sign
    assert (first > second) in ranges.compared(">", left, right)
    assert (first >= second) in ranges.compared(">=", left, right)
    measures = {"min": min(first, second), "max": max(first, second), "mean": (first + second) / 2}
    for function, measure in measures.items():
        assert measure in ranges.measured(function, [left, right]), function
    whole = {"abs": abs(first), "floor": Fraction(floor(first)), "ceil": Fraction(ceil(first))}
    for function, result in whole.items():
        assert result in ranges.measured(function, [left]), function
    step: Range = frozenset({Fraction(3, 2)})
    assert first // Fraction(3, 2) * Fraction(3, 2) in ranges.measured("floor", [left, step])
    assert -first in ranges.negated(left)
    assert first in ranges.united([left, right])
    assert second in ranges.united([left, right])
    assert (first not in right) or first in ranges.met(left, right)
    assert isinstance(right, frozenset) or (first in right) in ranges.inside(left, right)
    assert not isinstance(right, frozenset) or (first in right) in ranges.among(left, right)


@pytest.mark.parametrize(
    ("sign", "one", "another", "gives"),
    [
        ("+", Span(0, inf), Span(1, 2, low_in=True), Span(1, inf)),
        ("*", Span(0, inf), Span(-1, 1, low_in=True, high_in=True), Span(-inf, inf)),
        ("*", Span(0, 2, low_in=True), Span(3, 4, low_in=True, high_in=True), Span(0, 8, low_in=True)),
        ("/", Span(1, 2, low_in=True), Span(0, inf), Span(0, inf)),
        ("/", Span(1, 2, low_in=True), Span(-3, 0, high_in=True), frozenset()),
    ],
)
def test_ends_that_are_not_reached_stay_out(sign: str, one: Span, another: Span, gives: Range) -> None:
    assert ranges.computed(sign, one, another) == gives
