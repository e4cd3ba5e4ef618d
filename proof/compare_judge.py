"""Two versions of the law, compiled, deciding the same snapshots."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.decide import decided
from engine.facts import Snapshot
from engine.fill import fill
from engine.law.model import Constitution
from engine.place import FactError
from engine.program import Program, compile_law
from engine.rows import Facts
from engine.verdict import Verdict
from proof.compare_turns import Turn, turns

Said: TypeAlias = Verdict | str


@dataclass
class Judge:
    """Decides snapshots by both versions. Programs are compiled anew only where a snapshot states another fact.

    `rules` and `facts` have the new version's names of what the old one calls otherwise.
    """

    laws: tuple[Constitution, Constitution]
    rules: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    stated: frozenset[str] = frozenset()
    _programs: dict[int, Program] = field(default_factory=dict)

    def decided(self, snapshot: Snapshot) -> tuple[Said, Said]:
        """Return both verdicts; a text where a version does not know what the snapshot states or remembers."""
        tables = tuple(self._filled(side, snapshot) for side in range(len(self.laws)))
        self.allow(name for facts in tables if isinstance(facts, Facts) for name in facts.stated)
        first, second = (self._verdict(side, facts) for side, facts in enumerate(tables))
        return first, second

    def turns(self, old: Said, new: Said) -> tuple[Turn, ...]:
        """Return what two verdicts decide otherwise."""
        if isinstance(old, Verdict) and isinstance(new, Verdict):
            return tuple(turns(old, new, self.rules))
        if isinstance(old, str) and isinstance(new, str):
            return ()
        first, second = (side if isinstance(side, str) else "decided" for side in (old, new))
        return (Turn("snapshot", "whole", first, second),)

    def _filled(self, side: int, snapshot: Snapshot) -> Facts | str:
        try:
            return fill(self.laws[side], self._called(side, snapshot))
        except FactError as error:
            return str(error.faults[0])

    def _called(self, side: int, snapshot: Snapshot) -> Snapshot:
        """Return the snapshot with what it states called as a version calls it."""
        names = self.facts if side else {new: old for old, new in self.facts.items()}
        if not names or not snapshot.assume:
            return snapshot
        stated = tuple(item.model_copy(update={"fact": _named(item.fact, names)}) for item in snapshot.assume)
        return snapshot.model_copy(update={"assume": stated})

    def allow(self, stated: Iterable[str]) -> None:
        """Let snapshots state these facts: one program for all of them is made sooner than one for each few."""
        wanted = frozenset(stated)
        if self._programs and wanted <= self.stated:
            return
        self.stated |= wanted
        for side, law in enumerate(self.laws):
            rules = (rule.name for rule in law.rules.values() if not rule.decides)
            known = {*law.derived, *rules, *(f"{pick}_found" for pick in law.picks)}
            self._programs[side] = compile_law(law, self.stated & known)

    def _verdict(self, side: int, facts: Facts | str) -> Said:
        if isinstance(facts, str):
            return facts
        program = self._programs[side]
        for name in program.assumed:
            facts.stated.setdefault(name, {})
        return decided(facts, program)


def _named(stated: str, names: Mapping[str, str]) -> str:
    """Return `subject.fact` or `subject.id.fact` with the fact under its name of another version."""
    subject, _, rest = stated.partition(".")
    id_, point, fact = rest.rpartition(".")
    called = names.get(f"{subject}.{fact}", f"{subject}.{fact}").partition(".")[2]
    return f"{subject}.{id_}{point}{called}"
