"""What a law says of the market that holds for a while, with its bounds: breakers, triggers, Hedged Week, tiers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, NamedTuple, TypeAlias

from engine.expr.typed import Case, Compare, Const, Read, Typed, Within, walk
from engine.law.model import Constitution, Rule
from engine.place import Fault, LawError, Place
from engine.wording import number

BREAKER: Final = "breaker"
TIER: Final = "hedge_tier"
VIX: Final = "vix"
CLOSE: Final = "vix_close"
DRAWDOWN: Final = "spx_drawdown"
BREADTH: Final = "prior_breadth"
FACTS: Final = (VIX, CLOSE, DRAWDOWN, BREADTH, BREAKER, TIER)
_KINDS: Final = ("HedgeTrigger", "HedgedWeek")
_SIGNS: Final = {">": ">", ">=": "≥", "<": "<", "<=": "≤"}

Value: TypeAlias = Fraction | str | bool | None


class Day(NamedTuple):
    """One session: the market's `FACTS`, and of each rule that is told whether it decided; `None` is unknown."""

    date: date
    values: Mapping[str, Value]
    decided: Mapping[str, bool | None]


class Measure(NamedTuple):
    """What a thing is held to.

    Attributes:
        fact: The fact whose worst value is told.
        worse: Which of two values is the worse one.
        called: What a person calls it.
        drawn: The fact in whose picture its bound is drawn.
    """

    fact: str
    worse: Callable[..., Fraction]
    called: str
    drawn: str


_POINTS: Final = Measure(VIX, max, "VIX", VIX)
_MEASURES: Final[Mapping[str, Measure]] = {
    "vix": Measure(CLOSE, max, "VIX closes", VIX),
    "spx": Measure(DRAWDOWN, max, "S&P 500 fall", DRAWDOWN),
    "breadth": Measure(BREADTH, min, "breadth", BREADTH),
}


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that holds on a session or does not.

    Attributes:
        group: `breaker`, `trigger`, `hedged_week` or `tier`.
        word: Which of the group; empty where there is one.
        means: What it is, in the law's words.
        says: The condition as `VIX > 50`, where it compares with a bound.
        bound: That bound, in the unit of the measure.
        cites: The items of the law.
        measure: Whose worst value is told.
        holds: Whether it held on a session.
    """

    group: str
    word: str
    means: str
    says: str
    bound: Fraction | None
    cites: tuple[str, ...]
    measure: Measure
    holds: Callable[[Day], bool | None]

    @property
    def name(self) -> str:
        """What files call it."""
        return f"{self.group}_{self.word}" if self.word else self.group


def things(law: Constitution) -> tuple[Thing, ...]:
    """Return what a law says of the market that holds for a while.

    Raises:
        LawError: It says nothing of the kind, or its breaker or hedge tier is no table of steps.
    """
    found = (*_steps(law, "breaker", BREAKER), *map(_ruled(law), ruling(law)), *_steps(law, "tier", TIER))
    if not found:
        none = f"the law decides no {' and no '.join(_KINDS)}, and has no market.{BREAKER} and no market.{TIER}"
        raise LawError([Fault(Place(next(iter(law.files), law.version), 1, 1), "missing-fact", none)])
    return found


def ruling(law: Constitution) -> list[Rule]:
    """Return the rules of a law that decide on a trigger or a Hedged Week."""
    rules = [rule for rule in law.rules.values() if rule.decides and rule.subject == "market" and rule.kind in _KINDS]
    return sorted(rules, key=lambda rule: _KINDS.index(rule.kind))


def said(fact: str, value: Fraction) -> str:
    """Return a value as a person reads it: points of the VIX, or a percentage with at most two decimals."""
    return number(value) if fact in (VIX, CLOSE) else f"{f'{float(value):.2%}'[:-1].rstrip('0').rstrip('.')}%"


def _says(measure: Measure, operator: str, bound: Fraction) -> str:
    return f"{measure.called} {_SIGNS[operator]} {said(measure.fact, bound)}"


def _steps(law: Constitution, group: str, fact: str) -> Iterator[Thing]:
    """Yield the steps of a table over the VIX but the calmest; a step holds on the sessions of a worse one too."""
    derived = law.derived.get(f"market.{fact}")
    if derived is None:
        return
    rows = derived.value.rows if isinstance(derived.value, Case) else ()
    steps = [step for guard, value in rows if (step := _step(guard, value))]
    if len(steps) != len(rows) or not steps:
        other = f"{derived.name} is no table of values over intervals of the VIX, so its steps cannot be told"
        raise LawError([Fault(derived.origin.place, "steps", other)])
    above = sorted((step for step in steps if step.lower is not None), key=lambda step: step.lower or 0)
    for place, step in enumerate(above):
        bound = step.lower or Fraction(0)
        yield Thing(
            group=group,
            word=step.value if isinstance(step.value, str) else said(fact, step.value).removesuffix("%"),
            means=derived.origin.means,
            says=_says(_POINTS, step.operator, bound),
            bound=bound,
            cites=derived.origin.cites,
            measure=_POINTS,
            holds=_among(fact, {worse.value for worse in above[place:]}),
        )


class _Step(NamedTuple):
    """One row of such a table: what it gives, and where it begins."""

    value: Fraction | str
    lower: Fraction | None
    operator: str


def _step(guard: Typed, value: Typed) -> _Step | None:
    within = next((part for part in walk(guard) if isinstance(part, Within)), None)
    if within is None or not isinstance(value, Const):
        return None
    gives = value.value if isinstance(value.value, str) else value.exact
    return _Step(gives, within.lower.exact if within.lower else None, ">=" if within.lower_in else ">")


def _among(fact: str, values: set[Fraction | str]) -> Callable[[Day], bool | None]:
    return lambda day: None if day.values[fact] is None else day.values[fact] in values


def _ruled(law: Constitution) -> Callable[[Rule], Thing]:
    """Return what makes a thing of a rule: a trigger by its word, or the Hedged Week."""

    def thing(rule: Rule) -> Thing:
        word = str(rule.fields.get("trigger", ""))
        measure = _MEASURES.get(word, _POINTS)
        defined = law.derived.get(f"market.{rule.when.fact}") if isinstance(rule.when, Read) else None
        says, bound = _bounded(measure, defined.value if defined else rule.when) if word else ("", None)
        return Thing(
            group="trigger" if word else "hedged_week",
            word=word,
            means=defined.origin.means if defined else rule.origin.means,
            says=says,
            bound=bound,
            cites=rule.origin.cites,
            measure=measure,
            holds=lambda day: day.decided[rule.id],
        )

    return thing


def _bounded(measure: Measure, test: Typed) -> tuple[str, Fraction | None]:
    """Return a comparison with a parameter in words, and the parameter."""
    match test:
        case Compare(operator=operator, right=Const() as right) if operator in _SIGNS:
            return _says(measure, operator, right.exact), right.exact
        case _:
            return "", None
