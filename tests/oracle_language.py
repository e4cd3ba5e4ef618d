"""The condition language for the oracle: recursive descent, straight to functions of the rows in sight.

Everything is a number, a truth, a word or closes by date; `None` is unknown. There are no units, scales or types.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

Number: TypeAlias = int | Fraction
Closes: TypeAlias = dict[int, Fraction | None]
Value: TypeAlias = Number | bool | str | Closes | None
Term: TypeAlias = Callable[[Any, Mapping[str, Any]], Any]

_NUMBER, _NAME = 1, 4
_TOKEN = re.compile(r"\s*(?:([0-9.]+)|\"([^\"]*)\"|'([^']*)'|([A-Za-z_][\w.]*)|(\|\||&&|[<>=!]=|[-+*/()<>!,\[\]]))")
_SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: Fraction(a) / b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "in": lambda a, b: a in b,
}


def negation(value: bool | None) -> bool | None:  # noqa: FBT001 - a truth
    return None if value is None else not value


def every(values: Iterable[bool | None]) -> bool | None:
    found = list(values)
    return False if False in found else None if None in found else True


def some(values: Iterable[bool | None]) -> bool | None:
    return negation(every(negation(value) for value in values))


class Parser:
    """One expression. `constants` are what bare names stand for; a function is asked of the oracle, by its name."""

    def __init__(self, text: str, constants: Mapping[str, Any]) -> None:
        self.constants = constants
        self.tokens: list[tuple[int, str]] = []
        self.at = end = 0
        while found := _TOKEN.match(text, end):
            end = found.end()
            self.tokens.append((found.lastindex or 0, found[found.lastindex or 0]))
        assert not text[end:].strip(), text[end:]

    def whole(self) -> Term:
        term = self.either()
        assert self.at == len(self.tokens), self.tokens[self.at :]
        return term

    def took(self, *signs: str) -> str:
        """Return the next token and step over it when it is one of these."""
        kind, word = self.tokens[self.at] if self.at < len(self.tokens) else (0, "")
        if kind < _NAME or word not in signs:
            return ""
        self.at += 1
        return word

    def word(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1][1]

    def either(self) -> Term:
        return self.joined("||", self.both, some)

    def both(self) -> Term:
        return self.joined("&&", self.comparison, every)

    def joined(self, sign: str, part: Callable[[], Term], join: Callable[[Iterable[Any]], Value]) -> Term:
        terms = [part()]
        while self.took(sign):
            terms.append(part())
        return terms[0] if len(terms) == 1 else lambda o, e: join(term(o, e) for term in terms)

    def comparison(self) -> Term:
        left = self.sum()
        sign = self.took("<", "<=", ">", ">=", "==", "!=", "in")
        if sign == "in" and self.took("["):
            items = self.listed("]")
            return _strict(sign, left, lambda o, e: [item(o, e) for item in items])
        return _strict(sign, left, self.sum()) if sign else left

    def sum(self) -> Term:
        left = self.product()
        while sign := self.took("+", "-"):
            left = _strict(sign, left, self.product())
        return left

    def product(self) -> Term:
        left = self.unary()
        while sign := self.took("*", "/"):
            left = _strict(sign, left, self.unary())
        return left

    def unary(self) -> Term:
        if self.took("!"):
            inner = self.unary()
            return lambda o, e: negation(inner(o, e))
        if self.took("-"):
            return _strict("-", lambda *_: 0, self.unary())
        return self.atom()

    def listed(self, end: str) -> list[Term]:
        terms = [self.either()]
        while self.took(","):
            terms.append(self.either())
        assert self.took(end)
        return terms

    def atom(self) -> Term:
        if self.took("("):
            return self.listed(")")[0]
        kind, word = self.tokens[self.at]
        self.at += 1
        if kind < _NAME:
            literal = int(word) if kind == _NUMBER else word
            return lambda *_: literal
        if self.took("("):
            return self.call(word)
        if "." not in word:
            constant = {"true": True, "false": False, **self.constants}[word]
            return lambda *_: constant
        row, fact, *inner = word.split(".")
        if inner:
            return lambda o, e: None if (row_ := o.fact(e[row], fact)) is None else o.fact(row_, inner[0])
        return lambda o, e: o.fact(e[row], fact)

    def call(self, word: str) -> Term:
        path, _, each = word.rpartition(".")
        if path:
            variable = self.word()
            assert self.took(",")
            row, name = path.split(".")
            return _fold(each, row, name, variable, self.listed(")")[0])
        if word == "mean_true_range":
            row, bars = self.word().split(".")
            assert self.took(",")
            day, count = self.listed(")")
            return lambda o, e: o.mean_true_range(e[row].lists[bars], day(o, e), count(o, e))
        terms = self.listed(")")
        if word == "known":
            return lambda o, e: terms[0](o, e) is not None
        if word == "first_known":
            return lambda o, e: next((value for term in terms if (value := term(o, e)) is not None), None)

        def value(o: Any, e: Mapping[str, Any]) -> Value:  # noqa: ANN401 - the oracle
            values = [term(o, e) for term in terms]
            return None if None in values else getattr(o, f"ask_{word}")(*values)

        return value


def _strict(sign: str, left: Term, right: Term) -> Term:
    apply = _SIGNS[sign]

    def value(o: Any, e: Mapping[str, Any]) -> Value:  # noqa: ANN401 - the oracle
        first, second = left(o, e), right(o, e)
        return None if first is None or second is None else apply(first, second)

    return value


def _fold(each: str, row: str, name: str, variable: str, body: Term) -> Term:
    def value(o: Any, e: Mapping[str, Any]) -> Value:  # noqa: ANN401 - the oracle
        rows = e[row].lists[name]
        if rows is None:
            return None
        values = [body(o, {**e, variable: below}) for below in rows]
        if each in ("exists", "all"):
            return some(values) if each == "exists" else every(values)
        return None if None in values else sum(values)

    return value
