"""A Snapshot from files."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from engine.facts import Bar, Calendar, Candidates, Market, Report, Snapshot, Symbol
from engine.place import FactError, Fault
from sources import accounts
from sources.bars import read_bars
from sources.calendars import EXCHANGE, SESSIONS_BEFORE, Moment, exchange
from sources.chains import Quotes, last_quotes, quotes, read_chain
from sources.documents import Statement, read_earnings, read_market_document, read_statement
from sources.markets import read_market
from sources.offers import Context, candidates
from sources.origin import Origin, Source, Tell
from sources.tables import Table

TABLES: Final = (".parquet", ".csv")


@dataclass(frozen=True, slots=True)
class Files:
    """What a snapshot is built from."""

    chain: Path
    market: Path
    account: Path
    bars: Path | None = None
    earnings: Path | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What no file says.

    Attributes:
        at: The instant of the snapshot, or the day whose last quotes give it; None if the chain has one day.
        volume_sessions: The window of the average daily volume, in sessions.
        zone: The zone of times in the chain that carry no offset; without it they are refused.
        vix_at: When the VIX of a market table was observed; `live` says at the instant of the snapshot.
    """

    at: datetime | date | None
    volume_sessions: int
    zone: ZoneInfo | None = None
    vix_at: datetime | None = None
    live: bool = False


def build(files: Files, wish: Wish, tell: Tell) -> tuple[Snapshot, tuple[Source, ...]]:
    """Return the snapshot of one instant, and the sources of its facts, which its origin names too.

    Args:
        files: What it is built from.
        wish: The instant, and what else no file says.
        tell: Hears what is being done and which share of it is done.

    Raises:
        FactError: A file is malformed, or has nothing for that instant.
    """
    origin = Origin(tell)
    statement = read_statement(files.account)
    tell("chain", 0)
    table = read_chain(files.chain, wish.zone)
    tell("calendar", 0)
    now = _now(table, statement, wish)
    found = quotes(table, now.at, now.exchange.zone)
    _say_chain(found, now, origin)
    context = Context(statement, files.account.name, now, wish.volume_sessions)
    offered = candidates(found, context, origin)
    snapshot = around(files, wish, Scene(statement, now, found, offered), origin)
    return snapshot, tuple(origin.sources)


@dataclass(frozen=True, slots=True)
class Scene:
    """The accounts as stated, the instant, the quotes, and those of them that are on offer."""

    statement: Statement
    now: Moment
    quotes: Quotes
    offered: Candidates | None


def around(files: Files, wish: Wish, scene: Scene, origin: Origin) -> Snapshot:
    """Return a snapshot of contracts on offer: the market, the underlyings, the calendar and the accounts around them.

    Raises:
        FactError: A file is malformed, or has nothing for that instant.
    """
    statement, now, found = scene.statement, scene.now, scene.quotes
    origin.say("accounts, host, memory", f"{files.account.name}, as stated there")
    offered = scene.offered
    held = statement.accounts if offered is None else accounts.quoted(statement, offered, origin)
    market = _market(files, wish, now, origin)
    names = sorted({*found.columns["underlying"], *accounts.underlyings(statement)})
    symbols = _symbols(names, found, (_bars(files, names, now, origin), _earnings(files, names, origin)), origin)
    last = max([now.day, *found.columns["expiration"], *accounts.expirations(statement)])
    return Snapshot(
        format=1,
        calendar=_calendar(now, last, origin),
        origin=str(origin),
        as_of=now.at,
        market=market,
        host=statement.host,
        symbols=symbols,
        accounts=held,
        candidates=offered,
        proposals=statement.proposals,
        memory=statement.memory,
    )


def _now(table: Table, statement: Statement, wish: Wish) -> Moment:
    """Return the instant, among the sessions around every day that the chain and the accounts name."""
    days = [time.date() for time in table.frame["quoted_at"]]
    if not days:
        raise FactError([Fault(table.place(1), "empty", "no row stands here; a chain needs quotes")])
    days += [*table.frame["expiration"], *accounts.expirations(statement)]
    hours = exchange(min(days), max(days))
    found = wish.at if isinstance(wish.at, datetime) else last_quotes(table, wish.at, hours.zone)
    return Moment(found.astimezone(hours.zone), hours)


def _say_chain(found: Quotes, now: Moment, origin: Origin) -> None:
    zone = now.exchange.zone
    times = sorted({time.astimezone(zone).isoformat() for time in found.columns["quoted_at"]})
    at = times[0] if len(times) == 1 else f"{times[0]} to {times[-1]}"
    origin.say("candidates", f"{found.table.file}, {len(found.rows):,} contracts quoted at {at}")
    rounded = ", ".join(f"{count:,} of {name}" for name, count in found.rounded.items() if count)
    if rounded:
        text = f"values rounded half to even to the decimals their unit keeps: {rounded}"
        origin.say("candidates", text, derived=True)


def _market(files: Files, wish: Wish, now: Moment, origin: Origin) -> Market:
    if files.market.suffix in TABLES:
        known = read_market(files.market, now, now.at if wish.live else wish.vix_at)
    else:
        known = read_market_document(files.market)
    for name in ("vix", "vix_close", "vix_closes", "spx_closes", "breadth"):
        missing = f"missing: {files.market.name} says none that was known by then"
        origin.say(f"market.{name}", known.sources.get(name, missing))
    return Market.model_validate(known.facts)


def _bars(files: Files, names: list[str], now: Moment, origin: Origin) -> Mapping[str, tuple[Bar, ...]]:
    if files.bars is None:
        origin.say("symbol.bars", "missing: no --bars")
        return {}
    bars = read_bars(files.bars, now.exchange.before(now.day, SESSIONS_BEFORE))
    rounded = f"; {bars.rounded:,} prices rounded half to even" if bars.rounded else ""
    origin.say("symbol.bars", f"{_of(names, bars.of, bars.file)}; taken as split-adjusted{rounded}")
    return bars.of


def _earnings(files: Files, names: list[str], origin: Origin) -> Mapping[str, tuple[Report, ...]]:
    if files.earnings is None:
        origin.say("symbol.earnings", "missing: no --earnings")
        return {}
    earnings = read_earnings(files.earnings)
    origin.say("symbol.earnings", _of(names, earnings, files.earnings.name))
    return earnings


def _symbols(
    names: list[str],
    found: Quotes,
    beside: tuple[Mapping[str, tuple[Bar, ...]], Mapping[str, tuple[Report, ...]]],
    origin: Origin,
) -> tuple[Symbol, ...]:
    bars, earnings = beside
    spots = found.spots
    origin.say("symbol.spot", _of(names, spots, found.table.file))
    return tuple(
        Symbol(
            symbol=name,
            spot=spots[name].price if name in spots else None,
            spot_at=spots[name].at if name in spots else None,
            bars=bars.get(name),
            earnings=earnings.get(name),
        )
        for name in names
    )


def _calendar(now: Moment, last: date, origin: Origin) -> Calendar:
    calendar = now.exchange.calendar(now.day, last)
    span = f"{calendar.sessions[0].date} to {calendar.sessions[-1].date}"
    origin.say("calendar", f"{EXCHANGE} of exchange_calendars {version('exchange_calendars')}, {span}")
    return calendar


def _of(names: list[str], found: Mapping[str, object], file: str) -> str:
    """Return which of the underlyings a file speaks of."""
    known = ", ".join(name for name in names if name in found) or "none"
    missing = ", ".join(name for name in names if name not in found)
    return f"{file}: {known}; missing: {missing}" if missing else f"{file}: {known}"
