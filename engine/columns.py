"""Many values of one fact, read at once: each distinct value once, and exactly."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from engine.fields import Fact, FormError, Implausible

# These equal values of other types, or have no hash: each is read by itself.
_NOT_SHARED = (bool, float, list, dict)


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
        known = {key: self._value(value) for key, value in dict(zip(keys, values, strict=True)).items()}
        odd = {key: value for key, value in known.items() if isinstance(value, Implausible | FormError)}
        good = known | dict.fromkeys(odd)
        column = Column([good[key] for key in keys])
        if odd:
            for row, key in enumerate(keys):
                value = odd.get(key)
                if isinstance(value, Implausible):
                    column.implausible[row] = value
                elif value is not None:
                    column.malformed[row] = value
        return column

    def _value(self, raw: object) -> Any:  # noqa: ANN401 - scaled, or what is wrong with it
        value = raw if self.meaning is None or raw is None else self.meaning(raw)
        if value is None and self.nullable:
            return None
        try:
            read = self.fact.read(value, self.zone)
        except FormError as error:
            return error
        return read if isinstance(read, Implausible) else self.fact.scaled(read)
