"""Whether two opinions on one snapshot agree: finding by finding, and so decision by decision and order by order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, TypeAlias

from engine.arbitrate import Finding
from engine.second.ceilings import Fault, Held
from engine.second.said import Findings, Found, Missed, Said, names_of
from engine.verdict import Verdict

Key: TypeAlias = tuple[str, int]
Answer: TypeAlias = Literal["agrees", "disagrees"]
PERMISSION: Final = "EntryPermitted"


@dataclass(frozen=True, slots=True)
class Difference:
    """What two opinions say of one rule and row; `None`: that the rule does not speak."""

    rule: str
    subject: str
    row: int
    id: str
    authority: Found | None
    second: Found | None

    @property
    def key(self) -> Key:
        """The rule and the number of the row."""
        return self.rule, self.row

    @property
    def required(self) -> tuple[str, ...]:
        """The requirements that the two do not see alike."""
        nothing: Found = None, frozenset(), frozenset()
        (_, *first), (_, *second) = self.authority or nothing, self.second or nothing
        return tuple(sorted(frozenset().union(*(one ^ other for one, other in zip(first, second, strict=True)))))


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the second opinion says of one decision, or of one order: whether it agrees that it follows from the law."""

    kind: str
    subject: str
    id: str
    rule: str
    risk: str
    answer: Answer


def said_by(verdict: Verdict) -> Findings:
    """Return what the authority found, by the names of rules."""
    program = verdict.program
    lost = (found for losers in verdict.shadowed.values() for found in losers)
    found: dict[Key, Found] = {}
    for number, row, holds, missed, unknown in (*verdict.standing, *lost):
        rule = program.decides[number]
        names = [required.id for required in program.requires.get(rule.kind, ())]
        found[rule.id, row] = holds, names_of(names, missed), names_of(names, unknown)
    return found


@dataclass
class Compared:
    """A verdict beside what the second opinion says of the same tables."""

    verdict: Verdict
    said: Said

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """Fields of decisions and terms of orders that are not the same, or that do not hold together."""
        return Held(self.verdict, self.said.values).faults

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """Every finding that is not the same, in the order of rules and rows."""
        first, second = said_by(self.verdict), self.said.findings
        keys = sorted(key for key in {*first, *second} if first.get(key) != second.get(key))
        return tuple(self._difference(key, first, second) for key in keys)

    def _difference(self, key: Key, first: Findings, second: Findings) -> Difference:
        rule, row = key
        subject = self.verdict.facts.law.rules[rule].subject
        id_ = self.verdict.facts.ids[subject][row]
        return Difference(rule, subject, row, id_, first.get(key), second.get(key))

    @property
    def agrees(self) -> bool:
        """Whether nothing differs, what accounts miss, decisions say and orders take included."""
        return not self.differences and not self.accounts and not self.faults

    @cached_property
    def accounts(self) -> Mapping[int, tuple[Missed, Missed]]:
        """What the two miss for entries, and what of that is unknown, of accounts where that is not the same."""
        rows = range(len(self.verdict.facts.ids["account"]))
        found = {row: (self._missed(row), self.said.missing(PERMISSION, row)) for row in rows}
        return {row: (first, second) for row, (first, second) in found.items() if first != second}

    def _missed(self, account: int) -> Missed:
        columns, program = self.verdict.facts.columns, self.verdict.program
        names = [rule.id for rule in program.requires.get(PERMISSION, ())]
        masks = [0, 0]
        for subject, row in (("account", account), ("market", 0), ("host", 0)):
            if (subject, PERMISSION) in program.masks:
                masks[0] |= columns[f"{subject}!{PERMISSION}!h"][row]
                masks[1] |= columns[f"{subject}!{PERMISSION}!u"][row]
        return names_of(names, masks[0]), names_of(names, masks[1])

    @cached_property
    def decisions(self) -> tuple[Agreement, ...]:
        """What is said of every decision, and of every order as `Order`."""
        return (*self._decisions(), *self._orders())

    def _decisions(self) -> Iterator[Agreement]:
        rows = {(one.subject, one.id) for one in self.differences} | {(one.subject, one.id) for one in self.faults}
        accounts = {self.verdict.facts.ids["account"][row] for row in self.accounts}
        for decision in self.verdict.decisions:
            own = (decision.subject, decision.id) in rows  # whatever differs there may win there
            above = decision.subject == "account" and decision.id in accounts and decision.rule in self._requirements
            kind = type(decision).__name__
            answer: Answer = "disagrees" if own or above else "agrees"
            yield Agreement(kind, decision.subject, decision.id, decision.rule, decision.risk, answer)

    @cached_property
    def _requirements(self) -> frozenset[str]:
        return frozenset(rule.id for rules in self.verdict.program.requires.values() for rule in rules)

    def _orders(self) -> Iterator[Agreement]:
        disputed = {one.key for one in self.differences}
        faulty = {one.rule for one in self.faults}
        resting = self._resting()
        for ticket in self.verdict.orders:
            keys = resting.get((ticket.rule, f"{ticket.account}/{ticket.sleeve}", ticket.contract), frozenset())
            bad = ticket.rule in faulty or keys & disputed or not keys
            answer: Answer = "disagrees" if bad else "agrees"
            yield Agreement("Order", "order", ticket.id, ticket.rule, "opens", answer)

    def _resting(self) -> Mapping[tuple[str, str, str], frozenset[Key]]:
        """Return the findings that an order rests on, by its rule, sleeve and contract."""
        verdict, ids = self.verdict, self.verdict.facts.ids
        found: dict[tuple[str, str, str], frozenset[Key]] = {}
        for name, chosen in verdict.chosen.items():
            kind = verdict.facts.law.choices[name].among
            for order in chosen.orders:
                place = (order.rule, ids["sleeve"][order.sleeve], ids["candidate"][order.candidate])
                found[place] = found.get(place, frozenset()) | self._permits(kind, order.row)
        for finding, grant in verdict.grants.items():
            for order in grant.orders if grant else ():
                place = (order.rule, ids["sleeve"][order.sleeve], ids["candidate"][order.candidate])
                found[place] = found.get(place, frozenset()) | {self._key(finding)}
        return found

    def _permits(self, kind: str, row: int | None) -> frozenset[Key]:
        decides = self.verdict.program.decides
        standing = (found for found in self.verdict.standing if decides[found[0]].kind == kind and found[1] == row)
        return frozenset(map(self._key, standing))

    def _key(self, finding: Finding) -> Key:
        return self.verdict.program.decides[finding[0]].id, finding[1]
