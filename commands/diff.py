"""`alluse diff`: what differs between two versions of the law, by what they say and by what they decide."""

import json
import re
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

import click
from click.core import ParameterSource
from pydantic import ValidationError

from commands.behaviour import Behaviour, behaviour
from commands.collecting import uncollected
from commands.diff_data import document, ticks_document
from commands.diff_given import snapshots
from commands.diff_said import said, ticks_said, without_golden
from commands.docs import UnwritableError
from commands.fixture import find, read_fixtures
from commands.nearby import Golden
from commands.render import say
from commands.revision import version_folder
from engine.dump import dump_snapshot
from engine.place import FactError, Fault, LawError, Place
from engine.verdict import Document
from proof.compare import compare
from proof.compare_behaviour import witnesses
from proof.compare_trials import Seed, Trial
from proof.compare_verdicts import ticks
from proof.compare_version import Version

_DIFFER: Final = 1
_GOLDEN: Final = "fixtures/golden"
_DECIDING: Final = {"golden": "--golden", "folder": "--snapshots", "into": "--witnesses"}
_SLUG: Final = re.compile(r"[^A-Za-z0-9.-]+")
_EXAMPLES: Final = """\b
Examples:
  alluse diff HEAD:constitution/1.3 constitution/1.3
  alluse diff 1.3 draft --snapshots snapshots --witnesses witnesses
  alluse diff --verdicts before.json after.json

\b
Exit codes: 0 they say the same, 1 they differ (also in texts alone), 2 one of them, or a fixture, is malformed, or a
folder that is named has nothing to decide, or cannot be written to.
"""


@click.command(name="diff", epilog=_EXAMPLES)
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@click.option("--verdicts", is_flag=True, help="A and B are verdicts, as `alluse evaluate --format json` writes them.")
@click.option(
    "--golden",
    type=click.Path(path_type=Path),
    default=_GOLDEN,
    show_default=True,
    metavar="PATH",
    help="Where the golden cases are.",
)
@click.option(
    "--snapshots",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Decide the snapshots of this folder too: every file there must be one, or the table of one.",
)
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="Decide every golden case, not only some of those near a change; of verdicts list every refusal.",
)
@click.option(
    "--witnesses",
    "into",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the snapshots that show a difference.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def command(
    context: click.Context,
    *,
    old: str,
    new: str,
    verdicts: bool,
    golden: Path,
    folder: Path | None,
    every: bool,
    into: Path | None,
    form: str,
) -> None:
    """Compare two versions of the law by what they say and decide, or two verdicts.

    A and B are folders, versions that ship, or folders of a git revision such as HEAD:constitution/1.3. The order of
    entries, comments, the styles of YAML, the spelling of numbers and what rules and facts are called say nothing.
    Where they differ, both decide golden cases and snapshots made at the bounds that have changed. Looser: something
    that opens is now permitted, or larger; tighter: the other way about.
    """
    if verdicts:
        _refuse_of_verdicts(context)
        differ = _verdicts(Path(old), Path(new), form, every=every)
    else:
        with uncollected():
            tried = _Tried(_golden(context, golden), snapshots(folder) if folder else [], golden, every)
            if into is not None:
                _open(into)
            differ = _versions((old, new), tried, into, form)
    context.exit(_DIFFER if differ else 0)


def _refuse_of_verdicts(context: click.Context) -> None:
    """Refuse what is asked of two verdicts and would be passed over.

    Raises:
        click.UsageError: Nothing is decided anew of verdicts, and so nothing comes of the option.
    """
    for name, option in _DECIDING.items():
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise click.UsageError(f"--verdicts compares two verdicts and decides nothing; leave {option} out")


def _golden(context: click.Context, path: Path) -> Golden:
    """Return the golden cases; none where the folder of the default has none.

    Raises:
        click.BadParameter: There is none where a person says that they are.
    """
    found = Golden.at(path)
    if not found.count and context.get_parameter_source("golden") is not ParameterSource.DEFAULT:
        if not path.exists():
            raise click.BadParameter(f"there is nothing at {path}; name the golden cases", param_hint="--golden")
        if not any(fixture.cases for fixture in read_fixtures(find(path))):
            said = f"there is no golden case at {path}; name a fixture or a folder of them"
            raise click.BadParameter(said, param_hint="--golden")
    return found


def _open(folder: Path) -> None:
    """Make a folder, and see that a file can be written there, before time is spent on what they are to hold."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=folder).close()
    except OSError as error:
        raise UnwritableError(f"{folder} cannot be written to: {error.strerror}") from error


@dataclass(frozen=True)
class _Tried:
    """What both versions are to decide; `path` is where the golden cases were looked for."""

    golden: Golden
    given: list[Seed]
    path: Path
    every: bool


def _versions(names: tuple[str, str], tried: _Tried, into: Path | None, form: str) -> bool:
    with ExitStack() as stack:
        old, new = (_version(name, stack) for name in names)
    comparison = compare(old, new)
    found = None
    if comparison.decisive:
        found = behaviour(comparison, tried.golden, tried.given, every=tried.every)
    written = {} if into is None or found is None else _written(found, into)
    if form == "json":
        click.echo(json.dumps(document(comparison, found, written), ensure_ascii=False, indent=1))
        if found is not None and not found.golden:
            click.echo(without_golden(found, tried.path), err=True)
    else:
        say(*said(comparison, names, found, tried.path))
        for file in written.values():
            click.echo(f"wrote {file}")
    return bool(comparison.changes)


def _version(name: str, stack: ExitStack) -> Version:
    """Return a version.

    Raises:
        LawError: It is at fault; the places say which of the two it is.
    """
    try:
        return Version.read(version_folder(name, stack))
    except LawError as error:
        raise LawError(_at(name, fault) for fault in error.faults) from None


def _at(name: str, fault: Fault) -> Fault:
    place = Place(f"{name}/{fault.place.file}", fault.place.line, fault.place.column)
    return Fault(place, fault.code, fault.message)


def _written(found: Behaviour, into: Path) -> dict[int, str]:
    """Write the witnesses, each under its number and what it shows, and return their files."""
    into.mkdir(parents=True, exist_ok=True)
    files: dict[int, str] = {}
    for number, trial in enumerate(witnesses(found.groups), 1):
        file = into / f"{number:02}-{_slug(trial)}.yaml"
        file.write_text(
            dump_snapshot(trial.snapshot.model_copy(update={"origin": _origin(trial)})), "utf-8", newline=""
        )
        files[id(trial)] = str(file)
    return files


def _slug(trial: Trial) -> str:
    return _SLUG.sub("-", f"{trial.turns[0].mark} {trial.moved or Path(trial.name).name}")


def _origin(trial: Trial) -> str:
    return f"{trial.name}{f', with {trial.moved}' if trial.moved else ''}"


def _verdicts(old: Path, new: Path, form: str, *, every: bool) -> bool:
    found = ticks(*_read([old, new]))
    if form == "json":
        click.echo(json.dumps(ticks_document(found), ensure_ascii=False, indent=1))
    else:
        say(*ticks_said(found, every=every))
    return bool(found.turns)


def _read(paths: Iterable[Path]) -> list[Document]:
    """Return verdicts from their files.

    Raises:
        FactError: One is not there, or is no verdict; every fault of all of them.
    """
    found: list[Document] = []
    faults: list[Fault] = []
    for path in paths:
        here = Place(str(path), 1, 1)
        try:
            found.append(Document.model_validate_json(path.read_bytes()))
        except FileNotFoundError:
            faults.append(Fault(here, "missing", "there is no such file; check the name"))
        except OSError as error:
            faults.append(Fault(here, "unreadable", f"{error.strerror}; name a file that can be read"))
        except ValidationError as error:
            faults.append(Fault(here, "verdict", _why(error)))
    if faults:
        raise FactError(faults)
    return found


def _why(error: ValidationError) -> str:
    first, *others = error.errors(include_url=False)
    where = ".".join(map(str, first["loc"]))
    more = f", and {len(others)} more" if others else ""
    advice = "write it with `alluse evaluate SNAPSHOT --format json`"
    return f"is no verdict: {f'{where}: ' if where else ''}{first['msg'].lower()}{more}; {advice}"
