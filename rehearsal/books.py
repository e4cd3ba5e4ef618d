"""The books of a rehearsal: cash, shares and options of each sleeve, valued at the tape's prices."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Final

from engine.facts import Event, Form, Happening, Kind, Order, State
from rehearsal import script
from rehearsal.script import Script
from rehearsal.tape import Contract, Tape

NOTHING: Final = Decimal(0)
CENT: Final = Decimal("0.01")
_CREDIT: Final = Decimal("0.0001")  # what a ledger keeps of a credit a share; the rest is lost


@dataclass
class Option:
    """One position; a short one has a negative quantity. `marks` is what the ledger keeps of why it was bought."""

    id: str
    contract: Contract
    quantity: Decimal
    price: Decimal
    original_credit: Decimal | None = None
    rolled_cost: Decimal = NOTHING
    marks: dict[str, Any] = field(default_factory=dict)

    @property
    def short(self) -> bool:
        """Whether it was sold."""
        return self.quantity < 0

    def worth(self, tape: Tape, day: date) -> Decimal:
        """Return its value in dollars, negative when sold."""
        return tape.quote(self.contract, day).mid * tape.multiplier * self.quantity


@dataclass
class Lot:
    """Shares that came together: what one has cost, and every credit earned on it since."""

    shares: Decimal
    cost: Decimal
    assigned: bool = False
    credits: Decimal = NOTHING


@dataclass
class Holding:
    """What a sleeve has of one underlying."""

    lots: list[Lot] = field(default_factory=list)
    leap_cash: Decimal = NOTHING

    @property
    def shares(self) -> Decimal:
        """How many there are."""
        return sum((lot.shares for lot in self.lots), NOTHING)

    @property
    def assigned(self) -> list[Lot]:
        """The lots that were put to the sleeve."""
        return [lot for lot in self.lots if lot.assigned]

    def credit(self, dollars: Decimal) -> None:
        """Count what calls have earned towards the break-even of the shares that were put to the sleeve."""
        shares = sum((lot.shares for lot in self.assigned), NOTHING)
        for lot in self.assigned:
            lot.credits += (dollars / shares).quantize(_CREDIT, ROUND_FLOOR)

    def take(self, shares: Decimal) -> Decimal:
        """Let shares go, those of the oldest lot first, and return what they had cost."""
        cost = NOTHING
        while shares:
            first = self.lots[0]
            gone = min(first.shares, shares)
            cost += gone * first.cost
            first.shares -= gone
            shares -= gone
            if not first.shares:
                self.lots.pop(0)
        return cost


@dataclass
class Sleeve:
    """One part of an account; `gains` and `hedged` are those of the quarter, `closed_at` follows what flows."""

    kind: Kind
    cash: Decimal
    base: Decimal
    holdings: dict[str, Holding] = field(default_factory=dict)
    options: dict[str, Option] = field(default_factory=dict)
    gains: Decimal = NOTHING
    hedged: Decimal = NOTHING
    closed_at: Decimal = NOTHING
    flow: tuple[Decimal, Decimal] | None = None

    def equity(self, tape: Tape, day: date) -> Decimal:
        """Return cash, shares and options at the day's prices, USD."""
        shares = sum((one.shares * tape.close(name, day) for name, one in self.holdings.items() if one.lots), NOTHING)
        return self.cash + shares + sum((one.worth(tape, day) for one in self.options.values()), NOTHING)

    def holding(self, symbol: str) -> Holding:
        """Return what there is of a symbol, possibly nothing."""
        return self.holdings.setdefault(symbol, Holding())

    def secured(self, tape: Tape) -> Decimal:
        """Return what the puts sold may cost."""
        puts = (one for one in self.options.values() if one.short and one.contract.right == "put")
        return sum((-one.quantity * tape.multiplier * one.contract.strike for one in puts), NOTHING)

    def free(self, tape: Tape) -> Decimal:
        """Return the cash that neither a put nor a LEAP to be bought binds."""
        bound = self.secured(tape) + sum((one.leap_cash for one in self.holdings.values()), NOTHING)
        return max(self.cash - bound, NOTHING)

    def flowed(self, before: Decimal, tape: Tape, day: date) -> None:
        """Note that money came or went: what the equity was before, and is now; the last close follows."""
        after = self.equity(tape, day)
        self.closed_at = (self.closed_at * after / before).quantize(CENT) if before else after
        self.flow = (self.flow[0] if self.flow else before, after)


@dataclass
class Book:
    """One account; `trades` and `orders` are those of the day."""

    id: str
    form: Form
    opened: date
    start: Decimal | None
    into: str | None
    sleeves: dict[Kind, Sleeve]
    state: State
    trades: int = 0
    weeks: int = 0
    orders: list[Order] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def happened(self, kind: Happening, **more: Any) -> None:  # noqa: ANN401 - as an event has it
        """Note an event for the next look."""
        self.events.append(Event(kind=kind, **more))

    @property
    def options(self) -> Iterator[tuple[Sleeve, Option]]:
        """Every position with its sleeve."""
        for sleeve in self.sleeves.values():
            for option in list(sleeve.options.values()):
                yield sleeve, option


def opened(told: Script) -> dict[str, Book]:
    """Return the accounts as they begin."""
    return {id_: _book(id_, account, told.state) for id_, account in told.accounts.items()}


def _book(id_: str, account: script.Account, state: State) -> Book:
    sleeves = {kind: _sleeve(f"{id_}-{kind.upper()}", kind, told) for kind, told in account.sleeves.items()}
    return Book(id_, account.form, account.opened, account.start, account.into, sleeves, state)


def _sleeve(id_: str, kind: Kind, told: script.Sleeve) -> Sleeve:
    holdings = {name: Holding([Lot(Decimal(one.count), one.cost)]) for name, one in told.shares.items()}
    options = {f"{id_}-{number}": _option(f"{id_}-{number}", held) for number, held in enumerate(told.options, 1)}
    return Sleeve(kind, told.cash, told.cash if told.base is None else told.base, holdings, options)


def _option(id_: str, held: script.Held) -> Option:
    contract = Contract(held.underlying, held.right, held.strike, held.expiration)
    original = held.price if held.contracts < 0 else None
    return Option(id_, contract, Decimal(held.contracts), held.price, original, marks=dict(held.marks))
