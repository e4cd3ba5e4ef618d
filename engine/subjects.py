"""What a rule can speak of: the subjects, whom each can see, and the lists each owns."""

from dataclasses import dataclass
from functools import cache

from engine import facts
from engine.expr.typed import Sign, Type
from engine.expr.units import UNITS
from engine.fields import CHOSEN

_HERE = Type.of(UNITS["text"])


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind of row. `sees` are the single rows above it, nearest first; `lists` the rows below it, by name."""

    name: str
    model: type[facts.Rows] | None
    sees: tuple[str, ...] = ()
    lists: tuple[tuple[str, str], ...] = ()
    means: str = ""


_ALL = ("market", "host")
SINGLE = frozenset(_ALL)
SUBJECTS: dict[str, Subject] = {
    subject.name: subject
    for subject in (
        Subject(
            "market",
            facts.Market,
            ("host",),
            (("accounts", "account"), ("symbols", "symbol"), ("candidates", "candidate")),
            "one for all",
        ),
        Subject("host", facts.Host, (), (("dependencies", "dependency"),), "the program and its connections"),
        Subject("dependency", facts.Dependency, _ALL, (), "something outside that the program needs"),
        Subject(
            "symbol",
            facts.Symbol,
            _ALL,
            (("bars", "bar"), ("earnings", "report"), ("candidates", "candidate"), ("orders", "order")),
            "one underlying",
        ),
        Subject("bar", facts.Bar, ("symbol", *_ALL), (), "one daily bar"),
        Subject("report", facts.Report, ("symbol", *_ALL), (), "one earnings report"),
        Subject(
            "account",
            facts.Account,
            _ALL,
            (("sleeves", "sleeve"), ("positions", "position"), ("orders", "order"), ("events", "event")),
            "one account at the broker",
        ),
        Subject("event", facts.Event, ("account", *_ALL), (), "something that happened to an account"),
        Subject(
            "sleeve",
            facts.Sleeve,
            ("account", *_ALL),
            (
                ("positions", "position"),
                ("holdings", "holding"),
                ("orders", "order"),
                ("flows", "flow"),
                ("entries", "entry"),
            ),
            "Gen, Rev or Com of an account",
        ),
        Subject("flow", facts.Flow, ("sleeve", "account", *_ALL), (), "money that entered or left a sleeve"),
        Subject(
            "holding",
            facts.Holding,
            ("sleeve", "account", "symbol", *_ALL),
            (("positions", "position"), ("orders", "order"), ("entries", "entry"), ("lots", "lot")),
            "what a sleeve has of one underlying, possibly nothing",
        ),
        Subject("lot", facts.Lot, ("holding", "sleeve", "account", "symbol", *_ALL), (), "shares of one assignment"),
        Subject(
            "position", facts.Position, ("holding", "sleeve", "account", "symbol", *_ALL), (), "one option position"
        ),
        Subject("order", facts.Order, ("holding", "sleeve", "account", "symbol", *_ALL), (), "one order"),
        Subject("candidate", facts.Candidate, ("symbol", *_ALL), (), "one contract on offer"),
        Subject(
            "entry",
            None,
            ("candidate", "holding", "sleeve", "account", "symbol", *_ALL),
            (),
            "one contract considered for one sleeve",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Given:
    """A fact that the snapshot gives: its type, its meaning, whether a snapshot may leave it out, whether it names."""

    type: Type
    unit: str
    means: str
    sign: Sign
    source: str
    nullable: bool
    names: bool = False

    @property
    def chosen(self) -> bool:
        """Whether somebody can choose it."""
        return self.source in CHOSEN and not self.names


_EXTRA: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "market": (("as_of", "instant", "the instant that is decided", "snapshot"),),
    "sleeve": (("id", "text", "account/kind", "snapshot"),),
    "holding": (("id", "text", "account/kind/symbol", "snapshot"),),
    "entry": (
        ("id", "text", "account/kind/contract", "snapshot"),
        ("contracts", "contracts", "contracts proposed, or one where a contract is merely on offer", "proposal"),
        ("proposed", "bool", "somebody proposed this trade, sized", "snapshot"),
        ("buys", "bool", "it is proposed to buy to open; else it would be sold", "proposal"),
    ),
    "candidate": (("occ_symbol", "text", "the contract's 21-character name", "snapshot"),),
}


_NAMING = {("entry", "proposed")}  # it says which row it is, as every text does
_PROPOSED = {("entry", "contracts"), ("entry", "buys")}  # a proposal may leave them out, or say nonsense


@cache
def given(subject: str) -> dict[str, Given]:
    """Return the facts that a snapshot gives for a subject, by name."""
    model = SUBJECTS[subject].model
    found = {
        name: Given(
            _HERE if unit == "text" else Type.of(UNITS[unit]),
            unit,
            means,
            "any",
            source,
            nullable=(subject, name) in _PROPOSED,
            names=(subject, name) in _NAMING or unit == "text",
        )
        for name, unit, means, source in _EXTRA.get(subject, ())
    }
    for name, fact in facts.declared(model).items() if model else ():
        kind = Type.of(fact.type, fact.sign, frozenset(fact.words))
        field = model.model_fields[name] if model else None
        required = (
            subject != "holding" and kind.kind in ("symbol", "text") and field is not None and field.is_required()
        )
        nullable = not required
        found[name] = Given(kind, fact.unit, fact.means, fact.sign, fact.source, nullable=nullable, names=fact.names)
    if subject == "holding":
        found["symbol"] = Given(
            Type.of(UNITS["ticker"]), "ticker", "the underlying's symbol", "any", "snapshot", nullable=False, names=True
        )
    return found
