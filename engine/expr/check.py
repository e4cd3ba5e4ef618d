"""Resolves names and checks units: a tree becomes a typed expression, or a fault with its offset."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from engine.expr import tree
from engine.expr.functions import FUNCTIONS, SERIES, SERIES_STANDS, Misuse, alike
from engine.expr.parse import ExpressionError
from engine.expr.typed import (
    BOOL,
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
    Sign,
    Type,
    Typed,
    Within,
    parts,
    retype,
    walk,
)
from engine.expr.units import UNITS, Dimension, dimension, multiply, show
from engine.law.values import Interval, Single

_LITERALS = {"0", "1", "2"}


@dataclass(frozen=True, slots=True)
class Constant:
    """A parameter or the name of a level: what a bare name stands for."""

    name: str
    unit: str
    value: Single | Interval | tuple[Single, ...]


class Names(Protocol):
    """What the law offers to an expression."""

    def constant(self, name: str) -> Constant | None:
        """Return the parameter or level of that name."""

    def fact(self, subject: str, name: str) -> tuple[Type, bool] | None:
        """Return a fact's type and whether it can be unknown."""

    def pick(self, subject: str, name: str) -> str | None:
        """Return the subject of the rows that a pick chooses from."""

    def words(self) -> Iterable[str]:
        """Return every name an expression may read, for suggestions."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands: its rows by name (subject, ancestors, variables) and the lists of each subject.

    `local`: bare names that are computed where the expression stands. `calls`: functions that only stand there.
    """

    names: Names
    rows: Mapping[str, str]
    lists: Mapping[str, Mapping[str, str]]
    local: Mapping[str, Type] = field(default_factory=dict)
    calls: "Mapping[str, Callable[[tree.Call, Scope], Typed]]" = field(default_factory=dict)


def check(expression: tree.Tree, scope: Scope) -> Typed:
    """Return the typed expression.

    Raises:
        ExpressionError: An unknown name, a unit that does not fit, a denominator that is not declared positive.
    """
    match expression:
        case tree.Number():
            return _literal(expression)
        case tree.String(at=at, value=value):
            return Const(at, value, Type("symbol", words=frozenset({value}), literal=True))
        case tree.Name():
            return _name(expression, scope)
        case tree.Call():
            return _call(expression, scope)
        case tree.Quantified():
            return _fold(expression, scope)
        case tree.Negative(at=at, of=of):
            inner = check(of, scope)
            _need(at, inner, "number", "- negates a number")
            return Negated(at, inner, replace(inner.type, sign="any"))
        case tree.Not(at=at, of=of):
            return Inverse(at, truth(of, scope))
        case tree.Both(at=at, operator=operator, terms=terms):
            return Logic(at, operator, tuple(truth(term, scope) for term in terms))
        case tree.Binary(operator="in"):
            return _member(expression, scope)
        case tree.Binary(operator="+" | "-" | "*" | "/"):
            return _arithmetic(expression, scope)
        case tree.Binary():
            return _compare(expression, scope)
        case tree.Listing(at=at):
            raise ExpressionError(at, "type", "a list may stand only behind `in`")


def value(expression: tree.Tree, scope: Scope) -> Typed:
    """Return the typed expression where a whole value stands: only here may `first_known` and `rank` be used."""
    typed = check(expression, scope)
    if typed.type.kind == "series":
        raise ExpressionError(typed.at, "position", SERIES_STANDS)
    if not isinstance(typed, Case):
        _none_inside(part for outer in parts(typed) for part in walk(outer))
    return typed


def condition(expression: tree.Tree, scope: Scope) -> Typed:
    """Return the typed expression of a whole condition, in which neither `first_known` nor `rank` may be used."""
    typed = truth(expression, scope)
    _none_inside(walk(typed))
    return typed


def _none_inside(found: Iterable[Typed]) -> None:
    for part in found:
        if isinstance(part, Case | FirstKnown):
            raise ExpressionError(
                part.at, "position", "first_known and rank stand alone; make them a fact of their own"
            )


def truth(expression: tree.Tree, scope: Scope) -> Typed:
    """Return the typed expression, which must be true or false."""
    typed = check(expression, scope)
    _need(expression.at, typed, "bool", "a condition is true or false")
    return typed


def _need(at: int, typed: Typed, kind: str, why: str) -> None:
    if typed.type.kind != kind:
        raise ExpressionError(at, "type", f"{why}; this is a {describe(typed.type)}")


def describe(kind: Type) -> str:
    """Return a type as people say it: `number of usd/share`, `date`."""
    return f"number of {show(kind.dimension)}" if kind.kind == "number" else kind.kind


def _literal(number: tree.Number) -> Const:
    if number.text not in _LITERALS:
        raise ExpressionError(
            number.at, "literal", f"{number.text} stands in an expression; make it a parameter with unit and citation"
        )
    sign: Sign = "not_negative" if number.text == "0" else "positive"
    return Const(number.at, int(number.text), Type("number", sign=sign, literal=True))


def _sign(value: Single) -> Sign:
    if isinstance(value, str) or value < 0:
        return "any"
    return "positive" if value > 0 else "not_negative"


def constant(at: int, found: Constant) -> Const:
    """Return a single-valued parameter as a constant."""
    if isinstance(found.value, Interval | tuple):
        raise ExpressionError(at, "type", f"'{found.name}' has several values; ask for them with `in`")
    unit = UNITS[found.unit]
    words = frozenset({str(found.value)}) if unit.kind == "symbol" else frozenset()
    return Const(at, found.value, Type.of(unit, _sign(found.value), words), found.name)


def _name(name: tree.Name, scope: Scope) -> Typed:
    match name.path:
        case ("true" | "false" as word,):
            return Const(name.at, word == "true", BOOL)
        case (single,) if single in scope.local:
            return Read(name.at, "", single, "", scope.local[single], nullable=False)
        case (single,):
            found = scope.names.constant(single)
            if found is None:
                raise _unknown(name, scope)
            return constant(name.at, found)
        case (row, fact) if row in scope.rows:
            return _read(name, scope, scope.rows[row], fact, row)
        case (row, pick, fact) if row in scope.rows:
            of = scope.names.pick(scope.rows[row], pick)
            if of is None:
                raise _unknown(name, scope)
            read = _read(name, scope, of, fact, f"{row}.{pick}")
            return replace(read, nullable=True)
        case _:
            raise _unknown(name, scope)


def _read(name: tree.Name, scope: Scope, subject: str, fact: str, row: str) -> Read:
    found = scope.names.fact(subject, fact)
    if found is None:
        raise _unknown(name, scope)
    kind, nullable = found
    return Read(name.at, subject, fact, row, kind, nullable)


def _unknown(name: tree.Name, scope: Scope) -> ExpressionError:
    close = difflib.get_close_matches(str(name), list(scope.names.words()), 1)
    if name.path[0] not in scope.rows and len(name.path) > 1:
        seen = ", ".join(sorted(scope.rows))
        return ExpressionError(name.at, "unknown-name", f"reads '{name}'; from here one sees {seen}")
    hint = f"did you mean '{close[0]}'?" if close else "`alluse facts` lists what can be read"
    return ExpressionError(name.at, "unknown-name", f"reads '{name}'; {hint}")


def _call(call: tree.Call, scope: Scope) -> Typed:
    at, function = call.at, call.function
    if function in scope.calls:
        return scope.calls[function](call, scope)
    if function in SERIES:
        return _series(call, scope)
    if function in ("lower", "upper", "middle"):
        return _bound(call, scope)
    if function == "size":
        return _size(call, scope)
    if function == "rank":
        return _rank(call, scope)
    arguments = _met(function, tuple(check(argument, scope) for argument in call.arguments))
    if function == "known" and len(arguments) == 1:
        return Known(at, arguments[0])
    if not arguments:
        raise ExpressionError(at, "arguments", f"{function} takes {_takes(function)}")
    try:
        if function == "first_known":
            kind = alike(arguments)
            return FirstKnown(at, arguments, kind)
        if function not in FUNCTIONS:
            close = difflib.get_close_matches(function, [*scope.calls, *FUNCTIONS, *SERIES, "known", "first_known"], 1)
            hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(sorted(FUNCTIONS))}"
            raise ExpressionError(at, "unknown-function", f"calls '{function}'; {hint}")
        return Apply(at, function, arguments, FUNCTIONS[function].check(arguments))
    except (Misuse, ValueError) as fault:
        raise ExpressionError(at, "unit", f"{function}: {fault}; it takes {_takes(function)}") from None


def _met(function: str, arguments: tuple[Typed, ...]) -> tuple[Typed, ...]:
    """Return arguments in which a bare 0, 1 or 2 has the unit that the function names, or that of its neighbours."""
    bare = FUNCTIONS[function].bare if function in FUNCTIONS else None
    numbers = (item.type for item in arguments if item.type.kind == "number" and not item.type.literal)
    other = next(numbers, None) if bare is None else Type("number", bare)
    if other is None:
        return arguments
    return tuple(retype(item, other) if isinstance(item, Const) and item.type.literal else item for item in arguments)


def _takes(function: str) -> str:
    return FUNCTIONS[function].takes if function in FUNCTIONS else "one or more values"


def _bound(call: tree.Call, scope: Scope) -> Const:
    argument = call.arguments[0] if len(call.arguments) == 1 else None
    found = scope.names.constant(argument.path[0]) if isinstance(argument, tree.Name) else None
    interval = found.value if found else None
    if found is None or not isinstance(interval, Interval):
        raise ExpressionError(call.at, "type", f"{call.function} takes a parameter that is an interval")
    lower, upper = interval.lower, interval.upper
    if not isinstance(lower, int) or not isinstance(upper, int):
        raise ExpressionError(call.at, "type", f"'{found.name}' is open to one side")
    unit = UNITS[found.unit]
    value, scale = {"lower": (lower, 0), "upper": (upper, 0), "middle": ((lower + upper) * 5, 1)}[call.function]
    kind = Type.of(unit, _sign(value))
    return Const(call.at, value, replace(kind, scale=kind.scale + scale), f"{call.function}({found.name})")


def _size(call: tree.Call, scope: Scope) -> Const:
    argument = call.arguments[0] if len(call.arguments) == 1 else None
    found = scope.names.constant(argument.path[0]) if isinstance(argument, tree.Name) else None
    if found is None or not isinstance(found.value, tuple):
        raise ExpressionError(call.at, "type", "size takes a parameter that is a list")
    return Const(call.at, len(found.value), Type("number", sign=_sign(len(found.value))), f"size({found.name})")


def _rank(call: tree.Call, scope: Scope) -> Typed:
    """`rank(x, list)`: the place of a word in a parameter's list, from 0; behind the last when it is not there."""
    first, second = (*call.arguments, None, None)[:2]
    found = scope.names.constant(second.path[0]) if isinstance(second, tree.Name) else None
    if len(call.arguments) > 2 or first is None or found is None or not isinstance(found.value, tuple):  # noqa: PLR2004 - a word, a list
        raise ExpressionError(call.at, "arguments", "rank takes a word and a parameter that is a list")
    of = check(first, scope)
    if isinstance(of, Const) and of.value not in found.value:
        words = ", ".join(map(str, found.value))
        raise ExpressionError(of.at, "unknown-word", f"'{of.value}' is not in {found.name}; it has {words}")
    kind = Type("number", sign="not_negative")
    rows = tuple(
        (one_of(call.at, of, (Const(call.at, value, Type("symbol")),), ""), Const(call.at, index, kind))
        for index, value in enumerate(found.value)
    )
    return Case(call.at, rows, Const(call.at, len(rows), kind), first=True, type=kind)


def _series(call: tree.Call, scope: Scope) -> Typed:
    if len(call.arguments) != 3 or not isinstance(call.arguments[0], tree.Name):  # noqa: PLR2004 - rows, date, sessions
        raise ExpressionError(call.at, "arguments", f"{call.function} takes {SERIES[call.function][0]}")
    source, *others = call.arguments
    row, child = _list(source, scope)
    day, count = (check(argument, scope) for argument in others)
    _need(call.at, day, "date", f"{call.function} takes a date second")
    if not isinstance(count, Const) or (count.type.dimension, count.type.sign) != (dimension(session=1), "positive"):
        raise ExpressionError(call.at, "unit", f"{call.function} takes a number of sessions third, a parameter above 0")
    kind = replace(Type.of(UNITS["usd_per_share"], "not_negative"), divided=True)
    rows = Read(source.at, scope.rows[row], child, row, BOOL)
    return Apply(call.at, call.function, (rows, day, count), kind)


def _list(source: tree.Tree, scope: Scope) -> tuple[str, str]:
    """Return the row that owns a list and the list's name."""
    assert isinstance(source, tree.Name)  # noqa: S101 - the grammar admits nothing else
    if len(source.path) == 2 and source.path[0] in scope.rows:  # noqa: PLR2004 - row.list
        row, name = source.path
        owned = scope.lists[scope.rows[row]]
        if name in owned:
            return row, name
        hint = f"{scope.rows[row]} has {', '.join(owned) or 'no lists'}"
        raise ExpressionError(source.at, "unknown-name", f"there is no list '{source}'; {hint}")
    raise ExpressionError(source.at, "unknown-name", f"there is no list '{source}'; write {'/'.join(scope.rows)}.list")


def _fold(each: tree.Quantified, scope: Scope) -> Typed:
    row, name = _list(each.source, scope)
    child = scope.lists[scope.rows[row]][name]
    if each.variable in scope.rows or scope.names.constant(each.variable):
        raise ExpressionError(
            each.at, "shadowed", f"'{each.variable}' already means something here; choose another letter"
        )
    inner = replace(scope, rows={**scope.rows, each.variable: child})
    body = check(each.body, inner) if each.how == "sum" else truth(each.body, inner)
    if each.how == "sum":
        _need(each.at, body, "number", "sum adds numbers")
        if body.type.divided:
            raise ExpressionError(each.at, "type", "sum adds undivided numbers; divide the sum")
        sign: Sign = "any" if body.type.sign == "any" else "not_negative"
        kind = replace(body.type, sign=sign)
    else:
        kind = Type("number", sign="not_negative") if each.how == "count" else BOOL
    return Fold(each.at, each.how, scope.rows[row], row, child, each.variable, body, kind)


def _arithmetic(binary: tree.Binary, scope: Scope) -> Typed:
    left, right = check(binary.left, scope), check(binary.right, scope)
    at, operator = binary.at, binary.operator
    if operator in "*/":
        return _product(at, operator, left, right)
    moments = ("date", "instant", "time")
    if left.type.kind in moments or right.type.kind in moments:
        return _moments(at, operator, left, right)
    left, right = _meet(at, left, right, f"'{operator}' needs one unit on both sides")
    _need(at, left, "number", f"'{operator}' takes numbers")
    signs = {left.type.sign, right.type.sign}
    sign: Sign = "any" if operator == "-" or "any" in signs else "positive" if "positive" in signs else "not_negative"
    kind = replace(left.type, scale=max(left.type.scale, right.type.scale), sign=sign, literal=False)
    return Arithmetic(at, operator, left, right, replace(kind, divided=left.type.divided or right.type.divided))


def _product(at: int, operator: str, left: Typed, right: Typed) -> Typed:
    for side in (left, right):
        _need(at, side, "number", f"'{operator}' takes numbers")
    if operator == "/" and right.type.sign != "positive":
        raise ExpressionError(
            at, "denominator", "may be zero; divide by a fact, parameter or derived fact declared positive"
        )
    of = multiply(left.type.dimension, right.type.dimension, 1 if operator == "*" else -1)
    signs = {left.type.sign, right.type.sign}
    sign: Sign = "any" if "any" in signs else "not_negative" if "not_negative" in signs else "positive"
    divided = operator == "/" or left.type.divided or right.type.divided
    scale = left.type.scale + right.type.scale if operator == "*" else left.type.scale
    return Arithmetic(at, operator, left, right, Type("number", of, scale, sign, divided))


_SPANS: dict[str, Dimension] = {"date": dimension(day=1), "instant": dimension(second=1), "time": dimension(second=1)}


def _moments(at: int, operator: str, left: Typed, right: Typed) -> Typed:
    """A date less a date gives days, an instant less an instant seconds; a span may be added or taken away."""
    kind = left.type.kind
    if operator == "-" and kind == right.type.kind:
        return Arithmetic(at, operator, left, right, Type("number", _SPANS[kind], left.type.scale))
    if kind in _SPANS and right.type.kind == "number":
        right = (
            retype(right, Type("number", _SPANS[kind])) if isinstance(right, Const) and right.type.literal else right
        )
        if right.type.dimension == _SPANS[kind] and not right.type.divided and right.type.scale <= left.type.scale:
            return Arithmetic(at, operator, left, right, replace(left.type, words=frozenset()))
    message = f"{describe(left.type)} {operator} {describe(right.type)} has no meaning"
    raise ExpressionError(at, "unit", message)


def _meet(at: int, left: Typed, right: Typed, why: str) -> tuple[Typed, Typed]:
    """Return both sides under one unit: a bare 0, 1 or 2 takes its neighbour's."""
    if isinstance(left, Const) and left.type.literal and right.type.kind == "number":
        left = retype(left, right.type)
    if isinstance(right, Const) and right.type.literal and left.type.kind == "number":
        right = retype(right, left.type)
    if (left.type.kind, left.type.dimension) != (right.type.kind, right.type.dimension):
        raise ExpressionError(at, "unit", f"{why}: {describe(left.type)} against {describe(right.type)}")
    return left, right


def _compare(binary: tree.Binary, scope: Scope) -> Typed:
    at, operator = binary.at, binary.operator
    left, right = check(binary.left, scope), check(binary.right, scope)
    left, right = _meet(at, left, right, f"'{operator}' compares like with like")
    kind = left.type.kind
    if kind == "series":
        raise ExpressionError(at, "position", SERIES_STANDS)
    if operator not in ("==", "!=") and kind in ("bool", "symbol", "text"):
        raise ExpressionError(at, "type", f"a {kind} has no order; use == or !=")
    if kind == "symbol":
        _same_words(at, left, (right,))
    return Compare(at, operator, left, right)


def _same_words(at: int, of: Typed, items: tuple[Typed, ...]) -> None:
    known = of.type.words
    for item in items:
        strange = item.type.words - known if known and item.type.words else frozenset()
        if strange and (len(item.type.words) == 1 or not item.type.words & known) and len(known) > 1:
            word = min(strange)
            close = difflib.get_close_matches(word, known, 1)
            hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(sorted(known))}"
            raise ExpressionError(at, "unknown-word", f"'{word}' is not among its values; {hint}")


def _member(binary: tree.Binary, scope: Scope) -> Typed:
    at, of = binary.at, check(binary.left, scope)
    if isinstance(binary.right, tree.Listing):
        items = tuple(check(item, scope) for item in binary.right.items)
        constants = tuple(item for item in items if isinstance(item, Const))
        if len(constants) != len(items):
            raise ExpressionError(at, "type", "a list behind `in` holds words and parameters only")
        return one_of(at, of, constants, "")
    found = scope.names.constant(binary.right.path[0]) if isinstance(binary.right, tree.Name) else None
    if found is None or isinstance(found.value, int | str):
        raise ExpressionError(at, "type", "behind `in` stands a list, or a parameter that is a list or an interval")
    return member(at, of, found, scope.names)


def member(at: int, of: Typed, found: Constant, names: Names) -> Typed:
    """Return `of in parameter`."""
    unit = UNITS[found.unit]
    if isinstance(found.value, Interval):
        return within(at, of, found.value, found.unit, names, found.name)
    values = found.value if isinstance(found.value, tuple) else (found.value,)
    words = frozenset(map(str, values)) if unit.kind == "symbol" else frozenset[str]()
    constants = tuple(Const(at, value, Type.of(unit, "any", words)) for value in values)
    return one_of(at, of, constants, found.name)


def one_of(at: int, of: Typed, items: tuple[Const, ...], name: str) -> Typed:
    """Return whether a value is one of several."""
    met = tuple(_meet(at, of, item, "`in` compares like with like")[1] for item in items)
    _same_words(at, of, met)
    return OneOf(at, of, tuple(item for item in met if isinstance(item, Const)), name)


def within(at: int, of: Typed, interval: Interval, unit: str, names: Names, name: str = "") -> Typed:  # noqa: PLR0913, PLR0917 - an interval in its context
    """Return whether a value lies in an interval, whose bounds may be parameters."""

    def bound(end: int | str | None) -> Const | None:
        if end is None:
            return None
        if isinstance(end, int):
            return Const(at, end, Type.of(UNITS[unit], _sign(end)))
        found = names.constant(end)
        if found is None:
            raise ExpressionError(at, "unknown-name", f"'{end}' is no parameter")
        return constant(at, found)

    lower, upper = bound(interval.lower), bound(interval.upper)
    for end in (lower, upper):
        if end is not None:
            _meet(at, of, end, "an interval is compared with its own unit")
    return Within(at, of, lower, upper, interval.lower_in, interval.upper_in, name)
