"""By how much a row misses a requirement, compiled. `engine.margin` says the same slowly; tests hold both together.

A margin is a tuple: numerator, denominator above zero, and which of the measures it is counted in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import TypeAlias

from engine.expr.emit import Code, align, all_guards, guard
from engine.expr.typed import Arithmetic, Case, Compare, Inverse, Logic, Read, Type, Typed, Within
from engine.inline import Basis, Inline, Lines, indented
from engine.law.model import Derived
from engine.margin import compares, counted_in

Miss: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Measure:
    """What a margin is counted in: decimals of its numerator, decimals it is said with, the unit as people write it."""

    scale: int
    places: int
    unit: str

    @classmethod
    def of(cls, kind: Type, scale: int) -> "Measure":
        """Return the measure of a comparison: `kind` is what is compared, at `scale` decimals."""
        return cls(scale, max(kind.scale, 2), counted_in(kind))


class Measures:
    """The measures of one law, numbered as they come up."""

    def __init__(self) -> None:
        self.known: list[Measure] = []

    def number(self, of: Measure) -> int:
        """Return the number of a measure."""
        if of not in self.known:
            self.known.append(of)
        return self.known.index(of)

    def exact(self, miss: Miss) -> Fraction:
        """Return the amount of a margin."""
        top, under, which = miss
        return Fraction(top, under * 10 ** self.known[which].scale)

    def picks(self) -> dict[str, Callable[[Miss, Miss], Miss]]:
        """Return what generated code calls: `L` gives the larger of two margins in one unit, `S` the smaller.

        The first where they are equal, or in several units.
        """
        return {
            "L": lambda first, second: second if self._over(second, first) > 0 else first,
            "S": lambda first, second: second if self._over(second, first) < 0 else first,
        }

    def _over(self, one: Miss, other: Miss) -> Fraction:
        alike = self.known[one[2]].unit == self.known[other[2]].unit
        return self.exact(one) - self.exact(other) if alike else Fraction(0)


class Missed(Inline):
    """A function of one row: the margin by which it misses a condition, or `None`."""

    def __init__(self, basis: Basis, subject: str, name: str, when: Typed, measures: Measures) -> None:
        super().__init__(basis, subject, name, (when,))
        self.measures = measures

    def lines(self) -> Lines:
        return self.function(self.inside(partial(self._miss, "m", self.wanted[0], wanted=True)), "m")

    def _miss(self, target: str, of: Typed, *, wanted: bool) -> Lines:
        """Return statements that give `target` the margin by which `of` misses being `wanted`, or `None`."""
        if not measurable(of, self.basis):
            return [f"{target} = None"]
        match of:
            case Inverse(of=inner):
                return self._miss(target, inner, wanted=not wanted)
            case Logic():
                every = (of.operator == "&&") is wanted
                return self._every(target, of, wanted=wanted) if every else self._any(target, of, wanted=wanted)
            case Compare(left=left, right=right):
                return self._distance(target, left.type, self._apart(left, right))
            case Within(of=inner, lower=lower, upper=upper):
                ends = [self._apart(inner, end) for end in (lower, upper) if end is not None]
                return self._distance(target, inner.type, *ends)
            case Case():
                return self._chosen(target, of, wanted=wanted)
            case Read() if isinstance(derived := self.basis.definition(of), Derived):
                return self._miss(target, derived.value, wanted=wanted)
            case _:
                return [f"{target} = None"]

    def _apart(self, left: Typed, right: Typed) -> Code:
        return self.emit.code(Arithmetic(left.at, "-", left, right, left.type))

    def _distance(self, target: str, kind: Type, *ends: Code) -> Lines:
        """The distance from the nearest end; ends are constants, so that one denominator serves for all."""
        scale = max(end.scale for end in ends)
        tops = [f"abs({align(end, scale)})" for end in ends]
        top = tops[0] if len(tops) == 1 else f"min({', '.join(tops)})"
        found = f"({top}, {ends[0].under or 1}, {self.measures.number(Measure.of(kind, scale))})"
        guards = all_guards(ends)
        return [f"{target} = None if {guard(guards)} else {found}" if guards else f"{target} = {found}"]

    def _any(self, target: str, of: Logic, *, wanted: bool) -> Lines:
        """The nearest of the terms missed that compare themselves; where those have no margin, of the others."""
        telling = [term for term in of.terms if measurable(term, self.basis)]
        lines = [f"{target} = None"]
        for own in (True, False):
            terms = [term for term in telling if compares(term) is own]
            if terms:
                inner = self.inside(partial(self._nearest, target, terms, wanted=wanted))
                lines += [f"if {target} is None:", *indented(inner)]
        return lines

    def _nearest(self, target: str, terms: list[Typed], *, wanted: bool) -> Lines:
        lines: Lines = []
        for term in terms:
            one = self.emit.fresh()
            lines.append(f"if {self._differs(term, wanted=wanted)}:")
            lines += indented(self.inside(partial(self._miss, one, term, wanted=wanted)))
            lines.append(f"    if {one}: {target} = S({target}, {one}) if {target} else {one}")
        return lines

    def _every(self, target: str, of: Logic, *, wanted: bool) -> Lines:
        """The farthest of the terms missed; one without a margin leaves none.

        `()` stands for no term missed so far. Terms that never have a margin come first: they settle it at no cost.
        """
        lines = [f"{target} = ()"]
        for term in sorted(of.terms, key=partial(measurable, basis=self.basis)):
            missed = self._differs(term, wanted=wanted)
            if not measurable(term, self.basis):
                lines.append(f"if {missed}: {target} = None")
                continue
            one = self.emit.fresh()
            lines.append(f"if {target} is not None and {missed}:")
            lines += indented(self.inside(partial(self._miss, one, term, wanted=wanted)))
            lines.append(f"    {target} = {one} if {one} is None or not {target} else L({target}, {one})")
        return [*lines, f"{target} = {target} or None"]

    def _differs(self, term: Typed, *, wanted: bool) -> str:
        code = self.emit.code(term)
        if code.guards:
            return f"{code.value} is not {wanted}"
        return f"not {code.text}" if wanted else code.text

    def _chosen(self, target: str, of: Case, *, wanted: bool) -> Lines:
        """The row whose guard holds, else what is given otherwise; an unknown guard does not hold."""
        lines: Lines = []
        for number, (test, value) in enumerate(of.rows):
            lines.append(f"{'elif' if number else 'if'} {self.emit.code(test).value}:")
            lines += indented(self.inside(partial(self._miss, target, value, wanted=wanted)))
        rest = [f"{target} = None"]
        if of.otherwise is not None:
            rest = self.inside(partial(self._miss, target, of.otherwise, wanted=wanted))
        return [*lines, "else:", *indented(rest)]


def measurable(of: Typed, basis: Basis) -> bool:
    """Return whether missing a condition can have a margin: somewhere it compares numbers, dates or times."""
    match of:
        case Inverse(of=inner):
            return measurable(inner, basis)
        case Logic(terms=terms):
            return any(measurable(term, basis) for term in terms)
        case Compare() | Within():
            return compares(of)
        case Case(rows=rows, otherwise=otherwise):
            values = [value for _, value in rows] + ([otherwise] if otherwise is not None else [])
            return any(measurable(value, basis) for value in values)
        case Read() if isinstance(derived := basis.definition(of), Derived):
            return measurable(derived.value, basis)
        case _:
            return False
