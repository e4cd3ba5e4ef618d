"""Small snapshots near the bounds of a small law, drawn by Hypothesis, and what a scan over ticks finds in them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from engine.cells import Cell, Plain, changed, exact, held, limits, plain, span, start, usual, words
from engine.decide import decide
from engine.facts import Snapshot
from engine.flip import Change, Search
from engine.law.load import load
from engine.law.model import Constitution
from engine.verdict import Verdict
from engine.wanted import Wanted
from tests.strategies import ZONE, Document, calendar, snapshot

FOLDER: Final = Path(__file__).parent / "flip_law"
AROUND: Final = 24
DAY: Final = date(2026, 3, 5)  # a Thursday
_FRIDAY: Final = date(2026, 3, 6)
_BEFORE: Final = [date(2026, 3, day) for day in (2, 3, 4)]
_NEAR: Final = st.integers(-AROUND, AROUND)
_FLAGS: Final = (True, False)
_LATCHED: Final = {"since": "2026-03-01T15:00:00Z", "by": "law"}
_CLOCKS: Final = ["09:45:00", "11:00:00", "10:20:00", "23:59:50"]


@cache
def law() -> Constitution:
    return load(FOLDER)


@st.composite
def snapshots(draw: DrawFn) -> Snapshot:
    """Draw a snapshot most of whose facts lie a few ticks from where something turns."""
    return snapshot(_Drawn(draw).document())


def calm(closes: Sequence[str], proposed: int, volume: int) -> Snapshot:
    """Return a snapshot in which a trade of so many contracts is proposed, and nothing but its size is in its way."""
    now = datetime.fromisoformat(f"{DAY}T10:20:00").replace(tzinfo=ZONE)
    trade = _contract("IWM", "put", 190, now) | {"average_daily_volume": volume}
    document = _document(now) | {"proposals": [trade | _PROPOSED | {"contracts": proposed}]}
    return snapshot(
        document
        | {"market": {"vix": 18, "vix_closes": dict(zip(map(str, _BEFORE), map(Decimal, closes), strict=True))}}
    )


def past_midnight(seconds: int) -> Snapshot:
    """Return a snapshot so many seconds into Friday: a put of Thursday stands where it would have been rolled."""
    now = datetime.fromisoformat(f"{_FRIDAY}T00:00:00").replace(tzinfo=ZONE) + timedelta(seconds=seconds)
    document = _document(now)
    put = {key: value for key, value in _contract("IWM", "put", 200, now).items() if key in _OF_POSITION}
    held = put | {"id": "P1", "expiration": DAY, "quantity": -2, "bid": Decimal("1.5"), "ask": Decimal("1.9")}
    document["accounts"][0]["sleeves"][0]["positions"] = [held]
    document["symbols"][0]["spot"] = Decimal(196)
    offered = _contract("IWM", "put", 199, now)
    return snapshot(document | {"candidates": [offered], "proposals": [offered | _PROPOSED | {"contracts": 1}]})


def barred(bars: Sequence[tuple[str, str]]) -> Snapshot:
    """Return a snapshot in which a put stands at its strike, with the highs and lows of three sessions."""
    now = datetime.fromisoformat(f"{DAY}T10:20:00").replace(tzinfo=ZONE)
    document = _document(now)
    put = {key: value for key, value in _contract("IWM", "put", 200, now).items() if key in _OF_POSITION}
    held = put | {"id": "P1", "expiration": _FRIDAY, "quantity": -2, "bid": Decimal("1.5"), "ask": Decimal("1.9")}
    document["accounts"][0]["sleeves"][0]["positions"] = [held]
    document["symbols"][0]["bars"] = [
        {"date": day, "high": Decimal(high), "low": Decimal(low), "close": 200}
        for day, (high, low) in zip(_BEFORE, bars, strict=True)
    ]
    return snapshot(document)


_OF_POSITION: Final = ("underlying", "right", "strike", "multiplier", "quoted_at")
_PROPOSED: Final = {"account": "A1", "sleeve": "gen", "side": "sell"}


def _contract(ticker: str, right: str, strike: int, now: datetime) -> Document:
    return {
        "underlying": ticker, "right": right, "strike": strike, "expiration": _FRIDAY, "multiplier": 100,
        "quoted_at": now, "delta": Decimal("-0.42"), "bid": Decimal(2), "ask": Decimal("2.01"),
        "open_interest": 3, "average_daily_volume": 60, "maintenance_margin": 100,
    }  # fmt: skip


def _document(now: datetime) -> Document:
    """Return a calm Thursday without a position."""
    sleeve = {
        "kind": "gen", "equity": Decimal(1_000_000), "close_equity": Decimal(1_000_000),
        "hedge_spent_quarter": Decimal(0), "holdings": [], "flows": [], "positions": [],
    }  # fmt: skip
    account = {
        "id": "A1", "state": "ANALYZING", "trades_today": 0, "net_liquidation": 1000,
        "maintenance_margin": Decimal(500), "orders": [], "events": [], "sleeves": [sleeve],
    }  # fmt: skip
    bars = [{"date": day, "high": 201 + number, "low": 199, "close": 200} for number, day in enumerate(_BEFORE)]
    iwm = {"symbol": "IWM", "spot": Decimal(204), "spot_at": now, "earnings": [], "bars": bars}
    return {
        "format": 1, "origin": "made up", "as_of": now, "calendar": calendar(DAY), "market": {"vix": 18},
        "host": {"healthy": True, "broker_connected": True}, "symbols": [iwm], "accounts": [account],
        "candidates": [], "proposals": [], "memory": {},
    }  # fmt: skip


class _Drawn:
    """One snapshot as it is drawn."""

    def __init__(self, draw: DrawFn) -> None:
        self.draw = draw
        start = datetime.fromisoformat(f"{DAY}T{self.one(*_CLOCKS)}").replace(tzinfo=ZONE)
        self.now = start + timedelta(seconds=draw(_NEAR), milliseconds=self.one(0, 0, 500))

    def near(self, value: str | int, tick: str = "0.0001") -> Decimal:
        return Decimal(value) + self.draw(_NEAR) * Decimal(tick)

    def one(self, *options: Any) -> Any:  # noqa: ANN401 - any value
        return self.draw(st.sampled_from(options))

    def document(self) -> Document:
        document = _document(self.now)
        (account,), (iwm,) = document["accounts"], document["symbols"]
        self.twist(iwm, account)
        vix = self.one(self.near(50), self.near(20), None)
        document["market"] = {"vix": vix, "vix_closes": self.one(self.closes(), self.closes(), None)}
        document["host"] = {"healthy": self.one(*_FLAGS), "broker_connected": self.one(*_FLAGS, None)}
        document["candidates"] = [self.contract("put", 199 - number) for number in range(self.draw(st.integers(0, 3)))]
        hedges = [self.hedge("SPX", "put", "3.3333"), self.hedge("VIX", "call", "1.6667")]
        document["candidates"] += self.one([], hedges)
        proposal = self.contract("put", 190) | _PROPOSED | {"contracts": self.one(1, 3, 5)}
        remembered = {"highest": self.near(self.one(100_000, 117_647), "0.01")} | self.one({}, {"pivot": _LATCHED})
        memory = {"sleeve": {"A1/gen": remembered}}
        return document | {"proposals": [proposal] * self.one(0, 1), "memory": self.one({}, memory, memory, None)}

    def twist(self, iwm: Document, account: Document) -> None:
        """Put what is not calm into a symbol, an account and its sleeve."""
        spot = self.near(self.one(200, 198, 196, 204))
        iwm["spot"] = self.one(spot, spot, spot, None)
        iwm["spot_at"] = self.now - timedelta(seconds=self.one(0, 0, 30) + abs(self.draw(_NEAR)))
        for bar in iwm["bars"]:
            bar["low"] = self.near(199)
        if self.one(0, 0, 0, 0, 0, 1):
            iwm["bars"][-1]["low"] = iwm["bars"][-1]["high"] + abs(self.near(0))
        account["state"] = self.one("SCANNING", "ANALYZING", "SAFE")
        account["trades_today"], account["maintenance_margin"] = self.draw(st.integers(0, 20)), self.near(600, "0.01")
        (sleeve,) = account["sleeves"]
        sleeve["equity"] = self.near(self.one(100_000, 85_000, 95_000), "0.01")
        sleeve["close_equity"] = self.near(100_000, "0.01")
        sleeve["hedge_spent_quarter"] = abs(self.near(self.one(0, 0, 500), "0.01"))
        sleeve["positions"] = [self.position(number) for number in range(self.draw(st.integers(0, 3)))]

    def closes(self) -> Document:
        closes = {str(day): self.one(self.near(30), Decimal(31), Decimal(31)) for day in _BEFORE}
        return closes | ({str(self.one(*_BEFORE)): None} if self.one(0, 0, 0, 1) else {})

    def contract(self, right: str, strike: int, ticker: str = "IWM") -> Document:
        delta, bid = self.near(self.one("0.40", "0.45", "0.42"), "0.000001"), self.near(self.one("1.95", "2.00"))
        return _contract(ticker, right, strike, self.now) | {
            "delta": -delta if right == "put" else delta, "bid": bid,
            "ask": max(bid, self.near(self.one("2.05", "2.00", "2.04"))), "open_interest": self.one(1, 2, 3, None),
            "average_daily_volume": self.one(self.draw(st.integers(0, 60)), 200),
        } | self.doubt(bid)  # fmt: skip

    def doubt(self, bid: Decimal) -> Document:
        """Return what makes one in a few quotes one that cannot be true."""
        odd = [{"bid": None}, {"bid": 0}, {"ask": None}, {"ask": bid - self.near("0.002")}]
        return self.one(*[{}] * 8, *odd)  # type: ignore[no-any-return]

    def hedge(self, ticker: str, right: str, price: str) -> Document:
        made, ask = self.contract(right, 5000, ticker), self.near(price)
        return made | {"ask": ask, "bid": ask, "expiration": date(2026, 9, 18)}

    def position(self, number: int) -> Document:
        return {
            "id": f"P{number}", "underlying": "IWM", "right": self.one("put", "put", "call"), "strike": 200,
            "expiration": DAY, "multiplier": 100, "quantity": self.draw(st.integers(-9, 3)), "ask": self.near(2),
            "bid": self.one(*[Decimal("1.5")] * 6, None, 0, Decimal(2)), "quoted_at": self.now,
        }  # fmt: skip


def questions(verdict: Verdict) -> Iterator[Wanted]:
    """Yield everything that did not happen: decisions, orders and requirements."""
    law_, ids, decides = verdict.facts.law, verdict.facts.ids, verdict.program.decides
    for kind, subject in dict.fromkeys((rule.kind, rule.subject) for rule in decides):
        rules = tuple(rule for rule in decides if (rule.kind, rule.subject) == (kind, subject))
        choices = [choice for choice in law_.choices.values() if choice.among == kind]
        for row in range(len(ids[subject])):
            yield from (each for each in [Wanted(subject, row, rules, choice) for choice in (None, *choices)]
                        if not each.made(verdict))  # fmt: skip
    for rule in law_.rules.values():
        for row in range(len(ids[rule.subject])) if not rule.decides else ():
            if not (asked := Wanted(rule.subject, row, requirement=rule)).made(verdict):
                yield asked


def nearest(search: Search, cell: Cell) -> Fraction | bool | None:
    """Return how far the nearest tick is at which it happens, found by a scan; of words whether there is one."""
    facts = search.verdict.facts
    if each := words(facts, cell):
        return any(happens(search, cell, word) for word in each if word != held(facts, cell)) or None
    now, room = start(facts, cell), span(facts, cell)
    begin = Fraction(usual(facts, cell)) if now is None else now
    around = range(int(begin // 1) - AROUND, int(begin // 1) + AROUND + 2)
    for tick in sorted(around, key=lambda tick: abs(tick - begin)):
        value = plain(facts, cell, tick) if room.first <= tick <= room.last else None
        if value is not None and happens(search, cell, value):
            return abs(tick - begin)
    return None


def wider(search: Search, change: Change) -> bool:
    """Return whether it happens also right beyond what is told of a fact that was unknown."""
    facts, cell, room = search.verdict.facts, change.cell, limits(search.verdict.facts, change.cell)
    assert change.ends is not None
    ends = [(end, side) for end, side in zip(change.ends, (-1, 1), strict=True) if end is not None]
    ticks = [int(exact(end) * room.under) + side for end, side in ends]
    return any(happens(search, cell, plain(facts, cell, tick)) for tick in ticks)


def moved(search: Search, cell: Cell, by: Fraction) -> Fraction:
    """Return in ticks by how much a change moves a fact."""
    return abs(by * span(search.verdict.facts, cell).under)


_TOGETHER: Final = {"bid": ("bid", "ask"), "ask": ("bid", "ask"), "high": ("high", "low"), "low": ("high", "low")}


def happens(search: Search, cell: Cell, value: Plain) -> bool:
    """Return whether it happens with another value that can be true, and beside which what is judged with it is."""
    facts, wanted = search.verdict.facts, search.wanted
    verdict = decide(facts.law, changed(facts, {cell: value}))
    together = () if cell.day else _TOGETHER.get(cell.fact, (cell.fact,))
    if any((cell.subject, fact, cell.row) in verdict.facts.why for fact in together):
        return False
    id_, ids = facts.ids[wanted.subject][wanted.row], [*verdict.facts.ids[wanted.subject]]
    return id_ in ids and replace(wanted, row=ids.index(id_)).made(verdict)  # what is expired has no name
