"""By how much a condition misses: how far the comparison that it is about lies beyond its limit."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from engine.evaluate import Evaluator, Rows
from engine.expr.typed import Case, Compare, Inverse, Logic, Read, Type, Typed, Within
from engine.expr.units import UNITS, show

_SPANS: Final = {"date": UNITS["days"], "instant": UNITS["seconds"], "time": UNITS["seconds"]}


@dataclass(frozen=True, slots=True)
class Margin:
    """How far a comparison lies beyond its limit, counted as what it compares; zero at an excluded bound."""

    amount: Fraction
    of: Typed

    @property
    def unit(self) -> str:
        """Return what the amount is counted in."""
        return counted_in(self.of.type)


def counted_in(kind: Type) -> str:
    """Return what the difference of two values is counted in: days between dates, seconds between times, counts."""
    if kind.kind in _SPANS:
        return show(_SPANS[kind.kind].dimension)
    whole = not kind.dimension and not kind.scale and not kind.divided
    return UNITS["count"].name if whole else show(kind.dimension)


def compares(of: Typed) -> bool:
    """Return whether a condition itself holds something against a limit; being equal has no limit to be beyond."""
    match of:
        case Inverse(of=inner):
            return compares(inner)
        case Logic(terms=terms):
            return any(compares(term) for term in terms)
        case Compare(operator=operator):
            return operator not in ("==", "!=")
        case Within(lower=lower, upper=upper):
            return lower is not None or upper is not None
        case _:
            return False


def margin(evaluator: Evaluator, of: Typed, rows: Rows, *, wanted: bool = True) -> Margin | None:
    """Return by how much a condition misses being `wanted`, as far as other numbers would mend it.

    Words, equalities and what is merely true or false are taken as they are. What a condition compares itself is what
    it is about; one that compares nothing is about the comparisons behind the facts that it names.
    """
    match of:
        case Inverse(of=inner):
            return margin(evaluator, inner, rows, wanted=not wanted)
        case Logic():
            return _of_terms(evaluator, of, rows, wanted=wanted)
        case Compare(left=left, right=right) if compares(of):
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
        case Read() if of.row in rows:
            return _behind(evaluator, of, rows[of.row], wanted=wanted)
        case _:
            return None


def _of_terms(evaluator: Evaluator, of: Logic, rows: Rows, *, wanted: bool) -> Margin | None:
    """Return the largest miss where every term must change, and only if numbers mend them all; else the smallest."""
    missed = [term for term in of.terms if evaluator.value(term, rows) is not wanted]
    found = [(compares(term), margin(evaluator, term, rows, wanted=wanted)) for term in missed]
    misses = [miss for _, miss in found if miss is not None]
    if (of.operator == "&&") is wanted:
        return _alike(misses, max) if len(misses) == len(found) else None
    own = [miss for itself, miss in found if itself and miss is not None]
    return _alike(own or misses, min)


def _alike(misses: list[Margin], pick: Callable[..., Margin]) -> Margin | None:
    """Return the largest or smallest; of misses in several units only those in the unit of the first compare."""
    alike: Iterable[Margin] = [miss for miss in misses if miss.unit == misses[0].unit]
    return pick(alike, key=lambda miss: miss.amount) if misses else None


def _behind(evaluator: Evaluator, of: Read, row: int | None, *, wanted: bool) -> Margin | None:
    """Return the margin of a fact's definition; none of one that is given or stated."""
    name = f"{of.subject}.{of.fact}"
    derived = evaluator.facts.law.derived.get(name)
    if derived is None or row is None or name in evaluator.facts.stated:
        return None
    return margin(evaluator, derived.value, evaluator.rows(of.subject, row), wanted=wanted)


def _chosen(evaluator: Evaluator, of: Case, rows: Rows) -> Typed | None:
    for test, value in of.rows:
        if evaluator.value(test, rows) is True:
            return value
    return of.otherwise
