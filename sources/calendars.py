"""Sessions of the New York Stock Exchange, as data, always between bounds that are stated."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from engine.calendar import zone_of
from engine.facts import Calendar, Session

EXCHANGE: Final = "XNYS"
# What a snapshot carries around its dates: two weeks back, for bars; four weeks onward, for rolls.
SESSIONS_BEFORE: Final = 10
SESSIONS_BEYOND: Final = 20
# Calendar days that hold so many sessions, whatever holidays fall among them.
_MARGIN: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Exchange:
    """The sessions of a span of dates, oldest first, and the zone that its days are counted in."""

    zone: ZoneInfo
    sessions: tuple[Session, ...]

    def day(self, moment: datetime) -> date:
        """Return the exchange's date at an instant."""
        return moment.astimezone(self.zone).date()

    def last_close(self, day: date) -> datetime | None:
        """Return the close of the last session on or before a date; None before the span."""
        index = bisect_right(self.sessions, day, key=_date)
        return self.sessions[index - 1].close if index else None

    def session(self, day: date) -> Session | None:
        """Return a date's session; None when the exchange does not open, or outside the span."""
        index = bisect_left(self.sessions, day, key=_date)
        found = self.sessions[index : index + 1]
        return found[0] if found and found[0].date == day else None

    def before(self, day: date, count: int) -> tuple[Session, ...]:
        """Return the last `count` sessions before a date, oldest first; fewer where the span begins."""
        index = bisect_left(self.sessions, day, key=_date)
        return self.sessions[max(0, index - count) : index]

    def calendar(self, day: date, last: date) -> Calendar:
        """Return what a snapshot of `day` carries when its last contract expires on `last`."""
        begin = bisect_left(self.sessions, day, key=_date) - SESSIONS_BEFORE
        end = bisect_right(self.sessions, last, key=_date) + SESSIONS_BEYOND
        return Calendar(zone=self.zone.key, sessions=self.sessions[max(0, begin) : end])


@dataclass(frozen=True, slots=True)
class Moment:
    """The instant of a snapshot, among the sessions of the exchange."""

    at: datetime
    exchange: Exchange

    @property
    def day(self) -> date:
        """Return the exchange's date."""
        return self.exchange.day(self.at)


def exchange(first: date, last: date) -> Exchange:
    """Return the sessions from well before `first` to well beyond `last`, in the exchange's zone.

    Source:
        exchange_calendars, XNYS: holidays, special closures and early closes.
    """
    import exchange_calendars

    found = exchange_calendars.get_calendar(EXCHANGE, start=first - _MARGIN, end=last + _MARGIN)
    zone = zone_of(str(found.tz))

    def local(time: datetime) -> datetime:
        return datetime.fromtimestamp(time.timestamp(), UTC).astimezone(zone)

    hours = zip(found.sessions, found.opens, found.closes, strict=True)
    return Exchange(
        zone,
        tuple(Session(date=day.date(), open=local(opens), close=local(closes)) for day, opens, closes in hours),
    )


def _date(session: Session) -> date:
    return session.date
