"""Mutants that are said to decide as the law does: each is held against snapshots that nobody wrote."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from proof.mutation.vary import Move
from proof.mutation.witness import Search, Suspect


@dataclass(frozen=True, slots=True)
class Broken:
    """A mutant that is no equivalent: the seed, the case, and the facts moved in it, on which it decides otherwise."""

    id: str
    seed: int
    case: str
    moves: tuple[Move, ...]

    def told(self) -> str:
        """Return what is moved, as columns and rows."""
        return ", ".join(f"{column}[{row}] = {value}" for column, row, value in self.moves) or "nothing moved"


def broken(search: Search, claimed: Mapping[str, Suspect], seeds: Iterable[int]) -> Iterator[Broken]:
    """Yield every claimed equivalent that decides otherwise on one of the snapshots that some seeds settle.

    All are held against each snapshot; each in turn is the one of which facts are moved that it rests on.
    """
    suspects = [*claimed.items()]
    for seed in seeds:
        _, turn = suspects[seed % len(suspects)]
        drawn = search.draw(str(seed), turn)
        for id_, of in suspects:
            if drawn.differs(of):
                yield Broken(id_, seed, drawn.trial.name, tuple(drawn.moves))
