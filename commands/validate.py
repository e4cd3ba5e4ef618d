"""`alluse validate`: every fault of a law with its place, or what a person should know of one that loads."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from engine.law.finding import Finding
from engine.law.lint import lint
from engine.law.load import load_with_files
from engine.law.model import Constitution
from engine.law.read import Written, model_of, node_at
from engine.law.seal import gate
from engine.law.text import plain
from engine.place import Fault, LawError, Place
from engine.schemas import schemas
from engine.tensions import tensions
from sources.formulas import FORMULAS

_FINDINGS: Final = 1
_FAULTS: Final = 2
_EXAMPLES: Final = """\b
Examples:
  alluse validate
  alluse validate constitution/1.3 --strict
  alluse validate my-law --format json

\b
Exit codes: 0 the law is sound, 1 --strict and there are findings, 2 it has faults and decides nothing.
"""


@dataclass(frozen=True, slots=True)
class Report:
    """What there is to say of one folder; a law with faults is none."""

    folder: Path
    law: Constitution | None
    faults: tuple[Fault, ...]
    findings: tuple[Finding, ...] = ()

    def place(self, place: Place) -> str:
        """Return a place as it is found from here: inside the folder that was named."""
        file = self.folder / place.file if self.folder.is_dir() else self.folder
        return f"{file}:{place.line}:{place.column}"

    def line(self, found: Fault | Finding) -> str:
        """Return a remark on one line."""
        return f"{self.place(found.place)} {found.code}: {found.message}"

    @property
    def counts(self) -> dict[str, int]:
        """How much law there is."""
        if self.law is None:
            return {}
        rulings = self.law.interpretations.values()
        return {
            "parameters": len(self.law.parameters),
            "rules": len(self.law.rules),
            "tables": len(self.law.tables),
            "ladders": len(self.law.ladders),
            "interpretations": len(rulings),
            "waiting": sum(ruling.human_ruling_needed for ruling in rulings),
        }


def newest() -> Path:
    """Return the folder of the newest version that is built in."""
    root = Path(str(files("constitution")))
    versions = [path for path in root.iterdir() if path.name.replace(".", "").isdigit()]
    folder = max(versions, key=lambda path: [int(part) for part in path.name.split(".")])
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder


def examine(folder: Path) -> Report:
    """Return all that is to be said of the law in a folder."""
    try:
        law, written = load_with_files(folder)
    except LawError as error:
        return Report(folder, None, error.faults)
    faults = tuple(sorted(misfits(written)))
    findings = () if faults else sorted([*lint(law, written), *tensions(law, FORMULAS)])
    return Report(folder, law, faults, tuple(findings))


def misfits(written: Mapping[str, Written]) -> Iterator[Fault]:
    """Yield what the JSON Schemas do not accept of files that load: an editor would show it as wrong."""
    from jsonschema import Draft202012Validator

    known = schemas()
    for name, file in written.items():
        schema = known[str(model_of(name))]
        for error in Draft202012Validator(schema).iter_errors(plain(file.node)):
            node, _ = node_at(file.node, tuple(error.absolute_path))
            message = f"{error.message}; the schema and the models disagree, `alluse schema --write` writes it anew"
            yield Fault(node.place, "schema", message)


@click.command(name="validate", epilog=_EXAMPLES)
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), required=False)
@click.option("--strict", is_flag=True, help="End with 1 when there are findings.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def command(context: click.Context, folder: Path | None, strict: bool, form: str) -> None:
    """Check a law: its text, names, units, tables, citations, and who wins where rules compete.

    DIR is a version's folder; without it the newest version that is built in.
    """
    report = examine(folder or newest())
    if form == "json":
        click.echo(json.dumps(_document(report), indent=2, ensure_ascii=False))
    elif report.faults:
        click.echo("\n".join(report.line(fault) for fault in report.faults))
    else:
        _print(report)
    context.exit(_FAULTS if report.faults else _FINDINGS if report.findings and strict else 0)


def _print(report: Report) -> None:
    """Print findings as a table to a person, as lines to a program, and what there is in all."""
    console = Console(highlight=False)
    if console.is_terminal and report.findings:
        table = Table("place", "code", "finding", box=None, pad_edge=False, header_style="bold")
        for found in report.findings:
            table.add_row(report.place(found.place), found.code, found.message)
        console.print(table)
    else:
        for found in report.findings:
            click.echo(report.line(found))
    for line in _summary(report):
        console.print(line, soft_wrap=True)


def _summary(report: Report) -> Iterator[str]:
    counts = dict(report.counts)
    waiting = counts.pop("waiting")
    told = ", ".join(f"{count} {name if count != 1 else name.removesuffix('s')}" for name, count in counts.items())
    yield f"{told} ({waiting} of them {'wait' if waiting != 1 else 'waits'} for a person's ruling)"
    yield f"{gate(report.folder)}; no faults, {len(report.findings)} finding{'s' * (len(report.findings) != 1)}"


def _document(report: Report) -> dict[str, Any]:
    law = report.law
    return {
        "folder": str(report.folder),
        "version": law.version if law else None,
        "status": law.status if law else None,
        "law": law.bytes_digest if law else None,
        "counts": report.counts,
        "faults": [_said(found) for found in report.faults],
        "findings": [_said(found) for found in report.findings],
    }


def _said(found: Fault | Finding) -> dict[str, Any]:
    place = {"file": found.place.file, "line": found.place.line, "column": found.place.column}
    return place | {"code": found.code, "message": found.message}
