"""Days, instants and zones as options of a command: what cannot be read is a person's mistake, said in one line."""

from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

import click

from engine.calendar import moment, zone_of
from engine.fields import Fact, FormError
from engine.law.values import ValueFault, read_time
from sources.tables import instant

NOW: Final = "as-of"


def at_time(context: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    """Return an instant with its offset."""
    try:
        return None if value is None else instant(value)
    except FormError as error:
        raise click.BadParameter(str(error), context, parameter) from None


def at_time_or_now(context: click.Context, parameter: click.Parameter, value: str | None) -> datetime | str | None:
    """Return an instant, or the word that says the snapshot's own."""
    return value if value == NOW else at_time(context, parameter, value)


def at_time_or_clock(context: click.Context, parameter: click.Parameter, value: str | None) -> datetime | time | None:
    """Return an instant, or a time of day such as 10:30."""
    try:
        return None if value is None else moment(read_time(value)).time()
    except ValueFault:
        return at_time(context, parameter, value)


def on_day(context: click.Context, parameter: click.Parameter, value: str | None) -> date | None:
    """Return a date."""
    try:
        day: date | None = None if value is None else Fact("date", "a day").read(value)
    except FormError as error:
        raise click.BadParameter(str(error), context, parameter) from None
    return day


def on_days(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[date, ...]:
    """Return dates, each of them once, oldest first."""
    return tuple(sorted({day for value in values if (day := on_day(context, parameter, value)) is not None}))


def in_zone(context: click.Context, parameter: click.Parameter, value: str | None) -> ZoneInfo | None:
    """Return a zone of the time-zone database."""
    try:
        return None if value is None else zone_of(Fact("zone", "a zone").read(value))
    except FormError as error:
        raise click.BadParameter(str(error), context, parameter) from None
