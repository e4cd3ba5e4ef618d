"""One slip in a piece of the law: a value turned, an entry dropped, two neighbours in each other's place."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from engine.law.read import Path_
from engine.law.text import Mapping, Node, Scalar, Sequence
from engine.place import Place
from proof.mutation.bounds import Turn
from proof.mutation.edits import edited, said
from proof.mutation.edits import swapped as exchanged
from proof.mutation.pieces import Piece
from proof.mutation.scopes import found


@dataclass(frozen=True, slots=True)
class Hand:
    """One slip in a piece: its kind, where it stands, what stood and stands there, and the piece's new node."""

    kind: str
    path: Path_
    place: Place
    was: str
    now: str
    node: Node


def turned(piece: Piece, path: Path_, turns: Iterable[Turn]) -> Iterator[Hand]:
    """Yield the piece with a scalar written in each of some other ways."""
    node = found(piece.node, path)
    if not isinstance(node, Scalar):
        return
    for turn in turns:
        new = edited(piece.node, path, said(node, turn.text))
        yield Hand(turn.kind, path, node.place, turn.was, turn.now, new)


def strange(kind: str, text: str) -> Turn:
    """Return a word that nobody else says."""
    return Turn(kind, text, f"{text}_other", f"{text}_other")


def renamed(piece: Piece, key: str, *, kind: str) -> Iterator[Hand]:
    """Yield the piece with a word of its own replaced by one that nobody else says."""
    node = found(piece.node, (key,))
    if isinstance(node, Scalar):
        yield from turned(piece, (key,), [strange(kind, node.text)])


def absent(piece: Piece, path: Path_, kind: str) -> Iterator[Hand]:
    """Yield the piece without what stands at a path, if something does."""
    node = found(piece.node, path)
    if node is not None:
        yield Hand(kind, path, node.place, told(node), "", edited(piece.node, path, None))


def dropped(piece: Piece, path: Path_, kind: str = "entry", least: int = 2) -> Iterator[Hand]:
    """Yield a list or mapping without each of its entries, where it has at least so many."""
    node = found(piece.node, path)
    for step, place, text in entries(node) if size(node) >= least else ():
        yield Hand(kind, (*path, step), place, text, "", edited(piece.node, (*path, step), None))


def swapped(piece: Piece, path: Path_, kind: str = "order") -> Iterator[Hand]:
    """Yield a list or mapping with each two neighbours in each other's place."""
    node = found(piece.node, path)
    for number, ((step, place, text), (_, _, other)) in enumerate(pairwise(entries(node))):
        new = _swapped(node, number)
        yield Hand(kind, (*path, step), place, f"{text}, {other}", f"{other}, {text}", edited(piece.node, path, new))


def crossed(piece: Piece, one: Path_, other: Path_, kind: str = "swap") -> Iterator[Hand]:
    """Yield the piece in which two places have what the other one has, if both have something and not the same."""
    mine, others = found(piece.node, one), found(piece.node, other)
    if mine is not None and others is not None and told(mine) != told(others):
        node = edited(edited(piece.node, one, others), other, mine)
        yield Hand(kind, one, mine.place, f"{told(mine)}, {told(others)}", f"{told(others)}, {told(mine)}", node)


def size(node: Node | None) -> int:
    """Return how many entries a list or mapping has."""
    return len(node.items) if isinstance(node, Mapping | Sequence) else 0


def entries(node: Node | None) -> Iterator[tuple[str | int, Place, str]]:
    """Yield of each entry its step in a path, its place and its text."""
    match node:
        case Sequence(items=items):
            yield from ((number, item.place, told(item)) for number, item in enumerate(items))
        case Mapping(items=pairs):
            yield from ((key.text, key.place, f"{key.text}: {told(value)}") for key, value in pairs)
        case _:
            pass


def told(node: Node) -> str:
    """Return a node as one line."""
    match node:
        case Scalar(text=text):
            return text
        case Sequence(items=items):
            return f"[{', '.join(map(told, items))}]"
        case Mapping(items=pairs):
            return f"{{{', '.join(f'{key.text}: {told(value)}' for key, value in pairs)}}}"


def _swapped(node: Node | None, number: int) -> Node | None:
    match node:
        case Sequence(items=items):
            return replace(node, items=exchanged(items, number))
        case Mapping(entries=pairs):
            return replace(node, entries=dict(exchanged(tuple(pairs.items()), number)))
        case _:
            return None
