"""`alluse test`: golden cases are decided and held against what their files expect."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import click

from commands.collecting import uncollected
from commands.differing import data_of, lines_of, number
from commands.fixture import find
from commands.law import law_folder, law_options
from commands.testing import Tell, Tried, Wish, tried
from engine.law.load import load
from engine.law.model import Constitution

_DIFFER: Final = 1
_EXAMPLES: Final = """\b
Examples:
  alluse test
  alluse test fixtures/golden/06-protocol -k level
  alluse test fixtures/golden/06-protocol/ladder.yaml --update

\b
Exit codes: 0 every case is as expected, 1 some differ, 2 a fixture or the law is malformed.
"""


@click.command(name="test", epilog=_EXAMPLES)
@click.argument("path", type=click.Path(path_type=Path, exists=True), default="fixtures/golden")
@law_options
@click.option("-k", "wanted", default="", metavar="NAME", help="Only cases whose file or name has this in it.")
@click.option("--update", is_flag=True, help="Write what the law says into the files, and show what changed.")
@click.option("--jobs", type=click.IntRange(min=1), default=os.cpu_count() or 1, help="Cores to use; all without it.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def command(
    context: click.Context,
    *,
    path: Path,
    law: Path | None,
    constitution: str | None,
    wanted: str,
    update: bool,
    jobs: int,
    form: str,
) -> None:
    """Decide golden cases and compare whole decisions.

    PATH is a fixture file or a folder of them. A case is a base snapshot and a difference; it expects every decision
    about the rows it looks at, with reasons, margins and what the rules cite, and every order, nothing beside.
    """
    with uncollected(), _progress() as tell:
        folder = law_folder(law, constitution)
        read = load(folder)
        files = tried(read, Wish(folder, wanted, update), find(path), jobs, tell)
    if not any(file.cases for file in files):
        raise click.UsageError(f"no case at {path} has {wanted!r} in its name; look at the names without -k")
    for file in files:
        if file.text is not None:
            file.path.write_text(file.text, encoding="utf-8", newline="")
    if form == "json":
        click.echo(_document(read, folder, files))
    else:
        click.echo("\n".join(_report(read, folder, files, update=update)))
    if any(file.failed for file in files) and not update:
        context.exit(_DIFFER)


@contextmanager
def _progress() -> Iterator[Tell]:
    """Show a bar where somebody looks: nobody else waits for what draws it."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - see above

    from commands.progress import progress  # noqa: PLC0415 - see above

    with progress(Console(stderr=True)) as tell:
        yield partial(tell, "deciding golden cases")


def _report(law: Constitution, folder: Path, files: Sequence[Tried], *, update: bool) -> Iterator[str]:
    failed = [each for file in files for each in file.failed]
    for each in failed:
        yield from lines_of(law, folder, each)
    yield from (f"wrote {file.path}" for file in files if file.text is not None)
    seen = [file for file in files if file.cases]
    decided, count = sum(file.cases for file in seen), len(seen)
    cases = f"{decided} case{'s' * (decided > 1)} in {count} file{'s' * (count > 1)}"
    if failed and update:
        yield f"{cases}: {len(failed)} rewritten"
    elif failed:
        advice = "where the law is right, --update writes what it says"
        yield f"{cases}: {len(failed)} differ from what is expected; {advice}"
    else:
        yield f"{cases}: all as expected"


def _document(law: Constitution, folder: Path, files: Sequence[Tried]) -> str:
    failing = [data_of(law, folder, each) for file in files for each in file.failed]
    cases = sum(file.cases for file in files)
    document = {"constitution": law.version, "law": law.bytes_digest, "cases": cases, "differing": failing}
    return json.dumps(document, indent=2, default=number, ensure_ascii=False)
