"""The steps of one pass over the law: a fact, a pick, a rule, or the requirements of one kind collected."""

from collections.abc import Iterable
from dataclasses import dataclass

from engine.expr.typed import Case, Fold, OneOf, Read, Typed, walk
from engine.law.model import Derived, Pick, Rule
from engine.subjects import SUBJECTS


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


@dataclass(frozen=True, slots=True)
class Table:
    """A fact whose value is a table of which every row asks for one word, the same; `rows` has the row of each word."""

    step: Derived
    case: Case
    on: Read
    rows: dict[str, int]


def table_of(step: Step) -> Table | None:
    """Return a step as a table over one word, if it is one; not where lists are asked: rows can share the answer."""
    if not isinstance(step, Derived) or not isinstance(step.value, Case) or asks_lists(step.value):
        return None
    rows: dict[str, int] = {}
    asked: dict[str, Read] = {}
    for number, (test, _) in enumerate(step.value.rows):
        if not isinstance(test, OneOf) or not isinstance(test.of, Read) or test.of.type.kind != "symbol":
            return None
        asked.setdefault(str(test.of), test.of)
        for item in test.items:
            rows.setdefault(str(item.value), number)
    (on, *others) = asked.values()
    return None if others or on.row not in SUBJECTS else Table(step, step.value, on, rows)


def asks_lists(of: Typed) -> bool:
    """Return whether an expression goes through a list."""
    return any(isinstance(part, Fold) for part in walk(of))


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


@dataclass(frozen=True, slots=True)
class Reading:
    """What a step reads: facts and picks by name, and among them facts of rows that are neither at hand nor above."""

    names: set[str]
    beside: set[str]


def reading(subject: str, values: Iterable[Typed]) -> Reading:
    """Return what expressions for a subject read."""
    names, beside, near = set[str](), set[str](), (subject, *SUBJECTS[subject].sees)
    for part in (part for value in values for part in walk(value)):
        if isinstance(part, Read):
            name = f"{part.subject}.{part.fact}"
            names |= {name, name.removesuffix("_found")}
            if part.row not in near:
                beside.add(name)
            if "." in part.row:
                names.add(part.row)
    return Reading(names, beside)
