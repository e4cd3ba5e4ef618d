"""`alluse screen`: every contract of chain files for every sleeve: what passes, and why the rest does not."""

import json
import os
import re
import resource
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import click
from rich.console import Console, RenderableType

from commands.law import law_folder, law_options, read_law
from commands.moments import NOW, at_time, at_time_or_clock, at_time_or_now, in_zone, on_days
from commands.progress import progress
from commands.render import present, say, table
from commands.saved import refuse_read
from commands.screening import PIECE, Question, Screening, Taken, Tally, causes, is_screened, writing
from commands.snapshot import volume_window
from engine.calendar import zone_of
from sources.build import TABLES, Files, Wish

if TYPE_CHECKING:
    import polars

_FILE: Final = click.Path(path_type=Path, dir_okay=False)
_KIB, _MIB, _GIB = 1024, 1024**2, 1024**3
_SIZES: Final = {"KB": _KIB, "MB": _MIB, "GB": _GIB}
_SIZE: Final = re.compile(r"([0-9]+) ?([KMG]B)", re.IGNORECASE)
# What the program takes itself, whatever it reads, and what a row takes on its way, all its columns and steps together.
_OWN, _OF_A_ROW = 300 * _MIB, 12 * _KIB
_FEWEST: Final = 10_000
_ADVICE: Final = "make room there, or name another file"
_SIGNALLED: Final = 128  # what shells add to the number of a signal that ended a command
# Of polars' memory allocator, jemalloc: few arenas, and pages go back to the system at once.
_ALLOCATOR: Final = {"_RJEM_MALLOC_CONF": "narenas:2,dirty_decay_ms:100,muzzy_decay_ms:0"}
_EXAMPLES: Final = """\b
Examples:
  alluse screen chain.parquet --market market.csv --account fixtures/accounts/example.yaml
  alluse screen chain.parquet --date 2026-08-20 --as-of 10:30 --vix-at as-of
    --market market.csv --account fixtures/accounts/example.yaml --output permitted.csv
  alluse screen chains/ --every --output all.parquet
    --market market.csv --account fixtures/accounts/example.yaml

\b
Exit codes: 0 screened, whatever passes; 2 a file or the law is malformed, the law cannot be read in batches, or
the output cannot be written.
"""


def _output(context: click.Context, parameter: click.Parameter, path: Path | None) -> Path | None:
    if path is not None and path.suffix not in TABLES:
        raise click.BadParameter(f"{path.name} is no {' or '.join(TABLES)} file", context, parameter)
    if path is not None and not _real(path).parent.is_dir():
        raise click.BadParameter(f"there is no folder {_real(path).parent}; make it", context, parameter)
    return path


def _real(path: Path) -> Path:
    """Return what a link leads to, through which is written."""
    return Path(os.path.realpath(path))


def _rows_in(context: click.Context, parameter: click.Parameter, value: str | None) -> int:
    """Return how many rows may be on their way at once so that about so much memory is taken."""
    if value is None:
        return PIECE
    found = _SIZE.fullmatch(value.strip())
    rows = (int(found[1]) * _SIZES[found[2].upper()] - _OWN) // _OF_A_ROW if found else 0
    if rows < _FEWEST:
        least = (_OWN + _FEWEST * _OF_A_ROW) // _MIB + 1
        raise click.BadParameter(f"{value!r} is no size from {least}MB on, such as 512MB", context, parameter)
    return min(rows, PIECE)


@click.command(name="screen", epilog=_EXAMPLES)
@click.argument("paths", metavar="CHAIN...", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--market", type=_FILE, required=True, help="VIX, S&P 500, breadth, daily: .csv or .parquet; or .yaml.")
@click.option("--account", type=_FILE, required=True, help="Accounts, and what is derived with: .yaml.")
@click.option("--bars", type=_FILE, help="Daily bars, split-adjusted: .parquet or .csv.")
@click.option("--earnings", type=_FILE, help="Days of reports by ticker: .yaml.")
@click.option("--at", callback=at_time, metavar="TIME", help="Screen the quotes known at that instant.")
@click.option("--date", "days", multiple=True, callback=on_days, metavar="DATE", help="Screen that day; repeatable.")
@click.option(
    "--as-of",
    callback=at_time_or_clock,
    metavar="TIME|CLOCK",
    help="Decide as if all had been observed then: an instant, or a time of each day such as 10:30.",
)
@click.option("--vix-at", callback=at_time_or_now, metavar="TIME|as-of", help="When the VIX was observed.")
@click.option("--volume-sessions", type=click.IntRange(min=1), metavar="N", help="Sessions of the average volume.")
@law_options
@click.option("--zone", callback=in_zone, metavar="ZONE", help="The zone of times in the chain without an offset.")
@click.option("--output", type=_FILE, callback=_output, help="Write what is permitted there: .parquet or .csv.")
@click.option("--every", is_flag=True, help="Write every contract for every sleeve, with its masks and reasons.")
@click.option("--memory", "rows", callback=_rows_in, metavar="SIZE", help="Take about so much memory, such as 512MB.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="How many reasons are listed.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def command(
    *,
    paths: tuple[Path, ...],
    market: Path,
    account: Path,
    bars: Path | None,
    earnings: Path | None,
    at: datetime | None,
    days: tuple[date, ...],
    as_of: datetime | time | None,
    vix_at: datetime | str | None,
    volume_sessions: int | None,
    law: Path | None,
    constitution: str | None,
    zone: ZoneInfo | None,
    output: Path | None,
    every: bool,
    rows: int,
    top: int,
    form: str,
) -> None:
    """Judge every contract of chain files for every sleeve: what passes, and why the rest does not.

    CHAIN is a Parquet or CSV file with the columns that `alluse snapshot` reads, or a folder of them. Every day of it
    is decided at its last quotes, as `alluse snapshot --date` and `alluse evaluate` would, contract by contract; no
    order is chosen. A file may be larger than memory. In a folder, what a screening has written is passed over.
    """
    if at is not None and days:
        raise click.UsageError("--at and --date both say when; give one of them")
    if every and output is None:
        raise click.UsageError("--every is about the file that --output names; name one")
    if rows < PIECE:
        _sparing(rows)
    folder, began = law_folder(law, constitution), monotonic()
    read = read_law(folder)
    wish = Wish(
        at=None,
        volume_sessions=volume_sessions or volume_window(read, folder),
        zone=zone,
        vix_at=vix_at if isinstance(vix_at, datetime) else None,
        live=vix_at == NOW,
    )
    question = Question(read, Files(paths[0], market, account, bars, earnings), wish, days, at, as_of)
    files = _files(paths)
    if output is not None:
        with writing(output, _ADVICE):
            refuse_read(output, [*files, market, account, *filter(None, (bars, earnings))])
    with _stoppable(), progress(Console(stderr=True)) as tell, _writing(output) as taken:
        screening = Screening(question, tell, taken, every, rows)
        tallies = [*screening.screened(files)]
    told = _document(tallies, monotonic() - began)
    if form == "json":
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        say(*present(*_tables(tallies, top)), "", _cost(told))


def _sparing(rows: int) -> None:
    """Let polars take few rows at once and give back what it no longer needs; it asks when it is imported."""
    told = {"POLARS_IDEAL_MORSEL_SIZE": str(rows), "POLARS_ROW_GROUP_PREFETCH_SIZE": "1"}
    os.environ.update({name: os.environ.get(name, value) for name, value in (told | _ALLOCATOR).items()})


def _files(paths: Sequence[Path]) -> list[Path]:
    """Return the files that are named, and those of folders by name but for what was screened before; each once."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(one for one in path.iterdir() if one.suffix in TABLES) if path.is_dir() else []
        screened = [one for one in inside if is_screened(one)]
        for one in screened:
            click.echo(f"{one} is passed over: it is what a screening has written", err=True)
        found += [one for one in inside if one not in screened] if path.is_dir() else [path]
    if not found:
        raise click.UsageError(f"there is no {' or '.join(TABLES)} file in {', '.join(map(str, paths))}")
    return [*dict.fromkeys(found)]


@contextmanager
def _stoppable() -> Iterator[None]:
    """End as on any other error when told to stop, so that what is half written goes too."""
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(_SIGNALLED + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _writing(output: Path | None) -> Iterator[Taken | None]:
    """Take rows piece by piece, and put them into one file when all is done: what fails leaves no file behind."""
    import polars

    if output is None:
        yield None
        return
    target = _real(output)
    with writing(output, _ADVICE):
        beside = TemporaryDirectory(dir=target.parent, prefix=f".{output.name}.")
    with beside as folder:
        parts: list[Path] = []

        def take(rows: "polars.DataFrame") -> None:
            if len(rows) or not parts:
                parts.append(Path(folder) / f"{len(parts)}.parquet")
                with writing(output, _ADVICE):
                    rows.write_parquet(parts[-1])

        yield take
        whole = Path(folder) / output.name
        with writing(output, _ADVICE):
            _write(polars.scan_parquet(parts), whole)
            whole.replace(target)


def _write(rows: "polars.LazyFrame", path: Path) -> None:
    import polars

    if path.suffix == ".csv":
        decimals = polars.col(polars.Decimal)
        rows.with_columns(decimals.cast(polars.String).str.replace(r"\.?0+$", "")).sink_csv(path)
    else:
        rows.sink_parquet(path)


def _tables(tallies: Sequence[Tally], top: int) -> Iterator[RenderableType | None]:
    sleeves = [*dict.fromkeys(sleeve for tally in tallies for sleeve in tally.found)]
    if len(tallies) > 1:
        yield table(
            "Days",
            ("chain", "decided at", "#contracts", *(f"#{sleeve}" for sleeve in sleeves)),
            ((tally.file, _when(tally), f"{tally.rows:,}", *(f"{tally.permitted(one):,}" for one in sleeves))
             for tally in tallies),
        )  # fmt: skip
    yield table(
        "Permitted" if len(tallies) > 1 else f"Permitted, {tallies[0].file} decided at {_when(tallies[0])}",
        ("sleeve", "#contracts", "#permitted", "#denied"),
        ((one, *(f"{sum(count(tally) for tally in tallies):,}" for count in _counts(one))) for one in sleeves),
    )
    yield table(
        "Reasons",
        ("reason", "law", *(f"#{sleeve}" for sleeve in sleeves), "#of these unknown", "#alone"),
        ((cause.reason, cause.rule, *(f"{cause.missed.get(one, 0):,}" for one in sleeves), f"{cause.unknown:,}",
          f"{cause.alone:,}") for cause in causes(tallies)[:top]),
    )  # fmt: skip


def _counts(sleeve: str) -> tuple[Any, ...]:
    return (lambda tally: tally.rows, lambda tally: tally.permitted(sleeve), lambda tally: tally.denied(sleeve))


def _when(tally: Tally, between: str = " ") -> str:
    return tally.as_of.astimezone(zone_of(tally.batch.snapshot.calendar.zone)).isoformat(between)


def _document(tallies: Sequence[Tally], seconds: float) -> dict[str, Any]:
    """Return what was found as JSON has it."""
    entries = sum(tally.rows * len(tally.found) for tally in tallies)
    law = tallies[0].batch.law
    return {
        "version": law.version,
        "law": law.bytes_digest,
        "days": [
            {
                "file": tally.file,
                "as_of": _when(tally, "T"),
                "contracts": tally.rows,
                "sleeves": {
                    one: {"permitted": tally.permitted(one), "denied": tally.denied(one)} for one in tally.found
                },
            }
            for tally in tallies
        ],
        "reasons": [
            {
                "reason": cause.reason,
                "rule": cause.rule,
                "missed": dict(cause.missed),
                "unknown": cause.unknown,
                "alone": cause.alone,
            }
            for cause in causes(tallies)
        ],
        "contracts": sum(tally.rows for tally in tallies),
        "entries": entries,
        "seconds": round(seconds, 3),
        "peak_memory": peak_memory(),
    }


def _cost(told: dict[str, Any]) -> str:
    rate = told["contracts"] / max(told["seconds"], 1e-3)
    return (
        f"{told['contracts']:,} contracts, each for every sleeve, in {told['seconds']:.1f} s: {rate:,.0f} a second; "
        f"peak memory {told['peak_memory'] / _MIB:,.0f} MB"
    )


def peak_memory() -> int:
    """Return the most bytes that this process has held at once."""
    try:
        # Not what `getrusage` says, which on Linux begins with what the process had that started this one.
        lines = Path("/proc/self/status").read_text("utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * _KIB
    except (OSError, StopIteration):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * _KIB
