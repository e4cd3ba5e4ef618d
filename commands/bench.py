"""`alluse bench`: how fast the law decides, against a baseline by hand and other engines; from a checkout only."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from commands.raced import published, raced

if TYPE_CHECKING:
    from bench.measure import Report, Row, Tell
    from bench.soak import Soak

_DIFFER: Final = 1
_FORMAT: Final = 1
_QUICK: Final = 10
_SECONDS_BETWEEN_DRAWINGS: Final = 0.5
_WHOLE: Final = 100  # from here on, decimals mean nothing
_EXAMPLES: Final = """\b
Examples:
  alluse bench
  alluse bench --quick --save before.json
  alluse bench --quick --compare before.json
  alluse bench --peers --publish
  alluse bench --soak 1000000

\b
Exit codes: 0 measured, whatever the result; 1 nothing to measure: not a checkout, or answers that differ;
2 the file to compare with is no report.
"""

Before: TypeAlias = Mapping[str, Mapping[str, Any]]


def _earlier(context: click.Context, parameter: click.Parameter, path: Path | None) -> Before | None:
    """Return the rows of an earlier report by their ids."""
    if path is None:
        return None
    try:
        found = json.loads(path.read_text("utf-8"))
        if found["format"] != _FORMAT:
            raise click.BadParameter(f"{path} has format {found['format']}; this reads {_FORMAT}", context, parameter)
        return {row["id"]: row for row in found["rows"]}
    except (ValueError, KeyError, TypeError):
        fault = f"{path} is no report; write one with --save"
        raise click.BadParameter(fault, context, parameter) from None


@click.command(name="bench", epilog=_EXAMPLES)
@click.option("--quick", is_flag=True, help="A tenth of the samples: fewer quantiles, in a few seconds.")
@click.option("--peers", is_flag=True, help="Race against other rule engines, which `make peers` installs.")
@click.option(
    "--soak",
    type=click.IntRange(min=1),
    is_flag=False,
    flag_value=10_000_000,
    metavar="[N]",
    help="Evaluate N times (10,000,000) in one process: do memory and the slowest answers stay?",
)
@click.option("--publish", is_flag=True, help="Write docs/benchmarks.md anew with what this run measured.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--save", type=click.Path(path_type=Path, dir_okay=False), help="Write the report there, as JSON.")
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
    before: Before | None,
) -> None:
    """Measure how fast the law decides.

    Answers are held against the baseline first, for speed says nothing of a wrong one. Everything is measured in one
    run, case by case in turn; a full run takes about two minutes, the race and the soak about five each, and all of
    them want a machine that does nothing else.
    """
    if peers and soak is not None:
        raise click.UsageError("--peers and --soak are two runs")
    with _progress() as tell:
        _checkout()
        report = _soaked(tell, soak) if soak is not None else _measured(tell, quick=quick, peers=peers)
    document = report.document()
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    if save is not None:
        save.write_text(f"{text}\n", encoding="utf-8")
    if publish:
        part = "soak" if soak is not None else "race" if peers else "law"
        click.echo(f"{published(part, document)} is written", err=True)
    _show(report, text if form == "json" else "", before)


def _show(report: "Report | Soak", text: str, before: Before | None) -> None:
    """Print a report: its text where there is one, else a table."""
    from bench.measure import Report  # noqa: PLC0415 - only a checkout has it

    if text:
        click.echo(text)
    elif isinstance(report, Report):
        _print(report, before)
    else:
        _print_soak(report)


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


def _print(report: "Report", before: Before | None) -> None:
    console = Console()
    heads = ["what", "", "p50", "p99", "p99.9", "CPU p50", "CPU p99", "samples", "aim", "result"]
    table = Table(*heads, *(["CPU before", "now"] if before is not None else []))
    for number, name in enumerate(heads[2:], 2):
        table.columns[number].justify = "left" if name == "result" else "right"
    for section, title in report.sections.items():
        table.add_section()
        table.add_row(f"[bold]{title}[/bold]")
        for row in report.rows:
            if row.section == section:
                table.add_row(*_cells(row), *(_change(row, before.get(row.id)) if before is not None else ()))
    console.print(table)
    for name, why in report.settings.get("absent", {}).items():
        console.print(f"not there: {name}: {why}")
    console.print(_said(report))


def _print_soak(soak: "Soak") -> None:
    table = Table("evaluations", "decides", "p50 ms", "p99.9", "CPU p50", "CPU p99.9", "memory MiB")
    for column in table.columns:
        column.justify = "right"
    for block in soak.blocks:
        times = (_number(took) for took in (*block.wall, *block.cpu))
        table.add_row(f"{block.evaluations:,}", f"{block.decides:,}", *times, f"{block.resident:.1f}")
    console = Console()
    console.print(table)
    console.print(
        f"{soak.evaluations:,} evaluations of one contract for one sleeve, {soak.each} in one decide, in "
        f"{soak.seconds:.0f} s\nfor a million evaluations memory grows by {soak.growth:+.3f} MiB, "
        f"the slowest answers' processor time by {soak.slowing:+.2%}"
    )


def _cells(row: "Row") -> tuple[str, ...]:
    aim = "" if row.aim is None else f"{row.at} ≤ {row.aim:g}"
    wall = (_number(row.wall[quantile]) for quantile in ("p50", "p99", "p99_9"))
    cpu = (_number(row.cpu[quantile]) for quantile in ("p50", "p99"))
    return (row.what, row.unit, *wall, *cpu, str(row.samples), aim, _result(row))


def _result(row: "Row") -> str:
    """Return whether the aim is met, by the processor's time too where the wall's clock says no."""
    if row.aim is None:
        return ""
    wall, cpu = row.wall[row.at], row.cpu[row.at]
    if wall is None or cpu is None:
        return "too few samples"
    if row.met:
        return "met"
    return f"[red]{wall / row.aim:.2f} × the aim[/red], CPU {'met' if row.met_by_cpu else f'{cpu / row.aim:.2f} ×'}"


def _change(row: "Row", before: Mapping[str, Any] | None) -> tuple[str, str]:
    """Return the median processor time of an earlier run, and by how much this one differs."""
    if before is None:
        return "", "new"
    old, new = before["cpu"]["p50"], row.cpu["p50"]
    return _number(old), "" if not old or new is None else f"{new / old - 1:+.0%}"


def _number(value: float | None) -> str:
    """Return three digits that mean something."""
    if value is None:
        return "–"
    return f"{value:.0f}" if abs(value) >= _WHOLE else f"{value:.3g}"


def _said(report: "Report") -> str:
    machine = report.machine
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    loads = " and ".join(f"{machine[when][0]:.1f}" for when in ("load_before", "load_after"))
    return (
        f"{machine['processor']}, {machine['cores']} cores, load {loads} before and after; {machine['system']}\n"
        f"{versions}\n"
        f"law {report.law['version']} {report.law['digest'][:12]}; "
        f"garbage collection {report.settings['garbage_collection']}"
    )
