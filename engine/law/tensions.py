"""The tensions of a law as they are written, typed: over its parameters, assumptions of their own, and made-up rows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from engine import subjects
from engine.expr import tree
from engine.expr.check import Constant, Scope, check, describe
from engine.expr.parse import ExpressionError
from engine.expr.typed import Apply, Const, Type, Typed, retype, walk
from engine.expr.units import UNITS
from engine.law import authored, model
from engine.law.draft import Draft, Reported, text_of
from engine.law.names import LISTS, BrokenName
from engine.law.read import node_at
from engine.law.text import Node, Scalar
from engine.law.values import ValueFault, read_single

FILE: Final = "tensions.yaml"
_PER_SHARE, _RATIO = (Type.of(UNITS[unit], "positive") for unit in ("usd_per_share", "ratio"))
_TERMS: Final = (("years", _RATIO), ("volatility", _RATIO), ("rate", _RATIO))
_PRICE: Final = ((("spot", _PER_SHARE), ("strike", _PER_SHARE), *_TERMS), _PER_SHARE)
_STRIKE: Final = ((("spot", _PER_SHARE), ("abs_delta", _RATIO), *_TERMS), _PER_SHARE)
_DELTA: Final = ((("spot", _PER_SHARE), ("strike", _PER_SHARE), *_TERMS), _RATIO)
# What they come to is not the engine's to say: whoever asks for the tensions brings the formulas.
SIGNATURES: Final = {
    "put_price": _PRICE,
    "call_price": _PRICE,
    "put_strike": _STRIKE,
    "call_strike": _STRIKE,
    "put_abs_delta": _DELTA,
}


@dataclass
class _Names:
    """What a tension may read: all that the law names, without counting as one of its readers, and assumptions."""

    draft: Draft
    assumptions: dict[str, Constant] = field(default_factory=dict)
    assumed: set[str] = field(default_factory=set)

    def constant(self, name: str) -> Constant | None:
        """Return a parameter, level or assumption."""
        if name in self.assumptions:
            self.assumed.add(name)
            return self.assumptions[name]
        return self.draft.names.constants.get(name)

    def fact(self, subject: str, name: str) -> tuple[Type, bool] | None:
        """Return a fact's type and whether it can be unknown."""
        full = f"{subject}.{name}"
        given = subjects.given(subject).get(name)
        if given is not None:
            return given.type, given.nullable
        if full in self.draft.names.broken:
            raise BrokenName(full)
        typing = self.draft.names.typings.get(full)
        return None if typing is None else (typing.type, typing.nullable)

    def pick(self, subject: str, name: str) -> str | None:
        """Return what a pick chooses from."""
        return self.draft.names.picks.get(f"{subject}.{name}")

    def words(self) -> Iterable[str]:
        """Return every name, for suggestions."""
        yield from self.assumptions
        yield from self.draft.names.words()


def read_tensions(draft: Draft) -> dict[str, model.Tension]:
    """Return the sound tensions of a law; what is wrong with the others is recorded."""
    if FILE not in draft.written:
        return {}
    file = draft.written[FILE]
    written: authored.Tensions = file.model
    names = _Names(draft)
    for name, assumption in written.assumptions.items():
        _assume(names, name, assumption, *node_at(file.node, ("assumptions", name)))
    found: dict[str, model.Tension] = {}
    for name, tension in written.tensions.items():
        node, key = node_at(file.node, ("tensions", name))
        try:
            found[name] = _tension(names, name, tension, node, key)
        except (Reported, BrokenName):
            continue
    for name in names.assumptions.keys() - names.assumed if len(found) == len(written.tensions) else ():
        _, key = node_at(file.node, ("assumptions", name))
        draft.fault(key, "unread-parameter", f"no tension reads '{name}'; delete it")
    return found


def _assume(names: _Names, name: str, assumption: authored.Assumption, node: Node, key: Scalar | None) -> None:
    unit = UNITS.get(assumption.unit)
    value, _ = node_at(node, ("value",))
    if name in names.draft.names.constants:
        names.draft.fault(key, "duplicate-name", f"'{name}' already names something of the law; an assumption is none")
    elif unit is None:
        at, _ = node_at(node, ("unit",))
        names.draft.fault(at, "unknown-unit", f"'{assumption.unit}' is no unit; there are {', '.join(UNITS)}")
    else:
        try:
            names.assumptions[name] = Constant(name, assumption.unit, read_single(assumption.value, unit))
        except ValueFault as fault:
            names.draft.fault(value, "value", str(fault))


def _tension(names: _Names, name: str, of: authored.Tension, node: Node, key: Scalar | None) -> model.Tension:
    supposing = {
        each: _supposed(names, given, node_at(node, ("supposing", each))[0]) for each, given in of.supposing.items()
    }
    rows = {each: supposed.subject for each, supposed in supposing.items()}
    values, scope = _values(names, of, node, Scope(names, rows, LISTS, {}, _CALLS))
    holds_when = names.draft.expression_in(node_at(node, ("holds_when",))[0], scope, "bool")
    given = (typed for supposed in supposing.values() for typed in supposed.given.values())
    assumes = dict(_assumed(names, (*given, *values.values(), holds_when)))
    origin = model.Origin((key or node).place, of.between, of.rests_on, of.means)
    return model.Tension(name, supposing, values, holds_when, of.shows, assumes, origin)


def _values(names: _Names, of: authored.Tension, node: Node, scope: Scope) -> tuple[dict[str, Typed], Scope]:
    """Return what a tension works out, and the scope in which it has names."""
    values: dict[str, Typed] = {}
    for each in of.values:
        at, key = node_at(node, ("values", each))
        if names.constant(each) is not None or each in scope.rows:
            names.draft.fault(key, "duplicate-name", f"'{each}' already names something; choose another word")
            raise Reported
        values[each] = names.draft.expression_in(at, scope)
        scope = replace(scope, local={**scope.local, each: replace(values[each].type, literal=False)})
    for number, each in enumerate(of.shows):
        if each not in values:
            at, _ = node_at(node, ("shows", number))
            there = ", ".join(values) or "none"
            names.draft.fault(at, "unknown-name", f"'{each}' is none of the values; there are {there}")
    return values, scope


def _assumed(names: _Names, inside: Iterable[Typed]) -> Iterator[tuple[str, str]]:
    """Yield the assumptions that expressions read, each as written, in the order of the file."""
    read = {part.name for of in inside for part in walk(of) if isinstance(part, Const)}
    for name in names.assumptions:
        if name in read:
            yield name, text_of(node_at(names.draft.written[FILE].node, ("assumptions", name, "value"))[0])


def _supposed(names: _Names, of: authored.Supposition, node: Node) -> model.Supposition:
    draft = names.draft
    if of.of not in subjects.SUBJECTS:
        draft.fault(node_at(node, ("of",))[0], "unknown-subject", f"'{of.of}' is no subject")
        raise Reported
    return model.Supposition(of.of, dict(_given(names, of, name, node) for name in of.given))


def _given(names: _Names, of: authored.Supposition, name: str, node: Node) -> tuple[tuple[str, str], Typed]:
    """Return a fact of a made-up row and what it is."""
    at, key = node_at(node, ("given", name))
    subject, fact = name.split(".")
    seen = (of.of, *subjects.SUBJECTS[of.of].sees)
    found = names.fact(subject, fact) if subject in seen else None
    if found is None:
        message = f"a {of.of} has no '{name}'; it sees facts of {', '.join(seen)}"
        names.draft.fault(key, "unknown-name", message)
        raise Reported
    kind, _ = found
    if kind.kind == "symbol" and isinstance(at, Scalar):
        return (subject, fact), _word(names.draft, at, kind)
    typed = names.draft.expression_in(at, Scope(names, {}, LISTS, {}, _CALLS))
    if isinstance(typed, Const) and typed.type.literal and kind.kind == "number":
        return (subject, fact), retype(typed, kind)
    if (typed.type.kind, typed.type.dimension) != (kind.kind, kind.dimension):
        names.draft.fault(at, "unit", f"'{name}' is a {describe(kind)}, and this a {describe(typed.type)}")
        raise Reported
    return (subject, fact), typed


def _word(draft: Draft, node: Scalar, kind: Type) -> Const:
    """Return a word that stands as itself, one of those that the fact can be where these are known."""
    if len(kind.words) > 1 and node.text not in kind.words:
        there = ", ".join(sorted(kind.words))
        draft.fault(node, "unknown-word", f"'{node.text}' is none of its values; there are {there}")
        raise Reported
    return Const(0, node.text, Type("symbol", words=frozenset({node.text})))


def _size(call: tree.Call, scope: Scope) -> Typed:
    argument = call.arguments[0] if len(call.arguments) == 1 else None
    found = scope.names.constant(str(argument)) if isinstance(argument, tree.Name) else None
    if found is None or not isinstance(found.value, tuple):
        raise ExpressionError(call.at, "type", "size takes a parameter that is a list")
    return Const(call.at, len(found.value), Type("number", sign="positive"), f"size({found.name})")


def _formula(call: tree.Call, scope: Scope) -> Typed:
    """Return the call of a formula whose arguments have the units that it takes."""
    wanted, gives = SIGNATURES[call.function]
    told = ", ".join(name for name, _ in wanted)
    if len(call.arguments) != len(wanted):
        raise ExpressionError(call.at, "arguments", f"{call.function} takes {told}")
    arguments = tuple(check(argument, scope) for argument in call.arguments)
    for (name, kind), argument in zip(wanted, arguments, strict=True):
        if (argument.type.kind, argument.type.dimension) != (kind.kind, kind.dimension):
            message = f"{name} is a {describe(kind)}, and this a {describe(argument.type)}"
            raise ExpressionError(argument.at, "unit", f"{call.function} takes {told}; {message}")
    return Apply(call.at, call.function, arguments, gives)


_CALLS: Final = {"size": _size} | dict.fromkeys(SIGNATURES, _formula)
