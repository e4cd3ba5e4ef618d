"""`alluse index`: each item of the law, what carries it out and where, and what nothing carries out."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click
from rich.console import RenderableType
from rich.text import Text

from commands.fired import Count, counted
from commands.fixture import find, read_fixtures
from commands.golden import Told, tell
from commands.homes import FORMS, Home, homeless, homes, performed, totals
from commands.law import read_law
from commands.pieces import Piece
from commands.render import dim, present, say, table
from commands.validate import newest
from engine.law.model import Constitution
from engine.law.read import read_folder
from engine.place import Fault, Place

_FAULTS: Final = 1
_GOLDEN: Final = "fixtures/golden"
_EXAMPLES: Final = """\b
Examples:
  alluse index
  alluse index constitution/1.3 --format json
  alluse index --cases

\b
Exit codes: 0 every item is carried out, 1 some are not (the list comes last), or with --cases a rule lacks a case;
2 a fixture or the law is malformed.
"""


@dataclass(frozen=True)
class Indexed:
    """One law, item by item; `counts` has its rules where golden cases were asked for."""

    folder: Path
    law: Constitution
    homes: Sequence[Home]
    counts: Mapping[str, Count] = field(default_factory=dict)

    @property
    def faults(self) -> list[Fault]:
        """What nothing carries out, then what no case shows."""
        cases = (count.fault for count in self.counts.values())
        return [*homeless(self.homes), *(fault for fault in cases if fault is not None)]

    def at(self, place: Place) -> str:
        """Return a place as it is found from here."""
        return f"{self.folder / place.file}:{place.line}:{place.column}"


@click.command(name="index", epilog=_EXAMPLES)
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), required=False)
@click.option("--cases", is_flag=True, help="Count the golden cases that fire each rule, and those that refuse it.")
@click.option(
    "--golden",
    type=click.Path(path_type=Path),
    default=_GOLDEN,
    show_default=True,
    metavar="PATH",
    help="Where the golden cases are.",
)
@click.option("--totals", "short", is_flag=True, help="Say the totals and what is missing, not every item.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def command(context: click.Context, *, folder: Path | None, cases: bool, golden: Path, short: bool, form: str) -> None:
    """Map each item of the law to what carries it out, and name what nothing carries out.

    DIR is a version's folder; without it the newest version that is built in. An item of kind rule needs something that
    decides or requires and cites it, a duty needs a rule that decides when it is due; guidance needs nothing.
    """
    if cases and not golden.exists():
        raise click.BadParameter(f"there is nothing at {golden}; name the golden cases", param_hint="--golden")
    found = indexed(folder or newest(), golden if cases else None)
    if form == "json":
        click.echo(json.dumps(document(found), ensure_ascii=False, indent=1))
    else:
        say(*(_totals(found) if short else _parts(found)))
        for fault in found.faults:
            click.echo(f"{found.at(fault.place)} {fault.code}: {fault.message}")
    context.exit(_FAULTS if found.faults else 0)


def indexed(folder: Path, golden: Path | None) -> Indexed:
    """Return the law of a folder, item by item; with a folder of golden cases also what they show of its rules.

    Raises:
        ConstitutionError: The law is at fault, or a fixture is.
    """
    law = read_law(folder)
    written, _ = read_folder(folder, [])
    counts = {} if golden is None else counted(law, _told(law, golden))
    return Indexed(folder, law, homes(law, written), counts)


def _told(law: Constitution, golden: Path) -> Iterator[Told]:
    """Yield what the law says in every case, with a bar on a terminal."""
    cases = [case for fixture in read_fixtures(find(golden)) for case in fixture.cases]
    hidden = not sys.stderr.isatty()
    with click.progressbar(cases, label="golden cases", file=sys.stderr, hidden=hidden) as shown:
        for case in shown:
            yield tell(law, case)


def _totals(found: Indexed) -> Iterator[RenderableType]:
    law, count = found.law, totals(found.law)
    kinds = ", ".join(f"{count[kind]} of kind {kind}" for kind in ("rule", "duty", "guidance"))
    yield Text(f"Constitution {law.version} ({law.status}) {law.bytes_digest[:12]}", style="bold")
    yield f"{count['items']} items ({kinds})"
    yield f"{count['parameters']} parameters, {count['rules']} rules, {count['interpretations']} interpretations"


def _parts(found: Indexed) -> Iterator[RenderableType]:
    yield from _totals(found)
    rows = (row for home in found.homes for row in _rows(home))
    counts = (
        (each.rule.id, each.rule.subject, *_counted(each), _where(each.rule.origin.place))
        for each in found.counts.values()
    )
    yield from present(
        table("Items", ("item", "", "what and where"), rows),
        table("Rules in golden cases", ("rule", "for", "#fire it", "#refuse it", "law"), counts),
    )
    yield ""


def _counted(count: Count) -> tuple[Text, Text]:
    return tuple(Text(str(number), style="" if number else "red") for number in (count.fires, count.refuses))  # type: ignore[return-value]


def _rows(home: Home) -> Iterator[tuple[RenderableType, ...]]:
    yield Text(f"§{home.item}", style="bold"), home.of.kind, _where(home.place)
    if home.of.room:
        yield "", "performed by", performed(home.of)
    for form, pieces in home.forms():
        yield "", FORMS[form], _listed(pieces)
    if home.rulings:
        yield "", "ruled on in", " ".join(home.rulings)


def _listed(pieces: Iterable[Piece]) -> Text:
    return Text(", ").join(Text(f"{piece.name} ").append_text(_where(piece.origin.place)) for piece in pieces)


def _where(place: Place) -> Text:
    return dim(f"{place.file}:{place.line}")


def document(found: Indexed) -> dict[str, Any]:
    """Return an index as JSON has it."""
    law = found.law
    told: dict[str, Any] = {
        "constitution": law.version,
        "law": law.bytes_digest,
        "totals": dict(totals(law)),
        "items": [_item(home) for home in found.homes],
        "faults": [
            {"file": fault.place.file, "line": fault.place.line, "code": fault.code, "message": fault.message}
            for fault in found.faults
        ],
    }
    if found.counts:
        told["rules"] = [
            {"rule": name, "fires": count.fires, "refuses": count.refuses} for name, count in found.counts.items()
        ]
    return told


def _item(home: Home) -> dict[str, Any]:
    room = None if home.of.room is None else {"path": home.of.room, "exists": home.built}
    return {
        "item": home.item,
        "kind": home.of.kind,
        "place": str(home.place),
        "room": room,
        **{
            form.replace(" ", "_"): [{"name": piece.name, "place": str(piece.origin.place)} for piece in pieces]
            for form, pieces in home.forms()
        },
        "interpretations": list(home.rulings),
    }
