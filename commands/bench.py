"""`alluse bench`: how fast the law decides, against a baseline by hand and other engines; from a checkout only."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from commands.bench_said import Before, report_said, soak_said
from commands.raced import published, raced

if TYPE_CHECKING:
    from bench.measure import Report, Tell
    from bench.soak import Soak

_FORMAT: Final = 1
_QUICK: Final = 10
_SOAK: Final = 10_000_000
_SECONDS_BETWEEN_DRAWINGS: Final = 0.5
_RUNS: Final = {"law": "`alluse bench`", "race": "`alluse bench --peers`", "soak": "`alluse bench --soak`"}
_EXAMPLES: Final = """\b
Examples:
  alluse bench
  alluse bench --quick --save before.json
  alluse bench --quick --compare before.json
  alluse bench --peers --publish
  alluse bench --soak 1000000

\b
Exit codes: 0 measured, whatever the result; 1 nothing to measure: not a checkout, or answers that differ;
2 options that do not go together, nothing to compare with, or a file that cannot be written.
"""


class UnwritableError(click.ClickException):
    """What was measured could not be written."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Earlier:
    """The report of an earlier run: what it measured, and its medians."""

    path: Path
    part: str
    medians: Before


def _earlier(context: click.Context, parameter: click.Parameter, path: Path | None) -> Earlier | None:
    """Return an earlier report that has rows to compare."""
    if path is None:
        return None
    try:
        found = json.loads(path.read_text("utf-8"))
        if found["format"] != _FORMAT:
            raise click.BadParameter(f"{path} has format {found['format']}; this reads {_FORMAT}", context, parameter)
        part = found["settings"].get("kind", "law")
        medians = {} if part == "soak" else {row["id"]: _median(row) for row in found["rows"]}
    except (ValueError, KeyError, TypeError, AttributeError):
        fault = f"{path} is no report; write one with --save"
        raise click.BadParameter(fault, context, parameter) from None
    if part == "soak":
        fault = f"{path} is the report of a soak; only those of {_RUNS['law']} and {_RUNS['race']} can be compared"
        raise click.BadParameter(fault, context, parameter)
    return Earlier(path, part, medians)


def _median(row: Any) -> float | None:  # noqa: ANN401 - JSON
    found = row["cpu"]["p50"]
    return None if found is None else float(found)


def _writable(context: click.Context, parameter: click.Parameter, path: Path | None) -> Path | None:
    """Refuse a file that cannot be written, before minutes are spent on what it is to hold."""
    if path is not None and not path.exists():
        try:
            TemporaryFile(dir=path.parent).close()
        except OSError as error:
            fault = f"{path} cannot be written: {path.parent}: {error.strerror}"
            raise click.BadParameter(fault, context, parameter) from None
    return path


@click.command(name="bench", epilog=_EXAMPLES)
@click.option("--quick", is_flag=True, help="A tenth of the samples: fewer quantiles, in a few seconds.")
@click.option("--peers", is_flag=True, help="Race against other rule engines, which `make peers` installs.")
@click.option(
    "--soak",
    type=click.IntRange(min=1),
    is_flag=False,
    flag_value=_SOAK,
    metavar="[N]",
    help="Evaluate N times (10,000,000) in one process: do memory and the slowest answers stay?",
)
@click.option("--publish", is_flag=True, help="Write docs/benchmarks.md anew with what this run measured.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    callback=_writable,
    help="Write the report there, as JSON.",
)
@click.option(
    "--compare",
    "before",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    callback=_earlier,
    help="A report of an earlier run, to hold this one against.",
)
def command(
    *,
    quick: bool,
    peers: bool,
    soak: int | None,
    publish: bool,
    form: str,
    save: Path | None,
    before: Earlier | None,
) -> None:
    """Measure how fast the law decides.

    Answers are held against the baseline first, for speed says nothing of a wrong one. Everything is measured in one
    run, case by case in turn; a full run takes about two minutes, the race and the soak about five each, and all of
    them want a machine that does nothing else.
    """
    if peers and soak is not None:
        raise click.UsageError("--peers and --soak are two runs")
    part = "soak" if soak is not None else "race" if peers else "law"
    if publish:
        _lasting(soak, quick=quick)
    if before is not None:
        _comparable(before, part)
    with _progress() as tell:
        _checkout()
        report = _soaked(tell, soak) if soak is not None else _measured(tell, quick=quick, peers=peers)
    document = report.document()
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    try:
        _keep(text, save, document if publish else None, part)
    finally:  # whatever becomes of its files: it took minutes
        _show(report, text if form == "json" else "", before)


def _lasting(soak: int | None, *, quick: bool) -> None:
    """Refuse to publish what is only a part of a run."""
    if quick:
        raise click.UsageError("--publish writes what stays, and --quick takes a tenth of the samples; leave one out")
    if soak is not None and soak < _SOAK:
        raise click.UsageError(f"--publish writes what stays: a soak of {_SOAK:,} evaluations at least, not {soak:,}")


def _comparable(before: Earlier, part: str) -> None:
    """Refuse to hold a run against one of something else."""
    if part == "soak":
        raise click.UsageError(f"--compare holds tables of {_RUNS['law']} or {_RUNS['race']} against earlier ones")
    if before.part != part:
        known = _RUNS.get(before.part, before.part)
        raise click.UsageError(f"{before.path} is a report of {known}, this run is {_RUNS[part]}: no row is in both")


def _keep(text: str, save: Path | None, publish: dict[str, Any] | None, part: str) -> None:
    """Write the report where it was asked for.

    Raises:
        UnwritableError: It cannot be.
    """
    if save is not None:
        with _writing(f"{save}"):
            save.write_text(f"{text}\n", encoding="utf-8")
    if publish is not None:
        with _writing("docs/benchmarks.md"):
            click.echo(f"{published(part, publish)} is written", err=True)


@contextmanager
def _writing(file: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnwritableError(f"{file} cannot be written: {error.strerror}") from error


def _show(report: "Report | Soak", text: str, before: Earlier | None) -> None:
    """Print a report: its text where there is one, else a table."""
    from bench.measure import Report  # noqa: PLC0415 - only a checkout has it

    if text:
        click.echo(text)
    elif isinstance(report, Report):
        report_said(report, None if before is None else before.medians, Console())
    else:
        soak_said(report, Console())


def _checkout() -> None:
    """Refuse to go on where there is no bench/."""
    try:
        import bench.measure  # noqa: F401, PLC0415 - only a checkout has it
    except ModuleNotFoundError as error:
        if error.name not in {"bench", "bench.measure"}:
            raise
        fault = "what is measured stands in the repository's bench/, which is not installed; run this in a checkout"
        raise click.ClickException(fault) from None


def _soaked(tell: "Tell", evaluations: int) -> "Soak":
    from bench.soak import soak  # noqa: PLC0415 - only a checkout has it

    return soak(tell, evaluations)


def _measured(tell: "Tell", *, quick: bool, peers: bool) -> "Report":
    from bench.measure import AnswersDifferError, measure  # noqa: PLC0415 - only a checkout has it

    if peers:
        return raced(tell, quick=quick)
    try:
        return measure(tell, _QUICK if quick else 1)
    except AnswersDifferError as error:
        raise click.ClickException(f"the baseline and the law differ: {error}") from None


@contextmanager
def _progress() -> Iterator["Tell"]:
    """Show a bar that is drawn between samples only: a thread that draws would be measured too."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as progress:
        task, drawn = progress.add_task("", total=1), 0.0

        def tell(share: float, doing: str) -> None:
            nonlocal drawn
            progress.update(task, completed=share, description=doing)
            if monotonic() - drawn > _SECONDS_BETWEEN_DRAWINGS:
                progress.refresh()
                drawn = monotonic()

        yield tell
