"""Expressions as nodes: conditions become questions, everything else code of its own, column by column."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from engine.second import columns as own
from engine.second.asking import ARITHMETIC, Asker
from engine.second.constants import One
from engine.second.functions import FUNCTIONS, Function
from engine.second.graph import Column, Distinct, Frame, Node, Run, rows_of
from engine.second.language import (
    Call,
    Each,
    Joined,
    Listed,
    Literal,
    Name,
    Pair,
    Prefix,
    Tree,
    read_outside,
    rows_named,
)
from engine.subjects import SUBJECTS

Facts = Callable[[str, str], Node]
Picks = Callable[[str, str], Node | None]


@dataclass
class Compiler(Asker):
    """Expressions of one law. `fact` gives the node of a fact of a subject, `pick` that of a row chosen."""

    fact: Facts = field(kw_only=True)
    pick: Picks = field(kw_only=True)
    _known: dict[tuple[int, Tree], Node] = field(default_factory=dict)
    _gathered: dict[tuple[int, str, int], Node] = field(default_factory=dict)

    # Any expression

    def node(self, frame: Frame, tree: Tree) -> Node:
        """Return an expression as a column over a frame, worked out for as few rows as decide it."""
        key = (frame.number, tree)
        if key not in self._known:
            home = self._home(frame, tree)
            self._known[key] = self._made(frame, tree) if home is None else self._from(frame, home, tree)
        return self._known[key]

    def _home(self, frame: Frame, tree: Tree) -> str | None:
        """Return the subject whose rows decide an expression, where those are rows above the ones at hand."""
        names, root = rows_named(tree), frame.root.names
        if isinstance(tree, Literal | Name) or not names or not all(root.get(name) == name for name in names):
            return None
        seen = [name for name in names if all(other in (name, *SUBJECTS[name].sees) for other in names)]
        own = frame.names.keys() == root.keys()  # its rows, or some of them
        return seen[0] if seen and not (own and seen[0] == frame.root.subject) else None

    def _from(self, frame: Frame, subject: str, tree: Tree) -> Node:
        return self.gathered(frame, subject, self.node(self.graph.root(subject), tree))

    def gathered(self, frame: Frame, row: str, of: Node) -> Node:
        """Return a subject's column for the rows that stand under a name in a frame."""
        if frame.subject == row:
            return of
        key = (frame.number, row, of.number)
        if key not in self._gathered:

            def work(run: Run) -> Column:
                return rows_of(run, frame).gather(row, run.columns[of.number])

            self._gathered[key] = self.like(frame, of, [of], work)
        return self._gathered[key]

    def like(self, frame: Frame, of: Node, needs: Sequence[Node], work: Callable[[Run], Column]) -> Node:
        """Return a node of the kind of another."""
        return self.graph.node(frame, of.kind, needs, work, scale=of.scale, divided=of.divided)

    def _made(self, frame: Frame, tree: Tree) -> Node:
        match tree:
            case Literal(text=text, word=True):
                return self.constant(frame, One("word", text))
            case Name(path=(name,)) if name not in self.constants:
                return self.constant(frame, One("bool", name == "true"))
            case Literal() | Name(path=(_,)):
                return self.constant(frame, self.single(tree))
            case Name(path=path):
                return self._read(frame, *path)
            case Joined() | Prefix(sign="!"):
                return self.asked(frame, tree)
            case Pair(sign=sign) if sign not in ARITHMETIC:
                return self.asked(frame, tree)
            case Pair() | Prefix():
                self.counts.own += 1
                return own.computed(self, frame, tree)
            case Each():
                return self._each(frame, tree)
            case Call():
                return self._call(frame, tree)
            case Listed():
                message = "a list stands behind `in` alone"
                raise TypeError(message)

    def _read(self, frame: Frame, row: str, fact: str, inner: str | None = None) -> Node:
        subject = frame.names[row]
        if inner is None:
            return self.gathered(frame, row, self.fact(subject, fact))
        pick = self.pick(subject, fact)
        if pick is None:
            message = f"'{row}.{fact}' picks no row"
            raise KeyError(message)
        chosen, of = self.gathered(frame, row, pick), self.fact("candidate", inner)

        def work(run: Run) -> Column:
            column = run.columns[of.number]
            return [None if at is None else column[at] for at in run.columns[chosen.number]]

        return self.like(frame, of, [chosen, of], work)

    # Lists and functions

    def _each(self, frame: Frame, each: Each) -> Node:
        self.counts.own += 1
        outer = [name for name in read_outside(each.body, each.variable) if name.path[0] in frame.names]
        if frame.subject == each.row or any(len(name.path) == 1 for name in outer):
            return self._folded(frame, each)
        alike = [self.node(frame, name) for name in outer]
        few = self.graph.distinct(frame, alike, each.row)
        of = self._folded(few, each)

        def work(run: Run) -> Column:
            rows = rows_of(run, few)
            column = run.columns[of.number]
            return [*map(column.__getitem__, rows.which)] if isinstance(rows, Distinct) else column

        return self.like(frame, of, [of, *alike], work)

    def _folded(self, frame: Frame, each: Each) -> Node:
        pairs = self.graph.pairs(frame, each.row, each.rows, each.variable)
        body = self.node(pairs, each.body)
        rows = f"{frame.names[each.row]}<{each.rows}"
        fold = own.FOLDS[each.how]

        def work(run: Run) -> Column:
            lists = rows_of(run, frame).gather(each.row, run.tables.lists[rows])
            return own.folded(fold, lists, run.columns[body.number])

        kind, scale = ("number", body.scale if each.how == "sum" else 0) if fold.counts else ("bool", 0)
        return self.graph.node(frame, kind, [body], work, scale=scale)

    def _call(self, frame: Frame, call: Call) -> Node:
        if call.function in ("lower", "upper", "middle", "size"):
            return self.constant(frame, self.single(call))
        self.counts.own += 1
        if call.function == "rank":
            return self._rank(frame, call)
        if call.function == "mean_true_range":
            return self._range(frame, call)
        needs = [self.node(frame, argument) for argument in call.arguments]
        match call.function:
            case "known":
                return self.graph.node(frame, "bool", needs, partial(own.known, needs[0]))
            case "first_known" | "min" | "max" | "mean" | "abs" | "floor" | "ceil":
                return own.numeric(self.graph, frame, call.function, needs)
            case _:
                return self._applied(frame, FUNCTIONS[call.function], needs)

    def _applied(self, frame: Frame, function: Function, needs: list[Node]) -> Node:
        def work(run: Run) -> Column:
            apply = function.of(run)
            given = [run.columns[need.number] for need in needs]
            return own.mapped(apply, [own.rescaled(*pair) for pair in zip(given, needs, function.scales, strict=True)])

        return self.graph.node(frame, function.kind, needs, work, scale=function.scale)

    def _rank(self, frame: Frame, call: Call) -> Node:
        word, listed = call.arguments
        places = [one.value for one in self.several(listed)]
        of = self.node(frame, word)

        def work(run: Run) -> Column:
            return [None if one is None else [*places, one].index(one) for one in run.columns[of.number]]

        return self.graph.node(frame, "number", [of], work)

    def _range(self, frame: Frame, call: Call) -> Node:
        bars, day, count = call.arguments
        row, rows = bars.path if isinstance(bars, Name) else ("", "")
        child = dict(SUBJECTS[frame.names[row]].lists)[rows]
        parts = [self.fact(child, fact) for fact in ("date", "high", "low", "close")]
        today, sessions = self.node(frame, day), int(self.single(count).value)

        def work(run: Run) -> Column:
            lists = rows_of(run, frame).gather(row, run.tables.lists[f"{frame.names[row]}<{rows}"])
            made = [*zip(*(run.columns[part.number] for part in parts), strict=True)]
            return own.ranges(run, lists, made, (run.columns[today.number], sessions, parts[-1].scale))

        return self.graph.node(frame, "number", [*parts, today], work, divided=True)
