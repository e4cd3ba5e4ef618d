"""What the linter says: a fault of the law itself, or what a person should know of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Literal, TypeAlias

from engine.law.authored import Section
from engine.law.read import Written
from engine.place import Fault, Place

Severity: TypeAlias = Literal["fault", "finding"]
Files: TypeAlias = Mapping[str, Written]

CODES: Final[Mapping[str, Severity]] = {
    "gap": "fault",
    "overlap": "fault",
    "empty": "fault",
    "ladder": "fault",
    "cycle": "fault",
    "uncited": "fault",
    "unknown-item": "fault",
    "unknown-ruling": "fault",
    "missing-file": "fault",
    "unread-parameter": "fault",
    "unknown-parameter": "fault",
    "unknown-slot": "fault",
    "unknown-kind": "fault",
    "slot": "fault",
    "unranked": "fault",
    "undecided": "fault",
    "unseen": "fault",
    "never": "finding",
    "tension": "finding",
    "unread-fact": "finding",
    "unused-ruling": "finding",
    "uncited-item": "finding",
}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One remark on the law, on one line; a `fault` keeps the law from loading, a `finding` does not."""

    place: Place
    code: str
    message: str

    @property
    def severity(self) -> Severity:
        return CODES[self.code]

    @property
    def fault(self) -> Fault:
        return Fault(self.place, self.code, self.message)

    def __str__(self) -> str:
        return str(self.fault)


def sections(files: Files) -> Iterator[tuple[Written, Section]]:
    """Yield the sections, in the order of the text."""
    for file in files.values():
        if isinstance(file.model, Section):
            yield file, file.model


def near(name: str, known: Mapping[str, object], otherwise: str) -> str:
    """Return `did you mean 'x'?`, or what to do where nothing is close."""
    close = get_close_matches(name, known, 1)
    return f"did you mean '{close[0]}'?" if close else otherwise
