"""Facts that were moved, as a golden case would give them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from commands.golden import Case
from commands.lines import written
from engine.facts import Rows, Snapshot
from engine.fields import Implausible
from engine.law.text import plain
from engine.remember import written as recorded
from engine.rows import Facts, type_of
from proof.mutation.vary import AS_OF, Move

Given = dict[str, Any]

_MILLISECOND: Final = timedelta(milliseconds=1)
# Rows without a name in a path: their list is given whole.
_LISTS: Final = {"event": "events", "flow": "flows", "lot": "lots", "dependency": "dependencies"}
_NAMED: Final = {
    "symbol": "symbols.{0}",
    "account": "accounts.{0}",
    "sleeve": "accounts.{0}.sleeves.{1}",
    "holding": "accounts.{0}.sleeves.{1}.holdings.{2}",
    "position": "accounts.{account}.sleeves.{sleeve}.positions.{id}",
    "order": "accounts.{account}.orders.{id}",
    "candidate": "candidates.{id}",
}
_SIDES: Final[Mapping[object, str]] = {True: "buy", False: "sell"}


def moved_keys(case: Case, facts: Facts, moves: Sequence[Move]) -> list[str]:
    """Return what a case would say above its expectations if some facts of it were others: why, when, what is given."""
    own = plain(case.node)
    kept = own if isinstance(own, dict) else {}
    at, moved = kept.get("at"), Given()
    for move in moves:
        if move.column == AS_OF:
            at = (case.snapshot.as_of + move.value * _MILLISECOND).isoformat()
        else:
            moved |= _given(facts, move, moved)
    before = {path: value for path, value in (kept.get("given") or {}).items() if path not in moved}
    given = {**before, **moved}  # what was moved comes last, over what it is a part of
    lines = [f"why: {written(_why(moved, at))}"]
    return [*lines, *([f"at: {at}"] if at else []), *([f"given: {written(given)}"] if given else [])]


def _why(given: Given, at: str | None) -> str:
    told = [f"{path} {_short(value)}" for path, value in given.items()] + ([f"it is {at}"] if at else [])
    return " and ".join(told) or "nothing looked at these rows"


def _short(value: Any) -> str:  # noqa: ANN401 - a plain value
    return "are otherwise" if isinstance(value, list) else f"is {written(value)}"


def _given(facts: Facts, move: Move, already: Given) -> Given:
    """Return the path and the value that give a fact of a row another value, beside what is given already."""
    subject, fact = move.column.split(".")
    id_, kind = facts.ids[subject][move.row], type_of(facts.law, subject, fact)
    value = None if move.value is None or kind is None else recorded(move.value, kind)
    if move.column in facts.law.remembered:
        return _memory(facts, move, id_, value)
    if subject in ("market", "host"):
        return {f"{subject}.{fact}": value}
    if subject == "entry":
        proposed = Move(f"candidate.{fact}", facts.columns["entry>candidate"][move.row], move.value)
        told = {"side": _SIDES.get(move.value)} if fact == "buys" else {fact: value}
        return _whole(facts, proposed, told, already)
    if subject in _LISTS or (subject == "candidate" and move.row >= facts.columns.offered):
        return _whole(facts, move, {fact: value}, already)
    path = _path(facts, subject, move.row, id_)
    if facts.written[subject][move.row] is None:
        return {path: {**already.get(path, {}), fact: value}}
    return {f"{path}.{fact}": value}


def _path(facts: Facts, subject: str, row: int, id_: str) -> str:
    """Return the path of a row by the names of those above it."""
    match subject:
        case "bar" | "report":
            day = date.fromordinal(facts.columns[f"{subject}.date"][row])
            symbol = facts.ids["symbol"][facts.columns[f"{subject}>symbol"][row]]
            return f"symbols.{symbol}.{'bars' if subject == 'bar' else 'earnings'}.{day}"
        case "position" | "order":
            account, _, sleeve = facts.ids["sleeve"][facts.columns[f"{subject}>sleeve"][row]].partition("/")
            return _NAMED[subject].format(account=account, sleeve=sleeve, id=id_)
        case "candidate":
            return _NAMED[subject].format(id=id_.replace(" ", ""))
        case _:
            return _NAMED[subject].format(*id_.split("/"))


def _memory(facts: Facts, move: Move, id_: str, value: Any) -> Given:  # noqa: ANN401 - a plain value
    """Return what is remembered of a row; that a latch holds is an entry of its own."""
    item = facts.law.remembered[move.column]
    path = f"memory.{item.subject}.{id_.replace(' ', '') or '-'}"
    if item.latch is None:
        return {f"{path}.{item.fact}": value}
    latch = item.latch.split(".")[1]
    if item.fact != f"{latch}_before":
        return {f"{path}.{latch}.{item.fact.removeprefix(f'{latch}_').removesuffix('_before')}": value}
    entry = {"since": facts.snapshot.as_of.isoformat(), "by": facts.law.latches[item.latch].by}
    return {f"{path}.{latch}": entry if value else None}


def _whole(facts: Facts, move: Move, told: Given, already: Given) -> Given:
    """Return the list that an unnamed row is in, with something of it changed."""
    subject = move.column.split(".")[0]
    *_, index = facts.path(subject, move.row)
    rows, path = _list(facts, subject, move.row)
    listed = [*already[path]] if path in already else [_told(model) for model in rows or ()]
    if isinstance(index, int):
        listed[index] = {**listed[index], **told}
    return {path: listed}


def _list(facts: Facts, subject: str, row: int) -> tuple[tuple[Rows, ...] | None, str]:
    """Return the list that a row is in, and its path."""
    if subject == "candidate":
        return facts.snapshot.proposals, "proposals"
    if subject == "dependency":
        return facts.snapshot.host.dependencies, "host.dependencies"
    above = {"event": "account", "flow": "sleeve", "lot": "holding"}[subject]
    owner = facts.columns[f"{subject}>{above}"][row]
    rows = getattr(_model(facts.snapshot, facts.path(above, owner)), _LISTS[subject])
    return rows, f"{_path(facts, above, owner, facts.ids[above][owner])}.{_LISTS[subject]}"


def _model(snapshot: Snapshot, path: Sequence[str | int]) -> Any:  # noqa: ANN401 - a model of any row
    found: Any = snapshot
    for step in path:
        found = found[step] if isinstance(step, int) else getattr(found, step)
    return found


def _told(model: Rows) -> dict[str, Any]:
    """Return a row as a file has it."""
    return {name: _plain(value) for name, value in model if value is not None}


def _plain(value: Any) -> Any:  # noqa: ANN401 - a plain value
    match value:
        case Implausible(found=found):
            return _plain(found)
        case datetime():
            return value.isoformat()
        case date():
            return str(value)
        case str() | bool() | int() | Decimal() | None:
            return value
        case _:
            return str(value)
