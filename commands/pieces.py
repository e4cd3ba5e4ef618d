"""Every named piece of a law in one form: parameters, facts, tables, ladders, rules, choices; what reads what."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from engine.expr.typed import Const, OneOf, Read, Typed, Within, walk
from engine.inputs import unit_of
from engine.law.model import Choice, Constitution, Derived, Origin, Pick, Rule, Share
from engine.place import Place
from engine.wording import PLAIN

_HIDDEN: Final = ("", "true", "false")


@dataclass(frozen=True)
class Piece:
    """One definition of the law: what it is, where it stands, what it says."""

    name: str
    form: str
    origin: Origin
    expressions: tuple[Typed, ...] = ()
    unit: str = ""
    value: str = ""
    subject: str = ""

    @property
    def names(self) -> frozenset[str]:
        """The names by which others read it."""
        return frozenset({self.name, f"{self.subject}.{self.name}", f"{self.name}_found"})

    @cached_property
    def reads(self) -> frozenset[str]:
        """The names of every fact, pick, parameter and level that it reads."""
        found: set[str] = set()
        for part in (part for of in self.expressions for part in walk(of)):
            match part:
                case Read():
                    found |= {f"{part.subject}.{part.fact}", part.row if "." in part.row else ""}
                case Const(name=name) | Within(name=name) | OneOf(name=name):
                    found.add(name.rpartition("(")[2].rstrip(")"))
                case _:
                    pass
        return frozenset(found.difference(_HIDDEN))


def pieces(law: Constitution) -> list[Piece]:
    """Return every named piece of a law: parameters first, then facts, rules and orders, each in the text's order."""
    return [
        *(
            Piece(each.name, "parameter", each.origin, unit=each.unit, value=each.written)
            for each in law.parameters.values()
        ),
        *(_fact(law, each) for each in law.derived.values()),
        *(_pick(each) for each in law.picks.values()),
        *(_rule(each) for each in law.rules.values()),
        *(_choice(each) for each in law.choices.values()),
        *(_share(each) for each in law.shares.values()),
    ]


def _fact(law: Constitution, of: Derived) -> Piece:
    return Piece(of.name, of.form, of.origin, (of.value,), unit_of(of.type), _given_by(law, of), of.subject)


def _given_by(law: Constitution, of: Derived) -> str:
    """Return the expression of a fact; of a table what it goes by, of a ladder when a level is reached."""
    if of.name in law.tables:
        return f"by {', '.join(map(str, law.tables[of.name].by.values()))}"
    return f"highest level with {law.ladders[of.name].crossed}" if of.name in law.ladders else PLAIN.text(of.value)


def _pick(of: Pick) -> Piece:
    value = f"the first of {of.over}.candidates by {', '.join(map(PLAIN.text, of.order_by))}"
    expressions = (of.when, of.where, *of.order_by)
    return Piece(of.name, "pick", of.origin, expressions, unit="contract", value=value, subject=of.subject)


def _rule(of: Rule) -> Piece:
    fields = tuple(value for value in of.fields.values() if not isinstance(value, str))
    said = f"decide {of.kind}" if of.decides else f"require {of.kind}, else {of.reason}"
    value = f"{said} when {PLAIN.text(of.when)}"
    form = "rule" if of.decides else "requirement"
    needs = () if of.needs is None else (of.needs,)
    return Piece(of.id, form, of.origin, (of.when, *fields, *needs), value=value, subject=of.subject)


def _choice(of: Choice) -> Piece:
    spent = tuple(value for budget in of.budgets for value in (budget.room, budget.uses))
    value = f"orders among {of.among}, within {', '.join(budget.name for budget in of.budgets)}"
    expressions = (*of.turns, *of.order_by, *spent, of.price)
    return Piece(of.name, "choice", of.origin, expressions, value=value, subject=of.subject)


def _share(of: Share) -> Piece:
    legs = tuple(value for leg in of.legs for value in (leg.weight, leg.costs, leg.price))
    value = f"one sum among {of.among}, in legs {', '.join(leg.name for leg in of.legs)}"
    expressions = (*of.order_by, of.room, of.asks, of.step, *legs)
    return Piece(of.name, "share", of.origin, expressions, value=value, subject=of.subject)


def source(folder: Path, place: Place) -> list[str]:
    """Return the lines of a definition: the line it begins on, and those that are indented below it."""
    path = folder / place.file
    if not path.is_file():
        return []
    first, *below = path.read_text("utf-8").splitlines()[place.line - 1 :]
    return [first, *_below(below, len(first) - len(first.lstrip()))]


def _below(lines: list[str], indent: int) -> Iterator[str]:
    for line in lines:
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            return
        if not line.strip():
            return
        yield line
