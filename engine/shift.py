"""A snapshot as if everything in it had been observed at another time."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel

from engine.calendar import zone_of
from engine.facts import Assumption, Candidates, Snapshot, declared
from engine.fields import Implausible

_MILLISECOND: Final = timedelta(milliseconds=1)
_AS_OF: Final = "market.as_of"


def moved(snapshot: Snapshot, as_of: datetime) -> tuple[Snapshot, timedelta]:
    """Return the snapshot as if everything in it had been observed at another time, and by how much that is later.

    Every instant of an observation moves by the same offset: the snapshot's own, of the VIX, of spots and quotes, and
    of orders sent. Dates, the calendar and the memory stay. The verdict says so: `market.as_of` is assumed.
    """
    offset = as_of - snapshot.as_of
    changes = _shifted(snapshot, offset)
    if snapshot.candidates is not None:
        changes["candidates"] = _candidates(snapshot.candidates, offset)
    stated = Assumption(fact=_AS_OF, value=as_of.astimezone(zone_of(snapshot.calendar.zone)).isoformat())
    changes |= {"as_of": as_of, "assume": (*snapshot.assume, stated)}
    return snapshot.model_copy(update=changes).judged(), offset


def _shifted(row: BaseModel, offset: timedelta) -> dict[str, Any]:
    """Return the fields of a row that hold observations, or rows below it that do, each moved."""
    instants = {name for name, fact in declared(type(row)).items() if fact.type.kind == "instant"}
    changes: dict[str, Any] = {}
    for name, value in row:
        if name in instants:
            changes[name] = _later(value, offset)
        elif name != "calendar" and isinstance(value, BaseModel):
            changes[name] = value.model_copy(update=_shifted(value, offset))
        elif name != "assume" and isinstance(value, tuple):
            changes[name] = tuple(item.model_copy(update=_shifted(item, offset)) for item in value)
    return changes


def _later(value: object, offset: timedelta) -> object:
    match value:
        case datetime():
            return value + offset
        case Implausible(found=datetime() as found):
            return replace(value, found=found + offset)
        case _:
            return value


def _candidates(candidates: Candidates, offset: timedelta) -> Candidates:
    step = offset // _MILLISECOND
    quoted = [None if value is None else value + step for value in candidates.columns["quoted_at"]]
    found = {at: _sooner(at[0], value, step) for at, value in candidates.found.items()}
    return replace(candidates, columns={**candidates.columns, "quoted_at": quoted}, found=found)


def _sooner(fact: str, value: int | str, step: int) -> int | str:
    return value + step if fact == "quoted_at" and isinstance(value, int) else value
