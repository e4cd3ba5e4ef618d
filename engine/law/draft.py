"""A law while it is loaded: names, pieces built so far, every fault met; and how a scalar becomes an expression."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from engine.expr.check import Scope, condition, value
from engine.expr.parse import ExpressionError, parse
from engine.expr.typed import Type, Typed
from engine.expr.units import UNITS, show
from engine.law import authored, model
from engine.law.names import BrokenName, Registry, Typing, nullable
from engine.law.read import Written, node_at
from engine.law.text import Node, Scalar, Sequence
from engine.law.values import ValueFault
from engine.place import Fault, Place


class Reported(Exception):
    """A fault was recorded; there is nothing more to say about this piece."""


@dataclass
class Draft:
    """A law while it is loaded: its names, what is built so far, and every fault met."""

    faults: list[Fault]
    written: dict[str, Written]
    names: Registry = field(default_factory=Registry)
    parameters: dict[str, model.Parameter] = field(default_factory=dict)
    levels: dict[str, int] = field(default_factory=dict)
    derived: dict[str, model.Derived] = field(default_factory=dict)
    remembered: dict[str, model.Remembered] = field(default_factory=dict)
    latches: dict[str, model.Latch] = field(default_factory=dict)
    picks: dict[str, model.Pick] = field(default_factory=dict)
    rules: dict[str, model.Rule] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    later: list[Callable[[], None]] = field(default_factory=list)

    def fault(self, node: Node | None, code: str, message: str, file: str = "constitution.yaml") -> None:
        place = node.place if node is not None else Place(file, 1, 1)
        self.faults.append(Fault(place, code, message))

    def pend(self, name: str, node: Node, definition: authored.Cited, value: Callable[[], Typed], form: str) -> None:
        """Register a derived fact; it is typed when first read, in whatever order the files stand."""
        subject, fact = name.split(".")
        origin = replace(origin_of(node, definition), place=self.places.get(name, node.place))
        positive = getattr(definition, "positive", False)
        bad = (getattr(definition, "bad", None) or f"{fact}_not_positive") if positive else None

        def define() -> Typing:
            typed = value()
            self._declared_unit(node, typed, getattr(definition, "unit", None))
            kind = replace(typed.type, literal=False, sign="positive" if positive else typed.type.sign)
            found = Typing(kind, nullable(typed) or positive)
            self.derived[name] = model.Derived(subject, fact, typed, kind, found.nullable, origin, bad, form)
            return found

        self.names.pending[name] = define

    def _declared_unit(self, node: Node, typed: Typed, unit: str | None) -> None:
        if unit is None or unit == "symbol":
            return
        at, _ = node_at(node, ("unit",))
        if unit not in UNITS:
            self.fault(at, "unknown-unit", f"'{unit}' is no unit; there are {', '.join(UNITS)}")
        elif (UNITS[unit].kind, UNITS[unit].dimension) != (typed.type.kind, typed.type.dimension):
            self.fault(
                at, "unit", f"is declared {unit}, but the value is a {typed.type.kind} of {show(typed.type.dimension)}"
            )

    def type_fact(self, name: str) -> None:
        if name in self.names.broken:
            return
        subject, fact = name.split(".")
        try:
            self.names.fact(subject, fact)
        except BrokenName:
            self.names.broken.add(name)
        except ExpressionError as fault:
            self.faults.append(Fault(self.places[name], fault.code, fault.message))
            self.names.broken.add(name)
        except Reported:
            self.names.broken.add(name)

    def expression(self, node: Node | None, subject: str, kind: str = "", **more: str) -> Typed:
        """Return the typed expression of a scalar, or report its fault at its own column."""
        return self.expression_in(node, self.names.scope(subject, **more), kind)

    def expression_in(self, node: Node | None, scope: Scope, kind: str = "") -> Typed:
        """Return the typed expression of a scalar that stands in a scope of its own, or report its fault."""
        if not isinstance(node, Scalar):
            self.fault(node, "type", "an expression is one text")
            raise Reported
        if node.comment_follows and not node.quoted:
            self.fault(node, "cut", "a ` #` ends the expression here and begins a comment; put the expression after |")
            raise Reported
        try:
            parsed = parse(node.raw)
            return condition(parsed, scope) if kind == "bool" else value(parsed, scope)
        except ExpressionError as fault:
            if fault.code == "cycle":
                raise
            self.faults.append(Fault(node.place_at(fault.at), fault.code, fault.message))
            raise Reported from None


def unit_of(kind: Type) -> str:
    """Return the name of a unit that keeps a type, at its own scale where there is one."""
    for unit in UNITS.values():
        if (unit.kind, unit.dimension, unit.scale) == (kind.kind, kind.dimension, kind.scale):
            return unit.name
    for unit in UNITS.values():
        if (unit.kind, unit.dimension) == (kind.kind, kind.dimension):
            return unit.name
    message = f"no unit keeps a {kind.kind} of {show(kind.dimension)}"
    raise ValueFault(message)


def origin_of(node: Node, cited: Any) -> model.Origin:  # noqa: ANN401 - anything with citations
    """Return where something stands, what it cites and what it rests on."""
    cites = (cited.cites,) if isinstance(cited.cites, str) else tuple(cited.cites)
    return model.Origin(node.place, cites, tuple(cited.rests_on), getattr(cited, "means", ""))


def text_of(node: Node) -> str:
    """Return a value as written, a list with commas."""
    match node:
        case Scalar(text=text):
            return text
        case Sequence(items=items):
            return ", ".join(text_of(item) for item in items)
        case _:
            return ""
