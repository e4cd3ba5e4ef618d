"""A law as one function a step, and as the functions of single rows that a verdict asks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, TypeAlias

from engine.decisions import KINDS
from engine.expr.typed import Read, Typed, walk
from engine.inline import Basis, Inline, RowFunctions
from engine.law.model import Constitution, Rule
from engine.program import Program, compile_law, of_single_rows
from engine.steps import Mask, name_of
from engine.steps import Step as Written
from proof.mutation.steps import Step, reads_of, step_of

Asked: TypeAlias = Mapping[str, tuple[str, tuple[Typed, ...]]]
"""By name the subject and the expressions of a function of single rows."""

_FIELDS: Final = "fields_"
_ABOVE: Final = ("account", "market", "host")  # of these a verdict says itself that nothing may be opened


@dataclass(frozen=True, eq=False)
class Machine:
    """A law as steps in their order.

    Attributes:
        law: The law.
        steps: Its steps.
        readers: The places of the steps that read a column.
        deciding: The steps whose columns are findings.
        asked: The expressions behind the functions of single rows.
        asks: The columns that each of these functions reads.
        program: What a verdict knows of the law as it runs; it has these functions and no stages.
    """

    law: Constitution
    steps: Sequence[Step]
    readers: Mapping[str, Sequence[int]]
    deciding: tuple[str, ...]
    asked: Asked
    asks: Mapping[str, frozenset[str]]
    program: Program

    @cached_property
    def lists(self) -> tuple[str, ...]:
        """The columns that tables make when they are asked for them, of those that steps read."""
        return tuple(name for name in self.readers if "<" in name or name == "entry.id")

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of every step by its name."""
        return {step.name: number for number, step in enumerate(self.steps)}

    @cached_property
    def filled(self) -> Mapping[str, int]:
        """The place of the step that fills a column."""
        return {name: number for number, step in enumerate(self.steps) for name in step.fills}

    @cached_property
    def upstream(self) -> Sequence[int]:
        """For every place the places that it rests on, itself among them, as bits."""
        found: list[int] = []
        for number, step in enumerate(self.steps):
            bits = 1 << number
            for name in step.reads & self.filled.keys():
                bits |= found[self.filled[name]]
            found.append(bits)
        return found

    @cached_property
    def findings(self) -> frozenset[str]:
        """The columns that are findings."""
        return frozenset(self.deciding)

    @cached_property
    def ordering(self) -> tuple[str, ...]:
        """The findings from which orders may come, and those that may win against them."""
        among = {choice.among for choice in self.law.choices.values()} | self.shared
        slots = {KINDS[kind].slot for kind in among}
        rules = (rule for rule in self.program.decides if KINDS[rule.kind].slot in slots)
        return tuple(name_of(rule) for rule in rules)

    @cached_property
    def shared(self) -> frozenset[str]:
        """The kinds of decisions that draw on a shared sum."""
        return frozenset(of.among for of in self.law.shares.values())

    @cached_property
    def ordered(self) -> frozenset[str]:
        """The columns besides findings that settle orders."""
        asked = (reads for name, reads in self.asks.items() if not name.startswith(_FIELDS))
        bought = (leg.buys for share in self.law.shares.values() for leg in share.legs)
        return frozenset(bought).union(*asked)

    @cached_property
    def denying(self) -> frozenset[str]:
        """The columns by which something is refused to a whole account."""
        return frozenset(f"{of}!EntryPermitted!{which}" for of in _ABOVE for which in "hu")

    @cached_property
    def remembering(self) -> frozenset[str]:
        """The columns that settle what is remembered."""
        memory = {memory.next for memory in self.law.remembered.values()} | {*self.law.latches}
        memory |= {f"{latch.name}_{fact}" for latch in self.law.latches.values() for fact in latch.keeps}
        return frozenset({*memory, *(f"{name}/" for name in memory)})

    @cached_property
    def filling(self) -> Mapping[str, frozenset[int]]:
        """By a column the numbers of the rules that fill something in with it."""
        found: dict[str, set[int]] = {}
        for name, reads in self.asks.items():
            for column in reads if name.startswith(_FIELDS) else ():
                found.setdefault(column, set()).add(int(name.removeprefix(_FIELDS)))
        return {column: frozenset(numbers) for column, numbers in found.items()}

    @cached_property
    def behind(self) -> Mapping[str, int]:
        """The places that a rule and, where it decides, what it fills in rest on, as bits by its id."""
        return {rule.id: self._behind(rule) for rule in self.law.rules.values()}

    @cached_property
    def compared(self) -> Mapping[str, int]:
        """By the id of a rule the places of what its margin looks into: itself and the conditions that it names."""
        return {rule.id: self._compared(rule) for rule in self.law.rules.values()}

    def _compared(self, rule: Rule) -> int:
        found, waiting = {name_of(rule)}, [rule.when]
        while waiting:
            for part in walk(waiting.pop()):
                name = f"{part.subject}.{part.fact}" if isinstance(part, Read) and part.type.kind == "bool" else ""
                if name in self.law.derived and name not in found:
                    found.add(name)
                    waiting.append(self.law.derived[name].value)
        return sum(1 << self.places[name] for name in found)

    def _behind(self, rule: Rule) -> int:
        bits = self.upstream[self.places[name_of(rule)]]
        if not rule.decides:
            return bits
        number = self.program.decides.index(rule)
        shares = tuple(f"_{of.name}" for of in self.law.shares.values() if of.among == rule.kind)
        for name, reads in self.asks.items():
            if name == f"{_FIELDS}{number}" or any(share in name for share in shares):
                for column in reads & self.filled.keys():
                    bits |= self.upstream[self.filled[column]]
        return bits


def machine(law: Constitution) -> Machine:
    """Return a law as a machine; its steps stand in the order in which its program runs."""
    program = compile_law(law)
    written = written_steps(law)
    numbers = {rule.name: number for number, rule in enumerate(program.decides)}
    steps = tuple(step_of(written[name], law, numbers) for name in program.order)
    decides = {name_of(rule) for rule in program.decides}
    asked = of_single_rows(law, program.decides)
    kept = frozenset(name for step in steps for name in step.fills)
    basis = Basis.of(law, {*kept}, frozenset())
    asks = {name: reads_of(Inline(basis, of, name, wanted).lines())[0] for name, (of, wanted) in asked.items()}
    own = replace(program, stages=(), functions=RowFunctions(basis, asked), source="", kept=kept)
    deciding = tuple(step.name for step in steps if step.name in decides)
    return Machine(law, steps, _readers(steps), deciding, asked, asks, own)


def written_steps(law: Constitution) -> dict[str, Written]:
    """Return every step of a law by its name."""
    rules = law.rules.values()
    masks = [Mask(rule.kind, rule.subject) for rule in rules if not rule.decides]
    steps: list[Written] = [*law.derived.values(), *law.picks.values(), *rules, *masks]
    return {name_of(step): step for step in steps}


def _readers(steps: Iterable[Step]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, step in enumerate(steps):
        for name in step.reads:
            found.setdefault(name, []).append(number)
    return found
