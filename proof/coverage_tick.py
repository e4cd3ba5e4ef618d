"""How far from a bound still counts as beside it: one tick of what is compared."""

from fractions import Fraction
from functools import cache

from engine.evaluate import Evaluator, Rows
from engine.expr.typed import Arithmetic, Case, Read, Type, Typed
from engine.expr.units import UNITS


def tick(evaluator: Evaluator, of: Typed, rows: Rows) -> Fraction:
    """Return the smallest step of an expression: what its unit keeps, of a quotient what its numerator's unit keeps."""
    over, there = _defined(evaluator, of, rows)
    match over:
        case Arithmetic(operator="/", left=left, right=right):
            below = evaluator.value(right, there)
            if isinstance(below, Fraction) and below > 0:
                return max(step(of.type), step(left.type) / below)
        case _:
            pass
    return step(of.type)


def _defined(evaluator: Evaluator, of: Typed, rows: Rows) -> tuple[Typed, Rows]:
    """Return the expression behind a name of the row at hand, or above it; of a table, that of the row that applies."""
    match of:
        case Read():
            derived, row = evaluator.facts.law.derived.get(f"{of.subject}.{of.fact}"), rows.get(of.row)
            if derived is not None and row is not None:
                return _defined(evaluator, derived.value, evaluator.rows(of.subject, row))
        case Case():
            taken = (value for guard, value in of.rows if evaluator.value(guard, rows) is True)
            value = next(taken, of.otherwise)
            if value is not None:
                return _defined(evaluator, value, rows)
        case _:
            pass
    return of, rows


@cache
def step(kind: Type) -> Fraction:
    """Return the smallest step of a type: a product has more decimals than anybody can choose."""
    kept = [unit.scale for unit in UNITS.values() if (unit.kind, unit.dimension) == (kind.kind, kind.dimension)]
    most = max(kept, default=kind.scale)
    return Fraction(1, 10 ** (most if kind.divided else min(kind.scale, most)))
