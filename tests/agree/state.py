"""What a run of `make agree` has found so far, as a file of JSON lines: what the run is, then a line for each block."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click

_BEGINNING: Final = '{"snapshots": '  # of every file of this kind, however short it was cut


@dataclass
class State:
    """The blocks that are known of a run; without a file they are kept here only."""

    path: Path | None
    known: dict[int, dict[str, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path | None, about: dict[str, Any]) -> "State":
        """Return what a file says of the same run, without a line that was cut short; another is begun anew.

        Raises:
            BadParameter: It is not a file of this kind, or cannot be read or written.
        """
        found = cls(path)
        if path is None:
            return found
        try:
            first, *lines = (path.read_text("utf-8", "replace") if path.exists() else "").splitlines() or [""]
            if not _of_a_run(first, about) and (lines or not _torn(first)):
                raise _fault(f"{path} is no state of an earlier run, and is left as it is")
            found.known = dict(filter(None, map(_block, lines))) if _read(first) == about else {}
            path.write_text("".join(f"{json.dumps(line)}\n" for line in (about, *found.known.items())), "utf-8")
        except OSError as error:
            raise _fault(f"{path} cannot be written: {error.strerror}") from None
        return found

    def note(self, number: int, counts: dict[str, int]) -> None:
        """Keep what a block has counted."""
        self.known[number] = counts
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as stream:
                stream.write(f"{json.dumps([number, counts])}\n")


def _fault(message: str) -> click.BadParameter:
    return click.BadParameter(message, param_hint="--state")


def _of_a_run(line: str, about: dict[str, Any]) -> bool:
    found = _read(line)
    return isinstance(found, dict) and found.keys() == about.keys()


def _torn(line: str) -> bool:
    return _read(line) is None and (line.startswith(_BEGINNING) or _BEGINNING.startswith(line))


def _block(line: str) -> tuple[int, dict[str, int]] | None:
    match _read(line):
        case [int(number), dict(counts)]:
            return number, counts
        case _:
            return None


def _read(line: str) -> Any:  # noqa: ANN401 - JSON; a line that was cut short is nothing
    try:
        return json.loads(line)
    except ValueError:
        return None
