"""The law compiled: facts, requirements and decisions in one pass over a DAG, as generated Python.

Facts of one subject that follow each other become one stage: one loop over the subject's rows, with every value in a
local variable. What later stages read is kept as a column; what nobody reads again is never stored.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from engine.expr.typed import Typed
from engine.inline import Basis, RowFunctions
from engine.law.model import Constitution, Rule
from engine.stages import MANY, Stage
from engine.steps import Mask, Reading, Step, expressions, name_of, reading
from engine.subjects import SINGLE, SUBJECTS

Columns = dict[str, list[Any]]
Fired = list[tuple[int, int, bool | None, int, int]]


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """The stages in order, the functions that fill in decisions, and which bit is which requirement.

    `subjects` says whose rows each stage goes through. `kept` are the facts of the law that have a column, `assumed`
    those among them that may be stated over.
    """

    stages: tuple[Callable[..., None], ...]
    subjects: tuple[str, ...]
    functions: Mapping[str, Callable[..., Any]]
    decides: tuple[Rule, ...]
    requires: Mapping[str, tuple[Rule, ...]]
    masks: frozenset[tuple[str, str]]
    source: str
    order: tuple[str, ...]
    kept: frozenset[str]
    assumed: frozenset[str]


@lru_cache(maxsize=64)
def compile_law(law: Constitution, assumed: frozenset[str] = frozenset()) -> Program:
    """Return the executable law; `assumed` derived facts may be stated over (a what-if pays for it, nobody else)."""
    return _Compiler(law, assumed).program()


@dataclass
class _Compiler:
    law: Constitution
    assumed: frozenset[str]
    steps: dict[str, Step] = field(default_factory=dict)
    needed: set[str] = field(default_factory=set)
    asks: dict[str, Reading] = field(default_factory=dict)
    reads: dict[str, set[str]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    requires: dict[str, tuple[Rule, ...]] = field(default_factory=dict)

    def program(self) -> Program:
        decides = tuple(rule for rule in self.law.rules.values() if rule.decides)
        masks = self._take_steps(decides)
        functions = of_single_rows(self.law, decides)
        ordered = self._ordered()
        groups = self._groups(ordered)
        self._need(groups, functions)
        stages = [Stage(self, group, number) for number, group in enumerate(groups)]
        return Program(
            stages=tuple(stage.function() for stage in stages),
            subjects=tuple(group[0].subject for group in groups),
            functions=RowFunctions(Basis.of(self.law, self.needed, self.assumed), functions),
            decides=decides,
            requires=self.requires,
            masks=frozenset((mask.subject, mask.kind) for mask in masks),
            source="\n".join(stage.source for stage in stages),
            order=tuple(name_of(step) for step in ordered),
            kept=frozenset(self.needed),
            assumed=self.assumed,
        )

    def _take_steps(self, decides: tuple[Rule, ...]) -> list[Mask]:
        """Take the steps of the law and what each of them reads; return those that collect requirements."""
        rules = list(self.law.rules.values())
        for rule in rules:
            if not rule.decides:
                self.requires[rule.kind] = (*self.requires.get(rule.kind, ()), rule)
        collecting = sorted({(rule.subject, rule.kind) for rule in rules if not rule.decides})
        masks = [Mask(kind, subject) for subject, kind in collecting]
        steps: list[Step] = [*self.law.derived.values(), *self.law.picks.values(), *rules, *masks]
        self.steps = {name_of(step): step for step in steps}
        self.numbers = {rule.name: number for number, rule in enumerate(decides)}
        self.asks = {name: reading(step.subject, expressions(step)) for name, step in self.steps.items()}
        self.reads = {name: self._reads(name, step) for name, step in self.steps.items()}
        return masks

    def _ordered(self) -> list[Step]:
        """Return the steps so that each comes after what it reads, staying with one subject as long as possible."""
        followers: dict[str, list[str]] = {name: [] for name in self.steps}
        open_: dict[str, int] = {}
        ready: dict[str, list[str]] = {subject: [] for subject in SUBJECTS}
        for name, reads in self.reads.items():
            open_[name] = len(reads)
            for read in reads:
                followers[read].append(name)
            if not reads:
                ready[self.steps[name].subject].append(name)
        ordered: list[Step] = []
        current = ""
        while any(ready.values()):
            if not ready.get(current):
                current = next(subject for subject, names in ready.items() if names)
            name = ready[current].pop(0)
            ordered.append(self.steps[name])
            for follower in followers[name]:
                open_[follower] -= 1
                if not open_[follower]:
                    ready[self.steps[follower].subject].append(follower)
        if len(ordered) != len(self.steps):
            left = sorted(self.steps.keys() - {name_of(step) for step in ordered})
            message = f"facts define each other in a circle, among {', '.join(left)}"
            raise ValueError(message)
        return ordered

    def _reads(self, name: str, step: Step) -> set[str]:
        found = self.asks[name].names & self.steps.keys()
        above = SUBJECTS[step.subject].sees
        if isinstance(step, Mask):
            found |= {rule.name for rule in self.requires[step.kind] if rule.subject == step.subject}
            found |= {f"{subject}!{step.kind}" for subject in above} & self.steps.keys()
        if isinstance(step, Rule) and step.decides:
            found |= {f"{subject}!{step.kind}" for subject in (step.subject, *above)} & self.steps.keys()
        return found - {name}

    def _asked(self, subject: str, wanted: Iterable[Typed]) -> None:
        """Note what functions of single rows read; of a row among very many they work it out themselves."""
        many = [subject for subject in (subject, *SUBJECTS[subject].sees) if subject in MANY]
        read = reading(subject, wanted)
        for name in read.names - read.beside:
            step = self.steps.get(name)
            if step is not None and step.subject in many:
                self._asked(step.subject, expressions(step))
            else:
                self.needed.add(name)
        self.needed |= read.beside

    def _need(self, groups: list[list[Step]], functions: Mapping[str, tuple[str, tuple[Typed, ...]]]) -> None:
        """Note the facts that outlive their stage."""
        for subject, wanted in functions.values():
            self._asked(subject, wanted)
        self.needed |= {memory.next for memory in self.law.remembered.values()} | self.assumed | self.law.picks.keys()
        self.needed |= {f"{subject}!EntryPermitted" for subject in ("account", *SINGLE)}  # told of a whole account
        for group in groups:
            names = [name_of(step) for step in group]
            for name in names:
                self.needed |= (self.asks[name].names | self.reads[name]).difference(names)
                self.needed |= self.asks[name].beside

    def _groups(self, ordered: list[Step]) -> list[list[Step]]:
        """Return the stages: neighbours of one subject, save where one reads its siblings: that needs a loop before."""
        groups: list[list[Step]] = []
        here: set[str] = set()
        for step in ordered:
            name = name_of(step)
            if not groups or groups[-1][0].subject != step.subject or here & self.asks[name].beside:
                groups.append([])
                here = set()
            groups[-1].append(step)
            here.add(name)
        return groups


def of_single_rows(law: Constitution, decides: tuple[Rule, ...]) -> dict[str, tuple[str, tuple[Typed, ...]]]:
    """Return what is evaluated for single rows: fields of decisions, budgets and orders of choices, memory."""
    found: dict[str, tuple[str, tuple[Typed, ...]]] = {}
    for number, rule in enumerate(decides):
        wanted = tuple(value for value in rule.fields.values() if not isinstance(value, str))
        if wanted:
            found[f"fields_{number}"] = (rule.subject, wanted)
    for choice in law.choices.values():
        found[f"order_{choice.name}"] = (choice.subject, choice.order_by)
        found[f"turn_{choice.name}"] = (choice.one_of_each, choice.turns)
        found[f"price_{choice.name}"] = (choice.subject, (choice.price,))
        for budget in choice.budgets:
            found[f"room_{choice.name}_{budget.name}"] = (choice.subject, (budget.room,))
            found[f"uses_{choice.name}_{budget.name}"] = (choice.subject, (budget.uses,))
    for share in law.shares.values():
        found[f"order_{share.name}"] = (share.subject, share.order_by)
        found[f"room_{share.name}"] = (share.shared_by, (share.room,))
        found[f"asks_{share.name}"] = (share.subject, (share.asks,))
        marks = tuple(value for value in share.marks.values() if not isinstance(value, str))
        if marks:
            found[f"marks_{share.name}"] = (share.subject, marks)
        if share.need is not None:
            found[f"need_{share.name}"] = (share.need.shared_by, (share.need.room,))
            found[f"uses_{share.name}"] = ("candidate", (share.need.uses,))
        for leg in share.legs:
            found[f"leg_{share.name}_{leg.name}"] = ("candidate", (leg.costs, leg.price))
    return found
