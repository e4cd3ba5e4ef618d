"""The second opinion on one law: compiled from its authored sections once, then asked about tables of snapshots."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, TypeAlias

from engine.law import authored
from engine.law.model import Constitution
from engine.second.dates import Calendar
from engine.second.durable import RuleSet
from engine.second.given import Plain, given, restated
from engine.second.graph import Column, Frame, Node, Run, rows_of
from engine.second.law import Law
from engine.second.questions import Question, Sheet
from engine.second.said import Findings, Said, Speaking, Tally
from engine.second.terms import Terms
from engine.second.values import exact, spelled
from engine.subjects import SUBJECTS
from engine.subjects import given as facts_given

Masks: TypeAlias = tuple[int, int]
MOST_TOGETHER: Final = 100  # rules in one set: each type of fact is looked for among all of them


@dataclass
class Opinion:
    """What the second opinion makes of one snapshot."""

    law: Law
    run: Run
    said: Said

    @property
    def findings(self) -> Findings:
        """What every rule that speaks says of each row."""
        return self.said.findings

    def fact(self, name: str, row: int) -> Any:  # noqa: ANN401 - any value
        """Return a fact of a row: an exact number, a word, a truth, the row of a pick; nothing where unknown."""
        node = self.law.picks.get(name) or self.law.nodes[name]
        return exact(node, self.run.columns[node.number][row])

    def reads(self, rule: str, row: int, required: Sequence[str] = ()) -> dict[str, str]:
        """Return the facts of a row, and of those above it, on which a rule and some requirements rest.

        Series are left out: both opinions are given the same.
        """
        frame, rules = self.law.compiler.graph.root(self.law.rules[rule].for_), self.law.rules
        found: dict[str, str] = {}
        asked = [self.law.condition(rules[rule]), *(self.law.fact(rules[name].for_, name) for name in required)]
        for name in self._below(asked):
            subject = name.split(".")[0]
            if subject in frame.names and self.law.nodes[name].kind != "series":
                index = rows_of(self.run, frame).index(subject)
                found[name] = spelled(self.fact(name, row if index is None else index[row]))
        return found

    def _below(self, nodes: Sequence[Node]) -> list[str]:
        """Return every fact that nodes are made of, the nearest first."""
        names = {of.number: name for name, of in self.law.nodes.items()}
        seen = {node.number: node for node in nodes}
        found = [*seen.values()]
        for each in found:
            for need in each.needs:
                if need.number not in seen:
                    seen[need.number] = need
                    found.append(need)
        return [names[each.number] for each in found if each.number in names]


@dataclass
class Second:
    """One law, ready to be asked; durable-rules gets its rules when it is asked first."""

    law: Law
    terms: Terms
    requires: dict[str, tuple[str, ...]] = field(default_factory=dict)
    decides: dict[str, tuple[Node, Node | None]] = field(default_factory=dict)
    _masks: dict[tuple[str, str], Node | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.law.makers:
            self.law.fact(*name.split("."))
        for section in self.law.sections:
            for name in section.picks:
                self.law.pick(*name.split("."))
        rules = self.law.rules
        for name, rule in rules.items():
            if rule.require:
                self.requires[rule.require] = (*self.requires.get(rule.require, ()), name)
        _ = self.terms.nodes
        for name, rule in rules.items():
            if rule.decide:
                self.decides[name] = self.law.condition(rule), self.masks(rule.decide, rule.for_)

    @property
    def needs(self) -> list[str]:
        """The given facts that the law reads."""
        pairs = (name.split(".") for name in self.law.nodes)
        return sorted(f"{subject}.{fact}" for subject, fact in pairs if fact in facts_given(subject))

    def masks(self, kind: str, subject: str) -> Node | None:
        """Return the requirements of a kind that do not hold for a row, and those that are unknown, as bits."""
        if (kind, subject) not in self._masks:
            self._masks[kind, subject] = self._mask(kind, subject)
        return self._masks[kind, subject]

    def _mask(self, kind: str, subject: str) -> Node | None:
        frame, rules = self.law.compiler.graph.root(subject), self.law.rules
        here = [(bit, name) for bit, name in enumerate(self.requires.get(kind, ())) if rules[name].for_ == subject]
        own = [(1 << bit, self.law.fact(subject, name)) for bit, name in here]
        seen = [(above, self.masks(kind, above)) for above in SUBJECTS[subject].sees]
        above = [self.law.compiler.gathered(frame, name, mask) for name, mask in seen if mask is not None]
        if not own and not above:
            return None

        def work(run: Run) -> Column:
            return _masked(run, frame, own, above)

        return self.law.compiler.graph.node(frame, "mask", [*(node for _, node in own), *above], work)

    @cached_property
    def levels(self) -> list[tuple[list[Question], list[Node]]]:
        """What is asked and what is worked out, in order: the questions of a level, then what rests on them."""
        graph, questions = self.law.compiler.graph, self.law.compiler.questions
        found: list[tuple[list[Question], list[Node]]] = [
            ([], []) for _ in range(1 + max(node.level for node in graph.nodes))
        ]
        for question in questions:
            found[question.level][0].append(question)
        for node in graph.nodes:
            found[node.level][1].append(node)
        return found

    @cached_property
    def sets(self) -> list[list[tuple[RuleSet, list[Question]]]]:
        """The rule sets of each level.

        Raises:
            NotInstalledError: durable-rules is not here.
        """
        return [[(_rule_set(some), some) for some in grouped(questions)] for questions, _ in self.levels]

    def opinion(self, tables: Plain) -> Opinion:
        """Return what the law says of a snapshot.

        Raises:
            NotInstalledError: durable-rules is not here.
            InconsistentError: It has not answered as it must.
        """
        graph, compiler = self.law.compiler.graph, self.law.compiler
        made = given(self.law, tables)
        run = Run(made, Calendar(made.sessions), [[]] * len(graph.nodes), [()] * len(compiler.questions))
        run.asked = tables.get("asked", {})
        tally = Tally()
        for (_, nodes), sets in zip(self.levels, self.sets, strict=True):
            for rules, questions in sets:
                _ask(run, rules, [question for question in questions if there(run, question.frame)], tally)
            for node in nodes:
                if not there(run, node.frame):
                    continue
                column = node.work(run)
                stated = made.stated.get(node.fact) if node.fact else None
                run.columns[node.number] = restated(column, stated) if stated else column
        return Opinion(self.law, run, self._said(run, tally))

    def _said(self, run: Run, tally: Tally) -> Said:
        accounts = [(kind, mask) for (kind, subject), mask in self._masks.items() if subject == "account" and mask]
        return Said(
            speaking={name: [*_speaking(run, *nodes)] for name, nodes in self.decides.items()},
            accounts={kind: run.columns[mask.number] for kind, mask in accounts},
            kinds={name: str(self.law.rules[name].decide) for name in self.decides},
            requires=self.requires,
            values=self.terms.values(run),
            tally=tally,
        )


def there(run: Run, frame: Frame) -> bool:
    """Return whether a snapshot has any row from which a frame is made; of none all columns are empty."""
    return run.tables.sizes[str(frame.root.subject)] > 0


def _speaking(run: Run, when: Node, masks: Node | None) -> Iterator[Speaking]:
    missing = run.columns[masks.number] if masks else None
    for row, holds in enumerate(run.columns[when.number]):
        if holds is not False:
            missed, unknown = missing[row] if missing else (0, 0)
            yield row, holds, missed, unknown


def _masked(run: Run, frame: Frame, own: Sequence[tuple[int, Node]], above: Sequence[Node]) -> Column:
    """Return the masks of every row, worked out once for what many rows have alike."""
    size = rows_of(run, frame).size
    truths = zip(*(run.columns[node.number] for _, node in own), strict=True) if own else [()] * size
    over = zip(*(run.columns[node.number] for node in above), strict=True) if above else [()] * size
    rows = [*zip(truths, over, strict=True)]
    bits = [bit for bit, _ in own]
    known = {row: _missing(bits, *row) for row in dict.fromkeys(rows)}
    return [*map(known.__getitem__, rows)]


def _missing(bits: Sequence[int], truths: Sequence[bool | None], over: Sequence[Masks]) -> Masks:
    missed = unknown = 0
    for mask in over:
        missed, unknown = missed | mask[0], unknown | mask[1]
    for bit, value in zip(bits, truths, strict=True):
        if value is not True:
            missed |= bit
            unknown |= bit if value is None else 0
    return missed, unknown


def grouped(questions: Iterable[Question]) -> Iterator[list[Question]]:
    """Yield questions in groups that fit into one rule set."""
    group: list[Question] = []
    count = 0
    for question in questions:
        if group and count + len(question.rules) > MOST_TOGETHER:
            yield group
            group, count = [], 0
        group.append(question)
        count += len(question.rules)
    if group:
        yield group


def _rule_set(questions: Sequence[Question]) -> RuleSet:
    texts = {name: terms for question in questions for name, terms in question.texts.items()}
    return RuleSet(f"law{questions[0].number}", texts)


def _ask(run: Run, rules: RuleSet, questions: Sequence[Question], tally: Tally) -> None:
    """Ask the questions of one rule set, each distinct one once."""
    sheets = [Sheet(question, run) for question in questions]
    asked = [(sheet, place) for sheet in sheets for place in sheet.fit]
    texts = [text for sheet in sheets for text in sheet.facts]
    for rule, number in rules.fired(texts) if texts else ():
        sheet, place = asked[number]
        sheet.note(rule, place)
        tally.fired += 1
    tally.asked += len(texts)
    for sheet in sheets:
        tally.beyond += len(sheet.keys) - len(sheet.fit)
        run.answers[sheet.question.number] = sheet.columns()


def compile_second(law: Constitution) -> Second:
    """Return the second opinion on a law, made of nothing but what its authors wrote."""
    return of_authored(law.sections, law.front)


def of_authored(sections: tuple[authored.Section, ...], front: authored.Version | None = None) -> Second:
    """Return the second opinion on authored sections, and on what stands in front of them."""
    law = Law(sections)
    return Second(law, Terms(law, front))
