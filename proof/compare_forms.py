"""Expressions in one canonical form: two that say the same of the same names are equal.

The order of what `&&`, `||`, `+` and `*` join is gone, and so are brackets, the letters of variables, the side on which
a comparison has its terms, and how a number is spelled. What other pieces of the law define stays as a `Ref`.
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, TypeAlias

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
)
from engine.law.model import Constitution

Space: TypeAlias = Literal["parameter", "fact", "memory", "pick", "rule"]


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """A name that some piece of the law defines."""

    space: Space
    name: str


# Nested tuples, sets and bags of words, numbers and `Ref`s; each tuple begins with what it is.
Form: TypeAlias = Hashable


@dataclass(frozen=True, slots=True)
class Bag:
    """Parts whose order says nothing, while their number does; it is comparable once it is `resolved`."""

    parts: tuple[Form, ...]


_OPPOSITE: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_TURNED: Final = {">": "<", ">=": "<="}
_SYMMETRIC: Final = frozenset({"==", "!="})
_FREE: Final = frozenset({"min", "max"})
_FUNCTION: Final = re.compile(r"([a-z]+)\((\w+)\)")


@dataclass(frozen=True)
class Forms:
    """Makes the forms of one law's expressions."""

    law: Constitution

    @cached_property
    def _lists(self) -> Mapping[tuple[object, ...], str]:
        """The lists of the law by their values: `rank` keeps no name."""
        named = ((each.value, name) for name, each in sorted(self.law.parameters.items(), reverse=True))
        return {value: name for value, name in named if isinstance(value, tuple)}

    def of(self, typed: Typed) -> Form:
        """Return the form of an expression."""
        return self._form(typed, {})

    def ref(self, subject: str, fact: str) -> Form:
        """Return a fact by what defines it; of what the snapshot gives, the name is all there is."""
        name, law = f"{subject}.{fact}", self.law
        if name in law.derived:
            return Ref("fact", name)
        if name in law.remembered:
            return Ref("memory", name)
        found = name.removesuffix("_found")
        if found in law.picks and name != found:
            return ("found", Ref("pick", found))
        rule = law.rules.get(fact)
        return Ref("fact", name) if rule is not None and rule.name == name and not rule.decides else ("given", name)

    def _form(self, of: Typed, rows: Mapping[str, tuple[int, str]]) -> Form:
        match of:
            case Const():
                return self._constant(of)
            case Read():
                return ("read", self._row(of.row, rows), self.ref(of.subject, of.fact))
            case Logic() | Inverse() | Compare():
                return self._truth(of, rows, holds=True)
            case Arithmetic(operator="+" | "-") | Negated():
                return ("sum", Bag(tuple(self._terms(of, rows, 1))))
            case Arithmetic(operator="*"):
                return ("product", Bag(tuple(self._factors(of, rows))))
            case Arithmetic(operator=operator, left=left, right=right):
                return (operator, self._form(left, rows), self._form(right, rows))
            case Within(name=name, of=inner) if name:
                return ("in", self._form(inner, rows), Ref("parameter", name))
            case Within(of=inner, lower=lower, upper=upper):
                ends = tuple(None if end is None else self._constant(end) for end in (lower, upper))
                return ("within", self._form(inner, rows), ends, of.lower_in, of.upper_in)
            case OneOf():
                return self._one_of(of, rows)
            case Apply(function=function, arguments=arguments):
                inside = [self._form(argument, rows) for argument in arguments]
                return (function, frozenset(inside) if function in _FREE else tuple(inside))
            case Fold():
                deeper = {**rows, of.variable: (len(rows), of.child)}
                return (of.how, self._row(of.row, rows), of.child, self._form(of.body, deeper))
            case Known(of=inner):
                return ("known", self._form(inner, rows))
            case FirstKnown(options=options):
                return ("first_known", tuple(self._form(option, rows) for option in options))
            case Case():
                return self._case(of, rows)

    def _constant(self, of: Const) -> Form:
        """Return a parameter by its name; a level counts as the number that it is."""
        called = _FUNCTION.fullmatch(of.name)
        function, name = called.groups() if called else ("", of.name)
        if name in self.law.parameters:
            return (function, Ref("parameter", name)) if function else Ref("parameter", name)
        if name and name not in self.law.levels:
            return ("assumed", of.name)
        return ("word", of.value) if isinstance(of.value, bool | str) else ("number", of.exact)

    def _row(self, row: str, rows: Mapping[str, tuple[int, str]]) -> Form:
        """Return the row that is read: at hand, of a variable by how deep it stands, or picked."""
        owner, _, pick = row.partition(".")
        depth, subject = rows.get(owner, (None, owner))
        whose: Form = owner if depth is None else ("each", depth)
        return (whose, Ref("pick", f"{subject}.{pick}")) if pick else whose

    def _truth(self, of: Typed, rows: Mapping[str, tuple[int, str]], *, holds: bool) -> Form:
        """Return a condition, or its opposite: what is unknown stays unknown either way."""
        match of:
            case Inverse(of=inner):
                return self._truth(inner, rows, holds=not holds)
            case Logic(operator=operator):
                joined = operator if holds else {"&&": "||", "||": "&&"}[operator]
                terms = frozenset(self._joined(of, rows, joined, holds=holds))
                return next(iter(terms)) if len(terms) == 1 else (joined, terms)
            case Compare(operator=operator, left=left, right=right):
                return self._compared(operator if holds else _OPPOSITE[operator], left, right, rows)
            case Const(value=bool() as value):
                return ("word", value is holds)
            case _:
                found = self._form(of, rows)
                return found if holds else ("not", found)

    def _joined(self, of: Logic, rows: Mapping[str, tuple[int, str]], joined: str, *, holds: bool) -> Iterator[Form]:
        for term in of.terms:
            found = self._truth(term, rows, holds=holds)
            yield from found[1] if isinstance(found, tuple) and found[0] == joined else (found,)

    def _compared(self, operator: str, left: Typed, right: Typed, rows: Mapping[str, tuple[int, str]]) -> Form:
        first, second = self._form(left, rows), self._form(right, rows)
        if operator in _SYMMETRIC:
            return (operator, frozenset({first, second}))
        return (_TURNED[operator], second, first) if operator in _TURNED else (operator, first, second)

    def _one_of(self, of: OneOf, rows: Mapping[str, tuple[int, str]]) -> Form:
        inner = self._form(of.of, rows)
        if of.name:
            return ("in", inner, Ref("parameter", of.name))
        items = frozenset(self._constant(item) for item in of.items)
        return ("==", items | {inner}) if len(items) == 1 else ("in", inner, items)

    def _terms(self, of: Typed, rows: Mapping[str, tuple[int, str]], sign: int) -> Iterator[Form]:
        match of:
            case Arithmetic(operator="+" | "-" as operator, left=left, right=right):
                yield from self._terms(left, rows, sign)
                yield from self._terms(right, rows, sign if operator == "+" else -sign)
            case Negated(of=inner):
                yield from self._terms(inner, rows, -sign)
            case _:
                yield (sign, self._form(of, rows))

    def _factors(self, of: Typed, rows: Mapping[str, tuple[int, str]]) -> Iterator[Form]:
        if isinstance(of, Arithmetic) and of.operator == "*":
            yield from self._factors(of.left, rows)
            yield from self._factors(of.right, rows)
        else:
            yield self._form(of, rows)

    def _case(self, of: Case, rows: Mapping[str, tuple[int, str]]) -> Form:
        listed = [guard for guard, _ in of.rows if isinstance(guard, OneOf) and not guard.items[0].type.words]
        name = self._lists.get(tuple(guard.items[0].value for guard in listed))
        if name is not None and len(listed) == len(of.rows):
            return ("rank", self._form(listed[0].of, rows), Ref("parameter", name))
        pairs = [(self._truth(guard, rows, holds=True), self._form(value, rows)) for guard, value in of.rows]
        otherwise = None if of.otherwise is None else self._form(of.otherwise, rows)
        return ("case", tuple(pairs) if of.first else frozenset(pairs), otherwise)


def refs(form: Form) -> Iterator[Ref]:
    """Yield every name in a form that some piece of the law defines."""
    if isinstance(form, Ref):
        yield form
    elif isinstance(form, tuple | frozenset | Bag):
        for part in form.parts if isinstance(form, Bag) else form:
            yield from refs(part)


def resolved(form: Form, meaning: Callable[[Ref], Form]) -> Form:
    """Return a form in which every name is what `meaning` says of it."""
    match form:
        case Ref():
            return meaning(form)
        case tuple():
            return tuple(resolved(part, meaning) for part in form)
        case frozenset():
            return frozenset(resolved(part, meaning) for part in form)
        case Bag(parts=parts):
            return frozenset(Counter(resolved(part, meaning) for part in parts).items())
        case _:
            return form
