"""The law read once more, as naively as can be: the authored YAML, exact numbers, recursion, `None` for unknown.

Of the engine it takes the models of the snapshot and the reader of YAML nodes, nothing else: what the loader, the
checker and the compiler make of the law is held against this.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from engine.facts import Snapshot
from engine.law.text import plain, read_yaml
from engine.place import Fault
from tests.oracle_language import Closes, Number, Parser, Term, Value, every, negation, some
from tests.oracle_rows import Row, Rows, exact

_INTERVAL = re.compile(r"(?:(from|above) (\S+))? ?(?:(up to|below) (\S+))?")
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Interval(NamedTuple):
    """What lies between two bounds; `None` is open."""

    low: Any
    high: Any
    low_in: bool
    high_in: bool

    def __contains__(self, value: object) -> bool:
        above = self.low is None or self.low < value or (self.low_in and self.low == value)
        below = self.high is None or value < self.high or (self.high_in and value == self.high)
        return above and below


def spoken(value: object) -> Value:
    """Return what YAML or memory says: a time in seconds, a date or an instant as the rows have it."""
    if isinstance(value, str):
        if found := _CLOCK.fullmatch(value):
            hours, minutes, seconds = (int(part or 0) for part in found.groups())
            return (hours * 60 + minutes) * 60 + seconds
        if re.fullmatch(r"-?\d+(\.\d+)?", value):
            return exact(Decimal(value))
        if re.match(r"\d{4}-\d\d-\d\d", value):
            return exact(datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value))
    return exact(value)


def _file(path: Path) -> dict[str, Any]:
    faults: list[Fault] = []
    node = read_yaml(path.read_bytes(), path.name, faults)
    assert node is not None
    assert not faults
    found: Any = plain(node)
    return dict(found)


def _kept(latch: str, fact: str, entry: Mapping[str, Any]) -> Value:
    return spoken(entry.get(latch, {}).get(fact))


class Law:
    """The sections of a folder, by what they define: each fact as a function of the oracle and a row."""

    def __init__(self, folder: Path) -> None:
        self.constants: dict[str, Any] = {}
        self.facts: dict[str, Callable[[Oracle, Row], Any]] = {}
        self.remembered: dict[str, Callable[[Mapping[str, Any]], Value]] = {}
        self.rules: dict[str, dict[str, Any]] = {}
        self.latches: dict[str, tuple[str, ...]] = {}
        self.memories: list[str] = []
        self.tickers: list[str] = []
        self._terms: dict[str, Term] = {}
        self.version = _file(folder / "constitution.yaml")
        sections = [_file(path) for path in sorted(folder.glob("[0-9]*.yaml"))]
        for section in sections:
            for name, parameter in section.get("parameters", {}).items():
                self.constants[name] = self._parameter(**parameter)
            for ladder in section.get("ladders", {}).values():
                self.constants |= {level["name"]: int(level["level"]) for level in ladder["levels"]}
        forms = (self.fact, self.table, self.ladder, self.latch, self.memory, self.pick)
        for section in sections:
            for form, define in zip(("facts", "tables", "ladders", "latches", "memories", "picks"), forms, strict=True):
                for name, definition in section.get(form, {}).items():
                    define(name, definition)
            self.rules |= section.get("rules", {})
        for name, rule in self.rules.items():
            if "require" in rule:
                self.fact(f"{rule['for']}.{name}", {"value": rule["when"]})

    def _parameter(self, value: Any, unit: str, **_: object) -> object:  # noqa: ANN401 - as YAML has it
        if isinstance(value, list):
            self.tickers += value if unit == "ticker" else []
            return tuple(spoken(item) for item in value)
        return value if unit in ("ticker", "symbol", "text") else self._interval(value) or spoken(value)

    def _interval(self, text: object) -> Interval | None:
        found = _INTERVAL.fullmatch(str(text))
        if not found or not any(found.groups()):
            return None
        low, high = (self._bound(end) if end else None for end in found.group(2, 4))
        return Interval(low, high, found[1] == "from", found[3] == "up to")

    def _bound(self, text: str) -> object:
        return self.constants[text] if text in self.constants else spoken(text)

    def term(self, text: object) -> Term:
        """Return an expression as a function of the oracle and the rows in sight."""
        source = str(text).lower() if isinstance(text, bool) else str(text)
        if source not in self._terms:
            self._terms[source] = Parser(source, self.constants).whole()
        return self._terms[source]

    def fact(self, name: str, fact: dict[str, Any]) -> None:
        value, positive = self.term(fact["value"]), fact.get("positive", False)

        def define(oracle: "Oracle", row: Row) -> Value:
            found: Any = value(oracle, row.env)
            return None if positive and found is not None and found <= 0 else found

        self.facts[name] = define

    def table(self, name: str, table: dict[str, Any]) -> None:
        columns = {column: self.term(text) for column, text in table["by"].items()}
        rows = [
            (
                [self._cell(cell, columns[column]) for column, cell in row.items() if column != "then"],
                self._then(table, row["then"]),
            )
            for row in table["rows"]
        ]
        otherwise = self._then(table, table["otherwise"]) if table.get("otherwise", "unknown") != "unknown" else None

        def define(oracle: "Oracle", row: Row) -> Any:  # noqa: ANN401 - any value
            doubt = False
            for cells, then in rows:
                applies = every(cell(oracle, row.env) for cell in cells)
                if applies:
                    return then(oracle, row.env)
                doubt = doubt or applies is None
                if doubt and table["hit"] == "first":
                    return None
            return None if doubt or otherwise is None else otherwise(oracle, row.env)

        self.facts[name] = define

    def _then(self, table: dict[str, Any], text: object) -> Term:
        return (lambda *_: text) if table.get("unit") == "symbol" else self.term(text)

    def _cell(self, cell: Any, column: Term) -> Term:  # noqa: ANN401 - as YAML has it
        wanted = (
            tuple(cell) if isinstance(cell, list) else self._interval(cell) or self.constants.get(cell, spoken(cell))
        )

        def test(oracle: "Oracle", env: Mapping[str, Row]) -> bool | None:
            value = column(oracle, env)
            if cell == "any" or value is None:
                return True if cell == "any" else None
            if isinstance(wanted, tuple):
                return value in wanted
            return bool(value == (cell if isinstance(value, str) and not isinstance(wanted, str) else wanted))

        return test

    def ladder(self, name: str, ladder: dict[str, Any]) -> None:
        applies = self.term(ladder["applies"])
        rungs = [
            (int(level["level"]), self.term(re.sub(r"\brung\b", level["rung"], ladder["crossed"])))
            for level in reversed(ladder["levels"][1:])
        ]

        def define(oracle: "Oracle", row: Row) -> Value:
            applied = applies(oracle, row.env)
            if not applied:
                return None if applied is None else 0
            for level, crossed in rungs:
                there = crossed(oracle, row.env)
                if there is not False:
                    return level if there else None
            return 0

        self.facts[name] = define

    def latch(self, name: str, latch: dict[str, Any]) -> None:
        fact = name.split(".")[1]
        self.remembered[f"{name}_before"] = lambda entry: fact in entry
        held, sets, clears = (self.term(text) for text in (f"{name}_before", latch["set"], latch["clear"]))

        def define(oracle: "Oracle", row: Row) -> bool | None:
            stays = every((held(oracle, row.env), negation(clears(oracle, row.env))))
            return some((sets(oracle, row.env), stays))

        self.facts[name] = define
        self.latches[name] = tuple(latch.get("keeps", ()))
        for kept, now in latch.get("keeps", {}).items():
            before = f"{name}_{kept}_before"
            self.remembered[before] = partial(_kept, fact, kept)
            row = {"held": True, "again": False, "then": before}
            by = {"held": f"{name}_before", "again": latch["set"]}
            self.table(f"{name}_{kept}", {"hit": "first", "by": by, "rows": [row], "otherwise": now})

    def memory(self, name: str, memory: dict[str, Any]) -> None:
        fact = name.split(".")[1]
        self.memories.append(name)
        self.remembered[name] = lambda entry: spoken(entry.get(fact, memory.get("initial")))
        self.fact(f"{name}_next", {"value": memory["next"]})

    def pick(self, name: str, pick: dict[str, Any]) -> None:
        when, where, *order = (self.term(text) for text in (pick["when"], pick["where"], *pick["order_by"]))
        owner = pick["among"].split(".")[0]

        def choose(oracle: "Oracle", row: Row) -> tuple[Row | None, bool | None]:
            wanted, offered = when(oracle, row.env), row.env[owner].lists["candidates"]
            if not wanted or offered is None:
                return None, False if wanted is False else None
            doubt, best = False, []
            for number, candidate in enumerate(offered):
                env = {**row.env, "candidate": candidate}
                fits = where(oracle, env)
                key = [part(oracle, env) for part in order] if fits is not False else []
                if fits and None not in key:
                    best.append((key, number))
                doubt = doubt or fits is None or None in key
            return (offered[min(best)[1]], True) if best else (None, None if doubt else False)

        self.facts[name] = lambda oracle, row: choose(oracle, row)[0]
        self.facts[f"{name}_found"] = lambda oracle, row: choose(oracle, row)[1]


class Oracle:
    """The law on one snapshot. A function of the language is `ask_` and its name."""

    def __init__(self, law: Law, snapshot: Snapshot) -> None:
        self.law = law
        self.rows = Rows(snapshot, law.tickers)
        self.memory = snapshot.memory
        self.sessions = {exact(one.date): (exact(one.open), exact(one.close)) for one in snapshot.calendar.sessions}
        self.days: list[Any] = list(self.sessions)
        for assumption in snapshot.assume:
            subject, rest = assumption.fact.split(".", 1)
            id_, _, fact = rest.rpartition(".")
            for row in self.rows.of(subject):
                if id_ in ("", row.id):
                    row.given[fact] = spoken(assumption.value)

    def value(self, text: object, row: Row) -> Any:  # noqa: ANN401 - any value, or the row of a pick
        """Return what an expression says of a row."""
        return self.law.term(text)(self, row.env)

    def fact(self, row: Row, fact: str) -> Any:  # noqa: ANN401 - any value, or the row of a pick
        """Return a fact of a row: given or assumed, remembered, or derived."""
        if fact in row.given:
            return row.given[fact]
        if fact not in row.derived:
            name = f"{row.subject}.{fact}"
            if name in self.law.remembered:
                entry = None if self.memory is None else self.memory.get(row.subject, {}).get(row.id or "-", {})
                row.derived[fact] = None if entry is None else self.law.remembered[name](entry)
            else:
                row.derived[fact] = self.law.facts[name](self, row)
        return row.derived[fact]

    def _reaches(self, *days: int) -> bool:
        return bool(self.days) and all(self.days[0] <= day <= self.days[-1] for day in days)

    def _week(self, day: int) -> list[int] | None:
        """Return the sessions of a date's week, where the calendar reaches beyond both its ends."""
        monday = self.ask_week_start(day)
        if not self.days or self.days[0] >= monday or self.days[-1] < monday + 7:
            return None
        return [other for other in self.days if monday <= other < monday + 7]

    def mean_true_range(self, bars: list[Row] | None, day: int | None, count: int) -> Fraction | None:
        if bars is None or day is None or not self._reaches(day):
            return None
        by_day: dict[Any, Any] = {bar.given["date"]: bar.given for bar in bars}
        wanted = [other for other in self.days if other < day][-int(count) - 1 :]
        given = [bar.given["date"] for bar in bars]
        if len(wanted) <= count or any(given.count(other) != 1 for other in wanted):
            return None
        total = Fraction(0)
        for earlier, later in pairwise(wanted):
            close, high, low = by_day[earlier]["close"], by_day[later]["high"], by_day[later]["low"]
            if close is None or high is None or low is None:
                return None
            total += max(high - low, abs(high - close), abs(low - close))
        return total / count

    def ask_sessions_between(self, first: int, last: int) -> int | None:
        if not self._reaches(first, last):
            return None
        return sum(1 for day in self.days if day <= last) - sum(1 for day in self.days if day <= first)

    def ask_is_session(self, day: int) -> bool | None:
        return day in self.sessions if self._reaches(day) else None

    def ask_session_open(self, day: int) -> Value:
        return self.sessions.get(day, (None, None))[0]

    def ask_session_close(self, day: int) -> Value:
        return self.sessions.get(day, (None, None))[1]

    def ask_last_session(self, day: int) -> int | None:
        week = self._week(day)
        return week[-1] if week else None

    def ask_week_sessions(self, day: int) -> int | None:
        week = self._week(day)
        return None if week is None else len(week)

    def ask_week_start(self, day: int) -> int:
        return day - (day - 1) % 7  # the first of January of the year one was a Monday

    def ask_next_session(self, day: int) -> int | None:
        later = [other for other in self.days if other > day]
        return later[0] if later and self._reaches(day) else None

    def ask_month(self, day: int) -> int:
        return date.fromordinal(day).month

    def ask_quarter(self, day: int) -> int:
        return math.ceil(Fraction(date.fromordinal(day).month, 3))

    def ask_years_after(self, day: int, years: int) -> int | None:
        before = date.fromordinal(day)
        year = before.year + years
        if year not in range(1, 10_000):
            return None
        if (before.month, before.day) == (2, 29):  # the last of February, whichever that is
            return date(year, 3, 1).toordinal() - 1
        return before.replace(year=year).toordinal()

    def closes(self, series: Closes, day: int, count: int) -> list[Fraction] | None:
        """Walk back from a date, week by week: before the calendar begins, a session is a weekday with a close."""
        if not self._reaches(day):
            return None
        begin, monday = self.days[0], self.ask_week_start(day)
        sessions: list[int] = []
        while len(sessions) < count:
            week = [other for other in range(monday + 6, monday - 1, -1) if other < day]
            old = [other for other in week if other < begin and other in series and other < monday + 5]
            if not old and monday + 7 <= begin:
                return None
            sessions += [other for other in week if other in self.sessions] + old
            monday -= 7
        found = [series.get(other) for other in sessions[:count]]
        return None if None in found else [close for close in found if close is not None]

    def ask_lowest_close(self, series: Closes, day: int, count: int) -> Fraction | None:
        found = self.closes(series, day, count)
        return None if found is None else min(found)

    def ask_highest_close(self, series: Closes, day: int, count: int) -> Fraction | None:
        found = self.closes(series, day, count)
        return None if found is None else max(found)

    def ask_weekday(self, day: int) -> str:
        return _DAYS[(day - 1) % 7]

    def _there(self, instant: Number, zone: str) -> datetime:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(instant * 1000))).astimezone(
            ZoneInfo(zone)
        )

    def ask_local_date(self, instant: Number, zone: str) -> Value:
        return exact(self._there(instant, zone).date())

    def ask_local_time(self, instant: Number, zone: str) -> Fraction:
        clock = self._there(instant, zone)
        return clock.hour * 3600 + clock.minute * 60 + clock.second + Fraction(clock.microsecond, 10**6)

    def ask_at_local(self, day: int, clock: Number, zone: str) -> Value:
        wall = datetime.combine(date.fromordinal(day), time()) + timedelta(milliseconds=int(clock * 1000))
        return exact(wall.replace(tzinfo=ZoneInfo(zone)))

    def ask_next_version(self, name: str) -> str:
        found = re.fullmatch(r"(.+)\.v(\d+)", name)
        return f"{found[1]}.v{int(found[2]) + 1}" if found else f"{name}.v2"

    def ask_lower(self, interval: Interval) -> object:
        return interval.low

    def ask_upper(self, interval: Interval) -> object:
        return interval.high

    def ask_middle(self, interval: Interval) -> Fraction:
        return Fraction(interval.low + interval.high) / 2

    def ask_size(self, words: tuple[str, ...]) -> int:
        return len(words)

    def ask_rank(self, word: str, words: tuple[str, ...]) -> int:
        places = [*words, word]
        return places.index(word)

    def ask_abs(self, value: Number) -> Number:
        return max(value, -value)

    def ask_min(self, *values: Number) -> Number:
        return min(map(Fraction, values))

    def ask_max(self, *values: Number) -> Number:
        return max(map(Fraction, values))

    def ask_mean(self, *values: Number) -> Number:
        return sum(map(Fraction, values), Fraction(0)) / len(values)

    def ask_floor(self, value: Number, step: Number = 1) -> Number:
        return math.floor(Fraction(value) / step) * step

    def ask_ceil(self, value: Number, step: Number = 1) -> Number:
        return math.ceil(Fraction(value) / step) * step
