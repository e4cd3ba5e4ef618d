"""What a rule may read: the Snapshot, frozen models whose every field has a unit and a meaning.

Two classes of bad input. A malformed value (wrong type, naive time, too many decimals) makes the whole
file refused. An implausible one (NaN, negative price, |delta| above one) stays, as `Implausible`: what
depends on it is refused by name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Annotated, Any, Final, Literal, Self, TypeAlias, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, InstanceOf, PrivateAttr, ValidationInfo, WithJsonSchema, model_validator

from engine import calendar
from engine.agreement import Route, disagreements
from engine.columns import Column, Reading
from engine.contract import occ_symbols
from engine.fields import Date, Day, Fact, FormError, Implausible, Instant, Moment, Number, word
from engine.place import Place
from engine.plausible import REASONS, Now, below, doubts
from engine.series import Series

Right: TypeAlias = Literal["put", "call"]
Kind: TypeAlias = Literal["gen", "rev", "com"]
State: TypeAlias = Literal[
    "SAFE", "SCANNING", "ANALYZING", "ORDERING", "MONITORING", "CLOSING", "RECONCILING",
    "EMERGENCY", "MAINTENANCE", "AUDIT",
]  # fmt: skip
Status: TypeAlias = Literal["requested", "unacknowledged", "working", "cancelling", "cancelled", "filled", "rejected"]
Happening: TypeAlias = Literal[
    "user_pause", "user_resume", "person_reset", "called_away", "assigned", "resume", "transition", "fund",
    "forked", "quarter_end", "rolled", "exited", "ai_suggestion", "unhandled_error",
]  # fmt: skip
Form: TypeAlias = Literal["full", "mini"]
Purpose: TypeAlias = Literal["growth", "hedge"]
Role: TypeAlias = Literal["broker", "data"]
Week: TypeAlias = Literal["Calm-Income", "Roll", "Assignment", "Preservation", "Hedged", "Earnings-Filter"]
Origin: TypeAlias = Literal["trigger", "level2", "tier", "ladder"]
Latch: TypeAlias = Literal["level3", "halt", "user"]
Side: TypeAlias = Literal["sell", "buy"]
Effect: TypeAlias = Literal["open", "close"]
RIGHTS: Final = get_args(Right)
SLEEVES: Final = get_args(Kind)
STATES: Final = get_args(State)


class Rows(BaseModel):
    """A frozen group of facts; a field that was not given is missing, never a default."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Bar(Rows):
    """One completed, split-adjusted daily bar."""

    date: Annotated[Day, Fact("date", "its session", "any", "market data", names=True)]
    high: Annotated[Number, Fact("usd_per_share", "highest price of the session", "positive", "market data")]
    low: Annotated[Number, Fact("usd_per_share", "lowest price of the session", "positive", "market data")]
    close: Annotated[Number, Fact("usd_per_share", "closing price of the session", "positive", "market data")]


class Report(Rows):
    """One earnings report, scheduled or published."""

    date: Annotated[Day, Fact("date", "the day it is published", "any", "market data")]


class Symbol(Rows):
    """One underlying. A list that is not given is unknown; an empty one is known to be empty."""

    symbol: Annotated[str, Fact("ticker", "the underlying's symbol", names=True)]
    spot: Annotated[Number, Fact("usd_per_share", "the price one share trades at", "positive", "market data")] = None
    spot_at: Annotated[Moment, Fact("instant", "when the spot was observed", "any", "market data")] = None
    bars: tuple[Bar, ...] | None = None
    earnings: tuple[Report, ...] | None = None


class Market(Rows):
    """What is one for all."""

    vix: Annotated[Number, Fact("index_points", "the VIX index now", "positive", "market data")] = None
    vix_at: Annotated[Moment, Fact("instant", "when the VIX was observed", "any", "market data")] = None
    vix_close: Annotated[
        Number, Fact("index_points", "the last official close of the VIX", "positive", "market data")
    ] = None
    vix_close_date: Annotated[Day, Fact("date", "the session of that close", "any", "market data")] = None
    vix_closes: Annotated[
        Series | None, Fact("closes", "official closes of the VIX, completed sessions", "positive", "market data")
    ] = None
    spx_closes: Annotated[
        Series | None,
        Fact("closes", "official closes of the S&P 500 index, completed sessions", "positive", "market data"),
    ] = None
    breadth: Annotated[
        Number,
        Fact(
            "ratio",
            "share of the S&P 500's members above their 50-day average at the close",
            "not_negative",
            "market data",
        ),
    ] = None
    breadth_date: Annotated[Day, Fact("date", "the session of that share", "any", "market data")] = None


class Dependency(Rows):
    """Something outside that the program needs: the broker, a data source. A success sets its failures to zero."""

    name: Annotated[str, Fact("symbol", "its name, as the law's order of sources has it", "any", "service", names=True)]
    role: Annotated[Role, word(Role, "the broker, or a source of data", "service", names=True)]
    failures: Annotated[Number, Fact("count", "failures in a row", "not_negative", "service")] = None
    failed_at: Annotated[Moment, Fact("instant", "when it failed last", "any", "service")] = None


class Host(Rows):
    """The program and its connections."""

    broker_connected: Annotated[bool | None, Fact("bool", "the broker's API answers", "any", "service")] = None
    healthy: Annotated[bool | None, Fact("bool", "every health check of the program passes", "any", "service")] = None
    reconciled: Annotated[bool | None, Fact("bool", "positions and orders equal the broker's", "any", "service")] = None
    schedule_built: Annotated[
        bool | None, Fact("bool", "today's schedule was rebuilt from the calendar", "any", "service")
    ] = None
    ledger_written: Annotated[
        bool | None, Fact("bool", "ledger and reports of the day are written", "any", "service")
    ] = None
    stress_test: Annotated[
        bool | None, Fact("bool", "a person asked for the stress-test alternative of 1.1", "any", "person")
    ] = None
    dependencies: tuple[Dependency, ...] | None = None


class Position(Rows):
    """One option position; a short one has a negative quantity."""

    id: Annotated[str, Fact("text", "the position's name in the ledger", names=True)]
    underlying: Annotated[str, Fact("ticker", "the underlying's symbol", names=True)]
    right: Annotated[Right, word(Right, "put or call", names=True)]
    strike: Annotated[Number, Fact("usd_per_share", "strike price", "positive", names=True)]
    expiration: Annotated[Day, Fact("date", "last day of the contract", names=True)]
    multiplier: Annotated[Number, Fact("shares_per_contract", "shares one contract delivers", "positive", names=True)]
    quantity: Annotated[Number, Fact("contracts", "contracts held, negative when sold")]
    bid: Annotated[Number, Fact("usd_per_share", "best bid", "not_negative", "market data")] = None
    ask: Annotated[Number, Fact("usd_per_share", "best ask", "positive", "market data")] = None
    quoted_at: Annotated[Moment, Fact("instant", "when bid and ask were observed", "any", "market data")] = None
    delta: Annotated[Number, Fact("ratio", "delta a share, signed, the holder's view", "any", "market data")] = None
    credit: Annotated[Number, Fact("usd_per_share", "what this contract was sold for", "positive")] = None
    original_credit: Annotated[
        Number, Fact("usd_per_share", "credit of the first sale of its chain of rolls", "positive", "ledger")
    ] = None
    rolled_cost: Annotated[
        Number,
        Fact("usd_per_share", "sum over its earlier rolls of buy-back less new credit", "any", "ledger"),
    ] = None
    cost: Annotated[Number, Fact("usd_per_share", "what this contract was bought for", "positive", "ledger")] = None
    hedge_origin: Annotated[Origin | None, word(Origin, "why a hedge was bought", "ledger")] = None
    hedge_tier: Annotated[
        Number, Fact("ratio", "hedge ratio of the VIX tier that a hedge was bought for", "positive", "ledger")
    ] = None
    purpose: Annotated[Purpose | None, word(Purpose, "what a LEAP was bought for", "ledger")] = None
    hedge_for: Annotated[str | None, Fact("text", "the position whose breach a hedge insures", "any", "ledger")] = None
    finish_in_the_money: Annotated[
        Number,
        Fact("ratio", "probability of expiring in the money", "not_negative", "model, named in origin"),
    ] = None
    early_assignment_risk: Annotated[
        Number, Fact("ratio", "probability of early assignment", "not_negative", "model, named in origin")
    ] = None


class Lot(Rows):
    """Shares that came by one assignment."""

    shares: Annotated[Number, Fact("shares", "shares of it still held", "positive", "ledger")]
    strike: Annotated[Number, Fact("usd_per_share", "paid for a share at the assignment", "positive", "ledger")]
    credits: Annotated[Number, Fact("usd_per_share", "every credit of the lot, a share", "not_negative", "ledger")]


class Holding(Rows):
    """Shares that a sleeve holds of one underlying."""

    symbol: Annotated[str, Fact("ticker", "the underlying's symbol", names=True)]
    shares: Annotated[Number, Fact("shares", "shares held", "not_negative")]
    assigned: Annotated[bool | None, Fact("bool", "the shares came by assignment", "any", "ledger")] = None
    leap_cash: Annotated[
        Number, Fact("usd", "set aside for LEAPs on it and not spent yet", "not_negative", "ledger")
    ] = None
    lots: tuple[Lot, ...] | None = None


class Flow(Rows):
    """Money or shares that entered or left a sleeve since the last snapshot: a deposit, fork or transfer."""

    equity_before: Annotated[Number, Fact("usd", "the sleeve's equity before it", "positive", "ledger")]
    equity_after: Annotated[Number, Fact("usd", "the sleeve's equity after it", "positive", "ledger")]


class Sleeve(Rows):
    """One part of an account; its id is `account/kind`."""

    kind: Annotated[Kind, word(Kind, "which of the three parts", names=True)]
    equity: Annotated[Number, Fact("usd", "cash, shares and options at market value", "positive")] = None
    close_equity: Annotated[
        Number, Fact("usd", "equity at the last official close, scaled by what flowed since", "positive")
    ] = None
    quarterly_net_gains: Annotated[
        Number, Fact("usd", "realized gains of the quarter to date, after fees", "any", "ledger")
    ] = None
    hedge_spent_quarter: Annotated[Number, Fact("usd", "paid for hedges this quarter", "not_negative", "ledger")] = None
    base_capital: Annotated[
        Number, Fact("usd", "equity at inception, adjusted for deposits and withdrawals", "any", "ledger")
    ] = None
    free_cash: Annotated[Number, Fact("usd", "realized cash that nothing binds", "not_negative", "ledger")] = None
    flows: tuple[Flow, ...] | None = None
    holdings: tuple[Holding, ...] | None = None
    positions: tuple[Position, ...] | None = None


class Order(Rows):
    """One order as the broker reports it, or one about to be submitted (`requested`)."""

    id: Annotated[
        str, Fact("text", "account, sleeve, cadence date, symbol and number, then the version: `.v1`", names=True)
    ]
    sleeve: Annotated[Kind, word(Kind, "the sleeve it belongs to", names=True)]
    underlying: Annotated[str, Fact("ticker", "the underlying's symbol", names=True)]
    right: Annotated[Right | None, word(Right, "put or call", names=True)] = None
    strike: Annotated[Number, Fact("usd_per_share", "strike price", "positive", names=True)] = None
    expiration: Annotated[Day, Fact("date", "last day of the contract", names=True)] = None
    multiplier: Annotated[
        Number, Fact("shares_per_contract", "shares one contract delivers", "positive", names=True)
    ] = None
    side: Annotated[Side, word(Side, "sell or buy", names=True)]
    effect: Annotated[Effect, word(Effect, "whether it opens or closes a position", names=True)]
    contracts: Annotated[Number, Fact("contracts", "contracts not yet filled", "not_negative")]
    status: Annotated[Status | None, word(Status, "what the broker last said of it")] = None
    sent_at: Annotated[Moment, Fact("instant", "when it was sent")] = None
    mid: Annotated[Number, Fact("usd_per_share", "mid of the quote it was priced from", "positive", "market data")] = (
        None
    )
    offered: Annotated[Number, Fact("usd_per_share", "price on offer for it now", "positive", "market data")] = None
    attempt: Annotated[Number, Fact("count", "tries so far, this one included", "positive", "service")] = None
    maintenance_margin: Annotated[
        Number, Fact("usd_per_contract", "what the broker asks for one contract once it is filled", "not_negative")
    ] = None
    known_locally: Annotated[bool | None, Fact("bool", "the local ledger has this order", "any", "service")] = None


class Event(Rows):
    """Something that happened to one account since the last snapshot."""

    kind: Annotated[Happening, word(Happening, "what happened", names=True)]
    sleeve: Annotated[Kind | None, word(Kind, "the sleeve it concerns", names=True)] = None
    symbol: Annotated[str | None, Fact("ticker", "the underlying it concerns", names=True)] = None
    latch: Annotated[Latch | None, word(Latch, "the latch a person resets", names=True)] = None
    to: Annotated[State | None, word(State, "the state asked for")] = None
    snapshot_loaded: Annotated[bool | None, Fact("bool", "the last snapshot was read back", "any", "service")] = None
    broker_read: Annotated[
        bool | None, Fact("bool", "the broker's positions and orders were read", "any", "service")
    ] = None
    risk_checked: Annotated[bool | None, Fact("bool", "the risk check after a restart passed", "any", "service")] = None
    amount: Annotated[Number, Fact("usd", "new capital, or what a fork took", "positive", "person")] = None
    net_gains: Annotated[
        Number, Fact("usd", "realized gains of the quarter that ended, after fees", "any", "ledger")
    ] = None
    level: Annotated[Number, Fact("count", "the level it happened at", "not_negative", "ledger")] = None
    approved: Annotated[bool | None, Fact("bool", "a person approved of it", "any", "person")] = None


class Account(Rows):
    """One account at the broker."""

    id: Annotated[str, Fact("text", "the account's name at the broker", names=True)]
    form: Annotated[Form | None, word(Form, "a whole account, or a mini of 2.6", "ledger", names=True)] = None
    state: Annotated[State | None, word(State, "where its state machine stands", "service")] = None
    net_liquidation: Annotated[Number, Fact("usd", "net liquidation value", "positive")] = None
    maintenance_margin: Annotated[Number, Fact("usd", "maintenance margin in use", "not_negative")] = None
    trades_today: Annotated[Number, Fact("count", "trades made today", "not_negative")] = None
    opened: Annotated[Day, Fact("date", "the day it was opened", "any", "ledger")] = None
    start: Annotated[Number, Fact("usd", "what a mini started with", "positive", "ledger")] = None
    sub_accounts: Annotated[
        Number, Fact("count", "sub-accounts that its user has at the broker, those applied for counted", "not_negative")
    ] = None
    completed_weeks: Annotated[
        Number, Fact("count", "completed weeks that the ledger has a label of", "not_negative", "ledger")
    ] = None
    predicted_week: Annotated[Week | None, word(Week, "what a model expects of this week", "model")] = None
    sleeves: tuple[Sleeve, ...] | None = None
    orders: tuple[Order, ...] | None = None
    events: tuple[Event, ...] | None = None


class Candidate(Rows):
    """One listed contract with its quote; many of them are written as columns."""

    underlying: Annotated[str, Fact("ticker", "the underlying's symbol", names=True)]
    right: Annotated[Right, word(Right, "put or call", names=True)]
    strike: Annotated[Number, Fact("usd_per_share", "strike price", "positive", names=True)]
    expiration: Annotated[Day, Fact("date", "last day of the contract", names=True)]
    multiplier: Annotated[Number, Fact("shares_per_contract", "shares one contract delivers", "positive", names=True)]
    bid: Annotated[Number, Fact("usd_per_share", "best bid", "not_negative", "market data")] = None
    ask: Annotated[Number, Fact("usd_per_share", "best ask", "positive", "market data")] = None
    quoted_at: Annotated[Moment, Fact("instant", "when bid and ask were observed", "any", "market data")] = None
    delta: Annotated[Number, Fact("ratio", "delta a share, signed, the holder's view", "any", "market data")] = None
    open_interest: Annotated[Number, Fact("contracts", "open contracts", "not_negative", "market data")] = None
    average_daily_volume: Annotated[
        Number, Fact("contracts", "mean daily volume of the series", "not_negative", "market data")
    ] = None
    maintenance_margin: Annotated[
        Number, Fact("usd_per_contract", "what the broker asks for one contract sold", "not_negative")
    ] = None


class Proposal(Candidate):
    """A trade that somebody proposes, sized: it is judged as it stands."""

    account: Annotated[str, Fact("text", "the account it is for", "any", "proposal", names=True)]
    sleeve: Annotated[Kind, word(Kind, "the sleeve it is for", names=True)]
    side: Annotated[Side | None, word(Side, "sell to open, or buy to open", "proposal")] = None
    contracts: Annotated[Number, Fact("contracts", "how many", "positive", "proposal")]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The contracts on offer as columns, each as long as the others, in the scaled integers of their units.

    Every fact of `Candidate` has a column, and so has `occ_symbol`: numbers as integers at the unit's scale,
    dates as proleptic ordinals, instants as UTC milliseconds, words as `str`; `None` is unknown.
    `implausible[fact, row]` says why when a value was delivered, and `found[fact, row]` what it was: scaled,
    or the text of what was no number.
    """

    columns: Mapping[str, list[Any]]
    implausible: Mapping[tuple[str, int], str]
    file: str = field(default="", compare=False)
    found: Mapping[tuple[str, int], int | str] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Candidate]) -> Self:
        """Return rows as columns.

        Raises:
            FormError: The same contract twice.
        """
        listed = tuple(rows)
        return cls.of_columns({name: [getattr(row, name) for row in listed] for name in declared(Candidate)})

    @classmethod
    def of_columns(cls, columns: Mapping[str, Sequence[object]]) -> Self:
        """Return columns of exact values, each as `Candidate` takes it; a fact without a column is unknown.

        Raises:
            FormError: A value that is not of its fact's form, or the same contract twice.
        """
        read = {name: reading.column(columns[name]) for name, reading in readings().items() if name in columns}
        if errors := [error for column in read.values() for error in column.malformed.values()]:
            raise errors[0]
        built = cls.of_read(read)
        if twice := built.repeated():
            row, first = twice[0]
            raise FormError("duplicate-id", f"row {row} has the contract of row {first} again; keep one of them")
        return built

    @classmethod
    def of_read(cls, read: Mapping[str, Column], file: str = "") -> Self:
        """Return columns that were read one by one, all of one length, as one table."""
        length = max((len(column.values) for column in read.values()), default=0)
        facts = declared(Candidate)
        columns: dict[str, list[Any]] = {name: [None] * length for name in facts}
        columns |= {name: column.values for name, column in read.items()}
        odd = {(name, row): value for name, column in read.items() for row, value in column.implausible.items()}
        found = {at: facts[at[0]].scaled(value.found) for at, value in odd.items() if value.found is not None}
        columns["occ_symbol"] = occ_symbols(
            columns["underlying"], columns["expiration"], columns["right"], columns["strike"]
        )
        return cls(columns, {at: value.why for at, value in odd.items()}, file, found)

    @property
    def size(self) -> int:
        """The number of contracts; an empty table is delivered all the same, hence no `len`."""
        return len(self.columns["underlying"])

    def row(self, index: int) -> Candidate:
        """Return one contract as `of` took it."""
        facts = declared(Candidate).items()
        return Candidate.model_validate({name: self._value(name, fact, index) for name, fact in facts})

    def _value(self, name: str, fact: Fact, index: int) -> object:
        if why := self.implausible.get((name, index)):
            return Implausible(why, fact.unscaled(self.found.get((name, index))))
        return fact.unscaled(self.columns[name][index])

    def delivered(self, name: str) -> list[Any]:
        """Return one fact as it came, also what cannot be true: scaled, or the text of what was no number."""
        values = list(self.columns[name])
        for (fact, row), value in self.found.items():
            if fact == name:
                values[row] = value
        return values

    def repeated(self) -> list[tuple[int, int]]:
        """Return each row whose contract stands above already, with the first that has it; nonsense is no strike."""
        named = [self.columns[name] for name in ("underlying", "right", "strike")]
        contracts = list(zip(*named, self.delivered("expiration"), strict=True))
        if len(set(contracts)) == len(contracts):
            return []
        first: dict[tuple[Any, ...], int] = {}
        known = [(row, contract) for row, contract in enumerate(contracts) if None not in contract]
        return [(row, first[contract]) for row, contract in known if first.setdefault(contract, row) != row]

    def judged(self, now: Now) -> Self:
        """Return the table with what cannot be true at an instant as implausible; `now` in scaled terms."""
        again = {at: value for at, value in self.found.items() if self.implausible[at] in REASONS}
        columns = {name: list(values) for name, values in self.columns.items()}
        for (name, row), value in again.items():
            columns[name][row] = value
        odd = {(name, row): why for name, row, why in doubts(columns, now)}
        if not odd and not again:
            return self
        found = {at: value for at, value in self.found.items() if at not in again}
        why = {at: why for at, why in self.implausible.items() if at not in again}
        found |= {(name, row): columns[name][row] for name, row in odd}
        for name, row in odd:
            columns[name][row] = None
        return replace(self, columns=columns, implausible=why | odd, found=found)


class Session(Rows):
    """One session of the exchange."""

    date: Annotated[Date, Fact("date", "its date on the exchange's wall", "any", "calendar")]
    open: Annotated[Instant, Fact("instant", "when trading begins", "any", "calendar")]
    close: Annotated[Instant, Fact("instant", "when trading ends", "any", "calendar")]


class Calendar(Rows):
    """The exchange's sessions as data: every date the law may ask about must lie inside."""

    zone: Annotated[str, Fact("zone", "the exchange's zone", "any", "calendar")]
    sessions: tuple[Session, ...]


class Assumption(Rows):
    """A fact stated over the snapshot, `subject.fact` or `subject.id.fact`; derived facts too."""

    fact: str
    value: Any


@dataclass(frozen=True, slots=True)
class Places:
    """Where values were written, by route; two snapshots that differ in nothing else are equal."""

    at: Mapping[Route, Place] = field(default_factory=dict, compare=False)


class Snapshot(Rows):
    """One instant: everything that `decide` reads. What makes it contradict itself refuses it whole."""

    format: Literal[1]
    origin: str
    as_of: Annotated[Instant, Fact("instant", "the instant that is decided", "any", "snapshot")]
    calendar: Calendar
    market: Market
    host: Host
    symbols: tuple[Symbol, ...]
    accounts: tuple[Account, ...]
    candidates: Annotated[InstanceOf[Candidates] | None, WithJsonSchema({})] = None
    proposals: tuple[Proposal, ...] = ()
    memory: dict[str, dict[str, dict[str, Any]]] | None = None
    assume: tuple[Assumption, ...] = ()
    _places: Places = PrivateAttr(default_factory=Places)

    @property
    def places(self) -> Mapping[Route, Place]:
        """Return where values were written, by routes such as `("accounts", 0, "id")`."""
        return self._places.at

    def placed(self, places: Mapping[Route, Place]) -> Self:
        """Return the same snapshot, knowing where it was written."""
        placed = self.model_copy()
        placed._places = Places(places)  # noqa: SLF001 - its own, and frozen from here on
        return placed

    def changed(self, values: dict[str, Any], zone: ZoneInfo) -> Self:
        """Return the snapshot with other values in it, checked as one that is made; what stays was checked before.

        Args:
            values: Some of its fields, or all of them.
            zone: The zone whose offset an instant written as text must have.

        Raises:
            ValidationError: A value has no form, or the snapshot would contradict itself.
        """
        return self.model_validate(dict(self) | values, context={"zone": zone, "before": self})

    @model_validator(mode="after")
    def _consistent(self, info: ValidationInfo) -> Self:
        before = (info.context or {}).get("before")
        for found in disagreements(self, before):
            raise FormError(found.code, f"{'.'.join(map(str, found.route))}: {found.message}")
        self.__dict__.update(self._doubted(before))
        return self

    def judged(self) -> Self:
        """Return the snapshot as it would have been made; needed after `model_copy`, which checks nothing."""
        return self.model_copy(update=self._doubted())

    def _doubted(self, before: "Snapshot | None" = None) -> dict[str, object]:
        """Return what cannot be true as `Implausible`; what `before` had at the same time has been judged."""
        zone = calendar.zone_of(self.calendar.zone)
        judged = self._shared(before) if before else frozenset()
        changes = below(self, Now(self.as_of, self.as_of.astimezone(zone).date(), Decimal(1)), judged)
        if self.candidates is not None and "candidates" not in judged:
            instant = calendar.milliseconds(self.as_of)
            one = declared(Candidate)["delta"].scaled(Decimal(1))
            changes["candidates"] = self.candidates.judged(Now(instant, calendar.local_date(instant, zone.key), one))
        return changes

    def _shared(self, before: "Snapshot") -> frozenset[str]:
        """Return the fields that are as they were, if the time is too."""
        if (self.as_of, self.calendar.zone) != (before.as_of, before.calendar.zone):
            return frozenset()
        was = vars(before)
        return frozenset(name for name, value in vars(self).items() if value is was[name] or value == was[name])


@cache
def declared(model: type[BaseModel]) -> Mapping[str, Fact]:
    """Return the facts of a model by field name, in the order of the text."""
    found: dict[str, Fact] = {}
    for name, info in model.model_fields.items():
        facts = [item for item in info.metadata if isinstance(item, Fact)]
        if facts:
            found[name] = facts[0]
    return found


def readings(zone: ZoneInfo | None = None) -> dict[str, Reading]:
    """Return how the columns of candidates are read, by fact."""
    fields = Candidate.model_fields
    return {
        name: Reading(fact, nullable=NoneType in get_args(fields[name].annotation), zone=zone)
        for name, fact in declared(Candidate).items()
    }
