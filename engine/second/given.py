"""What the second opinion is given of a snapshot, as JSON, and what it makes of it: memory and statements over facts.

Shared with the authority is what no law has a say in: which rows there are, which of them stand above which, and the
values that the snapshot gives, judged plausible and scaled by their units.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, TypeAlias

from engine.calendar import milliseconds
from engine.rows import Facts
from engine.second.constants import One, spoken
from engine.second.graph import Column, Given, Node
from engine.second.law import Entry, Law
from engine.series import Series
from engine.subjects import SINGLE, SUBJECTS

Plain: TypeAlias = dict[str, Any]
_MANY: Final = frozenset({"candidate", "entry"})


def plain(facts: Facts, needs: Iterable[str], asked: Mapping[str, list[int]] | None = None) -> Plain:
    """Return the tables of a snapshot as JSON: the given facts that are needed, and what holds them together.

    `asked` are rows of which more is asked than what rules say of them, by name.
    """
    snapshot, columns = facts.snapshot, facts.columns
    named = {assumption.fact.partition(".")[0] for assumption in snapshot.assume} | {*(snapshot.memory or ())}
    sessions = ((one.date.toordinal(), one.open, one.close) for one in snapshot.calendar.sessions)
    return {
        "sizes": facts.sizes,
        "columns": {name: [*map(_value, columns[name])] for name in needs},
        "links": {f"{subject}>{above}": columns[f"{subject}>{above}"] for subject, above in links()},
        "undelivered": {name: rows for name, rows in columns.undelivered.items() if rows},
        "offered": columns.offered,
        "ids": {subject: [*ids] for subject, ids in facts.ids.items() if subject not in _MANY or subject in named},
        "asked": asked or {},
        "calendar": [[day, milliseconds(begin), milliseconds(end)] for day, begin, end in sessions],
        "memory": _value(snapshot.memory),
        "assume": [[assumption.fact, _value(assumption.value)] for assumption in snapshot.assume],
    }


def links() -> Iterable[tuple[str, str]]:
    """Yield every subject with each subject above it of which there is more than one row."""
    for subject in SUBJECTS.values():
        yield from ((subject.name, above) for above in subject.sees if above not in SINGLE)


def _value(value: Any) -> Any:  # noqa: ANN401 - any value, as JSON has it
    match value:
        case Series(days=days, closes=closes):
            return [days, closes]
        case Mapping():
            return {str(name): _value(inner) for name, inner in value.items()}
        case Decimal():
            return str(value)
        case date():
            return value.isoformat()
        case _:
            return value


def given(law: Law, tables: Plain) -> Given:
    """Return what a law is worked out from."""
    sizes = tables["sizes"]
    lists = {f"{subject}<{name}": _below(tables, subject, name, child) for subject, name, child in _lists()}
    return Given(
        sizes=sizes,
        columns={name: _closes(column) for name, column in tables["columns"].items()},
        links=tables["links"],
        lists=lists,
        sessions={day: (begin, end) for day, begin, end in tables["calendar"]},
        remembered={name: _remembered(tables, name, *of) for name, of in law.recalled.items()},
        stated=_stated(law, tables),
    )


def _lists() -> Iterable[tuple[str, str, str]]:
    for subject in SUBJECTS.values():
        yield from ((subject.name, name, child) for name, child in subject.lists)


def _below(tables: Plain, subject: str, name: str, child: str) -> list[list[int] | None]:
    """Return the rows of each row's list: what is proposed is on no list, what was not delivered is unknown."""
    count = tables["offered"] if child == "candidate" else tables["sizes"][child]
    found: list[list[int] | None]
    if subject in SINGLE:
        found = [[*range(count)]]
    else:
        rows: list[list[int]] = [[] for _ in range(tables["sizes"][subject])]
        for row, above in enumerate(tables["links"][f"{child}>{subject}"][:count]):
            rows[above].append(row)
        found = [*rows]
    for row in tables["undelivered"].get(f"{subject}<{name}", ()):
        found[row] = None
    return found


def _closes(column: Column) -> Column:
    """Return a column whose series are closes by date."""
    return [dict(zip(*value, strict=True)) if isinstance(value, list | tuple) else value for value in column]


def _remembered(tables: Plain, name: str, entry: Entry, node: Node) -> Column:
    """Return what memory says of each row: nothing, where none was delivered."""
    subject, memory = name.split(".", maxsplit=1)[0], tables["memory"]
    size = tables["sizes"][subject]
    if memory is None:
        return [None] * size
    entries = memory.get(subject) or {}
    if not entries:
        return [_recalled(entry, {}, node)] * size
    return [_recalled(entry, entries.get(id_ or "-", {}), node) for id_ in tables["ids"][subject]]


def _recalled(entry: Entry, written: Mapping[str, Any], node: Node) -> Any:  # noqa: ANN401 - any value
    fact = entry.name.split(".")[1]
    if entry.held:
        return written.get(fact) is not None
    if entry.kept is None:
        return _held(spoken(written[fact], node.kind) if fact in written else entry.initial, node)
    latch = written.get(fact)
    return None if latch is None else _held(spoken(latch.get(entry.kept), node.kind), node)


def _held(one: One | None, node: Node) -> Any:  # noqa: ANN401 - any value
    """Return a value as a node's column has it."""
    if one is None or one.kind != "number":
        return None if one is None else one.value
    exact = Fraction(int(one.value), 10**one.scale)
    if node.divided:
        return exact
    scaled = exact * 10**node.scale
    return scaled.numerator if scaled.denominator == 1 else scaled


def _stated(law: Law, tables: Plain) -> dict[str, dict[int | None, Any]]:
    """Return what is stated over facts that the snapshot does not give."""
    found: dict[str, dict[int | None, Any]] = {}
    for assumed, value in tables["assume"]:
        subject, _, rest = assumed.partition(".")
        id_, _, fact = rest.rpartition(".")
        node = law.nodes.get(f"{subject}.{fact}")
        if node is not None and node.fact:
            row = tables["ids"][subject].index(id_) if id_ else None
            found.setdefault(node.fact, {})[row] = _held(spoken(value, node.kind), node)
    return found


def restated(column: Column, stated: Mapping[int | None, Any]) -> Column:
    """Return a column with what is stated over it: what is said of one row goes before what is said of all."""
    found = [stated[None]] * len(column) if None in stated else [*column]
    for row, value in stated.items():
        if row is not None:
            found[row] = value
    return found
