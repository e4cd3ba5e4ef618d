"""The second opinion says what the law says: on golden cases, on drawn snapshots, at the limits of durable-rules."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import product
from operator import eq, ge, gt, le, lt, ne
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.fixture import find, read_fixtures
from commands.golden import Case
from commands.second import Heard, document, second_tables
from engine.decide import decide
from engine.expr import tree
from engine.expr.tree import show
from engine.facts import Snapshot
from engine.fill import fill
from engine.law.authored import Section
from engine.law.model import Constitution
from engine.rows import Facts
from engine.second import language, limits
from engine.second.agreement import Compared, said_by
from engine.second.arithmetic import LARGEST
from engine.second.ceilings import Held
from engine.second.conditions import Condition, Every, Holds, Some, alternatives, inverse, judged
from engine.second.durable import InconsistentError, RuleSet
from engine.second.given import plain
from engine.second.language import LanguageError, read
from engine.second.limits import collisions, hashed
from engine.second.opinion import Opinion, Second, compile_second, of_authored
from engine.second.questions import Sheet
from engine.second.rules import FALSE, MOST_CONDITIONS, MOST_RULES, TRUE
from engine.second.values import spelled
from engine.snapshot import read_snapshot
from engine.verdict import Verdict
from tests.conftest import examples
from tests.readings import Compiled, Version
from tests.strategies import Document, snapshots
from tests.strategies import snapshot as made
from tests.test_language import TREES
from tests.test_properties import thursday
from tests.tiny import Tiny, facts, parameters, tiny

pytest.importorskip("durable_rules_engine", reason="durable-rules is not installed here: there is no second opinion")
ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "constitution" / "1.3"
GOLDEN: Final = ROOT / "fixtures" / "golden"
SNAPSHOTS: Final = sorted((ROOT / "fixtures" / "snapshots").glob("*.yaml"))
EVERY_CASE: Final = "ALLUSE_AGREE" in os.environ  # `make agree`: not a sample but all of them


@cache
def version() -> Version:
    return Version.read(FOLDER)


@cache
def second() -> Second:
    return compile_second(version().law)


def opinion(of: Second, tables: Facts) -> Opinion:
    """Return the second opinion on tables as they go through a pipe."""
    return of.opinion(json.loads(json.dumps(plain(tables, of.needs))))


def compared(law: Constitution, snapshot: Snapshot, of: Second) -> Compared:
    verdict = decide(law, snapshot)
    tables = json.loads(json.dumps(plain(verdict.facts, of.needs, Held(verdict).asked)))
    return Compared(verdict, of.opinion(tables).said)


def cases() -> Iterator[Any]:
    found = [(fixture, case) for fixture in read_fixtures(find(GOLDEN)) for case in fixture.cases]
    for fixture, case in found[:: 1 if EVERY_CASE else 50]:
        name = fixture.path.relative_to(GOLDEN).with_suffix("").as_posix()
        yield pytest.param(case, id=f"{name}::{case.name}")


# Agreement


@pytest.mark.parametrize("case", [*cases()])
def test_it_agrees_about_every_finding_of_a_golden_case(case: Case) -> None:
    found = compared(version().law, case.snapshot, second())
    assert found.said.findings == said_by(found.verdict)
    assert found.agrees
    assert {one.answer for one in found.decisions} <= {"agrees"}
    assert found.said.tally.asked > 0


@pytest.mark.parametrize("path", SNAPSHOTS, ids=lambda path: path.stem)
def test_it_agrees_about_every_decision_and_order_of_a_snapshot(path: Path) -> None:
    found = compared(version().law, read_snapshot(path), second())
    said = [one for one in found.decisions if one.kind != "Order"]
    assert [one.answer for one in found.decisions] == ["agrees"] * len(found.decisions)
    assert [(one.subject, one.id, one.rule) for one in said] == [
        (one.subject, one.id, one.rule) for one in found.verdict.decisions
    ]
    assert len(found.decisions) - len(said) == len(found.verdict.orders)


@examples(60)
@given(snapshots(assume=True))
def test_it_agrees_about_every_fact_and_every_finding_of_a_drawn_snapshot(snapshot: Snapshot) -> None:
    compiled = Compiled(version(), snapshot)
    asked = opinion(second(), compiled.facts)
    for name in version().names:
        keys = compiled.keys[name.split(".")[0]]
        found = [asked.fact(name, row) for row in range(len(keys))]
        if name in version().law.picks:
            found = [None if row is None else compiled.keys["candidate"][row] for row in found]
        expected = [compiled.fact(name, row) for row in range(len(keys))]
        assert found == expected, name
        assert [isinstance(value, bool) for value in found] == [isinstance(value, bool) for value in expected], name
    spoken = {
        (rule, compiled.keys[version().law.rules[rule].subject][row], *said)
        for (rule, row), said in asked.findings.items()
    }
    assert spoken == {compiled.said(finding) for finding in compiled.findings}


# What it reads


def mine(of: tree.Tree) -> language.Tree:
    """Return a tree of the engine's parser as this one has it."""
    match of:
        case tree.Number(text=text):
            return language.Literal(text, word=False)
        case tree.String(value=value):
            return language.Literal(value, word=True)
        case tree.Name(path=path):
            return language.Name(path)
        case tree.Call(function=function, arguments=parts):
            return language.Call(function, tuple(map(mine, parts)))
        case tree.Quantified(source=source, how=how, variable=variable, body=body):
            row, _, rows = ".".join(source.path).partition(".")
            return language.Each(row, rows, how, variable, mine(body))
        case tree.Negative(of=inner):
            return language.Prefix("-", mine(inner))
        case tree.Not(of=inner):
            return language.Prefix("!", mine(inner))
        case tree.Both(operator=sign, terms=terms):
            return language.Joined(sign, tuple(map(mine, terms)))
        case tree.Binary(operator=sign, left=left, right=right):
            return language.Pair(sign, mine(left), mine(right))
        case tree.Listing(items=items):
            return language.Listed(tuple(map(mine, items)))


@examples(400)
@given(TREES)
def test_it_reads_an_expression_as_the_engine_does_without_asking_it(of: tree.Tree) -> None:
    assert read(show(of)) == mine(of)


@pytest.mark.parametrize(
    "text", ["a < b < c", "a ? b : c", "(a", "a b", "a &&", "", "[a", "a.exists(b)", "f(a,)", "&& a"]
)
def test_what_is_not_in_the_language_is_refused(text: str) -> None:
    with pytest.raises((LanguageError, ValueError)):
        read(text)


# Three values

FIELDS: Final = ("b0", "b1", "b2")
TERMS: Final = st.recursive(
    st.builds(Holds, st.sampled_from(FIELDS), st.booleans()),
    lambda inner: st.builds(
        lambda kind, parts: kind(tuple(parts)), st.sampled_from([Every, Some]), st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


def shown(of: Condition, values: Mapping[str, bool | None]) -> bool:
    """Return whether a conjunction of what is known makes a condition true."""
    return any(
        all(isinstance(atom, Holds) and values[atom.field] is atom.so for atom in conjunction)
        for conjunction in alternatives(of)
    )


@examples(200)
@given(TERMS)
def test_a_condition_is_true_or_false_where_one_of_its_conjunctions_says_so_and_unknown_elsewhere(
    of: Condition,
) -> None:
    for values in product((True, False, None), repeat=len(FIELDS)):
        given_ = dict(zip(FIELDS, values, strict=True))
        sides = shown(of, given_), shown(inverse(of), given_)
        assert sides in {(True, False), (False, True), (False, False)}
        assert judged(of, given_) is {(True, False): True, (False, True): False, (False, False): None}[sides]


# Integers


def account(**told: str | None) -> Snapshot:
    """Return a small snapshot whose account has these amounts."""
    document: Document = thursday()
    document["accounts"][0] |= {name: None if value is None else Decimal(value) for name, value in told.items()}
    return made(document)


@pytest.fixture(scope="module")
def products(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    return tiny(
        tmp_path_factory.mktemp("products"),
        parameters(much=("999999999999.99", "usd"), share=("0.999999", "ratio")),
        facts(
            account_small="account.net_liquidation > account.maintenance_margin",
            account_shared="share * account.net_liquidation >= share * account.maintenance_margin",
            account_large="account.net_liquidation * account.net_liquidation > account.maintenance_margin * much",
        ),
    )


@pytest.mark.parametrize(
    ("first", "other", "expected", "beyond"),
    [
        ("100.00", "99.99", [True, True, False], 0),
        ("100.00", "100.00", [False, True, False], 0),
        ("99.99", "100.00", [False, False, False], 0),
        ("100.00", None, [None, None, None], 0),
        ("999999999999.99", "999999999999.98", [True, True, True], 2),
        ("999999999999.99", "999999999999.99", [False, True, False], 2),
        ("999999999999.98", "999999999999.99", [False, False, False], 2),
    ],
)
def test_what_would_leave_64_bits_is_not_asked_of_durable_rules_and_is_exact_all_the_same(
    products: Tiny, first: str, other: str | None, expected: list[bool | None], beyond: int
) -> None:
    snapshot = account(net_liquidation=first, maintenance_margin=other)
    assert [*products.one(snapshot).values()] == expected
    assert products.second is not None
    tally = opinion(products.second, fill(products.law, snapshot)).said.tally
    assert (tally.beyond, tally.asked) == (beyond, 3 - beyond)


@examples(60)
@given(st.lists(st.tuples(*(st.integers(-LARGEST, LARGEST) for _ in range(2))), min_size=1, max_size=20))
def test_durable_rules_compares_integers_up_to_the_largest(pairs: list[tuple[int, int]]) -> None:
    rules = {
        sign: ['{"t": 1}', f'{{"{sign}": {{"x": {{"$m": "y"}}}}}}']
        for sign in ("$lt", "$lte", "$gt", "$gte", "$eq", "$neq")
    }
    found = {*RuleSet("integers", rules).fired([f'"t":1,"x":{x},"y":{y}' for x, y in pairs])}
    signs = {"$lt": lt, "$lte": le, "$gt": gt, "$gte": ge, "$eq": eq, "$neq": ne}
    assert found == {(sign, row) for row, pair in enumerate(pairs) for sign, holds in signs.items() if holds(*pair)}


# Limits


def test_the_law_fits_into_what_durable_rules_can_hold() -> None:
    assert limits.limits(second()) == []
    judged_where = limits.summary(second())
    assert judged_where.most_conditions <= MOST_CONDITIONS
    assert judged_where.most_rules <= MOST_RULES
    assert judged_where.comparisons > judged_where.own  # most of the law is comparisons, and they are asked


def test_names_that_durable_rules_takes_for_one_are_found() -> None:
    assert hashed("id") == 926444256  # as its own source has it
    assert collisions(["costarring", "altarage", "liquid", "zinke", "costarring"]) == [
        ("costarring", "liquid"),
        ("altarage", "zinke"),
    ]


def test_what_does_not_fit_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    small = compile_second(version().law)
    monkeypatch.setattr(limits, "MOST_CONDITIONS", 54)
    monkeypatch.setattr(limits, "MOST_RULES", 100)
    codes = {str(limit).partition(":")[0] for limit in limits.limits(small)}
    assert codes == {"conditions", "rules"}


def test_a_condition_that_is_too_large_is_asked_in_parts(tmp_path: Path) -> None:
    words = [f"account.trades_today == {name}" for name in (f"n{number}" for number in range(40))]
    law = tiny(
        tmp_path,
        parameters(**{f"n{number}": (str(number), "count") for number in range(40)}),
        facts(account_any=" || ".join(words), account_none="!(" + " || ".join(words) + ")"),
    )
    assert law.second is not None
    assert limits.limits(law.second) == []
    assert len(law.second.law.compiler.questions) > 2
    for number, expected in (("0", True), ("39", True), ("40", False), (None, None)):
        found = law.one(account(trades_today=number))
        assert found == {"account.any": expected, "account.none": None if expected is None else not expected}


# Answers that cannot be


def test_an_answer_that_contradicts_itself_or_is_missing_is_no_opinion(products: Tiny) -> None:
    assert products.second is not None
    asked = opinion(products.second, fill(products.law, account(net_liquidation="1.00", maintenance_margin="2.00")))
    question = products.second.law.compiler.questions[0]
    sides = {rule.side: name for name, rule in question.rules.items()}
    sheet = Sheet(question, asked.run)
    with pytest.raises(InconsistentError, match="was not answered though all of it is known"):
        sheet.columns()
    sheet.note(sides[FALSE], 0)
    assert sheet.columns() == [[False]]
    with pytest.raises(InconsistentError, match="both true and false"):
        sheet.note(sides[TRUE], 0)


# Disagreement


def altered(**parameters_: str) -> Second:
    """Return the second opinion on a law some of whose parameters are otherwise."""
    plain_ = [section.model_dump(mode="json", by_alias=True) for section in version().law.sections]
    for section in plain_:
        for name in parameters_.keys() & section["parameters"].keys():
            section["parameters"][name]["value"] = parameters_[name]
    return of_authored(tuple(Section.model_validate(section) for section in plain_), version().law.front)


def test_another_law_disagrees_and_says_about_what() -> None:
    snapshot = read_snapshot(next(path for path in SNAPSHOTS if path.stem == "level_two"))
    found = compared(version().law, snapshot, altered(recovery_breach="2.5"))
    assert not found.agrees
    told = {(one.rule, one.id): (one.authority, one.second) for one in found.differences}
    assert told["hold", "P1"] == (None, (True, frozenset(), frozenset()))
    assert told["freeze_entries", "A1"] == ((True, frozenset(), frozenset()), None)
    assert told["permit", "A1/gen/IWM   260313P00191000"] == (
        (True, frozenset({"no_freeze"}), frozenset()),
        (True, frozenset(), frozenset()),
    )
    answers = {(one.kind, one.id): one.answer for one in found.decisions}
    assert (answers["Roll", "P1"], answers["Hold", "P2"]) == ("disagrees", "agrees")
    assert {one.answer for one in found.decisions if one.kind == "Order"} == {"disagrees"}


def test_what_an_account_misses_is_compared_too() -> None:
    snapshot = read_snapshot(next(path for path in SNAPSHOTS if path.stem == "calm_thursday"))
    found = compared(version().law, snapshot, altered(safe_vix="10"))
    assert found.accounts == {0: ((frozenset(), frozenset()), (frozenset({"no_safe"}), frozenset()))}
    assert not found.agrees


def test_what_an_account_misses_is_told_where_nothing_else_differs() -> None:
    snapshot = read_snapshot(next(path for path in SNAPSHOTS if path.stem == "calm_thursday"))
    found = compared(version().law, snapshot.model_copy(update={"candidates": None}), altered(trade_limit="0"))
    assert not found.agrees
    said = document(Heard(found, None))
    assert (said["differences"], said["faults"]) == ([], [])
    assert said["accounts"] == [{"id": "A1", "law": "nothing", "second": "max_trades"}]
    told = "\n".join(str(part) for part in second_tables(Heard(found, None), every=False))
    assert (
        "missed for entries by account A1\n  the law              nothing\n  the second opinion   max_trades"
    ) in told


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(1353, 10), "135.3"),
        (Fraction(96, 25), "3.84"),
        (Fraction(663, 500), "1.326"),
        (Fraction(-1, 1024), "-0.0009765625"),
        (Fraction(10**40 + 1, 8), f"{10**40 // 8}.125"),
        (Fraction(2000), "2000"),
        (Fraction(0), "0"),
        (Fraction(1, 3), "1/3"),
        (Fraction(7, 60), "7/60"),
        (2000, "2000"),
        (True, "true"),
        ("gen", "gen"),
        (None, "unknown"),
    ],
)
def test_values_are_spelled_as_decimals_that_say_all_of_them(value: object, text: str) -> None:
    assert spelled(value) == text
    assert not isinstance(value, Fraction) or Fraction(text) == value


# Decisions filled in, orders held against what there is


def thursday_verdict() -> Verdict:
    return decide(version().law, read_snapshot(next(path for path in SNAPSHOTS if path.stem == "calm_thursday")))


def faults(verdict: Verdict, of: Second) -> list[tuple[str, str, str, str]]:
    tables = json.loads(json.dumps(plain(verdict.facts, of.needs, Held(verdict).asked)))
    found = Compared(verdict, of.opinion(tables).said)
    return [(one.rule, one.what, one.authority, one.second) for one in found.faults]


def larger(verdict: Verdict, times: int) -> Verdict:
    """Return a verdict whose chosen orders are so many times larger than the law allows."""
    chosen = {
        name: replace(of, orders=[replace(order, contracts=order.contracts * times) for order in of.orders])
        for name, of in verdict.chosen.items()
    }
    return replace(verdict, chosen=chosen)


def test_orders_that_together_exceed_a_ceiling_are_found() -> None:
    verdict = thursday_verdict()
    assert verdict.orders
    assert faults(verdict, second()) == []
    found = faults(larger(verdict, 100), second())
    assert {rule for rule, *_ in found} == {"entries"}
    assert {"order_size", "deployment"} <= {what for _, what, *_ in found}
    assert all(takes.startswith("takes ") and left.startswith("leaves ") for _, _, takes, left in found)


def test_an_order_at_another_price_is_found() -> None:
    verdict = thursday_verdict()
    dearer = {
        name: replace(of, orders=[replace(order, price=order.price + 1) for order in of.orders])
        for name, of in verdict.chosen.items()
    }
    found = faults(replace(verdict, chosen=dearer), second())
    assert {(rule, what) for rule, what, *_ in found} == {("entries", "price")}


def test_a_hedge_that_costs_more_than_there_is_or_is_another_contract_is_found() -> None:
    verdict = decide(version().law, read_snapshot(next(path for path in SNAPSHOTS if path.stem == "level_two")))
    assert faults(verdict, second()) == []

    def changed(**how: int) -> Verdict:
        grants = {
            finding: grant and replace(grant, orders=tuple(replace(order, **how) for order in grant.orders))  # type: ignore[arg-type]
            for finding, grant in verdict.grants.items()
        }
        return replace(verdict, grants=grants)

    dear = faults(changed(contracts=10_000), second())
    assert {(rule, what) for rule, what, *_ in dear} == {("hedges", "room"), ("hedges", "asks")}
    other = faults(changed(candidate=0), second())
    assert {(rule, what, said) for rule, what, _, said in other} == {("hedges", "bought", "another")}
    assert {said for *_, said, _ in other} == {"IWM260318P00190000 at 2.9", "IWM260318P00190000 at 135.3"}


def tier_case(name: str) -> Verdict:
    (fixture,) = read_fixtures([GOLDEN / "05-hedging" / "tier.yaml"])
    return decide(version().law, next(case.snapshot for case in fixture.cases if case.name == name))


def buying(verdict: Verdict, contracts: int) -> Verdict:
    """Return a verdict in which every share buys so many contracts."""
    grants = {
        finding: grant and replace(grant, orders=tuple(replace(one, contracts=contracts) for one in grant.orders))
        for finding, grant in verdict.grants.items()
    }
    return replace(verdict, grants=grants)


def test_a_tier_buys_no_contract_beyond_the_one_that_meets_its_need() -> None:
    verdict = tier_case("gen_just_can")
    assert [order.contracts for order in verdict.orders] == [1]
    assert faults(verdict, second()) == []
    found = faults(buying(verdict, 2), second())
    assert {(rule, what) for rule, what, *_ in found} >= {("tier", "need")}


def test_a_position_gets_no_more_hedges_than_it_asks_for_though_there_is_room() -> None:
    (fixture,) = read_fixtures([GOLDEN / "05-hedging" / "breaches_before_tier.yaml"])
    verdict = decide(version().law, next(case.snapshot for case in fixture.cases if case.name == "tier_waits"))
    assert [order.contracts for order in verdict.orders] == [3, 12]
    assert faults(verdict, second()) == []
    four = buying(verdict, 4)  # 6,400 where puts may cost 5,000, and less for calls; the room is 9,000
    assert [one[:2] for one in faults(four, second())] == [("hedges", "asks")]


def test_shares_that_draw_on_one_sum_do_not_exceed_it_together() -> None:
    (fixture,) = read_fixtures([GOLDEN / "05-hedging" / "breaches_before_tier.yaml"])
    verdict = decide(version().law, next(case.snapshot for case in fixture.cases if case.name == "both"))
    assert faults(verdict, second()) == []
    orders = {order.rule: order for grant in verdict.grants.values() for order in (grant.orders if grant else ())}
    # Two puts for the tier, of Gen instead of Rev: 7,224 for the breach and 3,200 out of 9,000.
    puts = {
        (finding[0], orders["hedges"].sleeve, *finding[2:]) if of.orders[0].rule == "tier" else finding: of
        for finding, of in (*verdict.grants.items(), *buying(verdict, 2).grants.items())
        if of and of.orders and of.orders[0].contracts == (2 if of.orders[0].rule == "tier" else 3)
    }
    found = faults(replace(verdict, grants=puts), second())
    assert ("hedges", "room", "takes 10424", "leaves 9000") in found


def test_a_decision_filled_in_otherwise_is_found() -> None:
    verdict = decide(version().law, read_snapshot(next(path for path in SNAPSHOTS if path.stem == "level_two")))
    found = faults(verdict, altered(roll_extension="from 3 up to 5"))
    assert found == [("roll", "extend_to", "4", "5")]


def test_a_day_that_is_not_the_same_is_told_as_a_date() -> None:
    found = compared(version().law, thursday_verdict().facts.snapshot, second())
    values = {**found.said.values, "fields:week_type": {**found.said.values["fields:week_type"], "week": ["739674"]}}
    (fault,) = document(Heard(Compared(found.verdict, replace(found.said, values=values)), None))["faults"]
    assert (fault["what"], fault["authority"], fault["second"]) == ("week", "2026-03-02", "2026-02-27")
