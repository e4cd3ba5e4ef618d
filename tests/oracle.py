"""The law read once more, as naively as can be: the authored YAML, fractions, recursion, `None` for unknown.

Nothing of the compiled law is used, and nothing of its loader but the YAML reader. There are no units: an amount is
a fraction, a date its ordinal, an instant the seconds since 1970, a time the seconds since midnight.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from engine.facts import Snapshot
from engine.law.text import plain, read_yaml

Value = Fraction | bool | str | None
Env = Mapping[str, "Row"]
Term = Callable[["Oracle", Env], Any]

_TOKEN = re.compile(r"\s*(?:([0-9.]+)|\"([^\"]*)\"|'([^']*)'|([A-Za-z_][\w.]*)|(\|\||&&|[<>=!]=|[-+*/()<>!,\[\]]))")
_INTERVAL = re.compile(r"(?:(from|above)\s+(\S+))?\s*(?:(up to|below)\s+(\S+))?")
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EACH = ("exists", "all", "count", "sum")


@dataclass
class Row:
    """One thing the law speaks of: what the snapshot gives of it, the rows above it, the lists below it."""

    subject: str
    id: str
    given: dict[str, Value]
    above: dict[str, "Row"] = field(default_factory=dict)
    lists: dict[str, "list[Row] | None"] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, "Row"]:
        return {**self.above, self.subject: self}


class Interval(NamedTuple):
    low: Fraction | None
    high: Fraction | None
    low_in: bool
    high_in: bool

    def __contains__(self, value: object) -> bool:
        above = self.low is None or self.low < value or (self.low_in and self.low == value)  # type: ignore[operator]
        below = self.high is None or value < self.high or (self.high_in and value == self.high)  # type: ignore[operator]
        return above and below


def read(value: object) -> Value:
    """Return a value of the snapshot, of memory or of a parameter; what cannot be true is unknown."""
    match value:
        case bool():
            return value
        case int() | Decimal():
            return Fraction(value)
        case datetime():
            return Fraction((value - _EPOCH) // timedelta(milliseconds=1), 1000)
        case date():
            return Fraction(value.toordinal())
        case str() if found := _CLOCK.fullmatch(value):
            return Fraction(sum(int(part or 0) * size for part, size in zip(found.groups(), (3600, 60, 1), strict=True)))
        case str() if re.match(r"\d{4}-\d\d-\d\d", value):
            return read(datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value))
        case str():
            return value
        case _:
            return None


class Law:
    """The section files, by what they define."""

    def __init__(self, folder: Path) -> None:
        self.constants: dict[str, Any] = {}
        self.definitions: dict[str, Callable[[Oracle, Row], Any]] = {}
        self.remembered: dict[str, Callable[[Mapping[str, Any]], Value]] = {}
        self.next: dict[str, str] = {}
        self.rules: dict[str, dict[str, Any]] = {}
        self.tickers: list[str] = []
        self._terms: dict[str, Term] = {}
        written = [plain(read_yaml(path.read_bytes(), path.name, [])) for path in sorted(folder.glob("*-*.yaml"))]  # type: ignore[arg-type]
        sections: list[dict[str, Any]] = [section for section in written if isinstance(section, dict)]
        for section in sections:
            for name, parameter in section.get("parameters", {}).items():
                self.constants[name] = self._constant(parameter["value"], parameter["unit"])
            for ladder in section.get("ladders", {}).values():
                self.constants |= {level["name"]: Fraction(level["level"]) for level in ladder["levels"]}
        for section in sections:
            for form in ("facts", "tables", "ladders", "latches", "memories", "picks"):
                for name, definition in section.get(form, {}).items():
                    getattr(self, f"_{form}")(name, definition)
            for name, rule in section.get("rules", {}).items():
                self.rules[name] = rule
                if "require" in rule:
                    self._facts(f"{rule['for']}.{name}", {"value": rule["when"]})

    def _constant(self, value: object, unit: str) -> object:
        if isinstance(value, list):
            self.tickers += value if unit == "ticker" else []
            return tuple(read(item) for item in value)
        words = unit in ("symbol", "ticker", "text")
        return value if words else self._interval(str(value)) or self._bound(str(value))

    def _interval(self, text: str) -> Interval | None:
        found = _INTERVAL.fullmatch(text)
        if not found or not any(found.groups()):
            return None
        low, high = (None if end is None else self._bound(end) for end in found.group(2, 4))
        return Interval(low, high, found[1] == "from", found[3] == "up to")

    def _bound(self, text: str) -> Any:  # noqa: ANN401 - a word or a number
        if text in self.constants:
            return self.constants[text]
        return Fraction(text) if re.fullmatch(r"-?[\d.]+", text) else read(text)

    def term(self, text: object) -> Term:
        """Return an expression as a function of the rows in sight."""
        source = str(text).lower() if isinstance(text, bool) else str(text)
        if source not in self._terms:
            self._terms[source] = _Parser(self, source).whole()
        return self._terms[source]

    def _facts(self, name: str, definition: dict[str, Any]) -> None:
        value, positive = self.term(definition["value"]), definition.get("positive", False)

        def define(oracle: Oracle, row: Row) -> Value:
            found: Value = value(oracle, row.env)
            return None if positive and isinstance(found, Fraction) and found <= 0 else found

        self.definitions[name] = define

    def _tables(self, name: str, table: dict[str, Any]) -> None:
        columns = {column: self.term(text) for column, text in table["by"].items()}
        rows = [([self._cell(row[by], of) for by, of in columns.items() if by in row], self._then(table, row["then"])) for row in table["rows"]]
        rows += [([], self._then(table, table["otherwise"]))] if "otherwise" in table else []
        first = table["hit"] == "first"

        def define(oracle: Oracle, row: Row) -> Any:  # noqa: ANN401 - any value
            doubt = False
            for number, (cells, then) in enumerate(rows):
                if number == len(table["rows"]) and doubt:
                    return None
                applies = _all(cell(oracle, row.env) for cell in cells)
                if applies is True:
                    return then(oracle, row.env)
                doubt = doubt or applies is None
                if doubt and first:
                    return None
            return None

        self.definitions[name] = define

    def _then(self, table: dict[str, Any], text: object) -> Term:
        return (lambda *_: text) if table.get("unit") == "symbol" else self.term(text)

    def _cell(self, cell: Any, of: Term) -> Term:  # noqa: ANN401 - as YAML has it
        wanted = tuple(cell) if isinstance(cell, list) else self._interval(str(cell)) or self.constants.get(str(cell), read(cell))

        def test(oracle: Oracle, env: Env) -> bool | None:
            value = of(oracle, env)
            if value is None or cell == "any":
                return None if cell != "any" else True
            if isinstance(wanted, tuple):
                return value in wanted
            return bool(value == (cell if isinstance(value, str) and not isinstance(wanted, str) else wanted))

        return test

    def _ladders(self, name: str, ladder: dict[str, Any]) -> None:
        applies = self.term(ladder["applies"])
        climbs = [
            (Fraction(level["level"]), self.term(re.sub(r"\brung\b", level["rung"], ladder["crossed"])))
            for level in reversed(ladder["levels"][1:])
        ]

        def define(oracle: Oracle, row: Row) -> Value:
            applied = applies(oracle, row.env)
            for level, crossed in climbs if applied else ():
                there = crossed(oracle, row.env)
                if there is not False:
                    return level if there else None
            return None if applied is None else Fraction(0)

        self.definitions[name] = define

    def _latches(self, name: str, latch: dict[str, Any]) -> None:
        subject, fact = name.split(".")
        sets, clears = self.term(latch["set"]), self.term(latch["clear"])
        self.remembered[f"{name}_before"] = lambda entry: fact in entry
        held = self.term(f"{subject}.{fact}_before")

        def define(oracle: Oracle, row: Row) -> bool | None:
            stays = _all((held(oracle, row.env), _not(clears(oracle, row.env))))
            return _any((sets(oracle, row.env), stays))

        self.definitions[name] = define
        for kept, text in latch.get("keeps", {}).items():
            self.remembered[f"{name}_{kept}_before"] = lambda entry, kept=kept: read(entry.get(fact, {}).get(kept))
            table = {"hit": "first", "by": {"held": f"{subject}.{fact}_before"}, "otherwise": text}
            table["rows"] = [{"held": True, "then": f"{subject}.{fact}_{kept}_before"}]
            self._tables(f"{name}_{kept}", table)

    def _memories(self, name: str, memory: dict[str, Any]) -> None:
        fact = name.split(".")[1]
        self.remembered[name] = lambda entry: read(entry.get(fact, memory.get("initial")))
        self._facts(f"{name}_next", {"value": memory["next"]})

    def _picks(self, name: str, pick: dict[str, Any]) -> None:
        when, where = self.term(pick["when"]), self.term(pick["where"])
        order = [self.term(text) for text in pick["order_by"]]
        owner = pick["among"].split(".")[0]

        def choose(oracle: Oracle, row: Row) -> "tuple[Row | None, bool | None]":
            wanted, kids = when(oracle, row.env), row.env[owner].lists["candidates"]
            if not wanted or kids is None:
                return None, None if wanted is not False else False
            doubt, best = False, []
            for number, kid in enumerate(kids):
                env = {**row.env, "candidate": kid}
                fits = where(oracle, env)
                key = [part(oracle, env) for part in order] if fits is not False else []
                if fits and None not in key:
                    best.append((key, number, kid))
                doubt = doubt or fits is None or None in key
            return (min(best)[2], True) if best else (None, None if doubt else False)

        self.definitions[name] = lambda oracle, row: choose(oracle, row)[0]
        self.definitions[f"{name}_found"] = lambda oracle, row: choose(oracle, row)[1]


def _all(values: Iterable[bool | None]) -> bool | None:
    found = list(values)
    return False if False in found else None if None in found else True


def _any(values: Iterable[bool | None]) -> bool | None:
    return _not(_all(_not(value) for value in values))


def _not(value: bool | None) -> bool | None:  # noqa: FBT001 - a truth
    return None if value is None else not value


class _Parser:
    """Recursive descent over the language, straight to functions."""

    def __init__(self, law: Law, text: str) -> None:
        self.law = law
        self.tokens = [next(pair for pair in zip(range(1, 6), found.groups(), strict=True) if pair[1] is not None) for found in _TOKEN.finditer(text)]
        self.at = 0

    def whole(self) -> Term:
        term = self.any()
        assert self.at == len(self.tokens), self.tokens[self.at :]
        return term

    def took(self, *words: str) -> str:
        """Return the next token and step over it when it is one of these signs."""
        kind, word = self.tokens[self.at] if self.at < len(self.tokens) else (0, "")
        if word in words and kind > 3:
            self.at += 1
            return word
        return ""

    def any(self) -> Term:
        return self.several("||", self.every, _any)

    def every(self) -> Term:
        return self.several("&&", self.comparison, _all)

    def several(self, sign: str, part: Callable[[], Term], join: Callable[[Iterable[bool | None]], Value]) -> Term:
        terms = [part()]
        while self.took(sign):
            terms.append(part())
        return terms[0] if len(terms) == 1 else lambda o, e: join(term(o, e) for term in terms)

    def comparison(self) -> Term:
        left = self.sum()
        sign = self.took("<", "<=", ">", ">=", "==", "!=", "in")
        if not sign:
            return left
        if sign != "in":
            return _strict(sign, left, self.sum())
        if self.took("["):
            items = self.list("]")
            return lambda o, e: None if (v := left(o, e)) is None else v in [item(o, e) for item in items]
        wanted = self.law.constants[self.name()]
        return lambda o, e: None if (v := left(o, e)) is None else v in wanted

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
            return lambda o, e: _not(inner(o, e))
        if self.took("-"):
            return _strict("-", lambda *_: Fraction(0), self.unary())
        return self.atom()

    def name(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1][1]

    def list(self, end: str) -> list[Term]:
        terms = [self.any()]
        while self.took(","):
            terms.append(self.any())
        assert self.took(end)
        return terms

    def atom(self) -> Term:
        if self.took("("):
            return self.list(")")[0]
        kind, word = self.tokens[self.at]
        self.at += 1
        if kind == 1:
            number = Fraction(word)
            return lambda *_: number
        if kind < 4:
            return lambda *_: word
        if self.took("("):
            return self.call(word)
        row, _, fact = word.partition(".")
        if not fact:
            constant = {"true": True, "false": False}.get(word, self.law.constants.get(word))
            return lambda *_: constant
        pick, _, inner = fact.partition(".")
        if inner:
            return lambda o, e: None if (found := o.fact(e[row], pick)) is None else o.fact(found, inner)
        return lambda o, e: o.fact(e[row], fact)

    def call(self, word: str) -> Term:
        source, _, each = word.rpartition(".")
        if each in _EACH and source:
            variable = self.name()
            assert self.took(",")
            return _fold(each, *source.split("."), variable, self.list(")")[0])
        if word in ("lower", "upper", "middle"):
            low, high, *_ = self.law.constants[self.name()]
            self.took(")")
            bound = {"lower": low, "upper": high, "middle": (low + high) / 2}[word]
            return lambda *_: bound
        if word == "mean_true_range":
            row, bars = self.name().split(".")
            self.took(",")
            day, count = self.list(")")
            return lambda o, e: o.mean_true_range(e[row].lists[bars], day(o, e), count(o, e))
        terms = self.list(")")
        if word == "known":
            return lambda o, e: terms[0](o, e) is not None
        if word == "first_known":
            return lambda o, e: next((value for term in terms if (value := term(o, e)) is not None), None)
        if word == "rank":
            return lambda o, e: None if (v := terms[0](o, e)) is None else Fraction([*terms[1](o, e), v].index(v))
        return lambda o, e: None if None in (values := [term(o, e) for term in terms]) else getattr(o, f"f_{word}")(*values)


def _strict(sign: str, left: Term, right: Term) -> Term:
    def value(o: Oracle, e: Env) -> Value:
        a, b = left(o, e), right(o, e)
        return None if a is None or b is None else _SIGNS[sign](a, b)

    return value


_SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


def _fold(each: str, row: str, name: str, variable: str, body: Term) -> Term:
    def value(o: Oracle, e: Env) -> Value:
        kids = e[row].lists[name]
        if kids is None:
            return None
        values = [body(o, {**e, variable: kid}) for kid in kids]
        if each in ("exists", "all"):
            return _any(values) if each == "exists" else _all(values)
        return None if None in values else Fraction(sum(values))

    return value
