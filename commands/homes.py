"""What carries out each item of the law, and the items that nothing carries out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from commands.pieces import Piece, pieces
from engine.law.authored import LawItem
from engine.law.finding import Files
from engine.law.model import Constitution
from engine.law.read import node_at
from engine.place import Fault, Place

ITEMS: Final = "items.yaml"
FORMS: Final = {
    "rule": "decided by",
    "requirement": "required by",
    "choice": "chosen by",
    "share": "shared by",
    "parameter": "parameters",
    "table": "tables",
    "ladder": "ladders",
    "latch": "latches",
    "pick": "picks",
    "fact": "facts",
    "memory": "memories",
}
_DECIDING: Final = frozenset({"rule", "requirement", "choice", "share"})
_FEW: Final = 3
_PROGRAM: Final = Path(str(files("constitution"))).parent


@dataclass(frozen=True, slots=True)
class Home:
    """One item: where it stands, what cites it, the rulings about it, and whether its room is there.

    `near` are the rules that read what cites it, the nearest first, where nothing that decides does so itself.
    """

    item: str
    of: LawItem
    place: Place
    pieces: tuple[Piece, ...]
    rulings: tuple[str, ...]
    built: bool
    near: tuple[str, ...] = ()

    def forms(self) -> Iterator[tuple[str, tuple[Piece, ...]]]:
        """Yield what cites it, form by form."""
        for form in FORMS:
            found = tuple(piece for piece in self.pieces if piece.form == form)
            if found:
                yield form, found


def homes(law: Constitution, written: Files) -> list[Home]:
    """Return every item of a law in the order of the text, with what carries it out."""
    every = pieces(law)
    known = [piece for piece in every if piece.form != "latch" or piece.name in law.latches]
    found = []
    for item, of in law.items.items():
        citing = tuple(piece for piece in known if item in cited(law, piece))
        rulings = tuple(ruling for ruling, each in law.interpretations.items() if item in each.cites)
        there = of.room is not None and built(of.room)
        found.append(Home(item, of, _place(written, item), citing, rulings, there, _near(every, citing)))
    return found


def _near(every: Sequence[Piece], citing: Sequence[Piece]) -> tuple[str, ...]:
    """Return the rules that read some pieces, the nearest first; none where one of these is a rule itself."""
    reached, names = [*citing], {piece.name: None for piece in citing}
    if any(piece.form in _DECIDING for piece in citing):
        return ()
    for piece in reached:
        for reader in every:
            if reader.name not in names and piece.names & reader.reads:
                names[reader.name] = None
                reached.append(reader)
    return tuple(piece.name for piece in reached if piece.form in _DECIDING)


def cited(law: Constitution, piece: Piece) -> frozenset[str]:
    """Return the items that a piece cites; a ladder's levels have their own."""
    levels = law.ladders[piece.name].levels if piece.name in law.ladders else ()
    own = (level.cites for level in levels)
    return frozenset(piece.origin.cites).union(*((cites,) if isinstance(cites, str) else cites for cites in own))


def homeless(found: Iterable[Home]) -> Iterator[Fault]:
    """Yield the rules that nothing decides or requires, and the duties that have no room, or that nothing calls for."""
    for home in found:
        deciding = [piece for piece in home.pieces if piece.form in _DECIDING]
        if home.of.kind == "rule" and not deciding and not home.built:
            said = f"nothing that decides or requires cites {home.item}{_beside(home)}"
            yield Fault(home.place, "homeless", said)
        if home.of.kind == "duty" and home.of.room is None:
            said = f"{home.item} is a duty and has no room; write `room:`, such as service/reports"
            yield Fault(home.place, "no-room", said)
        if home.of.kind == "duty" and not any(piece.form == "rule" for piece in home.pieces):
            said = f"no rule that decides cites {home.item}, so nothing says when the duty is due; write that rule"
            yield Fault(home.place, "no-trigger", said)


def totals(law: Constitution) -> Mapping[str, int]:
    """Return how much law there is."""
    kinds = [item.kind for item in law.items.values()]
    return {
        "items": len(kinds),
        **{kind: kinds.count(kind) for kind in ("rule", "duty", "guidance")},
        "parameters": len(law.parameters),
        "rules": len(law.rules),
        "interpretations": len(law.interpretations),
    }


def performed(of: LawItem) -> str:
    """Return in which room an item is performed, and that it is still to come where it is not there."""
    if of.room is None or built(of.room):
        return of.room or ""
    return f"{of.room}, to come with the {of.room.partition('/')[0]}"


def _beside(home: Home) -> str:
    """Return what cites an item without deciding anything, and the rules that are the nearest to it."""
    names = ", ".join(piece.name for piece in home.pieces)
    only = f", only {names} {'does' if len(home.pieces) == 1 else 'do'}" if names else ""
    near = f", such as in {', '.join(home.near[:_FEW])}" if home.near else ""
    return f"{only}; cite it where it is decided{near}"


def _place(written: Files, item: str) -> Place:
    node, key = node_at(written[ITEMS].node, ("items", item))
    return (key or node).place


def built(room: str) -> bool:
    """Return whether a room of the program is there, as a folder or a module."""
    return (_PROGRAM / room).is_dir() or (_PROGRAM / f"{room}.py").is_file()
