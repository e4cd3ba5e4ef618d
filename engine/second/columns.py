"""Sums, products, lists and rounding over whole columns, by code of its own: exact, `None` where unknown."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Protocol

from engine.second.conditions import every, some
from engine.second.constants import One, Span
from engine.second.graph import Column, Frame, Graph, Node, Run
from engine.second.language import Pair, Prefix, Tree

_SIGNS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: Fraction(left) / right if right else None,
}


class Nodes(Protocol):
    """What makes nodes of expressions."""

    graph: Graph

    def node(self, frame: Frame, tree: Tree) -> Node:
        """Return an expression as a column over a frame."""


@dataclass(frozen=True, slots=True)
class Fold:
    """What becomes of the values of a row's list; `counts`: a number, else a truth."""

    of: Callable[[list[Any]], Any]
    counts: bool


def _sum(values: list[Any]) -> Any:  # noqa: ANN401 - a number or nothing
    return None if None in values else sum(values)


FOLDS: Final = {
    "exists": Fold(some, counts=False),
    "all": Fold(every, counts=False),
    "count": Fold(_sum, counts=True),
    "sum": Fold(_sum, counts=True),
}


def folded(fold: Fold, lists: Sequence[list[int] | None], values: Column) -> Column:
    """Return what becomes of each list; the values of all lists stand in one column, list after list."""
    found: Column = []
    end = 0
    for below in lists:
        begin, end = end, end + len(below or ())
        found.append(None if below is None else fold.of(values[begin:end]))
    return found


def known(of: Node, run: Run) -> Column:
    """Return whether each value is known."""
    return [value is not None for value in run.columns[of.number]]


def first_true(guards: Sequence[Node], first: bool, run: Run) -> Column:  # noqa: FBT001 - how a table is read
    """Return the number of the row that applies, of a table with too many rows to be asked about at once."""
    return [_applying(row, first=first) for row in zip(*(run.columns[guard.number] for guard in guards), strict=True)]


def _applying(guards: Sequence[bool | None], *, first: bool) -> int | None:
    for place, guard in enumerate(guards):
        if guard is True:
            return place
        if guard is None and first:
            return None
    return None if None in guards else len(guards)


def computed(compiler: Nodes, frame: Frame, tree: Pair | Prefix) -> Node:
    """Return the node of a sum, a difference, a product, a quotient or a negative."""
    if isinstance(tree, Prefix):
        of = compiler.node(frame, tree.of)

        def negative(run: Run) -> Column:
            return [None if value is None else -value for value in run.columns[of.number]]

        return compiler.graph.node(frame, of.kind, [of], negative, scale=of.scale, divided=of.divided)
    return _paired(compiler.graph, frame, tree.sign, compiler.node(frame, tree.left), compiler.node(frame, tree.right))


def _paired(graph: Graph, frame: Frame, sign: str, left: Node, right: Node) -> Node:
    divided = sign == "/" or left.divided or right.divided
    top = max(left.scale, right.scale)
    scales = (left.scale, right.scale) if sign == "*" else (top, top)
    apply = _SIGNS[sign]

    def work(run: Run) -> Column:
        if divided:
            return _divided(apply, (left, right), (run.columns[left.number], run.columns[right.number]))
        sides = zip((left, right), scales, strict=True)
        first, second = (aligned(run, side, scale) for side, scale in sides)
        return [None if a is None or b is None else apply(a, b) for a, b in zip(first, second, strict=True)]

    scale = 0 if divided else sum(scales) if sign == "*" else top
    return graph.node(frame, "number", [left, right], work, scale=scale, divided=divided)


def _divided(apply: Callable[[Any, Any], Any], of: tuple[Node, Node], given: tuple[Column, Column]) -> Column:
    """Return what becomes of two columns in fractions, worked out once for what many rows have alike."""
    known: dict[tuple[Any, Any], Any] = {}
    for pair in dict.fromkeys(zip(*given, strict=True)):
        sides = (_fraction(node, value) for node, value in zip(of, pair, strict=True))
        known[pair] = None if None in pair else apply(*sides)
    return [known[pair] for pair in zip(*given, strict=True)]


def _fraction(of: Node, value: Any) -> Any:  # noqa: ANN401 - a number or nothing
    return (
        value
        if value is None or of.divided
        else Fraction(value, 10**of.scale)
        if isinstance(value, int)
        else value / 10**of.scale
    )


def aligned(run: Run, of: Node, scale: int) -> Column:
    """Return a column of integers with so many decimals."""
    return rescaled(run.columns[of.number], of, scale)


def rescaled(column: Column, of: Node, scale: int) -> Column:
    """Return a column's values with so many decimals; fewer only where nothing is lost."""
    if of.kind != "number":
        return column
    if of.divided:
        return [None if value is None else value * 10**scale for value in column]
    if of.scale == scale:
        return column
    if of.scale < scale:
        factor = 10 ** (scale - of.scale)
        return [None if value is None else value * factor for value in column]
    return [None if value is None else _whole(Fraction(value, 10 ** (of.scale - scale))) for value in column]


def _whole(value: Fraction) -> Fraction | int:
    return value.numerator if value.denominator == 1 else value


def fractions(run: Run, of: Node) -> Column:
    """Return a column as fractions of what it counts."""
    return [_fraction(of, value) for value in run.columns[of.number]]


def numeric(graph: Graph, frame: Frame, function: str, needs: Sequence[Node]) -> Node:
    """Return the node of a function of numbers."""
    if function in ("floor", "ceil"):
        return _rounded(graph, frame, function, needs)
    divided = any(need.divided for need in needs)
    scale = 0 if divided else max(need.scale for need in needs)
    finer = _finer(len(needs)) if function == "mean" and not divided else 0
    if finer is None:
        divided, scale, finer = True, 0, 0
    apply = _APPLIED[function](len(needs), finer)

    def work(run: Run) -> Column:
        given = [fractions(run, need) if divided else aligned(run, need, scale) for need in needs]
        if function == "first_known":
            return [next((value for value in row if value is not None), None) for row in zip(*given, strict=True)]
        return mapped(apply, given)

    return graph.node(frame, needs[0].kind, needs, work, scale=scale + finer, divided=divided)


def _finer(count: int) -> int | None:
    """Return how many more decimals a mean of so many numbers needs; nothing where none are enough."""
    return next((more for more in range(count + 1) if 10**more % count == 0), None)


def _mean(count: int, finer: int) -> Callable[..., Any]:
    factor = Fraction(10**finer, count)
    whole = factor.numerator if factor.denominator == 1 else factor
    return lambda *values: sum(values) * whole


_APPLIED: Final[dict[str, Callable[[int, int], Callable[..., Any]]]] = {
    "abs": lambda *_: abs,
    "min": lambda *_: lambda *values: min(values),
    "max": lambda *_: lambda *values: max(values),
    "mean": _mean,
    "first_known": lambda *_: lambda *values: values,
}


def _rounded(graph: Graph, frame: Frame, function: str, needs: Sequence[Node]) -> Node:
    of, *steps = needs
    scale = steps[0].scale if steps else 0
    sign = -1 if function == "ceil" else 1

    def whole(value: Any, step: Any) -> Any:  # noqa: ANN401 - numbers
        over, under = (value, step) if of.divided else (value * 10**scale, step * 10**of.scale)
        return sign * ((sign * over * (10**scale if of.divided else 1)) // under) * step

    def work(run: Run) -> Column:
        column = run.columns[of.number]
        return mapped(whole, [column, run.columns[steps[0].number] if steps else [1] * len(column)])

    return graph.node(frame, "number", needs, work, scale=scale)


def mapped(apply: Callable[..., Any], given: Sequence[Column]) -> Column:
    """Return a function's values where all that it takes is known."""
    if len(given) == 1:
        return [None if value is None else apply(value) for value in given[0]]
    return [None if None in row else apply(*row) for row in zip(*given, strict=True)]


def ranges(
    run: Run, lists: Sequence[list[int] | None], bars: Sequence[tuple[Any, ...]], asked: tuple[Column, int, int]
) -> Column:
    """Return the mean true ranges of each list of bars before a date."""
    return [*_ranges(run, lists, bars, asked)]


def _ranges(
    run: Run, lists: Sequence[list[int] | None], bars: Sequence[tuple[Any, ...]], asked: tuple[Column, int, int]
) -> Iterator[Fraction | None]:
    days, count, scale = asked
    for below, day in zip(lists, days, strict=True):
        if below is None or day is None:
            yield None
            continue
        found = run.calendar.mean_true_range([bars[row] for row in below], day, count)
        yield None if found is None else found / 10**scale


def bound_of(interval: Span, which: str) -> One:
    """Return an end of an interval, or its middle.

    Raises:
        TypeError: It is open to that side.
    """
    low, high = interval.low, interval.high
    if low is None or high is None:
        message = "the interval is open to one side"
        raise TypeError(message)
    if which != "middle":
        return low if which == "lower" else high
    scale = max(low.scale, high.scale)
    total = int(low.value) * 10 ** (scale - low.scale) + int(high.value) * 10 ** (scale - high.scale)
    return One("number", total * 10**1 // 2, scale + 1)
