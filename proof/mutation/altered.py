"""What is different in a law that was written otherwise: the steps to run again, and what else a verdict would show."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from engine.decisions import KINDS
from engine.inline import Basis, RowFunctions
from engine.law.model import Constitution, Rule
from engine.program import of_single_rows
from engine.steps import Step as Written
from engine.steps import expressions, name_of
from proof.mutation.machine import Machine
from proof.mutation.states import Changes, Column, State
from proof.mutation.steps import Step, step_of
from proof.mutation.trial import Said


@dataclass(frozen=True, eq=False)
class Mutation:
    """A law held against the machine of another.

    Attributes:
        base: The machine of the law as it is.
        machine: The machine of the law written otherwise; what is alike is shared.
        steps: The steps that give something else, by their places.
        retold: The numbers of the deciding rules of which a verdict tells something else when they speak.
        contested: Those that compete, are chosen or share a sum otherwise.
        refuses: The requirements of which a verdict tells something else when they refuse.
        memory: What is remembered is entered or begins otherwise.
        rows: There are other rows, or other values before the first step.
    """

    base: Machine
    machine: Machine
    steps: Mapping[int, Step]
    retold: frozenset[int]
    contested: frozenset[int]
    refuses: frozenset[str]
    memory: bool
    rows: bool

    @cached_property
    def bits(self) -> int:
        """The places of the steps that give something else."""
        return sum(1 << place for place in self.steps)

    def changes(self, state: State) -> dict[str, Column]:
        """Return the columns of a snapshot that are others under this law."""
        return state.following(self.machine, self.steps)

    def tells(self, said: Said, changed: Changes) -> bool:
        """Return whether something else is found of a row that is looked at, or told of it."""
        base, decides = self.base, self.base.program.decides
        if (self.retold and self.retold & said.spoken) or (self.refuses and self.refuses & said.missed):
            return True
        for name, column in changed.items():
            if name in base.denying or (name in base.filling and base.filling[name] & said.spoken):
                return True
            if name in base.findings:
                differ = {*column} ^ {*said.state.columns[name]}
                if any(said.sees(decides[number].subject, row) for number, row, *_ in differ):
                    return True
        return False

    def weighs(self, said: Said, changed: Changes) -> bool:
        """Return whether something else may win, be ordered or be remembered."""
        base = self.base
        if (self.memory and said.remembers) or (self.contested and self.contested & (said.ordering | said.spoken)):
            return True
        for name in changed:
            if name in base.ordered or name in base.ordering or (name in base.remembering and said.remembers):
                return True
        return False


def mutation(base: Machine, law: Constitution) -> Mutation:
    """Return what is different in a law whose facts, picks and rules have the names of the machine's own."""
    steps = {base.places[name_of(of)]: of for of in _changed_steps(base, law)}
    numbers = {rule.name: number for number, rule in enumerate(base.program.decides)}
    new = {place: step_of(of, law, numbers) for place, of in steps.items()}
    decides = tuple(law.rules[rule.id] for rule in base.program.decides)
    requires = {kind: tuple(law.rules[rule.id] for rule in rules) for kind, rules in base.program.requires.items()}
    asked = of_single_rows(law, decides)
    basis = Basis.of(law, {*base.program.kept}, frozenset())
    functions = base.program.functions if asked == base.asked else RowFunctions(basis, asked)
    program = replace(base.program, decides=decides, requires=requires, functions=functions)
    own = tuple(new.get(place, step) for place, step in enumerate(base.steps)) if new else base.steps
    told = {numbers[rule.name] for rule in _retold(base.law, law) if rule.decides}
    return Mutation(
        base=base,
        machine=replace(base, law=law, steps=own, program=program),
        steps=new,
        retold=frozenset(told | {*_of_kinds(base, _renamed(base.law, law))}),
        contested=frozenset(_of_kinds(base, _kinds(base.law, law))),
        refuses=frozenset(rule.id for rule in _retold(base.law, law) if not rule.decides),
        memory=law.latches != base.law.latches,
        rows={*law.tickers} != {*base.law.tickers} or law.remembered != base.law.remembered,
    )


def _changed_steps(base: Machine, law: Constitution) -> Iterator[Written]:
    """Yield the steps that evaluate something else; what was not typed anew is the very same object."""
    old = base.law
    for name, derived in law.derived.items():
        before = old.derived[name]
        if derived is not before and (derived.value, derived.bad, derived.type) != (
            before.value,
            before.bad,
            before.type,
        ):
            yield derived
    for name, pick in law.picks.items():
        if pick is not old.picks[name] and expressions(pick) != expressions(old.picks[name]):
            yield pick
    for name, rule in law.rules.items():
        if rule is not old.rules[name] and rule.when != old.rules[name].when:
            yield rule


def _retold(old: Constitution, law: Constitution) -> Iterator[Rule]:
    """Yield the rules that say something else where they speak as before."""
    for name, rule in law.rules.items():
        if rule is not old.rules[name] and replace(rule, when=old.rules[name].when) != old.rules[name]:
            yield rule


def _kinds(old: Constitution, law: Constitution) -> Iterator[str]:
    """Yield the kinds of decisions that compete, are chosen or share a sum otherwise."""
    for mine, others in ((law.choices, old.choices), (law.shares, old.shares)):
        if [*mine.items()] != [*others.items()]:
            yield from (of.among for of in (*mine.values(), *others.values()))
    for slot, of in law.arbitration.items():
        if of != old.arbitration[slot]:
            yield from (name for name, kind in KINDS.items() if kind.slot == slot)


def _renamed(old: Constitution, law: Constitution) -> Iterator[str]:
    """Yield the kinds of decisions whose choice or share cites something else, or says something else of a need."""
    yield from (of.among for name, of in law.choices.items() if of.origin != old.choices[name].origin)
    for name, of in law.shares.items():
        if (of.origin, of.otherwise) != (old.shares[name].origin, old.shares[name].otherwise):
            yield of.among


def _of_kinds(base: Machine, kinds: Iterator[str]) -> Iterator[int]:
    wanted = {*kinds}
    return (number for number, rule in enumerate(base.program.decides) if rule.kind in wanted)
