"""`alluse show`: one item, parameter, rule, table, ladder, interpretation or fact of the law."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import click
from rich.console import RenderableType
from rich.syntax import Syntax
from rich.text import Text

from commands.entries import Entry, Index
from commands.law import law_folder, law_options, read_law
from commands.pieces import Piece
from commands.render import cited, dim, present, say, table
from engine.law.model import Constitution

_FEW: Final = 6
_EXAMPLES: Final = """\b
Examples:
  alluse show 6.3
  alluse show gen_delta_band
  alluse show A-39
  alluse show position.ladder_level

\b
Exit codes: 0 shown, 2 there is no such name, or the law is malformed.
"""


class UnknownNameError(click.ClickException):
    """The law has nothing of that name."""

    exit_code = 2


@click.command(name="show", epilog=_EXAMPLES)
@click.argument("name")
@law_options
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def command(*, name: str, law: Path | None, constitution: str | None, form: str) -> None:
    """Show an item, parameter, rule, table, interpretation or fact of the law.

    NAME is as the law writes it: 6.3, A-39, recovery_breach, roll, position.level, recovery, Roll; a fact may stand
    without its subject. Everything of that name is shown: text, value, unit, citation, place, the lines themselves,
    and what reads it, carries it out or rests on it.
    """
    folder = law_folder(law, constitution)
    index = Index(read_law(folder), folder)
    found = index.find(name)
    if not found:
        close = index.close(name)
        hint = f"did you mean {' or '.join(repr(each) for each in close)}?" if close else "`alluse facts` lists facts"
        raise UnknownNameError(f"the law has no {name!r}; {hint}")
    if form == "json":
        click.echo(json.dumps({"entries": [written(each) for each in found]}, ensure_ascii=False, indent=1))
        return
    say(*(part for number, each in enumerate(found) for part in _parts(index.law, each, first=not number)))


def written(entry: Entry) -> dict[str, Any]:
    """Return an entry as JSON has it."""
    about = {name.replace(" ", "_"): text for name, text in entry.about.items() if text}
    related = {name.replace(" ", "_"): [_named(piece) for piece in found] for name, found in entry.related.items()}
    return {
        "name": entry.name, "form": entry.form, "place": str(entry.place) if entry.place else None, **about,
        "cites": list(entry.cites), "rests_on": list(entry.rests_on), **related, "lines": list(entry.source),
    }  # fmt: skip


def _named(piece: Piece) -> dict[str, str]:
    return {"name": piece.name, "form": piece.form, "place": str(piece.origin.place)}


def _parts(law: Constitution, entry: Entry, *, first: bool) -> Iterator[RenderableType]:
    if not first:
        yield ""
    head = Text(entry.name, style="bold")
    head.append(f"  {entry.form}", style="not bold")
    yield head.append(f"  {entry.place or ''}", style="not bold dim")
    for name, text in entry.about.items():
        if text:
            yield Text(f"{name}: ", style="italic").append(text, style="not italic")
    if len(entry.cites) > _FEW:
        yield Text("cites: ", style="italic").append(cited(entry.cites), style="not italic")
    for item in entry.cites if len(entry.cites) <= _FEW else ():
        yield dim(f"§{item}  ").append(law.items[item].text if item in law.items else "", style="not dim")
    for ruling in entry.rests_on:
        yield dim(f"{ruling}  ").append(_chosen(law, ruling), style="not dim")
    if entry.source:
        yield ""
        yield Syntax("\n".join(entry.source), "yaml", background_color="default", word_wrap=True)
    yield from present(*(_related(title, found) for title, found in entry.related.items()))


def _chosen(law: Constitution, ruling: str) -> str:
    found = law.interpretations.get(ruling)
    return f"{found.question} {found.chosen}" if found else ""


def _related(title: str, found: Sequence[Piece]) -> RenderableType | None:
    rows = ((piece.name, piece.form, _gist(piece), _law(piece)) for piece in found)
    return table(title.capitalize(), ("name", "form", "what it says", "law"), rows)


def _law(piece: Piece) -> Text:
    return dim(f"{cited(piece.origin.cites)} {piece.origin.place}")


def _gist(piece: Piece) -> str:
    said = piece.origin.means or piece.value
    return f"{piece.value} {piece.unit}: {said}" if piece.form == "parameter" else said
