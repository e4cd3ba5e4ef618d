"""Two versions of the law on snapshots: golden cases near a change, snapshots given, and those made at its bounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from commands.nearby import Golden, seeds, values
from proof.compare import Comparison
from proof.compare_behaviour import Group, grouped
from proof.compare_judge import Judge
from proof.compare_reach import reached
from proof.compare_trials import Seed, Trial, Trials

_TRIES: Final = 80
_CALLED: Final = ("rule", "fact")


@dataclass(frozen=True)
class Behaviour:
    """What both versions decided: golden cases, given snapshots, made ones; and what differs.

    Of all golden cases that there are (`of`), `naming` are in files whose rules a change reaches.
    """

    golden: int
    naming: int
    of: int
    given: int
    made: int
    differing: tuple[Trial, ...]
    groups: tuple[Group, ...]

    @property
    def decided(self) -> int:
        """How many snapshots both have decided."""
        return self.golden + self.given + self.made


def behaviour(comparison: Comparison, golden: Golden, given: Sequence[Seed], *, every: bool) -> Behaviour:
    """Return what two versions decide otherwise.

    Some of the golden cases that name what a change reaches come first, then snapshots at its bounds; the other cases
    only where nothing has shown, or where `every` one is asked for.

    Raises:
        FactError: A fixture or its base is malformed.
    """
    names = reached(comparison)
    called = comparison.matching.names.items()
    rules, facts = (
        {old.name: new.name for old, new in called if old.space == space and old != new} for space in _CALLED
    )
    trials = Trials(comparison, Judge((comparison.old.law, comparison.new.law), rules, facts), _TRIES)
    near = golden.near(names, values(comparison))
    cases = seeds(near, names)
    found = [*trials.at_hand([*cases, *given]), *trials.at_bounds()]
    if every or not any(trial.turns for trial in found):
        more = seeds(golden.others(near), names)
        found += trials.at_hand(more)
        cases += more
    differing = tuple(trial for trial in found if trial.turns)
    counts = (len(cases), golden.naming(names), max(golden.count, len(cases)))
    return Behaviour(*counts, len(given), trials.made, differing, tuple(grouped(differing)))
