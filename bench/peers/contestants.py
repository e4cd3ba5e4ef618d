"""Who takes part, in which way, and the rule set as each of them is given it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

from bench.peers.plain import PlainLaw, plain_law
from bench.peers.translate import business, cedar, cel, clips, durable, rego, zen
from bench.peers.translate.hand import numbers
from engine.law.load import load
from engine.law.model import Constitution

LAW: Final = Path(__file__).parent / "law"

# Everybody: one candidate at a time and many. Columns: only many at once, the answer as bits.
Kind = Literal["hand", "ours", "peer", "columns"]


@dataclass(frozen=True, slots=True)
class Contestant:
    """One way to use one engine; `text` gives the rule set in its form, or the folder of the law."""

    id: str
    name: str
    kind: Kind
    module: str
    way: str
    text: Callable[[Path], str]
    divided: bool = False

    @property
    def takes_snapshots(self) -> bool:
        return self.module in {"ours", "batch"}

    @property
    def path(self) -> str:
        return f"bench.peers.engines.{self.module}"

    def made(self, folder: Path = LAW) -> Any:  # noqa: ANN401 - a Way
        """Return the way with a law, loaded.

        Raises:
            ImportError: Its engine is not installed here.
        """
        return getattr(import_module(self.path), self.way)(self.text(folder))

    def how(self) -> str:
        """Return in a few words how the engine is used."""
        found = getattr(import_module(self.path), self.way).__doc__
        return str(found).strip()

    def versions(self) -> dict[str, str]:
        return {package: version(package) for package in import_module(self.path).PACKAGES}


@lru_cache(maxsize=8)
def law_of(folder: Path = LAW) -> Constitution:
    return load(folder)


@lru_cache(maxsize=8)
def plain_of(folder: Path = LAW) -> PlainLaw:
    return plain_law(law_of(folder))


def _plain(writer: Callable[[PlainLaw], str]) -> Callable[[Path], str]:
    return lambda folder: writer(plain_of(folder))


def _numbers(folder: Path) -> str:
    return numbers(law_of(folder))


CONTESTANTS: Final = (
    Contestant("hand", "by hand", "hand", "hand", "Each", _numbers),
    Contestant("hand.shared", "by hand, divided", "hand", "hand", "Shared", _numbers, divided=True),
    Contestant("ours", "ours", "ours", "ours", "Rules", str, divided=True),
    Contestant("ours.decide", "ours, all of decide", "ours", "ours", "Verdict", str, divided=True),
    Contestant("zen", "GoRules Zen", "peer", "zen", "Decision", _plain(zen.graph)),
    Contestant("zen.content", "GoRules Zen, compiled", "peer", "zen", "Precompiled", _plain(zen.graph)),
    Contestant("zen.expression", "Zen expression", "peer", "zen", "Expression", _plain(zen.expression)),
    Contestant(
        "zen.divided", "Zen expressions, divided", "peer", "zen", "ThreeExpressions", _plain(zen.three_expressions),
        divided=True,
    ),
    Contestant("cel", "CEL", "peer", "cel", "Programs", _plain(cel.programs)),
    Contestant("cel.one", "CEL, one program", "peer", "cel", "OneProgram", _plain(cel.one_program)),
    Contestant(
        "cel.divided", "CEL, divided", "peer", "cel", "ThreePrograms", _plain(cel.three_programs), divided=True
    ),
    Contestant("durable", "durable-rules", "peer", "durable", "Single", _plain(durable.ruleset)),
    Contestant("durable.together", "durable-rules, together", "peer", "durable", "Together", _plain(durable.ruleset)),
    Contestant("clips", "CLIPS, one text", "peer", "clips", "Loaded", _plain(clips.constructs)),
    Contestant("clips.facts", "CLIPS", "peer", "clips", "Facts", _plain(clips.constructs)),
    Contestant("cedar", "Cedar", "peer", "cedar", "Text", _plain(cedar.from_context)),
    Contestant("cedar.context", "Cedar, parsed", "peer", "cedar", "HandlesAndContext", _plain(cedar.from_context)),
    Contestant("cedar.entities", "Cedar, parsed, entities", "peer", "cedar", "Handles", _plain(cedar.from_entities)),
    Contestant("business", "business-rules", "peer", "business", "Plain", _plain(business.plain)),
    Contestant(
        "business.kept", "business-rules, remembered", "peer", "business", "Remembered", _plain(business.remembered)
    ),
    Contestant("rego", "Rego", "peer", "rego", "Query", _plain(rego.module)),
    Contestant("rego.bundle", "Rego, bundle", "peer", "rego", "Bundle", _plain(rego.module)),
    Contestant("columns.numpy", "numpy by hand", "columns", "columns", "Numpy", _numbers),
    Contestant("columns.polars", "polars by hand", "columns", "columns", "Polars", _numbers),
    Contestant("columns.ours", "ours over columns", "columns", "batch", "Columns", str),
    Contestant("columns.looked", "ours over columns, look included", "columns", "batch", "Looked", str),
)  # fmt: skip


def answers(way: Any, native: Any) -> list[frozenset[str]]:  # noqa: ANN401 - any way, in its own form
    """Return the answer about each candidate as a set of reasons, whatever form it has."""
    found = way.answer(native)
    listed = found if isinstance(found, list) else way.told(found)
    return [frozenset(reasons) for reasons in listed]
