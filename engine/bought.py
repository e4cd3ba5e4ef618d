"""Who could have bought a contract: decisions that draw on a sum, and pick what they buy."""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import partial

from engine.clauses import Condition
from engine.expr.typed import conjuncts
from engine.findings import Findings
from engine.follow import Traced
from engine.law.model import Pick, Rule
from engine.verdict import Verdict
from engine.wanted import Wanted, Way, goal_of


def buyers(verdict: Verdict, candidate: int, sleeves: Collection[int]) -> list[Wanted]:
    """Return the purchases of a contract for some sleeves that the least stands in the way of, one for each pick.

    A pick deals in a contract unless a condition of it speaks against it that no given fact could turn: one on the
    underlying or the right.
    """
    standing = Standing(verdict)
    contract = verdict.facts.columns["candidate.occ_symbol"][candidate]
    found: dict[tuple[str, int], list[Wanted]] = {}
    for (name, subject), rules in _buying(verdict).items():
        pick = verdict.facts.law.picks[name]
        for row in range(len(verdict.facts.ids[subject])):
            rows = standing.traced.rows(subject, row)
            owner = rows[pick.subject]
            if owner is not None and rows["sleeve"] in sleeves and standing.deals(pick, owner, candidate):
                wanted = Wanted(subject, row, rules, buys=name, contract=contract)
                found.setdefault((name, owner), []).append(wanted)
    nearest = [min(each, key=standing.place) for each in found.values()]
    least = min(map(standing.place, nearest), default=None)
    return [wanted for wanted in nearest if standing.place(wanted) == least]


def _buying(verdict: Verdict) -> dict[tuple[str, str], tuple[Rule, ...]]:
    """Return the rules whose decisions buy, by what they buy and their subject."""
    found: dict[tuple[str, str], tuple[Rule, ...]] = {}
    for terms in verdict.facts.law.shares.values():
        for key in dict.fromkeys((leg.buys, terms.subject) for leg in terms.legs):
            own = tuple(rule for rule in verdict.program.decides if rule.kind == terms.among)
            found[key] = (*found.get(key, ()), *own)
    return found


@dataclass
class Standing:
    """How much stands in the way of things that one verdict did not make."""

    verdict: Verdict
    traced: Traced = field(init=False)

    def __post_init__(self) -> None:
        self.traced = Traced(self.verdict.facts, self.verdict.kleene)
        self.findings = Findings(self.verdict, self.traced)

    def ways(self, wanted: Wanted) -> list[Way]:
        """Return the ways in which something could have happened, the nearest first."""
        ways = goal_of(self.findings, wanted).ways
        return sorted(ways, key=lambda way: len(way.missed(self.traced)))

    def place(self, wanted: Wanted) -> tuple[int, int]:
        """Return what is the smaller the nearer something was: conditions that no one fact could turn, then clauses."""
        missed = self.ways(wanted)[0].missed(self.traced)
        closed = (isinstance(clause, Condition) and not clause.needs(self.traced) for clause in missed)
        return sum(closed), len(missed)

    def deals(self, pick: Pick, owner: int, candidate: int) -> bool:
        """Return whether a pick could ever choose a contract for a row."""
        rows = self.traced.rows(pick.subject, owner)
        kids = self.traced.children(pick.over, rows[pick.over], "candidates")
        if isinstance(kids, frozenset) or candidate not in kids:
            return False
        inner = {**rows, "candidate": candidate}
        asked = (self.traced.cone(partial(self.traced.value, of, inner)) for of in conjuncts(pick.where))
        return not any(value is False and not cone for value, cone in asked)
