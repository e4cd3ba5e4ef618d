"""What became of mutants: counts by section and kind as tables, JSON and Markdown."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import floor
from typing import Any, Final

from rich.table import Table

from commands.excused import Excuse
from commands.journal import About
from commands.render import table
from proof.mutation.judge import Outcome
from proof.mutation.mutants import Mutant

STATUSES: Final = ("killed", "equivalent", "survived", "refused")
KINDS: Final[Mapping[str, str]] = {
    "tick": "a value one tick of its unit less, or more; an edge of a window one second",
    "bound": "an interval open at an end where it was closed, or closed where it was open",
    "comparison": "`<` is `<=`, `>` is `>=`, `==` is `!=`, and the other way about",
    "constant": "0 is 1, 1 is 0 or 2, 2 is 1; true is false",
    "word": "another word that could stand there; the day before or after",
    "entry": "a list without one of its entries",
    "order": "two neighbours in a list whose order matters have changed places, or one is not asked for",
    "term": "one of several terms is left out",
    "logic": "`&&` is `||`, and the other way about",
    "negation": "`!` is left out",
    "sign": "`+` is `-`, and the other way about; a leading `-` is left out",
    "function": "`min` is `max`, `exists` is `all`, and their like",
    "row": "a table without one of its rows",
    "cell": "a cell asks for anything, or for one value less",
    "swap": "two neighbouring rows or rungs give what the other one gave",
    "otherwise": "a table without what it gives where no row applies",
    "rung": "a ladder without one of its levels",
    "rule": "a rule is not there",
    "reason": "a refusal, or bad data, has another reason",
    "needs": "a refusal does not say what would have been enough",
    "field": "a decision does not say something",
    "positive": "a fact may be zero where it must not",
    "clear": "a latch that nothing clears",
    "keep": "a latch keeps less",
    "initial": "a memory begins with nothing",
    "citation": "a piece cites one item less, or another",
    "ruling": "a piece rests on one ruling less",
    "interpretation": "a ruling is not there: nothing rests on it",
    "ceiling": "a choice without one of its ceilings",
    "budget": "a choice without one of its budgets, or with another count in it",
    "leg": "a share without one of its legs, or with their weights exchanged",
    "need": "a share that buys on when the need is met",
    "mark": "a share does not have something kept of what it buys",
}


@dataclass
class Run:
    """Mutants and what became of them; `papers` has for survivors the lines of a case that would notice each."""

    mutants: Sequence[Mutant]
    outcomes: Mapping[str, Outcome]
    excused: Mapping[str, Excuse]
    papers: dict[str, Sequence[str]] = field(default_factory=dict)

    def status(self, mutant: Mutant) -> str:
        """Return what is told of a mutant: an equivalent is one that no case noticed."""
        found = self.outcomes[mutant.id].status
        return "equivalent" if found == "survived" and mutant.id in self.excused else found

    def of(self, status: str) -> list[Mutant]:
        """Return the mutants of one status, in the order of the text."""
        return [mutant for mutant in self.mutants if self.status(mutant) == status]

    def counts(self, key: str) -> dict[str, Counter[str]]:
        """Return how many mutants of each section or kind have each status, the whole as `all`."""
        found: dict[str, Counter[str]] = {}
        for mutant in self.mutants:
            found.setdefault(getattr(mutant, key), Counter())[self.status(mutant)] += 1
        return {**found, "all": sum(found.values(), Counter())}


def line(mutant: Mutant) -> str:
    """Return a mutant as one line: its place, its id, its slip."""
    return f"{mutant.place} {mutant.id}: {_change(mutant)}"


def _change(mutant: Mutant) -> str:
    return f"{mutant.was} becomes {mutant.now}" if mutant.now else f"{mutant.was} is left out"


def score(counts: Mapping[str, int]) -> str:
    """Return the share that is noticed of the mutants that load and are no equivalents; 100 % is said of all alone."""
    whole = counts["killed"] + counts["survived"]
    return f"{floor(1000 * counts['killed'] / whole) / 10:.1f} %" if whole else "–"


def tables(run: Run) -> Iterator[Table | None]:
    """Yield the scores by section and by kind."""
    for key in ("section", "kind"):
        yield table("", (key, "#mutants", *(f"#{status}" for status in STATUSES), "#score"), [*_rows(run, key)])


def _rows(run: Run, key: str) -> Iterator[tuple[str, ...]]:
    for value, counts in run.counts(key).items():
        yield value, str(counts.total()), *(str(counts[status]) for status in STATUSES), score(counts)


def document(run: Run) -> dict[str, Any]:
    """Return everything as JSON has it."""
    scores = {key: {value: {**counts, "score": score(counts)} for value, counts in run.counts(key).items()}
              for key in ("section", "kind")}  # fmt: skip
    mutants = [_told(run, mutant) for mutant in run.mutants]
    return {"sections": scores["section"], "kinds": scores["kind"], "mutants": mutants}


def _told(run: Run, mutant: Mutant) -> dict[str, Any]:
    place, outcome, status = mutant.place, run.outcomes[mutant.id], run.status(mutant)
    found: dict[str, Any] = {
        "id": mutant.id, "kind": mutant.kind, "section": mutant.section, "file": place.file, "line": place.line,
        "column": place.column, "was": mutant.was, "now": mutant.now, "status": status, "by": outcome.by,
    }  # fmt: skip
    if status == "equivalent":
        found["because"] = run.excused[mutant.id].because
    if status == "survived":
        found["case"] = "\n".join(run.papers.get(mutant.id, ()))
    return found


_PAGE: Final = """\
# Mutants of the law

A mutant is the law with one slip of an editor's hand, the scales of units apart. A golden case has to notice it: then
it is killed. One that the loader refuses is no law. One that decides as the law does is an equivalent, for the reason
given below, held against {snapshots:,} snapshots that nobody wrote. `make mutate` tries all of them and writes this
page ({about}).

**{score}** of {whole:,} mutants: {counts}.

## By section

{sections}

## By kind of slip

{kinds}
"""


def page(run: Run, about: About, snapshots: int) -> str:
    """Return the page that says how well the cases hold the law; equivalents were held against so many snapshots."""
    counts = run.counts("section")["all"]
    text = _PAGE.format(
        snapshots=snapshots,
        about=about.line,
        score=score(counts),
        whole=counts.total(),
        counts=", ".join(f"{counts[status]:,} {status}" for status in STATUSES),
        sections=_grid(("section", "mutants", *STATUSES, "score"), _rows(run, "section"), 1),
        kinds=_grid(("kind", "the law becomes", "mutants", *STATUSES, "score"), _kinds(run), 2),
    )
    for status, title in (("equivalent", "Equivalents"), ("survived", "Survivors")):
        if found := run.of(status):
            text += "\n".join(["", f"## {title}", "", *(_item(run, mutant) for mutant in found), ""])
    return text


def _kinds(run: Run) -> Iterator[tuple[str, ...]]:
    for value, *rest in _rows(run, "kind"):
        yield value, KINDS.get(value, ""), *rest


def _grid(columns: Sequence[str], rows: Iterable[tuple[str, ...]], words: int) -> str:
    """Return a table whose first columns are of words, the others of numbers."""
    rule = f"|{'|'.join(['---'] * words + ['--:'] * (len(columns) - words))}|"
    told = (" | ".join(cell.replace("|", r"\|") for cell in row) for row in rows)
    return "\n".join((f"| {' | '.join(columns)} |", rule, *(f"| {row} |" for row in told)))


def _item(run: Run, mutant: Mutant) -> str:
    because = f" {run.excused[mutant.id].because}" if mutant.id in run.excused else ""
    return f"- `{mutant.id}`: {_change(mutant)}.{because}"
