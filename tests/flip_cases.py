"""Small snapshots near the bounds of a small law, drawn by Hypothesis, and what a scan over ticks finds in them."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from engine.cells import Cell, Plain, changed, doubted, held, kind_of, plain, span, start, usual, words
from engine.decide import decide
from engine.facts import Snapshot
from engine.flip import Search
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
_CLOCKS: Final = ["09:45:00", "11:00:00", "10:20:00", "23:59:50"]


@cache
def law() -> Constitution:
    return load(FOLDER)


@st.composite
def snapshots(draw: DrawFn) -> Snapshot:
    """Draw a snapshot most of whose facts lie a few ticks from where something turns."""

    def near(value: str | int, tick: str) -> Decimal:
        return Decimal(value) + draw(_NEAR) * Decimal(tick)

    def one(*options: Any) -> Any:  # noqa: ANN401 - any value
        return draw(st.sampled_from(options))

    now = datetime.fromisoformat(f"{DAY}T{one(*_CLOCKS)}").replace(tzinfo=ZONE) + timedelta(seconds=draw(_NEAR))
    now += timedelta(milliseconds=one(0, 0, 500))
    spot = near(one(200, 198, 196, 204), "0.0001")
    closes = {str(day): one(near(30, "0.0001"), 31, 31) for day in _BEFORE}
    if one(0, 0, 0, 1):
        closes[str(one(*_BEFORE))] = None
    equity = near(one(100_000, 85_000, 95_000), "0.01")
    quoted = {"multiplier": 100, "quoted_at": now, "open_interest": one(1, 2, 3, None), "maintenance_margin": 100}

    def contract(ticker: str, right: str, strike: int) -> Document:
        delta = near(one("0.40", "0.45", "0.42"), "0.000001")
        bid = near(one("1.95", "2.00"), "0.0001")
        ask = max(bid, near(one("2.05", "2.00", "2.04"), "0.0001"))
        put = {"delta": -delta if right == "put" else delta, "bid": bid, "ask": ask}
        volume = {"average_daily_volume": one(draw(st.integers(0, 60)), 200)}
        return {"underlying": ticker, "right": right, "strike": strike, "expiration": _FRIDAY, **quoted, **put, **volume}

    def position(number: int) -> Document:
        return {
            "id": f"P{number}", "underlying": "IWM", "right": one("put", "put", "call"), "strike": 200,
            "expiration": DAY, "multiplier": 100, "quantity": draw(st.integers(-9, 3)),
            "ask": near(2, "0.0001"), "bid": Decimal("1.5"), "quoted_at": now,
        }  # fmt: skip

    def hedge(ticker: str, right: str, strike: int, price: str) -> Document:
        made = contract(ticker, right, strike)
        ask = near(price, "0.0001")
        return made | {"ask": ask, "bid": ask, "expiration": date(2026, 9, 18)}

    candidates = [contract("IWM", "put", 199 - number) for number in range(draw(st.integers(0, 3)))]
    candidates += [hedge("SPX", "put", 5000, "3.3333"), hedge("VIX", "call", 55, "1.6667")][: one(0, 2, 2)]
    proposal = contract("IWM", "put", 190) | {"account": "A1", "sleeve": "gen", "side": "sell", "contracts": one(1, 3, 5)}
    bars = [{"date": day, "high": 201 + number, "low": near(199, "0.0001"), "close": 200} for number, day in enumerate(_BEFORE)]
    latched = {"since": "2026-03-01T15:00:00Z", "by": "law"}
    remembered = {"highest": near(one(100_000, 117_647), "0.01")} | one({}, {"pivot": latched})
    return snapshot(
        {
            "format": 1,
            "origin": "drawn",
            "as_of": now,
            "calendar": calendar(DAY),
            "market": {"vix": one(near(50, "0.0001"), near(20, "0.0001"), None), "vix_closes": one(closes, closes, None)},
            "host": {"healthy": one(True, False), "broker_connected": one(True, False, None)},
            "symbols": [
                {"symbol": "IWM", "spot": one(spot, spot, spot, None), "bars": bars, "earnings": [],
                 "spot_at": now - timedelta(seconds=one(0, 0, 30) + abs(draw(_NEAR)))},
            ],
            "accounts": [
                {
                    "id": "A1", "state": one("SCANNING", "ANALYZING", "SAFE"), "trades_today": draw(st.integers(0, 20)),
                    "net_liquidation": 1000, "maintenance_margin": near(600, "0.01"), "orders": [], "events": [],
                    "sleeves": [
                        {
                            "kind": "gen", "equity": equity, "close_equity": near(100_000, "0.01"),
                            "hedge_spent_quarter": near(one(0, 0, 500), "0.01").copy_abs(), "holdings": [], "flows": [],
                            "positions": [position(number) for number in range(draw(st.integers(0, 3)))],
                        }
                    ],
                }
            ],
            "candidates": candidates,
            "proposals": [proposal] * one(0, 1),
            "memory": one({}, {"sleeve": {"A1/gen": remembered}}, {"sleeve": {"A1/gen": remembered}}, None),
        }  # fmt: skip
    )


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
    """Return by how much one fact must move, at least, as a scan of the ticks around it finds; of words whether one does."""
    facts = search.verdict.facts
    if each := words(facts, cell):
        return any(_happens(search, cell, word) for word in each if word != held(facts, cell)) or None
    now, room = start(facts, cell), span(facts, cell)
    begin = Fraction(usual(facts, cell)) if now is None else now
    for tick in sorted(range(int(begin // 1) - AROUND, int(begin // 1) + AROUND + 2), key=lambda tick: abs(tick - begin)):
        value = plain(facts, cell, tick) if room.first <= tick <= room.last else None
        if value is not None and not doubted(facts, cell, value) and _happens(search, cell, value):
            return abs(tick - begin)
    return None


def moved(search: Search, cell: Cell, by: Fraction) -> Fraction:
    """Return in ticks by how much a change moves a fact."""
    return abs(by * span(search.verdict.facts, cell).under)


def _happens(search: Search, cell: Cell, value: Plain) -> bool:
    facts, wanted = search.verdict.facts, search.wanted
    verdict = decide(facts.law, changed(facts, {cell: value}))
    ids = verdict.facts.ids[wanted.subject]
    row = ids.index(facts.ids[wanted.subject][wanted.row])
    return Wanted(wanted.subject, row, wanted.rules, wanted.choice, wanted.requirement).made(verdict)
