"""Sessions as data: questions about dates, in ordinals and milliseconds; `None` where the calendar does not reach."""

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from typing import Protocol
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WEEK = 7
_QUARTER = 3
_MILLISECOND = timedelta(milliseconds=1)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def milliseconds(moment: datetime) -> int:
    """Return an aware instant as UTC milliseconds since 1970."""
    return (moment - _EPOCH) // _MILLISECOND


@cache
def zone_of(name: str) -> ZoneInfo:
    """Return a time zone from the pinned `tzdata`, never from the machine: equal bytes everywhere.

    Raises:
        KeyError: There is no such zone.
    """
    path = files("tzdata").joinpath("zoneinfo", *name.split("/"))
    if ".." in name or not path.is_file():
        raise KeyError(name)
    with path.open("rb") as stream:
        return ZoneInfo.from_file(stream, key=name)


def moment(value: int, zone: str = "UTC") -> datetime:
    """Return UTC milliseconds as an aware instant, on the wall of a zone."""
    return (_EPOCH + value * _MILLISECOND).astimezone(zone_of(zone))


@lru_cache(maxsize=4096)
def _wall(value: int, zone: str) -> tuple[int, int]:
    there = moment(value, zone)
    clock = timedelta(hours=there.hour, minutes=there.minute, seconds=there.second, microseconds=there.microsecond)
    return there.toordinal(), clock // _MILLISECOND


def local_date(value: int, zone: str) -> int:
    """Return the date on the wall of a zone, as an ordinal."""
    return _wall(value, zone)[0]


def local_time(value: int, zone: str) -> int:
    """Return the time on the wall of a zone, in milliseconds after midnight as the clock shows it."""
    return _wall(value, zone)[1]


def at_local(day: int, clock: int, zone: str) -> int:
    """Return the instant at which a zone's clocks show a time of a date; of two, the first."""
    midnight = datetime.combine(date.fromordinal(day), time(), tzinfo=zone_of(zone))
    return milliseconds((midnight.replace(tzinfo=None) + clock * _MILLISECOND).replace(tzinfo=zone_of(zone)))


def week_start(day: int) -> int:
    """Return the Monday of a date's week."""
    return day - date.fromordinal(day).weekday()


def weekday(day: int) -> str:
    """Return the name of a date's day; ordinals begin with a Monday."""
    return WEEKDAYS[(day - 1) % _WEEK]


def month(day: int) -> int:
    """Return the number of a date's month, from 1."""
    return date.fromordinal(day).month


def quarter(day: int) -> int:
    """Return the number of a date's quarter, from 1."""
    return (month(day) - 1) // _QUARTER + 1


def years_after(day: int, years: int) -> int | None:
    """Return the same day of another year, or its month's last; `None` where no calendar has that year."""
    before = date.fromordinal(day)
    year = before.year + years
    if not date.min.year <= year <= date.max.year:
        return None
    _, last = monthrange(year, before.month)
    return date(year, before.month, min(before.day, last)).toordinal()


def _week_number(day: int) -> int:
    """Return a number that all dates of one week have; ordinals begin with a Monday."""
    return (day - 1) // _WEEK


class Hours(Protocol):
    """When a session begins and ends."""

    @property
    def open(self) -> datetime: ...

    @property
    def close(self) -> datetime: ...


class Sessions:
    """The sessions of an exchange by date, oldest first."""

    def __init__(self, hours: Mapping[int, Hours]) -> None:
        self._hours, self._days = hours, [*hours]

    def _covers(self, *days: int) -> bool:
        return bool(self._days) and self._days[0] <= min(days) and max(days) <= self._days[-1]

    def sessions_between(self, first: int, last: int) -> int | None:
        """Return the sessions after `first` up to and including `last`; negative when `last` is earlier."""
        if not self._covers(first, last):
            return None
        return bisect_right(self._days, last) - bisect_right(self._days, first)

    def is_session(self, day: int) -> bool | None:
        """Return whether the exchange opens on a date."""
        return day in self._hours if self._covers(day) else None

    def session_open(self, day: int) -> int | None:
        """Return when a date's session opens; `None` on a day without one."""
        return milliseconds(self._hours[day].open) if day in self._hours else None

    def session_close(self, day: int) -> int | None:
        """Return when a date's session closes; `None` on a day without one."""
        return milliseconds(self._hours[day].close) if day in self._hours else None

    def next_session(self, day: int) -> int | None:
        """Return the first session after a date."""
        following = bisect_right(self._days, day)
        return self._days[following] if self._covers(day) and following < len(self._days) else None

    def _week(self, day: int) -> list[int] | None:
        start = week_start(day)
        if not self._days or not self._days[0] < start or not start + _WEEK <= self._days[-1]:
            return None
        return self._days[bisect_left(self._days, start) : bisect_left(self._days, start + _WEEK)]

    def last_session(self, day: int) -> int | None:
        """Return the last session of a date's week, when the calendar reaches beyond both its ends."""
        week = self._week(day)
        return week[-1] if week else None

    def week_sessions(self, day: int) -> int | None:
        """Return how many sessions a date's week has, when the calendar reaches beyond both its ends."""
        week = self._week(day)
        return None if week is None else len(week)

    def before(self, day: int, count: int) -> list[int] | None:
        """Return the `count` sessions before a date, oldest first."""
        end = bisect_left(self._days, day)
        return self._days[end - count : end] if self._covers(day) and end >= count else None

    def window(self, day: int, count: int, workdays: tuple[int, ...]) -> list[int] | None:
        """Return the `count` sessions before a date, oldest first; those before the calendar begins are of `workdays`.

        `None` where the calendar does not reach the date, too few sessions are known, or a whole week has none.

        Args:
            day: Itself not among them.
            count: At least 1.
            workdays: Dates for which a close was delivered, oldest first, without weekends.
        """
        if not self._covers(day):
            return None
        end = bisect_left(self._days, day)
        known = self._days[max(0, end - count) : end]
        missing = count - len(known)
        if not missing:
            return known
        begin = self._days[0]
        older = workdays[: bisect_left(workdays, begin)][-missing:]
        weeks = {_week_number(one) for one in (*older, begin)}
        if len(older) < missing or len(weeks) <= _week_number(begin) - _week_number(older[0]):
            return None
        return [*older, *known]
