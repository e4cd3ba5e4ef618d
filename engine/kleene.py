"""What generated code calls: folds over values some of which are unknown, and questions to the calendar."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from engine import calendar
from engine.calendar import Sessions
from engine.series import Series


class Kleene:
    """Folds and questions that answer `None` where a fact, or the calendar, leaves them open."""

    def __init__(self, sessions: Sessions) -> None:
        """Ask the calendar once for each distinct question: a chain has many contracts and few dates."""
        self.sessions_between = cache(sessions.sessions_between)
        self.is_session = cache(sessions.is_session)
        self.session_open = cache(sessions.session_open)
        self.session_close = cache(sessions.session_close)
        self.last_session = cache(sessions.last_session)
        self.week_sessions = cache(sessions.week_sessions)
        self.next_session = cache(sessions.next_session)
        self.week_start = cache(calendar.week_start)
        self.window = cache(sessions.window)
        self._before = sessions.before

    local_date = staticmethod(calendar.local_date)
    local_time = staticmethod(calendar.local_time)
    at_local = staticmethod(calendar.at_local)
    weekday = staticmethod(calendar.weekday)
    month = staticmethod(calendar.month)
    quarter = staticmethod(calendar.quarter)
    years_after = staticmethod(calendar.years_after)

    @staticmethod
    def next_version(name: str) -> str:
        """Return an order id with its version counted up: `A.v1` becomes `A.v2`."""
        stem, _, number = name.rpartition(".v")
        return f"{stem}.v{int(number) + 1}" if stem and number.isdigit() else f"{name}.v2"

    @staticmethod
    def exists(values: Iterator[bool | None]) -> bool | None:
        """Return true if one is, else unknown if one is."""
        result: bool | None = False
        for value in values:
            if value:
                return True
            if value is None:
                result = None
        return result

    @staticmethod
    def all(values: Iterator[bool | None]) -> bool | None:
        """Return false if one is, else unknown if one is."""
        result: bool | None = True
        for value in values:
            if value is None:
                result = None
            elif not value:
                return False
        return result

    @staticmethod
    def sum(values: Iterator[int | None]) -> int | None:
        """Return the sum, unknown if one is."""
        total = 0
        for value in values:
            if value is None:
                return None
            total += value
        return total

    count = sum  # noqa: A003 - the language's own words

    def lowest_close(self, series: Series, today: int, count: int) -> int | None:
        """Return the lowest close of the last `count` sessions before a date, unknown unless every one is there."""
        closes = self._closes(series, today, count)
        return None if closes is None else min(closes)

    def highest_close(self, series: Series, today: int, count: int) -> int | None:
        """Return the highest close of the last `count` sessions before a date, unknown unless every one is there."""
        closes = self._closes(series, today, count)
        return None if closes is None else max(closes)

    def _closes(self, series: Series, today: int, count: int) -> list[int] | None:
        days = self.window(today, count, series.workdays)
        return None if days is None else series.over(days)

    def mean_true_range(  # noqa: PLR0913, PLR0917 - a list as columns, then what is asked of it
        self,
        rows: list[int],
        days: list[int | None],
        highs: list[int | None],
        lows: list[int | None],
        closes: list[int | None],
        today: int,
        count: int,
    ) -> int | None:
        """Return the sum of the last `count` true ranges before a date, unknown unless every session is there once."""
        wanted = self._before(today, count + 1)
        by_day = {days[row]: row for row in rows}
        twice = Counter(days[row] for row in rows)
        if wanted is None or any(twice[day] != 1 for day in wanted):
            return None
        total = 0
        for earlier, day in pairwise(wanted):
            row, close = by_day[day], closes[by_day[earlier]]
            high, low = highs[row], lows[row]
            if high is None or low is None or close is None:
                return None
            total += max(high, close) - min(low, close)
        return total
