"""Whether a verdict may give other reasons where nothing that it decides is other: another margin, another blame."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from engine.evaluate import Evaluator, Rows, Value
from engine.law.model import Rule
from engine.misses import Misses, misses
from proof.mutation.altered import Mutation
from proof.mutation.local import Local
from proof.mutation.states import Changes, State
from proof.mutation.trial import Said

Told: TypeAlias = tuple[object, ...] | None


def explains(said: Said, local: Local, changed: Changes) -> bool:
    """Return whether a mutant may show in the reasons of a verdict, some columns of which are others under it."""
    of = local.of
    if not of.steps:
        return False
    if changed:
        missed, opened = (_behind(of.base.behind, names, of.bits) for names in (said.missed, said.open))
        return _margins(said, of, missed, changed) or _blames(said, of, opened, changed)
    compared = _behind(of.base.compared, said.missed, of.bits)
    if compared and _margins(said, of, compared, changed):
        return True
    blamed = local.blames(said.state)
    return bool(blamed) and bool(_behind(of.base.behind, said.open, blamed))


def _behind(resting: Mapping[str, int], names: Iterable[str], bits: int) -> list[str]:
    """Return those of some rules that rest on any of some places."""
    return [name for name in names if resting[name] & bits]


def _blames(said: Said, of: Mutation, opened: Sequence[str], changed: Changes) -> bool:
    """Return whether a rule that stays open, or cannot say what it fills in, does for other facts."""
    if not opened:
        return False
    state, one = said.state, said.reading
    other = Evaluator(state.facts_of(of.machine, {**state.columns, **changed}), state.kleene)
    for name in opened:
        rule, new = of.base.law.rules[name], of.machine.law.rules[name]
        rows = (one.rows(rule.subject, row) for row in _rows(said, rule))
        if rule.kind in of.base.shared or any(_values(one, rule, at) != _values(other, new, at) for at in rows):
            return True
    return False


def _rows(said: Said, rule: Rule) -> list[int]:
    """Return the rows on which a rule stays open, or speaks."""
    if rule.decides:
        number = said.machine.program.decides.index(rule)
        return [row for found, row, *_ in said.found if found == number]
    return [row for row, holds in enumerate(said.state.columns[rule.name]) if holds is None]


def _values(reading: Evaluator, rule: Rule, rows: Rows) -> list[Value]:
    """Return what a rule asks, and what it fills in."""
    filled = (value for value in rule.fields.values() if not isinstance(value, str))
    return [reading.value(of, rows) for of in (rule.when, *filled)]


def _margins(said: Said, of: Mutation, rules: Sequence[str], changed: Changes) -> bool:
    """Return whether a requirement is missed by another margin."""
    state, base, machine = said.state, of.base, of.machine
    columns = {**state.columns, **changed}
    old, new = misses(base.law, state.program_of(base)), misses(machine.law, state.program_of(machine))
    for name in rules:
        rule, other = base.law.rules[name], machine.law.rules[name]
        rows = [row for row, holds in enumerate(state.columns[rule.name]) if holds is False]
        if any(_told(old, rule, state, state.columns, row) != _told(new, other, state, columns, row) for row in rows):
            return True
    return False


def _told(of: Misses, rule: Rule, state: State, columns: Changes, row: int) -> Told:
    """Return the margin by which a row misses a requirement, and what would have been enough."""
    margin, enough = of.margin(rule), of.enough(rule)
    miss = margin(columns, state.kleene, row) if margin else None
    amount = (of.measures.exact(miss), of.measures.known[miss[2]]) if miss else None
    wanted = enough(columns, state.kleene, row)[0] if enough else None
    return amount, None if wanted is None else Fraction(*wanted)
