"""A history as people and programs read it: tables, JSON, CSV."""

import csv
import json
from collections.abc import Iterator, Sequence
from fractions import Fraction
from io import StringIO
from typing import Any, Final

from rich.console import RenderableType
from rich.text import Text

from commands.chronicle import Chronicle, Episode, episodes, held, worst
from commands.held import BREADTH, DRAWDOWN, FACTS, VIX, Day, Thing, Value, said
from commands.plot import titled
from commands.render import cited, dim, present, table
from engine.evaluate import decimal
from engine.expr.units import UNITS
from sources.past import Coverage

_FORMAT: Final = 1
_LISTED: Final = 4


def tables(told: Chronicle, *, spells: bool, daily: bool) -> list[RenderableType]:
    """Return what a person reads of a history, from the top; `spells` lists episodes, `daily` sessions."""
    coverage = Text("\n").join([_covered(found) for found in told.coverage])
    lists = (_spells(told) if spells else None, _daily(told) if daily else None)
    return [_heading(told), *present(coverage, _summary(told), _note(told), *lists)]


def _heading(told: Chronicle) -> Text:
    law, days = told.law, told.days
    text = Text(f"Constitution {law.version}", style="bold")
    text.append(f" ({law.status}) {law.bytes_digest[:12]}", style="dim" if law.status == "ratified" else "yellow")
    span = f"\n{len(days):,} sessions, {days[0].date} to {days[-1].date}"
    text.append(span, style="bold")
    text.append("\nEach decided at its close: the market alone, that day's close as its VIX, no account.", style="dim")
    return text


def _covered(found: Coverage) -> Text:
    reading = found.reading
    text = Text(f"{reading.name}: ", style="bold").append(f"{reading.file}, {reading.column}: ", style="not bold")
    value = "value" if reading.name == "breadth" else "close"
    parts = [f"{_counted(found.sessions, 'session')}"]
    if found.off:
        parts.append(f"{_counted(len(found.off), 'row')} on days without a session")
    if found.without:
        days = ", ".join(str(day) for day in found.without[:_LISTED]) + ", …" * (len(found.without) > _LISTED)
        parts.append(f"{_counted(len(found.without), 'session')} without a {reading.name} {value} ({days})")
    if found.outside:
        parts.append(f"{_counted(found.outside, 'session')} before it begins or after it ends")
    if reading.repeated:
        parts.append(f"{_counted(reading.repeated, 'row')} said twice")
    if reading.rounded:
        parts.append(f"{_counted(reading.rounded, 'value')} rounded half to even")
    return text.append(", ".join(parts), style="not bold")


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _summary(told: Chronicle) -> RenderableType | None:
    columns = ("what", "when", "#sessions", "#episodes", "first", "last", "#longest", "worst", "#unknown", "law")
    return table("What held", columns, (_row(told, thing) for thing in told.things))


def _row(told: Chronicle, thing: Thing) -> list[RenderableType]:
    days, spells = held(thing, told.days), episodes(thing, told.days)
    unknown = sum(thing.holds(day) is None for day in told.days)
    return [
        titled(thing),
        thing.says,
        f"{len(days):,}",
        f"{len(spells):,}",
        str(days[0].date) if days else "",
        str(days[-1].date) if days else "",
        f"{max(len(spell.days) for spell in spells):,}" if spells else "",
        _worst(thing, days),
        f"{unknown:,}" if unknown else "",
        dim(cited(thing.cites)),
    ]


def _worst(thing: Thing, days: Sequence[Day]) -> str:
    found = worst(thing, days)
    return f"{said(thing.measure.fact, found.value)} on {found.date}" if found else ""


def _note(told: Chronicle) -> Text:
    """Return how the table is read."""
    triggers = "A trigger holds on the sessions that it is decided on: it reads the closes and the breadth before them."
    steps = "A session of a higher breaker or tier counts for the lower ones too."
    return dim(f"{steps}\n{triggers}" if any(thing.group == "trigger" for thing in told.things) else steps)


def _spells(told: Chronicle) -> RenderableType | None:
    rows = (
        (titled(thing), str(spell.first), str(spell.last), str(len(spell.days)), _worst(thing, spell.days))
        for thing in told.things
        for spell in episodes(thing, told.days)
    )
    return table("Episodes", ("what", "first", "last", "#sessions", "worst"), rows)


def _daily(told: Chronicle) -> RenderableType | None:
    rows = (
        (str(day.date), *(_cell(fact, day.values[fact]) for fact in (VIX, DRAWDOWN, BREADTH)), ", ".join(names))
        for day in told.days
        if (names := [titled(thing) for thing in told.things if thing.holds(day)])
    )
    return table("Sessions", ("session", "#VIX", "#S&P 500 fall", "#breadth", "what held"), rows)


def _cell(fact: str, value: Value) -> str:
    return said(fact, value) if isinstance(value, Fraction) else "unknown"


def as_json(told: Chronicle) -> str:
    """Return the whole history: numbers as decimals in text, what is unknown as null."""
    law = told.law
    found = {
        "format": _FORMAT,
        "law": {"version": law.version, "status": law.status, "digest": law.bytes_digest},
        "series": [_written_coverage(one) for one in told.coverage],
        "things": [_written_thing(told, thing) for thing in told.things],
        "sessions": [_written_day(told, day) for day in told.days],
    }
    return json.dumps(found, ensure_ascii=False, indent=1, default=str)


def _written_coverage(found: Coverage) -> dict[str, Any]:
    reading = found.reading
    return {
        "name": reading.name,
        "file": reading.file,
        "column": reading.column,
        "sessions": found.sessions,
        "without_value": found.without,
        "rows_without_session": found.off,
        "sessions_outside": found.outside,
        "repeated": reading.repeated,
        "rounded": reading.rounded,
    }


def _written_thing(told: Chronicle, thing: Thing) -> dict[str, Any]:
    return {
        "name": thing.name,
        "means": thing.means,
        "when": thing.says,
        "cites": thing.cites,
        "sessions": len(held(thing, told.days)),
        "unknown": sum(thing.holds(day) is None for day in told.days),
        "episodes": [_written_episode(thing, spell) for spell in episodes(thing, told.days)],
    }


def _written_episode(thing: Thing, spell: Episode) -> dict[str, Any]:
    found = worst(thing, spell.days)
    ends = {"first": spell.first, "last": spell.last, "sessions": len(spell.days)}
    return ends | ({"worst": _plain(found.value), "worst_on": found.date} if found else {})


def _written_day(told: Chronicle, day: Day) -> dict[str, Any]:
    """Return a session: the facts, and whether each trigger and the Hedged Week held; steps are in the facts."""
    values = {fact: _plain(day.values[fact]) for fact in FACTS}
    ruled = (thing for thing in told.things if thing.group in ("trigger", "hedged_week"))
    return {"date": day.date, **values, **{thing.name: thing.holds(day) for thing in ruled}}


def _plain(value: Value) -> str | bool | None:
    return f"{decimal(value, UNITS['ratio'].scale):f}" if isinstance(value, Fraction) else value


def as_csv(told: Chronicle) -> str:
    """Return every session as a line below a header; what is unknown is empty."""
    rows = [*_lines(told)]
    stream = StringIO()
    writer = csv.DictWriter(stream, [*rows[0]], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def _lines(told: Chronicle) -> Iterator[dict[str, Any]]:
    for day in told.days:
        written = _written_day(told, day)
        yield {name: str(value).lower() if isinstance(value, bool) else value for name, value in written.items()}
