"""Golden cases as trials of mutants: which rows each looks at, and whether a verdict is the one that it expects."""

from collections.abc import Callable, Sequence
from functools import partial

from commands.golden import Case, Fixture, differences, told_by
from commands.lines import looked_at, spelled
from engine.verdict import Verdict
from proof.mutation.machine import Machine
from proof.mutation.states import Memo
from proof.mutation.trial import Said, Trial


def trials(machine: Machine, memo: Memo, fixtures: Sequence[Fixture], tell: Callable[[float], None]) -> list[Trial]:
    """Return every case as a trial; `tell` is told which share of them is ready.

    Raises:
        FactError: A case states or remembers something that the law does not know.
    """
    cases = [(fixture, case) for fixture in fixtures for case in fixture.cases]
    found: list[Trial] = []
    for number, (fixture, case) in enumerate(cases):
        tell(number / len(cases))
        found.append(_trial(machine, memo, fixture, case))
    return found


def _trial(machine: Machine, memo: Memo, fixture: Fixture, case: Case) -> Trial:
    about = tuple(case.about)
    return Trial(
        name=f"{fixture.path}::{case.name}",
        section=section_of(fixture),
        said=Said(
            machine,
            memo.state(machine, case.snapshot),
            None if case.forbid else lambda subject, id_: looked_at(spelled(subject, id_), about),
            case.remembers is not None,
        ),
        notices=partial(_notices, fixture, case),
    )


def section_of(fixture: Fixture) -> str:
    """Return the section that a fixture is for, by its folder: `06-protocol` is for 6."""
    number = fixture.path.parent.name.partition("-")[0]
    return str(int(number)) if number.isdigit() else number


def _notices(fixture: Fixture, case: Case, verdict: Verdict) -> bool:
    """Return whether a verdict differs from what is expected."""
    return bool(differences(verdict.facts.law, fixture, case, told_by(verdict, case)))
