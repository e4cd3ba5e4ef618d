"""The forms a fact may be written in, each rewritten into one expression."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from engine.expr.typed import BOOL, Case, Const, Inverse, Logic, Read, Type, Typed
from engine.expr.units import UNITS
from engine.law import authored, model
from engine.law.draft import Draft, Reported, origin_of, unit_of
from engine.law.names import BrokenName, Typing
from engine.law.read import node_at
from engine.law.table_form import TableReader
from engine.law.text import Node
from engine.law.values import ValueFault, read_single


def declare_fact(draft: Draft, name: str, definition: authored.Derivation, node: Node) -> None:
    """Declare a fact given by one expression."""
    subject = name.split(".", maxsplit=1)[0]
    value, _ = node_at(node, ("value",))
    draft.pend(name, node, definition, lambda: draft.expression(value, subject), "fact")


def declare_table(draft: Draft, name: str, table: authored.Table, node: Node) -> None:
    """Declare a fact read from rows."""
    draft.pend(name, node, table, lambda: TableReader(draft, name, table, node).read(), "table")


def declare_ladder(draft: Draft, name: str, ladder: authored.Ladder, node: Node) -> None:
    """Declare a fact that is the highest level crossed; where the ladder does not apply, the lowest."""
    subject = name.split(".", maxsplit=1)[0]

    def value() -> Typed:
        applies = draft.expression(node_at(node, ("applies",))[0], subject, "bool")
        at = applies.at
        kind = Type.of(UNITS["count"], "not_negative")
        lowest, *rungs = ladder.levels
        rows: list[tuple[Typed, Typed]] = [(Inverse(at, applies), Const(at, lowest.level, kind, lowest.name))]
        for level in reversed(rungs):
            crossed = crossed_at(draft, node, subject, level)
            rows.append((crossed, Const(at, level.level, kind, level.name)))
        return Case(at, tuple(rows), Const(at, lowest.level, kind, lowest.name), first=True, type=kind)

    if [level.level for level in ladder.levels] != list(range(len(ladder.levels))):
        draft.fault(node, "ladder", "levels count from 0 upwards without a gap")
    draft.pend(name, node, ladder, value, "ladder")


def crossed_at(draft: Draft, node: Node, subject: str, level: authored.Level) -> Typed:
    """Return the ladder's condition with `rung` standing for one level's parameter."""
    if level.rung is None or level.rung not in draft.names.constants:
        draft.fault(node, "unknown-name", f"level {level.level} needs a rung that is a parameter, not '{level.rung}'")
        raise Reported
    rung = draft.names.constants[level.rung]
    draft.names.read.add(level.rung)
    draft.names.constants["rung"] = replace(rung, name=level.rung)
    try:
        return draft.expression(node_at(node, ("crossed",))[0], subject, "bool")
    finally:
        del draft.names.constants["rung"]


def declare_latch(draft: Draft, name: str, latch: authored.Latch, node: Node) -> None:
    """Declare a fact that holds from when it is set until it is cleared, and what it keeps."""
    subject, fact = name.split(".")
    before = f"{fact}_before"
    remember(draft, f"{subject}.{before}", "bool", BOOL, initial=False, gives=name, latch=name)

    def value() -> Typed:
        sets = draft.expression(node_at(node, ("set",))[0], subject, "bool")
        clears = draft.expression(node_at(node, ("clear",))[0], subject, "bool")
        held = Logic(0, "&&", (Read(0, subject, before, subject, BOOL), Inverse(0, clears)))
        return Logic(0, "||", (sets, held))

    draft.pend(name, node, latch, value, "latch")
    for kept in latch.keeps:
        declare_kept(draft, name, kept, latch, node)
    origin = replace(origin_of(node, latch), place=draft.places[name])
    draft.latches[name] = model.Latch(subject, fact, latch.by, tuple(latch.keeps), origin)


def declare_kept(draft: Draft, name: str, kept: str, latch: authored.Latch, node: Node) -> None:
    """Declare a fact as it was when a latch was set."""
    subject, fact = name.split(".")
    full, old = f"{name}_{kept}", f"{fact}_{kept}_before"
    draft.places[full] = draft.places[name]
    held = Read(0, subject, f"{fact}_before", subject, BOOL)

    def now() -> Typed:
        return draft.expression(node_at(node, ("keeps", kept))[0], subject)

    def before() -> Typing:
        kind = now().type
        try:
            unit = unit_of(kind)
        except ValueFault as fault:
            draft.fault(node_at(node, ("keeps", kept))[0], "unit", str(fault))
            raise Reported from None
        remember(draft, f"{subject}.{old}", unit, kind, initial=None, gives=full, latch=name)
        return draft.names.typings[f"{subject}.{old}"]

    def value() -> Typed:
        kept_now, sets = now(), draft.expression(node_at(node, ("set",))[0], subject, "bool")
        kind = kept_now.type
        still = Logic(0, "&&", (held, Inverse(0, sets)))
        return Case(0, ((still, Read(0, subject, old, subject, kind)),), kept_now, first=True, type=kind)

    draft.names.pending[f"{subject}.{old}"] = before
    draft.places[f"{subject}.{old}"] = draft.places[name]
    draft.pend(full, node, latch, value, "latch")


def remember(  # noqa: PLR0913 - a memory's whole definition
    draft: Draft, name: str, unit: str, kind: Type, *, initial: int | bool | str | None, gives: str, latch: str | None
) -> None:
    """Register a fact that memory gives, and the derived fact that replaces it."""
    subject, fact = name.split(".")
    draft.remembered[name] = model.Remembered(subject, fact, unit, kind, initial, gives, latch)
    draft.names.typings[name] = Typing(kind, nullable=True)


def declare_memory(draft: Draft, name: str, memory: authored.Memory, node: Node) -> None:
    """Declare a fact that the last verdict left, and the one that replaces it."""
    subject, fact = name.split(".")
    unit = UNITS.get(memory.unit)
    if unit is None:
        draft.fault(node_at(node, ("unit",))[0], "unknown-unit", f"'{memory.unit}' is no unit")
        return
    try:
        initial = None if memory.initial is None else read_single(memory.initial, unit)
    except ValueFault as fault:
        draft.fault(node_at(node, ("initial",))[0], "value", str(fault))
        return
    remember(draft, name, memory.unit, Type.of(unit), initial=initial, gives=f"{name}_next", latch=None)
    value, _ = node_at(node, ("next",))
    full = f"{subject}.{fact}_next"
    draft.places[full] = draft.places[name]
    draft.pend(full, node, memory, lambda: draft.expression(value, subject), "memory")


def declare_pick(draft: Draft, name: str, pick: authored.Pick, node: Node) -> None:
    """Declare the best candidate for a row; its expressions are typed when every fact is."""
    subject, fact = name.split(".")
    draft.names.picks[name] = "candidate"
    draft.names.typings[f"{name}_found"] = Typing(BOOL, nullable=True)
    origin = replace(origin_of(node, pick), place=draft.places[name])

    def finish() -> None:
        try:
            when = draft.expression(node_at(node, ("when",))[0], subject, "bool")
            where = draft.expression(node_at(node, ("where",))[0], subject, "bool", candidate="candidate")
            order = tuple(
                draft.expression(node_at(node, ("order_by", index))[0], subject, candidate="candidate")
                for index in range(len(pick.order_by))
            )
        except (Reported, BrokenName):
            return
        draft.picks[name] = model.Pick(subject, fact, pick.among.split(".")[0], when, where, order, origin)

    draft.later.append(finish)


MAKERS: Final[Mapping[str, Callable[[Draft, str, Any, Node], None]]] = {
    "facts": declare_fact,
    "tables": declare_table,
    "ladders": declare_ladder,
    "latches": declare_latch,
    "memories": declare_memory,
    "picks": declare_pick,
}
"""By the part of a section in which a form stands: what declares a fact that is written in it."""
