"""The recorded chain of a real Thursday becomes a snapshot, and the sessions are those of an independent calendar."""

import csv
import os
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.dump import dump_snapshot, write_candidates
from engine.facts import Candidate, Snapshot
from engine.place import FactError
from engine.snapshot import read_snapshot
from sources.build import Files, Wish, build
from sources.calendars import exchange
from sources.origin import Source

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("ALLUSE_DATA", ROOT.parent / "shared" / "data"))
CHAIN = DATA / "chains" / "lachjory_spy_qqq_iwm_2026_08.parquet"
ACCOUNT = ROOT / "fixtures" / "accounts" / "example.yaml"
NEW_YORK = ZoneInfo("America/New_York")
WINDOW = 20
ABSENT = f"no market data at {DATA}; name its folder in ALLUSE_DATA"

real = pytest.mark.skipif(not CHAIN.is_file(), reason=ABSENT)


def silent(_: str, __: float) -> None:
    """Hear nothing of what is being done."""


@pytest.fixture(scope="module")
def thursday() -> tuple[Snapshot, tuple[Source, ...]]:
    files = Files(CHAIN, DATA / "market_2026_08.csv", ACCOUNT)
    return build(files, Wish(date(2026, 8, 20), WINDOW, live=True), silent)


def offered(snapshot: Snapshot) -> list[Candidate]:
    assert snapshot.candidates is not None
    return [snapshot.candidates.row(row) for row in range(snapshot.candidates.size)]


@real
def test_the_real_thursday_has_every_contract_of_its_chain(thursday: tuple[Snapshot, tuple[Source, ...]]) -> None:
    snapshot, _ = thursday
    assert snapshot.as_of == datetime(2026, 8, 20, 11, 3, 31, tzinfo=NEW_YORK)
    assert snapshot.candidates is not None
    assert snapshot.candidates.size == 11_983
    assert {item.symbol: item.spot for item in snapshot.symbols} == {
        "IWM": Decimal("299.4550"),
        "QQQ": Decimal("713.6932"),
        "SPY": Decimal("767.6200"),
    }
    assert (snapshot.market.vix, snapshot.market.vix_at) == (Decimal("14.91"), snapshot.as_of)
    assert (snapshot.market.vix_close, snapshot.market.vix_close_date) == (Decimal("14.89"), date(2026, 8, 19))
    assert (snapshot.market.breadth, snapshot.market.breadth_date) == (Decimal("0.6136"), date(2026, 8, 19))
    for closes, last in ((snapshot.market.vix_closes, 148_900), (snapshot.market.spx_closes, 77_079_800)):
        assert closes is not None
        assert (str(closes), closes.closes[-1]) == ("13 closes from 2026-08-03 to 2026-08-19", last)


@real
def test_what_was_derived_is_said_in_the_origin(thursday: tuple[Snapshot, tuple[Source, ...]]) -> None:
    snapshot, sources = thursday
    derived = [source.fact for source in sources if source.derived]
    assert derived == [
        "candidates",
        "candidates.delta",
        "candidates.average_daily_volume",
        "candidates.maintenance_margin",
    ]
    assert all(str(source) in snapshot.origin for source in sources)
    assert "one-sided quote 1,175" in snapshot.origin
    assert str(ROOT.parent) not in snapshot.origin


Contract = tuple[str, object, object, str]


def known_deltas(snapshot: Snapshot) -> dict[Contract, Decimal]:
    return {
        (row.underlying, row.expiration, row.strike, row.right): row.delta
        for row in offered(snapshot)
        if isinstance(row.delta, Decimal)
    }


@real
def test_a_delta_has_the_sign_of_its_right(thursday: tuple[Snapshot, tuple[Source, ...]]) -> None:
    deltas = known_deltas(thursday[0])
    assert len(deltas) > 9_700
    assert all(delta >= 0 if right == "call" else delta <= 0 for (*_, right), delta in deltas.items())
    assert all(abs(delta) <= 1 for delta in deltas.values())


@real
@pytest.mark.parametrize("right", ["put", "call"])
@pytest.mark.parametrize("symbol", ["SPY", "QQQ", "IWM"])
def test_deltas_fall_with_the_strike(thursday: tuple[Snapshot, tuple[Source, ...]], symbol: str, right: str) -> None:
    tomorrow = (symbol, date(2026, 8, 21), right)
    day = {
        strike: delta
        for (underlying, expiration, strike, side), delta in known_deltas(thursday[0]).items()
        if (underlying, expiration, side) == tomorrow and Decimal("0.25") <= abs(delta) <= Decimal("0.75")
    }
    assert len(day) > 2
    assert all(later[1] < earlier[1] for earlier, later in pairwise(sorted(day.items(), key=str)))


@real
def test_put_and_call_of_one_strike_have_deltas_one_apart(
    thursday: tuple[Snapshot, tuple[Source, ...]],
) -> None:
    deltas = known_deltas(thursday[0])
    apart = [
        call - put
        for (symbol, day, strike, right), call in deltas.items()
        if right == "call" and Decimal("0.4") < call < Decimal("0.6")
        if (put := deltas.get((symbol, day, strike, "put"))) is not None
    ]
    assert len(apart) > 100
    assert all(abs(distance - 1) < Decimal("0.08") for distance in apart)


@real
def test_a_contract_without_a_two_sided_quote_has_no_delta(
    thursday: tuple[Snapshot, tuple[Source, ...]],
) -> None:
    two_sided = 0
    for row in offered(thursday[0]):
        if isinstance(row.bid, Decimal) and row.bid and isinstance(row.ask, Decimal):
            two_sided += 1
        else:
            assert row.delta is None
    assert two_sided == 10_808


@real
@pytest.mark.parametrize("suffix", ["parquet", "csv", "json"])
def test_the_real_thursday_is_read_back_equal(
    thursday: tuple[Snapshot, tuple[Source, ...]], tmp_path: Path, suffix: str
) -> None:
    snapshot, _ = thursday
    assert snapshot.candidates is not None
    write_candidates(snapshot.candidates, tmp_path / f"chain.{suffix}")
    (tmp_path / "thursday.yaml").write_text(dump_snapshot(snapshot, f"chain.{suffix}"), encoding="utf-8")
    assert read_snapshot(tmp_path / "thursday.yaml") == snapshot


@real
def test_the_days_of_the_chain_file_are_named_when_none_is_chosen() -> None:
    with pytest.raises(FactError, match=r"several-days: quotes of 2026-08-13, .*2026-08-21; name one with --date"):
        build(Files(CHAIN, DATA / "market_2026_08.csv", ACCOUNT), Wish(None, WINDOW), silent)


@pytest.mark.skipif(not (DATA / "calendar_nyse").is_dir(), reason=ABSENT)
def test_the_sessions_are_those_of_an_independent_calendar() -> None:
    with (DATA / "calendar_nyse" / "nyse_sessions_1990_2027.csv").open(encoding="utf-8", newline="") as stream:
        expected = [(row["session"], row["open_et"], row["close_et"]) for row in csv.DictReader(stream)]
    hours = exchange(date(1990, 3, 10), date(2027, 9, 30))
    found = [
        (str(session.date), f"{session.open.astimezone(NEW_YORK):%H:%M}", f"{session.close.astimezone(NEW_YORK):%H:%M}")
        for session in hours.sessions
    ]
    first, last = expected.index(found[0]), expected.index(found[-1])
    assert found == expected[first : last + 1]
    assert len(found) > 9_000
    assert sum(close < "16:00" for _, _, close in found) == 80
