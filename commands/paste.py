"""A golden case that would notice a mutant, as the file that it belongs into would have it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from commands.difference import different
from commands.golden import Case, Told, told_by
from commands.lines import Line, head, written
from engine.decide import decide
from engine.facts import Rows, Snapshot
from engine.fields import Implausible
from engine.law.model import Constitution
from engine.law.text import Mapping as Entries
from engine.law.text import plain, read_yaml
from engine.place import Fault
from engine.remember import written as recorded
from engine.rows import Facts, type_of
from engine.shift import moved
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


@dataclass(frozen=True, slots=True)
class Pasted:
    """A case that differs from one that there is: what is given besides, and what the law says in it."""

    case: Case
    at: datetime | None
    given: Mapping[str, Any]
    about: tuple[str, ...]
    told: Told

    def lines(self) -> Iterator[str]:
        """Yield the case as text, to stand under `cases:` of the file that the first one is in."""
        own = plain(self.case.node)
        kept = own if isinstance(own, dict) else {}
        at = self.at.isoformat() if self.at is not None else kept.get("at")
        given = {**(kept.get("given") or {}), **self.given}
        yield f"  {self.case.name}_again:"
        yield f"    why: {written(_why(self.given, at))}"
        yield from (f"    at: {at}",) if at else ()
        yield from (f"    given: {written(given)}",) if given else ()
        yield f"    about: {written(list(self.about))}"
        for key, said in (("expect", self.told.decisions), ("orders", self.told.orders)):
            yield f"    {key}:{'' if said else ' []'}"
            yield from (f"      - {written(line)}" for line in said)
        if kept.get("remembers") is not None or not self.about:
            yield f"    remembers: {written(self.told.remembers)}"


def _why(given: Mapping[str, Any], at: str | None) -> str:
    told = [f"{path} is {written(value)}" for path, value in given.items()] + ([f"it is {at}"] if at else [])
    return " and ".join(told) or "nothing looked at these rows"


def pasted(law: Constitution, mutant: Constitution, case: Case, moves: Sequence[Move]) -> Pasted | None:
    """Return a case with some facts moved, about what a mutant says otherwise in it; nothing where it says the same."""
    facts = decide(law, case.snapshot).facts
    at = next((case.snapshot.as_of + move.value * _MILLISECOND for move in moves if move.column == AS_OF), None)
    given = {path: value for move in moves if move.column != AS_OF for path, value in _given(facts, move).items()}
    snapshot = _snapshot(case.snapshot, at, given)
    if snapshot is None:
        return None
    whole = replace(case, snapshot=snapshot, about={})
    told, other = (told_by(decide(of, snapshot), whole) for of in (law, mutant))
    if told == other:
        return None
    about = _about(told, other)
    looked = replace(whole, about=dict.fromkeys(about, case.place))
    return Pasted(case, at, given, about, told_by(decide(law, snapshot), looked))


def _about(told: Told, other: Told) -> tuple[str, ...]:
    """Return a row of which two laws say different things: the one of which there is least to say."""
    one, two = ([*map(_spelled, of.decisions)] for of in (told, other))
    rows = [row for row, line in one if (row, line) not in two] + [row for row, line in two if (row, line) not in one]
    said = [row for row, _ in one]
    return tuple(sorted(set(rows), key=lambda row: (said.count(row) or len(said), rows.index(row)))[:1])


def _spelled(line: Line) -> tuple[str, Line]:
    return str(head(line)[1]), line


def _snapshot(base: Snapshot, at: datetime | None, given: Given) -> Snapshot | None:
    """Return a snapshot at another instant that differs in some paths; nothing where it cannot be."""
    faults: list[Fault] = []
    if at is not None:
        there, _ = moved(base, at)
        base = there.model_copy(update={"assume": base.assume})
    node = read_yaml(f"{written(given)}\n".encode(), "given", faults) if given else None
    if isinstance(node, Entries):
        base = different(base, [node], faults)
    return None if faults else base


def _given(facts: Facts, move: Move) -> Given:
    """Return the path and the value that give a fact of a row another value."""
    subject, fact = move.column.split(".")
    id_, kind = facts.ids[subject][move.row], type_of(facts.law, subject, fact)
    value = None if move.value is None or kind is None else recorded(move.value, kind)
    if move.column in facts.law.remembered:
        return _memory(facts, move, id_, value)
    if subject in ("market", "host"):
        return {f"{subject}.{fact}": value}
    if subject in _LISTS or (subject == "candidate" and move.row >= facts.columns.offered) or subject == "entry":
        return _whole(facts, move, fact, value)
    path = _path(facts, subject, move.row, id_)
    if facts.written[subject][move.row] is None:
        return {path: {fact: value}}
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


def _whole(facts: Facts, move: Move, fact: str, value: Any) -> Given:  # noqa: ANN401 - a plain value
    """Return the list that an unnamed row is in, with one fact of it changed."""
    subject, row = move.column.split(".")[0], move.row
    if subject == "entry":
        subject, row = "candidate", facts.columns["entry>candidate"][row]
    *_, index = facts.path(subject, row)
    rows, path = _list(facts, subject, row)
    listed = [_told(model) for model in rows or ()]
    if isinstance(index, int):
        listed[index] = {**listed[index], fact: value}
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
