"""What an expression may read: parameters, levels, facts given and facts derived, each typed when first asked for."""

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field

from engine import subjects
from engine.expr.check import Constant, Scope
from engine.expr.functions import PARTIAL
from engine.expr.parse import ExpressionError
from engine.expr.typed import Apply, Case, Const, FirstKnown, Fold, Known, Read, Type, Typed, parts


def nullable(of: Typed, known: Container[str] = ()) -> bool:
    """Return whether an expression can be unknown where some facts of the row, and of those above, are known."""
    match of:
        case Const() | Known():
            return False
        case Read():
            return of.nullable and not (of.row in subjects.SUBJECTS and f"{of.subject}.{of.fact}" in known)
        case Fold():
            return True
        case Apply(function=function) if function in PARTIAL:
            return True
        case Case(otherwise=None, first=True):
            return True
        case FirstKnown(options=options):
            return all(nullable(option, known) for option in options)
        case _:
            return any(nullable(part, known) for part in parts(of))


@dataclass(frozen=True, slots=True)
class Typing:
    """One fact's type and whether it can be unknown."""

    type: Type
    nullable: bool


@dataclass
class Registry:
    """The names of one law while it is loaded; `define` types a fact that has not been typed yet."""

    constants: dict[str, Constant] = field(default_factory=dict)
    typings: dict[str, Typing] = field(default_factory=dict)
    pending: dict[str, Callable[[], Typing]] = field(default_factory=dict)
    picks: dict[str, str] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    _open: list[str] = field(default_factory=list)

    def constant(self, name: str) -> Constant | None:
        """Return a parameter or level, and note that it is read."""
        found = self.constants.get(name)
        if found:
            self.read.add(name)
        return found

    def pick(self, subject: str, name: str) -> str | None:
        """Return what a pick chooses from."""
        return self.picks.get(f"{subject}.{name}")

    def fact(self, subject: str, name: str) -> tuple[Type, bool] | None:
        """Return a fact's type, typing it first if nobody has.

        Raises:
            ExpressionError: The fact is part of a circle; the message prints it.
        """
        full = f"{subject}.{name}"
        self.read.add(full)
        given = subjects.given(subject).get(name)
        if given:
            return given.type, given.nullable
        if full in self.typings:
            found = self.typings[full]
            return found.type, found.nullable
        if full in self._open:
            path = " -> ".join([*self._open[self._open.index(full) :], full])
            raise ExpressionError(0, "cycle", f"facts define each other in a circle: {path}")
        if full in self.broken:
            raise BrokenName(full)
        if full not in self.pending:
            return None
        self._open.append(full)
        try:
            found = self.typings[full] = self.pending[full]()
        finally:
            self._open.pop()
        return found.type, found.nullable

    def words(self) -> Iterable[str]:
        """Return every name, for suggestions."""
        yield from self.constants
        yield from self.pending
        yield from self.typings
        for subject in subjects.SUBJECTS:
            yield from (f"{subject}.{fact}" for fact in subjects.given(subject))

    def scope(self, subject: str, **more: str) -> Scope:
        """Return what a rule for a subject sees."""
        rows = {subject: subject, **{name: name for name in subjects.SUBJECTS[subject].sees}, **more}
        return Scope(self, rows, LISTS)


class BrokenName(Exception):
    """A fact whose own definition is at fault: reported there, not again where it is read."""


LISTS = {name: dict(subject.lists) for name, subject in subjects.SUBJECTS.items()}


def reads(of: Typed) -> Iterator[tuple[str, str]]:
    """Yield every fact an expression reads, as subject and name."""
    if isinstance(of, Read):
        yield of.subject, of.fact
    for part in parts(of):
        yield from reads(part)
