"""`make agree`: generated laws on generated snapshots, read by every reader; and faults planted, each to be caught.

Nothing of the engine is imported before a fault is planted.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from functools import partial
from hashlib import sha256
from os import cpu_count
from pathlib import Path
from subprocess import run
from typing import Final, NamedTuple

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.agree.planted import ROOT, Fault, faults, plant
from tests.agree.state import State

_LAWS: Final = 20  # of one block: `blocks.LAWS`, which cannot be imported yet
_CAUGHT, _MISSED, _DISAGREES = 0, 1, 1
_ENOUGH: Final = 3  # blocks in which a planted fault must show


@click.group()
def main() -> None:
    """Hold the readers of a law against each other."""


@main.command()
@click.option("--laws", type=click.IntRange(min=_LAWS), default=2000, show_default=True)
@click.option("--snapshots", type=click.IntRange(min=1), default=500, show_default=True, help="For each law.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), default=cpu_count() or 1, help="Cores to use; all without it.")
@click.option("--state", type=click.Path(path_type=Path, dir_okay=False), help="A file to go on from after a stop.")
def laws(laws: int, snapshots: int, seed: int, jobs: int, state: Path | None) -> None:
    """Draw laws and snapshots, and compare what the oracle, the authority, the second opinion and the batch say.

    Ends with 1 at the first difference, which is shown with the smallest law that has it.
    """
    blocks = -(-laws // _LAWS)
    found = State.of(state, {"snapshots": snapshots, "seed": seed, "code": _code()})
    left = [number for number in range(blocks) if number not in found.known]
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("laws", total=blocks * _LAWS, completed=(blocks - len(left)) * _LAWS)
        for number, counts in _blocks(left, (snapshots, seed), jobs):
            if isinstance(counts, str):
                bar.stop()
                click.echo(f"block {number} of seed {seed}: {counts}")
                sys.exit(_DISAGREES)
            found.note(number, counts)
            bar.advance(task, _LAWS)
    total: Counter[str] = sum((Counter(found.known[number]) for number in range(blocks)), Counter())
    table = Table("held against the authority", "times", title=f"{total['laws']:,} laws, seed {seed}: all agree")
    for name, count in sorted(total.items()):
        table.add_row(name, f"{count:,}")
    Console().print(table)


def _blocks(numbers: Sequence[int], of: tuple[int, int], jobs: int) -> Iterator[tuple[int, dict[str, int] | str]]:
    """Yield what each block counted, or what is told of its first difference, as they are ready."""
    from tests.agree.blocks import told

    if jobs == 1:
        yield from ((number, told(number, *of)) for number in numbers)
        return
    with ProcessPoolExecutor(jobs) as workers:
        asked = {workers.submit(told, number, *of): number for number in numbers}
        for done in as_completed(asked):
            yield asked[done], done.result()
            if isinstance(done.result(), str):
                workers.shutdown(cancel_futures=True)
                return


def _code() -> str:
    """Return the digest of all that is held against each other: what other code has said is no answer."""
    files = sorted(path for room in ("engine", "tests") for path in (ROOT / room).rglob("*.py"))
    return sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


class Catch(NamedTuple):
    """How a planted fault was noticed: by whom, on which law of which block; or that it was not."""

    by: str
    laws: int
    shown: str


@main.command()
@click.option("--snapshots", type=click.IntRange(min=1), default=100, show_default=True, help="For each law.")
@click.option("--only", default="", metavar="NAME", help="Only faults whose name has this in it.")
@click.option("--jobs", type=click.IntRange(min=1), default=cpu_count() or 1, help="Cores to use; all without it.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def planted(snapshots: int, only: str, jobs: int, form: str) -> None:
    """Plant faults in each reader in turn, and say by which generated law each is caught.

    Ends with 1 where one is not.
    """
    known = [*faults()]
    wanted = [fault for fault in known if only in fault.name]
    if not wanted:
        names = ", ".join(fault.name for fault in known)
        raise click.BadParameter(f"no fault has {only!r} in its name; there are {names}", param_hint="--only")
    found: dict[str, Catch] = {}
    with Progress(console=Console(stderr=True), disable=form == "json") as bar:
        task = bar.add_task("faults", total=len(wanted))
        with ThreadPoolExecutor(jobs) as workers:
            for fault, catch in zip(wanted, workers.map(partial(_asked, snapshots), wanted), strict=True):
                found[fault.name] = catch
                bar.advance(task)
    if form == "json":
        click.echo(json.dumps({name: catch._asdict() for name, catch in found.items()}, indent=2))
    else:
        Console().print(_table(wanted, found))
    sys.exit(_CAUGHT if all(catch.by for catch in found.values()) else _MISSED)


def _table(wanted: Sequence[Fault], found: dict[str, Catch]) -> Table:
    table = Table("reader", "fault", "module", "caught by", "on law", "which shows")
    for fault in wanted:
        catch = found[fault.name]
        by, law = catch.by or "nobody", str(catch.laws) if catch.by else "–"
        table.add_row(fault.reader, fault.kind, fault.module, by, law, catch.shown)
    return table


def _asked(snapshots: int, fault: Fault) -> Catch:
    """Return how a fault was caught by a process of its own, in which it is planted before all else."""
    command = [sys.executable, "-m", "tests.agree", "catch", fault.name, "--snapshots", str(snapshots)]
    done = run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise click.ClickException(f"{fault.name}: {done.stderr.strip().splitlines()[-1]}")
    return Catch(**json.loads(done.stdout))


@main.command(hidden=True)
@click.argument("name")
@click.option("--snapshots", type=int, required=True)
def catch(name: str, snapshots: int) -> None:
    """Plant one fault here, and say how it is caught."""
    plant(next(fault for fault in faults() if fault.name == name))
    click.echo(json.dumps(_caught(snapshots)._asdict()))


def _caught(snapshots: int) -> Catch:
    """Return which law shows the fault that is planted here."""
    from engine.place import LawError
    from engine.second.durable import InconsistentError
    from tests.agree.blocks import LAWS, DisagreementError, drawn, held, staged
    from tests.agree.laws import laws

    count = 0
    for number in range(_ENOUGH):
        stage = staged(snapshots, number)
        for law in drawn(laws(), LAWS, number):
            count += 1
            try:
                held(law, stage)
            except DisagreementError as error:
                return Catch(error.difference.reader, count, str(error.difference))
            except InconsistentError as error:
                return Catch("second, by itself", count, str(error))
            except LawError:
                continue
    return Catch("", count, "")


if __name__ == "__main__":
    main()
