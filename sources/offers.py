"""A chain's contracts as candidates: what the file states, and what is derived where it states nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from importlib.metadata import version
from typing import Any, Final

from engine.expr.units import UNITS
from engine.facts import Candidates, readings
from engine.place import FactError, Fault
from sources.calendars import Moment
from sources.chains import Quotes, average_volumes
from sources.documents import Statement, number
from sources.origin import Origin
from sources.pricing import Terms, deltas

_CENT: Final = Decimal(1).scaleb(-UNITS["usd_per_contract"].scale)
_MODEL: Final = "Black (1976), European, on the mid, calendar time to the close of the last session"


@dataclass(frozen=True, slots=True)
class Context:
    """What contracts are completed with.

    Attributes:
        statement: What a person states, and `account`, the name of the file that says it.
        now: The instant of the snapshot, with sessions from the first day of the chain to its last expiration.
        volume_sessions: The window of the average daily volume.
    """

    statement: Statement
    account: str
    now: Moment
    volume_sessions: int


def candidates(quotes: Quotes, context: Context, origin: Origin) -> Candidates:
    """Return the contracts as columns of a snapshot.

    Raises:
        FactError: A value that is not of its fact's form, or nobody says what a contract delivers.
    """
    columns: dict[str, Sequence[Any]] = dict(quotes.columns)
    columns["multiplier"] = _multipliers(quotes, context, origin)
    columns["delta"] = _deltas(quotes, context, origin)
    columns["average_daily_volume"] = _volumes(quotes, context, origin)
    columns["maintenance_margin"] = _margins(columns, context, origin)
    read = {name: reading.column(columns[name]) for name, reading in readings().items()}
    faults = [
        Fault(quotes.table.place(quotes.rows[row]), error.code, f"{name}: {error}")
        for name, column in read.items()
        for row, error in list(column.malformed.items())[:1]
    ]
    if faults:
        raise FactError(faults)
    return Candidates.of_read(read)


def _multipliers(quotes: Quotes, context: Context, origin: Origin) -> list[Any]:
    given: list[Any] = quotes.columns["multiplier"]
    if None not in given:
        return given
    stated = number(context.statement.multiplier)
    if stated is None:
        advice = f"state `multiplier: 100` in {context.account}, or add the column"
        place = quotes.table.place(quotes.rows[given.index(None)])
        raise FactError([Fault(place, "no-multiplier", f"nothing says how many shares a contract delivers; {advice}")])
    origin.say("candidates.multiplier", f"{stated}, as {context.account} states it")
    return [stated if value is None else value for value in given]


def _deltas(quotes: Quotes, context: Context, origin: Origin) -> list[Decimal | None]:
    given: list[Decimal | None] = quotes.columns["delta"]
    pricing = context.statement.pricing
    rate = None if pricing is None else number(pricing.rate)
    if pricing is None or rate is None:
        known = sum(value is not None for value in given)
        reason = f"{context.account} states no pricing, so none is derived"
        origin.say("candidates.delta", f"{known:,} of {len(given):,} from {quotes.table.file}; {reason}")
        return given
    stated = {name: number(value) for name, value in pricing.dividend_yield.items()}
    yields = {name: value for name, value in stated.items() if value is not None}
    found = deltas(quotes, Terms(rate, yields), context.now.exchange, lambda share: origin.tell("deltas", share))
    said = ", ".join(f"{name} {value:f}" for name, value in yields.items())
    terms = f"rate {rate:f}, dividend yield {said}, as {context.account} states them"
    model = f"{_MODEL}, by QuantLib {version('QuantLib')}"
    how = f"; {model}; {terms}" if found.reasons["derived"] else ""
    origin.say("candidates.delta", f"{_counts(found.reasons)}{how}", derived=bool(found.reasons["derived"]))
    return found.deltas


def _volumes(quotes: Quotes, context: Context, origin: Origin) -> list[Any]:
    given: list[Any] = quotes.columns["average_daily_volume"]
    if None not in given:
        origin.say("candidates.average_daily_volume", quotes.table.file)
        return given
    found = average_volumes(quotes, context.now, context.volume_sessions)
    days = ", ".join(map(str, found.days)) or "none"
    window = f"of the {context.volume_sessions} sessions before, {quotes.table.file} has {days}"
    counted = "each day's volume counts to the time of its quotes"
    text = f"{_counts(found.reasons)}; {window}; {counted}"
    origin.say("candidates.average_daily_volume", text, derived=True)
    return [mean if value is None else value for value, mean in zip(given, found.values, strict=True)]


def _margins(columns: Mapping[str, Sequence[Any]], context: Context, origin: Origin) -> list[Decimal | None]:
    given: list[Decimal | None] = list(columns["maintenance_margin"])
    stated = () if context.statement.margin_rate is None else context.statement.margin_rate
    rates = {right: rate for right, value in stated if (rate := number(value)) is not None}
    if not rates:
        known = sum(value is not None for value in given)
        reason = f"{context.account} states no margin_rate to derive others with"
        origin.say("candidates.maintenance_margin", f"{known:,} of {len(given):,} from the chain; {reason}")
        return given
    said = ", ".join(f"{right} {rate:f}" for right, rate in rates.items())
    text = f"strike × multiplier × {said} as {context.account} states, rounded up to the cent"
    origin.say("candidates.maintenance_margin", text, derived=True)
    rows = zip(given, columns["right"], columns["strike"], columns["multiplier"], strict=True)
    return [
        _margin(strike, multiplier, rates.get(right)) if value is None else value
        for value, right, strike, multiplier in rows
    ]


def _margin(strike: Decimal | None, multiplier: Decimal | int, rate: Decimal | None) -> Decimal | None:
    if strike is None or not strike.is_finite() or strike <= 0 or rate is None:
        return None
    return (strike * multiplier * rate).quantize(_CENT, ROUND_CEILING)


def _counts(reasons: Mapping[str, int]) -> str:
    return ", ".join(
        f"{reason} {reasons[reason]:,}"
        for reason in sorted(reasons, key=lambda name: -reasons[name])
        if reasons[reason]
    )
