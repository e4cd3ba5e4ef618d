"""`alluse evaluate`: what the law decides of a snapshot. A dry run: nothing is sent."""

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import click

from commands.law import law_folder, law_options, read_law
from commands.render import say
from commands.second import DISAGREES, canonical, heard, second_tables
from commands.tables import View, said, tables
from commands.whatif import instant, with_facts
from engine.decide import decide
from engine.facts import Snapshot
from engine.fields import FormError
from engine.law.model import Constitution
from engine.shift import moved
from engine.snapshot import LIMIT, parse_snapshot, read_snapshot
from engine.verdict import Verdict

_MATCHED: Final = 1
_FAILING: Final = {
    "deny": frozenset({"EntryDenied", "Blocked", "TransitionDenied"}),
    "alert": frozenset({"Alert"}),
}
_EXAMPLES: Final = """\b
Examples:
  alluse evaluate fixtures/snapshots/calm_thursday.yaml
  alluse evaluate fixtures/snapshots/calm_thursday.yaml --set market.vix=66
  alluse evaluate thursday.yaml --as-of 2026-08-20T10:00:00-04:00
  alluse evaluate - --format json --fail-on alert < thursday.yaml
  alluse evaluate thursday.yaml --second

\b
Exit codes: 0 decided, 1 the verdict has what --fail-on names, 2 the snapshot or the law is malformed,
3 the second opinion disagrees; that there is none changes nothing.
"""


def _as_of(context: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    try:
        return None if value is None else instant(value)
    except FormError as error:
        raise click.BadParameter(str(error), context, parameter) from None


def snapshot_options(command: click.decorators.FC) -> click.decorators.FC:
    """Add the snapshot and what may be stated over it."""
    for add in (
        click.option("--as-of", callback=_as_of, metavar="TIME", help="Decide as if all had been observed then."),
        click.option("--set", "wishes", multiple=True, metavar="FACT=VALUE", help="State a fact; repeatable."),
        click.argument("path", metavar="SNAPSHOT|-", type=click.Path(path_type=Path, allow_dash=True)),
    ):
        command = add(command)
    return command


def read(path: Path) -> Snapshot:
    """Return the snapshot of a file, or of standard input for `-`.

    Raises:
        FactError: It is malformed.
    """
    if str(path) != "-":
        return read_snapshot(path)
    return parse_snapshot(sys.stdin.buffer.read(LIMIT + 1), "<stdin>", Path())


def decided(
    law: Constitution, path: Path, wishes: tuple[str, ...], as_of: datetime | None
) -> tuple[Verdict, timedelta | None]:
    """Return the verdict on a snapshot, and by how much its observations were moved.

    Raises:
        FactError: The snapshot is malformed, or states what the law does not know.
    """
    snapshot, offset = read(path), None
    if as_of is not None:
        snapshot, offset = moved(snapshot, as_of)
    return decide(law, with_facts(law, snapshot, wishes)), offset


@click.command(name="evaluate", epilog=_EXAMPLES)
@snapshot_options
@law_options
@click.option("--fail-on", type=click.Choice([*_FAILING]), multiple=True, help="End with 1 if there is one.")
@click.option("--second", is_flag=True, help="Ask durable-rules too, and say whether it decides the same.")
@click.option("--all", "every", is_flag=True, help="List every refusal, not one line for each reason.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="Tables, or the verdict's canonical JSON.",
)
@click.pass_context
def command(
    context: click.Context,
    *,
    path: Path,
    wishes: tuple[str, ...],
    as_of: datetime | None,
    law: Path | None,
    constitution: str | None,
    fail_on: tuple[str, ...],
    second: bool,
    every: bool,
    form: str,
) -> None:
    """Decide a snapshot, and send nothing.

    SNAPSHOT is a YAML or JSON file; - reads standard input. --as-of moves every observation by the same offset: the
    snapshot's instant and those of the VIX, spots, quotes and orders sent; dates, the calendar and the memory stay. A
    verdict with anything stated over its snapshot says so and cannot be sent.
    """
    verdict, offset = decided(read_law(law_folder(law, constitution)), path, wishes, as_of)
    asked = heard(verdict) if second else None
    if form == "json":
        click.echo(canonical(verdict, asked) if asked else verdict.canonical())
        if offset is not None:
            click.echo(f"every observation was moved by {said(offset)}", err=True)
    else:
        say(*tables(View(verdict, every), offset), *(second_tables(asked, every=every) if asked else ()))
    if asked and asked.disagrees:
        context.exit(DISAGREES)
    kinds = {kind for name in fail_on for kind in _FAILING[name]}
    if any(type(decision).__name__ in kinds for decision in verdict.decisions):
        context.exit(_MATCHED)
