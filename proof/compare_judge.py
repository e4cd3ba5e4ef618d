"""Two versions of the law, compiled, deciding the same snapshots."""

from collections.abc import Mapping
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
    """Decides snapshots by both versions. Programs are compiled anew only where a snapshot states another fact."""

    laws: tuple[Constitution, Constitution]
    renamed: Mapping[str, str] = field(default_factory=dict)
    stated: frozenset[str] = frozenset()
    _programs: dict[int, Program] = field(default_factory=dict)

    def decided(self, snapshot: Snapshot) -> tuple[Said, Said]:
        """Return both verdicts; a text where a version does not know what the snapshot states or remembers."""
        tables = tuple(self._filled(law, snapshot) for law in self.laws)
        self._allow(frozenset(name for facts in tables if isinstance(facts, Facts) for name in facts.stated))
        first, second = (self._verdict(side, facts) for side, facts in enumerate(tables))
        return first, second

    def turns(self, old: Said, new: Said) -> tuple[Turn, ...]:
        """Return what two verdicts decide otherwise."""
        if isinstance(old, Verdict) and isinstance(new, Verdict):
            return tuple(turns(old, new, self.renamed))
        if isinstance(old, str) and isinstance(new, str):
            return ()
        first, second = (side if isinstance(side, str) else "decided" for side in (old, new))
        return (Turn("snapshot", "whole", first, second),)

    @staticmethod
    def _filled(law: Constitution, snapshot: Snapshot) -> Facts | str:
        try:
            return fill(law, snapshot)
        except FactError as error:
            return str(error)

    def _allow(self, stated: frozenset[str]) -> None:
        if not self._programs or not stated <= self.stated:
            self.stated |= stated
            for side, law in enumerate(self.laws):
                known = {
                    *law.derived,
                    *(rule.name for rule in law.rules.values()),
                    *(f"{pick}_found" for pick in law.picks),
                }
                self._programs[side] = compile_law(law, self.stated & known)

    def _verdict(self, side: int, facts: Facts | str) -> Said:
        if isinstance(facts, str):
            return facts
        program = self._programs[side]
        for name in program.assumed:
            facts.stated.setdefault(name, {})
        return decided(facts, program)
