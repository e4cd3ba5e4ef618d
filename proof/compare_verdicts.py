"""Two verdicts, as of consecutive ticks: what was decided, ordered and remembered, and what is."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.verdict import Citation, Document
from proof.compare_turns import Turn, decisions, memories, missed_otherwise, orders


@dataclass(frozen=True)
class Ticks:
    """Two verdicts and their turns; `otherwise` counts refusals that stand and miss by another amount."""

    old: Document
    new: Document
    turns: tuple[Turn, ...]
    otherwise: int

    @property
    def citations(self) -> Mapping[str, Citation]:
        """Every rule that either cites; where both do, as the new one does."""
        return {**self.old.rules, **self.new.rules}


def ticks(old: Document, new: Document) -> Ticks:
    """Return what one verdict says otherwise than the one before it."""
    found = (
        *decisions(old.decisions, new.decisions, {}),
        *orders(old.orders, new.orders, {}),
        *memories(old.memory, new.memory),
    )
    return Ticks(old, new, found, missed_otherwise(old.decisions, new.decisions))
