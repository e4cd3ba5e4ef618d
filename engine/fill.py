"""From a snapshot to tables: every row with the rows above and below it, memory and assumptions in their columns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from engine import facts as given_facts
from engine.calendar import milliseconds
from engine.contract import occ_symbol
from engine.expr.typed import Type
from engine.expr.units import UNITS
from engine.facts import SLEEVES, Snapshot
from engine.fields import Implausible
from engine.law.model import Constitution, Remembered
from engine.place import FactError, Fault
from engine.rows import Facts, Path, Plain, place_of, read_ratio, scaled, type_of
from engine.series import Series
from engine.subjects import SINGLE, SUBJECTS, given


def fill(law: Constitution, snapshot: Snapshot) -> Facts:
    """Return the tables of a snapshot; assumptions over given facts are already in them.

    Raises:
        FactError: An assumption or a memory that the law does not know.
    """
    return _Builder(Facts(law, snapshot)).build()


Row = TypeVar("Row", bound=given_facts.Rows)


@dataclass(frozen=True, slots=True)
class _Form:
    """The columns that one row of a subject fills."""

    facts: list[tuple[str, list[Any], Type]]
    above: list[tuple[str, list[int]]]
    lists: list[list[Any]]


@dataclass
class _Builder:
    facts: Facts
    forms: dict[str, _Form] = field(default_factory=dict)
    numbers: dict[str, dict[str, int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def build(self) -> Facts:
        snapshot = self.facts.snapshot
        for subject in SUBJECTS:
            self.facts.ids[subject] = []
            self.numbers[subject] = {}
            self.forms[subject] = self._form(subject)
        self._host(snapshot.host)
        self.row("market", "", snapshot.market, {}, ("market",), as_of=milliseconds(snapshot.as_of))
        self._symbols(snapshot)
        self._candidates(snapshot)
        for number, account in sorted(enumerate(snapshot.accounts), key=lambda item: item[1].id):
            self._account(account, number)
        self._entries(snapshot)
        self._memory(snapshot)
        self._stated(snapshot)
        if self.faults:
            raise FactError(self.faults)
        return self.facts

    def _form(self, subject: str) -> "_Form":
        columns, what = self.facts.columns, SUBJECTS[subject]
        named = [(fact, columns.setdefault(f"{subject}.{fact}", []), of.type) for fact, of in given(subject).items()]
        sees = [name for name in what.sees if name not in SINGLE]
        above = [(name, columns.setdefault(f"{subject}>{name}", [])) for name in sees]
        return _Form(named, above, [columns.setdefault(f"{subject}<{name}", []) for name, _ in what.lists])

    def row(
        self,
        subject: str,
        id_: str,
        model: given_facts.Rows | None,
        above: Mapping[str, int],
        path: Path,
        **more: object,
    ) -> int:
        """Add one row and return its number."""
        form = self.forms[subject]
        ids = self.facts.ids[subject]
        number = len(ids)
        ids.append(id_)
        self.numbers[subject].setdefault(id_, number)
        self.facts.paths[subject, number] = path
        for fact, column, kind in form.facts:
            if fact in more:
                column.append(more[fact])
                continue
            value = getattr(model, fact, None)
            column.append(value if isinstance(value, Series) else scaled(value, kind))
            if isinstance(value, Implausible):
                self.facts.why[subject, fact, number] = value.why
        for name, rows in form.above:
            rows.append(above[name])
        for lists in form.lists:
            lists.append([])
        return number

    def child(self, list_: str, parent: int, number: int) -> None:
        """Put a row into a list of a row above it, unless some of that list was not delivered."""
        rows = self.facts.columns[list_][parent]
        if rows is not None:
            rows.append(number)

    def undelivered(self, list_: str, parent: int) -> None:
        """A list that was not delivered is unknown, not empty."""
        self.facts.columns[list_][parent] = None

    def _host(self, host: given_facts.Host) -> None:
        row = self.row("host", "", host, {}, ("host",))
        for index, dependency in enumerate(host.dependencies or ()):
            made = self.row("dependency", str(dependency.name), dependency, {}, ("host", "dependencies", index))
            self.child("host<dependencies", row, made)
        if host.dependencies is None:
            self.undelivered("host<dependencies", row)

    def _symbols(self, snapshot: Snapshot) -> None:
        for number, symbol in enumerate(snapshot.symbols):
            path = ("symbols", number)
            row = self.row("symbol", symbol.symbol, symbol, {}, path)
            self.child("market<symbols", 0, row)
            for index, bar in enumerate(symbol.bars or ()):
                self.child("symbol<bars", row, self.row("bar", "", bar, {"symbol": row}, (*path, "bars", index)))
            for index, report in enumerate(symbol.earnings or ()):
                made = self.row("report", "", report, {"symbol": row}, (*path, "earnings", index))
                self.child("symbol<earnings", row, made)
            for name, value in (("bars", symbol.bars), ("earnings", symbol.earnings)):
                if value is None:
                    self.undelivered(f"symbol<{name}", row)
        for ticker in dict.fromkeys(self._mentioned(snapshot)):
            self.symbol(ticker)

    def _mentioned(self, snapshot: Snapshot) -> Iterator[str]:
        """Yield every ticker that the law, a holding, a position, an order or a contract names."""
        yield from self.facts.law.tickers
        for account in snapshot.accounts:
            for sleeve in account.sleeves or ():
                yield from (holding.symbol for holding in sleeve.holdings or ())
                yield from (position.underlying for position in sleeve.positions or ())
            yield from (order.underlying for order in account.orders or ())
        yield from snapshot.candidates.columns["underlying"] if snapshot.candidates else ()
        yield from (proposal.underlying for proposal in snapshot.proposals)

    def symbol(self, ticker: str) -> int:
        """Return a symbol's row; one that nobody delivered is added with every fact missing."""
        found = self.numbers["symbol"].get(ticker)
        if found is not None:
            return found
        row = self.row("symbol", ticker, None, {}, ("symbols",), symbol=ticker)
        self.child("market<symbols", 0, row)
        self.undelivered("symbol<bars", row)
        self.undelivered("symbol<earnings", row)
        return row

    def _account(self, account: given_facts.Account, number: int) -> None:
        path: Path = ("accounts", number)
        row = self.row("account", account.id, account, {}, path)
        self.child("market<accounts", 0, row)
        for place, (index, event) in enumerate(_ordered(account.events or ())):
            made = self.row("event", f"{account.id}/{place}", event, {"account": row}, (*path, "events", index))
            self.child("account<events", row, made)
        for index, sleeve in sorted(enumerate(account.sleeves or ()), key=lambda item: SLEEVES.index(item[1].kind)):
            self._sleeve(account, sleeve, row, (*path, "sleeves", index))
        for index, order in enumerate(account.orders or ()):
            self._order(account, order, row, (*path, "orders", index))
        for name in ("events", "sleeves", "orders"):
            if getattr(account, name) is None:
                self.undelivered(f"account<{name}", row)
        if account.sleeves is None or any(sleeve.positions is None for sleeve in account.sleeves):
            self.undelivered("account<positions", row)
        if account.orders is None:
            for owner in self._sleeves_of(row):
                self.undelivered("sleeve<orders", owner)
                for holding in self.facts.columns["sleeve<holdings"][owner]:
                    self.undelivered("holding<orders", holding)
            for symbol in range(len(self.facts.ids["symbol"])):
                self.undelivered("symbol<orders", symbol)

    def _sleeves_of(self, account: int) -> list[int]:
        return [row for row, above in enumerate(self.facts.columns["sleeve>account"]) if above == account]

    def _sleeve(self, account: given_facts.Account, sleeve: given_facts.Sleeve, above: int, path: Path) -> None:
        id_ = f"{account.id}/{sleeve.kind}"
        row = self.row("sleeve", id_, sleeve, {"account": above}, path, id=id_)
        self.child("account<sleeves", above, row)
        for index, flow in enumerate(sleeve.flows or ()):
            made = self.row("flow", "", flow, {"sleeve": row, "account": above}, (*path, "flows", index))
            self.child("sleeve<flows", row, made)
        held = {str(holding.symbol): (holding, index) for index, holding in enumerate(sleeve.holdings or ())}
        for ticker in self.facts.ids["symbol"]:
            found = held.get(ticker)
            self._holding(row, above, ticker, found, path, known=sleeve.holdings is not None)
        for index, position in enumerate(sleeve.positions or ()):
            self._position(position, row, above, (*path, "positions", index))
        if sleeve.flows is None:
            self.undelivered("sleeve<flows", row)
        if sleeve.positions is None:
            self.undelivered("sleeve<positions", row)
            for holding in self.facts.columns["sleeve<holdings"][row]:
                self.undelivered("holding<positions", holding)

    def _holding(  # noqa: PLR0913 - a sleeve's share of one symbol
        self,
        sleeve: int,
        account: int,
        ticker: str,
        found: tuple[given_facts.Holding, int] | None,
        path: Path,
        *,
        known: bool,
    ) -> None:
        id_ = f"{self.facts.ids['sleeve'][sleeve]}/{ticker}"
        above = {"sleeve": sleeve, "account": account, "symbol": self.symbol(ticker)}
        nothing: dict[str, object] = {"shares": 0, "assigned": False, "leap_cash": 0} if known and not found else {}
        model, place = (found[0], (*path, "holdings", found[1])) if found else (None, path)
        row = self.row("holding", id_, model, above, place, id=id_, symbol=ticker, **nothing)
        self.child("sleeve<holdings", sleeve, row)
        self._lots(model, {**above, "holding": row}, place, known=bool(nothing))

    def _lots(self, holding: given_facts.Holding | None, above: Mapping[str, int], path: Path, *, known: bool) -> None:
        lots = holding.lots if holding else () if known else None
        for index, lot in enumerate(lots or ()):
            self.child("holding<lots", above["holding"], self.row("lot", "", lot, above, (*path, "lots", index)))
        if lots is None:
            self.undelivered("holding<lots", above["holding"])

    def holding(self, sleeve: int, ticker: str) -> int:
        """Return the row of a sleeve's holding of a symbol."""
        return self.numbers["holding"][f"{self.facts.ids['sleeve'][sleeve]}/{ticker}"]

    def _position(self, position: given_facts.Position, sleeve: int, account: int, path: Path) -> None:
        above = {
            "sleeve": sleeve,
            "account": account,
            "symbol": self.symbol(position.underlying),
            "holding": self.holding(sleeve, position.underlying),
        }
        row = self.row("position", position.id, position, above, path)
        for parent, number in (("holding", above["holding"]), ("sleeve", sleeve), ("account", account)):
            self.child(f"{parent}<positions", number, row)

    def _order(self, account: given_facts.Account, order: given_facts.Order, above: int, path: Path) -> None:
        sleeve = self.numbers["sleeve"][f"{account.id}/{order.sleeve}"]
        rows = {"account": above, "sleeve": sleeve, "symbol": self.symbol(order.underlying)}
        rows["holding"] = self.holding(sleeve, order.underlying)
        row = self.row("order", order.id, order, rows, path)
        for parent in ("account", "sleeve", "holding", "symbol"):
            self.child(f"{parent}<orders", rows[parent], row)

    def _candidates(self, snapshot: Snapshot) -> None:
        columns = self.facts.columns
        market = snapshot.candidates
        count = len(market.columns["underlying"]) if market else 0
        for fact in given("candidate"):
            columns[f"candidate.{fact}"] = list(market.columns[fact]) if market else []
        for (fact, row), why in (market.implausible if market else {}).items():
            self.facts.why["candidate", fact, row] = why
        for number in range(count):
            self.facts.paths["candidate", number] = ("candidates", number)
        for number, proposal in _ordered(snapshot.proposals):
            self._proposed(proposal, number)
        names = columns["candidate.occ_symbol"]
        nameless = [row for row, name in enumerate(names) if not name]
        facts = [columns[f"candidate.{fact}"] for fact in given("candidate") if fact != "occ_symbol"]
        nameless.sort(key=lambda row: repr([column[row] for column in facts]))
        for number, row in enumerate(nameless):
            names[row] = f"contract-{number}"
        self.facts.ids["candidate"] = list(names)
        tickers = columns["candidate.underlying"]
        rows = {ticker: self.symbol(ticker) for ticker in dict.fromkeys(tickers)}
        columns["candidate>symbol"] = [rows[ticker] for ticker in tickers]
        if market is None:
            columns["market<candidates"][0] = None
            columns["symbol<candidates"] = [None] * len(self.facts.ids["symbol"])
            return
        columns["market<candidates"][0] = list(range(count))
        for number in range(count):
            columns["symbol<candidates"][columns["candidate>symbol"][number]].append(number)

    def _proposed(self, proposal: given_facts.Proposal, number: int) -> None:
        row = len(self.facts.columns["candidate.underlying"])
        for fact, what in given("candidate").items():
            value = getattr(proposal, fact, None) if fact != "occ_symbol" else proposal_name(proposal)
            self.facts.columns[f"candidate.{fact}"].append(scaled(value, what.type))
            if isinstance(value, Implausible):
                self.facts.why["candidate", fact, row] = value.why
        self.facts.paths["candidate", row] = ("proposals", number)

    def _entries(self, snapshot: Snapshot) -> None:
        """Every contract on offer is considered for every sleeve, one of each; a proposal for its own sleeve, sized."""
        columns, ids = self.facts.columns, self.facts.ids
        offered = range(len(ids["candidate"]) - len(snapshot.proposals))
        symbols, names = columns["candidate>symbol"], ids["candidate"]
        for sleeve, id_ in enumerate(ids["sleeve"]):
            holdings = {columns["holding>symbol"][row]: row for row in columns["sleeve<holdings"][sleeve]}
            account = columns["sleeve>account"][sleeve]
            chosen = [*offered]
            sizes: list[Any] = [1] * len(chosen)
            buys: list[bool | None] = [False] * len(chosen)
            for number, (_, proposal) in enumerate(_ordered(snapshot.proposals)):
                if id_ == f"{proposal.account}/{proposal.sleeve}":
                    chosen.append(len(offered) + number)
                    sizes.append(scaled(proposal.contracts, Type.of(UNITS["contracts"])))
                    buys.append(None if proposal.side is None else proposal.side == "buy")
                    if isinstance(proposal.contracts, Implausible):
                        row = len(ids["entry"]) + len(sizes) - 1
                        self.facts.why["entry", "contracts", row] = proposal.contracts.why
            size = len(chosen)
            first = len(ids["entry"])
            on_offer = {names[row] for row in offered}
            ids["entry"] += [f"{id_}/{names[row]}" for row in offered]
            for row in chosen[len(offered) :]:  # a proposal for a contract that is on offer too has an id of its own
                again = "/proposed" if names[row] in on_offer else ""
                ids["entry"].append(f"{id_}/{names[row]}{again}")
            columns["entry.contracts"] += sizes
            columns["entry.buys"] += buys
            columns["entry.proposed"] += [row >= len(offered) for row in chosen]
            columns["entry>candidate"] += chosen
            columns["entry>symbol"] += (above := [symbols[row] for row in chosen])
            columns["entry>holding"] += [holdings[symbol] for symbol in above]
            columns["entry>sleeve"] += [sleeve] * size
            columns["entry>account"] += [account] * size
            columns["sleeve<entries"][sleeve] = list(range(first, first + size))
            for row, symbol in enumerate(above, first):
                columns["holding<entries"][holdings[symbol]].append(row)
        columns["entry.id"] = ids["entry"]

    def _memory(self, snapshot: Snapshot) -> None:
        """A memory that was not delivered is unknown; in one that was, what is not written is as at the beginning."""
        memory = snapshot.memory
        known = {name.split(".")[0] for name in self.facts.law.remembered}
        for subject in memory or {}:
            if subject not in known:
                self._fault(("memory", subject), "unknown-memory", f"the law remembers nothing of '{subject}'")
        for id_ in (memory or {}).get("sleeve", {}):
            account, _, _ = id_.partition("/")
            row = self.numbers["account"].get(account)
            delivered = row is not None and self.facts.columns["account<sleeves"][row] is not None
            if delivered and id_ not in self.facts.ids["sleeve"]:
                self._fault(("memory", "sleeve"), "unknown-memory", f"account {account} has no sleeve '{id_}'")
        for item in self.facts.law.remembered.values():
            entries = None if memory is None else memory.get(item.subject, {})
            pairs = [
                (None, 1) if entries is None else self._recalled(item, entries.get(id_ or "-", {}))
                for id_ in self.facts.ids[item.subject]
            ]
            self.facts.columns[item.name] = [value for value, _ in pairs]
            if item.type.divided:
                self.facts.columns[f"{item.name}/"] = [under for _, under in pairs]

    def _recalled(self, item: Remembered, entry: Mapping[str, Any]) -> tuple[Plain | None, int]:
        if item.latch:
            latch = item.latch.split(".")[1]
            held = entry.get(latch)
            if item.fact == f"{latch}_before":
                return held is not None, 1
            kept = item.fact.removeprefix(f"{latch}_").removesuffix("_before")
            return (None, 1) if held is None else self._typed(item, held.get(kept))
        return self._typed(item, entry[item.fact]) if item.fact in entry else (item.initial, 1)

    def _typed(self, item: Remembered, value: object) -> tuple[Plain | None, int]:
        try:
            return read_ratio(value, item.type)
        except ValueError as fault:
            self._fault(("memory", item.subject), "memory", f"{item.name}: {fault}")
            return None, 1

    def _stated(self, snapshot: Snapshot) -> None:
        for number, assumption in enumerate(snapshot.assume):
            try:
                self._assume(assumption)
            except ValueError as fault:
                self._fault(("assume", number), "assume", str(fault))

    def _assume(self, assumption: given_facts.Assumption) -> None:
        subject, _, rest = assumption.fact.partition(".")
        id_, _, fact = rest.rpartition(".")
        if subject not in SUBJECTS:
            message = f"'{assumption.fact}' names no subject; write subject.fact or subject.id.fact"
            raise ValueError(message)
        if id_ and id_ not in self.numbers[subject] and id_ not in self.facts.ids[subject]:
            message = f"there is no {subject} '{id_}' in the snapshot"
            raise ValueError(message)
        rows = [self.facts.ids[subject].index(id_)] if id_ else list(range(len(self.facts.ids[subject])))
        name, law = f"{subject}.{fact}", self.facts.law
        kind = type_of(law, subject, fact)
        if kind is None:
            message = f"'{name}' is no fact; `alluse facts` lists them"
            raise ValueError(message)
        value, under = read_ratio(assumption.value, kind)
        if name in self.facts.columns and name not in law.derived:
            for row in rows:
                self.facts.columns[name][row] = value
                self.facts.why.pop((subject, fact, row), None)
            return
        if value is None:
            message = f"'{name}' is derived; state a value for it, or take away what it is derived from"
            raise ValueError(message)
        stated = self.facts.stated.setdefault(name, {})
        for key in rows if id_ else [None]:
            stated[key] = (value, under)

    def _fault(self, path: Path, code: str, message: str) -> None:
        self.faults.append(Fault(place_of(self.facts.snapshot, path), code, message))


def _ordered(rows: tuple[Row, ...]) -> list[tuple[int, Row]]:
    """Return rows that have no name with their place in the file, in an order that does not depend on the file."""
    return sorted(enumerate(rows), key=lambda item: repr(item[1]))


def proposal_name(proposal: given_facts.Candidate) -> str | None:
    """Return the contract's name, as candidates have it; none when its strike or date is nonsense."""
    strike, expiration = proposal.strike, proposal.expiration
    if not isinstance(strike, Decimal) or not isinstance(expiration, date) or proposal.right is None:
        return None
    return occ_symbol(proposal.underlying, expiration, proposal.right, strike)
