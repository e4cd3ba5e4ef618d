"""What every chapter of the page is written from: one law, its files, what is said of it, and where its lines are."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from commands.page.conditions import Conditions
from commands.page.markdown import escaped, link, small
from commands.page.names import Names
from commands.page.values import human
from commands.page.words import Words
from commands.pieces import Piece, pieces
from engine.law.finding import Files, Finding
from engine.law.model import Constitution, Origin
from engine.law.read import node_at
from engine.place import Place

ITEMS, RULINGS = "items.yaml", "interpretations.yaml"
_NAMED: Final = re.compile(r"§((?:start|[0-9]+)\.[0-9]+)|\b(A-[0-9]{2})\b")


@dataclass(frozen=True)
class Book:
    """One law, ready to be written down; `base` is what stands before the name of a file in a link."""

    law: Constitution
    files: Files
    findings: tuple[Finding, ...]
    base: str

    @cached_property
    def names(self) -> Names:
        return Names(self.law)

    @cached_property
    def words(self) -> Words:
        return Words(self.names)

    @cached_property
    def conditions(self) -> Conditions:
        return Conditions(self.words)

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """Every piece of the law that has a place of its own on the page, in the order of the text."""
        law = self.law
        found = [each for each in pieces(law) if each.form != "latch" or each.name in law.latches]
        return tuple(sorted(found, key=lambda each: each.origin.place))

    def place_of(self, file: str, part: str, name: str) -> Place:
        """Return where an item or a ruling stands."""
        node, key = node_at(self.files[file].node, (part, name))
        return (key or node).place

    def yaml(self, place: Place) -> str:
        """Return a link to a line of the law."""
        return f"[{place.file}:{place.line}]({self.base}{place.file}#L{place.line})"

    def items(self, cites: Iterable[str]) -> str:
        """Return items of the law as links."""
        return " ".join(link(f"§{item}", f"item-{item}") for item in cites)

    def rulings(self, rests_on: Iterable[str]) -> str:
        """Return rulings as links."""
        return " ".join(link(ruling, ruling) for ruling in rests_on)

    def prose(self, text: str) -> str:
        """Return a text of the law with a link behind every item and ruling that it names by its sign."""
        law = self.law

        def linked(found: re.Match[str]) -> str:
            item, ruling = found.groups()
            if item:
                return link(found[0], f"item-{item}") if item in law.items else found[0]
            return link(found[0], ruling) if ruling in law.interpretations else found[0]

        return _NAMED.sub(linked, escaped(text))

    def stands(self, origin: Origin, name: str = "") -> str:
        """Return the line below a piece: its name in the files, what it carries out, what it rests on, its place."""
        code = f"`{name}`" if name else ""
        return small(code, self.items(origin.cites), self.rulings(origin.rests_on), self.yaml(origin.place))

    def linked(self, piece: Piece) -> str:
        """Return a piece of the law as a link to it."""
        match piece.form:
            case "parameter":
                return self.words.parameter(piece.name)
            case "rule" | "requirement":
                return link(escaped(human(piece.name)), f"rule-{piece.name}")
            case "choice" | "share":
                return link(escaped(human(piece.name)), f"{piece.form}-{piece.name}")
            case _:
                return self.names.link(piece.name.removesuffix("_next") if piece.form == "memory" else piece.name)
