"""`alluse history`: the market of many years under the law, decided close after close."""

from datetime import date
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from commands.annals import as_csv, as_json, tables
from commands.chronicle import Chronicle, chronicle
from commands.drawing import svg
from commands.law import law_folder, law_options, read_law
from commands.plot import Plot
from commands.progress import progress
from commands.render import present, say
from engine.fields import Fact, FormError
from engine.law.model import Constitution
from sources.history import BREADTH, SPX, VIX, Reading, Wanted, read_series
from sources.past import Past, Span

_FILE: Final = click.Path(path_type=Path, dir_okay=False, writable=True)
_EXAMPLES: Final = """\b
Examples:
  alluse history --vix vix.parquet --spx spx.csv --breadth breadth.csv
  alluse history --vix vix.csv --from 2008-09-01 --to 2009-06-30 --episodes --svg 2008.svg
  alluse history --vix daily.csv:close@^VIX --spx daily.csv:close@^GSPC
  alluse history --vix vix.csv --format csv > days.csv

\b
Exit codes: 0 told, 2 a file or the law is malformed, or there is no session to tell of.
"""


def _day(context: click.Context, parameter: click.Parameter, value: str | None) -> date | None:
    try:
        day: date | None = None if value is None else Fact("date", "a day").read(value)
    except FormError as error:
        raise click.BadParameter(str(error), context, parameter) from None
    return day


@click.command(name="history", epilog=_EXAMPLES)
@click.option("--vix", metavar="FILE", required=True, help="Daily closes of the VIX: .parquet or .csv.")
@click.option("--spx", metavar="FILE", help="Daily closes of the S&P 500.")
@click.option("--breadth", metavar="FILE", help="Daily share of its members above their 50-day average.")
@click.option("--from", "first", callback=_day, metavar="DATE", help="Tell from that day on.")
@click.option("--to", "last", callback=_day, metavar="DATE", help="Tell up to that day, included.")
@law_options
@click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True)
@click.option("--episodes", "spells", is_flag=True, help="List every episode too.")
@click.option("--days", "daily", is_flag=True, help="List every session on which something held too.")
@click.option("--no-plot", "bare", is_flag=True, help="Leave out the picture.")
@click.option("--svg", "picture", type=_FILE, help="Draw the picture into that file too, for a browser.")
def command(
    *,
    vix: str,
    spx: str | None,
    breadth: str | None,
    first: date | None,
    last: date | None,
    law: Path | None,
    constitution: str | None,
    form: str,
    spells: bool,
    daily: bool,
    bare: bool,
    picture: Path | None,
) -> None:
    """Run the market of many years through the law, and tell which breakers, triggers and tiers held when.

    Every session is decided by itself, at its close, with the memory that the one before it left: the market alone,
    without accounts. That day's close stands for the VIX of the instant; the triggers read the closes and the breadth
    of the sessions before. Rows on days without a session are left out, a session without a value stays unknown, and
    both are counted. JSON and CSV have every session.

    FILE may name what to read of it: FILE:COLUMN, FILE:COLUMN@SYMBOL or FILE:@SYMBOL. Without that the header says it.
    """
    span = Span(first, last)
    if picture is not None and not picture.parent.is_dir():
        raise click.UsageError(f"there is no folder {picture.parent}; make it, or name another with --svg")
    if first is not None and last is not None and last < first:
        raise click.UsageError(f"--to {last} is before --from {first}; exchange them")
    told = _told(read_law(law_folder(law, constitution)), (vix, spx, breadth), span)
    if picture is not None:
        picture.write_text(svg(told), encoding="utf-8")
    if form == "csv":
        click.echo(as_csv(told), nl=False)
    elif form == "json":
        click.echo(as_json(told))
    else:
        parts = tables(told, spells=spells, daily=daily)
        say(*parts, *([] if bare else present(Plot(told.days, told.things))))


def _told(law: Constitution, named: tuple[str, str | None, str | None], span: Span) -> Chronicle:
    """Return the sessions of a span under a law.

    Raises:
        FactError: A file is malformed.
        LawError: The law says nothing that could be told.
        click.UsageError: There is no session to tell of.
    """
    with progress(Console(stderr=True)) as tell:
        tell("reading", 0)
        vix, spx, breadth = named
        past = Past.of(read_series(VIX, vix), _read(SPX, spx), _read(BREADTH, breadth))
        if not any(span.holds(session.date) for session in past.sessions):
            known = f"{past.sessions[0].date} to {past.sessions[-1].date}"
            raise click.UsageError(f"there is no session to tell of: the VIX has {known}; choose --from and --to there")
        return chronicle(law, past, span, tell)


def _read(wanted: Wanted, named: str | None) -> Reading | None:
    return None if named is None else read_series(wanted, named)
