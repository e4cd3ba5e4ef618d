"""`alluse mutate`: every slip of an editor's hand in the law must be noticed by a golden case."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import Final

import click
from rich.console import Console

from commands.docs import UnwritableError
from commands.excused import excuses, file_of
from commands.journal import About, Journal
from commands.law import law_folder, law_options
from commands.mutating import Crew, Stock, Tell, Workshop, opened
from commands.paper import apart
from commands.progress import progress
from commands.render import present, say
from commands.scored import Run, document, line, page, tables
from engine.place import FactError, Fault
from proof.mutation.equivalents import Broken
from proof.mutation.judge import Outcome
from proof.mutation.mutants import Mutant

_SURVIVED: Final = 1
_FULL, _QUICK = 10_000, 1_000
_TRIES: Final = 20_000
_MOST: Final = 2_000  # tries for one survivor: what these do not find is rarely found
_FILE: Final = click.Path(path_type=Path, dir_okay=False)
_THERE: Final = click.Path(path_type=Path, dir_okay=False, exists=True)
_EXAMPLES: Final = """\b
Examples:
  alluse mutate
  alluse mutate --section 6 --quick
  alluse mutate -k roll_cost --list
  alluse mutate --state .cache/mutants --format json > mutants.json
  alluse mutate --write docs/mutation.md

\b
Exit codes: 0 every mutant is noticed, 1 some survive, or a page checked is of another day, 2 a case, the law or an
equivalent is at fault, or a file cannot be read or written.
"""


@click.command(name="mutate", epilog=_EXAMPLES)
@click.argument("path", type=click.Path(path_type=Path, exists=True), default="fixtures/golden")
@law_options
@click.option("--section", metavar="N", help="Only mutants of one section, such as 6, or `constitution`.")
@click.option("-k", "wanted", default="", metavar="NAME", help="Only mutants whose id has this in it.")
@click.option("--list", "listed", is_flag=True, help="Say which mutants there are, and try none.")
@click.option("--quick", is_flag=True, help=f"Hold equivalents against {_QUICK:,} snapshots instead of {_FULL:,}.")
@click.option(
    "--tries", type=click.IntRange(min=0), default=_TRIES, show_default=True, metavar="N",
    help="Snapshots that cases for survivors are looked for among, all together; 0 looks for none.",
)  # fmt: skip
@click.option("--jobs", type=click.IntRange(min=1), default=os.cpu_count() or 1, help="Cores to use; all without it.")
@click.option(
    "--state",
    type=_FILE,
    help="A file to go on from after a stop; begun anew for another law, other cases or other code.",
)
@click.option("--equivalent", type=_THERE, help="The file of equivalents; without it the one beside the cases.")
@click.option("--write", "written", type=_FILE, help="Write the scores as Markdown.")
@click.option("--check", type=_THERE, help="Say whether such a page is of this law and these cases, and try none.")
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
    tries: int,
    jobs: int,
    state: Path | None,
    equivalent: Path | None,
    written: Path | None,
    check: Path | None,
    form: str,
) -> None:
    """Try every slip of an editor's hand in the law on the golden cases.

    PATH is a folder of golden cases. A mutant is killed by a case that would not be as it expects; one that the loader
    refuses is no law. What survives is told with its place, and with a case that would notice it, ready to paste.
    """
    snapshots = _QUICK if quick else _FULL
    stock = Stock(law_folder(law, constitution), path)
    excused = equivalent or file_of(path)
    about = About.of(stock.law, path, excused)
    if check is not None:
        context.exit(_checked(check, about))
    with progress(Console(stderr=True)) as tell:
        made = opened(stock, tell)
        mutants = [one for one in made.mutants.values() if wanted in one.id and section in (None, one.section)]
        if not mutants:
            raise click.UsageError("there is no such mutant; look at their ids with --list")
        if written is not None and len(mutants) < len(made.mutants):
            raise click.UsageError("a page tells of all mutants; leave out --section and -k")
        if listed:
            click.echo("\n".join(map(line, mutants)))
            return
        because = excuses(excused, [*made.mutants.values()])
        crew = Crew(stock, jobs)
        _expected(made, crew, tell)
        run = Run(mutants, _judged(crew, mutants, Journal(state, about) if state else None, tell), because)
        _hold(crew, run, snapshots, tell)
    try:
        with progress(Console(stderr=True)) as tell:
            _write_papers(crew, run, tries, _options(law, constitution), tell)
    finally:  # a search that is stopped, or fails, takes no result with it
        click.echo(json.dumps(document(run), indent=2, ensure_ascii=False)) if form == "json" else _print(run)
        if written is not None:
            _write(written, page(run, about, snapshots))
    context.exit(_SURVIVED if run.of("survived") else 0)


def _checked(file: Path, about: About) -> int:
    """Say whether a page was written of this law and these cases; return the exit code."""
    if about.line.encode() in file.read_bytes():
        click.echo(f"{file} is of this law and of these cases")
        return 0
    click.echo(f"{file} is not of this law, these cases and these equivalents; write it anew with --write")
    return _SURVIVED


def _options(law: Path | None, constitution: str | None) -> str:
    """Return the options that say which law is meant, as they were given."""
    if law is not None:
        return f"--law {quote(str(law))}"
    return f"--constitution {quote(constitution)}" if constitution else ""


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UnwritableError(f"{file} cannot be written: {error.strerror}") from error


def _expected(made: Workshop, crew: Crew, tell: Tell) -> None:
    """Hold the law as it is against the cases: one that is not as it expects would notice every mutant.

    Raises:
        FactError: There are such cases.
        click.UsageError: There is no case at all, and nobody would notice anything.
    """
    if not made.cases:
        raise click.UsageError(f"there is no case at {made.stock.fixtures}; name a file or a folder of golden cases")
    done, differing = 0, list[str]()
    for found in crew.differing():
        done, differing = done + 1, [*differing, *found]
        tell("deciding the cases", done / crew.chunks(len(made.judge.trials)))
    told = "is not as it expects; run `alluse test`, and mend the case or the law first"
    if differing:
        raise FactError(Fault(made.cases[name][1].place, "differs", told) for name in differing)


def _judged(crew: Crew, mutants: Sequence[Mutant], journal: Journal | None, tell: Tell) -> Mapping[str, Outcome]:
    outcomes = dict(journal.known) if journal is not None else {}
    left = [mutant for mutant in mutants if mutant.id not in outcomes]
    done = len(mutants) - len(left)
    for found in crew.judged(left):
        outcomes |= {outcome.id: outcome for outcome in found}
        if journal is not None:
            journal.note(found)
        done += len(found)
        tell(f"{done:,} of {len(mutants):,} mutants", done / len(mutants))
    return outcomes


def _hold(crew: Crew, run: Run, snapshots: int, tell: Tell) -> None:
    """Hold the equivalents against snapshots that nobody wrote.

    Raises:
        FactError: One is noticed, or refused, or decides otherwise somewhere: it is no equivalent.
    """
    faults = [*_noticed(run)]
    claimed = [mutant.id for mutant in run.of("equivalent")]
    different: dict[str, Broken] = {}
    for number, found in enumerate(crew.broken(claimed, snapshots) if claimed else ()):
        tell(f"{len(claimed)} equivalents on {snapshots:,} snapshots", number / crew.chunks(snapshots))
        for broken in found:
            different.setdefault(broken.id, broken)
    for id_, broken in different.items():
        told = f"{id_} decides otherwise in {broken.case} with {broken.told()} (seed {broken.seed}); write a case"
        faults.append(Fault(run.excused[id_].place, "no-equivalent", told))
    if faults:
        raise FactError(faults)


def _noticed(run: Run) -> Iterator[Fault]:
    """Yield the equivalents that a case, or the loader, notices."""
    for mutant in run.mutants:
        outcome, excuse = run.outcomes[mutant.id], run.excused.get(mutant.id)
        if excuse is not None and outcome.status != "survived":
            told = f"{mutant.id} is {outcome.status}: {outcome.by}; delete it"
            yield Fault(excuse.place, "no-equivalent", told)


def _write_papers(crew: Crew, run: Run, tries: int, law: str, tell: Tell) -> None:
    """Find for every survivor a case that would notice it; `law` are the options that say which law is meant."""
    survivors = run.of("survived")
    if not tries or not survivors:
        return
    each, names = min(_MOST, max(1, tries // len(survivors))), dict[Path, set[str]]()
    for number, (mutant, found) in enumerate(zip(survivors, crew.papers(survivors, each), strict=True), 1):
        run.papers[mutant.id] = [f"# {found}"] if isinstance(found, str) else [*apart(found, names).lines(law)]
        tell(f"cases for {len(survivors):,} survivors", number / len(survivors))


def _print(run: Run) -> None:
    say(*present(*tables(run)))
    for mutant in run.of("survived"):
        click.echo(f"\n{line(mutant)}")
        if mutant.id in run.papers:
            click.echo("\n".join(run.papers[mutant.id]))
