"""`alluse screen`: a chain of any size, day by day, as `alluse snapshot` and `alluse evaluate` would decide it."""

import csv
import json
import os
import subprocess
import sys
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from signal import SIGTERM, getsignal
from typing import Any
from zoneinfo import ZoneInfo

import polars
import pytest
from click.testing import CliRunner, Result

from cli import main
from commands.screen import _stoppable, _writing
from commands.screening import Question, Screening
from engine.batch import contracts
from engine.decide import decide
from engine.facts import Candidate, Candidates, Snapshot, declared
from engine.law.load import load
from engine.shift import moved
from sources import scans
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

THURSDAY = date(2026, 8, 20)
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


def snapshot(folder: Path, chain: str) -> Result:
    """Build a snapshot of the day that most tests screen."""
    files = ["--chain", str(folder / chain), "--market", str(folder / "market.csv"), "--account", str(ACCOUNT)]
    return CliRunner().invoke(main, ["snapshot", *files, "--date", "2026-08-20", "--output", str(folder / "x.yaml")])


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
    denied = rows.filter(polars.col("strike") == 766, polars.col("sleeve") == "A1/gen")
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
        (
            "2026-08-20T10:30:00-04:00,SPY,P,700,2026-08-20,1,1,1,-0.4,9,000,1,1",
            "chain.csv:8:1 ragged: the row has 13 cells and the header 12; put a cell with a comma in quotes",
        ),
        (
            "2026-08-20T10:30:00-04:00,SPY,P,700,2026-08-20,1,1,1,-0.4,1,1,100.9",
            "chain.csv:8:1 type: volume: '100.9' is not whole; write a whole number",
        ),
        (
            "2026-08-20T10:30:00-04:00,SPY,P,700,2026-08-20,1,1,1,-0.4,1,1,cheap",
            "chain.csv:8:1 type: volume: 'cheap' is no number; write one such as 1.95",
        ),
        (
            "2026-08-20T10:30:00-04:00,SPY,P,700,2026-08-20,1,1,1,-0.4,1,1,1e12",
            "chain.csv:8:1 digits: volume: '1e12' has more than 12 digits before the point",
        ),
        (
            "2026-08-20T10:30:00-04:00,SPY,P,700,2026-08-20,1,1,-,-0.4,1,1,1",
            "chain.csv:8:1 type: spot: '-' is no number",
        ),
        (
            "2026-08-20T10:30:00-04:00,SPY,P,,2026-08-20,1,1,1,-0.4,1,1,1",
            "chain.csv:8:1 missing-value: strike: nothing stands here; a row needs it",
        ),
        (
            "2026-08-20T10:30:00-04:00,SPY,P,NaN,2026-08-20,1,1,1,-0.4,1,1,1",
            "chain.csv:8:1 type: strike: no finite number; mend it",
        ),
        (
            "2026-08-20T10:30:00-04:00,SPY,put,767.0,2026-08-20,1,1,1,-0.4,1,1,1",
            "chain.csv:8:1 contract-twice: SPY 2026-08-20 put 767.0000 stands at chain.csv:4:1 too; keep one of them",
        ),
        (
            "2026-08-18T10:30:00-04:00,SPY,P,700,2026-08-20,1,dear,1,,1,1,1",
            "chain.csv:8:1 type: ask: 'dear' is no number",
        ),
    ],
)
def test_a_malformed_row_has_its_place(folder: Path, row: str, fault: str) -> None:
    (folder / "chain.csv").write_text("\n".join([HEADER, *ROWS, row]) + "\n", "utf-8")
    done = screen(folder, "--date", "2026-08-20")
    assert (done.exit_code, done.stderr[: len(fault)]) == (2, fault)
    assert snapshot(folder, "chain.csv").stderr == done.stderr


def test_a_malformed_chain_leaves_no_file_behind(folder: Path) -> None:
    (folder / "chain.csv").write_text(HEADER.replace("bid", "offer") + "\n" + ROWS[0] + "\n", "utf-8")
    done = screen(folder, "--output", str(folder / "out.csv"))
    assert done.exit_code == 2
    assert done.stderr.startswith("chain.csv:1:1 missing-column: no 'bid' among the columns snapshot_ts, ")
    assert not (folder / "out.csv").exists()


def texts(*names: str) -> list[polars.Expr]:
    return [polars.col(name).cast(polars.String) for name in names]


def decimals(places: int, *names: str) -> list[polars.Expr]:
    return [text.cast(polars.Decimal(38, places)) for text in texts(*names)]


PRICES = ("strike", "bid", "ask", "spot", "delta")
COUNTS = ("open_interest", "average_daily_volume", "volume")


@pytest.mark.parametrize(
    ("columns", "without"),
    [
        pytest.param([], [], id="as a CSV says them"),
        pytest.param(decimals(6, *PRICES) + decimals(0, *COUNTS), [], id="decimals"),
        pytest.param(decimals(18, *PRICES, *COUNTS), [], id="decimals of too many digits"),
        pytest.param(decimals(35, "delta"), [], id="decimals with room for nothing before the point"),
        pytest.param([polars.col(*PRICES, *COUNTS).cast(polars.Float32)], [], id="small floats"),
        pytest.param([polars.col(*COUNTS).cast(polars.Float64)], ["average_daily_volume"], id="counts as floats"),
        pytest.param(decimals(2, *COUNTS), ["average_daily_volume"], id="counts as decimals"),
        pytest.param(texts(*PRICES, *COUNTS), ["average_daily_volume"], id="texts"),
        pytest.param([polars.col("strike").cast(polars.Int16)], [], id="whole strikes"),
        pytest.param([polars.lit(None, polars.Int64).alias("delta")], [], id="deltas of which none is known"),
        pytest.param(
            [polars.when(polars.col("strike") != 767).then(polars.col("delta").cast(polars.Int8)).alias("delta")],
            [],
            id="whole deltas, and one that is derived",
        ),
        pytest.param([polars.lit(None).alias(name) for name in COUNTS], [], id="columns of nothing"),
        pytest.param(
            [
                text.cast(polars.Categorical)
                for text in texts("underlying", "right", "strike", "expiry", "snapshot_ts", "volume", "bid")
            ],
            ["average_daily_volume"],
            id="categories",
        ),
        pytest.param(
            [polars.when(polars.col("strike") == 767).then(text).otherwise(polars.lit("")) for text in texts("delta")],
            [],
            id="empty texts",
        ),
        pytest.param([polars.lit(9).alias(name) for name in ("row", "sleeve", "file", "day", "mean")], [], id="names"),
    ],
)
def test_a_column_of_any_type_is_judged_as_it_is_decided(
    folder: Path, columns: list[polars.Expr], without: list[str]
) -> None:
    chain = folder / "chain.parquet"
    polars.read_parquet(chain).with_columns(columns).drop(without).write_parquet(chain)
    files, law = Files(chain, folder / "market.csv", ACCOUNT), load(LAW)
    question = Question(law, files, Wish(None, WINDOW, live=True), (THURSDAY,))
    (tally,) = Screening(question, silent).screened([chain])
    snapshot, _ = build(files, Wish(THURSDAY, WINDOW, live=True), silent)
    assert masks(tally.found) == masks_decided(law, snapshot)


@pytest.mark.parametrize(
    ("column", "fault"),
    [
        (polars.lit(value=True).alias("volume"), "type: volume: true is no number; write one such as 1.95"),
        (polars.lit(100.9).alias("volume"), "type: volume: 100.9 is not whole; write a whole number"),
        (polars.lit("1e13").cast(polars.Decimal(20, 1)).alias("bid"), "digits: bid: 10000000000000.0 has more than 12"),
        (polars.lit(b"9").alias("ask"), "type: ask: b'9' is no number; write one such as 1.95"),
        (polars.concat_list("volume").alias("volume"), "type: volume: each cell holds a list; write one value into"),
        (polars.struct("bid").alias("right"), "type: right: each cell holds a struct; write one value into each"),
        (polars.lit(None, polars.Float64).alias("strike"), "missing-value: strike: nothing stands here; a row needs"),
        (polars.lit(float("nan")).alias("strike"), "type: strike: no finite number; mend it (5 more rows like it)"),
        (polars.col("expiry").alias("expiration"), "several-columns: expiry, expiration could each be 'expiration'"),
    ],
)
def test_a_column_of_no_such_type_is_refused_as_a_snapshot_does(folder: Path, column: polars.Expr, fault: str) -> None:
    chain = folder / "chain.parquet"
    polars.read_parquet(chain).with_columns(column).write_parquet(chain)
    done = screen(folder, chain="chain.parquet")
    assert (done.exit_code, done.stderr.startswith(f"chain.parquet:1:1 {fault}")) == (2, True), done.stderr
    assert snapshot(folder, "chain.parquet").stderr == done.stderr


def test_a_name_that_stands_twice_in_a_header_is_refused_as_a_snapshot_does(folder: Path) -> None:
    (folder / "chain.csv").write_text("\n".join([HEADER.replace("spot", "bid"), *ROWS]) + "\n", "utf-8")
    done = screen(folder)
    said = "chain.csv:1:1 several-columns: bid, bid could each be 'bid'; keep one of them\n"
    assert (done.exit_code, done.stderr, snapshot(folder, "chain.csv").stderr) == (2, said, said)


def test_contracts_are_told_apart_part_by_part(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans, "_AT_ONCE", 1)
    assert told(screen(folder, "--format", "json"))["contracts"] == 5
    (folder / "chain.csv").write_text("\n".join([HEADER, *ROWS, ROWS[2], ROWS[4]]) + "\n", "utf-8")
    assert screen(folder).stderr.startswith("chain.csv:8:1 contract-twice: SPY 2026-08-20 put 767.0000 stands at ")


def test_files_of_different_types_are_written_as_one_with_the_file_of_each_row(folder: Path) -> None:
    there = polars.read_parquet(folder / "chain.parquet")
    there.with_columns(decimals(4, *PRICES)).write_parquet(folder / "decimals.parquet")
    there.with_columns(polars.col(*PRICES, *COUNTS).cast(polars.Float32)).write_parquet(folder / "floats.parquet")
    there.with_columns(texts(*PRICES, *COUNTS)).write_parquet(folder / "texts.parquet")
    names = ["chain.csv", "chain.parquet", "decimals.parquet", "floats.parquet", "texts.parquet"]
    others = [str(folder / name) for name in names[1:]]
    for name in ("all.parquet", "all.csv"):
        done = screen(folder, *others, "--every", "--output", str(folder / name))
        assert done.exit_code == 0, done.output
    found = polars.read_parquet(folder / "all.parquet")
    assert found["file"].unique(maintain_order=True).to_list() == names
    scales = {name: dtype.scale for name, dtype in found.schema.items() if isinstance(dtype, polars.Decimal)}
    assert scales == {"strike": 4, "bid": 4, "ask": 4, "delta": 6, "maintenance_margin": 2}
    of_each = [part.drop("file", "row") for part in found.partition_by("file", maintain_order=True)]
    assert all(part.equals(of_each[0]) for part in of_each)
    written = polars.read_csv(folder / "all.csv", infer_schema=False)
    assert (len(written), written["strike"].unique().sort().to_list()) == (75, ["299.5", "766", "767", "800"])
    permitted = found.filter(file="chain.csv", verdict="EntryPermitted").select("row", "strike", "bid", "delta").rows()
    assert permitted == [
        (4, Decimal("767.0000"), Decimal("1.5000"), Decimal("-0.430000")),
        (7, Decimal("299.5000"), Decimal("1.2200"), Decimal("-0.440000")),
    ]


def test_files_of_one_name_are_told_apart(folder: Path) -> None:
    (folder / "more").mkdir()
    (folder / "more" / "chain.csv").write_bytes((folder / "chain.csv").read_bytes())
    done = screen(folder, str(folder / "more"), "--output", str(folder / "out.parquet"), "--format", "json")
    both = [str(folder / "chain.csv"), str(folder / "more" / "chain.csv")]
    assert list(dict.fromkeys(day["file"] for day in told(done)["days"])) == both
    assert polars.read_parquet(folder / "out.parquet")["file"].unique(maintain_order=True).to_list() == both


@pytest.mark.parametrize("read", ["chain.csv", "market.csv"])
@pytest.mark.parametrize("name", ["", "symbolic.csv", "hard.csv"])
def test_what_is_read_is_not_written_over(folder: Path, read: str, name: str) -> None:
    text = (folder / read).read_text("utf-8")
    output = folder / (name or read)
    if name:
        (output.hardlink_to if name == "hard.csv" else output.symlink_to)(folder / read)
    done = screen(folder, "--output", str(output))
    assert done.exit_code == 2
    assert f"--output {output} would overwrite {folder / read}, which is read; name" in " ".join(done.stderr.split())
    assert (folder / read).read_text("utf-8") == text


def test_a_link_is_written_through(folder: Path) -> None:
    (folder / "beyond").mkdir()
    (folder / "out.csv").symlink_to(folder / "beyond" / "there.csv")
    assert screen(folder, "--output", str(folder / "out.csv")).exit_code == 0
    assert (folder / "out.csv").is_symlink()
    assert (folder / "beyond" / "there.csv").read_text("utf-8").startswith("file,row,underlying,")
    assert [path.name for path in (folder / "beyond").iterdir()] == ["there.csv"]


def test_what_a_screening_wrote_is_no_chain_of_a_folder(folder: Path) -> None:
    (folder / "chains").mkdir()
    (folder / "chain.csv").rename(folder / "chains" / "chain.csv")
    output = folder / "chains" / "all.parquet"
    first, again = (screen(folder, "--every", "--output", str(output), chain="chains") for _ in range(2))
    assert (first.exit_code, first.stderr, again.exit_code) == (0, "", 0)
    assert again.stderr == f"{output} is passed over: it is what a screening has written\n"
    assert len(polars.read_parquet(output)) == 15


def test_the_sleeves_of_an_account_are_needed(folder: Path) -> None:
    (folder / "account.yaml").write_text("multiplier: 100\naccounts: []\n", "utf-8")
    done = screen(folder, "--account", str(folder / "account.yaml"), "--output", str(folder / "out.csv"))
    said = "account.yaml:1:1 no-sleeve: there is no sleeve to judge contracts for; add one\n"
    assert (done.exit_code, done.stderr) == (2, said)


@pytest.mark.parametrize(
    ("priced", "place"),
    [
        (True, "{temporary} cannot be written: File too large; make room there, or name another folder in TMPDIR"),
        (False, "{output} cannot be written: File too large; make room there, or name another file"),
    ],
)
@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_a_disk_that_takes_no_more_is_said(folder: Path, priced: bool, place: str, name: str) -> None:  # noqa: FBT001
    lines = ACCOUNT.read_text("utf-8").splitlines()
    pricing = () if priced else ("pricing:", "  rate:", "  dividend_yield:")
    stated = "\n".join(line for line in lines if not line.startswith(pricing))
    (folder / "account.yaml").write_text(stated, "utf-8")
    (folder / "temporary").mkdir()
    files = ["chain.csv", "--market", "market.csv", "--account", "account.yaml", "--every", "--output", name]
    command = 'ulimit -f 1; exec "$@"'
    done = subprocess.run(
        ["sh", "-c", command, "sh", sys.executable, "-B", "-c", "from cli import main; main()", "screen", *files],
        cwd=folder,
        env=os.environ | {"TMPDIR": str(folder / "temporary"), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = place.format(temporary=folder / "temporary", output=name)
    assert (done.returncode, done.stderr) == (2, f"Error: {said}\n")
    assert not [*(folder / "temporary").iterdir()]
    assert sorted(path.name for path in folder.iterdir()) == [
        "account.yaml", "chain.csv", "chain.parquet", "market.csv", "temporary",
    ]  # fmt: skip


def test_a_screening_that_is_told_to_stop_leaves_nothing_behind(tmp_path: Path) -> None:
    before = getsignal(SIGTERM)

    def stopped() -> None:
        with _stoppable(), _writing(tmp_path / "out.csv") as take:
            assert take is not None
            take(polars.DataFrame({"row": [1]}))
            assert [*tmp_path.iterdir()]
            os.kill(os.getpid(), SIGTERM)

    with pytest.raises(SystemExit) as ended:
        stopped()
    assert (ended.value.code, [*tmp_path.iterdir()], getsignal(SIGTERM)) == (143, [], before)


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("--every",), "--every is about the file that --output names; name one"),
        (("--date", "2026-08-21"), "no file has quotes of 2026-08-21; choose --date among its days"),
        (
            ("--date", "2026-12-25", "--date", "2026-08-20", "--date", "2026-08-21"),
            "no file has quotes of 2026-08-21, 2026-12-25; choose --date among its days",
        ),
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
        law, Files(CHAIN, MARKET, ACCOUNT), Wish(None, WINDOW, live=True), (THURSDAY,), None, time(10, 30)
    )
    (tally,) = Screening(question, silent).screened([CHAIN])
    snapshot, _ = build(Files(CHAIN, MARKET, ACCOUNT), Wish(THURSDAY, WINDOW, live=True), silent)
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
    question = Question(law, files, Wish(None, WINDOW, live=True), (THURSDAY,))
    (tally,) = Screening(question, silent).screened([files.chain])
    snapshot, _ = build(files, Wish(THURSDAY, WINDOW, live=True), silent)
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
    assert " type: open_interest: " in done.stderr
    assert " is not whole; write a whole number" in done.stderr


def test_a_file_that_cannot_be_written_is_said_before_anything_is_read(folder: Path) -> None:
    name = "x" * 255 + ".csv"
    done = screen(folder, "--output", str(folder / name))
    assert (done.exit_code, done.stderr.strip()) == (
        2,
        f"Error: {folder / name} cannot be written: File name too long; make room there, or name another file",
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
