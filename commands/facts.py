"""`alluse facts`: every name that a rule may read, by subject, and the functions."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import click
from rich.console import RenderableType
from rich.text import Text

from commands.law import law_folder, law_options, read_law
from commands.pieces import Piece, pieces
from commands.render import cited, dim, present, say, table
from engine.expr.functions import FUNCTIONS, SERIES
from engine.law.model import Constitution
from engine.subjects import SUBJECTS, given

_FORMS: Final = frozenset({"fact", "table", "ladder", "latch", "memory", "pick"})
_OTHERS: Final = {
    "known": ("x", "whether a fact is known; never unknown itself"),
    "first_known": ("x, y, ...", "the first that is known"),
    "lower": ("interval", "the lower bound of a parameter"),
    "upper": ("interval", "the upper bound of a parameter"),
    "middle": ("interval", "the middle of a parameter"),
    "size": ("list", "how many entries a parameter's list has"),
    "rank": ("word, list", "the place of a word in a parameter's list, from 0; behind the last when it is not there"),
}
_FOLDS: Final = {
    "list.exists": ("x, condition", "true if one is, else unknown if one is"),
    "list.all": ("x, condition", "false if one is, else unknown if one is"),
    "list.count": ("x, condition", "how many are; unknown if one is"),
    "list.sum": ("x, value", "the sum; unknown if one is"),
}
_EXAMPLES: Final = """\b
Examples:
  alluse facts
  alluse facts position
  alluse facts position.delta
  alluse facts vix --format json

\b
Exit codes: 0 listed, 2 nothing has that in its name, or the law is malformed.
"""


@dataclass(frozen=True)
class Row:
    """One name that a rule may read. `how`: where it comes from, or the expression that gives it."""

    subject: str
    fact: str
    form: str
    unit: str
    sign: str
    how: str
    means: str
    cites: tuple[str, ...] = ()
    place: str = ""

    @property
    def name(self) -> str:
        """The name as a rule for another subject has it."""
        return f"{self.subject}.{self.fact}" if self.subject else self.fact


@click.command(name="facts", epilog=_EXAMPLES)
@click.argument("wanted", metavar="[FILTER]", default="")
@law_options
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def command(*, wanted: str, law: Path | None, constitution: str | None, form: str) -> None:
    """List every name that a rule may read.

    FILTER keeps the subject of that name, or else the names that have it in them. Given facts are the snapshot's,
    remembered ones come from the last verdict, everything else is derived by the law.
    """
    read = read_law(law_folder(law, constitution))
    found = [row for row in rows(read) if _fits(row, wanted)]
    if not found:
        close = get_close_matches(wanted, [*SUBJECTS, *(row.name for row in rows(read))], 1)
        hint = f"did you mean {close[0]!r}?" if close else "without FILTER all are listed"
        raise click.BadParameter(f"no name has {wanted!r} in it; {hint}", param_hint="FILTER")
    if form == "json":
        click.echo(json.dumps({"facts": [written(row) for row in found]}, ensure_ascii=False, indent=1))
    else:
        say(*_parts(found))


def _fits(row: Row, wanted: str) -> bool:
    return row.subject == wanted if wanted in SUBJECTS else wanted in row.name


def rows(law: Constitution) -> Iterator[Row]:
    """Yield every name that a rule may read: subject by subject, then the functions."""
    known = [piece for piece in pieces(law) if piece.form in _FORMS or piece.form == "requirement"]
    for subject in SUBJECTS:
        yield from _given(subject)
        yield from (_remembered(law, name) for name in law.remembered if name.partition(".")[0] == subject)
        yield from (_derived(piece) for piece in known if piece.subject == subject)
        yield from (
            Row(subject, name, "list", child, "", "snapshot", f"rows of {child}")
            for name, child in SUBJECTS[subject].lists
        )
    for name, (takes, means) in _functions().items():
        yield Row("", name, "function", "", "", takes, means)


def _functions() -> dict[str, tuple[str, str]]:
    known = {each.name: (each.takes, each.means) for each in FUNCTIONS.values()}
    return {**known, **_OTHERS, **SERIES, **_FOLDS}


def _given(subject: str) -> Iterator[Row]:
    for fact, each in given(subject).items():
        words = f": {', '.join(sorted(each.type.words))}" if each.type.words else ""
        sign = "" if each.sign == "any" else each.sign.replace("_", " ")
        yield Row(subject, fact, "given", each.unit, sign, each.source, f"{each.means}{words}")


def _remembered(law: Constitution, name: str) -> Row:
    each = law.remembered[name]
    return Row(each.subject, each.fact, "remembered", each.unit, "", each.next, f"as {each.latch or each.next} was")


def _derived(piece: Piece) -> Row:
    origin = piece.origin
    fact = piece.name.removeprefix(f"{piece.subject}.")
    unit = "bool" if piece.form == "requirement" else piece.unit
    return Row(piece.subject, fact, piece.form, unit, "", piece.value, origin.means, origin.cites, str(origin.place))


def written(row: Row) -> dict[str, Any]:
    """Return a row as JSON has it, without what is empty."""
    told = {
        "name": row.name, "subject": row.subject, "form": row.form, "unit": row.unit, "sign": row.sign,
        "how": row.how, "means": row.means, "cites": list(row.cites), "place": row.place,
    }  # fmt: skip
    return {key: value for key, value in told.items() if value}


def _parts(found: list[Row]) -> Iterator[RenderableType]:
    for number, subject in enumerate(dict.fromkeys(row.subject for row in found)):
        if number:
            yield ""
        yield _heading(subject)
        yield from present(*_tables([row for row in found if row.subject == subject]))


def _heading(subject: str) -> Text:
    if not subject:
        return Text("functions", style="bold")
    sees = ", ".join(SUBJECTS[subject].sees)
    text = Text(subject, style="bold")
    return text.append(f"  {SUBJECTS[subject].means}{f'; sees {sees}' if sees else ''}", style="not bold dim")


def _tables(here: list[Row]) -> Iterator[RenderableType | None]:
    given_ = [row for row in here if row.form in ("given", "list")]
    yield table(
        "Given",
        ("name", "unit", "sign", "source", "means"),
        ((row.fact, row.unit, row.sign, row.how, row.means) for row in given_),
    )
    remembered = [row for row in here if row.form == "remembered"]
    yield table("Remembered", ("name", "unit", "means"), ((row.fact, row.unit, row.means) for row in remembered))
    derived = [row for row in here if row.form in _FORMS or row.form == "requirement"]
    yield table(
        "Derived",
        ("name", "form", "unit", "means", "how", "law"),
        ((row.fact, row.form, row.unit, row.means, row.how, dim(f"{cited(row.cites)} {row.place}")) for row in derived),
    )
    functions = [row for row in here if row.form == "function"]
    yield table("", ("name", "takes", "means"), ((row.fact, row.how, row.means) for row in functions))
