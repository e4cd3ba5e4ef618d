"""Sessions of the past, decided one after another: what held on each, read off its verdict, and in which episodes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

from commands.held import FACTS, Day, Thing, Value, ruling, things
from engine.decide import Memory, decide
from engine.law.model import Constitution
from engine.verdict import Verdict
from sources.origin import Tell
from sources.past import Coverage, Past, Span


class Episode(NamedTuple):
    """Sessions in a row on which a thing held; one on which it is unknown ends it."""

    days: tuple[Day, ...]

    @property
    def first(self) -> date:
        """Return its first session."""
        return self.days[0].date

    @property
    def last(self) -> date:
        """Return its last session."""
        return self.days[-1].date


class Worst(NamedTuple):
    """The worst value of a measure, and the first session that had it."""

    value: Fraction
    date: date


@dataclass(frozen=True, slots=True)
class Chronicle:
    """The sessions of a span under a law, what is told of them, and what the files had for them."""

    law: Constitution
    things: tuple[Thing, ...]
    coverage: tuple[Coverage, ...]
    days: tuple[Day, ...]


def chronicle(law: Constitution, past: Past, span: Span, tell: Tell) -> Chronicle:
    """Return the sessions of a span, decided; all before it are decided too, for the memory that they leave.

    Args:
        law: What decides.
        past: The sessions.
        span: Which of them are told.
        tell: Hears what is being done and which share of it is done.

    Raises:
        LawError: The law says nothing of the market that holds for a while.
    """
    told = things(law)
    return Chronicle(law, told, past.coverage(span), tuple(_decided(law, past, span, tell)))


def _decided(law: Constitution, past: Past, span: Span, tell: Tell) -> Iterator[Day]:
    memory: Memory = {}
    rules = {rule.id for rule in ruling(law)}
    sessions = [session for session in past.sessions if Span(None, span.last).holds(session.date)]
    for count, session in enumerate(sessions, 1):
        verdict = decide(law, past.snapshot(session, memory))
        memory = verdict.memory or {}
        if span.holds(session.date):
            yield Day(session.date, {fact: _value(verdict, fact) for fact in FACTS}, _standing(verdict, rules))
        tell("deciding", count / len(sessions))


def _value(verdict: Verdict, fact: str) -> Value:
    """Return a fact of the market; `None` where it is unknown, or the law has none of that name."""
    facts = verdict.facts
    if f"market.{fact}" not in facts.law.derived and f"market.{fact}" not in facts.columns:
        return None
    value = verdict.evaluator.fact("market", fact, 0)
    return None if isinstance(value, frozenset) else value


def _standing(verdict: Verdict, rules: set[str]) -> dict[str, bool | None]:
    """Return of each rule whether its decision stands; `None` where nobody can say."""
    found: dict[str, bool | None] = dict.fromkeys(rules, False)
    for number, _, holds, *_ in verdict.standing:
        rule = verdict.program.decides[number]
        if rule.id in rules:
            found[rule.id] = holds
    return found


def held(thing: Thing, told: Sequence[Day]) -> list[Day]:
    """Return the sessions on which a thing held."""
    return [day for day in told if thing.holds(day)]


def episodes(thing: Thing, told: Sequence[Day]) -> list[Episode]:
    """Return the episodes of a thing, oldest first."""
    runs = groupby(told, key=lambda day: thing.holds(day) is True)
    return [Episode(tuple(run)) for holds, run in runs if holds]


def doubtful(thing: Thing, told: Sequence[Day]) -> list[Episode]:
    """Return the sessions in a row of which nobody can say whether a thing held, oldest first."""
    runs = groupby(told, key=lambda day: thing.holds(day) is None)
    return [Episode(tuple(run)) for unknown, run in runs if unknown]


def worst(thing: Thing, told: Sequence[Day]) -> Worst | None:
    """Return the worst value of a thing's measure on some sessions; None where none is known."""
    measure = thing.measure
    known = [Worst(value, day.date) for day in told if isinstance(value := day.values[measure.fact], Fraction)]
    if not known:
        return None
    value = measure.worse(one.value for one in known)
    return next(one for one in known if one.value == value)
