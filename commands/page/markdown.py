"""Markdown as it is written here: what is escaped, how a link, a table and a list within a list look."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_SPECIAL: Final = re.compile(r"(`[^`]+`)|([\\`*\[\]<|]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")
_LINK: Final = re.compile(r"\[([^][]*)\]\([^()]*\)")
_TAG: Final = re.compile(r"</?[a-z]+[^>]*>")


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a list, and the points below it."""

    text: str
    below: "tuple[Point, ...]" = ()


def escaped(text: str) -> str:
    """Return a plain text that Markdown shows as it is, on one line; what stands in backticks stays code."""
    return _SPECIAL.sub(lambda found: found[1] or f"\\{found[2]}", " ".join(text.split()))


def link(text: str, anchor: str) -> str:
    """Return a link to a place of the page; the text is Markdown already."""
    return f"[{text}](#{anchor})"


def anchor(name: str) -> str:
    """Return what a link to a place of the page leads to."""
    return f'<a id="{name}"></a>'


def heading(level: int, name: str, text: str) -> str:
    """Return a heading that can be linked to."""
    return f"{'#' * level} {anchor(name)}{text}"


def small(*parts: str) -> str:
    """Return a line that stands back; empty parts are left out."""
    return f"<small>{' · '.join(part for part in parts if part)}</small>"


def points(found: Iterable[Point], indent: str = "") -> Iterator[str]:
    """Yield the lines of a list."""
    for point in found:
        yield f"{indent}- {point.text}"
        yield from points(point.below, f"{indent}  ")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table; its cells are Markdown already."""
    body = [_row(row) for row in rows]
    return [_row(columns), _row("---" for _ in columns), *body] if body else []


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def width(text: str) -> int:
    """Return how many characters of a Markdown text a reader sees."""
    return len(_TAG.sub("", _LINK.sub(r"\1", text)))
