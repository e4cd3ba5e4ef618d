"""The law compiled: facts, requirements and decisions in one pass over a DAG, as generated Python.

Facts of one subject that follow each other become one stage: one loop over the subject's rows, with every value in a
local variable. What later stages read is kept as a column; what nobody reads again is never stored.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

from engine.expr.typed import Read, Typed, walk
from engine.inline import Basis, Inline
from engine.law.model import Constitution, Rule
from engine.stages import MANY, Stage
from engine.steps import Mask, Step, expressions, name_of, read_names
from engine.subjects import SINGLE, SUBJECTS

Columns = dict[str, list[Any]]
Fired = list[tuple[int, int, bool | None, int, int]]


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """The stages in order, the functions that fill in decisions, and which bit is which requirement.

    `kept` are the facts of the law that have a column, `assumed` those among them that may be stated over.
    """

    stages: tuple[Callable[..., None], ...]
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
    reads: dict[str, set[str]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    requires: dict[str, tuple[Rule, ...]] = field(default_factory=dict)

    def program(self) -> Program:
        rules = list(self.law.rules.values())
        decides, requires = tuple(rule for rule in rules if rule.decides), self.requires
        self.numbers = {rule.name: number for number, rule in enumerate(decides)}
        for rule in rules:
            if not rule.decides:
                requires[rule.kind] = (*requires.get(rule.kind, ()), rule)
        masks = {(rule.subject, rule.kind) for rule in rules if not rule.decides}
        collected = [Mask(kind, subject) for subject, kind in sorted(masks)]
        steps: list[Step] = [*self.law.derived.values(), *self.law.picks.values(), *rules, *collected]
        for step in steps:
            self.steps[name_of(step)] = step
        self.reads = {name: self._reads(step) for name, step in self.steps.items()}
        functions = of_single_rows(self.law, decides)
        ordered = self._ordered()
        groups = _groups(ordered)
        self._need(groups, functions)
        source: list[str] = []
        for number, group in enumerate(groups):
            source += Stage(self, group, number).lines()
        basis = Basis.of(self.law, self.needed, self.assumed)
        for name, (subject, wanted) in functions.items():
            source += Inline(basis, subject, name, wanted).lines()
        text = "\n".join(source) + "\n"
        space: dict[str, Any] = {"R": Fraction}
        exec(compile(text, "<the law>", "exec"), space)  # noqa: S102 - generated from the typed law alone
        stages = tuple(space[f"stage_{number}"] for number in range(len(groups)))
        compiled = {name: space[name] for name in functions}
        order = tuple(name_of(step) for step in ordered)
        kept = frozenset(self.needed)
        return Program(stages, compiled, decides, requires, frozenset(masks), text, order, kept, self.assumed)

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

    def _reads(self, step: Step) -> set[str]:
        found = {name for value in expressions(step) for name in read_names(value)}
        if isinstance(step, Mask):
            found |= {rule.name for rule in self.requires[step.kind] if rule.subject == step.subject}
            found |= {f"{subject}!{step.kind}" for subject in SUBJECTS[step.subject].sees}
        if isinstance(step, Rule) and step.decides:
            found |= {f"{subject}!{step.kind}" for subject in (step.subject, *SUBJECTS[step.subject].sees)}
        return found & self.steps.keys() - {name_of(step)}

    def _asked(self, wanted: Iterable[Typed]) -> None:
        """Note what functions of single rows read; of a row among very many they work it out themselves."""
        for part in (part for value in wanted for part in walk(value)):
            name = f"{part.subject}.{part.fact}" if isinstance(part, Read) else ""
            step = self.steps.get(name)
            if isinstance(part, Read) and part.row in MANY and step is not None:
                self._asked(expressions(step))
            elif name:
                self.needed |= read_names(part)

    def _need(self, groups: list[list[Step]], functions: Mapping[str, tuple[str, tuple[Typed, ...]]]) -> None:
        """Note the facts that outlive their stage."""
        for _, wanted in functions.values():
            self._asked(wanted)
        self.needed |= {memory.next for memory in self.law.remembered.values()} | self.assumed
        self.needed |= {f"{subject}!EntryPermitted" for subject in ("account", *SINGLE)}  # told of a whole account
        for group in groups:
            here = {name_of(step) for step in group}
            subject = group[0].subject
            for step in group:
                self.needed |= self.reads[name_of(step)] - here
                for value in expressions(step):
                    self.needed |= read_names(value) - here
                    for part in walk(value):
                        if isinstance(part, Read) and part.row not in (subject, *SUBJECTS[subject].sees):
                            self.needed.add(f"{part.subject}.{part.fact}")
        self.needed |= set(self.law.picks)


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


def _groups(ordered: list[Step]) -> list[list[Step]]:
    """Return the stages: neighbours of one subject, unless one reads its siblings' facts, which needs a loop before."""
    groups: list[list[Step]] = []
    for step in ordered:
        here = {name_of(other) for other in groups[-1]} if groups else set()
        if not groups or groups[-1][0].subject != step.subject or here & _of_siblings(step):
            groups.append([])
        groups[-1].append(step)
    return groups


def _of_siblings(step: Step) -> set[str]:
    """Return the facts of other rows of its own subject that a step reads."""
    found: set[str] = set()
    for value in expressions(step):
        for part in walk(value):
            if isinstance(part, Read) and part.row != step.subject and part.subject == step.subject:
                found.add(f"{part.subject}.{part.fact}")
    return found
