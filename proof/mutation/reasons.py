"""Whether a case would be explained otherwise where everything is decided as before: another margin, another blame."""

from fractions import Fraction
from typing import TypeAlias

from engine.law.model import Rule
from engine.misses import Misses, misses
from proof.mutation.altered import Mutation
from proof.mutation.states import State
from proof.mutation.trial import Trial

Told: TypeAlias = tuple[object, ...] | None


def explains(trial: Trial, of: Mutation) -> bool:
    """Return whether a mutant may show in the reasons that a verdict on a case gives."""
    bits = sum(1 << place for place in of.steps)
    if not bits:
        return False
    rules = of.machine.law.rules
    unknown = bits & trial.unknown
    if unknown and any(of.base.behind[name] & unknown for name in trial.open):
        return True
    missed = (rules[name] for name in trial.missed if of.base.behind[name] & bits)
    return any(_differs(trial.state, of, rule) for rule in missed)


def _differs(state: State, of: Mutation, rule: Rule) -> bool:
    old, new = misses(of.base.law, of.base.program), misses(of.machine.law, of.machine.program)
    known = of.base.law.rules[rule.id]
    rows = [row for row, holds in enumerate(state.columns[rule.name]) if holds is False]
    return any(_told(old, known, state, row) != _told(new, rule, state, row) for row in rows)


def _told(of: Misses, rule: Rule, state: State, row: int) -> Told:
    """Return the margin by which a row misses a requirement, and what would have been enough."""
    margin, enough = of.margin(rule), of.enough(rule)
    miss = margin(state.columns, state.kleene, row) if margin else None
    amount = (of.measures.exact(miss), of.measures.known[miss[2]]) if miss else None
    wanted = enough(state.columns, state.kleene, row)[0] if enough else None
    return amount, None if wanted is None else Fraction(*wanted)
