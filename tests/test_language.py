"""The condition language: what parses, what it means, what is refused and where, in every style of a YAML scalar."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.decide import calendar_of, decide, examine
from engine.evaluate import Evaluator, blames
from engine.expr import check, tree
from engine.expr.check import Constant, Scope
from engine.expr.parse import ExpressionError, parse
from engine.expr.tree import show
from engine.expr.typed import Type, Typed
from engine.expr.units import UNITS, dimension, multiply
from engine.expr.units import show as show_unit
from engine.facts import Snapshot
from engine.fill import fill
from engine.law.load import load
from engine.law.values import Interval
from engine.place import LawError
from tests.conftest import examples
from tests.strategies import Document, calendar, sessions, snapshot
from tests.test_properties import thursday
from tests.tiny import SECTION, Tiny, facts, parameters, tiny, write

# Parsing and printing

_WORDS: Final = st.sampled_from(["a", "b", "spot", "inner", "counted", "sum", "all", "in_band", "_x", "A1"])
_PATHS: Final = st.lists(_WORDS, min_size=1, max_size=3).map(tuple)
_NAMES: Final = _PATHS.map(lambda path: tree.Name(0, path))
_ATOMS: Final = st.one_of(
    st.sampled_from(["0", "1", "2", "10", "3.50"]).map(lambda text: tree.Number(0, text)),
    st.sampled_from(["", "put", 'say "x"', "it's", "a b"]).map(lambda text: tree.String(0, text)),
    _NAMES,
)


def _larger(inner: st.SearchStrategy[tree.Tree]) -> st.SearchStrategy[tree.Tree]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    listing = several.map(lambda items: tree.Listing(0, items))
    signs = st.sampled_from(["+", "-", "*", "/", "<", "<=", ">", ">=", "==", "!="])
    return st.one_of(
        st.builds(tree.Binary, st.just(0), signs, inner, inner),
        st.builds(tree.Binary, st.just(0), st.just("in"), inner, st.one_of(listing, _NAMES)),
        st.builds(
            tree.Both, st.just(0), st.sampled_from(["&&", "||"]), st.lists(inner, min_size=2, max_size=3).map(tuple)
        ),
        st.builds(tree.Not, st.just(0), inner),
        st.builds(tree.Negative, st.just(0), inner),
        st.builds(tree.Call, st.just(0), _WORDS, several),
        st.builds(
            tree.Quantified, st.just(0), _NAMES, st.sampled_from(["exists", "all", "count", "sum"]), _WORDS, inner
        ),
    )


TREES: Final = st.recursive(_ATOMS, _larger, max_leaves=12)


def placeless(of: tree.Tree) -> tree.Tree:
    """Return a tree whose offsets are all zero."""
    match of:
        case tree.Call(arguments=arguments):
            return replace(of, at=0, arguments=tuple(map(placeless, arguments)))
        case tree.Quantified(source=source, body=body):
            return replace(of, at=0, source=replace(source, at=0), body=placeless(body))
        case tree.Negative(of=inner) | tree.Not(of=inner):
            return replace(of, at=0, of=placeless(inner))
        case tree.Binary(left=left, right=right):
            return replace(of, at=0, left=placeless(left), right=placeless(right))
        case tree.Both(terms=terms):
            return replace(of, at=0, terms=tuple(map(placeless, terms)))
        case tree.Listing(items=items):
            return replace(of, at=0, items=tuple(map(placeless, items)))
        case _:
            return replace(of, at=0)


@examples(500)
@given(TREES)
def test_what_is_shown_parses_to_the_same_tree(of: tree.Tree) -> None:
    assert placeless(parse(show(of))) == of
    assert show(parse(show(of))) == show(of)


@examples(150)
@given(TREES, st.sampled_from(["\n", "\r\n", "\t", "   ", "\n\n    "]))
def test_line_ends_and_blanks_mean_nothing(of: tree.Tree, blank: str) -> None:
    if "a b" not in (text := show(of)) and 'say "x"' not in text:
        assert placeless(parse(text.replace(" ", blank))) == of


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("a || b && c", "a || (b && c)"),
        ("a && b || c && d", "(a && b) || (c && d)"),
        ("a || b || c", "a || b || c"),
        ("!a && b", "(!a) && b"),
        ("!a == b", "(!a) == b"),
        ("a < b && c >= d", "(a < b) && (c >= d)"),
        ("a + b < c - d", "(a + b) < (c - d)"),
        ("a - b - c", "(a - b) - c"),
        ("a / b / c", "(a / b) / c"),
        ("a - b * c / d + e", "(a - ((b * c) / d)) + e"),
        ("-a * b", "(-a) * b"),
        ("--a", "-(-a)"),
        ("a in b && c", "(a in b) && c"),
        ("a in [1, 2] == c", None),
        ("a < b < c", None),
        ("a.all(b, c || d)", "a.all(b, (c || d))"),
        ("income in incomes", "(income) in (incomes)"),
        ("a.count > 1", "(a.count) > 1"),
    ],
)
def test_operators_bind_as_in_cel(text: str, means: str | None) -> None:
    if means is None:
        with pytest.raises(ExpressionError):
            parse(text)
    else:
        assert placeless(parse(text)) == placeless(parse(means))


@pytest.mark.parametrize(
    ("text", "at", "says"),
    [
        ("", 0, "the end"),
        ("a +", 3, "the end"),
        ("a ? b : c", 2, "there is no ternary: write a table"),
        ("a & b", 2, "and is written &&"),
        ("a | b", 2, "or is written ||"),
        ("a = b", 2, "equality is written =="),
        ("a % b", 2, "write a share as a ratio: 0.07"),
        ('a == "x\\"y"', 5, "'\"'"),
        ("a == b\\c", 6, "there are no escapes inside a string"),
        ("a < b < c", 6, "'<'"),
        ("(a", 2, "the end"),
        ("a b", 2, "'b'"),
        ("a.exists(b)", 10, "')'"),
        ("1.", 1, "'.'"),
        (".5", 0, "'.'"),
        ("a == 'x", 5, '"'),
        ("a\n  && § b", 7, "'§'"),
    ],
)
def test_what_does_not_parse_is_refused_at_its_offset(text: str, at: int, says: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        parse(text)
    assert (refused.value.at, refused.value.code) == (at, "expression")
    assert says.strip('"') in refused.value.message


# Names, types, units


class Sheet:
    """What the expressions below may read: of `m` by unit, of the rows `m.rows` likewise."""

    facts: Final[Mapping[str, Type]] = {
        **{unit: Type.of(UNITS[unit]) for unit in UNITS},
        "word": Type("symbol", words=frozenset({"red", "green", "blue"})),
        "price": Type.of(UNITS["usd_per_share"], "positive"),
        "money": Type.of(UNITS["usd"]),
        "shares": Type.of(UNITS["shares"], "not_negative"),
        "day": Type.of(UNITS["date"]),
        "at": Type.of(UNITS["instant"]),
        "clock": Type.of(UNITS["time"]),
    }
    constants: Final[Mapping[str, Constant]] = {
        "limit": Constant("limit", "usd", 100_00),
        "band": Constant("band", "ratio", Interval(400_000, 450_000, lower_in=True, upper_in=True)),
        "half_open": Constant("half_open", "ratio", Interval(None, 1, lower_in=False, upper_in=False)),
        "colours": Constant("colours", "symbol", ("red", "green")),
        "step": Constant("step", "usd", 5),
        "nothing": Constant("nothing", "usd", 0),
        "here": Constant("here", "zone", "America/New_York"),
        "week": Constant("week", "sessions", 5),
    }

    def constant(self, name: str) -> Constant | None:
        return self.constants.get(name)

    def fact(self, subject: str, name: str) -> tuple[Type, bool] | None:
        return (self.facts[name], True) if name in self.facts else None

    def pick(self, subject: str, name: str) -> str | None:
        return "row" if name == "best" else None

    def words(self) -> Iterable[str]:
        return [*self.constants, *(f"m.{name}" for name in self.facts)]


SCOPE: Final = Scope(Sheet(), {"m": "m"}, {"m": {"rows": "row"}, "row": {}})


def typed(text: str) -> Typed:
    return check.value(parse(text), SCOPE)


@pytest.mark.parametrize(
    ("text", "gives"),
    [
        ("m.price + 1", "number of usd/share"),
        ("2 * m.money", "number of usd"),
        ("m.price * m.shares", "number of usd"),
        ("m.money / m.price", "number of share"),
        ("m.money / m.price / m.price", "number of share^2/usd"),
        ("1 / m.price", "number of share/usd"),
        ("m.ratio * m.multiple - 1", "number of ratio"),
        ("m.day - m.day", "number of day"),
        ("m.day + 1", "date"),
        ("m.at - m.at", "number of second"),
        ("m.at - m.seconds", "instant"),
        ("m.clock + m.seconds", "time"),
        ("m.clock - m.clock", "number of second"),
        ("m.money > 0", "bool"),
        ("m.word in colours || m.word == 'blue'", "bool"),
        ("m.ratio in band", "bool"),
        ("m.count in [0, 1]", "bool"),
        ("m.rows.exists(r, r.bool)", "bool"),
        ("m.rows.sum(r, r.price * r.shares)", "number of usd"),
        ("m.rows.count(r, r.money > 0)", "number of ratio"),
        ("m.best.price", "number of usd/share"),
        ("middle(band) - lower(band)", "number of ratio"),
        ("floor(m.money / limit)", "number of ratio"),
        ("floor(m.money, step)", "number of usd"),
        ("rank(m.word, colours)", "number of ratio"),
        ("floor(m.money / size(colours), step)", "number of usd"),
        ("first_known(m.money, limit)", "number of usd"),
        ("known(m.price) && !known(m.money)", "bool"),
        ("sessions_between(m.day, m.day) >= week", "bool"),
        ("weekday(m.day) == 'monday'", "bool"),
        ("local_time(m.at, here) >= m.clock", "bool"),
        ("at_local(m.day, m.clock, here)", "instant"),
        ("mean_true_range(m.rows, m.day, week)", "number of usd/share"),
        ("lowest_close(m.closes, m.day, week)", "number of point"),
        ("highest_close(m.closes, m.day, 1) - lowest_close(m.closes, m.day, 2 * week)", "number of point"),
        ("highest_close(m.best.closes, m.day, week)", "number of point"),
        ("known(m.closes)", "bool"),
        ("next_session(m.day)", "date"),
        ("month(m.day) + quarter(m.day)", "number of ratio"),
        ("years_after(m.day, m.years)", "date"),
        ("years_after(m.day, 1)", "date"),
        ("next_version(m.text)", "text"),
        ("m.weekday == m.weekday", "bool"),
    ],
)
def test_an_expression_has_the_unit_that_its_parts_give(text: str, gives: str) -> None:
    assert check.describe(typed(text).type) == gives


@pytest.mark.parametrize(
    ("text", "at", "code", "says"),
    [
        ("m.price + m.money", 8, "unit", "number of usd/share against number of usd"),
        ("m.price - m.ratio", 8, "unit", "needs one unit on both sides"),
        ("m.price < m.money", 8, "unit", "compares like with like"),
        ("m.days == m.sessions", 7, "unit", "number of day against number of session"),
        ("m.day < m.at", 6, "unit", "date against instant"),
        ("m.clock + m.days", 8, "unit", "has no meaning"),
        ("m.day + m.day", 6, "unit", "date + date has no meaning"),
        ("m.day - m.at", 6, "unit", "date - instant has no meaning"),
        ("m.bool + 1", 7, "unit", "needs one unit"),
        ("m.word * 2", 7, "type", "takes numbers"),
        ("m.money / m.money", 8, "denominator", "may be zero"),
        ("m.money / m.shares", 8, "denominator", "may be zero"),
        ("m.money / nothing", 8, "denominator", "may be zero"),
        ("m.money / (m.price - m.price)", 8, "denominator", "may be zero"),
        ("m.bool < m.bool", 7, "type", "a bool has no order"),
        ("m.word >= m.word", 7, "type", "a symbol has no order"),
        ("m.text < m.text", 7, "type", "a text has no order"),
        ("m.bool && m.price", 10, "type", "a condition is true or false; this is a number of usd/share"),
        ("m.price || m.bool", 0, "type", "a condition is true or false"),
        ("!m.price", 1, "type", "a condition is true or false"),
        ("-m.bool", 1, "type", "- negates a number"),
        ("m.money > 3", 10, "literal", "3 stands in an expression; make it a parameter"),
        ("m.money > 0.5", 10, "literal", "0.5 stands in an expression"),
        ("m.money > 00", 10, "literal", "00 stands in an expression"),
        ("m.pric > 1", 0, "unknown-name", "did you mean 'm.price'?"),
        ("limitt > m.money", 0, "unknown-name", "did you mean 'limit'?"),
        ("x.price > 1", 0, "unknown-name", "from here one sees m"),
        ("m.nobody.price > 1", 0, "unknown-name", "m.nobody.price"),
        ("m.best.nothing > 1", 0, "unknown-name", "m.best.nothing"),
        ("m.word == 'gren'", 7, "unknown-word", "did you mean 'green'?"),
        ("m.word in ['red', 'puce']", 7, "unknown-word", "'puce' is not among its values"),
        ("m.word in [m.word]", 7, "type", "a list behind `in` holds words and parameters only"),
        ("m.money in limit", 8, "type", "behind `in` stands a list"),
        ("m.money in m.money", 8, "type", "behind `in` stands a list"),
        ("m.money in band", 8, "unit", "an interval is compared with its own unit"),
        ("band > m.ratio", 0, "type", "'band' has several values"),
        ("[1, 2]", 1, "type", "a list may stand only behind `in`"),
        ("nope(m.price)", 0, "unknown-function", "calls 'nope'"),
        ("m.price > florr(m.price)", 10, "unknown-function", "did you mean 'floor'?"),
        ("abs()", 0, "arguments", "abs takes x"),
        ("abs(m.bool)", 0, "unit", "it takes a number, not a bool"),
        ("min(m.price, m.money)", 0, "unit", "its arguments have different units"),
        ("min(m.price)", 0, "unit", "it has one argument; it takes x, y, ..."),
        ("max(m.price)", 0, "unit", "it has one argument; it takes x, y, ..."),
        ("mean(m.price)", 0, "unit", "it has one argument; it takes x, y, ..."),
        ("floor(m.money, m.ratio)", 0, "unit", "the step has another unit"),
        ("floor(m.money, m.money)", 0, "unit", "the step must be a positive parameter"),
        ("first_known(m.money, m.price)", 0, "unit", "different units"),
        ("m.money + first_known(m.money, limit)", 10, "position", "first_known and rank stand alone"),
        ("lower(limit)", 0, "type", "takes a parameter that is an interval"),
        ("upper(m.ratio)", 0, "type", "takes a parameter that is an interval"),
        ("lower(half_open) > 0", 0, "type", "'half_open' is open to one side"),
        ("size(limit)", 0, "type", "size takes a parameter that is a list"),
        ("size(m.word)", 0, "type", "size takes a parameter that is a list"),
        ("size(colours, colours)", 0, "type", "size takes a parameter that is a list"),
        ("size(nobody)", 0, "type", "size takes a parameter that is a list"),
        ("rank(m.word)", 0, "arguments", "rank takes a word and a parameter that is a list"),
        ("rank(m.word, limit)", 0, "arguments", "rank takes a word and a parameter that is a list"),
        ("rank('blue', colours)", 5, "unknown-word", "'blue' is not in colours; it has red, green"),
        ("weekday(m.at)", 0, "unit", "it takes date, not instant"),
        ("is_session(m.day, m.day)", 0, "unit", "it takes date"),
        ("m.rows.exists(m, true)", 0, "shadowed", "'m' already means something here"),
        ("m.rows.exists(limit, true)", 0, "shadowed", "'limit' already means something here"),
        ("m.lines.exists(r, true)", 0, "unknown-name", "there is no list 'm.lines'; m has rows"),
        ("rows.exists(r, true)", 0, "unknown-name", "there is no list 'rows'"),
        ("m.rows.all(r, r.price)", 14, "type", "a condition is true or false"),
        ("m.rows.sum(r, r.bool)", 0, "type", "sum adds numbers"),
        ("m.rows.sum(r, r.money / r.price)", 0, "type", "divide the sum"),
        ("mean_true_range(m.rows, m.at, week)", 0, "type", "takes a date second"),
        ("mean_true_range(m.rows, m.day, m.days)", 0, "unit", "takes a number of sessions third"),
        ("mean_true_range(m.rows)", 0, "arguments", "takes bars, date, sessions"),
        ("mean_true_range(m.rows, m.day, m.sessions)", 0, "unit", "a parameter above 0"),
        ("m.closes", 0, "position", "a series may stand only in lowest_close, highest_close and known"),
        ("m.closes == m.closes", 9, "position", "a series may stand only in"),
        ("m.closes > 0", 9, "unit", "series against number"),
        ("m.closes in [1]", 9, "unit", "series against number"),
        ("m.closes + m.closes", 9, "type", "takes numbers"),
        ("first_known(m.closes, m.closes)", 0, "unit", "a series may stand only in"),
        ("max(m.closes, m.closes)", 0, "unit", "a series may stand only in"),
        ("m.rows.sum(r, r.closes)", 0, "type", "sum adds numbers"),
        ("lowest_close(m.price, m.day, week)", 0, "unit", "it takes series, date, number, not number, date, number"),
        ("lowest_close(m.closes, m.at, week)", 0, "unit", "not series, instant, number"),
        ("lowest_close(m.closes, m.day)", 0, "unit", "it takes closes, date, sessions"),
        ("lowest_close(m.closes, m.day, week, week)", 0, "unit", "it takes closes, date, sessions"),
        ("lowest_close(m.closes, m.day, m.days)", 0, "unit", "it counts whole sessions"),
        ("highest_close(m.closes, m.day, week * m.ratio)", 0, "unit", "it counts whole sessions"),
        ("highest_close(m.closes, m.day, 0)", 0, "unit", "the number of sessions must be positive"),
        ("highest_close(m.closes, m.day, m.sessions)", 0, "unit", "the number of sessions must be positive"),
        ("lowest_closes(m.closes, m.day, week)", 0, "unknown-function", "did you mean 'lowest_close'?"),
        ("next_session(m.at)", 0, "unit", "it takes date, not instant"),
        ("month(m.day, m.day)", 0, "unit", "it takes date, not date, date"),
        ("quarter(m.days)", 0, "unit", "it takes date, not number"),
        ("years_after(m.at, m.years)", 0, "unit", "it takes date, number, not instant, number"),
        ("years_after(m.day, m.days)", 0, "unit", "it counts whole years"),
        ("years_after(m.day, m.years / m.price)", 0, "unit", "it counts whole years"),
        ("years_after(m.day)", 0, "unit", "it takes date, years"),
        ("m.price\n  + m.money", 10, "unit", "needs one unit"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_offset(text: str, at: int, code: str, says: str | None) -> None:
    with pytest.raises(ExpressionError) as refused:
        typed(text)
    assert (refused.value.at, refused.value.code) == (at, code), refused.value.message
    assert says is None or says in refused.value.message


@pytest.mark.parametrize(
    "text",
    [
        "abs(m.money, m.money)", "floor(m.money, step, step)", "ceil(m.money, step, step)", "known(m.money, m.price)",
        "min(m.word, m.word)", "max(m.bool, m.bool)", "mean(m.bool, m.bool)", "mean(m.word, m.word)",
        "next_version(m.text, m.text)", "rank(m.word, colours, colours)", "lower(band, band)",
    ],
)  # fmt: skip
def test_a_function_refuses_what_it_cannot_take(text: str) -> None:
    with pytest.raises(ExpressionError):
        typed(text)


def test_units_multiply_and_are_shown_as_people_write_them() -> None:
    price, shares = UNITS["usd_per_share"].dimension, UNITS["shares"].dimension
    assert multiply(price, shares) == UNITS["usd"].dimension
    assert multiply(price, price, -1) == ()
    assert [show_unit(of) for of in (price, (), dimension(second=-1), dimension(usd=2, day=-1))] == [
        "usd/share", "ratio", "1/second", "usd^2/day",
    ]  # fmt: skip


# What it means


def changed(**rows: Any) -> Snapshot:  # noqa: ANN401 - any part of a document
    """Return a small snapshot, some of its parts otherwise; `position` and `events` go where they belong."""
    document: Document = thursday()
    for name in ("market", "host"):
        document[name] = document[name] | rows.pop(name, {})
    account = document["accounts"][0]
    account["sleeves"][0]["positions"] = rows.pop("positions", [])
    account["sleeves"][0] |= rows.pop("sleeve", {})
    account["events"] = rows.pop("events", [])
    return snapshot(document | rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("laws")


_ORDER: Final = {False: 0, None: 1, True: 2}
_TRUTHS: Final = (False, None, True)


def test_and_or_and_not_follow_kleene(folder: Path) -> None:
    a, b, c = "host.healthy", "host.reconciled", "host.stress_test"
    law = tiny(
        folder / "kleene",
        facts(
            host_both=f"{a} && {b}",
            host_either=f"{a} || {b}",
            host_neither=f"!({a} || {b})",
            host_not_both=f"!({a} && {b})",
            host_mixed=f"{a} && ({b} || !{c})",
            host_three=f"{a} || {b} && {c} || !{a}",
            host_settled=f"{a} && true || false && {b}",
            host_equal=f"{a} == {b}",
        ),
    )
    low = min, max
    for values in product(_TRUTHS, repeat=3):
        host = dict(zip(("healthy", "reconciled", "stress_test"), values, strict=True))
        found = law.one(changed(host=host))
        first, second, third = (_ORDER[value] for value in values)
        both, either = (pick(first, second) for pick in low)
        expected = {
            "both": both,
            "either": either,
            "neither": 2 - either,
            "not_both": 2 - both,
            "mixed": min(first, max(second, 2 - third)),
            "three": max(first, min(second, third), 2 - first),
            "settled": first,
            "equal": 1 if 1 in (first, second) else 2 * (first == second),
        }
        assert {name.removeprefix("host."): _ORDER[value] for name, value in found.items()} == expected, values


def test_folds_over_rows_some_of_which_are_unknown(folder: Path) -> None:
    law = tiny(
        folder / "folds",
        facts(
            account_some="account.events.exists(e, e.broker_read)",
            account_every="account.events.all(e, e.broker_read)",
            account_number="account.events.count(e, e.broker_read)",
            account_total="account.events.sum(e, e.amount)",
            account_none="!account.events.exists(e, !e.broker_read)",
        ),
    )
    rows = [[*values] for length in range(4) for values in product(_TRUTHS, repeat=length)]
    for values in (None, *rows):
        events = None if values is None else [_event(value) for value in values]
        found = {name.removeprefix("account."): value for name, value in law.one(changed(events=events)).items()}
        unknown = values is None or None in values
        true = (values or []).count(True)
        some = None if values is None else True if true else None if unknown else False
        every = None if values is None else False if False in values else None if unknown else True
        expected = {"some": some, "every": every, "none": every, "number": None if unknown else true}
        total = None if values is None or unknown else true * Fraction("2.50") + (len(values) - true) * Fraction("0.01")
        assert found == expected | {"total": total}, values


def _event(value: bool | None) -> Document:  # noqa: FBT001 - a truth
    amount = None if value is None else Decimal("2.50") if value else Decimal("0.01")
    return {"kind": "fund", "broker_read": value, "amount": amount}


def test_known_is_never_unknown_and_first_known_takes_the_first(folder: Path) -> None:
    law = tiny(
        folder / "known",
        facts(
            market_known="known(market.vix)",
            market_either="known(market.vix) || known(market.vix_close)",
            market_sum_known="known(market.vix + market.vix_close)",
            market_logic_known="known(market.vix > 0 || market.vix_close > 0)",
            market_first="first_known(market.vix, market.vix_close)",
            market_last="first_known(market.vix, market.vix_close, market.vix - market.vix)",
        ),
    )
    for vix, close in product((None, "NaN", Decimal(20)), (None, -1, Decimal(30))):
        found = law.one(changed(market={"vix": vix, "vix_close": close}))
        one, other = isinstance(vix, Decimal), isinstance(close, Decimal)
        first = 20 if one else 30 if other else None
        truths = (one, one or other, one and other, one or other)
        names = ("known", "either", "sum_known", "logic_known")
        assert [found[f"market.{name}"] for name in names] == [*truths]
        assert (found["market.first"], found["market.last"]) == (first, first)


_STEPS: Final = {"cent": "0.01", "nickel": "0.05", "third": "0.0003", "seven": "7"}


@pytest.fixture(scope="module")
def rounding(folder: Path) -> Tiny:
    values = {name: (step, "usd_per_share") for name, step in _STEPS.items()}
    rounded = {
        f"position_{way}_{name}": f"{way}(position.rolled_cost, {name})" for way in ("floor", "ceil") for name in _STEPS
    }
    of_quotient = {
        f"position_{way}_quotient": f"{way}(position.rolled_cost / position.credit)" for way in ("floor", "ceil")
    }
    of_step = {
        f"position_{way}_share": f"{way}(position.rolled_cost * position.ask / position.credit, nickel)"
        for way in ("floor", "ceil")
    }
    plain = {f"position_{way}_whole": f"{way}(position.rolled_cost)" for way in ("floor", "ceil")}
    return tiny(folder / "rounding", parameters(**values), facts(**rounded, **of_quotient, **of_step, **plain))


def position(**told: Any) -> Document:  # noqa: ANN401 - any fact
    made = {"id": "P1", "underlying": "IWM", "right": "put", "strike": Decimal(200), "expiration": date(2026, 3, 6)}
    return made | {"multiplier": 100, "quantity": -1, "ask": told.get("bid")} | told


_AMOUNTS: Final = st.integers(-(10**7), 10**7).map(lambda value: Decimal(value).scaleb(-4))
_POSITIVE: Final = st.integers(1, 10**7).map(lambda value: Decimal(value).scaleb(-4))


@examples(150)
@given(_AMOUNTS, _POSITIVE, _POSITIVE)
def test_rounding_goes_down_or_up_to_a_multiple_of_the_step(
    rounding: Tiny, cost: Decimal, credit: Decimal, ask: Decimal
) -> None:
    found = rounding.one(changed(positions=[position(rolled_cost=cost, credit=credit, bid=ask, ask=ask)]))
    exact = Fraction(cost)
    steps = {name: Fraction(step) for name, step in _STEPS.items()}
    asked = {name: (exact, step) for name, step in steps.items()} | {"whole": (exact, Fraction(1))}
    asked |= {"quotient": (exact / Fraction(credit), Fraction(1))}
    asked |= {"share": (exact * Fraction(ask) / Fraction(credit), steps["nickel"])}
    for name, (value, step) in asked.items():
        floor, ceil = found[f"position.floor_{name}"], found[f"position.ceil_{name}"]
        assert floor <= value < floor + step, name
        assert ceil - step < value <= ceil, name
        assert (floor / step).denominator == (ceil / step).denominator == 1, name


@pytest.fixture(scope="module")
def quotients(folder: Path) -> Tiny:
    cost, debit, credit, bid = (f"position.{name}" for name in ("rolled_cost", "ask", "credit", "original_credit"))
    return tiny(
        folder / "quotients",
        facts(
            position_min=f"min({cost} / {credit}, {debit} / {bid}, 1)",
            position_max=f"max({cost} / {credit}, {debit} / {bid} - 2)",
            position_mean=f"mean({cost} / {credit}, {debit} / {bid}, 1)",
            position_mean_price=f"mean({cost}, {credit}, {bid})",
            position_abs=f"abs({cost} / {credit} - 1)",
            position_sum=f"{cost} / {credit} + {debit} / {bid} - 1 / {bid} * {cost}",
            position_of=f"({cost} / {credit}) / ({debit} / {bid})",
            position_less=f"{cost} / {credit} < {debit} / {bid}",
            position_same=f"{cost} / {credit} == {cost} * {bid} / {credit} / {bid}",
            position_negated=f"-({cost} / {credit}) <= -{cost} / {credit}",
        ),
    )


@examples(150)
@given(_AMOUNTS, _POSITIVE, _POSITIVE)
def test_quotients_stay_exact_through_every_function(
    quotients: Tiny, cost: Decimal, credit: Decimal, first: Decimal
) -> None:
    ask = first + Decimal("0.0001")
    row = position(rolled_cost=cost, credit=credit, original_credit=first, bid=ask, ask=ask)
    found = {name.removeprefix("position."): value for name, value in quotients.one(changed(positions=[row])).items()}
    a, b, c, d = (Fraction(value) for value in (cost, credit, ask, first))
    assert found == {
        "min": min(a / b, c / d, 1),
        "max": max(a / b, c / d - 2),
        "mean": (a / b + c / d + 1) / 3,
        "mean_price": (a + b + d) / 3,
        "abs": abs(a / b - 1),
        "sum": a / b + c / d - 1 / d * a,
        "of": a / b / (c / d),
        "less": a / b < c / d,
        "same": True,
        "negated": True,
    }


def test_numbers_are_exact_however_large(folder: Path) -> None:
    strike_, credit_, square = "position.strike", "position.credit", "position.strike * position.strike"
    law = tiny(
        folder / "large",
        facts(
            position_product=f"{square} * position.multiplier * abs(position.quantity)",
            position_whole=f"floor({square} / {credit_} * {strike_} / {credit_})",
            position_under=f"{square} < ({strike_} + {credit_}) * ({strike_} - {credit_}) + {credit_} * {credit_}",
            position_equal=f"{square} == ({strike_} + {credit_}) * ({strike_} - {credit_}) + {credit_} * {credit_}",
        ),
    )
    strike, credit = Decimal("999999999999.9999"), Decimal("0.0001")
    row = position(strike=strike, credit=credit, quantity=-999_999_999_999, multiplier=999_999_999_999)
    found = law.one(changed(positions=[row]))
    exact, small, many = Fraction(strike), Fraction(credit), 999_999_999_999
    assert found["position.product"] == exact * exact * many * many
    assert found["position.whole"] == exact**3 / small**2 // 1
    assert (found["position.under"], found["position.equal"]) == (False, True)


def test_a_word_has_its_place_in_a_list_a_list_its_size_and_an_interval_its_ends_and_middle(folder: Path) -> None:
    law = tiny(
        folder / "lists",
        parameters(
            order=("[IWM, SPY, QQQ]", "ticker"),
            odd=("from 0.400001 up to 0.45", "ratio"),
            hours=("from 9:45 up to 11:00", "time"),
            outside=("above 0.4 below 0.45", "ratio"),
            above=("above 0.4", "ratio"),
            here=("America/New_York", "zone"),
        ),
        facts(
            symbol_place="rank(symbol.symbol, order)",
            market_size="size(order)",
            market_lower="lower(odd)",
            market_upper="upper(odd)",
            market_middle="middle(odd)",
            market_noon="middle(hours)",
            market_inside="local_time(market.as_of, here) in hours",
            position_outside="abs(position.delta) in outside",
            position_above="abs(position.delta) in above",
            position_inside="abs(position.delta) in odd",
            position_listed="position.underlying in order",
        ),
    )
    symbols: list[Document] = [
        {"symbol": ticker, "bars": [], "earnings": []} for ticker in ("SPY", "XYZ", "IWM", "QQQ")
    ]
    deltas = [None, "0.4", "0.400001", "0.425", "0.45", "0.450001"]
    rows = [
        position(id=f"P{number}", delta=None if delta is None else -Decimal(delta))
        for number, delta in enumerate(deltas)
    ]
    found = law.facts(changed(symbols=symbols, positions=rows))
    assert (found["symbol.place"], found["market.size"]) == ([1, 3, 0, 2], [3])
    ends = [found[f"market.{name}"][0] for name in ("lower", "upper", "middle", "noon", "inside")]
    assert ends == [Fraction("0.400001"), Fraction("0.45"), Fraction("0.4250005"), 37_350, True]
    assert found["position.outside"] == [None, False, True, True, False, False]
    assert found["position.above"] == [None, False, True, True, True, True]
    assert found["position.inside"] == [None, False, True, True, True, False]
    assert found["position.listed"] == [True] * 6


@pytest.fixture(scope="module")
def calendars(folder: Path) -> Tiny:
    here = parameters(here=("America/New_York", "zone"), morning=('"9:45"', "time"))
    day = "position.expiration"
    return tiny(
        folder / "calendar",
        here,
        facts(
            market_today="local_date(market.as_of, here)",
            market_now="local_time(market.as_of, here)",
            position_between=f"sessions_between(market.today, {day})",
            position_back=f"sessions_between({day}, market.today)",
            position_open=f"is_session({day})",
            position_opens=f"session_open({day})",
            position_closes=f"session_close({day})",
            position_last=f"last_session({day})",
            position_number=f"week_sessions({day})",
            position_monday=f"week_start({day})",
            position_weekday=f"weekday({day})",
            position_instant=f"at_local({day}, morning, here)",
            position_wall=f"local_time(at_local({day}, morning, here), here) == morning",
            position_long=f"session_close({day}) - session_open({day})",
        ),
    )


_THURSDAY: Final = date(2026, 3, 5)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 3, 5), (0, True, date(2026, 3, 6), 5, "thursday")),
        (date(2026, 3, 6), (1, True, date(2026, 3, 6), 5, "friday")),
        (date(2026, 3, 7), (1, False, date(2026, 3, 6), 5, "saturday")),
        (date(2026, 3, 8), (1, False, date(2026, 3, 6), 5, "sunday")),
        (date(2026, 3, 9), (2, True, date(2026, 3, 13), 5, "monday")),
        (date(2026, 2, 17), (0, True, date(2026, 2, 20), 4, "tuesday")),  # a week without its Monday
        (date(2026, 2, 10), (None, None, None, None, "tuesday")),  # before the calendar begins
        (date(2026, 4, 30), (None, None, None, None, "thursday")),  # after it ends
    ],
)
def test_questions_to_the_calendar(calendars: Tiny, day: date, expected: tuple[Any, ...]) -> None:
    between, session, last, number, weekday = expected
    now = changed().as_of - max(_THURSDAY - day, timedelta(0))  # what has expired is not to be believed
    read = changed(as_of=now, calendar=calendar(_THURSDAY), positions=[position(expiration=day)])
    found = {name.partition(".")[2]: value for name, value in calendars.one(read).items()}
    assert (found["between"], found["back"]) == (between, None if between is None else -between)
    assert (found["open"], found["number"], found["weekday"]) == (session, number, weekday)
    assert found["last"] == (None if last is None else last.toordinal())
    assert found["monday"] == (day - timedelta(days=day.weekday())).toordinal()
    assert found["wall"] is True
    assert found["long"] == (Fraction(23_400) if session else None)


@pytest.mark.parametrize(
    ("rows", "mean"),
    [
        ([("25", 4), ("26", 4), ("27", 4), ("2", 4), ("3", 4), ("4", 4)], 4),
        (
            [("25", 9), ("26", 1), ("27", 1), ("2", 1), ("3", 1), ("4", 2)],
            Fraction(6, 5),
        ),  # the first only for its close
        ([("26", 4), ("27", 4), ("2", 4), ("3", 4), ("4", 4)], None),  # five of the six sessions
        ([("25", 4), ("26", 4), ("2", 4), ("3", 4), ("4", 4), ("5", 4)], None),  # a gap
        (
            [("24", 4), ("25", 4), ("26", 4), ("27", 4), ("2", 4), ("3", 4), ("4", 4), ("5", 99)],
            4,
        ),  # today's does not count
        ([("4", 4), ("3", 4), ("2", 4), ("27", 4), ("26", 4), ("25", 4)], 4),  # in any order
        ([], None),
        (None, None),
    ],
)
def test_the_mean_true_range_needs_every_session(
    folder: Path, rows: list[tuple[str, int]] | None, mean: object
) -> None:
    number = parameters(five=("5", "sessions"), here=("America/New_York", "zone"))
    law = tiny(
        folder / "ranges",
        number,
        facts(
            market_today="local_date(market.as_of, here)",
            symbol_range="mean_true_range(symbol.bars, market.today, five)",
        ),
    )
    found = law.one(
        changed(
            symbols=[{"symbol": "IWM", "bars": None if rows is None else [_bar(*row) for row in rows], "earnings": []}]
        )
    )
    assert found["symbol.range"] == mean


def _bar(day: str, wide: int) -> Document:
    month = 2 if int(day) > 20 else 3
    half = Decimal(wide) / 2
    return {"date": date(2026, month, int(day)), "high": 200 + half, "low": 200 - half, "close": Decimal(200)}


def test_a_gap_between_two_sessions_belongs_to_the_true_range(folder: Path) -> None:
    number = parameters(one=("1", "sessions"), here=("America/New_York", "zone"))
    law = tiny(
        folder / "gap",
        number,
        facts(
            market_today="local_date(market.as_of, here)",
            symbol_range="mean_true_range(symbol.bars, market.today, one)",
        ),
    )
    for close, expected in ((210, 11), (190, 11), (200, 2)):
        before = _bar("3", 2) | {"close": Decimal(close), "high": Decimal(215), "low": Decimal(185)}
        rows = [{"symbol": "IWM", "bars": [before, _bar("4", 2)], "earnings": []}]
        assert law.one(changed(symbols=rows))["symbol.range"] == expected


def test_the_hours_of_a_date_that_is_always_known_keep_their_milliseconds(folder: Path) -> None:
    today = "local_date(market.as_of, here)"
    law = tiny(
        folder / "hours",
        parameters(here=("America/New_York", "zone"), age=("1800", "seconds")),
        facts(
            market_age=f"market.as_of - session_open({today})",
            market_left=f"session_close({today}) - market.as_of",
            market_just=f"market.as_of == session_open({today}) + age",
            market_open=f"session_open({today}) <= market.as_of && market.as_of <= session_close({today})",
        ),
    )
    found = law.one(changed())
    expected = {"market.age": 1800, "market.left": 21_600, "market.just": True, "market.open": True}
    assert found == expected


# Series of closes. The calendar has the 14 sessions from 12 February to 4 March before Thursday, 5 March 2026.

_COUNTS: Final = {"three": 3, "fourteen": 14, "fifteen": 15, "twenty": 20}


@pytest.fixture(scope="module")
def closes(folder: Path) -> Tiny:
    numbers = {name: (str(count), "sessions") for name, count in _COUNTS.items()}
    asked = {
        f"market_{way}_{name or 'one'}": f"{way}_close(market.vix_closes, market.today, {name or 1})"
        for way in ("lowest", "highest")
        for name in ("", *_COUNTS)
    }
    return tiny(
        folder / "closes",
        parameters(here=("America/New_York", "zone"), high=("30", "index_points"), **numbers),
        facts(
            market_today="local_date(market.as_of, here)",
            market_known="known(market.vix_closes)",
            market_above="lowest_close(market.vix_closes, market.today, three) > high",
            market_fall="1 - lowest_close(market.vix_closes, market.today, 1)"
            " / highest_close(market.vix_closes, market.today, three)",
            **asked,
        ),
    )


def told(law: Tiny, closes: object, **rows: Any) -> dict[str, Any]:  # noqa: ANN401 - any part of a document
    found = law.one(changed(market={"vix_closes": closes}, **rows))
    return {name.removeprefix("market."): value for name, value in found.items()}


_THREE: Final = {date(2026, 3, 2): 31, date(2026, 3, 3): 33, date(2026, 3, 4): 32}
_OLDER: Final = [date(2026, 2, day) for day in (11, 10, 9, 6, 5, 4)]


@pytest.mark.parametrize(
    ("given", "lowest", "highest"),
    [
        ({}, 31, 33),
        ({date(2026, 3, 2): Decimal("30.0001")}, Fraction("30.0001"), 33),
        ({date(2026, 3, 4): Decimal("0.0001")}, Fraction("0.0001"), 33),
        ({date(2026, 2, 27): 1, date(2026, 2, 26): 99}, 31, 33),  # the sessions before do not count
        ({date(2026, 3, 5): 1, date(2026, 3, 6): 99}, 31, 33),  # nor does the date itself, or what follows
        ({date(2026, 2, 28): 1, date(2026, 3, 1): 99}, 31, 33),  # a weekend has no close
        ({date(2026, 3, 2): None}, None, None),
        ({date(2026, 3, 3): None}, None, None),
        ({date(2026, 3, 4): None}, None, None),
        ({date(2026, 3, 3): "NaN"}, None, None),
        ({date(2026, 3, 3): "Infinity"}, None, None),
        ({date(2026, 3, 3): 0}, None, None),
        ({date(2026, 3, 3): Decimal("-0.0001")}, None, None),
        ({date(2026, 2, 27): "NaN", date(2026, 2, 26): None, date(2026, 3, 5): -1}, 31, 33),
    ],
)
def test_closes_are_those_of_the_sessions_before_a_date(
    closes: Tiny, given: dict[date, object], lowest: object, highest: object
) -> None:
    for days in (sorted({*_THREE, *given}), sorted({*_THREE, *given}, reverse=True)):
        found = told(closes, {str(day): (_THREE | given)[day] for day in days})
        assert (found["lowest_three"], found["highest_three"]) == (lowest, highest)
        assert (found["known"], found["highest_fourteen"]) == (True, None)


def test_a_missing_session_is_unknown_to_what_looks_behind_it_alone(closes: Tiny) -> None:
    found = told(closes, {date(2026, 3, 2): 31, date(2026, 3, 4): 32})
    assert (found["lowest_one"], found["highest_one"]) == (32, 32)
    assert (found["lowest_three"], found["highest_three"], found["above"], found["fall"]) == (None, None, None, None)


@pytest.mark.parametrize("series", [None, {}])
def test_without_closes_nothing_is_known_of_them(closes: Tiny, series: object) -> None:
    found = told(closes, series)
    assert {found[name] for name in found if "_" in name or name in ("above", "fall")} == {None}
    assert found["known"] is (series is not None)


@pytest.mark.parametrize(("first", "above"), [("30.0001", True), ("30", False), ("29.9999", False)])
def test_closes_are_compared_and_divided_exactly(closes: Tiny, first: str, above: object) -> None:
    found = told(closes, _THREE | {date(2026, 3, 2): Decimal(first)})
    assert (found["above"], found["fall"]) == (above, Fraction(1, 33))


_CLIMBING: Final[dict[date, object]] = {  # from 4 February to 4 March, each one point above the one before
    day: number for number, day in enumerate([*reversed(_OLDER), *sessions(_THURSDAY, 21, -1)], 1)
}


def _without(*days: date) -> dict[date, object]:
    return {day: close for day, close in _CLIMBING.items() if day not in days}


def test_before_the_calendar_begins_the_days_of_the_series_are_sessions(closes: Tiny) -> None:
    found = told(closes, _CLIMBING)
    lowest = [found[f"lowest_{name}"] for name in _COUNTS]
    assert lowest == [18, 7, 6, 1]
    assert {found[f"highest_{name}"] for name in _COUNTS} == {20}


@pytest.mark.parametrize(
    ("series", "lowest"),
    [
        (_CLIMBING | {date(2026, 2, 16): 1}, [7, 6, 1]),  # a holiday, which the calendar knows
        (_CLIMBING | {date(2026, 2, 7): 99, date(2026, 2, 8): 99}, [7, 6, 1]),  # a weekend, which it need not
        (_without(date(2026, 2, 4)), [7, 6, None]),  # one too few
        (_without(date(2026, 2, 9)), [7, 6, None]),
        (_without(date(2026, 2, 9)) | {date(2026, 2, 3): 9}, [7, 6, 1]),  # one more, further back
        (_without(date(2026, 2, 12)), [None, None, None]),  # one that the calendar knows
        (_without(date(2026, 2, 18)), [None, None, None]),
        (_CLIMBING | {date(2026, 2, 6): "NaN"}, [7, 6, None]),
        (_CLIMBING | {date(2026, 2, 6): None}, [7, 6, None]),
        (_without(*_OLDER[3:]) | {date(2026, 1, day): 1 for day in (28, 29, 30)}, [7, 6, None]),  # no close of a week
        (_without(*_OLDER[4:]) | {date(2026, 1, day): 1 for day in (29, 30)}, [7, 6, 1]),  # one
    ],
)
def test_a_gap_in_the_closes_leaves_open_what_looks_behind_it(
    closes: Tiny, series: dict[date, object], lowest: list[object]
) -> None:
    found = told(closes, series)
    assert [found[f"lowest_{name}"] for name in ("fourteen", "fifteen", "twenty")] == lowest


@pytest.mark.parametrize(
    ("begins", "ends", "lowest"),
    [
        (21, 21, [18, 1]),
        (3, 0, [18, 1]),  # it begins on Monday and ends today
        (0, 0, [18, 1]),  # today is its only session
        (7, -1, [None, None]),  # it ended yesterday
        (-1, 7, [None, None]),  # it begins tomorrow
    ],
)
def test_a_date_beyond_the_calendar_has_no_sessions_before_it(
    closes: Tiny, begins: int, ends: int, lowest: list[object]
) -> None:
    found = told(closes, _CLIMBING, calendar=calendar(_THURSDAY, begins, ends))
    assert [found["lowest_three"], found["lowest_twenty"]] == lowest


def test_a_weekend_looks_back_from_its_friday(closes: Tiny) -> None:
    saturday = changed().as_of + timedelta(days=2)
    series = _THREE | {date(2026, 3, 5): 40, date(2026, 3, 6): 50}
    found = told(closes, series, as_of=saturday)
    assert (found["lowest_one"], found["lowest_three"], found["highest_three"]) == (50, 32, 50)


_CLOSE: Final = st.one_of(
    st.integers(1, 10**6).map(lambda value: Decimal(value).scaleb(-4)), st.sampled_from([None, "NaN", 0, -1])
)
_SERIES: Final = st.builds(
    lambda closes, without: {
        _THURSDAY + timedelta(days=2 - number): close
        for number, close in enumerate(closes)
        if number not in without and number // 7 not in without
    },
    st.lists(st.one_of(_CLOSE, _CLOSE.filter(lambda close: isinstance(close, Decimal))), max_size=45),
    st.sets(st.integers(0, 44), max_size=4),
)


@examples(300)
@given(_SERIES, st.integers(-1, 21), st.integers(-1, 7))
def test_three_readings_agree_about_any_series(
    closes: Tiny, series: dict[date, object], begins: int, ends: int
) -> None:
    told(closes, series, calendar=calendar(_THURSDAY, begins, ends))


def blamed(law: Tiny, snapshot: Snapshot) -> list[str]:
    """Return the reasons for which the lowest of three closes is unknown."""
    facts_, kleene = fill(law.law, snapshot), calendar_of(snapshot)
    examine(law.program, facts_, kleene)
    return [f"{one} {one.code}" for one in blames(Evaluator(facts_, kleene).fact("market", "lowest_three", 0))]


@pytest.mark.parametrize(
    ("series", "why"),
    [
        (None, "missing_fact:vix_closes"),
        ({}, "missing_fact:vix_closes"),
        (_THREE | {date(2026, 3, 3): None}, "missing_fact:vix_closes"),
        (_THREE | {date(2026, 3, 3): "NaN"}, "bad_fact:not_a_number"),
        (_THREE | {date(2026, 3, 3): 0, date(2026, 2, 27): "NaN"}, "bad_fact:not_positive"),
    ],
)
def test_a_series_is_to_blame_for_what_its_closes_leave_open(closes: Tiny, series: object, why: str) -> None:
    assert blamed(closes, changed(market={"vix_closes": series})) == [f"market.vix_closes {why}"]


def test_the_calendar_is_to_blame_where_it_does_not_reach(closes: Tiny) -> None:
    elsewhere = changed(market={"vix_closes": _THREE}, calendar=calendar(_THURSDAY, 7, -1))
    assert blamed(closes, elsewhere) == ["calendar.sessions missing_fact:sessions"]


# Dates

_DATES: Final = {
    "month": "month({})", "quarter": "quarter({})", "next": "next_session({})", "year": "years_after({}, 1)",
    "three": "years_after({}, term)", "four": "years_after({}, 2 * 2 * one)", "back": "years_after({}, -term)",
    "never": "years_after({}, age)",
}  # fmt: skip


@pytest.fixture(scope="module")
def dates(folder: Path) -> Tiny:
    return tiny(
        folder / "dates",
        parameters(one=("1", "years"), term=("3", "years"), age=("8000", "years")),
        facts(**{f"position_{name}": text.format("position.expiration") for name, text in _DATES.items()}),
    )


@pytest.mark.parametrize("month", range(1, 13))
def test_a_date_has_its_month_and_quarter(dates: Tiny, month: int) -> None:
    for day in (date(2027, month, 1), date(2027 + month // 12, month % 12 + 1, 1) - timedelta(days=1)):
        found = dates.one(changed(positions=[position(expiration=day)]))
        assert (found["position.month"], found["position.quarter"]) == (month, (month + 2) // 3)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2028, 2, 28), [date(2029, 2, 28), date(2031, 2, 28), date(2032, 2, 28), date(2025, 2, 28)]),
        (date(2028, 2, 29), [date(2029, 2, 28), date(2031, 2, 28), date(2032, 2, 29), date(2025, 2, 28)]),
        (date(2028, 3, 1), [date(2029, 3, 1), date(2031, 3, 1), date(2032, 3, 1), date(2025, 3, 1)]),
        (date(2096, 2, 29), [date(2097, 2, 28), date(2099, 2, 28), date(2100, 2, 28), date(2093, 2, 28)]),
        (date(2027, 2, 28), [date(2028, 2, 28), date(2030, 2, 28), date(2031, 2, 28), date(2024, 2, 28)]),
    ],
)
def test_an_anniversary_is_the_same_day_of_its_year(dates: Tiny, day: date, expected: list[date]) -> None:
    found = dates.one(changed(positions=[position(expiration=day)]))
    years = [found[f"position.{name}"] for name in ("year", "three", "four", "back")]
    assert years == [one.toordinal() for one in expected]
    assert found["position.never"] is None


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 3, 5), date(2026, 3, 6)),
        (date(2026, 3, 6), date(2026, 3, 9)),  # over a weekend, in which the clocks change
        (date(2026, 3, 7), date(2026, 3, 9)),
        (date(2026, 3, 8), date(2026, 3, 9)),
        (date(2026, 2, 13), date(2026, 2, 17)),  # over a holiday
        (date(2026, 2, 16), date(2026, 2, 17)),
        (date(2026, 2, 12), date(2026, 2, 13)),  # the calendar's first
        (date(2026, 2, 11), None),
        (date(2026, 3, 25), date(2026, 3, 26)),
        (date(2026, 3, 26), None),  # its last
        (date(2026, 3, 27), None),
    ],
)
def test_the_next_session_follows_a_date(dates: Tiny, day: date, expected: date | None) -> None:
    now = changed().as_of - max(_THURSDAY - day, timedelta(0))
    read = changed(as_of=now, calendar=calendar(_THURSDAY), positions=[position(expiration=day)])
    assert dates.one(read)["position.next"] == (None if expected is None else expected.toordinal())


def test_nothing_follows_from_a_date_that_is_unknown(dates: Tiny) -> None:
    found = dates.one(changed(positions=[position(expiration=None)]))
    assert found == dict.fromkeys(found)


@pytest.mark.parametrize(
    ("id_", "next_"),
    [
        ("A.v1", "A.v2"),
        ("A.v9", "A.v10"),
        ("A", "A.v2"),
        ("A.v", "A.v.v2"),
        ("A.vx", "A.vx.v2"),
        ("A.v1.v2", "A.v1.v3"),
    ],
)
def test_an_order_id_is_counted_up(folder: Path, id_: str, next_: str) -> None:
    law = tiny(folder / "versions", facts(position_next="next_version(position.id)"))
    assert law.one(changed(positions=[position(id=id_)]))["position.next"] == next_


# Tables, ladders, latches in the large


def test_a_table_takes_the_first_row_or_the_only_one(folder: Path) -> None:
    section = """\
parameters:
  calm: {value: 20, unit: index_points, cites: "0.1", means: made up for a test}
  wild: {value: 50, unit: index_points, cites: "0.1", means: made up for a test}
tables:
  market.only:
    hit: unique
    by: {vix: market.vix, fit: host.healthy}
    rows:
      - {vix: below calm, then: low}
      - {vix: from calm up to wild, fit: true, then: middle}
      - {vix: from calm up to wild, fit: false, then: unfit}
      - {vix: above wild, then: high}
    unit: symbol
    cites: "0.1"
  market.first:
    hit: first
    by: {fit: host.healthy, vix: market.vix}
    rows:
      - {fit: false, then: unfit}
      - {vix: above wild, then: high}
    otherwise: other
    unit: symbol
    cites: "0.1"
"""
    law = tiny(folder / "tables", section)
    expected = {
        (True, "19.9999"): ("low", "other"), (None, "19.9999"): ("low", None), (True, "20"): ("middle", "other"),
        (False, "50"): ("unfit", "unfit"), (None, "50"): (None, None), (False, "50.0001"): ("high", "unfit"),
        (True, "50.0001"): ("high", "high"), (False, None): (None, "unfit"), (True, None): (None, None),
    }  # fmt: skip
    for (fit, vix), values in expected.items():
        found = law.one(changed(host={"healthy": fit}, market={"vix": None if vix is None else Decimal(vix)}))
        assert (found["market.only"], found["market.first"]) == values, (fit, vix)


def test_a_latch_holds_until_it_is_cleared_and_keeps_what_was_so(folder: Path) -> None:
    section = """\
latches:
  market.alarm:
    set: host.healthy
    clear: host.reconciled
    keeps: {level: market.vix, share: market.vix / market.vix_close}
    cites: "0.1"
"""
    law = tiny(folder / "latch", section)
    for before, sets, clears in product((None, False, True), _TRUTHS, _TRUTHS):
        entry = {"since": "2026-03-04T15:00:00Z", "by": "law", "level": Decimal(44), "share": Decimal("0.5")}
        memory = None if before is None else {"market": {"-": {"alarm": entry}}} if before else {}
        host = {"healthy": sets, "reconciled": clears}
        market = {"vix": Decimal(30), "vix_close": Decimal(90)}
        found = law.one(changed(host=host, market=market, memory=memory))
        held = min(_ORDER[before], 2 - _ORDER[clears])
        assert _ORDER[found["market.alarm"]] == max(_ORDER[sets], held)
        old = min(_ORDER[before], 2 - _ORDER[sets])  # what is kept is as it was when `set` last held
        kept = {0: (30, Fraction(1, 3)), 1: (None, None), 2: (44, Fraction(1, 2))}[old]
        assert (found["market.alarm_level"], found["market.alarm_share"]) == kept


# Places

_STYLES: Final = {
    "plain": "    value: {}",
    "single quotes": "    value: '{}'",
    "double quotes": '    value: "{}"',
    "literal block": "    value: |\n      {}",
    "folded block": "    value: >\n      {}",
    "stripped block": "    value: |-\n      {}",
    "kept block": "    value: >+\n      {}\n",
    "deep block": "    value: >-\n\n            {}",
    "flow": "    {{value: '{}', means: é, cites: '0.1'}}",
    "after a comment": "    # a comment\n    value:   {}",
    "continued": "    value: host.healthy ||\n      {}",
    "third line of a block": "    value: |\n      host.healthy\n      || host.reconciled\n      || {}",
    "behind wide letters": '    means: "é ü 語"\n    value: {}',
}


def faulty(folder: Path, section: str) -> list[tuple[int, int, str]]:
    with pytest.raises(LawError) as refused:
        load(write(folder, section))
    return [(one.place.line, one.place.column, one.code) for one in refused.value.faults]


@pytest.mark.parametrize("style", _STYLES)
@pytest.mark.parametrize(
    ("text", "marked", "code"),
    [
        ("host.healthy && host.helthy", "host.helthy", "unknown-name"),
        ("host.healthy && market.vix > market.vix_at", "> market.vix_at", "unit"),
        ("host.healthy && market.vix", "market.vix", "type"),
        ("host.healthy & host.reconciled", "& host", "expression"),
        ("(host.healthy || host.reconciled) && known(host.nobody)", "host.nobody", "unknown-name"),
    ],
)
def test_a_fault_has_the_files_own_column_in_every_style(
    tmp_path: Path, style: str, text: str, marked: str, code: str
) -> None:
    body = _STYLES[style].format(text)
    rest = "" if style == "flow" else '\n    cites: "0.1"'
    section = f"facts:\n  market.bad:\n{body}{rest}\n"
    written = (write(tmp_path, section) / SECTION).read_text("utf-8").splitlines()
    line, column = next((number, row.index(marked)) for number, row in enumerate(written, 1) if marked in row)
    assert faulty(tmp_path, section) == [(line, column + 1, code)]


def test_the_columns_of_both_line_ends_are_the_same(tmp_path: Path) -> None:
    section = 'facts:\n  market.bad:\n    value: |\n      host.healthy\n      && host.nobody\n    cites: "0.1"\n'
    assert faulty(tmp_path / "unix", section) == faulty(tmp_path / "dos", section.replace("\n", "\r\n"))


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("    value: host.healthy # || host.reconciled", 12, "cut"),
        ('    value: "host.healthy == \\"x\\""', 29, "expression"),
        ("    value: [host.healthy]", 12, "type"),
        ("    value: {a: host.healthy}", 12, "type"),
    ],
)
def test_what_yaml_would_change_is_refused_where_it_stands(tmp_path: Path, line: str, column: int, code: str) -> None:
    found = faulty(tmp_path, f'facts:\n  market.bad:\n{line}\n    cites: "0.1"\n')
    assert (5, column, code) in found


def test_a_rule_whose_condition_is_false_speaks_of_nothing_and_one_whose_is_true_of_every_row(folder: Path) -> None:
    rules = "".join(
        f'  {name}:\n    for: market\n    decide: {kind}\n    when: "{when}"\n    cites: "0.1"\n'
        for name, kind, when in (("never", "Halt", "false"), ("always", "Alert", "true"))
    )
    law = tiny(folder, "rules:\n", rules.replace("decide: Alert\n", "decide: Alert\n    with: {code: noticed}\n"))
    verdict = decide(law.law, snapshot(thursday()))
    assert [(type(each).__name__, each.rule) for each in verdict.decisions] == [("Alert", "always")]
