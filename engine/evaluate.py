"""The law read once more, slowly: exact fractions, every value kept, every unknown with the facts to blame.

It follows the typed trees of the compiled law by another way, recursion over fractions instead of generated code over
scaled integers. Tests hold the two against each other; what a person reads about a decision comes from here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from operator import ge, gt, le, lt
from typing import Final, TypeAlias

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
    parts,
)
from engine.kleene import Kleene
from engine.law.names import LISTS
from engine.rows import Facts, Plain
from engine.series import Series
from engine.subjects import SINGLE, SUBJECTS, given


@dataclass(frozen=True, slots=True, order=True)
class Blame:
    """One fact that is unknown: not delivered (`missing`), or delivered and impossible (`bad`, with the reason)."""

    subject: str
    id: str
    fact: str
    why: str = ""

    @property
    def code(self) -> str:
        return f"bad_fact:{self.why}" if self.why else f"missing_fact:{self.fact}"

    def __str__(self) -> str:
        return ".".join(part for part in (self.subject, self.id, self.fact) if part)


_EXACT: Final = Context(prec=60, traps=[Inexact])
_ORDERS: Final[Mapping[str, Callable[[Fraction, Fraction], bool]]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
_NO_ROW: Final = frozenset({Blame("law", "", "row", "no_row_applies")})
_OF_CALENDAR: Final = frozenset({Blame("calendar", "", "sessions")})

Unknown: TypeAlias = frozenset[Blame]
Exact: TypeAlias = Fraction | bool | str
Value: TypeAlias = Exact | Unknown
Rows: TypeAlias = Mapping[str, int | None]


@dataclass
class Evaluator:
    """Evaluates typed expressions on the tables that `decide` filled."""

    facts: Facts
    kleene: Kleene
    _memo: dict[tuple[str, int], Value] = field(default_factory=dict)

    def rows(self, subject: str, row: int) -> dict[str, int | None]:
        """Return the numbers of a row and of the rows above it."""
        found: dict[str, int | None] = {subject: row}
        for above in SUBJECTS[subject].sees:
            found[above] = self.facts.columns[f"{subject}>{above}"][row] if above not in SINGLE else 0
        return found

    def value(self, of: Typed, rows: Rows) -> Value:
        """Return what an expression gives on rows: exact, or the facts to blame."""
        match of:
            case Const(value=bool() | str() as value):
                return value
            case Const():
                return of.exact
            case Read():
                return self._read(of, rows)
            case Logic():
                return self._logic(of, rows)
            case Known(of=inner):
                return not isinstance(self.value(inner, rows), frozenset)
            case FirstKnown(options=options):
                return self._first_known(options, rows)
            case Case():
                return self._case(of, rows)
            case Fold():
                return self._fold(of, rows)
            case Apply(function="mean_true_range"):
                return self._series(of, rows)
            case Apply(function="lowest_close" | "highest_close"):
                return self._closes(of, rows)
            case _:
                return self._strict(of, rows)

    def _strict(self, of: Typed, rows: Rows) -> Value:
        """Everything that is unknown as soon as one part is."""
        values = [self.value(part, rows) for part in parts(of)]
        unknown = blamed(values)
        if unknown:
            return unknown
        known = [value for value in values if not isinstance(value, frozenset)]
        match of:
            case Arithmetic(operator=operator):
                return _arithmetic(operator, known[0], known[1])
            case Negated():
                return -number(known[0])
            case Compare(operator=operator):
                return compare(operator, known[0], known[1])
            case Inverse():
                return not known[0]
            case OneOf() | Within():
                return belongs(of, known[0])
            case Apply():
                return self._apply(of, known)
            case _:
                message = f"{type(of).__name__} is not strict"
                raise TypeError(message)

    def _logic(self, of: Logic, rows: Rows) -> Value:
        decisive = of.operator == "||"
        values = [self.value(term, rows) for term in of.terms]
        if any(value is decisive for value in values):
            return decisive
        return blamed(values) or not decisive

    def _first_known(self, options: tuple[Typed, ...], rows: Rows) -> Value:
        value: Value = frozenset()
        for option in options:
            value = self.value(option, rows)
            if not isinstance(value, frozenset):
                return value
        return value

    def _case(self, of: Case, rows: Rows) -> Value:
        doubtful: list[Value] = []
        for test, value in of.rows:
            holds = self.value(test, rows)
            if holds is True:
                return self.value(value, rows)
            if isinstance(holds, frozenset):
                if of.first:
                    return holds
                doubtful.append(holds)
        if doubtful:
            return blamed(doubtful)
        if of.otherwise is None:
            return _NO_ROW
        return self.value(of.otherwise, rows)

    def children(self, parent: str, row: int | None, name: str) -> list[int] | Unknown:
        """Return the rows of a list, or that it was not delivered."""
        kids = None if row is None else self.facts.columns[f"{parent}<{name}"][row]
        if kids is None:
            return frozenset({Blame(parent, "" if row is None else self.facts.ids[parent][row], name)})
        return kids  # type: ignore[no-any-return]

    def _fold(self, of: Fold, rows: Rows) -> Value:
        name = next(name for name, child in LISTS[of.parent].items() if child == of.child)
        kids = self.children(of.parent, rows[of.row], name)
        if isinstance(kids, frozenset):
            return kids
        values = [self.value(of.body, {**rows, of.variable: kid}) for kid in kids]
        unknown = blamed(values)
        if of.how in ("exists", "all"):
            decisive = of.how == "exists"
            return decisive if any(value is decisive for value in values) else unknown or not decisive
        if unknown:
            return unknown
        return sum((number(value) for value in values if not isinstance(value, frozenset)), Fraction(0))

    def _series(self, of: Apply, rows: Rows) -> Value:
        source, day, count = of.arguments
        assert isinstance(source, Read) and isinstance(count, Const)  # noqa: S101, PT018 - as the checker made them
        today = self.value(day, rows)
        kids = self.children(source.subject, rows[source.row], source.fact)
        if isinstance(today, frozenset):
            return today
        if isinstance(kids, frozenset):
            return kids
        days, highs, lows, closes = (self.facts.columns[f"bar.{name}"] for name in ("date", "high", "low", "close"))
        total = self.kleene.mean_true_range(kids, days, highs, lows, closes, int(number(today)), int(count.exact))
        if total is None:
            row = rows[source.row]
            return frozenset({Blame(source.subject, self.facts.ids[source.subject][row or 0], source.fact)})
        return number(total) / Fraction(10**of.type.scale) / count.exact

    def _closes(self, of: Apply, rows: Rows) -> Value:
        source, *others = of.arguments
        assert isinstance(source, Read)  # noqa: S101 - as the checker made it
        day, count = (self.value(part, rows) for part in others)
        unknown = blamed([self.value(source, rows), day, count])
        row = self._row(source, rows)
        if unknown or row is None or isinstance(day, frozenset) or isinstance(count, frozenset):
            return unknown
        series: Series = self.facts.columns[f"{source.subject}.{source.fact}"][row]
        today, sessions = int(day), int(count)
        found = getattr(self.kleene, of.function)(series, today, sessions)
        if found is not None:
            return number(found) / Fraction(10**of.type.scale)
        if self.kleene.is_session(today) is None:
            return _OF_CALENDAR
        why = series.why(self.kleene.window(today, sessions, series.workdays) or ())
        return frozenset({Blame(source.subject, self.facts.ids[source.subject][row], source.fact, why)})

    def _row(self, of: Read, rows: Rows) -> int | None:
        return rows[of.row] if of.row in rows else self._picked(of.row, rows)

    def _read(self, of: Read, rows: Rows) -> Value:
        row = self._row(of, rows)
        if row is None:
            subject, pick = of.row.split(".")
            return frozenset({Blame(subject, self.facts.ids[subject][rows[subject] or 0], pick)})
        return self.fact(of.subject, of.fact, row)

    def _picked(self, name: str, rows: Rows) -> int | None:
        subject, _ = name.split(".")
        row = rows[subject]
        return None if row is None else self.facts.columns[name][row]

    def fact(self, subject: str, fact: str, row: int) -> Value:
        """Return the value of any fact of a row: stated, given, remembered or derived."""
        name = f"{subject}.{fact}"
        if name in self.facts.stated:
            stated = self.facts.state(name, row)
            if stated is not None:
                return self._plausible(name, row, self._exact(stated[0], self._type(name), stated[1]))
        if (name, row) not in self._memo:
            value = self._fact(subject, fact, row)
            if isinstance(value, frozenset) and value == _NO_ROW:
                value = frozenset({Blame(subject, self.facts.ids[subject][row], fact, "no_row_applies")})
            self._memo[name, row] = value
        return self._memo[name, row]

    def _type(self, name: str) -> Type:
        law = self.facts.law
        return law.derived[name].type if name in law.derived else Type("bool")

    @staticmethod
    def _exact(value: Plain, kind: Type, under: int = 1) -> Exact:
        return (
            Fraction(value, under * 10**kind.scale) if isinstance(value, int) and not isinstance(value, bool) else value
        )

    def _fact(self, subject: str, fact: str, row: int) -> Value:
        name, law = f"{subject}.{fact}", self.facts.law
        if fact in given(subject) or name in law.remembered:
            kind = given(subject)[fact].type if fact in given(subject) else law.remembered[name].type
            value = self.facts.columns[name][row]
            if value is None:
                why = self.facts.why.get((subject, fact, row), "")
                return frozenset({Blame(subject, self.facts.ids[subject][row], fact, why)})
            if isinstance(value, Series):
                return str(value)  # for whoever is told of it; what asks for its closes reads the column
            return self._exact(value, kind, self.facts.columns[f"{name}/"][row] if kind.divided else 1)
        if name in law.derived:
            return self._derived(name, row)
        if fact in law.rules:
            return self.value(law.rules[fact].when, self.rows(subject, row))
        return self._found(name.removesuffix("_found"), row)

    def _derived(self, name: str, row: int) -> Value:
        derived = self.facts.law.derived[name]
        return self._plausible(name, row, self.value(derived.value, self.rows(derived.subject, row)))

    def _plausible(self, name: str, row: int, value: Value) -> Value:
        """Return a derived value, or that it is bad where one declared positive is not."""
        derived = self.facts.law.derived.get(name)
        if derived and derived.bad and isinstance(value, Fraction) and value <= 0:
            return frozenset({Blame(derived.subject, self.facts.ids[derived.subject][row], derived.fact, derived.bad)})
        return value

    def _found(self, name: str, row: int) -> Value:
        found = self.facts.columns[f"{name}_found"][row]
        if found is not None:
            return bool(found)
        pick = self.facts.law.picks[name]
        rows = self.rows(pick.subject, row)
        when = self.value(pick.when, rows)
        kids = self.children(pick.over, rows[pick.over], "candidates")
        if isinstance(when, frozenset) or isinstance(kids, frozenset):
            return blamed([value for value in (when, kids) if isinstance(value, frozenset)])
        for kid in kids:
            inner = {**rows, "candidate": kid}
            unknown = blamed([self.value(value, inner) for value in (pick.where, *pick.order_by)])
            if unknown:
                return unknown
        return frozenset({Blame(pick.subject, self.facts.ids[pick.subject][row], pick.fact)})

    def _apply(self, of: Apply, known: list[Exact]) -> Value:
        name = of.function
        if name in ("abs", "min", "max", "mean", "floor", "ceil"):
            return _measure(name, [number(value) for value in known])
        plain = [self._raw(value, part.type) for value, part in zip(known, of.arguments, strict=True)]
        result = getattr(self.kleene, name)(*plain)
        if result is None:
            return _OF_CALENDAR
        return self._exact(result, of.type)

    @staticmethod
    def _raw(value: Exact, kind: Type) -> int | str | bool:
        return int(value * 10**kind.scale) if isinstance(value, Fraction) else value


def blamed(values: Iterable[Value]) -> Unknown:
    """Return the facts to blame for any of some values."""
    found = [value for value in values if isinstance(value, frozenset)]
    return found[0] if len(found) == 1 else frozenset[Blame]().union(*found)


def number(value: Exact | int) -> Fraction:
    """Return a number as it is, for one that moves must not be copied; what is true or false as 1 or 0."""
    return value if isinstance(value, Fraction) else Fraction(value)


def _same(value: Exact, item: Const) -> bool:
    return value == item.value if isinstance(item.value, bool | str) else value == item.exact


def _arithmetic(operator: str, left: Exact, right: Exact) -> Fraction:
    first, second = number(left), number(right)
    match operator:
        case "+":
            return first + second
        case "-":
            return first - second
        case "*":
            return first * second
        case _:
            return first / second


def belongs(of: OneOf | Within, value: Exact) -> bool:
    """Return whether a value is one of several, or lies in an interval."""
    if isinstance(of, OneOf):
        return any(_same(value, item) for item in of.items)
    it = number(value)
    low = of.lower is None or (of.lower.exact <= it if of.lower_in else of.lower.exact < it)
    high = of.upper is None or (it <= of.upper.exact if of.upper_in else it < of.upper.exact)
    return low and high


def compare(operator: str, left: Exact, right: Exact) -> bool:
    """Return how two values compare by an operator of the language."""
    if operator in ("==", "!="):
        return (left == right) is (operator == "==")
    return _ORDERS[operator](number(left), number(right))


def _measure(name: str, values: list[Fraction]) -> Fraction:
    match name:
        case "abs":
            return abs(values[0])
        case "min":
            return min(values)
        case "max":
            return max(values)
        case "mean":
            return sum(values, Fraction(0)) / len(values)
        case _:
            step = values[1] if len(values) > 1 else Fraction(1)
            whole = values[0] // step if name == "floor" else -(-values[0] // step)
            return whole * step


def decimal(value: Fraction, scale: int) -> Decimal:
    """Return a fraction as a decimal: exact where it ends, otherwise rounded half to even at `scale` decimals."""
    try:
        return _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
    except Inexact:
        rounded = Fraction(round(value * 10**scale), 10**scale)
        return _EXACT.divide(Decimal(rounded.numerator), Decimal(rounded.denominator))


def blames(value: Value) -> Iterator[Blame]:
    """Yield the facts to blame, in one order."""
    if isinstance(value, frozenset):
        yield from sorted(value)
