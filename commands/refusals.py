"""Refusals by reason: how many contracts each one keeps out, which for nothing else, and which came nearest."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from engine.decided import Reason
from engine.kinds.entries import Blocked, EntryDenied

_FEW: Final = 4


@dataclass
class Group:
    """One reason in one sleeve; `alone` are those refused for nothing else.

    `nearest` has the smallest margin among those with the fewest other reasons.
    """

    code: str
    rules: dict[str, None] = field(default_factory=dict)
    count: int = 0
    alone: int = 0
    first: str = ""
    nearest: tuple[int, Decimal, str, Reason] | None = None

    def add(self, contract: str, reason: Reason, reasons: int) -> None:
        """Count in one contract that has so many reasons."""
        self.count += 1
        self.alone += reasons == 1
        self.first = self.first or contract
        self.rules[reason.rule] = None
        if reason.margin is not None:
            rank = (reasons, reason.margin, contract)
            if self.nearest is None or rank < self.nearest[:3]:
                self.nearest = (*rank, reason)


@dataclass
class Sleeve:
    """The refusals of one sleeve: how many contracts, by which reasons."""

    count: int = 0
    groups: dict[str, Group] = field(default_factory=dict)

    def ordered(self) -> list[Group]:
        """Return the reasons, the commonest first."""
        return sorted(self.groups.values(), key=lambda group: (-group.count, group.code))

    def parted(self) -> tuple[list[Group], list[Group]]:
        """Return the reasons to dwell on, and those that add nothing: others refuse the same contracts anyway."""
        found = self.ordered()
        total = [group for group in found if group.count == self.count > 1]
        rest = [group for group in found if group not in total]
        if len(rest) <= _FEW or (not total and any(group.alone for group in found)):
            return found, []
        return total, rest


def grouped(denials: Iterable[EntryDenied | Blocked]) -> dict[str, Sleeve]:
    """Return refusals by sleeve, each by reason."""
    sleeves: dict[str, Sleeve] = {}
    for denial in denials:
        where, contract = place_of(denial)
        sleeve = sleeves.setdefault(where, Sleeve())
        sleeve.count += 1
        codes = {reason.code: reason for reason in denial.reasons}
        for code, reason in codes.items():
            sleeve.groups.setdefault(code, Group(code)).add(contract, reason, len(codes))
    return dict(sorted(sleeves.items()))


def place_of(denial: EntryDenied | Blocked) -> tuple[str, str]:
    """Return whose refusal it is, and what is refused there."""
    if denial.subject == "entry":
        where, _, contract = denial.id.rpartition("/")
        return where, contract.replace(" ", "")
    return f"{denial.subject} {denial.id}", getattr(denial, "wanted", "every entry")
