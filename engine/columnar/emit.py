"""The law's typed expressions as terms over columns: what hangs on a contract's numbers; the rest comes as answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from engine.columnar.keys import Keyed, Pair
from engine.columnar.readable import Readable, free
from engine.columnar.terms import Sort, Term, Terms
from engine.evaluate import Exact
from engine.expr.typed import (
    Apply,
    Arithmetic,
    Case,
    Compare,
    Const,
    FirstKnown,
    Fold,
    Inverse,
    Known,
    Logic,
    Negated,
    OneOf,
    Read,
    Type,
    Typed,
    Within,
)
from engine.law.model import Derived
from engine.law.names import LISTS

_SORTS: Final[Mapping[str, Sort]] = {"bool": "truth", "symbol": "word", "text": "word"}
# Longer lists would make an expression for every one of their rows.
MOST_OF_A_LIST: Final = 64


class TooLongError(Exception):
    """A list with numbers of the contract in its question has too many rows; the message names it."""


@dataclass(frozen=True, slots=True)
class Code:
    """A number over a denominator above zero (none is one), at `scale` decimals; or a truth or a word."""

    over: Term
    under: Term | None = None
    scale: int = 0


Bound = Mapping[str, Sequence[int | None]]
"""By the variable of a list around: the row that it stands for, for each kind of contract."""
_NOTHING: Final[Bound] = {}


def sort_of(kind: Type) -> Sort:
    """Return as what values of a type stand in columns."""
    return _SORTS.get(kind.kind, "number")


@dataclass
class Emission:
    """Makes terms of expressions.

    `answered` gives a column of values of which each kind of contract has one, `known` the values of such a column.
    """

    keyed: Keyed
    readable: Readable
    terms: Terms
    wide: Mapping[str, Term]
    answered: Callable[[Sequence[Any], Sort], Term]
    known: Callable[[Term], Sequence[Any] | None]
    _facts: dict[tuple[str, str], Code] = field(default_factory=dict)

    def truth(self, of: Typed, sleeve: str = "") -> Term:
        """Return a condition on a contract, or on it for one sleeve."""
        return self.code(of, sleeve, _NOTHING).over

    def code(self, of: Typed, sleeve: str, bound: Bound) -> Code:
        if not self.readable.wide(of) and not isinstance(of, Const):
            return self._slow(of, sleeve, bound) if free(of, bound) else self._answer(of, sleeve)
        terms = self.terms
        match of:
            case Const():
                return Code(terms.literal(of.value, sort_of(of.type)), None, of.type.scale)
            case Read():
                return self._read(of, sleeve)
            case Arithmetic():
                return self._arithmetic(of, sleeve, bound)
            case Negated(of=inner):
                code = self.code(inner, sleeve, bound)
                return Code(terms.negate(code.over), code.under, code.scale)
            case Compare():
                sides = (self.code(of.left, sleeve, bound), self.code(of.right, sleeve, bound))
                return Code(self._compared(of.operator, *sides))
            case Within():
                return Code(self._within(of, self.code(of.of, sleeve, bound)))
            case OneOf():
                return Code(self._one_of(of, self.code(of.of, sleeve, bound)))
            case Inverse(of=inner):
                return Code(terms.inverse(self.code(inner, sleeve, bound).over))
            case Logic():
                each = [self.code(term, sleeve, bound).over for term in of.terms]
                return Code(terms.both(each) if of.operator == "&&" else terms.either(each))
            case Known(of=inner):
                return Code(terms.inverse(self._missing(self.code(inner, sleeve, bound))))
            case Apply():
                return self._measured(of, [self.code(part, sleeve, bound) for part in of.arguments])
            case Fold():
                return self._folded(of, sleeve, bound)
            case Case():
                return self._case(of, of.type, sleeve, bound)
            case FirstKnown():
                return self._first_known(of, of.type, sleeve, bound)

    def _answer(self, of: Typed, sleeve: str) -> Code:
        """Return what the authority answers for each kind of contract."""
        return self._given(self.keyed.values(sleeve, of, alike=not self.readable.narrow(of)), of.type)

    def _given(self, pairs: Sequence[Pair], kind: Type) -> Code:
        over = self.answered([None if pair is None else pair[0] for pair in pairs], sort_of(kind))
        if not kind.divided:
            return Code(over, None, kind.scale)
        return Code(over, self.answered([1 if pair is None else pair[1] for pair in pairs], "number"), kind.scale)

    def _slow(self, of: Typed, sleeve: str, bound: Bound) -> Code:
        """Return what an expression about rows of a list around it gives: by the slow reading, which knows of them."""
        evaluator, found = self.keyed.evaluator, list[Pair]()
        for place, row in enumerate(self.keyed.rows(sleeve)):
            own = {name: rows[place] for name, rows in bound.items()}
            if None in own.values():
                found.append(None)
                continue
            value = evaluator.value(of, {**evaluator.rows("entry" if sleeve else "candidate", row), **own})
            found.append(None if isinstance(value, frozenset) else _pair(value, of.type))
        return self._given(found, of.type)

    def _read(self, of: Read, sleeve: str) -> Code:
        defined = self.readable.definition(of)
        if defined is None:
            return Code(self.wide[of.fact], None, of.type.scale)
        owner = sleeve if of.subject == "entry" else ""
        key = (defined.name, owner)
        if key not in self._facts:
            if isinstance(defined, Derived):
                self._facts[key] = self._derived(defined, owner)
            else:
                self._facts[key] = self.code(defined.when, owner, _NOTHING)
        return self._facts[key]

    def _derived(self, step: Derived, sleeve: str) -> Code:
        code = self._assigned(step.value, step.type, sleeve, _NOTHING)
        if not step.bad:
            return code
        if code.over.low > 0:
            return code
        zero = self.terms.literal(0, "number")
        bad = self.terms.compare("<=", code.over, zero)
        return Code(self.terms.choose(bad, self.terms.unknown("number"), code.over), code.under, code.scale)

    def _assigned(self, of: Typed, kind: Type, sleeve: str, bound: Bound) -> Code:
        """Return an expression with the decimals of the fact that it is the value of."""
        if self.readable.wide(of):
            match of:
                case Case():
                    return self._case(of, kind, sleeve, bound)
                case FirstKnown():
                    return self._first_known(of, kind, sleeve, bound)
                case _:
                    pass
        code = self.code(of, sleeve, bound)
        if sort_of(kind) != "number":
            return code
        return Code(self._aligned(code.over, kind.scale - code.scale), code.under, kind.scale)

    def _aligned(self, over: Term, places: int) -> Term:
        return self.terms.multiply(over, self.terms.literal(10**places, "number")) if places else over

    def _times(self, left: Term | None, right: Term | None) -> Term | None:
        return self.terms.multiply(left, right) if left and right else left or right

    def _crossed(self, code: Code, other: Code, scale: int) -> Term:
        """Return what stands above at a scale, multiplied by what stands below on the other side."""
        over = self._aligned(code.over, scale - code.scale)
        return self.terms.multiply(over, other.under) if other.under else over

    def _arithmetic(self, of: Arithmetic, sleeve: str, bound: Bound) -> Code:
        left, right = self.code(of.left, sleeve, bound), self.code(of.right, sleeve, bound)
        terms = self.terms
        if of.operator == "*":
            under = self._times(left.under, right.under)
            return Code(terms.multiply(left.over, right.over), under, left.scale + right.scale)
        if of.operator == "/":
            over = self._aligned(left.over, right.scale)
            over = terms.multiply(over, right.under) if right.under else over
            return Code(over, self._times(left.under, right.over), left.scale)
        scale = max(left.scale, right.scale)
        tops = self._crossed(left, right, scale), self._crossed(right, left, scale)
        over = terms.add(*tops) if of.operator == "+" else terms.subtract(*tops)
        return Code(over, self._times(left.under, right.under), scale)

    def _compared(self, operator: str, left: Code, right: Code) -> Term:
        if left.over.sort != "number":
            return self.terms.compare(operator, left.over, right.over)  # type: ignore[arg-type] # as the grammar has it
        scale = max(left.scale, right.scale)
        tops = self._crossed(left, right, scale), self._crossed(right, left, scale)
        return self.terms.compare(operator, *tops)  # type: ignore[arg-type] # likewise

    def _within(self, of: Within, code: Code) -> Term:
        ends = []
        if of.lower is not None:
            ends.append(self._compared(">=" if of.lower_in else ">", code, self._const(of.lower)))
        if of.upper is not None:
            ends.append(self._compared("<=" if of.upper_in else "<", code, self._const(of.upper)))
        return self.terms.both(ends) if ends else self.terms.inverse(self._missing(code))

    def _const(self, of: Const) -> Code:
        return Code(self.terms.literal(of.value, sort_of(of.type)), None, of.type.scale)

    def _one_of(self, of: OneOf, code: Code) -> Term:
        if code.over.sort == "word":
            return self.terms.one_of(code.over, [str(item.value) for item in of.items])
        return self.terms.either(self._compared("==", code, self._const(item)) for item in of.items)

    def _missing(self, code: Code) -> Term:
        parts = [code.over] if code.under is None else [code.over, code.under]
        return self.terms.either(self.terms.missing(part) for part in parts)

    def _measured(self, of: Apply, codes: Sequence[Code]) -> Code:
        first, terms = codes[0], self.terms
        match of.function:
            case "abs":
                return Code(terms.absolute(first.over), first.under, first.scale)
            case "floor" | "ceil":
                return self._rounded(of, codes)
            case "mean":
                tops, under, scale = self._on_one(codes)
                total = tops[0]
                for top in tops[1:]:
                    total = terms.add(total, top)
                return Code(total, self._times(under, terms.literal(len(codes), "number")), scale)
            case _:
                tops, under, scale = self._on_one(codes)
                found = tops[0]
                for top in tops[1:]:
                    found = terms.smaller(found, top) if of.function == "min" else terms.larger(found, top)
                return Code(found, under, scale)

    def _on_one(self, codes: Sequence[Code]) -> tuple[list[Term], Term | None, int]:
        """Return several numbers over one denominator, at one scale."""
        scale = max(code.scale for code in codes)
        under: Term | None = None
        for code in codes:
            under = self._times(under, code.under)
        tops = []
        for place, code in enumerate(codes):
            over = self._aligned(code.over, scale - code.scale)
            for other in (*codes[:place], *codes[place + 1 :]):  # a fact that is named twice is one code
                if other.under:
                    over = self.terms.multiply(over, other.under)
            tops.append(over)
        return tops, under, scale

    def _rounded(self, of: Apply, codes: Sequence[Code]) -> Code:
        """Round to multiples of a step whose scale the result keeps."""
        first, terms = codes[0], self.terms
        step = codes[1].over if codes[1:] else terms.literal(1, "number")
        over = self._aligned(first.over, of.type.scale)
        under = self._times(first.under, self._aligned(step, first.scale)) or step
        if of.function == "floor":
            whole = terms.divided_down(over, under)
        else:
            whole = terms.negate(terms.divided_down(terms.negate(over), under))
        return Code(terms.multiply(whole, step), None, of.type.scale)

    def _chosen(self, when: Term, then: Code, otherwise: Code) -> Code:
        choose, one = self.terms.choose, self.terms.literal(1, "number")
        under = None
        if then.under or otherwise.under:
            under = choose(when, then.under or one, otherwise.under or one)
        return Code(choose(when, then.over, otherwise.over), under, then.scale)

    def _unknown(self, kind: Type) -> Code:
        return Code(self.terms.unknown(sort_of(kind)), None, kind.scale)

    def _case(self, of: Case, kind: Type, sleeve: str, bound: Bound) -> Code:
        """The row whose guard is true; where a guard is unknown so is what comes after it, or all that is not true."""
        tests = [self.code(test, sleeve, bound).over for test, _ in of.rows]
        if (rows := self._rows_of(tests, first=of.first)) is not None:
            return self._by_kind(of, kind, rows, lambda value: self._assigned(value, kind, sleeve, bound))
        values = [self._assigned(value, kind, sleeve, bound) for _, value in of.rows]
        nothing, missing = self._unknown(kind), self.terms.missing
        found = nothing if of.otherwise is None else self._assigned(of.otherwise, kind, sleeve, bound)
        if not of.first:
            found = self._chosen(self.terms.either(map(missing, tests)), nothing, found)
        for test, value in reversed([*zip(tests, values, strict=True)]):
            found = self._chosen(test, value, found)
            if of.first:
                found = self._chosen(missing(test), nothing, found)
        return found

    def _rows_of(self, tests: Sequence[Term], *, first: bool) -> list[int | None] | None:
        """Return which row applies to each kind of contract, if the kinds say so: -1 is otherwise, `None` unknown."""
        held = [self.known(test) for test in tests]
        columns = [values for values in held if values is not None]
        if len(columns) < len(tests):
            return None
        return [_row([values[place] for values in columns], first=first) for place in range(len(self.keyed.keys))]

    def _by_kind(self, of: Case, kind: Type, rows: Sequence[int | None], made: Callable[[Typed], Code]) -> Code:
        """Return what a table gives whose row the kind of contract says: rows that apply to none are left out."""
        used = [*dict.fromkeys(rows)] or [None]
        each: list[tuple[int | None, Code]] = []
        for row in used:
            value = None if row is None else of.otherwise if row < 0 else of.rows[row][1]
            each.append((row, self._unknown(kind) if value is None else made(value)))
        *others, (_, found) = sorted(each, key=lambda item: item[1].over.does == "literal")
        for row, code in reversed(others):
            here = self.answered([one == row for one in rows], "truth")
            found = self._chosen(here, code, found)
        return found

    def _first_known(self, of: FirstKnown, kind: Type, sleeve: str, bound: Bound) -> Code:
        *others, found = [self._assigned(option, kind, sleeve, bound) for option in of.options]
        for code in reversed(others):
            found = self._chosen(self._missing(code), found, code)
        return found

    def _folded(self, of: Fold, sleeve: str, bound: Bound) -> Code:
        """Go through a list row by row: each kind of contract has its own, as long as the longest of them."""
        name = next(name for name, child in LISTS[of.parent].items() if child == of.child)
        lists = [self._kids(of, name, sleeve, bound, place) for place in range(len(self.keyed.keys))]
        longest = max((len(kids) for kids in lists if kids is not None), default=0)
        if longest > MOST_OF_A_LIST:
            message = f"{of.row}.{name} has {longest} rows, more than {MOST_OF_A_LIST}, each held against the contract"
            raise TooLongError(message)
        each = []
        for number in range(longest):
            rows = [kids[number] if kids is not None and number < len(kids) else None for kids in lists]
            here = self.answered([row is not None for row in rows], "truth")
            each.append((here, self.code(of.body, sleeve, {**bound, of.variable: rows})))
        found = self._gathered(of, each)
        delivered = self.answered([kids is not None for kids in lists], "truth")
        return Code(self.terms.choose(delivered, found, self.terms.unknown(found.sort)), None, self._scale(of, each))

    @staticmethod
    def _scale(of: Fold, each: Sequence[tuple[Term, Code]]) -> int:
        return each[0][1].scale if of.how == "sum" and each else 0

    def _kids(self, of: Fold, name: str, sleeve: str, bound: Bound, place: int) -> Sequence[int] | None:
        columns, row = self.keyed.facts.columns, self.keyed.rows(sleeve)[place]
        if of.row in bound:
            parent = bound[of.row][place]
        else:
            parent = self.keyed.evaluator.rows("entry" if sleeve else "candidate", row)[of.row]
        kids: Sequence[int] | None = None if parent is None else columns[f"{of.parent}<{name}"][parent]
        return kids

    def _gathered(self, of: Fold, each: Sequence[tuple[Term, Code]]) -> Term:
        terms = self.terms
        if of.how == "exists":
            return terms.either(terms.both([here, code.over]) for here, code in each)
        if of.how == "all":
            return terms.both(terms.either([terms.inverse(here), code.over]) for here, code in each)
        total, zero = terms.literal(0, "number"), terms.literal(0, "number")
        one, unknown = terms.literal(1, "number"), terms.unknown("number")
        for here, code in each:
            worth = code.over
            if of.how == "count":
                worth = terms.choose(terms.missing(worth), unknown, terms.choose(worth, one, zero))
            total = terms.add(total, terms.choose(here, worth, zero))
        return total


def _row(holds: Sequence[bool | None], *, first: bool) -> int | None:
    """Return the row of a table that applies: -1 is otherwise, `None` that nobody can say."""
    for number, one in enumerate(holds):
        if one:
            return number
        if one is None and first:
            return None
    return None if None in holds else -1


def _pair(value: Exact, kind: Type) -> Pair:
    """Return an exact value as columns hold it."""
    if not isinstance(value, Fraction):
        return value, 1
    scaled: Fraction = value * 10**kind.scale
    return scaled.numerator, scaled.denominator
