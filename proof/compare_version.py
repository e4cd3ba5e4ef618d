"""One version of the law, taken apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from engine.decisions import KINDS
from engine.law.load import load_with_files
from engine.law.model import Constitution
from engine.law.read import Written
from engine.wording import PLAIN
from proof.compare_forms import Forms, Ref
from proof.compare_parts import Piece
from proof.compare_pieces import Sections
from proof.compare_records import Records
from proof.compare_text import Text

Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True)
class Version:
    """One version of the law, taken apart."""

    law: Constitution
    files: Mapping[str, Written]

    @classmethod
    def read(cls, folder: Path) -> "Version":
        """Return the version that stands in a folder.

        Raises:
            LawError: It is at fault.
        """
        return cls(*load_with_files(folder))

    @cached_property
    def forms(self) -> Forms:
        """What makes forms of its expressions."""
        return self._text.forms

    @cached_property
    def _text(self) -> Text:
        return Text(self.law, self.files)

    @cached_property
    def pieces(self) -> Mapping[Key, Piece]:
        """Every piece by its form and name, what decides first."""
        found = (*Sections(self._text).pieces(), *Records(self._text).pieces())
        return {piece.key: piece for piece in found}

    @cached_property
    def sequences(self) -> Mapping[str, tuple[Ref, ...]]:
        """Where the order of the text decides: rules that compete with one kind, shares that draw on one sum."""
        found: dict[str, tuple[Ref, ...]] = {}
        for rule in self.law.rules.values():
            if rule.decides and KINDS[rule.kind].slot in self.law.arbitration:
                key = f"the first of the rules that decide {rule.kind} of one {rule.subject}"
                found[key] = (*found.get(key, ()), Ref("rule", rule.id))
        for share in self.law.shares.values():
            key = f"the first of the shares that draw on {PLAIN.text(share.room)}"
            found[key] = (*found.get(key, ()), Ref("rule", share.name))
        return found
