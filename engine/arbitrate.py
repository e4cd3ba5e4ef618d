"""One winner for every subject and slot; what lost is kept as shadowed."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, TypeAlias

from engine.decisions import KINDS, refusal
from engine.law.model import Constitution
from engine.program import Program

# rule number, row, whether its condition holds (None: unknown), requirements missed, among them the unknown ones
Finding: TypeAlias = tuple[int, int, bool | None, int, int]
Key: TypeAlias = tuple[str, int]

# These do nothing to their subject, so that they stand beside whatever wins.
BESIDE: Final = frozenset({"Alert", "Blocked"})


def spoken(program: Program, finding: Finding) -> str:
    """Return the kind of decision a finding amounts to: what it opens is refused when anything is amiss."""
    number, _, holds, missed, _ = finding
    kind = program.decides[number].kind
    if holds is True and not missed:
        return kind
    if KINDS[kind].risk == "opens":
        return refusal(kind)
    return "Alert"


@lru_cache
def _slots(program: Program) -> tuple[str, ...]:
    """Return what each rule that decides competes for."""
    return tuple(KINDS[rule.kind].slot for rule in program.decides)


def arbitrate(
    law: Constitution, program: Program, findings: list[Finding]
) -> tuple[list[Finding], Mapping[Finding, tuple[Finding, ...]]]:
    """Return the findings that stand, and for each what it shadows, by the law's arbitration."""
    slots, contested = _slots(program), law.arbitration
    standing: list[Finding] = []
    groups: dict[tuple[str, Key], list[Finding]] = {}
    for finding in findings:
        slot = slots[finding[0]]
        if slot in contested and spoken(program, finding) not in BESIDE:
            groups.setdefault((slot, (program.decides[finding[0]].subject, finding[1])), []).append(finding)
        else:
            standing.append(finding)
    shadowed: dict[Finding, tuple[Finding, ...]] = {}
    for (slot, _), rivals in groups.items():
        ranks = contested[slot].strongest or ()
        winner = min(rivals, key=lambda finding: (ranks.index(spoken(program, finding)), finding[0]))
        standing.append(winner)
        losers = tuple(finding for finding in rivals if finding is not winner)
        if losers:
            shadowed[winner] = losers
    return standing, shadowed
