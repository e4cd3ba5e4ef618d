"""The sessions of the past, decided one after another: what held on each, read off its verdict, and in which episodes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import groupby
from typing import Final, NamedTuple, TypeAlias

from engine.decide import decide
from engine.expr.typed import Case, Const, Within, walk
from engine.law.model import Constitution, Rule
from engine.place import Fault, LawError, Place
from engine.verdict import Verdict
from engine.wording import number
from sources.past import Memory, Past, Span

BREAKER: Final = "market.breaker"
TIER: Final = "market.hedge_tier"
VIX: Final = "market.vix"
DRAWDOWN: Final = "market.spx_drawdown"
BREADTH: Final = "market.prior_breadth"
FACTS: Final = (VIX, DRAWDOWN, BREADTH, BREAKER, TIER)
# What a person calls bad: the highest of a measure, or the lowest.
_MEASURES: Final[Mapping[str, tuple[str, Callable[..., Fraction]]]] = {
    "vix": (VIX, max),
    "spx": (DRAWDOWN, max),
    "breadth": (BREADTH, min),
}

Value: TypeAlias = Fraction | str | bool | None
Tell: TypeAlias = Callable[[float], None]


class Day(NamedTuple):
    """One session: the values of `FACTS`, and of each rule that is told whether it decided; `None` is unknown."""

    date: date
    values: Mapping[str, Value]
    decided: Mapping[str, bool | None]


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that holds on a session or does not.

    Attributes:
        group: `breaker`, `trigger`, `hedged_week` or `tier`.
        word: Which of the group; empty where there is one.
        says: The condition, where it is one of the VIX against a bound.
        bound: That bound, index points.
        cites: The items of the law.
        holds: Whether it held on a session.
        measure: The fact whose worst value is told.
        worse: Which of two of its values is the worse one.
    """

    group: str
    word: str
    says: str
    bound: Fraction | None
    cites: tuple[str, ...]
    holds: Callable[[Day], bool | None]
    measure: str
    worse: Callable[..., Fraction]

    @property
    def name(self) -> str:
        """What columns and files call it."""
        return f"{self.group}_{self.word}" if self.word else self.group


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


def things(law: Constitution) -> tuple[Thing, ...]:
    """Return what a law says of the market that holds for a while.

    Raises:
        LawError: It says nothing of the kind, or its breaker or hedge tier is no table of steps.
    """
    found = (*_steps(law, "breaker", BREAKER), *_rules(law), *_steps(law, "tier", TIER))
    if not found:
        said = f"the law has no rule that decides HedgeTrigger or HedgedWeek, no {BREAKER} and no {TIER} to tell of"
        raise LawError([Fault(_place(law), "missing-fact", said)])
    return found


def _place(law: Constitution) -> Place:
    return Place(next(iter(law.files), law.version), 1, 1)


def _steps(law: Constitution, group: str, fact: str) -> Iterator[Thing]:
    """Yield the steps of a table over the VIX but the calmest; a step holds on the sessions of a worse one too."""
    if fact not in law.derived:
        return
    derived = law.derived[fact]
    steps = [_step(law, fact, *row) for row in (derived.value.rows if isinstance(derived.value, Case) else ())]
    steps.sort(key=lambda step: step[1].lower.exact if step[1].lower else Fraction(-1))
    for place, (value, interval) in enumerate(steps):
        if interval.lower is None:
            continue
        bound, sign = interval.lower.exact, "≥" if interval.lower_in else ">"
        yield Thing(
            group=group,
            word=value if isinstance(value, str) else f"{float(value):.0%}".removesuffix("%"),
            says=f"VIX {sign} {number(bound)}",
            bound=bound,
            cites=derived.origin.cites,
            holds=_among(fact, {step for step, _ in steps[place:]}),
            measure=VIX,
            worse=max,
        )


def _step(law: Constitution, fact: str, guard: object, value: object) -> tuple[Fraction | str, Within]:
    within = next((part for part in walk(guard) if isinstance(part, Within)), None)  # type: ignore[arg-type]
    if within is None or not isinstance(value, Const):
        said = f"{fact} is no table of values over an interval of the VIX; alluse history cannot tell its steps"
        raise LawError([Fault(law.derived[fact].origin.place, "steps", said)])
    return (value.value if isinstance(value.value, str) else value.exact), within


def _among(fact: str, values: set[Fraction | str]) -> Callable[[Day], bool | None]:
    return lambda day: None if day.values[fact] is None else day.values[fact] in values


def _rules(law: Constitution) -> Iterator[Thing]:
    """Yield the triggers, each by its word, and the Hedged Week."""
    for rule in _told(law):
        word = str(rule.fields.get("trigger", ""))
        measure, worse = _MEASURES.get(word, (VIX, max))
        yield Thing(
            group="trigger" if rule.kind == "HedgeTrigger" else "hedged_week",
            word=word,
            says="",
            bound=None,
            cites=rule.origin.cites,
            holds=_decides(rule.id),
            measure=measure,
            worse=worse,
        )


def _told(law: Constitution) -> list[Rule]:
    wanted = ("HedgeTrigger", "HedgedWeek")
    rules = [rule for rule in law.rules.values() if rule.decides and rule.subject == "market"]
    return sorted((rule for rule in rules if rule.kind in wanted), key=lambda rule: wanted.index(rule.kind))


def _decides(rule: str) -> Callable[[Day], bool | None]:
    return lambda day: day.decided[rule]


def days(law: Constitution, past: Past, span: Span, tell: Tell) -> Iterator[Day]:
    """Yield the sessions of a span; all before it are decided too, for the memory that they leave.

    Args:
        law: What decides.
        past: The sessions.
        span: Which of them are told.
        tell: Hears which share is done.
    """
    memory: Memory = {}
    rules = {rule.id for rule in _told(law)}
    sessions = [session for session in past.sessions if Span(None, span.last).holds(session.date)]
    for count, session in enumerate(sessions, 1):
        verdict = decide(law, past.snapshot(session, memory))
        memory = verdict.memory or {}
        if span.holds(session.date):
            yield Day(session.date, {fact: _value(verdict, fact) for fact in FACTS}, _decided(verdict, rules))
        tell(count / len(sessions))


def _value(verdict: Verdict, fact: str) -> Value:
    law = verdict.facts.law
    if fact != VIX and fact not in law.derived:
        return None
    value = verdict.evaluator.fact(*fact.split("."), 0)
    return None if isinstance(value, frozenset) else value


def _decided(verdict: Verdict, rules: set[str]) -> dict[str, bool | None]:
    """Return of each rule whether its decision stands; `None` where its condition is unknown."""
    found: dict[str, bool | None] = dict.fromkeys(rules, False)
    for number_, _, holds, *_ in verdict.standing:
        rule = verdict.program.decides[number_]
        if rule.id in rules:
            found[rule.id] = holds
    return found


def episodes(thing: Thing, told: Sequence[Day]) -> list[Episode]:
    """Return the episodes of a thing, oldest first."""
    runs = groupby(told, key=lambda day: thing.holds(day) is True)
    return [Episode(tuple(run)) for holds, run in runs if holds]


def worst(thing: Thing, told: Sequence[Day]) -> Worst | None:
    """Return the worst value of a thing's measure on some sessions; None where none is known."""
    known = [Worst(value, day.date) for day in told if isinstance(value := day.values[thing.measure], Fraction)]
    if not known:
        return None
    value = thing.worse(one.value for one in known)
    return next(one for one in known if one.value == value)
