"""The law's own tensions, computed: which of them hold with its parameters as they are, and with what numbers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final, TypeAlias

from engine.expr.typed import Apply, Const, OneOf, Read, Typed, Within
from engine.law.finding import Finding
from engine.law.model import Constitution, Tension
from engine.law.ranges import NOTHING, Range
from engine.law.tensions import SIGNATURES
from engine.law.world import World
from engine.wording import Spelling, interval, shown

Formula: TypeAlias = Callable[[list[Fraction]], Fraction | None]
Formulas: TypeAlias = Mapping[str, Formula]

_TRUE: Final = frozenset({True})
_FALSE: Final = frozenset({False})


def tensions(law: Constitution, formulas: Formulas) -> Iterator[Finding]:
    """Yield the tensions that the law is in.

    Args:
        law: The law.
        formulas: What each of `engine.law.tensions.SIGNATURES` comes to, None where it has no value.
    """
    for tension in law.tensions.values():
        scene = _Scene.of(law, tension, formulas)
        holds = scene.truths(tension.holds_when)
        if holds != _FALSE:
            told = _told(scene, tension) if holds == _TRUE else _OPEN
            yield Finding(tension.origin.place, "tension", f"{_head(tension)}: {told}")


_OPEN: Final = (
    "cannot be said: what is supposed leaves it open, or a formula has no value for these numbers; mend the expressions"
)


@dataclass(frozen=True, eq=False)
class _Scene(World):
    """A law, one of its tensions, the made-up rows and the values of it."""

    values: Mapping[str, Typed] = field(default_factory=dict)
    rows: Mapping[str, World] = field(default_factory=dict)
    formulas: Formulas = field(default_factory=dict)

    @classmethod
    def of(cls, law: Constitution, tension: Tension, formulas: Formulas) -> "_Scene":
        bare = World(law)
        rows = {
            name: World(law, {fact: bare.range(of) for fact, of in supposed.given.items()}, bare)
            for name, supposed in tension.supposing.items()
        }
        return cls(law, values=tension.values, rows=rows, formulas=formulas)

    def read(self, of: Read) -> Range:
        """Return a value by its bare name, or a fact of a made-up row."""
        if of.row in self.rows:
            return self.rows[of.row].fact(of.subject, of.fact)
        if of.row:
            return super().read(of)
        if (of.row, of.fact) not in self._memo:
            self._memo[of.row, of.fact] = self.range(self.values[of.fact])
        return self._memo[of.row, of.fact]

    def sure(self, of: Typed) -> bool:
        """Return whether an expression is never unknown here: what is supposed is known."""
        if isinstance(of, Read) and of.row in self.rows:
            return self.rows[of.row].sure(replace(of, row=of.subject))
        return super().sure(of)

    def applied(self, of: Apply, arguments: list[Range]) -> Range:
        """Return what a formula comes to where every argument is one number."""
        if of.function not in SIGNATURES:
            return super().applied(of, arguments)
        numbers = [Fraction(value) for each in arguments if isinstance(each, frozenset) for value in each]
        found = self.formulas[of.function](numbers) if len(numbers) == len(arguments) else None
        return NOTHING if found is None else frozenset({found})

    def shown(self, of: Typed) -> str:
        """Return a value as people read it."""
        found = self.range(of)
        return shown(next(iter(found)), of.type) if isinstance(found, frozenset) and len(found) == 1 else "open"


def _head(tension: Tension) -> str:
    """Return the items and the rulings of a tension, and what it is."""
    origin = tension.origin
    ruled = f" ({', '.join(origin.rests_on)})" if origin.rests_on else ""
    return f"{' against '.join(f'§{item}' for item in origin.cites)}{ruled}: {origin.means}"


def _told(scene: _Scene, tension: Tension) -> str:
    """Return the condition with every number in it, the values that are shown beside it, and what was assumed."""
    spelling = Spelling(lambda of: _behind(scene, of), lambda of: _result(scene, of))
    rest = [f"{name} {scene.shown(tension.values[name])}" for name in tension.shows]
    assumed = ", ".join(f"{name} {written}" for name, written in tension.assumes.items())
    said = [spelling.text(tension.holds_when), *rest, *([f"assuming {assumed}"] if assumed else [])]
    return "; ".join(said)


def _behind(scene: _Scene, of: Typed) -> str:
    match of:
        case Within(name=name):
            return f" ({interval(of)})" if name else f" {interval(of)}"
        case OneOf(name=name, items=items):
            return f" ({', '.join(map(scene.shown, items))})" if name else ""
        case _:
            return f" {scene.shown(of)}"


def _result(scene: _Scene, of: Typed) -> str:
    return "" if isinstance(of, Const | Read) else f" = {scene.shown(of)}"
