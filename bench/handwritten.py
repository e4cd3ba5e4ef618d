"""The baseline: the checks of an entry as one writes them by hand, with none of this project's types.

Slotted objects, floats, every check evaluated, a list of reasons as strings. What the law derives once for a market, an
account, a sleeve, a holding or a symbol is given; what is judged of one contract for one sleeve is worked out here. The
numbers are the law's, bound when the function is made, which is as fast as if they were written into it. It knows no
missing fact: what it is given is complete, and so it does less than the law does.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, TypeAlias

from engine.evaluate import Evaluator
from engine.expr.units import UNITS
from engine.law.model import Constitution
from engine.law.values import Interval
from engine.masks import members
from engine.verdict import Verdict

# What two floats may differ by and be equal, so that a value that stands on a bound is inside it.
NEAR: Final = 1e-9
NEAR_USD: Final = 1e-5
NEAR_SECONDS: Final = 1e-4
# The requirements of EntryPermitted that are checked below, by their ids in the law.
CHECKS: Final = frozenset({
    "cadence_day", "coverage", "delta_in_band", "deployment", "earnings", "enough_open_interest", "enough_volume",
    "entry_window", "expiry_in_band", "exposure", "hedged_week_deployment", "host_sound", "margin", "market_open",
    "max_positions", "max_trades", "mini_over", "narrow_spread", "no_assigned_shares", "no_emergency", "no_freeze",
    "no_halt", "no_pivot", "no_safe", "opening_state", "order_size", "quote_fresh", "standard_contract", "strategy",
    "strike_known", "underlying_fresh", "universe", "vix_fresh",
})  # fmt: skip


@dataclass(slots=True)
class Market:
    now: float
    sound: bool
    today: int
    weekday: str
    clock: float
    opens: float
    closes: float
    vix_at: float
    hedged_week: bool
    days: list[int]
    short_week: bool
    last_day: int


@dataclass(slots=True)
class Account:
    market: Market
    state: str
    freeze: bool
    safe: bool
    halted: bool
    emergency_called: bool
    mini_due: bool
    net_liquidation: float
    margin_taken: float
    position_room: float
    trade_room: float


@dataclass(slots=True)
class Symbol:
    name: str
    spot: float
    spot_at: float
    reports_this_week: bool
    reports: list[int]  # of its issuer
    working_contracts: float


@dataclass(slots=True)
class Holding:
    shares: float
    assigned: bool
    suspended: bool
    reentry_queued: bool
    exposure_room: float
    coverage_room: float


@dataclass(slots=True)
class Terms:
    """Under which a sleeve sells one kind of option."""

    universe: frozenset[str] | None
    day: str | None
    today_is_zero: bool
    shortest: float
    longest: float
    lowest: float
    highest: float
    when_assigned: bool = False
    when_held: bool = False
    when_queued: bool = False


@dataclass(slots=True)
class Sleeve:
    account: Account
    opens: float
    closes: float
    puts: Terms
    calls: Terms
    deployable: float
    deployed: float
    deployment_room: float
    pivot: bool
    holdings: dict[str, Holding]


@dataclass(slots=True)
class Contract:
    symbol: Symbol
    put: bool
    strike: float
    multiplier: float
    expiration: int
    bid: float
    ask: float
    quoted_at: float
    delta: float
    open_interest: float
    volume: float
    margin: float


Judge: TypeAlias = Callable[[Contract, Sleeve, float], list[str]]
Pair: TypeAlias = tuple[Contract, Sleeve, float]


def judge_of(law: Constitution) -> Judge:  # noqa: PLR0915 - one check after the other, as one writes it by hand
    """Return the function that gives every reason for which a contract may not be sold for a sleeve."""
    numbers = Numbers(law)
    at_most_open = numbers["deployment_ceiling"]
    margin_limit = numbers["margin_limit"] + NEAR
    open_interest_floor = numbers["open_interest_floor"] - NEAR
    volume_floor = numbers["volume_floor"] - NEAR
    spread_limit = numbers["spread_limit"] + NEAR
    age_limit = numbers["data_age_limit"] + NEAR_SECONDS
    volume_share = numbers["order_volume_limit"]
    full_week = int(numbers["full_week"])
    lot_size = numbers["lot_size"]
    states = numbers.words("opening_states")
    never_report = numbers.words("never_report")

    def judge(contract: Contract, sleeve: Sleeve, contracts: float) -> list[str]:  # noqa: PLR0915 - likewise
        reasons: list[str] = []
        symbol, account, put = contract.symbol, sleeve.account, contract.put
        market, holding = account.market, sleeve.holdings[symbol.name]
        terms = sleeve.puts if put else sleeve.calls
        notional = contract.strike * contract.multiplier * contracts if put else 0.0

        if account.state not in states:
            reasons.append("state")
        if account.freeze:
            reasons.append("freeze")
        if account.safe:
            reasons.append("safe")
        if account.halted:
            reasons.append("halt")
        if account.emergency_called:
            reasons.append("emergency")
        if account.mini_due:
            reasons.append("mini_due")
        if account.position_room <= 0:
            reasons.append("max_positions")
        if account.trade_room <= 0:
            reasons.append("max_trades")
        if not market.opens <= market.now <= market.closes:
            reasons.append("market_closed")
        if market.now - market.vix_at > age_limit:
            reasons.append("stale")
        if symbol.spot <= 0 or market.now - symbol.spot_at > age_limit:
            reasons.append("stale")
        if not sleeve.opens <= market.clock <= sleeve.closes:
            reasons.append("window")
        if terms.day is not None and market.weekday != terms.day:
            reasons.append("cadence_day")

        if (
            (terms.when_assigned and not holding.assigned)
            or (terms.when_queued and not holding.reentry_queued)
            or (terms.when_held and holding.shares <= 0)
        ):
            reasons.append("strategy")
        if terms.universe is not None and symbol.name not in terms.universe:
            reasons.append("universe")
        life = bisect_right(market.days, contract.expiration) - bisect_right(market.days, market.today)
        if not terms.today_is_zero:
            life = full_week if market.short_week and contract.expiration == market.last_day else life + 1
        if not terms.shortest <= life <= terms.longest:
            reasons.append("dte")
        if not terms.lowest <= abs(contract.delta) <= terms.highest:
            reasons.append("delta")
        reports = symbol.name not in never_report and (
            symbol.reports_this_week or any(market.today <= day <= contract.expiration for day in symbol.reports)
        )
        if put and reports:
            reasons.append("earnings_week")
        if put and sleeve.pivot:
            reasons.append("pivot")
        if put and holding.suspended:
            reasons.append("assigned_shares")

        if contract.strike <= 0:
            reasons.append("strike")
        if contract.multiplier != lot_size:
            reasons.append("multiplier")
        if not market.sound:
            reasons.append("unsound")
        mid = (contract.bid + contract.ask) / 2
        if contract.open_interest < open_interest_floor:
            reasons.append("open_interest")
        if contract.volume < volume_floor:
            reasons.append("volume")
        if (contract.ask - contract.bid) / mid > spread_limit:
            reasons.append("spread")
        if market.now - contract.quoted_at > age_limit:
            reasons.append("stale")

        if notional > holding.exposure_room + NEAR_USD:
            reasons.append("per_symbol_exposure")
        if notional and sleeve.deployed + notional > at_most_open * sleeve.deployable + NEAR_USD:
            reasons.append("deployment")
        if notional and market.hedged_week and notional > sleeve.deployment_room + NEAR_USD:
            reasons.append("deployment_halved")
        margin = contract.margin if put else 0.0
        if notional and (account.margin_taken + margin * contracts) / account.net_liquidation > margin_limit:
            reasons.append("margin")
        if contracts > contract.volume * volume_share - symbol.working_contracts + NEAR:
            reasons.append("order_gt_adv")
        if not put and contract.multiplier * contracts > holding.coverage_room + NEAR:
            reasons.append("coverage")
        return reasons

    return judge


class Numbers:
    """The law's parameters as floats: ratios, dollars, seconds."""

    def __init__(self, law: Constitution) -> None:
        self.parameters = law.parameters

    def __getitem__(self, name: str) -> float:
        value = self.parameters[name].value
        if not isinstance(value, int):
            raise TypeError(name)
        return self._plain(name, value)

    def between(self, name: str) -> tuple[float, float]:
        """Return the ends of an interval, both inside."""
        value = self.parameters[name].value
        if not isinstance(value, Interval) or not isinstance(value.lower, int) or not isinstance(value.upper, int):
            raise TypeError(name)
        return self._plain(name, value.lower) - NEAR, self._plain(name, value.upper) + NEAR

    def words(self, name: str) -> frozenset[str]:
        value = self.parameters[name].value
        return frozenset(map(str, value)) if isinstance(value, tuple) else frozenset({str(value)})

    def word(self, name: str) -> str:
        return str(self.parameters[name].value)

    def _plain(self, name: str, value: int) -> float:
        return float(Fraction(value, 10 ** UNITS[self.parameters[name].unit].scale))


def pairs(law: Constitution, verdict: Verdict) -> list[Pair]:
    """Return every contract with every sleeve it is considered for, and how many, in the order of the law's entries."""
    return _Desk(Numbers(law), verdict.evaluator).pairs()


def disagreements(law: Constitution, verdict: Verdict) -> Iterator[str]:
    """Yield every contract and sleeve for which the law's reasons are not those of the baseline."""
    program, judge = verdict.program, judge_of(law)
    rules = program.requires["EntryPermitted"]
    if unchecked := {rule.id for rule in rules} ^ CHECKS:
        yield f"the baseline and the law do not check the same: {', '.join(sorted(unchecked))}"
    judged = pairs(law, verdict)
    for number, row, _, missed, unknown in verdict.standing:
        if program.decides[number].kind == "EntryPermitted":
            by_law = sorted(rule.reason for rule in members(missed, rules))
            by_hand = sorted(judge(*judged[row]))
            if unknown or by_law != by_hand:
                found = f"the law says {', '.join(by_law) or 'yes'}, the baseline {', '.join(by_hand) or 'yes'}"
                yield f"{verdict.facts.ids['entry'][row]}: {found}"


@dataclass
class _Desk:
    """Makes the slotted objects from a snapshot that the law has been through."""

    numbers: Numbers
    evaluator: Evaluator

    def pairs(self) -> list[Pair]:
        market = self._market()
        accounts = [self._account(row, market) for row in self._rows("account")]
        symbols = [self._symbol(row) for row in self._rows("symbol")]
        sleeves = [self._sleeve(row, accounts) for row in self._rows("sleeve")]
        contracts = [self._contract(row, symbols) for row in self._rows("candidate")]
        columns = self.evaluator.facts.columns
        above = zip(columns["entry>candidate"], columns["entry>sleeve"], columns["entry.contracts"], strict=True)
        return [(contracts[candidate], sleeves[sleeve], float(count)) for candidate, sleeve, count in above]

    def _rows(self, subject: str) -> range:
        return range(len(self.evaluator.facts.ids[subject]))

    def _any(self, subject: str, fact: str, row: int) -> Any:  # noqa: ANN401 - as many types as kinds
        value = self.evaluator.fact(subject, fact, row)
        if isinstance(value, frozenset):
            raise ValueError(f"{subject}.{fact} of row {row} is unknown: {', '.join(map(str, value))}")
        return float(value) if isinstance(value, Fraction) else value

    def _all(self, subject: str, row: int, **facts: str) -> Mapping[str, Any]:
        return {name: self._any(subject, fact, row) for name, fact in facts.items()}

    def _market(self) -> Market:
        opens, closes = (self._any("market", name, 0) for name in ("opens_at", "closes_at"))
        today, calendar = int(self._any("market", "today", 0)), self.evaluator.kleene
        sessions = self.evaluator.facts.snapshot.calendar.sessions
        return Market(
            sound=self._any("host", "healthy", 0) and self._any("host", "reconciled", 0),
            **self._all("market", 0, now="as_of", weekday="weekday", clock="local_time", vix_at="vix_at"),
            today=today,
            opens=opens,
            closes=closes,
            hedged_week=self._any("market", "hedged_week", 0),
            days=[session.date.toordinal() for session in sessions],
            short_week=(calendar.week_sessions(today) or 0) < self.numbers["full_week"],
            last_day=calendar.last_session(today) or 0,
        )

    def _account(self, row: int, market: Market) -> Account:
        names = (
            "state",
            "freeze",
            "safe",
            "halted",
            "emergency_called",
            "mini_due",
            "net_liquidation",
            "margin_taken",
            "position_room",
            "trade_room",
        )
        return Account(market=market, **self._all("account", row, **dict(zip(names, names, strict=True))))

    def _symbol(self, row: int) -> Symbol:
        facts = self.evaluator.facts
        name, shared = facts.ids["symbol"][row], self.numbers.words("shared_issuer")
        issuer = [row] if name not in shared else [facts.ids["symbol"].index(ticker) for ticker in shared]
        reports = [report for ticker in issuer for report in facts.columns["symbol<earnings"][ticker] or ()]
        return Symbol(
            name=name,
            reports_this_week=self._any("symbol", "reports_this_week", row),
            reports=[facts.columns["report.date"][report] for report in reports],
            **self._all("symbol", row, spot="spot", spot_at="spot_at", working_contracts="working_contracts"),
        )

    def _sleeve(self, row: int, accounts: list[Account]) -> Sleeve:
        facts = self.evaluator.facts
        kind = str(self._any("sleeve", "kind", row))
        opens, closes = self.numbers.between(f"{kind}_window")
        names = ("deployable", "deployed", "deployment_room", "pivot")
        return Sleeve(
            account=accounts[facts.columns["sleeve>account"][row]],
            opens=opens,
            closes=closes,
            puts=self._puts(kind),
            calls=self._calls(kind),
            holdings={
                facts.columns["holding.symbol"][holding]: self._holding(holding)
                for holding in facts.columns["sleeve<holdings"][row]
            },
            **self._all("sleeve", row, **dict(zip(names, names, strict=True))),
        )

    def _holding(self, row: int) -> Holding:
        names = ("shares", "assigned", "suspended", "reentry_queued", "exposure_room", "coverage_room")
        return Holding(**self._all("holding", row, **dict(zip(names, names, strict=True))))

    def _puts(self, kind: str) -> Terms:
        """Gen and Rev sell puts under their own terms, Com under those of its calls, to regain shares."""
        life, band = (f"{kind}_dte", f"{kind}_delta_band") if kind != "com" else ("com_dte", "call_delta_band")
        if kind == "gen" and self._any("host", "stress_test", 0):
            life = "gen_stress_dte"
        return self._terms(kind, life, band, when_queued=kind == "com")

    def _calls(self, kind: str) -> Terms:
        """Com writes calls on its day; Gen and Rev on what was assigned to them, any day and any ticker."""
        terms = self._terms("com", "com_dte", "call_delta_band")
        if kind == "com":
            terms.when_held = True
        else:
            terms.universe, terms.day, terms.when_assigned = None, None, True
        return terms

    def _terms(self, kind: str, life: str, band: str, *, when_queued: bool = False) -> Terms:
        return Terms(
            self.numbers.words(f"{kind}_universe"),
            self.numbers.word(f"{kind}_day"),
            kind == "gen",
            *self.numbers.between(life),
            *self.numbers.between(band),
            when_queued=when_queued,
        )

    def _contract(self, row: int, symbols: list[Symbol]) -> Contract:
        return Contract(
            symbol=symbols[self.evaluator.facts.columns["candidate>symbol"][row]],
            put=self._any("candidate", "right", row) == "put",
            expiration=int(self._any("candidate", "expiration", row)),
            **self._all(
                "candidate",
                row,
                strike="strike",
                multiplier="multiplier",
                bid="bid",
                ask="ask",
                quoted_at="quoted_at",
                delta="delta",
                open_interest="open_interest",
                volume="average_daily_volume",
                margin="maintenance_margin",
            ),
        )
