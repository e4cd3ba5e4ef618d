"""What a change can reach: everything that reads it, and what reads that, up to what is decided."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from proof.compare_forms import Ref
from proof.compare_parts import Piece
from proof.compare_version import Key, Version

_SPEAKING = frozenset({"rule", "choice", "share"})


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
