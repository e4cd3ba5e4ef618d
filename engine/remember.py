"""The next memory: latches that hold, and the values the law wants to see again."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from engine.calendar import moment
from engine.evaluate import decimal
from engine.expr.typed import Type
from engine.law.model import Constitution, Latch, Remembered
from engine.rows import Facts, Plain

Memory = dict[str, dict[str, dict[str, Any]]]


def remember(law: Constitution, facts: Facts, now: int) -> Memory:
    """Return what the next snapshot must bring back, sorted; what is unknown now stays as it was remembered.

    A value that stands at its beginning is not written, so that memory holds only what happened.
    """
    memory: Memory = {}
    for latch in law.latches.values():
        for row, id_ in enumerate(facts.ids[latch.subject]):
            kept = _latched(facts, latch, row, id_, now)
            if kept is not None:
                memory.setdefault(latch.subject, {}).setdefault(id_ or "-", {})[latch.fact] = kept
    for item in law.remembered.values():
        if item.latch is None:
            _recorded(facts, item, memory)
    return {
        subject: {id_: dict(sorted(entry.items())) for id_, entry in sorted(entries.items())}
        for subject, entries in sorted(memory.items())
    }


def _old(facts: Facts, subject: str, id_: str) -> Mapping[str, Any]:
    return ((facts.snapshot.memory or {}).get(subject) or {}).get(id_ or "-") or {}


def _latched(facts: Facts, latch: Latch, row: int, id_: str, now: int) -> dict[str, Any] | None:
    before = _old(facts, latch.subject, id_).get(latch.fact)
    holds = facts.columns[latch.name][row] if latch.name in facts.columns else None
    if holds is None:
        return before
    if not holds:
        return None
    if before is not None:
        return dict(before)
    kept: dict[str, Any] = {"since": written(now, Type("instant", scale=3)), "by": latch.by}
    for fact in latch.keeps:
        name = f"{latch.name}_{fact}"
        value = _column(facts, name, row, facts.law.derived[name].type)
        if value is not None:
            kept[fact] = value
    return kept


def _recorded(facts: Facts, item: Remembered, memory: Memory) -> None:
    kind = facts.law.derived[item.next].type
    for row, id_ in enumerate(facts.ids[item.subject]):
        value = _column(facts, item.next, row, kind)
        if value is None:
            value = _old(facts, item.subject, id_).get(item.fact)
        initial = None if item.initial is None else written(item.initial, item.type)
        if value is not None and value != initial:
            memory.setdefault(item.subject, {}).setdefault(id_ or "-", {})[item.fact] = value


def _column(facts: Facts, name: str, row: int, kind: Type) -> Any:  # noqa: ANN401 - a plain YAML value
    value = facts.columns[name][row]
    if value is None:
        return None
    under = facts.columns[f"{name}/"][row] if kind.divided else 1
    return written(value, kind, under)


def written(value: Plain, kind: Type, under: int = 1) -> Any:  # noqa: ANN401 - a plain YAML value
    """Return a column's value as a file holds it: decimals, dates, instants in UTC."""
    if isinstance(value, bool | str):
        return value
    match kind.kind:
        case "instant":
            return moment(value).isoformat().replace("+00:00", "Z")
        case "date":
            return str(moment(0).date().fromordinal(value))
        case "time":
            return f"{value // 3_600_000:02}:{value // 60_000 % 60:02}:{value // 1000 % 60:02}"
        case _:
            return decimal(Fraction(value, under * 10**kind.scale), kind.scale)
