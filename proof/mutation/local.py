"""What a mutation makes of a snapshot where it is written, before anything follows: asked once for all that read alike.

A law is made of steps. Where each step that is written otherwise gives what it gave, and for the same reasons, nothing
else can be other.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from engine.evaluate import Blame, Evaluator, Value
from engine.expr.typed import BOOL
from engine.kleene import Kleene
from engine.rows import Facts
from engine.series import Series
from engine.subjects import given
from proof.mutation.altered import Mutation
from proof.mutation.states import State
from proof.mutation.steps import Step


@dataclass
class Local:
    """The steps that a mutation writes otherwise, with what is known of them by what they read."""

    of: Mutation
    _other: dict[Hashable, bool] = field(default_factory=dict)
    _blamed: dict[Hashable, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        base = self.of.base.steps
        self._steps = [
            (place, step, tuple(step.reads - base[place].reads), tuple(step.reads | base[place].reads))
            for place, step in self.of.steps.items()
        ]

    def differs(self, state: State) -> bool:
        """Return whether a step gives something else."""
        for place, step, more, reads in self._steps:
            key = _key(state, place, step, more, reads)
            known = None if key is None else self._other.get(key)
            if known is None:
                known = state.run(step, state.columns) != tuple(state.columns[name] for name in step.fills)
                if key is not None:
                    self._other[key] = known
            if known:
                return True
        return False

    def blames(self, state: State) -> int:
        """Return the places of the steps that leave something unknown for other reasons, as bits; nothing differs."""
        bits = 0
        for place, step, more, reads in self._steps:
            key = _key(state, place, step, more, reads)
            known = None if key is None else self._blamed.get(key)
            if known is None:
                known = self._blames(state, step)
                if key is not None:
                    self._blamed[key] = known
            if known and self._tells(state, step):
                bits |= 1 << place
        return bits

    def _blames(self, state: State, step: Step) -> bool:
        """Return whether a step blames other facts among those that it reads."""
        rows = _unknown(state, step)
        return bool(rows) and _otherwise(step, rows, *(_Near(*read) for read in self._readings(state)))

    def _tells(self, state: State, step: Step) -> bool:
        """Return whether a step blames other facts of the snapshot itself."""
        return _otherwise(step, _unknown(state, step), *(_Far(*read) for read in self._readings(state)))

    def _readings(self, state: State) -> Iterator[tuple[Facts, Kleene]]:
        for machine in (self.of.base, self.of.machine):
            yield state.facts_of(machine, state.columns), state.kleene


def _otherwise(step: Step, rows: Sequence[int], one: "_Far", other: "_Far") -> bool:
    return any(one.why(step, row) != other.why(step, row) for row in rows)


def _key(state: State, place: int, step: Step, more: tuple[str, ...], reads: tuple[str, ...]) -> Hashable:
    """Return what settles what a step gives on a state, the very objects that it reads; nothing where it is stated."""
    if state.results:
        own = id(state.results[place])
        return (own, *[id(state.columns[name]) for name in more]) if more else own
    if step.states in state.facts.stated:
        return None
    columns = state.columns
    return (place, state.sizes[step.subject], id(state.kleene), *[id(columns[name]) for name in reads])


def _unknown(state: State, step: Step) -> list[int]:
    """Return the rows of which a step leaves something unknown."""
    if not step.states:
        return [row for _, row, holds, _, _ in state.columns[step.name] if holds is None]
    return [row for row, value in enumerate(state.columns[step.states]) if value is None]


class _Far(Evaluator):
    """Says why a step leaves something unknown, as a verdict does."""

    def why(self, step: Step, row: int) -> Value:
        """Return what a step gives of a row, as it stands in the law."""
        if not step.states:
            return self.value(self.facts.law.rules[step.name.partition(":")[2]].when, self.rows(step.subject, row))
        return self._fact(step.subject, step.states.removeprefix(f"{step.subject}."), row)


class _Near(_Far):
    """Reads every fact from its column: what is unknown there is to blame itself, whatever may be behind it."""

    def fact(self, subject: str, fact: str, row: int) -> Value:
        name, law = f"{subject}.{fact}", self.facts.law
        value = self.facts.columns[name][row]
        if value is None:
            return frozenset({Blame(subject, str(row), fact)})
        of = law.derived.get(name) or law.remembered.get(name)
        kind = of.type if of is not None else given(subject)[fact].type if fact in given(subject) else BOOL
        under = self.facts.columns[f"{name}/"][row] if kind.divided else 1
        return str(value) if isinstance(value, Series) else self._exact(value, kind, under)
