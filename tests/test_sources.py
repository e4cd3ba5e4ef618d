"""Files become a snapshot: what is read stays exact, what is derived says so, what is wrong has a place."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import exp, log, sqrt
from pathlib import Path
from statistics import NormalDist
from zoneinfo import ZoneInfo

import polars
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from commands.snapshot import command
from engine.decide import decide
from engine.facts import Candidate, Market, Snapshot
from engine.law.load import load
from engine.place import FactError
from engine.snapshot import parse_snapshot, read_snapshot
from sources.bars import read_bars
from sources.build import Files, Wish, build
from sources.calendars import Exchange, Moment, exchange
from sources.chains import average_volumes, quotes, read_chain
from sources.documents import Known, read_earnings, read_statement
from sources.markets import read_market
from sources.pricing import Quote, black_delta
from sources.tables import decimals, exact

ROOT = Path(__file__).resolve().parents[1]
ACCOUNT = ROOT / "fixtures" / "accounts" / "example.yaml"
SNAPSHOTS = sorted((ROOT / "fixtures" / "snapshots").glob("*.yaml"))
NEW_YORK = ZoneInfo("America/New_York")
WINDOW = 20


def silent(_: str, __: float) -> None:
    """Hear nothing of what is being done."""


def offered(snapshot: Snapshot) -> list[Candidate]:
    assert snapshot.candidates is not None
    return [snapshot.candidates.row(row) for row in range(snapshot.candidates.size)]


# The calendar.


def test_a_snapshot_carries_ten_sessions_before_its_day_and_twenty_beyond_its_last_expiration() -> None:
    hours = exchange(date(2026, 3, 5), date(2026, 3, 20))
    calendar = hours.calendar(date(2026, 3, 5), date(2026, 3, 20))
    days = [session.date for session in calendar.sessions]
    assert (days.index(date(2026, 3, 5)), len(days) - days.index(date(2026, 3, 20)) - 1) == (10, 20)
    assert calendar.zone == "America/New_York"


# Small files of one's own.

HEADER = "underlying,right,strike,expiration,quoted_at,bid,ask,spot,volume,open_interest\n"
ROWS = (
    "SPY,P,683,2026-03-06,2026-03-04T10:00:00-05:00,1.70,1.74,684.10,900,6000\n"
    "SPY,P,684,2026-03-06,2026-03-04T10:00:00-05:00,2.10,2.16,684.10,,6100\n"
    "SPY,P,683,2026-03-06,2026-03-05T10:00:00-05:00,1.75,1.78,684.30,1101,6420\n"
    "SPY,P,684,2026-03-06,2026-03-05T10:00:00-05:00,2.19,2.22,684.30,1300,6890\n"
    "SPY,C,690,2026-03-06,2026-03-05T10:00:00-05:00,0.00,0.02,684.30,70,4000\n"
    "SPY,C,680,2026-03-06,2026-03-05T10:00:00-05:00,5.30,5.20,684.30,80,4000\n"
)
MARKET = "vix: 18.00\nvix_at: 2026-03-05T09:59:55-05:00\nvix_close: 17.60\nvix_close_date: 2026-03-04\n"


@pytest.fixture
def files(tmp_path: Path) -> Files:
    (tmp_path / "chain.csv").write_text(HEADER + ROWS, encoding="utf-8")
    (tmp_path / "market.yaml").write_text(MARKET, encoding="utf-8")
    return Files(tmp_path / "chain.csv", tmp_path / "market.yaml", ACCOUNT)


def built(files: Files, at: datetime | date | None = date(2026, 3, 5)) -> Snapshot:
    return build(files, Wish(at, WINDOW), silent)[0]


def with_account(files: Files, text: str) -> Files:
    path = files.chain.with_name("account.yaml")
    path.write_text(text, encoding="utf-8")
    return Files(files.chain, files.market, path)


def test_a_csv_chain_stays_exact_and_its_quotes_are_those_of_the_day(files: Files) -> None:
    snapshot = built(files)
    rows = {(row.right, row.strike): row for row in offered(snapshot)}
    assert len(rows) == 4
    put = rows["put", Decimal(683)]
    assert (put.bid, put.ask, put.open_interest) == (Decimal("1.75"), Decimal("1.78"), Decimal(6420))
    assert put.quoted_at == snapshot.as_of == datetime(2026, 3, 5, 10, tzinfo=NEW_YORK)
    assert put.maintenance_margin == Decimal("13660.00")
    assert isinstance(put.delta, Decimal)
    assert abs(put.delta - Decimal("-0.4065")) < Decimal("0.02")
    assert rows["call", Decimal(690)].delta is None
    assert rows["call", Decimal(680)].delta is None


def test_the_average_volume_is_of_earlier_days_and_unknown_where_one_of_them_is(files: Files) -> None:
    rows = {(row.right, row.strike): row.average_daily_volume for row in offered(built(files))}
    assert rows == {
        ("put", Decimal(683)): Decimal(900),
        ("put", Decimal(684)): None,
        ("call", Decimal(690)): Decimal(70),  # first listed today: that day's own so far
        ("call", Decimal(680)): Decimal(80),
    }


def test_quotes_from_after_the_instant_are_not_known(files: Files) -> None:
    early = datetime(2026, 3, 5, 9, 59, 59, tzinfo=NEW_YORK)
    with pytest.raises(FactError, match=r"no-quotes: no quotes of that day at or before 2026-03-05T09:59:59-05:00"):
        built(files, early)
    later = built(files, early + timedelta(seconds=40))
    assert {row.quoted_at for row in offered(later)} == {datetime(2026, 3, 5, 10, tzinfo=NEW_YORK)}


def test_each_contract_has_its_own_latest_quote(files: Files) -> None:
    later = "SPY,P,683,2026-03-06,2026-03-05T10:00:20-05:00,1.80,1.84,684.20,1102,6420\n"
    files.chain.write_text(HEADER + ROWS + later, encoding="utf-8")
    snapshot = built(files)
    bids = {row.strike: (row.bid, row.quoted_at) for row in offered(snapshot) if row.right == "put"}
    ten = datetime(2026, 3, 5, 10, tzinfo=NEW_YORK)
    assert bids == {
        Decimal(683): (Decimal("1.80"), ten + timedelta(seconds=20)),
        Decimal(684): (Decimal("2.19"), ten),
    }
    assert snapshot.as_of == ten + timedelta(seconds=20)
    assert (snapshot.symbols[0].spot, snapshot.symbols[0].spot_at) == (Decimal("684.20"), snapshot.as_of)


def test_without_terms_nothing_is_derived_and_it_is_said(files: Files) -> None:
    snapshot = built(with_account(files, "multiplier: 100\naccounts: []\n"))
    assert [row.delta for row in offered(snapshot)] == [None] * 4
    assert [row.maintenance_margin for row in offered(snapshot)] == [None] * 4
    assert "states no pricing" in snapshot.origin
    assert "states no margin_rate" in snapshot.origin
    assert snapshot.memory is None
    assert snapshot.host.healthy is None


def test_an_underlying_without_a_dividend_yield_gets_no_delta(files: Files) -> None:
    text = "multiplier: 100\npricing: {rate: 0.04, dividend_yield: {QQQ: 0.005}}\naccounts: []\n"
    snapshot = built(with_account(files, text))
    assert [row.delta for row in offered(snapshot)] == [None] * 4
    assert "no dividend yield stated 2" in snapshot.origin


def test_a_margin_is_rounded_up_to_the_cent(files: Files) -> None:
    text = "multiplier: 100\nmargin_rate: {put: 0.200001}\naccounts: []\n"
    rows = offered(built(with_account(files, text)))
    assert {row.strike: row.maintenance_margin for row in rows if row.right == "put"} == {
        Decimal(683): Decimal("13660.07"),
        Decimal(684): Decimal("13680.07"),
    }
    assert {row.maintenance_margin for row in rows if row.right == "call"} == {None}


def test_a_position_without_a_quote_has_that_of_the_chain(files: Files) -> None:
    text = (
        "multiplier: 100\naccounts:\n  - id: A1\n    sleeves:\n      - kind: gen\n        positions:\n"
        "          - {id: P1, underlying: SPY, right: put, strike: 683, expiration: 2026-03-06,"
        " multiplier: 100, quantity: -1}\n"
        "          - {id: P2, underlying: SPY, right: put, strike: 684, expiration: 2026-03-06,"
        " multiplier: 100, quantity: -1, bid: 9}\n"
        "          - {id: P3, underlying: AAPL, right: put, strike: 684, expiration: 2026-04-17,"
        " multiplier: 100, quantity: -1}\n"
    )
    snapshot = built(with_account(files, text))
    sleeves = snapshot.accounts[0].sleeves
    assert sleeves is not None
    assert sleeves[0].positions is not None
    bids = {position.id: position.bid for position in sleeves[0].positions}
    assert (bids["P1"], bids["P3"]) == (Decimal("1.75"), None)
    assert "quotes and deltas of P1, which state none, from the chain" in snapshot.origin
    assert [item.symbol for item in snapshot.symbols] == ["AAPL", "SPY"]
    assert snapshot.calendar.sessions[-1].date > date(2026, 5, 10)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "2026-03-05T10:00:00-05:00",
            "2026-03-05T10:00:00",
            "chain.csv:4:1 naive-time: quoted_at: '2026-03-05T10:00:00' ",
        ),
        ("1.75,", "cheap,", "chain.csv:4:1 type: bid: 'cheap' is no number"),
        ("683,2026-03-06,2026-03-05", "683,2026-02-30,2026-03-05", "chain.csv:4:1 date: expiration: "),
        ("SPY,C,690", "SPY,X,690", "chain.csv:6:1 not-a-right: right: 'X' is neither put nor call"),
        ("SPY,C,690", "SPY,,690", "chain.csv:6:1 missing-value: right: nothing stands here"),
        ("684,2026-03-06,2026-03-05", "683,2026-03-06,2026-03-05", "chain.csv:5:1 contract-twice: "),
        ("strike,", "price,", "chain.csv:1:1 missing-column: no 'strike' among the columns underlying,"),
        ("SPY,C,690", "spy,C,690", "chain.csv:6:1 ticker: underlying: 'spy' is no ticker"),
        ("1.75,", "1e15,", "chain.csv:4:1 digits: bid: '1e15' has more than 12 digits"),
        (",1101,", ",1101.5,", "chain.csv:4:1 type: volume: '1101.5' is not whole"),
        (",1101,", ",1e12,", "chain.csv:4:1 digits: volume: '1e12' has more than 12 digits before the point"),
        (
            ",1101,",
            ",1,101,",
            "chain.csv:4:1 ragged: the row has 11 cells and the header 10; put a cell with a comma in",
        ),
        ("C,690,", "C,NaN,", "chain.csv:6:1 type: strike: no finite number; mend it"),
        ("bid,ask", "bid,bid", "chain.csv:1:1 missing-column: no 'ask' among the columns underlying,"),
        ("spot,", "bid,", "chain.csv:1:1 several-columns: bid, bid could each be 'bid'; keep one of them"),
        ("spot,", "expiry,", "chain.csv:1:1 several-columns: expiration, expiry could each be 'expiration'; keep one"),
    ],
)
def test_what_is_wrong_in_a_chain_has_a_place(files: Files, old: str, new: str, said: str) -> None:
    text = files.chain.read_text(encoding="utf-8")
    files.chain.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FactError) as caught:
        built(files)
    assert str(caught.value).startswith(said)


def test_the_types_of_a_parquet_file_change_nothing(files: Files) -> None:
    plain = built(files)
    decimals_of = [text.cast(polars.Decimal(38, 20)) for text in texts_of("strike", "bid", "volume", "open_interest")]
    small = [text.cast(polars.Float32) for text in texts_of("ask", "spot")]
    words = [polars.col("underlying", "right", "expiration").cast(polars.Categorical)]
    chain = files.chain.with_suffix(".parquet")
    polars.read_csv(files.chain, infer_schema=False).with_columns(*decimals_of, *small, *words).write_parquet(chain)
    found = built(replace(files, chain=chain))
    assert offered(found) == offered(plain)
    assert [item.spot for item in found.symbols] == [item.spot for item in plain.symbols] == [Decimal("684.3")]


def texts_of(*names: str) -> list[polars.Expr]:
    return [polars.col(name).cast(polars.String) for name in names]


def test_a_time_without_an_offset_is_of_the_zone_that_a_person_states(files: Files) -> None:
    files.chain.write_text(files.chain.read_text(encoding="utf-8").replace("-05:00", ""), encoding="utf-8")
    snapshot = build(files, Wish(date(2026, 3, 5), WINDOW, zone=NEW_YORK), silent)[0]
    assert snapshot.as_of == datetime(2026, 3, 5, 10, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("accounts: []\nmultiplyer: 100\n", "account.yaml:2:1 unknown-field: 'multiplyer'"),
        ("accounts: []\nmultiplier: NaN\n", "account.yaml:2:13 value: multiplier: NaN is not_a_number"),
        ("accounts: []\npricing: {rate: 0.04}\n", "account.yaml:2:10 missing-field: 'dividend_yield'"),
        ("accounts: [{id: A1}, {id: A1}]\n", "account.yaml:1:27 duplicate-id: account 'A1' stands here again"),
        ("accounts: []\n", "chain.csv:7:1 no-multiplier: nothing says how many shares a contract delivers"),
    ],
)
def test_what_is_wrong_in_an_account_file_has_a_place(files: Files, text: str, said: str) -> None:
    with pytest.raises(FactError) as caught:
        built(with_account(files, text))
    assert str(caught.value).startswith(said)


def test_a_missing_file_is_a_fault_like_any_other(files: Files) -> None:
    with pytest.raises(FactError, match=r"nowhere.parquet:1:1 missing: there is no such file"):
        built(Files(files.chain.with_name("nowhere.parquet"), files.market, files.account))


# The market, bars and earnings.

DAILY = (
    "date,vix_open,vix_high,vix_close\n"
    "2026-03-03,16.0,19.0,17.5\n"
    "2026-03-04,17.7,18.1,17.6\n"
    "2026-03-05,18.2,21.0,20.4\n"
)


@pytest.fixture(scope="module")
def march() -> Exchange:
    return exchange(date(2026, 3, 2), date(2026, 3, 20))


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("09:29", {"vix_close": "17.6"}),
        ("09:30", {"vix": "18.2", "vix_at": "09:30", "vix_close": "17.6"}),
        ("10:00", {"vix": "18.2", "vix_at": "09:30", "vix_close": "17.6"}),
        ("16:14", {"vix": "18.2", "vix_at": "09:30", "vix_close": "17.6"}),
        ("16:15", {"vix": "20.4", "vix_at": "16:15", "vix_close": "20.4"}),
    ],
)
def test_a_daily_table_says_only_what_was_known(
    tmp_path: Path, march: Exchange, clock: str, expected: dict[str, str]
) -> None:
    (tmp_path / "market.csv").write_text(DAILY, encoding="utf-8")
    as_of = datetime.fromisoformat(f"2026-03-05T{clock}:00-05:00")
    facts = read_market(tmp_path / "market.csv", Moment(as_of, march), None).facts
    said = {name: str(value) for name, value in facts.items() if name in {"vix", "vix_close"}}
    if "vix_at" in facts:
        said["vix_at"] = f"{facts['vix_at'].astimezone(NEW_YORK):%H:%M}"
    assert said == expected


def test_the_day_s_open_is_the_vix_of_now_when_a_person_says_so(tmp_path: Path, march: Exchange) -> None:
    (tmp_path / "market.csv").write_text(DAILY, encoding="utf-8")
    as_of = datetime(2026, 3, 5, 10, tzinfo=NEW_YORK)
    known = read_market(tmp_path / "market.csv", Moment(as_of, march), as_of)
    assert (known.facts["vix"], known.facts["vix_at"]) == (Decimal("18.2"), as_of)
    assert "stated to be the VIX still at 2026-03-05T10:00:00-05:00" in known.sources["vix"]


CLOSES = (
    "date,vix_close,spx_close,pct_above_50dma\n"
    "2026-03-05,20.4,5200,50\n"  # in no order
    "2026-03-02,17.5,5050,48.123456\n"
    "2026-02-27,16.5,,\n"
    "2026-02-28,16.6,5040,\n"  # a Saturday
    "2026-02-16,16.7,5030,\n"  # a holiday
    "2026-02-25,NaN,5030.12345,\n"
    "2026-03-03,17.9,5060,47\n"
    "2026-03-04,17.6,5070,57.97\n"
)


def known_then(tmp_path: Path, march: Exchange, text: str, clock: str = "10:00") -> Known:
    (tmp_path / "market.csv").write_text(text, encoding="utf-8")
    return read_market(
        tmp_path / "market.csv", Moment(datetime.fromisoformat(f"2026-03-05T{clock}:00-05:00"), march), None
    )


def closes_of(known: Known, name: str) -> dict[str, str]:
    """Return a series by day, an unknown close as a blank."""
    return {f"{day:%m-%d}": "" if close is None else f"{close:f}" for day, close in known.facts[name].items()}


def test_a_series_has_every_session_of_the_table_that_was_completed(tmp_path: Path, march: Exchange) -> None:
    known = known_then(tmp_path, march, CLOSES)
    begins = {f"02-{day}": "" for day in (17, 18, 19, 20, 23, 24)}
    vix = {"02-25": "NaN", "02-26": "", "02-27": "16.5", "03-02": "17.5", "03-03": "17.9", "03-04": "17.6"}
    spx = {"02-25": "5030.1234", "02-26": "", "02-27": "", "03-02": "5050", "03-03": "5060", "03-04": "5070"}
    assert closes_of(known, "vix_closes") == begins | vix
    assert closes_of(known, "spx_closes") == begins | spx
    assert (known.facts["breadth"], known.facts["breadth_date"]) == (Decimal("0.5797"), date(2026, 3, 4))
    assert known.sources["spx_closes"] == (
        "market.csv, 2026-02-17 to 2026-03-04; 8 of 12 sessions without one, first 2026-02-17"
    )
    assert known.sources["breadth"] == "market.csv:9:1, at the close of 2026-03-04"
    market = Market.model_validate(known.facts)
    assert (str(market.vix_closes), market.breadth) == ("12 closes from 2026-02-17 to 2026-03-04", Decimal("0.5797"))


@pytest.mark.parametrize(("clock", "last", "breadth"), [("16:14", "03-04", "0.5797"), ("16:15", "03-05", "0.50")])
def test_a_close_is_known_when_it_has_been_computed(
    tmp_path: Path, march: Exchange, clock: str, last: str, breadth: str
) -> None:
    known = known_then(tmp_path, march, CLOSES, clock)
    assert [[*closes_of(known, name)][-1] for name in ("vix_closes", "spx_closes")] == [last, last]
    assert str(known.facts["breadth"]) == breadth


def test_a_table_without_a_column_says_nothing_of_it(tmp_path: Path, march: Exchange) -> None:
    known = known_then(tmp_path, march, DAILY)
    assert {*known.facts} == {"vix", "vix_at", "vix_close", "vix_close_date", "vix_closes"}
    blank = known_then(tmp_path, march, "date,vix_close,spx_close,breadth\n2026-03-04,,,\n")
    assert blank.facts == {"vix_close": None, "vix_close_date": date(2026, 3, 4)}


def test_a_breadth_is_a_ratio_or_a_percentage(tmp_path: Path, march: Exchange) -> None:
    text = "date,vix_close,breadth,breadth_percent\n2026-03-04,18,0.2,50\n"
    assert known_then(tmp_path, march, text).facts["breadth"] == Decimal("0.2")
    percent = text.replace(",breadth,", ",other,")
    assert known_then(tmp_path, march, percent).facts["breadth"] == Decimal("0.5")


def test_a_snapshot_carries_the_closes_of_a_year_and_a_month(tmp_path: Path, march: Exchange) -> None:
    days = [date(2026, 3, 4) - timedelta(days=number) for number in range(1000)]
    rows = "".join(f"{day},18,{5000 + number}\n" for number, day in enumerate(days))
    known = known_then(tmp_path, march, f"date,vix_close,spx_close\n{rows}")
    closes = known.facts["spx_closes"]
    assert (min(closes), max(closes), len(closes)) == (date(2025, 1, 29), date(2026, 3, 4), 275)
    assert None not in closes.values()


def test_a_market_document_may_have_series(files: Files) -> None:
    more = "vix_closes: {2026-03-03: 17.9, 2026-03-04: 17.6}\nbreadth: 0.55\nbreadth_date: 2026-03-04\n"
    files.market.write_text(MARKET + more, encoding="utf-8")
    snapshot = built(files)
    assert str(snapshot.market.vix_closes) == "2 closes from 2026-03-03 to 2026-03-04"
    assert (snapshot.market.breadth, snapshot.market.spx_closes) == (Decimal("0.55"), None)
    assert "market.vix_closes: market.yaml:5:13." in snapshot.origin
    assert "market.spx_closes: missing: market.yaml says none that was known by then." in snapshot.origin


@pytest.mark.parametrize(
    ("closes", "said"),
    [
        ("{2026-03-04: 17.6, 2026-02-30: 17}", "market.yaml:5:32 type: '2026-02-30': "),
        ("{2026-03-04: high}", "market.yaml:5:26 type: '2026-03-04': "),
        ("[17.6]", "market.yaml:5:13 type: 'vix_closes' is a list; write a mapping"),
    ],
)
def test_what_is_wrong_in_a_series_of_a_market_document_has_a_place(files: Files, closes: str, said: str) -> None:
    files.market.write_text(f"{MARKET}vix_closes: {closes}\n", encoding="utf-8")
    with pytest.raises(FactError) as caught:
        built(files)
    assert str(caught.value).startswith(said)


def test_bars_are_the_unbroken_run_before_the_day(tmp_path: Path, march: Exchange) -> None:
    days = ["2026-02-26", "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"]
    lines = [f"SPY,{day},690.5,680.12345,685.1\n" for day in days] + ["QQQ,2026-03-03,610,600,605\n"]
    (tmp_path / "bars.csv").write_text("symbol,date,high,low,close\n" + "".join(lines), encoding="utf-8")
    bars = read_bars(tmp_path / "bars.csv", march.before(date(2026, 3, 5), 10))
    assert [str(bar.date) for bar in bars.of["SPY"]] == ["2026-03-02", "2026-03-03", "2026-03-04"]
    assert {bar.low for bar in bars.of["SPY"]} == {Decimal("680.1234")}  # half to even
    assert set(bars.of) == {"SPY"}
    assert bars.rounded == 4


def test_earnings_tell_no_reports_from_unknown_ones(tmp_path: Path) -> None:
    (tmp_path / "earnings.yaml").write_text("AAPL: [2026-01-29, 2026-04-30]\nKO: []\n", encoding="utf-8")
    earnings = read_earnings(tmp_path / "earnings.yaml")
    assert [str(report.date) for report in earnings["AAPL"]] == ["2026-01-29", "2026-04-30"]
    assert earnings["KO"] == ()
    assert "MSFT" not in earnings


# Properties.


@given(
    st.builds(
        Quote,
        call=st.booleans(),
        strike=st.floats(80, 125),
        spot=st.just(100.0),
        mid=st.just(0.0),
        years=st.floats(0.0005, 0.9),
        rate=st.floats(-0.01, 0.08),
        dividend_yield=st.floats(0, 0.05),
    ),
    st.floats(0.05, 1.5),
)
def test_the_delta_of_a_price_by_the_formula_is_that_of_the_formula(quote: Quote, volatility: float) -> None:
    forward = quote.spot * exp((quote.rate - quote.dividend_yield) * quote.years)
    discount = exp(-quote.rate * quote.years)
    deviation = volatility * sqrt(quote.years)
    first = log(forward / quote.strike) / deviation + deviation / 2
    sign, chance = (1 if quote.call else -1), NormalDist().cdf
    ahead, behind = chance(sign * first), chance(sign * (first - deviation))
    price = sign * discount * (forward * ahead - quote.strike * behind)
    time_value = price - max(0.0, sign * discount * (forward - quote.strike))
    found = black_delta(replace(quote, mid=price))
    if time_value > 0.01:  # a cent, below which no market quotes
        assert found is not None
        assert abs(found - sign * exp(-quote.dividend_yield * quote.years) * ahead) < 1e-6


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_becomes_the_decimal_of_its_shortest_text(number: float) -> None:
    assert float(exact(number)) == number
    assert len(exact(number).as_tuple().digits) <= 17


@given(st.lists(st.decimals(-(10**6), 10**6, allow_nan=False, allow_infinity=False, places=6)))
def test_rounding_is_half_to_even_and_counted(numbers: list[Decimal]) -> None:
    read = decimals(numbers, 4)
    expected = [round(number, 4) for number in numbers]
    assert read.values == expected
    assert read.rounded == sum(kept != number for kept, number in zip(expected, numbers, strict=True))


DAYS = [date(2026, 3, day) for day in (2, 3, 4, 5)]
VOLUMES = st.lists(st.one_of(st.none(), st.just(-1), st.integers(0, 10**6)), min_size=4, max_size=4)


def naive_mean(volumes: Sequence[int | None], sessions: int) -> int | None:
    """Take -1 as a day without the series; the fourth day is the snapshot's own."""
    window = list(volumes[:3])[max(0, 3 - sessions) :]
    listed = [index for index, volume in enumerate(window) if volume != -1]
    if not listed:
        return volumes[3]
    lived = window[listed[0] :]
    if None in lived or -1 in lived:
        return None
    return sum(volume for volume in lived if volume is not None) // len(lived)


@given(volumes=VOLUMES, sessions=st.integers(1, 5))
def test_the_average_volume_is_the_mean_over_the_life_of_a_series(
    volumes: list[int | None], sessions: int, march: Exchange, tmp_path_factory: pytest.TempPathFactory
) -> None:
    volumes[3] = 5 if volumes[3] == -1 else volumes[3]
    path = tmp_path_factory.mktemp("chain") / "chain.parquet"
    rows = [
        {
            "underlying": symbol,
            "right": "put",
            "strike": 683.0,
            "expiration": date(2026, 3, 20),
            "quoted_at": datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=15),
            "bid": 1.0,
            "ask": 1.1,
            "volume": 1 if symbol == "QQQ" else volume,
        }
        for symbol in ("QQQ", "SPY")  # the other one makes that each day is a day of the file
        for day, volume in zip(DAYS, volumes, strict=True)
        if symbol == "QQQ" or volume != -1
    ]
    polars.DataFrame(rows, schema_overrides={"volume": polars.Int64}).write_parquet(path)
    table = read_chain(path, None)
    as_of = datetime(2026, 3, 5, 11, tzinfo=NEW_YORK)
    found = average_volumes(quotes(table, as_of, NEW_YORK), Moment(as_of, march), sessions)
    assert found.values == [1, naive_mean(volumes, sessions)]


# The command.


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(command, [str(argument) for argument in arguments], catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


def test_the_template_is_a_snapshot() -> None:
    code, text, _ = run("--template")
    snapshot = parse_snapshot(text.encode(), "template", ROOT)
    assert code == 0
    assert "Made up" in snapshot.origin
    assert snapshot.candidates is not None
    assert snapshot.candidates.implausible == {}


def test_the_command_writes_a_snapshot_and_shows_its_sources(files: Files) -> None:
    code, text, shown = run(
        "--chain", files.chain, "--market", files.market, "--account", files.account,
        "--at", "2026-03-05T10:00:05-05:00", "--volume-sessions", "20",
    )  # fmt: skip
    assert code == 0
    assert parse_snapshot(text.encode(), "<stdin>", ROOT).as_of == datetime(2026, 3, 5, 10, 0, 5, tzinfo=NEW_YORK)
    assert "candidates.delta" in shown
    assert "Where the facts came from" in shown


def test_the_command_takes_the_window_from_the_law_and_writes_beside(files: Files, tmp_path: Path) -> None:
    code, text, _ = run(
        "--chain", files.chain, "--market", files.market, "--account", files.account,
        "--date", "2026-03-05", "--output", tmp_path / "mine.yaml", "--sidecar", "csv",
    )  # fmt: skip
    assert (code, text) == (0, "")
    assert (tmp_path / "mine.candidates.csv").is_file()
    assert "of the 20 sessions before" in read_snapshot(tmp_path / "mine.yaml").origin


@pytest.mark.parametrize("read", ["chain", "market", "account"])
def test_the_command_does_not_write_over_what_it_reads(files: Files, read: str) -> None:
    path: Path = getattr(files, read)
    before = path.read_bytes()
    code, text, said = run(
        "--chain", files.chain, "--market", files.market, "--account", files.account,
        "--date", "2026-03-05", "--output", path,
    )  # fmt: skip
    assert (code, text) == (2, "")
    assert f"would overwrite {path}, which is read" in " ".join(said.split())
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--at", "2026-03-05T10:00:00"], "has no offset"),
        (["--date", "5 March"], "'5 March' is no date"),
        (["--at", "2026-03-05T10:00:00-05:00", "--date", "2026-03-05"], "--at and --date both say when"),
        (["--sidecar", "csv"], "name that with --output"),
        (["--vix-at", "as-of"], "market.yaml says it itself"),
        (["--output", "no/such/folder/mine.yaml"], "there is no folder no/such/folder"),
        (["--zone", "Mars/Olympus"], "is not in the time-zone database"),
    ],
)
def test_a_wrong_option_ends_with_two_and_a_line(files: Files, arguments: list[str], said: str) -> None:
    code, _, shown = run(
        "--chain", files.chain, "--market", files.market, "--account", files.account,
        "--volume-sessions", "20", *arguments,
    )  # fmt: skip
    assert code == 2
    assert said in " ".join(shown.split())


# What the repository carries.

LAW = ROOT / "constitution" / "1.3"


def sold(snapshot: Snapshot) -> list[tuple[str, str, Decimal]]:
    return [(order.sleeve, order.underlying, order.strike) for order in decide(load(LAW), snapshot).orders]


def test_the_template_evaluates_as_it_is() -> None:
    _, text, _ = run("--template")
    assert sold(parse_snapshot(text.encode(), "template", ROOT)) == [("gen", "IWM", Decimal(258))]


def test_the_calm_thursday_sells_what_its_comments_say() -> None:
    snapshot = read_snapshot(ROOT / "fixtures" / "snapshots" / "calm_thursday.yaml")
    assert sorted(sold(snapshot)) == [
        ("gen", "AAPL", Decimal(260)),
        ("gen", "GOOG", Decimal(300)),
        ("gen", "IWM", Decimal(258)),
        ("gen", "QQQ", Decimal(604)),
        ("gen", "SPY", Decimal(683)),
    ]


@pytest.mark.parametrize("path", SNAPSHOTS, ids=lambda path: path.stem)
def test_a_snapshot_of_the_repository_is_one_and_says_that_it_is_made_up(path: Path) -> None:
    snapshot = read_snapshot(path)
    assert "made up" in snapshot.origin.lower()
    assert snapshot.memory == {}
    assert len(path.read_text(encoding="utf-8").splitlines()) < 350


def test_the_example_account_has_three_sleeves() -> None:
    statement = read_statement(ACCOUNT)
    sleeves = statement.accounts[0].sleeves
    assert sleeves is not None
    assert [sleeve.equity for sleeve in sleeves] == [Decimal(600000), Decimal(450000), Decimal(450000)]
