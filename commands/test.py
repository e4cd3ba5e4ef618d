"""`alluse test`: golden cases are decided and held against what their files expect."""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from commands.collecting import uncollected
from commands.differing import data_of, lines_of, number
from commands.fixture import find
from commands.law import law_folder, law_options
from commands.remarks import Remark
from commands.saved import save
from commands.testing import Tell, Tried, Wish, tried
from engine.law.load import load
from engine.law.model import Constitution
from engine.place import Place

_DIFFER: Final = 1
_UNWRITTEN: Final = 2
_EXAMPLES: Final = """\b
Examples:
  alluse test
  alluse test fixtures/golden/06-protocol -k level
  alluse test fixtures/golden/06-protocol/ladder.yaml --update

\b
Exit codes: 0 every case is as expected, 1 some differ, 2 a fixture or the law is malformed, or a file
cannot be written.
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
        raise click.UsageError(_none(path, wanted))
    refused: dict[Path, str] = {}
    if form == "json":
        wrote = [str(file.path) for file in files if _wrote(file, refused)]
        unwritten = {str(file): why for file, why in refused.items()}
        click.echo(_document(read, folder, files, {"wrote": wrote, "unwritten": unwritten} if update else {}))
    else:
        for line in _report(read, folder, files, refused, update=update):
            click.echo(line)
    if refused:
        click.echo(f"not written: {', '.join(f'{file} ({why})' for file, why in refused.items())}", err=True)
        context.exit(_UNWRITTEN)
    if any(file.failed for file in files) and not update:
        context.exit(_DIFFER)


def _none(path: Path, wanted: str) -> str:
    if not wanted:
        return f"there is no case at {path}; name a file or a folder of golden cases"
    return f"no case at {path} has {wanted!r} in its name; look at the names without -k"


def _wrote(file: Tried, refused: dict[Path, str]) -> bool:
    """Write a file as the law says, if it is to be; `refused` takes why it cannot be."""
    if file.text is None:
        return False
    try:
        save(file.path, file.text)
    except OSError as error:
        refused[file.path] = str(error.strerror)
    return file.path not in refused


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


def _report(
    law: Constitution, folder: Path, files: Sequence[Tried], refused: dict[Path, str], *, update: bool
) -> Iterator[str]:
    """Yield what differs, and then what was written of it, file by file as it is; `refused` takes what cannot be."""
    failed = [each for file in files for each in file.failed]
    for each in failed:
        yield from lines_of(law, folder, each)
    for file in files:
        if _wrote(file, refused):
            yield f"wrote {file.path}"
            yield from map(partial(_left_out, file), file.dropped)
    seen = [file for file in files if file.cases]
    decided, count = sum(file.cases for file in seen), len(seen)
    cases = f"{decided} case{'s' * (decided > 1)} in {count} file{'s' * (count > 1)}"
    if failed and update:
        left = sum(len(file.failed) for file in files if file.path in refused)
        yield f"{cases}: {len(failed) - left} rewritten{f', {left} not' if left else ''}"
    elif failed:
        advice = "where the law is right, --update writes what it says"
        yield f"{cases}: {len(failed)} differ from what is expected; {advice}"
    else:
        yield f"{cases}: all as expected"


def _left_out(file: Tried, remark: Remark) -> str:
    """Return what is said of a comment that has no line any more, and of where it stood before the file was written."""
    place = Place(str(file.path), remark.line + 1, remark.column + 1)
    return f"{place} comment left out, with the line that it was for: {remark.text}"


def _document(law: Constitution, folder: Path, files: Sequence[Tried], written: Mapping[str, Any]) -> str:
    failing = [data_of(law, folder, each) for file in files for each in file.failed]
    cases = sum(file.cases for file in files)
    document = {"constitution": law.version, "law": law.bytes_digest, "cases": cases, "differing": failing, **written}
    return json.dumps(document, indent=2, default=number, ensure_ascii=False)
