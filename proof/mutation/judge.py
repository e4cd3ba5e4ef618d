"""Whether some case notices a mutant: the nearest are asked first, and the first that does ends the search."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from engine.place import FactError
from proof.mutation.altered import Mutation, mutation
from proof.mutation.machine import Machine
from proof.mutation.mutants import Mutant, mutated
from proof.mutation.pieces import Refused, Source
from proof.mutation.reasons import explains
from proof.mutation.refusal import refusal
from proof.mutation.states import Changes, Memo
from proof.mutation.trial import Trial

Status: TypeAlias = Literal["killed", "refused", "equivalent", "survived"]

# A law that passes the loader fails so only where a decision cannot be made of what it says: nobody overlooks that.
_FAILS: Final = (TypeError, ValueError, ArithmeticError, LookupError)


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
            trial = self._noticed(mutant, of)
        except _FAILS as error:
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

    def _noticed(self, mutant: Mutant, of: Mutation) -> Trial | None:
        """Return the first case that notices: first by what it looks at, then by orders, memory and explanations."""
        if of.rows:
            memo = Memo(self.memo.columns, calendars=self.memo.calendars)
            return next((trial for trial in self._ordered(mutant) if _notices_anew(trial, of, memo)), None)
        later: list[tuple[Trial, Changes]] = []
        left: list[Trial] = []
        for trial in self._ordered(mutant):
            changed = of.changes(trial.state)
            if _near(trial, of, changed):
                if _notices(trial, of, changed):
                    return trial
            elif of.shows(changed) or of.touches(trial):
                later.append((trial, changed))
            else:
                left.append(trial)
        found = next((trial for trial, changed in later if _notices(trial, of, changed)), None)
        return found or next((trial for trial in left if explains(trial, of) and _notices(trial, of, {})), None)

    def _ordered(self, mutant: Mutant) -> Iterator[Trial]:
        """Yield the cases, the likeliest first: those that noticed mutants beside it, then those of its section."""
        last = self._last.get(mutant.piece, [])
        asked = {id(trial) for trial in last}
        yield from last
        for own in (True, False):
            for trial in self.trials:
                if (trial.section == mutant.section) is own and id(trial) not in asked:
                    yield trial


def _near(trial: Trial, of: Mutation, changed: Changes) -> bool:
    """Return whether something else is found of a row that a case looks at, or told of it."""
    for name, column in changed.items():
        if name in of.base.findings:
            differ = {*column} ^ {*trial.state.columns[name]}
            if any(trial.sees(of.machine.program.decides[number].subject, row) for number, row, *_ in differ):
                return True
    subjects = {number: of.machine.program.decides[number].subject for number in of.speaks & trial.spoken.keys()}
    return any(trial.sees(subject, row) for number, subject in subjects.items() for row in trial.spoken[number])


def _notices(trial: Trial, of: Mutation, changed: Changes) -> bool:
    return trial.notices(trial.state.verdict(of.machine, changed))


def _notices_anew(trial: Trial, of: Mutation, memo: Memo) -> bool:
    """Return whether a case notices a law under which the snapshot itself is read otherwise."""
    try:
        state = memo.state(of.machine, trial.state.facts.snapshot)
    except FactError:
        return True
    return trial.notices(state.verdict(of.machine))
