"""What a verdict does to the books: every order fills at its price at once, every decision is carried out."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Literal, TypeAlias, cast

from engine import facts
from engine.decided import Decided
from engine.facts import Kind
from engine.kinds.accounts import StateChange
from engine.kinds.hedges import ReleaseHedge
from engine.kinds.holdings import ReduceCoverage
from engine.kinds.ladder import CloseLeap, RollLeap
from engine.kinds.money import Fork, MergeMini, Reinvest
from engine.kinds.positions import ClosePosition, ExitPosition, Level, ManageExpiry, Roll
from engine.kinds.records import WeekType
from engine.verdict import Ticket, Verdict
from rehearsal.books import NOTHING, Book, Option, Sleeve
from rehearsal.ledger import Deed, What
from rehearsal.tape import Tape

_ORDER, _LADDER = "order", "ladder"
Closing: TypeAlias = ClosePosition | ExitPosition | ReleaseHedge | CloseLeap | ManageExpiry


@dataclass
class Acts:
    """The books at one instant, what is done to them, and what of it has been done."""

    books: dict[str, Book]
    tape: Tape
    now: datetime
    verdict: Verdict
    deeds: list[Deed] = field(default_factory=list)

    @property
    def day(self) -> date:
        """The exchange's date."""
        return self.tape.exchange.day(self.now)

    @cached_property
    def levels(self) -> dict[str, Decimal]:
        """The level of every position that has one."""
        return {one.id: one.level for one in self.verdict.beside_entries if isinstance(one, Level)}

    def carry_out(self) -> None:
        """Do everything that the verdict says."""
        for ticket in self.verdict.orders:
            self.fill(ticket)
        for decision in sorted(self.verdict.beside_entries, key=lambda one: isinstance(one, MergeMini)):  # minis last
            self.act(decision)

    def act(self, decision: Decided) -> None:
        """Do what one decision says; most only inform."""
        match decision:
            case ClosePosition() | ExitPosition() | ReleaseHedge() | CloseLeap() | ManageExpiry():
                self.close_position(decision)
            case Roll():
                self.roll(decision)
            case RollLeap():
                self.roll_leap(decision)
            case ReduceCoverage():
                self.reduce(decision)
            case Fork():
                self.fork(decision)
            case MergeMini():
                self.merge(decision)
            case Reinvest():
                self.reinvest(decision)
            case StateChange():
                self.books[decision.id].state = decision.to
            case WeekType(final=True):
                self.books[decision.id].weeks += 1
            case _:
                pass

    def fill(self, ticket: Ticket) -> None:
        """Open what an order opens, at its price."""
        book = self.books[ticket.account]
        sleeve = book.sleeves[cast("Kind", ticket.sleeve)]
        contract, sold = self.tape.contract(ticket.contract), ticket.side == "sell"
        count = Decimal(-ticket.contracts if sold else ticket.contracts)
        marks = {name: value for name, value in ticket.marks.items() if value is not None}
        id_ = ticket.id.rpartition(".v")[0]
        sleeve.options[id_] = Option(id_, contract, count, ticket.price, ticket.price if sold else None, marks=marks)
        self._pay(Trade(book, sleeve, sleeve.options[id_], _ORDER), count, ticket.price)
        book.orders.append(self._filled(ticket))
        if not sold:
            self._spent(sleeve, ticket)

    def _filled(self, ticket: Ticket) -> facts.Order:
        """Return an order as the broker reports it until the day is over."""
        contract = self.tape.contract(ticket.contract)
        return facts.Order(
            id=ticket.id,
            sleeve=cast("Kind", ticket.sleeve),
            underlying=contract.underlying,
            right=contract.right,
            strike=contract.strike,
            expiration=contract.expiration,
            multiplier=self.tape.multiplier,
            side=ticket.side,
            effect=ticket.effect,
            contracts=NOTHING,
            status="filled",
            sent_at=self.now,
            known_locally=True,
        )

    def _pay(self, trade: "Trade", count: Decimal, price: Decimal) -> Decimal:
        """Pay for so many contracts, or be paid for them where `count` is negative; return what comes in."""
        paid = -count * price * self.tape.multiplier
        trade.sleeve.cash += paid
        trade.book.trades += 1
        what: What = "buy" if count > 0 else "sell"
        purpose = trade.option.marks.get("purpose", "")
        deed = Deed(what, trade.where, price, trade.option.contract, abs(count), trade.why, purpose)
        self.deeds.append(deed)
        return paid

    def _spent(self, sleeve: Sleeve, ticket: Ticket) -> None:
        """Take what was bought off what was set aside for the ladder on its ticker, or off the hedges' budget."""
        cost = ticket.price * self.tape.multiplier * ticket.contracts
        if ticket.marks.get("hedge_origin", _LADDER) == _LADDER:
            sleeve.holding(ticket.underlying).leap_cash -= cost
        else:
            sleeve.hedged += cost

    def close(self, trade: "Trade", count: Decimal) -> Decimal:
        """Close so many contracts at their mid, and return what that brings, negative when it costs."""
        option, sleeve = trade.option, trade.sleeve
        mid = self.tape.quote(option.contract, self.day).mid
        bought = count if option.short else -count
        gain = (option.price - mid) * bought * self.tape.multiplier
        sleeve.gains += gain
        if option.short and option.contract.right == "call":
            sleeve.holding(option.contract.underlying).credit(gain)
        option.quantity += bought
        if not option.quantity:
            del sleeve.options[option.id]
        return self._pay(trade, bought, mid)

    def close_position(self, decision: Closing) -> None:
        """Close a position in good order, or leave it at once; what is to be managed on its last day is closed."""
        for trade in self._trades(decision):
            self.close(trade, abs(trade.option.quantity))
            if isinstance(decision, ExitPosition):
                self._happened("exited", trade)

    def roll(self, decision: Roll) -> None:
        """Buy the old contract back and sell the later one."""
        for trade in self._trades(decision):
            old, target = trade.option, self.tape.contract(decision.target)
            cost = -self.close(trade, decision.contracts)
            new = Option(f"{old.id}r", target, -decision.contracts, self.tape.quote(target, self.day).mid)
            credit = self._pay(replace(trade, option=new), new.quantity, new.price)
            new.original_credit = old.original_credit
            new.rolled_cost = old.rolled_cost + (cost - credit) / self.tape.multiplier / decision.contracts
            trade.sleeve.options[new.id] = new
            self._happened("rolled", trade)

    def _happened(self, what: Literal["exited", "rolled"], trade: "Trade") -> None:
        level, symbol = self.levels.get(trade.option.id), trade.option.contract.underlying
        trade.book.happened(what, sleeve=trade.sleeve.kind, symbol=symbol, level=level)

    def roll_leap(self, decision: RollLeap) -> None:
        """Sell a rung; what it brings waits for the next one."""
        for trade in self._trades(decision):
            brought = self.close(trade, decision.contracts)
            trade.sleeve.holding(trade.option.contract.underlying).leap_cash += brought

    def reduce(self, decision: ReduceCoverage) -> None:
        """Buy calls back until fewer of the shares are covered."""
        account, kind, symbol = decision.id.split("/")
        book = self.books[account]
        sleeve = book.sleeves[cast("Kind", kind)]
        left = decision.close_contracts
        for option in list(sleeve.options.values()):
            if option.short and option.contract.right == "call" and option.contract.underlying == symbol and left:
                count = min(left, -option.quantity)
                left -= count
                self.close(Trade(book, sleeve, option, type(decision).__name__), count)

    def fork(self, decision: Fork) -> None:
        """Found an account with what a sleeve gives."""
        account, _, kind = decision.id.partition("/")
        book = self.books[account]
        sleeve = book.sleeves[cast("Kind", kind)]
        before = sleeve.equity(self.tape, self.day)
        sleeve.cash -= decision.amount
        sleeve.flowed(before, self.tape, self.day)
        book.happened("forked", sleeve=sleeve.kind, amount=decision.amount)
        parts: dict[Kind, Decimal] = {"gen": decision.gen, "rev": decision.rev, "com": decision.com}
        sleeves = {name: Sleeve(name, cash, cash, closed_at=cash) for name, cash in parts.items() if cash}
        id_ = f"{account}-{decision.form.upper()}-{kind.upper()}-{decision.number}"
        start = decision.amount if decision.form == "mini" else None
        self.books[id_] = Book(id_, decision.form, self.day, start, account, sleeves, self.tape.script.state)
        self.deeds.append(Deed("founded", decision.id, decision.amount, account=id_))

    def merge(self, decision: MergeMini) -> None:
        """Let a mini become part of the account it came from."""
        mini = self.books.pop(decision.id)
        into = self.books[mini.into or ""].sleeves[decision.into]
        before = into.equity(self.tape, self.day)
        for sleeve in mini.sleeves.values():
            into.cash += sleeve.cash
            into.options |= sleeve.options
            for symbol, holding in sleeve.holdings.items():
                into.holding(symbol).lots += holding.lots
                into.holding(symbol).leap_cash += holding.leap_cash
        into.flowed(before, self.tape, self.day)
        brought = into.equity(self.tape, self.day) - before
        self.deeds.append(Deed("merged", f"{mini.into}/{decision.into}", brought, account=mini.id))

    def reinvest(self, decision: Reinvest) -> None:
        """Set the taxes aside; what is for LEAPs waits for each ticker, what is for lots of shares stays cash."""
        account, _, _ = decision.id.rpartition("/")
        sleeve = self.books[account].sleeves[decision.sleeve]
        before = sleeve.equity(self.tape, self.day)
        sleeve.cash -= decision.tax_reserve
        sleeve.flowed(before, self.tape, self.day)
        self.deeds.append(Deed("taxed", f"{account}/{decision.sleeve}", decision.tax_reserve))
        for symbol, listing in self.tape.script.listings.items():
            if listing.growth:
                sleeve.holding(symbol).leap_cash += decision.leaps_each

    def _trades(self, decision: Decided) -> Iterator["Trade"]:
        """Yield the position that a decision is about, unless another decision of the same look has closed it."""
        for book in self.books.values():
            for sleeve, option in book.options:
                if option.id == decision.id:
                    yield Trade(book, sleeve, option, type(decision).__name__)


@dataclass(frozen=True, slots=True)
class Trade:
    """What is traded, for whom, and why."""

    book: Book
    sleeve: Sleeve
    option: Option
    why: str

    @property
    def where(self) -> str:
        """The sleeve, as `A1/gen`."""
        return f"{self.book.id}/{self.sleeve.kind}"
