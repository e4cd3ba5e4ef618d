"""The expressions of a piece: where each stands, and whose row it speaks of."""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.decisions import fields
from engine.expr.tree import String
from engine.expr.typed import Compare, Const, Typed, walk
from engine.law.draft import Reported
from engine.law.model import Constitution
from engine.law.names import BrokenName
from engine.law.read import Path_, node_at
from engine.law.text import Mapping, Node, Scalar, Sequence
from engine.subjects import given
from proof.mutation.pieces import Piece, Source

_CANDIDATE = "candidate"


@dataclass(frozen=True, slots=True)
class Standing:
    """One expression of a piece: its path, its scalar, the subject of its row; a pick's sees a contract besides."""

    path: Path_
    node: Scalar
    subject: str
    candidate: bool = False

    def typed(self, source: Source) -> Typed | None:
        """Return the expression typed; nothing for one with a name of its own, a ladder's `rung`."""
        more = {_CANDIDATE: _CANDIDATE} if self.candidate else {}
        try:
            return source.draft().expression(self.node, self.subject, **more)
        except (Reported, BrokenName):
            return None


def standing(source: Source, piece: Piece) -> Iterator[Standing]:
    """Yield the expressions of a piece, in the order of the text."""
    own = piece.name.split(".", maxsplit=1)[0]
    match piece.form:
        case "facts":
            yield from _at(piece.node, own, ("value",))
        case "memories":
            yield from _at(piece.node, own, ("next",))
        case "ladders":
            yield from _at(piece.node, own, ("applies",), ("crossed",))
        case "latches":
            yield from _at(piece.node, own, ("set",), ("clear",), *_below(piece.node, ("keeps",)))
        case "tables":
            yield from _at(piece.node, own, *_below(piece.node, ("by",)), *_thens(piece.node), ("otherwise",))
        case "picks":
            yield from _at(piece.node, own, ("when",))
            for path in (("where",), *_below(piece.node, ("order_by",))):
                yield from (Standing(path, of.node, own, candidate=True) for of in _at(piece.node, own, path))
        case "rules":
            yield from _rule(source.law, piece)
        case "choices":
            yield from _choice(source.law, piece)
        case "shares":
            yield from _share(source.law, piece)
        case _:
            pass


def other_words(of: Typed | None, at: String) -> tuple[str, ...]:
    """Return what a word could be instead: the next of those that its neighbour may be, if there are more than two."""
    for part in walk(of) if of is not None else ():
        sides = (part.left, part.right) if isinstance(part, Compare) else ()
        for side, other in (sides, sides[::-1]) if sides else ():
            if isinstance(side, Const) and side.at == at.at and side.value == at.value:
                return following(at.value, sorted(other.type.words))
    return ()


def following(word: str, words: list[str]) -> tuple[str, ...]:
    """Return the word after one of several, the first after the last; of two none, for it is the opposite."""
    return (words[(words.index(word) + 1) % len(words)],) if word in words and len(words) > 2 else ()  # noqa: PLR2004


def is_word(piece: Piece, law: Constitution, path: Path_) -> bool:
    """Return whether a scalar stands as a word of its own where expressions stand beside it."""
    node, _ = node_at(piece.node, path)
    text = node.text if isinstance(node, Scalar) else ""
    match piece.form, path[0]:
        case "tables", "rows" | "otherwise":
            unit, _ = node_at(piece.node, ("unit",))
            return "unit" in piece.node and isinstance(unit, Scalar) and unit.text == "symbol"  # type: ignore[operator]
        case "rules", "with":
            wanted = fields(law.rules[piece.name].kind).get(str(path[-1]))
            return wanted is not None and wanted.unit == "symbol" and "." not in text and "(" not in text
        case "shares", "marks":
            kept = given("position").get(str(path[-1]))
            return kept is not None and text in kept.type.words
        case _:
            return False


def _at(root: Node, subject: str, *paths: Path_) -> Iterator[Standing]:
    for path in paths:
        node = found(root, path)
        if isinstance(node, Scalar) and node.text not in ("unknown", "any"):
            yield Standing(path, node, subject)


def found(root: Node, path: Path_) -> Node | None:
    """Return the node at a path, or nothing where it does not lead all the way."""
    node: Node | None = root
    for step in path:
        match node:
            case Mapping():
                node = node.get(str(step))
            case Sequence(items=items) if isinstance(step, int) and step < len(items):
                node = items[step]
            case _:
                return None
    return node


def _below(root: Node, path: Path_) -> list[Path_]:
    match found(root, path):
        case Mapping(items=entries):
            return [(*path, key.text) for key, _ in entries]
        case Sequence(items=items):
            return [(*path, number) for number in range(len(items))]
        case _:
            return []


def _thens(root: Node) -> list[Path_]:
    return [(*row, "then") for row in _below(root, ("rows",))]


def _rule(law: Constitution, piece: Piece) -> Iterator[Standing]:
    subject = law.rules[piece.name].subject
    written = [path for path in _below(piece.node, ("with",)) if not is_word(piece, law, path)]
    yield from _at(piece.node, subject, ("when",), ("needs",), *written)


def _choice(law: Constitution, piece: Piece) -> Iterator[Standing]:
    of = law.choices[piece.name]
    budgets = [(*path, key) for path in _below(piece.node, ("within",)) for key in ("room", "uses")]
    yield from _at(piece.node, of.one_of_each, *_below(piece.node, ("turns",)))
    yield from _at(piece.node, of.subject, *_below(piece.node, ("order_by",)), *budgets, ("price",))


def _share(law: Constitution, piece: Piece) -> Iterator[Standing]:
    of, root = law.shares[piece.name], piece.node
    marks = [path for path in _below(root, ("marks",)) if not is_word(piece, law, path)]
    yield from _at(root, of.subject, *_below(root, ("order_by",)))
    yield from _at(root, of.shared_by, ("room",))
    yield from _at(root, of.subject, ("asks",), *marks)
    if of.need is not None:
        yield from _at(root, of.need.shared_by, ("need", "room"))
        yield from _at(root, _CANDIDATE, ("need", "uses"))
    legs = [(*path, key) for path in _below(root, ("legs",)) for key in ("costs", "price")]
    yield from _at(root, _CANDIDATE, *legs)
