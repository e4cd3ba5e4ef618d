"""`alluse docs`: the Constitution as one page to read, in HTML or Markdown."""

from pathlib import Path
from typing import Final

import click

from commands.page.book import Book
from commands.page.chapters import markdown
from commands.validate import examine, newest
from engine.law.read import read_folder
from engine.place import LawError


@click.command(name="docs")
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), required=False)
def command(folder: Path | None) -> None:
    report = examine(folder or newest())
    if report.law is None or report.faults:
        raise LawError(report.faults)
    written, _ = read_folder(report.folder, [])
    click.echo(markdown(Book(report.law, written, report.findings, f"{report.folder}/")), nl=False)
