"""What commands print: tables and colour on a terminal, plain lines elsewhere; exact quantities as people read them."""

import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from io import StringIO
from typing import Final

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from engine.wording import number

_PLAIN_WIDTH: Final = 140
_MINUTE, _HOUR = 60, 3600
_PRICES: Final = frozenset({"usd_per_share", "usd/share", "usd_per_contract", "usd/contract"})
_BARE: Final = frozenset({"ratio", "multiple", "count", "symbol", "text", "bool", "date", "instant", ""})
_WORDS: Final = {"index_points": "points", "point": "points"}


def say(*parts: RenderableType) -> None:
    """Print to standard output: as rich has it on a terminal, without blanks at the ends of lines elsewhere."""
    terminal = sys.stdout.isatty()
    stream = StringIO()
    width = None if terminal else _PLAIN_WIDTH
    console = Console(file=stream, force_terminal=terminal, width=width, markup=False, emoji=False, highlight=False)
    for part in parts:
        console.print(part)
    text = stream.getvalue()
    click.echo(text if terminal else "".join(f"{line.rstrip()}\n" for line in text.splitlines()), nl=False)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[RenderableType]]) -> Table | None:
    """Return a table, or nothing where it would have no rows; a column whose name begins with `#` is of numbers."""
    found = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    found.show_edge = False
    for column in columns:
        right = column.startswith("#")
        found.add_column(column.removeprefix("#"), justify="right" if right else "left", overflow="fold")
    for row in rows:
        found.add_row(*row)
    return found if found.row_count else None


def present(*parts: RenderableType | None) -> list[RenderableType]:
    """Return the parts that are there, an empty line before each."""
    return [piece for part in parts if part is not None for piece in ("", part)]


def cited(items: Iterable[str]) -> str:
    """Return items of the law as a person cites them."""
    return " ".join(f"§{item}" for item in items)


def dim(text: str) -> Text:
    """Return text that stands back."""
    return Text(text, style="dim")


def quantity(value: Decimal | Fraction | int, unit: str) -> str:
    """Return a quantity with its unit: $1,234.50, 1.035, 4 contracts, 5 min."""
    exact = Fraction(value)
    if unit == "usd":
        return f"${number(exact, least=2)}"
    if unit in _PRICES:
        return number(exact, least=2)
    if unit in ("second", "seconds"):
        return _duration(exact)
    if unit in _BARE:
        return number(exact)
    return f"{number(exact)} {_plural(unit, exact)}"


def _plural(unit: str, value: Fraction) -> str:
    word = _WORDS.get(unit, unit).removesuffix("s")
    return word if value == 1 or "/" in word else f"{word}s"


def _duration(seconds: Fraction) -> str:
    whole, rest = divmod(seconds, _HOUR)
    minutes, left = divmod(rest, _MINUTE)
    parts = ((int(whole), "h"), (int(minutes), "min"))
    found = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join([*found, f"{number(left)} s"] if left or not found else found)
