"""A case that may notice a mutant: a snapshot under the law as it is, and who says whether a verdict is as expected."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from engine.kinds.entries import Blocked, EntryDenied
from engine.kinds.records import Alert
from engine.verdict import Verdict
from proof.mutation.machine import Machine
from proof.mutation.states import State
from proof.mutation.steps import Step

Notices: TypeAlias = Callable[[Verdict], bool]
Looks: TypeAlias = Callable[[str, str], bool]

_OPEN = ("missing_fact:", "bad_fact:")
_ABOVE = ("account", "market", "host")
_ENTRY = "EntryPermitted"


@dataclass
class Trial:
    """One case: its name, the section it was written for, its snapshot, and what is expected of it.

    Attributes:
        looks: Whether it looks at a row, by subject and id.
        notices: Whether a verdict is not the one that is expected.
        spoken: The rules that have found something, by their numbers, with the rows.
        missed: The requirements that refuse something.
        open: The rules and requirements that stay open because something is unknown.
        unknown: The places of the steps that give something unknown, as bits.
    """

    name: str
    section: str
    state: State
    looks: Looks
    notices: Notices
    spoken: dict[int, list[int]] = field(default_factory=dict)
    missed: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()
    unknown: int = 0
    _seen: dict[tuple[str, int], bool] = field(default_factory=dict)

    def sees(self, subject: str, row: int) -> bool:
        """Return whether the case looks at a row."""
        if (subject, row) not in self._seen:
            self._seen[subject, row] = self.looks(subject, self.state.facts.ids[subject][row])
        return self._seen[subject, row]

    def prepare(self, of: Machine) -> Verdict:
        """Note what the verdict of the law as it is rests on, and return it."""
        verdict = self.state.verdict(of)
        for number, row, *_ in _findings(of, self.state):
            self.spoken.setdefault(number, []).append(row)
        self.missed = frozenset(_missed(of, self.state))
        self.open = frozenset(_open(verdict))
        self.unknown = sum(1 << place for place, step in enumerate(of.steps) if _is_unknown(self.state, step, of))
        return verdict


def _is_unknown(state: State, step: Step, of: Machine) -> bool:
    if step.name in of.findings:
        return any(holds is None for _, _, holds, _, _ in state.columns[step.name])
    return any(None in state.columns[name] for name in step.fills)


def _findings(of: Machine, state: State) -> Iterator[Any]:
    return (found for name in of.deciding for found in state.columns[name])


def _missed(of: Machine, state: State) -> Iterator[str]:
    decides, bits = of.program.decides, dict[str, int]()
    for number, _, _, missed, _ in _findings(of, state):
        bits[decides[number].kind] = bits.get(decides[number].kind, 0) | missed
    for column in (state.columns.get(f"{subject}!{_ENTRY}!h", ()) for subject in _ABOVE):
        for missed in column:
            bits[_ENTRY] = bits.get(_ENTRY, 0) | missed
    for kind, missed in bits.items():
        yield from (rule.id for bit, rule in enumerate(of.program.requires.get(kind, ())) if missed >> bit & 1)


def _open(verdict: Verdict) -> Iterator[str]:
    for decision in verdict.decisions:
        if isinstance(decision, Alert) and decision.facts:
            yield decision.rule
        if isinstance(decision, EntryDenied | Blocked):
            yield from (reason.rule for reason in decision.reasons if reason.code.startswith(_OPEN))
