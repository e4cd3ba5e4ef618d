"""Why and why not: what stood in the way, and smallest changes that a scan over ticks finds as well."""

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from cli import main
from commands.changes import Speller
from commands.whatif import with_facts
from engine.along import Along
from engine.cells import TIME, Cell, changed, exact, expires, plain, start, words
from engine.clauses import Condition, Granted
from engine.decide import decide
from engine.decisions import KINDS
from engine.facts import Snapshot
from engine.flip import Change, Ends, Search
from engine.law.load import load
from engine.law.model import Constitution
from engine.lift import Lift
from engine.reach import Reach
from engine.snapshot import read_snapshot
from engine.subjects import SUBJECTS
from engine.subjects import given as given_facts
from engine.unmade import Unmade, chosen, unmade
from engine.verdict import Verdict
from engine.wanted import Goal, Wanted, Way
from tests import flip_cases
from tests.conftest import examples
from tests.flip_cases import AROUND, moved, nearest, questions, snapshots, wider
from tests.test_real_thursday import ACCOUNT, CHAIN, DATA, WINDOW, real, silent

ROOT = Path(__file__).resolve().parents[1]
CALM = ROOT / "fixtures" / "snapshots" / "calm_thursday.yaml"
LEVEL_TWO = ROOT / "fixtures" / "snapshots" / "level_two.yaml"
SMALL = "tests/small_snapshot.yaml"
SMALL_LAW = "tests/small_law"


@cache
def law() -> Constitution:
    return load(ROOT / "constitution" / "1.3")


@cache
def verdict(path: Path, *stated: str) -> Verdict:
    return decide(law(), with_facts(law(), read_snapshot(path), stated))


def asked(of: Verdict, kind: str, id_: str, *, order: bool = False) -> Wanted:
    rules = tuple(rule for rule in of.program.decides if rule.kind == kind)
    subject = rules[0].subject
    row = [name.replace(" ", "") for name in of.facts.ids[subject]].index(id_)
    choice = next(iter(of.facts.law.choices.values())) if order else None
    return Wanted(subject, row, tuple(rule for rule in rules if rule.subject == subject), choice)


def found(of: Verdict, kind: str, id_: str, *, order: bool = False, every: bool = False) -> Unmade:
    return unmade(of, asked(of, kind, id_, order=order), every=every)


def told(of: Verdict, changes: tuple[Change, ...]) -> dict[tuple[str, str], str]:
    """Return changes as text, by the fact and the row."""
    return {
        (each.cell.name, of.facts.ids[each.cell.subject][each.cell.row].replace(" ", "")): str(each.to)
        for each in changes
    }


def in_the_way(of: Unmade) -> list[list[str]]:
    return [[clause.name for clause in missed] for _, missed in of.ways]


# Numbers that move.

_OPERATORS = st.sampled_from(["+", "-", "*", "/", "//", "ceil", "min", "max", "abs", "%"])


def _combined(operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401 - a number that moves, or one that does not
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right
        case "//":
            return left // 3 * 2
        case "ceil":
            return -(-left // 2)
        case "%":
            return left % 3
        case "abs":
            return abs(left)
        case _:
            return (min if operator == "min" else max)(left, right)


_NUMBERS = st.fractions(-6, 6, max_denominator=4)
_TREES = st.recursive(st.one_of(st.none(), _NUMBERS), lambda inner: st.tuples(_OPERATORS, inner, inner), max_leaves=5)


def _value(tree: Any, moving: Any) -> Any:  # noqa: ANN401 - likewise
    match tree:
        case None:
            return moving
        case (operator, left, right):
            return _combined(operator, _value(left, moving), _value(right, moving))
        case _:
            return tree


def _answer(trees: tuple[Any, Any], order: str, moving: Any) -> bool | None:  # noqa: ANN401 - likewise
    """Return how two values compare, nothing where one is divided by zero."""
    try:
        left, right = (_value(tree, moving) for tree in trees)
    except ZeroDivisionError:
        return None
    return (
        {"<": left < right, "<=": left <= right, "==": left == right, "!=": left != right}[order]
        if order in "<=!="
        else None
    )


@examples(400)
@given(
    st.tuples(_TREES, _TREES), st.sampled_from(["<", "<=", "==", "!="]), st.integers(-9, 9), st.sampled_from([-1, 1])
)
def test_a_comparison_holds_as_far_as_it_says(trees: tuple[Any, Any], order: str, tick: int, step: int) -> None:
    reach = Reach(tick, step, tick + step * 40)
    here = _answer(trees, order, Along((0, 1), (2,), reach))
    assert here == _answer(trees, order, Fraction(tick, 2))
    for other in range(tick, reach.end + step, step) if here is not None else ():
        assert _answer(trees, order, Fraction(other, 2)) == here


def test_a_line_turns_at_its_root_and_a_curve_at_each_of_them() -> None:
    line = Reach(0, 1, 100)
    assert Along((-7, 2), (1,), line) < 0
    assert line.end == 3
    curve = Reach(0, 1, 100)
    assert Along((40, -14, 1), (1,), curve) > 0  # (t - 4) (t - 10)
    assert curve.end == 3
    beyond = Reach(11, -1, -100)
    assert Along((40, -14, 1), (1,), beyond) > 0
    assert beyond.end == 11


def test_what_is_rounded_down_turns_only_where_it_crosses_a_bound() -> None:
    reach = Reach(0, 1, 10_000)
    assert Along((0, 1), (100,), reach) // 1 * 5 < 40
    assert reach.end == 799


def test_a_number_that_moves_cannot_be_taken_apart() -> None:
    with pytest.raises(TypeError, match="cannot be taken apart"):
        Fraction(Along((0, 1), (1,), Reach(0, 1, 9)))


# Equal to a scan over the ticks around each fact. ALLUSE_EXAMPLES=25 makes 10,500 comparisons of the 420.


def _agrees(search: Search, cell: Cell, change: Change | None) -> bool:
    scanned, each = nearest(search, cell), words(search.verdict.facts, cell)
    if each or change is None:
        return (change is not None) is (scanned is not None)
    if change.by is None:
        return not wider(search, change)  # it was unknown: what is near, nobody can say
    by = moved(search, cell, change.by)
    return by == scanned if scanned is not None else by > AROUND


@examples(250)
@given(snapshots(), st.data())
def test_the_smallest_change_is_the_one_that_a_scan_finds(snapshot: Snapshot, data: st.DataObject) -> None:
    small = decide(flip_cases.law(), snapshot)
    search = Search(small, data.draw(st.sampled_from([*questions(small)])))
    likely = search.cells(search.goal.needs(search.traced))
    search.goal.holds(search.traced)
    every = sorted(search.traced.cells)
    for cells in (likely, every):
        if cells:
            cell = data.draw(st.sampled_from(cells))
            assert _agrees(search, cell, search.surely(cell) if cell in likely else None), (search.wanted, cell)


@examples(40)
@given(snapshots(), st.data())
def test_what_is_told_has_happened_when_it_is_decided_again(snapshot: Snapshot, data: st.DataObject) -> None:
    small = decide(flip_cases.law(), snapshot)
    wanted = data.draw(st.sampled_from([*questions(small)]))
    answer = unmade(small, wanted)
    for changes in [*((change,) for change in answer.changes), *([answer.pair] if answer.pair else [])]:
        again = decide(flip_cases.law(), changed(small.facts, {change.cell: change.to for change in changes}))
        row = again.facts.ids[wanted.subject].index(small.facts.ids[wanted.subject][wanted.row])
        assert replace(wanted, row=row).made(again)


def test_no_fact_that_could_do_it_is_left_out() -> None:
    """Every other value of a word or flag is tried for every cell that the whole law looks at."""
    of = verdict(LEVEL_TWO)
    search = Search(of, asked(of, "Normal", "A1"))
    assert search.wanted.made(of)
    search = Search(of, asked(of, "Halt", "A1"))
    likely = search.cells(search.goal.needs(search.traced))
    search.goal.holds(search.traced)
    for cell in search.traced.cells:
        if words(of.facts, cell):
            assert (search.surely(cell) is not None) is (nearest(search, cell) is not None)
            assert cell in likely or nearest(search, cell) is None


# What stood in the way.


def test_one_clause_is_told_with_the_one_change_that_clears_it() -> None:
    of = verdict(LEVEL_TWO)
    answer = found(of, "HedgedWeek", "")
    assert in_the_way(answer) == [["hedged_week"]]
    assert told(of, answer.changes) == {("market.vix", ""): "50.0001"}
    assert (answer.pair, answer.lifted, answer.listed, answer.others) == ((), (), (), 0)


@pytest.mark.parametrize(
    ("delta", "to", "by"),
    [
        ("-0.450001", "-0.450000", "0.000001"),
        ("-0.399999", "-0.400000", "-0.000001"),
        ("-1", "-0.450000", "0.55"),
        ("-0.000001", "-0.400000", "-0.399999"),
    ],
)
def test_a_delta_moves_to_the_nearer_end_of_its_band(delta: str, to: str, by: str) -> None:
    of = verdict(CALM, f"candidate.QQQ260306P00603000.delta={delta}")
    (change,) = found(of, "EntryPermitted", "A1/gen/QQQ260306P00603000").changes
    assert (str(change.to), change.by, change.ends) == (to, Fraction(by), None)


@pytest.mark.parametrize("delta", ["-0.40", "-0.45"])
def test_a_delta_at_an_end_of_its_band_has_nothing_in_its_way(delta: str) -> None:
    of = verdict(CALM, f"candidate.QQQ260306P00603000.delta={delta}")
    assert asked(of, "EntryPermitted", "A1/gen/QQQ260306P00603000").made(of)


@pytest.mark.parametrize("delta", ["null", "-1.5"])
def test_of_a_fact_that_is_unknown_every_value_that_would_do_is_told(delta: str) -> None:
    of = verdict(CALM, f"candidate.QQQ260306P00603000.delta={delta}") if delta == "null" else _with_delta(delta)
    answer = found(of, "EntryPermitted", "A1/gen/QQQ260306P00603000")
    assert in_the_way(answer) == [["delta_in_band"]]
    (change,) = answer.changes
    assert (str(change.to), change.by, change.others) == ("-0.400000", None, ())
    assert change.ends == (Decimal("-0.45"), Decimal("-0.4"))


def _with_delta(delta: str) -> Verdict:
    of = verdict(CALM)
    row = [name.replace(" ", "") for name in of.facts.ids["candidate"]].index("QQQ260306P00603000")
    return decide(law(), changed(of.facts, {Cell("candidate", "delta", row): Decimal(delta)}))


def test_other_contracts_are_told_the_nearest_first() -> None:
    of = verdict(CALM)
    answer = found(of, "EntryPermitted", "A1/gen/QQQ260306P00603000")
    assert [of.facts.ids["entry"][row].replace(" ", "") for row in answer.listed] == ["A1/gen/QQQ260306P00604000"]
    assert answer.permitted


def test_what_stands_above_a_contract_is_kept_apart_from_what_another_contract_would_change() -> None:
    of = verdict(LEVEL_TWO)
    answer = found(of, "EntryPermitted", "A1/gen/IWM260318P00185000")
    assert in_the_way(answer) == [["expiry_in_band", "delta_in_band", "no_freeze"]]
    assert [of.facts.ids["entry"][row].replace(" ", "") for row in answer.listed] == ["A1/gen/IWM260313P00191000"]
    assert not answer.permitted


def test_where_no_single_change_will_do_two_are_told_and_what_lifts_each_clause() -> None:
    of = verdict(CALM, "market.as_of=2026-03-05T11:00:01-05:00")
    answer = found(of, "EntryPermitted", "A1/gen/QQQ260306P00603000")
    assert answer.changes == ()
    assert "entry_window" in in_the_way(answer)[0]
    moved_ = verdict(CALM)
    late = decide(law(), changed(moved_.facts, {TIME: datetime.fromisoformat("2026-03-05T11:00:01-05:00")}))
    answer = found(late, "EntryPermitted", "A1/gen/QQQ260306P00603000")
    assert in_the_way(answer) == [["entry_window", "delta_in_band"]]
    assert told(late, answer.pair) == {
        ("market.as_of", ""): "2026-03-05 16:00:00+00:00",
        ("candidate.delta", "QQQ260306P00603000"): "-0.400000",
    }
    assert [(each.clause.name, each.change) for each in answer.lifted] == [
        (clause.name, change) for clause, change in zip(answer.ways[0][1], answer.pair, strict=True)
    ]


def test_the_time_moves_to_either_side_and_every_observation_with_it() -> None:
    of = verdict(CALM)
    early = decide(law(), changed(of.facts, {TIME: datetime.fromisoformat("2026-03-05T09:44:59-05:00")}))
    answer = found(early, "EntryPermitted", "A1/gen/QQQ260306P00604000")
    assert [(str(each.to), each.by) for each in answer.changes] == [("2026-03-05 14:45:00+00:00", Fraction(1))]


def test_before_midnight_a_contract_of_the_day_had_not_expired() -> None:
    of = decide(flip_cases.law(), flip_cases.past_midnight(12))
    assert of.facts.why["position", "expiration", 0] == "expired"
    search = Search(of, asked(of, "Roll", "P1"))
    assert TIME in search.cells(search.goal.needs(search.traced))
    change = search.surely(TIME)
    assert change is not None
    assert (str(change.to), change.by) == ("2026-03-06 04:59:59+00:00", Fraction(-13))
    assert nearest(search, TIME) == Fraction(13)


@pytest.mark.parametrize(("hours", "why"), [(23, None), (24, "expired")])
def test_a_day_is_known_by_which_a_contract_expires_also_when_it_has(hours: int, why: str | None) -> None:
    facts = decide(flip_cases.law(), flip_cases.past_midnight(hours * 3600)).facts
    thursday, friday = (date(2026, 3, day).toordinal() for day in (5, 6))
    assert [facts.why.get(("candidate", "expiration", row)) for row in (0, 1)] == [why, why]  # the second is proposed
    assert [expires(facts, "candidate", "expiration", row) for row in (0, 1)] == [friday, friday]
    assert expires(facts, "position", "expiration", 0) == thursday
    assert expires(facts, "position", "quoted_at", 0) is None


def test_a_stronger_decision_stands_in_the_way_until_it_is_not_made() -> None:
    small = decide(load(ROOT / SMALL_LAW), read_snapshot(ROOT / SMALL))
    answer = found(small, "Hold", "P1")
    assert [[type(clause).__name__ for clause in missed] for _, missed in answer.ways] == [["Condition", "Unrivalled"]]
    assert told(small, answer.changes) == {("symbol.spot", "IWM"): "192.0001", ("position.quantity", "P1"): "0"}


def test_a_word_a_flag_and_one_member_of_a_sum_are_changed() -> None:
    of = verdict(LEVEL_TWO, "account.state=MAINTENANCE")
    answer = found(of, "EntryPermitted", "A1/gen/IWM260313P00191000", every=True)
    assert answer.changes == ()
    calm = verdict(CALM, "account.state=MAINTENANCE", "account.A1.state=MAINTENANCE")
    answer = found(calm, "EntryPermitted", "A1/gen/QQQ260306P00604000", every=True)
    assert {change.to for change in answer.changes if change.cell.fact == "state"} == {"ANALYZING"}
    frozen = verdict(LEVEL_TWO)
    answer = found(frozen, "EntryPermitted", "A1/gen/IWM260313P00191000", every=True)
    assert Counter(change.cell.name for change in answer.changes) == {
        "bar.close": 5, "bar.high": 5, "bar.low": 5, "position.quantity": 1, "symbol.spot": 1,
    }  # fmt: skip
    assert str(next(change.to for change in answer.changes if change.cell.name == "symbol.spot")) == "192.0001"


def test_facts_alike_are_told_once_and_counted() -> None:
    of = verdict(LEVEL_TWO)
    few = found(of, "EntryPermitted", "A1/gen/IWM260313P00191000")
    every = found(of, "EntryPermitted", "A1/gen/IWM260313P00191000", every=True)
    assert [change.cell.name for change in few.changes] == [
        *("bar.high", "bar.low", "symbol.spot", "bar.close", "position.quantity"),
    ]
    assert (few.others, every.others) == (12, 0)
    assert set(few.changes) <= set(every.changes)


def test_an_order_is_withheld_by_a_nearer_contract_and_by_a_ceiling() -> None:
    of = verdict(CALM)
    answer = found(of, "EntryPermitted", "A1/gen/QQQ260306P00603000", order=True)
    assert in_the_way(answer) == [["delta_in_band", "entries"]]
    (change,) = answer.changes
    assert str(change.to) == "-0.422001"  # nearer to the middle of the band than the -0.428 that is chosen


def test_a_decision_that_draws_on_a_sum_needs_what_is_left_of_it() -> None:
    of = verdict(LEVEL_TWO)
    answer = found(of, "DeployHedge", "P3")
    assert in_the_way(answer) == [["deploy_hedge", "hedges"]]
    assert ("symbol.spot", "NVDA") in told(of, answer.changes)


def test_what_is_shared_out_moves_with_the_sum_it_is_shared_out_of() -> None:
    of = verdict(LEVEL_TWO)
    search = Search(of, asked(of, "DeployHedge", "P1"))
    granted = next(clause for clause in search.goal.ways[0].clauses if isinstance(clause, Granted))
    goal = Goal((Way("", (granted,)),))
    equity = Cell("sleeve", "equity", of.facts.ids["sleeve"].index("A1/gen"))
    assert equity in search.cells(granted.needs(search.traced))
    assert next(search.of(equity, goal, (1,))).by == 0  # as it is, it gets something


@pytest.mark.parametrize(("kind", "id_", "share"), [("BuyLeap", "A1/gen/SPY", "leaps"),
                                                    ("RenewHedge", "A1/rev/META", "renewals")])  # fmt: skip
def test_where_nothing_draws_on_a_sum_no_fact_of_the_sum_alone_would_do(kind: str, id_: str, share: str) -> None:
    answer = found(verdict(LEVEL_TWO), kind, id_)
    assert (in_the_way(answer)[0][-1], answer.changes, answer.pair) == (share, (), ())
    assert answer.lifted[-1].change is None


def test_what_is_refused_for_several_reasons_no_choice_would_take_for_one_change() -> None:
    of = verdict(CALM)
    answer = found(of, "EntryPermitted", "A1/com/IWM260305P00258000", order=True)
    assert {"strategy", "delta_in_band", "narrow_spread"} < set(in_the_way(answer)[0])
    assert (answer.lifted[-1].clause.name, answer.lifted[-1].change) == ("entries", None)
    assert Search(of, answer.wanted).likely(Goal((Way("", (answer.lifted[-1].clause,)),))) == []


def test_a_single_close_of_a_series_is_changed() -> None:
    of = decide(flip_cases.law(), _small(closes=("31", "29.9999", "31")))
    answer = found(of, "HedgedWeek", "", every=True)
    days = {(each.cell.name, each.cell.day): str(each.to) for each in answer.changes}
    assert days == {
        ("market.vix", 0): "50.0001",
        ("market.vix_closes", datetime(2026, 3, 3).toordinal()): "30.0001",  # noqa: DTZ001 - a date
    }


def test_a_proposal_is_too_large_by_so_many_contracts() -> None:
    of = decide(flip_cases.law(), _small(proposed=7, volume=60))
    answer = found(of, "EntryPermitted", "A1/gen/IWM260306P00190000")
    assert in_the_way(answer) == [["small"]]
    assert told(of, answer.changes) == {
        ("entry.contracts", "A1/gen/IWM260306P00190000"): "6",
        ("candidate.average_daily_volume", "IWM260306P00190000"): "70",
    }
    assert [given_facts(each.cell.subject)[each.cell.fact].chosen for each in answer.changes] == [True, False]


def _small(*, closes: tuple[str, ...] = ("20", "20", "20"), proposed: int = 1, volume: int = 60) -> Snapshot:
    """Return a calm Thursday of the small law, on which one trade is proposed."""
    return flip_cases.calm(closes, proposed, volume)


def test_a_row_without_what_it_takes_is_left_as_it_is() -> None:
    of = verdict(LEVEL_TWO)
    answer = found(of, "Roll", "P2")
    assert in_the_way(answer) == [["roll", "roll_target_listed", "roll"]]
    assert (answer.changes, answer.pair) == ((), ())


# A quote is judged as a whole: one side that is missing, zero or crossed makes the other one doubtful too.


def _written(path: Path, row: str, fact: str, value: str, folder: Path) -> Verdict:
    """Return the verdict of a snapshot in whose file a fact of a row is written otherwise; a row takes three lines."""
    text = path.read_text("utf-8")
    (at,) = [found.start() for found in re.finditer(re.escape(row), text)]
    changed_, count = re.subn(rf"\b{fact}: [^,}}\n]+", f"{fact}: {value}", text[at:], count=1)
    assert count == 1
    (folder / "otherwise.yaml").write_text(text[:at] + changed_, "utf-8")
    return decide(law(), read_snapshot(folder / "otherwise.yaml"))


def _put_back(of: Verdict, wanted: Wanted, cell: Cell) -> bool:
    """Return whether it is found that it would happen if a fact were as it is in a verdict."""
    search = Search(of, wanted)
    was = plain(
        verdict(_FILES[wanted.subject]).facts, cell, int(start(verdict(_FILES[wanted.subject]).facts, cell) or 0)
    )
    assert search.happens(Change(cell, was))
    sure = search.surely(cell) if cell in search.likely(search.goal) else None
    if sure is None or sure.ends is None:
        return sure is not None
    return any(
        (first is None or exact(first) <= exact(was)) and (last is None or exact(was) <= exact(last))  # type: ignore[operator]
        for first, last in (sure.ends, *search.wholly(sure).others)
    )


_FILES = {"entry": CALM, "position": LEVEL_TWO}
_GEN = {
    "SPY260306P00683000": "underlying: SPY, right: put, strike: 683, expiration: 2026-03-06",
    "QQQ260306P00604000": "underlying: QQQ, right: put, strike: 604, expiration: 2026-03-06",
    "IWM260306P00258000": "underlying: IWM, right: put, strike: 258, expiration: 2026-03-06",
    "AAPL260306P00260000": "underlying: AAPL, right: put, strike: 260, expiration: 2026-03-06",
    "GOOG260306P00300000": "underlying: GOOG, right: put, strike: 300, expiration: 2026-03-06",
}
_ODD = [
    *((fact, value) for fact in ("bid", "ask") for value in ("null", "0", ".nan")), ("bid", "999"), ("ask", "0.01"),
    *((fact, "null") for fact in ("delta", "open_interest", "average_daily_volume", "quoted_at")),
    *((fact, "0") for fact in ("delta", "open_interest", "average_daily_volume")),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "value"), _ODD)
@pytest.mark.parametrize("id_", _GEN)
def test_putting_back_what_a_contract_lost_is_found(id_: str, fact: str, value: str, tmp_path: Path) -> None:
    of = _written(CALM, _GEN[id_], fact, value, tmp_path)
    wanted = asked(of, "EntryPermitted", f"A1/gen/{id_}")
    assert not wanted.made(of)
    row = [name.replace(" ", "") for name in of.facts.ids["candidate"]].index(id_)
    assert _put_back(of, wanted, Cell("candidate", fact, row))
    told_ = {each.cell.fact for each in unmade(of, wanted).changes}
    assert fact in told_


@pytest.mark.parametrize(
    ("fact", "value"), [*_ODD[:8], ("quoted_at", "null"), ("original_credit", "null"), ("quantity", "null")]
)
def test_putting_back_what_a_position_lost_is_found(fact: str, value: str, tmp_path: Path) -> None:
    of = _written(LEVEL_TWO, "id: P1,", fact, value, tmp_path)
    wanted = asked(of, "Roll", "P1")
    assert not wanted.made(of)
    cell = Cell("position", fact, of.facts.ids["position"].index("P1"))
    assert _put_back(of, wanted, cell)
    assert cell in {each.cell for each in unmade(of, wanted).changes}


@pytest.mark.parametrize(
    ("fact", "value", "changes"),
    [
        ("ask", "null", {"ask": ("1.02", "1.0723", None)}),
        ("bid", "null", {"bid": ("0.9988", "1.05", None)}),
        ("bid", "0", {"bid": ("0.9988", None, "0.9988")}),
        ("ask", "0", {"ask": ("1.02", "1.0723", None)}),
        ("ask", "1.0199", {"ask": ("1.02", "1.0723", None), "bid": ("0.9702", "1.0199", None)}),
        ("bid", "1.0501", {"ask": ("1.0501", "1.1039", None), "bid": ("0.9988", "1.05", None)}),
        ("ask", "1.0724", {"ask": ("1.0723", None, "-0.0001"), "bid": ("1.0201", None, "0.0001")}),
    ],
)
def test_a_side_of_a_quote_moves_as_far_as_the_other_one_lets_it(
    fact: str, value: str, changes: dict[str, tuple[str, str | None, str | None]], tmp_path: Path
) -> None:
    of = _written(CALM, _GEN["IWM260306P00258000"], fact, value, tmp_path)
    answer = found(of, "EntryPermitted", "A1/gen/IWM260306P00258000")
    assert in_the_way(answer) == [["narrow_spread"]]
    assert {
        each.cell.fact: (f"{each.to:f}".rstrip("0"), None if each.ends is None else f"{each.ends.last:f}".rstrip("0"),
                         None if each.by is None else str(float(each.by)))
        for each in answer.changes
    } == changes  # fmt: skip
    assert all(each.ends is None or each.to == each.ends.first for each in answer.changes)


def test_where_both_sides_of_a_quote_are_missing_neither_alone_would_do(tmp_path: Path) -> None:
    row = _GEN["IWM260306P00258000"]
    _written(CALM, row, "ask", "null", tmp_path)
    of = _written(tmp_path / "otherwise.yaml", row, "bid", "null", tmp_path)
    answer = found(of, "EntryPermitted", "A1/gen/IWM260306P00258000", every=True)
    assert (in_the_way(answer), answer.changes) == ([["narrow_spread"]], ())


def test_a_bar_whose_low_is_above_its_high_is_put_right_from_either_side() -> None:
    bars = [("201", "199"), ("202", "202.0001"), ("203", "199")]
    of = decide(flip_cases.law(), flip_cases.barred(bars))
    assert of.facts.why == {("bar", "high", 1): "bar_range", ("bar", "low", 1): "bar_range"}
    search = Search(of, asked(of, "Hold", "P1"))
    cells = [Cell("bar", fact, 1) for fact in ("high", "low")]
    assert set(cells) <= set(search.cells(search.goal.needs(search.traced)))
    high, low = (search.surely(cell) for cell in cells)
    assert high is not None
    assert low is not None
    assert (str(high.to), low.ends and str(low.ends.last)) == ("202.0001", "202.0000")
    for change in (high, low):
        assert not wider(search, change)


# Where a fact was unknown, all of what would do.


def test_stretches_that_adjoin_are_told_as_one(tmp_path: Path) -> None:
    of = _written(LEVEL_TWO, "vix: 44.20", "vix", "null", tmp_path)
    (change,) = found(of, "Roll", "P1").changes
    assert (str(change.to), change.ends, change.others) == ("0.0001", (None, Decimal(65)), ())
    for vix, rolled in (("0.0001", True), ("65", True), ("65.0001", False)):
        assert asked(of, "Roll", "P1").made(decide(law(), changed(of.facts, {change.cell: Decimal(vix)}))) is rolled


def test_stretches_apart_are_told_one_by_one_and_the_last_may_have_no_end(tmp_path: Path) -> None:
    text = CALM.read_text("utf-8")
    for fact in ("breadth", "net_liquidation"):
        text = re.sub(rf"\b{fact}: [0-9.]+", f"{fact}: null", text)
    (tmp_path / "unknown.yaml").write_text(text, "utf-8")
    of = decide(law(), read_snapshot(tmp_path / "unknown.yaml"))
    answer = found(of, "EntryPermitted", "A1/gen/IWM260306P00258000", order=True)
    (change,) = answer.changes
    assert change.ends == (Decimal(928600), Decimal("928666.66"))
    first, *_, last = change.others
    assert (first.first, last) == (Decimal("937266.67"), (Decimal("990166.67"), None))
    search = Search(of, answer.wanted)
    for ends in (change.ends, *change.others):
        assert not wider(search, replace(change, ends=Ends(*ends)))
        for end in ends:
            assert search.happens(Change(change.cell, Decimal(999_999_999_999) if end is None else end))


_SPELLED = [
    (None, None, (), "any"),
    ("1.5", None, (), "1.50 or more"),
    (None, "1.5", (), "up to 1.50"),
    ("1.5", "1.5", (), "1.50"),
    ("1.5", "2", (), "1.50 up to 2.00"),
    ("1.5", "2", (("3", None),), "1.50 up to 2.00, or 3.00 or more"),
    ("1.5", "2", (("3", "4"), ("6", "8"), ("9", "10")), "1.50 up to 2.00 … or 6.00 up to 8.00"),
]


@pytest.mark.parametrize(("first", "last", "others", "expected"), _SPELLED)
def test_values_that_would_do_are_spelled_as_the_law_spells_an_interval(
    first: str | None, last: str | None, others: tuple[tuple[str | None, str | None], ...], expected: str
) -> None:
    ends, *more = (Ends(*(None if end is None else Decimal(end) for end in pair)) for pair in ((first, last), *others))
    change = Change(Cell("account", "net_liquidation", 0), Decimal("1.5"), None, ends, tuple(more))
    speller = Speller(verdict(CALM).facts)
    assert str(speller.row(change)[3]) == expected
    document = speller.document(change)
    assert (document["from"], document["until"]) == (first, last)
    assert document["others"] == [{"from": low, "until": high} for low, high in others]


def test_json_has_where_the_values_that_would_do_begin_and_end(tmp_path: Path) -> None:
    _written(LEVEL_TWO, "vix: 44.20", "vix", "null", tmp_path)
    told_ = json.loads(run("why-not", str(tmp_path / "otherwise.yaml"), "Roll:P1", "--format", "json").stdout)
    (change,) = told_["changes"]
    assert {key: change[key] for key in ("is", "to", "from", "until", "others", "by")} == {
        "is": None, "to": "0.0001", "from": None, "until": "65", "others": [], "by": None,
    }  # fmt: skip


# What lifts a clause, and what only makes nobody ask.


def test_a_clause_is_lifted_where_its_threshold_lies_and_the_pair_is_told() -> None:
    of = verdict(LEVEL_TWO)
    answer = found(of, "Roll", "P3")
    assert in_the_way(answer) == [["roll", "roll_affordable"]]
    assert answer.changes == ()
    assert told(of, answer.pair) == {("symbol.spot", "NVDA"): "158.0000", ("position.bid", "P3"): "2.6000"}
    assert [each.change for each in answer.lifted] == [*answer.pair]
    for ticks, rolled in ((0, True), (1, False)):
        spot, bid = (each.to + Decimal("0.0001") * ticks for each in answer.pair)  # type: ignore[operator] # numbers
        for values in ((spot, answer.pair[1].to), (answer.pair[0].to, bid)):
            again = changed(of.facts, dict(zip([each.cell for each in answer.pair], values, strict=True)))
            assert asked(of, "Roll", "P3").made(decide(law(), again)) is rolled


def _lifts(of: Verdict, kind: str, id_: str, clause: str) -> dict[str, str]:
    """Return every change that lifts one clause, by the fact."""
    search = Search(of, asked(of, kind, id_))
    way = search.goal.ways[0]
    lift = Lift.of(search.traced, [each for each in way.clauses if each.name == clause and isinstance(each, Condition)])
    return {each.cell.name: str(each.to) for each in search.changes(lift, search.likely(lift))
            if search.lifted(each, lift) is not None}  # fmt: skip


def test_what_only_makes_a_question_idle_lifts_nothing() -> None:
    """Farther up nothing is rolled, without contracts neither; of what is old nobody knows what it costs."""
    of = verdict(LEVEL_TWO)
    lifted = _lifts(of, "Roll", "P3", "roll_affordable")
    assert lifted["position.original_credit"] == "10.6000"
    assert not {"symbol.spot", "symbol.spot_at", "position.quantity", "market.as_of", "bar.high"} & lifted.keys()
    again = decide(law(), changed(of.facts, {Cell("position", "quantity", 2): Decimal(0)}))
    assert again.evaluator.fact("position", "roll_affordable", 2) is True


def test_bars_that_are_no_longer_known_lift_no_level() -> None:
    lifted = _lifts(verdict(LEVEL_TWO), "Roll", "P3", "roll")
    assert lifted["symbol.spot"] == "158.0000"
    assert "market.as_of" not in lifted


def test_nobody_can_choose_to_look_earlier() -> None:
    assert [chosen(Change(TIME, datetime.fromisoformat("2026-03-05T15:00:00Z"), Fraction(by))) for by in (-1, 1)] == [
        *(False, True),
    ]


def test_what_is_proposed_and_expires_has_no_name_any_more() -> None:
    of = decide(flip_cases.law(), flip_cases.past_midnight(0))
    search = Search(of, asked(of, "EntryPermitted", "A1/gen/IWM260306P00199000/proposed"))
    assert not search.happens(Change(TIME, datetime.fromisoformat("2026-03-08T15:00:00Z")))


# What can be chosen is said where the facts are declared.


def test_the_facts_that_somebody_can_choose() -> None:
    chosen = {f"{name}.{fact}" for name in SUBJECTS for fact, each in given_facts(name).items() if each.chosen}
    assert chosen == {
        "market.as_of", "host.stress_test", "entry.contracts", "entry.buys", "event.amount", "event.approved",
    }  # fmt: skip


def test_a_name_never_moves() -> None:
    names = {
        f"{name}.{fact}" for name in ("position", "candidate") for fact, each in given_facts(name).items() if each.names
    }
    assert names == {
        *("position.id", "position.underlying", "position.right", "position.strike", "position.expiration"),
        *("position.multiplier", "candidate.underlying", "candidate.right", "candidate.strike", "candidate.expiration"),
        *("candidate.multiplier", "candidate.occ_symbol"),
    }


# As a person types it.


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="alluse")


OUTPUTS = {
    "why_order": ("why", "order:IWM260306P00190000"),
    "why_not_decision": ("why-not", "Hold:P1"),
    "why_not_contract": ("why-not", "IWM260306P00192000"),
    "why_not_unknown": ("why-not", "EntryPermitted:A1/gen/IWM260306P00194000"),
    "why_not_order": ("why-not", "order:IWM260306P00191000"),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_the_whole_output_is_as_written(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    command, words_ = OUTPUTS[name]
    result = run(command, SMALL, words_, "--law", SMALL_LAW)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (ROOT / "tests" / "outputs" / f"{name}.txt").read_text("utf-8")


_REFUSED = """\
EntryDenied is how a refusal is told, and `alluse why` says why; write what was refused, such as EntryPermitted or Roll\
"""


@pytest.mark.parametrize(
    ("words_", "expected"),
    [
        ("Roll:P9", "the snapshot has no position 'P9'; it has P1, P2, P3"),
        ("Rol:P1", "'Rol:P1' names nothing that could have happened; did you mean Roll?"),
        ("Roll", "'Roll' can mean 3 things; name one:\n  Roll:P1\n  Roll:P2\n  Roll:P3"),
        ("Fork:A1/genn", "the snapshot has no sleeve 'A1/genn'; did you mean A1/gen or A1/rev?"),
        ("Roll:Hold:P1", "'Roll' and 'Hold' both say what; write one of them, and a row"),
        ("EntryDenied:P1", _REFUSED),
        ("stale:P1", "'stale' can mean 2 things; name one:\n  roll_quote_fresh:P1\n  leap_roll_quote:P1"),
        ("AcceptFill:O1", "the snapshot has no order 'O1'; there is none at all"),
        ("", "nothing is asked about; write a kind and a row, such as Roll:P1"),
    ],
)
def test_what_cannot_be_asked_is_told_in_one_message(words_: str, expected: str) -> None:
    result = run("why-not", str(LEVEL_TWO), words_)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"Error: {expected}\n")


def test_what_did_happen_is_said_and_why_says_why() -> None:
    result = run("why-not", str(LEVEL_TWO), "Level:P2")
    assert (result.exit_code, result.stderr) == (1, "")
    assert (
        result.stdout == "Level:P2 did happen: Level (level 0, before 0).\n`alluse why SNAPSHOT Level:P2` says why.\n"
    )
    again = json.loads(run("why-not", str(LEVEL_TWO), "Level:P2", "--format", "json").stdout)
    assert (again["wanted"], again["happened"], again["decisions"][0]["kind"]) == ("Level:P2", True, "Level")


def test_a_requirement_that_is_met_has_nothing_in_its_way() -> None:
    result = run("why-not", str(LEVEL_TWO), "entry_window:A1/gen/IWM260313P00191000")
    assert (result.exit_code, result.stdout) == (1, "entry_window:A1/gen is met; nothing stands in its way.\n")


def test_why_points_to_why_not() -> None:
    result = run("why", str(LEVEL_TWO), "ExitPosition:P1")
    assert (result.exit_code, result.stderr) == (2, "Error: ExitPosition:P1 did not happen; ask `alluse why-not`\n")


def test_why_of_an_order_that_hedges_is_the_decision_it_comes_from() -> None:
    told_ = json.loads(run("why", str(LEVEL_TWO), "order:SPX260918P05300000", "--format", "json").stdout)
    assert [(order["contract"], order["contracts"]) for order in told_["orders"]] == [("SPX   260918P05300000", 2)]
    (explained,) = told_["explanations"]
    assert (explained["decision"]["kind"], explained["decision"]["id"]) == ("DeployHedge", "P1")
    assert [ground["role"] for ground in explained["grounds"]] == ["decides", "shares"]


def test_json_has_every_clause_with_its_margin_and_every_change() -> None:
    told_ = json.loads(run("why-not", str(CALM), "QQQ260306P00603000", "--format", "json").stdout)
    assert (told_["wanted"], told_["happened"]) == ("EntryPermitted:A1/gen/QQQ260306P00603000", False)
    (way,) = told_["ways"]
    assert [{key: each[key] for key in ("name", "reason", "margin")} for each in way["missed"]] == [
        {"name": "delta_in_band", "reason": "delta", "margin": {"amount": "0.0295", "unit": "ratio"}}
    ]
    (change,) = told_["changes"]
    assert {key: change[key] for key in ("fact", "id", "is", "to", "by", "unit", "given_by", "chosen")} == {
        "fact": "candidate.delta", "id": "QQQ   260306P00603000", "is": "-0.3705", "to": "-0.4", "by": "-0.0295",
        "unit": "ratio", "given_by": "market data", "chosen": False,
    }  # fmt: skip
    assert change["place"].endswith("calm_thursday.yaml:257:96")
    assert [each["id"].replace(" ", "") for each in told_["contracts"]] == ["QQQ260306P00604000"]


def test_every_kind_that_a_rule_decides_can_be_asked_of_every_row_it_was_not_made_for() -> None:
    of = verdict(LEVEL_TWO)
    kinds = {rule.kind for rule in of.program.decides}
    assert kinds <= set(KINDS)
    for rule in of.program.decides:
        if rule.subject != "entry" and of.facts.ids[rule.subject]:
            wanted = Wanted(rule.subject, 0, (rule,))
            if not wanted.made(of):
                assert Search(of, wanted).goal.ways[0].missed(Search(of, wanted).traced), rule.id


# The recorded chain of a real Thursday.


@pytest.fixture(scope="module")
def thursday() -> Verdict:
    from sources.build import Files, Wish, build  # noqa: PLC0415 - only where there is market data

    files = Files(CHAIN, DATA / "market_2026_08.csv", ACCOUNT)
    recorded, _ = build(files, Wish(datetime(2026, 8, 20).date(), WINDOW, live=True), silent)  # noqa: DTZ001 - a date
    return decide(law(), recorded)


@real
def test_a_real_contract_was_refused_for_three_and_a_half_minutes(thursday: Verdict) -> None:
    answer = found(thursday, "EntryPermitted", "A1/gen/IWM260820P00299000")
    assert in_the_way(answer) == [["entry_window"]]
    assert [(each.cell, str(each.to), each.by) for each in answer.changes] == [
        (TIME, "2026-08-20 15:00:00+00:00", Fraction(-211))
    ]


@real
def test_a_real_contract_was_refused_for_its_delta_and_another_strike_would_do(thursday: Verdict) -> None:
    answer = found(thursday, "EntryPermitted", "A1/gen/IWM260820P00300000")
    assert in_the_way(answer) == [["entry_window", "delta_in_band"]]
    assert told(thursday, answer.pair) == {
        ("market.as_of", ""): "2026-08-20 15:00:00+00:00",
        ("candidate.delta", "IWM260820P00300000"): "-0.450000",
    }
    names = [thursday.facts.ids["entry"][row].replace(" ", "") for row in answer.listed]
    assert (names[0], answer.permitted) == ("A1/gen/IWM260820P00299000", False)
