"""Terms as polars expressions, in as few steps as what they share asks for; 128 bits where 64 do not hold a range."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from engine.columnar.terms import Sort, Term

if TYPE_CHECKING:
    import polars

_WORD_BITS: Final = 64
_WIDE_BITS: Final = 128


class TooLargeError(Exception):
    """A number of an expression could have more bits than columns have."""


def type_of(sort: Sort, low: int, high: int) -> "polars.DataType":
    """Return the type of a column whose known values lie in a range.

    Raises:
        TooLargeError: No column has so many bits.
    """
    import polars

    if sort == "truth":
        return polars.Boolean()
    if sort == "word":
        return polars.String()
    if _fits(low, high, _WORD_BITS):
        return polars.Int64()
    if _fits(low, high, _WIDE_BITS):
        return polars.Int128()
    raise TooLargeError


def measure(term: Term, seen: set[int]) -> None:
    """Go through a term and all that it is made of, save what was seen before.

    Raises:
        TooLargeError: A number in it could have more bits than columns have.
    """
    left = [term]
    while left:
        one = left.pop()
        if id(one) not in seen:
            seen.add(id(one))
            type_of(one.sort, one.low, one.high)
            left.extend(one.of)


def _fits(low: int, high: int, bits: int) -> bool:
    most = 1 << (bits - 1)
    return -most <= low and high < most


@dataclass
class Lowering:
    """Makes expressions of terms; one that several others read becomes a column of its own, in a step before them."""

    wanted: Mapping[str, Term]
    steps: list[dict[str, "polars.Expr"]] = field(default_factory=list)
    _readers: dict[int, int] = field(default_factory=dict)
    _depths: dict[int, int] = field(default_factory=dict)
    _made: dict[int, "polars.Expr"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, term in self.wanted.items():
            self._count(term)
            self._readers[id(term)] = self._readers.get(id(term), 0) + 1
            del name
        last = {name: self._expression(term) for name, term in self.wanted.items()}
        self.steps.append(last)

    @property
    def shared(self) -> list[str]:
        """The columns that steps make for others."""
        return [name for step in self.steps[:-1] for name in step]

    def _count(self, top: Term) -> None:
        """Count who reads each term."""
        left = [top]
        while left:
            term = left.pop()
            for part in term.of:
                if id(part) not in self._readers:
                    left.append(part)
                self._readers[id(part)] = self._readers.get(id(part), 0) + 1

    def _depth(self, term: Term) -> int:
        """Return the first step in which everything is there that a term reads."""
        if id(term) not in self._depths:
            inner = (self._depth(part) + (1 if self._is_shared(part) else 0) for part in term.of)
            self._depths[id(term)] = max(inner, default=0)
        return self._depths[id(term)]

    def _is_shared(self, term: Term) -> bool:
        return self._readers.get(id(term), 0) > 1 and bool(term.of)

    def _expression(self, term: Term) -> "polars.Expr":
        import polars

        if id(term) not in self._made:
            made = self._lowered(term)
            if self._is_shared(term):
                depth = self._depth(term)
                while len(self.steps) <= depth:
                    self.steps.append({})
                name = f"batch.{depth}.{len(self.steps[depth])}"
                self.steps[depth][name] = made
                made = polars.col(name)
            self._made[id(term)] = made
        return self._made[id(term)]

    def _lowered(self, term: Term) -> "polars.Expr":
        import polars

        of = term.of
        match term.does:
            case "literal":
                return _literal(term)
            case "column":
                return polars.col(str(term.value))
            case "add" | "multiply" | "divide" | "absolute":
                return self._counted(term)
            case "compare":
                left, right = self._met(of)
                return _ORDERS[str(term.value)](left, right)
            case "both":
                return polars.all_horizontal(*map(self._expression, of)) if of[2:] else self._two(of, "&")
            case "either":
                return polars.any_horizontal(*map(self._expression, of)) if of[2:] else self._two(of, "|")
            case "inverse":
                return ~self._expression(of[0])
            case "missing":
                return self._expression(of[0]).is_null()
            case "one_of":
                assert isinstance(term.value, tuple)  # noqa: S101 - as it was made
                return self._expression(of[0]).is_in(polars.Series([*term.value], dtype=polars.String))
            case _:
                then, otherwise = self._met(of[1:], term)
                return polars.when(self._expression(of[0])).then(then).otherwise(otherwise)

    def _two(self, of: Sequence[Term], operator: str) -> "polars.Expr":
        left, right = map(self._expression, of)
        return left & right if operator == "&" else left | right

    def _met(self, of: Iterable[Term], whole: Term | None = None) -> list["polars.Expr"]:
        """Return terms as expressions of one type."""
        import polars

        terms = [*of]
        own = [type_of(term.sort, term.low, term.high) for term in (*terms, *((whole,) if whole else ()))]
        if polars.Int128() not in own:
            return [self._expression(term) for term in terms]
        return [self._expression(term).cast(polars.Int128()) for term in terms]

    def _counted(self, term: Term) -> "polars.Expr":
        parts = self._met(term.of, term)
        match term.does:
            case "add":
                left, right = term.of
                if left.does != "multiply" and right.does == "multiply" and right.of[1].certain:
                    return self._subtracted(term, parts)
                return parts[0] + parts[1]
            case "multiply":
                return parts[0] * parts[1]
            case "divide":
                return parts[0] // parts[1]
            case _:
                return parts[0].abs()

    def _subtracted(self, term: Term, parts: Sequence["polars.Expr"]) -> "polars.Expr":
        """Return a difference as such, where it was made a sum with a number turned round."""
        right = term.of[1]
        if right.of[1].number != -1 or self._is_shared(right):
            return parts[0] + parts[1]
        taken = self._met((term.of[0], right.of[0]), term)
        return taken[0] - taken[1]


def _literal(term: Term) -> "polars.Expr":
    import polars

    return polars.lit(term.value, type_of(term.sort, term.low, term.high))


_ORDERS: "Final[Mapping[str, Callable[[polars.Expr, polars.Expr], polars.Expr]]]" = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
}
