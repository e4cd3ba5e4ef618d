"""Mutants that are said to decide as the law does: each is held against snapshots that nobody wrote."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.verdict import Verdict
from proof.mutation.altered import Mutation
from proof.mutation.reasons import explains
from proof.mutation.states import Memo
from proof.mutation.trial import Trial
from proof.mutation.vary import Draw, Move, moved, moves
from proof.mutation.witness import Search, told


@dataclass(frozen=True, slots=True)
class Broken:
    """A mutant that is no equivalent: the case, and the facts moved in it, on which it decides otherwise."""

    id: str
    case: str
    moves: tuple[Move, ...]

    def told(self) -> str:
        """Return what is moved, as columns and rows."""
        return ", ".join(f"{column}[{row}] = {value}" for column, row, value in self.moves) or "nothing moved"


def broken(search: Search, claimed: Mapping[str, Mutation], seeds: Iterable[int]) -> Iterator[Broken]:
    """Yield every claimed equivalent that decides otherwise on one of the snapshots that some seeds settle."""
    columns = sorted(search.pool.values)
    for seed in seeds:
        draw = Draw(str(seed))
        trial = draw.one(search.trials)
        found = moves(draw, trial.state, search.pool, columns)
        there = Trial(trial.name, trial.section, moved(search.machine, search.memo, trial.state, found), _all, _none)
        there.prepare(search.machine)
        for id_, of in claimed.items():
            if _differs(search, there, of):
                yield Broken(id_, trial.name, found)


def _differs(search: Search, there: Trial, of: Mutation) -> bool:
    """Return whether a verdict says anything else: what is decided, and how it is explained."""
    if of.rows:  # the snapshot itself is read otherwise, as it was written
        snapshot = there.state.facts.snapshot
        one, other = (Memo().state(machine, snapshot).verdict(machine) for machine in (search.machine, of.machine))
        return told(one) != told(other)
    changed = of.changes(there.state)
    if not (of.shows(changed) or of.touches(there) or explains(there, of)):
        return False
    return told(there.state.verdict(search.machine)) != told(there.state.verdict(of.machine, changed))


def _all(_: str, __: str) -> bool:
    return True


def _none(_: Verdict) -> bool:
    return False
