"""What an expression can be over the parameters of a law, without a snapshot; and what follows from a condition.

Sound, not complete: what an expression gives on any snapshot lies in its range, but not all of the range need occur.
Unknown is no value, so a condition whose range lacks `true` never holds, whatever is missing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
    Typed,
    Within,
    walk,
)
from engine.law import ranges
from engine.law.model import Constitution
from engine.law.names import nullable
from engine.law.ranges import BOTH, Range, Values
from engine.law.span import POSITIVE, Span
from engine.subjects import given

Fact: TypeAlias = tuple[str, str]

_OPPOSITE: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_TRUE, _FALSE = frozenset({True}), frozenset({False})


@dataclass(frozen=True, eq=False)
class World:
    """A law, and what is held of facts of the rows at hand. Of other rows, in `base`, nothing is held."""

    law: Constitution
    held: Mapping[Fact, Range] = field(default_factory=dict)
    base: "World | None" = None
    _memo: dict[Fact, Range] = field(default_factory=dict)
    _support: dict[Fact, frozenset[Fact]] = field(default_factory=dict)

    def range(self, of: Typed) -> Range:
        """Return every value that an expression can take here."""
        match of:
            case Const():
                return frozenset({ranges.exact(of)})
            case Read():
                return self.read(of)
            case Negated(of=inner):
                return ranges.negated(self.range(inner))
            case Arithmetic(operator=sign, left=left, right=right):
                return ranges.computed(sign, self.range(left), self.range(right))
            case Compare(operator=sign, left=left, right=right):
                return ranges.compared(sign, self.range(left), self.range(right))
            case Within(of=inner):
                return ranges.inside(self.range(inner), ranges.span_of(of))
            case OneOf(of=inner, items=items):
                return ranges.among(self.range(inner), frozenset(map(ranges.exact, items)))
            case Inverse(of=inner):
                return frozenset(not truth for truth in self.truths(inner))
            case Logic(operator=sign, terms=terms):
                return ranges.joined(sign == "||", [self.truths(term) for term in terms])
            case Known(of=inner):
                return _TRUE if self.sure(inner) else BOTH if self.range(inner) else _FALSE
            case FirstKnown(options=options):
                return ranges.united(map(self.range, self.asked(options)))
            case Case():
                return self._case(of)
            case Fold():
                return self._folded(of)
            case Apply(arguments=arguments):
                return self.applied(of, [self.range(argument) for argument in arguments])

    def truths(self, of: Typed) -> Values:
        """Return which of true and false a condition can be."""
        found = self.range(of)
        return BOTH if isinstance(found, Span) else found

    def sure(self, of: Typed) -> bool:
        """Return whether an expression is never unknown here: what something is held of is known."""
        match of:
            case Logic(operator=sign, terms=terms):
                decisive = frozenset({sign == "||"})
                settled = any(self.sure(term) and self.truths(term) == decisive for term in terms)
                return settled or all(map(self.sure, terms))
            case Read() if of.row == of.subject and self._key(of) in self.held:
                return True
            case _:
                return not nullable(of)

    def asked(self, options: Sequence[Typed]) -> Iterator[Typed]:
        """Yield the options of `first_known` up to one that is never unknown."""
        for option in options:
            yield option
            if self.sure(option):
                return

    @staticmethod
    def _key(of: Read) -> Fact:
        return of.subject, of.fact

    def read(self, of: Read) -> Range:
        """Return every value of a fact; a row that a variable or a pick names is not one of those at hand."""
        return (self if of.row == of.subject else self.base or self).fact(of.subject, of.fact)

    def fact(self, subject: str, fact: str) -> Range:
        """Return every value of a fact of a row at hand."""
        key = (subject, fact)
        if key in self.held:
            return self.held[key]
        if self.base is not None and self.base.support(key).isdisjoint(self.held):
            return self.base.fact(subject, fact)
        if key not in self._memo:
            self._memo[key] = self._fact(subject, fact)
        return self._memo[key]

    def support(self, key: Fact) -> frozenset[Fact]:
        """Return the facts of the rows at hand that a fact is made of, those behind them too."""
        if key not in self._support:
            definition = self._definition(*key)
            reads = {self._key(part) for part in walk(definition) if isinstance(part, Read)} if definition else set()
            self._support[key] = frozenset(reads).union(*map(self.support, reads))
        return self._support[key]

    def _definition(self, subject: str, fact: str) -> Typed | None:
        """Return how the law gives a fact; None for what a snapshot or memory gives."""
        derived, rule = self.law.derived.get(f"{subject}.{fact}"), self.law.rules.get(fact)
        if derived is not None:
            return derived.value
        return rule.when if rule is not None and rule.subject == subject and not rule.decides else None

    def _fact(self, subject: str, fact: str) -> Range:
        name = f"{subject}.{fact}"
        if name in self.law.derived:
            derived = self.law.derived[name]
            found = self.range(derived.value)
            return ranges.met(found, POSITIVE) if derived.bad else found
        if name in self.law.remembered:
            return ranges.of_type(self.law.remembered[name].type)
        if fact in given(subject):
            return ranges.of_type(given(subject)[fact].type)
        definition = self._definition(subject, fact)
        return BOTH if definition is None else self.truths(definition)

    def applied(self, of: Apply, arguments: list[Range]) -> Range:
        """Return every value of a function, as far as its arguments tell."""
        return ranges.measured(of.function, arguments) if of.function in ranges.MEASURES else ranges.of_type(of.type)

    def _case(self, of: Case) -> Range:
        found: list[Range] = []
        for guard, value in of.rows:
            truths = self.truths(guard)
            if True in truths:
                found.append(self.range(value))
            if of.first and False not in truths:
                return ranges.united(found)
        return ranges.united(found if of.otherwise is None else [*found, self.range(of.otherwise)])

    def _folded(self, of: Fold) -> Range:
        """Return what a list may give: any number of rows, of which nothing is held."""
        if of.how not in ("exists", "all"):
            return ranges.of_type(of.type)
        decisive = of.how == "exists"
        return BOTH if decisive in (self.base or self).truths(of.body) else frozenset({not decisive})

    def where(self, of: Typed, *, holds: bool = True) -> "World | None":
        """Return the world in which a condition holds, or does not, as far as that shows; None if it cannot be."""
        if holds not in self.truths(of):
            return None
        match of:
            case Inverse(of=inner):
                return self.where(inner, holds=not holds)
            case Logic(operator=sign, terms=terms) if (sign == "&&") is holds:
                return self.where_all(terms, holds=holds)
            case Logic(terms=terms):
                return self._only(self.where(term, holds=holds) for term in terms)
            case Compare(operator=sign, left=left, right=right):
                sign = sign if holds else _OPPOSITE[sign]
                world = self.bounded(left, _beside(sign, self.range(left), self.range(right)))
                return world and world.bounded(right, _beside(_TURNED[sign], world.range(right), world.range(left)))
            case Within(of=inner) if holds:
                return self.bounded(inner, ranges.span_of(of))
            case OneOf(of=inner, items=items):
                named = frozenset(map(ranges.exact, items))
                found = self.range(inner)
                rest = found - named if isinstance(found, frozenset) else found
                return self.bounded(inner, named if holds else rest)
            case Read():
                return self.bounded(of, frozenset({holds}))
            case Case():
                return self.giving(of, frozenset({holds}))
            case _:
                return self

    def where_all(self, terms: Sequence[Typed], *, holds: bool = True) -> "World | None":
        """Return the world in which several conditions hold, or none of them does."""
        world: World | None = self
        for term in terms:
            world = world and world.where(term, holds=holds)
        # What a later one tells may rule out an earlier one that left several ways open.
        return world if world and all(holds in world.truths(term) for term in terms) else None

    def bounded(self, of: Typed, within: Range) -> "World | None":
        """Return the world in which a fact lies in a range, and so does what defines it, as far as that shows."""
        if not isinstance(of, Read) or of.row != of.subject:
            return self
        before = self.read(of)
        found = ranges.met(before, within)
        if not found or found == before:
            return self if found else None
        world = World(self.law, {**self.held, self._key(of): found}, self.base or self)
        derived = self.law.derived.get(f"{of.subject}.{of.fact}")
        return world if derived is None else world.giving(derived.value, found)

    def giving(self, of: Typed, found: Range) -> "World | None":
        """Return the world in which an expression gives a value of a range."""
        if isinstance(of, Case):
            apt = ((tests, value) for tests, value in ways(of) if ranges.met(self.range(value), found))
            return self._only(self._by(tests, value, found) for tests, value in apt)
        if of.type.kind == "bool" and found != BOTH:
            return self.where(of, holds=True in found)
        return self.bounded(of, found)

    def _only(self, worlds: Iterable["World | None"]) -> "World | None":
        """Return the one world that can be of several, this one where more can be, None where none can."""
        possible = [world for world in worlds if world is not None]
        return possible[0] if len(possible) == 1 else self if possible else None

    def _by(self, tests: Sequence[Typed], value: Typed, found: Range) -> "World | None":
        """Return the world in which one row of a table gives a value of a range."""
        world = self.where_all(tests)
        return world and world.giving(value, found)


def ways(of: Case) -> Iterator[tuple[tuple[Typed, ...], Typed]]:
    """Yield what must hold for each value of a table to be its own."""
    above: tuple[Typed, ...] = ()
    for guard, value in of.rows:
        yield (*(above if of.first else ()), guard), value
        above = (*above, Inverse(0, guard))
    if of.otherwise is not None:
        yield above, of.otherwise


def _beside(sign: str, of: Range, other: Range) -> Range:
    """Return where the values of a range lie that compare so with one of another."""
    if sign == "==":
        return other
    if sign == "!=":
        alone = isinstance(other, frozenset) and len(other) == 1
        return of - other if alone and isinstance(of, frozenset) and isinstance(other, frozenset) else of
    span = ranges.hull(other)
    if sign in ("<", "<="):
        return Span(high=span.high, high_in=sign == "<=" and span.high_in)
    return Span(low=span.low, low_in=sign == ">=" and span.low_in)
