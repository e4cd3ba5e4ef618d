"""The books as a snapshot has them: what a broker and a ledger would deliver at one instant."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from engine import facts
from rehearsal.books import CENT, NOTHING, Book, Holding, Option, Sleeve
from rehearsal.tape import Tape


@dataclass
class Delivery:
    """The books, and of each position what was delivered last: only the time of its quote goes on within a day."""

    books: dict[str, Book]
    tape: Tape
    positions: dict[str, tuple[date, Decimal, facts.Position]] = field(default_factory=dict)

    def accounts(self, now: datetime) -> tuple[facts.Account, ...]:
        """Return every account, with what happened to it since the last look."""
        takes = self.tape.script.sub_accounts
        subs = Decimal(sum(takes[book.form] for book in self.books.values()))
        return tuple(self._account(book, subs, now) for book in self.books.values())

    def _account(self, book: Book, subs: Decimal, now: datetime) -> facts.Account:
        day = self.tape.exchange.day(now)
        net = sum((sleeve.equity(self.tape, day) for sleeve in book.sleeves.values()), NOTHING)
        secured = sum((sleeve.secured(self.tape) for sleeve in book.sleeves.values()), NOTHING)
        return facts.Account(
            id=book.id,
            form=book.form,
            state=book.state,
            opened=book.opened,
            start=book.start,
            net_liquidation=net.quantize(CENT),
            maintenance_margin=(secured * self.tape.terms.margin).quantize(CENT),
            trades_today=Decimal(book.trades),
            sub_accounts=subs,
            completed_weeks=Decimal(book.weeks),
            sleeves=tuple(self._sleeve(sleeve, now) for sleeve in book.sleeves.values()),
            orders=tuple(book.orders),
            events=tuple(book.events),
        )

    def _sleeve(self, sleeve: Sleeve, now: datetime) -> facts.Sleeve:
        tape, day = self.tape, self.tape.exchange.day(now)
        return facts.Sleeve(
            kind=sleeve.kind,
            equity=sleeve.equity(tape, day).quantize(CENT),
            close_equity=sleeve.closed_at,
            quarterly_net_gains=sleeve.gains.quantize(CENT),
            hedge_spent_quarter=sleeve.hedged.quantize(CENT),
            base_capital=sleeve.base.quantize(CENT),
            free_cash=sleeve.free(tape).quantize(CENT),
            flows=() if sleeve.flow is None else (_flow(sleeve.flow),),
            holdings=tuple(_holding(name, one) for name, one in sleeve.holdings.items() if one.lots or one.leap_cash),
            positions=tuple(self._position(option, now) for option in sleeve.options.values()),
        )

    def _position(self, option: Option, now: datetime) -> facts.Position:
        day = self.tape.exchange.day(now)
        known = self.positions.get(option.id)
        if known is None or known[:2] != (day, option.quantity):
            known = (day, option.quantity, self._quoted(option, day))
            self.positions[option.id] = known
        return known[2].model_copy(update={"quoted_at": now})

    def _quoted(self, option: Option, day: date) -> facts.Position:
        contract, quote = option.contract, self.tape.quote(option.contract, day)
        return facts.Position(
            id=option.id,
            underlying=contract.underlying,
            right=contract.right,
            strike=contract.strike,
            expiration=contract.expiration,
            multiplier=self.tape.multiplier,
            quantity=option.quantity,
            bid=quote.bid,
            ask=quote.ask,
            delta=quote.delta,
            credit=option.price if option.short else None,
            original_credit=option.original_credit,
            rolled_cost=option.rolled_cost if option.short else None,
            cost=None if option.short else option.price,
            finish_in_the_money=abs(quote.delta),
            early_assignment_risk=self.tape.terms.early_assignment,
            **option.marks,
        )


def _flow(flow: tuple[Decimal, Decimal]) -> facts.Flow:
    before, after = flow
    return facts.Flow(equity_before=before.quantize(CENT), equity_after=after.quantize(CENT))


def _holding(name: str, holding: Holding) -> facts.Holding:
    return facts.Holding(
        symbol=name,
        shares=holding.shares,
        assigned=bool(holding.assigned),
        leap_cash=holding.leap_cash.quantize(CENT),
        lots=tuple(
            facts.Lot(shares=lot.shares, strike=lot.cost, credits=max(lot.credits, NOTHING)) for lot in holding.assigned
        ),
    )
