"""Numbers that move with one fact: exact at every tick, and every comparison notes how far it keeps its truth.

What evaluates a law evaluates with them as with any fraction, and is none the wiser.
"""

from collections.abc import Callable
from fractions import Fraction
from math import gcd
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final, NoReturn, Self, TypeAlias

from engine.reach import EVERY, Poly, Reach, Signs, at, sign

Number: TypeAlias = Fraction | int
Order: TypeAlias = Callable[[Any, Any], bool]

_SIGNS: Final[dict[Order, Signs]] = {
    of: frozenset(one for one in EVERY if of(one, 0)) for of in (lt, le, gt, ge, eq, ne)
}


class Along(Fraction):
    """The quotient of two polynomials of a fact's tick; `reach` takes note of what is asked of it.

    The lower polynomial is above zero as far as the reach goes. Whatever needs one number (a date, a key) pins it: the
    reach ends where the value changes.
    """

    __slots__ = ("over", "reach", "under")
    over: Poly
    under: Poly
    reach: Reach

    def __new__(cls, over: Poly, under: Poly, reach: Reach) -> Self:
        self = object.__new__(cls)
        self.over, self.under, self.reach = over, under, reach
        return self

    @property
    def now(self) -> Fraction:
        """The value at the tick that is looked from."""
        return Fraction(at(self.over, self.reach.tick), at(self.under, self.reach.tick))

    def pinned(self) -> Fraction:
        """Return the value at the tick that is looked from, for as far as it stays the same."""
        found = self.now
        self._holds(eq, found)
        return found

    def stays(self, first: Fraction, after: Fraction) -> None:
        """Note how far it stays between two numbers, the second one excluded; it is there now."""
        self._holds(ge, first)
        self._holds(lt, after)

    def _holds(self, order: Order, other: Number) -> bool:
        """Return how it compares at the tick that is looked from, and note how far that is so."""
        over, under = _parts(other)
        apart = _less(_times(self.over, under), _times(over, self.under))
        truth = order(sign(at(apart, self.reach.tick)), 0)
        self.reach.keep(apart, _SIGNS[order] if truth else EVERY - _SIGNS[order])
        return truth

    def __lt__(self, other: Number) -> bool:  # type: ignore[override]
        return self._holds(lt, other)

    def __le__(self, other: Number) -> bool:  # type: ignore[override]
        return self._holds(le, other)

    def __gt__(self, other: Number) -> bool:  # type: ignore[override]
        return self._holds(gt, other)

    def __ge__(self, other: Number) -> bool:  # type: ignore[override]
        return self._holds(ge, other)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fraction | int) and self._holds(eq, other)

    def __ne__(self, other: object) -> bool:
        return not isinstance(other, Fraction | int) or self._holds(ne, other)

    def __bool__(self) -> bool:
        return self._holds(ne, 0)

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(self.pinned())

    def __int__(self) -> int:  # type: ignore[override]
        return int(self.pinned())

    def __trunc__(self) -> int:
        return int(self)

    def __neg__(self) -> Fraction:
        return _made(_times((-1,), self.over), self.under, self.reach)

    def __abs__(self) -> Fraction:
        return -self if self < 0 else self

    def __add__(self, other: Number) -> Fraction:  # type: ignore[override]
        over, under = _parts(other)
        if under == self.under:
            return _made(_plus(self.over, over), under, self.reach)
        return _made(_plus(_times(self.over, under), _times(over, self.under)), _times(self.under, under), self.reach)

    def __radd__(self, other: Number) -> Fraction:  # type: ignore[override]
        return self.__add__(other)

    def __sub__(self, other: Number) -> Fraction:  # type: ignore[override]
        return self.__add__(-other)

    def __rsub__(self, other: Number) -> Fraction:  # type: ignore[override]
        return (-self).__add__(other)

    def __mul__(self, other: Number) -> Fraction:  # type: ignore[override]
        over, under = _parts(other)
        return _made(_times(self.over, over), _times(self.under, under), self.reach)

    def __rmul__(self, other: Number) -> Fraction:  # type: ignore[override]
        return self.__mul__(other)

    def __truediv__(self, other: Number) -> Fraction:  # type: ignore[override]
        over, under = _parts(other)
        return _quotient(_times(self.over, under), _times(self.under, over), self.reach)

    def __rtruediv__(self, other: Number) -> Fraction:  # type: ignore[override]
        over, under = _parts(other)
        return _quotient(_times(over, self.under), _times(under, self.over), self.reach)

    def __floordiv__(self, other: Number) -> Fraction:  # type: ignore[override]
        return _floor(self / other)

    def __rfloordiv__(self, other: Number) -> Fraction:  # type: ignore[override]
        return _floor(other / self)

    def __mod__(self, other: Number) -> Fraction:  # type: ignore[override]
        return self - self // other * other

    def __rmod__(self, other: Number) -> Fraction:  # type: ignore[override]
        return other - other // self * self

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.over}, {self.under})"

    def _copied(self) -> NoReturn:
        message = "a number that moves cannot be taken apart: what is made of its parts would stand still"
        raise TypeError(message)

    numerator = property(_copied)
    denominator = property(_copied)


class Floored(Along):
    """`factor * floor(u) + offset` of a number u that moves, compared with what stands still without a step a cent.

    Whatever else is done with it pins the whole number that u is rounded down to.
    """

    __slots__ = ("factor", "offset")
    factor: Fraction
    offset: Fraction

    @classmethod
    def of(cls, inner: Along, factor: Fraction = Fraction(1), offset: Fraction = Fraction(0)) -> "Floored":
        """Return a number that moves rounded down, times a factor other than zero, plus an offset."""
        self = cls(inner.over, inner.under, inner.reach)
        self.factor, self.offset = factor, offset
        return self

    @property
    def inner(self) -> Along:
        """What is rounded down."""
        return Along(self.over, self.under, self.reach)

    @property
    def now(self) -> Fraction:
        """The value at the tick that is looked from."""
        whole = at(self.over, self.reach.tick) // at(self.under, self.reach.tick)
        return self.factor * whole + self.offset

    def _holds(self, order: Order, other: Number) -> bool:
        if isinstance(other, Along):
            return order(self.pinned(), other)
        bound = (other - self.offset) / self.factor
        return _whole(self.inner, order if self.factor > 0 else _TURNED[order], bound)

    def __neg__(self) -> Fraction:
        return self * -1

    def __add__(self, other: Number) -> Fraction:  # type: ignore[override]
        if isinstance(other, Along):
            return self.pinned() + other
        return Floored.of(self.inner, self.factor, self.offset + other)

    def __mul__(self, other: Number) -> Fraction:  # type: ignore[override]
        if isinstance(other, Along) or not other:
            return self.pinned() * other
        return Floored.of(self.inner, self.factor * other, self.offset * other)

    def __truediv__(self, other: Number) -> Fraction:  # type: ignore[override]
        return self.pinned() / other if isinstance(other, Along) else self * (1 / Fraction(other))

    def __rtruediv__(self, other: Number) -> Fraction:  # type: ignore[override]
        return other / self.pinned()

    def __floordiv__(self, other: Number) -> Fraction:  # type: ignore[override]
        if isinstance(other, Along) or other < 0:
            return Fraction(self.pinned() // other)
        whole = Fraction(self.now // other)
        self.stays(whole * other, (whole + 1) * other)
        return whole


_TURNED: Final[dict[Order, Order]] = {lt: gt, le: ge, gt: lt, ge: le, eq: eq, ne: ne}


def _whole(of: Along, order: Order, bound: Fraction) -> bool:
    """Return how a number that is rounded down compares with a bound, as a question to the number itself."""
    if order in (eq, ne):
        same = bound.denominator == 1 and of >= bound and of < bound + 1
        return same is (order is eq)
    if order in (lt, ge):
        return order(of, -(-bound // 1))  # below the next whole number at or above the bound
    return of < bound // 1 + 1 if order is le else of >= bound // 1 + 1


def _made(over: Poly, under: Poly, reach: Reach) -> Fraction:
    """Return a quotient in its lowest terms; one that stands still as a plain fraction."""
    if len(over) == len(under) == 1:
        return Fraction(over[0], under[0])
    shared = gcd(*over, *under)
    if shared > 1:
        over, under = tuple(one // shared for one in over), tuple(one // shared for one in under)
    return Along(over, under, reach)


def _quotient(over: Poly, under: Poly, reach: Reach) -> Fraction:
    """Return a quotient whose lower part is made positive, for as far as it keeps its sign.

    Raises:
        ZeroDivisionError: The lower part is zero.
    """
    below = sign(at(under, reach.tick))
    if not below:
        message = "division by zero"
        raise ZeroDivisionError(message)
    reach.keep(under, frozenset({below}))
    return _made(_times((below,), over), _times((below,), under), reach)


def _floor(of: Fraction) -> Fraction:
    if isinstance(of, Floored):
        return of // 1
    return Floored.of(of) if isinstance(of, Along) else Fraction(of // 1)


def _parts(of: Number) -> tuple[Poly, Poly]:
    if isinstance(of, Floored):
        of = of.pinned()
    if isinstance(of, Along):
        return of.over, of.under
    plain = Fraction(of)
    return (plain.numerator,), (plain.denominator,)


def _plus(left: Poly, right: Poly) -> Poly:
    if len(left) < len(right):
        left, right = right, left
    return _trimmed(tuple(one + (right[n] if n < len(right) else 0) for n, one in enumerate(left)))


def _less(left: Poly, right: Poly) -> Poly:
    return _plus(left, _times((-1,), right))


def _times(left: Poly, right: Poly) -> Poly:
    if len(right) == 1:
        return _trimmed(tuple(one * right[0] for one in left))
    found = [0] * (len(left) + len(right) - 1)
    for m, one in enumerate(left):
        for n, other in enumerate(right):
            found[m + n] += one * other
    return _trimmed(tuple(found))


def _trimmed(poly: Poly) -> Poly:
    while len(poly) > 1 and not poly[-1]:
        poly = poly[:-1]
    return poly
