"""Candidates in every form that a snapshot's file has for them; a snapshot written and read back; its schema."""

import json
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from itertools import count
from operator import attrgetter
from pathlib import Path
from typing import Any, get_args

import polars
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from engine import facts
from engine.contract import occ_symbol
from engine.dump import dump_snapshot, write_candidates
from engine.facts import Candidate, Candidates, Snapshot, declared
from engine.fields import FormError, Implausible
from engine.law.text import plain, read_yaml
from engine.place import FactError, Fault, Place
from engine.snapshot import parse_snapshot
from engine.snapshot_schema import snapshot_schema

HERE = Path()
HEAD = """\
format: 1
origin: made up
as_of: 2026-03-05T10:00:00-05:00
calendar: {zone: America/New_York, sessions: []}
market: {}
host: {}
symbols: []
accounts: []
candidates:"""
COLUMNS = """
  underlying: [IWM, IWM]
  right: [put, call]
  strike: [190, 191.5]
  expiration: [2026-03-06, 2026-03-06]
  multiplier: 100
  bid: [1.95, null]
  quoted_at: 2026-03-05T09:59:58-05:00
  delta: [-0.42, 0.421234]
"""
ROWS = """
  - {underlying: IWM, right: put, strike: 190, expiration: 2026-03-06, multiplier: 100, bid: 1.95,
     quoted_at: 2026-03-05T09:59:58-05:00, delta: -0.42}
  - {underlying: IWM, right: call, strike: 191.5, expiration: 2026-03-06, multiplier: 100,
     quoted_at: 2026-03-05T14:59:58Z, delta: 0.421234}
"""
CSV = """\
underlying,right,strike,expiration,bid,delta
IWM,put,190,2026-03-06,1.95,-0.42
IWM,call,191.5,2026-03-06,,0.421234
"""
BESIDE = " {{file: {}, multiplier: 100, quoted_at: 2026-03-05T09:59:58-05:00}}\n"


def read(candidates: str, folder: Path = HERE) -> Snapshot:
    return parse_snapshot((HEAD + candidates).encode(), "x.yaml", folder)


def table(candidates: str, folder: Path = HERE) -> Candidates:
    found = read(candidates, folder).candidates
    assert found is not None
    return found


def refused(candidates: str, folder: Path) -> list[str]:
    with pytest.raises(FactError) as raised:
        read(candidates, folder)
    return str(raised.value).splitlines()


def test_columns_are_the_scaled_integers_of_their_units() -> None:
    quoted = 1_772_722_798_000
    assert table(COLUMNS) == Candidates(
        {
            "underlying": ["IWM", "IWM"],
            "right": ["put", "call"],
            "strike": [1_900_000, 1_915_000],
            "expiration": [date(2026, 3, 6).toordinal()] * 2,
            "multiplier": [100, 100],
            "bid": [None, None],
            "ask": [None, None],
            "quoted_at": [quoted, quoted],
            "delta": [-420_000, 421_234],
            "open_interest": [None, None],
            "average_daily_volume": [None, None],
            "maintenance_margin": [None, None],
            "occ_symbol": ["IWM   260306P00190000", "IWM   260306C00191500"],
        },
        {("bid", 0): "one_sided"},
        found={("bid", 0): 19_500},
    )


def test_rows_say_what_columns_say() -> None:
    assert table(ROWS) == table(COLUMNS)


@pytest.mark.parametrize("name", ["chain.csv", "columns.json", "rows.json", "chain.parquet"])
def test_a_file_beside_the_snapshot_says_what_columns_say(tmp_path: Path, name: str) -> None:
    columns = {
        "underlying": ["IWM", "IWM"], "right": ["put", "call"], "strike": [190, 191.5],
        "expiration": ["2026-03-06", "2026-03-06"], "bid": [1.95, None], "delta": [-0.42, 0.421234],
    }  # fmt: skip
    (tmp_path / "chain.csv").write_text(CSV, "utf-8")
    (tmp_path / "columns.json").write_text(json.dumps(columns), "utf-8")
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    (tmp_path / "rows.json").write_text(json.dumps([row | {"multiplier": 100} for row in rows]), "utf-8")
    polars.DataFrame(columns, strict=False).write_parquet(tmp_path / "chain.parquet")
    beside = BESIDE.format(name)
    found = table(beside.replace("multiplier: 100, ", "") if name == "rows.json" else beside, tmp_path)
    assert found == table(COLUMNS)
    assert found.file == name


def test_a_parquet_file_may_have_exact_types(tmp_path: Path) -> None:
    utc = datetime(2026, 3, 5, 14, 59, 58, tzinfo=UTC)
    polars.DataFrame(
        {
            "underlying": polars.Series(["IWM", "IWM"], dtype=polars.Categorical),
            "right": polars.Series(["put", "call"], dtype=polars.Enum(["put", "call"])),
            "strike": polars.Series([Decimal(190), Decimal("191.5")], dtype=polars.Decimal(18, 2)),
            "expiration": [date(2026, 3, 6)] * 2,
            "multiplier": polars.Series([100, 100], dtype=polars.UInt8),
            "bid": polars.Series([1.95, None], dtype=polars.Float32),
            "quoted_at": polars.Series([utc, utc]).dt.cast_time_unit("ns").dt.convert_time_zone("America/New_York"),
            "delta": ["-0.42", "0.421234"],
        }
    ).write_parquet(tmp_path / "chain.parquet")
    assert table(" {file: chain.parquet}\n", tmp_path) == table(COLUMNS)


def test_floats_keep_their_shortest_text_and_nan_is_implausible(tmp_path: Path) -> None:
    bids = [1.95, 0.3, float("nan"), float("inf"), None]
    polars.DataFrame(
        {
            "underlying": ["IWM"] * 5, "right": ["put"] * 5, "strike": [190, 191, 192, 193, 194],
            "expiration": [date(2026, 3, 6)] * 5, "multiplier": [100] * 5, "bid": bids, "ask": [5.0] * 5,
        }
    ).write_parquet(tmp_path / "chain.parquet")  # fmt: skip
    found = table(" {file: chain.parquet}\n", tmp_path)
    assert found.columns["bid"] == [19_500, 3_000, None, None, None]
    assert found.columns["ask"] == [50_000, 50_000, None, None, None]
    assert found.implausible == {
        ("bid", 2): "not_a_number", ("bid", 3): "not_a_number",
        ("ask", 2): "one_sided", ("ask", 3): "one_sided", ("ask", 4): "one_sided",
    }  # fmt: skip


def test_a_float_with_more_decimals_than_are_kept_is_refused(tmp_path: Path) -> None:
    polars.DataFrame({"delta": [0.1 + 0.2]}).write_parquet(tmp_path / "chain.parquet")
    rest = "underlying: IWM, right: call, strike: 1, expiration: 2026-03-06, multiplier: 100"
    advice = "round it where it is made"
    assert refused(f" {{file: chain.parquet, {rest}}}\n", tmp_path) == [
        f"chain.parquet:1:1 decimals: delta: {0.1 + 0.2} has more decimals than the 6 that ratio keeps; {advice}"
    ]


def test_a_naive_time_in_a_parquet_file_is_refused(tmp_path: Path) -> None:
    times = [datetime(2026, 3, 5, 10), datetime(2026, 3, 5, 10, 0, 1)]  # noqa: DTZ001 - naive on purpose
    rest = "underlying: IWM, right: call, strike: 1, expiration: 2026-03-06, multiplier: 100"
    for unit in ("us", "ns"):
        series = polars.Series("quoted_at", times).dt.cast_time_unit(unit)
        polars.DataFrame([series]).write_parquet(tmp_path / "chain.parquet")
        found = refused(f" {{file: chain.parquet, {rest}}}\n", tmp_path)
        assert [line.partition(": ")[0] for line in found] == [
            "chain.parquet:1:1 naive-time",
            "chain.parquet:2:1 naive-time",
        ]


def test_a_broken_parquet_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "chain.parquet").write_bytes(b"no table at all")
    found = refused(" {file: chain.parquet}\n", tmp_path)
    assert len(found) == 1
    assert found[0].startswith("chain.parquet:1:1 syntax: ")
    assert found[0].endswith("; write the Parquet file again")


def test_a_chain_that_was_not_delivered_is_no_empty_chain() -> None:
    assert read(" null\n").candidates is None
    assert read("\n").candidates is None
    for empty in (" []\n", " {}\n", " {underlying: [], right: [], bid: [], multiplier: 100}\n"):
        assert table(empty).size == 0
        assert set(table(empty).columns) == {*declared(Candidate), "occ_symbol"}


def test_a_csv_with_a_head_alone_is_an_empty_chain(tmp_path: Path) -> None:
    (tmp_path / "chain.csv").write_text(CSV.splitlines()[0] + "\n", "utf-8")
    assert table(BESIDE.format("chain.csv"), tmp_path).size == 0


def test_each_candidate_knows_its_place(tmp_path: Path) -> None:
    (tmp_path / "chain.csv").write_text(CSV, "utf-8")
    beside = read(BESIDE.format("chain.csv"), tmp_path).places
    assert beside["candidates", 1, "delta"] == Place("chain.csv", 3, 6)
    assert beside["candidates", 1, "multiplier"] == Place("x.yaml", 9, 43)
    assert beside["candidates", 1] == Place("chain.csv", 3, 1)
    assert read(COLUMNS).places["candidates", 1, "delta"] == Place("x.yaml", 17, 18)
    assert read(ROWS).places["candidates", 1, "strike"] == Place("x.yaml", 12, 44)
    assert ("candidates", 2, "strike") not in read(ROWS).places


def test_every_plausibility_is_judged_in_each_row() -> None:
    found = table(
        """
  underlying: IWM
  right: [put, call, put, put, put]
  strike: [1, 2, 3, 4, -5]
  expiration: [2026-03-05, 2026-03-05, 2026-03-04, 2026-03-05, 2026-03-05]
  multiplier: 100
  bid: [2, 1, 1, 0, -1]
  ask: [1, 1, null, 1, .nan]
  delta: [0.4, -0.4, 42, -0.4, -1]
  quoted_at: [2026-03-05T15:00:00Z, 2026-03-05T15:00:00.001Z, null, null, null]
"""
    )
    assert found.implausible == {
        ("bid", 0): "crossed", ("ask", 0): "crossed", ("delta", 0): "put_delta_sign",
        ("delta", 1): "call_delta_sign", ("quoted_at", 1): "future",
        ("bid", 2): "one_sided", ("delta", 2): "delta_units", ("expiration", 2): "expired",
        ("ask", 3): "one_sided",
        ("strike", 4): "not_positive", ("bid", 4): "negative", ("ask", 4): "not_a_number",
    }  # fmt: skip
    assert [found.row(2).expiration, found.row(4).ask] == [
        Implausible("expired", date(2026, 3, 4)), Implausible("not_a_number", ".nan"),
    ]  # fmt: skip
    assert all(found.columns[fact][row] is None for fact, row in found.implausible)


def test_fifty_thousand_candidates_are_read(tmp_path: Path) -> None:
    rows = "".join(f"IWM,put,{strike / 10},2026-03-06,1.95,-0.42\n" for strike in range(1, 50_001))
    (tmp_path / "chain.csv").write_text(CSV.splitlines()[0] + "\n" + rows, "utf-8")
    found = table(BESIDE.format("chain.csv"), tmp_path)
    assert (found.size, found.columns["strike"][-1]) == (50_000, 50_000_000)


def test_what_is_read_does_not_hang_on_the_decimal_context() -> None:
    with localcontext() as context:
        context.prec = 2
        found = table(COLUMNS)
    assert found == table(COLUMNS)


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    heavy = "polars, numpy, pandas, jsonschema, QuantLib, exchange_calendars"
    code = f"import sys, engine.snapshot, engine.dump; print([m for m in {heavy.split(', ')} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def candidate(**other: object) -> Candidate:
    given = {"underlying": "IWM", "right": "put", "strike": 200, "expiration": "2026-03-06", "multiplier": 100}
    return Candidate.model_validate(given | other)


def test_rows_made_in_python_become_columns_and_rows_again() -> None:
    rows = (candidate(bid=Decimal("1.95"), ask=Decimal("NaN")), candidate(right="call", strike=Decimal(-1)))
    found = Candidates.of(rows)
    assert tuple(map(found.row, range(found.size))) == rows
    assert found.implausible == {("ask", 0): "not_a_number", ("strike", 1): "not_positive"}


def test_the_same_contract_twice_is_refused_in_python() -> None:
    with pytest.raises(FormError, match="row 1 has the contract of row 0 again; keep one of them"):
        Candidates.of([candidate(), candidate(bid=Decimal(1))])


@pytest.mark.parametrize("strike", [Decimal("NaN"), Decimal(-1), None])
def test_two_rows_of_which_nobody_knows_the_strike_are_no_contract_twice(strike: Decimal | None) -> None:
    assert Candidates.of([candidate(strike=strike), candidate(strike=strike)]).columns["strike"] == [None, None]


def test_a_column_of_floats_is_refused_in_python() -> None:
    with pytest.raises(FormError, match=r"1\.95 is no number; write one such as 1\.95"):
        Candidates.of_columns({"bid": [1.95]})


@pytest.mark.parametrize(
    ("underlying", "strike", "symbol"),
    [
        ("SPY", "668", "SPY   260306P00668000"),
        ("AAPL", "262.5", "AAPL  260306P00262500"),
        ("BRK.B", "0.001", "BRKB  260306P00000001"),
        ("SPY", "99999.999", "SPY   260306P99999999"),
        ("SPY", "100000", None),
        ("SPY", "0.0001", None),
        ("LONGEST", "1", None),
        ("LONGESTNAM", "10000000", None),
    ],
)
def test_the_name_of_a_contract_has_21_characters_or_is_none(underlying: str, strike: str, symbol: str | None) -> None:
    assert occ_symbol(underlying, date(2026, 3, 6), "put", Decimal(strike)) == symbol


DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))
INSTANTS = st.builds(
    lambda day, milliseconds: datetime.combine(day, datetime.min.time(), UTC) + timedelta(milliseconds=milliseconds),
    DAYS,
    st.integers(0, 86_399_999),
)
TICKERS = st.from_regex(r"[A-Z][A-Z0-9.]{0,9}", fullmatch=True) | st.sampled_from(["ON", "Y", "NO", "NULL", "NAN"])
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._^-]{0,9}", fullmatch=True) | st.sampled_from(["1", "1e5", "no", "00"])
WRITTEN = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | WRITTEN | st.decimals(-9, 9, places=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WRITTEN, inner, max_size=2),
    max_leaves=3,
)


def numbers(scale: int) -> st.SearchStrategy[Decimal]:
    digits = st.integers(1 - 10**12, 10**12 - 1) | st.integers(-9, 9)
    return digits.map(lambda number: Decimal(f"{number}E-{scale}")) | st.sampled_from([Decimal("NaN"), Decimal("-Inf")])


def values(model: type[facts.Rows], name: str) -> st.SearchStrategy[Any]:
    fact = declared(model)[name]
    of_kind: dict[str, st.SearchStrategy[Any]] = {
        "number": numbers(fact.type.scale),
        "bool": st.booleans(),
        "date": DAYS,
        "instant": INSTANTS,
        "symbol": st.sampled_from(fact.words) if fact.words else TICKERS,
        "text": NAMES,
        "series": st.dictionaries(DAYS, st.none() | numbers(fact.type.scale), max_size=5),
    }
    nullable = type(None) in get_args(model.model_fields[name].annotation)
    return of_kind[fact.type.kind] | st.none() if nullable else of_kind[fact.type.kind]


def rows(model: type[facts.Rows], **other: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    known = {name: values(model, name) for name in declared(model) if name not in other}
    return st.builds(model, **known, **other)


def listed(of: st.SearchStrategy[Any], by: str = "") -> st.SearchStrategy[Any]:
    return st.lists(of, max_size=2, unique_by=attrgetter(by) if by else None).map(tuple)


MEMORIES = st.dictionaries(WRITTEN, st.dictionaries(WRITTEN, st.dictionaries(WRITTEN, PLAIN, max_size=2), max_size=2))
CHAINS = listed(rows(Candidate), "strike").map(Candidates.of)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    number = count()
    ids = st.builds(lambda name: f"{name}-{next(number)}", NAMES)
    sleeves = rows(
        facts.Sleeve,
        flows=st.none() | rows(facts.Flow).map(lambda flow: (flow,)),
        holdings=st.none() | listed(rows(facts.Holding), "symbol"),
        positions=st.none() | listed(rows(facts.Position, id=ids)),
    )
    accounts = []
    for _ in range(draw(st.integers(0, 2))):
        own = draw(st.none() | listed(sleeves, "kind"))
        kinds = [sleeve.kind for sleeve in own or ()]
        orders = listed(rows(facts.Order, id=ids, sleeve=st.sampled_from(kinds))) if kinds else st.just(())
        events = listed(rows(facts.Event, sleeve=st.sampled_from([None, *kinds])))
        more = {"sleeves": st.just(own), "orders": st.none() | orders, "events": st.none() | events}
        accounts.append(draw(rows(facts.Account, id=ids, **more)))
    homes = [(account.id, sleeve.kind) for account in accounts for sleeve in account.sleeves or ()]
    proposals: Iterable[facts.Proposal] = ()
    if homes:
        home = draw(st.sampled_from(homes))
        proposals = draw(listed(rows(facts.Proposal, account=st.just(home[0]), sleeve=st.just(home[1])), "strike"))
    opens = sorted(draw(st.sets(DAYS, max_size=3)))
    sessions = tuple(
        facts.Session(
            date=day, open=datetime(day.year, day.month, day.day, 14, tzinfo=UTC),
            close=datetime(day.year, day.month, day.day, 20, tzinfo=UTC),
        )
        for day in opens
    )  # fmt: skip
    zone = draw(st.sampled_from(["America/New_York", "UTC", "Asia/Kolkata", "Africa/Monrovia"]))
    return Snapshot(
        format=1,
        origin=draw(WRITTEN),
        as_of=draw(INSTANTS),
        calendar=facts.Calendar(zone=zone, sessions=sessions),
        market=draw(rows(facts.Market)),
        host=draw(rows(facts.Host)),
        symbols=draw(
            listed(
                rows(
                    facts.Symbol,
                    bars=st.none() | listed(rows(facts.Bar)),
                    earnings=st.none() | listed(rows(facts.Report)),
                ),
                "symbol",
            )
        ),
        accounts=tuple(accounts),
        candidates=draw(st.none() | CHAINS),
        proposals=tuple(proposals),
        memory=draw(st.none() | MEMORIES),
        assume=draw(listed(st.builds(facts.Assumption, fact=WRITTEN, value=PLAIN))),
    )


@settings(suppress_health_check=[HealthCheck.too_slow])  # a whole snapshot takes its time
@given(snapshots())
def test_a_snapshot_that_is_written_reads_back_equal(snapshot: Snapshot) -> None:
    assert parse_snapshot(dump_snapshot(snapshot).encode(), "x.yaml", HERE) == snapshot


@pytest.mark.parametrize("name", ["chain.csv", "chain.json", "chain.parquet"])
def test_candidates_that_are_written_beside_it_read_back_equal(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    folder = tmp_path_factory.mktemp("beside")

    @given(CHAINS)
    def check(chain: Candidates) -> None:
        snapshot = read("\n").model_copy(update={"candidates": chain}).judged()
        assert snapshot.candidates is not None
        write_candidates(snapshot.candidates, folder / name)
        assert parse_snapshot(dump_snapshot(snapshot, name).encode(), "x.yaml", folder) == snapshot

    check()


def test_a_dump_is_as_a_person_would_write_it() -> None:
    source = HEAD.replace("market: {}", "market: {vix: 18.25}") + COLUMNS
    expected = """\
format: 1
origin: "made up"
as_of: 2026-03-05T10:00:00-05:00
calendar:
  zone: America/New_York
  sessions: []
market: {vix: 18.25}
host: {}
symbols: []
accounts: []
candidates:
  underlying: [IWM, IWM]
  right: [put, call]
  strike: [190, 191.5]
  expiration: [2026-03-06, 2026-03-06]
  multiplier: [100, 100]
  bid: [1.95, null]
  quoted_at: [2026-03-05T09:59:58-05:00, 2026-03-05T09:59:58-05:00]
  delta: [-0.42, 0.421234]
"""
    assert dump_snapshot(parse_snapshot(source.encode(), "x.yaml", HERE)) == expected


def test_what_nothing_was_found_for_cannot_be_written() -> None:
    market = facts.Market(vix=Implausible("circuit_open"))
    snapshot = read("\n").model_copy(update={"market": market})
    with pytest.raises(ValueError, match="which cannot be read from any file"):
        dump_snapshot(snapshot)


def test_a_table_of_another_kind_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'\.xlsx' is no form of a table; name the file \.parquet"):
        write_candidates(table(COLUMNS), tmp_path / "chain.xlsx")


SCHEMA = Draft202012Validator(snapshot_schema())


def as_json(source: str) -> object:
    faults: list[Fault] = []
    node = read_yaml(source.encode(), "x.yaml", faults)
    assert node is not None
    assert not faults
    return plain(node)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(snapshot_schema())


@pytest.mark.parametrize("candidates", [COLUMNS, ROWS, BESIDE.format("chain.csv"), " null\n", " []\n", " {}\n"])
def test_the_schema_accepts_what_is_read(candidates: str) -> None:
    assert list(SCHEMA.iter_errors(as_json(HEAD + candidates))) == []


@settings(suppress_health_check=[HealthCheck.too_slow])  # likewise
@given(snapshots())
def test_the_schema_accepts_whatever_is_written(snapshot: Snapshot) -> None:
    assert list(SCHEMA.iter_errors(as_json(dump_snapshot(snapshot)))) == []


@pytest.mark.parametrize(
    "source",
    [
        HEAD + " null\nspot: 192\n",
        HEAD.replace("market: {}", "market: {vixx: 18}") + "\n",
        HEAD.replace("as_of: 2026-03-05T10:00:00-05:00", "as_of: 2026-03-05T10:00:00") + "\n",
        HEAD.replace("host: {}", "host: {healthy: 1}") + "\n",
        HEAD + " none\n",
        HEAD + COLUMNS.replace("right: [put, call]", "right: [put, calls]"),
        HEAD + COLUMNS.replace("right: [put, call]", "rights: [put, call]"),
        HEAD + ROWS.replace("strike: 190, ", ""),
        HEAD + BESIDE.format("../chain.csv"),
        HEAD + BESIDE.format("chain.xlsx"),
    ],
)
def test_the_schema_refuses_what_is_refused(source: str) -> None:
    assert not SCHEMA.is_valid(as_json(source))
    with pytest.raises(FactError):
        parse_snapshot(source.encode(), "x.yaml", HERE)
