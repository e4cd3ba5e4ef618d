"""The books of a rehearsal: cash, shares and options of each sleeve, valued at the tape's prices."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine import facts
from engine.facts import Form, Kind, State
from rehearsal.script import Account, Script
from rehearsal.tape import Contract, Tape

_LOT = Decimal(100)
_MARGIN = Decimal("0.2")


@dataclass
class Option:
    """One position; a short one has a negative quantity. `marks` is what the ledger keeps of why it was bought."""

    id: str
    contract: Contract
    quantity: Decimal
    price: Decimal
    original_credit: Decimal | None = None
    rolled_cost: Decimal = Decimal(0)
    marks: dict[str, Any] = field(default_factory=dict)

    @property
    def short(self) -> bool:
        """Whether it was sold."""
        return self.quantity < 0

    def worth(self, tape: Tape, day: date) -> Decimal:
        """Return its value in dollars, negative when sold."""
        return tape.quote(self.contract, day).mid * _LOT * self.quantity


@dataclass
class Lot:
    """Shares of one assignment."""

    shares: Decimal
    strike: Decimal
    credits: Decimal


@dataclass
class Holding:
    """What a sleeve has of one underlying."""

    shares: Decimal = Decimal(0)
    lots: list[Lot] = field(default_factory=list)
    leap_cash: Decimal = Decimal(0)

    def credited(self, premium: Decimal) -> None:
        """Count a premium, a share, towards the break-even of the lots it was written on."""
        for lot in self.lots:
            lot.credits += premium

    def take_away(self, shares: Decimal) -> None:
        """Let shares go, those of the oldest lot first."""
        self.shares -= shares
        while shares and self.lots:
            first = self.lots[0]
            gone = min(first.shares, shares)
            first.shares -= gone
            shares -= gone
            if not first.shares:
                self.lots.pop(0)


@dataclass
class Sleeve:
    """One part of an account."""

    kind: Kind
    cash: Decimal
    base: Decimal
    holdings: dict[str, Holding] = field(default_factory=dict)
    options: dict[str, Option] = field(default_factory=dict)
    gains: Decimal = Decimal(0)
    hedged: Decimal = Decimal(0)
    closed_at: Decimal = Decimal(0)
    flow: tuple[Decimal, Decimal] | None = None

    def equity(self, tape: Tape, day: date) -> Decimal:
        """Return cash, shares and options at the day's prices, USD."""
        shares = sum((one.shares * tape.close(name, day) for name, one in self.holdings.items()), Decimal(0))
        return self.cash + shares + sum((one.worth(tape, day) for one in self.options.values()), Decimal(0))

    def holding(self, symbol: str) -> Holding:
        """Return what there is of a symbol, possibly nothing."""
        return self.holdings.setdefault(symbol, Holding())

    @property
    def secured(self) -> Decimal:
        """Return what the puts sold may cost."""
        return sum(
            (-one.quantity * _LOT * one.contract.strike for one in self.options.values()
             if one.short and one.contract.right == "put"), Decimal(0),
        )  # fmt: skip

    @property
    def free(self) -> Decimal:
        """Return the cash that neither a put nor a LEAP to be bought binds."""
        bound = self.secured + sum((one.leap_cash for one in self.holdings.values()), Decimal(0))
        return max(self.cash - bound, Decimal(0))

    def flowed(self, amount: Decimal, tape: Tape, day: date) -> None:
        """Let money in or out, and note what the equity was before and is after."""
        before = self.flow[0] if self.flow else self.equity(tape, day)
        self.cash += amount
        self.flow = (before, self.equity(tape, day))


@dataclass
class Book:
    """One account."""

    id: str
    form: Form
    opened: date
    start: Decimal | None
    into: str | None
    sleeves: dict[Kind, Sleeve]
    state: State = "SAFE"
    trades: int = 0
    weeks: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)

    def happened(self, kind: str, **more: object) -> None:
        """Note an event for the next look."""
        self.events.append({"kind": kind, **more})

    @property
    def options(self) -> Iterator[tuple[Sleeve, Option]]:
        """Every position with its sleeve."""
        for sleeve in self.sleeves.values():
            for option in list(sleeve.options.values()):
                yield sleeve, option

    def find(self, id_: str) -> tuple[Sleeve, Option]:
        """Return a position by its id, with its sleeve."""
        return next((sleeve, option) for sleeve, option in self.options if option.id == id_)


def opened(script: Script) -> dict[str, Book]:
    """Return the accounts as they begin."""
    return {id_: _book(id_, account) for id_, account in script.accounts.items()}


def _book(id_: str, account: Account) -> Book:
    sleeves: dict[Kind, Sleeve] = {}
    for kind, told in account.sleeves.items():
        holdings = {name: Holding(Decimal(count)) for name, count in told.shares.items()}
        base = told.base if told.base is not None else told.cash
        sleeves[kind] = Sleeve(kind, told.cash, base, holdings)
        for number, held in enumerate(told.options, 1):
            contract = Contract(held.underlying, held.right, held.strike, held.expiration)
            name = f"{id_}-{kind.upper()}-{number}"
            original = held.price if held.contracts < 0 else None
            option = Option(name, contract, Decimal(held.contracts), held.price, original, marks=dict(held.marks))
            sleeves[kind].options[name] = option
    return Book(id_, account.form, account.opened, account.start, account.into, sleeves)


def account_of(book: Book, books: dict[str, Book], tape: Tape, now: datetime) -> facts.Account:
    """Return an account as a snapshot has it, with what happened to it since the last look."""
    day = tape.exchange.day(now)
    net = sum((sleeve.equity(tape, day) for sleeve in book.sleeves.values()), Decimal(0))
    secured = sum((sleeve.secured for sleeve in book.sleeves.values()), Decimal(0))
    return facts.Account(
        id=book.id,
        form=book.form,
        state=book.state,
        opened=book.opened,
        start=book.start,
        net_liquidation=net.quantize(Decimal("0.01")),
        maintenance_margin=(secured * _MARGIN).quantize(Decimal("0.01")),
        trades_today=Decimal(book.trades),
        sub_accounts=Decimal(sum(3 if other.form == "full" else 1 for other in books.values())),
        completed_weeks=Decimal(book.weeks),
        sleeves=tuple(_sleeve(sleeve, tape, now) for sleeve in book.sleeves.values()),
        orders=(),
        events=tuple(facts.Event(**event) for event in book.events),
    )


def _sleeve(sleeve: Sleeve, tape: Tape, now: datetime) -> facts.Sleeve:
    day, cent = tape.exchange.day(now), Decimal("0.01")
    flows = () if sleeve.flow is None else (_flow(sleeve.flow),)
    return facts.Sleeve(
        kind=sleeve.kind,
        equity=sleeve.equity(tape, day).quantize(cent),
        close_equity=sleeve.closed_at.quantize(cent) or sleeve.equity(tape, day).quantize(cent),
        quarterly_net_gains=sleeve.gains.quantize(cent),
        hedge_spent_quarter=sleeve.hedged.quantize(cent),
        base_capital=sleeve.base.quantize(cent),
        free_cash=sleeve.free.quantize(cent),
        flows=flows,
        holdings=tuple(_holding(name, one) for name, one in sleeve.holdings.items() if one.shares or one.leap_cash),
        positions=tuple(_position(option, tape, now) for option in sleeve.options.values()),
    )


def _flow(flow: tuple[Decimal, Decimal]) -> facts.Flow:
    before, after = (one.quantize(Decimal("0.01")) for one in flow)
    return facts.Flow(equity_before=before, equity_after=after)


def _holding(name: str, holding: Holding) -> facts.Holding:
    return facts.Holding(
        symbol=name,
        shares=holding.shares,
        assigned=bool(holding.lots),
        leap_cash=holding.leap_cash.quantize(Decimal("0.01")),
        lots=tuple(facts.Lot(shares=lot.shares, strike=lot.strike, credits=lot.credits) for lot in holding.lots),
    )


def _position(option: Option, tape: Tape, now: datetime) -> facts.Position:
    quote = tape.quote(option.contract, tape.exchange.day(now))
    credit = option.price if option.short else None
    return facts.Position(
        id=option.id,
        underlying=option.contract.underlying,
        right=option.contract.right,
        strike=option.contract.strike,
        expiration=option.contract.expiration,
        multiplier=_LOT,
        quantity=option.quantity,
        bid=quote.bid,
        ask=quote.ask,
        quoted_at=now,
        delta=quote.delta,
        credit=credit,
        original_credit=option.original_credit,
        rolled_cost=option.rolled_cost if option.short else None,
        cost=None if option.short else option.price,
        finish_in_the_money=abs(quote.delta),
        early_assignment_risk=Decimal("0.01"),
        **option.marks,
    )
