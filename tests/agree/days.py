"""Snapshots for laws that nobody wrote: an account, few rows, facts on a law's bounds, a tick beside, or missing.

They come in scenes: the market and the accounts once, with many lists of contracts, so that what is asked of very many
contracts at a time can be held against what is said of each list.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from engine.facts import Snapshot
from tests.agree.laws import TICKS, VALUES
from tests.strategies import calendar, snapshot

Contracts: TypeAlias = "list[dict[str, Any]] | None"

_AT: Final = datetime(2026, 3, 5, 10, tzinfo=ZoneInfo("America/New_York"))
_EXPIRATIONS: Final = (date(2026, 3, 5), date(2026, 3, 6))
_NONSENSE: Final = (Decimal("NaN"), Decimal(-1), Decimal(0), None)
_TICKERS: Final = ("IWM", "SPY")
_NAMES: Final = ("underlying", "right", "strike", "expiration")
_COLUMNS: Final = {
    "underlying", "right", "strike", "expiration", "multiplier", "bid", "ask", "quoted_at", "delta", "open_interest",
    "average_daily_volume", "maintenance_margin",
}  # fmt: skip


def values(unit: str) -> tuple[Decimal | None, ...]:
    """Return what a fact of a unit can be: what parameters are, the numbers one tick beside, now and then nonsense."""
    tick = Decimal(TICKS[unit])
    found = [Decimal(value) + step * tick for value in VALUES[unit] for step in (0, 0, 0, -1, 1)]
    return (*found, *found, *found, Decimal(0), *_NONSENSE)


_BY_UNIT: Final[dict[str, SearchStrategy[Decimal | None]]] = {unit: st.sampled_from(values(unit)) for unit in VALUES}
_SURE: Final = {unit: st.sampled_from([Decimal(value) for value in some]) for unit, some in VALUES.items()}
_OR_NOT: Final = st.sampled_from((True, False, None))
_SIZE: Final = st.sampled_from((Decimal(-2), Decimal(-1), Decimal(1), Decimal(2), None))


def _given(draw: DrawFn, **units: str) -> dict[str, Decimal | None]:
    return {name: draw(_BY_UNIT[unit]) for name, unit in units.items()}


def _delta(draw: DrawFn, right: str) -> Decimal | None:
    size = draw(_BY_UNIT["ratio"])
    return size if size is None or right == "call" or draw(st.integers(0, 9)) == 0 else -size


def _contract(draw: DrawFn) -> dict[str, Any]:
    right = draw(st.sampled_from(("put", "call")))
    found = {
        "underlying": draw(st.sampled_from(_TICKERS)),
        "right": right,
        "strike": draw(_SURE["usd_per_share"]) + draw(st.integers(-1, 1)) * Decimal(TICKS["usd_per_share"]),
        "expiration": draw(st.sampled_from(_EXPIRATIONS)),
        "multiplier": Decimal(100),
        "delta": _delta(draw, right),
    }
    return found | _given(draw, bid="usd_per_share", ask="usd_per_share")


def _candidate(draw: DrawFn) -> dict[str, Any]:
    volumes = _given(draw, open_interest="contracts", average_daily_volume="contracts")
    return dict.fromkeys(_COLUMNS) | _contract(draw) | volumes


def _position(draw: DrawFn, name: str) -> dict[str, Any]:
    return _contract(draw) | {"id": name, "quantity": draw(_SIZE)} | _given(draw, credit="usd_per_share")


def _list(draw: DrawFn, most: int) -> int | None:
    """Return how long a list is; now and then it was not delivered."""
    length = draw(st.integers(-1, most * 3))
    return None if length < 0 else min(length, most)


def _sleeve(draw: DrawFn, kind: str) -> dict[str, Any]:
    count = _list(draw, 2)
    positions = None if count is None else [_position(draw, f"{kind}-{number}") for number in range(count)]
    return {"kind": kind, "positions": positions, "holdings": []} | _given(draw, equity="usd", base_capital="usd")


def _contracts(draw: DrawFn) -> Contracts:
    count = _list(draw, 4)
    return None if count is None else _once(_candidate(draw) for _ in range(count))


def _once(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows without those of a contract that was there before."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in _NAMES), row)
    return [*found.values()]


@dataclass(frozen=True)
class Scene:
    """A market and an account, and lists of contracts that are on offer one after the other."""

    document: dict[str, Any]
    lists: Sequence[Contracts]

    @cached_property
    def snapshots(self) -> tuple[Snapshot, ...]:
        """A snapshot with each of the lists."""
        return tuple(snapshot(self.document | {"candidates": rows}) for rows in self.lists)

    @cached_property
    def together(self) -> list[dict[str, Any]]:
        """Every contract of every list once, as it is quoted first."""
        return _once(row for rows in self.lists for row in rows or ())


@st.composite
def scenes(draw: DrawFn, lists: int) -> Scene:
    """Return a scene: an account with a sleeve or two, a few positions, so many lists of a few contracts."""
    kinds = draw(st.sampled_from((("gen",), ("gen", "com"), ("rev",))))
    account = {
        "id": "A1",
        "form": draw(st.sampled_from(("full", "mini", None))),
        "sleeves": [_sleeve(draw, kind) for kind in kinds],
        "orders": [],
    } | _given(draw, net_liquidation="usd", maintenance_margin="usd", trades_today="count", completed_weeks="count")
    document = {
        "format": 1,
        "origin": "Made up.",
        "as_of": _AT,
        "calendar": calendar(_AT.date()),
        "market": _given(draw, vix="index_points", vix_close="index_points", breadth="ratio"),
        "host": {"healthy": draw(_OR_NOT)},
        "symbols": [{"symbol": ticker} | _given(draw, spot="usd_per_share") for ticker in _TICKERS],
        "accounts": [account],
        "proposals": [_proposal(draw, kinds[0])] if draw(st.booleans()) else [],
        "memory": {},
    }
    return Scene(document, [_contracts(draw) for _ in range(lists)])


def _proposal(draw: DrawFn, kind: str) -> dict[str, Any]:
    found = {name: value for name, value in _candidate(draw).items() if value is not None}
    side, contracts = draw(st.sampled_from(("buy", "sell", None))), draw(st.sampled_from((Decimal(1), Decimal(2))))
    return found | {"account": "A1", "sleeve": kind, "side": side, "contracts": contracts}
