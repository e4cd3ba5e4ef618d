"""The forms that a fact is written in: tables, ladders, latches, memories and picks, each as nodes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine.law import authored
from engine.second import columns as own
from engine.second.asking import Sheet
from engine.second.conditions import YES, Condition, Every, inverse, joined
from engine.second.constants import One, Span, span, spoken
from engine.second.expressions import Compiler
from engine.second.graph import Column, Frame, Node, Run, rows_of
from engine.second.language import Joined, Name, Pair, Prefix, Tree, read

_RUNG: Final = re.compile(r"\brung\b")


def text_of(value: object) -> str:
    """Return what an author has written where an expression stands."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass
class Forms:
    """The forms over one compiler."""

    compiler: Compiler

    def expression(self, frame: Frame, value: object) -> Node:
        """Return an authored expression."""
        return self.compiler.node(frame, read(text_of(value)))

    def fact(self, frame: Frame, fact: authored.Derivation) -> Node:
        """Return a fact given by one expression; of a positive one, what is not above zero is unknown."""
        of = self.expression(frame, fact.value)
        if not fact.positive:
            return of

        def work(run: Run) -> Column:
            return [None if value is None or value <= 0 else value for value in run.columns[of.number]]

        return self.compiler.like(frame, of, [of], work)

    def table(self, frame: Frame, table: authored.Table) -> Node:
        """Return a fact read from rows: durable-rules says which applies."""
        sheet = Sheet()
        columns = {name: read(text_of(value)) for name, value in table.by.items()}
        guards = [
            joined(
                Every, [self._cell(frame, sheet, columns[name], cell) for name, cell in row.items() if name in columns]
            )
            for row in table.rows
        ]
        options = [self._then(frame, table, row["then"]) for row in table.rows]
        last = None if table.otherwise in (None, "unknown") else self._then(frame, table, table.otherwise)
        asked = self.compiler.answers(frame, sheet, guards)
        return self.chosen(frame, asked, [*options, last], first=table.hit == "first")

    def _then(self, frame: Frame, table: authored.Table, value: object) -> Node:
        if table.unit == "symbol":
            return self.compiler.constant(frame, One("word", str(value)))
        return self.expression(frame, value)

    def _kind(self, frame: Frame, tree: Tree) -> str:
        match tree:
            case Joined() | Prefix(sign="!"):
                return "bool"
            case Pair(sign=sign):
                return "number" if sign in "+-*/" else "bool"
            case _:
                return self.compiler.node(frame, tree).kind

    def _cell(self, frame: Frame, sheet: Sheet, column: Tree, cell: Any) -> Condition:  # noqa: ANN401 - as YAML has it
        if cell == "any":
            return YES
        kind, constants = self._kind(frame, column), self.compiler.constants
        if kind == "bool" and isinstance(cell, bool):
            found = self.compiler.condition(frame, sheet, column)
            return found if cell else inverse(found)
        of = self.compiler.ratio(frame, sheet, column)
        if isinstance(cell, tuple):
            return self.compiler.member(of, tuple(One("word", word) for word in cell))
        interval = span(cell, constants) if kind == "number" else None
        known = interval or (constants.get(cell) if isinstance(cell, str) else None)
        if isinstance(known, Span | tuple) or (known is not None and known.kind == kind):
            return self.compiler.member(of, known)
        value = spoken(cell, kind)
        if value is None:
            message = f"'{cell}' is no cell"
            raise ValueError(message)
        return self.compiler.member(of, value)

    def chosen(self, frame: Frame, guards: Sequence[Node], options: Sequence[Node | None], *, first: bool) -> Node:
        """Return the option of the row that applies; the last option where none does."""
        which = self.compiler.selected(frame, guards, first=first)
        nodes = [option for option in options if option is not None]
        divided, scale = any(node.divided for node in nodes), max(node.scale for node in nodes)

        def work(run: Run) -> Column:
            columns = [_brought(run, option, divided=divided, scale=scale) for option in options]
            return [
                None if at is None or columns[at] is None else columns[at][row]
                for row, at in enumerate(run.columns[which.number])
            ]

        kind, scale = nodes[0].kind, 0 if divided else scale
        return self.compiler.graph.node(frame, kind, [which, *nodes], work, scale=scale, divided=divided)

    def ladder(self, frame: Frame, ladder: authored.Ladder) -> Node:
        """Return the highest level whose condition holds; the lowest where the ladder does not apply."""
        sheet, compiler = Sheet(), self.compiler
        lowest, *rungs = ladder.levels
        crossed = [_RUNG.sub(str(level.rung), text_of(ladder.crossed)) for level in reversed(rungs)]
        applies = compiler.condition(frame, sheet, read(text_of(ladder.applies)))
        steps = [compiler.condition(frame, sheet, read(text)) for text in crossed]
        guards = compiler.answers(frame, sheet, [inverse(applies), *steps])
        numbers = [lowest.level, *(level.level for level in reversed(rungs)), lowest.level]
        options = [compiler.constant(frame, One("number", number)) for number in numbers]
        return self.chosen(frame, guards, options, first=True)

    def latch(self, frame: Frame, name: str, latch: authored.Latch) -> Node:
        """Return a fact that holds from when it is set until it is cleared."""
        sets, clears = read(text_of(latch.set)), read(text_of(latch.clear))
        held = Joined("&&", (self._before(name), Prefix("!", clears)))
        return self.compiler.node(frame, Joined("||", (sets, held)))

    def kept(self, frame: Frame, name: str, kept: str, latch: authored.Latch) -> Node:
        """Return a fact as it was when a latch was set last."""
        sets = read(text_of(latch.set))
        still = self.compiler.node(frame, Joined("&&", (self._before(name), Prefix("!", sets))))
        subject, fact = name.split(".")
        before = self.compiler.node(frame, Name((subject, f"{fact}_{kept}_before")))
        return self.chosen(frame, [still], [before, self.expression(frame, latch.keeps[kept])], first=True)

    def _before(self, name: str) -> Name:
        subject, fact = name.split(".")
        return Name((subject, f"{fact}_before"))

    def pick(self, frame: Frame, pick: authored.Pick) -> tuple[Node, Node]:
        """Return the row that is chosen, and whether there is one."""
        self.compiler.counts.own += 1
        owner, _, rows = pick.among.partition(".")
        when, graph = self.expression(frame, pick.when), self.compiler.graph
        pairs = graph.pairs(frame, owner, rows, "candidate", when)
        where = self.expression(pairs, pick.where)
        order = [self.expression(pairs, part) for part in pick.order_by]

        def work(run: Run) -> Column:
            lists = rows_of(run, frame).gather(owner, run.tables.lists[f"{frame.names[owner]}<{rows}"])
            wanted = run.columns[when.number]
            fits = [*zip(*(run.columns[node.number] for node in (where, *order)), strict=True)]
            return [*_picked(lists, wanted, fits)]

        both = graph.node(frame, "pick", [when, where, *order], work)
        return self._part(frame, both, 0, "pick"), self._part(frame, both, 1, "bool")

    def _part(self, frame: Frame, of: Node, part: int, kind: str) -> Node:
        def work(run: Run) -> Column:
            return [found[part] for found in run.columns[of.number]]

        return self.compiler.graph.node(frame, kind, [of], work)


def _picked(
    lists: Sequence[list[int] | None], wanted: Column, fits: Sequence[tuple[Any, ...]]
) -> "list[tuple[int | None, bool | None]]":
    """Return the best of each list, and whether there is one: unknown where only something unknown is left."""
    found: list[tuple[int | None, bool | None]] = []
    at = 0
    for below, when in zip(lists, wanted, strict=True):
        if when is not True or below is None:
            found.append((None, False if when is False else None))
            continue
        mine = list(zip(below, fits[at : at + len(below)], strict=True))
        at += len(below)
        known = [(key, place) for place, (_, (fit, *key)) in enumerate(mine) if fit and None not in key]
        doubt = any(fit is None or (fit and None in key) for _, (fit, *key) in mine)
        found.append((mine[min(known)[1]][0], True) if known else (None, None if doubt else False))
    return found


def _brought(run: Run, of: Node | None, *, divided: bool, scale: int) -> Column | None:
    """Return an option's column in the decimals of all of them."""
    if of is None:
        return None
    return own.fractions(run, of) if divided else own.rescaled(run.columns[of.number], of, scale)
