"""Where something was written, and what is wrong with it there."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Place(NamedTuple):
    """One position of a file; `line` and `column` count from 1, columns in characters."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault, printed on one line: place, code, what was found, what to do."""

    place: Place
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.place} {self.code}: {self.message}"


class ConstitutionError(Exception):
    """What a person can mend: every fault of one pass, sorted by place."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(map(str, self.faults)))


class LawError(ConstitutionError):
    """The written law is at fault; nothing can be decided with it."""


class FactError(ConstitutionError):
    """The snapshot's file is at fault; nothing is decided from it."""
