"""What choices and shares have in common: the generated functions of a law on one snapshot, and orders."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

from engine.kleene import Kleene
from engine.program import Program
from engine.rows import Facts

Pair: TypeAlias = tuple[int | str, int] | None
Amount: TypeAlias = int | Fraction


@dataclass(frozen=True, slots=True)
class Order:
    """What is chosen: a row of candidates, how many, at what price, for which row of the deciding subject."""

    sleeve: int
    candidate: int
    contracts: int
    price: Fraction
    side: str
    rule: str
    slice_over: int
    label: str = ""
    row: int | None = None
    marks: Mapping[str, Decimal | str] = field(default_factory=dict)


@dataclass
class Calls:
    """The generated functions of one law on one snapshot."""

    program: Program
    facts: Facts
    kleene: Kleene

    def values(self, name: str, row: int) -> tuple[Pair, ...]:
        return self.program.functions[name](self.facts.columns, self.kleene, row)  # type: ignore[no-any-return]

    def exact(self, name: str, row: int, scale: int, position: int = 0) -> Fraction | None:
        found = self.values(name, row)[position]
        return None if found is None else Fraction(int(found[0]), found[1] * 10**scale)

    def amount(self, name: str, row: int, places: int, position: int = 0) -> Amount | None:
        """Return a number with so many more decimals than its function gives, whole unless it was divided."""
        found = self.values(name, row)[position]
        if found is None:
            return None
        over, under = int(found[0]) * 10**places, found[1]
        return over if under == 1 else Fraction(over, under)

    def key(self, name: str, row: int) -> tuple[Any, ...] | None:
        """Return a sorting key, or `None` when a part of it is unknown."""
        found = self.values(name, row)
        if any(pair is None for pair in found):
            return None
        return tuple(_comparable(*pair) for pair in found if pair is not None)


def _comparable(value: int | str, under: int) -> Amount | str:
    return value if isinstance(value, str) or under == 1 else Fraction(value, under)


def named(facts: Facts, candidate: int) -> bool:
    """Whether one can say which contract it is: an order must."""
    known = (facts.columns["candidate.strike"][candidate], facts.columns["candidate.expiration"][candidate])
    return None not in known


def sliced(contracts: int, limit: int) -> tuple[int, ...]:
    """Return an order in the fewest slices of at most `limit`, as equal as whole contracts allow, larger ones first."""
    count = -(-contracts // limit)
    small, larger = divmod(contracts, count)
    return tuple(small + 1 if number < larger else small for number in range(count))
