"""The batch reader against the authority: the same permissions and the same masks for every contract and sleeve."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import polars
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.scenes import AS_OF, SPOTS, Scene
from commands.fixture import find, read_fixtures
from engine.batch import ADDED, Batch, batch, contracts
from engine.decide import decide
from engine.facts import RIGHTS, Assumption, Candidate, Candidates, Snapshot, declared
from engine.kinds.entries import EntryDenied, EntryPermitted
from engine.law.load import load
from engine.law.model import Constitution
from engine.place import FactError, LawError
from engine.shift import moved
from sources.build import Files, Wish, build
from tests import strategies
from tests.tiny import parameters, write

ROOT = Path(__file__).resolve().parents[1]
LAW = ROOT / "constitution" / "1.3"
DATA = Path(os.environ.get("ALLUSE_DATA", ROOT.parent / "shared" / "data"))
CHAIN = DATA / "chains" / "lachjory_spy_qqq_iwm_2026_08.parquet"
Masks = dict[tuple[str, int], tuple[bool | None, int, int]]


@cache
def law() -> Constitution:
    return load(LAW)


def decided(law: Constitution, snapshot: Snapshot) -> Masks:
    """What the authority finds of every contract on offer: permitted, missed, unknown, by sleeve and row."""
    verdict = decide(law, snapshot)
    facts, decides = verdict.facts, verdict.program.decides
    places = list(zip(facts.columns["entry>sleeve"], facts.columns["entry>candidate"], strict=True))
    found: Masks = {}
    for number, row, holds, missed, unknown in verdict.standing:
        sleeve, candidate = places[row] if decides[number].subject == "entry" else (0, -1)
        if decides[number].kind == "EntryPermitted" and 0 <= candidate < facts.columns.offered:
            said = (facts.ids["sleeve"][sleeve], candidate)
            found[said] = (holds is True and not missed, missed, unknown)
    return found


def read(reader: Batch, frame: polars.DataFrame) -> Masks:
    """What the batch reader finds, in the same words."""
    wide = reader.look(frame).wide(frame).collect()
    found: Masks = {}
    for sleeve in reader.sleeves:
        columns = wide.select(f"{sleeve}.{name}" for name in ("verdict", "missed", "unknown"))
        found |= {(sleeve, row): masks for row, masks in enumerate(columns.rows())}
    return found


def alike(law: Constitution, snapshot: Snapshot) -> int:
    """Hold the two against each other; return how many entries there are."""
    assert snapshot.candidates is not None
    expected = decided(law, snapshot)
    reader = batch(law, snapshot)
    found = read(reader, contracts(snapshot.candidates))
    assert found.keys() == expected.keys()
    wrong = [(at, found[at], expected[at]) for at in found if found[at] != expected[at]]
    told = [(at, reader.ids(one[1] ^ other[1]), reader.ids(one[2] ^ other[2])) for at, one, other in wrong[:3]]
    assert not wrong, told
    return len(found)


def test_the_contracts_of_the_golden_cases_are_read_as_they_are_decided() -> None:
    snapshots: dict[int, Snapshot] = {}
    for fixture in read_fixtures(find(ROOT / "fixtures" / "golden")):
        for number, case in enumerate(fixture.cases):
            if number % 4 == 0 and case.snapshot.candidates is not None and case.snapshot.candidates.size:
                snapshots[id(case.snapshot)] = case.snapshot
    stated = ("candidate", "entry")
    kept = [one for one in snapshots.values() if not any(a.fact.startswith(stated) for a in one.assume)]
    assert sum(alike(law(), snapshot) for snapshot in kept) > 500


@pytest.mark.skipif(not CHAIN.is_file(), reason=f"no market data at {DATA}; name its folder in ALLUSE_DATA")
@pytest.mark.parametrize("as_of", [None, "2026-08-20T10:30:00-04:00"])
def test_every_contract_of_the_real_thursday_is_read_as_it_is_decided(as_of: str | None) -> None:
    files = Files(CHAIN, DATA / "market_2026_08.csv", ROOT / "fixtures" / "accounts" / "example.yaml")
    snapshot, _ = build(files, Wish(date(2026, 8, 20), 20, live=True), lambda _, __: None)
    if as_of is not None:
        snapshot, _ = moved(snapshot, datetime.fromisoformat(as_of))
    assert alike(law(), snapshot) == 3 * 11_983


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategies.documents(assume=True), strategies.documents(calm=True))
def test_whatever_is_missing_or_impossible_is_read_as_it_is_decided(
    drawn: strategies.Document, calm: strategies.Document
) -> None:
    for document in (drawn, calm):
        snapshot = strategies.snapshot(document)
        stated = any(one.fact.startswith(("candidate", "entry")) for one in snapshot.assume)
        if snapshot.candidates is not None and snapshot.candidates.size and not stated:
            alike(law(), snapshot)


def near(*values: str) -> st.SearchStrategy[Any]:
    """A bound, a tick to either side of it, nothing, and nonsense."""
    return st.sampled_from([*map(Decimal, values), None, Decimal("NaN"), Decimal(-1)])


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Contracts in any order whose facts stand on the bounds of the law, or beside them."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    ages = [0, 29_999, 30_000, 30_001, -1]
    for _ in range(draw(st.integers(1, 24))):
        row = {
            "underlying": draw(st.sampled_from([*sorted(SPOTS), "XYZ"])),
            "right": draw(st.sampled_from(RIGHTS)),
            "strike": draw(near("0", "0.0001", "100", "684.30", "2000", "10500", "10500.0001")),
            "expiration": AS_OF.date() + timedelta(days=draw(st.integers(-1, 9))),
            "multiplier": draw(near("100", "99", "101", "10")),
            "bid": draw(near("0", "0.95", "0.9512", "0.9513", "0.9514", "1", "2")),
            "ask": draw(near("0.0001", "1", "1.0001", "0.95", "2.1", "2.1025", "2.1026")),
            "quoted_at": draw(st.sampled_from([AS_OF - timedelta(milliseconds=age) for age in ages] + [None])),
            "delta": draw(near("0.4", "-0.4", "-0.399999", "-0.45", "-0.450001", "0.2", "0.25", "0", "-1", "42")),
            "open_interest": draw(near("499", "500", "501")),
            "average_daily_volume": draw(near("9", "10", "99", "100", "101")),
            "maintenance_margin": draw(near("0", "0.01", "600000", "60000000")),
        }
        rows[row["underlying"], row["right"], str(row["strike"]), row["expiration"]] = row
    return draw(st.permutations([*rows.values()]))


@cache
def scene() -> Snapshot:
    return Scene(candidates=0, positions=9).snapshot()


def offering(rows: Sequence[dict[str, Any]]) -> Snapshot:
    columns = {name: [row[name] for row in rows] for name in declared(Candidate)}
    return scene().model_copy(update={"candidates": Candidates.of_columns(columns)}).judged()


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables())
def test_a_tick_to_either_side_of_every_bound_is_read_as_it_is_decided(rows: list[dict[str, Any]]) -> None:
    alike(law(), offering(rows))


def floats(frame: polars.DataFrame) -> polars.DataFrame:
    """The same table as files of quotes have it: floats, NaN for nonsense."""
    numbers = [name for name, fact in declared(Candidate).items() if fact.type.kind == "number"]
    return frame.with_columns(polars.col(numbers).cast(polars.Float64))


def texts(frame: polars.DataFrame) -> polars.DataFrame:
    """The same table as a CSV has it: every cell a text, an empty one where nothing is known."""
    when = polars.col("quoted_at").dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
    return frame.with_columns(quoted_at=when).cast(polars.String).fill_null("")


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables())
def test_floats_and_texts_mean_what_exact_numbers_mean(rows: list[dict[str, Any]]) -> None:
    snapshot = offering(rows)
    assert snapshot.candidates is not None
    frame, reader = contracts(snapshot.candidates), batch(law(), snapshot)
    assert read(reader, floats(frame)) == read(reader, texts(frame)) == read(reader, frame)


def one_row(**facts: object) -> polars.DataFrame:
    row: dict[str, Any] = {
        "underlying": "SPY", "right": "put", "strike": 660.0, "expiration": date(2026, 3, 6), "multiplier": 100,
        "bid": 1.0, "ask": 1.02, "quoted_at": AS_OF, "delta": -0.42, "open_interest": 900, "average_daily_volume": 400,
        "maintenance_margin": 13_200.0,
    }  # fmt: skip
    return polars.DataFrame({name: [value] for name, value in (row | facts).items() if value is not ...}, strict=False)


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        ({"bid": 1.00005}, "quotes:1:1 decimals: bid: 1.00005 has more decimals than the 4 that usd_per_share keeps;"),
        ({"bid": 1e12}, "quotes:1:1 digits: bid: 1000000000000.0 has more than 12 digits before the point; check it"),
        (
            {"multiplier": 1e12},
            "quotes:1:1 digits: multiplier: 1000000000000.0 has more than 12 digits before the point;",
        ),
        (
            {"maintenance_margin": 1e12},
            "quotes:1:1 digits: maintenance_margin: 1000000000000.0 has more than 12 digits ",
        ),
        ({"bid": "cheap"}, "quotes:1:1 type: bid: 'cheap' is no number; write one such as 1.95"),
        ({"right": "P"}, "quotes:1:1 unknown-word: right: 'P' is not a word for this; write one of put, call"),
        ({"right": None}, "quotes:1:1 type: right: null is no text; write a text, in quotes if need be"),
        ({"underlying": "spy"}, "quotes:1:1 ticker: underlying: 'spy' is no ticker; write one such as SPY"),
        ({"quoted_at": datetime(2026, 3, 5, 10)}, "quotes:1:1 naive-time: quoted_at: '2026-03-05 10:00:00' has no "),  # noqa: DTZ001 - as files have it
        ({"expiration": "soon"}, "quotes:1:1 date: expiration: 'soon' is no date; write one such as 2026-03-05"),
        ({"strike": ...}, "quotes:1:1 missing-column: candidates need 'strike'; add it"),
    ],
)
def test_a_malformed_value_refuses_the_table_as_it_refuses_a_snapshot(facts: dict[str, Any], fault: str) -> None:
    with pytest.raises(FactError) as refused:
        batch(law(), scene()).lazy(one_row(**facts), "quotes")
    assert str(refused.value).startswith(fault)


def test_the_place_of_a_malformed_value_is_its_row() -> None:
    table = polars.concat([one_row(), one_row(bid=1.25), one_row(bid=1.00005), one_row(bid=1.00005)])
    with pytest.raises(FactError, match=r"^candidates:3:1 decimals: bid: 1.00005 "):
        batch(law(), scene()).lazy(table)


def test_a_row_for_each_contract_and_sleeve_keeps_the_columns_that_it_came_with() -> None:
    table = polars.concat([one_row(), one_row(delta=-0.46)]).with_columns(note=polars.Series(["a", "b"]))
    reader = batch(law(), scene())
    found = reader.lazy(table.lazy()).collect()
    assert found.columns == [*table.columns, *ADDED]
    assert found.select("note", "sleeve", "verdict").rows() == [
        ("a", "A1/gen", "EntryPermitted"),
        ("b", "A1/gen", "EntryDenied"),
        ("a", "A1/rev", "EntryDenied"),
        ("b", "A1/rev", "EntryDenied"),
        ("a", "A1/com", "EntryDenied"),
        ("b", "A1/com", "EntryDenied"),
    ]
    masks = found["missed"].to_list()
    assert [reader.codes(mask) for mask in masks[:2]] == [(), ("delta",)]
    assert [reader.ids(mask) for mask in masks[:2]] == [(), ("delta_in_band",)]


def test_reasons_are_those_that_a_verdict_names() -> None:
    snapshot = Scene(candidates=60, positions=9).snapshot()
    assert snapshot.candidates is not None
    reader, verdict = batch(law(), snapshot), decide(law(), snapshot)
    found = reader.lazy(contracts(snapshot.candidates)).collect()
    told = {one.id: one for one in verdict.of("EntryPermitted", "EntryDenied") if one.subject == "entry"}
    names = [f"{sleeve}/{name}" for sleeve in reader.sleeves for name in snapshot.candidates.columns["occ_symbol"]]
    for name, verdict_, missed, unknown in zip(names, found["verdict"], found["missed"], found["unknown"], strict=True):
        expected = told[name]
        assert isinstance(expected, EntryDenied if missed else EntryPermitted)
        assert verdict_ == expected.kind
        assert not unknown
        if isinstance(expected, EntryDenied):
            assert reader.codes(missed) == tuple(dict.fromkeys(one.code for one in expected.reasons))


def test_no_row_gives_no_row() -> None:
    table = one_row().clear()
    assert batch(law(), scene()).lazy(table).collect().shape == (0, len(table.columns) + len(ADDED))


def test_a_table_is_read_by_the_streaming_engine_from_its_file(tmp_path: Path) -> None:
    snapshot = Scene(candidates=400, positions=9).snapshot()
    assert snapshot.candidates is not None
    contracts(snapshot.candidates).write_parquet(tmp_path / "in.parquet", row_group_size=50)
    found = batch(law(), snapshot).lazy(polars.scan_parquet(tmp_path / "in.parquet"))
    found.sink_parquet(tmp_path / "out.parquet")
    direct = batch(law(), snapshot).lazy(contracts(snapshot.candidates)).collect()
    assert polars.read_parquet(tmp_path / "out.parquet").equals(direct)


PARAMETERS = parameters(
    two=("2.5", "usd_per_share"),
    hundred=("100", "usd_per_share"),
    cent=("0.01", "usd_per_share"),
    half=("0.5", "ratio"),
    lots=("3", "contracts"),
    many=("1000", "contracts"),
    band=("from 0.20 up to 0.30", "ratio"),
    above=("above 0.20 below 0.30", "ratio"),
    names=("[SPY, QQQ]", "ticker"),
    age=("30", "seconds"),
    limit=("20000", "usd_per_contract"),
)
MADE_UP = """\
facts:
  market.day: {value: 'local_date(market.as_of, "America/New_York")', means: made up, cites: "0.1"}
  entry.fallback: {value: 'first_known(candidate.bid, candidate.ask, two)', means: made up, cites: "0.1"}
  entry.ratio: {value: 'candidate.bid / candidate.ask', means: made up, cites: "0.1"}
  entry.dear: {value: 'candidate.ask - two', positive: true, means: made up, cites: "0.1"}
tables:
  entry.graded:
    hit: first
    by: {cheap: candidate.bid < two, right: candidate.right}
    rows:
      - {cheap: true, right: put, then: candidate.delta < 0}
      - {cheap: true, then: candidate.open_interest > many}
    otherwise: candidate.delta > 0
    means: made up
    cites: "0.1"
  candidate.stern:
    hit: unique
    by: {right: candidate.right, deep: candidate.strike > hundred}
    rows:
      - {right: put, deep: true, then: candidate.bid > two}
      - {right: put, deep: false, then: candidate.ask > two}
      - {right: call, then: candidate.delta > 0}
    means: made up
    cites: "0.1"
  entry.word:
    hit: first
    by: {dear: candidate.ask > two}
    rows:
      - {dear: true, then: dear}
    otherwise: cheap
    unit: symbol
    means: made up
    cites: "0.1"
"""
CONDITIONS = (
    "candidate.bid >= two",
    "candidate.ask - candidate.bid < cent",
    "(candidate.ask - candidate.bid) / candidate.ask <= half",
    "min(candidate.bid, candidate.ask, two) >= cent",
    "max(candidate.bid, candidate.ask) < two",
    "mean(candidate.bid, candidate.ask) != two",
    "mean(entry.ratio, entry.ratio) >= half",
    "min(entry.ratio, candidate.bid / candidate.ask, entry.ratio) == entry.ratio",
    "abs(candidate.delta) in band",
    "candidate.delta in above",
    "floor(candidate.bid, cent) == candidate.bid",
    "floor(candidate.ask / candidate.strike) == 0",
    "ceil(candidate.ask / two) > 1",
    "floor(candidate.delta) < 0 || ceil(-candidate.delta) < 1",
    "known(candidate.delta) && !known(candidate.bid)",
    "known(candidate.open_interest) || candidate.delta > 0",
    "candidate.underlying in names && candidate.strike > hundred",
    "!(candidate.underlying in names) || candidate.open_interest > many",
    "candidate.open_interest * half >= lots",
    "candidate.strike * candidate.multiplier <= limit",
    "candidate.strike * candidate.multiplier * entry.contracts <= sleeve.equity",
    "market.as_of - candidate.quoted_at <= age",
    "symbol.bars.exists(b, b.low > candidate.strike)",
    "symbol.bars.all(b, b.close < candidate.strike || candidate.delta < 0)",
    "symbol.bars.count(b, b.high > candidate.strike) == 2",
    "symbol.bars.sum(b, b.close - candidate.strike) > hundred",
    "market.symbols.exists(s, s.spot < candidate.strike && s.symbol in names)",
    "market.symbols.exists(s, s.bars.exists(b, b.low > candidate.strike))",
    "sleeve.holdings.exists(h, h.shares > 0 && candidate.bid > two)",
    "holding.shares == 0 || candidate.bid < candidate.ask",
    "candidate.bid + candidate.ask - candidate.bid >= two",
    "candidate.bid == candidate.bid",
    "!(candidate.bid != candidate.bid)",
    "candidate.strike < candidate.strike || candidate.delta < 0",
    "candidate.bid * 0 == candidate.ask * 0",
    "sleeve.equity / candidate.strike > account.net_liquidation / candidate.ask",
    "candidate.expiration == market.day && candidate.bid > cent",
    'entry.buys || candidate.right == "call" && candidate.bid > two',
    "entry.fallback > two",
    "entry.ratio >= half",
    "entry.graded",
    "candidate.stern",
    'entry.word == "dear"',
    "entry.dear > two",
    "-candidate.delta < half",
    "2 * candidate.bid > candidate.ask + candidate.ask",
    "symbol.spot > candidate.strike",
)


def requiring(folder: Path, *conditions: str, head: str = "") -> Constitution:
    """A law in which an entry needs every one of these conditions."""
    rules = ['rules:\n  permit: {for: entry, decide: EntryPermitted, when: "!entry.buys", cites: "0.1"}\n']
    for number, text in enumerate(conditions):
        rules.append(f"  r{number}:\n    for: entry\n    require: EntryPermitted\n    when: |\n      {text}\n")
        rules.append(f'    else: e{number}\n    cites: "0.1"\n')
    return load(write(folder, head + "".join(rules)))


@pytest.fixture(scope="module")
def language(tmp_path_factory: pytest.TempPathFactory) -> Constitution:
    return requiring(tmp_path_factory.mktemp("language"), *CONDITIONS, head=PARAMETERS + MADE_UP)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables())
def test_everything_that_the_language_can_say_of_numbers_is_read_as_it_is_decided(
    language: Constitution, rows: list[dict[str, Any]]
) -> None:
    alike(language, offering(rows))


def huge(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(rows):
        big = {"strike": Decimal("999999999999.9999"), "multiplier": Decimal(999_999_999_999)}
        yield row | big | {"expiration": AS_OF.date() + timedelta(days=number)} if number % 3 == 0 else row


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables())
def test_numbers_with_as_many_digits_as_a_fact_may_have_do_not_overflow(
    language: Constitution, rows: list[dict[str, Any]]
) -> None:
    alike(language, offering([*huge(rows)]))


def test_a_product_that_no_column_holds_is_refused(tmp_path: Path) -> None:
    made = requiring(
        tmp_path, "candidate.strike * candidate.strike * candidate.multiplier >= candidate.strike * candidate.ask"
        " * candidate.multiplier",
    )  # fmt: skip
    large = one_row(strike=Decimal("999999999999.9999"), multiplier=999_999_999_999)
    rows = polars.concat([large, one_row(strike=Decimal("660.0000"))])
    with pytest.raises(LawError) as refused:
        batch(made, scene()).lazy(rows)
    assert str(refused.value) == (
        "01-tiny.yaml:5:3 batch: rule 'r0' cannot be read in batches because its numbers need more than 128 bits over "
        "this table"
    )


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("known(candidate.occ_symbol)", "it compares candidate.occ_symbol, a name that columns do not have"),
        (
            "!symbol.candidates.exists(c, c.strike < candidate.strike)",
            "it holds numbers of a contract against the others of symbol.candidates",
        ),
        (
            'local_date(candidate.quoted_at, "America/New_York") == candidate.expiration',
            "it asks local_date about a number or an instant of the contract",
        ),
    ],
)
def test_what_cannot_be_read_in_batches_is_said_at_its_place(tmp_path: Path, condition: str, why: str) -> None:
    with pytest.raises(LawError) as refused:
        batch(requiring(tmp_path, "candidate.bid > 0", condition), scene())
    assert str(refused.value) == f"01-tiny.yaml:12:3 batch: rule 'r1' cannot be read in batches because {why}"


def test_a_fact_that_is_stated_of_contracts_is_refused() -> None:
    stated = scene().model_copy(update={"assume": (Assumption(fact="candidate.delta", value="0.4"),)})
    with pytest.raises(LawError, match=r"batch: candidate\.delta is stated of contracts; write it into their table"):
        batch(law(), stated)


def test_what_the_law_asks_the_whole_chain_is_said() -> None:
    assert batch(law(), scene()).chain == {"position"}


def test_a_law_that_asks_the_chain_says_of_what(tmp_path: Path) -> None:
    made = requiring(tmp_path / "a", "symbol.candidates.count(c, true) > 1")
    assert batch(made, scene()).chain == {"entry"}
    assert batch(requiring(tmp_path / "b", "candidate.bid > 0"), scene()).chain == frozenset()


def test_the_chain_that_is_asked_is_the_snapshots(tmp_path: Path) -> None:
    made = requiring(tmp_path, "symbol.candidates.count(c, true) > 1")
    snapshot = Scene(candidates=60, positions=0).snapshot()
    assert alike(made, snapshot) == 180
    alone = replace(batch(made, scene().model_copy(update={"candidates": None})))
    assert set(read(alone, one_row()).values()) == {(False, 1, 1)}
