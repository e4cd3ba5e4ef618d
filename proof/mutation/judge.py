"""Whether some case notices a mutant: the nearest are asked first, and the first that does ends the search."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal, TypeAlias

from engine.place import FactError
from proof.mutation.altered import Mutation, mutation
from proof.mutation.local import Local
from proof.mutation.machine import Machine
from proof.mutation.mutants import Mutant, mutated
from proof.mutation.pieces import Refused, Source
from proof.mutation.reasons import explains
from proof.mutation.refusal import refusal
from proof.mutation.states import Changes, Memo
from proof.mutation.trial import Trial

Status: TypeAlias = Literal["killed", "refused", "equivalent", "survived"]

# A law that passes the loader fails so only where a decision cannot be made of what it says: nobody overlooks that.
FAILS: Final = (TypeError, ValueError, ArithmeticError, LookupError)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mutant: which case noticed it, or why the loader refuses it."""

    id: str
    status: Status
    by: str = ""


@dataclass
class Judge:
    """A law, its machine, and the cases that speak for it."""

    source: Source
    machine: Machine
    memo: Memo
    trials: Sequence[Trial]
    _last: dict[str, list[Trial]] = field(default_factory=dict)

    def judged(self, mutants: Iterable[Mutant]) -> Iterator[Outcome]:
        """Yield what becomes of each mutant. The cases that noticed others of its piece are asked first."""
        for mutant in mutants:
            try:
                found = self._judged(mutant, mutation(self.machine, mutated(self.source, mutant.change)))
            except Refused as refused:
                found = Outcome(mutant.id, "refused", refused.faults[0].message if refused.faults else "")
            yield found

    def _judged(self, mutant: Mutant, of: Mutation) -> Outcome:
        try:
            trial = self._anew(mutant, of) if of.rows else self._noticed(mutant, of)
        except FAILS as error:
            why = refusal(self.source, mutant)
            return Outcome(mutant.id, "refused", why) if why else Outcome(mutant.id, "killed", f"fails: {error}")
        if trial is not None:
            last = self._last.setdefault(mutant.piece, [])
            if trial in last:
                last.remove(trial)
            last.insert(0, trial)
            return Outcome(mutant.id, "killed", trial.name)
        why = refusal(self.source, mutant)
        return Outcome(mutant.id, "refused", why) if why else Outcome(mutant.id, "survived")

    def _anew(self, mutant: Mutant, of: Mutation) -> Trial | None:
        """Return the first case that notices a law under which snapshots themselves are read otherwise."""
        memo = Memo(self.memo.columns, calendars=self.memo.calendars)
        return next((trial for trial in self._ordered(mutant) if _notices_anew(trial, of, memo)), None)

    def _noticed(self, mutant: Mutant, of: Mutation) -> Trial | None:
        """Return the first case that notices: first by what it looks at, then by orders, memory and explanations."""
        local = Local(of)
        later: list[tuple[Trial, Changes]] = []
        left: list[tuple[Trial, Changes]] = []
        for trial in self._ordered(mutant):
            changed = of.changes(trial.state) if local.differs(trial.state) else {}
            if of.tells(trial.said, changed) or (of.contested and of.contested & trial.said.spoken):
                if _notices(trial, of, changed):
                    return trial
            elif of.weighs(trial.said, changed):
                later.append((trial, changed))
            else:
                left.append((trial, changed))
        found = next((trial for trial, changed in later if _notices(trial, of, changed)), None)
        return found or next(
            (trial for trial, changed in left if explains(trial.said, local, changed) and _notices(trial, of, changed)),
            None,
        )

    @cached_property
    def _by_section(self) -> dict[str, list[Trial]]:
        """The cases, by section those of the section first."""
        sections = dict.fromkeys(trial.section for trial in self.trials)
        return {of: sorted(self.trials, key=lambda trial: trial.section != of) for of in sections}

    def _ordered(self, mutant: Mutant) -> Iterator[Trial]:
        """Yield the cases, the likeliest first: those that noticed mutants beside it, then those of its section."""
        last = self._last.get(mutant.piece, [])
        asked = {id(trial) for trial in last}
        yield from last
        trials = self._by_section.get(mutant.section, self.trials)
        yield from (trial for trial in trials if id(trial) not in asked) if asked else trials


def _notices(trial: Trial, of: Mutation, changed: Changes) -> bool:
    return trial.notices(trial.state.verdict(of.machine, changed))


def _notices_anew(trial: Trial, of: Mutation, memo: Memo) -> bool:
    """Return whether a case notices a law under which the snapshot itself is read otherwise."""
    try:
        state = memo.state(of.machine, trial.state.facts.snapshot)
    except FactError:
        return True
    return trial.notices(state.verdict(of.machine))
