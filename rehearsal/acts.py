"""What a verdict does to the books: every order fills at its price at once, every decision is carried out."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from engine.decided import Decided
from engine.kinds.accounts import StateChange
from engine.kinds.hedges import ReleaseHedge
from engine.kinds.holdings import ReduceCoverage
from engine.kinds.ladder import CloseLeap, RollLeap
from engine.kinds.money import Fork, MergeMini, Reinvest
from engine.kinds.positions import ClosePosition, ExitPosition, ManageExpiry, Roll
from engine.verdict import Ticket, Verdict
from rehearsal.books import Book, Holding, Lot, Option, Sleeve
from rehearsal.tape import Contract, Tape

_LOT: Final = Decimal(100)


@dataclass
class Acts:
    """The books on one day, and what is done to them."""

    books: dict[str, Book]
    tape: Tape
    day: date

    def carry_out(self, verdict: Verdict) -> None:
        """Do everything that a verdict says."""
        for ticket in verdict.orders:
            self.fill(ticket)
        for decision in sorted(verdict.beside_entries, key=lambda one: isinstance(one, MergeMini)):  # a mini goes last
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
            case _:
                pass

    def fill(self, ticket: Ticket) -> None:
        """Open what an order opens, at its price."""
        book = self.books[ticket.account]
        sleeve = book.sleeves[ticket.sleeve]  # type: ignore[index] # one of the three
        contract = Contract(ticket.underlying, ticket.right, ticket.strike, date.fromisoformat(ticket.expiration))
        sold = ticket.side == "sell"
        count = Decimal(-ticket.contracts if sold else ticket.contracts)
        sleeve.cash -= count * ticket.price * _LOT
        marks = {name: value for name, value in ticket.marks.items() if value is not None}
        id_ = ticket.id.rpartition(".v")[0]
        original = ticket.price if sold else None
        sleeve.options[id_] = Option(id_, contract, count, ticket.price, original, marks=marks)
        book.trades += 1
        if not sold:
            self._paid(sleeve, ticket)

    @staticmethod
    def _paid(sleeve: Sleeve, ticket: Ticket) -> None:
        cost = ticket.price * _LOT * ticket.contracts
        if "hedge_origin" in ticket.marks:
            sleeve.hedged += cost
        else:
            sleeve.holding(ticket.underlying).leap_cash -= cost

    def close(self, book: Book, sleeve: Sleeve, option: Option, count: Decimal) -> Decimal:
        """Close so many contracts at their mid, and return what that brings, negative when it costs."""
        mid = self.tape.quote(option.contract, self.day).mid
        bought = count if option.short else -count
        brought = -bought * mid * _LOT
        sleeve.cash += brought
        gain = (option.price - mid) * bought * _LOT
        sleeve.gains += gain
        option.quantity += bought
        book.trades += 1
        if not option.quantity:
            del sleeve.options[option.id]
        return brought

    def close_position(self, decision: ClosePosition | ExitPosition | ReleaseHedge | CloseLeap | ManageExpiry) -> None:
        """Close a position in good order, or leave it at once; what is to be managed on its last day is closed."""
        found = self._position(decision)
        if found is None:
            return
        book, sleeve, option = found
        self.close(book, sleeve, option, abs(option.quantity))
        if isinstance(decision, ExitPosition):
            book.happened("exited", sleeve=sleeve.kind, symbol=option.contract.underlying, level=Decimal(3))

    def roll(self, decision: Roll) -> None:
        """Buy the old contract back and sell the later one."""
        found = self._position(decision)
        if found is None:
            return
        book, sleeve, option = found
        old = self.tape.quote(option.contract, self.day).mid
        self.close(book, sleeve, option, decision.contracts)
        target = contract_of(decision.target)
        new = self.tape.quote(target, self.day).mid
        id_ = f"{option.id}r"
        rolled = option.rolled_cost + old - new
        sleeve.cash += new * _LOT * decision.contracts
        sleeve.options[id_] = Option(id_, target, -decision.contracts, new, option.original_credit, rolled)
        level = 2 if decision.reason == "recovery" else 1
        book.happened("rolled", sleeve=sleeve.kind, symbol=target.underlying, level=Decimal(level))

    def roll_leap(self, decision: RollLeap) -> None:
        """Sell a rung; what it brings waits for the next one."""
        found = self._position(decision)
        if found is None:
            return
        book, sleeve, option = found
        brought = self.close(book, sleeve, option, decision.contracts)
        if "hedge_origin" not in option.marks:
            sleeve.holding(option.contract.underlying).leap_cash += brought

    def reduce(self, decision: ReduceCoverage) -> None:
        """Buy calls back until fewer of the shares are covered."""
        account, kind, symbol = decision.id.split("/")
        book = self.books[account]
        sleeve = book.sleeves[kind]  # type: ignore[index] # one of the three
        left = decision.close_contracts
        for option in list(sleeve.options.values()):
            if option.short and option.contract.right == "call" and option.contract.underlying == symbol and left:
                count = min(left, -option.quantity)
                left -= count
                self.close(book, sleeve, option, count)

    def fork(self, decision: Fork) -> None:
        """Found an account with what a sleeve gives."""
        account, _, kind = decision.id.partition("/")
        book = self.books[account]
        sleeve = book.sleeves[kind]  # type: ignore[index] # one of the three
        sleeve.flowed(-decision.amount, self.tape, self.day)
        book.happened("forked", sleeve=sleeve.kind, amount=decision.amount)
        parts = {"gen": decision.gen, "rev": decision.rev, "com": decision.com}
        sleeves = {name: Sleeve(name, cash, cash) for name, cash in parts.items() if cash}  # type: ignore[arg-type]
        id_ = f"{account}-{decision.form.upper()}-{kind.upper()}-{decision.number}"
        start = decision.amount if decision.form == "mini" else None
        self.books[id_] = Book(id_, decision.form, self.day, start, account, sleeves)  # type: ignore[arg-type]

    def merge(self, decision: MergeMini) -> None:
        """Let a mini become part of the account it came from."""
        mini = self.books.pop(decision.id)
        into = self.books[mini.into or ""].sleeves[decision.into]
        before = into.equity(self.tape, self.day)
        for sleeve in mini.sleeves.values():
            into.cash += sleeve.cash
            into.options |= sleeve.options
            for symbol, holding in sleeve.holdings.items():
                _join(into.holding(symbol), holding)
        into.flow = (before, into.equity(self.tape, self.day))

    def reinvest(self, decision: Reinvest) -> None:
        """Set the taxes aside; what is for LEAPs waits for each ticket, what is for lots of shares stays cash."""
        account, _, _ = decision.id.rpartition("/")
        sleeve = self.books[account].sleeves[decision.sleeve]
        sleeve.flowed(-decision.tax_reserve, self.tape, self.day)
        for symbol in self.growth:
            sleeve.holding(symbol).leap_cash += decision.leaps_each

    @property
    def growth(self) -> list[str]:
        """The tickers that growth calls are listed on."""
        return [name for name, one in self.tape.script.listings.items() if one.growth]

    def _position(self, decision: Decided) -> tuple[Book, Sleeve, Option] | None:
        """Return the position that a decision is about, unless another decision of the same look has closed it."""
        for book in self.books.values():
            for sleeve, option in book.options:
                if option.id == decision.id:
                    return book, sleeve, option
        return None

    def settle(self) -> None:
        """Let the day's contracts expire: shares come and go, the rest is worthless."""
        for book in self.books.values():
            for sleeve, option in book.options:
                if option.contract.expiration <= self.day:
                    self._expire(book, sleeve, option)

    def _expire(self, book: Book, sleeve: Sleeve, option: Option) -> None:
        contract, count = option.contract, option.quantity
        spot = self.tape.close(contract.underlying, self.day)
        inside = contract.strike - spot if contract.right == "put" else spot - contract.strike
        del sleeve.options[option.id]
        holding = sleeve.holding(contract.underlying)
        if inside <= 0 or not option.short:
            worth = max(inside, Decimal(0)) * _LOT * count
            sleeve.cash += worth
            sleeve.gains += worth - option.price * _LOT * count
            if option.short and contract.right == "call":
                holding.credited(option.price)
            return
        sleeve.gains += option.price * _LOT * -count
        shares = -count * _LOT
        if contract.right == "put":
            sleeve.cash -= shares * contract.strike
            holding.shares += shares
            holding.lots.append(_lot(shares, option))
            book.happened("assigned", sleeve=sleeve.kind, symbol=contract.underlying)
        else:
            sleeve.cash += shares * contract.strike
            sleeve.gains += (contract.strike - _basis(holding, contract.strike)) * shares
            holding.take_away(shares)
            book.happened("called_away", sleeve=sleeve.kind, symbol=contract.underlying)


def _join(into: Holding, other: Holding) -> None:
    into.shares += other.shares
    into.lots += other.lots
    into.leap_cash += other.leap_cash


def _lot(shares: Decimal, option: Option) -> Lot:
    kept = (option.original_credit or Decimal(0)) - option.rolled_cost
    return Lot(shares, option.contract.strike, max(kept, Decimal(0)))


def _basis(holding: Holding, strike: Decimal) -> Decimal:
    return holding.lots[0].strike if holding.lots else strike


def contract_of(name: str) -> Contract:
    """Return the contract that OCC's 21 characters name."""
    root, rest = name[:6].strip(), name[6:]
    day = date(2000 + int(rest[:2]), int(rest[2:4]), int(rest[4:6]))
    return Contract(root, "put" if rest[6] == "P" else "call", Decimal(rest[7:]) / 1000, day)
