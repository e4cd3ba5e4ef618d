"""The scenarios of a folder: every case with its base, the sections it names, and whether they are in force."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from tests.acceptance.written import beside, written

OWN: Final = Path(__file__).resolve().parents[2] / "fixtures" / "acceptance"
_SECTION: Final = re.compile(r"§(\d+)")


@dataclass(frozen=True, slots=True)
class Case:
    """One scenario: what is given, with its base under it, and what is expected."""

    id: str
    sections: tuple[str, ...]
    given: Mapping[str, Any]
    expected: Mapping[str, Any]

    @property
    def in_force(self) -> bool:
        """Whether one of its sections is."""
        return bool(set(self.sections) & set(map(str, beside("scope.yaml")["sections"])))

    @property
    def passes(self) -> bool:
        """Whether it is to pass."""
        return self.in_force or self.id in beside("scope.yaml")["passes"]


def folder() -> Path:
    """Return where the scenarios are: the folder that the environment names, or the project's own."""
    return Path(os.environ.get("ALLUSE_ACCEPTANCE") or OWN)


@cache
def cases(where: Path) -> tuple[Case, ...]:
    """Return the scenarios of every file of a folder; a base may stand in any of them, or in the project's own."""
    files = [written(path) for path in sorted(where.glob("*.yaml"))]
    bases: dict[str, Mapping[str, Any]] = {}
    for file in ([] if where == OWN else [written(path) for path in sorted(OWN.glob("*.yaml"))]) + files:
        bases |= file.get("bases", {})
    return tuple(_case(scenario, bases) for file in files for scenario in file["scenarios"])


def _case(scenario: Mapping[str, Any], bases: Mapping[str, Mapping[str, Any]]) -> Case:
    base = bases[scenario["base"]] if scenario.get("base") else {}
    sections = tuple(dict.fromkeys(_SECTION.findall(scenario["section"])))
    return Case(scenario["id"], sections, {**base, **scenario["given"]}, scenario)
