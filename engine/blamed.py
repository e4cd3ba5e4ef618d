"""Why a requirement is unknown, compiled: which facts to ask of the slow reading, which knows whom to blame for them.

A function follows the requirement through its own row. A fact of a row above is asked for as a whole: what it rests on
is the same for everything below, and the slow reading remembers it.
"""

from functools import partial
from typing import Final

from engine.expr.typed import Apply, Case, FirstKnown, Fold, Read, Typed, parts, walk
from engine.inline import Inline, Lines, indented
from engine.law.model import Derived, Rule
from engine.law.names import nullable
from engine.subjects import SUBJECTS

_ASKED: Final = (Apply, FirstKnown, Fold)


def traceable(of: Typed) -> bool:
    """Return whether a condition only compares and combines facts: no list, calendar or pick, no table with a gap."""
    for part in walk(of):
        if isinstance(part, _ASKED) or (isinstance(part, Case) and part.first and part.otherwise is None):
            return False
        if isinstance(part, Read) and part.row not in SUBJECTS:
            return False
    return True


class Blamed(Inline):
    """A function of one row: the facts that leave a condition open, as (subject, fact, row), where it is unknown."""

    def lines(self) -> Lines:
        return self.function(["b = []", *self._open(self.wanted[0])], "tuple(b)")

    def _open(self, of: Typed) -> Lines:
        """Return statements that note why `of` is unknown, for it is."""
        match of:
            case Read():
                return self._fact(of)
            case Case():
                return self._table(of)
            case _:
                return self._each([part for part in parts(of) if nullable(part)])

    def _each(self, doubtful: list[Typed]) -> Lines:
        """Every part that is unknown is to blame; where only one can be, it is."""
        if len(doubtful) == 1:
            return self._open(doubtful[0])
        lines: Lines = []
        for term in doubtful:
            lines += [f"if {self.emit.code(term).value} is None:", *self._branch(term)]
        return lines

    def _fact(self, of: Read) -> Lines:
        value = _condition(self.basis.definition(of)) if of.row == self.subject else None
        if value is not None:
            return self._open(value)
        row = "i" if of.row == self.subject else self.above_index(of.row)
        return [f"b.append(({of.subject!r}, {of.fact!r}, {row}))"]

    def _table(self, of: Case) -> Lines:
        """The row that applies; before it in a table with an order, or where none does, the guards that are unknown."""
        lines: Lines = []
        doubtful: list[tuple[str, Typed]] = []
        word = "if"
        for test, value in of.rows:
            name = self.emit.fresh()
            holds = f"({name} := {self.emit.code(test).value})"
            if of.first:
                lines += [f"{word} {holds} is None:", *self._branch(test)]
                word, holds = "elif", name
            elif nullable(test):
                doubtful.append((name, test))
            lines += [f"{word} {holds}:", *self._branch(value)]
            word = "elif"
        if doubtful:
            lines.append(f"elif {' or '.join(f'{name} is None' for name, _ in doubtful)}:")
            for name, test in doubtful:
                lines += indented([f"if {name} is None:", *self._branch(test)])
        return lines if of.otherwise is None else [*lines, "else:", *self._branch(of.otherwise)]

    def _branch(self, of: Typed) -> Lines:
        return indented(self.inside(partial(self._open, of)) or ["pass"])


def _condition(step: Derived | Rule | None) -> Typed | None:
    """Return what a fact of the row itself follows from, where a function can follow it."""
    match step:
        case Derived(value=value, bad=None) | Rule(when=value):
            return value if traceable(value) else None
        case _:
            return None
