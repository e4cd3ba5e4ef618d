"""What a night does to the books: contracts expire, shares are put to sleeves and called away, quarters end."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from rehearsal.books import CENT, NOTHING, Book, Lot, Option, Sleeve
from rehearsal.ledger import Deed, What
from rehearsal.tape import Tape


@dataclass
class Settlement:
    """The books after a session's close."""

    books: dict[str, Book]
    tape: Tape
    day: date
    deeds: list[Deed] = field(default_factory=list)

    def settle(self) -> None:
        """Let the day's contracts expire, and holders exercise what the script says they do."""
        for book in self.books.values():
            for sleeve, option in book.options:
                if option.contract.expiration <= self.day:
                    self._expire(book, sleeve, option)
                elif self._exercised(option):
                    self._delivered(book, sleeve, option)

    def close(self, *, quarter: bool) -> None:
        """Take down what every sleeve is worth; at a quarter's end its gains too, which the ledger begins anew."""
        for book in self.books.values():
            for sleeve in book.sleeves.values():
                sleeve.closed_at = sleeve.equity(self.tape, self.day).quantize(CENT)
                if quarter:
                    self._quarter(book, sleeve)
            book.trades = 0
            book.orders = []

    def _quarter(self, book: Book, sleeve: Sleeve) -> None:
        gains = sleeve.gains.quantize(CENT)
        where = f"{book.id}/{sleeve.kind}"
        self.deeds += [Deed("gains", where, gains), Deed("equity", where, sleeve.closed_at)]
        book.happened("quarter_end", sleeve=sleeve.kind, net_gains=gains)
        sleeve.gains = sleeve.hedged = NOTHING

    def _exercised(self, option: Option) -> bool:
        contract = option.contract
        nights = self.tape.script.listings[contract.underlying].exercised
        return option.short and contract.right == "call" and self.day in nights and self._inside(option) > 0

    def _inside(self, option: Option) -> Decimal:
        return option.contract.intrinsic(self.tape.close(option.contract.underlying, self.day))

    def _expire(self, book: Book, sleeve: Sleeve, option: Option) -> None:
        inside = self._inside(option)
        if option.short and inside:
            self._delivered(book, sleeve, option)
            return
        worth = inside * option.quantity * self.tape.multiplier
        gain = worth - option.price * option.quantity * self.tape.multiplier
        sleeve.cash += worth
        sleeve.gains += gain
        del sleeve.options[option.id]
        if option.short and option.contract.right == "call":
            sleeve.holding(option.contract.underlying).credit(gain)
        self._done("paid" if inside else "expired", book, sleeve, option, inside)

    def _delivered(self, book: Book, sleeve: Sleeve, option: Option) -> None:
        """Let shares come for a put, and go for a call, at the strike."""
        contract = option.contract
        shares = -option.quantity * self.tape.multiplier
        holding = sleeve.holding(contract.underlying)
        sleeve.gains += option.price * shares
        del sleeve.options[option.id]
        if contract.right == "put":
            sleeve.cash -= shares * contract.strike
            credits_ = (option.original_credit or NOTHING) - option.rolled_cost
            holding.lots.append(Lot(shares, contract.strike, assigned=True, credits=credits_))
        else:
            missing = max(shares - holding.shares, NOTHING)  # what is not there is bought, under a law that allows that
            bought = missing * self.tape.close(contract.underlying, self.day)
            sleeve.cash += shares * contract.strike - bought
            sleeve.gains += shares * contract.strike - bought - holding.take(shares - missing)
        what: Literal["assigned", "called_away"] = "assigned" if contract.right == "put" else "called_away"
        book.happened(what, sleeve=sleeve.kind, symbol=contract.underlying)
        self._done(what, book, sleeve, option, contract.strike)

    def _done(self, what: What, book: Book, sleeve: Sleeve, option: Option, price: Decimal) -> None:
        where, purpose = f"{book.id}/{sleeve.kind}", option.marks.get("purpose", "")
        deed = Deed(what, where, price, option.contract, abs(option.quantity), purpose=purpose)
        self.deeds.append(deed)
