"""The steps of one pass over the law: a fact, a pick, a rule, or the requirements of one kind collected."""

from dataclasses import dataclass

from engine.expr.typed import Read, Typed, walk
from engine.law.model import Derived, Pick, Rule


@dataclass(frozen=True, slots=True)
class Mask:
    """The requirements of one kind at one subject; bit n is rule n of the kind."""

    kind: str
    subject: str


Step = Derived | Pick | Rule | Mask


def name_of(step: Step) -> str:
    """Return the name under which other steps read this one."""
    match step:
        case Mask(kind=kind, subject=subject):
            return f"{subject}!{kind}"
        case Rule(decides=True, id=id_, subject=subject):
            return f"{subject}:{id_}"
        case _:
            return step.name


def expressions(step: Step) -> tuple[Typed, ...]:
    """Return what a step evaluates where it stands."""
    match step:
        case Derived(value=value):
            return (value,)
        case Pick(when=when, where=where, order_by=order_by):
            return (when, where, *order_by)
        case Rule(when=when):
            return (when,)
        case Mask():
            return ()


def read_names(value: Typed) -> set[str]:
    """Return every step an expression needs: facts, and the picks whose rows it reads."""
    found: set[str] = set()
    for part in walk(value):
        if isinstance(part, Read):
            found.add(f"{part.subject}.{part.fact}")
            if "." in part.row:
                found.add(part.row)
            if part.fact.endswith("_found"):
                found.add(f"{part.subject}.{part.fact.removesuffix('_found')}")
    return found
