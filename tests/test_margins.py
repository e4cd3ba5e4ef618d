"""Margins, what would be enough and whom to blame: the compiled functions say what the slow reading says."""

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import NamedTuple, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.scenes import Scene, with_chain
from engine.arbitrate import spoken
from engine.blamed import traceable
from engine.decide import decide
from engine.decided import Reason
from engine.evaluate import blamed, blames, decimal
from engine.expr.typed import Compare, Type, Within, walk
from engine.expr.units import UNITS
from engine.facts import Account, Assumption, Candidate, Sleeve, Snapshot, declared
from engine.kinds.entries import Blocked, EntryDenied
from engine.law.load import load
from engine.law.model import Constitution, Rule
from engine.margin import Margin, counted_in, margin
from engine.misses import misses
from engine.snapshot import read_snapshot
from engine.subjects import SINGLE
from engine.verdict import Verdict
from tests.conftest import examples
from tests.strategies import snapshots

# What the law of the day has none of, or hardly ever: equal margins of two units, a bad fact behind a margin, a list in
# a list under one letter, unknown guards of both kinds of table, what is stated behind a margin.
LITTLE = """section: "7"
title: A case
parameters:
  near: {value: 5, unit: usd_per_share, cites: "7.1", means: a small distance}
  some_delta: {value: 0.2, unit: ratio, cites: "7.1", means: a middling delta}
  some: {value: 1000, unit: contracts, cites: "7.1", means: a number of contracts}
  size_limit: {value: 2, unit: usd_per_share, cites: "7.1", means: a low price}
  wide: {value: 150, unit: shares_per_contract, cites: "7.1", means: a multiplier}
  many: {value: 51, unit: contracts, cites: "7.1", means: a number of contracts}
  quiet: {value: below 20, unit: index_points, cites: "7.1", means: a VIX without a storm}
facts:
  candidate.lead: {value: candidate.strike - symbol.spot, positive: true, cites: "7.1"}
  candidate.close: {value: candidate.lead < near, cites: "7.1"}
  sleeve.shorts: {value: 'sleeve.positions.count(p, p.quantity < 0)', cites: "7.1"}
  entry.worth: {value: candidate.bid * entry.contracts / many, cites: "7.1"}
tables:
  candidate.liquid:
    hit: first
    by: {delta: candidate.delta > some_delta, volume: candidate.average_daily_volume}
    rows:
      - {delta: true, then: candidate.open_interest > many}
      - {volume: from some, then: candidate.open_interest > some}
    otherwise: candidate.bid > near
    cites: "7.1"
  entry.size:
    hit: unique
    by: {delta: candidate.delta, interest: candidate.open_interest}
    rows:
      - {delta: below some_delta, then: near}
      - {delta: from some_delta, interest: below some, then: entry.worth}
      - {delta: from some_delta, interest: from some, then: near}
    unit: usd_per_share
    cites: "7.1"
rules:
  nearest: {for: entry, require: EntryPermitted, when: candidate.close, else: near, cites: "7.1"}
  closest: {for: candidate, require: EntryPermitted, when: candidate.close, else: far, cites: "7.1"}
  all_equal:
    for: entry
    require: EntryPermitted
    when: candidate.multiplier >= wide && entry.contracts >= many
    else: all
    cites: "7.1"
  any_equal:
    for: entry
    require: EntryPermitted
    when: entry.contracts >= many || candidate.multiplier >= wide
    else: any
    cites: "7.1"
  not_liquid: {for: candidate, require: EntryPermitted, when: '!candidate.liquid', else: liquid, cites: "7.1"}
  sized: {for: entry, require: EntryPermitted, when: entry.size <= size_limit, else: size, cites: "7.1"}
  balanced:
    for: sleeve
    require: EntryPermitted
    when: 'sleeve.positions.sum(p, sleeve.shorts * p.quantity) >= 0 && market.vix in quiet'
    else: balance
    needs: sleeve.equity * sleeve.shorts
    cites: "7.1"
  permit: {for: entry, decide: EntryPermitted, when: true, cites: "7.1"}
"""
STATED = [
    ("candidate.lead", "4"), ("candidate.lead", "6"), ("candidate.close", False), ("sleeve.shorts", "2"),
    ("candidate.liquid", True), ("entry.size", "7"), ("entry.nearest", False), ("entry.worth", "8"),
]  # fmt: skip
ROOT = Path(__file__).resolve().parents[1]
WRITTEN = sorted((ROOT / "fixtures" / "snapshots").glob("*.yaml"))
CONTRACTS = 30
CONTRACT = [
    "strike", "multiplier", "bid", "ask", "delta", "open_interest", "average_daily_volume", "maintenance_margin",
]  # fmt: skip
SLEEVE = ["equity", "close_equity"]
ACCOUNT = ["net_liquidation", "maintenance_margin", "trades_today"]
BY = [None, "0", "0.01", "0.9", "1.1", "40", "-1"]  # gone, nothing, much less, less, more, much more, the other sign
Row = TypeVar("Row", Candidate, Sleeve, Account)


@cache
def law() -> Constitution:
    return load(ROOT / "constitution" / "1.3")


@pytest.fixture(scope="session")
def little(tmp_path_factory: pytest.TempPathFactory) -> Constitution:
    folder = shutil.copytree(ROOT / "tests" / "bad_laws" / "base", tmp_path_factory.mktemp("laws") / "little")
    (folder / "07-case.yaml").write_text(LITTLE, encoding="utf-8")
    return load(folder)


def requirements(of: Constitution) -> list[Rule]:
    return [rule for rule in of.rules.values() if not rule.decides]


class Twist(NamedTuple):
    """A fact of one contract, sleeve or account, and what it is multiplied by; nothing is what a missing one has."""

    number: int
    fact: str
    by: str | None

    def of(self, row: Row) -> Row:
        """Return the row with the fact twisted."""
        value = getattr(row, self.fact)
        tick = Decimal(1).scaleb(-declared(type(row))[self.fact].type.scale)
        exact = None if self.by is None else (value if isinstance(value, Decimal) else tick) * Decimal(self.by)
        exact = exact and exact.quantize(tick)
        return type(row).model_validate(dict(row) | {self.fact: exact})


class Day(NamedTuple):
    """A calm or a bad day on which some of the facts that requirements read are twisted."""

    rout: bool
    positions: int
    vix: int | None
    chain: list[Twist]
    sleeves: list[Twist]
    account: list[Twist]

    def snapshot(self) -> Snapshot:
        """Return it in full."""
        scene = Scene(positions=self.positions, candidates=CONTRACTS, rout=self.rout)
        snapshot, chain = scene.snapshot(), scene.chain()
        for twist in self.chain:
            chain[twist.number] = twist.of(chain[twist.number])
        account = snapshot.accounts[0]
        sleeves = list(account.sleeves or ())
        for twist in self.sleeves:
            sleeves[twist.number] = twist.of(sleeves[twist.number])
        account = account.model_copy(update={"sleeves": tuple(sleeves)})
        for twist in self.account:
            account = twist.of(account)
        vix = None if self.vix is None else Decimal(self.vix)
        market = snapshot.market.model_copy(update={"vix": vix})
        return with_chain(snapshot.model_copy(update={"market": market, "accounts": (account,)}), chain)


def twists(rows: int, facts: list[str]) -> st.SearchStrategy[list[Twist]]:
    one = st.builds(Twist, st.integers(0, rows - 1), st.sampled_from(facts), st.sampled_from(BY))
    return st.lists(one, max_size=6)


DAYS = st.builds(
    Day, st.booleans(), st.sampled_from([3, 10]), st.sampled_from([18, 51, 66, 81, None]),
    twists(CONTRACTS, CONTRACT), twists(3, SLEEVE), twists(1, ACCOUNT),
)  # fmt: skip


def rows(verdict: Verdict, rule: Rule) -> Iterator[int]:
    yield from range(len(verdict.facts.ids[rule.subject]))


def slow_margin(verdict: Verdict, rule: Rule, row: int) -> Margin | None:
    return margin(verdict.evaluator, rule.when, verdict.evaluator.rows(rule.subject, row))


def slow_reasons(verdict: Verdict, rule: Rule, row: int, *, unknown: bool) -> list[Reason]:
    """Return why one requirement is missed, as the reading that explains it has it."""
    evaluator = verdict.evaluator
    here = evaluator.rows(rule.subject, row)
    if unknown:
        return [Reason(code=blame.code, rule=rule.id) for blame in blames(evaluator.value(rule.when, here))]
    enough = evaluator.value(rule.needs, here) if rule.needs else None
    needs = decimal(enough, UNITS["usd"].scale) if isinstance(enough, Fraction) else None
    miss = margin(evaluator, rule.when, here)
    if miss is None:
        return [Reason(code=rule.reason, rule=rule.id, needs=needs)]
    amount = decimal(miss.amount, max(miss.of.type.scale, 2))
    return [Reason(code=rule.reason, rule=rule.id, margin=amount, unit=miss.unit, needs=needs)]


def slow_denial(verdict: Verdict, finding: tuple[int, int, bool | None, int, int]) -> tuple[Reason, ...]:
    number, row, holds, missed, unknown = finding
    rule, found = verdict.program.decides[number], []
    if holds is None:
        found += slow_reasons(verdict, rule, row, unknown=True)
    for bit, required in enumerate(verdict.program.requires.get(rule.kind, ())):
        if missed >> bit & 1:
            above = f"{rule.subject}>{required.subject}"
            at = row if required.subject == rule.subject else None
            if at is None:
                at = 0 if required.subject in SINGLE else verdict.facts.columns[above][row]
            found += slow_reasons(verdict, required, at, unknown=bool(unknown >> bit & 1))
    return tuple(dict.fromkeys(found))


def check(snapshot: Snapshot, by: Constitution | None = None) -> Verdict:
    verdict = decide(by or law(), snapshot)
    check_margins(verdict)
    check_blames(verdict)
    check_denials(verdict)
    return verdict


def check_margins(verdict: Verdict) -> None:
    """Every requirement on every row, whether it is missed there or not."""
    functions = misses(verdict.facts.law, verdict.program)
    columns, kleene = verdict.facts.columns, verdict.kleene
    for rule in requirements(verdict.facts.law):
        compiled = functions.margin(rule)
        for row in rows(verdict, rule):
            slow, found = slow_margin(verdict, rule, row), compiled and compiled(columns, kleene, row)
            assert (found is None) is (slow is None), (rule.id, row, slow, found)
            if found is not None and slow is not None:
                measure = functions.measures.known[found[2]]
                said = functions.measures.exact(found), measure.unit, measure.places
                assert said == (slow.amount, slow.unit, max(slow.of.type.scale, 2)), (rule.id, row)


def check_blames(verdict: Verdict) -> None:
    """Whom the compiled function asks is whom the slow reading blames, on every row where a requirement is unknown."""
    functions, evaluator = misses(verdict.facts.law, verdict.program), verdict.evaluator
    for rule in requirements(verdict.facts.law):
        blame = functions.blame(rule)
        for row in rows(verdict, rule) if blame else ():
            value = evaluator.value(rule.when, evaluator.rows(rule.subject, row))
            if isinstance(value, frozenset):
                asked = blame(verdict.facts.columns, verdict.kleene, row) if blame else ()
                assert asked, (rule.id, row, value)
                found = [evaluator.fact(*fact) for fact in asked]
                assert all(isinstance(one, frozenset) for one in found), (rule.id, row, asked)
                assert blamed(found) == value, (rule.id, row, asked)


def check_denials(verdict: Verdict) -> None:
    """Every reason of every denial, in order; a contract both on offer and proposed is denied twice under one id."""
    told: Counter[object] = Counter(
        (decision.subject, decision.id, decision.rule, decision.reasons)
        for decision in verdict.of("EntryDenied", "Blocked")
        if isinstance(decision, EntryDenied | Blocked) and decision.subject != "account"
    )
    slow: Counter[object] = Counter()
    for finding in verdict.standing:
        if spoken(verdict.program, finding) in ("EntryDenied", "Blocked"):
            rule = verdict.program.decides[finding[0]]
            slow[rule.subject, verdict.facts.ids[rule.subject][finding[1]], rule.id, slow_denial(verdict, finding)] += 1
    assert told == slow


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.stem)
def test_both_readings_agree_about_the_snapshots_that_ship(path: Path) -> None:
    assert check(read_snapshot(path)).of("EntryDenied")


@pytest.mark.parametrize("rout", [False, True], ids=["calm", "rout"])
def test_both_readings_agree_about_a_full_day(rout: bool) -> None:  # noqa: FBT001 - pytest passes it by its name
    assert check(Scene(candidates=200, rout=rout).snapshot()).of("EntryDenied")


@examples(60)
@given(DAYS)
def test_both_readings_agree_about_a_day_with_twisted_facts(day: Day) -> None:
    check(day.snapshot())


@examples(500)
@given(snapshots())
def test_both_readings_agree_about_any_day(snapshot: Snapshot) -> None:
    check(snapshot)


@examples(150)
@given(snapshots(assume=True))
def test_both_readings_agree_where_facts_are_stated(snapshot: Snapshot) -> None:
    check(snapshot)


@examples(300)
@given(snapshots(memory=False), st.lists(st.sampled_from(STATED), max_size=2, unique_by=lambda item: item[0]))
def test_both_readings_agree_about_what_the_law_seldom_has(
    little: Constitution, snapshot: Snapshot, stated: list[tuple[str, object]]
) -> None:
    assume = tuple(Assumption(fact=fact, value=value) for fact, value in stated)
    check(snapshot.model_copy(update={"assume": assume}), little)


def test_both_readings_agree_where_any_two_facts_of_a_contract_are_missing(little: Constitution) -> None:
    scene = Scene(positions=3, candidates=40)
    pairs = combinations(CONTRACT[2:], 2)  # a contract without strike or multiplier is no contract
    without = [row.model_copy(update=dict.fromkeys(pair)) for row, pair in zip(scene.chain(), pairs, strict=False)]
    for by in (law(), little):
        assert check(with_chain(scene.snapshot(), without), by).of("EntryDenied")


def test_a_requirement_that_compares_no_numbers_has_no_margin() -> None:
    functions = misses(law(), decide(law(), Scene(positions=0, candidates=0).snapshot()).program)
    without = {rule.id for rule in requirements(law()) if functions.margin(rule) is None}
    assert {"universe", "cadence_day", "opening_state"} <= without
    plain = {
        rule.id for rule in requirements(law()) if any(isinstance(part, Compare | Within) for part in walk(rule.when))
    }
    assert "exposure" in plain - without


@pytest.mark.parametrize(
    ("compared", "expected"),
    [
        ("count", "count"), ("ratio", "ratio"), ("multiple", "ratio"), ("contracts", "contract"),
        ("usd_per_share", "usd/share"), ("sessions", "session"), ("days", "day"), ("date", "day"),
        ("time", "second"), ("instant", "second"), ("index_points", "point"),
    ],
)  # fmt: skip
def test_a_margin_is_counted_as_what_is_compared(compared: str, expected: str) -> None:
    assert counted_in(Type.of(UNITS[compared])) == expected


def test_a_share_of_a_count_is_no_count() -> None:
    assert counted_in(replace(Type.of(UNITS["count"]), divided=True)) == "ratio"


@pytest.mark.parametrize(
    ("name", "used", "room", "unit"),
    [
        ("exposure", "notional", "exposure_room", "usd"),
        ("hedged_week_deployment", "notional", "deployment_room", "usd"),
        ("coverage", "unit_covered", "coverage_room", "share"),
    ],
)
def test_a_margin_is_that_of_the_limit_and_not_of_what_is_excepted(name: str, used: str, room: str, unit: str) -> None:
    rule = law().rules[name]
    owner = "sleeve" if name == "hedged_week_deployment" else "holding"
    day = Day(rout=True, positions=10, vix=51, chain=[], sleeves=[Twist(0, "equity", "0.01")], account=[])
    verdict = decide(law(), day.snapshot())
    evaluator, refused = verdict.evaluator, 0
    for row in rows(verdict, rule):
        here = evaluator.rows("entry", row)
        if evaluator.value(rule.when, here) is False:
            above = here[owner]
            taken, left = evaluator.fact("entry", used, row), evaluator.fact(owner, room, above or 0)
            assert isinstance(taken, Fraction)
            assert isinstance(left, Fraction)
            miss = slow_margin(verdict, rule, row)
            assert miss is not None
            assert (miss.amount, miss.unit) == (taken - left, unit)
            refused += 1
    assert refused


def test_most_requirements_are_traced_without_the_slow_reading() -> None:
    traced = [rule for rule in requirements(law()) if traceable(rule.when)]
    assert len(traced) * 2 > len(requirements(law()))


def test_a_reason_said_of_many_rows_is_made_once() -> None:
    verdict = decide(law(), Scene(candidates=200).snapshot())
    reasons = [reason for denied in verdict.of("EntryDenied") for reason in denied.reasons]
    assert len({id(reason) for reason in reasons}) * 10 < len(reasons)
