"""Sets of numbers between two bounds, and the arithmetic of all that may lie in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import inf
from typing import Final, TypeAlias

End: TypeAlias = Fraction | float  # a float is infinite


@dataclass(frozen=True, slots=True)
class Span:
    """All numbers between two ends, each in it or not; an infinite end is never in it."""

    low: End = -inf
    high: End = inf
    low_in: bool = False
    high_in: bool = False

    @property
    def empty(self) -> bool:
        return self.low > self.high or (self.low == self.high and not (self.low_in and self.high_in))

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, Fraction):
            return False
        above = self.low < value or (self.low_in and self.low == value)
        return above and (value < self.high or (self.high_in and self.high == value))

    def __and__(self, other: "Span") -> "Span":
        low, low_in = max((self.low, not self.low_in), (other.low, not other.low_in))
        high, high_in = min((self.high, self.high_in), (other.high, other.high_in))
        return Span(low, high, not low_in, high_in)

    def __or__(self, other: "Span") -> "Span":
        """Return the narrowest span that holds both, where neither is empty."""
        low, low_out = min((self.low, not self.low_in), (other.low, not other.low_in))
        high, high_in = max((self.high, self.high_in), (other.high, other.high_in))
        return Span(low, high, not low_out, high_in)

    def __le__(self, other: "Span") -> bool:
        """Return whether all of it lies in the other."""
        return self & other == self

    def __neg__(self) -> "Span":
        return Span(-self.high, -self.low, self.high_in, self.low_in)

    def __add__(self, other: "Span") -> "Span":
        low, high = _sum(self.low, other.low), _sum(self.high, other.high)
        return Span(low, high, self.low_in and other.low_in, self.high_in and other.high_in)

    def __mul__(self, other: "Span") -> "Span":
        corners = [_times(one, another) for one, another in product(self._ends(), other._ends())]
        low, high = min(value for value, _ in corners), max(value for value, _ in corners)
        return Span(low, high, (low, True) in corners, (high, True) in corners)

    def over(self, other: "Span") -> "Span":
        """Return what a quotient may be; what divides is positive."""
        below = other & POSITIVE
        low = Fraction(0) if isinstance(below.high, float) else 1 / below.high
        high = inf if below.low == 0 else 1 / Fraction(below.low)
        return self * Span(low, high, below.high_in, below.low_in)

    def _ends(self) -> Iterator[tuple[End, bool]]:
        yield self.low, self.low_in
        yield self.high, self.high_in


def _sum(one: End, another: End) -> End:
    """Return a sum; of two ends on one side, so that the infinite ones do not cancel."""
    return next((end for end in (one, another) if isinstance(end, float)), None) or one + another


def _times(one: tuple[End, bool], another: tuple[End, bool]) -> tuple[End, bool]:
    """Return the product of two ends, and whether it is reached: 0 × ∞ is approached from 0."""
    (first, first_in), (second, second_in) = one, another
    if first == 0 or second == 0:
        return Fraction(0), (first == 0 and first_in) or (second == 0 and second_in)
    if isinstance(first, float) or isinstance(second, float):
        return (inf if (first > 0) is (second > 0) else -inf), False
    return first * second, first_in and second_in


ANY: Final = Span()
POSITIVE: Final = Span(low=Fraction(0))
NOT_NEGATIVE: Final = Span(low=Fraction(0), low_in=True)
