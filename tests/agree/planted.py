"""Faults that are planted in a reader: one line of a module says something else, before anything is imported.

A fault that no longer fits its module is refused, so that the list cannot rot.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Final

from engine.law.text import plain, read_yaml

FILE: Final = Path(__file__).with_name("faults.yaml")
ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of one module: what stands there, and what a slip would make of it."""

    name: str
    reader: str
    kind: str
    module: str
    was: str
    now: str

    @property
    def path(self) -> Path:
        """The module's file."""
        return ROOT / f"{self.module.replace('.', '/')}.py"

    def planted(self, source: str) -> str:
        """Return a module's text with the fault in it.

        Raises:
            ValueError: What it replaces does not stand there exactly once.
        """
        if source.count(self.was) != 1:
            message = f"{FILE.name}: {self.name} does not fit: {self.was!r} must stand once in {self.module}"
            raise ValueError(message)
        return source.replace(self.was, self.now)


def faults() -> Iterator[Fault]:
    """Yield the faults of the list."""
    node = read_yaml(FILE.read_bytes(), FILE.name, [])
    listed: Any = plain(node) if node is not None else {}
    for reader, kinds in listed.items():
        for kind, told in kinds.items():
            yield Fault(f"{reader}.{kind}".replace(" ", "_"), reader, kind, **told)


class _Source(SourceFileLoader):
    """Reads a module with a fault in it; nothing of it is cached."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.module, str(fault.path))
        self._fault = fault

    def get_code(self, fullname: str) -> CodeType:
        del fullname
        return compile(self._fault.planted(self._fault.path.read_text("utf-8")), str(self._fault.path), "exec")


class _Finder(MetaPathFinder):
    def __init__(self, fault: Fault) -> None:
        self._fault = fault

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target) if fullname == self._fault.module else None
        if spec is not None:
            loader: Loader = _Source(self._fault)
            spec.loader = loader
        return spec


def plant(fault: Fault) -> None:
    """Plant a fault in a module that is imported from here on.

    Raises:
        RuntimeError: The module is imported already.
    """
    if fault.module in sys.modules:
        message = f"{fault.module} is imported already"
        raise RuntimeError(message)
    sys.meta_path.insert(0, _Finder(fault))
