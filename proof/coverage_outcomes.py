"""What one case shows of a law: what was decided about the rows that it looks at, and everything that hung on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from engine.arbitrate import Finding, spoken
from engine.decisions import KINDS
from engine.facts import STATES
from engine.law.model import Constitution, Rule
from engine.program import Program
from engine.subjects import SINGLE, SUBJECTS
from engine.verdict import Verdict
from proof import coverage_points as ways
from proof.coverage_points import Able, Key
from proof.coverage_recorder import Recorder
from proof.coverage_spent import chosen, shared
from proof.coverage_tally import Tally


@dataclass(frozen=True, slots=True)
class Sample:
    """One golden case, decided. `rows` are those that it looks at; `remembers`: it says what memory has of them."""

    name: str
    verdict: Verdict
    rows: Mapping[str, Sequence[int]]
    remembers: bool = False


@dataclass
class Outcomes:
    """Reads one sample into a tally."""

    sample: Sample
    tally: Tally

    def __post_init__(self) -> None:
        verdict = self.sample.verdict
        self.recorder = Recorder(verdict.facts, verdict.kleene, tally=self.tally)
        verdict.evaluator = self.recorder  # what else is worked out of this verdict is noted too

    @property
    def law(self) -> Constitution:
        return self.sample.verdict.facts.law

    @property
    def program(self) -> Program:
        return self.sample.verdict.program

    @cached_property
    def findings(self) -> Mapping[tuple[int, int], tuple[Finding, Finding | None]]:
        """Every finding by its rule and row, with the one that it lost to."""
        verdict = self.sample.verdict
        standing = {(found[0], found[1]): (found, None) for found in verdict.standing}
        lost = {
            (found[0], found[1]): (found, winner) for winner, losers in verdict.shadowed.items() for found in losers
        }
        return {**standing, **lost}

    def read(self) -> None:
        """Note everything that the sample shows."""
        for number, rule in enumerate(self.program.decides):
            for row in self.sample.rows.get(rule.subject, ()):
                self._rule(number, rule, row)
        for row in self.sample.rows.get("account", ()):
            self._account(row)
        if self.sample.remembers:
            self._memory()
        chosen(self.sample.verdict, self.recorder, self.sample.rows)
        shared(self.sample.verdict, self.recorder)

    def _rule(self, number: int, rule: Rule, row: int) -> None:
        """Note what became of one rule for one row."""
        self.recorder.value(rule.when, self.recorder.rows(rule.subject, row))
        found, winner = self.findings.get((number, row), (None, None))
        made = found is not None and winner is None and found[2] is True and not found[3]
        open_ = found is not None and found[2] is None
        self.tally.mark(Key("rule", rule.id), ways.UNKNOWN if open_ else ways.MADE if made else ways.NOT_MADE)
        if found is None:
            return
        self._required(rule, row, found)
        if winner is None:
            self.tally.mark(Key("kind", spoken(self.program, found)), ways.DECIDED)
        else:
            one, other = spoken(self.program, winner), spoken(self.program, found)
            self.tally.mark(Key("arbitration", KINDS[rule.kind].slot, f"{one} over {other}"), ways.WON)
        if made:
            self._fields(rule, row)

    def _fields(self, rule: Rule, row: int) -> None:
        rows = self.recorder.rows(rule.subject, row)
        said = {
            name: value if isinstance(value, str) else self.recorder.value(value, rows)
            for name, value in rule.fields.items()
        }
        if rule.kind == "StateChange":
            self._moved(str(self.recorder.fact("account", "state", row)), str(said["to"]))
        if rule.kind == "TransitionDenied":
            self._asked(str(said["source"]), str(said["to"]), ways.REFUSED)

    def _moved(self, source: str, to: str) -> None:
        """Note a change of state, or that every change on the round was looked at and not made."""
        if source != to:
            self._asked(source, to, ways.MADE)
        for other in STATES:
            if source == to and ways.REFUSED in self._able(source, other):
                self._asked(source, other, ways.REFUSED)

    def _asked(self, source: str, to: str, way: str) -> None:
        able = self._able(source, to)
        if able:
            key = Key("transition", self._states, f"{source} to {to}")
            self.tally.mark(key, way if way in able else ways.ASKED)

    @cached_property
    def _states(self) -> str:
        """The rule that says in which state an account is."""
        return next(rule.id for rule in self.law.rules.values() if rule.kind == "StateChange")

    def _able(self, source: str, to: str) -> Able:
        probe = self.tally.atlas.probes.get(Key("transition", self._states, f"{source} to {to}"))
        return {} if probe is None else probe.able

    def _required(self, rule: Rule, row: int, found: Finding) -> None:
        """Note which requirements of a decision that is wanted hold, and for what reasons it is refused."""
        _, _, holds, missed, unknown = found
        rows, seen = self.recorder.rows(rule.subject, row), {rule.subject, *SUBJECTS[rule.subject].sees}
        asked = {
            1 << bit: (other, rows[other.subject])
            for bit, other in enumerate(self.program.requires.get(rule.kind, ()))
            if other.subject in seen
        }
        self._reasons(asked, missed, unknown, alone=holds is True)

    def _account(self, row: int) -> None:
        """Note what an account misses for every entry below it."""
        columns, missed, unknown = self.sample.verdict.facts.columns, 0, 0
        rows = {"account": row, **dict.fromkeys(SINGLE, 0)}
        for subject, at in rows.items():
            if (subject, "EntryPermitted") in self.program.masks:
                missed |= columns[f"{subject}!EntryPermitted!h"][at]
                unknown |= columns[f"{subject}!EntryPermitted!u"][at]
        requires = enumerate(self.program.requires.get("EntryPermitted", ()))
        asked = {1 << bit: (rule, rows[rule.subject]) for bit, rule in requires if rule.subject in rows}
        self._reasons(asked, missed, unknown, alone=True)
        if missed:
            self.tally.mark(Key("kind", "EntryDenied"), ways.DECIDED)

    def _reasons(self, asked: Mapping[int, tuple[Rule, int | None]], missed: int, unknown: int, *, alone: bool) -> None:
        for bit, (rule, row) in asked.items():
            if row is None:
                continue
            self.recorder.fact(rule.subject, rule.id, row)
            failed, open_ = bool(missed & bit), bool(unknown & bit)
            way = ways.UNKNOWN if open_ else ways.FAILED if failed else ways.HELD
            self.tally.mark(Key("requirement", rule.id), way)
            if way == ways.FAILED:
                self.tally.mark(Key("reason", rule.reason), ways.GIVEN)
                if rule.needs is not None:
                    self.recorder.value(rule.needs, self.recorder.rows(rule.subject, row))
                if missed == bit and alone:
                    self.tally.mark(Key("reason", rule.reason), ways.ALONE)

    def _memory(self) -> None:
        """Note what memory has of the rows looked at: latches, and values that change or stay."""
        columns = self.sample.verdict.facts.columns
        for latch in self.law.latches.values():
            for row in self.sample.rows.get(latch.subject, ()):
                self.recorder.fact(latch.subject, latch.fact, row)
                for kept in latch.keeps:
                    self.recorder.fact(latch.subject, f"{latch.fact}_{kept}", row)
        for item in self.law.remembered.values():
            if item.latch is not None:
                continue
            for row in self.sample.rows.get(item.subject, ()):
                before, after = columns[item.name][row], columns[item.next][row]
                self.recorder.fact(item.subject, item.next.partition(".")[2], row)
                same = after is None or before == after
                self.tally.mark(Key("memory", item.next), ways.UNCHANGED if same else ways.CHANGED)
