"""`alluse docs`: the Constitution as one page to read, as Markdown and as HTML."""

import os
from pathlib import Path
from typing import Final

import click

from commands.law import versions
from commands.page.book import Book
from commands.page.chapters import markdown
from commands.page.html import html
from commands.validate import Report, examine, newest
from engine.law.read import read_folder
from engine.place import LawError

_EXAMPLES: Final = """\b
Examples:
  alluse docs
  alluse docs --html constitution.html
  alluse docs constitution/1.3 --markdown constitution.md --link-base https://example.org/alluse/blob/main

\b
Exit codes: 0 written, 2 the law is malformed, or a file cannot be written.
"""


class UnwritableError(click.ClickException):
    """A page could not be written where it was asked for."""

    exit_code = 2


@click.command(name="docs", epilog=_EXAMPLES)
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), required=False)
@click.option("--html", "page", type=click.Path(path_type=Path), metavar="FILE", help="Write one page of HTML here.")
@click.option("--markdown", "text", type=click.Path(path_type=Path), metavar="FILE", help="Write Markdown here.")
@click.option(
    "--link-base", metavar="URL", help="Where the files of the law are hosted: links to their lines go there."
)
def command(*, folder: Path | None, page: Path | None, text: Path | None, link_base: str | None) -> None:
    """Write the Constitution as one page to read: items, values, rules in words, tables, rulings, findings.

    DIR is a version's folder; without it the newest version that is built in. Without a FILE the Markdown is printed.
    The HTML needs nothing beside it. Links to the law's lines lead to its files from where the page is written.
    """
    report = examine(folder or newest())
    if page is None and text is None:
        click.echo(markdown(_book(report, link_base, None)), nl=False)
    if text is not None:
        _write(text, markdown(_book(report, link_base, text)))
    if page is not None:
        _write(page, html(_book(report, link_base, page)))


def _book(report: Report, link_base: str | None, file: Path | None) -> Book:
    """Return a law as its page is written from it.

    Raises:
        LawError: The law has faults.
    """
    if report.law is None or report.faults:
        raise LawError(report.faults)
    written, _ = read_folder(report.folder, [])
    return Book(report.law, written, report.findings, linked(report.folder, link_base, file))


def linked(folder: Path, link_base: str | None, file: Path | None) -> str:
    """Return what stands before a file's name in a link: its folder as seen from the page, or from the URL given."""
    here = Path.cwd()
    shown = _shown(folder.absolute(), here)
    if link_base is not None:
        return f"{link_base.rstrip('/')}/{shown}/"
    where = here if file is None else file.absolute().parent
    up = os.path.relpath(here, where) if where.is_relative_to(here) else "."
    return f"{(Path(up) / shown).as_posix()}/"


def _shown(folder: Path, here: Path) -> str:
    """Return a folder of the law as the repository has it, without the path of this machine."""
    if folder.is_relative_to(here):
        return folder.relative_to(here).as_posix()
    shipped = {path: name for name, path in versions().items()}
    return f"constitution/{shipped[folder]}" if folder in shipped else folder.name


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UnwritableError(f"{file} cannot be written: {error.strerror}") from error
    click.echo(f"wrote {file}")
