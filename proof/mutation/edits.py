"""A node of the law with another in its place; everything beside it is the very same object."""

from dataclasses import replace
from typing import TypeVar

from engine.law.read import Path_
from engine.law.text import Mapping, Node, Scalar, Sequence, Source
from engine.place import Place

_Item = TypeVar("_Item")


class _Said(Source):
    """The text of a scalar that stands where another stood."""

    def __init__(self, old: Scalar, text: str) -> None:
        super().__init__(old.source.file, text)
        self._old = old.place

    def place(self, index: int) -> Place:  # noqa: ARG002 - wherever in the text, it stands where the other stood
        return self._old


def said(old: Scalar, text: str) -> Scalar:
    """Return a scalar that stands where another does and says something else."""
    return Scalar(text, _Said(old, text), 0, 0, len(text), quoted=old.quoted)


def edited(root: Node, path: Path_, node: Node | None) -> Node:
    """Return a tree with a node where another stood; `None` takes the entry away.

    Raises:
        KeyError: The path leads to nothing.
    """
    if not path:
        if node is None:
            raise KeyError(path)
        return node
    step, rest = path[0], path[1:]
    match root:
        case Mapping(entries=entries) if str(step) in entries:
            key, value = entries[str(step)]
            if rest or node is not None:
                return replace(root, entries={**entries, str(step): (key, edited(value, rest, node))})
            return replace(root, entries={name: entry for name, entry in entries.items() if name != str(step)})
        case Sequence(items=items) if isinstance(step, int):
            new = () if not rest and node is None else (edited(items[step], rest, node),)
            return replace(root, items=(*items[:step], *new, *items[step + 1 :]))
        case _:
            raise KeyError(path)


def swapped(items: tuple[_Item, ...], number: int) -> tuple[_Item, ...]:
    """Return items of which one has changed places with the next."""
    return (*items[:number], items[number + 1], items[number], *items[number + 2 :])
