"""Where to look for what a change does: the rules, choices and shares that it reaches, nearest first."""

from collections.abc import Iterator

from engine.decisions import KINDS
from proof.compare import Change, Comparison
from proof.compare_reach import Reach
from proof.compare_version import Version


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
