"""The parsed law: everything named, typed and placed, ready to compile."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from engine.expr.typed import Const, Type, Typed
from engine.law.authored import Interpretation, Ladder, LawItem, Section, Slot, Table, Version
from engine.law.values import ParameterValue
from engine.place import Place


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a piece of the law stands, what it carries out and what it rests on."""

    place: Place
    cites: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()
    means: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number, word, list or interval of the law; `value` scaled by its unit, `written` as in the file."""

    name: str
    unit: str
    value: ParameterValue
    written: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Derived:
    """A fact that the law gives: exactly one definition. A `positive` one at or below zero is bad data."""

    subject: str
    fact: str
    value: Typed
    type: Type
    nullable: bool
    origin: Origin
    bad: str | None = None
    form: str = "fact"

    @property
    def name(self) -> str:
        return f"{self.subject}.{self.fact}"


@dataclass(frozen=True, slots=True)
class Remembered:
    """A fact that memory gives; `next` names the derived fact whose value goes into the next snapshot."""

    subject: str
    fact: str
    unit: str
    type: Type
    initial: int | bool | str | None
    next: str
    latch: str | None = None

    @property
    def name(self) -> str:
        return f"{self.subject}.{self.fact}"


@dataclass(frozen=True, slots=True)
class Latch:
    """What memory keeps of a latch while it holds."""

    subject: str
    fact: str
    by: str
    keeps: tuple[str, ...]
    origin: Origin

    @property
    def name(self) -> str:
        return f"{self.subject}.{self.fact}"


@dataclass(frozen=True, slots=True)
class Pick:
    """The best candidate for a row: defines `subject.fact` (the row chosen) and `subject.fact_found`."""

    subject: str
    fact: str
    over: str
    when: Typed
    where: Typed
    order_by: tuple[Typed, ...]
    origin: Origin

    @property
    def name(self) -> str:
        return f"{self.subject}.{self.fact}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A requirement of a kind of decision (`reason` when it does not hold), or a decision and its fields."""

    id: str
    subject: str
    kind: str
    decides: bool
    when: Typed
    nullable: bool
    reason: str
    fields: Mapping[str, Typed | str]
    origin: Origin
    needs: Typed | None = None

    @property
    def name(self) -> str:
        return f"{self.subject}.{self.id}"


@dataclass(frozen=True, slots=True)
class Budget:
    """Room as each row sees it, used by all rows under one `shared_by` row; `uses` per contract, order or slice."""

    name: str
    room: Typed
    uses: Typed
    each: str
    shared_by: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of the permitted become orders."""

    name: str
    among: str
    subject: str
    shared_by: str
    one_of_each: str
    turns: tuple[Typed, ...]
    order_by: tuple[Typed, ...]
    ceilings: tuple[str, ...]
    budgets: tuple[Budget, ...]
    price: Typed
    slice_over: Const
    origin: Origin


@dataclass(frozen=True, slots=True)
class Leg:
    """One part of a grant: its weight, the pick that chose the contract, what one costs, where it is placed."""

    name: str
    weight: Const
    buys: str
    costs: Typed
    price: Typed


@dataclass(frozen=True, slots=True)
class Need:
    """What is bought only until it is met: `uses` of it by every contract."""

    room: Typed
    uses: Typed
    shared_by: str


@dataclass(frozen=True, slots=True)
class Share:
    """A sum that decisions of one kind share, in order; each leg of a grant is rounded down to `step`."""

    name: str
    among: str
    subject: str
    shared_by: str
    order_by: tuple[Typed, ...]
    room: Typed
    asks: Typed
    step: Const
    slice_over: Const
    legs: tuple[Leg, ...]
    otherwise: str
    origin: Origin
    need: Need | None = None
    marks: Mapping[str, Typed | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Supposition:
    """A made-up row: what is supposed of its facts, and of those of the rows above it."""

    subject: str
    given: Mapping[tuple[str, str], Typed]


@dataclass(frozen=True, slots=True)
class Tension:
    """Where items of the law pull against each other; `assumes` are numbers that are not law, as written."""

    id: str
    supposing: Mapping[str, Supposition]
    values: Mapping[str, Typed]
    holds_when: Typed
    shows: tuple[str, ...]
    assumes: Mapping[str, str]
    origin: Origin


@dataclass(frozen=True, slots=True, eq=False)
class Constitution:
    """One version of the law: `bytes_digest` is its identity, `read` are the names that something reads."""

    version: str
    status: str
    effective: str
    predecessor: str | None
    files: Mapping[str, str]
    bytes_digest: str
    parameters: Mapping[str, Parameter]
    levels: Mapping[str, int]
    derived: Mapping[str, Derived]
    remembered: Mapping[str, Remembered]
    latches: Mapping[str, Latch]
    picks: Mapping[str, Pick]
    rules: Mapping[str, Rule]
    arbitration: Mapping[str, Slot]
    choices: Mapping[str, Choice]
    shares: Mapping[str, Share]
    items: Mapping[str, LawItem]
    interpretations: Mapping[str, Interpretation]
    tables: Mapping[str, Table]
    ladders: Mapping[str, Ladder]
    titles: Mapping[str, str]
    places: Mapping[str, Place] = field(default_factory=dict)
    entrenched: tuple[str, ...] = ()
    read: frozenset[str] = frozenset()
    tensions: Mapping[str, Tension] = field(default_factory=dict)
    sections: tuple[Section, ...] = ()
    front: Version | None = None

    @property
    def tickers(self) -> tuple[str, ...]:
        """Every ticker that a parameter of the law names, in the order of the text."""
        return _tickers(self)


@lru_cache
def _tickers(law: Constitution) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for parameter in law.parameters.values():
        if parameter.unit == "ticker":
            values = parameter.value if isinstance(parameter.value, tuple) else (parameter.value,)
            found.update(dict.fromkeys(str(value) for value in values))
    return tuple(found)
