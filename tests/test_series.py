"""Series of closes in a snapshot's file: what is read, refused, unknown for one date alone, written and read back."""

import json
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from engine.dump import dump_snapshot
from engine.facts import Assumption, Market, Snapshot
from engine.fields import Implausible
from engine.fill import fill
from engine.law.model import Constitution
from engine.law.text import Node, plain, read_yaml
from engine.place import FactError, Place
from engine.rows import read_fact, type_of
from engine.schemas import schemas
from engine.series import Delivered, Series
from engine.snapshot import parse_snapshot
from tests.conftest import examples
from tests.tiny import facts, tiny

HERE = Path()
HEAD = (
    "format: 1\norigin: made up\nas_of: 2026-03-05T10:00:00-05:00\n"
    "calendar: {zone: America/New_York, sessions: []}\nhost: {}\nsymbols: []\naccounts: []\n"
)
MONDAY, TUESDAY, WEDNESDAY = (date(2026, 3, day) for day in (2, 3, 4))


def text(closes: str) -> str:
    return f"{HEAD}market: {{vix_closes: {closes}}}\n"


def read(closes: str) -> Snapshot:
    return parse_snapshot(text(closes).encode(), "x.yaml", HERE)


def series(closes: str) -> Series:
    found = read(closes).market.vix_closes
    assert found is not None
    return found


def lines(closes: str) -> list[str]:
    with pytest.raises(FactError) as raised:
        read(closes)
    return str(raised.value).splitlines()


def made(closes: object) -> Series:
    found = Market.model_validate({"vix_closes": closes}).vix_closes
    assert found is not None
    return found


# What is read


def test_closes_are_scaled_once_and_stand_oldest_first() -> None:
    found = series("{2026-03-04: 18.2, 2026-03-02: 17, 2026-03-03: 17.9001}")
    assert found == Series((739677, 739678, 739679), (170_000, 179_001, 182_000))
    assert str(found) == "3 closes from 2026-03-02 to 2026-03-04"


@pytest.mark.parametrize(
    "closes",
    [
        '{"2026-03-03": 17.9, "2026-03-04": 18.2}',
        "{2026-03-04: 18.20, '2026-03-03': 17.9000}",
        "\n  {2026-03-04: 18.2,\n   2026-03-03: 17.9}",
    ],
)
def test_neither_order_nor_quotes_matter(closes: str) -> None:
    assert read(closes) == read("{2026-03-03: 17.9, 2026-03-04: 18.2}")


def test_json_is_read_as_yaml_is() -> None:
    values = plain(_node(text("{2026-03-03: 17.9, 2026-03-04: 18}")))
    document = json.dumps(values, default=float).encode()
    assert parse_snapshot(document, "x.json", HERE) == read("{2026-03-03: 17.9, 2026-03-04: 18}")


def _node(source: str) -> Node:
    node = read_yaml(source.encode(), "x.yaml", [])
    assert node is not None
    return node


def test_what_was_not_delivered_is_missing_and_what_is_empty_has_no_close() -> None:
    assert read("null").market.vix_closes is None
    assert (series("{}"), str(series("{}"))) == (Series((), ()), "no closes")
    assert str(series("{2026-03-04: null}")) == "the close of 2026-03-04"


@pytest.mark.parametrize(
    ("close", "why", "found"),
    [
        ("NaN", "not_a_number", "NaN"),
        (".inf", "not_a_number", ".inf"),
        ("0", "not_positive", Decimal(0)),
        ("-0.0001", "not_positive", Decimal("-0.0001")),
    ],
)
def test_a_close_that_cannot_be_true_is_unknown_for_its_date_alone(close: str, why: str, found: Delivered) -> None:
    read_ = series(f"{{2026-03-03: {close}, 2026-03-04: 18.2}}")
    assert read_ == Series((739678, 739679), (None, 182_000), ((739678, why, found),))


def test_a_close_of_null_is_unknown_for_its_date_alone() -> None:
    assert series("{2026-03-03: null, 2026-03-04: 0.0001}") == Series((739678, 739679), (None, 1))


# What is refused


def test_every_fault_of_a_series_has_its_place() -> None:
    assert lines('{2026-02-30: 17, x: 18, 2026-03-02: "17", 2026-03-03: [17], 2026-03-04: 1.00001, 20260305: 1}') == [
        "x.yaml:8:23 date: '2026-02-30' is not in the calendar; check month and day",
        "x.yaml:8:39 date: 'x' is no date; write one such as 2026-03-05",
        "x.yaml:8:58 type: '17' is a text; write it without quotes",
        "x.yaml:8:76 type: a list is no number; write one such as 1.95",
        "x.yaml:8:94 decimals: 1.00001 has more decimals than the 4 that closes keeps; round it where it is made",
        "x.yaml:8:103 key: '20260305' is no text, which a key must be; write '\"20260305\"'",
    ]


@pytest.mark.parametrize(
    ("closes", "fault"),
    [
        ("[18.2]", "x.yaml:8:22 type: a list stands where a mapping is due"),
        ("18.2", "x.yaml:8:22 type: 18.2 stands where a mapping is due"),
        ("{2026-03-04: true}", "x.yaml:8:35 type: true is no number; write one such as 1.95"),
        ("{2026-03-04: {a: 1}}", "x.yaml:8:35 type: a mapping is no number; write one such as 1.95"),
        (
            "{2026-03-04: 1000000000000}",
            "x.yaml:8:35 digits: 1000000000000 has more than 12 digits before the point; check it",
        ),
        (
            '{2026-03-04: 18, "2026-03-04": 18}',
            "x.yaml:8:39 duplicate-key: '2026-03-04' is written again, first at x.yaml:8:23; keep one of them",
        ),
    ],
)
def test_what_is_no_series_refuses_the_file(closes: str, fault: str) -> None:
    assert lines(closes) == [fault]


def test_a_date_that_stands_twice_in_python_is_refused() -> None:
    with pytest.raises(ValidationError, match="a date stands here twice; keep one of them"):
        made({WEDNESDAY: Decimal(18), "2026-03-04": Decimal(19)})


# What a model holds


def test_a_series_is_taken_as_it_is() -> None:
    found = made({WEDNESDAY: Decimal(18), TUESDAY: None, MONDAY: Implausible("not_a_number", "NaN")})
    assert found == Series((739677, 739678, 739679), (None, None, 180_000), ((739677, "not_a_number", "NaN"),))
    assert made(found) is found
    assert hash(found) == hash(made({"2026-03-02": "NaN", "2026-03-03": None, "2026-03-04": Decimal("18.0")}))


@pytest.fixture
def law(tmp_path: Path) -> Constitution:
    return tiny(tmp_path, facts(market_known="known(market.vix_closes)")).law


def test_filling_the_columns_takes_the_series_itself(law: Constitution) -> None:
    snapshot = read("{2026-03-04: 18.2}")
    columns = fill(law, snapshot).columns
    assert columns["market.vix_closes"][0] is snapshot.market.vix_closes
    assert columns["market.spx_closes"] == [None]


def test_every_close_knows_where_it_was_written() -> None:
    snapshot = read("{2026-03-03: 17.9, 2026-03-04: 18.2}")
    assert snapshot.places["market", "vix_closes", "2026-03-04"] == Place("x.yaml", 8, 53)


def test_a_series_is_not_stated_over_a_snapshot(law: Constitution) -> None:
    stated = read("{2026-03-04: 18.2}").model_copy(
        update={"assume": (Assumption(fact="market.vix_closes", value={"2026-03-04": 19}),)}
    )
    said = "a series of closes is not stated; write it into the snapshot's market, or state null"
    with pytest.raises(FactError, match=f"assume: {said}"):
        fill(law, stated)
    kind = type_of(law, "market", "vix_closes")
    assert kind is not None
    assert read_fact(None, kind) is None


@pytest.mark.parametrize(
    ("breadth", "expected"),
    [
        ("0", Decimal(0)),
        ("0.2", Decimal("0.2")),
        ("1", Decimal(1)),
        ("1.000001", Implausible("share_units", Decimal("1.000001"))),
        ("57.97", Implausible("share_units", Decimal("57.97"))),
        ("-0.000001", Implausible("negative", Decimal("-0.000001"))),
        ("NaN", Implausible("not_a_number", "NaN")),
        ("null", None),
    ],
)
def test_a_breadth_is_a_share(breadth: str, expected: object) -> None:
    source = f"{HEAD}market: {{breadth: {breadth}, breadth_date: 2026-03-04}}\n"
    market = parse_snapshot(source.encode(), "x.yaml", HERE).market
    assert (market.breadth, market.breadth_date) == (expected, WEDNESDAY)


# What is written


def test_closes_are_written_several_on_a_line() -> None:
    closes = {date(2026, 1, 1) + timedelta(days=number): Decimal(20 + number) / 8 for number in range(9)}
    source = read("{}").model_copy(update={"market": Market(vix_closes=made(closes))})
    assert dump_snapshot(source).partition("market:\n")[2].partition("host:")[0] == (
        "  vix_closes:\n"
        "    {2026-01-01: 2.5, 2026-01-02: 2.625, 2026-01-03: 2.75, 2026-01-04: 2.875, 2026-01-05: 3,\n"
        "     2026-01-06: 3.125, 2026-01-07: 3.25, 2026-01-08: 3.375, 2026-01-09: 3.5}\n"
    )


_DELIVERED = st.one_of(
    st.integers(-100, 10**12).map(lambda value: Decimal(value).scaleb(-4)), st.sampled_from([None, "NaN", "-inf", 0])
)


@examples(150)
@given(st.dictionaries(st.dates(date(1990, 1, 1), date(2100, 12, 31)), _DELIVERED, max_size=40))
def test_what_is_written_is_read_back_equal(closes: dict[date, object]) -> None:
    source = read("{}").model_copy(update={"market": Market(vix_closes=made(closes), spx_closes=made({}))})
    written = dump_snapshot(source)
    again = parse_snapshot(written.encode(), "x.yaml", HERE)
    assert again == source
    assert dump_snapshot(again) == written
    assert errors(written) == []


def test_what_no_file_says_is_not_written() -> None:
    source = read("{}").model_copy(update={"market": Market(vix_closes=made({WEDNESDAY: Implausible("guessed")}))})
    with pytest.raises(ValueError, match="have one that cannot be read from any file"):
        dump_snapshot(source)


# What an editor says


@cache
def schema() -> Draft202012Validator:
    return Draft202012Validator(schemas()["snapshot"])


def errors(source: str) -> list[str]:
    return [error.json_path for error in schema().iter_errors(plain(_node(source)))]


@pytest.mark.parametrize(
    "closes", ["null", "{}", '{2026-03-03: 17.9, "2026-03-04": 18, 2026-03-02: NaN, 2026-02-27: null}']
)
def test_the_schema_accepts_what_is_read(closes: str) -> None:
    assert read(closes)
    assert errors(text(closes)) == []


@pytest.mark.parametrize("closes", ["[1]", "18", "{x: 1}", "{20260304: 1}", '{2026-03-04: "18"}', "{2026-03-04: [1]}"])
def test_the_schema_refuses_what_is_refused(closes: str) -> None:
    assert lines(closes)
    assert errors(text(closes)) == ["$.market.vix_closes"]
