"""The pieces that a law is made of, each with its node, and which pieces read which names.

A law is typed piece by piece. When one is written anew, only it is typed again, and what reads it where its type has
changed: the same functions that load a law do it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pydantic import BaseModel

from engine.expr.check import Constant
from engine.expr.parse import ExpressionError
from engine.expr.typed import BOOL
from engine.expr.units import UNITS
from engine.law import authored, model
from engine.law.draft import Draft, Reported, origin_of, text_of
from engine.law.forms import MAKERS
from engine.law.names import BrokenName, Registry, Typing
from engine.law.orders import read_choice, read_share
from engine.law.read import Written, node_at, validate
from engine.law.rules import read_rule
from engine.law.text import Mapping as Entries
from engine.law.text import Node, Scalar
from engine.law.values import ValueFault, read_value
from engine.place import Fault

At = tuple[str, str]
"""A piece by its form and name: `("rules", "exposure")`."""

PARAMETERS: Final = "parameters"
RULES: Final = "rules"
VERSION: Final = "constitution.yaml"
_MODELS: Final[Mapping[str, type[BaseModel]]] = {
    PARAMETERS: authored.Parameter,
    "facts": authored.Derivation,
    "tables": authored.Table,
    "ladders": authored.Ladder,
    "latches": authored.Latch,
    "memories": authored.Memory,
    "picks": authored.Pick,
    RULES: authored.Rule,
    "choices": authored.Choice,
    "shares": authored.Share,
    "arbitration": authored.Slot,
}
_OF_SECTIONS: Final = (PARAMETERS, *MAKERS, RULES)
_OF_VERSION: Final = ("arbitration", "choices", "shares")


@dataclass(frozen=True, slots=True)
class Piece:
    """One entry of a file of the law: the form it stands under, its name, its key and its node."""

    file: str
    form: str
    name: str
    key: Scalar
    node: Node

    @property
    def at(self) -> At:
        return self.form, self.name


class Refused(Exception):
    """A law that does not load; the faults say why."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


@dataclass
class Source:
    """A law together with its files, ready to be written anew piece by piece."""

    law: model.Constitution
    written: Mapping[str, Written]
    pieces: Mapping[At, Piece] = field(init=False)
    names: Registry = field(init=False)
    reads: dict[At, frozenset[str]] = field(init=False, default_factory=dict)
    readers: dict[str, list[At]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.pieces = {piece.at: piece for piece in _pieces(self.written)}
        self.names = _names(self.law)
        for at, piece in self.pieces.items():
            self.reads[at] = self.names_read(piece)
            for name in self.reads[at]:
                self.readers.setdefault(name, []).append(at)

    def read_without(self, at: At) -> frozenset[str]:
        """Return the parameters and facts that the pieces beside one name."""
        return frozenset().union(*(names for other, names in self.reads.items() if other != at))

    def names_read(self, piece: Piece) -> frozenset[str]:
        """Return the parameters and facts that a piece names."""
        draft = self.draft()
        _read(draft, piece)
        return frozenset(draft.names.read)

    def draft(self) -> Draft:
        """Return a draft in which everything is typed already."""
        law, names = self.law, self.names
        own = Registry(dict(names.constants), dict(names.typings), {}, dict(names.picks))
        return Draft(
            [], dict(self.written), own, dict(law.parameters), dict(law.levels), dict(law.derived),
            dict(law.remembered), dict(law.latches), dict(law.picks), dict(law.rules), dict(law.places),
        )  # fmt: skip

    def rewritten(self, new: Piece) -> model.Constitution:
        """Return the law in which one piece is written otherwise.

        Raises:
            Refused: It does not load so.
        """
        law, draft = self.law, self.draft()
        arbitration, choices, shares = dict(law.arbitration), dict(law.choices), dict(law.shares)
        apart: dict[str, dict[str, Any]] = {"arbitration": arbitration, "choices": choices, "shares": shares}
        waiting = {new.at: new}
        if new.form == PARAMETERS:
            waiting |= {at: self.pieces[at] for at in self.readers.get(new.name, ())}
        while waiting:
            piece = waiting.pop(next(iter(waiting)))
            before = dict(draft.names.typings)
            found = _read(draft, piece)
            if found is not None:
                apart[piece.form][piece.name] = found
            changed = [name for name, typing in draft.names.typings.items() if before.get(name) != typing]
            waiting |= {at: self.pieces[at] for name in changed for at in self.readers.get(name, ()) if at != new.at}
        return replace(
            law, parameters=draft.parameters, derived=draft.derived, remembered=draft.remembered,
            latches=draft.latches, picks=draft.picks, rules=draft.rules, arbitration=arbitration, choices=choices,
            shares=shares,
        )  # fmt: skip


def _pieces(written: Mapping[str, Written]) -> Iterator[Piece]:
    for file, of in written.items():
        forms = _OF_SECTIONS if isinstance(of.model, authored.Section) else _OF_VERSION if file == VERSION else ()
        for form in forms:
            entries = of.node.get(form) if isinstance(of.node, Entries) else None
            for key, node in entries.items if isinstance(entries, Entries) else ():
                yield Piece(file, form, key.text, key, node)


def _names(law: model.Constitution) -> Registry:
    """Return what is known when a law has been typed."""
    names = Registry()
    for parameter in law.parameters.values():
        names.constants[parameter.name] = Constant(parameter.name, parameter.unit, parameter.value)
    for level, number in law.levels.items():
        names.constants[level] = Constant(level, "count", number)
    for derived in law.derived.values():
        names.typings[derived.name] = Typing(derived.type, derived.nullable)
    for remembered in law.remembered.values():
        names.typings[remembered.name] = Typing(remembered.type, nullable=True)
    for rule in law.rules.values():
        if not rule.decides:
            names.typings[rule.name] = Typing(BOOL, nullable=True)
    for pick in law.picks.values():
        names.picks[pick.name] = "candidate"
        names.typings[f"{pick.name}_found"] = Typing(BOOL, nullable=True)
    return names


def _read(draft: Draft, piece: Piece) -> object | None:
    """Type one piece into a draft; return what belongs to no draft: a slot, choice or share.

    Raises:
        Refused: The piece is at fault.
    """
    found: object | None = None
    authored_ = validate(piece.node, _MODELS[piece.form], draft.faults)
    if authored_ is not None:
        try:
            found = _made(draft, piece, authored_)
        except (BrokenName, Reported):
            pass
        except ExpressionError as fault:
            draft.fault(piece.node, fault.code, fault.message)
    if draft.faults or draft.names.broken:
        raise Refused(draft.faults)
    return found


def _made(draft: Draft, piece: Piece, of: Any) -> object | None:  # noqa: ANN401 - any model of a piece
    name, node = piece.name, piece.node
    match piece.form:
        case "parameters":
            _parameter(draft, piece, of)
        case "rules":
            draft.rules[name] = read_rule(draft, name, of, node, piece.key)
        case "arbitration":
            return of  # type: ignore[no-any-return]
        case "choices":
            return read_choice(draft, name, of, node)
        case "shares":
            return read_share(draft, name, of, node)
        case form:
            _declare(draft, form, piece, of)
    return None


def _parameter(draft: Draft, piece: Piece, of: authored.Parameter) -> None:
    value, _ = node_at(piece.node, ("value",))
    try:
        read = read_value(of.value, UNITS[of.unit])
    except ValueFault as fault:
        draft.fault(value, "value", str(fault))
        raise Reported from None
    origin = origin_of(piece.key, of)
    draft.parameters[piece.name] = model.Parameter(piece.name, of.unit, read, text_of(value), origin)
    draft.names.constants[piece.name] = Constant(piece.name, of.unit, read)


def _declare(draft: Draft, form: str, piece: Piece, of: Any) -> None:  # noqa: ANN401 - any model of a piece
    MAKERS[form](draft, piece.name, of, piece.node)
    names = draft.names
    for name in names.pending:
        names.typings.pop(name, None)
    for name in [*names.pending]:
        draft.type_fact(name)
    names.pending.clear()
    for later in draft.later:
        later()
    draft.later.clear()
