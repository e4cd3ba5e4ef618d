"""The linter: what no single expression shows. Faults end the loading; findings are for a person to read."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from engine.expr.units import UNITS
from engine.law.citations import citations, unused
from engine.law.finding import Files, Finding, sections
from engine.law.model import Constitution, Parameter
from engine.law.never import never
from engine.law.read import node_at
from engine.law.reading import circles, unread_facts, unread_parameters
from engine.law.slots import entrenched, slots
from engine.law.tables import tables
from engine.place import Fault, Place


def check_law(law: Constitution | None, files: Files, *, sound: bool) -> list[Fault]:
    """Return the faults that keep a law from loading.

    Args:
        law: What could be made of the files; None without a readable constitution.yaml.
        files: The files that could be read.
        sound: Nothing else is at fault: only then it can be said that something is missing or never read.
    """
    return [found.fault for found in _faults(law, files, sound=sound) if found.severity == "fault"]


def lint(law: Constitution, files: Files) -> list[Finding]:
    """Return all that is to be said of a law that has loaded, by place."""
    found = [*_faults(law, files, sound=True), *unread_facts(law), *unused(files)]
    told = {finding.place for finding in found}
    return sorted([*found, *(finding for finding in never(law, files) if finding.place not in told)])


def _faults(law: Constitution | None, files: Files, *, sound: bool) -> Iterator[Finding]:
    yield from citations(files)
    yield from slots(files)
    yield from entrenched(files)
    if law is None:
        return
    yield from ladders(law, files)
    yield from tables(law, files)
    yield from circles(law)
    if sound:
        yield from missing(law)
        yield from unread_parameters(law, files)


def missing(law: Constitution) -> Iterator[Finding]:
    """Yield the files without which a law says nothing of what it carries out."""
    for file, holds in (("items.yaml", "the items of the law"), ("interpretations.yaml", "the rulings")):
        if file not in law.files:
            yield Finding(Place(file, 1, 1), "missing-file", f"is not there; write it with {holds}")


def ladders(law: Constitution, files: Files) -> Iterator[Finding]:
    """Yield the rungs that do not lie beyond the rung before, and the lowest level's, which nothing reads."""
    for file, section in sections(files):
        for name, ladder in section.ladders.items():
            node, _ = node_at(file.node, ("ladders", name))
            lowest, *others = ladder.levels
            if lowest.rung is not None:
                place = node_at(node, ("levels", 0, "rung"))[0].place
                yield Finding(place, "ladder", f"'{lowest.name}' is the lowest level and has no rung; delete it")
            named = [(number, law.parameters.get(level.rung or "")) for number, level in enumerate(others, 1)]
            rungs = [(number, rung) for number, rung in named if rung is not None]
            for (_, below), (number, above) in pairwise(rungs):
                if not _rises(below, above):
                    place = node_at(node, ("levels", number, "rung"))[0].place
                    yield Finding(place, "ladder", _unrisen(below, above))


def _rises(below: Parameter, above: Parameter) -> bool:
    """Return whether the second rung is the greater; what is not one number is faulted where it is read."""
    if not isinstance(below.value, int) or not isinstance(above.value, int):
        return True
    low, high = (
        Fraction(rung, 10 ** UNITS[of.unit].scale) for rung, of in ((below.value, below), (above.value, above))
    )
    return low < high


def _unrisen(below: Parameter, above: Parameter) -> str:
    found = f"'{above.name}' ({above.written}) is not above '{below.name}' ({below.written}), the rung before"
    return f"{found}; each must lie beyond the last"
