"""Full snapshots, made in memory: an account of three sleeves, its positions and a chain. All of it is made up.

Calm: every position is far from its strike. Rout: every position is a put between two and three ATRs under its strike
and finds a contract to roll into, at a price that 6.10 allows.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import cycle, islice, product
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from engine.expr.units import UNITS
from engine.facts import (
    RIGHTS,
    Account,
    Bar,
    Calendar,
    Candidate,
    Candidates,
    Holding,
    Host,
    Kind,
    Market,
    Position,
    Proposal,
    Report,
    Right,
    Session,
    Sleeve,
    Snapshot,
    Symbol,
)
from engine.series import Series

NEW_YORK: Final = ZoneInfo("America/New_York")
AS_OF: Final = datetime(2026, 3, 5, 10, tzinfo=NEW_YORK)  # a Thursday: Gen's window is open
TODAY: Final = AS_OF.date()
TOMORROW: Final = date(2026, 3, 6)
SPOTS: Final = {
    "AAPL": "260.80",
    "AMZN": "215.60",
    "GOOG": "300.90",
    "GOOGL": "300.10",
    "IWM": "258.45",
    "META": "655.00",
    "MSFT": "400.90",
    "NVDA": "181.20",
    "QQQ": "605.10",
    "SPY": "684.30",
    "TSLA": "402.50",
}
HEDGES: Final = {"SPX": "6843.00", "VIX": "18.00"}
TICKERS: Final[dict[Kind, tuple[str, ...]]] = {
    "gen": ("AAPL", "MSFT", "AMZN", "GOOG", "SPY", "QQQ", "IWM"),
    "rev": ("NVDA", "TSLA"),
    "com": ("AAPL", "MSFT", "AMZN", "GOOGL", "NVDA", "TSLA", "META"),
}
EXPIRATIONS: Final = (TOMORROW, date(2026, 3, 11), date(2026, 3, 12), date(2026, 3, 13))
LAST: Final = date(2026, 9, 18)
CENT: Final = Decimal("0.01")
LOT: Final = Decimal(100)
# Steps of half a percent out of the money (below zero: into it), those inside the law's delta bands first.
STEPS: Final = (2, 5, 8, -1, 1, 4, 9, 0, 3, 6, 7, *range(10, 40), *range(-2, -40, -1))


@dataclass(frozen=True, slots=True)
class Scene:
    """How large a snapshot is, and how bad the day."""

    positions: int = 50
    candidates: int = 500
    rout: bool = False
    as_of: datetime = AS_OF

    def snapshot(self) -> Snapshot:
        """Return it; `memory` is that of an account to which nothing has happened yet."""
        return Snapshot(
            format=1,
            origin="Made up for a measurement",
            as_of=self.as_of,
            calendar=Calendar(zone=NEW_YORK.key, sessions=_sessions()),
            market=Market(
                vix=Decimal(44 if self.rout else 18),
                vix_at=self.as_of - timedelta(seconds=5),
                vix_close=Decimal(42 if self.rout else 18),
                vix_close_date=date(2026, 3, 4),
                vix_closes=_closes(Decimal(18)),
                spx_closes=_closes(Decimal(6000)),
                breadth=Decimal("0.5"),
                breadth_date=date(2026, 3, 4),
            ),
            host=Host(
                broker_connected=True,
                healthy=True,
                reconciled=True,
                schedule_built=True,
                ledger_written=True,
                stress_test=False,
            ),
            symbols=tuple(_symbol(name, Decimal(spot), self.as_of) for name, spot in (SPOTS | HEDGES).items()),
            accounts=(self._account(),),
            candidates=Candidates.of(self.chain()),
            memory={},
        )

    def chain(self) -> list[Candidate]:
        """Return the contracts on offer; a few at the end are what hedges are bought from."""
        hedges = min(self.candidates // 25, 20)
        listed = (_Listed(*terms) for terms in product(STEPS, EXPIRATIONS, RIGHTS, SPOTS))
        picked = islice(listed, self.candidates - hedges)
        return [
            *(_contract(number, listed, self) for number, listed in enumerate(picked)),
            *(_hedge(number, self) for number in range(hedges)),
        ]

    def _account(self) -> Account:
        sleeves = tuple(self._sleeve(kind) for kind in TICKERS)
        equity = sum((sleeve.equity for sleeve in sleeves if isinstance(sleeve.equity, Decimal)), Decimal(0))
        return Account(
            id="A1",
            form="full",
            state="ANALYZING",
            net_liquidation=equity,
            maintenance_margin=equity * Decimal("0.3"),
            trades_today=Decimal(4),
            sub_accounts=Decimal(3),
            opened=date(2025, 1, 2),
            sleeves=sleeves,
            orders=(),
            events=(),
        )

    def _sleeve(self, kind: Kind) -> Sleeve:
        """Return a sleeve with its part of the positions: half of them Gen's, a fifth Rev's, the rest Com's."""
        shares: dict[Kind, tuple[int, int]] = {"gen": (0, 50), "rev": (50, 70), "com": (70, 100)}
        first, last = (self.positions * percent // 100 for percent in shares[kind])
        tickers = list(islice(cycle(TICKERS[kind]), last - first))
        right: Right = "call" if kind == "com" and not self.rout else "put"
        positions = tuple(self._position(first + n, name, right) for n, name in enumerate(tickers))
        equity = Decimal(40_000) * max(self.positions, 50) * (2 if kind == "gen" else 1)
        return Sleeve(
            kind=kind,
            equity=equity,
            close_equity=equity,
            quarterly_net_gains=equity / 20,
            hedge_spent_quarter=Decimal(0),
            base_capital=equity,
            free_cash=Decimal(0),
            flows=(),
            holdings=tuple(
                Holding(symbol=name, shares=LOT * (tickers.count(name) + 2), assigned=False)
                for name in TICKERS[kind]
                if kind == "com"
            ),
            positions=positions,
        )

    def _position(self, number: int, name: str, right: Right) -> Position:
        spot = Decimal(SPOTS[name])
        atrs = Decimal(21 + number % 8) / 10 if self.rout else Decimal(number % 5 - 5)
        strike = (spot + atrs * _range(spot) * (1 if right == "put" else -1)).quantize(CENT)
        mid = (spot * (Decimal("0.03") if self.rout else Decimal("0.004"))).quantize(CENT)
        credit = (spot * (Decimal("0.025") if self.rout else Decimal("0.006"))).quantize(CENT)
        delta = Decimal("0.60") if self.rout else Decimal("0.20")
        return Position(
            id=f"P{number:04}",
            underlying=name,
            right=right,
            strike=strike,
            expiration=TOMORROW if self.rout or right == "put" else date(2026, 3, 13),
            multiplier=LOT,
            quantity=Decimal(-1),
            bid=mid - CENT,
            ask=mid + CENT,
            quoted_at=self.as_of - timedelta(seconds=4),
            delta=-delta if right == "put" else delta,
            credit=credit,
            original_credit=credit,
            rolled_cost=Decimal(0),
            finish_in_the_money=delta,
            early_assignment_risk=Decimal("0.01"),
        )


def with_chain(snapshot: Snapshot, chain: list[Candidate]) -> Snapshot:
    """Return the same snapshot with other contracts on offer."""
    return snapshot.model_copy(update={"candidates": Candidates.of(chain)}).judged()


def with_proposal(snapshot: Snapshot, contract: Candidate, kind: Kind) -> Snapshot:
    """Return the same snapshot with nothing on offer, but one contract proposed for one sleeve."""
    fields = {name: getattr(contract, name) for name in Candidate.model_fields}
    proposal = Proposal(account="A1", sleeve=kind, side="sell", contracts=Decimal(1), **fields)
    return with_chain(snapshot, []).model_copy(update={"proposals": (proposal,)}).judged()


def _closes(level: Decimal) -> Series:
    """Return a year of official closes, all alike."""
    days = (TODAY - timedelta(days=number) for number in range(1, 400))
    scale = 10 ** UNITS["closes"].scale
    return Series.of({day.toordinal(): int(level * scale) for day in days if day.isoweekday() <= 5}, {})


def _sessions() -> tuple[Session, ...]:
    """Return every weekday from two weeks before to four weeks after the last expiration, the hedges' own."""
    days = (TODAY + timedelta(days=number) for number in range(-14, (LAST - TODAY).days + 29))
    return tuple(
        Session(
            date=day,
            open=datetime.combine(day, time(9, 30), NEW_YORK),
            close=datetime.combine(day, time(16), NEW_YORK),
        )
        for day in days
        if day.isoweekday() <= 5
    )


def _range(spot: Decimal) -> Decimal:
    """Return the true range of every session, hence the ATR: one percent."""
    return (spot / 100).quantize(CENT)


def _symbol(name: str, spot: Decimal, as_of: datetime) -> Symbol:
    days = [session.date for session in _sessions() if session.date < as_of.date()][-6:]
    low = spot - (_range(spot) / 2).quantize(CENT)
    return Symbol(
        symbol=name,
        spot=spot,
        spot_at=as_of - timedelta(seconds=5),
        bars=tuple(Bar(date=day, high=low + _range(spot), low=low, close=spot) for day in days),
        earnings=(Report(date=date(2026, 1, 29)), Report(date=date(2026, 3 if name == "MSFT" else 4, 5))),
    )


class _Listed(NamedTuple):
    """Where a contract stands in a chain: how many steps out of the money, until when, of which kind, on what."""

    step: int
    expiration: date
    right: Right
    name: str


def _contract(number: int, listed: _Listed, scene: Scene) -> Candidate:
    """Return one contract; save of one expiration some are wide, thin, hardly traded or stale, hence refused."""
    step, expiration, right, name = listed
    spoiled = number if expiration != EXPIRATIONS[2] else 0
    spot = Decimal(SPOTS[name])
    out = spot * step / 200
    delta = min(max(Decimal("0.5") - Decimal("0.035") * step, Decimal("0.01")), Decimal("0.99"))
    premium = Decimal("0.02") + delta / 100 if scene.rout else delta * Decimal("0.012")
    mid = max(spot * premium, Decimal("0.20")).quantize(CENT)
    half = max((mid * (Decimal("0.04") if spoiled % 7 == 3 else Decimal("0.01"))).quantize(CENT), CENT)
    return Candidate(
        underlying=name,
        right=right,
        strike=(spot - out if right == "put" else spot + out).quantize(CENT),
        expiration=expiration,
        multiplier=LOT,
        bid=mid - half,
        ask=mid + half,
        quoted_at=scene.as_of - timedelta(seconds=45 if spoiled % 31 == 17 else 4),
        delta=-delta if right == "put" else delta,
        open_interest=Decimal(120 if spoiled % 11 == 5 else 2_500),
        average_daily_volume=Decimal(60 if spoiled % 13 == 6 else 1_400),
        maintenance_margin=spot * 20,
    )


def _hedge(number: int, scene: Scene) -> Candidate:
    """Return a put on the index or a call on its volatility, six months and more from now."""
    put = number % 2 == 0
    spot = Decimal(HEDGES["SPX" if put else "VIX"])
    mid = Decimal("150.00") if put else Decimal("2.50")
    return Candidate(
        underlying="SPX" if put else "VIX",
        right="put" if put else "call",
        strike=(spot * (Decimal(82 + number // 2) if put else Decimal(150 + number)) / 100).quantize(CENT),
        expiration=LAST if put else date(2026, 9, 16),
        multiplier=LOT,
        bid=mid - 2 * CENT,
        ask=mid + 2 * CENT,
        quoted_at=scene.as_of - timedelta(seconds=4),
        delta=Decimal("-0.15") if put else Decimal("0.25"),
        open_interest=Decimal(12_000),
        average_daily_volume=Decimal(1_800),
        maintenance_margin=Decimal(0),
    )
