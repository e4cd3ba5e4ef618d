"""Tables, held against every value that their columns can take: rows that are missing, that meet, that never apply.

A column's bounds cut its values into regions that no cell divides. One value stands for each region: a cell covers all
of the region or nothing of it, so what is true of these values is true of every value.
"""

from collections.abc import Iterable, Iterator, Sequence
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
from engine.law.cover import hidden, meetings, uncovered
from engine.law.finding import Files, Finding, sections
from engine.law.model import Constitution
from engine.law.read import node_at
from engine.place import Place

Value: TypeAlias = Fraction | bool | str

_OTHER: Final = "another word"
_HALF: Final = Fraction("0.5")
_TRUTH: Final = Known(0, Const(0, value=True, type=BOOL))
_ORDERED: Final = frozenset({"number", "date", "time", "instant"})


def tables(law: Constitution, files: Files) -> Iterator[Finding]:
    """Yield gaps where there is no `otherwise`, overlaps of unique rows, and what can never apply."""
    for file, section in sections(files):
        for name, table in section.tables.items():
            derived = law.derived.get(name)
            if derived is None or not isinstance(derived.value, Case):
                continue
            node, key = node_at(file.node, ("tables", name))
            columns = tuple(_columns(law, table, derived.value))
            for column, row in _impossible(columns):
                cell, _ = node_at(node, ("rows", row, column.name))
                never = f"no value of '{column.name}' lies here; mend the bounds, or delete the row"
                yield Finding(cell.place, "empty", never)
            rows = [node_at(node, ("rows", row))[0].place for row in range(len(table.rows))]
            yield from _judged(name, table, columns, (key or node).place, rows)


@dataclass(frozen=True, slots=True)
class _Cell:
    """What a row asks of one column: a truth, an interval, words; without a test it takes any value."""

    written: object
    test: Typed | None

    def covers(self, value: Value) -> bool:
        if isinstance(self.written, bool):
            return value is self.written
        match self.test:
            case Within() as interval:
                return _inside(interval, value)
            case OneOf(items=items):
                return any(_exact(item) == value for item in items)
            case Compare(right=Const() as right):
                return _exact(right) == value
            case _:
                return True

    @property
    def of(self) -> Typed | None:
        """What the column reads, as far as this cell shows; of a truth only that it is one."""
        if isinstance(self.written, bool):
            return _TRUTH
        match self.test:
            case Within(of=of) | OneOf(of=of) | Compare(left=of):
                return of
            case _:
                return None

    @property
    def constants(self) -> tuple[Const, ...]:
        match self.test:
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

    def covered(self, row: int) -> frozenset[int]:
        return frozenset(number for number, value in enumerate(self.values) if self.cells[row].covers(value))

    def shown(self, region: int) -> str:
        return f"{self.name} is {_spelled(self.values[region], self.type)}"


def _judged(
    name: str, table: Table, columns: Sequence[_Column], place: Place, rows: Sequence[Place]
) -> Iterator[Finding]:
    boxes = [tuple(column.covered(row) for column in columns) for row in range(len(rows))]
    space = tuple(frozenset(range(len(column.values))) for column in columns)
    gap = uncovered(space, boxes) if table.otherwise is None else None
    if gap is not None:
        where = _where(zip(columns, gap, strict=False))
        yield Finding(place, "gap", f"'{name}' has no row{where}; add one, or say `otherwise`")
    if table.hit == "first":
        for row in hidden(boxes):
            never = "the rows above take all that this one could; delete it, or move it up"
            yield Finding(rows[row], "never", never)
        return
    for first, second, point in meetings(boxes):
        asked = [
            (column, region)
            for column, region in zip(columns, point, strict=True)
            if column.cells[first].test or column.cells[second].test
        ]
        both = f"this row and the one at {rows[first]} both apply{_where(asked)}"
        yield Finding(rows[second], "overlap", f"{both}; leave it to one of them, or say `hit: first`")


def _impossible(columns: Iterable[_Column]) -> Iterator[tuple[_Column, int]]:
    for column in columns:
        for row in range(len(column.cells)):
            if not column.covered(row):
                yield column, row


def _columns(law: Constitution, table: Table, case: Case) -> Iterator[_Column]:
    rows = [_cells(table, row, guard) for row, (guard, _) in enumerate(case.rows)]
    for name in table.by:
        cells = tuple(row[name] for row in rows)
        of = next((cell.of for cell in cells if cell.of is not None), None)
        if of is not None:
            settled = _settled(law, of)
            values = _regions(of.type, cells) if settled is None else sorted(settled)
            yield _Column(name, of.type, cells, tuple(values))


def _cells(table: Table, row: int, guard: Typed) -> dict[str, _Cell]:
    """Return a row's cells; its guard has a test for each that asks something, in the order of the columns."""
    written = table.rows[row]
    asked = [name for name in table.by if written.get(name, "any") != "any"]
    tests = guard.terms if len(asked) > 1 and isinstance(guard, Logic) else (guard,)
    free = {name: _Cell("any", None) for name in table.by}
    return free | {name: _Cell(written[name], test) for name, test in zip(asked, tests, strict=False)}


def _settled(law: Constitution, of: Typed) -> frozenset[Value] | None:
    """Return every value that an expression can take, where the law itself names them all."""
    match of:
        case Const():
            return frozenset({_exact(of)})
        case Read(subject=subject, fact=fact) if f"{subject}.{fact}" in law.derived:
            return _settled(law, law.derived[f"{subject}.{fact}"].value)
        case Case(rows=rows, otherwise=otherwise):
            last = () if otherwise is None else (otherwise,)
            return _united(law, (*(value for _, value in rows), *last))
        case FirstKnown(options=options) | Apply(function="min" | "max", arguments=options):
            return _united(law, options)
        case _:
            return None


def _united(law: Constitution, options: Iterable[Typed]) -> frozenset[Value] | None:
    found: set[Value] = set()
    for option in options:
        values = _settled(law, option)
        if values is None:
            return None
        found |= values
    return frozenset(found)


def _regions(kind: Type, cells: Sequence[_Cell]) -> Iterator[Value]:
    """Yield one value for each region of a column."""
    seen = {_exact(constant) for cell in cells for constant in cell.constants}
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
    bounded = kind.sign != "any" or kind.kind == "time"
    ordered = sorted(cuts | {Fraction(0)} if bounded else cuts)
    if not bounded:
        yield ordered[0] - 1
    for below, above in pairwise(ordered):
        yield from _kept(kind, below)
        yield from _between(kind, below, above)
    yield from _kept(kind, ordered[-1])
    yield ordered[-1] + 1


def _kept(kind: Type, cut: Fraction) -> Iterator[Fraction]:
    """Yield a cut, unless the column cannot take it: no such decimals, or a zero that would be bad data."""
    exact = kind.divided or (cut * 10**kind.scale).denominator == 1
    if exact and (cut or kind.sign != "positive"):
        yield cut


def _between(kind: Type, below: Fraction, above: Fraction) -> Iterator[Fraction]:
    """Yield a value strictly between two cuts, if there is one with the decimals that the column keeps."""
    middle = (below + above) * _HALF
    if kind.divided:
        yield middle
        return
    step = Fraction(1, 10**kind.scale)
    value = max(floor(middle / step), floor(below / step) + 1) * step
    if value < above:
        yield value


def _inside(interval: Within, value: Value) -> bool:
    number = Fraction(value)
    lower, upper = interval.lower, interval.upper
    above = lower is None or lower.exact < number or (interval.lower_in and lower.exact == number)
    below = upper is None or number < upper.exact or (interval.upper_in and number == upper.exact)
    return above and below


def _exact(constant: Const) -> Value:
    return constant.value if isinstance(constant.value, bool | str) else constant.exact


def _where(point: Iterable[tuple[_Column, int]]) -> str:
    told = " and ".join(column.shown(region) for column, region in point)
    return f" where {told}" if told else ""


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
