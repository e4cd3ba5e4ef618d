"""Dates, sessions and closes, by code of its own: ordinals and milliseconds; `None` where the calendar does not reach.

Taken from elsewhere: the zones themselves, from the pinned `tzdata`.
"""

from bisect import bisect_left, bisect_right
from calendar import isleap
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from engine.calendar import zone_of

_DAYS: Final = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_WEEK: Final = len(_DAYS)
_WORKDAYS: Final = _WEEK - 2
_MONTHS_IN_QUARTER: Final = 3
_LEAP_DAY: Final = (2, 29)
_LAST_YEAR: Final = date.max.year
_MILLISECOND: Final = timedelta(milliseconds=1)
_BEGINNING: Final = datetime.fromtimestamp(0, UTC)


def monday(day: int) -> int:
    """Return the Monday of a date's week; the first day of all was one."""
    return day - (day - 1) % _WEEK


def weekday(day: int) -> str:
    """Return the name of a date's day."""
    return _DAYS[day % _WEEK]


def month(day: int) -> int:
    """Return the number of a date's month."""
    return date.fromordinal(day).month


def quarter(day: int) -> int:
    """Return the number of a date's quarter."""
    return -(-month(day) // _MONTHS_IN_QUARTER)


def years_after(day: int, years: int) -> int | None:
    """Return the same day of another year; of 29 February, in a common year 28 February."""
    then = date.fromordinal(day)
    year = then.year + years
    if year < 1 or year > _LAST_YEAR:
        return None
    leap = isleap(year)
    first = date(year, then.month, 1).toordinal()
    return first + then.day - 1 - ((then.month, then.day) == _LEAP_DAY and not leap)


@lru_cache(maxsize=8192)
def _wall(moment: int, zone: str) -> datetime:
    return (_BEGINNING + moment * _MILLISECOND).astimezone(zone_of(zone))


def local_date(moment: int, zone: str) -> int:
    """Return the date on the wall of a zone."""
    return _wall(moment, zone).toordinal()


def local_time(moment: int, zone: str) -> int:
    """Return the time on the wall of a zone, in milliseconds after midnight."""
    wall = _wall(moment, zone).replace(tzinfo=None)
    return (wall - datetime.combine(wall.date(), datetime.min.time())) // _MILLISECOND


def at_local(day: int, clock: int, zone: str) -> int:
    """Return the instant at which clocks there show a time; of two, the first."""
    wall = datetime.fromordinal(day) + clock * _MILLISECOND
    return (wall.replace(tzinfo=zone_of(zone)) - _BEGINNING) // _MILLISECOND


def next_version(name: str) -> str:
    """Return an order's id with its next version."""
    root, dot, last = name.rpartition(".v")
    return f"{root}.v{int(last) + 1}" if dot and root and last.isdecimal() else f"{name}.v2"


class Calendar:
    """The sessions of a snapshot by date, and what is asked of them."""

    def __init__(self, hours: Mapping[int, tuple[int, int]]) -> None:
        self.hours, self.days = hours, [*hours]

    def reaches(self, *days: int) -> bool:
        return bool(self.days) and all(self.days[0] <= day <= self.days[-1] for day in days)

    def sessions_between(self, first: int, last: int) -> int | None:
        return bisect_right(self.days, last) - bisect_right(self.days, first) if self.reaches(first, last) else None

    def is_session(self, day: int) -> bool | None:
        return day in self.hours if self.reaches(day) else None

    def session_open(self, day: int) -> int | None:
        return self.hours.get(day, (None, None))[0]

    def session_close(self, day: int) -> int | None:
        return self.hours.get(day, (None, None))[1]

    def next_session(self, day: int) -> int | None:
        place = bisect_right(self.days, day)
        return self.days[place] if self.reaches(day) and place < len(self.days) else None

    def _of_week(self, day: int) -> list[int] | None:
        """Return the sessions of a date's week, where the calendar reaches beyond both its ends."""
        first = monday(day)
        if not self.reaches(first - 1, first + _WEEK):
            return None
        return [other for other in range(first, first + _WEEK) if other in self.hours]

    def last_session(self, day: int) -> int | None:
        week = self._of_week(day)
        return max(week) if week else None

    def week_sessions(self, day: int) -> int | None:
        week = self._of_week(day)
        return None if week is None else len(week)

    def before(self, day: int, count: int) -> list[int] | None:
        """Return that many sessions before a date, the oldest first."""
        end = bisect_left(self.days, day)
        return self.days[end - count : end] if self.reaches(day) and count <= end else None

    def closes(self, series: Mapping[int, int | None], day: int, count: int) -> list[int] | None:
        """Return the closes of that many sessions before a date, back beyond the calendar's own beginning.

        There a session is a weekday with an entry, and a week without one ends what is known.
        """
        if not self.reaches(day):
            return None
        end = bisect_left(self.days, day)
        days, week = self.days[max(0, end - count) : end], monday(self.days[0])
        while len(days) < count:
            older = [other for other in range(week, min(week + _WORKDAYS, self.days[0])) if other in series]
            if not older and week + _WEEK <= self.days[0]:
                return None
            days, week = [*older, *days], week - _WEEK
        found = [series.get(other) for other in days[-count:]]
        return None if None in found else [close for close in found if close is not None]

    def lowest_close(self, series: Mapping[int, int | None], day: int, count: int) -> int | None:
        found = self.closes(series, day, count)
        return None if found is None else min(found)

    def highest_close(self, series: Mapping[int, int | None], day: int, count: int) -> int | None:
        found = self.closes(series, day, count)
        return None if found is None else max(found)

    def mean_true_range(self, bars: list[tuple[Any, ...]], day: int, count: int) -> Fraction | None:
        """Return the mean of that many true ranges before a date; `bars` are date, high, low and close."""
        days = self.before(day, count + 1)
        if days is None:
            return None
        found = {wanted: [bar for bar in bars if bar[0] == wanted] for wanted in days}
        if any(len(of) != 1 for of in found.values()):
            return None
        total, close = 0, found[days[0]][0][-1]
        for _, high, low, after in (found[wanted][0] for wanted in days[1:]):
            if close is None or high is None or low is None:
                return None
            total += max(high - low, abs(high - close), abs(low - close))
            close = after
        return Fraction(total, count)
