"""What holds where an expression is evaluated: of the rows at hand, and of every row of the lists asked before."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from engine.expr.typed import (
    Apply,
    Arithmetic,
    Case,
    Compare,
    Const,
    FirstKnown,
    Fold,
    Inverse,
    Known,
    Logic,
    Negated,
    OneOf,
    Read,
    Typed,
    Within,
    walk,
)
from engine.law.world import World


@dataclass(frozen=True, slots=True)
class Here:
    """What holds at one place. `lists` have what each of their rows is known to be; `at_hand` the row of a variable."""

    world: World
    lists: tuple[tuple[Fold, bool], ...] = ()
    at_hand: Mapping[str, str] = field(default_factory=dict)

    def where(self, of: Typed, *, holds: bool = True) -> "Here | None":
        """Return what holds where a condition does too, or does not; None if that cannot be."""
        world = self.world.where(_of_rows(of, self.at_hand), holds=holds)
        return None if world is None else replace(self, world=world, lists=(*self.lists, *_everywhere(of, holds=holds)))

    def inside(self, fold: Fold) -> "Here | None":
        """Return what holds of any one row of a list; None if there can be none.

        Nothing is held of the rows above, nor of the row that a list about its own kind is asked from.
        """
        base = Here(self.world.base or self.world)
        if _names(fold.body, fold.child):
            return base
        world: World | None = base.world
        for other, holds in self.lists:
            if _list(other) == _list(fold) and not _names(other.body, fold.child):
                world = world and world.where(_of_rows(other.body, {other.variable: fold.child}), holds=holds)
        return None if world is None else replace(base, world=world, at_hand={fold.variable: fold.child})


def _everywhere(of: Typed, *, holds: bool) -> Iterator[tuple[Fold, bool]]:
    """Yield the lists of whose every row something follows from a condition."""
    match of:
        case Fold(how="exists") | Fold(how="all") if holds is (of.how == "all"):
            yield of, holds
        case Inverse(of=inner):
            yield from _everywhere(inner, holds=not holds)
        case Logic(operator=sign, terms=terms) if (sign == "&&") is holds:
            for term in terms:
                yield from _everywhere(term, holds=holds)
        case _:
            pass


def _list(of: Fold) -> tuple[str, str, str]:
    return of.parent, of.row, of.child


def _names(of: Typed, row: str) -> bool:
    return any(part.row == row for part in walk(of) if isinstance(part, Read | Fold))


def _of_rows(of: Typed, at_hand: Mapping[str, str]) -> Typed:
    """Return an expression with what it reads of variables read of the rows at hand."""
    return _renamed(of, at_hand) if at_hand else of


def _renamed(of: Typed, rows: Mapping[str, str]) -> Typed:
    match of:
        case Const():
            return of
        case Read():
            return replace(of, row=rows.get(of.row, of.row))
        case Arithmetic() | Compare():
            return replace(of, left=_renamed(of.left, rows), right=_renamed(of.right, rows))
        case Negated() | Within() | OneOf() | Inverse() | Known():
            return replace(of, of=_renamed(of.of, rows))
        case Logic():
            return replace(of, terms=tuple(_renamed(term, rows) for term in of.terms))
        case Apply():
            return replace(of, arguments=tuple(_renamed(each, rows) for each in of.arguments))
        case Fold():
            return replace(of, row=rows.get(of.row, of.row), body=_renamed(of.body, rows))
        case Case():
            told = tuple((_renamed(guard, rows), _renamed(value, rows)) for guard, value in of.rows)
            return replace(of, rows=told, otherwise=None if of.otherwise is None else _renamed(of.otherwise, rows))
        case FirstKnown():
            return replace(of, options=tuple(_renamed(option, rows) for option in of.options))
