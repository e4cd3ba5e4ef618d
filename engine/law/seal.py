"""How a version of the law comes into force (15.1): a proposal, a backtest, a person's approval, a changelog entry.

A draft decides, and says that it is one. A ratified version has a seal: the digest of every file and the record of its
approval. It loads only as it was sealed. Nothing here reads a clock: whoever approves says on what day.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field

from engine.law.authored import Authored, Version
from engine.law.read import LIMIT_BYTES, validate
from engine.law.text import Mapping as Entries
from engine.law.text import read_file
from engine.place import Fault, LawError, Place

Reason: TypeAlias = Literal["hash", "approval", "backtest", "proposal", "changelog"]

SEAL: Final = "seal.yaml"
CHANGELOG: Final = "CHANGELOG.md"
_VERSION: Final = "constitution.yaml"
_DRAFT: Final = "make it `status: draft` without a seal, and let a person ratify it with `alluse ratify`"
_LINE: Final = "# yaml-language-server: $schema=../schema/seal.schema.json"
_NOTE: Final = (
    "# Written by `alluse ratify`: the version loads only with these bytes. A change makes a new version (15.1)."
)

Day = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the file's bytes")]
FileName = Annotated[str, Field(pattern=r"^[a-z0-9-]+\.yaml$")]


class Approval(Authored):
    """What a person says who approves a version; a seal that lacks any of it is refused."""

    proposal: Annotated[str | None, Field(description="where the change was proposed")] = None
    backtest: Annotated[str | None, Field(description="where it was simulated or tested on the past")] = None
    approved_by: Annotated[str | None, Field(description="the person who approved it")] = None
    approved_on: Annotated[Day | None, Field(description="the day of the approval")] = None


class Seal(Approval):
    """The record of a ratification, written by `alluse ratify`."""

    version: Annotated[str, Field(pattern=r"^\d+\.\d+$")]
    changelog: Annotated[str | None, Field(description="the entry that says it in plain words")] = None
    files: Annotated[dict[FileName, Digest], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a version that says it is ratified. `intact`: every byte is as it was sealed."""

    version: str
    intact: bool
    proposal: bool
    backtest: bool
    approved_by: str | None
    changelog: bool


@dataclass(frozen=True, slots=True)
class Loaded:
    """The version may be loaded."""

    version: str
    status: str
    faults: tuple[Fault, ...] = ()

    def __str__(self) -> str:
        state = "a draft: nobody has approved it" if self.status == "draft" else "ratified, and as it was sealed"
        return f"version {self.version} is {state}"


@dataclass(frozen=True, slots=True)
class Refused:
    """The version must not be loaded, and why; each fault names its file."""

    version: str
    reasons: tuple[Reason, ...]
    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        return "\n".join(map(str, self.faults))


def judge(record: Record) -> tuple[Reason, ...]:
    """Return why a version that says it is ratified must not be loaded; nothing where it may."""
    held: dict[Reason, bool] = {
        "hash": record.intact,
        "approval": bool(record.approved_by),
        "backtest": record.backtest,
        "proposal": record.proposal,
        "changelog": record.changelog,
    }
    return tuple(reason for reason, holds in held.items() if not holds)


def gate(folder: Path) -> Loaded | Refused:
    """Say whether the version that stands in a folder may be loaded.

    What is wrong with the text of its files is for `load` to say: an unreadable version without a seal passes here.
    """
    version = _version(folder)
    name = version.version if version else folder.name
    if not (folder / SEAL).exists():
        if version is None or version.status == "draft":
            return Loaded(name, "draft")
        message = f"version {name} says it is ratified and has no {SEAL}; {_DRAFT}"
        return Refused(name, ("approval",), (Fault(Place(SEAL, 1, 1), "approval", message),))
    faults: list[Fault] = []
    seal = _seal(folder, faults)
    if seal is None:
        return Refused(name, ("approval",), tuple(faults))
    return _opened(folder, seal, version.version if version else seal.version)


def _opened(folder: Path, seal: Seal, version: str) -> Loaded | Refused:
    changed = tuple(_changed(seal, digests(folder)))
    if seal.version != version:
        other = f"the seal is that of version {seal.version}, and the law is {version}; restore the version's own"
        changed += (Fault(Place(SEAL, 1, 1), "hash", other),)
    approved_by = seal.approved_by if seal.approved_on else None
    entry = bool(seal.changelog) and find_entry(folder, seal.version) is not None
    backtest, proposal = bool(seal.backtest), bool(seal.proposal)
    reasons = judge(Record(seal.version, not changed, proposal, backtest, approved_by, entry))
    if not reasons:
        return Loaded(seal.version, "ratified")
    missing = (Fault(Place(SEAL, 1, 1), reason, _MISSING[reason]) for reason in reasons if reason != "hash")
    return Refused(seal.version, reasons, (*changed, *missing))


_MISSING: Final[Mapping[Reason, str]] = {
    "approval": f"the seal does not say who approved the version, and when; {_DRAFT}",
    "backtest": f"the seal names no simulation or backtest; {_DRAFT}",
    "proposal": f"the seal names no proposal; {_DRAFT}",
    "changelog": f"the version has no entry in {CHANGELOG}, or the seal does not name it; {_DRAFT}",
}


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file that a seal covers."""
    files = (path for path in sorted(folder.glob("*.yaml")) if path.name != SEAL and path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def find_entry(folder: Path, version: str) -> str | None:
    """Return the heading of a version's entry in the changelog beside its folder."""
    path = folder.parent / CHANGELOG
    if not path.is_file():
        return None
    found = re.search(rf"^## {re.escape(version)}(?![0-9.]).*$", path.read_text("utf-8", "replace"), re.MULTILINE)
    return found[0] if found else None


def sealed(folder: Path, approval: Approval) -> dict[str, bytes]:
    """Return the two files that ratify the draft in a folder: its constitution.yaml, and the seal over all of it.

    Raises:
        LawError: It is no draft, or the changelog has no entry for it.
    """
    version = _version(folder)
    if version is None or version.status != "draft" or (folder / SEAL).exists():
        found = "only a draft can be ratified; a change to a ratified version is a version of its own (15.1)"
        raise LawError([Fault(Place(_VERSION, 1, 1), "status", found)])
    entry = find_entry(folder, version.version)
    if entry is None:
        found = f"has no entry `## {version.version}`; say in plain words what changes"
        raise LawError([Fault(Place(CHANGELOG, 1, 1), "changelog", found)])
    constitution = _ratified(folder)
    files = digests(folder) | {_VERSION: hashlib.sha256(constitution).hexdigest()}
    named = f"{CHANGELOG}: {entry.removeprefix('## ')}"
    seal = Seal(**approval.model_dump(), version=version.version, changelog=named, files=files)
    return {_VERSION: constitution, SEAL: _rendered(seal).encode()}


def _rendered(seal: Seal) -> str:
    lines = [_LINE, _NOTE]
    written = {name: getattr(seal, name) for name in ("version", *Approval.model_fields, "changelog")}
    lines += [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in written.items()]
    lines += ["files:", *(f'  {name}: "{seal.files[name]}"' for name in sorted(seal.files))]
    return "\n".join(lines) + "\n"


def _ratified(folder: Path) -> bytes:
    """Return the bytes of a draft's constitution.yaml with its status changed, and nothing else."""
    node = read_file(folder / _VERSION, _VERSION, [], LIMIT_BYTES)
    status = node.get("status") if isinstance(node, Entries) else None
    assert status is not None  # noqa: S101 - the model has been read from the same file
    lines = (folder / _VERSION).read_text("utf-8").split("\n")
    number, column = status.place.line - 1, status.place.column - 1
    line = lines[number]
    lines[number] = line[:column] + line[column:].replace("draft", "ratified", 1)
    return "\n".join(lines).encode()


def _version(folder: Path) -> Version | None:
    node = read_file(folder / _VERSION, _VERSION, [], LIMIT_BYTES)
    return None if node is None else validate(node, Version, [])


def _seal(folder: Path, faults: list[Fault]) -> Seal | None:
    node = read_file(folder / SEAL, SEAL, faults, LIMIT_BYTES)
    seal = None if node is None else validate(node, Seal, faults)
    return None if faults else seal


def _changed(seal: Seal, found: Mapping[str, str]) -> Iterator[Fault]:
    """Yield every file whose bytes are not those that were sealed."""
    mend = "restore it, or make the change a version of its own (15.1)"
    for name in sorted(seal.files.keys() | found.keys()):
        if name not in found:
            yield Fault(Place(name, 1, 1), "hash", f"the ratified file is not there; {mend}")
        elif name not in seal.files:
            yield Fault(Place(name, 1, 1), "hash", f"the file was not there when the version was ratified; {mend}")
        elif seal.files[name] != found[name]:
            yield Fault(Place(name, 1, 1), "hash", f"the ratified file's bytes changed; {mend}")
