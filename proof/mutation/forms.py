"""What a slip of the hand makes of parameters, tables, ladders, latches, memories and picks, expressions apart."""

from collections.abc import Iterator
from typing import Final

from engine.expr.typed import Case, Compare, Const, Type, Typed, walk
from engine.expr.units import UNITS
from engine.law.draft import unit_of
from engine.law.read import Path_
from engine.law.text import Scalar, Sequence, plain
from engine.law.values import Interval, is_interval, read_interval, read_single
from proof.mutation.bounds import Turn, interval, single
from proof.mutation.hands import Hand, absent, crossed, dropped, renamed, size, swapped, turned
from proof.mutation.pieces import Piece, Source
from proof.mutation.scopes import following, found, standing

_GREENWICH: Final = "UTC"
_WORDS = ("symbol", "bool", "text")


def parameter(source: Source, piece: Piece) -> Iterator[Hand]:
    """Yield a parameter moved by a tick, its bounds open or closed, its list with an entry less or in another order.

    A word becomes another that could stand there, a clock that of Greenwich.
    """
    of, path = source.law.parameters[piece.name], ("value",)
    unit = UNITS[of.unit]
    match of.value:
        case Interval():
            yield from turned(piece, path, interval(of.value, unit))
        case tuple():
            yield from dropped(piece, path, least=1)
            if _ranked(source, piece.name):
                yield from swapped(piece, path)
        case value:
            yield from turned(piece, path, single(value, unit))
            if unit.kind == "symbol":
                yield from turned(piece, path, _exchanged(source, piece.name, str(value)))
            if unit.name == "zone":
                yield from turned(piece, path, [Turn("word", str(value), _GREENWICH, _GREENWICH)])


def _exchanged(source: Source, name: str, word: str) -> Iterator[Turn]:
    """Yield the word after a parameter's own, of those that may stand where it does: compared, or given by a table."""
    words: set[str] = set()
    for derived in source.law.derived.values():
        for part in walk(derived.value):
            beside = _beside(part, derived.type)
            if any(isinstance(one, Const) and one.name == name for one, _ in beside):
                words |= {other for _, type_ in beside for other in type_.words}
    for other in following(word, sorted(words)):
        yield Turn("word", word, other, other)


def _beside(part: Typed, whole: Type) -> list[tuple[Typed, Type]]:
    """Return the sides of a comparison, or what a table gives, each with the type whose words could stand there."""
    match part:
        case Compare(left=left, right=right):
            return [(left, left.type), (right, right.type)]
        case Case(rows=rows, otherwise=otherwise):
            return [(value, whole) for value in (*(value for _, value in rows), otherwise) if value is not None]
        case _:
            return []


def _ranked(source: Source, name: str) -> bool:
    """Return whether the order of a list matters to anybody."""
    readers = (source.pieces[at] for at in source.readers.get(name, ()))
    return any("rank(" in of.node.raw and name in of.node.raw for piece in readers for of in standing(source, piece))


def table(source: Source, piece: Piece) -> Iterator[Hand]:
    """Yield a table with a row less, rows in another order, cells that say something else or nothing."""
    columns = {str(of.path[1]): of.typed(source) for of in standing(source, piece) if of.path[0] == "by"}
    hit, rows = found(piece.node, ("hit",)), size(found(piece.node, ("rows",)))
    yield from dropped(piece, ("rows",), "row", least=1)
    if isinstance(hit, Scalar) and hit.text == "first":
        yield from swapped(piece, ("rows",))
    for row in range(rows):
        for name, typed in columns.items():
            if typed is not None:
                yield from _cell(source, piece, ("rows", row, name), typed.type)
        yield from crossed(piece, ("rows", row, "then"), ("rows", row + 1, "then"))
    yield from absent(piece, ("otherwise",), "otherwise")


def _cell(source: Source, piece: Piece, path: Path_, column: Type) -> Iterator[Hand]:
    node = found(piece.node, path)
    if isinstance(node, Sequence):
        yield from dropped(piece, path)
    if not isinstance(node, Scalar) or node.text == "any":
        return
    yield from turned(piece, path, [Turn("cell", node.text, "any", "any")])
    value = plain(node)
    if isinstance(value, bool):
        yield from turned(piece, path, single(value, UNITS["bool"]))
    elif column.kind not in _WORDS and is_interval(value):
        unit = UNITS[unit_of(column)]
        yield from turned(
            piece, path, interval(read_interval(str(value), unit, frozenset(source.names.constants)), unit)
        )
    elif column.kind not in _WORDS and str(value) not in source.names.constants:
        unit = UNITS[unit_of(column)]
        yield from turned(piece, path, single(read_single(value, unit), unit))


def fact(_: Source, piece: Piece) -> Iterator[Hand]:
    """Yield a fact that may be zero where it must not, and one that says so with another reason."""
    yield from absent(piece, ("positive",), "positive")
    yield from renamed(piece, "bad", kind="reason")


def ladder(_: Source, piece: Piece) -> Iterator[Hand]:
    """Yield a ladder with the rungs of each two neighbours exchanged."""
    for number in range(1, size(found(piece.node, ("levels",))) - 1):
        yield from crossed(piece, ("levels", number, "rung"), ("levels", number + 1, "rung"))


def latch(_: Source, piece: Piece) -> Iterator[Hand]:
    """Yield a latch that nothing clears, one that keeps less, one that anybody may clear."""
    clear = found(piece.node, ("clear",))
    if isinstance(clear, Scalar) and clear.text != "false":
        yield from turned(piece, ("clear",), [Turn("clear", clear.text, "false", "false")])
    yield from dropped(piece, ("keeps",), "keep", least=1)
    yield from absent(piece, ("by",), "word")


def memory(_: Source, piece: Piece) -> Iterator[Hand]:
    """Yield a memory that begins otherwise, or with nothing."""
    initial, unit = found(piece.node, ("initial",)), found(piece.node, ("unit",))
    if isinstance(initial, Scalar) and plain(initial) is not None and isinstance(unit, Scalar):
        yield from absent(piece, ("initial",), "initial")
        value = read_single(plain(initial), UNITS[unit.text])
        yield from turned(piece, ("initial",), single(value, UNITS[unit.text]))


def pick(_: Source, piece: Piece) -> Iterator[Hand]:
    """Yield a pick whose order says less, or says it in another order."""
    yield from dropped(piece, ("order_by",), "order")
    yield from swapped(piece, ("order_by",))
