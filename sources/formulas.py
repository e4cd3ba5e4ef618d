"""Prices, strikes and deltas of options at a stated volatility: the formulas by which a law's tensions are computed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from math import exp, isfinite, sqrt
from typing import Any, Final

from engine.expr.units import UNITS
from engine.tensions import Formula


@dataclass(frozen=True, slots=True)
class _Terms:
    """Time in years, volatility and rate per year, the rate continuously compounded; no dividends."""

    years: float
    volatility: float
    rate: float

    @property
    def deviation(self) -> float:
        return self.volatility * sqrt(self.years)

    @property
    def discount(self) -> float:
        return exp(-self.rate * self.years)


def _option(right: str) -> Any:  # noqa: ANN401 - QuantLib has no types
    import QuantLib as ql  # noqa: N813 - its usual name

    return ql.Option.Put if right == "put" else ql.Option.Call


def _priced(right: str, spot: float, strike: float, terms: _Terms) -> Any:  # noqa: ANN401 - QuantLib has no types
    """Return Black's formula on the forward, which is that of Black and Scholes (1973) on the spot."""
    import QuantLib as ql  # noqa: N813 - its usual name

    payoff = ql.PlainVanillaPayoff(_option(right), strike)
    return ql.BlackCalculator(payoff, spot / terms.discount, terms.deviation, terms.discount)


def _price(right: str, spot: float, strike: float, terms: _Terms) -> float:
    return float(_priced(right, spot, strike, terms).value())


def _abs_delta(right: str, spot: float, strike: float, terms: _Terms) -> float:
    return abs(float(_priced(right, spot, strike, terms).delta(spot)))


def _strike(right: str, spot: float, abs_delta: float, terms: _Terms) -> float:
    """Return the strike at which an option has an absolute delta by the spot."""
    import QuantLib as ql  # noqa: N813 - its usual name

    of = ql.BlackDeltaCalculator(_option(right), ql.DeltaVolQuote.Spot, spot, terms.discount, 1.0, terms.deviation)
    return float(of.strikeFromDelta(-abs_delta if right == "put" else abs_delta))


def _formula(of: Callable[[str, float, float, _Terms], float], right: str, unit: str) -> Formula:
    """Return a formula on exact numbers; its value is rounded half to even to the decimals that its unit keeps.

    There is none where a number that must be positive is not, or no option has such a delta.
    """
    step = Decimal(1).scaleb(-UNITS[unit].scale)

    def value(numbers: list[Fraction]) -> Fraction | None:
        spot, other, years, volatility, rate = map(float, numbers)
        if min(spot, other, years, volatility) <= 0:
            return None
        try:
            found = of(right, spot, other, _Terms(years, volatility, rate))
        except RuntimeError:  # how QuantLib says that there is none
            return None
        rounded = Fraction(Decimal(repr(found)).quantize(step, ROUND_HALF_EVEN)) if isfinite(found) else Fraction()
        return rounded if rounded > 0 else None

    return value


FORMULAS: Final[Mapping[str, Formula]] = {
    "put_price": _formula(_price, "put", "usd_per_share"),
    "call_price": _formula(_price, "call", "usd_per_share"),
    "put_strike": _formula(_strike, "put", "usd_per_share"),
    "call_strike": _formula(_strike, "call", "usd_per_share"),
    "put_abs_delta": _formula(_abs_delta, "put", "ratio"),
}
