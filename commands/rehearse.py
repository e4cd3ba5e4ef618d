"""`alluse rehearse`: a made-up year under the law, look after look, with books that fill every order at once."""

from collections.abc import Iterator, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from commands.law import law_folder, law_options, read_law
from commands.progress import progress
from commands.render import say
from commands.yearly import Told, as_json, tables
from engine.law.model import Constitution
from rehearsal.run import Night, Rehearsal
from rehearsal.script import Script, read_script
from rehearsal.summary import Summary

_DIFFER: Final = 1
_SHOWN: Final = 60  # lines of a difference: who changed the law wants the first of it, the rest follows from that
_EXAMPLES: Final = """\b
Examples:
  alluse rehearse fixtures/years/one_year.yaml
  alluse rehearse fixtures/years/one_year.yaml --compare fixtures/years/one_year.ledger
  alluse rehearse fixtures/years/one_year.yaml --ledger fixtures/years/one_year.ledger
  alluse rehearse fixtures/years/one_year.yaml --format json > year.json

\b
Exit codes: 0 done, 1 the ledger is another than the one compared with, 2 the script or the law is malformed.
"""


@click.command(name="rehearse", epilog=_EXAMPLES)
@click.argument("script", type=click.Path(path_type=Path))
@law_options
@click.option("--ledger", type=click.Path(path_type=Path, dir_okay=False), help="Write the ledger there.")
@click.option(
    "--compare",
    "before",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A ledger of before, to hold this one against.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--no-plot", "bare", is_flag=True, help="Leave out the picture.")
@click.pass_context
def command(
    context: click.Context,
    *,
    script: Path,
    law: Path | None,
    constitution: str | None,
    ledger: Path | None,
    before: Path | None,
    form: str,
    bare: bool,
) -> None:
    """Let the law run a made-up year: every order is filled at once, every decision carried out.

    SCRIPT tells prices along waypoints, when one looks, what every account begins with and what people say; no broker
    is asked. What the law decides at each look is in the books at the next one. The ledger has every decision once,
    when it is new, and everything that was done; it is the same on every machine.
    """
    told = _rehearsed(read_law(law_folder(law, constitution)), read_script(script))
    if form == "json":
        click.echo(as_json(told))
    else:
        say(*tables(told, bare=bare))
    difference = [] if before is None else list(differing(before.read_text("utf-8").splitlines(), told.ledger))
    if ledger is not None:
        ledger.write_text("".join(f"{line}\n" for line in told.ledger), encoding="utf-8", newline="")
    if difference:
        click.echo("\n".join(difference), err=form == "json")
        context.exit(_DIFFER)
    if before is not None and form == "text":
        click.echo(f"\nThe ledger is line for line that of {before}.")


def _rehearsed(law: Constitution, script: Script) -> Told:
    rehearsal, lines = Rehearsal(law, script), list[str]()
    summary, sessions = Summary(script.terms.multiplier), len(rehearsal.sessions)
    with progress(Console(stderr=True)) as tell:
        for step in rehearsal.steps():
            summary.add(step)
            lines += step.lines
            if isinstance(step, Night):
                tell(f"{step.day}", len(summary.closes) / sessions)
    return Told(law, script, summary, lines)


def differing(before: Sequence[str], now: Sequence[str]) -> Iterator[str]:
    """Yield the first lines in which two ledgers differ, with those around them; nothing where they do not."""
    found = list(unified_diff(before, now, "before", "now", lineterm=""))
    changed = sum(line[:1] in "+-" for line in found[2:])
    if found:
        yield f"\nThe ledger differs in {changed:,} lines:"
        yield from found[:_SHOWN]
        if len(found) > _SHOWN:
            yield f"… and {len(found) - _SHOWN:,} lines more"
