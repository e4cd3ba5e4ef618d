"""Conditions as a person checks them: one point for each thing that must hold, and what it means in brackets."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from commands.page.markdown import Point, points, width
from commands.page.words import Words
from engine.expr.typed import Const, Inverse, Logic, Read, Typed

_INLINE: Final = 110
_EXPANDED: Final = 240
_ALL_OF: Final = {"&&": "all of these:", "||": "one of these:"}
_NONE_OF: Final = {"&&": "not all of these:", "||": "none of these:"}
_HOLD: Final = {"&&": "all of these hold:", "||": "one of these holds:"}


@dataclass(frozen=True)
class Conditions:
    """Conditions of one law, as text or as points of a list."""

    words: Words

    def lines(self, lead: str, of: Typed, end: str = ".") -> Iterator[str]:
        """Yield a condition behind the words that lead to it: `When all of these hold:` and a list, or one sentence."""
        match of:
            case Const(value=True):
                yield f"{lead.removesuffix(' when')}: always{end}"
            case Const(value=False):
                yield f"{lead.removesuffix(' when')}: never{end}"
            case Logic(operator=operator) if width(self.words.said(of)) > _INLINE:
                yield f"{lead} {_HOLD[operator]}"
                yield ""
                yield from points(self.points(of))
            case _:
                yield f"{lead} this holds: {self._expanded(of, always=True)}{end}"

    def brief(self, lead: str, of: Typed) -> Iterator[str]:
        """Yield a condition behind the words that lead to it, as one point of a list, or as one with points below."""
        if isinstance(of, Logic) and width(self.words.said(of)) > _EXPANDED:
            yield f"{lead} {_HOLD[of.operator]}"
            yield from points(self.points(of), "  ")
        else:
            yield f"{lead} {self.words.said(of)}."

    def points(self, of: Logic) -> tuple[Point, ...]:
        """Return the terms of a condition, each as a point."""
        return tuple(self._point(term) for term in of.terms)

    def _point(self, of: Typed) -> Point:
        match of:
            case Logic(operator=operator) if width(self.words.said(of)) > _INLINE:
                return Point(_ALL_OF[operator], self.points(of))
            case Inverse(of=Logic(operator=operator) as inner) if width(self.words.said(inner)) > _INLINE:
                return Point(_NONE_OF[operator], self.points(inner))
            case _:
                return Point(self._expanded(of))

    def _expanded(self, of: Typed, *, always: bool = False) -> str:
        """Return a condition; where it is one fact that is worked out from others in a few words, with these words."""
        said = self.words.said(of)
        meaning = self._meaning(of.of if isinstance(of, Inverse) else of, always=always)
        return f"{said} <small>({meaning})</small>" if meaning and width(meaning) <= _EXPANDED else said

    def _meaning(self, of: Typed, *, always: bool) -> str:
        if not isinstance(of, Read) or of.type.kind != "bool" or "." in of.row:
            return ""
        names = self.words.names
        derived = names.law.derived.get(f"{of.subject}.{of.fact}")
        if derived is None or (derived.name in names.common and not always):
            return ""
        if derived.name in names.law.latches:
            return f"set when {self.words.said(latched(derived.value)[0])}"
        return self.words.said(derived.value) if derived.form == "fact" else ""


def latched(value: Typed) -> tuple[Typed, Typed]:
    """Return what sets a latch and what clears it."""
    match value:
        case Logic(terms=(sets, Logic(terms=(_, Inverse(of=clears))))):
            return sets, clears
        case _:
            return value, Const(0, value=False, type=value.type)
