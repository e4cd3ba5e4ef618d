"""Expressions over columns of integers, each with the range of its values: what is certain is settled here.

Equal terms are one term, so that what several requirements share is worked out once. A term that is null is unknown:
arithmetic and comparisons with null are null, `both` and `either` are Kleene's, as polars has them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import gcd
from typing import Final, Literal, TypeAlias

Sort: TypeAlias = Literal["number", "truth", "word"]
Scalar: TypeAlias = int | bool | str | None
Order: TypeAlias = Literal["<", "<=", ">", ">=", "==", "!="]

_OF_EQUALS: Final = ("<=", ">=", "==")  # what holds between two that are equal
_TURNED: Final[dict[str, Order]] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """One operation on other terms; `low` and `high` bound a number, what is not `nullable` is never unknown."""

    does: str
    of: "tuple[Term, ...]"
    sort: Sort
    low: int = 0
    high: int = 0
    nullable: bool = False
    value: Scalar | tuple[str, ...] = None

    @property
    def certain(self) -> bool:
        """Whether it is a literal that is known."""
        return self.does == "literal" and self.value is not None

    @property
    def number(self) -> int:
        """The value of a literal number."""
        assert isinstance(self.value, int)  # noqa: S101 - asked of literals that are numbers alone
        return self.value


@dataclass(slots=True)
class Terms:
    """Makes terms, each distinct one once."""

    _known: dict[tuple[object, ...], Term] = field(default_factory=dict)

    def _one(self, made: Term) -> Term:
        key = (made.does, made.sort, type(made.value), made.value, *map(id, made.of))
        return self._known.setdefault(key, made)

    def literal(self, value: Scalar, sort: Sort) -> Term:
        """Return a value that every row has; `None` is unknown everywhere."""
        low = int(value) if sort == "number" and isinstance(value, int) else 0
        return self._one(Term("literal", (), sort, low, low, value is None, value))

    def column(self, name: str, sort: Sort, span: tuple[int, int], *, nullable: bool) -> Term:
        """Return a column of the frame; of one name there is one column."""
        return self._one(Term("column", (), sort, *span, nullable, name))

    @property
    def true(self) -> Term:
        return self.literal(value=True, sort="truth")

    @property
    def false(self) -> Term:
        return self.literal(value=False, sort="truth")

    def unknown(self, sort: Sort) -> Term:
        return self.literal(None, sort)

    def _strict(self, does: str, of: tuple[Term, ...], span: tuple[int, int]) -> Term:
        if any(one.does == "literal" and one.value is None for one in of):
            return self.unknown("number")
        return self._one(Term(does, of, "number", *span, any(one.nullable for one in of)))

    def add(self, left: Term, right: Term) -> Term:
        """Return a sum; what is literal in it stands last, in one piece."""
        if left.certain:
            left, right = right, left
        if left.certain and right.certain:
            return self.literal(left.number + right.number, "number")
        if right.certain and not right.number:
            return left
        if right.certain and left.does == "add" and left.of[1].certain:
            return self.add(left.of[0], self.literal(left.of[1].number + right.number, "number"))
        if not right.certain and right.does == "add" and right.of[1].certain:
            return self.add(self.add(left, right.of[0]), right.of[1])
        if not right.certain and left.does == "add" and left.of[1].certain:
            return self.add(self.add(left.of[0], right), left.of[1])
        return self._strict("add", (left, right), (left.low + right.low, left.high + right.high))

    def negate(self, of: Term) -> Term:
        return self.multiply(of, self.literal(-1, "number"))

    def subtract(self, left: Term, right: Term) -> Term:
        return self.add(left, self.negate(right))

    def multiply(self, left: Term, right: Term) -> Term:
        """Return a product; what is literal in it stands last, in one piece, and is taken into sums."""
        if left.certain:
            left, right = right, left
        if left.certain and right.certain:
            return self.literal(left.number * right.number, "number")
        if right.certain and right.number == 1:
            return left
        if right.certain and not right.number and not left.nullable:
            return right
        if right.certain and left.does == "multiply" and left.of[1].certain:
            return self.multiply(left.of[0], self.literal(left.of[1].number * right.number, "number"))
        if right.certain and left.does == "add":
            return self.add(self.multiply(left.of[0], right), self.multiply(left.of[1], right))
        if not right.certain and right.does == "multiply" and right.of[1].certain:
            return self.multiply(self.multiply(left, right.of[0]), right.of[1])
        if not right.certain and left.does == "multiply" and left.of[1].certain:
            return self.multiply(self.multiply(left.of[0], right), left.of[1])
        ends = [one * other for one in (left.low, left.high) for other in (right.low, right.high)]
        return self._strict("multiply", (left, right), (min(ends), max(ends)))

    def divided_down(self, over: Term, under: Term) -> Term:
        """Return a quotient rounded down; `under` is above zero wherever it is known."""
        if over.certain and under.certain:
            return self.literal(over.number // under.number, "number")
        if under.certain and under.number == 1:
            return over
        least = max(under.low, 1)
        ends = [one // other for one in (over.low, over.high) for other in (least, max(under.high, least))]
        return self._strict("divide", (over, under), (min(ends), max(ends)))

    def absolute(self, of: Term) -> Term:
        if of.certain:
            return self.literal(abs(of.number), "number")
        if of.low >= 0:
            return of
        return self._strict("absolute", (of,), (max(0, -of.high), max(-of.low, of.high)))

    def smaller(self, left: Term, right: Term) -> Term:
        """Return the smaller of two numbers, unknown if one is."""
        return self._either_of(left, right, self.compare("<=", left, right))

    def larger(self, left: Term, right: Term) -> Term:
        """Return the larger of two numbers, unknown if one is."""
        return self._either_of(left, right, self.compare(">=", left, right))

    def _either_of(self, left: Term, right: Term, first: Term) -> Term:
        unknown = self.either([self.missing(left), self.missing(right)])
        return self.choose(unknown, self.unknown("number"), self.choose(first, left, right))

    def compare(self, order: Order, left: Term, right: Term) -> Term:
        """Return a comparison in its shortest form: without common factors, what is literal to the right."""
        if left.sort != "number":
            return self._alike(order, left, right)
        if left.certain and not right.certain:
            return self.compare(_TURNED[order], right, left)
        if any(one.does == "literal" and one.value is None for one in (left, right)):
            return self.unknown("truth")
        settled = _settled(order, left, right)
        if settled is not None and not left.nullable and not right.nullable:
            return self.literal(settled, "truth")
        if left is right:
            return self.choose(self.missing(left), self.unknown("truth"), self.literal(order in _OF_EQUALS, "truth"))
        return self._shortened(order, left, right)

    def is_zero(self, of: Term) -> Term:
        """Return whether a number that others read as well is zero; it is left in one piece."""
        return self._plain("==", of, self.literal(0, "number"))

    def _alike(self, order: Order, left: Term, right: Term) -> Term:
        if left.certain and right.certain:
            return self.literal((left.value == right.value) is (order == "=="), "truth")
        if any(one.does == "literal" and one.value is None for one in (left, right)):
            return self.unknown("truth")
        same = self._one(Term("compare", (left, right), "truth", nullable=left.nullable or right.nullable, value="=="))
        return same if order == "==" else self.inverse(same)

    def _shortened(self, order: Order, left: Term, right: Term) -> Term:
        """Return a comparison of sums without what both sides have, and without common factors."""
        parts, constant = _linear(left)
        others, bound = _linear(right)
        terms, weights = {**parts.terms, **others.terms}, dict(parts.weights)
        for key, weight in others.weights.items():
            weights[key] = weights.get(key, 0) - weight
        bound -= constant
        if any(not weight and terms[key].nullable for key, weight in weights.items()):
            return self._plain(order, left, right)
        weights = {key: weight for key, weight in weights.items() if weight}
        common = gcd(*weights.values())
        if len(weights) < 2:  # noqa: PLR2004 - alone, or nothing
            return self._undone(order, terms, weights, bound)
        if bound % common:
            common = gcd(common, bound)
        above = self._sum(terms, {key: weight // common for key, weight in weights.items() if weight > 0}, 0)
        below = self._sum(
            terms, {key: -weight // common for key, weight in weights.items() if weight < 0}, bound // common
        )
        return self._plain(order, above, below)

    def _sum(self, terms: Mapping[int, Term], weights: Mapping[int, int], constant: int) -> Term:
        total = self.literal(0, "number")
        for key, weight in weights.items():
            total = self.add(total, self.multiply(terms[key], self.literal(weight, "number")))
        return self.add(total, self.literal(constant, "number"))

    def _plain(self, order: Order, left: Term, right: Term) -> Term:
        if left.certain:
            left, right, order = right, left, _TURNED[order]
        settled, nullable = _settled(order, left, right), left.nullable or right.nullable
        if settled is not None and not nullable:
            return self.literal(settled, "truth")
        return self._one(Term("compare", (left, right), "truth", nullable=nullable, value=order))

    def _undone(self, order: Order, terms: Mapping[int, Term], weights: Mapping[int, int], bound: int) -> Term:
        """Return `of × factor < bound` as a comparison of what is multiplied alone."""
        if not weights:
            return self.literal(
                bool(_settled(order, self.literal(0, "number"), self.literal(bound, "number"))), "truth"
            )
        ((key, factor),) = weights.items()
        of = terms[key]
        if factor < 0:
            factor, bound, order = -factor, -bound, _TURNED[order]
        # Between two whole numbers: below the upper one, above the lower one.
        floor = self.literal(bound // factor, "number")
        if not bound % factor:
            return self._plain(order, of, floor)
        if order in ("==", "!="):
            never = self.literal(order == "!=", "truth")
            return self.choose(self.missing(of), self.unknown("truth"), never)
        return self._plain("<=" if order in ("<", "<=") else ">", of, floor)

    def both(self, of: Iterable[Term]) -> Term:
        """Return whether all hold: one that does not settles it."""
        return self._joined("both", of, settles=False)

    def either(self, of: Iterable[Term]) -> Term:
        """Return whether one holds: that one settles it."""
        return self._joined("either", of, settles=True)

    def _joined(self, does: str, of: Iterable[Term], *, settles: bool) -> Term:
        kept: dict[int, Term] = {}
        for one in of:
            for part in one.of if one.does == does else (one,):
                if part.certain and part.value is settles:
                    return part
                if not part.certain:
                    kept[id(part)] = part
        terms = tuple(_absorbed([*kept.values()])) if settles else tuple(kept.values())
        if not terms:
            return self.literal(not settles, "truth")
        if len(terms) == 1:
            return terms[0]
        return self._one(Term(does, terms, "truth", nullable=any(one.nullable for one in terms)))

    def inverse(self, of: Term) -> Term:
        if of.does == "literal":
            return self.literal(None if of.value is None else not of.value, "truth")
        if of.does == "inverse":
            return of.of[0]
        return self._one(Term("inverse", (of,), "truth", nullable=of.nullable))

    def missing(self, of: Term) -> Term:
        """Return whether a term is unknown, which is never unknown itself: as a question to what it is made of."""
        if not of.nullable:
            return self.false
        match of.does:
            case "literal":
                return self.true
            case "add" | "multiply" | "divide" | "absolute" | "compare" | "inverse" | "one_of":
                return self.either(map(self.missing, of.of))
            case "choose":
                when, then, otherwise = of.of
                return self.choose(when, self.missing(then), self.missing(otherwise))
            case "both" | "either" if len(alike := {id(one): one for one in map(self.missing, of.of)}) == 1:
                return next(iter(alike.values()))  # unknown together, and then so are they
            case _:
                return self._one(Term("missing", (of,), "truth"))

    def choose(self, when: Term, then: Term, otherwise: Term) -> Term:
        """Return `then` where a condition is true, `otherwise` where it is false or unknown."""
        if when.does == "literal":
            return then if when.value is True else otherwise
        if then is otherwise:
            return then
        if then.sort == "truth" and not when.nullable and (found := self._logical(when, then, otherwise)) is not None:
            return found
        span = _span(then, otherwise)
        nullable = then.nullable or otherwise.nullable
        return self._one(Term("choose", (when, then, otherwise), then.sort, *span, nullable))

    def _logical(self, when: Term, then: Term, otherwise: Term) -> Term | None:
        """Return a choice between truths of which one is settled as what it says."""
        if then.certain and otherwise.certain:
            return when if then.value is True else self.inverse(when)
        if then.certain:
            return self.either([when, otherwise]) if then.value else self.both([self.inverse(when), otherwise])
        if otherwise.certain:
            return self.either([self.inverse(when), then]) if otherwise.value else self.both([when, then])
        return None

    def one_of(self, of: Term, words: Sequence[str]) -> Term:
        """Return whether a word is one of several."""
        if of.does == "literal":
            return self.literal(None if of.value is None else of.value in words, "truth")
        made = Term("one_of", (of,), "truth", nullable=of.nullable, value=tuple(sorted(words)))
        return self._one(made)


def _absorbed(of: Sequence[Term]) -> Iterator[Term]:
    """Yield alternatives but those that another covers: what is zero is not above what cannot be below zero."""
    upper = [one for one in of if one.does == "compare" and one.value == "<="]
    for one in of:
        covered = one.does == "compare" and one.value == "==" and one.of[1].certain
        if covered and any(_covers(one.of, other.of) for other in upper):
            continue
        yield one


def _covers(alike: Sequence[Term], most: Sequence[Term]) -> bool:
    return alike[0] is most[0] and not most[1].nullable and alike[1].number <= most[1].low


def _span(then: Term, otherwise: Term) -> tuple[int, int]:
    """Return the range of two terms; one that is unknown everywhere adds nothing to it."""
    known = [one for one in (then, otherwise) if not (one.does == "literal" and one.value is None)] or [then]
    return min(one.low for one in known), max(one.high for one in known)


def _settled(order: Order, left: Term, right: Term) -> bool | None:
    """Return what a comparison gives whatever the values are, if ranges say so."""
    apart = left.high < right.low or right.high < left.low
    match order:
        case "<":
            return True if left.high < right.low else False if left.low >= right.high else None
        case "<=":
            return True if left.high <= right.low else False if left.low > right.high else None
        case ">":
            return True if left.low > right.high else False if left.high <= right.low else None
        case ">=":
            return True if left.low >= right.high else False if left.high < right.low else None
        case _:
            alike = left.low == left.high == right.low == right.high
            return (order == "!=") if apart else (order == "==") if alike else None


@dataclass(frozen=True, slots=True)
class _Parts:
    terms: Mapping[int, Term]
    weights: Mapping[int, int]


def _linear(of: Term) -> tuple[_Parts, int]:
    """Return a sum as what is added up, each with its weight, and what is literal in it."""
    terms, weights, constant = dict[int, Term](), dict[int, int](), 0
    left = [(of, 1)]
    while left:
        term, weight = left.pop()
        if term.certain:
            constant += weight * term.number
        elif term.does == "add":
            left += [(part, weight) for part in term.of]
        elif term.does == "multiply" and term.of[1].certain:
            left.append((term.of[0], weight * term.of[1].number))
        else:
            terms[id(term)] = term
            weights[id(term)] = weights.get(id(term), 0) + weight
    return _Parts(terms, weights), constant
