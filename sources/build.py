"""A Snapshot from files."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from engine.facts import Calendar, Market, Snapshot, Symbol
from engine.place import FactError, Fault
from sources import accounts
from sources.bars import read_bars
from sources.calendars import EXCHANGE, SESSIONS_BEFORE, Exchange, exchange
from sources.chains import Quotes, moment, quotes, read_chain
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
    hours = _hours(table, statement)
    as_of = _as_of(table, wish, hours)
    found = quotes(table, as_of, hours.zone)
    _say_chain(found, hours, origin)
    context = Context(statement, files.account.name, as_of, hours, wish.volume_sessions)
    offered = candidates(found, context, origin)
    origin.say("accounts, host, memory", f"{files.account.name}, as stated there")
    held = accounts.quoted(statement, offered, origin)
    market = _market(files, wish, (as_of, hours), origin)
    symbols = _symbols(files, found, statement, (hours.day(as_of), hours), origin)
    calendar = _calendar(found, statement, (hours.day(as_of), hours), origin)
    snapshot = Snapshot(
        format=1,
        origin=str(origin),
        as_of=as_of,
        calendar=calendar,
        market=market,
        host=statement.host,
        symbols=symbols,
        accounts=held,
        candidates=offered,
        proposals=statement.proposals,
        memory=statement.memory,
    )
    return snapshot, tuple(origin.sources)


def _hours(table: Table, statement: Statement) -> Exchange:
    """Return the sessions around every day that the chain and the accounts name."""
    days = [time.date() for time in table.frame["quoted_at"].drop_nulls()]
    if not days:
        raise FactError([Fault(table.place(1), "empty", "no row has a time; a chain needs quotes")])
    days += [*table.frame["expiration"].drop_nulls(), *accounts.expirations(statement)]
    return exchange(min(days), max(days))


def _as_of(table: Table, wish: Wish, hours: Exchange) -> datetime:
    found = wish.at if isinstance(wish.at, datetime) else moment(table, wish.at, hours.zone)
    return found.astimezone(hours.zone)


def _say_chain(found: Quotes, hours: Exchange, origin: Origin) -> None:
    times = sorted({time.astimezone(hours.zone).isoformat() for time in found.columns["quoted_at"] if time})
    at = times[0] if len(times) == 1 else f"{times[0]} to {times[-1]}"
    origin.say("candidates", f"{found.table.file}, {len(found.rows):,} contracts quoted at {at}")
    rounded = ", ".join(f"{count:,} of {name}" for name, count in found.rounded.items() if count)
    if rounded:
        text = f"values rounded half to even to the decimals their unit keeps: {rounded}"
        origin.say("candidates", text, derived=True)


def _market(files: Files, wish: Wish, when: tuple[datetime, Exchange], origin: Origin) -> Market:
    if files.market.suffix in TABLES:
        known = read_market(files.market, *when, when[0] if wish.live else wish.vix_at)
    else:
        known = read_market_document(files.market)
    for name in ("vix", "vix_close"):
        origin.say(f"market.{name}", known.sources.get(name, f"missing: {files.market.name} did not know it by then"))
    return Market.model_validate(known.facts)


def _symbols(
    files: Files, found: Quotes, statement: Statement, when: tuple[date, Exchange], origin: Origin
) -> tuple[Symbol, ...]:
    names = sorted({*found.columns["underlying"], *accounts.underlyings(statement)})
    spots = {name: spot for name, spot in found.spots.items() if spot.price is not None}
    origin.say("symbol.spot", _of(names, spots, found.table.file))
    bars = None if files.bars is None else read_bars(files.bars, when[1].before(when[0], SESSIONS_BEFORE))
    if bars is None:
        origin.say("symbol.bars", "missing: no --bars")
    else:
        rounded = f"; {bars.rounded:,} prices rounded half to even" if bars.rounded else ""
        origin.say("symbol.bars", f"{_of(names, bars.of, bars.file)}; taken as split-adjusted{rounded}")
    earnings = None if files.earnings is None else read_earnings(files.earnings)
    if files.earnings is None or earnings is None:
        origin.say("symbol.earnings", "missing: no --earnings")
    else:
        origin.say("symbol.earnings", _of(names, earnings, files.earnings.name))
    return tuple(
        Symbol(
            symbol=name,
            spot=spots[name].price if name in spots else None,
            spot_at=spots[name].at if name in spots else None,
            bars=bars.of.get(name) if bars else None,
            earnings=earnings.get(name) if earnings is not None else None,
        )
        for name in names
    )


def _calendar(found: Quotes, statement: Statement, when: tuple[date, Exchange], origin: Origin) -> Calendar:
    last = max([when[0], *found.columns["expiration"], *accounts.expirations(statement)])
    calendar = when[1].calendar(when[0], last)
    span = f"{calendar.sessions[0].date} to {calendar.sessions[-1].date}"
    origin.say("calendar", f"{EXCHANGE} of exchange_calendars {version('exchange_calendars')}, {span}")
    return calendar


def _of(names: list[str], found: Mapping[str, object], file: str) -> str:
    """Return which of the underlyings a file speaks of."""
    known = ", ".join(name for name in names if name in found) or "none"
    missing = ", ".join(name for name in names if name not in found)
    return f"{file}: {known}; missing: {missing}" if missing else f"{file}: {known}"
