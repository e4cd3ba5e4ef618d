"""By hand over columns: numpy and polars, floats, a bit for each reason.

What is said of the scene and of a ticker is said by the functions of `hand`, once; each check of a contract is one
operation on whole columns.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy
import polars

from bench.peers.engines.hand import NEAR, NEAR_SECONDS, NEAR_USD, Day, Desk, checks, desk
from bench.peers.scene import Answers, Scene

PACKAGES: Final = ("numpy", "polars")
_NUMBERS: Final = (
    "strike", "bid", "ask", "quoted_at", "delta", "open_interest", "average_daily_volume", "maintenance_margin",
    "expiration", "multiplier", "contracts",
)  # fmt: skip
# The checks of a contract, in the order of the law.
OF_CONTRACT: Final = (
    "right", "multiplier", "quote_stale", "bid", "crossed", "spread", "wide", "life", "delta", "delta_today",
    "interest", "volume", "turnover", "near", "far", "dear", "exposure", "deployment", "margin", "order_size", "yield",
)  # fmt: skip


@dataclass(slots=True)
class Chain:
    """A scene whose contracts are columns; `ticker` has the place of each contract's symbol, `names` the symbols."""

    desk: Desk
    names: list[str]
    columns: dict[str, Any]


class _Columns:
    """What both have in common: what is said of the scene and of each ticker, and which bit is which reason."""

    def __init__(self, text: str) -> None:
        self.law = json.loads(text)
        self.of_scene, self.of_ticker, _ = checks(self.law)
        self.bits: dict[str, int] = {}

    def ready(self, scene: Scene) -> Chain:
        few = {**scene, "candidates": [_one_of(scene, name) for name in scene["symbols"]]}
        linked, names = desk(few), [*scene["symbols"]]
        whole = desk(scene).candidates
        columns: dict[str, Any] = {name: numpy.array([getattr(row, name) for row in whole]) for name in _NUMBERS}
        columns["put"] = numpy.array([row.right == "put" for row in whole])
        columns["ticker"] = numpy.array([names.index(row.symbol.symbol) for row in whole])
        return Chain(linked, names, columns)

    def above(self, chain: Chain) -> tuple[Day, list[int], list[float], list[float]]:
        """Return what is derived of the scene, and of each ticker its reasons as bits, its room and its spot."""
        every: list[str] = []
        day = self.of_scene(chain.desk, every)
        masks, rooms, spots = list[int](), list[float](), list[float]()
        for candidate in chain.desk.candidates:
            reasons = [*every]
            rooms.append(self.of_ticker(chain.desk, candidate.symbol, candidate.holding, reasons))
            masks.append(sum(self.bit(reason) for reason in reasons))
            spots.append(candidate.symbol.spot)
        return day, masks, rooms, spots

    def bit(self, reason: str) -> int:
        return self.bits.setdefault(reason, 1 << len(OF_CONTRACT) + len(self.bits))

    def told(self, masks: Any) -> Answers:  # noqa: ANN401 - an array of either kind
        """Return the reasons of each mask as strings."""
        named = [
            *((1 << place, reason) for place, reason in enumerate(OF_CONTRACT)),
            *((bit, reason) for reason, bit in self.bits.items()),
        ]
        return [[reason for bit, reason in named if mask & bit] for mask in map(int, masks)]

    def refused(
        self, day: Day, row: Callable[[str], Any], now: tuple[float, int], take: tuple[Callable[[Any], Any], bool]
    ) -> Iterator[Any]:
        """Yield for each check of a contract where it does not hold; `row` gives a column by name."""
        law, (as_of, closed), (absolute, calls) = self.law, now, take
        bid, ask, strike, spot = row("bid"), row("ask"), row("strike"), row("spot")
        volume, interest, contracts = row("average_daily_volume"), row("open_interest"), row("contracts")
        multiplier, margin, put = row("multiplier"), row("maintenance_margin"), row("put")
        spread, mid, life = ask - bid, (bid + ask) / 2, row("expiration") - closed
        delta, notional = absolute(row("delta")), strike * multiplier * contracts
        out = (spot - strike) * (put * 2 - 1)
        lowest, highest = law["delta_band"]
        shortest, longest = law["life_band"]
        yield (put & False) if calls else ~put
        yield multiplier != law["lot_size"]
        yield as_of - row("quoted_at") > law["data_age_limit"] + NEAR_SECONDS
        yield bid < law["bid_floor"] - NEAR
        yield ask <= bid
        yield spread > law["spread_limit"] * mid + NEAR
        yield spread > law["widest"] + NEAR
        yield (life < shortest) | (life > longest)
        yield (delta < lowest - NEAR) | (delta > highest + NEAR)
        yield delta > day.delta_cap + NEAR
        yield interest < law["interest_floor"]
        yield volume < law["volume_floor"]
        yield interest > law["turnover_limit"] * volume
        yield out < law["nearest"] * spot - NEAR
        yield out > law["farthest"] * spot + NEAR
        yield margin > strike * multiplier + NEAR_USD
        yield notional > row("room") + NEAR_USD
        yield notional > day.room + NEAR_USD
        yield margin * contracts > day.margin_left + NEAR_USD
        yield contracts > law["volume_share"] * volume + NEAR
        yield mid * multiplier * contracts < law["yield_floor"] * notional - NEAR_USD


class Numpy(_Columns):
    """every check an operation on whole columns, the reasons as bits"""

    def answer(self, native: Chain) -> Any:  # noqa: ANN401 - an array
        day, masks, rooms, spots = self.above(native)
        ticker = native.columns["ticker"]
        columns = {**native.columns, "room": numpy.array(rooms)[ticker], "spot": numpy.array(spots)[ticker]}
        market, calls = native.desk.market, day.regime in self.law["call_regimes"]
        found = numpy.array(masks)[ticker]
        now = market.as_of, market.vix_close_date
        for place, refused in enumerate(self.refused(day, columns.__getitem__, now, (numpy.abs, calls))):
            found |= refused.astype(numpy.int64) << place
        return found


class Polars(_Columns):
    """every check an expression, one select for all, the reasons as bits"""

    def ready(self, scene: Scene) -> Chain:
        chain = super().ready(scene)
        chain.columns["frame"] = polars.DataFrame(chain.columns)
        return chain

    def answer(self, native: Chain) -> Any:  # noqa: ANN401 - a series
        day, masks, rooms, spots = self.above(native)
        market, calls = native.desk.market, day.regime in self.law["call_regimes"]
        tickers = polars.DataFrame({"ticker": range(len(masks)), "mask": masks, "room": rooms, "spot": spots}).lazy()
        frame = native.columns["frame"].lazy().join(tickers, on="ticker", how="left", maintain_order="left")
        found, now = polars.col("mask"), (market.as_of, market.vix_close_date)
        for place, refused in enumerate(self.refused(day, polars.col, now, (polars.Expr.abs, calls))):
            found = found + refused.cast(polars.Int64) * (1 << place)
        return frame.select(found).collect().to_series()


def _one_of(scene: Scene, name: str) -> dict[str, Any]:
    """Return some candidate of a ticker, for what is linked to it."""
    listed = (row for row in scene["candidates"] if row["underlying"] == name)
    return next(listed, {**scene["candidates"][0], "underlying": name})
