"""What a golden case changes in its base: paths such as `symbols.IWM.spot`, rows addressed by their ids."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from engine.agreement import Route
from engine.calendar import zone_of
from engine.contract import occ_symbol
from engine.facts import Assumption, Candidate, Candidates, Rows, Snapshot, declared
from engine.fields import FormError, Implausible, shown, suggestion
from engine.law.text import Mapping, Node, Scalar, plain
from engine.law.text import Sequence as List
from engine.place import Fault, Place

_IDS: Final = {
    "Account": "id",
    "Bar": "date",
    "Holding": "symbol",
    "Order": "id",
    "Position": "id",
    "Report": "date",
    "Session": "date",
    "Sleeve": "kind",
    "Symbol": "symbol",
}
_CONTRACT: Final = re.compile(r"([A-Z]{1,6})([0-9]{2})([0-9]{2})([0-9]{2})([PC])([0-9]{5})([0-9]{3})")
_RIGHTS: Final = {"P": "put", "C": "call"}


@dataclass(frozen=True, slots=True)
class Path:
    """The rest of a path, and where it stands in its key."""

    key: Scalar
    offset: int = 0

    @property
    def rest(self) -> str:
        return self.key.text[self.offset :]

    @property
    def first(self) -> str:
        return self.rest.partition(".")[0]

    @property
    def place(self) -> Place:
        return self.key.place if self.key.quoted else self.key.place_at(self.offset)

    def behind(self, name: str) -> "Path":
        """Return what follows a name and its point."""
        return Path(self.key, min(self.offset + len(name) + 1, len(self.key.text)))


def different(base: Snapshot, changes: Sequence[Mapping], faults: list[Fault]) -> Snapshot:
    """Return a snapshot that differs from its base as mappings of paths to values say, one after the other.

    Args:
        base: What stays as it is where no path leads.
        changes: Values by path: `null` takes away, a mapping goes on below or adds a row, a list replaces.
        faults: Takes every fault; with one, what comes back is not to be trusted.
    """
    before = len(faults)
    change = _Change(zone_of(base.calendar.zone), faults)
    values = dict(base)
    for mapping in changes:
        for key, value in mapping.items:
            change.of_snapshot(values, Path(key), value)
    if not changes or len(faults) > before:
        return base
    try:
        made = base.changed(values, change.zone)
    except ValidationError as error:
        faults.append(Fault(changes[-1].place, "given", _why(error)))
        return base
    return made.placed({(): changes[-1].place} | change.places)


@dataclass
class _Change:
    """One way through the paths of a case; what is remembered or assumed keeps its place."""

    zone: ZoneInfo
    faults: list[Fault]
    places: dict[Route, Place] = field(default_factory=dict)

    def of_snapshot(self, values: dict[str, Any], path: Path, node: Node) -> None:
        """Change one of the snapshot's own values."""
        name, rest = path.first, path.behind(path.first)
        match name:
            case "memory":
                values[name] = self._memory(values[name], rest, node)
            case "assume":
                values[name] = self._assumed(values[name], rest, node)
            case "candidates":
                values[name] = self._candidates(values[name], rest, node)
            case _ if name in Snapshot.model_fields:
                values[name] = self._value(Snapshot, name, values[name], rest, node)
                self._check(name, values[name], node)
            case _:
                self._fault(path.place, "unknown-path", _unknown("a snapshot", name, [*Snapshot.model_fields]))

    def _check(self, name: str, value: object, node: Node) -> None:
        """Check one of the snapshot's own facts, so that its fault is told with the others."""
        try:
            if name in declared(Snapshot):
                declared(Snapshot)[name].read(value, self.zone)
        except FormError as error:
            self._fault(node.place, error.code, str(error))

    def _fault(self, place: Place, code: str, message: str) -> None:
        self.faults.append(Fault(place, code, message))

    def _misfit(self, node: Node, due: str) -> None:
        self._fault(node.place, "type", f"{shown(plain(node))} stands where {due} is due")

    def _value(self, model: type[BaseModel], name: str, old: object, rest: Path, node: Node) -> Any:  # noqa: ANN401 - as the field holds it
        """Return what a field is to hold: a row, a list, or a plain value that the row checks."""
        below = _rows_in(model, name)
        if isinstance(old, Rows):
            return self._row(old, rest, node)
        if below is not None:
            return self._list(below, old if isinstance(old, tuple) else None, rest, node)
        fact = declared(model).get(name)
        if fact and fact.type.kind == "series" and (rest.rest or isinstance(node, Mapping)):
            return _closes(fact.unscaled(old) or {}, rest, node)
        if rest.rest:
            self._fault(rest.place, "unknown-path", f"{name!r} is one value; end the path with it")
        return plain(node)

    def _row(self, row: Rows, path: Path, node: Node) -> Rows:
        if not path.rest and isinstance(node, Mapping):
            for key, value in node.items:
                row = self._row(row, Path(key), value)
        elif not path.rest:
            self._misfit(node, f"a mapping of {_called(type(row))}")
        elif path.first not in type(row).model_fields:
            known = [*type(row).model_fields]
            self._fault(path.place, "unknown-path", _unknown(_called(type(row)), path.first, known))
        else:
            name = path.first
            value = self._value(type(row), name, getattr(row, name), path.behind(name), node)
            row = self._made(type(row), dict(row) | {name: value}, node) or row
        return row

    def _made(self, model: type[Rows], values: dict[str, Any], node: Node) -> Rows | None:
        try:
            return model.model_validate(values, context={"zone": self.zone})
        except ValidationError as error:
            self._fault(node.place, "value", _why(error))
            return None

    def _list(self, model: type[Rows], old: tuple[Rows, ...] | None, path: Path, node: Node) -> tuple[Rows, ...] | None:
        """Return a list of rows as it is to be; `null` for the whole of it says that it was not delivered."""
        if path.rest:
            return self._among(model, old or (), path, node)
        match node:
            case Mapping(items):
                rows = old or ()
                for key, value in items:
                    rows = self._among(model, rows, Path(key), value)
                return rows
            case List(items):
                made = [self._made(model, self._mapping(item), item) for item in items]
                return tuple(row for row in made if row is not None)
            case _:
                if plain(node) is not None:
                    self._misfit(node, "a list, or null,")
                return None

    def _among(self, model: type[Rows], rows: tuple[Rows, ...], path: Path, node: Node) -> tuple[Rows, ...]:
        """Return rows of which the one that a path names is changed, added or taken away."""
        names = [_name(row) for row in rows]
        known = [name for name in names if name]
        name = max((name for name in known if f"{path.rest}.".startswith(f"{name}.")), key=len, default=None)
        if name is None:
            return (*rows, *self._added(model, known, path, node))
        rest, index = path.behind(name), names.index(name)
        gone = not rest.rest and isinstance(node, Scalar) and plain(node) is None
        changed = () if gone else (self._row(rows[index], rest, node),)
        return (*rows[:index], *changed, *rows[index + 1 :])

    def _added(self, model: type[Rows], known: Sequence[str], path: Path, node: Node) -> tuple[Rows, ...]:
        """Return the new row that a mapping makes under its own name."""
        told = _told(model, path.rest) if isinstance(node, Mapping) else None
        if told is None:
            advice = suggestion(path.first, known) if known else "only a mapping under a row's own name adds one"
            name = path.rest if isinstance(node, Mapping) else path.first
            self._fault(path.place, "unknown-row", f"no {model.__name__.lower()} is called {name!r}; {advice}")
            return ()
        row = self._made(model, told | self._mapping(node), node)
        return () if row is None else (row,)

    def _mapping(self, node: Node) -> dict[str, Any]:
        values = plain(node)
        if isinstance(values, dict):
            return values
        self._misfit(node, "a mapping")
        return {}

    def _candidates(self, old: Candidates | None, path: Path, node: Node) -> Candidates | None:
        rows = None if old is None else tuple(old.row(index) for index in range(old.size))
        made = self._list(Candidate, rows, path, node)
        try:
            return None if made is None else Candidates.of(row for row in made if isinstance(row, Candidate))
        except FormError as error:
            self._fault(node.place, error.code, str(error))
            return old

    def _memory(self, old: dict[str, Any] | None, path: Path, node: Node) -> dict[str, Any] | None:
        """Return a memory with what stands under a path put in; `null` takes away."""
        if path.rest:
            steps = _steps(path.rest)
            self.places["memory", steps[0]] = path.place
            put = _put(old, steps, node)
            return put if isinstance(put, dict) else {}
        if isinstance(node, Mapping):
            for key, value in node.items:
                old = self._memory(old, Path(key), value)
            return old or {}
        if plain(node) is not None:
            self._misfit(node, "a mapping, or null,")
        return None

    def _assumed(self, old: tuple[Assumption, ...], path: Path, node: Node) -> tuple[Assumption, ...]:
        if path.rest:
            kept = tuple(item for item in old if item.fact != path.rest)
            self.places["assume", len(kept)] = path.place
            return (*kept, Assumption(fact=path.rest, value=plain(node)))
        if isinstance(node, Mapping):
            for key, value in node.items:
                old = self._assumed(old, Path(key), value)
        else:
            self._misfit(node, "a mapping of facts")
        return old


def _closes(old: dict[date, Any], path: Path, node: Node) -> dict[str, Any]:
    """Return a series in which the dates that a path or a mapping names have other closes; `null` takes one away."""
    below = [(key.text, value) for key, value in node.items] if isinstance(node, Mapping) else []
    told = [(path.rest, node)] if path.rest else below
    closes = {str(day): close for day, close in old.items()} | {day: plain(value) for day, value in told}
    return {day: close for day, close in closes.items() if close is not None}


def _steps(path: str) -> tuple[str, ...]:
    """Return subject, id and fact; an id may have points of its own."""
    subject, _, rest = path.partition(".")
    id_, _, fact = rest.rpartition(".") if "." in rest else (rest, "", "")
    return tuple(step for step in (subject, id_, fact) if step)


def _put(old: Any, steps: Sequence[str], node: Node) -> Any:  # noqa: ANN401 - a tree of plain values
    """Return a tree with a value in its place: mappings are merged, `null` takes away."""
    if not steps and isinstance(node, Mapping):
        for key, value in node.items:
            old = _put(old, (key.text,), value)
        return old or {}
    if not steps:
        return plain(node)
    tree = dict(old) if isinstance(old, dict) else {}
    value = _put(tree.pop(steps[0], None), steps[1:], node)
    return tree if value is None else tree | {steps[0]: value}


@cache
def _rows_in(model: type[BaseModel], name: str) -> type[Rows] | None:
    """Return the model of the rows that a field holds, or nothing where it holds a plain value."""
    return _rows_of(model.model_fields[name].annotation)


def _rows_of(annotation: object) -> type[Rows] | None:
    if isinstance(annotation, type) and issubclass(annotation, Rows):
        return annotation
    return next(filter(None, map(_rows_of, get_args(annotation))), None)


def _called(model: type[BaseModel]) -> str:
    return f"one {model.__name__.lower()}"


def _unknown(owner: str, name: str, known: Sequence[str]) -> str:
    return f"{owner} has no {name!r}; {suggestion(name, known)}"


def _name(row: Rows) -> str | None:
    """Return what a row goes by in a path; a contract by its OCC symbol without blanks."""
    if isinstance(row, Candidate):
        return contract_name(row)
    own = _IDS.get(type(row).__name__)
    return None if own is None else str(getattr(row, own))


def contract_name(row: Candidate) -> str | None:
    """Return the OCC symbol of a contract without blanks; nothing where strike or date are nonsense."""
    day = row.expiration.found if isinstance(row.expiration, Implausible) else row.expiration
    if not isinstance(row.strike, Decimal) or not isinstance(day, date):
        return None
    name = occ_symbol(row.underlying, day, row.right, row.strike)
    return None if name is None else name.replace(" ", "")


def _told(model: type[Rows], name: str) -> dict[str, Any] | None:
    """Return what the name of a new row says of it."""
    if not issubclass(model, Candidate):
        own = _IDS.get(model.__name__)
        return None if own is None else {own: name}
    found = _CONTRACT.fullmatch(name)
    if found is None:
        return None
    root, year, month, day, right, dollars, mills = found.groups()
    contract = {"underlying": root, "right": _RIGHTS[right], "expiration": f"20{year}-{month}-{day}"}
    return contract | {"strike": Decimal(f"{dollars}.{mills}")}


def _why(error: ValidationError) -> str:
    """Return what is wrong with values, in the words of their facts."""
    return ", and ".join(map(_fault_of, error.errors(include_url=False)))


def _fault_of(found: Any) -> str:  # noqa: ANN401 - pydantic's own mapping
    where, cause = ".".join(str(step) for step in found["loc"] if step != "[key]"), found.get("ctx", {}).get("error")
    match found["type"]:
        case "extra_forbidden":
            return f"there is no {where!r} here; delete it or mend its name"
        case "missing":
            return f"{where!r} is missing; add it"
        case _ if isinstance(cause, FormError):
            return f"{where}: {cause}" if where else str(cause)
        case _:
            return f"{where}: {shown(found['input'])} is of another kind; write what a snapshot has there"
