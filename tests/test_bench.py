"""What `bench/` measures is right: baseline and law answer alike. How fast they are is measured, never tested."""

import json
import sys
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bench.handwritten import CHECKS, disagreements
from bench.measure import LAW, RATIOS, ROWS, Report, Sample, measure
from bench.scenes import AS_OF, NEW_YORK, SPOTS, TODAY, Scene, with_chain
from commands.bench import command
from engine.decide import decide
from engine.facts import RIGHTS, SLEEVES, STATES, Account, Candidate, Event, Order, Proposal, Snapshot
from engine.kinds.entries import EntryDenied
from engine.law.load import load
from engine.law.model import Constitution
from engine.program import compile_law

CENT = Decimal("0.01")
LOT = Decimal(100)


@cache
def law() -> Constitution:
    return load(LAW)


# The baseline against the law.


def at_random(low: int, high: int, step: str = "1") -> st.SearchStrategy[Decimal]:
    return st.integers(low, high).map(lambda number: number * Decimal(step))


@st.composite
def contracts(draw: st.DrawFn, now: datetime) -> Candidate:
    """A contract near every bound at once: round numbers stand on one often."""
    name, right = draw(st.sampled_from(sorted(SPOTS))), draw(st.sampled_from(RIGHTS))
    mid, half = draw(at_random(1, 60, "0.50")), draw(at_random(0, 10, "0.01"))
    delta = draw(at_random(15, 50, "0.01")) + draw(st.sampled_from([Decimal(0), Decimal("0.000001")]))
    return Candidate(
        underlying=name,
        right=right,
        strike=draw(at_random(1, 900)) + draw(at_random(0, 1, "0.5")),
        expiration=now.date() + timedelta(days=draw(st.integers(0, 60) | st.integers(0, 8))),
        multiplier=draw(st.sampled_from([LOT, LOT, Decimal(10)])),
        bid=mid - min(half, mid - CENT),
        ask=mid + half,
        quoted_at=now - timedelta(milliseconds=draw(st.sampled_from([0, 29_999, 30_000, 30_001]))),
        delta=-delta if right == "put" else delta,
        open_interest=draw(at_random(9, 11, "50")),
        average_daily_volume=draw(at_random(3, 6, "25")),
        maintenance_margin=draw(at_random(0, 40, "1000")),
    )


def trades(now: datetime) -> st.SearchStrategy[Proposal]:
    sized = st.tuples(contracts(now), st.sampled_from(SLEEVES), at_random(1, 20))
    return sized.map(
        lambda drawn: Proposal(
            account="A1",
            sleeve=drawn[1],
            contracts=drawn[2],
            **{name: getattr(drawn[0], name) for name in Candidate.model_fields},
        )
    )


orders = st.builds(
    lambda name, number, right, contracts: Order(
        id=f"A1-GEN-20260305-{name}-{number:02}.v1",
        sleeve="com",
        underlying=name,
        right=right,
        strike=Decimal(100),
        expiration=date(2026, 3, 13),
        multiplier=LOT,
        side="sell",
        effect="open",
        contracts=contracts,
        status="working",
        maintenance_margin=Decimal(3000),
    ),
    st.sampled_from(sorted(SPOTS)),
    st.integers(1, 99),
    st.sampled_from(RIGHTS),
    at_random(1, 6),
)


@st.composite
def accounts(draw: st.DrawFn, account: Account) -> Account:
    margin = draw(st.sampled_from([Decimal("0.1"), Decimal("0.59"), Decimal("0.6")]))
    assert isinstance(account.net_liquidation, Decimal)
    return account.model_copy(
        update={
            "state": draw(st.sampled_from(STATES)),
            "trades_today": draw(at_random(98, 101)),
            "maintenance_margin": account.net_liquidation * margin,
            "events": draw(st.sampled_from([(), (Event(kind="user_pause"),)])),
            "orders": tuple(draw(st.lists(orders, max_size=3, unique_by=lambda order: order.id))),
        }
    )


@dataclass(frozen=True)
class Drawn:
    """A snapshot that says little of itself, for it is large."""

    snapshot: Snapshot

    def __repr__(self) -> str:
        return f"Drawn(as_of={self.snapshot.as_of.isoformat()}, vix={self.snapshot.market.vix})"


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    """A scene on some day of the week and at some time, the account and the market in any state."""
    minutes = draw(st.sampled_from([15, 30, 44, 45, 90, 120, 121, 430]))
    now = AS_OF.replace(day=draw(st.integers(2, 6)), hour=9, minute=0) + timedelta(minutes=minutes)
    scene = Scene(draw(st.sampled_from([0, 20, 49, 50])), 0, rout=draw(st.booleans()), as_of=now)
    vix, age = draw(at_random(10, 90) | st.just(Decimal(50))), draw(st.sampled_from([0, 30_000, 30_001]))
    snapshot = scene.snapshot()
    changed = snapshot.model_copy(
        update={
            "market": snapshot.market.model_copy(update={"vix": vix, "vix_at": now - timedelta(milliseconds=age)}),
            "symbols": tuple(
                symbol.model_copy(update={"spot_at": now - timedelta(seconds=draw(st.sampled_from([0, 0, 0, 31])))})
                for symbol in snapshot.symbols
            ),
            "host": snapshot.host.model_copy(
                update={name: draw(st.booleans()) for name in ("stress_test", "healthy", "reconciled")}
            ),
            "accounts": tuple(draw(accounts(account)) for account in snapshot.accounts),
            "proposals": tuple(draw(st.lists(trades(now), max_size=6))),
        }
    )
    chain = st.lists(contracts(now), min_size=20, max_size=40, unique_by=named)
    return Drawn(with_chain(changed, draw(chain)))


def named(contract: Candidate) -> tuple[object, ...]:
    return contract.underlying, contract.right, contract.strike, contract.expiration


# Not shrunk: what differs is said entry by entry, and to make a whole snapshot smaller takes minutes.
@settings(max_examples=60, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(drawn())
def test_baseline_and_law_give_the_same_reasons_for_thousands_of_candidates(case: Drawn) -> None:
    assert list(disagreements(law(), decide(law(), case.snapshot))) == []


@pytest.mark.parametrize("scene", [Scene(), Scene(positions=30), Scene(rout=True)])
def test_baseline_and_law_give_the_same_reasons_for_what_is_measured(scene: Scene) -> None:
    assert list(disagreements(law(), decide(law(), scene.snapshot()))) == []


def test_baseline_checks_every_requirement_of_an_entry() -> None:
    assert {rule.id for rule in compile_law(law()).requires["EntryPermitted"]} == CHECKS


def test_another_law_is_told_from_the_baseline() -> None:
    """A difference is found: the baseline made for the law does not agree with one that forgets a requirement."""
    verdict = decide(law(), Scene().snapshot())
    forgotten = [
        (number, row, holds, missed & ~1 << 10, unknown) for number, row, holds, missed, unknown in verdict.standing
    ]
    verdict.standing = forgotten
    assert "the law says" in next(disagreements(law(), verdict))


# The scenes.


def test_calm_scene_permits_some_entries_and_refuses_the_others() -> None:
    verdict = decide(law(), Scene(positions=30).snapshot())
    assert verdict.of("EntryPermitted")
    assert verdict.orders
    codes = {reason.code for denied in verdict.of("EntryDenied") for reason in denied.reasons}
    assert codes >= {"delta", "dte", "universe", "spread", "stale", "open_interest", "volume", "earnings_week"}


@pytest.mark.parametrize("positions", [50, 1000])
def test_in_the_rout_every_position_is_rolled_at_level_two(positions: int) -> None:
    verdict = decide(law(), Scene(positions=positions, rout=True).snapshot())
    assert [level.level for level in verdict.of("Level")] == [2] * positions
    assert len(verdict.of("Roll")) == positions
    assert len(verdict.of("DeployHedge")) == positions


def test_full_scene_has_three_sleeves_fifty_positions_five_hundred_candidates() -> None:
    snapshot = Scene().snapshot()
    sleeves = snapshot.accounts[0].sleeves or ()
    assert [sleeve.kind for sleeve in sleeves] == [*SLEEVES]
    assert sum(len(sleeve.positions or ()) for sleeve in sleeves) == 50
    assert snapshot.candidates
    assert snapshot.candidates.size == 500
    assert len({*snapshot.candidates.columns["underlying"]}) == 13
    assert not snapshot.candidates.implausible
    assert [type(denied) for denied in decide(law(), snapshot).of("EntryDenied")] == [EntryDenied] * 1501


def test_sessions_are_weekdays_and_reach_beyond_every_expiration() -> None:
    snapshot = Scene().snapshot()
    days = [session.date for session in snapshot.calendar.sessions]
    assert snapshot.candidates
    assert date.fromordinal(max(snapshot.candidates.columns["expiration"])) < days[-1]
    assert TODAY in days
    assert {session.open.astimezone(NEW_YORK).hour for session in snapshot.calendar.sessions} == {9}


# The report.


@pytest.fixture(scope="module")
def report() -> Report:
    """Everything once: enough to see that it is all there."""
    heard: list[float] = []
    found = measure(lambda share, _: heard.append(share), part=1_000_000)
    assert heard == sorted(heard)
    return found


def test_every_row_of_the_table_is_there(report: Report) -> None:
    assert tuple(row.id for row in report.rows) == ROWS
    assert {ratio.id for ratio in RATIOS} <= set(ROWS)
    assert {row.section for row in report.rows} == set(report.sections)
    empty = {row.id for row in report.rows if not row.samples}
    assert empty == (set() if find_spec("durable_rules_engine") else {row for row in ROWS if row.startswith("second.")})
    assert all(row.wall["p50"] is not None for row in report.rows if row.samples)


def test_quantiles_of_too_few_samples_are_not_said(report: Report) -> None:
    assert {row.wall["p99"] for row in report.rows} == {None}
    assert {row.met for row in report.rows if row.at == "p99"} == {None}


def test_ratio_is_taken_of_each_clock_by_itself() -> None:
    assert Sample(30, 20).over(Sample(10, 5)) == Sample(3, 4)
    assert Sample(30, 20).beyond(Sample(10, 10), 2) == Sample(10, 5)


@pytest.fixture
def reported(report: Report, monkeypatch: pytest.MonkeyPatch) -> Report:
    """The command with what was measured before."""
    monkeypatch.setattr("bench.measure.measure", lambda *_: report)
    return report


def test_json_says_what_was_measured_on_what(reported: Report, tmp_path: Path) -> None:
    saved = tmp_path / "report.json"
    result = CliRunner().invoke(command, ["--format", "json", "--save", str(saved)])
    assert result.exit_code == 0, result.output
    document = json.loads(saved.read_text("utf-8"))
    assert json.loads(result.stdout) == document == json.loads(json.dumps(reported.document()))
    assert document["format"] == 1
    assert {"system", "processor", "cores", "versions", "load_before", "load_after"} == set(document["machine"])
    assert document["law"] == {"version": "1.3", "digest": law().bytes_digest}
    assert [row["id"] for row in document["rows"]] == [*ROWS]
    fields = {"id", "what", "unit", "samples", "wall", "cpu", "aim", "at", "met", "met_by_cpu"}
    assert all(set(row) == fields and set(row["wall"]) == {"p50", "p99", "p99_9"} for row in document["rows"])


def test_table_has_every_row_and_what_an_earlier_run_said(reported: Report, tmp_path: Path) -> None:
    saved = tmp_path / "report.json"
    saved.write_text(json.dumps(reported.document()), "utf-8")
    result = CliRunner(env={"COLUMNS": "250"}).invoke(command, ["--compare", str(saved)])
    assert result.exit_code == 0, result.output
    for row in reported.rows:
        line = next(line for line in result.stdout.splitlines() if row.what in line)
        assert line.count("│") == 13
    assert "+0%" in result.stdout
    assert law().bytes_digest[:12] in result.stdout


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2, "rows": []}', '{"format": 1, "rows": [{}]}'])
def test_file_to_compare_with_that_is_no_report_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text(text, "utf-8")
    result = CliRunner().invoke(command, ["--compare", str(path)])
    assert result.exit_code == 2
    assert "other.json" in result.stderr


def test_without_a_checkout_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bench.measure", None)
    result = CliRunner().invoke(command, [])
    assert result.exit_code == 1
    assert result.stderr.strip().splitlines()[-1].endswith("is not installed; run this in a checkout")
    assert "Traceback" not in result.output
