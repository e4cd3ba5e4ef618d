"""Refusals by reason: how many contracts each one keeps out, which for nothing else, and which came nearest."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from engine.decisions import Blocked, EntryDenied, Reason


@dataclass
class Group:
    """One reason in one sleeve; `alone` are those refused for nothing else, `nearest` the smallest margin and whose."""

    where: str
    code: str
    rule: str
    count: int = 0
    alone: int = 0
    nearest: tuple[Decimal, str, Reason] | None = None
    examples: list[str] = field(default_factory=list)

    def add(self, contract: str, reason: Reason, *, alone: bool) -> None:
        """Count one contract in."""
        self.count += 1
        self.alone += alone
        if not self.examples:
            self.examples.append(contract)
        if reason.margin is not None and (self.nearest is None or (reason.margin, contract) < self.nearest[:2]):
            self.nearest = (reason.margin, contract, reason)


@dataclass
class Sleeve:
    """The refusals of one sleeve: how many contracts, by which reasons."""

    count: int = 0
    groups: dict[tuple[str, str], Group] = field(default_factory=dict)

    def ordered(self) -> list[Group]:
        """Return the reasons, the commonest first."""
        return sorted(self.groups.values(), key=lambda group: (-group.count, group.code, group.rule))

    def parted(self) -> tuple[list[Group], list[Group]]:
        """Return the reasons that matter, and those that do not because each contract is refused for another anyway."""
        found = self.ordered()
        total = [group for group in found if group.count == self.count > 1]
        return (total, [group for group in found if group not in total]) if total else (found, [])


def grouped(denials: Iterable[EntryDenied | Blocked]) -> dict[str, Sleeve]:
    """Return refusals by sleeve, each by reason."""
    sleeves: dict[str, Sleeve] = {}
    for denial in denials:
        where, contract = place_of(denial)
        sleeve = sleeves.setdefault(where, Sleeve())
        sleeve.count += 1
        for reason in denial.reasons:
            key = (reason.code, reason.rule)
            group = sleeve.groups.setdefault(key, Group(where, *key))
            group.add(contract, reason, alone=len(denial.reasons) == 1)
    return dict(sorted(sleeves.items()))


def place_of(denial: EntryDenied | Blocked) -> tuple[str, str]:
    """Return whose refusal it is, and what is refused there."""
    if denial.subject == "entry":
        where, _, contract = denial.id.rpartition("/")
        return where, contract.replace(" ", "")
    return f"{denial.subject} {denial.id}", getattr(denial, "wanted", "every entry")
