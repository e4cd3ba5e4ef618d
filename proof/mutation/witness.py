"""A snapshot on which a mutant decides otherwise: what a case would have to give, so that it is noticed."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.verdict import Verdict
from proof.mutation.altered import Mutation
from proof.mutation.machine import Machine
from proof.mutation.states import Memo, State
from proof.mutation.trial import Trial
from proof.mutation.vary import Draw, Move, Pool, moved, moves


@dataclass(frozen=True)
class Witness:
    """A case and the facts that would have to be others in it, as few as possible."""

    trial: Trial
    moves: tuple[Move, ...]


@dataclass
class Search:
    """Where to look for witnesses: the cases of a law, and what their facts may be moved to."""

    machine: Machine
    memo: Memo
    trials: Sequence[Trial]
    pool: Pool

    def witness(self, of: Mutation, seed: str, section: str, tries: int) -> Witness | None:
        """Return the first of so many snapshots on which a law decides otherwise; cases of its section come first."""
        draw = Draw(seed)
        near = [trial for trial in self.trials if trial.section == section] or self.trials
        for trial in (*near, *self.trials):
            if self.differs(of, trial.state, ()):
                return Witness(trial, ())
        columns = self.columns(of)
        for _ in range(tries):
            trial = draw.one(near if draw.below(_NEAR) else self.trials)
            found = moves(draw, trial.state, self.pool, columns)
            if self.differs(of, trial.state, found):
                return Witness(trial, self._least(of, trial.state, found))
        return None

    def columns(self, of: Mutation) -> list[str]:
        """Return the facts on which what is written otherwise rests; all where it is no step."""
        bits = 0
        for place in of.steps:
            bits |= self.machine.upstream[place]
        read = {name for place, step in enumerate(self.machine.steps) if bits >> place & 1 for name in step.reads}
        return [name for name in self.pool.values if name in read] or [*self.pool.values]

    def differs(self, of: Mutation, state: State, found: Sequence[Move]) -> bool:
        """Return whether a law decides otherwise on a snapshot of which some facts are others."""
        there = moved(self.machine, self.memo, state, found) if found else state
        changed = of.changes(there)
        if of.steps and not of.shows(changed):
            return False
        return told(there.verdict(self.machine)) != told(there.verdict(of.machine, changed))

    def _least(self, of: Mutation, state: State, found: tuple[Move, ...]) -> tuple[Move, ...]:
        for move in found:
            less = tuple(other for other in found if other is not move)
            if self.differs(of, state, less):
                return self._least(of, state, less)
        return found


_NEAR = 4


def told(verdict: Verdict) -> bytes:
    """Return everything that a verdict says, or why it cannot be said."""
    try:
        return verdict.canonical()
    except ValueError as error:
        return str(error).encode()
