"""The authored law as nodes: every fact once, when it is first read; rules by what they decide or require."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from engine.expr.units import UNITS
from engine.fields import MOST_DIGITS
from engine.law import authored
from engine.second.constants import One, constants, kind_of, spoken
from engine.second.expressions import Compiler
from engine.second.forms import Forms
from engine.second.graph import Column, Frame, Node, Run
from engine.subjects import SUBJECTS, given


@dataclass(frozen=True, slots=True)
class Entry:
    """Where memory has a fact: under its name, or what is `kept` of it; `held`: whether it is there at all."""

    name: str
    kept: str | None = None
    held: bool = False
    initial: One | None = None


@dataclass
class Law:
    """The sections of one version of the law, and the node of everything in them."""

    sections: tuple[authored.Section, ...]
    nodes: dict[str, Node] = field(default_factory=dict)
    picks: dict[str, Node] = field(default_factory=dict)
    recalled: dict[str, tuple[Entry, Node]] = field(default_factory=dict)

    @cached_property
    def compiler(self) -> Compiler:
        return Compiler(constants(self.sections), fact=self.fact, pick=self.pick)

    @cached_property
    def forms(self) -> Forms:
        return Forms(self.compiler)

    @cached_property
    def rules(self) -> dict[str, authored.Rule]:
        """Every rule by its id, in the order of the text."""
        return {name: rule for section in self.sections for name, rule in section.rules.items()}

    @cached_property
    def makers(self) -> dict[str, Callable[[Frame], Node]]:
        """How each fact is made, by its name."""
        return dict(self._makers())

    def _makers(self) -> Iterator[tuple[str, Callable[[Frame], Node]]]:
        forms = self.forms
        for section in self.sections:
            for name, fact in section.facts.items():
                yield name, lambda frame, fact=fact: forms.fact(frame, fact)  # type: ignore[misc]
            for name, table in section.tables.items():
                yield name, lambda frame, table=table: forms.table(frame, table)  # type: ignore[misc]
            for name, ladder in section.ladders.items():
                yield name, lambda frame, ladder=ladder: forms.ladder(frame, ladder)  # type: ignore[misc]
            for name, latch in section.latches.items():
                yield from self._latch(name, latch)
            for name, memory in section.memories.items():
                yield name, lambda frame, name=name, memory=memory: self._memory(frame, name, memory)  # type: ignore[misc]
                yield f"{name}_next", lambda frame, of=memory: forms.expression(frame, of.next)  # type: ignore[misc]
        for name, rule in self.rules.items():
            if rule.require:
                yield f"{rule.for_}.{name}", lambda frame, of=rule: forms.expression(frame, of.when)  # type: ignore[misc]

    def _latch(self, name: str, latch: authored.Latch) -> Iterator[tuple[str, Callable[[Frame], Node]]]:
        forms = self.forms
        yield name, lambda frame: forms.latch(frame, name, latch)
        yield f"{name}_before", lambda frame: self._recall(frame, f"{name}_before", Entry(name, held=True))
        for kept in latch.keeps:
            yield f"{name}_{kept}", lambda frame, kept=kept: forms.kept(frame, name, kept, latch)  # type: ignore[misc]
            yield f"{name}_{kept}_before", lambda frame, kept=kept: self._kept(frame, name, kept, latch)  # type: ignore[misc]

    def _kept(self, frame: Frame, name: str, kept: str, latch: authored.Latch) -> Node:
        like = self.forms.expression(frame, latch.keeps[kept])
        return self._recall(
            frame, f"{name}_{kept}_before", Entry(name, kept), like.kind, like.scale, divided=like.divided
        )

    def _memory(self, frame: Frame, name: str, memory: authored.Memory) -> Node:
        kind, scale = kind_of(memory.unit), UNITS[memory.unit].scale
        return self._recall(frame, name, Entry(name, initial=spoken(memory.initial, kind)), kind, scale)

    def _recall(  # noqa: PLR0913 - a remembered fact's whole definition
        self, frame: Frame, name: str, entry: Entry, kind: str = "bool", scale: int = 0, *, divided: bool = False
    ) -> Node:
        def work(run: Run) -> Column:
            return list(run.tables.remembered[name])

        node = self.compiler.graph.node(frame, kind, [], work, scale=scale, divided=divided)
        self.recalled[name] = entry, node
        return node

    def fact(self, subject: str, fact: str) -> Node:
        """Return the node of a fact: given, remembered or derived.

        Raises:
            KeyError: There is no such fact.
        """
        name = f"{subject}.{fact}"
        if name not in self.nodes:
            self.nodes[name] = self._made(subject, fact, name)
        return self.nodes[name]

    def _made(self, subject: str, fact: str, name: str) -> Node:
        frame = self.compiler.graph.root(subject)
        if fact in given(subject):
            return self._given(frame, name, fact)
        if fact.removesuffix("_found") in self._picks(subject):
            self.pick(subject, fact.removesuffix("_found"))
            return self.nodes[name]
        return self._named(frame, self.makers[name](frame), name)

    def _given(self, frame: Frame, name: str, fact: str) -> Node:
        of = given(frame.subject or "")[fact]

        def work(run: Run) -> Column:
            return list(run.tables.columns[name])

        node = self.compiler.graph.node(frame, kind_of(of.unit), [], work, scale=of.type.scale)
        node.most = 10 ** (MOST_DIGITS + of.type.scale)
        return node

    def _named(self, frame: Frame, of: Node, name: str) -> Node:
        """Return a node that stands for a fact: something may be stated over it."""

        def work(run: Run) -> Column:
            return run.columns[of.number]

        node = self.compiler.like(frame, of, [of], work)
        node.fact = name
        return node

    def _picks(self, subject: str) -> frozenset[str]:
        names = (name.split(".") for section in self.sections for name in section.picks)
        return frozenset(fact for owner, fact in names if owner == subject)

    def pick(self, subject: str, fact: str) -> Node | None:
        """Return the node of the row that a pick chooses, where there is such a pick."""
        name = f"{subject}.{fact}"
        if name not in self.picks:
            pick = next((section.picks[name] for section in self.sections if name in section.picks), None)
            if pick is None:
                return None
            frame = self.compiler.graph.root(subject)
            self.picks[name], found = self.forms.pick(frame, pick)
            self.nodes[f"{name}_found"] = self._named(frame, found, f"{name}_found")
        return self.picks[name]

    def condition(self, rule: authored.Rule) -> Node:
        """Return the node of a rule's condition."""
        return self.forms.expression(self.compiler.graph.root(rule.for_), rule.when)

    def requirements(self, kind: str, subject: str) -> list[str]:
        """Return the ids of the requirements of a kind that bind a subject's rows, in the order of the text."""
        near = (subject, *SUBJECTS[subject].sees)
        return [name for name, rule in self.rules.items() if rule.require == kind and rule.for_ in near]
