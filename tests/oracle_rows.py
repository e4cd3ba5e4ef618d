"""A snapshot for the oracle: rows that know the rows above them and the lists below, and the calendar.

A number is whole or a fraction, a date its ordinal, an instant the seconds since 1970, a time those since midnight,
a series its closes by date.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from pydantic import BaseModel

from engine.facts import Candidate, Event, Snapshot
from engine.rows import scaled
from engine.series import Series
from engine.subjects import given
from tests.oracle_language import Value

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING = {"shares": 0, "assigned": False, "leap_cash": 0}


def exact(value: object) -> Value:
    """Return a value of a model; what is missing or cannot be true is unknown."""
    match value:
        case int() | str():
            return value
        case Decimal():
            return int(value) if value == value.to_integral_value() else Fraction(value)
        case datetime():
            return Fraction((value - _EPOCH) // timedelta(milliseconds=1), 1000)
        case date():
            return value.toordinal()
        case Series(days=days, closes=closes):
            return {
                day: None if close is None else Fraction(close, 10**4) for day, close in zip(days, closes, strict=True)
            }
        case _:
            return None


@dataclass(eq=False)
class Row:
    """One thing the law speaks of. `env` has the rows in sight of it by name, itself included."""

    subject: str
    id: str
    given: dict[str, Value]
    env: dict[str, "Row"]
    lists: dict[str, "list[Row] | None"] = field(default_factory=dict)
    derived: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.env = {**self.env, self.subject: self}

    def join(self, name: str, *owners: "Row") -> None:
        """Stand in a list of each of these rows."""
        for owner in owners:
            owner.lists[name].append(self)  # type: ignore[union-attr]


class Rows:
    """Every row of a snapshot by subject, in the order of the file; `tickers` are those that the law names."""

    def __init__(self, snapshot: Snapshot, tickers: Sequence[str]) -> None:
        self.by_subject: dict[str, list[Row]] = {}
        self.snapshot = snapshot
        self.proposals = sorted(snapshot.proposals, key=repr)  # they have no name
        self.host = self.row("host", "", snapshot.host)
        self.market = self.row("market", "", snapshot.market, as_of=exact(snapshot.as_of))
        watched = snapshot.host.dependencies
        self.host.lists["dependencies"] = (
            None if watched is None else [self.row("dependency", one.name, one, self.host) for one in watched]
        )
        self.market.lists = {"symbols": [], "accounts": [], "candidates": None}
        self.symbols: dict[str, Row] = {}
        for symbol in snapshot.symbols:
            row = self.symbol(symbol.symbol, symbol)
            row.lists["bars"] = self.below("bar", symbol.bars, row)
            row.lists["earnings"] = self.below("report", symbol.earnings, row)
        for ticker in (*tickers, *_mentioned(snapshot)):
            self.symbol(ticker)
        self.contracts = list(self._candidates())
        for account in snapshot.accounts:
            self.account(account).join("accounts", self.market)
        if any(account.orders is None for account in snapshot.accounts):
            for row in self.symbols.values():
                row.lists["orders"] = None
        for sleeve in self.of("sleeve"):
            self.entries(sleeve)

    def of(self, subject: str) -> list[Row]:
        return self.by_subject.get(subject, [])

    def row(self, subject: str, id_: str, model: BaseModel | None, *above: Row, **given: Value) -> Row:
        fields = {name: exact(getattr(model, name)) for name in type(model).model_fields} if model else {}
        roots = {row.subject: row for name in ("host", "market") for row in self.of(name)}
        env = {name: row for up in above for name, row in up.env.items()}
        made = Row(subject, id_, fields | given, roots | env)
        self.by_subject.setdefault(subject, []).append(made)
        return made

    def below(self, subject: str, models: Sequence[BaseModel] | None, above: Row) -> list[Row] | None:
        if models is None:
            return None
        return [self.row(subject, f"{above.id}/{number}", model, above) for number, model in enumerate(models)]

    def symbol(self, ticker: str, model: BaseModel | None = None) -> Row:
        """Return a symbol's row; of one that was only mentioned nothing is known."""
        if ticker not in self.symbols:
            unknown = {} if model else dict.fromkeys(("spot", "spot_at"))
            row = self.symbols[ticker] = self.row("symbol", ticker, model, symbol=ticker, **unknown)
            offered: list[Row] | None = None if self.snapshot.candidates is None else []
            row.lists = {"bars": None, "earnings": None, "orders": [], "candidates": offered}
            row.join("symbols", self.market)
        return self.symbols[ticker]

    def _candidates(self) -> Iterator[Row]:
        if self.snapshot.candidates is not None:
            self.market.lists["candidates"] = []
        listed = _listed(self.snapshot)
        models = (*listed, *self.proposals)
        for model, name in zip(models, _names(models), strict=True):
            symbol = self.symbol(model.underlying)
            row = self.row("candidate", name, model, symbol, occ_symbol=name)
            if len(self.of("candidate")) <= len(listed):
                row.join("candidates", symbol, self.market)
            yield row

    def account(self, model: Any) -> Row:  # noqa: ANN401 - facts.Account
        account = self.row("account", model.id, model)
        account.lists = {"sleeves": [], "positions": [], "orders": []}
        account.lists["events"] = self.below(
            "event", None if model.events is None else sorted(model.events, key=repr), account
        )
        for sleeve in model.sleeves or ():
            self.sleeve(sleeve, account).join("sleeves", account)
        sleeves = {row.given["kind"]: row for row in account.lists["sleeves"] or ()}
        for order in model.orders or ():
            holding = self.holding(sleeves[order.sleeve], order.underlying)
            row = self.row("order", order.id, order, holding)
            row.join("orders", account, sleeves[order.sleeve], holding, self.symbols[order.underlying])
        if model.sleeves is None:
            account.lists["sleeves"] = None
        if model.sleeves is None or any(sleeve.positions is None for sleeve in model.sleeves):
            account.lists["positions"] = None
        if model.orders is None:
            for owner in (account, *sleeves.values(), *_below(sleeves.values(), "holdings")):
                owner.lists["orders"] = None
        return account

    def sleeve(self, model: Any, account: Row) -> Row:  # noqa: ANN401 - facts.Sleeve
        id_ = f"{account.id}/{model.kind}"
        sleeve = self.row("sleeve", id_, model, account, id=id_)
        sleeve.lists = {"orders": [], "positions": [], "entries": [], "holdings": []}
        sleeve.lists["flows"] = self.below("flow", model.flows, sleeve)
        held = {holding.symbol: holding for holding in model.holdings or ()}
        nothing = _NOTHING if model.holdings is not None else dict.fromkeys(_NOTHING)
        for ticker, symbol in self.symbols.items():
            name = f"{id_}/{ticker}"
            none = {} if ticker in held else nothing
            row = self.row("holding", name, held.get(ticker), sleeve, symbol, id=name, symbol=ticker, **none)
            row.lists = {"positions": [], "orders": [], "entries": []}
            given = held[ticker].lots if ticker in held else None if model.holdings is None else ()
            row.lists["lots"] = self.below("lot", None if given is None else sorted(given, key=repr), row)
            row.join("holdings", sleeve)
        for position in model.positions or ():
            holding = self.holding(sleeve, position.underlying)
            made = self.row("position", position.id, position, holding)
            made.join("positions", holding, sleeve, account)
        if model.positions is None:
            for owner in (sleeve, *_below([sleeve], "holdings")):
                owner.lists["positions"] = None
        return sleeve

    @staticmethod
    def holding(sleeve: Row, ticker: str) -> Row:
        return next(row for row in sleeve.lists["holdings"] or () if row.given["symbol"] == ticker)

    def entries(self, sleeve: Row) -> None:
        """Every contract on offer is considered for every sleeve, one of it; a proposal for its own, sized."""
        listed = len(self.contracts) - len(self.proposals)
        for candidate in self.contracts[:listed]:
            self.entry(sleeve, candidate, contracts=1, proposed=False, buys=False)
        for candidate, proposal in zip(self.contracts[listed:], self.proposals, strict=True):
            if f"{proposal.account}/{proposal.sleeve}" == sleeve.id:
                buys = None if proposal.side is None else proposal.side == "buy"
                self.entry(sleeve, candidate, contracts=exact(proposal.contracts), proposed=True, buys=buys)

    def entry(self, sleeve: Row, candidate: Row, **given: Value) -> None:
        holding = self.holding(sleeve, str(candidate.given["underlying"]))
        id_ = f"{sleeve.id}/{candidate.id}"
        self.row("entry", id_, None, holding, candidate, id=id_, **given).join("entries", sleeve, holding)


def _below(rows: Any, name: str) -> Iterator[Row]:  # noqa: ANN401 - rows
    return (below for row in rows for below in row.lists[name] or ())


def _listed(snapshot: Snapshot) -> tuple[Candidate, ...]:
    table = snapshot.candidates
    return tuple(table.row(number) for number in range(table.size)) if table is not None else ()


def _mentioned(model: BaseModel) -> Iterator[str]:
    """Yield every ticker that a holding, a position, an order, a contract or a proposal names."""
    if isinstance(model, Snapshot):
        yield from (getattr(row, "underlying", "") for row in _listed(model))
    for name in type(model).model_fields:
        value = getattr(model, name)
        if name in ("symbol", "underlying") and not isinstance(model, Event):
            yield value
        for below in value if isinstance(value, tuple) else ():
            if isinstance(below, BaseModel):
                yield from _mentioned(below)


def _names(models: Sequence[Any]) -> list[str]:
    """Return the names of contracts; those without one are numbered as the engine numbers them, which says nothing."""
    facts = [(fact, of.type) for fact, of in given("candidate").items() if fact != "occ_symbol"]
    nameless = [model for model in models if occ(model) is None]
    nameless.sort(key=lambda model: repr([scaled(getattr(model, fact), kind) for fact, kind in facts]))
    numbers = {id(model): f"contract-{number}" for number, model in enumerate(nameless)}
    return [occ(model) or numbers[id(model)] for model in models]


def occ(model: Any) -> str | None:  # noqa: ANN401 - a candidate or a proposal
    """Return a contract's name as OCC writes it, where it has one."""
    strike, root = exact(model.strike), model.underlying.replace(".", "")
    if not isinstance(strike, int | Fraction) or exact(model.expiration) is None or len(root) > 6:
        return None
    price = strike * 1000
    if price.denominator != 1 or price >= 10**8:
        return None
    return f"{root:<6}{model.expiration:%y%m%d}{model.right[0].upper()}{price.numerator:08}"
