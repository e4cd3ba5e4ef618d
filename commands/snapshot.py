"""`alluse snapshot`: files of a chain, the market and an account become one snapshot; or a template."""

from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table

from commands.law import law_folder, law_options, read_law
from commands.moments import NOW, at_time, at_time_or_now, in_zone, on_day
from commands.progress import progress
from commands.saved import refuse_read
from engine.dump import dump_snapshot, write_candidates
from engine.facts import Snapshot
from engine.law.model import Constitution
from engine.place import Fault, LawError, Place
from sources.build import TABLES, Files, Wish, build
from sources.origin import Source

_TEMPLATE: Final = "snapshot_template.yaml"
_STDOUT: Final = Path("-")
_FILE: Final = click.Path(path_type=Path, dir_okay=False)
_WINDOW: Final = "volume_sessions"
_EXAMPLES: Final = """\b
Examples:
  alluse snapshot --template > mine.yaml && alluse evaluate mine.yaml
  alluse snapshot --chain chain.parquet --market market.csv --date 2026-08-20
    --account fixtures/accounts/example.yaml --vix-at as-of
    --output thursday.yaml --sidecar parquet
"""


def _print_template(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(files("commands").joinpath(_TEMPLATE).read_text("utf-8"), nl=False)
        context.exit()


@click.command(name="snapshot", epilog=_EXAMPLES)
@click.option("--chain", type=_FILE, required=True, help="Quotes of option contracts: .parquet or .csv.")
@click.option("--market", type=_FILE, required=True, help="VIX, S&P 500, breadth, daily: .csv or .parquet; or .yaml.")
@click.option("--account", type=_FILE, required=True, help="Accounts, and what is derived with: .yaml.")
@click.option("--bars", type=_FILE, help="Daily bars, split-adjusted: .parquet or .csv.")
@click.option("--earnings", type=_FILE, help="Days of reports by ticker: .yaml.")
@click.option("--at", callback=at_time, metavar="TIME", help="The instant, such as 2026-08-20T11:03:31-04:00.")
@click.option("--date", "day", callback=on_day, metavar="DATE", help="Instead: the last quotes of that day.")
@click.option(
    "--vix-at",
    callback=at_time_or_now,
    metavar="TIME|as-of",
    help="State that the VIX was then what a table has as the day's open. Without it, it was observed at "
    "the session's open, and the law finds it stale.",
)
@click.option(
    "--volume-sessions",
    type=click.IntRange(min=1),
    metavar="N",
    help="Sessions whose mean is a contract's daily volume; without it the law's own number.",
)
@law_options
@click.option("--zone", callback=in_zone, metavar="ZONE", help="The zone of times in the chain without an offset.")
@click.option("--output", type=_FILE, default=_STDOUT, help="The snapshot's file; - is standard output.")
@click.option(
    "--sidecar",
    type=click.Choice(["parquet", "csv", "json"]),
    help="Write the contracts into a file beside the snapshot; reads faster when there are many.",
)
@click.option(
    "--template",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_template,
    help="Print a commented snapshot that evaluates as it is, and leave.",
)
def command(
    *,
    chain: Path,
    market: Path,
    account: Path,
    bars: Path | None,
    earnings: Path | None,
    at: datetime | None,
    day: date | None,
    vix_at: datetime | str | None,
    volume_sessions: int | None,
    law: Path | None,
    constitution: str | None,
    zone: ZoneInfo | None,
    output: Path,
    sidecar: str | None,
) -> None:
    """Build a snapshot from files of quotes, market and account.

    What each fact was read from, and what was derived, stands in the snapshot's origin and is shown.
    """
    if at is not None and day is not None:
        raise click.UsageError("--at and --date both say when; give one of them")
    if vix_at is not None and market.suffix not in TABLES:
        raise click.UsageError(f"--vix-at is for tables; {market.name} says it itself, as vix_at")
    if sidecar is not None and output == _STDOUT:
        raise click.UsageError("--sidecar writes a file beside the snapshot's; name that with --output")
    if not output.parent.is_dir():
        raise click.UsageError(f"there is no folder {output.parent}; make it, or name another with --output")
    for written in (output, output.with_name(_beside(output, sidecar))):
        refuse_read(written, (chain, market, account, bars, earnings))
    wish = Wish(
        at=day if at is None else at,
        volume_sessions=volume_sessions or volume_window(read_law(folder := law_folder(law, constitution)), folder),
        zone=zone,
        vix_at=vix_at if isinstance(vix_at, datetime) else None,
        live=vix_at == NOW,
    )
    console = Console(stderr=True)
    with progress(console) as tell:
        snapshot, sources = build(Files(chain, market, account, bars, earnings), wish, tell)
        tell("writing", 0)
        _write(snapshot, output, sidecar)
    console.print(_table(sources))


def volume_window(law: Constitution, folder: Path) -> int:
    """Return over how many sessions a law counts a contract's average volume.

    Raises:
        LawError: The law has no such number.
    """
    parameter = law.parameters.get(_WINDOW)
    if parameter is None or not isinstance(parameter.value, int):
        found = f"the law has no number {_WINDOW}; give one with --volume-sessions"
        raise LawError([Fault(Place(folder.name, 1, 1), "missing-parameter", found)])
    return parameter.value


def _write(snapshot: Snapshot, output: Path, sidecar: str | None) -> None:
    beside = "" if sidecar is None else _beside(output, sidecar)
    text = dump_snapshot(snapshot, beside)
    if output == _STDOUT:
        click.echo(text, nl=False)
        return
    if beside and snapshot.candidates is not None:
        write_candidates(snapshot.candidates, output.with_name(beside))
    output.write_text(text, encoding="utf-8", newline="")


def _beside(output: Path, sidecar: str | None) -> str:
    """Return the name of the file that has the contracts."""
    return output.name if sidecar is None else f"{output.stem}.candidates.{sidecar}"


def _table(sources: tuple[Source, ...]) -> Table:
    table = Table("fact", "source", "derived", title="Where the facts came from", title_justify="left")
    for source in sources:
        table.add_row(source.fact, source.text, "yes" if source.derived else "")
    return table
