"""The probes of choices and shares: which ceilings bind, which legs are bought, and the bounds in what they ask."""

from engine.expr.typed import Typed
from engine.law.model import Choice, Share
from proof import coverage_points as ways
from proof.coverage_atlas import Atlas, Piece
from proof.coverage_expressions import Expressions


def orders(atlas: Atlas) -> None:
    """Note what the orders of a law can come to."""
    for choice in atlas.law.choices.values():
        _choice(atlas, choice)
    for share in atlas.law.shares.values():
        _share(atlas, share)


def _choice(atlas: Atlas, of: Choice) -> None:
    piece = atlas.piece(of.name, of.subject, of.origin)
    for budget in of.budgets:
        part = atlas.at(piece, "choices", of.name, "within", budget.name)
        atlas.add("ceiling", part, dict.fromkeys((ways.BINDS, ways.LEAVES_ROOM)), text=budget.name)
        _read(atlas, part, budget.room, budget.uses)
    _read(atlas, piece, *of.turns, *of.order_by, of.price)


def _share(atlas: Atlas, of: Share) -> None:
    piece = atlas.piece(of.name, of.subject, of.origin)
    for leg in of.legs:
        part = atlas.at(piece, "shares", of.name, "legs", leg.name)
        atlas.add("leg", part, dict.fromkeys((ways.BOUGHT, ways.UNAFFORDABLE)), text=leg.name)
        _read(atlas, part, leg.costs, leg.price)
    marks = (value for value in of.marks.values() if not isinstance(value, str))
    needs = () if of.need is None else (of.need.room, of.need.uses)
    _read(atlas, piece, *of.order_by, of.room, of.asks, *marks, *needs)


def _read(atlas: Atlas, piece: Piece, *found: Typed) -> None:
    for of in found:
        Expressions(atlas).read(of, piece, atlas.here)
