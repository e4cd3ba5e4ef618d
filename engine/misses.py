"""What is asked of a requirement that a row misses: by how much, what would be enough, why it is unknown.

A verdict on a whole chain asks hundreds of thousands of times, so each requirement gets functions of its own, made when
they are first asked for: `decide` pays for none of them.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

from engine.blamed import Blamed, traceable
from engine.inline import Basis, Inline
from engine.law.model import Constitution, Rule
from engine.missed import Measures, Miss, Missed, measurable
from engine.program import Program
from engine.stages import made

Pair: TypeAlias = tuple[int, int] | None
Fact: TypeAlias = tuple[str, str, int]
"""Subject, fact, row."""


class Misses:
    """The functions of one law over the columns that one program fills: `f(C, K, i)` of row i of the rule's subject."""

    def __init__(self, law: Constitution, program: Program) -> None:
        self.basis = Basis.of(law, set(program.kept), program.assumed)
        self.measures = Measures()
        self._made: dict[str, Any] = {}

    def margin(self, rule: Rule) -> Callable[..., Miss | None] | None:
        """Return what gives a row's margin; nothing for a rule that compares no numbers, dates or times."""
        return self._function(f"margin_{rule.id}", rule, self._margin) if measurable(rule.when, self.basis) else None

    def enough(self, rule: Rule) -> Callable[..., tuple[Pair]] | None:
        """Return what gives the value that would have been enough, where the rule says it."""
        return None if rule.needs is None else self._function(f"enough_{rule.id}", rule, self._enough)

    def blame(self, rule: Rule) -> Callable[..., tuple[Fact, ...]] | None:
        """Return what gives the facts that leave a rule open; nothing for one that looks into lists or the calendar."""
        return self._function(f"blame_{rule.id}", rule, self._blame) if traceable(rule.when) else None

    def _margin(self, name: str, rule: Rule) -> Inline:
        return Missed(self.basis, rule.subject, name, rule.when, self.measures)

    def _enough(self, name: str, rule: Rule) -> Inline:
        return Inline(self.basis, rule.subject, name, () if rule.needs is None else (rule.needs,))

    def _blame(self, name: str, rule: Rule) -> Inline:
        return Blamed(self.basis, rule.subject, name, (rule.when,))

    def _function(self, name: str, rule: Rule, write: Callable[[str, Rule], Inline]) -> Any:  # noqa: ANN401 - generated
        if name not in self._made:
            self._made[name] = made(name, write(name, rule).lines(), **self.measures.picks())
        return self._made[name]


@lru_cache
def misses(law: Constitution, program: Program) -> Misses:
    """Return the functions of a law and its program, one object for all verdicts."""
    return Misses(law, program)
