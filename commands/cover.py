"""`alluse cover`: what the golden cases exercise of a law, as fired and as refused, and the cases that are missing."""

import json
import math
from pathlib import Path
from typing import Final

import click

from commands.cover_page import html
from commands.covered import Covered, covered, document, lines, summary
from commands.docs import UnwritableError, linked
from commands.law import law_folder, law_options
from commands.render import say

_BELOW: Final = 1
_EXAMPLES: Final = """\b
Examples:
  alluse cover
  alluse cover --section 6 --section "Who wins"
  alluse cover --totals --threshold 95
  alluse cover --section 6 --threshold 100
  alluse cover --html coverage.html

\b
Exit codes: 0 shown, 1 less than the threshold is shown, 2 a fixture or the law is malformed, there is no case, or
a file cannot be written.
"""


def _percent(context: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and math.isnan(value):
        raise click.BadParameter("nan is no percentage; write one from 0 to 100", context, parameter)
    return value


@click.command(name="cover", epilog=_EXAMPLES)
@click.argument("path", type=click.Path(path_type=Path, exists=True), default="fixtures/golden")
@law_options
@click.option(
    "--section", "sections", multiple=True, metavar="N", help="Only this section, by its number or title; repeatable."
)
@click.option("--totals", "short", is_flag=True, help="Say the totals, not what is missing.")
@click.option(
    "--threshold", type=click.FloatRange(0, 100), callback=_percent, metavar="PERCENT", help="End with 1 below it."
)
@click.option("--html", "page", type=click.Path(path_type=Path), metavar="FILE", help="Write one page of HTML here.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def command(
    context: click.Context,
    *,
    path: Path,
    law: Path | None,
    constitution: str | None,
    sections: tuple[str, ...],
    short: bool,
    threshold: float | None,
    page: Path | None,
    form: str,
) -> None:
    """Say what golden cases exercise of a law, and what none of them has shown yet.

    PATH is a fixture file or a folder of them. Rules, requirements, rows, levels, bounds, latches, picks, ceilings and
    the like count once for each way in which they can turn out: as fired and as refused; below a bound, on it, above
    it. A case shows only what the decisions hang on that it looks at. With --section all that is told, and what
    --threshold measures, is about the sections named.
    """
    found = covered(law_folder(law, constitution), path)
    if sections:
        found = found.only(sections)
    if page is not None:
        _write(page, found)
    elif form == "json":
        click.echo(json.dumps(document(found), ensure_ascii=False, indent=1))
    else:
        say(*summary(found))
        for line in () if short else ("", *lines(found)):
            click.echo(line)
    if threshold is not None and found.coverage.whole.percent < threshold:
        of = f" of {found.what}" if sections else ""
        click.echo(f"{found.coverage.whole.percent:.2f} %{of} is shown, less than {threshold:g} %", err=True)
        context.exit(_BELOW)


def _write(file: Path, found: Covered) -> None:
    try:
        file.write_text(html(found, linked(found.folder, None, file)), encoding="utf-8", newline="\n")
    except OSError as error:
        raise UnwritableError(f"{file} cannot be written: {error.strerror}") from error
    click.echo(f"wrote {file}")
