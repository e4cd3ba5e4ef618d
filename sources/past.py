"""The market as a snapshot would have known it at the close of each session of the past."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, Self

from engine.facts import Host, Market, Session, Snapshot, declared
from engine.place import FactError, Fault, Place
from engine.series import Series
from sources.calendars import Exchange, exchange
from sources.history import Reading
from sources.markets import CARRIED

Memory = Mapping[str, Mapping[str, Mapping[str, Any]]]


class Span(NamedTuple):
    """Dates from the first to the last, both included; `None` is open to that side."""

    first: date | None = None
    last: date | None = None

    def holds(self, day: date) -> bool:
        """Return whether a date lies in it."""
        return (self.first or day) <= day <= (self.last or day)


class Coverage(NamedTuple):
    """What a series has for some sessions.

    Attributes:
        reading: The series.
        sessions: The sessions among them that lie between its first and its last date.
        without: Those of its sessions that have no value: unknown, and nothing stands in for it.
        off: Its rows on days without a session, which are left out.
        outside: The other sessions, before it begins or after it ends: unknown too.
    """

    reading: Reading
    sessions: int
    without: tuple[date, ...]
    off: tuple[date, ...]
    outside: int


@dataclass(frozen=True, slots=True)
class Past:
    """The sessions that the VIX covers, and what was known of the market at the close of each."""

    hours: Exchange
    sessions: tuple[Session, ...]
    readings: Mapping[str, Reading]
    closes: Mapping[str, Series]
    blank: Snapshot

    @classmethod
    def of(cls, vix: Reading, spx: Reading | None, breadth: Reading | None) -> Self:
        """Return the sessions from the first to the last date of the VIX.

        Raises:
            FactError: There is no session between them.
        """
        given = {"vix": vix, "spx": spx, "breadth": breadth}
        readings = {name: reading for name, reading in given.items() if reading is not None}
        first, last = min(vix.values), max(vix.values)
        hours = exchange(min(min(reading.values) for reading in readings.values()), last)
        sessions = tuple(session for session in hours.sessions if first <= session.date <= last)
        if not sessions:
            none = f"no session between {first} and {last}; a history needs days on which the exchange opened"
            raise FactError([Fault(Place(vix.file, 1, 1), "empty", none)])
        closes = {
            f"{name}_closes": _series(f"{name}_closes", readings[name], hours)
            for name in ("vix", "spx")
            if name in readings
        }
        return cls(hours, sessions, readings, closes, _blank(sessions[0], hours))

    def snapshot(self, session: Session, memory: Memory) -> Snapshot:
        """Return the market alone, without accounts, at a session's close.

        That day's close stands for the VIX of the instant; series of closes and the breadth end with the session
        before. A value that a file lacks is unknown.
        """
        day = session.date
        changes = {
            "as_of": session.close,
            "calendar": self.hours.calendar(day, day),
            "market": Market.model_validate(self._market(session)),
            "memory": memory,
        }
        return self.blank.model_copy(update=changes).judged()

    def _market(self, session: Session) -> dict[str, Any]:
        day = session.date
        vix, breadth = self.readings["vix"].values, self.readings.get("breadth")
        found: dict[str, Any] = {"vix": vix.get(day), "vix_at": session.close if vix.get(day) is not None else None}
        for name, series in self.closes.items():
            found[name] = series.between((day - CARRIED).toordinal(), day.toordinal())
        for before in self.hours.before(day, 1):
            found |= {"vix_close": vix.get(before.date), "vix_close_date": before.date}
            if breadth is not None:
                found |= {"breadth": breadth.values.get(before.date), "breadth_date": before.date}
        return found

    def coverage(self, span: Span) -> tuple[Coverage, ...]:
        """Return what every series has for the sessions of a span."""
        days = [session.date for session in self.sessions if span.holds(session.date)]
        told = Span(days[0], days[-1]) if days else span
        return tuple(_coverage(reading, days, told, self.hours) for reading in self.readings.values())


def _blank(session: Session, hours: Exchange) -> Snapshot:
    """Return a snapshot in which nothing is known but the time."""
    return Snapshot(
        format=1,
        origin="Built by `alluse history`: the market alone, at the close of a session.",
        as_of=session.close,
        calendar=hours.calendar(session.date, session.date),
        market=Market(),
        host=Host(),
        symbols=(),
        accounts=(),
    )


def _series(fact: str, reading: Reading, hours: Exchange) -> Series:
    """Return every session between a reading's first and last date with its close, `None` where it has none."""
    own = Span(min(reading.values), max(reading.values))
    closes = {session.date: reading.values.get(session.date) for session in hours.sessions if own.holds(session.date)}
    series: Series = declared(Market)[fact].read(closes)
    return series


def _coverage(reading: Reading, days: list[date], told: Span, hours: Exchange) -> Coverage:
    own = Span(min(reading.values), max(reading.values))
    within = [day for day in days if own.holds(day)]
    off = tuple(day for day in sorted(reading.values) if told.holds(day) and hours.session(day) is None)
    without = tuple(day for day in within if reading.values.get(day) is None)
    return Coverage(reading, len(within), without, off, len(days) - len(within))
