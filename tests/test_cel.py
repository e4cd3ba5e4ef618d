"""An independent CEL gives the same values to the same texts: numbers, truths, words, what is unknown.

Amounts are handed to CEL in cents. A fact that is unknown is one that CEL does not find: an error there, which
`false &&` and `true ||` absorb on either side, is what unknown is here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import cel
from hypothesis import given
from hypothesis import strategies as st

from engine.decide import calendar_of
from engine.expr import check, tree
from engine.expr.check import Constant, Scope
from engine.expr.emit import Code, Emitter, Rows
from engine.expr.parse import parse
from engine.expr.typed import Apply, Fold, Read, Type
from engine.expr.units import UNITS
from tests.conftest import examples
from tests.oracle_language import Parser
from tests.strategies import snapshot
from tests.test_properties import thursday

_WORDS: Final = ("red", "green", "blue")
_FACTS: Final = {
    **dict.fromkeys(("a", "b", "c"), Type.of(UNITS["count"])),
    **dict.fromkeys(("usd", "more"), Type.of(UNITS["usd"])),
    **dict.fromkeys(("p", "q", "r"), Type.of(UNITS["bool"])),
    **dict.fromkeys(("word", "other"), Type("symbol", words=frozenset(_WORDS))),
}
_CONSTANTS: Final = {
    "limit": Constant("limit", "count", 7),
    "dollars": Constant("dollars", "usd", 1050),
    "warm": Constant("warm", "symbol", ("red",)),
    "cold": Constant("cold", "symbol", ("green", "blue")),
}


class Sheet:
    """What an expression of these tests may read: `m`, and the rows of `m.rows`, which have the same facts."""

    def constant(self, name: str) -> Constant | None:
        return _CONSTANTS.get(name)

    def fact(self, subject: str, name: str) -> tuple[Type, bool] | None:
        return (_FACTS[name], True) if name in _FACTS else None

    def pick(self, subject: str, name: str) -> str | None:
        return None

    def words(self) -> list[str]:
        return [*_FACTS]


SCOPE: Final = Scope(Sheet(), {"m": "m"}, {"m": {"rows": "row"}, "row": {}})

Strategy = st.SearchStrategy[tree.Tree]


def name(*path: str) -> tree.Tree:
    return tree.Name(0, path)


def binary(signs: str, left: Strategy, right: Strategy) -> Strategy:
    return st.builds(tree.Binary, st.just(0), st.sampled_from(signs.split()), left, right)


def grown(atoms: Strategy, signs: str) -> Strategy:
    """Return sums, differences, products and negations."""
    negated = st.builds(tree.Negative, st.just(0), atoms)
    return st.recursive(st.one_of(atoms, negated), lambda inner: binary(signs, inner, inner), max_leaves=5)


def names(row: str, *facts: str) -> Strategy:
    return st.sampled_from([name(row, fact) for fact in facts])


def truths(row: str, *folds: Strategy) -> Strategy:
    """Return conditions over one row's facts, with every operator of the language but division."""
    literals = st.sampled_from([tree.Number(0, text) for text in "012"])
    counts = grown(st.one_of(names(row, "a", "b", "c"), literals, st.just(name("limit"))), "+ - *")
    amounts = grown(st.one_of(names(row, "usd", "more"), st.just(name("dollars"))), "+ -")
    several = binary("*", amounts, names(row, "a", "b"))
    words = names(row, "word", "other")
    spelled = st.sampled_from([tree.String(0, word) for word in _WORDS])
    order = "< <= > >= == !="
    listed = st.lists(literals, min_size=1, max_size=3).map(lambda items: tree.Listing(0, tuple(items)))
    coloured = st.lists(spelled, min_size=1, max_size=3).map(lambda items: tree.Listing(0, tuple(items)))
    atoms = [
        names(row, "p", "q", "r"),
        st.sampled_from([name("true"), name("false")]),
        binary(order, counts, counts),
        binary(order, amounts, st.one_of(amounts, several)),
        binary("== !=", words, st.one_of(words, spelled)),
        binary("in", counts, listed),
        binary("in", words, st.one_of(coloured, st.sampled_from([name("warm"), name("cold")]))),
    ]
    return st.recursive(st.one_of(*atoms, *folds), joined, max_leaves=6)


def joined(inner: Strategy) -> Strategy:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(tree.Both, st.just(0), st.sampled_from(["&&", "||"]), several),
        st.builds(tree.Not, st.just(0), inner),
        binary("== !=", inner, inner),
    )


FOLDS: Final = st.builds(
    tree.Quantified,
    st.just(0),
    st.just(tree.Name(0, ("m", "rows"))),
    st.sampled_from(["exists", "all"]),
    st.just("x"),
    truths("x"),
)
CONDITIONS: Final = truths("m", FOLDS)
NUMBERS: Final = grown(st.one_of(names("m", "a", "b", "c"), st.just(name("limit"))), "+ - *")

_VALUES: Final = {
    "bool": st.sampled_from([True, False, None]),
    "symbol": st.sampled_from([*_WORDS, None]),
    "number": st.one_of(st.integers(-50, 50), st.sampled_from([0, 1, 2, 7, 1050, None])),
}
ROW: Final = st.fixed_dictionaries({fact: _VALUES[kind.kind] for fact, kind in _FACTS.items()})
ROWS: Final = st.one_of(st.lists(ROW, max_size=3), st.none())


@dataclass
class Reading:
    """How the compiled language reads these rows: `m` by plain names, the others by index."""

    indexes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.emit = Emitter(self.load, self.rows)

    def load(self, read: Read) -> Code:
        if read.row not in self.indexes:
            return Code(read.fact, read.type.scale, guards={read.fact: None})
        bound = self.emit.fresh()
        return Code(bound, read.type.scale, guards={bound: f"rows[{self.indexes[read.row]}][{read.fact!r}]"})

    def rows(self, of: Fold | Apply) -> Rows:
        index = f"j{len(self.indexes)}"
        self.indexes[getattr(of, "variable", "")] = index
        return Rows("numbers", {"numbers": None}, index)


_KLEENE: Final = calendar_of(snapshot(thursday()))


def compiled(text: str, row: Mapping[str, Any], rows: list[Any] | None) -> Any:  # noqa: ANN401 - any value
    code = Reading().emit.code(check.value(parse(text), SCOPE))
    numbers = None if rows is None else range(len(rows))
    return eval(code.value, {"K": _KLEENE, "rows": rows, "numbers": numbers, **row})  # noqa: S307 - what the engine compiles


def independent(text: str, row: Mapping[str, Any], rows: list[Any] | None) -> Any:  # noqa: ANN401 - any value
    """Return what CEL says, `None` for an error."""

    def told(facts: Mapping[str, Any]) -> dict[str, Any]:
        return {fact: value for fact, value in facts.items() if value is not None}

    m = told(row) if rows is None else told(row) | {"rows": [told(one) for one in rows]}
    plain = {word: [*one.value] if isinstance(one.value, tuple) else one.value for word, one in _CONSTANTS.items()}
    try:
        return cel.evaluate(text, {"m": m, **plain})
    except KeyError:
        return None


@dataclass
class Naive:
    """A row as the oracle's language reads one."""

    facts: Mapping[str, Any]
    lists: Mapping[str, Any] = field(default_factory=dict)

    def fact(self, row: "Naive", fact: str) -> Any:  # noqa: ANN401 - any value
        return row.facts[fact]


def naive(text: str, row: Mapping[str, Any], rows: list[Any] | None) -> Any:  # noqa: ANN401 - any value
    m = Naive(row, {"rows": None if rows is None else [Naive(one) for one in rows]})
    constants = {word: one.value for word, one in _CONSTANTS.items()}
    return Parser(text, constants).whole()(m, {"m": m})


@examples(1500)
@given(CONDITIONS, ROW, ROWS)
def test_a_condition_means_what_it_means_in_cel(of: tree.Tree, row: dict[str, Any], rows: list[Any] | None) -> None:
    text = tree.show(of)
    expected = independent(text, row, rows)
    assert compiled(text, row, rows) is expected, text
    assert naive(text, row, rows) is expected, text


@examples(600)
@given(NUMBERS, ROW)
def test_a_number_is_the_one_that_cel_computes(of: tree.Tree, row: dict[str, Any]) -> None:
    text = tree.show(of)
    expected = independent(text, row, [])
    assert compiled(text, row, []) == expected, text
    assert naive(text, row, []) == expected, text
