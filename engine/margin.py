"""By how much a condition misses: the distance of the comparison that decides from its limit."""

from dataclasses import dataclass
from fractions import Fraction

from engine.evaluate import Evaluator, Rows
from engine.expr.typed import Case, Compare, Inverse, Logic, Read, Typed, Within


@dataclass(frozen=True, slots=True)
class Margin:
    """How far a comparison lies beyond its limit, in the comparison's own unit; zero at an excluded bound."""

    amount: Fraction
    of: Typed


def margin(evaluator: Evaluator, of: Typed, rows: Rows, *, wanted: bool = True) -> Margin | None:
    """Return by how much a condition misses being `wanted`: the smallest miss among the comparisons that decide."""
    match of:
        case Inverse(of=inner):
            return margin(evaluator, inner, rows, wanted=not wanted)
        case Logic(operator=operator, terms=terms):
            misses = [
                margin(evaluator, term, rows, wanted=wanted)
                for term in terms
                if evaluator.value(term, rows) is not wanted
            ]
            found = [miss for miss in misses if miss is not None]
            if not found or len(found) < len(misses):
                return None
            pick = max if (operator == "&&") is wanted else min
            return pick(found, key=lambda miss: miss.amount)
        case Compare(left=left, right=right) if left.type.kind not in ("bool", "symbol", "text"):
            first, second = evaluator.value(left, rows), evaluator.value(right, rows)
            if isinstance(first, Fraction) and isinstance(second, Fraction):
                return Margin(abs(first - second), left)
            return None
        case Within(of=inner, lower=lower, upper=upper):
            value = evaluator.value(inner, rows)
            ends = [end.exact for end in (lower, upper) if end is not None]
            if not isinstance(value, Fraction) or not ends:
                return None
            return Margin(min(abs(value - end) for end in ends), inner)
        case Case():
            chosen = _chosen(evaluator, of, rows)
            return margin(evaluator, chosen, rows, wanted=wanted) if chosen is not None else None
        case Read() if f"{of.subject}.{of.fact}" in evaluator.facts.law.derived and of.row in rows:
            derived = evaluator.facts.law.derived[f"{of.subject}.{of.fact}"]
            row = rows[of.row]
            stated = of.subject + "." + of.fact in evaluator.facts.stated
            return (
                None
                if row is None or stated
                else margin(evaluator, derived.value, evaluator.rows(of.subject, row), wanted=wanted)
            )
        case _:
            return None


def _chosen(evaluator: Evaluator, of: Case, rows: Rows) -> Typed | None:
    for test, value in of.rows:
        if evaluator.value(test, rows) is True:
            return value
    return of.otherwise
