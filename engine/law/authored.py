"""The files of the law as a person writes them; constitution/schema is written from these models."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Item = Annotated[str, Field(pattern=r"^(\d+\.\d+|start\.\d+)$", description="an item of the law, such as 6.4")]
Ruling = Annotated[str, Field(pattern=r"^A-\d\d$", description="an interpretation, such as A-39")]
Word = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$", description="a word, such as recovery")]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", description="a name such as safe_vix")]
FactName = Annotated[str, Field(pattern=r"^[a-z]+\.[a-z][a-z0-9_]*$", description="a fact, such as position.spot")]
Room = Annotated[str, Field(pattern=r"^[a-z_]+(/[a-z_]+)*$", description="a room, such as service/reports")]
Kind = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]+$", description="a kind of decision, such as Roll")]
Condition = Annotated[
    str | bool | int | Decimal, Field(description="an expression in the language of docs/language.md")
]
Cell = Annotated[
    str | bool | int | Decimal | tuple[Word, ...],
    Field(description="a word, a list of words, a parameter, `any`, or an interval: from, above, up to, below"),
]
Cites = Annotated[tuple[Item, ...] | Item, Field(description="the items of the law it carries out")]


class Authored(BaseModel):
    """A part of a file; nothing may stand in it that is not named here."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Cited(Authored):
    """Something that carries out the law."""

    cites: Cites
    rests_on: Annotated[tuple[Ruling, ...], Field(description="the interpretations it depends on")] = ()


class Parameter(Authored):
    """One number, word, list or interval of the law."""

    value: Annotated[
        str | bool | int | Decimal | tuple[str | int | Decimal, ...],
        Field(
            description="exact; an interval is written `from 0.10 up to 0.20` (both in), `above 5 below 9` (both out)"
        ),
    ]
    unit: Identifier
    cites: Cites
    means: Annotated[str, Field(min_length=8)]
    rests_on: tuple[Ruling, ...] = ()
    room: Annotated[str | None, Field(description="who reads it where no rule does, such as sources")] = None


class Derivation(Cited):
    """A fact and the expression that gives it."""

    value: Condition
    unit: Identifier | None = None
    positive: Annotated[bool, Field(description="a value at or below zero is bad data, and it may be divided by")] = (
        False
    )
    bad: Annotated[Word | None, Field(description="the reason given when a positive fact is not")] = None
    means: str = ""


class Table(Cited):
    """A fact read from rows; columns are expressions, cells say which values they take."""

    hit: Annotated[
        Literal["unique", "first"],
        Field(description="unique: at most one row can apply, checked at load; first: the first that applies"),
    ]
    by: dict[Identifier, Condition]
    rows: Annotated[tuple[dict[Identifier, Cell], ...], Field(min_length=1)]
    otherwise: Annotated[
        Condition | None,
        Field(description="what holds where no row applies; `unknown` where that is meant to be unknown"),
    ] = None
    unit: Identifier | None = None
    means: str = ""


class Level(Authored):
    """One rung of a ladder."""

    level: Annotated[int, Field(ge=0)]
    name: Identifier
    rung: Identifier | None = None
    cites: Cites


class Ladder(Cited):
    """A fact that is the highest level whose condition holds; the condition says `rung` for the level's parameter."""

    applies: Condition
    crossed: Condition
    levels: Annotated[tuple[Level, ...], Field(min_length=2)]
    means: str = ""


class Latch(Cited):
    """A fact that, once set, holds until it is cleared; kept in memory from one snapshot to the next."""

    set: Condition
    clear: Condition
    by: Annotated[Literal["law", "person"], Field(description="who may clear it")] = "law"
    keeps: Annotated[
        dict[Identifier, Condition], Field(description="facts kept as they were when `set` last held")
    ] = {}
    means: str = ""


class Memory(Cited):
    """A value that goes into the next snapshot."""

    next: Condition
    initial: str | bool | int | Decimal | None = None
    unit: Identifier
    means: str = ""


class Pick(Cited):
    """The best of the contracts on offer for a subject: those that pass `where`, in the order of `order_by`."""

    when: Annotated[Condition, Field(description="only then one is looked for")]
    among: Annotated[Literal["symbol.candidates", "market.candidates"], Field(description="where it is looked for")]
    where: Condition
    order_by: Annotated[tuple[Condition, ...], Field(min_length=1)]
    means: str = ""


class Rule(Cited):
    """A condition that a decision cannot do without (`require`, `else`), or a decision (`decide`, `with`)."""

    for_: Annotated[Identifier, Field(alias="for", description="the subject it speaks of")]
    require: Kind | None = None
    decide: Kind | None = None
    when: Condition
    else_: Annotated[Word | None, Field(alias="else", description="the reason when a requirement is not met")] = None
    needs: Annotated[Condition | None, Field(description="beside `else`: what would have been enough")] = None
    with_: Annotated[dict[Identifier, Condition], Field(alias="with", description="the decision's own fields")] = {}
    means: str = ""


class Section(Authored):
    """One section of the Constitution."""

    section: Annotated[str, Field(pattern=r"^\d+$")]
    title: str
    parameters: dict[Identifier, Parameter] = {}
    facts: dict[FactName, Derivation] = {}
    tables: dict[FactName, Table] = {}
    ladders: dict[FactName, Ladder] = {}
    latches: dict[FactName, Latch] = {}
    memories: dict[FactName, Memory] = {}
    picks: dict[FactName, Pick] = {}
    rules: dict[Identifier, Rule] = {}


class Interpretation(Authored):
    """What the text leaves open, and how it was decided."""

    question: str
    chosen: str
    set_aside: Annotated[tuple[str, ...], Field(min_length=1)]
    because: str
    cites: tuple[Item, ...]
    human_ruling_needed: bool


class Interpretations(Authored):
    """The rulings."""

    interpretations: dict[Ruling, Interpretation]


class LawItem(Authored):
    """One item of the law in our words."""

    kind: Literal["rule", "duty", "guidance"]
    source: Literal["text", "specification", "guide", "requirements", "acceptance"]
    text: str
    room: Annotated[Room | None, Field(description="the module that performs it; every duty has one")] = None


class Items(Authored):
    """Every item of the law."""

    titles: Annotated[
        dict[Annotated[str, Field(pattern=r"^(\d+|start)$")], str],
        Field(description="what the sections are called that have no file of their own"),
    ] = {}
    items: dict[Item, LawItem]


class Assumption(Authored):
    """A number or time that is not law, and that decides nothing: a price, a volatility, the size of an account."""

    value: Annotated[str | int | Decimal, Field(description="exact, as a parameter's")]
    unit: Identifier
    means: Annotated[str, Field(min_length=8)]


class Supposition(Authored):
    """A made-up row, of which the law is asked what it makes."""

    of: Annotated[Identifier, Field(description="the subject that it is a row of")]
    given: Annotated[
        dict[FactName, Condition], Field(description="facts of it, and of the rows above it; a word stands as itself")
    ]


class Tension(Authored):
    """Where one item of the law pulls against another, or against what there is."""

    between: Annotated[tuple[Item, ...], Field(min_length=1, description="the items of the law that do")]
    rests_on: Annotated[tuple[Ruling, ...], Field(description="the interpretations that say what holds meanwhile")] = ()
    means: Annotated[str, Field(min_length=8)]
    supposing: dict[Identifier, Supposition] = {}
    values: Annotated[
        dict[Identifier, Condition], Field(description="what is worked out, each from the ones before")
    ] = {}
    holds_when: Annotated[Condition, Field(description="over parameters, assumptions, values and suppositions")]
    shows: Annotated[tuple[Identifier, ...], Field(description="values that are told beside the condition")] = ()


class Tensions(Authored):
    """The law's own tensions, each computed from it: change what causes one, and it is no longer found."""

    assumptions: dict[Identifier, Assumption] = {}
    tensions: dict[Identifier, Tension]


class Slot(Authored):
    """Who wins where several decisions compete for one subject: the first of the list."""

    strongest: Annotated[tuple[Kind, ...], Field(min_length=1, description="of two of one kind the first in the text")]


class Budget(Authored):
    """Room that the chosen orders share: each uses some of it, and together they keep what every one of them sees."""

    room: Condition
    uses: Condition
    each: Annotated[
        Literal["contract", "order", "slice"],
        Field(description="whether `uses` is spent for every contract, once for an order, or for every slice of it"),
    ] = "contract"
    shared_by: Annotated[Identifier, Field(description="the subject whose orders use the room together")]


class Choice(Cited):
    """Which of the permitted become orders, in what order, how many of each."""

    among: Kind
    shared_by: Annotated[Identifier, Field(description="the subject whose permitted contracts compete")]
    one_of_each: Annotated[Identifier, Field(description="at most one contract of each such subject is chosen")]
    turns: Annotated[tuple[Condition, ...], Field(description="the order in which those subjects take their turns")]
    order_by: Annotated[tuple[Condition, ...], Field(description="the order of the contracts of one such subject")]
    ceilings: Annotated[
        tuple[Identifier, ...],
        Field(description="requirements that only say how much: what misses nothing else is still the nearest"),
    ] = ()
    within: dict[Identifier, Budget]
    price: Annotated[Condition, Field(description="where the order is placed")]
    slice_over: Annotated[Identifier, Field(description="the parameter above which an order is sliced")]


class Leg(Authored):
    """One part of a grant and the contract it buys."""

    weight: Annotated[Identifier, Field(description="the parameter that says how the grant is divided")]
    buys: Annotated[FactName, Field(description="the pick that chose the contract")]
    costs: Annotated[Condition, Field(description="what one contract costs")]
    price: Annotated[Condition, Field(description="where the order is placed")]


class Need(Authored):
    """What a share buys only until it is met: the room, and how much of it one contract takes."""

    room: Condition
    uses: Condition
    shared_by: Identifier


class Share(Cited):
    """A sum that several decisions share: each gets what it asks for while it lasts, in the order given."""

    among: Kind
    shared_by: Identifier
    order_by: tuple[Condition, ...]
    room: Condition
    asks: Condition
    slice_over: Annotated[Identifier, Field(description="the parameter above which an order is sliced")]
    step: Annotated[Identifier, Field(description="the parameter to whose multiples each leg is rounded down")]
    need: Need | None = None
    marks: Annotated[
        dict[Identifier, Condition], Field(description="facts that the ledger keeps of a position bought so")
    ] = {}
    legs: dict[Identifier, Leg]
    otherwise: Annotated[Word, Field(description="the alert when a leg buys no whole contract")]


class Version(Authored):
    """The identity of one version of the Constitution."""

    version: Annotated[str, Field(pattern=r"^\d+\.\d+$")]
    status: Literal["draft", "ratified"]
    effective: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    predecessor: str | None
    arbitration: dict[FactName, Slot]
    choices: dict[Identifier, Choice]
    shares: dict[Identifier, Share] = {}
    entrenched: Annotated[tuple[Identifier, ...], Field(description="parameters that an amendment must name")] = ()
