"""Laws of a few lines, for tests of the language: what their facts are on a snapshot, by every reading there is."""

from fractions import Fraction
from pathlib import Path
from textwrap import indent
from typing import Any, Final

from engine.decide import calendar_of, examine
from engine.evaluate import Evaluator
from engine.facts import Snapshot
from engine.fill import fill
from engine.law.load import load
from engine.law.model import Constitution
from engine.program import _Compiler
from engine.second.durable import NotInstalledError, installed
from engine.second.given import plain
from engine.second.opinion import Second, compile_second
from tests import oracle
from tests.oracle import Oracle

SECTION: Final = "01-tiny.yaml"
_VERSION: Final = """\
version: "0.1"
status: draft
effective: "2026-01-01"
predecessor: null
arbitration: {}
choices: {}
"""
_ITEMS: Final = """\
items:
  "0.1": {kind: guidance, source: text, text: Everything here is made up.}
"""
_RULINGS: Final = """\
interpretations:
  A-01:
    question: Is there a question?
    chosen: None.
    set_aside: [Another.]
    because: Nothing here is meant.
    cites: ["0.1"]
    human_ruling_needed: false
"""


class Tiny:
    """One law and the folder it stands in."""

    def __init__(self, folder: Path, law: Constitution) -> None:
        self.folder, self.law = folder, law
        self.authored = oracle.Law(folder)
        self.program = _Compiler(law, frozenset(), needed=set(law.derived)).program()
        self.second = second_of(law)

    def facts(self, snapshot: Snapshot) -> dict[str, list[Any]]:
        """Return every derived fact for each row, exact, `None` where unknown; the readings must agree."""
        tables, kleene = fill(self.law, snapshot), calendar_of(snapshot)
        examine(self.program, tables, kleene)
        slow, naive = Evaluator(tables, kleene), Oracle(self.authored, snapshot)
        found: dict[str, list[Any]] = {}
        for name, derived in self.law.derived.items():
            under = tables.columns.get(f"{name}/", [1] * len(tables.columns[name]))
            pairs = zip(tables.columns[name], under, strict=True)
            found[name] = [_exact(value, below * 10**derived.type.scale) for value, below in pairs]
            subject, fact = name.split(".")
            explained = [slow.fact(subject, fact, row) for row in range(len(found[name]))]
            assert [None if isinstance(value, frozenset) else value for value in explained] == found[name], name
            assert [naive.fact(row, fact) for row in naive.rows.of(subject)] == found[name], name
        if self.second is not None:
            opinion = self.second.opinion(plain(tables, self.second.needs))
            asked = {name: [opinion.fact(name, row) for row in range(len(rows))] for name, rows in found.items()}
            assert asked == found
        return found

    def one(self, snapshot: Snapshot) -> dict[str, Any]:
        """Return every fact of subjects that have one row."""
        return {name: values[0] for name, values in self.facts(snapshot).items() if len(values) == 1}


def second_of(law: Constitution) -> Second | None:
    """Return the second opinion on a law, where durable-rules is installed."""
    try:
        installed()
    except NotInstalledError:
        return None
    return compile_second(law)


def _exact(value: Any, under: int) -> Any:  # noqa: ANN401 - any value
    return Fraction(value, under) if isinstance(value, int) and not isinstance(value, bool) else value


def write(folder: Path, section: str) -> Path:
    """Write a law that has one section, and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    head = 'section: "1"\ntitle: Tiny\n'
    for name, text in {
        "constitution.yaml": _VERSION,
        "items.yaml": _ITEMS,
        "interpretations.yaml": _RULINGS,
        SECTION: head + section,
    }.items():
        (folder / name).write_text(text, "utf-8", newline="")
    return folder


def facts(**values: str) -> str:
    """Return a section's facts: `market_high="market.vix"` defines `market.high`."""
    lines = ["facts:"]
    for name, value in values.items():
        subject, _, fact = name.partition("_")
        body = indent(value, "      ")
        lines.append(f'  {subject}.{fact}:\n    value: |\n{body}\n    means: made up\n    cites: "0.1"')
    return "\n".join(lines) + "\n"


def parameters(**values: tuple[str, str]) -> str:
    """Return a section's parameters, each a value and a unit."""
    lines = [
        f'  {name}: {{value: {value}, unit: {unit}, cites: "0.1", means: made up for a test}}'
        for name, (value, unit) in values.items()
    ]
    return "\n".join(["parameters:", *lines]) + "\n"


def tiny(folder: Path, *parts: str) -> Tiny:
    """Return a law of these parts, loaded."""
    written = write(folder, "".join(parts))
    return Tiny(written, load(written))
