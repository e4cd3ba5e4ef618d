"""What `bench/` measures is right: baseline and law answer alike. How fast they are is measured, never tested."""

import json
import sys
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bench.handwritten import CHECKS, disagreements
from bench.measure import LAW, RATIOS, ROWS, Report, Sample, measure
from bench.page import page
from bench.scenes import AS_OF, NEW_YORK, SPOTS, TODAY, Scene, with_chain
from bench.soak import soak
from commands.bench import command
from commands.bench_said import fitting
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


HEADS: Final = ["p50", "p99", "p99.9", "CPU p50", "CPU p99", "samples", "aim", "result"]


def test_table_has_every_row_and_what_an_earlier_run_said(reported: Report, tmp_path: Path) -> None:
    saved = tmp_path / "report.json"
    saved.write_text(json.dumps(reported.document()), "utf-8")
    result = CliRunner(env={"COLUMNS": "250"}).invoke(command, ["--compare", str(saved)])
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    heads = [line for line in lines if line.split() == " ".join([*HEADS, "CPU before", "now"]).split()]
    assert len(heads) == len(reported.sections)
    assert all(any(line.startswith(row.what) for line in lines) for row in reported.rows)
    assert {*reported.sections.values()} <= {line.strip() for line in lines}
    assert "+0%" in result.stdout
    assert "no room for" not in result.stdout
    assert law().bytes_digest[:12] in result.stdout


@pytest.mark.parametrize(("compare", "heads"), [(False, ["p50", "p99", "aim", "result"]), (True, [])])
def test_table_is_folded_at_words_in_80_columns(
    reported: Report, tmp_path: Path, heads: list[str], *, compare: bool
) -> None:
    saved = tmp_path / "report.json"
    saved.write_text(json.dumps(reported.document()), "utf-8")
    result = CliRunner(env={"COLUMNS": "80"}).invoke(command, ["--compare", str(saved)] if compare else [])
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in result.stdout
    words = {word for row in reported.rows for word in row.what.split() if len(word) <= 30}
    assert words <= {*result.stdout.split()}
    heads = heads or ["p50", "result", "CPU", "before", "now"]
    assert [line.split() for line in lines].count(heads) == len(reported.sections)
    left = ", ".join(head for head in ("samples", "CPU p99", "CPU p50", "p99.9") if head not in heads)
    assert f"no room for {left}{', p99, aim' if compare else ''}; --format json has them" in result.stdout


LINE: Final = {
    "what": "a" * 40,
    "unit": "ms",
    "p50": "0.123",
    "p99": "0.234",
    "p99.9": "–",
    "CPU p50": "0.123",
    "CPU p99": "0.234",
    "samples": "1000",
    "aim": "p50 ≤ 2",
    "result": "1.23 × the aim, CPU met",
}


@pytest.mark.parametrize(
    ("width", "first", "result", "left_out"),
    [
        (127, 40, 23, ()),
        (126, 40, 23, ()),
        (116, 30, 23, ()),
        (115, 37, 15, ()),
        (108, 30, 15, ()),
        (107, 38, 15, ("samples",)),
        (80, 36, 15, ("samples", "CPU p99", "CPU p50", "p99.9")),
        (40, 12, 15, ("samples", "CPU p99", "CPU p50", "p99.9", "p99", "aim")),
        (10, 1, 15, ("samples", "CPU p99", "CPU p50", "p99.9", "p99", "aim")),
    ],
)
def test_columns_are_folded_and_then_left_out_so_that_the_first_has_room(
    width: int, first: int, result: int, left_out: tuple[str, ...]
) -> None:
    widths = {"what": first, "unit": 2, "p50": 5, "p99": 5, "p99.9": 5, "CPU p50": 7, "CPU p99": 7, "samples": 7}
    expected = widths | {"aim": 7, "result": result}
    assert fitting([LINE], width) == {name: each for name, each in expected.items() if name not in left_out}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": 1, "rows": []}',
        '{"format": 1, "settings": [], "rows": []}',
        '{"format": 1, "settings": {}, "rows": [{}]}',
        '{"format": 1, "settings": {}, "rows": [{"id": "one.hand", "cpu": {}}]}',
        '{"format": 1, "settings": {}, "rows": [{"id": "one.hand", "cpu": {"p50": "much"}}]}',
    ],
)
def test_file_to_compare_with_that_is_no_report_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text(text, "utf-8")
    result = CliRunner().invoke(command, ["--compare", str(path)])
    assert result.exit_code == 2
    assert "other.json is no report; write one with --save" in result.stderr


def test_report_of_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text('{"format": 2, "rows": []}', "utf-8")
    result = CliRunner().invoke(command, ["--compare", str(path)])
    assert result.exit_code == 2
    assert "other.json has format 2; this reads 1" in result.stderr


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where anything is measured all the same."""
    monkeypatch.setattr("commands.bench._measured", pytest.fail)
    monkeypatch.setattr("commands.bench._soaked", pytest.fail)


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize(
    ("kind", "arguments", "why"),
    [
        (
            "soak",
            [],
            "is the report of a soak; only those of `alluse bench` and `alluse bench --peers` can be compared",
        ),
        ("race", [], "is a report of `alluse bench --peers`, this run is `alluse bench`: no row is in both"),
        ("law", ["--peers"], "is a report of `alluse bench`, this run is `alluse bench --peers`: no row is in both"),
        (
            "law",
            ["--soak"],
            "--compare holds tables of `alluse bench` or `alluse bench --peers` against earlier ones",
        ),
    ],
)
def test_report_of_another_kind_of_run_is_not_compared(
    kind: str, arguments: list[str], why: str, tmp_path: Path
) -> None:
    path = tmp_path / "before.json"
    rows: dict[str, list[str]] = {} if kind == "soak" else {"rows": []}
    path.write_text(json.dumps({"format": 1, "settings": {} if kind == "law" else {"kind": kind}} | rows), "utf-8")
    result = CliRunner().invoke(command, [*arguments, "--compare", str(path)])
    assert result.exit_code == 2
    assert why in result.stderr


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--quick", "--publish"], "--publish writes what stays, and --quick takes a tenth of the samples"),
        (["--quick", "--peers", "--publish"], "--publish writes what stays, and --quick takes a tenth of the samples"),
        (["--soak", "9999999", "--publish"], "a soak of 10,000,000 evaluations at least, not 9,999,999"),
        (["--save", "nowhere/x.json"], "nowhere/x.json cannot be written: nowhere: No such file or directory"),
        (["--save", "cli.py/x.json"], "cli.py/x.json cannot be written: cli.py: Not a directory"),
        (["--save", "bench"], "File 'bench' is a directory."),
    ],
)
def test_what_cannot_be_kept_is_refused_before_anything_is_measured(
    arguments: list[str], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(LAW.parents[1])
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 2
    assert why in result.stderr


def test_report_that_could_not_be_written_is_printed_all_the_same(reported: Report) -> None:
    result = CliRunner().invoke(command, ["--format", "json", "--save", "/dev/full"])
    assert result.exit_code == 2
    assert json.loads(result.stdout) == json.loads(json.dumps(reported.document()))
    assert result.stderr.endswith("Error: /dev/full cannot be written: No space left on device\n")


def test_report_that_could_not_be_published_is_printed_all_the_same(
    reported: Report, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("bench.measure.ROOT", tmp_path)
    result = CliRunner(env={"COLUMNS": "250"}).invoke(command, ["--publish"])
    assert result.exit_code == 2
    assert all(row.what in result.stdout for row in reported.rows)
    assert result.stderr.endswith("Error: docs/benchmarks.md cannot be written: No such file or directory\n")


@pytest.mark.usefixtures("reported")
def test_publishing_the_law_leaves_the_race_and_the_soak_as_they_were(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "docs").mkdir()
    known = json.loads((LAW.parents[1] / "docs" / "benchmarks.json").read_text("utf-8"))
    parts = {name: part for name, part in known.items() if name != "law"}
    (tmp_path / "docs" / "benchmarks.json").write_text(json.dumps(parts), "utf-8")
    monkeypatch.setattr("bench.measure.ROOT", tmp_path)
    result = CliRunner().invoke(command, ["--publish"])
    assert result.exit_code == 0, result.output
    told = (tmp_path / "docs" / "benchmarks.md").read_text("utf-8")
    assert [line for line in told.splitlines() if line.startswith("## ")] == [
        "## The race",
        "## Soak",
        "## The law itself",
    ]
    assert told.startswith(page(parts).rstrip("\n"))
    now = json.loads((tmp_path / "docs" / "benchmarks.json").read_text("utf-8"))
    assert {name: now[name] for name in parts} == parts
    assert [*now] == ["race", "soak", "law"]


def test_published_page_says_what_its_numbers_are() -> None:
    docs = LAW.parents[1] / "docs"
    assert page(json.loads((docs / "benchmarks.json").read_text("utf-8"))) == (docs / "benchmarks.md").read_text(
        "utf-8"
    )


# The soak.


@pytest.mark.parametrize(
    ("evaluations", "decides"),
    [
        (1, [1]),
        (600, [1]),
        (601, [1, 2]),
        (5000, [*range(1, 10)]),
        (6000, [*range(1, 11)]),
        (6001, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    ],
)
def test_soak_has_as_many_blocks_as_decides_but_ten_at_most(evaluations: int, decides: list[int]) -> None:
    shares: list[float] = []
    found = soak(lambda share, _: shares.append(share), evaluations)
    assert [block.decides for block in found.blocks] == decides
    assert [block.evaluations for block in found.blocks] == [600 * count for count in decides]
    assert found.evaluations == 600 * decides[-1] >= evaluations
    assert (len(shares), shares[-1]) == (decides[-1], 1)
    assert (found.growth is None) is (found.slowing is None) is (len(decides) == 1)


def test_small_soak_is_told_without_what_grows() -> None:
    result = CliRunner().invoke(command, ["--soak", "1"])
    assert result.exit_code == 0, result.output
    assert "600 evaluations of one contract for one sleeve, 600 in one decide" in result.stdout
    assert "what grows is told of 1,000,000 evaluations and more" in result.stdout


def test_soak_of_nothing_is_refused() -> None:
    result = CliRunner().invoke(command, ["--soak", "0"])
    assert result.exit_code == 2
    assert "0 is not in the range x>=1" in result.stderr


def test_without_a_checkout_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bench.measure", None)
    result = CliRunner().invoke(command, [])
    assert result.exit_code == 1
    assert result.stderr.strip().splitlines()[-1].endswith("is not installed; run this in a checkout")
    assert "Traceback" not in result.output
