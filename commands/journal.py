"""What became of mutants, written down as it comes: a run that was stopped goes on where it was."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Self

import click

from commands.docs import UnwritableError
from commands.fixture import BASES
from proof.mutation.judge import Outcome

_FORMAT: Final = 1
_NAME: Final = "alluse mutate"
_SHOWN: Final = 12
_ROOMS: Final = tuple(Path(__file__).resolve().parents[1] / room for room in ("engine", "proof", "commands"))


@dataclass(frozen=True, slots=True)
class About:
    """What mutants are made of, tried on and excused by, as SHA-256: of what is not there the one of nothing."""

    digests: Mapping[str, str]
    code: str

    @classmethod
    def of(cls, law: Path, fixtures: Path, excuses: Path) -> Self:
        """Return what is there now; asked before anything of it is read, so that what is changed later shows."""
        bases = (above / BASES for above in fixtures.absolute().parents)
        cases = [fixtures, *(folder for folder in bases if folder.is_dir())]
        digests = {"law": digest(law), "cases": digest(*cases), "equivalents": digest(excuses)}
        return cls(digests, digest(*_ROOMS, of="*.py"))

    @property
    def line(self) -> str:
        """The digests, as a page says them."""
        return ", ".join(f"{name} `{found[:_SHOWN]}`" for name, found in self.digests.items())


class Journal:
    """A file of lines: first what it is about, then what became of the mutants of each piece."""

    def __init__(self, path: Path, about: About) -> None:
        """Open a file; what it says of another law, of other cases, or what other code has said, is forgotten.

        Raises:
            click.BadParameter: The file is something else.
            UnwritableError: It cannot be read, or written.
        """
        self.path, self.known = path, dict[str, Outcome]()
        head = {"state": _NAME, "format": _FORMAT, "law": about.digests["law"], "cases": about.digests["cases"]}
        head["code"] = about.code
        with self._writing():
            if path.exists() and next(_lines(path), None) == head:
                self.known = {item[0]: Outcome(*item) for line in [*_lines(path)][1:] for item in line}
                self._mend()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f"{json.dumps(head)}\n", encoding="utf-8")

    def note(self, outcomes: Sequence[Outcome]) -> None:
        """Write down what became of some mutants.

        Raises:
            UnwritableError: It cannot be written.
        """
        self.known |= {outcome.id: outcome for outcome in outcomes}
        with self._writing(), self.path.open("a", encoding="utf-8") as stream:
            stream.write(f"{json.dumps([astuple(outcome) for outcome in outcomes])}\n")

    def _mend(self) -> None:
        """End a line that was cut short, so that what is noted next does not go on in it."""
        text = self.path.read_text("utf-8")
        if not text.endswith("\n"):
            whole = text[: text.rfind("\n") + 1]
            self.path.write_text(whole, encoding="utf-8")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
            raise UnwritableError(f"the state {self.path} cannot be written ({why}); name another file") from error


def digest(*paths: Path, of: str = "*.yaml") -> str:
    """Return the SHA-256 over files of a kind at some paths, by their names; the one of nothing where nothing is."""
    found = sha256()
    for path in paths:
        for file in [path] if path.is_file() else sorted(path.rglob(of)):
            found.update(f"{sha256(file.read_bytes()).hexdigest()}  {file.relative_to(path).as_posix()}\n".encode())
    return found.hexdigest()


def _lines(path: Path) -> Iterator[Any]:
    """Yield what the lines of a file say, up to one that was cut short.

    Raises:
        click.BadParameter: It does not begin as such a file does.
    """
    for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines()):
        try:
            said = json.loads(line)
        except ValueError:
            said = None
        if number == 0 and not (isinstance(said, Mapping) and said.get("state") == _NAME):
            raise click.BadParameter(f"{path} is no state of this command; name a file that is not there yet")
        if said is None:
            return
        yield said
