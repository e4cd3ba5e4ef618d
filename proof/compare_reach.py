"""What a change can reach: everything that reads it, and what reads that, up to what is decided."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from engine.decisions import KINDS
from proof.compare import Change, Comparison
from proof.compare_forms import Ref
from proof.compare_parts import Piece
from proof.compare_version import Key, Version

_SPEAKING: Final = frozenset({"rule", "choice", "share"})


@dataclass(frozen=True)
class Reach:
    """Who reads what in one version."""

    version: Version

    @cached_property
    def readers(self) -> Mapping[Ref, tuple[Piece, ...]]:
        """The pieces that read each name, in the order of the text."""
        found: dict[Ref, list[Piece]] = {}
        for piece in self.version.pieces.values():
            for ref in piece.reads if piece.decides else ():
                found.setdefault(ref, []).append(piece)
        return {ref: tuple(pieces) for ref, pieces in found.items()}

    def of(self, starts: Iterable[Key]) -> Iterator[Piece]:
        """Yield pieces and all that reads them, nearest first."""
        waiting = [self.version.pieces[key] for key in starts if key in self.version.pieces]
        seen = {piece.key for piece in waiting}
        for piece in waiting:
            yield piece
            for reader in (reader for ref in piece.defines for reader in self.readers.get(ref, ())):
                if reader.key not in seen:
                    seen.add(reader.key)
                    waiting.append(reader)

    def speaking(self, starts: Iterable[Key]) -> tuple[str, ...]:
        """Return the rules, choices and shares that a change reaches, nearest first."""
        return tuple(piece.name for piece in self.of(starts) if piece.form in _SPEAKING)


def reached(comparison: Comparison) -> tuple[str, ...]:
    """Return what speaks of what has changed, on either side, by the distance at which it does."""
    sides = (comparison.old, comparison.new)
    reaches = [Reach(version) for version in sides]
    found: dict[str, int] = {}
    for change in comparison.decisive:
        for side, (version, reach) in enumerate(zip(sides, reaches, strict=True)):
            piece = change.pieces[side]
            speaking = () if piece is None else reach.speaking([piece.key])
            for distance, name in enumerate((*speaking, *_competing(version, change))):
                found[name] = min(distance, found.get(name, distance))
    return tuple(sorted(found, key=lambda name: found[name]))


def _competing(version: Version, change: Change) -> Iterator[str]:
    """Yield the rules among which an arbitration or the order of the text decides, and the deciders of a kind."""
    kinds = {rule.kind for rule in version.law.rules.values() if rule.id == change.name}
    for rule in version.law.rules.values():
        contested = change.form == "arbitration" and KINDS[rule.kind].slot == change.name
        ordered = change.form == "order" and rule.id in change.old.split(" before ")
        if rule.decides and (contested or ordered or (change.form == "rule" and rule.kind in kinds)):
            yield rule.id
