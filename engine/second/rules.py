"""Conditions as rules of durable-rules, in the safe subset: one pattern, constants, conjunctions, integers; no joins.

Two rules or more stand for each condition: what makes it true, what makes it false. A part that is unknown has a field
that says so, and neither side of it fires.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias

from engine.second.arithmetic import LARGEST_CONSTANT, Field, Ratio, Sum, Term, added, compared, fields_of, written
from engine.second.conditions import Atom, Beside, Condition, Holds, alternatives, atoms, how_many, inverse

MOST_RULES: Final = 250  # in one set: 256 on one condition crash
MOST_CONDITIONS: Final = 60  # of one type of fact: 64 that hold at once are one too many
TRUE: Final = "T"
FALSE: Final = "F"
ZERO: Final = Field("z")
_FLIPPED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_SIGNS: Final = {"<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte", "==": "$eq", "!=": "$neq"}
Side: TypeAlias = tuple[str, Field, Term]


@dataclass(frozen=True, slots=True)
class Rule:
    """One conjunction that makes an output true or false."""

    output: int
    side: str
    terms: tuple[str, ...]


def rules_of(outputs: Sequence[Condition], *, one_sided: bool) -> Iterator[Rule]:
    """Yield the rules of conditions that are asked together."""
    for number, output in enumerate(outputs):
        for side, condition in ((TRUE, output), (FALSE, inverse(output)))[: 1 if one_sided else None]:
            for conjunction in alternatives(condition):
                terms = {term for atom in conjunction for term in _terms(atom)}
                yield Rule(number, side, tuple(sorted(terms, key=_place)))


def _place(term: str) -> tuple[bool, str]:
    """Order terms so that rules begin alike: what is known before what it is."""
    return "$" in term, term


def _terms(atom: Atom) -> Iterator[str]:
    if isinstance(atom, Holds):
        yield json.dumps({atom.field: int(atom.so)})
        return
    yield from (json.dumps({name: 1}) for name in atom.known)
    sign, left, right = side_of(atom)
    yield json.dumps({_SIGNS[sign]: {left.name: _constant(right)}})


def side_of(atom: Beside) -> Side:
    """Return a comparison as durable-rules takes it: one field on the left."""
    left, right = compared(atom.left, atom.right)
    if isinstance(left, Field):
        return atom.sign, left, right
    if isinstance(right, Field):
        return _FLIPPED[atom.sign], right, left
    return atom.sign, ZERO, added(right, left, "$sub")


def _constant(term: Term) -> Any:  # noqa: ANN401 - JSON
    return written(_small(term))


def _small(term: Term) -> Term:
    """Return a term whose constants are small enough for a rule; larger ones become fields."""
    match term:
        case int() if abs(term) > LARGEST_CONSTANT:
            return Field(name_of_large(term))
        case Sum(sign=sign, left=left, right=right):
            return Sum(sign, _small(left), _small(right))
        case _:
            return term


def name_of_large(constant: int) -> str:
    """Return the field that a large constant stands in."""
    return f"c{constant}".replace("-", "m")


@dataclass(frozen=True)
class Shape:
    """What one type of fact asks, before it has a number: its conditions and what they cost.

    `one_sided`: of conditions of which one holds if all is known, only that is asked.
    """

    outputs: tuple[Condition, ...]
    one_sided: bool = False

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(rules_of(self.outputs, one_sided=self.one_sided))

    @cached_property
    def conditions(self) -> int:
        """The conditions that durable-rules makes of it: rules that begin alike share them."""
        return 1 + len({rule.terms[: end + 1] for rule in self.rules for end in range(len(rule.terms))})

    @property
    def fits(self) -> bool:
        """Whether it stays within what one type of fact may have."""
        sides = (side for of in self.outputs for side in (of, inverse(of))[: 1 if self.one_sided else None])
        if sum(map(how_many, sides)) > MOST_CONDITIONS:
            return False
        return self.conditions <= MOST_CONDITIONS

    @cached_property
    def sides(self) -> tuple[Side, ...]:
        """Every comparison as it is asked, true side and false side alike."""
        return tuple(side_of(atom) for of in self.outputs for atom in atoms(of) if isinstance(atom, Beside))

    @cached_property
    def large(self) -> dict[str, int]:
        """The constants that stand in fields."""
        terms = (constant for _, _, term in self.sides for constant in _constants(term))
        found = {constant for constant in terms if abs(constant) > LARGEST_CONSTANT}
        return {name_of_large(constant): constant for constant in sorted(found)}

    @cached_property
    def constants(self) -> frozenset[int]:
        """The absolute values of every constant in a comparison."""
        return frozenset(abs(constant) for _, _, term in self.sides for constant in _constants(term))

    @cached_property
    def unders(self) -> tuple[Term, ...]:
        """What is multiplied across and has to be positive, but for the denominators of fractions."""
        ratios = {ratio for of in self.outputs for atom in atoms(of) for ratio in _ratios(atom)}
        return tuple(ratio.under for ratio in ratios if any(name[0] != "d" for name in fields_of(ratio.under)))


def _ratios(atom: Atom) -> tuple[Ratio, ...]:
    return (atom.left, atom.right) if isinstance(atom, Beside) else ()


def _constants(term: Term) -> Iterator[int]:
    match term:
        case int():
            yield term
        case Sum(left=left, right=right):
            yield from _constants(left)
            yield from _constants(right)
        case _:
            return
