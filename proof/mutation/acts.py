"""What a slip of the hand makes of rules, choices, shares and arbitration, expressions apart."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from engine.decisions import fields
from engine.law.authored import Budget
from engine.law.text import Scalar
from engine.subjects import given
from proof.mutation.bounds import Turn
from proof.mutation.hands import Hand, absent, crossed, dropped, entries, renamed, strange, swapped, turned
from proof.mutation.pieces import Piece, Source
from proof.mutation.scopes import following, found, is_word

_EACH: Final = tuple(Budget.model_json_schema()["properties"]["each"]["enum"])


def rule(source: Source, piece: Piece) -> Iterator[Hand]:
    """Yield a rule with another reason, without what would have been enough, with a field less or another word."""
    kind = source.law.rules[piece.name].kind
    yield from renamed(piece, "else", kind="reason")
    yield from absent(piece, ("needs",), "needs")
    yield from dropped(piece, ("with",), "field", least=1)
    for name, _, _ in entries(found(piece.node, ("with",))):
        node = found(piece.node, ("with", name))
        if isinstance(node, Scalar) and is_word(piece, source.law, ("with", name)):
            words = fields(kind)[str(name)].words
            yield from turned(piece, ("with", name), _next(node.text, words) if words else [strange("word", node.text)])
    yield from _resting(source, piece)


def choice(source: Source, piece: Piece) -> Iterator[Hand]:
    """Yield a choice with a ceiling or a budget less, another count in a budget, less order."""
    yield from dropped(piece, ("ceilings",), "ceiling", least=1)
    yield from dropped(piece, ("within",), "budget", least=1)
    for name, _, _ in entries(found(piece.node, ("within",))):
        each = found(piece.node, ("within", name, "each"))
        if isinstance(each, Scalar):
            yield from turned(piece, ("within", name, "each"), _next(each.text, _EACH))
    yield from dropped(piece, ("turns",), "order")
    yield from dropped(piece, ("order_by",), "order")
    yield from swapped(piece, ("order_by",))
    yield from _resting(source, piece)


def share(source: Source, piece: Piece) -> Iterator[Hand]:
    """Yield a share with a leg less, its legs' weights exchanged, less order, no need, other marks."""
    yield from dropped(piece, ("legs",), "leg")
    legs = [name for name, _, _ in entries(found(piece.node, ("legs",)))]
    for one, other in pairwise(legs):
        yield from crossed(piece, ("legs", one, "weight"), ("legs", other, "weight"), "leg")
    yield from dropped(piece, ("order_by",), "order")
    yield from swapped(piece, ("order_by",))
    yield from absent(piece, ("need",), "need")
    yield from dropped(piece, ("marks",), "mark", least=1)
    for fact, _, _ in entries(found(piece.node, ("marks",))):
        node = found(piece.node, ("marks", fact))
        if isinstance(node, Scalar) and is_word(piece, source.law, ("marks", fact)):
            words = sorted(given("position")[str(fact)].type.words)
            yield from turned(piece, ("marks", fact), _next(node.text, words))
    yield from renamed(piece, "otherwise", kind="word")
    yield from _resting(source, piece)


def slot(_: Source, piece: Piece) -> Iterator[Hand]:
    """Yield an arbitration in which each two neighbours have changed ranks."""
    yield from swapped(piece, ("strongest",))


def _next(text: str, words: Sequence[str]) -> Iterator[Turn]:
    if text in words and len(words) > 1:
        other = words[(words.index(text) + 1) % len(words)]
        yield Turn("word", text, other, other)


def _resting(source: Source, piece: Piece) -> Iterator[Hand]:
    """Yield the piece with one item cited less, or another, and resting on one ruling less."""
    cites = found(piece.node, ("cites",))
    if isinstance(cites, Scalar):
        others = following(cites.text, [*source.law.items])
        yield from turned(piece, ("cites",), [Turn("citation", cites.text, other, other) for other in others])
    yield from dropped(piece, ("cites",), "citation")
    yield from dropped(piece, ("rests_on",), "ruling", least=1)
