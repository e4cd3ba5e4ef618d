"""The readers of a law that are held against the authority: what each says of a scene, and where it says otherwise."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, Final

import polars

from engine.batch import PERMISSION, Batch, batch
from engine.decisions import refusal
from engine.expr.typed import Fold, walk
from engine.law.model import Derived, Rule
from engine.second.given import plain
from engine.second.opinion import Second, compile_second
from engine.steps import expressions
from tests.agree.days import Scene
from tests.readings import Asked, Compiled, Version, findings
from tests.strategies import snapshot

READERS: Final = ("oracle", "second", "batch")
_OF_CONTRACTS: Final = frozenset({"candidate", "entry"})


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a reader says otherwise than the authority."""

    reader: str
    what: str
    row: str
    authority: str
    other: str

    def __str__(self) -> str:
        return f"{self.what} of {self.row}: the authority says {self.authority}, {self.reader} {self.other}"


@dataclass
class Held:
    """One law with its readers, and how much of what they said was held against the authority."""

    version: Version
    counts: Counter[str] = field(default_factory=Counter)

    @cached_property
    def second(self) -> Second:
        return compile_second(self.version.law)

    @cached_property
    def together(self) -> bool:
        """Whether no fact asks all contracts on offer, so that many lists can be read as one."""
        steps: list[Derived | Rule] = [*self.version.law.derived.values(), *self.version.law.rules.values()]
        parts = (part for step in steps for value in expressions(step) for part in walk(value))
        return not any(isinstance(part, Fold) and part.child in _OF_CONTRACTS for part in parts)

    def differences(self, scene: Scene) -> Iterator[Difference]:
        """Yield every difference on a scene."""
        for one in scene.snapshots:
            compiled = Compiled(self.version, one)
            self.counts["snapshots"] += 1
            yield from self.of_oracle(compiled, Asked(self.version, one))
            yield from self.of_second(compiled)
        if [*Batch(self.version.law, scene.snapshots[0], PERMISSION).hindrances()]:
            self.counts["scenes of laws that no batch reads"] += 1
            return
        for rows in [scene.together] if self.together else scene.lists[:1]:
            if rows:
                yield from self.of_batch(scene, rows)

    def of_oracle(self, compiled: Compiled, asked: Asked) -> Iterator[Difference]:
        for name in self.version.names:
            for row, key in enumerate(compiled.keys[name.partition(".")[0]]):
                yield from self.unlike("oracle", name, key, compiled.fact(name, row), asked.fact(name, key))
        spoken, heard = ({*map(compiled.said, compiled.findings)}, {*findings(asked)})
        self.counts["oracle findings"] += len(spoken)
        for one in spoken ^ heard:
            here, there = ("says so", "does not") if one in spoken else ("does not", "says so")
            yield Difference("oracle", f"finding {one[0]} {one[2:]}", str(one[1]), here, there)

    def of_second(self, compiled: Compiled) -> Iterator[Difference]:
        opinion = self.second.opinion(plain(compiled.facts, self.second.needs))
        for name in self.version.names:
            for row, key in enumerate(compiled.keys[name.partition(".")[0]]):
                yield from self.unlike("second", name, key, compiled.fact(name, row), opinion.fact(name, row))
        spoken = {}
        for finding in compiled.findings:
            rule, _, *said = compiled.said(finding)
            spoken[rule, finding[1]] = tuple(said)
        self.counts["second findings"] += len(spoken)
        heard = dict(opinion.findings)
        for at in {**spoken, **heard}:
            if spoken.get(at) != heard.get(at):
                yield Difference("second", f"finding {at[0]}", str(at[1]), f"{spoken.get(at)}", f"{heard.get(at)}")

    def of_batch(self, scene: Scene, rows: list[dict[str, Any]]) -> Iterator[Difference]:
        one = snapshot(scene.document | {"candidates": rows})
        compiled, reads = Compiled(self.version, one), batch(self.version.law, one)
        frame = polars.DataFrame({name: [_spelled(row[name]) for row in rows] for name in rows[0]})
        heard = (
            reads.lazy(frame.with_row_index("row")).collect().select("row", "sleeve", "verdict", "missed", "unknown")
        )
        spoken = {
            (compiled.facts.ids["sleeve"][compiled.facts.columns["entry>sleeve"][row]],
             compiled.facts.columns["entry>candidate"][row]): (holds, missed, unknown)
            for number, row, holds, missed, unknown in compiled.findings
            if compiled.program.decides[number].subject == "entry"
        }  # fmt: skip
        self.counts["batch rows"] += heard.height
        unsure = 1 << len(reads.rules)
        for row, sleeve, verdict, missed, unknown in heard.iter_rows():
            holds, misses, doubts = spoken.get((sleeve, row), (False, 0, 0))
            silent = holds is False
            said = None if silent else PERMISSION if holds and not misses else refusal(PERMISSION)
            bits = (misses | (0 if holds else unsure), doubts | (0 if holds else unsure))
            if verdict != said or (not silent and (missed, unknown) != bits):
                yield Difference(
                    "batch", f"verdict for {sleeve}", str(row), f"{said} {bits}", f"{verdict} {missed, unknown}"
                )

    def unlike(self, reader: str, what: str, row: object, authority: Any, other: Any) -> Iterator[Difference]:  # noqa: ANN401
        """Yield a difference where two values are not the same, or one is true and the other 1."""
        self.counts[f"{reader} facts"] += 1
        if _bare(authority) != _bare(other) or isinstance(authority, bool) is not isinstance(other, bool):
            yield Difference(reader, what, str(row), repr(authority), repr(other))


def _bare(value: object) -> object:
    return Fraction(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _spelled(value: object) -> str | None:
    return None if value is None else str(value)
