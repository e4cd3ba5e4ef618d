"""A rehearsal, look after look: a snapshot of the script, what the law says, what becomes of the books."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from engine.calendar import quarter, zone_of
from engine.decide import Memory, decide
from engine.decided import Decided
from engine.facts import Host, Session, Snapshot
from engine.law.model import Constitution
from engine.verdict import Verdict
from rehearsal.acts import Acts
from rehearsal.books import Book, opened
from rehearsal.delivered import Delivery
from rehearsal.ledger import Deed, Said, look_lines, night_lines, said
from rehearsal.nights import Settlement
from rehearsal.script import Script
from rehearsal.tape import Tape
from sources.calendars import Exchange, exchange

# More than the looks of a year ask for: two years of sessions before the first, a quarter of one after the last.
_BEFORE, _AFTER = timedelta(days=600), timedelta(days=90)
_SOON: Final = timedelta(minutes=1)
_ROUND: Final = 3  # a state machine that goes on for more looks than these waits for the next time of day
_HOST: Final = Host(
    broker_connected=True, healthy=True, reconciled=True, schedule_built=True, ledger_written=True, stress_test=False
)
_PRICES: Final = "symbol"  # what is said of prices at every look is nothing that a ledger keeps


@dataclass(frozen=True, slots=True)
class Look:
    """One instant of a rehearsal: what was decided and what of it is news, what was done, the ledger's lines."""

    at: datetime
    verdict: Verdict
    news: tuple[Decided, ...]
    deeds: tuple[Deed, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Night:
    """The end of a session: what was done, and what every sleeve is worth."""

    day: date
    deeds: tuple[Deed, ...]
    lines: tuple[str, ...]
    equity: Mapping[str, Decimal]


@dataclass
class Rehearsal:
    """A law, a script, the books, and the memory between two looks."""

    law: Constitution
    script: Script
    exchange: Exchange = field(init=False)
    tape: Tape = field(init=False)
    books: dict[str, Book] = field(init=False)
    delivery: Delivery = field(init=False)
    memory: Memory = field(default_factory=dict)
    told: frozenset[Said] = frozenset()

    def __post_init__(self) -> None:
        self.exchange = exchange(self.script.first - _BEFORE, self.script.last + _AFTER)
        self.tape = Tape(self.script, self.exchange)
        self.books = opened(self.script)
        self.delivery = Delivery(self.books, self.tape)

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions of the script."""
        return tuple(one for one in self.exchange.sessions if self.script.first <= one.date <= self.script.last)

    def steps(self) -> Iterator[Look | Night]:
        """Yield every look and every night of the script in order."""
        for book in self.books.values():
            for sleeve in book.sleeves.values():
                sleeve.closed_at = sleeve.equity(self.tape, self.script.first)
        for session in self.sessions:
            for clock in self._clocks(session):
                yield from self._round(datetime.combine(session.date, clock, zone_of(self.exchange.zone.key)))
            yield self.night(session.date)

    def _clocks(self, session: Session) -> Iterator[time]:
        """Yield the times of day to look at; what is sold in the morning may expire in the afternoon."""
        looks = self.script.looks
        if self._early(session):
            yield from looks.early
            return
        ending = looks.ending if self._ending(session.date) else ()
        for clock in sorted({*looks.daily, *looks.expiring, *looks.ending}):
            expiring = looks.expiring if self._expiring(session.date) else ()
            if clock in (*looks.daily, *ending, *expiring):
                yield clock

    def _ending(self, day: date) -> bool:
        ahead = self._next(day)
        return ahead.isocalendar()[:2] != day.isocalendar()[:2] or ahead.month != day.month

    def _next(self, day: date) -> date:
        return next(one.date for one in self.exchange.sessions if one.date > day)

    def _early(self, session: Session) -> bool:
        """Whether a session closes before others do."""
        return self._closes(session) < self._usual_close

    @cached_property
    def _usual_close(self) -> time:
        return max(map(self._closes, self.exchange.sessions))

    def _closes(self, session: Session) -> time:
        return session.close.astimezone(self.exchange.zone).time()

    def _expiring(self, day: date) -> bool:
        options = (option for book in self.books.values() for _, option in book.options)
        return any(option.short and option.contract.expiration == day for option in options)

    def _round(self, now: datetime) -> Iterator[Look]:
        """Yield a look, and others a minute apart while the state of some account changes."""
        for _ in range(_ROUND):
            before = [book.state for book in self.books.values()]
            yield self.look(now)
            if before == [book.state for book in self.books.values()]:
                return
            now += _SOON

    def look(self, now: datetime) -> Look:
        """Decide one instant, and carry out what is decided."""
        for word in self.script.words:
            if (word.day, word.at) == (now.date(), now.time()) and word.account in self.books:
                self.books[word.account].events.append(word.event)
        verdict = decide(self.law, self.snapshot(now))
        for book in self.books.values():
            book.events = []
            for sleeve in book.sleeves.values():
                sleeve.flow = None
        acts = Acts(self.books, self.tape, now, verdict)
        acts.carry_out()
        self.memory = verdict.memory or {}
        besides = acts.deeds[len(verdict.orders) :]  # an order has a line of its own, and is filled at once
        news = self._news(verdict)
        lines = look_lines(now, verdict.orders, map(said, news), besides)
        return Look(now, verdict, news, tuple(acts.deeds), tuple(lines))

    def night(self, day: date) -> Night:
        """Settle what a session leaves behind."""
        settlement = Settlement(self.books, self.tape, day)
        settlement.settle()
        settlement.close(quarter=quarter(self._next(day).toordinal()) != quarter(day.toordinal()))
        books = self.books.values()
        equity = {f"{book.id}/{kind}": sleeve.closed_at for book in books for kind, sleeve in book.sleeves.items()}
        return Night(day, tuple(settlement.deeds), tuple(night_lines(day, settlement.deeds)), equity)

    def snapshot(self, now: datetime) -> Snapshot:
        """Return the instant as the law sees it."""
        today = self.tape.at(now)
        market, symbols, candidates = today.facts(now)
        return Snapshot(
            format=1,
            origin=self.script.title,
            as_of=now,
            calendar=today.calendar,
            market=market,
            host=_HOST,
            symbols=symbols,
            accounts=self.delivery.accounts(now),
            candidates=candidates,
            memory=_plain(self.memory),
        )

    def _news(self, verdict: Verdict) -> tuple[Decided, ...]:
        """Return what is decided that was not decided in the same words at the last look."""
        found = {said(one): one for one in verdict.beside_entries if one.subject != _PRICES}
        news = tuple(one for words, one in found.items() if words not in self.told)
        self.told = frozenset(found)
        return news


def _plain(memory: Memory) -> dict[str, Any]:
    return {subject: {id_: dict(entry) for id_, entry in rows.items()} for subject, rows in memory.items()}
