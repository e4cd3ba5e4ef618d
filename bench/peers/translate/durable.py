"""The rule set for durable-rules, in the part of it that is right: conjunctions of constants and joins, whole numbers.

An `or` becomes two rules. A derived fact that is a word or a row of fixed numbers is a rule whose action asserts it,
one stratum after what it reads; every other one is written out. A comparison of two facts is `1 < 1 + right - left`,
for the left side of a comparison may be a property only. The last term of a join is always true.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bench.peers.plain import (
    SUBJECTS,
    Among,
    Both,
    Call,
    Choose,
    Compare,
    Derived,
    Get,
    Not,
    Operator,
    Plain,
    PlainLaw,
    Sum,
    Value,
)
from bench.peers.writer import denied

_OPERATORS: Final = {"<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte", "!=": "$neq"}
_SUMS: Final = {"+": "$add", "-": "$sub", "*": "$mul"}
_MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_KEYED: Final = ("symbol", "holding", "candidate")
_DONE: Final = 99
# A condition of which all hold at once, and a number under such conditions.
_Tests = tuple[Plain, ...]
_Number = tuple[_Tests, Plain]


def ruleset(law: PlainLaw) -> str:
    """Return the rules as JSON, and what the actions of some of them assert."""
    return _Rules(law).text()


class _Rules:
    def __init__(self, law: PlainLaw) -> None:
        self.law = law
        self.derived = {(fact.subject, fact.fact): fact for fact in law.derived}
        self.asserted: dict[tuple[str, str], int] = {}  # with their strata
        self.rules: dict[str, Any] = {}
        self.asserts: dict[str, dict[str, Any]] = {}

    def text(self) -> str:
        for fact in self.law.derived:
            if isinstance(fact.value, Choose) and all(isinstance(value, Value) for value in _values(fact.value)):
                self._assert(fact, fact.value)
        last = max(self.asserted.values(), default=0) + 1
        for check in self.law.checks:
            for number, tests in enumerate(self._alternatives(denied(check.holds))):
                self.rules[f"{check.reason}/{number}"] = self._rule(tests, last)
        self.rules["done"] = {"pri": _DONE, "all": [{"done": {"t": "host"}}]}
        return json.dumps({"rules": self.rules, "asserts": self.asserts})

    def _assert(self, fact: Derived, of: Choose) -> None:
        """Add the rules that assert one row of a table; a row holds where no row before it does."""
        name = f"{fact.subject}_{fact.fact}"
        before = [self.asserted[key] for guard, _ in of.rows for key in self._below(guard)]
        stratum = self.asserted[fact.subject, fact.fact] = max(before, default=0) + 1
        earlier: list[Plain] = []
        for place, (guard, value) in enumerate([*of.rows, (Value(value=True), of.otherwise)]):
            terms = tuple(term for term in (guard, *map(denied, earlier)) if term != Value(value=True))
            for number, tests in enumerate(self._alternatives(Both("and", terms))):
                rule = f"{name}/{place}/{number}"
                self.rules[rule] = self._rule(tests, stratum)
                self.asserts[rule] = {"t": name, "v": value.value} if isinstance(value, Value) else {}
            earlier.append(guard)

    def _below(self, of: Plain) -> Iterator[tuple[str, str]]:
        """Yield the asserted facts that an expression reads, through those that are written out too."""
        for tests in self._alternatives(of):
            for test in tests:
                yield from (key for key in map(_key, _gets(test)) if key in self.asserted)

    def _alternatives(self, of: Plain) -> list[_Tests]:
        """Return a condition as alternatives of tests without `or`, tables and functions."""
        match of:
            case Both(operator="and", terms=terms):
                found: list[_Tests] = [()]
                for term in terms:
                    found = [(*first, *then) for first in found for then in self._alternatives(term)]
                return found
            case Both(terms=terms):
                return [tests for term in terms for tests in self._alternatives(term)]
            case Not(of=Both() | Compare() | Value() as inner):
                return self._alternatives(denied(inner))
            case Not(of=Among(of=word, words=words)):
                return [tuple(Compare("!=", word, Value(text)) for text in words)]
            case Among(of=word, words=words):
                return [(Compare("==", word, Value(text)),) for text in words]
            case Get() | Not(of=Get()):
                return self._truth(of)
            case Compare(operator="==" | "!=", left=left, right=Value(value=str())) if isinstance(left, Get):
                return [(of,)]
            case Compare(operator=operator, left=left, right=right):
                return [
                    (*first, *second, Compare(operator, one, two))
                    for first, one in self._numbers(left)
                    for second, two in self._numbers(right)
                ]
            case _:
                raise ValueError(of)

    def _truth(self, of: Get | Not) -> list[_Tests]:
        read = of.of if isinstance(of, Not) else of
        derived = self.derived.get(_key(read)) if isinstance(read, Get) else None
        if derived is None:
            return [(Compare("==", read, Value(value=not isinstance(of, Not))),)]
        return self._alternatives(denied(derived.value) if isinstance(of, Not) else derived.value)

    def _numbers(self, of: Plain) -> list[_Number]:
        """Return a number as sums and products of given or asserted facts, each under its conditions."""
        match of:
            case Get() if _key(of) in self.asserted or _key(of) not in self.derived:
                return [((), of)]
            case Get():
                return self._numbers(self.derived[_key(of)].value)
            case Value():
                return [((), of)]
            case Sum(operator=operator, left=left, right=right):
                return [
                    ((*first, *second), _folded(Sum(operator, one, two)))
                    for first, one in self._numbers(left)
                    for second, two in self._numbers(right)
                ]
            case Call(function="abs", parts=(inner,)):
                return [
                    ((*tests, Compare(test, one, Value(0))), value)
                    for tests, one in self._numbers(inner)
                    for test, value in _signed(one)
                ]
            case Call(function=function, parts=(left, right)):
                larger: tuple[Any, Any] = (">=", "<") if function == "max" else ("<=", ">")
                return [
                    ((*first, *second, Compare(test, one, two)), value)
                    for first, one in self._numbers(left)
                    for second, two in self._numbers(right)
                    for test, value in zip(larger, (one, two), strict=True)
                ]
            case Choose(rows=((guard, value),), otherwise=otherwise):
                return [
                    ((*tests, *inner), number)
                    for condition, then in ((guard, value), (Not(guard), otherwise))
                    for tests in self._alternatives(condition)
                    for inner, number in self._numbers(then)
                ]
            case _:
                raise ValueError(of)

    def _rule(self, tests: _Tests, stratum: int) -> dict[str, Any]:
        """Return a rule: facts in the order of the subjects, each test with the last fact that it reads."""
        met = sorted({self._fact(read) for test in tests for read in _gets(test)}, key=self._order)
        terms: dict[str, list[Any]] = {name: [{"t": name}] for name in met}
        joined: dict[str, list[Any]] = {name: [] for name in met}
        for test in tests:
            last = max((self._fact(read) for read in _gets(test)), key=met.index)
            term, constant = self._term(test, last)
            (terms if constant else joined)[last].append(term)
        keyed = [name for name in met if name in _KEYED]
        for name in keyed[1:]:
            joined[name].insert(0, {"u": {keyed[0]: "u"}})
        for name in met:
            always = {"one": 1} if name == met[0] else {"one": {met[0]: "one"}}
            terms[name] += [*joined[name], always] if joined[name] or name != met[0] else []
        return {"pri": stratum, "all": [{name: _together(terms[name])} for name in met]}

    def _order(self, name: str) -> tuple[int, str]:
        return (SUBJECTS.index(name) if name in SUBJECTS else -1), name

    def _fact(self, of: Get) -> str:
        """Return the kind of fact that has a value: a subject's, or one that a rule asserts."""
        if _key(of) in self.asserted:
            return f"{of.subject}_{of.fact}"
        return "candidate" if of.subject == "entry" else of.subject

    def _property(self, of: Get) -> str:
        return "v" if _key(of) in self.asserted else of.fact

    def _term(self, of: Plain, last: str) -> tuple[dict[str, Any], bool]:
        """Return a test, and whether it compares one property with a constant."""
        if not isinstance(of, Compare):
            raise TypeError(of)
        operator, left, right = of.operator, of.left, of.right
        if isinstance(left, Value):
            operator, left, right = _MIRRORED[operator], right, left  # type: ignore[assignment]
        if isinstance(left, Get) and isinstance(right, Value):
            compared: dict[str, Any] = {self._property(left): right.value}
            return (compared if operator == "==" else {_OPERATORS[operator]: compared}), True
        less = _arithmetic("+", _arithmetic("-", self._sum(right, last), self._sum(left, last)), 1)
        compared = {"one": less}
        return (compared if operator == "==" else {_OPERATORS[operator]: compared}), False

    def _sum(self, of: Plain, last: str) -> Any:  # noqa: ANN401 - JSON
        match of:
            case Value(value=value):
                return value
            case Get():
                fact = self._fact(of)
                return {"$m" if fact == last else fact: self._property(of)}
            case Sum(operator=operator, left=left, right=right):
                return _arithmetic(operator, self._sum(left, last), self._sum(right, last))
            case _:
                raise ValueError(of)


def _folded(of: Sum) -> Plain:
    """Return a sum of two fixed numbers as one: durable-rules works with the first of them only."""
    if not (isinstance(of.left, Value) and isinstance(of.right, Value)):
        return of
    one, two = int(of.left.value), int(of.right.value)
    return Value(one * two if of.operator == "*" else one + two if of.operator == "+" else one - two)


def _arithmetic(operator: str, left: Any, right: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {_SUMS[operator]: {"$l": left, "$r": right}}


def _signed(of: Plain) -> "list[tuple[Operator, Plain]]":
    """Return for each sign of a number what it is without it."""
    return [(">=", of), ("<", Sum("-", Value(0), of))]


def _together(terms: list[dict[str, Any]]) -> Mapping[str, Any]:
    return terms[0] if len(terms) == 1 else {"$and": terms}


def _values(of: Choose) -> list[Plain]:
    return [*(value for _, value in of.rows), of.otherwise]


def _key(of: Plain) -> tuple[str, str]:
    return (of.subject, of.fact) if isinstance(of, Get) else ("", "")


def _gets(of: Plain) -> list[Get]:
    match of:
        case Get():
            return [of]
        case Compare(left=left, right=right) | Sum(left=left, right=right):
            return [*_gets(left), *_gets(right)]
        case _:
            return []
