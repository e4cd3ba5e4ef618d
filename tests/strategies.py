"""Snapshots drawn by Hypothesis: valid, arbitrary, and mostly at the law's bounds or one tick beside them.

A document is what a snapshot's file holds, as plain values, with the contracts on offer as a list of rows. `snapshot`
reads it. Most facts are there; `holes` takes some away, or puts nonsense in their place.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar, get_args
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from pydantic import BaseModel

from engine.facts import (
    Account,
    Bar,
    Calendar,
    Candidate,
    Candidates,
    Event,
    Flow,
    Holding,
    Host,
    Market,
    Order,
    Position,
    Proposal,
    Report,
    Sleeve,
    Snapshot,
    Symbol,
    declared,
)

Document: TypeAlias = dict[str, Any]
Step: TypeAlias = str | int
T = TypeVar("T")

ZONE: Final = ZoneInfo("America/New_York")
_HOLIDAYS: Final = {date(2026, 2, 16), date(2026, 4, 3), date(2026, 11, 26), date(2026, 12, 25)}
_EARLY: Final = {date(2026, 11, 27), date(2026, 12, 24)}
_DAY, _TICK, _PART = timedelta(days=1), Decimal("0.0001"), Decimal("0.000001")
_MODELS: Final[Mapping[str, type[BaseModel]]] = {
    "market": Market, "host": Host, "symbols": Symbol, "bars": Bar, "earnings": Report, "accounts": Account,
    "events": Event, "sleeves": Sleeve, "flows": Flow, "holdings": Holding, "positions": Position, "orders": Order,
    "candidates": Candidate, "proposals": Proposal,
}  # fmt: skip


class Hole(NamedTuple):
    """Where a value stands in a document that may be missing there."""

    route: tuple[Step, ...]
    model: type[BaseModel]

    @property
    def fact(self) -> str:
        return str(self.route[-1])


def around(*values: str, tick: Decimal = _TICK) -> list[Decimal]:
    """Return numbers and their neighbours, one tick below and above."""
    return [Decimal(value) + step * tick for value in values for step in (0, -1, 1)]


def _some(*strategies: SearchStrategy[T]) -> SearchStrategy[T]:
    return st.one_of(*strategies)


def _mostly(usual: object, *others: object) -> SearchStrategy[Any]:
    """Draw the usual value about half of the time."""
    return st.sampled_from([usual] * max(1, len(others)) + [*others])


@cache
def sessions(day: date, before: int = 21, after: int = 21) -> tuple[tuple[date, datetime, datetime], ...]:
    """Return the sessions around a date, some of them made up: date, open, close."""
    found = []
    for number in range(-before, after + 1):
        one = day + number * _DAY
        if one.weekday() < 5 and one not in _HOLIDAYS:  # noqa: PLR2004 - Monday to Friday
            opens, closes = time(9, 30), time(13) if one in _EARLY else time(16)
            found.append((one, datetime.combine(one, opens, ZONE), datetime.combine(one, closes, ZONE)))
    return tuple(found)


@cache
def calendar(day: date, before: int = 21, after: int = 21) -> Calendar:
    rows = [{"date": one, "open": opens, "close": closes} for one, opens, closes in sessions(day, before, after)]
    return Calendar.model_validate({"zone": ZONE.key, "sessions": rows})


_DAYS: Final = [
    date(2026, 3, day) for day in (2, 4, 5, 6, 7, 9, 11, 12)
] + [date(2026, 4, 1), date(2026, 4, 2), date(2026, 11, 25), date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 30)]  # fmt: skip
_CADENCE: Final = [date(2026, 3, 5), date(2026, 3, 4), date(2026, 3, 9), date(2026, 3, 12)]
_TIMES: Final = [
    "09:29:59.999", "09:30:00", "09:44:59.999", "09:45:00", "10:30:00", "11:00:00", "11:00:00.001", "12:29:59.999",
    "12:30:00", "12:45:00", "12:45:00.001", "13:00:00", "13:00:00.001", "14:29:59.999", "14:30:00", "15:00:00", "15:45:00",
    "15:45:00.001", "16:00:00", "16:00:00.001", "16:29:59.999", "16:30:00", "20:30:00",
]  # fmt: skip
_TEN: Final = time(10)
MOMENTS: Final = st.one_of(
    st.sampled_from(_CADENCE).map(lambda day: datetime.combine(day, _TEN, ZONE)),
    st.builds(
        lambda day, clock: datetime.combine(day, time.fromisoformat(clock), ZONE),
        st.sampled_from(_DAYS),
        st.sampled_from(_TIMES),
    ),
)
_AGES: Final = _mostly(0, 30, 30_000, 30_001, 3_600_000)
_TICKERS: Final = ("IWM", "SPY", "AAPL", "GOOG", "GOOGL", "NVDA", "TSLA", "SPX", "VIX", "XYZ")
_VIX: Final = st.sampled_from([Decimal(18)] * 12 + around("30", "50", "65", "80"))
_BANDS: Final = st.sampled_from(
    [Decimal(delta) for delta in ("0.425", "0.32", "0.22", "0.42", "0.33")] * 3
    + around("0.20", "0.25", "0.30", "0.35", "0.40", "0.45", "0.70", tick=_PART)
)
_CHANCES: Final = st.sampled_from([Decimal("0.5"), Decimal(0), Decimal(1), *around("0.05", "0.95", "0.80", tick=_PART)])
_MIDS: Final = st.sampled_from(
    [(bid, ask) for mid in around("2", "0.70", "1.40", "3", "1") for bid, ask in ((mid - _TICK, mid + _TICK),)]
    + [
        (Decimal("1.95"), Decimal("2.05")),
        (Decimal("8"), Decimal("8.4")),
        (Decimal("0.975"), Decimal("1.025")),
        (Decimal("3.9"), Decimal("4.1002")),
    ]
)
_CLIMBS: Final = st.sampled_from([
    Decimal(rung) / 2 * 4 + tick for rung in (-2, 0, 1, 2, 3, 4, 5, 6, 7) for tick in (0, _TICK, -_TICK)
])  # fmt: skip
_EQUITY: Final = st.sampled_from(
    [Decimal(500_000)] * 4 + [Decimal(22_000), Decimal(80_000)] + around("425000", "475000", tick=Decimal("0.01"))
)
_STATES: Final = _mostly(
    "SCANNING",
    "ORDERING",
    "SAFE",
    "ANALYZING",
    "MONITORING",
    "CLOSING",
    "RECONCILING",
    "EMERGENCY",
    "MAINTENANCE",
    "AUDIT",
)
_STATUS: Final = _mostly("working", "requested", "unacknowledged", "cancelling", "cancelled", "filled", "rejected")


@st.composite
def documents(draw: DrawFn, *, holes: bool = True, memory: bool = True, assume: bool = False) -> Document:
    """Draw what a snapshot's file holds.

    Args:
        draw: Hypothesis's.
        holes: Some facts are missing or nonsense, some lists were not delivered.
        memory: Some latches hold, something is remembered; otherwise nothing has happened yet.
        assume: A fact may be stated over the snapshot.
    """
    now = draw(MOMENTS)
    short = holes and draw(st.integers(0, 24)) == 0
    span = (draw(st.integers(0, 9)), draw(st.integers(0, 9))) if short else (21, 21)
    made = _Maker(draw, now, [one for one, _, _ in sessions(now.date())])
    tickers = draw(st.lists(st.sampled_from(_TICKERS), min_size=1, max_size=3, unique=True))
    document = {
        "format": 1,
        "origin": "drawn by Hypothesis",
        "as_of": now,
        "calendar": calendar(now.date(), *span),
        "market": made.market(),
        "host": made.host(),
        "symbols": [made.symbol(ticker) for ticker in tickers],
        "accounts": [made.account(number, tickers) for number in range(draw(_mostly(1, 1, 2)))],
        "candidates": made.candidates(tickers, 5),
        "memory": {},
    }
    if draw(st.integers(0, 4)) == 0:
        document["proposals"] = [made.proposal(document, one) for one in made.candidates(tickers, 2)]
    if memory:
        document["memory"] = made.memory(document)
    if assume and draw(st.booleans()):
        document["assume"] = [
            {"fact": fact, "value": value} for fact, value in draw(st.lists(st.sampled_from(_ASSUMED), max_size=2))
        ]
    if holes:
        made.punch(document)
    return document


def snapshots(*, holes: bool = True, memory: bool = True, assume: bool = False) -> SearchStrategy[Snapshot]:
    """Draw snapshots, as `documents` does."""
    return documents(holes=holes, memory=memory, assume=assume).map(snapshot)


def snapshot(document: Document) -> Snapshot:
    """Return the snapshot that a document says."""
    rows = document["candidates"]
    table = None
    if rows is not None:
        table = Candidates.of_columns({name: [row[name] for row in rows] for name in declared(Candidate)})
    return Snapshot.model_validate(document | {"candidates": table})


_ASSUMED: Final = [
    ("market.vix", 66), ("market.vix", 30), ("symbol.spot_fresh", True), ("position.ladder_level", 2), ("position.P1.level", 3),
    ("account.A1.freeze", True), ("account.safe", False), ("candidate.abs_delta", Decimal("0.42")), ("sleeve.drawdown", Decimal("0.15")),
    ("symbol.atr", 4), ("market.hedged_week", True), ("candidate.fresh", True), ("holding.coverage", Decimal("0.5")), ("sleeve.deployed", 0),
    ("position.roll_target_found", False), ("account.no_safe", True),
]  # fmt: skip


class _Maker:
    """Draws the parts of one document."""

    def __init__(self, draw: DrawFn, now: datetime, days: list[date]) -> None:
        self.draw, self.now, self.days = draw, now, days
        self.today = now.date()
        self.later = [day for day in days if day >= self.today]
        self.spots: dict[str, Decimal] = {}
        self.count = 0

    def ago(self) -> datetime:
        return self.now - timedelta(milliseconds=self.draw(_AGES))

    def market(self) -> Document:
        draw = self.draw
        close = {
            "vix_close": draw(_mostly(Decimal(17), *around("65"))),
            "vix_close_date": draw(_mostly(self.today, self.today - _DAY)),
        }
        return {"vix": draw(_VIX), "vix_at": self.ago(), **close}

    def host(self) -> Document:
        names = ("broker_connected", "healthy", "reconciled", "schedule_built", "ledger_written")
        wrong = self.draw(_mostly("", *names))
        return {**{name: name != wrong for name in names}, "stress_test": self.draw(_mostly(False, True))}

    def symbol(self, ticker: str) -> Document:
        draw = self.draw
        spot, wide = (
            draw(_mostly(Decimal(200), Decimal("100.01"), Decimal(20))),
            draw(_mostly(Decimal(4), Decimal(1), Decimal(0), Decimal("4.0002"))),
        )
        self.spots[ticker] = spot
        past = [day for day in self.days if day < self.today][-6:]
        bars = [{"date": day, "high": spot + wide / 2, "low": spot - wide / 2, "close": spot} for day in past]
        if draw(st.integers(0, 3)) == 0:
            bars = bars[draw(st.integers(0, 1)) : draw(st.integers(4, 6))]
            if bars:
                bars[-1] |= {"high": spot + 5, "close": spot + 3}
        earnings = draw(_mostly((), (0,), (1,), (-1, 90), (5,), (8,)))
        reports = [{"date": self.today + days * _DAY} for days in earnings]
        return {"symbol": ticker, "spot": spot, "spot_at": self.ago(), "bars": bars, "earnings": reports}

    def contract(self, ticker: str, right: str) -> Document:
        draw = self.draw
        bid, ask = draw(_MIDS)
        delta = draw(_BANDS)
        quote = {"bid": bid, "ask": ask, "quoted_at": self.ago(), "delta": -delta if right == "put" else delta}
        return {"underlying": ticker, "right": right, "multiplier": draw(_mostly(100, 100, 10)), **quote}

    def expiry(self) -> date:
        number = self.draw(st.sampled_from([1, 0, 1, 2, 3, 4, 5, 6, 7, 8]))
        return (
            self.later[min(number, len(self.later) - 1)] if self.draw(st.integers(0, 15)) else self.today + 200 * _DAY
        )

    def position(self, ticker: str) -> Document:
        draw = self.draw
        self.count += 1
        made = self.contract(ticker, draw(_mostly("put", "call")))
        return made | {
            "id": f"P{self.count}",
            "strike": self.spots[ticker] + draw(_CLIMBS),
            "expiration": self.expiry(),
            "quantity": draw(_mostly(-1, -2, -5, 3, 0)),
            "credit": draw(_mostly(Decimal(2), Decimal(4))),
            "original_credit": draw(_mostly(Decimal(2), Decimal("2.0001"))),
            "rolled_cost": draw(_mostly(Decimal(0), Decimal("0.5"), Decimal("-0.3"))),
            "finish_in_the_money": draw(_CHANCES),
            "early_assignment_risk": draw(_CHANCES),
        }

    def candidates(self, tickers: list[str], most: int) -> list[Document]:
        draw = self.draw
        found = {}
        for _ in range(draw(st.integers(0, most))):
            ticker = draw(st.sampled_from(tickers))
            made = self.contract(ticker, draw(_mostly("put", "call")))
            share = draw(
                st.sampled_from(
                    [Decimal(1), Decimal("0.98"), Decimal("0.9"), Decimal("0.8"), Decimal("0.85"), Decimal("1.02")]
                )
            )
            made |= {
                "strike": (self.spots[ticker] * share).quantize(Decimal("0.01")),
                "expiration": self.expiry(),
                "open_interest": draw(_mostly(5000, 500, 499)),
                "average_daily_volume": draw(_mostly(2000, 100, 99, 30, 10)),
                "maintenance_margin": draw(_mostly(Decimal(4400), Decimal(0), Decimal("1000.01"))),
            }
            found[ticker, made["right"], made["strike"], made["expiration"]] = made
        return list(found.values())

    def proposal(self, document: Document, made: Document) -> Document:
        account = self.draw(st.sampled_from(document["accounts"]))
        sleeve = self.draw(st.sampled_from(account["sleeves"]))
        return made | {"account": account["id"], "sleeve": sleeve["kind"], "contracts": self.draw(_mostly(1, 5, 6, 13))}

    def account(self, number: int, tickers: list[str]) -> Document:
        draw = self.draw
        id_ = f"A{number + 1}"
        kinds = draw(_mostly(["gen"], ["rev"], ["com"], ["gen", "com"], ["gen", "rev", "com"]))
        return {
            "id": id_,
            "state": draw(_STATES),
            "net_liquidation": Decimal(1_000_000),
            "maintenance_margin": draw(
                _mostly(Decimal(0), Decimal(590_000), Decimal(600_000), Decimal("595600"), Decimal("595600.01"))
            ),
            "trades_today": draw(_mostly(0, 98, 99, 100)),
            "sleeves": [self.sleeve(kind, tickers) for kind in kinds],
            "orders": [self.order(id_, kinds, tickers) for _ in range(draw(_mostly(0, 1, 2)))],
            "events": [self.event(kinds, tickers) for _ in range(draw(_mostly(0, 1, 2)))],
        }

    def sleeve(self, kind: str, tickers: list[str]) -> Document:
        draw = self.draw
        return {
            "kind": kind,
            "equity": draw(_EQUITY),
            "close_equity": draw(_EQUITY),
            "quarterly_net_gains": draw(_mostly(Decimal(0), Decimal(-5), Decimal(150_000))),
            "hedge_spent_quarter": draw(_mostly(Decimal(0), Decimal(5000), Decimal("4999.99"), Decimal(8000))),
            "flows": draw(_mostly([], [{"equity_before": Decimal(500_000), "equity_after": Decimal(300_000)}])),
            "holdings": [
                {"symbol": ticker, "shares": draw(st.sampled_from([100, 0, 200, 250])), "assigned": draw(st.booleans())}
                for ticker in tickers
                if draw(st.booleans())
            ],
            "positions": [self.position(draw(st.sampled_from(tickers))) for _ in range(draw(_mostly(1, 0, 2, 3)))],
        }

    def order(self, account: str, kinds: list[str], tickers: list[str]) -> Document:
        draw = self.draw
        self.count += 1
        ticker = draw(st.sampled_from(tickers))
        return {
            "id": f"{account}-{self.count}{draw(_mostly('.v1', '', '.v9'))}",
            "sleeve": draw(st.sampled_from(kinds)),
            "underlying": ticker,
            "right": draw(_mostly("put", "call")),
            "strike": self.spots[ticker],
            "expiration": self.expiry(),
            "multiplier": 100,
            "side": draw(_mostly("sell", "buy")),
            "effect": draw(_mostly("open", "close")),
            "contracts": draw(_mostly(1, 0, 2, 5)),
            "status": draw(_STATUS),
            "sent_at": self.now - timedelta(milliseconds=draw(st.sampled_from([0, 3000, 3001, 10_000]))),
            "mid": Decimal(2),
            "offered": draw(st.sampled_from([Decimal(2), *around("1.90", "2.10")])),
            "attempt": draw(st.sampled_from([1, 2, 3, 4])),
            "maintenance_margin": draw(_mostly(Decimal(4400), Decimal(0))),
            "known_locally": draw(_mostly(True, False)),
        }

    def event(self, kinds: list[str], tickers: list[str]) -> Document:
        draw = self.draw
        kind = draw(
            st.sampled_from(
                ["user_pause", "user_resume", "person_reset", "called_away", "assigned", "resume", "transition", "fund"]
            )
        )
        made: Document = {"kind": kind}
        match kind:
            case "person_reset":
                made["latch"] = draw(st.sampled_from(["level3", "halt", "user"]))
            case "called_away" | "assigned":
                made |= {"sleeve": draw(st.sampled_from(kinds)), "symbol": draw(st.sampled_from(tickers))}
            case "resume":
                made |= {
                    name: draw(_mostly(True, False)) for name in ("snapshot_loaded", "broker_read", "risk_checked")
                }
            case "transition":
                made["to"] = draw(_STATES)
            case "fund":
                made["amount"] = draw(st.sampled_from([Decimal("100.01"), Decimal(100_000), Decimal("0.01")]))
        return made

    def memory(self, document: Document) -> Document | None:
        draw = self.draw
        if draw(st.integers(0, 29)) == 0:
            return None
        ids = {
            "market": ["-"],
            "symbol": [one["symbol"] for one in document["symbols"]],
            "account": [one["id"] for one in document["accounts"]],
            "sleeve": [f"{one['id']}/{part['kind']}" for one in document["accounts"] for part in one["sleeves"]],
            "position": [
                put["id"] for one in document["accounts"] for part in one["sleeves"] for put in part["positions"]
            ],
        }
        ids["holding"] = [f"{sleeve}/{ticker}" for sleeve in ids["sleeve"] for ticker in ids["symbol"]]
        found: Document = {}
        for _ in range(draw(st.sampled_from([0, 0, 1, 2, 4]))):
            subject = draw(st.sampled_from([name for name in ids if ids[name]]))
            name, value = draw(st.sampled_from(self.remembered(subject)))
            found.setdefault(subject, {}).setdefault(draw(st.sampled_from(ids[subject])), {})[name] = value
        return found

    def remembered(self, subject: str) -> list[tuple[str, object]]:
        """Return what memory may hold of a subject, each with a value."""
        since = {"since": "2026-02-20T15:00:00Z", "by": "law"}
        before = [str(self.today - days * _DAY) for days in (0, 1, 7, 8)]
        cut = [f"{day}T21:30:00Z" for day in before] + [(self.now + 3 * _DAY).isoformat()]
        match subject:
            case "market":
                return [("hedged_week", since | {"until": instant}) for instant in cut]
            case "symbol":
                return [("last_atr", Decimal(atr)) for atr in ("4", "3.6364")] + [
                    ("last_atr_date", day) for day in before
                ]
            case "account":
                names = ("halted", "safe_level3", "safe_user", "safe_broker")
                latches: list[tuple[str, object]] = [(name, since) for name in names]
                return [
                    *latches,
                    ("safe_vix", since | {"day": before[1]}),
                    ("reported_week", before[2]),
                    ("reported_week", before[0]),
                ]
            case "sleeve":
                highs = [Decimal(500_000), Decimal(526_315), Decimal("526315.79")]
                return [("highest_close", high) for high in highs] + [
                    ("pivot", since | {"high": high}) for high in highs
                ]
            case "position":
                return [("breached", since), ("hedged", since), ("last_level", 2)]
            case _:
                return [("reentry_queued", since)]

    def punch(self, document: Document) -> None:
        """Take some facts and lists away, and make nonsense of some numbers."""
        draw = self.draw
        number = draw(st.sampled_from([0, 1, 1, 2, 5]))
        spots = list(gaps(document)) if number else []
        for _ in range(number):
            hole = draw(st.sampled_from(spots))
            owner = at(document, hole.route[:-1])
            fact = declared(hole.model).get(hole.fact) if hole.model in _MODELS.values() else None
            bad = ["NaN", -1] if fact is not None and fact.type.kind == "number" else []
            if isinstance(owner, dict):
                owner[hole.fact] = draw(st.sampled_from([None, None, *bad]))


def gaps(document: Document) -> Iterator[Hole]:
    """Yield every place of a document whose value may be missing: facts, and lists that may be undelivered."""
    if document["candidates"] is not None:
        yield Hole(("candidates",), Snapshot)
    for name in ("market", "host"):
        yield from _gaps(document[name], _MODELS[name], (name,))
    for name in ("symbols", "accounts", "candidates", "proposals"):
        for number, row in enumerate(document.get(name) or ()):
            yield from _gaps(row, _MODELS[name], (name, number))


def _gaps(row: Document, model: type[BaseModel], route: tuple[Step, ...]) -> Iterator[Hole]:
    for name, value in row.items():
        if value is not None and NoneType in get_args(model.model_fields[name].annotation):
            if name not in ("sleeves", "sleeve"):
                yield Hole((*route, name), model)
        for number, below in enumerate(value if isinstance(value, list) else ()):
            yield from _gaps(below, _MODELS[name], (*route, name, number))


def at(document: Any, route: tuple[Step, ...]) -> Any:  # noqa: ANN401 - any part of a document
    """Return what stands at a place, None where it has gone."""
    for step in route:
        document = document[step] if document is not None else None
    return document
