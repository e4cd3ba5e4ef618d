"""Tables, held against every value that their columns can take, exactly: rows that miss, meet, or can never apply.

A column's bounds cut its values into regions that no cell divides. One value stands for each region, so a cell covers
the region or it does not, and what is true of these values is true of all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import Final, TypeAlias

from engine.expr.typed import (
    BOOL,
    Apply,
    Case,
    Compare,
    Const,
    FirstKnown,
    Known,
    Logic,
    OneOf,
    Read,
    Type,
    Typed,
    Within,
)
from engine.expr.units import UNITS
from engine.law.authored import Table
from engine.law.finding import Files, Finding, sections
from engine.law.model import Constitution
from engine.law.read import node_at

Value: TypeAlias = Fraction | bool | str
Box: TypeAlias = tuple[frozenset[int], ...]

_OTHER: Final = "another word"
_HALF: Final = Fraction("0.5")
_TRUTH: Final = Known(0, Const(0, value=True, type=BOOL))
_ORDERED: Final = frozenset({"number", "date", "time", "instant"})


@dataclass(frozen=True, slots=True)
class _Cell:
    """What a row asks of one column: a truth, an interval, words; without a test it takes any value."""

    written: object
    test: Typed | None

    def covers(self, value: Value) -> bool:
        if self.test is None:
            return True
        if isinstance(self.written, bool):
            return value is self.written
        match self.test:
            case Within(lower=lower, upper=upper, lower_in=lower_in, upper_in=upper_in):
                above = lower is None or _exact(lower) < value or (lower_in and _exact(lower) == value)  # type: ignore[operator]
                below = upper is None or value < _exact(upper) or (upper_in and _exact(upper) == value)  # type: ignore[operator]
                return above and below
            case OneOf(items=items):
                return any(_exact(item) == value for item in items)
            case Compare(right=Const() as right):
                return _exact(right) == value
            case _:
                message = f"a cell became {type(self.test).__name__}"
                raise TypeError(message)

    @property
    def of(self) -> Typed | None:
        """What the column reads, as far as this cell shows; a truth is its own column."""
        match self.test:
            case _ if isinstance(self.written, bool):
                return _TRUTH
            case Within(of=of) | OneOf(of=of) | Compare(left=of):
                return of
            case _:
                return None

    @property
    def constants(self) -> tuple[Const, ...]:
        match self.test:
            case _ if isinstance(self.written, bool):
                return ()
            case Within(lower=lower, upper=upper):
                return tuple(bound for bound in (lower, upper) if bound is not None)
            case OneOf(items=items):
                return items
            case Compare(right=Const() as right):
                return (right,)
            case _:
                return ()


@dataclass(frozen=True, slots=True)
class _Column:
    """One column that some row asks about: a value for each region, and the cell of every row."""

    name: str
    type: Type
    cells: tuple[_Cell, ...]
    values: tuple[Value, ...]

    @property
    def impossible(self) -> Iterator[int]:
        return (row for row in range(len(self.cells)) if not self.covered(row))

    def covered(self, row: int) -> frozenset[int]:
        return frozenset(number for number, value in enumerate(self.values) if self.cells[row].covers(value))


def tables(law: Constitution, files: Files) -> Iterator[Finding]:
    """Yield the gaps of every table without `otherwise`, the overlaps of unique ones, the rows nothing can reach."""
    for file, section in sections(files):
        for name, table in section.tables.items():
            derived = law.derived.get(name)
            if derived is None or not isinstance(derived.value, Case):
                continue
            node, key = node_at(file.node, ("tables", name))
            places = [node_at(node, ("rows", row))[0].place for row in range(len(table.rows))]
            columns = _columns(law, table, derived.value)
            for column in columns:
                for row in column.impossible:
                    place = node_at(node, ("rows", row, column.name))[0].place
                    yield Finding(place, "empty", f"no value of '{column.name}' lies here; mend the bounds, or delete the row")
            if table.otherwise is None and (gap := _gap(columns, len(table.rows))):
                message = f"'{name}' has no row where {gap}; add one, or say `otherwise`"
                yield Finding((key or node).place, "gap", message)
            clashes = _overlaps(columns, len(table.rows)) if table.hit == "unique" else ()
            for first, second, where in clashes:
                both = f"this row and the one at {places[first]} both apply{where}"
                yield Finding(places[second], "overlap", f"{both}; let one of them take it, or say `hit: first`")
            for row in _buried(columns, len(table.rows)) if table.hit == "first" else ():
                yield Finding(places[row], "never", "the rows above take all that this one could; delete it, or move it up")


def _columns(law: Constitution, table: Table, case: Case) -> list[_Column]:
    found = []
    cells = [_cells(table, row, guard) for row, (guard, _) in enumerate(case.rows)]
    for name in table.by:
        column = tuple(row[name] for row in cells)
        of = next((cell.of for cell in column if cell.of is not None), None)
        if of is not None:
            settled = _settled(law, of)
            values = _regions(of.type, column) if settled is None else iter(sorted(settled))  # type: ignore[type-var]
            found.append(_Column(name, of.type, column, tuple(values)))
    return found


def _settled(law: Constitution, of: Typed) -> frozenset[Value] | None:
    """Return every value that an expression can take, where the law itself names them all."""
    match of:
        case Const():
            return frozenset({_exact(of)})
        case Read(subject=subject, fact=fact) if f"{subject}.{fact}" in law.derived:
            return _settled(law, law.derived[f"{subject}.{fact}"].value)
        case Case(rows=rows, otherwise=otherwise):
            options = [value for _, value in rows] + ([otherwise] if otherwise is not None else [])
        case FirstKnown(options=given) | Apply(function="min" | "max", arguments=given):
            options = list(given)
        case _:
            return None
    each = [_settled(law, option) for option in options]
    return None if None in each else frozenset[Value]().union(*(values for values in each if values is not None))


def _cells(table: Table, row: int, guard: Typed) -> dict[str, _Cell]:
    """Return the row's cells; the guard holds a test for each that is written and not `any`, in the order of the columns."""
    written = table.rows[row]
    asked = [name for name in table.by if name in written and written[name] != "any"]
    tests = guard.terms if len(asked) > 1 and isinstance(guard, Logic) else (guard,)
    cells = {name: _Cell("any", None) for name in table.by}
    return cells | {name: _Cell(written[name], test) for name, test in zip(asked, tests, strict=False)}


def _exact(constant: Const) -> Value:
    value = constant.value
    return value if isinstance(value, bool | str) else Fraction(value, 10**constant.type.scale)


def _regions(kind: Type, cells: Sequence[_Cell]) -> Iterator[Value]:
    """Yield one value for each region of a column."""
    seen = {_exact(constant): None for cell in cells for constant in cell.constants}
    if kind.kind == "bool":
        yield from (False, True)
    elif kind.kind in _ORDERED:
        yield from _numbers(kind, {value for value in seen if isinstance(value, Fraction)})
    elif len(kind.words) > 1:
        yield from sorted(kind.words)
    else:
        yield from sorted(str(value) for value in seen)
        yield _OTHER


def _numbers(kind: Type, cuts: set[Fraction]) -> Iterator[Fraction]:
    """Yield every cut and a value on each side of it, as far as the column can take them."""
    lowest = Fraction(0) if kind.sign != "any" or kind.kind == "time" else None
    ordered = sorted(cuts | ({lowest} if lowest is not None else set()))
    values = [ordered[0] - 1]
    for below, above in pairwise(ordered):
        values += [below, *_between(kind, below, above)]
    values += [ordered[-1], ordered[-1] + 1]
    for value in values:
        if kind.divided or (value * 10**kind.scale).denominator == 1:
            if lowest is None or value > lowest or (value == lowest and kind.sign != "positive"):
                yield value


def _between(kind: Type, below: Fraction, above: Fraction) -> Iterator[Fraction]:
    """Yield a value strictly between two cuts, on the grid of the decimals kept."""
    middle = (below + above) * _HALF
    if kind.divided:
        yield middle
        return
    step = Fraction(1, 10**kind.scale)
    value = max(floor(middle / step), floor(below / step) + 1) * step
    if value < above:
        yield value


def _boxes(columns: Sequence[_Column], rows: int) -> list[Box]:
    return [tuple(column.covered(row) for column in columns) for row in range(rows)]


def _uncovered(space: Box, rows: Sequence[Box]) -> tuple[int, ...] | None:
    """Return a region of each column, as many as it takes, that together no row covers."""
    if not rows:
        return ()
    if not space:
        return None
    tried: set[tuple[Box, ...]] = set()
    for region in sorted(space[0]):
        inside = tuple(row[1:] for row in rows if region in row[0])
        if inside in tried:
            continue
        tried.add(inside)
        found = _uncovered(space[1:], inside)
        if found is not None:
            return (region, *found)
    return None


def _gap(columns: Sequence[_Column], rows: int) -> str | None:
    space = tuple(frozenset(range(len(column.values))) for column in columns)
    found = _uncovered(space, _boxes(columns, rows))
    return None if found is None else _shown(zip(columns, found, strict=False))


def _overlaps(columns: Sequence[_Column], rows: int) -> Iterator[tuple[int, int, str]]:
    """Yield each row that meets an earlier one, and where."""
    boxes = _boxes(columns, rows)
    for second, box in enumerate(boxes):
        for first in range(second):
            common = [min(ours & theirs, default=None) for ours, theirs in zip(boxes[first], box, strict=True)]
            if None in common:
                continue
            asked = [
                (column, region)
                for column, region in zip(columns, common, strict=True)
                if region is not None and (column.cells[first].test or column.cells[second].test)
            ]
            yield first, second, f" where {_shown(asked)}" if asked else ""
            break


def _buried(columns: Sequence[_Column], rows: int) -> Iterator[int]:
    """Yield the rows that earlier ones leave nothing to."""
    boxes = _boxes(columns, rows)
    for row, box in enumerate(boxes):
        if row and all(box) and _uncovered(box, boxes[:row]) is None:
            yield row


def _shown(where: "Iterator[tuple[_Column, int]] | Sequence[tuple[_Column, int]] | zip[tuple[_Column, int]]") -> str:
    return " and ".join(f"{column.name} is {_spelled(column.values[region], column.type)}" for column, region in where)


def _spelled(value: Value, kind: Type) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if kind.kind == "date":
        return str(date.fromordinal(int(value)))
    if kind.kind == "time":
        return str(timedelta(milliseconds=int(value * 10 ** UNITS["time"].scale)))
    return str(Decimal(value.numerator) / Decimal(value.denominator))
