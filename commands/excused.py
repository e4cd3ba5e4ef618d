"""The file of equivalents: mutants that decide as the law does, each with the reason why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.fields import suggestion
from engine.law import text
from engine.law.text import Scalar
from engine.place import FactError, Fault, Place
from proof.mutation.mutants import Mutant

FILE: Final = "equivalent.yaml"
KEY: Final = "equivalents"
_LIMIT: Final = 1024 * 1024
_LEAST: Final = 20  # letters: a reason is a sentence
_SHARE: Final = 50  # at most one of so many mutants may be excused


@dataclass(frozen=True, slots=True)
class Excuse:
    """Why a mutant is an equivalent, and where that is written."""

    because: str
    place: Place


def file_of(fixtures: Path) -> Path:
    """Return the file of equivalents that lies beside cases, or beside a folder above them."""
    beside = [folder / FILE for folder in fixtures.absolute().parents]
    return next((file for file in beside if file.is_file()), fixtures.parent / FILE)


def excuses(path: Path, mutants: Sequence[Mutant]) -> Mapping[str, Excuse]:
    """Return the equivalents of a file by their ids; none where there is no file.

    Raises:
        FactError: Every fault of it: mutants that do not exist, reasons that say nothing, too many.
    """
    if not path.exists():
        return {}
    faults: list[Fault] = []
    root = text.read_file(path, str(path), faults, _LIMIT)
    entries = root.get(KEY) if isinstance(root, text.Mapping) else None
    found: dict[str, Excuse] = {}
    if root is not None and not isinstance(entries, text.Mapping):
        faults.append(Fault(root.place, "missing-field", f"'{KEY}' is missing; add ids with the reasons why"))
    known = {mutant.id for mutant in mutants}
    for key, node in entries.items if isinstance(entries, text.Mapping) else ():
        if key.text not in known:
            faults.append(Fault(key.place, "unknown-mutant", f"{key.text!r} is none; {suggestion(key.text, [*known])}"))
        elif not isinstance(node, Scalar) or len(node.text) < _LEAST:
            faults.append(Fault(key.place, "reason", "say in a sentence why no snapshot can tell it from the law"))
        else:
            found[key.text] = Excuse(node.text, key.place)
    if len(found) * _SHARE > len(mutants):
        most = f"{len(found)} of {len(mutants)} mutants are excused, at most one in {_SHARE} may be; write cases"
        faults.append(Fault(Place(str(path), 1, 1), "too-many", most))
    if faults:
        raise FactError(faults)
    return found
