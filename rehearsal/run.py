"""A rehearsal, look after look: a snapshot of the script, what the law says, what becomes of the books."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

from engine.calendar import zone_of
from engine.decide import decide
from engine.decided import Decided
from engine.facts import Host, Session, Snapshot
from engine.law.model import Constitution
from engine.verdict import Ticket, Verdict
from rehearsal.acts import Acts
from rehearsal.books import Book, account_of, opened
from rehearsal.script import Script, Word
from rehearsal.tape import Tape
from sources.calendars import Exchange, exchange

# So far back closes are delivered, and so far ahead sessions: more than the law asks for, said by nobody's rule.
_CLOSES: Final = 300
_VIX_CLOSES: Final = 15
_AHEAD: Final = timedelta(days=45)
_SOON: Final = timedelta(minutes=1)
_ROUND: Final = 3
_HOST: Final = Host(
    broker_connected=True, healthy=True, reconciled=True, schedule_built=True, ledger_written=True, stress_test=False
)
_PRICES: Final = "symbol"  # what is said of prices at every look is nothing that a ledger keeps


@dataclass(frozen=True, slots=True)
class Look:
    """One instant of a rehearsal: what was decided, and what of it is news."""

    at: datetime
    verdict: Verdict
    lines: tuple[str, ...]


@dataclass
class Rehearsal:
    """A law, a script, the books and the memory between two looks."""

    law: Constitution
    script: Script
    exchange: Exchange = field(init=False)
    tape: Tape = field(init=False)
    books: dict[str, Book] = field(init=False)
    memory: dict[str, Any] = field(default_factory=dict)
    told: frozenset["Said"] = frozenset()

    def __post_init__(self) -> None:
        first, last = self.script.first, self.script.last
        self.exchange = exchange(first - timedelta(days=_CLOSES * 2), last + _AHEAD * 2)
        self.tape = Tape(self.script, self.exchange)
        self.books = opened(self.script)

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions of the script."""
        return tuple(one for one in self.exchange.sessions if self.script.first <= one.date <= self.script.last)

    def looks(self) -> Iterator[Look]:
        """Yield every look of the script in order."""
        for session in self.sessions:
            self._morning(session.date)
            for clock in self._clocks(session):
                yield from self._round(datetime.combine(session.date, clock, zone_of(self.exchange.zone.key)))
            self._evening(session.date)

    def _round(self, now: datetime) -> Iterator[Look]:
        """Yield a look, and others a minute apart while the state of some account changes."""
        states: list[str] = []
        for _ in range(_ROUND):
            if states == (states := [book.state for book in self.books.values()]):
                return
            yield self._look(now)
            now += _SOON

    def _clocks(self, session: Session) -> tuple[time, ...]:
        later = [one.date for one in self.exchange.sessions if one.date > session.date]
        last = not later or later[0].isocalendar()[:2] != session.date.isocalendar()[:2]
        return self.script.fridays if last else self.script.looks

    def _morning(self, day: date) -> None:
        for book in self.books.values():
            book.trades = 0
            for sleeve in book.sleeves.values():
                if not sleeve.closed_at:
                    sleeve.closed_at = sleeve.equity(self.tape, day)

    def _evening(self, day: date) -> None:
        Acts(self.books, self.tape, day).settle()
        ahead = [one.date for one in self.exchange.sessions if one.date > day]
        for book in self.books.values():
            for sleeve in book.sleeves.values():
                sleeve.closed_at = sleeve.equity(self.tape, day)
                if ahead and _quarter(ahead[0]) != _quarter(day):
                    book.happened("quarter_end", sleeve=sleeve.kind, net_gains=sleeve.gains.quantize(Decimal("0.01")))
                    sleeve.gains = sleeve.hedged = Decimal(0)
            if ahead and ahead[0].isocalendar()[:2] != day.isocalendar()[:2]:
                book.weeks += 1

    def _look(self, now: datetime) -> Look:
        for word in self.script.words:
            if self._due(word, now):
                self.books[word.account].happened(**word.event)
        verdict = decide(self.law, self.snapshot(now))
        for book in self.books.values():
            book.events = []
            for sleeve in book.sleeves.values():
                sleeve.flow = None
        Acts(self.books, self.tape, self.exchange.day(now)).carry_out(verdict)
        self.memory = _plain(verdict.memory)
        return Look(now, verdict, self._news(now, verdict))

    @staticmethod
    def _due(word: Word, now: datetime) -> bool:
        return word.day == now.date() and word.at == now.time()

    def snapshot(self, now: datetime) -> Snapshot:
        """Return the instant as the law sees it."""
        day = self.exchange.day(now)
        return Snapshot(
            format=1,
            origin=self.script.title,
            as_of=now,
            calendar=self.exchange.calendar(day, day + _AHEAD),
            market=self.tape.market(now, (self.script.index, _CLOSES), _VIX_CLOSES),
            host=_HOST,
            symbols=tuple(self.tape.symbols(now)),
            accounts=tuple(account_of(book, self.books, self.tape, now) for book in self.books.values()),
            candidates=self.tape.candidates(now),
            memory=self.memory,
        )

    def _news(self, now: datetime, verdict: Verdict) -> tuple[str, ...]:
        said = [_said(one) for one in verdict.beside_entries if one.subject != _PRICES]
        news: dict[tuple[str, str], list[str]] = {}
        for what in said:
            if what not in self.told:
                news.setdefault((what.head, what.rest), []).append(what.id)
        self.told = frozenset(said)
        lines = [f"{head} {' '.join(ids)} {rest}" for (head, rest), ids in news.items()]
        return tuple(f"{now:%Y-%m-%d %H:%M} {line}" for line in (*map(_order_line, verdict.orders), *lines))


def _quarter(day: date) -> tuple[int, int]:
    return day.year, (day.month - 1) // 3


def _plain(memory: Any) -> dict[str, Any]:  # noqa: ANN401 - as a verdict has it
    return {subject: {id_: dict(entry) for id_, entry in rows.items()} for subject, rows in (memory or {}).items()}


class Said(NamedTuple):
    """A decision in words; decisions that differ in the row alone are told on one line."""

    head: str
    id: str
    rest: str


def _said(decision: Decided) -> Said:
    fields = decision.model_dump(exclude={"kind", "subject", "id", "rule", "shadowed"}, exclude_defaults=True)
    rest = [*(f"{name}={_shown(value)}" for name, value in fields.items()), f"[{decision.rule}]"]
    return Said(f"{type(decision).__name__} {decision.subject}", decision.id, " ".join(rest))


def _shown(value: object) -> str:
    match value:
        case Decimal():
            return f"{value.normalize():f}"
        case list() | tuple():
            return ",".join(_shown(item["code"] if isinstance(item, dict) else item) for item in value)
        case _:
            return str(value)


def _order_line(order: Ticket) -> str:
    contract = order.contract.replace(" ", "")
    where = f"{order.account}/{order.sleeve}"
    return f"order {where} {order.side} {order.contracts} {contract} at {order.price.normalize():f} [{order.rule}]"
