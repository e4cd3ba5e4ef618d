"""Conditions of the law as questions to durable-rules: every comparison, conjunction and choice of a row."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeAlias

from engine.second import columns as own
from engine.second.arithmetic import Field, Ratio, product, together
from engine.second.conditions import NO, YES, Beside, Condition, Every, Holds, Some, fields, inverse, joined, judged
from engine.second.constants import Constant, One, Span, number
from engine.second.graph import Column, Frame, Graph, Node, Run, rows_of
from engine.second.language import COMPARISONS, Call, Joined, Listed, Literal, Name, Pair, Prefix, Tree
from engine.second.questions import Leaf, Question, Words
from engine.second.rules import Shape

ARITHMETIC: Final = ("+", "-", "*", "/")
Known: TypeAlias = tuple[Ratio, tuple[str, ...]]


@dataclass
class Sheet:
    """The leaves of a condition while it is written."""

    leaves: dict[tuple[int, str], Leaf] = field(default_factory=dict)

    def leaf(self, node: Node, form: str) -> Leaf:
        key = (node.number, form)
        if key not in self.leaves:
            self.leaves[key] = Leaf(node, form, len(self.leaves))
        return self.leaves[key]

    def truth(self, node: Node) -> Condition:
        return Holds(self.leaf(node, "truth").names[0])

    def number(self, node: Node) -> tuple[Ratio, tuple[str, ...]]:
        """Return a value as a ratio of fields, and the field that says whether it is known."""
        if node.divided:
            over, under, known = self.leaf(node, "ratio").names
            return Ratio(Field(over), Field(under)), (known,)
        name, known = self.leaf(node, "word" if node.kind == "word" else "number").names
        return Ratio(Field(name), 10**node.scale), (known,)


@dataclass
class Counts:
    """How much of the law is judged where: comparisons and joints by durable-rules, the rest by code of its own."""

    compared: int = 0
    joints: int = 0
    own: int = 0


@dataclass
class Asker:
    """What turns conditions into questions; `node` gives the columns that they are asked about."""

    constants: dict[str, Constant]
    graph: Graph = field(default_factory=Graph)
    questions: list[Question] = field(default_factory=list)
    words: Words = field(default_factory=Words)
    counts: Counts = field(default_factory=Counts)

    def node(self, frame: Frame, tree: Tree) -> Node:
        """Return an expression as a column over a frame."""
        raise NotImplementedError

    def constant(self, frame: Frame, one: One) -> Node:
        """Return a column of one value."""

        def work(run: Run) -> Column:
            return [one.value] * rows_of(run, frame).size

        return self.graph.node(frame, one.kind, [], work, scale=one.scale)

    # Constants

    def single(self, tree: Tree) -> One:
        """Return what one value a tree stands for.

        Raises:
            TypeError: It stands for several, or for none that is constant.
        """
        match tree:
            case Literal(text=text, word=word):
                return One("word", text) if word else number(text)
            case Name(path=("true" | "false" as word,)):
                return One("bool", word == "true")
            case Name(path=(name,)) if isinstance(found := self.constants.get(name), One):
                return found
            case Call(function="size", arguments=(listed,)):
                return One("number", len(self.several(listed)))
            case Call(function=bound, arguments=(Name(path=(name,)),)):
                found = self.constants[name]
                if isinstance(found, Span):
                    return own.bound_of(found, bound)
            case _:
                pass
        message = f"{tree} is no constant"
        raise TypeError(message)

    def several(self, tree: Tree) -> tuple[One, ...]:
        found = self.constants[tree.path[0]] if isinstance(tree, Name) else ()
        if not isinstance(found, tuple):
            message = f"{tree} is no list"
            raise TypeError(message)
        return found

    # Conditions

    def asked(self, frame: Frame, tree: Tree) -> Node:
        """Return a condition as the answer of durable-rules."""
        sheet = Sheet()
        return self.answer(frame, sheet, self.condition(frame, sheet, tree))

    def answer(self, frame: Frame, sheet: Sheet, condition: Condition) -> Node:
        """Return the node of one condition over the leaves of a sheet."""
        (node,) = self.answers(frame, sheet, [condition])
        return node

    def answers(self, frame: Frame, sheet: Sheet, conditions: Sequence[Condition]) -> list[Node]:
        """Return the nodes of several conditions, asked in as few questions as they fit into."""
        found: list[Node] = []
        together_: list[Condition] = []
        for condition in [self._reduced(frame, sheet, one) for one in conditions]:
            if together_ and not Shape((*together_, condition)).fits:
                found += self._question(frame, sheet, together_)
                together_ = []
            together_.append(condition)
        return found + self._question(frame, sheet, together_)

    def _reduced(self, frame: Frame, sheet: Sheet, condition: Condition) -> Condition:
        """Return a condition that fits into one question: what is too much is asked before, in one of its own."""
        while not Shape((condition,)).fits and isinstance(condition, Every | Some):
            parts = list(condition.of)
            place = max(range(len(parts)), key=lambda at: Shape((parts[at],)).conditions)
            if isinstance(parts[place], Holds | Beside):
                first, second = parts[: len(parts) // 2], parts[len(parts) // 2 :]
                halves = [self.answer(frame, sheet, joined(type(condition), half)) for half in (first, second)]
                return joined(type(condition), map(sheet.truth, halves))
            parts[place] = sheet.truth(self.answer(frame, sheet, parts[place]))
            condition = joined(type(condition), parts)
        return condition

    def _question(self, frame: Frame, sheet: Sheet, conditions: Sequence[Condition]) -> list[Node]:
        """Return the nodes of conditions that fit into one question."""
        used = frozenset().union(*(fields(condition) for condition in conditions))
        leaves = tuple(leaf for leaf in sheet.leaves.values() if used & {*leaf.names})
        if not leaves or all(isinstance(one, Holds) and one.so for one in conditions):
            return [self._plain(frame, leaves, condition) for condition in conditions]
        question = self._numbered(frame, leaves, Shape(tuple(conditions)))
        needs = [leaf.node for leaf in leaves]

        def work(place: int, run: Run) -> Column:
            return run.answers[question.number][place]

        return [
            self.graph.node(frame, "bool", needs, partial(work, place), later=1) for place in range(len(conditions))
        ]

    def _numbered(self, frame: Frame, leaves: tuple[Leaf, ...], shape: Shape) -> Question:
        level = max((frame.level, *(leaf.node.level for leaf in leaves))) + 1
        question = Question(len(self.questions), frame, level, leaves, shape, self.words)
        self.questions.append(question)
        return question

    def selected(self, frame: Frame, guards: Sequence[Node], *, first: bool) -> Node:
        """Return the number of the row that applies, or the number of rows where none does, as durable-rules says."""
        sheet = Sheet()
        truths = [sheet.truth(guard) for guard in guards]
        before = [[inverse(truth) for truth in truths[:place]] if first else [] for place in range(len(truths))]
        rows = [joined(Every, [*earlier, truth]) for earlier, truth in zip(before, truths, strict=True)]
        rows.append(joined(Every, map(inverse, truths)))
        leaves, shape = tuple(sheet.leaves.values()), Shape(tuple(rows), one_sided=True)
        if not shape.fits:
            return self.graph.node(frame, "number", guards, partial(own.first_true, guards, first))
        question = self._numbered(frame, leaves, shape)

        def work(run: Run) -> Column:
            return run.answers[question.number][0]

        return self.graph.node(frame, "number", [leaf.node for leaf in leaves], work, later=1)

    def _plain(self, frame: Frame, leaves: tuple[Leaf, ...], condition: Condition) -> Node:
        """Return a condition that is one truth, or constant: there is nothing to be asked."""
        if isinstance(condition, Holds):
            return next(leaf.node for leaf in leaves if condition.field in leaf.names)
        return self.constant(frame, One("bool", bool(judged(condition, {}))))

    def condition(self, frame: Frame, sheet: Sheet, tree: Tree) -> Condition:
        """Return a condition over leaves."""
        match tree:
            case Joined(sign=sign, terms=terms):
                self.counts.joints += 1
                return joined(Every if sign == "&&" else Some, [self.condition(frame, sheet, term) for term in terms])
            case Prefix(sign="!", of=of):
                return inverse(self.condition(frame, sheet, of))
            case Name(path=("true" | "false" as word,)):
                return YES if word == "true" else NO
            case Pair(sign="in", left=left, right=right):
                return self.member(self.ratio(frame, sheet, left), self._among(right))
            case Pair(sign=sign, left=left, right=right) if sign in COMPARISONS:
                return self.beside(sign, self.ratio(frame, sheet, left), self.ratio(frame, sheet, right))
            case _:
                return sheet.truth(self.node(frame, tree))

    def _among(self, tree: Tree) -> Constant:
        if isinstance(tree, Listed):
            return tuple(map(self.single, tree.items))
        return self.constants[tree.path[0]] if isinstance(tree, Name) else self.single(tree)

    def beside(self, sign: str, left: Known, right: Known) -> Condition:
        """Return a comparison; of two constants what it says."""
        self.counts.compared += 1
        known = tuple(dict.fromkeys((*left[1], *right[1])))
        found = Beside(sign, left[0], right[0], known)
        return found if known else YES if judged(found, {}) else NO

    def member(self, of: Known, among: Constant) -> Condition:
        """Return whether a value lies in an interval, or is one of several."""
        match among:
            case Span(low=low, high=high, low_in=low_in, high_in=high_in):
                ends = ((low, ">=" if low_in else ">"), (high, "<=" if high_in else "<"))
                return joined(Every, [self.beside(sign, of, self.fixed(end)) for end, sign in ends if end is not None])
            case One():
                return self.beside("==", of, self.fixed(among))
            case _:
                return joined(Some, [self.beside("==", of, self.fixed(one)) for one in among])

    def fixed(self, one: One) -> Known:
        """Return a constant as a ratio."""
        if one.kind == "word":
            return Ratio(self.words[str(one.value)]), ()
        return Ratio(int(one.value), 10**one.scale), ()

    def ratio(self, frame: Frame, sheet: Sheet, tree: Tree) -> Known:
        """Return an expression as sums and products of leaves, and the fields that say what is known."""
        match tree:
            case Pair(sign=sign, left=left, right=right) if sign in ARITHMETIC:
                first, second = self.ratio(frame, sheet, left), self.ratio(frame, sheet, right)
                return _combined(sign, first[0], second[0]), (*first[1], *second[1])
            case Prefix(sign="-", of=of):
                inner, known = self.ratio(frame, sheet, of)
                return together(Ratio(0), inner, "$sub"), known
            case Literal() | Name(path=(_,)):
                return self.fixed(self.single(tree))
            case Call(function="lower" | "upper" | "middle" | "size"):
                return self.fixed(self.single(tree))
            case _:
                return sheet.number(self.node(frame, tree))


def _combined(sign: str, left: Ratio, right: Ratio) -> Ratio:
    match sign:
        case "*":
            return product(left, right)
        case "/":
            return product(left, Ratio(right.under, right.over))
        case _:
            return together(left, right, "$add" if sign == "+" else "$sub")
