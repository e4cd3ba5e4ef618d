"""Expressions and values as a person reads them: the law's own spelling, exact numbers, times on the wall."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from engine.calendar import moment
from engine.evaluate import Value, decimal
from engine.expr.typed import (
    Apply,
    Arithmetic,
    Case,
    Compare,
    Const,
    FirstKnown,
    Fold,
    Inverse,
    Known,
    Logic,
    Negated,
    OneOf,
    Read,
    Type,
    Typed,
    Within,
)
from engine.law.names import LISTS
from engine.remember import written

_SIGNS: Final = {"+": "+", "-": "−", "*": "×", "/": "÷"}
_BINDING: Final = {"||": 1, "&&": 2, "+": 4, "-": 4, "*": 5, "/": 5}
_LOOSEST, _COMPARISON, _UNARY, _ATOM = 1, 3, 6, 7
_MOST_PLACES: Final = 6


@dataclass(frozen=True, slots=True)
class Spelling:
    """How expressions are written: by names alone, or with what `behind` puts after a name and `result` after a side.

    `behind` is asked of constants, facts, intervals and lists of words; `result` of whole sides of comparisons.
    """

    behind: Callable[[Typed], str] = lambda of: f" {_bounds(of)}" if isinstance(of, Within) and not of.name else ""
    result: Callable[[Typed], str] = lambda _: ""

    def text(self, of: Typed, loosest: int = _LOOSEST) -> str:
        """Return the expression; in brackets where it binds less tightly than its place asks for."""
        found = self._text(of)
        return f"({found})" if _binding(of) < loosest else found

    def _text(self, of: Typed) -> str:
        match of:
            case Const():
                return f"{of.name}{self.behind(of)}" if of.name else literal(of)
            case Read():
                return f"{of}{self.behind(of)}"
            case Arithmetic(operator=operator, left=left, right=right):
                binding = _BINDING[operator]
                return f"{self.text(left, binding)} {_SIGNS[operator]} {self.text(right, binding + 1)}"
            case Negated(of=inner):
                return f"−{self.text(inner, _UNARY)}"
            case Inverse(of=inner):
                return f"!{self.text(inner, _UNARY)}"
            case Compare(operator=operator, left=left, right=right):
                return f"{self._side(left)} {operator} {self._side(right)}"
            case Within(of=inner, name=name):
                return f"{self._side(inner)}{f' in {name}' if name else ''}{self.behind(of)}"
            case OneOf(of=inner, name="", items=(only,)):
                return f"{self._side(inner)} == {literal(only)}"
            case OneOf(of=inner, name=name, items=items):
                listed = name or f"[{', '.join(map(literal, items))}]"
                return f"{self._side(inner)} in {listed}{self.behind(of)}"
            case Logic(operator=operator, terms=terms):
                return f" {operator} ".join(self.text(term, _BINDING[operator] + 1) for term in terms)
            case Apply(function=function, arguments=arguments):
                return f"{function}({self._listed(arguments)})"
            case Known(of=inner):
                return f"known({self.text(inner)})"
            case FirstKnown(options=options):
                return f"first_known({self._listed(options)})"
            case Fold():
                return f"{of.row}.{list_of(of)}.{of.how}({of.variable}, {PLAIN.text(of.body)})"
            case Case():
                return "by its table"

    def _listed(self, arguments: tuple[Typed, ...]) -> str:
        return ", ".join(self.text(argument) for argument in arguments)

    def _side(self, of: Typed) -> str:
        return self.text(of, _COMPARISON + 1) + self.result(of)


PLAIN: Final = Spelling()


def list_of(of: Fold) -> str:
    """Return the name of the list that a fold goes through."""
    return next(name for name, child in LISTS[of.parent].items() if child == of.child)


def _binding(of: Typed) -> int:
    match of:
        case Logic(operator=operator) | Arithmetic(operator=operator):
            return _BINDING[operator]
        case Compare() | Within() | OneOf():
            return _COMPARISON
        case Negated() | Inverse():
            return _UNARY
        case _:
            return _ATOM


def literal(of: Const) -> str:
    """Return a value that stands in an expression itself, words in quotes."""
    found = shown(of.value if isinstance(of.value, bool | str) else of.exact, of.type)
    return f'"{found}"' if of.type.kind in ("symbol", "text") else found


def _bounds(of: Within) -> str:
    """Return an interval in the law's words, by the names of its bounds."""
    ends = (("from" if of.lower_in else "above", of.lower), ("up to" if of.upper_in else "below", of.upper))
    return " ".join(f"{word} {end.name or literal(end)}" for word, end in ends if end is not None)


def interval(of: Within) -> str:
    """Return an interval in the law's words, every bound with its value."""
    ends = (("from" if of.lower_in else "above", of.lower), ("up to" if of.upper_in else "below", of.upper))
    return " ".join(f"{word} {f'{end.name} ' * bool(end.name)}{literal(end)}" for word, end in ends if end is not None)


def shown(value: Value, kind: Type, zone: str = "UTC") -> str:
    """Return a value as people read it; `≈` stands before a number that has no end as a decimal."""
    match value:
        case frozenset():
            return "unknown"
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case Fraction():
            return _measured(value, kind, zone)


def _measured(value: Fraction, kind: Type, zone: str) -> str:
    match kind.kind:
        case "date":
            return str(date.fromordinal(int(value)))
        case "instant":
            return moment(int(value * 10**kind.scale), zone).isoformat()
        case "time":
            return str(written(int(value * 10**kind.scale), kind))
        case _:
            return number(value, least=2 if ("usd", 1) in kind.dimension else 0)


def number(value: Fraction, least: int = 0) -> str:
    """Return a number with at least so many decimals, thousands set apart."""
    found = decimal(value, _MOST_PLACES)
    places = max(least, -int(found.as_tuple().exponent))
    if places > _MOST_PLACES:
        found, places = decimal(Fraction(round(value * 10**_MOST_PLACES), 10**_MOST_PLACES), _MOST_PLACES), _MOST_PLACES
    about = "" if Fraction(found) == value else "≈"
    return f"{about}{found:,.{places}f}"


def plain(value: Value, kind: Type) -> str | bool | None:
    """Return a value as a file holds it: numbers as decimals in text, or as `a/b` where they have no end."""
    match value:
        case frozenset():
            return None
        case bool() | str():
            return value
        case Fraction() if kind.kind in ("date", "instant", "time"):
            return str(written(int(value * 10**kind.scale), kind))
        case Fraction():
            return plain_number(value)


def plain_number(value: Fraction) -> str:
    """Return a number as a decimal in text, or as `a/b` where it has no end."""
    found: Decimal = decimal(value, 0)
    return f"{found:f}" if Fraction(found) == value else str(value)
