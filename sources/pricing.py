"""Delta from the mid of a quote: Black's formula on the forward, solved for the volatility by QuantLib."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from math import exp, isfinite
from typing import Final

from engine.expr.units import UNITS
from sources.calendars import Exchange
from sources.chains import Quotes

_YEAR: Final = timedelta(days=365)
_RATIO: Final = Decimal(1).scaleb(-UNITS["ratio"].scale)
# The solver's tolerance, of volatility × √time: near expiry the sixth decimal of delta needs it.
_ACCURACY: Final = 1e-12
_TRIES: Final = 200
_STEP: Final = 1000


@dataclass(frozen=True, slots=True)
class Terms:
    """What a person states for pricing, per year and continuously compounded; yields by underlying."""

    rate: Decimal
    dividend_yield: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Derived:
    """A delta for each contract, None where there is none; and how many there are for each reason."""

    deltas: list[Decimal | None]
    reasons: Counter[str]


@dataclass(frozen=True, slots=True)
class Quote:
    """One contract as the formula sees it: prices in USD per share, time in years of 365 days."""

    call: bool
    strike: float
    spot: float
    mid: float
    years: float
    rate: float
    dividend_yield: float


def deltas(quotes: Quotes, terms: Terms, exchange: Exchange, tell: Callable[[float], None]) -> Derived:
    """Return delta a share, signed, the holder's view, rounded half to even to what `ratio` keeps.

    What the source states is kept. The rest is derived from the mid, at the instant of the quote, with
    calendar time to the close of the last session on or before the expiration. There is none where the
    quote is one-sided or crossed, the spot or the dividend yield is unknown, the contract has expired,
    or no volatility gives the mid.

    Args:
        quotes: The chain.
        terms: Rate and dividend yields.
        exchange: Sessions to the last expiration.
        tell: Told now and then what share of the contracts is done.
    """
    found = Derived([], Counter())
    for row, (stated, quote) in enumerate(zip(quotes.columns["delta"], _inputs(quotes, terms, exchange), strict=True)):
        delta: Decimal | None = stated
        if stated is not None:
            reason = "from the source"
        elif isinstance(quote, str):
            reason = quote
        else:
            value = black_delta(quote)
            delta = None if value is None else Decimal(repr(value)).quantize(_RATIO, ROUND_HALF_EVEN)
            reason = "no volatility gives the mid" if value is None else "derived"
        found.deltas.append(delta)
        found.reasons[reason] += 1
        if row % _STEP == 0:
            tell(row / len(quotes.rows))
    return found


def black_delta(quote: Quote) -> float | None:
    """Return the delta per share at the volatility that the mid implies; None when none does.

    The option is taken as European. An American price contains the right to exercise early, so that a
    deep put comes out with a volatility a little too high.

    Source:
        Black (1976) on the forward `spot × e^((rate − yield) × years)`; delta by the spot.
    """
    import QuantLib as ql  # noqa: N813 - its usual name

    forward = quote.spot * exp((quote.rate - quote.dividend_yield) * quote.years)
    discount = exp(-quote.rate * quote.years)
    kind = ql.Option.Call if quote.call else ql.Option.Put
    try:
        deviation = ql.blackFormulaImpliedStdDev(
            kind, quote.strike, forward, quote.mid, discount, 0.0, ql.nullDouble(), _ACCURACY, _TRIES
        )
    except RuntimeError:  # how QuantLib says that the mid is outside what any volatility gives
        return None
    if not isfinite(deviation) or deviation <= 0:
        return None
    payoff = ql.PlainVanillaPayoff(kind, quote.strike)
    return float(ql.BlackCalculator(payoff, forward, deviation, discount).delta(quote.spot))


def _inputs(quotes: Quotes, terms: Terms, exchange: Exchange) -> Iterator[Quote | str]:
    """Yield what the formula needs for each contract, or why it cannot be had."""
    columns = quotes.columns
    closes = {day: exchange.last_close(day) for day in set(columns["expiration"])}
    rows = zip(*(columns[name] for name in _READ), strict=True)
    for symbol, right, strike, expiration, bid, ask, quoted_at in rows:
        spot, dividend_yield = quotes.spots.get(symbol), terms.dividend_yield.get(symbol)
        years = _years(quoted_at, closes[expiration])
        if not _positive(bid) or not _positive(ask):
            yield "one-sided quote"
        elif bid > ask:
            yield "crossed quote"
        elif spot is None or not _positive(spot.price) or not _positive(strike):
            yield "no spot or strike"
        elif dividend_yield is None:
            yield "no dividend yield stated"
        elif years <= 0:
            yield "expired"
        else:
            mid = float((bid + ask) / 2)
            yield Quote(
                right == "call",
                float(strike),
                float(spot.price),
                mid,
                years,
                float(terms.rate),
                float(dividend_yield),
            )


_READ = ("underlying", "right", "strike", "expiration", "bid", "ask", "quoted_at")


def _years(quoted_at: datetime | None, close: datetime | None) -> float:
    return (close - quoted_at) / _YEAR if quoted_at and close else 0.0


def _positive(number: Decimal | None) -> bool:
    return number is not None and number.is_finite() and number > 0
