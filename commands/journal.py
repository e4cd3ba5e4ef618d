"""What became of mutants, written down as it comes: a run that was stopped goes on where it was."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import click

from proof.mutation.judge import Outcome

_FORMAT: Final = 1
_NAME: Final = "alluse mutate"


class Journal:
    """A file of lines: first what it is about, then what became of the mutants of each piece."""

    def __init__(self, path: Path, law: Path, fixtures: Path) -> None:
        """Open a file; what it says of another law, or of other cases, is forgotten.

        Raises:
            click.BadParameter: The file is something else.
        """
        self.path, self.known = path, dict[str, Outcome]()
        about = {"state": _NAME, "format": _FORMAT, "law": digest(law), "fixtures": digest(fixtures)}
        if path.is_file() and next(_lines(path), None) == about:
            self.known = {item[0]: Outcome(*item) for line in [*_lines(path)][1:] for item in line}
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{json.dumps(about)}\n", encoding="utf-8")

    def note(self, outcomes: Sequence[Outcome]) -> None:
        """Write down what became of some mutants."""
        self.known |= {outcome.id: outcome for outcome in outcomes}
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(f"{json.dumps([astuple(outcome) for outcome in outcomes])}\n")


def digest(path: Path) -> str:
    """Return the SHA-256 over the YAML files at a path, by their names."""
    files = [path] if path.is_file() else sorted(path.rglob("*.yaml"))
    named = (f"{sha256(file.read_bytes()).hexdigest()}  {file.relative_to(path)}" for file in files)
    return sha256("\n".join(named).encode()).hexdigest()


def _lines(path: Path) -> Iterator[Any]:
    """Yield what the lines of a file say, up to one that was cut short.

    Raises:
        click.BadParameter: It does not begin as such a file does.
    """
    for number, line in enumerate(path.read_text("utf-8").splitlines()):
        try:
            said = json.loads(line)
        except ValueError:
            said = None
        if number == 0 and not (isinstance(said, Mapping) and said.get("state") == _NAME):
            raise click.BadParameter(f"{path} is no state of this command; name a file that is not there yet")
        if said is None:
            return
        yield said
