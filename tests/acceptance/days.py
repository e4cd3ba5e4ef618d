"""The exchange's sessions around the day of a case."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sources.calendars import Exchange, exchange


@dataclass(frozen=True, slots=True)
class Days:
    """A day, and the sessions around it."""

    day: date
    exchange: Exchange

    def dated(self, value: object) -> Any:  # noqa: ANN401 - a date where a session was meant, else the value
        """Return the date that `{session: n}` or `{days: n}` means, after this day or before it; else the value."""
        match value:
            case {"session": int(ahead)}:
                return self.exchange.sessions[len(self._before()) + ahead].date
            case {"days": int(ahead)}:
                return self.day + timedelta(days=ahead)
            case _:
                return value

    def before(self, count: int) -> list[date]:
        """Return the dates of the last sessions before this day, oldest first."""
        return [session.date for session in self.exchange.before(self.day, count)]

    def rows(self) -> dict[date, dict[str, Any]]:
        """Return the sessions as a snapshot has them, by date."""
        return {session.date: session.model_dump() for session in self.exchange.sessions}

    def _before(self) -> tuple[object, ...]:
        return self.exchange.before(self.day, len(self.exchange.sessions))


def days(now: datetime) -> Days:
    """Return the day of an instant on the exchange's wall; a time without a zone is taken as if from there."""
    around = _around(now.date())
    there = now if now.tzinfo else now.replace(tzinfo=around.zone)
    return Days(around.day(there), around)


@cache
def _around(day: date) -> Exchange:
    return exchange(day, day)
