"""The linter: what no single expression shows. Faults end the loading; findings are for a person to read."""

from collections.abc import Iterator
from fractions import Fraction

from engine.expr.units import UNITS
from engine.law.citations import citations, unused
from engine.law.finding import Files, Finding, sections
from engine.law.model import Constitution, Parameter
from engine.law.read import node_at
from engine.law.reading import circles, idle, unread
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
    return [found.fault for found in _findings(law, files, sound=sound) if found.severity == "fault"]


def lint(law: Constitution, files: Files) -> list[Finding]:
    """Return all that is to be said of a law that has loaded, by place."""
    return sorted(_findings(law, files, sound=True))


def _findings(law: Constitution | None, files: Files, *, sound: bool) -> Iterator[Finding]:
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
        yield from unread(law)
        yield from idle(law)
        yield from unused(files)


def missing(law: Constitution) -> Iterator[Finding]:
    """Yield the files without which a law says nothing of what it carries out."""
    for file, holds in (("items.yaml", "the items of the law"), ("interpretations.yaml", "the rulings")):
        if file not in law.files:
            yield Finding(Place(file, 1, 1), "missing-file", f"is not there; write it with {holds}")


def ladders(law: Constitution, files: Files) -> Iterator[Finding]:
    """Yield the rungs that do not lie beyond the rung before, and the ground level's, which nothing reads."""
    for file, section in sections(files):
        for name, ladder in section.ladders.items():
            before = None
            for number, level in enumerate(ladder.levels):
                node, _ = node_at(file.node, ("ladders", name, "levels", number))
                rung = law.parameters.get(level.rung or "")
                if number == 0 and level.rung is not None:
                    yield Finding(node_at(node, ("rung",))[0].place, "ladder", "the lowest level has no rung; delete it")
                if number == 0 or rung is None or not isinstance(rung.value, int):
                    continue
                if before is not None and _height(rung) <= _height(before):
                    message = f"'{rung.name}' ({rung.written}) is not above '{before.name}' ({before.written}), the rung before"
                    yield Finding(node_at(node, ("rung",))[0].place, "ladder", f"{message}; each lies beyond the last")
                before = rung


def _height(rung: Parameter) -> Fraction:
    return Fraction(int(rung.value), 10 ** UNITS[rung.unit].scale)  # type: ignore[arg-type] # a single number, as asked before
