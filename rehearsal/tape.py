"""The scripted market: closes, bars and quotes of a day, every number exact and the same on every machine.

Options are priced as if the underlying's distance to come were logistic: that has a closed form for price, delta and
the chance of finishing in the money, and keeps put-call parity; it is a script, not a model of any market.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cache
from typing import Final

from engine.calendar import milliseconds
from engine.expr.units import UNITS
from engine.facts import Bar, Candidates, Market, Report, Right, Symbol
from engine.series import Series
from rehearsal.script import Listing, Script, along
from sources.calendars import Exchange

_EXACT: Final = Context(prec=18, rounding=ROUND_HALF_EVEN)
_CENT, _TICK = Decimal("0.01"), Decimal("0.0001")
_SPREAD: Final = Decimal("0.01")
_DAYS: Final = Decimal(365)
_AFTERNOON: Final = Decimal("0.25")
# The standard deviation of a logistic distribution is pi over the root of three times its scale.
_SCALE: Final = Decimal("0.5513288954217920")
_WIDTH: Final = Decimal("1.45")
_NEAR, _FAR_STEP = 6, 10
_BARS: Final = 6


@dataclass(frozen=True, slots=True)
class Contract:
    """One listed option."""

    underlying: str
    right: Right
    strike: Decimal
    expiration: date


@dataclass(frozen=True, slots=True)
class Quote:
    """What is offered for a contract on one day."""

    mid: Decimal
    delta: Decimal

    @property
    def bid(self) -> Decimal:
        """A hundredth of the mid under it, a cent at least."""
        return self.mid - max(_CENT, (self.mid * _SPREAD).quantize(_CENT))

    @property
    def ask(self) -> Decimal:
        """As far above it."""
        return self.mid + max(_CENT, (self.mid * _SPREAD).quantize(_CENT))


@dataclass
class Tape:
    """Prices of a script by day."""

    script: Script
    exchange: Exchange
    days: dict[str, dict[date, Decimal]] = field(default_factory=dict)
    quotes: dict[tuple[Contract, date], Quote] = field(default_factory=dict)
    chains: dict[date, Candidates] = field(default_factory=dict)

    def close(self, symbol: str, day: date) -> Decimal:
        """Return a day's price, USD per share, or points of an index."""
        known = self.days.setdefault(symbol, {})
        if day not in known:
            known[day] = along(self.script.listings[symbol].path, day).quantize(_CENT)
        return known[day]

    def vix(self, day: date) -> Decimal:
        """Return the VIX of a day."""
        return along(self.script.vix, day).quantize(_CENT)

    def quote(self, contract: Contract, day: date) -> Quote:
        """Return what a contract is worth on a day."""
        if (contract, day) not in self.quotes:
            self.quotes[contract, day] = self._quoted(contract, self.close(contract.underlying, day), day)
        return self.quotes[contract, day]

    def _quoted(self, contract: Contract, spot: Decimal, day: date) -> Quote:
        listing = self.script.listings[contract.underlying]
        years = (Decimal((contract.expiration - day).days) + _AFTERNOON) / _DAYS
        scale = _EXACT.multiply(listing.volatility * spot * _SCALE, _EXACT.sqrt(years))
        above = contract.strike - spot if contract.right == "put" else spot - contract.strike
        power = _EXACT.exp(_EXACT.divide(above, scale))
        worth = _EXACT.multiply(scale, _EXACT.ln(1 + power))
        chance = _EXACT.divide(power, 1 + power).quantize(_TICK)
        return Quote(max(worth.quantize(_CENT), 2 * _CENT), -chance if contract.right == "put" else chance)

    def market(self, now: datetime, spx: tuple[str, int], closes: int) -> Market:
        """Return what is one for all, with so many official closes of both indexes before today."""
        day = self.exchange.day(now)
        name, count = spx
        past = [session.date for session in self.exchange.before(day, max(count, closes))]
        return Market(
            vix=self.vix(day),
            vix_at=now,
            vix_close=self.vix(past[-1]),
            vix_close_date=past[-1],
            vix_closes=_series({one: self.vix(one) for one in past[-closes:]}),
            spx_closes=_series({one: self.close(name, one) for one in past[-count:]}),
            breadth=along(self.script.breadth, past[-1]).quantize(_TICK),
            breadth_date=past[-1],
        )

    def symbols(self, now: datetime) -> Iterator[Symbol]:
        """Yield every underlying with its completed bars and its calendar of reports."""
        day = self.exchange.day(now)
        for name, listing in self.script.listings.items():
            yield Symbol(
                symbol=name,
                spot=self.close(name, day),
                spot_at=now,
                bars=tuple(self._bar(name, listing, one.date) for one in self.exchange.before(day, _BARS)),
                earnings=tuple(Report(date=one) for one in listing.earnings),
            )

    def _bar(self, name: str, listing: Listing, day: date) -> Bar:
        close = self.close(name, day)
        half = (close * listing.range / 2).quantize(_CENT)
        return Bar(date=day, high=close + half, low=close - half, close=close)

    def listed(self, day: date) -> Iterator[Contract]:
        """Yield the contracts on offer: near ones about the money, far ones with wider steps."""
        for name, listing in self.script.listings.items():
            for expiration in self._near(listing, day):
                yield from self._strikes(name, listing.step, expiration, day)
            for expiration in self._far(listing, day):
                yield from self._strikes(name, listing.step * _FAR_STEP, expiration, day)

    def _near(self, listing: Listing, day: date) -> list[date]:
        ahead = [one.date for one in self.exchange.sessions if one.date >= day]
        if listing.expire == "in months only":
            return []
        if listing.expire == "every session":
            return ahead[:_NEAR]
        weeks: dict[tuple[int, int], date] = {one.isocalendar()[:2]: one for one in ahead[: _NEAR * 2]}
        return list(weeks.values())[:2]

    def _far(self, listing: Listing, day: date) -> Iterator[date]:
        for ahead in listing.months:
            year, month = divmod(day.year * 12 + day.month - 1 + ahead, 12)
            yield third_friday(year, month + 1)

    def _strikes(self, name: str, step: Decimal, expiration: date, day: date) -> Iterator[Contract]:
        spot, listing = self.close(name, day), self.script.listings[name]
        years = (Decimal((expiration - day).days) + _AFTERNOON) / _DAYS
        reach = _WIDTH * listing.volatility * spot * _EXACT.sqrt(years) * _SCALE
        strike = (spot - reach) // step * step
        while strike <= spot + reach:
            if strike > 0:
                for right in ("put", "call"):
                    yield Contract(name, right, strike, expiration)
            strike += step

    def candidates(self, now: datetime) -> Candidates:
        """Return every contract on offer with its quote; within a day only the time of the quotes goes on."""
        day = self.exchange.day(now)
        if day not in self.chains:
            self.chains[day] = self._chain(day)
        chain = self.chains[day]
        return replace(chain, columns={**chain.columns, "quoted_at": [milliseconds(now)] * chain.size})

    def _chain(self, day: date) -> Candidates:
        rows = [(contract, self.quote(contract, day)) for contract in self.listed(day)]
        return Candidates.of_columns(
            {
                "underlying": [contract.underlying for contract, _ in rows],
                "right": [contract.right for contract, _ in rows],
                "strike": [contract.strike for contract, _ in rows],
                "expiration": [contract.expiration for contract, _ in rows],
                "multiplier": [Decimal(100)] * len(rows),
                "bid": [quote.bid for _, quote in rows],
                "ask": [quote.ask for _, quote in rows],
                "delta": [quote.delta for _, quote in rows],
                "open_interest": [Decimal(5000)] * len(rows),
                "average_daily_volume": [Decimal(5000)] * len(rows),
                "maintenance_margin": [contract.strike * 20 for contract, _ in rows],
            }
        )


def _series(closes: dict[date, Decimal]) -> Series:
    scale = 10 ** UNITS["closes"].scale
    return Series.of({day.toordinal(): int(close * scale) for day, close in closes.items()}, {})


@cache
def third_friday(year: int, month: int) -> date:
    """Return the day on which a month's options expire."""
    first = date(year, month, 1)
    return first + timedelta(days=(4 - first.weekday()) % 7 + 14)
