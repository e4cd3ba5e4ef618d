"""What a law is compared by: pieces, and the parts that they say what they say with."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from engine.expr.typed import Typed
from engine.place import Place
from proof.compare_forms import Form, Ref, refs

# What a part bears on: what is decided, what is cited and ruled, what a person reads, what a thing is called.
Layer: TypeAlias = Literal["meaning", "reference", "text", "name"]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a piece; `typed` are the expressions that it evaluates."""

    name: str
    form: Form
    words: str
    place: Place
    layer: Layer = "meaning"
    typed: tuple[Typed, ...] = ()


@dataclass(frozen=True)
class Piece:
    """One definition of the law. `subject` is the row that it speaks of, `defines` the names that others read.

    `decides` is false of what no decision depends on: rulings, items, tensions, the version itself.
    """

    form: str
    name: str
    place: Place
    parts: tuple[Part, ...]
    subject: str = ""
    defines: tuple[Ref, ...] = ()
    unit: str = ""
    cites: tuple[str, ...] = ()
    decides: bool = True

    @property
    def key(self) -> tuple[str, str]:
        """What it is called among the pieces of its law."""
        return self.form, self.name

    @cached_property
    def reads(self) -> frozenset[Ref]:
        """The names of every other piece that this one is made of."""
        found = (ref for part in self.parts if part.layer == "meaning" for ref in refs(part.form))
        return frozenset(found) - {*self.defines}

    @cached_property
    def by_name(self) -> dict[str, Part]:
        """Its parts by their names."""
        return {part.name: part for part in self.parts}

    @property
    def words(self) -> str:
        """The whole of it in words, for one that stands on one side alone."""
        said = [part for part in self.parts if part.layer == "meaning" and part.words]
        said = said or [part for part in self.parts if part.words]
        return "; ".join(part.words if len(said) == 1 else f"{part.name} {part.words}" for part in said)
