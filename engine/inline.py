"""Generated functions of single rows that work out on the spot what no column keeps.

They answer what is asked of a verdict and seldom of all its rows: by how much a requirement is missed, what is to blame
that it is unknown. They cost a stage nothing, for no fact outlives its stage because of them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

from engine.expr.emit import Code
from engine.expr.typed import Read, Typed
from engine.law.model import Constitution, Derived, Rule
from engine.stages import RowFunction, made
from engine.subjects import SUBJECTS

Lines: TypeAlias = list[str]


@dataclass(frozen=True, slots=True)
class Basis:
    """What the functions must know of the whole: definitions, facts with a column, facts that may be stated over."""

    steps: Mapping[str, Derived | Rule]
    needed: set[str]
    assumed: frozenset[str]

    @classmethod
    def of(cls, law: Constitution, needed: set[str], assumed: frozenset[str]) -> Self:
        """Return what functions of a law must know: its derived facts and requirements, and which of them are kept."""
        required = {rule.name: rule for rule in law.rules.values() if not rule.decides}
        return cls({**law.derived, **required}, needed, assumed)

    def definition(self, of: Typed) -> Derived | Rule | None:
        """Return what gives a fact of the row or of one above; nothing for one that may be stated over."""
        if not isinstance(of, Read) or of.row not in SUBJECTS:
            return None
        name = f"{of.subject}.{of.fact}"
        return None if name in self.assumed else self.steps.get(name)


class Inline(RowFunction):
    """A function of one row. Rows above a row above stand above the row at hand: a fact's definition means the same."""

    def __init__(self, compiler: Basis, subject: str, name: str, wanted: tuple[Typed, ...]) -> None:
        super().__init__(compiler, subject, name, wanted)
        self.basis = compiler
        self.made: dict[str, str] = {}
        self.making = self.per_row

    def load(self, read: Read) -> Code:
        name = f"{read.subject}.{read.fact}"
        step = self.basis.steps.get(name)
        if read.row in self.indexes or read.row not in SUBJECTS or name in self.basis.needed or step is None:
            return super().load(read)
        target = self._made(name, step)
        under = f"{target}_d" if read.type.divided else None
        return Code(target, read.type.scale, under, {target: None} if read.nullable else {})

    def _made(self, name: str, step: Derived | Rule) -> str:
        """Return the variable of a fact, made before what reads it."""
        if name not in self.made:
            target, indexes = f"d_{name.replace('.', '_')}", dict(self.indexes)
            if isinstance(step, Derived):
                lines = self.assign(target, step.value, step.type)
                if step.bad:
                    lines.append(f"if {target} is not None and {target} <= 0: {target} = None")
            else:
                lines = self.assign(target, step.when, step.when.type)
            self.indexes = indexes
            self.making += lines
            self.made[name] = target
        return self.made[name]

    def inside(self, write: Callable[[], Lines]) -> Lines:
        """Return the statements of a branch: the facts that it alone needs are made in it, and forgotten after it."""
        made, making = self.made, self.making
        self.made, self.making = dict(made), []
        lines = write()
        lines = [*self.making, *lines]
        self.made, self.making = made, making
        return lines

    def function(self, body: Lines, result: str) -> Lines:
        """Return the whole function."""
        inner = indented((*self.before, *self.per_row, *body, f"return {result}"))
        return [f"def {self.name}(C, K, i):", *inner, ""]


class RowFunctions(dict[str, Callable[..., Any]]):
    """Functions of single rows by name: `wanted` says of which subject and what; written when first asked for."""

    def __init__(self, basis: Basis, wanted: Mapping[str, tuple[str, tuple[Typed, ...]]]) -> None:
        super().__init__()
        self.basis, self.wanted = basis, wanted

    def __missing__(self, name: str) -> Callable[..., Any]:
        subject, wanted = self.wanted[name]
        function = self[name] = made(name, Inline(self.basis, subject, name, wanted).lines())
        return function


def indented(lines: Iterable[str]) -> Lines:
    """Return statements one level further in."""
    return [f"    {line}" for line in lines]
