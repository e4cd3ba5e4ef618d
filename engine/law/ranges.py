"""What operations make of everything that their operands may be: a few values that are known one by one, or a span."""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from itertools import product
from math import prod
from typing import Any, Final, TypeAlias

from engine.expr.typed import Const, Type, Within
from engine.law.span import ANY, NOT_NEGATIVE, POSITIVE, End, Span

Exact: TypeAlias = Fraction | bool | str
Values: TypeAlias = frozenset[Exact]
Range: TypeAlias = Values | Span  # of words that are not told one by one, the span of everything

NOTHING: Final[Values] = frozenset()
BOTH: Final[Values] = frozenset({True, False})
_ORDERED: Final = frozenset({"number", "date", "time", "instant"})
_SPANS: Final = {"any": ANY, "not_negative": NOT_NEGATIVE, "positive": POSITIVE}
_COMPARES: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MOST: Final = 2**8  # pairs of values that are computed one by one
_SIGNS: Final[Mapping[str, Callable[[Fraction, Fraction], Fraction]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
_ONE: Final = Fraction(1)


def exact(of: Const) -> Exact:
    """Return the value of a constant: a number as a fraction in its unit."""
    return of.value if isinstance(of.value, bool | str) else of.exact


def of_type(kind: Type) -> Range:
    """Return every value of a type."""
    if kind.kind == "bool":
        return BOTH
    if kind.kind in _ORDERED:
        return _SPANS[kind.sign]
    return frozenset(kind.words) if len(kind.words) > 1 else ANY


def span_of(interval: Within) -> Span:
    """Return an interval of the law."""
    lower, upper = interval.lower, interval.upper
    return Span(
        ANY.low if lower is None else lower.exact,
        ANY.high if upper is None else upper.exact,
        lower is not None and interval.lower_in,
        upper is not None and interval.upper_in,
    )


def hull(of: Range) -> Span:
    """Return the narrowest span around a range of numbers that is not empty; of words the span of everything."""
    if isinstance(of, Span):
        return of
    numbers = [value for value in of if isinstance(value, Fraction)]
    return Span(min(numbers), max(numbers), low_in=True, high_in=True) if len(numbers) == len(of) else ANY


def united(ranges: Iterable[Range]) -> Range:
    """Return what lies in any of several ranges, or around them."""
    found = [each for each in ranges if each]
    known = [each for each in found if isinstance(each, frozenset)]
    return NOTHING.union(*known) if len(known) == len(found) else reduce(operator.or_, map(hull, found))


def met(one: Range, another: Range) -> Range:
    """Return what lies in both ranges."""
    if isinstance(one, frozenset) and isinstance(another, frozenset):
        return one & another
    if isinstance(one, frozenset):
        return frozenset(value for value in one if another == ANY or value in another)
    if isinstance(another, frozenset):
        return met(another, one)
    both = one & another
    return NOTHING if both.empty else both


def _numbers(of: Values) -> list[Fraction]:
    return [Fraction(value) for value in of]


def negated(of: Range) -> Range:
    """Return the range of the opposite number."""
    return -of if isinstance(of, Span) else frozenset(-value for value in _numbers(of))


def computed(sign: str, left: Range, right: Range) -> Range:
    """Return what a sum, difference, product or quotient may be; nothing divides by what is not positive."""
    if not left or not right:
        return NOTHING
    if isinstance(left, frozenset) and isinstance(right, frozenset) and len(left) * len(right) <= _MOST:
        pairs = product(_numbers(left), _numbers(right))
        return frozenset(_SIGNS[sign](one, another) for one, another in pairs if sign != "/" or another > 0)
    first, second = hull(left), hull(right)
    match sign:
        case "+":
            return first + second
        case "-":
            return first + -second
        case "*":
            return first * second
        case _:
            return first.over(second) if met(second, POSITIVE) else NOTHING


def compared(sign: str, left: Range, right: Range) -> Values:
    """Return which of true and false a comparison can be."""
    if not left or not right:
        return NOTHING
    if isinstance(left, frozenset) and isinstance(right, frozenset):
        return _each(_COMPARES[sign], left, right)
    if sign in ("==", "!="):
        return BOTH if met(left, right) else frozenset({sign == "!="})
    first, second = hull(left), hull(right)
    if sign in (">", ">="):
        first, second, sign = second, first, {">": "<", ">=": "<="}[sign]
    return frozenset({
        *([True] if _may_lie_below(first, second, equal=sign == "<=") else []),
        *([False] if _may_lie_below(second, first, equal=sign == "<") else []),
    })  # fmt: skip


def _each(holds: Callable[[Any, Any], bool], left: Values, right: Values) -> Values:
    found: set[Exact] = set()
    for one, another in product(left, right):
        found.add(holds(one, another))
        if len(found) == len(BOTH):
            return BOTH
    return frozenset(found)


def _may_lie_below(one: Span, another: Span, *, equal: bool) -> bool:
    """Return whether some number of a span lies below some number of another, or may be equal to it."""
    return one.low < another.high or (equal and one.low == another.high and one.low_in and another.high_in)


def inside(of: Range, interval: Span) -> Values:
    """Return which of true and false it can be that a value lies in an interval."""
    if isinstance(of, frozenset):
        return frozenset(value in interval for value in of)
    within = met(of, interval)
    return frozenset({*([True] if within else []), *([False] if within != of else [])})


def among(of: Range, items: Values) -> Values:
    """Return which of true and false it can be that a value is one of several."""
    if isinstance(of, frozenset):
        return frozenset(value in items for value in of)
    return BOTH if met(of, items) else frozenset({False})


def joined(settles: bool, terms: Sequence[Values]) -> Values:  # noqa: FBT001 - the truth that decides: true for ||, false for &&
    """Return which of true and false several conditions can be together, as if none depended on another."""
    some = any(settles in term for term in terms)
    none = all((not settles) in term for term in terms)
    return frozenset({*([settles] if some else []), *([not settles] if none else [])})


def measured(function: str, arguments: Sequence[Range]) -> Range:
    """Return what abs, min, max, mean, floor or ceil may give."""
    if not all(arguments):
        return NOTHING
    known = [each for each in arguments if isinstance(each, frozenset)]
    if len(known) == len(arguments) and prod(map(len, known)) <= _MOST:
        return frozenset(_MEASURES[function](*values) for values in product(*map(_numbers, known)))
    first, *others = spans = [*map(hull, arguments)]
    match function:
        case "abs":
            return first if first <= NOT_NEGATIVE else NOT_NEGATIVE & (first | -first)
        case "min" | "max":
            return _outermost(min if function == "min" else max, spans)
        case "mean":
            return computed("/", reduce(operator.add, spans), frozenset({Fraction(len(spans))}))
        case _:
            return _rounded(function, first, others)


def _outermost(best: Callable[..., tuple[End, bool]], spans: Sequence[Span]) -> Span:
    low, low_out = best((span.low, not span.low_in) for span in spans)
    high, high_in = best((span.high, span.high_in) for span in spans)
    return Span(low, high, not low_out, high_in)


def _rounded(function: str, span: Span, steps: Sequence[Span]) -> Span:
    """Return all multiples that a span is rounded to, or the span of everything where the step is not settled."""
    if any(step.low != step.high for step in steps):
        return ANY
    step = [Fraction(step.low) for step in steps]
    low, high = (end if isinstance(end, float) else _MEASURES[function](end, *step) for end in (span.low, span.high))
    return Span(low, high, not isinstance(low, float), not isinstance(high, float))


def _mean(*values: Fraction) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def _floor(value: Fraction, step: Fraction = _ONE) -> Fraction:
    return value // step * step


def _ceil(value: Fraction, step: Fraction = _ONE) -> Fraction:
    return -_floor(-value, step)


_MEASURES: Final[Mapping[str, Callable[..., Fraction]]] = {
    "abs": abs, "min": lambda *values: min(values), "max": lambda *values: max(values),
    "mean": _mean, "floor": _floor, "ceil": _ceil,
}  # fmt: skip
MEASURES: Final = frozenset(_MEASURES)
