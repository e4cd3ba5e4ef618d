"""`alluse ratify`: a draft that a person has approved gets its seal (15.1)."""

from datetime import datetime
from pathlib import Path
from typing import Final

import click

from commands.validate import Report, examine
from engine.law.seal import SEAL, Approval, gate, sealed
from engine.place import LawError

_REFUSED: Final = 2
_EXAMPLES: Final = """\b
Example:
  alluse ratify constitution/1.4 --approved-by "A. Person" --on 2026-09-01
    --proposal docs/proposals/1.4.md --backtest docs/backtests/1.4.md

\b
Exit codes: 0 the version is ratified, 2 it is refused and nothing was written.
"""


@click.command(name="ratify", epilog=_EXAMPLES)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--approved-by", "person", required=True, metavar="NAME", help="The person who approved the version.")
@click.option("--proposal", required=True, metavar="REF", help="Where the change was proposed.")
@click.option("--backtest", required=True, metavar="REF", help="Where it was simulated or tested on the past.")
@click.option("--on", "day", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day of the approval.")
@click.pass_context
def command(context: click.Context, folder: Path, person: str, proposal: str, backtest: str, day: datetime) -> None:
    """Ratify a draft: set its status, and seal the bytes of every file with the record of its approval.

    The draft must be sound, and CHANGELOG.md beside its folder must have an entry for it. From then on the version
    loads only with exactly these bytes; a change to it is a new version.
    """
    approval = Approval(proposal=proposal, backtest=backtest, approved_by=person, approved_on=str(day.date()))
    report = examine(folder)
    try:
        written = {} if report.faults else sealed(folder, approval)
    except LawError as error:
        report = Report(folder, None, error.faults)
        written = {}
    if report.faults:
        click.echo("\n".join(report.line(fault) for fault in report.faults), err=True)
        context.exit(_REFUSED)
    for name, data in written.items():
        (folder / name).write_bytes(data)
    waiting = report.counts["waiting"]
    click.echo(f"{gate(folder)}: {folder / SEAL}")
    if waiting:
        click.echo(f"{waiting} of its rulings still wait for a person")
