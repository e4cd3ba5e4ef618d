"""Which values an expression can take, over the law's parameters and what is known of facts without a snapshot.

What an expression gives on any snapshot lies in its reach; not all of its reach need occur. Unknown is no value: a
condition whose reach lacks `true` never holds, whatever else it may be.
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from math import ceil, floor
from typing import Final, TypeAlias

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
from engine.law.model import Constitution
from engine.law.names import nullable
from engine.law.span import ANY, NOT_NEGATIVE, POSITIVE, Span
from engine.subjects import given

Exact: TypeAlias = Fraction | bool | str
Values: TypeAlias = frozenset[Exact]
Reach: TypeAlias = Values | Span
Row: TypeAlias = tuple[str, str]

BOTH: Final[Values] = frozenset({True, False})
NOTHING: Final[Values] = frozenset()
_ORDERED: Final = frozenset({"number", "date", "time", "instant"})
_MOST: Final = 256  # pairs of values that are computed one by one
_SIGNS: Final[Mapping[str, Callable[[Fraction, Fraction], Fraction]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
_OPPOSITE: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


@dataclass(frozen=True)
class World:
    """A law and what is held of the facts of the rows at hand; other rows are as they may be in any snapshot."""

    law: Constitution
    held: Mapping[Row, Reach] = field(default_factory=dict)
    _memo: dict[Row, Reach] = field(default_factory=dict)

    def reach(self, of: Typed) -> Reach:
        """Return every value that an expression can take here."""
        match of:
            case Const(value=bool() | str() as value):
                return frozenset({value})
            case Const():
                return frozenset({of.exact})
            case Read():
                return self.read(of)
            case Negated(of=inner):
                return _shifted(self.reach(inner), operator.neg, operator.neg)
            case Arithmetic(operator=sign, left=left, right=right):
                return _computed(sign, self.reach(left), self.reach(right))
            case Compare(operator=sign, left=left, right=right):
                return compared(sign, self.reach(left), self.reach(right))
            case Within(of=inner):
                return _inside(self.reach(inner), span_of(of))
            case OneOf(of=inner, items=items):
                return _among(self.reach(inner), frozenset(map(exact, items)))
            case Inverse(of=inner):
                return frozenset(not truth for truth in self.truths(inner))
            case Logic(operator=sign, terms=terms):
                return _joined(sign == "||", [self.truths(term) for term in terms])
            case Known(of=inner):
                return frozenset({True}) if not nullable(inner) else BOTH if self.reach(inner) else frozenset({False})
            case FirstKnown(options=options):
                return united(self.reach(option) for option in _up_to_a_sure_one(options))
            case Case():
                return self._case(of)
            case Fold():
                return self._folded(of)
            case Apply(function=function, arguments=arguments):
                return self.applied(of, function, [self.reach(argument) for argument in arguments])

    def truths(self, of: Typed) -> Values:
        """Return which of true and false a condition can be."""
        found = self.reach(of)
        return BOTH if isinstance(found, Span) else found

    def read(self, of: Read) -> Reach:
        """Return every value of a fact; nothing is held of a row that only a variable or a pick names."""
        return self.fact(of.subject, of.fact) if of.row == of.subject else anywhere(self).fact(of.subject, of.fact)

    def fact(self, subject: str, fact: str) -> Reach:
        """Return every value of a fact of a row at hand."""
        row = (subject, fact)
        if row in self.held:
            return self.held[row]
        if row not in self._memo:
            self._memo[row] = self._fact(subject, fact)
        return self._memo[row]

    def _fact(self, subject: str, fact: str) -> Reach:
        name = f"{subject}.{fact}"
        if name in self.law.derived:
            derived = self.law.derived[name]
            found = self.reach(derived.value)
            return _met(found, POSITIVE) if derived.bad else found
        if name in self.law.remembered:
            return of_type(self.law.remembered[name].type)
        if fact in given(subject):
            return of_type(given(subject)[fact].type)
        rule = self.law.rules.get(fact)
        return self.truths(rule.when) if rule is not None and rule.subject == subject else BOTH

    def applied(self, of: Apply, function: str, arguments: list[Reach]) -> Reach:
        """Return every value of a function, as far as its arguments tell."""
        return _measured(function, arguments) if function in _MEASURES else of_type(of.type)

    def _case(self, of: Case) -> Reach:
        found: list[Reach] = []
        for guard, value in of.rows:
            truths = self.truths(guard)
            if True in truths:
                found.append(self.reach(value))
            if of.first and False not in truths:
                return united(found)
        return united(found if of.otherwise is None else [*found, self.reach(of.otherwise)])

    def _folded(self, of: Fold) -> Reach:
        """Return what a list may give: any number of rows, of which nothing is held."""
        if of.how not in ("exists", "all"):
            return of_type(of.type)
        decisive = of.how == "exists"
        return BOTH if decisive in anywhere(self).truths(of.body) else frozenset({not decisive})


def anywhere(world: World) -> World:
    """Return the world in which nothing is held."""
    return World(world.law, {}, world._memo) if not world.held else _BARE.setdefault(id(world.law), World(world.law))


def of_type(kind: Type) -> Reach:
    """Return every value of a type."""
    if kind.kind == "bool":
        return BOTH
    if kind.kind in _ORDERED:
        return {"any": ANY, "not_negative": NOT_NEGATIVE, "positive": POSITIVE}[kind.sign]
    return frozenset(kind.words) if len(kind.words) > 1 else ANY
