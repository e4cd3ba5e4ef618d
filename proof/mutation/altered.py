"""What is different in a law that was written otherwise: the steps to run again, and what else a verdict would show."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from engine.decisions import KINDS
from engine.inline import Basis, RowFunctions
from engine.law.model import Constitution, Rule
from engine.program import of_single_rows
from engine.steps import Step as Written
from engine.steps import expressions, name_of
from proof.mutation.machine import Machine
from proof.mutation.states import Changes, Column, State
from proof.mutation.steps import Step, step_of
from proof.mutation.trial import Trial


@dataclass(frozen=True, eq=False)
class Mutation:
    """A law held against the machine of another.

    Attributes:
        base: The machine of the law as it is.
        machine: The machine of the law written otherwise; what is alike is shared.
        steps: The steps that give something else, by their places.
        speaks: The numbers of the deciding rules of which a verdict could tell something else.
        refuses: The requirements of which it could.
        memory: What is remembered is entered or begins otherwise.
        rows: There are other rows, or other values before the first step.
    """

    base: Machine
    machine: Machine
    steps: Mapping[int, Step]
    speaks: frozenset[int]
    refuses: frozenset[str]
    memory: bool
    rows: bool

    def changes(self, state: State) -> dict[str, Column]:
        """Return the columns of a snapshot that are others under this law."""
        return state.following(self.machine, self.steps)

    def touches(self, trial: Trial) -> bool:
        """Return whether a verdict tells or remembers something of a case otherwise, found as it may be."""
        return self.memory or bool(self.speaks & trial.spoken.keys() or self.refuses & trial.missed)

    def shows(self, changed: Changes) -> bool:
        """Return whether a verdict reads any of some columns."""
        told, deciding = self.base.told, self.base.findings
        return any(name in told or name in deciding for name in changed)


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
        speaks=frozenset(told | {*_of_kinds(base, _kinds(base.law, law))}),
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


def _of_kinds(base: Machine, kinds: Iterator[str]) -> Iterator[int]:
    wanted = {*kinds}
    return (number for number, rule in enumerate(base.program.decides) if rule.kind in wanted)
