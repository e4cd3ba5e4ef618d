"""A snapshot's file: YAML or JSON in, a `Snapshot` that knows its places out, or every fault of one pass."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from engine.agreement import Route, disagreements
from engine.calendar import zone_of
from engine.candidates import read_candidates
from engine.facts import Snapshot
from engine.fields import Fact, FormError, shown, suggestion
from engine.law import text
from engine.place import FactError, Fault, Place
from engine.table import Table

LIMIT: Final = 64 * 1024 * 1024
_CANDIDATES: Final = "candidates"
_ZONE: Final = Fact("zone", "the exchange's zone")


def read_snapshot(path: Path) -> Snapshot:
    """Return the snapshot of a file.

    Raises:
        FactError: The file or one beside it is malformed; it names every fault, by place.
    """
    faults: list[Fault] = []
    return _snapshot(text.read_file(path, str(path), faults, LIMIT), path.parent, faults)


def parse_snapshot(data: bytes, name: str, folder: Path) -> Snapshot:
    """Return the snapshot that is written in `data`.

    Args:
        data: YAML or JSON, UTF-8.
        name: What places call it, such as `<stdin>`.
        folder: Where a file beside the snapshot is looked for.

    Raises:
        FactError: It is malformed; it names every fault, by place.
    """
    faults: list[Fault] = []
    if len(data) > LIMIT:
        more = f"more than the {LIMIT} bytes allowed; put the candidates into a file beside it"
        raise FactError([Fault(Place(name, 1, 1), "too-large", more)])
    return _snapshot(text.read_yaml(data, name, faults), folder, faults)


def _snapshot(root: text.Node | None, folder: Path, faults: list[Fault]) -> Snapshot:
    snapshot: Snapshot | None = None
    found: list[Fault] = []
    if isinstance(root, text.Mapping):
        snapshot = _validated(root, folder, found)
    elif root is not None:
        found.append(Fault(root.place, "type", "no mapping stands here; a snapshot begins with 'format: 1'"))
    # What YAML faults at a place explains whatever else is wrong there.
    explained = {fault.place for fault in faults}
    faults.extend(fault for fault in found if fault.place not in explained)
    if snapshot is None or faults:
        raise FactError(faults)
    return snapshot


def _validated(root: text.Mapping, folder: Path, faults: list[Fault]) -> Snapshot | None:
    written = _Written(root)
    zone = _zone(written.data)
    table, candidates = read_candidates(root.get(_CANDIDATES), folder, zone, faults)
    for route, code, message in disagreements(written.data):
        faults.append(Fault(written.place(route), code, message))
    try:
        snapshot = Snapshot.model_validate(written.data | {_CANDIDATES: candidates}, context={"zone": zone})
    except ValidationError as error:
        faults.extend(_faults(error, written))
        return None
    return snapshot.placed(_Places(written.values, table))


class _Written:
    """The values of a file without its candidates, and where they and their keys stand, by route."""

    def __init__(self, root: text.Mapping) -> None:
        self.values: dict[Route, Place] = {}
        self.keys: dict[Route, Place] = {}
        self.data: dict[str, Any] = {}
        for key, value in root.items:
            if key.text == _CANDIDATES:
                self.values[_CANDIDATES,] = value.place
            else:
                self.data[key.text] = text.plain(value)
                self._index(value, (key.text,))
            self.keys[key.text,] = key.place
        self.values[()] = root.place

    def _index(self, node: text.Node, route: Route) -> None:
        self.values[route] = node.place
        match node:
            case text.Mapping(items):
                for key, value in items:
                    self.keys[*route, key.text] = key.place
                    self._index(value, (*route, key.text))
            case text.Sequence(items):
                for number, value in enumerate(items):
                    self._index(value, (*route, number))
            case text.Scalar():
                pass

    def place(self, route: Route) -> Place:
        """Return where a value stands, or the nearest one above it that stands somewhere."""
        while route not in self.values:
            route = route[:-1]
        return self.values[route]


class _Places(Mapping[Route, Place]):
    """The places of a snapshot's values; those of its many candidates are found when asked for."""

    def __init__(self, values: dict[Route, Place], table: Table | None) -> None:
        self._values = values
        self._table = table

    def __getitem__(self, route: Route) -> Place:
        match route:
            case ("candidates", int(row), *rest) if self._table and 0 <= row < self._table.size:
                return self._table.cell(str(rest[0]) if rest else "underlying", row)
            case _:
                return self._values[route]

    def __iter__(self) -> Iterator[Route]:
        yield from self._values
        if self._table:
            yield from ((_CANDIDATES, row, name) for row in range(self._table.size) for name in self._table.columns)

    def __len__(self) -> int:
        cells = self._table.size * len(self._table.columns) if self._table else 0
        return len(self._values) + cells


def _zone(data: dict[str, Any]) -> ZoneInfo | None:
    """Return the exchange's zone if it can be told: times are held against it wherever they stand."""
    calendar = data.get("calendar")
    try:
        return zone_of(_ZONE.read(calendar.get("zone"))) if isinstance(calendar, dict) else None
    except FormError:
        return None


def _faults(error: ValidationError, written: _Written) -> Iterator[Fault]:
    for found in error.errors(include_url=False):
        route = found["loc"]
        cause = found.get("ctx", {}).get("error")
        model = _model(route[:-1])
        kind = model.__name__.lower()
        match found["type"]:
            case "value_error" if not route:
                pass  # a disagreement, which has been said with its place
            case "value_error" if isinstance(cause, FormError) and route[-1] == "[key]":
                yield Fault(written.keys[route[:-1]], cause.code, str(cause))
            case "value_error" if isinstance(cause, FormError):
                yield Fault(written.place(route), cause.code, str(cause))
            case "extra_forbidden":
                name, known = str(route[-1]), list(model.model_fields)
                said = f"{kind} has no {name!r}; {suggestion(name, known)}"
                yield Fault(written.keys[route], "unknown-field", said)
            case "missing":
                yield Fault(written.place(route[:-1]), "missing-field", f"{kind} needs {route[-1]!r}; add it")
            case "literal_error":
                yield Fault(written.place(route), "format", f"{shown(found['input'])} is no format read here; write 1")
            case other:
                due = _DUE.get(other, "another value")
                yield Fault(written.place(route), "type", f"{shown(found['input'])} stands where {due} is due")


_DUE: Final = {
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "string_type": "a text",
    "tuple_type": "a list",
}


def _model(route: Route) -> type[BaseModel]:
    """Return the model of the row at a route."""
    model: type[BaseModel] = Snapshot
    for name in route:
        if isinstance(name, str) and name in model.model_fields:
            model = _inner(model.model_fields[name].annotation) or model
    return model


def _inner(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_inner, get_args(annotation))), None)
