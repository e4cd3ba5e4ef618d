"""A snapshot on which a mutant decides otherwise: what a case would have to give, so that it is noticed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from engine.place import FactError
from engine.verdict import Verdict
from proof.mutation.altered import Mutation
from proof.mutation.edges import Edges
from proof.mutation.local import Local
from proof.mutation.machine import Machine
from proof.mutation.reasons import explains
from proof.mutation.states import Memo, State
from proof.mutation.trial import Said, Trial
from proof.mutation.vary import Draw, Move, Pool, moved, moves

_NEAR = 4


@dataclass(frozen=True)
class Witness:
    """A case and the facts that would have to be others in it, as few as possible."""

    trial: Trial
    moves: tuple[Move, ...]


@dataclass
class Suspect:
    """A mutant that nobody has told from the law so far, with what is known of it."""

    local: Local
    section: str
    memo: Memo
    columns: Sequence[str] = ()
    _states: dict[int, State | None] = field(default_factory=dict)

    @property
    def of(self) -> Mutation:
        return self.local.of

    def state(self, trial: Trial) -> State | None:
        """Return the snapshot of a case read under the mutant; nothing where it does not fit to it."""
        if id(trial) not in self._states:
            try:
                self._states[id(trial)] = self.memo.state(self.of.machine, trial.state.facts.snapshot)
            except FactError:
                self._states[id(trial)] = None
        return self._states[id(trial)]


class Drawn(Said):
    """A snapshot that nobody wrote: a case in which some facts are others; all that a law says of it is looked at."""

    def __init__(self, search: "Search", trial: Trial, found: Sequence[Move]) -> None:
        state = moved(search.machine, search.memo, trial.state, found) if found else trial.state
        super().__init__(search.machine, state)
        self.trial, self.moves = trial, found

    @cached_property
    def verdict(self) -> Verdict:
        return super().verdict

    @cached_property
    def told(self) -> bytes:
        """What its verdict says, word for word."""
        return told(self.verdict)

    def differs(self, of: Suspect) -> bool:
        """Return whether a mutant says anything else: what is decided, and how it is explained."""
        mutation, local = of.of, of.local
        if mutation.rows:
            return self._differs_anew(of)
        changed = mutation.changes(self.state) if local.differs(self.state) else {}
        tells = mutation.tells(self, changed) or explains(self, local, changed)
        if not (tells or mutation.weighs(self, changed)):
            return False
        other = self.state.verdict(mutation.machine, changed)
        if not tells and None not in self.verdict.grants.values() and _settled(self.verdict) == _settled(other):
            return False
        return self.told != told(other)

    def _differs_anew(self, of: Suspect) -> bool:
        """Return the same of a mutant under which the snapshot itself is read otherwise."""
        read = of.state(self.trial)
        if read is None:
            return True
        there = [_beside(self.trial.state, read, move) for move in self.moves]
        if None in there:
            return False
        state = moved(of.of.machine, of.memo, read, [move for move in there if move is not None])
        return self.told != told(state.verdict(of.of.machine))


@dataclass
class Search:
    """Where to look for witnesses: the cases of a law, and what their facts may be moved to."""

    machine: Machine
    memo: Memo
    trials: Sequence[Trial]
    pool: Pool

    def suspect(self, of: Mutation, section: str) -> Suspect:
        """Return a mutant as it is looked at here."""
        memo = Memo(self.memo.columns, calendars=self.memo.calendars)
        return Suspect(Local(of), section, memo, self.columns(of))

    def witnesses(self, of: Suspect, seed: str, tries: int) -> Iterator[Witness]:
        """Yield those of so many snapshots on which a mutant decides otherwise.

        The cases themselves come first, then numbers moved to where what is written otherwise turns, then chance.
        """
        drawn = (self.draw(f"{seed}/{number}", of) for number in range(tries))
        for each in chain(self._cases(of), self._edges(of, tries), drawn):
            if each.differs(of):
                yield Witness(each.trial, self._least(of, each.trial, tuple(each.moves)))

    def draw(self, seed: str, of: Suspect) -> Drawn:
        """Return the snapshot that a seed settles, of which facts are moved that a mutant rests on."""
        draw = Draw(seed)
        trial = draw.one(self._sections.get(of.section, self.trials) if draw.below(_NEAR) else self.trials)
        return Drawn(self, trial, moves(draw, trial.state, self.pool, of.columns))

    def columns(self, of: Mutation) -> list[str]:
        """Return the facts on which what is written otherwise rests; all where it is no step."""
        bits = 0
        for place in of.steps:
            bits |= self.machine.upstream[place]
        read = {name for place, step in enumerate(self.machine.steps) if bits >> place & 1 for name in step.reads}
        return [name for name in self.pool.values if name in read] or [*self.pool.values]

    @cached_property
    def _sections(self) -> Mapping[str, Sequence[Trial]]:
        """The cases by the section that they were written for."""
        found: dict[str, list[Trial]] = {}
        for trial in self.trials:
            found.setdefault(trial.section, []).append(trial)
        return found

    def _cases(self, of: Suspect) -> Iterator[Drawn]:
        for trial in sorted(self.trials, key=lambda trial: trial.section != of.section):
            yield Drawn(self, trial, ())

    def _edges(self, of: Suspect, tries: int) -> Iterator[Drawn]:
        looking = Edges(self.machine, self.memo, self.pool, [*of.of.steps], tries if of.of.steps else 0)
        for trial in sorted(self.trials, key=lambda trial: trial.section != of.section):
            if looking.tries <= 0:
                return
            yield from (Drawn(self, trial, (move,)) for move in looking.of(trial.state, of.columns))

    def _least(self, of: Suspect, trial: Trial, found: tuple[Move, ...]) -> tuple[Move, ...]:
        for move in found:
            less = tuple(other for other in found if other is not move)
            if Drawn(self, trial, less).differs(of):
                return self._least(of, trial, less)
        return found


def told(verdict: Verdict) -> bytes:
    """Return everything that a verdict says, or why it cannot be said."""
    try:
        return verdict.canonical()
    except ValueError as error:
        return str(error).encode()


def _settled(verdict: Verdict) -> tuple[object, ...]:
    """Return what a verdict says where what was found, what is filled in and all reasons are known to be the same."""
    grants = [*verdict.grants.items()]
    return (*verdict.standing,), verdict.shadowed, grants, verdict.chosen, verdict.memory


def _beside(state: State, other: State, move: Move) -> Move | None:
    """Return a move of a row in other tables, which may have the row elsewhere; nothing where they do not have it."""
    subject, _ = move.column.split(".")
    ids, others = state.facts.ids[subject], [*other.facts.ids[subject]]
    if [*ids] == others:
        return move
    return move._replace(row=others.index(ids[move.row])) if others.count(ids[move.row]) == 1 else None
