"""From a snapshot to tables: every row with the rows above and below it, memory and assumptions in their columns.

The snapshot is walked once, which says what rows there are; then each fact becomes a column in one go.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from engine import facts as given_facts
from engine.calendar import milliseconds
from engine.contract import occ_symbol
from engine.expr.typed import Type
from engine.expr.units import UNITS
from engine.facts import SLEEVES, Snapshot
from engine.fields import Implausible
from engine.law.model import Constitution
from engine.place import FactError
from engine.recall import recall
from engine.rows import Entries, Facts, column, scaled
from engine.subjects import SINGLE, SUBJECTS, given


def fill(law: Constitution, snapshot: Snapshot, known: "Known | None" = None) -> Facts:
    """Return the tables of a snapshot; assumptions over given facts are already in them.

    Args:
        law: Whose tables they are.
        snapshot: What is in them.
        known: What tables of other snapshots were made of; those that differ in little have most rows in common.

    Raises:
        FactError: An assumption or a memory that the law does not know.
    """
    facts = _Builder(Facts(law, snapshot), known).build()
    if faults := recall(facts):
        raise FactError(faults)
    return facts


Row = TypeVar("Row", bound=given_facts.Rows)
Fields = Mapping[str, object]
_MISSING: Final[Fields] = {}
_NOTHING: Final[Fields] = {"shares": 0, "assigned": False, "leap_cash": 0}
# Written straight from the snapshot's columns, or from the rows themselves.
_APART: Final = frozenset({"candidate", "entry"})
_NAMED: Final[Mapping[str, str]] = {"symbol": "symbol", "sleeve": "id", "holding": "id"}
_CONTRACTS: Final = Type.of(UNITS["contracts"])


@dataclass(slots=True)
class _Table:
    """The rows of a subject as they are met: what was delivered of each and where, the rows above it, nearest first."""

    ids: list[str] = field(default_factory=list)
    fields: list[Fields] = field(default_factory=list)
    above: list[tuple[int, ...]] = field(default_factory=list)
    written: list[int | None] = field(default_factory=list)


class Made(NamedTuple):
    """The columns of some rows, and why values in them are implausible; the rows are held, for they go by identity."""

    rows: Sequence[Fields]
    columns: Mapping[str, list[Any]]
    why: Mapping[tuple[str, str, int], str]


Known: TypeAlias = dict[tuple[str, tuple[int, ...]], Made]


@dataclass
class _Builder:
    facts: Facts
    known: Known | None = None
    tables: dict[str, _Table] = field(default_factory=lambda: {subject: _Table() for subject in SUBJECTS})
    symbols: dict[str, int] = field(default_factory=dict)
    sleeves: dict[str, int] = field(default_factory=dict)
    first_holding: list[int] = field(default_factory=list)

    def build(self) -> Facts:
        snapshot = self.facts.snapshot
        for subject, table in self.tables.items():
            self.facts.ids[subject], self.facts.written[subject] = table.ids, table.written
        self._host(snapshot.host)
        self.row("market", "", vars(snapshot.market))
        self._symbols(snapshot)
        for number, account in sorted(enumerate(snapshot.accounts), key=lambda item: item[1].id):
            self._account(account, number)
        for subject in self.tables.keys() - _APART:
            self._columns(subject)
        self._candidates(snapshot)
        self._entries(snapshot)
        return self.facts

    def row(self, subject: str, id_: str, fields: Fields, above: tuple[int, ...] = (), index: int | None = None) -> int:
        """Add one row and return its number; `index` is its place in the list it was delivered in."""
        table = self.tables[subject]
        table.ids.append(id_)
        table.written.append(index)
        table.fields.append(fields)
        table.above.append(above)
        return len(table.ids) - 1

    def _undelivered(self, list_: str, *rows: int) -> None:
        self.facts.columns.undelivered.setdefault(list_, []).extend(rows)

    def _rows(self, subject: str, rows: Iterable[given_facts.Rows] | None, *above: int, list_: str) -> None:
        """Add rows without a name, or note that their list was not delivered, which makes it unknown, not empty."""
        if rows is None:
            self._undelivered(list_, above[0])
        for index, model in enumerate(rows or ()):
            self.row(subject, "", vars(model), above, index)

    def _host(self, host: given_facts.Host) -> None:
        row = self.row("host", "", vars(host))
        for index, dependency in enumerate(host.dependencies or ()):
            self.row("dependency", str(dependency.name), vars(dependency), (), index)
        if host.dependencies is None:
            self._undelivered("host<dependencies", row)

    def _symbols(self, snapshot: Snapshot) -> None:
        for number, symbol in enumerate(snapshot.symbols):
            row = self.row("symbol", symbol.symbol, vars(symbol), (), number)
            self.symbols.setdefault(symbol.symbol, row)
            self._rows("bar", symbol.bars, row, list_="symbol<bars")
            self._rows("report", symbol.earnings, row, list_="symbol<earnings")
        for ticker in dict.fromkeys(self._mentioned(snapshot)):
            if ticker not in self.symbols:
                row = self.symbols[ticker] = self.row("symbol", ticker, _MISSING)
                self._undelivered("symbol<bars", row)
                self._undelivered("symbol<earnings", row)

    def _mentioned(self, snapshot: Snapshot) -> Iterator[str]:
        """Yield every ticker that the law, a holding, a position, an order or a contract names."""
        yield from self.facts.law.tickers
        for account in snapshot.accounts:
            for sleeve in account.sleeves or ():
                yield from (holding.symbol for holding in sleeve.holdings or ())
                yield from (position.underlying for position in sleeve.positions or ())
            yield from (order.underlying for order in account.orders or ())
        yield from dict.fromkeys(snapshot.candidates.columns["underlying"] if snapshot.candidates else ())
        yield from (proposal.underlying for proposal in snapshot.proposals)

    def _account(self, account: given_facts.Account, number: int) -> None:
        row = self.row("account", account.id, vars(account), (), number)
        for place, (index, event) in enumerate(ordered(account.events or ())):
            self.row("event", f"{account.id}/{place}", vars(event), (row,), index)
        for index, sleeve in sorted(enumerate(account.sleeves or ()), key=lambda item: SLEEVES.index(item[1].kind)):
            self._sleeve(account, sleeve, row, index)
        for index, order in enumerate(account.orders or ()):
            owner = self.sleeves[f"{account.id}/{order.sleeve}"]
            above = self._above(owner, row, order.underlying)
            self.row("order", order.id, vars(order), above, index)
        for name in ("events", "sleeves", "orders"):
            if getattr(account, name) is None:
                self._undelivered(f"account<{name}", row)
        if account.sleeves is None or any(sleeve.positions is None for sleeve in account.sleeves):
            self._undelivered("account<positions", row)
        if account.orders is None:
            self._orders_unknown(row)

    def _orders_unknown(self, account: int) -> None:
        for owner, above in enumerate(self.tables["sleeve"].above):
            if above == (account,):
                self._undelivered("sleeve<orders", owner)
                self._undelivered("holding<orders", *self._holdings(owner))
        self._undelivered("symbol<orders", *range(len(self.facts.ids["symbol"])))

    def _sleeve(self, account: given_facts.Account, sleeve: given_facts.Sleeve, above: int, index: int) -> None:
        id_ = f"{account.id}/{sleeve.kind}"
        row = self.sleeves[id_] = self.row("sleeve", id_, vars(sleeve), (above,), index)
        self._rows("flow", sleeve.flows, row, above, list_="sleeve<flows")
        self.first_holding.append(len(self.facts.ids["holding"]))
        held = {holding.symbol: (holding, index) for index, holding in enumerate(sleeve.holdings or ())}
        for symbol, ticker in enumerate(self.facts.ids["symbol"]):
            self._holding(f"{id_}/{ticker}", held.get(ticker), (row, above, symbol), known=sleeve.holdings is not None)
        for number, position in enumerate(sleeve.positions or ()):
            self.row("position", position.id, vars(position), self._above(row, above, position.underlying), number)
        if sleeve.positions is None:
            self._undelivered("sleeve<positions", row)
            self._undelivered("holding<positions", *self._holdings(row))

    def _holding(
        self, id_: str, found: tuple[given_facts.Holding, int] | None, above: tuple[int, ...], *, known: bool
    ) -> None:
        """Add a sleeve's share of one symbol: what was delivered, or nothing, or nobody knows what."""
        model, index = found or (None, None)
        fields = vars(model) if model else _NOTHING if known else _MISSING
        row = self.row("holding", id_, fields, above, index)
        lots = model.lots if model else () if known else None
        for place, (number, lot) in enumerate(ordered(lots or ())):
            self.row("lot", f"{id_}/{place}", vars(lot), (row, *above), number)
        if lots is None:
            self._undelivered("holding<lots", row)

    def _holdings(self, sleeve: int) -> range:
        """Return the holdings of a sleeve, one for each symbol, in the order of the symbols."""
        first = self.first_holding[sleeve]
        return range(first, first + len(self.facts.ids["symbol"]))

    def _above(self, sleeve: int, account: int, ticker: str) -> tuple[int, ...]:
        """Return the rows above a position or an order: its holding, sleeve, account and symbol."""
        symbol = self.symbols[ticker]
        return self.first_holding[sleeve] + symbol, sleeve, account, symbol

    def _columns(self, subject: str) -> None:
        """Turn the rows of a subject into columns, each fact in one go."""
        columns, table = self.facts.columns, self.tables[subject]
        made = self._made(subject, table.fields)
        columns.update(made.columns)
        self.facts.why.update(made.why)
        above = zip(*table.above, strict=True) if table.above else [[] for _ in _sees(subject)]
        columns.update(zip(_sees(subject), map(list, above), strict=True))
        if subject in _NAMED:
            columns[f"{subject}.{_NAMED[subject]}"] = [*table.ids]
        if subject == "market":
            columns["market.as_of"] = [milliseconds(self.facts.snapshot.as_of)]
        if subject == "holding":
            tickers = self.tables["symbol"].ids
            columns["holding.symbol"] = [tickers[row] for row in columns["holding>symbol"]]

    def _made(self, subject: str, rows: Sequence[Fields]) -> Made:
        if self.known is None:
            return _columns_of(subject, rows)
        key = (subject, tuple(map(id, rows)))
        made = self.known.get(key)
        if made is None:
            made = self.known[key] = _columns_of(subject, rows)
        return made._replace(columns={name: [*values] for name, values in made.columns.items()})

    def _note_why(self, subject: str, fact: str, values: Sequence[object], first: int = 0) -> None:
        for number, value in enumerate(values, first):
            if isinstance(value, Implausible):
                self.facts.why[subject, fact, number] = value.why

    def _candidates(self, snapshot: Snapshot) -> None:
        columns, market = self.facts.columns, snapshot.candidates
        count = len(market.columns["underlying"]) if market else 0
        for fact in given("candidate"):
            columns[f"candidate.{fact}"] = list(market.columns[fact]) if market else []
        for (fact, row), why in (market.implausible if market else {}).items():
            self.facts.why["candidate", fact, row] = why
        proposals = ordered(snapshot.proposals)
        if proposals:
            self._proposed([proposal for _, proposal in proposals], count)
        self.facts.written["candidate"] = [*range(count), *(number for number, _ in proposals)]
        columns.offered = count
        self._name_contracts()
        tickers = columns["candidate.underlying"]
        columns["candidate>symbol"] = [self.symbols[ticker] for ticker in tickers]
        if market is None:
            self._undelivered("market<candidates", 0)
            self._undelivered("symbol<candidates", *range(len(self.facts.ids["symbol"])))

    def _name_contracts(self) -> None:
        """Give every contract an id; one that nobody can name gets one by what is known of it."""
        columns = self.facts.columns
        names = columns["candidate.occ_symbol"]
        if not all(names):
            nameless = [row for row, name in enumerate(names) if not name]
            facts = [columns[f"candidate.{fact}"] for fact in given("candidate") if fact != "occ_symbol"]
            nameless.sort(key=lambda row: repr([values[row] for values in facts]))
            for number, row in enumerate(nameless):
                names[row] = f"contract-{number}"
        self.facts.ids["candidate"] = list(names)

    def _proposed(self, proposals: list[given_facts.Proposal], first: int) -> None:
        for fact, what in given("candidate").items():
            named = fact == "occ_symbol"
            values = [proposal_name(one) if named else getattr(one, fact) for one in proposals]
            self.facts.columns[f"candidate.{fact}"] += [scaled(value, what.type) for value in values]
            self._note_why("candidate", fact, values, first)

    def _entries(self, snapshot: Snapshot) -> None:
        """Every contract on offer is considered for every sleeve, one of each; a proposal for its own sleeve, sized."""
        columns, count = self.facts.columns, self.facts.columns.offered
        above: dict[str, list[int]] = {name: [] for name in ("candidate", "symbol", "holding", "sleeve", "account")}
        sizes: list[Any] = []
        buys: list[bool | None] = []
        offered, symbols = range(count), columns["candidate>symbol"]
        for sleeve, id_ in enumerate(self.facts.ids["sleeve"]):
            own = [
                (row, proposal)
                for row, (_, proposal) in enumerate(ordered(snapshot.proposals), count)
                if id_ == f"{proposal.account}/{proposal.sleeve}"
            ]
            asked = [proposal.contracts for _, proposal in own]
            self._note_why("entry", "contracts", asked, len(sizes) + count)
            sizes += [1] * count + [scaled(contracts, _CONTRACTS) for contracts in asked]
            buys += [False] * count + [None if one.side is None else one.side == "buy" for _, one in own]
            chosen = [*offered, *(row for row, _ in own)]
            seen = [symbols[row] for row in chosen]
            first = self.first_holding[sleeve]
            above["candidate"] += chosen
            above["symbol"] += seen
            above["holding"] += [first + symbol for symbol in seen]
            above["sleeve"] += [sleeve] * len(chosen)
            above["account"] += [columns["sleeve>account"][sleeve]] * len(chosen)
        columns.update({f"entry>{name}": rows for name, rows in above.items()})
        columns["entry.contracts"], columns["entry.buys"] = sizes, buys
        columns["entry.proposed"] = [row >= count for row in above["candidate"]]
        self.facts.ids["entry"] = Entries(self.facts)


def _columns_of(subject: str, rows: Sequence[Fields]) -> Made:
    columns: dict[str, list[Any]] = {}
    why: dict[tuple[str, str, int], str] = {}
    for name, fact, kind in _facts(subject):
        values = [fields.get(fact) for fields in rows]
        forms = set(map(type, values))
        columns[name] = column(values, forms, kind)
        if Implausible in forms:
            odd = ((row, value) for row, value in enumerate(values) if isinstance(value, Implausible))
            why |= {(subject, fact, row): value.why for row, value in odd}
    return Made(rows, columns, why)


@cache
def _facts(subject: str) -> tuple[tuple[str, str, Type], ...]:
    """Return the column, name and type of every fact that is read from the snapshot's models."""
    return tuple((f"{subject}.{fact}", fact, of.type) for fact, of in given(subject).items())


@cache
def _sees(subject: str) -> tuple[str, ...]:
    """Return the columns of the rows above, nearest first."""
    return tuple(f"{subject}>{name}" for name in SUBJECTS[subject].sees if name not in SINGLE)


def ordered(rows: tuple[Row, ...]) -> list[tuple[int, Row]]:
    """Return rows that have no name with their place in the file, in an order that does not depend on the file."""
    return sorted(enumerate(rows), key=lambda item: repr(item[1])) if rows else []


def proposal_name(proposal: given_facts.Candidate) -> str | None:
    """Return the contract's name, as candidates have it; none when its strike or date is nonsense."""
    strike, expiration = proposal.strike, proposal.expiration
    if not isinstance(strike, Decimal) or not isinstance(expiration, date) or proposal.right is None:
        return None
    return occ_symbol(proposal.underlying, expiration, proposal.right, strike)
