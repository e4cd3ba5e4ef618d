"""What of a law golden cases can exercise: a probe for each place of it that can turn out in several ways."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

from engine.expr.typed import Typed
from engine.place import Place

Form: TypeAlias = Literal[
    "rule", "requirement", "row", "level", "option", "comparison", "equality", "words", "latch", "pick", "memory",
    "transition", "arbitration", "ceiling", "leg", "reason", "kind", "ruling",
]  # fmt: skip
Able: TypeAlias = Mapping[str, Typed | None]
"""The ways in which something can turn out, each with the condition for it where one expression says it."""

FORMS: Final[Mapping[Form, str]] = {
    "rule": "rules",
    "requirement": "requirements",
    "row": "table rows",
    "level": "ladder levels",
    "option": "fallbacks",
    "comparison": "bounds",
    "equality": "equalities",
    "words": "lists of words",
    "latch": "latches",
    "pick": "picks",
    "memory": "memories",
    "transition": "transitions",
    "arbitration": "contests",
    "ceiling": "ceilings",
    "leg": "legs of shares",
    "reason": "reasons",
    "kind": "kinds of decisions",
    "ruling": "rulings",
}
MADE, NOT_MADE = "made", "not made"
HELD, FAILED, UNKNOWN = "held", "failed", "unknown"
TAKEN, PASSED = "taken", "passed over"
BELOW, ON, ABOVE = "below", "on", "above"
EQUAL, UNEQUAL = "equal", "unequal"
NONE_OF_THEM = "none of them"
SET, KEPT, CLEARED = "set", "kept", "cleared"
AS_IT_WAS, AS_IT_IS = "as it was", "as it is"
FOUND, NOTHING_FOUND = "found", "nothing found"
CHANGED, UNCHANGED = "changed", "unchanged"
ASKED, REFUSED = "asked for", "refused"
WON = "won"
BINDS, LEAVES_ROOM = "binds", "leaves room"
BOUGHT, UNAFFORDABLE = "bought", "unaffordable"
GIVEN, ALONE = "given", "given alone"
DECIDED = "decided"
CARRIED_OUT, WITHHELD = "carried out", "not carried out"
# The ways that say no: a ruling is seen as not carried out where something that rests on it goes one of them.
NO: Final = frozenset({
    NOT_MADE, FAILED, UNKNOWN, PASSED, BELOW, UNEQUAL, NONE_OF_THEM, CLEARED, AS_IT_WAS, NOTHING_FOUND, UNCHANGED,
    REFUSED, LEAVES_ROOM, UNAFFORDABLE,
})  # fmt: skip


class Key(NamedTuple):
    """What a probe is found by: equal expressions of one piece are one probe."""

    form: Form
    piece: str
    text: str = ""


class Mark(NamedTuple):
    """One way in which one probe turns out."""

    key: Key
    way: str


@dataclass(frozen=True, slots=True)
class Probe:
    """One place of the law and the ways in which it can turn out; `never` are those that no facts lead to.

    `section` is empty where it belongs to none. `names` are the parameters that it names. `bound`: it is held against a
    number of the law, so that what lies beside it counts only from one tick away.
    """

    key: Key
    place: Place
    section: str
    subject: str
    able: Able = field(hash=False)
    never: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    bound: bool = False
    rests_on: tuple[str, ...] = ()

    @property
    def wanted(self) -> tuple[str, ...]:
        """The ways that a case can show."""
        return tuple(way for way in self.able if way not in self.never)
