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


def remember(law: Constitution, facts: Facts, now: int) -> Memory | None:
    """Return what the next snapshot must bring back, sorted; what is unknown now stays as it was remembered.

    A value that stands at its beginning is not written, so that memory holds only what happened.
    """
    if facts.snapshot.memory is None:  # what was not delivered is not forgotten by writing something new over it
        return None
    memory: Memory = {}
    since = written(now, Type("instant", scale=3))
    for latch in law.latches.values():
        _latched(facts, latch, since, memory)
    for item in law.remembered.values():
        if item.latch is None:
            _recorded(facts, item, memory)
    _carried(facts, memory)
    return {
        subject: {id_: dict(sorted(entry.items())) for id_, entry in sorted(entries.items())}
        for subject, entries in sorted(memory.items())
    }


def _carried(facts: Facts, memory: Memory) -> None:
    """Keep what is remembered of accounts, sleeves and symbols that this snapshot does not have.

    A latch must not vanish because an account was left out once. Positions are another matter: one that is gone is
    closed, unless some positions were not delivered at all.
    """
    all_delivered = None not in facts.columns["account<positions"]
    for subject, entries in (facts.snapshot.memory or {}).items():
        if subject == "position" and all_delivered:
            continue
        here = set(facts.ids[subject])
        for id_, entry in entries.items():
            if id_ != "-" and id_ not in here:
                memory.setdefault(subject, {})[id_] = dict(entry)


def _old(facts: Facts, subject: str) -> Mapping[str, Mapping[str, Any]]:
    return (facts.snapshot.memory or {}).get(subject) or {}


def _keep(memory: Memory, subject: str, id_: str, fact: str, value: Any) -> None:  # noqa: ANN401 - a plain YAML value
    memory.setdefault(subject, {}).setdefault(id_ or "-", {})[fact] = value


def _latched(facts: Facts, latch: Latch, since: Plain, memory: Memory) -> None:
    """A latch that holds is kept as it was set; one whose state is unknown stays as remembered."""
    old, ids = _old(facts, latch.subject), facts.ids[latch.subject]
    for row, holds in enumerate(facts.columns[latch.name]):
        if holds is False:
            continue
        before = old.get(ids[row] or "-", {}).get(latch.fact)
        if before is not None:
            entry = {**before, **(_kept(facts, latch, row) if holds else {})}
            _keep(memory, latch.subject, ids[row], latch.fact, entry)
        elif holds:
            entry = {"since": since, "by": latch.by, **_kept(facts, latch, row)}
            _keep(memory, latch.subject, ids[row], latch.fact, entry)


def _kept(facts: Facts, latch: Latch, row: int) -> dict[str, Any]:
    """Return what a latch keeps, as it was when its condition last held; what is unknown now stays as remembered."""
    kept: dict[str, Any] = {}
    for fact in latch.keeps:
        name = f"{latch.name}_{fact}"
        value = _column(facts, name, row, facts.law.derived[name].type)
        if value is not None:
            kept[fact] = value
    return kept


def _recorded(facts: Facts, item: Remembered, memory: Memory) -> None:
    kind = facts.law.derived[item.next].type
    old, ids = _old(facts, item.subject), facts.ids[item.subject]
    for row, raw in enumerate(facts.columns[item.next]):
        if raw == item.initial and raw is not None and not kind.divided:
            continue
        value = _column(facts, item.next, row, kind)
        if value is None:
            value = old.get(ids[row] or "-", {}).get(item.fact)
        if value is not None:
            _keep(memory, item.subject, ids[row], item.fact, value)


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
