"""The scripted market: closes, bars and quotes of a day, every number exact and the same on every machine.

Options are priced as if the underlying's distance to come were logistic: that has a closed form for price, delta and
the chance of finishing in the money, and keeps put-call parity; it is a script, not a model of any market. A day has
one price, from its first look to its last.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from functools import cached_property
from typing import Final

from engine.calendar import milliseconds
from engine.contract import occ_symbol
from engine.expr.units import UNITS
from engine.facts import Bar, Calendar, Candidates, Market, Report, Right, Symbol
from engine.series import Series
from rehearsal.script import Listing, Script, Terms, along
from sources.calendars import Exchange

_EXACT: Final = Context(prec=12, rounding=ROUND_HALF_EVEN)
_RATIO: Final = Decimal("0.0001")
_DAYS: Final = Decimal(365)
_AFTERNOON: Final = Decimal("0.25")  # what is left of its last day, in days: no contract is without any time
# The standard deviation of a logistic distribution is pi over the root of three times its scale.
_SCALE: Final = Decimal("0.5513288954217920")
# More than any law asks for yet: so many closes back, bars back, and days of sessions onward.
_SPX_CLOSES, _VIX_CLOSES, _BARS, _AHEAD = 300, 15, 6, timedelta(days=14)
_WEEK, _YEAR, _FRIDAY = 7, 12, 4
_AWAY: Final[Mapping[Right, int]] = {"put": -1, "call": 1}
_TOWARDS: Final[Mapping[Right, str]] = {"put": ROUND_FLOOR, "call": ROUND_CEILING}


@dataclass(frozen=True, slots=True)
class Contract:
    """One listed option."""

    underlying: str
    right: Right
    strike: Decimal
    expiration: date

    @property
    def name(self) -> str:
        """Its OCC symbol without blanks."""
        found = occ_symbol(self.underlying, self.expiration, self.right, self.strike)
        return (found or f"{self.underlying}{self.expiration}{self.right}{self.strike}").replace(" ", "")

    def intrinsic(self, spot: Decimal) -> Decimal:
        """Return what exercising it is worth a share."""
        return max(self.strike - spot if self.right == "put" else spot - self.strike, Decimal(0))


@dataclass(frozen=True, slots=True)
class Quote:
    """What is offered for a contract on one day."""

    mid: Decimal
    bid: Decimal
    ask: Decimal
    delta: Decimal


@dataclass
class Tape:
    """Prices of a script by day."""

    script: Script
    exchange: Exchange
    days: dict[str, dict[date, Decimal]] = field(default_factory=dict)
    quotes: dict[tuple[Contract, date], Quote] = field(default_factory=dict)
    scales: dict[tuple[str, date, date], Decimal] = field(default_factory=dict)
    listed: dict[str, Contract] = field(default_factory=dict)
    today: "_Today | None" = None

    @property
    def terms(self) -> Terms:
        """What holds for every contract."""
        return self.script.terms

    @property
    def multiplier(self) -> Decimal:
        """Shares that a contract delivers."""
        return Decimal(self.terms.multiplier)

    def close(self, symbol: str, day: date) -> Decimal:
        """Return a day's price, USD per share, or points of an index."""
        known = self.days.setdefault(symbol, {})
        if day not in known:
            known[day] = along(self.script.listings[symbol].path, day).quantize(self.terms.tick)
        return known[day]

    def quote(self, contract: Contract, day: date) -> Quote:
        """Return what a contract is worth on a day."""
        if (contract, day) not in self.quotes:
            self.quotes[contract, day] = self._quoted(contract, day)
        return self.quotes[contract, day]

    def _quoted(self, contract: Contract, day: date) -> Quote:
        spot, scale = self.close(contract.underlying, day), self._scale(contract.underlying, contract.expiration, day)
        inside = contract.strike - spot if contract.right == "put" else spot - contract.strike
        power = _EXACT.exp(_EXACT.divide(inside, scale))
        worth = _EXACT.multiply(scale, _EXACT.ln(1 + power))
        chance = _EXACT.divide(power, 1 + power).quantize(_RATIO)
        tick = self.terms.tick
        mid = max(worth.quantize(tick), 2 * tick)
        half = max((mid * self.terms.spread).quantize(tick), tick)
        return Quote(mid, mid - half, mid + half, -chance if contract.right == "put" else chance)

    def _scale(self, symbol: str, expiration: date, day: date) -> Decimal:
        """Return the scale of the distance that an underlying goes until a day, USD per share."""
        if (symbol, expiration, day) not in self.scales:
            years = _EXACT.divide(Decimal((expiration - day).days) + _AFTERNOON, _DAYS)
            distance = _EXACT.multiply(self.script.listings[symbol].volatility, self.close(symbol, day))
            self.scales[symbol, expiration, day] = _EXACT.multiply(distance * _SCALE, _EXACT.sqrt(years))
        return self.scales[symbol, expiration, day]

    def contract(self, name: str) -> Contract:
        """Return a contract that was on offer by its OCC symbol, with blanks or without."""
        return self.listed[name.replace(" ", "")]

    def at(self, now: datetime) -> "_Today":
        """Return a day's market, made once for all its looks."""
        day = self.exchange.day(now)
        if self.today is None or self.today.day != day:
            self.today = self._today(day)
        return self.today

    def _today(self, day: date) -> "_Today":
        calendar = self.exchange.calendar(day, day + _AHEAD)
        symbols = tuple(self._symbol(name, listing, day) for name, listing in self.script.listings.items())
        return _Today(day, calendar, self._market(day), symbols, self._chain(day))

    def _market(self, day: date) -> Market:
        """Return what is one for all, with the official closes before today."""
        past = [session.date for session in self.exchange.before(day, _SPX_CLOSES)]
        return Market(
            vix=self.close(self.script.vix, day),
            vix_close=self.close(self.script.vix, past[-1]),
            vix_close_date=past[-1],
            vix_closes=_series([(one, self.close(self.script.vix, one)) for one in past[-_VIX_CLOSES:]]),
            spx_closes=_series([(one, self.close(self.script.index, one)) for one in past]),
            breadth=along(self.script.breadth, past[-1]).quantize(_RATIO),
            breadth_date=past[-1],
        )

    def _symbol(self, name: str, listing: Listing, day: date) -> Symbol:
        return Symbol(
            symbol=name,
            spot=self.close(name, day),
            bars=tuple(self._bar(name, listing, one.date) for one in self.exchange.before(day, _BARS)),
            earnings=tuple(Report(date=one) for one in listing.earnings),
        )

    def _bar(self, name: str, listing: Listing, day: date) -> Bar:
        close = self.close(name, day)
        half = (close * listing.range / 2).quantize(self.terms.tick)
        return Bar(date=day, high=close + half, low=close - half, close=close)

    def offered(self, day: date) -> Iterator[Contract]:
        """Yield the contracts on offer: near ones about the money, far ones with wider steps."""
        for name, listing in self.script.listings.items():
            for expiration in self._near(listing, day):
                yield from self._strikes(name, listing.step, expiration, day)
            for expiration in _far(listing, day):
                yield from self._strikes(name, listing.step * self.terms.wide, expiration, day)

    def _near(self, listing: Listing, day: date) -> list[date]:
        match listing.expire:
            case "every session":
                return self._ahead(day, self.terms.sessions)
            case "fridays":
                ahead = self._ahead(day, (self.terms.weeks + 1) * _WEEK)
                return list({one.isocalendar()[:2]: one for one in ahead}.values())[: self.terms.weeks]
            case "in months only":
                return []

    def _ahead(self, day: date, count: int) -> list[date]:
        begin = bisect_left(self.exchange.sessions, day, key=lambda session: session.date)
        return [session.date for session in self.exchange.sessions[begin : begin + count]]

    def _strikes(self, name: str, step: Decimal, expiration: date, day: date) -> Iterator[Contract]:
        """Yield the contracts out of the money whose delta is in the band on offer, from the money outwards."""
        spot, scale = self.close(name, day), self._scale(name, expiration, day)
        near, far = (_EXACT.multiply(scale, distance) for distance in self._distances)
        for steps in range(int(near // step), int(far // step) + 2):
            for right, away in _AWAY.items():
                strike = (spot / step).to_integral_value(_TOWARDS[right]) * step + away * steps * step
                if near <= abs(strike - spot) <= far and strike > 0:
                    yield Contract(name, right, strike, expiration)

    @cached_property
    def _distances(self) -> tuple[Decimal, Decimal]:
        """How far from the money, in scales, the deltas on offer lie: nearest and farthest."""
        least, most = self.terms.deltas
        return _EXACT.ln(_EXACT.divide(1 - most, most)), _EXACT.ln(_EXACT.divide(1 - least, least))

    def _chain(self, day: date) -> Candidates:
        rows = [(contract, self.quote(contract, day)) for contract in self.offered(day)]
        asked = self.terms.margin * self.multiplier
        chain = Candidates.of_columns(
            {
                "underlying": [contract.underlying for contract, _ in rows],
                "right": [contract.right for contract, _ in rows],
                "strike": [contract.strike for contract, _ in rows],
                "expiration": [contract.expiration for contract, _ in rows],
                "multiplier": [self.multiplier] * len(rows),
                "bid": [quote.bid for _, quote in rows],
                "ask": [quote.ask for _, quote in rows],
                "delta": [quote.delta for _, quote in rows],
                "open_interest": [Decimal(self.terms.interest)] * len(rows),
                "average_daily_volume": [Decimal(self.terms.volume)] * len(rows),
                "maintenance_margin": [contract.strike * asked for contract, _ in rows],
            }
        )
        names = chain.columns["occ_symbol"]
        self.listed |= {name.replace(" ", ""): contract for name, (contract, _) in zip(names, rows, strict=True)}
        return chain


@dataclass(frozen=True, slots=True)
class _Today:
    """A day's market without the time of its observation."""

    day: date
    calendar: Calendar
    market: Market
    symbols: Sequence[Symbol]
    chain: Candidates

    def facts(self, now: datetime) -> tuple[Market, tuple[Symbol, ...], Candidates]:
        """Return market, symbols and chain as they are observed at one instant of the day."""
        market = self.market.model_copy(update={"vix_at": now})
        symbols = tuple(one.model_copy(update={"spot_at": now}) for one in self.symbols)
        columns = {**self.chain.columns, "quoted_at": [milliseconds(now)] * self.chain.size}
        return market, symbols, replace(self.chain, columns=columns)


def _series(closes: Sequence[tuple[date, Decimal]]) -> Series:
    scale = 10 ** UNITS["closes"].scale
    return Series.of({day.toordinal(): int(close * scale) for day, close in closes}, {})


def _far(listing: Listing, day: date) -> Iterator[date]:
    for ahead in listing.months:
        year, month = divmod(day.year * _YEAR + day.month - 1 + ahead, _YEAR)
        yield third_friday(year, month + 1)


def third_friday(year: int, month: int) -> date:
    """Return the day on which a month's options expire."""
    first = date(year, month, 1)
    return first + timedelta(days=(_FRIDAY - first.weekday()) % _WEEK + 2 * _WEEK)
