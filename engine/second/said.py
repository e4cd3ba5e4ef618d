"""What the second opinion has said of one snapshot, as it goes through a pipe: rules, rows and bits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Self, TypeAlias

# rule, row -> whether its condition holds (None: unknown), the requirements missed, among them the unknown ones
Found: TypeAlias = tuple[bool | None, frozenset[str], frozenset[str]]
Missed: TypeAlias = tuple[frozenset[str], frozenset[str]]
Findings: TypeAlias = Mapping[tuple[str, int], Found]
Speaking: TypeAlias = tuple[int, bool | None, int, int]


@dataclass
class Tally:
    """How many questions were asked of durable-rules, how many of its rules fired, how many were too large for it."""

    asked: int = 0
    fired: int = 0
    beyond: int = 0


@dataclass(frozen=True)
class Said:
    """Rows of which each rule speaks, and what every account misses; bit n is requirement n of the kind.

    `values` are those that were asked for beside: fields of decisions, terms of orders.
    """

    speaking: Mapping[str, Sequence[Speaking]]
    accounts: Mapping[str, Sequence[tuple[int, int]]]
    kinds: Mapping[str, str]
    requires: Mapping[str, Sequence[str]]
    values: Mapping[str, Mapping[str, list[str]]]
    tally: Tally

    @cached_property
    def findings(self) -> Findings:
        """What every rule that speaks says of each row."""
        return {
            (rule, row): (holds, self.named(rule, missed), self.named(rule, unknown))
            for rule, rows in self.speaking.items()
            for row, holds, missed, unknown in rows
        }

    def named(self, rule: str, mask: int) -> frozenset[str]:
        """Return the requirements of a rule's kind that a mask stands for."""
        return names_of(self.requires.get(self.kinds[rule], ()), mask)

    def missing(self, kind: str, account: int) -> Missed:
        """Return what an account misses of a kind, and what of that is unknown."""
        if kind not in self.accounts:
            return frozenset(), frozenset()
        missed, unknown = self.accounts[kind][account]
        return names_of(self.requires[kind], missed), names_of(self.requires[kind], unknown)

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return named | {"tally": vars(self.tally)}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Return what a document says."""
        return cls(**{**document, "tally": Tally(**document["tally"])})


def names_of(names: Sequence[str], mask: int) -> frozenset[str]:
    """Return the names whose bits are set."""
    return frozenset(name for bit, name in enumerate(names) if mask >> bit & 1) if mask else frozenset()
