"""What cases have shown of the probes of a law: the first case of each way, and how near they came to each bound."""

from dataclasses import dataclass, field
from fractions import Fraction

from proof.coverage_atlas import Atlas
from proof.coverage_points import ABOVE, BELOW, ON, Key, Mark


@dataclass(frozen=True, slots=True)
class Near:
    """The nearest that a case has come to a bound on one side, where that is farther than a tick."""

    distance: Fraction
    case: str


@dataclass
class Tally:
    """Counts while cases are evaluated, one after the other; `case` is the one at hand."""

    atlas: Atlas
    case: str = ""
    cases: int = 0
    shown: dict[Mark, str] = field(default_factory=dict)
    near: dict[Mark, Near] = field(default_factory=dict)
    settled: set[Key] = field(default_factory=set)

    def begin(self, case: str) -> None:
        """Take up the next case."""
        self.case, self.cases = case, self.cases + 1

    def mark(self, key: Key, way: str) -> None:
        """Note that the case at hand shows a way of a probe."""
        self.shown.setdefault(Mark(key, way), self.case)

    def beside(self, key: Key, difference: Fraction, tick: Fraction) -> None:
        """Note on which side of a bound the case at hand lies: of a bound of the law, no farther than one tick."""
        way = ON if not difference else BELOW if difference < 0 else ABOVE
        mark, distance = Mark(key, way), abs(difference)
        if distance <= tick or not self.atlas.probes[key].bound:
            self.shown.setdefault(mark, self.case)
            if all(Mark(key, side) in self.shown for side in (BELOW, ON, ABOVE)):
                self.settled.add(key)
        elif mark not in self.near or distance < self.near[mark].distance:
            self.near[mark] = Near(distance, self.case)
