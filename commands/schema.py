"""`alluse schema`: the JSON Schemas of every kind of file, written from the models that read them."""

from importlib.resources import files
from pathlib import Path
from typing import Final

import click

from engine.schemas import schema_files

_DRIFTED: Final = 1
_EXAMPLES: Final = """\b
Examples:
  alluse schema --check
  alluse schema --write

\b
Exit codes: 0 the files are those of the models, 1 --check and some are not.
"""


def folder() -> Path:
    """Return where the schemas stand, beside the law."""
    return Path(str(files("constitution").joinpath("schema")))


def drifted(there: Path) -> list[str]:
    """Return the schema files that are not as the models would write them, missing and strange ones too."""
    wanted = schema_files()
    found = {path.name: path.read_text("utf-8") for path in there.glob("*.schema.json")}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


@click.command(name="schema", epilog=_EXAMPLES)
@click.option("--write", is_flag=True, help="Write the files into constitution/schema.")
@click.option("--check", is_flag=True, help="Say which files are not as the models would write them.")
@click.pass_context
def command(context: click.Context, write: bool, check: bool) -> None:
    """List the JSON Schemas (2020-12) that editors check the files with, write them, or check them."""
    there = folder()
    names = drifted(there)
    if write:
        there.mkdir(exist_ok=True)
        for name, text in schema_files().items():
            (there / name).write_text(text, encoding="utf-8", newline="\n")
        for name in names:
            click.echo(f"wrote {there / name}")
        return
    for name in names:
        click.echo(f"{there / name} is not what the models say; run `alluse schema --write`")
    if not names:
        click.echo(f"{len(schema_files())} schemas in {there} are those of the models")
    context.exit(_DRIFTED if names and check else 0)
