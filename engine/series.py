"""A fact that is a series: official closes by session, scaled once, when they are read."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, Self, TypeAlias

from engine.calendar import weekday

Delivered: TypeAlias = Decimal | date | str | None
_WEEKEND: Final = frozenset({"saturday", "sunday"})


@dataclass(frozen=True, slots=True)
class Series:
    """Closes of dates (as ordinals, oldest first) in the scaled integers of their unit, `None` where one is unknown.

    `implausible` has what was delivered and is no close: its date, why, and what it was.
    """

    days: tuple[int, ...]
    closes: tuple[int | None, ...]
    implausible: tuple[tuple[int, str, Delivered], ...] = ()
    workdays: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _by_day: dict[int, int | None] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        workdays = tuple(day for day in self.days if weekday(day) not in _WEEKEND)
        object.__setattr__(self, "workdays", workdays)
        object.__setattr__(self, "_by_day", dict(zip(self.days, self.closes, strict=True)))

    @classmethod
    def of(cls, closes: Mapping[int, int | None], implausible: Mapping[int, tuple[str, Delivered]]) -> Self:
        """Return closes by date, in whatever order they come."""
        days = sorted(closes)
        odd = tuple((day, *implausible[day]) for day in sorted(implausible))
        return cls(tuple(days), tuple(closes[day] for day in days), odd)

    def between(self, first: int, end: int) -> Self:
        """Return the closes of the dates from `first` up to, but not including, `end`."""
        begin, stop = bisect_left(self.days, first), bisect_left(self.days, end)
        odd = tuple(one for one in self.implausible if first <= one[0] < end)
        return type(self)(self.days[begin:stop], self.closes[begin:stop], odd)

    def over(self, days: Sequence[int]) -> list[int] | None:
        """Return the closes of some dates, `None` unless every one is known."""
        found = [close for day in days if (close := self._by_day.get(day)) is not None]
        return found if len(found) == len(days) else None

    def why(self, days: Sequence[int]) -> str:
        """Return why the close of the first of some dates that has an implausible one cannot be true."""
        return next((why for day, why, _ in self.implausible if day in days), "")

    def __str__(self) -> str:
        """Return what a person is told of it."""
        if not self.days:
            return "no closes"
        first, last = (date.fromordinal(day) for day in (self.days[0], self.days[-1]))
        return f"{len(self.days)} closes from {first} to {last}" if first < last else f"the close of {first}"
