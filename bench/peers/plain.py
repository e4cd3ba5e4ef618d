"""The race's law as every engine can have it: whole numbers, words, true and false, in nine kinds of expression.

The engine's own typed expressions are taken, so that it is the same rule set for all. Units are gone: each number is a
whole number at its unit's decimals, both sides of a comparison are brought to the same decimals, and a mean keeps its
denominator until it is compared. Missing facts are gone too: most engines know none, so inputs are complete.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from engine.expr import typed
from engine.law.model import Constitution
from engine.program import compile_law
from engine.subjects import given

Form = Literal["number", "word", "bool"]
Operator = Literal["==", "!=", "<", "<=", ">", ">="]
# Whose facts an answer about one candidate takes, from the top down.
SUBJECTS = ("host", "market", "symbol", "account", "sleeve", "holding", "candidate", "entry")


@dataclass(frozen=True, slots=True)
class Value:
    value: int | bool | str


@dataclass(frozen=True, slots=True)
class Get:
    """A fact, given or derived."""

    subject: str
    fact: str


@dataclass(frozen=True, slots=True)
class Sum:
    """`+`, `-` or `*` of two numbers."""

    operator: Literal["+", "-", "*"]
    left: "Plain"
    right: "Plain"


@dataclass(frozen=True, slots=True)
class Call:
    """`abs` of one number, `min` or `max` of two."""

    function: Literal["abs", "min", "max"]
    parts: "tuple[Plain, ...]"


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison; words and truths are only compared for being the same."""

    operator: Operator
    left: "Plain"
    right: "Plain"


@dataclass(frozen=True, slots=True)
class Among:
    """Whether a word is one of several."""

    of: "Plain"
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Both:
    """`and` or `or` of two or more."""

    operator: Literal["and", "or"]
    terms: "tuple[Plain, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    of: "Plain"


@dataclass(frozen=True, slots=True)
class Choose:
    """The value of the first row whose condition holds, else the last value."""

    rows: "tuple[tuple[Plain, Plain], ...]"
    otherwise: "Plain"


Plain: TypeAlias = Value | Get | Sum | Call | Compare | Among | Both | Not | Choose


@dataclass(frozen=True, slots=True)
class Derived:
    subject: str
    fact: str
    form: Form
    value: Plain


@dataclass(frozen=True, slots=True)
class Check:
    """What must hold, and the reason of the refusal when it does not."""

    subject: str
    reason: str
    holds: Plain


@dataclass(frozen=True, slots=True)
class PlainLaw:
    """Given facts with their forms, derived facts after those that they read, checks in the order of the law."""

    given: Mapping[tuple[str, str], Form]
    derived: tuple[Derived, ...]
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class _Number:
    """A number at `scale` decimals, over a whole number."""

    plain: Plain
    scale: int = 0
    under: int = 1

    def at(self, scale: int, factor: int = 1) -> Plain:
        """Return the numerator at more decimals, `factor` times."""
        return _times(self.plain, 10 ** (scale - self.scale) * factor)


def plain_law(law: Constitution) -> PlainLaw:
    """Return a law's facts and requirements without units.

    Raises:
        ValueError: It uses more of the language than the engines of the race have in common.
    """
    reader = _Reader(law)
    names = [name for name in compile_law(law).order if name in law.derived]
    derived = [reader.derived(name) for name in names]
    rules = [rule for rule in law.rules.values() if not rule.decides]
    checks = [Check(rule.subject, rule.reason, reader.plain(rule.when)) for rule in rules]
    read = {key: _form(given(key[0])[key[1]].type.kind) for key in sorted(reader.given)}
    return PlainLaw(read, tuple(derived), tuple(checks))


def parts(of: Plain) -> Sequence[Plain]:
    """Return the direct parts of an expression."""
    match of:
        case Value() | Get():
            return ()
        case Sum(left=left, right=right) | Compare(left=left, right=right):
            return (left, right)
        case Call(parts=inner) | Both(terms=inner):
            return inner
        case Among(of=one) | Not(of=one):
            return (one,)
        case Choose(rows=rows, otherwise=otherwise):
            return (*(part for row in rows for part in row), otherwise)


def reads(of: Plain) -> Iterator[Get]:
    """Yield every fact that an expression reads."""
    if isinstance(of, Get):
        yield of
    for part in parts(of):
        yield from reads(part)


def _form(kind: str) -> Form:
    return "bool" if kind == "bool" else "word" if kind in {"symbol", "text"} else "number"


def _times(of: Plain, factor: int) -> Plain:
    if factor == 1:
        return of
    return Value(of.value * factor) if isinstance(of, Value) else Sum("*", of, Value(factor))


class _Reader:
    def __init__(self, law: Constitution) -> None:
        self.law = law
        self.given: set[tuple[str, str]] = set()
        self.numbers: dict[tuple[str, str], _Number] = {}

    def derived(self, name: str) -> Derived:
        """Return a fact of the law; how many decimals it keeps, over what, is remembered."""
        fact = self.law.derived[name]
        form = _form(fact.type.kind)
        if form != "number":
            return Derived(fact.subject, fact.fact, form, self.plain(fact.value))
        number = self._number(fact.value)
        self.numbers[fact.subject, fact.fact] = _Number(Get(fact.subject, fact.fact), number.scale, number.under)
        return Derived(fact.subject, fact.fact, form, number.plain)

    def plain(self, of: typed.Typed) -> Plain:
        """Return a condition or a word."""
        match of:
            case typed.Const(value=value):
                return Value(value)
            case typed.Read():
                return self._get(of)
            case typed.Compare(left=left, right=right, operator=operator):
                if _form(left.type.kind) != "number":
                    return Compare(operator, self.plain(left), self.plain(right))  # type: ignore[arg-type]
                return self._test(operator, self._number(left), self._number(right))
            case typed.Within():
                return self._within(of)
            case typed.OneOf(of=inner, items=items):
                return Among(self.plain(inner), tuple(sorted(str(item.value) for item in items)))
            case typed.Logic(operator=operator, terms=terms):
                return Both("and" if operator == "&&" else "or", tuple(self.plain(term) for term in terms))
            case typed.Inverse(of=inner):
                return Not(self.plain(inner))
            case typed.Case():
                return self._choose(of, 0, number=False)
            case _:
                raise ValueError(f"the race has no {type(of).__name__}")

    def _get(self, of: typed.Read) -> Get:
        if f"{of.subject}.{of.fact}" not in self.law.derived:
            self.given.add((of.subject, of.fact))
        return Get(of.subject, of.fact)

    def _number(self, of: typed.Typed) -> _Number:
        match of:
            case typed.Const(value=value):
                return _Number(Value(value), of.type.scale)
            case typed.Read(subject=subject, fact=fact):
                found = self._get(of)
                return self.numbers.get((subject, fact)) or _Number(found, given(subject)[fact].type.scale)
            case typed.Arithmetic(operator="*", left=left, right=right):
                one, two = self._number(left), self._number(right)
                return _Number(Sum("*", one.plain, two.plain), one.scale + two.scale, one.under * two.under)
            case typed.Arithmetic(operator="+" | "-" as operator, left=left, right=right):
                one, two = self._number(left), self._number(right)
                tops, scale, under = self._met(one, two)
                return _Number(Sum(operator, *tops), scale, under)
            case typed.Apply(function="mean", arguments=arguments):
                first, *others = (self._number(argument) for argument in arguments)
                total = first
                for other in others:
                    tops, scale, under = self._met(total, other)
                    total = _Number(Sum("+", *tops), scale, under)
                return _Number(total.plain, total.scale, total.under * len(arguments))
            case typed.Apply(function="min" | "max" as function, arguments=(left, right)):
                tops, scale, under = self._met(self._number(left), self._number(right))
                return _Number(Call(function, tops), scale, under)
            case typed.Apply(function="abs", arguments=(inner,)):
                one = self._number(inner)
                return _Number(Call("abs", (one.plain,)), one.scale, one.under)
            case typed.Case():
                scale = max(self._number(value).scale for _, value in (*of.rows, *self._last(of)))
                return _Number(self._choose(of, scale, number=True), scale)
            case _:
                raise ValueError(f"the race has no {type(of).__name__} of numbers")

    @staticmethod
    def _met(one: _Number, two: _Number) -> tuple[tuple[Plain, Plain], int, int]:
        """Return both numerators at the same decimals over the same whole number."""
        scale = max(one.scale, two.scale)
        return (one.at(scale, two.under), two.at(scale, one.under)), scale, one.under * two.under

    def _test(self, operator: str, one: _Number, two: _Number) -> Plain:
        tops, _, _ = self._met(one, two)
        return Compare(operator, *tops)  # type: ignore[arg-type]

    def _within(self, of: typed.Within) -> Plain:
        number, terms = self._number(of.of), list[Plain]()
        if of.lower is not None:
            terms.append(self._test(">=" if of.lower_in else ">", number, self._number(of.lower)))
        if of.upper is not None:
            terms.append(self._test("<=" if of.upper_in else "<", number, self._number(of.upper)))
        return terms[0] if len(terms) == 1 else Both("and", tuple(terms))

    @staticmethod
    def _last(of: typed.Case) -> list[tuple[typed.Typed, typed.Typed]]:
        return [] if of.otherwise is None else [(of.otherwise, of.otherwise)]

    def _choose(self, of: typed.Case, scale: int, *, number: bool) -> Choose:
        """Return a table as its rows in order; where no row is left over, the last one needs no condition."""

        def value(one: typed.Typed) -> Plain:
            return self._number(one).at(scale) if number else self.plain(one)

        rows = [(self.plain(guard), value(then)) for guard, then in of.rows]
        otherwise = rows.pop()[1] if of.otherwise is None else value(of.otherwise)
        return Choose(tuple(rows), otherwise)
