"""By hand: the rule set as one writes it in Python, with slotted objects, floats and a list of reasons.

Every check is evaluated. The numbers of the law are bound when the function is made, which is as fast as if they were
written into it. `Each` makes every check for every candidate; `Shared` makes those of a scene once, those of a ticker
once, and only the others for every candidate, as the compiled law does.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from bench.peers.scene import Answers, Scene

PACKAGES: Final = ()
# What two floats may differ by and be equal, so that a value that stands on a bound is inside it.
NEAR: Final = 1e-9
NEAR_USD: Final = 1e-5
NEAR_SECONDS: Final = 1e-4


@dataclass(slots=True)
class Host:
    broker_connected: bool
    healthy: bool
    reconciled: bool
    schedule_built: bool
    ledger_written: bool
    stress_test: bool


@dataclass(slots=True)
class Market:
    as_of: float
    vix: float
    vix_at: float
    vix_close: float
    vix_close_date: int
    breadth: float
    breadth_date: int


@dataclass(slots=True)
class Symbol:
    symbol: str
    spot: float
    spot_at: float


@dataclass(slots=True)
class Account:
    form: str
    state: str
    net_liquidation: float
    maintenance_margin: float
    trades_today: int
    opened: int
    start: float
    sub_accounts: int
    completed_weeks: int
    predicted_week: str


@dataclass(slots=True)
class Sleeve:
    kind: str
    equity: float
    close_equity: float
    quarterly_net_gains: float
    hedge_spent_quarter: float
    base_capital: float
    free_cash: float


@dataclass(slots=True)
class Holding:
    shares: int
    assigned: bool
    leap_cash: float


@dataclass(slots=True)
class Candidate:
    symbol: Symbol
    holding: Holding
    right: str
    strike: float
    expiration: int
    multiplier: int
    bid: float
    ask: float
    quoted_at: float
    delta: float
    open_interest: int
    average_daily_volume: int
    maintenance_margin: float
    contracts: int


@dataclass(slots=True)
class Desk:
    """One scene, everything linked."""

    host: Host
    market: Market
    account: Account
    sleeve: Sleeve
    candidates: list[Candidate]


@dataclass(slots=True)
class Day:
    """What is derived once for a scene."""

    regime: str
    delta_cap: float
    margin_left: float
    room: float


Scenic: TypeAlias = Callable[[Desk, list[str]], Day]
Ticker: TypeAlias = Callable[[Desk, Symbol, Holding, list[str]], float]
Single: TypeAlias = Callable[[Desk, Day, Candidate, float, list[str]], None]


class Each:
    """every check for every candidate"""

    def __init__(self, text: str) -> None:
        self.of_scene, self.of_ticker, self.of_candidate = checks(json.loads(text))

    def ready(self, scene: Scene) -> Desk:
        return desk(scene)

    def answer(self, native: Desk) -> Answers:
        of_scene, of_ticker, of_candidate = self.of_scene, self.of_ticker, self.of_candidate
        found = []
        for candidate in native.candidates:
            reasons: list[str] = []
            day = of_scene(native, reasons)
            room = of_ticker(native, candidate.symbol, candidate.holding, reasons)
            of_candidate(native, day, candidate, room, reasons)
            found.append(reasons)
        return found


class Shared(Each):
    """checks of the scene once, of a ticker once, the others for every candidate"""

    def answer(self, native: Desk) -> Answers:
        of_ticker, of_candidate = self.of_ticker, self.of_candidate
        every: list[str] = []
        day = self.of_scene(native, every)
        known: dict[str, tuple[list[str], float]] = {}
        found = []
        for candidate in native.candidates:
            symbol = candidate.symbol
            ticker = known.get(symbol.symbol)
            if ticker is None:
                shared = [*every]
                ticker = known[symbol.symbol] = shared, of_ticker(native, symbol, candidate.holding, shared)
            reasons = [*ticker[0]]
            of_candidate(native, day, candidate, ticker[1], reasons)
            found.append(reasons)
        return found


def checks(law: dict[str, Any]) -> tuple[Scenic, Ticker, Single]:
    return _of_scene(law), _of_ticker(law), _of_candidate(law)


def _of_scene(law: dict[str, Any]) -> Scenic:  # noqa: PLR0915 - one check after the other, as one writes it by hand
    age_limit = law["data_age_limit"] + NEAR_SECONDS
    halt_vix, calm_vix, tense_vix, storm_vix = (
        law[f"{name}_vix"] - NEAR for name in ("halt", "calm", "tense", "storm")
    )
    calm_level, quiet_vix, jump_limit = law["calm_vix"], law["quiet_vix"] - NEAR, law["jump_limit"] + NEAR
    strain_limit, breadth_floor = law["strain_limit"] + NEAR, law["breadth_floor"] - NEAR
    thinnest, broadest = law["breadth_band"][0] - NEAR, law["breadth_band"][1] + NEAR
    regimes, states = frozenset(law["tradable_regimes"]), frozenset(law["opening_states"])
    shares = {regime: law[f"{regime}_share"] for regime in ("calm", "watchful", "tense", "storm")}
    caps, rough_cap = {"calm": law["calm_cap"], "watchful": law["watchful_cap"]}, law["rough_cap"]
    mini_floor, worth_floor = law["mini_floor"] - NEAR_USD, law["worth_floor"] - NEAR_USD
    small, large = law["small_account"] - NEAR_USD, law["large_account"] - NEAR_USD
    small_trades, medium_trades, large_trades = (law[f"{size}_trades"] for size in ("small", "medium", "large"))
    small_vix, margin_limit, cushion = law["small_vix"] + NEAR, law["margin_limit"], law["cushion"]
    sub_limit, seasoning, probation = law["sub_limit"], law["seasoning"], law["probation"]
    avoided, start_loss_limit = frozenset(law["avoided_weeks"]), law["start_loss_limit"]
    kinds, day_loss_limit, base_floor = frozenset(law["writing_sleeves"]), law["day_loss_limit"], law["base_floor"]
    quarter_limit, hedge_share, hedge_base = (
        -law["quarter_loss_limit"] - NEAR_USD,
        law["hedge_share"],
        law["hedge_base"],
    )
    cash_floor, stress_cash = law["cash_floor"] - NEAR_USD, law["stress_cash"] - NEAR_USD
    room_floor, sleeve_limit = law["room_floor"] - NEAR_USD, law["sleeve_limit"]

    def judge(desk: Desk, reasons: list[str]) -> Day:  # noqa: PLR0915 - likewise
        host, market, account, sleeve = desk.host, desk.market, desk.account, desk.sleeve
        if not host.broker_connected:
            reasons.append("broker")
        if not (host.healthy and host.reconciled):
            reasons.append("sound")
        if not host.schedule_built:
            reasons.append("schedule")
        if not host.ledger_written:
            reasons.append("ledger")
        if host.stress_test and not host.ledger_written:
            reasons.append("drill")

        vix, change = market.vix, market.vix - market.vix_close
        if vix < calm_vix:
            regime = "calm"
        elif vix < tense_vix:
            regime = "watchful"
        elif vix < storm_vix:
            regime = "tense"
        else:
            regime = "storm"
        stressed = regime == "storm" or market.breadth < breadth_floor
        if market.as_of - market.vix_at > age_limit:
            reasons.append("vix_stale")
        if vix >= halt_vix:
            reasons.append("vix_halt")
        if change > jump_limit:
            reasons.append("vix_jump")
        if vix < quiet_vix:
            reasons.append("vix_asleep")
        if not thinnest <= market.breadth <= broadest:
            reasons.append("breadth")
        if market.breadth_date != market.vix_close_date:
            reasons.append("closes_differ")
        if regime not in regimes:
            reasons.append("regime")
        if max(vix - calm_level, change + change) > strain_limit:
            reasons.append("strain")

        worth, margin = account.net_liquidation, account.maintenance_margin
        if account.state not in states:
            reasons.append("state")
        if account.form != "full" and worth < mini_floor:
            reasons.append("form")
        if margin > margin_limit * worth + NEAR_USD:
            reasons.append("margin_used")
        trades = small_trades if worth < small else medium_trades if worth < large else large_trades
        if trades - account.trades_today <= 0:
            reasons.append("trades")
        if worth < worth_floor:
            reasons.append("worth")
        if account.sub_accounts > sub_limit:
            reasons.append("subs")
        if account.completed_weeks < seasoning and account.form != "mini":
            reasons.append("seasoned")
        if account.predicted_week in avoided:
            reasons.append("week")
        if account.start - worth > start_loss_limit * account.start + NEAR_USD:
            reasons.append("start_loss")
        if market.vix_close_date - account.opened < probation:
            reasons.append("probation")
        margin_left = margin_limit * worth - margin
        if margin_left < cushion * worth - NEAR_USD:
            reasons.append("cushion")
        if worth < small and vix > small_vix:
            reasons.append("small_in_fear")

        equity, cash = sleeve.equity, sleeve.free_cash
        if sleeve.kind not in kinds:
            reasons.append("sleeve")
        if sleeve.close_equity - equity > day_loss_limit * sleeve.close_equity + NEAR_USD:
            reasons.append("day_loss")
        if equity < base_floor * sleeve.base_capital - NEAR_USD:
            reasons.append("base")
        if sleeve.quarterly_net_gains < quarter_limit:
            reasons.append("quarter")
        if sleeve.hedge_spent_quarter > hedge_share * max(sleeve.quarterly_net_gains, hedge_base) + NEAR_USD:
            reasons.append("hedges")
        if cash < cash_floor and regime != "calm":
            reasons.append("cash")
        if stressed and cash < stress_cash:
            reasons.append("stress")
        room = shares[regime] * (equity - sleeve.hedge_spent_quarter)
        if room < room_floor:
            reasons.append("room")
        if equity > sleeve_limit * worth + NEAR_USD:
            reasons.append("sleeve_size")
        return Day(regime, rough_cap if stressed else caps.get(regime, rough_cap), margin_left, room)

    return judge


def _of_ticker(law: dict[str, Any]) -> Ticker:
    age_limit, spot_floor = law["data_age_limit"] + NEAR_SECONDS, law["spot_floor"] - NEAR
    universe, exposure_limit = frozenset(law["universe"]), law["exposure_limit"]
    leap_share, concentration = law["leap_share"], law["concentration"]

    def judge(desk: Desk, symbol: Symbol, holding: Holding, reasons: list[str]) -> float:
        if desk.market.as_of - symbol.spot_at > age_limit:
            reasons.append("spot_stale")
        if symbol.symbol not in universe:
            reasons.append("universe")
        if symbol.spot < spot_floor:
            reasons.append("spot_low")
        exposure = holding.shares * symbol.spot
        room: float = exposure_limit * desk.sleeve.equity - exposure
        if holding.assigned:
            reasons.append("assigned")
        if room < NEAR_USD:
            reasons.append("exposed")
        if holding.leap_cash > leap_share * desk.sleeve.free_cash + NEAR_USD:
            reasons.append("leaps")
        if exposure > concentration * desk.account.net_liquidation + NEAR_USD:
            reasons.append("concentrated")
        return room

    return judge


def _of_candidate(law: dict[str, Any]) -> Single:  # noqa: PLR0915 - likewise
    age_limit, call_regimes = law["data_age_limit"] + NEAR_SECONDS, frozenset(law["call_regimes"])
    lot_size, bid_floor, spread_limit = law["lot_size"], law["bid_floor"] - NEAR, law["spread_limit"]
    widest, (shortest, longest) = law["widest"] + NEAR, law["life_band"]
    lowest, highest = law["delta_band"][0] - NEAR, law["delta_band"][1] + NEAR
    interest_floor, volume_floor, turnover = law["interest_floor"], law["volume_floor"], law["turnover_limit"]
    nearest, farthest = law["nearest"], law["farthest"]
    volume_share, yield_floor = law["volume_share"], law["yield_floor"]

    def judge(desk: Desk, day: Day, candidate: Candidate, room: float, reasons: list[str]) -> None:
        market, bid, ask = desk.market, candidate.bid, candidate.ask
        strike, multiplier, spot = candidate.strike, candidate.multiplier, candidate.symbol.spot
        volume, contracts, margin = candidate.average_daily_volume, candidate.contracts, candidate.maintenance_margin
        put = candidate.right == "put"
        if not put and day.regime not in call_regimes:
            reasons.append("right")
        if multiplier != lot_size:
            reasons.append("multiplier")
        if market.as_of - candidate.quoted_at > age_limit:
            reasons.append("quote_stale")
        spread, mid = ask - bid, (bid + ask) / 2
        if bid < bid_floor:
            reasons.append("bid")
        if ask <= bid:
            reasons.append("crossed")
        if spread > spread_limit * mid + NEAR:
            reasons.append("spread")
        if spread > widest:
            reasons.append("wide")
        if not shortest <= candidate.expiration - market.vix_close_date <= longest:
            reasons.append("life")
        delta = abs(candidate.delta)
        if not lowest <= delta <= highest:
            reasons.append("delta")
        if delta > day.delta_cap + NEAR:
            reasons.append("delta_today")
        if candidate.open_interest < interest_floor:
            reasons.append("interest")
        if volume < volume_floor:
            reasons.append("volume")
        if candidate.open_interest > turnover * volume:
            reasons.append("turnover")
        out = spot - strike if put else strike - spot
        if out < nearest * spot - NEAR:
            reasons.append("near")
        if out > farthest * spot + NEAR:
            reasons.append("far")
        if margin > strike * multiplier + NEAR_USD:
            reasons.append("dear")
        notional = strike * multiplier * contracts
        if notional > room + NEAR_USD:
            reasons.append("exposure")
        if notional > day.room + NEAR_USD:
            reasons.append("deployment")
        if margin * contracts > day.margin_left + NEAR_USD:
            reasons.append("margin")
        if contracts > volume_share * volume + NEAR:
            reasons.append("order_size")
        if mid * multiplier * contracts < yield_floor * notional - NEAR_USD:
            reasons.append("yield")

    return judge


_PRICES: Final = frozenset({"vix", "vix_close", "spot", "strike", "bid", "ask"})
_RATIOS: Final = frozenset({"breadth", "delta"})
_TIMES: Final = frozenset({"as_of", "vix_at", "spot_at", "quoted_at"})
_MONEY: Final = frozenset({
    "net_liquidation", "maintenance_margin", "start", "equity", "close_equity", "quarterly_net_gains",
    "hedge_spent_quarter", "base_capital", "free_cash", "leap_cash",
})  # fmt: skip
_UNDER: Final = {
    **dict.fromkeys(_PRICES, 1e4),
    **dict.fromkeys(_RATIOS, 1e6),
    **dict.fromkeys(_TIMES, 1e3),
    **dict.fromkeys(_MONEY, 1e2),
}


def desk(scene: Scene) -> Desk:
    """Return a scene as linked objects; prices in dollars, ratios of one, seconds."""
    symbols = {name: Symbol(**_plain(row.items())) for name, row in scene["symbols"].items()}
    holdings = {name: Holding(**_plain(row.items())) for name, row in scene["holdings"].items()}
    candidates = [
        Candidate(
            symbol=symbols[row["underlying"]],
            holding=holdings[row["underlying"]],
            **_plain((name, value) for name, value in row.items() if name not in {"id", "underlying"}),
        )
        for row in scene["candidates"]
    ]
    kinds = {"host": Host, "market": Market, "account": Account, "sleeve": Sleeve}
    return Desk(**{name: kind(**_plain(scene[name].items())) for name, kind in kinds.items()}, candidates=candidates)


def _plain(facts: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value / _UNDER[name] if name in _UNDER else value for name, value in facts}
