"""How an expression of the race is written in a language that has expressions: one method for each kind."""

from collections.abc import Mapping, Sequence
from typing import Final

from bench.peers.plain import Among, Both, Call, Choose, Compare, Derived, Get, Not, Plain, Sum, Value

_SWAPPED: Final = {"and": "or", "or": "and"}
OPPOSITE: Final = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


class Writer:
    """The common case, as C has it; a language changes what it has otherwise."""

    both: Mapping[str, str] = {"and": " && ", "or": " || "}
    truths: Mapping[bool, str] = {True: "true", False: "false"}

    def write(self, of: Plain) -> str:
        match of:
            case Value(value=fixed):
                return self.fixed(fixed)
            case Get():
                return self.get(of)
            case Sum(operator=operator, left=left, right=right):
                return self.sum(operator, self.write(left), self.write(right))
            case Call(function=function, parts=inner):
                return self.call(function, [self.write(part) for part in inner])
            case Compare(operator=operator, left=left, right=right):
                return self.test(operator, self.write(left), self.write(right))
            case Among(of=one, words=words):
                return self.among(self.write(one), words)
            case Both(operator=operator, terms=terms):
                return self.several(operator, [self.write(term) for term in terms])
            case Not(of=one):
                return self.inverse(self.write(one))
            case Choose(rows=rows, otherwise=otherwise):
                written = self.write(otherwise)
                for guard, value in reversed(rows):
                    written = self.choose(self.write(guard), self.write(value), written)
                return written

    def fixed(self, value: int | bool | str) -> str:  # noqa: FBT001 - a value of any form
        if isinstance(value, bool):
            return self.truths[value]
        return self.number(value) if isinstance(value, int) else self.word(value)

    def number(self, value: int) -> str:
        return f"({value})" if value < 0 else str(value)

    def word(self, value: str) -> str:
        return f'"{value}"'

    def get(self, of: Get) -> str:
        return f"{of.subject}.{of.fact}"

    def sum(self, operator: str, left: str, right: str) -> str:
        return f"({left} {operator} {right})"

    def call(self, function: str, parts: Sequence[str]) -> str:
        """Return `abs`, `min` or `max` in a language that has a choice, but not these."""
        first, second = parts[0], f"(0 - {parts[0]})" if function == "abs" else parts[1]
        larger = self.test("<" if function == "min" else ">=", first, second)
        return self.choose(larger, first, second)

    def test(self, operator: str, left: str, right: str) -> str:
        return f"({left} {operator} {right})"

    def among(self, of: str, words: Sequence[str]) -> str:
        return f"({of} in [{', '.join(map(self.word, words))}])"

    def several(self, operator: str, terms: Sequence[str]) -> str:
        return f"({self.both[operator].join(terms)})"

    def inverse(self, of: str) -> str:
        return f"!({of})"

    def choose(self, guard: str, then: str, otherwise: str) -> str:
        return f"({guard} ? {then} : {otherwise})"


def inlined(of: Plain, derived: Mapping[tuple[str, str], Plain]) -> Plain:
    """Return an expression with derived facts replaced by what they are derived from, for engines without them."""

    def inside(part: Plain) -> Plain:
        return inlined(part, derived)

    match of:
        case Get(subject=subject, fact=fact):
            return inside(derived[subject, fact]) if (subject, fact) in derived else of
        case Sum(operator=operator, left=left, right=right):
            return Sum(operator, inside(left), inside(right))
        case Compare(operator=operator, left=left, right=right):
            return Compare(operator, inside(left), inside(right))
        case Call(function=function, parts=inner):
            return Call(function, tuple(map(inside, inner)))
        case Both(operator=operator, terms=terms):
            return Both(operator, tuple(map(inside, terms)))
        case Among(of=one, words=words):
            return Among(inside(one), words)
        case Not(of=one):
            return Not(inside(one))
        case Choose(rows=rows, otherwise=otherwise):
            return Choose(tuple((inside(guard), inside(value)) for guard, value in rows), inside(otherwise))
        case Value():
            return of


def definitions(derived: Sequence[Derived]) -> dict[tuple[str, str], Plain]:
    """Return what each derived fact is, by name."""
    return {(fact.subject, fact.fact): fact.value for fact in derived}


def denied(of: Plain) -> Plain:
    """Return the opposite of a condition, with no `not` but before a fact: what a rule of refusal asks."""
    match of:
        case Not(of=one):
            return one
        case Compare(operator=operator, left=left, right=right):
            return Compare(OPPOSITE[operator], left, right)  # type: ignore[arg-type]
        case Both(operator=operator, terms=terms):
            return Both(_SWAPPED[operator], tuple(map(denied, terms)))  # type: ignore[arg-type]
        case Value(value=bool(value)):
            return Value(not value)
        case _:
            return Not(of)
