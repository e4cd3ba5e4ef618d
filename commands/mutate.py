"""`alluse mutate`: every slip of an editor's hand in the law must be noticed by a golden case."""

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from commands.excused import Excuse, excuses
from commands.journal import Journal
from commands.law import law_folder, law_options
from commands.mutating import Crew, Stock, Tell, workshop
from commands.progress import progress
from commands.render import present, say, table
from engine.place import FactError, Fault
from proof.mutation.judge import Outcome
from proof.mutation.mutants import Mutant

_SURVIVED: Final = 1
_FULL, _QUICK = 10_000, 1_000
_EXAMPLES: Final = """\b
Examples:
  alluse mutate
  alluse mutate --section 6 --quick
  alluse mutate -k roll_cost --list
  alluse mutate --state .cache/mutants --format json > mutants.json

\b
Exit codes: 0 every mutant is noticed, 1 some survive, 2 a case, the law or an equivalent is at fault.
"""


@dataclass
class Run:
    """Mutants and what became of them."""

    mutants: Sequence[Mutant]
    outcomes: Mapping[str, Outcome]
    excused: Mapping[str, Excuse]
    papers: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def status(self, mutant: Mutant) -> str:
        """Return what is told of a mutant: an equivalent is one that no case noticed."""
        found = self.outcomes[mutant.id].status
        return "equivalent" if found == "survived" and mutant.id in self.excused else found

    def of(self, status: str) -> list[Mutant]:
        """Return the mutants of one status, in the order of the text."""
        return [mutant for mutant in self.mutants if self.status(mutant) == status]


@click.command(name="mutate", epilog=_EXAMPLES)
@click.argument("path", type=click.Path(path_type=Path, exists=True), default="fixtures/golden")
@law_options
@click.option("--section", metavar="N", help="Only mutants of one section, such as 6, or `constitution`.")
@click.option("-k", "wanted", default="", metavar="NAME", help="Only mutants whose id has this in it.")
@click.option("--list", "listed", is_flag=True, help="Say which mutants there are, and try none.")
@click.option("--quick", is_flag=True, help=f"Hold equivalents against {_QUICK:,} snapshots instead of {_FULL:,}.")
@click.option("--jobs", type=click.IntRange(min=1), default=os.cpu_count() or 1, help="Cores to use; all without it.")
@click.option("--state", type=click.Path(path_type=Path, dir_okay=False), help="A file to go on from after a stop.")
@click.option("--equivalent", type=click.Path(path_type=Path, dir_okay=False), help="The file of equivalents.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def command(
    context: click.Context,
    *,
    path: Path,
    law: Path | None,
    constitution: str | None,
    section: str | None,
    wanted: str,
    listed: bool,
    quick: bool,
    jobs: int,
    state: Path | None,
    equivalent: Path | None,
    form: str,
) -> None:
    """Try every slip of an editor's hand in the law on the golden cases.

    PATH is a folder of golden cases. A mutant is killed by a case that would not be as it expects; one that the loader
    refuses is no law. What survives is told with its place, and with a case that would notice it, ready to paste.
    """
    stock = Stock(law_folder(law, constitution), path)
    with progress(Console(stderr=True)) as tell:
        made = workshop(stock, tell)
        mutants = [one for one in made.mutants if wanted in one.id and section in (None, one.section)]
        if not mutants:
            raise click.UsageError("there is no such mutant; look at their ids with --list")
        if listed:
            click.echo("\n".join(map(_line, mutants)))
            return
        excused = excuses(equivalent or path.parent / "equivalent.yaml", made.mutants)
        run = _run(Crew(stock, jobs), mutants, excused, state, tell)
        _hold(Crew(stock, jobs), run, _QUICK if quick else _FULL, tell)
        run.papers = _papers(Crew(stock, jobs), run, tell)
    click.echo(json.dumps(_document(run), indent=2, ensure_ascii=False)) if form == "json" else _print(run)
    context.exit(_SURVIVED if run.of("survived") else 0)


def _run(crew: Crew, mutants: Sequence[Mutant], excused: Mapping[str, Excuse], state: Path | None, tell: Tell) -> Run:
    journal = Journal(state, crew.stock.law, crew.stock.fixtures) if state is not None else None
    outcomes = dict(journal.known) if journal is not None else {}
    left = [mutant for mutant in mutants if mutant.id not in outcomes]
    for found in crew.judged(left):
        outcomes |= {outcome.id: outcome for outcome in found}
        if journal is not None:
            journal.note(found)
        tell(f"{len(outcomes)} of {len(mutants)} mutants", len(outcomes) / len(mutants))
    return Run(mutants, outcomes, excused)


def _hold(crew: Crew, run: Run, snapshots: int, tell: Tell) -> None:
    """Hold the equivalents against snapshots that nobody wrote.

    Raises:
        FactError: One is noticed, or refused, or decides otherwise somewhere: it is no equivalent.
    """
    faults = []
    for mutant in run.mutants:
        outcome, excuse = run.outcomes[mutant.id], run.excused.get(mutant.id)
        if excuse is not None and outcome.status != "survived":
            faults.append(
                Fault(excuse.place, "no-equivalent", f"{mutant.id} is {outcome.status}: {outcome.by}; delete it")
            )
    claimed = [mutant.id for mutant in run.of("equivalent")]
    different: dict[str, str] = {}
    for number, found in enumerate(crew.broken(claimed, snapshots) if claimed else ()):
        different |= {
            broken.id: f"{broken.case} with {broken.told()}" for broken in found if broken.id not in different
        }
        tell("equivalents", number / snapshots)
    for id_, where in different.items():
        faults.append(
            Fault(run.excused[id_].place, "no-equivalent", f"{id_} decides otherwise in {where}; write a case")
        )
    if faults:
        raise FactError(faults)


def _papers(crew: Crew, run: Run, tell: Tell) -> Mapping[str, Sequence[str]]:
    """Return for every survivor the lines of a case that would notice it."""
    survivors = run.of("survived")
    found: dict[str, Sequence[str]] = {}
    for mutant, lines in zip(survivors, crew.witnesses(survivors), strict=True):
        found[mutant.id] = lines
        tell("cases that would notice the survivors", len(found) / len(survivors))
    return found


def _line(mutant: Mutant) -> str:
    return f"{mutant.place} {mutant.id}: {_change(mutant)}"


def _change(mutant: Mutant) -> str:
    return f"{mutant.was} becomes {mutant.now}" if mutant.now else f"{mutant.was} is left out"


_STATUSES: Final = ("killed", "equivalent", "survived", "refused")


def _score(counts: Mapping[str, int]) -> str:
    """Return the share of the mutants that are no equivalents which is noticed; the loader's refusals do not count."""
    whole = counts["killed"] + counts["survived"]
    return f"{100 * counts['killed'] / whole:.1f} %" if whole else "–"


def _counts(run: Run, key: str) -> Iterator[tuple[str, Counter[str]]]:
    for value in dict.fromkeys(getattr(mutant, key) for mutant in run.mutants):
        yield value, Counter(run.status(mutant) for mutant in run.mutants if getattr(mutant, key) == value)


def _tables(run: Run) -> Iterator[Table | None]:
    for key in ("section", "kind"):
        rows = [(value, counts) for value, counts in _counts(run, key)]
        whole = sum((counts for _, counts in rows), Counter())
        columns = (key, "#mutants", *(f"#{status}" for status in _STATUSES), "#score")
        yield table("", columns, [_row(value, counts) for value, counts in (*rows, ("all", whole))])


def _row(value: str, counts: Counter[str]) -> tuple[str, ...]:
    return value, str(counts.total()), *(str(counts[status]) for status in _STATUSES), _score(counts)


def _print(run: Run) -> None:
    say(*present(*_tables(run)))
    for mutant in run.of("survived"):
        click.echo(f"\n{_line(mutant)}")
        click.echo("\n".join(run.papers[mutant.id] or ("# no snapshot was found that tells it from the law",)))


def _document(run: Run) -> dict[str, Any]:
    return {
        "sections": {value: {**counts, "score": _score(counts)} for value, counts in _counts(run, "section")},
        "kinds": {value: {**counts, "score": _score(counts)} for value, counts in _counts(run, "kind")},
        "mutants": [_told(run, mutant) for mutant in run.mutants],
    }


def _told(run: Run, mutant: Mutant) -> dict[str, Any]:
    place, outcome = mutant.place, run.outcomes[mutant.id]
    found: dict[str, Any] = {
        "id": mutant.id, "kind": mutant.kind, "section": mutant.section, "file": place.file, "line": place.line,
        "column": place.column, "was": mutant.was, "now": mutant.now, "status": run.status(mutant), "by": outcome.by,
    }  # fmt: skip
    if run.status(mutant) == "survived":
        found["case"] = "\n".join(run.papers[mutant.id])
    return found
