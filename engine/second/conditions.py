"""Conditions in three values: what makes one true, and what makes it false, each as alternatives of conjunctions.

Nothing is concluded from what is not found: a condition is unknown when neither side of it can be shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Final, TypeAlias

from engine.second.arithmetic import Ratio, compared, fields_of, value

INVERSE: Final = {"<": ">=", ">=": "<", "<=": ">", ">": "<=", "==": "!=", "!=": "=="}


@dataclass(frozen=True, slots=True)
class Holds:
    """A truth that is a field of the question: that it is so, or that it is not."""

    field: str
    so: bool = True


@dataclass(frozen=True, slots=True)
class Beside:
    """A comparison of two numbers; `known` are the fields that say whether its parts are known."""

    sign: str
    left: Ratio
    right: Ratio
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Every:
    of: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Some:
    of: "tuple[Condition, ...]"


Atom: TypeAlias = Holds | Beside
Condition: TypeAlias = Atom | Every | Some
YES: Final = Every(())
NO: Final = Some(())


def inverse(of: Condition) -> Condition:
    """Return what is true where a condition is false."""
    match of:
        case Holds(so=so):
            return replace(of, so=not so)
        case Beside(sign=sign):
            return replace(of, sign=INVERSE[sign])
        case Every(of=parts):
            return Some(tuple(map(inverse, parts)))
        case Some(of=parts):
            return Every(tuple(map(inverse, parts)))


def joined(kind: type[Every] | type[Some], parts: Iterable[Condition]) -> Condition:
    """Return terms under one sign, without brackets inside brackets and without constants."""
    flat: list[Condition] = []
    for part in parts:
        flat += part.of if isinstance(part, kind) else (part,)
    decided = NO if kind is Every else YES
    if decided in flat:
        return decided
    flat = [*dict.fromkeys(flat)]
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def alternatives(of: Condition) -> list[tuple[Atom, ...]]:
    """Return the conjunctions each of which makes a condition true."""
    match of:
        case Every(of=parts):
            found = product(*(alternatives(part) for part in parts))
            return [tuple(dict.fromkeys(atom for inner in one for atom in inner)) for one in found]
        case Some(of=parts):
            return [one for part in parts for one in alternatives(part)]
        case _:
            return [(of,)]


def how_many(of: Condition) -> int:
    """Return how many conjunctions a condition has, without writing them."""
    match of:
        case Every(of=parts):
            count = 1
            for part in parts:
                count *= how_many(part)
            return count
        case Some(of=parts):
            return sum(map(how_many, parts))
        case _:
            return 1


def atoms(of: Condition) -> Iterable[Atom]:
    """Yield the atoms of a condition, in the order of the text."""
    match of:
        case Every(of=parts) | Some(of=parts):
            for part in parts:
                yield from atoms(part)
        case _:
            yield of


def fields(of: Condition) -> frozenset[str]:
    """Return the fields that a condition reads."""
    found: set[str] = set()
    for atom in atoms(of):
        if isinstance(atom, Holds):
            found.add(atom.field)
        else:
            found.update(*map(fields_of, compared(atom.left, atom.right)), atom.known)
    return frozenset(found)


def judged(of: Condition, given: Mapping[str, Any]) -> bool | None:
    """Return whether a condition holds, by code of its own: for integers that durable-rules cannot hold."""
    match of:
        case Holds(field=name, so=so):
            found = given[name]
            return None if found is None else found is so
        case Beside(known=known):
            return _compared(of, given) if all(given[name] for name in known) else None
        case Every(of=parts):
            return every(judged(part, given) for part in parts)
        case Some(of=parts):
            return some(judged(part, given) for part in parts)


def _compared(of: Beside, given: Mapping[str, Any]) -> bool | None:
    under = value(of.left.under, given), value(of.right.under, given)
    if 0 in under:
        return None
    flipped = (under[0] < 0) != (under[1] < 0)
    left, right = value(of.left.over, given) * under[1], value(of.right.over, given) * under[0]
    difference = right - left if flipped else left - right
    match of.sign:
        case "<":
            return difference < 0
        case "<=":
            return difference <= 0
        case ">":
            return difference > 0
        case ">=":
            return difference >= 0
        case "==":
            return difference == 0
        case _:
            return difference != 0


def every(values: Iterable[bool | None]) -> bool | None:
    """Return false if one is, else unknown if one is."""
    found: bool | None = True
    for one in values:
        if one is False:
            return False
        if one is None:
            found = None
    return found


def some(values: Iterable[bool | None]) -> bool | None:
    """Return true if one is, else unknown if one is."""
    found: bool | None = False
    for one in values:
        if one is True:
            return True
        if one is None:
            found = None
    return found
