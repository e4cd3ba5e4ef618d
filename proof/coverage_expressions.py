"""The probes inside expressions: bounds, equalities, lists of words, fallbacks; and what of them can never be.

An expression is read as it is evaluated: a term of `&&` only where those before it hold, a row of a table only where
those above it do not. What cannot be there is left out of what a case has to show.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engine.expr.typed import (
    Case,
    Compare,
    Const,
    FirstKnown,
    Fold,
    Inverse,
    Logic,
    OneOf,
    Typed,
    Within,
    parts,
    walk,
)
from engine.wording import PLAIN, literal
from proof.coverage_atlas import Atlas, Branch, Piece
from proof.coverage_here import Here
from proof.coverage_points import ABOVE, BELOW, EQUAL, NONE_OF_THEM, ON, PASSED, TAKEN, UNEQUAL, Able, Form

_SIDES: Final = {BELOW: "<", ON: "==", ABOVE: ">"}
_ALIKE: Final = {EQUAL: "==", UNEQUAL: "!="}


@dataclass(frozen=True, slots=True)
class Expressions:
    """Reads expressions of one law into its atlas."""

    atlas: Atlas

    def read(self, of: Typed, piece: Piece, here: Here | None) -> None:
        """Note every probe of an expression that is evaluated where `here` holds; never where that is nothing."""
        match of:
            case Logic(operator=sign, terms=terms):
                for term in terms:
                    self.read(term, piece, here)
                    here = here and here.where(term, holds=sign == "&&")
                return
            case Fold(body=body):
                self.read(body, piece, here and here.inside(of))
                return
            case Case():
                self._ranked(of, piece, here)
                return
            case Compare():
                self._compare(of, piece, here)
            case Within():
                self._edges(of, piece, here)
            case OneOf():
                self._words(of, piece, here)
            case FirstKnown():
                self._options(of, piece)
            case _:
                pass
        for part in parts(of):
            self.read(part, piece, here)

    def _compare(self, of: Compare, piece: Piece, here: Here | None) -> None:
        form: Form = "equality" if of.operator in ("==", "!=") else "comparison"
        signs = _ALIKE if form == "equality" else _SIDES
        able: Able = {way: Compare(of.at, sign, of.left, of.right) for way, sign in signs.items()}
        key = self.atlas.add(form, piece, able, never(here, able), PLAIN.text(of))
        self.atlas.names(key, names := self._parameters(of), bound=bool(names))
        self.atlas.compared[id(of)] = key

    def _edges(self, of: Within, piece: Piece, here: Here | None) -> None:
        """Note the ends of an interval, each as a bound of its own."""
        found = []
        for said, end in (("lower", of.lower), ("upper", of.upper)):
            if end is not None:
                able: Able = {way: Compare(of.at, sign, of.of, end) for way, sign in _SIDES.items()}
                text = f"{PLAIN.text(of)}, the {said} end {end.name or literal(end)}"
                key = self.atlas.add("comparison", piece, able, never(here, able), text)
                self.atlas.names(key, self._parameters(of), bound=True)
                found.append((key, end))
        self.atlas.edges[id(of)] = tuple(found)

    def _words(self, of: OneOf, piece: Piece, here: Here | None) -> None:
        """Note which words of a list a case can have; one word alone is the cell of a row, which is its own probe."""
        if len(of.items) > 1:
            able: Able = {word_of(item): OneOf(of.at, of.of, (item,)) for item in of.items}
            able = {**able, NONE_OF_THEM: Inverse(of.at, of)}
            key = self.atlas.add("words", piece, able, never(here, able), PLAIN.text(of))
            self.atlas.names(key, self._parameters(of), bound=False)
            self.atlas.listed[id(of)] = key

    def _ranked(self, of: Case, piece: Piece, here: Here | None) -> None:
        """Note the words of `rank`, which is a table inside an expression; a word of the law itself is always there."""
        words = [guard for guard, _ in of.rows if isinstance(guard, OneOf) and not isinstance(guard.of, Const)]
        if words:
            able: Able = {word_of(guard.items[0]): guard for guard in words}
            able = {**able, NONE_OF_THEM: None}
            key = self.atlas.add("words", piece, able, never(here, able), f"rank of {PLAIN.text(words[0].of)}")
            self.atlas.branches[id(of)] = tuple(Branch(key, word) for word in able)

    def _options(self, of: FirstKnown, piece: Piece) -> None:
        for option in of.options:
            able: Able = {TAKEN: None} if option is of.options[-1] else {TAKEN: None, PASSED: None}
            self.atlas.options[id(option)] = self.atlas.add("option", piece, able, text=PLAIN.text(option))

    def _parameters(self, of: Typed) -> frozenset[str]:
        said = (part.name for part in walk(of) if isinstance(part, Const | Within | OneOf))
        names = (name.rpartition("(")[2].rstrip(")") for name in said)
        return frozenset(name for name in names if name in self.atlas.law.parameters)


def never(here: Here | None, able: Able) -> Iterator[str]:
    """Yield the ways whose condition cannot hold here."""
    for way, condition in able.items():
        if here is None or (condition is not None and here.where(condition) is None):
            yield way


def word_of(item: Const) -> str:
    """Return a word of a list as a probe names it."""
    return str(item.value) if isinstance(item.value, bool | str) else literal(item)


def looked_at(of: Case, here: Here | None) -> Iterator[Here | None]:
    """Yield what holds where each row of a table is looked at, and at last where none applies."""
    left = here
    for guard, _ in of.rows:
        yield left if of.first else here
        left = left and left.where(guard, holds=False)
    yield left
