"""Where every piece of a law is written, and parts made of what stands there."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.expr.typed import Typed
from engine.law.model import Constitution, Origin
from engine.law.read import Written, node_at
from engine.law.text import Mapping as Entries
from engine.law.text import Node, Scalar, Sequence
from engine.place import Place
from proof.compare_forms import Form, Forms
from proof.compare_parts import Layer, Part


@dataclass(frozen=True, slots=True)
class At:
    """A piece in its file; its place is that of its name."""

    node: Node
    place: Place

    def under(self, *path: str | int) -> Node:
        """Return what stands below, or the nearest that stands above it."""
        return node_at(self.node, path)[0]

    def said(self, name: str) -> bool:
        """Return whether something is written under a name."""
        return isinstance(self.node, Entries) and name in self.node


@dataclass(frozen=True)
class Text:
    """One law, its files as they are written, and what makes forms of its expressions."""

    law: Constitution
    files: Mapping[str, Written]

    @cached_property
    def forms(self) -> Forms:
        """What makes forms of its expressions."""
        return Forms(self.law)

    @cached_property
    def _entries(self) -> Mapping[tuple[str, str], At]:
        found: dict[tuple[str, str], At] = {}
        for file in self.files.values():
            for group, entries in file.node.items if isinstance(file.node, Entries) else ():
                found["", group.text] = At(entries, group.place)
                for key, node in entries.items if isinstance(entries, Entries) else ():
                    found[group.text, key.text] = At(node, key.place)
        return found

    def at(self, group: str, name: str) -> At:
        """Return where an entry stands, such as ("rules", "hold"); without a group, where a file's own key does."""
        return self._entries[group, name]

    def expression(self, name: str, typed: Typed, node: Node) -> Part:
        """Return what an expression says."""
        return Part(name, self.forms.of(typed), words(node), node.place, typed=(typed,))

    def expressions(self, name: str, listed: Iterable[Typed], node: Node) -> Part:
        """Return what a list of expressions says, of which the first counts most."""
        typed = tuple(listed)
        return Part(name, tuple(map(self.forms.of, typed)), words(node), node.place, typed=typed)


def word(name: str, form: Form, node: Node, layer: Layer = "meaning") -> Part:
    """Return a part that says what is written, as it is written."""
    return Part(name, form, words(node), node.place, layer)


def prose(name: str, said: str, node: Node) -> Part:
    """Return a text for people; how its lines are broken says nothing."""
    return Part(name, " ".join(said.split()), " ".join(said.split()), node.place, "text")


def references(at: At, origin: Origin) -> Iterator[Part]:
    """Yield what a piece cites, what it rests on and what it means."""
    for name, said in (("cites", origin.cites), ("rests_on", origin.rests_on)):
        yield Part(name, frozenset(said), ", ".join(said), at.under(name).place, "reference")
    yield prose("means", origin.means, at.under("means"))


def words(node: Node) -> str:
    """Return what is written, on one line."""
    match node:
        case Scalar(text=text):
            return " ".join(text.split())
        case Sequence(items=items):
            return f"[{', '.join(map(words, items))}]"
        case Entries(items=pairs):
            return f"{{{', '.join(f'{key.text}: {words(value)}' for key, value in pairs)}}}"
