"""An expression whose names are resolved and whose units are checked."""

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal, TypeAlias

from engine.expr.units import Dimension, Unit

Sign = Literal["any", "not_negative", "positive"]
Value = int | bool | str


@dataclass(frozen=True, slots=True)
class Type:
    """What an expression gives. `divided`: an integer pair, numerator over a positive denominator."""

    kind: str
    dimension: Dimension = ()
    scale: int = 0
    sign: Sign = "any"
    divided: bool = False
    words: frozenset[str] = frozenset()
    literal: bool = False

    @classmethod
    def of(cls, unit: Unit, sign: Sign = "any", words: frozenset[str] = frozenset()) -> "Type":
        return cls(unit.kind, unit.dimension, unit.scale, sign, words=words)


BOOL = Type("bool")


@dataclass(frozen=True, slots=True)
class Const:
    """A literal or a parameter (then `name` is its name); `value` is scaled by its type."""

    at: int
    value: Value
    type: Type
    name: str = ""

    @property
    def exact(self) -> Fraction:
        return Fraction(int(self.value), 10**self.type.scale)


@dataclass(frozen=True, slots=True)
class Read:
    """A fact of the row at hand (`row` is the subject) or of a lambda's variable; without a row a name's own value."""

    at: int
    subject: str
    fact: str
    row: str
    type: Type
    nullable: bool = True

    def __str__(self) -> str:
        return f"{self.row}.{self.fact}" if self.row else self.fact


@dataclass(frozen=True, slots=True)
class Arithmetic:
    at: int
    operator: str
    left: "Typed"
    right: "Typed"
    type: Type


@dataclass(frozen=True, slots=True)
class Negated:
    at: int
    of: "Typed"
    type: Type


@dataclass(frozen=True, slots=True)
class Compare:
    at: int
    operator: str
    left: "Typed"
    right: "Typed"
    type: Type = BOOL


@dataclass(frozen=True, slots=True)
class Within:
    """`of` lies in an interval; a bound that is `None` is open to that side."""

    at: int
    of: "Typed"
    lower: Const | None
    upper: Const | None
    lower_in: bool
    upper_in: bool
    name: str = ""
    type: Type = BOOL


@dataclass(frozen=True, slots=True)
class OneOf:
    at: int
    of: "Typed"
    items: tuple[Const, ...]
    name: str = ""
    type: Type = BOOL


@dataclass(frozen=True, slots=True)
class Inverse:
    at: int
    of: "Typed"
    type: Type = BOOL


@dataclass(frozen=True, slots=True)
class Logic:
    at: int
    operator: Literal["&&", "||"]
    terms: "tuple[Typed, ...]"
    type: Type = BOOL


@dataclass(frozen=True, slots=True)
class Apply:
    at: int
    function: str
    arguments: "tuple[Typed, ...]"
    type: Type


@dataclass(frozen=True, slots=True)
class Fold:
    """`exists`, `all`, `count` or `sum` over the rows of `child` that belong to the row of `parent`."""

    at: int
    how: str
    parent: str
    row: str
    child: str
    variable: str
    body: "Typed"
    type: Type


@dataclass(frozen=True, slots=True)
class Case:
    """The value of the one row whose guard holds; `first`: of the first one."""

    at: int
    rows: "tuple[tuple[Typed, Typed], ...]"
    otherwise: "Typed | None"
    first: bool
    type: Type


@dataclass(frozen=True, slots=True)
class Known:
    at: int
    of: "Typed"
    type: Type = BOOL


@dataclass(frozen=True, slots=True)
class FirstKnown:
    at: int
    options: "tuple[Typed, ...]"
    type: Type = field(default=BOOL)


Typed: TypeAlias = (
    Const
    | Read
    | Arithmetic
    | Negated
    | Compare
    | Within
    | OneOf
    | Inverse
    | Logic
    | Apply
    | Fold
    | Case
    | Known
    | FirstKnown
)


def parts(of: Typed) -> tuple[Typed, ...]:
    """Return the direct parts of an expression, in the order of the text."""
    match of:
        case Const() | Read():
            return ()
        case Arithmetic(left=left, right=right) | Compare(left=left, right=right):
            return (left, right)
        case Negated(of=inner) | OneOf(of=inner) | Inverse(of=inner) | Known(of=inner):
            return (inner,)
        case Within(of=inner, lower=lower, upper=upper):
            return (inner, *(bound for bound in (lower, upper) if bound is not None))
        case Logic(terms=terms):
            return terms
        case Apply(arguments=arguments):
            return arguments
        case Fold(body=body):
            return (body,)
        case Case(rows=rows, otherwise=otherwise):
            return (*(part for row in rows for part in row), *((otherwise,) if otherwise is not None else ()))
        case FirstKnown(options=options):
            return options


def walk(of: Typed) -> "list[Typed]":
    """Return the expression and everything inside it, outside first."""
    found = [of]
    for part in found:
        found.extend(parts(part))
    return found


def conjuncts(of: Typed) -> tuple[Typed, ...]:
    """Return the conditions all of which a condition asks for; itself, where it is no `&&`."""
    return of.terms if isinstance(of, Logic) and of.operator == "&&" else (of,)


def retype(of: Const, to: Type) -> Const:
    """Return a literal under the type it is used with: a bare 0 has the unit of its neighbour."""
    return replace(of, type=replace(of.type, kind=to.kind, dimension=to.dimension))
