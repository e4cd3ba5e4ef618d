"""A case that may notice a mutant: what a law says in it, which part of that is looked at, and what is expected."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from engine.evaluate import Evaluator
from engine.masks import members
from engine.verdict import Verdict
from proof.mutation.machine import Machine
from proof.mutation.states import State

Notices: TypeAlias = Callable[[Verdict], bool]
Looks: TypeAlias = Callable[[str, str], bool]

_ABOVE = ("account", "market", "host")
_ENTRY = "EntryPermitted"


@dataclass
class Said:
    """What a law says of a snapshot, as far as somebody looks at it; orders are always looked at.

    Attributes:
        looks: Whether a row is looked at, by subject and id; without it all are.
        remembers: Whether the memory that is left is looked at.
    """

    machine: Machine
    state: State
    looks: Looks | None = None
    remembers: bool = True
    _seen: dict[tuple[str, int], bool] = field(default_factory=dict)

    def sees(self, subject: str, row: int) -> bool:
        """Return whether a row is looked at."""
        if self.looks is None:
            return True
        if (subject, row) not in self._seen:
            self._seen[subject, row] = self.looks(subject, self.state.facts.ids[subject][row])
        return self._seen[subject, row]

    @cached_property
    def found(self) -> list[Any]:
        """What was found of the rows that are looked at."""
        decides, columns = self.machine.program.decides, self.state.columns
        every = (found for name in self.machine.deciding for found in columns[name])
        return [found for found in every if self.sees(decides[found[0]].subject, found[1])]

    @cached_property
    def reading(self) -> Evaluator:
        """The slow reading of it, which knows the facts to blame."""
        return Evaluator(self.state.facts_of(self.machine, self.state.columns), self.state.kleene)

    @cached_property
    def spoken(self) -> frozenset[int]:
        """The rules that have found something of a row that is looked at, by their numbers."""
        return frozenset(number for number, *_ in self.found)

    @cached_property
    def ordering(self) -> frozenset[int]:
        """The rules that have found something from which orders may come, whoever is looked at."""
        columns = self.state.columns
        return frozenset(number for name in self.machine.ordering for number, *_ in columns[name])

    @cached_property
    def missed(self) -> frozenset[str]:
        """The requirements that refuse something."""
        return frozenset(self._refusing(0))

    @cached_property
    def open(self) -> frozenset[str]:
        """The rules, and the requirements that refuse something, of which a verdict may tell what is unknown."""
        decides, found = self.machine.program.decides, {*self._refusing(1)}
        for number, row, holds, *_ in self.found:
            if holds is None or self._blank(number, row):
                found.add(decides[number].id)
        if any(decides[number].kind in self.machine.shared for number in self.spoken):
            found |= {decides[number].id for (number, *_), grant in self.verdict.grants.items() if grant is None}
        return frozenset(found)

    @property
    def verdict(self) -> Verdict:
        """What the law decides of it."""
        return self.state.verdict(self.machine)

    def _blank(self, number: int, row: int) -> bool:
        """Return whether a rule that decides cannot say what it fills in."""
        program = self.machine.program
        if all(isinstance(value, str) for value in program.decides[number].fields.values()):
            return False
        return None in program.functions[f"fields_{number}"](self.state.columns, self.state.kleene, row)

    def _refusing(self, which: int) -> Iterator[str]:
        """Yield the requirements missed by what was found, or among them those that are unknown."""
        program, bits = self.machine.program, dict[str, int]()
        for number, _, _, *masks in self.found:
            kind = program.decides[number].kind
            bits[kind] = bits.get(kind, 0) | masks[which]
        for column in (self.state.columns.get(f"{subject}!{_ENTRY}!{'hu'[which]}", ()) for subject in _ABOVE):
            for mask in column:
                bits[_ENTRY] = bits.get(_ENTRY, 0) | mask
        for kind, mask in bits.items():
            yield from (rule.id for rule in members(mask, program.requires.get(kind, ())))


@dataclass
class Trial:
    """One case: its name, the section it was written for, what the law says in it, and what is expected of it.

    Attributes:
        notices: Whether a verdict is not the one that is expected.
    """

    name: str
    section: str
    said: Said
    notices: Notices

    def __post_init__(self) -> None:
        self.state = self.said.state
