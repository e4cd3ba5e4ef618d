"""Every mutant of a law: what a slip of an editor's hand would make of it, one slip at a time."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TypeAlias, TypeVar

from engine.expr.parse import parse
from engine.expr.tree import show
from engine.expr.typed import BOOL, Case, Const
from engine.law.authored import Section
from engine.law.model import Choice, Constitution, Derived, Rule, Share
from engine.law.read import Path_
from engine.place import Place
from proof.mutation import acts, forms
from proof.mutation.edits import edited, said, swapped
from proof.mutation.hands import Hand
from proof.mutation.pieces import RULES, VERSION, Piece, Source
from proof.mutation.scopes import is_word, other_words, standing
from proof.mutation.slips import slips

_RULINGS: Final = "interpretations.yaml"
_FORMS: Final[Mapping[str, Callable[[Source, Piece], Iterator[Hand]]]] = {
    "parameters": forms.parameter,
    "facts": forms.fact,
    "tables": forms.table,
    "ladders": forms.ladder,
    "latches": forms.latch,
    "memories": forms.memory,
    "picks": forms.pick,
    "rules": acts.rule,
    "choices": acts.choice,
    "shares": acts.share,
    "arbitration": acts.slot,
}
_Resting = TypeVar("_Resting", Rule, Choice, Share)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A piece that is written otherwise."""

    piece: Piece


@dataclass(frozen=True, slots=True)
class Silenced:
    """A rule that is not there: it decides nothing, or requires nothing."""

    rule: str


@dataclass(frozen=True, slots=True)
class Unrung:
    """A ladder on which nothing stands on one of its levels."""

    ladder: str
    level: int


@dataclass(frozen=True, slots=True)
class Unruled:
    """A ruling that is not there: nothing rests on it."""

    ruling: str


@dataclass(frozen=True, slots=True)
class Reordered:
    """Shares that draw on their sums in another order."""

    shares: tuple[str, ...]


Change: TypeAlias = Rewritten | Silenced | Unrung | Unruled | Reordered


@dataclass(frozen=True, slots=True)
class Mutant:
    """One slip: its name, its kind, where it stands, what stood there and what stands there now."""

    id: str
    kind: str
    section: str
    place: Place
    was: str
    now: str
    change: Change

    @property
    def piece(self) -> str:
        """The piece that it is in: mutants of one piece are tried one after the other."""
        return "/".join(self.id.split("/")[:2])


def mutants(source: Source) -> tuple[Mutant, ...]:
    """Return every mutant of a law, in the order of the text; ids number the slips of one kind in one place."""
    counts: Counter[str] = Counter()
    found: list[Mutant] = []
    for mutant in _mutants(source):
        counts[mutant.id] += 1
        found.append(replace(mutant, id=f"{mutant.id}-{counts[mutant.id]}"))
    return tuple(found)


def mutated(source: Source, change: Change) -> Constitution:
    """Return the law with one slip.

    Raises:
        Refused: It does not load so.
    """
    law = source.law
    match change:
        case Rewritten(piece):
            return source.rewritten(piece)
        case Silenced(name):
            rule = law.rules[name]
            silent = replace(rule, when=Const(0, not rule.decides, BOOL), nullable=False)
            return replace(law, rules={**law.rules, name: silent})
        case Unrung(name, level):
            return replace(law, derived={**law.derived, name: _unrung(law, name, level)})
        case Unruled(ruling):
            return _unruled(law, ruling)
        case Reordered(names):
            return replace(law, shares={name: law.shares[name] for name in names})


def section_of(source: Source, file: str) -> str:
    """Return the section that a file holds, or the file's own name."""
    model = source.written[file].model
    return model.section if isinstance(model, Section) else file.removesuffix(".yaml")


def _mutants(source: Source) -> Iterator[Mutant]:
    for piece in source.pieces.values():
        section = section_of(source, piece.file)
        name = f"{piece.form}/{piece.name}"
        if piece.form == RULES:
            yield Mutant(f"{name}/rule", "rule", section, piece.key.place, piece.name, "", Silenced(piece.name))
        if piece.form == "ladders":
            yield from _levels(source, piece, section)
        for hand in _hands(source, piece):
            new = Rewritten(replace(piece, node=hand.node))
            yield Mutant(_id(name, hand.path, hand.kind), hand.kind, section, hand.place, hand.was, hand.now, new)
    yield from _shares(source)
    yield from _rulings(source)


def _hands(source: Source, piece: Piece) -> Iterator[Hand]:
    """Yield every slip in one piece but that it is not there at all."""
    if piece.form in _FORMS:
        yield from _FORMS[piece.form](source, piece)
    for of in standing(source, piece):
        if not is_word(piece, source.law, of.path):
            for slip in slips(parse(of.node.raw), partial(other_words, of.typed(source))):
                new = edited(piece.node, of.path, said(of.node, show(slip.tree)))
                yield Hand(slip.kind, of.path, of.node.place_at(slip.at), slip.was, slip.now, new)


def _id(name: str, path: Path_, kind: str) -> str:
    return "/".join((name, *map(str, path), kind))


def _levels(source: Source, piece: Piece, section: str) -> Iterator[Mutant]:
    for level in source.law.ladders[piece.name].levels[1:]:
        id_ = f"ladders/{piece.name}/{level.name}/rung"
        yield Mutant(id_, "rung", section, piece.key.place, level.name, "", Unrung(piece.name, level.level))


def _unrung(law: Constitution, name: str, level: int) -> Derived:
    derived = law.derived[name]
    assert isinstance(derived.value, Case)  # noqa: S101 - as a ladder is read
    left = [row for row in derived.value.rows[1:] if not (isinstance(row[1], Const) and row[1].value == level)]
    return replace(derived, value=replace(derived.value, rows=(derived.value.rows[0], *left)))


def _shares(source: Source) -> Iterator[Mutant]:
    names = (*source.law.shares,)
    for number in range(len(names) - 1):
        one, other = names[number : number + 2]
        place = source.pieces["shares", one].key.place
        new = Reordered(swapped(names, number))
        section = section_of(source, VERSION)
        yield Mutant(f"shares/{one}/order", "order", section, place, f"{one}, {other}", f"{other}, {one}", new)


def _rulings(source: Source) -> Iterator[Mutant]:
    for ruling in source.law.interpretations:
        place = Place(_RULINGS, 1, 1)
        id_ = f"interpretations/{ruling}/interpretation"
        yield Mutant(id_, "interpretation", section_of(source, _RULINGS), place, ruling, "", Unruled(ruling))


def _unruled(law: Constitution, ruling: str) -> Constitution:
    return replace(
        law,
        rules=_without(law.rules, ruling),
        choices=_without(law.choices, ruling),
        shares=_without(law.shares, ruling),
    )


def _without(pieces: Mapping[str, _Resting], ruling: str) -> dict[str, _Resting]:
    """Return pieces that rest on one ruling less; what does not rest on it is the very same object."""
    found: dict[str, _Resting] = {}
    for name, of in pieces.items():
        left = tuple(other for other in of.origin.rests_on if other != ruling)
        found[name] = replace(of, origin=replace(of.origin, rests_on=left)) if ruling in of.origin.rests_on else of
    return found
