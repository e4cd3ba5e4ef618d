"""Sums and products as durable-rules takes them, what they cannot exceed, and fractions as pairs of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import Any, Final, TypeAlias

LARGEST: Final = 2**63 - 1  # of an integer in durable-rules; beyond it wraps without a word
LARGEST_CONSTANT: Final = 2**31 - 1  # of one that stands in a rule: it is read into a C long


@dataclass(frozen=True, slots=True)
class Field:
    """One integer of a question."""

    name: str


@dataclass(frozen=True, slots=True)
class Sum:
    """`left` and `right` under `$add`, `$sub` or `$mul`."""

    sign: str
    left: "Term"
    right: "Term"


Term: TypeAlias = int | Field | Sum


@dataclass(frozen=True, slots=True)
class Ratio:
    """A number as one term over another, which is positive."""

    over: Term
    under: Term = 1


def added(left: Term, right: Term, sign: str = "$add") -> Term:
    """Return a sum, or a difference with `$sub`."""
    if isinstance(left, int) and isinstance(right, int):
        return left + right if sign == "$add" else left - right
    return left if right == 0 else Sum(sign, left, right)


def times(left: Term, right: Term) -> Term:
    """Return a product; constants are multiplied here."""
    if isinstance(left, int) and isinstance(right, int):
        return left * right
    if 0 in (left, right):
        return 0
    if left == 1:
        return right
    return left if right == 1 else Sum("$mul", left, right)


def together(left: Ratio, right: Ratio, sign: str) -> Ratio:
    """Return the sum or difference of two ratios."""
    if isinstance(left.under, int) and isinstance(right.under, int):
        over, under = _met(left, right)
        return Ratio(added(*over, sign=sign), under)
    over = (times(left.over, right.under), times(right.over, left.under))
    return Ratio(added(*over, sign=sign), times(left.under, right.under))


def compared(left: Ratio, right: Ratio) -> tuple[Term, Term]:
    """Return two terms that compare as two ratios do: both sides multiplied by what they stand over."""
    if isinstance(left.under, int) and isinstance(right.under, int):
        return _met(left, right)[0]
    return times(left.over, right.under), times(right.over, left.under)


def _met(left: Ratio, right: Ratio) -> tuple[tuple[Term, Term], int]:
    """Return what stands over the least common multiple of two constants, and that."""
    first, second = left.under, right.under
    if not isinstance(first, int) or not isinstance(second, int):
        message = "what they stand over is no constant"
        raise TypeError(message)
    under = first * second // gcd(first, second)
    return (times(left.over, under // first), times(right.over, under // second)), under


def product(left: Ratio, right: Ratio) -> Ratio:
    """Return the product of two ratios."""
    return Ratio(times(left.over, right.over), times(left.under, right.under))


def most(term: Term, fields: Mapping[str, int]) -> int:
    """Return what the absolute value of a term and of all that it is made of cannot exceed."""
    match term:
        case int():
            return abs(term)
        case Field(name=name):
            return fields[name]
        case Sum(sign="$mul", left=left, right=right):
            first, second = most(left, fields), most(right, fields)
            return max(first * second, first, second)
        case Sum(left=left, right=right):
            return most(left, fields) + most(right, fields)


def value(term: Term, fields: Mapping[str, Any]) -> Fraction | int:
    """Return what a term is, exact, whatever its size."""
    match term:
        case int():
            return term
        case Field(name=name):
            return fields[name]  # type: ignore[no-any-return] # an integer or a fraction
        case Sum(sign=sign, left=left, right=right):
            first, second = value(left, fields), value(right, fields)
            return first * second if sign == "$mul" else first + second if sign == "$add" else first - second


def fields_of(term: Term) -> frozenset[str]:
    """Return the fields that a term reads."""
    match term:
        case int():
            return frozenset()
        case Field(name=name):
            return frozenset({name})
        case Sum(left=left, right=right):
            return fields_of(left) | fields_of(right)


def written(term: Term) -> Any:  # noqa: ANN401 - JSON
    """Return a term as a rule set has it."""
    match term:
        case int():
            return term
        case Field(name=name):
            return {"$m": name}
        case Sum(sign=sign, left=left, right=right):
            return {sign: {"$l": written(left), "$r": written(right)}}
