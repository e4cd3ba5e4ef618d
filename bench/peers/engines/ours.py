"""Ours: the law compiled, on snapshots. Numbers are exact, and what is unknown refuses; nobody else here does that."""

from pathlib import Path
from typing import Any, Final

from bench.peers.scene import Answers
from engine.decide import calendar_of, decide, examine
from engine.facts import Snapshot
from engine.fill import fill
from engine.kleene import Kleene
from engine.law.load import load
from engine.masks import members
from engine.program import compile_law
from engine.rows import Facts

PACKAGES: Final = ()


class Verdict:
    """all of `decide`: the snapshot made into tables, every rule, who wins, the memory; then the reasons as strings"""

    def __init__(self, text: str) -> None:
        self.law = load(Path(text))
        self.program = compile_law(self.law)
        self.reasons = [rule.reason for rule in self.program.requires["EntryPermitted"]]

    def ready(self, scene: Snapshot) -> Any:  # noqa: ANN401 - each way its own
        return scene

    def answer(self, native: Any) -> Answers:  # noqa: ANN401 - likewise
        return self.told([missed for _, _, _, missed, _ in decide(self.law, native).standing])

    def told(self, masks: list[int]) -> Answers:
        """Return the reasons of each mask as strings; equal masks share theirs in one call."""
        known: dict[int, list[str]] = {}
        found = []
        for mask in masks:
            if mask not in known:
                known[mask] = members(mask, self.reasons)
            found.append(known[mask])
        return found


class Rules(Verdict):
    """every rule on tables that are ready, the reasons as strings"""

    def ready(self, scene: Snapshot) -> tuple[Facts, Kleene]:
        return fill(self.law, scene), calendar_of(scene)

    def answer(self, native: tuple[Facts, Kleene]) -> Answers:
        facts, kleene = native
        return self.told([missed for _, _, _, missed, _ in examine(self.program, facts, kleene)])
