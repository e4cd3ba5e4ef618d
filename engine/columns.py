"""Many values of one fact, read at once: each distinct value once, and exactly."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from engine.fields import Fact, FormError, Implausible

# These equal values of other types, or have no hash: each is read by itself.
_NOT_SHARED = (bool, float, list, dict)
_ODD = (Implausible, FormError)


@dataclass(slots=True)
class Column:
    """Scaled values, None where unknown; by row what cannot be true, and what is not of the fact's form."""

    values: list[Any]
    implausible: dict[int, Implausible] = field(default_factory=dict)
    malformed: dict[int, FormError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """How the values of one fact are read.

    `zone` is the one whose offset an instant written as text must have; `meaning` turns a raw value into what
    the fact reads.
    """

    fact: Fact
    nullable: bool = True
    zone: ZoneInfo | None = None
    meaning: Callable[[Any], Any] | None = None

    def column(self, values: Sequence[Any]) -> Column:
        """Return values, None where unknown, as a column."""
        shared = set(map(type, values)).isdisjoint(_NOT_SHARED)
        keys: Iterable[Any] = values if shared else range(len(values))
        known = self._known(dict(zip(keys, values, strict=True)))
        odd = {key: value for key, value in known.items() if isinstance(value, _ODD)}
        known.update(dict.fromkeys(odd))
        column = Column([known[key] for key in keys])
        for row, value in enumerate(map(odd.get, keys)) if odd else ():
            if isinstance(value, Implausible):
                column.implausible[row] = value
            elif value is not None:
                column.malformed[row] = value
        return column

    def _known(self, raw: dict[Any, Any]) -> dict[Any, Any]:
        """Return what each distinct value is: scaled, or what is wrong with it."""
        read, known = self.fact.reader(self.zone), {}
        for key, said in raw.items():
            value = said if self.meaning is None or said is None else self.meaning(said)
            try:
                known[key] = None if value is None and self.nullable else read(value)
            except FormError as error:
                known[key] = error
        return known
