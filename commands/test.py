"""`alluse test`: golden cases are decided and held against what their files expect."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import click

from commands.fixture import find, read_fixtures
from commands.golden import Case, Difference, Fixture, Told, differences, origin_of, tell
from commands.law import law_folder, law_options
from commands.lines import Line, head, written
from commands.rewrite import rewritten
from engine.law.load import load
from engine.law.model import Constitution
from engine.place import FactError, Fault

_DIFFER: Final = 1
_EXAMPLES: Final = """\b
Examples:
  alluse test
  alluse test fixtures/golden/06-protocol -k level
  alluse test fixtures/golden/06-protocol/ladder.yaml --update

\b
Exit codes: 0 every case is as expected, 1 some differ, 2 a fixture or the law is malformed.
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One case that was decided."""

    fixture: Fixture
    case: Case
    told: Told
    differences: tuple[Difference, ...]


def run(law: Constitution, fixtures: Sequence[Fixture], wanted: str = "") -> list[Run]:
    """Return the cases whose file or name has `wanted` in it, decided.

    Raises:
        FactError: What cases state or look at is not known; every fault of all of them.
    """
    runs: list[Run] = []
    faults: list[Fault] = []
    for fixture in fixtures:
        for case in fixture.cases:
            if wanted in f"{fixture.path}::{case.name}":
                try:
                    told = tell(law, case)
                except FactError as error:
                    faults.extend(error.faults)
                    continue
                runs.append(Run(fixture, case, told, differences(law, fixture, case, told)))
    if faults:
        raise FactError(faults)
    return runs


def lines_of(law: Constitution, case: Case, found: Sequence[Difference]) -> Iterator[str]:
    """Yield a failing case on one line, then each difference."""
    count = f"{len(found)} differences" if len(found) > 1 else "1 difference"
    yield f"{case.place} {case.name}: {count}"
    for difference in found:
        origin = origin_of(law, difference.rule)
        where = f" ({origin.place})" if origin else ""
        yield f"    {difference.place} {told_of(difference)}{where}"


def told_of(difference: Difference) -> str:
    """Return a difference in words."""
    expected, found = difference.expected, difference.found
    lead = f"{difference.what}: " if difference.what else ""
    if expected is None and found is None:
        return difference.what
    if expected is None:
        return f"{lead}not expected: {written(found)}"
    if found is None:
        return f"{lead}not said: {written(expected)}"
    changed = "; ".join(_changes(expected, found))
    return f"{lead}{changed}" if difference.what else f"{' '.join(map(str, head(found)))}: {changed}"


def _changes(expected: Line, found: Line) -> Iterator[str]:
    for key in dict.fromkeys((*expected, *found)):
        old, new = expected.get(key), found.get(key)
        if old != new:
            yield f"{key} is {written(new)}, expected {written(old)}"


@click.command(name="test", epilog=_EXAMPLES)
@click.argument("path", type=click.Path(path_type=Path, exists=True), default="fixtures/golden")
@law_options
@click.option("-k", "wanted", default="", metavar="NAME", help="Only cases whose file or name has this in it.")
@click.option("--update", is_flag=True, help="Write what the law says into the files, and show what changed.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def command(
    context: click.Context,
    *,
    path: Path,
    law: Path | None,
    constitution: str | None,
    wanted: str,
    update: bool,
    form: str,
) -> None:
    """Decide golden cases and compare whole decisions.

    PATH is a fixture file or a folder of them. A case is a base snapshot and a difference; it expects every decision
    about the rows it looks at, with reasons, margins and what the rules cite, and every order, nothing beside.
    """
    read = load(law_folder(law, constitution))
    runs = run(read, read_fixtures(find(path)), wanted)
    if not runs:
        raise click.UsageError(f"no case at {path} has {wanted!r} in its name; look at the names without -k")
    if update:
        _update(read, runs)
    click.echo(_document(read, runs) if form == "json" else "\n".join(_report(read, runs, update=update)))
    if any(each.differences for each in runs) and not update:
        context.exit(_DIFFER)


def _update(law: Constitution, runs: Sequence[Run]) -> None:
    for fixture in dict.fromkeys(each.fixture.path for each in runs):
        mine = [each for each in runs if each.fixture.path == fixture and each.differences]
        if mine:
            source = fixture.read_text("utf-8")
            told = {each.case.name: each.told for each in mine}
            fixture.write_text(rewritten(law, mine[0].fixture, source, told), encoding="utf-8", newline="")


def _report(law: Constitution, runs: Sequence[Run], *, update: bool) -> Iterator[str]:
    failing = [each for each in runs if each.differences]
    for each in failing:
        yield from lines_of(law, each.case, each.differences)
    count = len({each.fixture.path for each in runs})
    cases = f"{len(runs)} case{'s' * (len(runs) > 1)} in {count} file{'s' * (count > 1)}"
    if failing:
        yield f"{cases}: {len(failing)} {'rewritten' if update else 'differ from what is expected'}"
    else:
        yield f"{cases}: all as expected"


def _document(law: Constitution, runs: Sequence[Run]) -> str:
    failing = [
        {
            "file": each.case.place.file,
            "line": each.case.place.line,
            "column": each.case.place.column,
            "case": each.case.name,
            "differences": [_difference(law, one) for one in each.differences],
        }
        for each in runs
        if each.differences
    ]
    document = {"constitution": law.version, "law": law.bytes_digest, "cases": len(runs), "differing": failing}
    return json.dumps(document, indent=2, default=_number, ensure_ascii=False)


def _difference(law: Constitution, one: Difference) -> dict[str, Any]:
    origin = origin_of(law, one.rule)
    return {
        "place": str(one.place),
        "what": one.what,
        "expected": one.expected,
        "found": one.found,
        "rule": one.rule,
        "rule_place": str(origin.place) if origin else None,
    }


def _number(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(f"{value!r} has no JSON form")
