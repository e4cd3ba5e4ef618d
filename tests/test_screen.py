"""`alluse screen`: a chain of any size, day by day, as `alluse snapshot` and `alluse evaluate` would decide it."""

import csv
import json
import os
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars
import pytest
from click.testing import CliRunner, Result

from cli import main
from commands.screening import Question, Screening
from engine.batch import contracts
from engine.decide import decide
from engine.facts import Candidate, Candidates, Snapshot, declared
from engine.law.load import load
from engine.shift import moved
from sources.build import Files, Wish, build
from sources.calendars import Moment, exchange
from sources.documents import read_statement
from sources.scans import Beside, completed, scan, spots

ROOT = Path(__file__).resolve().parents[1]
LAW = ROOT / "constitution" / "1.3"
ACCOUNT = ROOT / "fixtures" / "accounts" / "example.yaml"
DATA = Path(os.environ.get("ALLUSE_DATA", ROOT.parent / "shared" / "data"))
CHAIN = DATA / "chains" / "lachjory_spy_qqq_iwm_2026_08.parquet"
MARKET = DATA / "market_2026_08.csv"
NEW_YORK = ZoneInfo("America/New_York")
WINDOW = 20
real = pytest.mark.skipif(not CHAIN.is_file(), reason=f"no market data at {DATA}; name its folder in ALLUSE_DATA")

ROWS = (
    # A Wednesday and a Thursday; of the Thursday one contract is quoted twice, one is crossed, one has no bid.
    "2026-08-19T10:30:00-04:00,SPY,P,767,2026-08-20,1.50,1.52,767.62,-0.43,9000,800,500",
    "2026-08-20T10:00:00-04:00,SPY,P,767,2026-08-20,9.99,10.00,767.00,-0.99,9000,800,500",
    "2026-08-20T10:30:00-04:00,SPY,P,767,2026-08-20,1.50,1.52,767.62,-0.43,9000,800,500",
    "2026-08-20T10:30:00-04:00,SPY,P,766,2026-08-20,1.60,1.52,767.62,-0.43,9000,800,500",
    "2026-08-20T10:30:00-04:00,SPY,C,800,2026-08-20,,0.01,767.62,0.01,9000,800,500",
    "2026-08-20T10:30:00-04:00,IWM,P,299.5,2026-08-21,1.22,1.24,299.455,-0.4400005,500,100,500",
)
HEADER = "snapshot_ts,underlying,right,strike,expiry,bid,ask,spot,delta,open_interest,average_daily_volume,volume"
MARKET_ROWS = (
    "date,vix_open,vix_close,spx_close,breadth\n2026-08-19,14.9,14.89,7700,0.6\n2026-08-20,14.91,15,7710,0.6\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "chain.csv").write_text("\n".join([HEADER, *ROWS]) + "\n", "utf-8")
    polars.read_csv(tmp_path / "chain.csv").write_parquet(tmp_path / "chain.parquet")
    (tmp_path / "market.csv").write_text(MARKET_ROWS, "utf-8")
    return tmp_path


def screen(folder: Path, *arguments: str, chain: str = "chain.csv") -> Result:
    files = [str(folder / chain), "--market", str(folder / "market.csv"), "--account", str(ACCOUNT)]
    return CliRunner().invoke(main, ["screen", *files, "--vix-at", "as-of", *arguments])


def told(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


@pytest.mark.parametrize("chain", ["chain.csv", "chain.parquet"])
def test_every_day_of_a_file_is_decided_at_its_last_quotes(folder: Path, chain: str) -> None:
    found = told(screen(folder, "--format", "json", chain=chain))
    nothing = {"permitted": 0, "denied": 1}
    assert found["days"] == [
        {
            "file": chain,
            "as_of": "2026-08-19T10:30:00-04:00",
            "contracts": 1,
            "sleeves": {"A1/gen": nothing, "A1/rev": nothing, "A1/com": nothing},
        },
        {
            "file": chain,
            "as_of": "2026-08-20T10:30:00-04:00",
            "contracts": 4,
            "sleeves": {
                "A1/gen": {"permitted": 2, "denied": 2},
                "A1/rev": {"permitted": 0, "denied": 4},
                "A1/com": {"permitted": 0, "denied": 4},
            },
        },
    ]
    assert (found["contracts"], found["entries"]) == (5, 15)
    assert found["peak_memory"] > 0
    reasons = {reason["rule"]: reason for reason in found["reasons"]}
    assert reasons["narrow_spread"] == {
        "reason": "spread",
        "rule": "narrow_spread",
        "missed": {"A1/gen": 2, "A1/rev": 2, "A1/com": 2},
        "unknown": 6,
        "alone": 1,
    }


def test_what_is_permitted_is_written_with_its_masks(folder: Path) -> None:
    assert screen(folder, "--date", "2026-08-20", "--output", str(folder / "out.csv")).exit_code == 0
    with (folder / "out.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["underlying"], row["strike"], row["delta"], row["sleeve"], row["verdict"]) for row in rows] == [
        ("SPY", "767", "-0.43", "A1/gen", "EntryPermitted"),
        ("IWM", "299.5", "-0.44", "A1/gen", "EntryPermitted"),
    ]
    assert {(row["missed"], row["unknown"], row["reasons"]) for row in rows} == {("0", "0", "")}
    assert [path.name for path in sorted(folder.iterdir())] == ["chain.csv", "chain.parquet", "market.csv", "out.csv"]


def test_every_contract_is_written_when_asked_for(folder: Path) -> None:
    done = screen(folder, "--every", "--output", str(folder / "out.parquet"))
    assert done.exit_code == 0
    rows = polars.read_parquet(folder / "out.parquet")
    assert len(rows) == 15
    denied = rows.filter(polars.col("strike") == "766", polars.col("sleeve") == "A1/gen")
    assert denied.select("verdict", "reasons").rows() == [("EntryDenied", "spread")]


def test_all_may_be_moved_to_a_time_of_each_day(folder: Path) -> None:
    found = told(screen(folder, "--as-of", "11:30", "--format", "json"))
    assert [day["as_of"] for day in found["days"]] == ["2026-08-19T11:30:00-04:00", "2026-08-20T11:30:00-04:00"]
    missed = {reason["rule"]: reason["missed"] for reason in found["reasons"]}
    assert missed["entry_window"] == {"A1/gen": 5, "A1/rev": 5, "A1/com": 5}
    assert "quote_fresh" not in missed


def test_the_quotes_known_at_an_instant_are_screened(folder: Path) -> None:
    found = told(screen(folder, "--at", "2026-08-20T10:10:00-04:00", "--format", "json"))
    assert [(day["as_of"], day["contracts"]) for day in found["days"]] == [("2026-08-20T10:10:00-04:00", 1)]
    assert "quote_fresh" in {reason["rule"] for reason in found["reasons"]}


def test_the_table_tells_days_sleeves_and_reasons(folder: Path) -> None:
    shown = screen(folder, "--top", "1").stdout
    assert "2026-08-20 10:30:00-04:00" in shown
    assert "A1/gen           5           2        3" in shown
    assert "5 contracts, each for every sleeve, in" in shown
    _, _, reasons = shown.partition("Reasons")
    assert [line.split()[0] for line in reasons.splitlines() if line.strip()] == ["reason", "─" * 76, "delta", "5"]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("2026-08-20T10:30:00,SPY,P,767,2026-08-20,1,1,1,,1,1,1", "chain.csv:8:1 naive-time: quoted_at: "),
        ("2026-08-20T10:30:00-04:00,SPY,X,767,2026-08-20,1,1,1,,1,1,1", "chain.csv:8:1 not-a-right: right: 'X' is "),
        (
            "2026-08-20T10:30:00-04:00,SPY,P,700,2026-08-20,cheap,1,1,,1,1,1",
            "chain.csv:8:1 type: bid: 'cheap' is no number",
        ),
        ("2026-08-20T10:30:00-04:00,SPY,P,700,2026-08-20,1,1,1,-1e13,1,1,1", "chain.csv:8:1 digits: delta: "),
        (
            "2026-08-20T10:30:00-04:00,spy,P,700,2026-08-20,1,1,1,-0.4,1,1,1",
            "chain.csv:8:1 ticker: underlying: 'spy' is ",
        ),
        ("2026-08-20T10:30:00-04:00,SPY,P,767,soon,1,1,1,,1,1,1", "chain.csv:8:1 date: expiration: 'soon' is no date"),
    ],
)
def test_a_malformed_row_has_its_place(folder: Path, row: str, fault: str) -> None:
    (folder / "chain.csv").write_text("\n".join([HEADER, *ROWS, row]) + "\n", "utf-8")
    done = screen(folder)
    assert (done.exit_code, done.stderr[: len(fault)]) == (2, fault)


def test_a_malformed_chain_leaves_no_file_behind(folder: Path) -> None:
    (folder / "chain.csv").write_text(HEADER.replace("bid", "offer") + "\n" + ROWS[0] + "\n", "utf-8")
    done = screen(folder, "--output", str(folder / "out.csv"))
    assert done.exit_code == 2
    assert done.stderr.startswith("chain.csv:1:1 missing-column: no 'bid' among the columns snapshot_ts, ")
    assert not (folder / "out.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("--every",), "--every is about the file that --output names; name one"),
        (("--date", "2026-08-21"), "no file has quotes of 2026-08-21; choose --date among its days"),
        (("--memory", "1MB"), "'1MB' is no size from 418MB on, such as 512MB"),
        (("--output", "out.txt"), "out.txt is no .parquet or .csv file"),
        (("--at", "2026-08-20T10:30:00-04:00", "--date", "2026-08-20"), "--at and --date both say when; give one"),
    ],
)
def test_what_cannot_be_meant_is_said(folder: Path, arguments: tuple[str, ...], fault: str) -> None:
    done = screen(folder, *arguments)
    assert done.exit_code == 2
    assert fault in " ".join(done.stderr.split())


def silent(_: str, __: float) -> None:
    """Hear nothing of what is being done."""


@real
def test_a_scanned_chain_has_the_contracts_that_a_snapshot_has() -> None:
    found, statement = scan(CHAIN, None), read_statement(ACCOUNT)
    hours = exchange(min(one.at.date() for one in found.times), found.last)
    for day in found.days(NEW_YORK):
        snapshot, _ = build(Files(CHAIN, MARKET, ACCOUNT), Wish(day, WINDOW, live=True), silent)
        rows, count = found.of_day(Moment(snapshot.as_of.astimezone(NEW_YORK), hours))
        beside = Beside(statement, Moment(snapshot.as_of.astimezone(NEW_YORK), hours), WINDOW, spots(rows))
        table = completed(rows, found, beside).collect()
        assert count == len(table)
        assert snapshot.candidates is not None
        assert ordered(table) == ordered(contracts(snapshot.candidates))


def ordered(frame: polars.DataFrame) -> list[tuple[object, ...]]:
    """The same table, whatever types its numbers have."""
    exact = []
    for name, fact in declared(Candidate).items():
        column = polars.col(name)
        number = column.cast(polars.Float64).cast(polars.Decimal(38, fact.type.scale))
        exact.append(number if fact.type.kind == "number" else column)
    return frame.select(exact).sort("underlying", "right", "strike", "expiration").rows()


@real
def test_the_real_mornings_are_screened_as_they_are_decided() -> None:
    law = load(LAW)
    question = Question(
        law, Files(CHAIN, MARKET, ACCOUNT), Wish(None, WINDOW, live=True), (date(2026, 8, 20),), None, time(10, 30)
    )
    (tally,) = Screening(question, silent).screened([CHAIN])
    snapshot, _ = build(Files(CHAIN, MARKET, ACCOUNT), Wish(date(2026, 8, 20), WINDOW, live=True), silent)
    verdict = decide(law, moved(snapshot, datetime(2026, 8, 20, 10, 30, tzinfo=NEW_YORK))[0])
    expected: dict[str, dict[tuple[bool, int, int], int]] = {sleeve: {} for sleeve in tally.batch.sleeves}
    owners = verdict.facts.columns["entry>sleeve"]
    for number, row, _, missed, unknown in verdict.standing:
        if verdict.program.decides[number].kind == "EntryPermitted":
            counted = expected[verdict.facts.ids["sleeve"][owners[row]]]
            counted[not missed, missed, unknown] = counted.get((not missed, missed, unknown), 0) + 1
    assert tally.rows == 11_983
    assert {sleeve: dict(counted) for sleeve, counted in tally.found.items()} == expected


def test_positions_are_judged_with_the_chain_of_their_own_underlying(folder: Path) -> None:
    text = ACCOUNT.read_text("utf-8").replace(
        "        positions: []",
        "        positions:\n"
        "          - {id: P1, underlying: SPY, right: put, strike: 800, expiration: 2026-08-21, multiplier: 100,"
        " quantity: -1, credit: 1.00, original_credit: 1.00, rolled_cost: 0}",
        1,
    )
    (folder / "account.yaml").write_text(text, "utf-8")
    files = Files(folder / "chain.csv", folder / "market.csv", folder / "account.yaml")
    law = load(LAW)
    question = Question(law, files, Wish(None, WINDOW, live=True), (date(2026, 8, 20),))
    (tally,) = Screening(question, silent).screened([files.chain])
    snapshot, _ = build(files, Wish(date(2026, 8, 20), WINDOW, live=True), silent)
    offered, whole = tally.batch.snapshot.candidates, snapshot.candidates
    assert offered is not None
    assert whole is not None
    assert offered.columns["underlying"] == ["SPY"] * 3
    assert masks(tally.found) == masks_decided(law, snapshot)
    assert isinstance(whole, Candidates)


@pytest.mark.parametrize("chain", ["chain.csv", "chain.parquet"])
def test_counts_as_floats_or_texts_are_read_alike_with_and_without_positions(folder: Path, chain: str) -> None:
    header = HEADER.replace("average_daily_volume,", "")
    rows = [",".join(cells[:10] + cells[11:]) for cells in (row.split(",") for row in ROWS)]
    (folder / "chain.csv").write_text("\n".join([header, *rows]) + "\n", "utf-8")
    frame = polars.read_csv(folder / "chain.csv")
    frame.with_columns(polars.col("open_interest", "volume").cast(polars.Float64)).write_parquet(
        folder / "chain.parquet"
    )
    held = (
        "        positions:\n"
        "          - {id: P1, underlying: SPY, right: put, strike: 800, expiration: 2026-08-21, multiplier: 100,"
        " quantity: -1, credit: 1.00, original_credit: 1.00, rolled_cost: 0}"
    )
    (folder / "account.yaml").write_text(ACCOUNT.read_text("utf-8").replace("        positions: []", held, 1), "utf-8")
    bare = told(screen(folder, "--date", "2026-08-20", "--format", "json", chain=chain))
    found = told(
        screen(
            folder, "--date", "2026-08-20", "--format", "json", "--account", str(folder / "account.yaml"), chain=chain
        )
    )
    assert [one["contracts"] for one in (bare, found)] == [4, 4]
    assert {reason["rule"] for one in (bare, found) for reason in one["reasons"]}.isdisjoint({"enough_volume"})


@pytest.mark.parametrize("chain", ["chain.csv", "chain.parquet"])
def test_without_open_interest_it_is_unknown(folder: Path, chain: str) -> None:
    polars.read_csv(folder / "chain.csv", infer_schema=False).drop("open_interest").write_csv(folder / "chain.csv")
    polars.read_parquet(folder / "chain.parquet").drop("open_interest").write_parquet(folder / "chain.parquet")
    found = told(screen(folder, "--date", "2026-08-20", "--format", "json", chain=chain))
    reasons = {reason["rule"]: reason for reason in found["reasons"]}
    assert reasons["enough_open_interest"]["missed"] == {"A1/gen": 4, "A1/rev": 4, "A1/com": 4}
    assert reasons["enough_open_interest"]["unknown"] == 12


def test_a_contract_is_one_however_its_strike_is_written(folder: Path) -> None:
    again = "2026-08-20T10:29:50-04:00,SPY,P,767.0,2026-08-20,1.50,1.52,767.62,-0.43,9000,800,500"
    (folder / "chain.csv").write_text("\n".join([HEADER, *ROWS, again]) + "\n", "utf-8")
    assert told(screen(folder, "--date", "2026-08-20", "--format", "json"))["contracts"] == 4


@pytest.mark.parametrize("chain", ["chain.csv", "chain.parquet"])
def test_a_part_of_a_contract_is_no_count(folder: Path, chain: str) -> None:
    row = "2026-08-20T10:30:00-04:00,SPY,P,700,2026-08-20,1,1,767.62,-0.4,499.6,100,500"
    (folder / "chain.csv").write_text("\n".join([HEADER, *ROWS, row]) + "\n", "utf-8")
    polars.read_csv(folder / "chain.csv").write_parquet(folder / "chain.parquet")
    done = screen(folder, chain=chain)
    assert done.exit_code == 2
    assert " decimals: open_interest: 499.6 has more decimals than the 0 that contracts keeps" in done.stderr


def test_a_file_that_cannot_be_written_is_said_before_anything_is_read(folder: Path) -> None:
    name = "x" * 255 + ".csv"
    done = screen(folder, "--output", str(folder / name))
    assert (done.exit_code, done.stderr.strip()) == (
        2,
        f"Error: {folder / name} cannot be written: File name too long",
    )


def masks(found: Any) -> dict[str, list[tuple[int, int, int]]]:  # noqa: ANN401 - counters by sleeve
    return {
        sleeve: sorted((missed, unknown, count) for (_, missed, unknown), count in counted.items())
        for sleeve, counted in found.items()
    }


def masks_decided(law: Any, snapshot: Snapshot) -> dict[str, list[tuple[int, int, int]]]:  # noqa: ANN401 - a law
    verdict = decide(law, snapshot)
    found: dict[str, dict[tuple[int, int], int]] = {sleeve: {} for sleeve in verdict.facts.ids["sleeve"]}
    for number, row, _, missed, unknown in verdict.standing:
        if verdict.program.decides[number].kind == "EntryPermitted":
            counted = found[verdict.facts.ids["sleeve"][verdict.facts.columns["entry>sleeve"][row]]]
            counted[missed, unknown] = counted.get((missed, unknown), 0) + 1
    return {sleeve: sorted((*both, count) for both, count in counted.items()) for sleeve, counted in found.items()}
