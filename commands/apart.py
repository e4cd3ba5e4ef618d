"""A value of which two opinions are not one, as people read it and as JSON has it."""

from fractions import Fraction
from typing import Final, NamedTuple

from engine.evaluate import Value
from engine.expr.typed import Type
from engine.second.values import UNKNOWN, spelled
from engine.wording import plain, shown

_TRUTHS: Final = {"true": True, "false": False}


class Apart(NamedTuple):
    """What the law says, what the second opinion does, of which kind, and where the clocks are that tell it."""

    law: Value
    second: Value
    kind: Type
    zone: str

    def told(self) -> list[str]:
        """Return both as people read them; in full where they differ only beyond what is told."""
        first, second = (shown(value, self.kind, self.zone) for value in (self.law, self.second))
        return self.plain() if first == second else [first, second]

    def plain(self) -> list[str]:
        """Return both as a file holds them."""
        return [spelled(plain(value, self.kind)) for value in (self.law, self.second)]


def value_of(text: str, kind: Type) -> Value:
    """Return the value that the second opinion has spelled; what is not of its kind stays a word."""
    if text == UNKNOWN:
        return frozenset()
    if kind.kind in ("symbol", "text"):
        return text
    if kind.kind == "bool":
        return _TRUTHS.get(text, text)
    try:
        return Fraction(text)
    except ValueError:
        return text
