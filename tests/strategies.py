"""Snapshots drawn by Hypothesis: valid, arbitrary, and often at the law's bounds or one tick beside them.

A document is what a snapshot's file holds, as plain values, the contracts on offer as a list of rows; `snapshot` reads
it. One is drawn as a plausible day, on which some facts are then twisted: to a bound, to nonsense, to nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Any, Final, NamedTuple, TypeAlias, get_args
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from pydantic import BaseModel

from engine import facts
from engine.facts import SLEEVES, STATES, Calendar, Candidate, Candidates, Snapshot, declared

Document: TypeAlias = dict[str, Any]
Route: TypeAlias = tuple[str | int, ...]

ZONE: Final = ZoneInfo("America/New_York")
UNIVERSE: Final = {"gen": ("IWM", "SPY", "AAPL", "GOOG"), "rev": ("NVDA", "TSLA"), "com": ("AAPL", "GOOGL", "NVDA")}
_MODELS: Final[Mapping[str, type[BaseModel]]] = {
    "market": facts.Market, "host": facts.Host, "symbols": facts.Symbol, "bars": facts.Bar, "earnings": facts.Report,
    "accounts": facts.Account, "events": facts.Event, "sleeves": facts.Sleeve, "flows": facts.Flow,
    "holdings": facts.Holding, "positions": facts.Position, "orders": facts.Order, "candidates": facts.Candidate,
    "proposals": facts.Proposal, "lots": facts.Lot, "dependencies": facts.Dependency,
}  # fmt: skip
_HOLIDAYS: Final = {date(2026, 2, 16), date(2026, 4, 3), date(2026, 11, 26), date(2026, 12, 25)}
_EARLY: Final = {date(2026, 11, 27), date(2026, 12, 24)}
_DAY: Final = timedelta(days=1)
_TICK, _PART, _CENT = Decimal("0.0001"), Decimal("0.000001"), Decimal("0.01")


def around(*values: str | int, tick: Decimal = _TICK) -> list[Decimal]:
    """Return numbers and their neighbours, one tick below and above."""
    return [Decimal(value) + step * tick for value in values for step in (0, -1, 1)]


_OPEN_DAYS: Final = {
    "gen": [date(2026, 3, 5), date(2026, 3, 12), date(2026, 4, 2)],
    "rev": [date(2026, 3, 4), date(2026, 4, 1), date(2026, 11, 25)],
    "com": [date(2026, 3, 9), date(2026, 3, 2), date(2026, 3, 30), date(2026, 11, 30)],
}
_DAYS: Final = [date(2026, 3, day) for day in (6, 7, 10)] + [date(2026, 11, day) for day in (26, 27)]
_TIMES: Final = [
    "10:30:00", "09:29:59.999", "09:30:00", "09:44:59.999", "09:45:00", "11:00:00", "11:00:00.001", "12:29:59.999",
    "12:30:00", "12:45:00", "12:45:00.001", "13:00:00", "13:00:00.001", "14:29:59.999", "14:30:00", "15:00:00",
    "15:45:00", "15:45:00.001", "16:00:00", "16:00:00.001", "16:29:59.999", "16:30:00", "20:30:00",
]  # fmt: skip
_AGES: Final = (30_000, 30_001, 0, 3_600_000, -1)
_VIX: Final = [*around(65, 50, 80, 30), Decimal(18)]
_QUOTES: Final = [(Decimal("1.95"), Decimal("2.05")), (Decimal("8.00"), Decimal("8.40"))] + [
    (mid - _CENT, mid + _CENT) for mid in around("0.70", "1.40", 3, 1)
]
_SOURCES: Final = ("yahoo", "polygon", "interactive_brokers", "nobody")
_DELTAS: Final = around("0.45", "0.40", "0.35", "0.30", "0.25", "0.20", "0.70", tick=_PART)
_CHANCES: Final = [*around("0.05", "0.95", "0.80", tick=_PART), Decimal(0), Decimal(1)]
_CLIMBS: Final = [Decimal(steps * 2) + tick for steps in (0, 2, 4, 6, 1, 3, 5, -2) for tick in (0, -_TICK, _TICK)]
_SHARES: Final = [Decimal(1), Decimal("0.98"), Decimal("0.9"), Decimal("0.5"), Decimal("1.02")]
_BANDS: Final = {"gen": Decimal("0.42"), "rev": Decimal("0.33"), "com": Decimal("0.21")}
_LIVES: Final = {"gen": (1, 0), "rev": (2, 3, 4), "com": (4,), "roll": (3, 4, 5, 6)}


@cache
def sessions(day: date, before: int = 21, after: int = 21) -> tuple[date, ...]:
    """Return the sessions among the dates around one; some holidays are made up."""
    dates = [day + number * _DAY for number in range(-before, after + 1)]
    return tuple(one for one in dates if one.weekday() < 5 and one not in _HOLIDAYS)


@cache
def calendar(day: date, before: int = 21, after: int = 21) -> Calendar:
    """Return the sessions around a date with their hours, three of them short."""
    rows = [
        {
            "date": one,
            "open": datetime.combine(one, time(9, 30), ZONE),
            "close": datetime.combine(one, time(13) if one in _EARLY else time(16), ZONE),
        }
        for one in sessions(day, before, after)
    ]
    return Calendar.model_validate({"zone": ZONE.key, "sessions": rows})


def snapshot(document: Document) -> Snapshot:
    """Return the snapshot that a document says."""
    rows, table = document["candidates"], None
    if rows is not None:
        table = Candidates.of_columns({name: [row[name] for row in rows] for name in declared(Candidate)})
    return Snapshot.model_validate(document | {"candidates": table})


def snapshots(**wanted: bool) -> SearchStrategy[Snapshot]:
    """Draw snapshots, as `documents` does."""
    return documents(**wanted).map(snapshot)


@st.composite
def documents(
    draw: DrawFn, *, holes: bool = True, memory: bool = True, assume: bool = False, calm: bool = False
) -> Document:
    """Draw what a snapshot's file holds.

    Args:
        draw: Hypothesis's.
        holes: A twisted fact may be missing or nonsense, a list not delivered, the calendar short.
        memory: Some latches hold, something is remembered; otherwise nothing has happened yet.
        assume: A fact may be stated over the snapshot.
        calm: An entry window is open and no position stands badly, so that something is sold.
    """
    aim = draw(st.sampled_from(SLEEVES))
    day = draw(st.sampled_from(_OPEN_DAYS[aim] * 5 + _DAYS * (not calm)))
    clock = draw(st.sampled_from(["10:00:00"] * 3 * len(_TIMES) + _TIMES * (not calm)))
    maker = _Maker(draw, aim, datetime.combine(day, time.fromisoformat(clock), ZONE), calm=calm)
    document = maker.document()
    if memory and draw(_often):
        document["memory"] = maker.memory(document)
    if holes and not draw(st.integers(0, 31)):
        document["calendar"] = calendar(day, draw(st.integers(0, 9)), draw(st.integers(0, 9)))
    for _ in range(draw(st.sampled_from([0, 1, 0, 1, 2, 3] + [5, 8, 13, 21] * (not calm)))):
        maker.twist(document, holes=holes)
    if assume and draw(_often):
        document["assume"] = maker.assumptions(document)
    return document


_often: Final = st.booleans()
_seldom: Final = st.sampled_from([False, False, True])


class Gap(NamedTuple):
    """A place of a document whose value may be missing: in which list of rows, and which fact."""

    route: Route
    kind: str

    @property
    def fact(self) -> str:
        return str(self.route[-1])


def gaps(document: Document) -> Iterator[Gap]:
    """Yield every place whose value may be missing: facts, and lists that may be undelivered."""
    if document["candidates"] is not None:
        yield Gap(("candidates",), "")
    for kind in ("market", "host"):
        yield from _gaps(document[kind], kind, (kind,))
    for kind in ("symbols", "accounts", "candidates", "proposals"):
        for number, row in enumerate(document.get(kind) or ()):
            yield from _gaps(row, kind, (kind, number))


def _gaps(row: Document, kind: str, route: Route) -> Iterator[Gap]:
    for name, value in row.items():
        if value is not None and name in _nullable(kind):
            yield Gap((*route, name), kind)
        for number, below in enumerate(value if isinstance(value, list) else ()):
            yield from _gaps(below, name, (*route, name, number))


@cache
def _nullable(kind: str) -> frozenset[str]:
    fields = _MODELS[kind].model_fields.items()
    named = {"sleeves", "sleeve"}  # without it other rows would have no sleeve to belong to
    return frozenset(name for name, field in fields if NoneType in get_args(field.annotation)) - named


def at(document: Any, route: Route) -> Any:  # noqa: ANN401 - any part of a document
    """Return what stands at a place."""
    for step in route:
        document = document[step]
    return document


class _Maker:
    """Draws the parts of one document."""

    def __init__(self, draw: DrawFn, aim: str, now: datetime, *, calm: bool) -> None:
        self.calm = calm
        self.draw, self.aim, self.now, self.today = draw, aim, now, now.date()
        self.ahead = [one for one in sessions(self.today) if one >= self.today]
        self.spots: dict[str, Decimal] = {}
        self.count = 0

    def one(self, options: Sequence[Any]) -> Any:  # noqa: ANN401 - one of them
        return self.draw(st.sampled_from(options))

    def some(self, *numbers: int) -> range:
        return range(self.one(numbers))

    def document(self) -> Document:
        tickers = [self.one(UNIVERSE[self.aim])]
        more = st.sampled_from(["IWM", "NVDA", "AAPL", "GOOG", "GOOGL", "SPX", "VIX", "XYZ"])
        tickers += [ticker for ticker in self.draw(st.lists(more, max_size=2, unique=True)) if ticker not in tickers]
        symbols = [self.symbol(ticker) for ticker in tickers]
        accounts = [self.account(f"A{number}", tickers) for number in (1, 2)[: self.one((1, 1, 1, 2))]]
        offered = {}
        for _ in self.some(3, 1, 0, 2, 5):
            row = self.candidate(tickers, accounts)
            offered[row["underlying"], row["right"], row["strike"], row["expiration"]] = row
        document = {
            "format": 1,
            "origin": "drawn by Hypothesis",
            "as_of": self.now,
            "calendar": calendar(self.today),
            "market": {
                "vix": Decimal(18),
                "vix_at": self.now,
                "vix_close": Decimal(17),
                "vix_close_date": self.today - _DAY,
            },
            "host": dict.fromkeys(facts.declared(facts.Host), True)
            | {"stress_test": False, "dependencies": self.dependencies() if self.draw(_seldom) else []},
            "symbols": symbols,
            "accounts": accounts,
            "candidates": [*offered.values()],
            "memory": {},
        }
        proposed = [self.proposal(accounts, row) for row in [*offered.values()][: self.one((0, 0, 0, 0, 2))]]
        return document | {"proposals": proposed}

    def symbol(self, ticker: str) -> Document:
        spot, wide = self.one([(200, 4), (200, 1), (20, 4), (Decimal("100.01"), Decimal("4.0002")), (200, 0)])
        self.spots[ticker] = Decimal(spot)
        past = [one for one in sessions(self.today) if one < self.today][-6:]
        half = Decimal(wide) / 2
        bars = [{"date": one, "high": spot + half, "low": spot - half, "close": spot} for one in past]
        return {"symbol": ticker, "spot": Decimal(spot), "spot_at": self.now, "bars": bars, "earnings": []}

    def account(self, id_: str, tickers: list[str]) -> Document:
        kinds = self.one([[self.aim], ["gen", "com"], ["gen", "rev", "com"], ["com", "rev"]])
        return {
            "id": id_,
            "form": "full",
            "state": "SCANNING",
            "net_liquidation": Decimal(1_000_000),
            "maintenance_margin": Decimal(0),
            "trades_today": 0,
            "opened": self.today.replace(year=self.today.year - 2),
            "start": Decimal(100_000),
            "sub_accounts": self.one((3, 3, 5, 8)),
            "sleeves": [self.sleeve(kind, tickers) for kind in kinds],
            "orders": [self.order(id_, kinds, tickers) for _ in self.some(0, 0, 1, 2)],
            "events": [self.event(kinds, tickers) for _ in self.some(0, 0, 0, 0, 0, 1, 2) if not self.calm],
        }

    def sleeve(self, kind: str, tickers: list[str]) -> Document:
        return {
            "kind": kind,
            "equity": Decimal(500_000),
            "close_equity": Decimal(500_000),
            "quarterly_net_gains": Decimal(0),
            "hedge_spent_quarter": Decimal(0),
            "base_capital": Decimal(500_000),
            "free_cash": Decimal(500_000),
            "flows": [],
            "holdings": [self.holding(one) for one in tickers[: self.one((1, 0, 2))]],
            "positions": [self.position(self.one(tickers), kind) for _ in self.some(0, 1, 1, 2, 3)],
        }

    def holding(self, ticker: str) -> Document:
        spot = self.spots[ticker]
        lots = [{"shares": 100, "strike": spot + self.one([2, Decimal("2.0001"), 0]), "credits": Decimal(2)}]
        return {"symbol": ticker, "shares": 200, "assigned": False, "lots": lots}

    def dependencies(self) -> list[Document]:
        """Draw what the program needs: the broker, and some sources of data."""
        names = ["broker", *self.draw(st.lists(st.sampled_from(_SOURCES), max_size=3, unique=True))]
        roles = ["broker", *("data" for _ in names[1:])]
        return [
            {"name": name, "role": role, "failures": self.one([0, 0, 0, 4, 5]), "failed_at": self.now}
            for name, role in zip(names, roles, strict=True)
        ]

    def quoted(self, ticker: str, right: str, life: Sequence[int], delta: Decimal) -> Document:
        bid, ask = self.one(_QUOTES) if self.draw(_often) else _QUOTES[0]
        signed = -delta if right == "put" else delta
        day = self.ahead[min(self.one(life), len(self.ahead) - 1)]
        quote = {"bid": bid, "ask": ask, "quoted_at": self.now, "delta": signed}
        return {"underlying": ticker, "right": right, "expiration": day, "multiplier": 100, **quote}

    def position(self, ticker: str, kind: str) -> Document:
        self.count += 1
        right = "call" if kind == "com" and self.draw(_often) else "put"
        made = self.quoted(ticker, right, (1, 0, 2, 4), Decimal("0.3"))
        climbs = right == "put" and not self.calm and self.draw(_seldom)
        return made | {
            "id": f"P{self.count}",
            "strike": self.spots[ticker] + (self.one(_CLIMBS) if climbs else -4),
            "quantity": -1,
            "credit": Decimal(2),
            "original_credit": Decimal(2),
            "rolled_cost": Decimal(0),
            "finish_in_the_money": Decimal("0.5"),
            "early_assignment_risk": Decimal("0.5"),
        }

    def candidate(self, tickers: list[str], accounts: list[Document]) -> Document:
        """Draw a contract that a sleeve could open, that a position could be rolled into, or that hedges."""
        puts = [one for account in accounts for part in account["sleeves"] for one in part["positions"]]
        aim = self.one(["entry", "entry", "roll", "hedge"])
        kind = self.one(SLEEVES) if self.draw(_seldom) else self.aim
        if aim == "roll" and puts:
            old = self.one(puts)
            made = self.quoted(old["underlying"], old["right"], _LIVES["roll"], _BANDS[kind])
            strike = old["strike"] - self.one([4, 0, _TICK])
        elif aim == "hedge" and {"SPX", "VIX"} & {*tickers}:
            ticker = next(one for one in tickers if one in ("SPX", "VIX"))
            made = self.quoted(ticker, "put" if ticker == "SPX" else "call", [0], Decimal("0.2"))
            made["expiration"] = self.today + self.one([200, 182, 183, 365, 366]) * _DAY
            strike = self.spots[ticker] * self.one(
                [Decimal("0.85"), Decimal("0.9"), Decimal("0.8"), Decimal("0.79"), 1]
            )
        else:
            ticker = self.one(tickers)
            made = self.quoted(ticker, "call" if kind == "com" else "put", _LIVES[kind], _BANDS[kind])
            strike = self.spots[ticker] * self.one(_SHARES)
        liquid = {"open_interest": 5000, "average_daily_volume": 2000, "maintenance_margin": Decimal(4400)}
        return made | {"strike": strike.quantize(_TICK if aim == "roll" else _CENT)} | liquid

    def proposal(self, accounts: list[Document], row: Document) -> Document:
        account = self.one(accounts)
        where = {"account": account["id"], "sleeve": self.one(account["sleeves"])["kind"]}
        return row | where | {"side": self.one(["sell", "sell", "sell", "buy"]), "contracts": self.one([1, 5, 6, 13])}

    def order(self, account: str, kinds: list[str], tickers: list[str]) -> Document:
        self.count += 1
        ticker = self.one(tickers)
        return {
            "id": f"{account}-{self.count}{self.one(['.v1', '', '.v9'])}",
            "sleeve": self.one(kinds),
            "underlying": ticker,
            "right": self.one(["put", "call"]),
            "strike": self.spots[ticker],
            "expiration": self.ahead[1],
            "multiplier": 100,
            "side": self.one(["sell", "buy"]),
            "effect": self.one(["open", "close"]),
            "contracts": 1,
            "status": "working",
            "sent_at": self.now,
            "mid": Decimal(2),
            "offered": Decimal(2),
            "attempt": 1,
            "maintenance_margin": Decimal(4400),
            "known_locally": True,
        }

    def event(self, kinds: list[str], tickers: list[str]) -> Document:
        kind = self.one(get_args(facts.Happening))
        match kind:
            case "person_reset":
                return {"kind": kind, "latch": self.one(get_args(facts.Latch))}
            case "called_away" | "assigned":
                return {"kind": kind, "sleeve": self.one(kinds), "symbol": self.one(tickers)}
            case "resume":
                return {"kind": kind, "snapshot_loaded": True, "broker_read": True, "risk_checked": self.draw(_often)}
            case "transition":
                return {"kind": kind, "to": self.one(STATES)}
            case "rolled" | "exited":
                where = {"sleeve": self.one(kinds), "symbol": self.one(tickers)}
                return {"kind": kind, **where, "level": self.one([2, 3, 1])}
            case "ai_suggestion":
                return {"kind": kind, "approved": self.draw(_often)}
            case "fund":
                return {"kind": kind, "amount": self.one([Decimal("100.01"), Decimal(100_000), _CENT])}
            case "forked":
                step = self.one([Decimal(100_000), Decimal(500_000)])
                return {"kind": kind, "sleeve": self.one(kinds), "amount": step}
            case "quarter_end":
                gains = self.one([Decimal(100_000), Decimal("0.07"), _CENT, Decimal(0), -_CENT])
                return {"kind": kind, "sleeve": self.one(kinds), "net_gains": gains}
            case _:
                return {"kind": kind}

    def assumptions(self, document: Document) -> list[Document]:
        stated = [
            ("market.vix", 66), ("market.hedged_week", True), ("symbol.spot_fresh", True), ("symbol.atr", 4),
            ("account.A1.freeze", True), ("account.safe", False), ("account.no_safe", True), ("sleeve.deployed", 0),
            ("sleeve.drawdown", Decimal("0.15")), ("holding.coverage", Decimal("0.5")), ("position.ladder_level", 2),
            ("position.roll_target_found", False), ("candidate.abs_delta", Decimal("0.42")), ("candidate.fresh", True),
        ]  # fmt: skip
        if document["accounts"][0]["sleeves"][0]["positions"]:
            stated.append(("position.P1.level", 3))
        chosen = self.draw(st.lists(st.sampled_from(stated), max_size=2, unique=True))
        return [{"fact": fact, "value": value} for fact, value in chosen]

    def memory(self, document: Document) -> Document | None:
        if self.one([0] * 31 + [1]):
            return None
        accounts = document["accounts"]
        parts = [(f"{one['id']}/{part['kind']}", part) for one in accounts for part in one["sleeves"]]
        symbols = [one["symbol"] for one in document["symbols"]]
        ids = {
            "account": [one["id"] for one in accounts],
            "sleeve": [id_ for id_, _ in parts],
            "holding": [f"{id_}/{ticker}" for id_, _ in parts for ticker in symbols],
            "position": [put["id"] for _, part in parts for put in part["positions"]] or ["P99"],
            "symbol": symbols,
            "market": ["-"],
        }
        found: Document = {}
        for _ in self.some(1, 2, 4):
            subject = self.one([*ids])
            name, value = self.one(self.remembered(subject))
            found.setdefault(subject, {}).setdefault(self.one(ids[subject]), {})[name] = value
        return found

    def remembered(self, subject: str) -> list[tuple[str, object]]:
        """Return what memory may hold of a subject."""
        since = {"since": "2026-02-20T15:00:00Z", "by": "law"}
        days = [str(self.today - number * _DAY) for number in (1, 0, 7, 8)]
        highs = [Decimal(500_000), Decimal("526315.79"), Decimal("526315.78")]
        match subject:
            case "market":
                cuts = [(self.now + shift).isoformat() for shift in (_DAY, 0 * _DAY, -_DAY)]
                weeks = [("hedged_week", since | {"until": cut}) for cut in cuts]
                return [*weeks, *(("last_awaited", one) for one in days)]
            case "symbol":
                return [
                    ("last_atr", Decimal(4)),
                    ("last_atr", Decimal("3.6364")),
                    *(("last_atr_date", one) for one in days),
                ]
            case "account":
                latches = [(name, since) for name in ("halted", "safe_level3", "safe_user", "safe_broker")]
                return [
                    *latches,
                    ("safe_vix", since | {"day": days[0]}),
                    ("mini_grown", since),
                    ("mini_filled", since),
                    *(
                        (tag, since)
                        for tag in ("week_seen", "preserved", "hedging", "rolled", "calls_only", "filtered")
                    ),
                    *(("last_awaited", one) for one in days),
                ]
            case "sleeve":
                forks = [("forks_done", 1), ("forked", Decimal(100_000)), ("forked", Decimal(500_000))]
                today = [("forked_today", since | {"day": day}) for day in (str(self.today), days[0])]
                pivots = [("pivot", since | {"high": high}) for high in highs]
                return [*pivots, *forks, *today, *(("highest_close", high) for high in highs)]
            case "position":
                return [("breached", since), ("hedged", since), ("last_level", 2)]
            case _:
                return [("reentry_queued", since), ("suspended", since)]

    def twist(self, document: Document, *, holes: bool) -> None:
        """Put another value at one place: at a bound of the law, or beside it, or none."""
        places = list(gaps(document))
        if not places:
            return
        gap = places[self.draw(st.integers(0, len(places) - 1))]
        owner = at(document, gap.route[:-1])
        values = self.values(gap, owner)
        if holes:
            values = [*values, None]
            if gap.kind and (fact := declared(_MODELS[gap.kind]).get(gap.fact)) and fact.type.kind == "number":
                values += ["NaN", -1]
        if values:
            owner[gap.fact] = self.one(values)

    def values(self, gap: Gap, row: Document) -> list[Any]:
        """Return what a fact may be instead."""
        now, old = self.now, row[gap.fact]
        if old == "NaN":
            return []
        match gap.kind, gap.fact:
            case _, "quoted_at" | "spot_at" | "vix_at":
                return [now - timedelta(milliseconds=age) for age in _AGES]
            case "dependencies", "failed_at":
                return [now - timedelta(milliseconds=age) for age in (60_000, 60_001, 0, -1)]
            case "dependencies", "failures":
                return [4, 5, 6]
            case "lots", "strike":
                return [old + 1, old - 1]
            case _, "sent_at":
                return [now - timedelta(milliseconds=age) for age in (3000, 3001, 10_000)]
            case "market", "vix":
                return _VIX
            case "market", "vix_close":
                return around(65)
            case "market", "vix_close_date":
                return [self.today, self.today - 7 * _DAY]
            case "host" | "holdings" | "orders" | "events", _ if isinstance(old, bool):
                return [not old]
            case "symbols", "bars":
                return [old[1:], old[:-1], [*old[:-1], old[-1] | {"high": 210, "close": 205}]] if old else []
            case "symbols", "earnings":
                return [[{"date": self.today + number * _DAY}] for number in (0, 1, -1, 5, 8)]
            case "symbols", "spot":
                return [old + climb for climb in _CLIMBS]
            case "bars", "date":
                return [old + _DAY]
            case "bars", _:
                return [old + 1, old - 1]
            case "accounts", "state":
                return [*STATES]
            case "accounts", "maintenance_margin":
                return [Decimal(595_600), Decimal("595600.01"), Decimal(600_000), Decimal(590_000)]
            case "accounts", "trades_today":
                return [99, 100, 98]
            case "accounts", "form":
                return ["mini"]
            case "accounts", "opened":
                return [self.today.replace(year=self.today.year - 3) + number * _DAY for number in (0, -1, 1)]
            case "accounts", "start":
                return [Decimal(1_000_000), *around("166666.66", "333333.33", tick=_CENT)]
            case "accounts", "sub_accounts":
                return [4, 5, 6, 7, 9]
            case "sleeves", "base_capital":
                return [*around(400_000, 0, tick=_CENT), Decimal(-100_000)]
            case "sleeves", "free_cash":
                return [Decimal(0), *around(100_000, tick=_CENT), Decimal("499999.99")]
            case "sleeves", "equity" | "close_equity":
                return [*around(425_000, 475_000, tick=_CENT), Decimal(88_000), Decimal(22_000), Decimal(80_000)]
            case "sleeves", "quarterly_net_gains":
                return [Decimal(-5), Decimal(150_000)]
            case "sleeves", "hedge_spent_quarter":
                return around(5000, tick=_CENT)
            case "sleeves", "flows":
                return [[{"equity_before": Decimal(500_000), "equity_after": Decimal(300_000)}]]
            case "holdings", "shares":
                return [100, 0, 250]
            case _, "delta":
                return [-delta if row["right"] == "put" else delta for delta in _DELTAS]
            case _, "finish_in_the_money" | "early_assignment_risk":
                return _CHANCES
            case "positions", "strike":
                return [old + climb for climb in _CLIMBS]
            case "positions", "quantity":
                return [-2, -5, 3, 0]
            case "positions", "rolled_cost":
                return [Decimal("0.5"), *around(1), Decimal(-1)]
            case "positions", "original_credit" | "credit":
                return around(2, 4)
            case _, "expiration":
                return [old + _DAY, self.today, *self.ahead[1:8]] if gap.kind == "positions" else []
            case _, "multiplier":
                return [10]
            case "orders", "status":
                return [*get_args(facts.Status)]
            case "orders", "contracts":
                return [0, 2, 5, 50]
            case "orders", "offered":
                return around("1.90", "2.10")
            case "orders", "attempt":
                return [2, 3, 4]
            case "candidates" | "proposals", "bid" | "ask":
                return [old + _CENT, old - _CENT, row["bid" if gap.fact == "ask" else "ask"]]
            case _, "open_interest":
                return [500, 499, 501]
            case _, "average_daily_volume":
                return [100, 99, 101, 30, 10]
            case "proposals", "contracts":
                return [5, 6, 13]
            case _, "maintenance_margin":
                return [Decimal(0), Decimal("4400.01"), Decimal(100_000)]
            case _:
                return []
