"""A snapshot's file: what is read, what is refused and with which words, what stays as implausible."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from engine.facts import Account, Calendar, Host, Market, Position, Sleeve, Snapshot, Symbol
from engine.fields import Implausible
from engine.place import FactError, Place
from engine.snapshot import LIMIT, parse_snapshot, read_snapshot

BAD = Path(__file__).parent / "bad_snapshots"
HERE = Path()
AS_OF = "2026-03-05T10:00:00-05:00"
GOOD = {
    "format": "1",
    "origin": "made up",
    "as_of": AS_OF,
    "calendar": "{zone: America/New_York, sessions: []}",
    "market": "{}",
    "host": "{}",
    "symbols": "[]",
    "accounts": "[]",
}
PUT = "{id: P1, underlying: IWM, right: put, strike: 200, expiration: 2026-03-06, multiplier: 100, quantity: -5"


def text(**other: str) -> str:
    """Return a small good file, some of its entries written otherwise."""
    return "".join(f"{key}: {value}\n" for key, value in (GOOD | other).items())


def read(source: str) -> Snapshot:
    return parse_snapshot(source.encode(), "x.yaml", HERE)


def lines(source: str | bytes, folder: Path = HERE) -> list[str]:
    data = source.encode() if isinstance(source, str) else source
    with pytest.raises(FactError) as raised:
        parse_snapshot(data, "x.yaml", folder)
    return str(raised.value).splitlines()


def sleeve(positions: str) -> str:
    return f"[{{id: A1, sleeves: [{{kind: gen, positions: [{positions}]}}]}}]"


def position(more: str, as_of: str = AS_OF, put: str = PUT) -> Position:
    """Return one position as the file says it, `more` behind what every one has."""
    snapshot = read(text(accounts=sleeve(f"{put}, {more}}}"), as_of=as_of))
    found = (snapshot.accounts[0].sleeves or ())[0].positions or ()
    return found[0]


@pytest.mark.parametrize("name", sorted(path.stem for path in BAD.glob("*.yaml")))
def test_each_bad_snapshot_is_refused_with_the_line_beside_it(name: str) -> None:
    data = (BAD / f"{name}.yaml").read_bytes()
    with pytest.raises(FactError) as raised:
        parse_snapshot(data, f"{name}.yaml", BAD)
    assert f"{raised.value}\n" == (BAD / f"{name}.txt").read_text("utf-8")


def test_all_faults_are_found_in_one_pass() -> None:
    source = text(
        as_of="2026-03-05T10:00:00",
        market='{vix: "18", vixx: 3}',
        host="{healthy: no}",
        accounts=f"[{{id: A1, sleeves: [{{kind: gen, positions: [{PUT}}}, {PUT}}}]}}, {{kind: gen}}]}}]",
        candidates="{underlying: [IWM], right: [putt], strike: [1, 2], expiration: [2026-03-06], multiplier: 100}",
    )
    assert lines(source) == [
        "x.yaml:3:8 naive-time: '2026-03-05T10:00:00' has no offset; write -05:00 or Z",
        "x.yaml:5:15 type: '18' is a text; write it without quotes",
        "x.yaml:5:21 unknown-field: market has no 'vixx'; did you mean 'vix'?",
        "x.yaml:6:17 ambiguous-bool: 'no' is read as a boolean by YAML 1.1; write true or false, or quote it",
        "x.yaml:8:167 duplicate-id: position 'P1' stands here again; keep one of them",
        "x.yaml:8:278 duplicate-id: sleeve 'gen' stands here again; keep one of them",
        "x.yaml:9:41 unknown-word: right: 'putt' is not a word for this; did you mean 'put'?",
        "x.yaml:9:48 ragged: 'strike' has 2 rows and 'underlying' has 1; make them equal",
    ]


def test_a_file_of_100_megabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as stream:
        stream.truncate(100 * 1024 * 1024)
    with pytest.raises(FactError) as raised:
        read_snapshot(path)
    allowed = f"more than the {LIMIT} bytes allowed; shorten or split the file"
    assert str(raised.value) == f"{path}:1:1 too-large: {allowed}"


def test_100_megabytes_on_standard_input_are_refused_unread() -> None:
    with pytest.raises(FactError) as raised:
        parse_snapshot(bytes(100 * 1024 * 1024), "<stdin>", HERE)
    allowed = f"more than the {LIMIT} bytes allowed; put the candidates into a file beside it"
    assert str(raised.value) == f"<stdin>:1:1 too-large: {allowed}"


def test_a_sidecar_of_100_megabytes_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "chain.csv").open("wb") as stream:
        stream.truncate(100 * 1024 * 1024)
    found = f"'chain.csv' cannot be read: it has more than the {LIMIT} bytes allowed; mend it or its name"
    assert lines(text(candidates="{file: chain.csv}"), tmp_path) == [f"x.yaml:9:20 sidecar: {found}"]


def test_a_bomb_of_aliases_is_refused_at_its_first_anchor() -> None:
    bomb = "".join(f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 'boom'}]\n" for n in range(9))
    assert (
        lines(text(memory="\n" + bomb))[0] == "x.yaml:10:7 anchor: '&a0' is an anchor; delete it and write values out"
    )


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "nowhere.yaml"
    with pytest.raises(FactError) as raised:
        read_snapshot(path)
    assert str(raised.value) == f"{path}:1:1 missing: there is no such file; check the name"


def test_a_list_is_no_snapshot() -> None:
    assert lines("[1]\n") == ["x.yaml:1:1 type: no mapping stands here; a snapshot begins with 'format: 1'"]


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "chain.csv").write_text("underlying\nIWM\n", "utf-8")
    (folder / "chain.csv").symlink_to(tmp_path / "chain.csv")
    found = "'chain.csv' cannot be read: it is outside the snapshot's folder; mend it or its name"
    assert lines(text(candidates="{file: chain.csv}"), folder) == [f"x.yaml:9:20 sidecar: {found}"]


def test_json_is_read_as_yaml_is() -> None:
    data = {
        "format": 1, "origin": "made up", "as_of": AS_OF,
        "calendar": {"zone": "America/New_York", "sessions": []},
        "market": {"vix": 18.25}, "host": {}, "symbols": [], "accounts": [],
    }  # fmt: skip
    assert read(json.dumps(data)) == read(text(market="{vix: 18.25}"))
    assert read(json.dumps(data, indent=2) + "\n").market.vix == Decimal("18.25")


def test_where_a_value_was_written_is_known() -> None:
    snapshot = read(text(accounts=sleeve(f"{PUT}, bid: 1.95}}"), candidates="{underlying: [], strike: []}"))
    route = ("accounts", 0, "sleeves", 0, "positions", 0)
    assert snapshot.places[route] == Place("x.yaml", 8, 55)
    assert snapshot.places[*route, "bid"] == Place("x.yaml", 8, 166)
    assert ("candidates", 0) not in snapshot.places
    assert Snapshot.model_validate(dict(snapshot)).places == {}


def test_where_it_was_written_makes_no_other_snapshot() -> None:
    assert read(text()) == parse_snapshot(("\n" + text()).encode(), "y.yaml", HERE)


def test_numbers_are_exact() -> None:
    snapshot = read(text(market="{vix: 18.1000}", accounts="[{id: A1, net_liquidation: 1234567890.12}]"))
    assert str(snapshot.market.vix) == "18.1000"
    assert snapshot.accounts[0].net_liquidation == Decimal("1234567890.12")


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-03-05T10:00:00-05:00", "2026-03-05T15:00:00+00:00"),
        ("2026-03-05T15:00:00Z", "2026-03-05T15:00:00+00:00"),
        ("2026-03-05T15:00+00:00", "2026-03-05T15:00:00+00:00"),
        ("2026-03-05T10:00:00.250000-05:00", "2026-03-05T15:00:00.250000+00:00"),
        ("2026-11-01T01:30:00-04:00", "2026-11-01T05:30:00+00:00"),
        ("2026-11-01T01:30:00-05:00", "2026-11-01T06:30:00+00:00"),
        ("2026-03-08T01:59:59-05:00", "2026-03-08T06:59:59+00:00"),
        ("2026-03-08T03:00:00-04:00", "2026-03-08T07:00:00+00:00"),
    ],
)
def test_a_time_is_the_instant_that_its_offset_says(written: str, instant: str) -> None:
    assert read(text(as_of=written)).as_of.isoformat() == instant


@pytest.mark.parametrize("minute", ["00", "30", "59"])
@pytest.mark.parametrize("offset", ["-05:00", "-04:00"])
def test_a_time_in_the_gap_is_refused_whatever_its_offset(minute: str, offset: str) -> None:
    found = lines(text(as_of=f"2026-03-08T02:{minute}:00{offset}"))
    there = f"2026-03-08T03:{minute}:00-04:00" if offset == "-05:00" else f"2026-03-08T01:{minute}:00-05:00"
    written = f"'2026-03-08T02:{minute}:00{offset}' is {there} in America/New_York; write that, or Z"
    assert found == [f"x.yaml:3:8 offset: {written}"]


@pytest.mark.parametrize(
    ("more", "bid", "ask"),
    [
        (
            "bid: NaN, ask: 2.05",
            Implausible("not_a_number", "NaN"),
            Implausible("one_sided", Decimal("2.05")),
        ),
        ("bid: .nan, ask: .inf", Implausible("not_a_number", ".nan"), Implausible("not_a_number", ".inf")),
        (
            "bid: -1, ask: -Infinity",
            Implausible("negative", Decimal(-1)),
            Implausible("not_a_number", "-Infinity"),
        ),
        ("bid: 0, ask: 0", Decimal(0), Implausible("not_positive", Decimal(0))),
        ("bid: 0, ask: 0.05", Decimal(0), Implausible("one_sided", Decimal("0.05"))),
        ("bid: 1.95", Implausible("one_sided", Decimal("1.95")), None),
        ("ask: 1.95", None, Implausible("one_sided", Decimal("1.95"))),
        (
            "bid: 2.06, ask: 2.05",
            Implausible("crossed", Decimal("2.06")),
            Implausible("crossed", Decimal("2.05")),
        ),
        ("bid: 2.05, ask: 2.05", Decimal("2.05"), Decimal("2.05")),
        ("bid: 2.04, ask: 2.05", Decimal("2.04"), Decimal("2.05")),
        ("bid: null, ask: null", None, None),
    ],
)
def test_a_quote_that_cannot_be_true_stays_as_implausible(more: str, bid: object, ask: object) -> None:
    found = position(more)
    assert (found.bid, found.ask) == (bid, ask)


@pytest.mark.parametrize(
    ("right", "delta", "found"),
    [
        ("put", "0.42", Implausible("put_delta_sign", Decimal("0.42"))),
        ("put", "-0.42", Decimal("-0.42")),
        ("call", "-0.42", Implausible("call_delta_sign", Decimal("-0.42"))),
        ("call", "0.42", Decimal("0.42")),
        ("put", "42", Implausible("delta_units", Decimal(42))),
        ("put", "-42", Implausible("delta_units", Decimal(-42))),
        ("put", "-1", Decimal(-1)),
        ("call", "1", Decimal(1)),
        ("call", "1.000001", Implausible("delta_units", Decimal("1.000001"))),
        ("put", "0", Decimal(0)),
        ("put", "NaN", Implausible("not_a_number", "NaN")),
    ],
)
def test_a_delta_of_the_wrong_sign_or_unit_stays_as_implausible(right: str, delta: str, found: object) -> None:
    assert position(f"delta: {delta}", put=PUT.replace("right: put", f"right: {right}")).delta == found


@pytest.mark.parametrize(
    ("as_of", "expiration"),
    [
        ("2026-03-06T23:59:59-05:00", date(2026, 3, 6)),
        ("2026-03-07T04:59:59Z", date(2026, 3, 6)),
        ("2026-03-07T00:00:00-05:00", Implausible("expired", date(2026, 3, 6))),
    ],
)
def test_a_contract_expires_with_its_day_on_the_exchanges_wall(as_of: str, expiration: object) -> None:
    assert position("delta: 0", as_of).expiration == expiration


def test_an_observation_of_the_future_stays_as_implausible() -> None:
    later, now = "2026-03-05T10:00:00.001-05:00", datetime(2026, 3, 5, 15, tzinfo=UTC)
    future = Implausible("future", now.replace(microsecond=1000))
    snapshot = read(
        text(
            market=f"{{vix: 18, vix_at: {later}}}",
            symbols=f"[{{symbol: IWM, spot: 192, spot_at: {later}}}, {{symbol: SPY, spot: 500, spot_at: {AS_OF}}}]",
        )
    )
    assert snapshot.market == Market(vix=Decimal(18), vix_at=future)
    assert [symbol.spot_at for symbol in snapshot.symbols] == [future, now]
    assert position(f"quoted_at: {later}").quoted_at == future


def test_a_bar_turned_upside_down_stays_as_implausible() -> None:
    bars = "[{date: 2026-03-04, high: 190, low: 192, close: 191}, {date: 2026-03-03, high: 190, low: 190, close: 190}]"
    found = read(text(symbols=f"[{{symbol: IWM, bars: {bars}}}]")).symbols[0].bars or ()
    assert (found[0].high, found[0].low, found[0].close) == (
        Implausible("bar_range", Decimal(190)), Implausible("bar_range", Decimal(192)), Decimal(191),
    )  # fmt: skip
    assert (found[1].high, found[1].low) == (Decimal(190), Decimal(190))


def test_a_probability_in_percent_stays_as_implausible() -> None:
    found = position("finish_in_the_money: 95, early_assignment_risk: 1")
    assert found.finish_in_the_money == Implausible("probability_units", Decimal(95))
    assert found.early_assignment_risk == Decimal(1)


def test_equity_of_zero_stays_as_implausible() -> None:
    snapshot = read(text(accounts="[{id: A1, sleeves: [{kind: gen, equity: 0}]}]"))
    assert (snapshot.accounts[0].sleeves or ())[0].equity == Implausible("not_positive", Decimal(0))


def test_what_is_not_there_is_missing_and_no_fault() -> None:
    snapshot = read(text())
    assert snapshot.market.vix is None
    assert snapshot.candidates is None
    assert read(text(accounts="[{id: A1}, {id: A2, sleeves: []}]")).accounts == (
        Account(id="A1"), Account(id="A2", sleeves=()),
    )  # fmt: skip


def test_proposals_are_judged_as_positions_are() -> None:
    proposal = (
        "underlying: IWM, right: put, strike: 200, expiration: 2026-03-04, multiplier: 100, bid: 2, ask: 1, delta: 1"
    )
    found = read(
        text(accounts=sleeve(""), proposals=f"[{{account: A1, sleeve: gen, side: sell, contracts: 1, {proposal}}}]")
    ).proposals[0]
    assert (found.expiration, found.bid, found.ask, found.delta) == (
        Implausible("expired", date(2026, 3, 4)),
        Implausible("crossed", Decimal(2)),
        Implausible("crossed", Decimal(1)),
        Implausible("put_delta_sign", Decimal(1)),
    )


def test_an_underlying_that_symbols_do_not_list_is_accepted() -> None:
    holding = "[{id: A1, sleeves: [{kind: com, holdings: [{symbol: AAPL, shares: 100}]}]}]"
    assert read(text(accounts=holding)).symbols == ()
    assert position("delta: 0").underlying == "IWM"


def test_an_order_may_be_sent_in_the_past_only() -> None:
    order = "{id: O1, sleeve: gen, underlying: IWM, side: sell, effect: open, contracts: 1"
    sent = "2026-03-05T10:00:01-05:00"
    accounts = f"[{{id: A1, sleeves: [{{kind: gen}}], orders: [{order}, sent_at: {sent}}}]}}]"
    found = (read(text(accounts=accounts)).accounts[0].orders or ())[0]
    assert found.sent_at == Implausible("future", datetime(2026, 3, 5, 15, 0, 1, tzinfo=UTC))


def made(**other: object) -> Snapshot:
    given = {
        "format": 1,
        "origin": "made",
        "as_of": AS_OF,
        "calendar": Calendar(zone="America/New_York", sessions=()),
        "market": Market(),
        "host": Host(),
        "symbols": (),
        "accounts": (),
    }
    return Snapshot.model_validate(given | other)


def short_put(**other: object) -> Position:
    given = {
        "id": "P1",
        "underlying": "IWM",
        "right": "put",
        "strike": 200,
        "expiration": "2026-03-06",
        "multiplier": 100,
        "quantity": -5,
    }
    return Position.model_validate(given | other)


def test_a_snapshot_made_in_python_is_judged_too() -> None:
    account = Account(id="A1", sleeves=(Sleeve(kind="gen", positions=(short_put(delta=Decimal(42)),)),))
    found = ((made(accounts=(account,)).accounts[0].sleeves or ())[0].positions or ())[0]
    assert found.delta == Implausible("delta_units", Decimal(42))


def test_a_copy_at_another_time_is_judged_anew() -> None:
    account = Account(id="A1", sleeves=(Sleeve(kind="gen", positions=(short_put(),)),))
    thursday = made(accounts=(account,))
    saturday = thursday.model_copy(update={"as_of": datetime(2026, 3, 7, 15, tzinfo=UTC)}).judged()
    positions = (saturday.accounts[0].sleeves or ())[0].positions or ()
    assert positions[0].expiration == Implausible("expired", date(2026, 3, 6))
    assert saturday.model_copy(update={"as_of": thursday.as_of}).judged() == thursday


def test_a_snapshot_made_in_python_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"symbols\.1\.symbol: symbol 'IWM' stands here again"):
        made(symbols=(Symbol(symbol="IWM"), Symbol(symbol="IWM")))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("strike", 1.95), ("strike", "1.95"), ("strike", True), ("expiration", datetime(2026, 3, 6, tzinfo=UTC)),
        ("quoted_at", datetime(2026, 3, 5, 15)), ("right", "Put"), ("id", "P1\n"),  # noqa: DTZ001
    ],
)  # fmt: skip
def test_a_value_of_another_form_is_refused_in_python(field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        short_put(**{field: value})


@pytest.fixture
def beside(tmp_path: Path) -> Callable[[str], list[str]]:
    """Return the faults of a snapshot with a CSV beside it."""

    def faults(csv: str) -> list[str]:
        (tmp_path / "chain.csv").write_text(csv, "utf-8")
        return lines(text(candidates="{file: chain.csv}"), tmp_path)

    return faults


def test_many_bad_cells_of_a_column_are_a_few_lines(beside: Callable[[str], list[str]]) -> None:
    rows = "".join(f"IWM,put,{strike}.00001,2026-03-06,100\n" for strike in range(1, 5001))
    found = beside("underlying,right,strike,expiration,multiplier\n" + rows)
    kept = "more decimals than the 4 that usd_per_share keeps; round it where it is made"
    assert (
        found[0] == "chain.csv:1:3 malformed: 4990 more values of 'strike' are malformed; mend them where they are made"
    )
    assert found[1:] == [f"chain.csv:{n + 1}:3 decimals: strike: {n}.00001 has {kept}" for n in range(1, 11)]


def test_the_same_bad_cell_in_many_rows_is_one_line(beside: Callable[[str], list[str]]) -> None:
    rows = "".join(f"IWM,putt,{strike},2026-03-06,100\n" for strike in range(1, 5001))
    assert beside("underlying,right,strike,expiration,multiplier\n" + rows) == [
        "chain.csv:2:2 unknown-word: right: 'putt' is not a word for this; did you mean 'put'? (and 4999 more like it)"
    ]


def test_a_quoted_break_does_not_move_the_places(beside: Callable[[str], list[str]]) -> None:
    csv = 'underlying,right,strike,expiration,multiplier\nIWM,"p\nut",1,2026-03-06,100\nIWM,put,x,2026-03-06,100\n'
    assert beside(csv) == [
        "chain.csv:3:2 unknown-word: right: 'p\\nut' is not a word for this; did you mean 'put'?",
        "chain.csv:4:3 type: strike: 'x' is no number; write one such as 1.95",
    ]
