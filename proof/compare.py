"""Two versions of the law by what they say: what was added, removed and changed, and what is only called otherwise."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from engine.expr.typed import Inverse, Logic, Typed
from engine.place import Place
from engine.wording import PLAIN
from proof.compare_forms import Ref, resolved
from proof.compare_match import Matching
from proof.compare_parts import Layer, Part, Piece
from proof.compare_pieces import ROW
from proof.compare_version import Version

How: TypeAlias = Literal["added", "removed", "changed", "renamed", "moved"]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: of a whole piece, or of one of its parts; `lost` and `gained` are terms of a condition.

    `before` and `after` are the parts themselves, for whoever asks what they evaluate.
    """

    form: str
    name: str
    how: How
    layer: Layer
    part: str = ""
    old: str = ""
    new: str = ""
    old_place: Place | None = None
    new_place: Place | None = None
    unit: str = ""
    cites: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()
    decides: bool = True
    before: tuple[Part, ...] = field(default=(), compare=False, repr=False)
    after: tuple[Part, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Renamed:
    """What says the same under another name."""

    form: str
    old: str
    new: str


@dataclass(frozen=True)
class Comparison:
    """Two versions and what differs; without a change they say the same."""

    old: Version
    new: Version
    matching: Matching
    changes: tuple[Change, ...]
    renamed: tuple[Renamed, ...]

    @property
    def decisive(self) -> tuple[Change, ...]:
        """The changes on which a decision can depend."""
        return tuple(change for change in self.changes if change.layer == "meaning" and change.decides)
