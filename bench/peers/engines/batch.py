"""Ours over columns: the same law as polars expressions, the reasons as bits; numbers are exact here too."""

from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import polars

from bench.peers.scene import Answers
from engine.batch import MISSED, Reader, batch
from engine.facts import Candidate, Snapshot, declared
from engine.law.load import load
from engine.masks import members

PACKAGES: Final = ("polars",)


class Columns:
    """expressions made before, one select, the reasons as bits"""

    def __init__(self, text: str) -> None:
        self.law = load(Path(text))
        self.reasons = [rule.reason for rule in self.law.rules.values() if not rule.decides]

    def ready(self, scene: Snapshot) -> tuple[Reader, polars.DataFrame, str]:
        frame = frame_of(scene)
        made = batch(self.law, scene)
        return made.look(frame), frame, f"{made.sleeves[0]}.{MISSED}"

    def answer(self, native: tuple[Reader, polars.DataFrame, str]) -> Any:  # noqa: ANN401 - a series
        reader, frame, missed = native
        return reader.wide(frame).select(missed).collect().to_series()

    def told(self, masks: Any) -> Answers:  # noqa: ANN401 - likewise
        """Return the reasons of each mask as strings."""
        return [members(mask, self.reasons) for mask in masks.to_list()]


class Looked(Columns):
    """the same, and the look at the table that makes the expressions"""

    def ready(self, scene: Snapshot) -> Any:  # noqa: ANN401 - less than above
        return batch(self.law, scene), frame_of(scene)

    def answer(self, native: Any) -> Any:  # noqa: ANN401 - a series
        made, frame = native
        return super().answer((made.look(frame), frame, f"{made.sleeves[0]}.{MISSED}"))


def frame_of(scene: Snapshot) -> polars.DataFrame:
    """Return the contracts on offer as a Parquet file has them: floats, dates, instants, words."""
    if scene.candidates is None:
        raise ValueError("no contracts on offer")
    found: dict[str, list[Any]] = {}
    for name, fact in declared(Candidate).items():
        values, kind = scene.candidates.columns[name], fact.type.kind
        if kind == "date":
            found[name] = [date.fromordinal(value) for value in values]
        elif kind == "instant":
            found[name] = [datetime.fromtimestamp(value / 1000, UTC) for value in values]
        elif kind == "number":
            found[name] = [float(Fraction(value, 10**fact.type.scale)) for value in values]
        else:
            found[name] = list(values)
    return polars.DataFrame(found)
