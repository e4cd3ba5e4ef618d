"""What an explanation takes from the snapshot and the law: given facts with their places, parameters."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from engine.evaluate import Evaluator, Rows, Value, blames
from engine.explanation import Step, Used
from engine.expr.typed import Case, Const, Fold, OneOf, Read, Type, Typed, Within, parts, walk
from engine.expr.units import UNITS, show
from engine.law.model import Parameter
from engine.place import Place
from engine.rows import place_of
from engine.subjects import given
from engine.wording import plain, shown

_ONE: Final = frozenset({"market", "host"})  # there is one of each, without an id


def unit_of(kind: Type) -> str:
    """Return what a value is measured in: the unit that keeps it, or else its dimension."""
    kept = (kind.kind, kind.dimension, kind.scale)
    found = next((unit.name for unit in UNITS.values() if (unit.kind, unit.dimension, unit.scale) == kept), None)
    return found or (show(kind.dimension) if kind.kind == "number" else kind.kind)


def inside(of: Typed) -> Iterator[Read | Fold | Case]:
    """Yield the facts, folds and tables inside an expression, in the order of the text."""
    for part in parts(of):
        if isinstance(part, Read | Fold | Case):
            yield part
        else:
            yield from inside(part)


@dataclass
class Inputs:
    """Notes every given fact and every parameter that expressions use."""

    evaluator: Evaluator
    used: dict[tuple[str, str], Used] = field(default_factory=dict)
    parameters: dict[str, Parameter] = field(default_factory=dict)

    @property
    def zone(self) -> str:
        """The exchange's zone, in which times are shown."""
        return self.evaluator.facts.snapshot.calendar.zone

    def valued(self, value: Value, kind: Type) -> Step:
        unknown = tuple(f"{blame} {blame.why or 'missing'}" for blame in blames(value))
        return Step("", shown(value, kind, self.zone), plain(value, kind), unit_of(kind), unknown)

    def reads(self, of: Typed, rows: Rows) -> tuple[tuple[str, str], ...]:
        """Note the facts that the snapshot gives to an expression, and return them."""
        found: dict[tuple[str, str], None] = {}
        for part in (of,) if isinstance(of, Read) else inside(of):
            row = self.row(part, rows) if isinstance(part, Read) else None
            if isinstance(part, Read) and row is not None and self.is_given(part.subject, part.fact, row):
                found[self._note(part.subject, part.fact, row)] = None
        return tuple(found)

    def named(self, of: Typed) -> tuple[str, ...]:
        """Note the parameters that an expression names, and return them."""
        known = self.evaluator.facts.law.parameters
        said = [part.name for part in walk(of) if isinstance(part, Const | Within | OneOf) and part.name]
        bare = dict.fromkeys(name.rpartition("(")[2].rstrip(")") for name in said)
        found = tuple(name for name in bare if name in known)
        self.parameters |= {name: known[name] for name in found}
        return found

    def row(self, of: Read, rows: Rows) -> int | None:
        """Return the row that a fact is read of: above, of a fold, or picked."""
        if of.row in rows:
            return rows[of.row]
        above = rows[of.row.partition(".")[0]]
        found: int | None = None if above is None else self.evaluator.facts.columns[of.row][above]
        return found

    def is_given(self, subject: str, fact: str, row: int) -> bool:
        """Return whether the snapshot itself says a fact, from its rows or from memory."""
        facts, name = self.evaluator.facts, f"{subject}.{fact}"
        if name in facts.stated and facts.state(name, row) is not None:
            return False
        return fact in given(subject) or name in facts.law.remembered

    def _note(self, subject: str, fact: str, row: int) -> tuple[str, str]:
        facts, name = self.evaluator.facts, f"{subject}.{fact}"
        id_ = facts.ids[subject][row] or (str(row) if subject not in _ONE else "")
        if (name, id_) not in self.used:
            known = given(subject).get(fact)
            kind = known.type if known else facts.law.remembered[name].type
            found = self.valued(self.evaluator.fact(subject, fact, row), kind)
            stated = any(item.fact in (name, f"{subject}.{id_}.{fact}") for item in facts.snapshot.assume)
            means = "assumed, not observed" if stated else known.means if known else "from memory"
            gives = f"unknown ({found.unknown[0].rpartition(' ')[2]})" if found.unknown else found.gives
            place = None if stated else self._place(subject, fact, row)
            self.used[name, id_] = Used(name, id_, gives, found.plain, found.unit, means, place)
        return name, id_

    def _place(self, subject: str, fact: str, row: int) -> Place | None:
        """Return where a fact was written in the snapshot's file."""
        facts = self.evaluator.facts
        if f"{subject}.{fact}" in facts.law.remembered:
            path: tuple[str | int, ...] = ("memory", subject, facts.ids[subject][row] or "-", fact)
        elif subject == "entry":
            return None
        else:
            path = (*facts.path(subject, row), fact)
        if (subject, fact) == ("market", "as_of"):
            path = ("as_of",)
        return place_of(facts.snapshot, path) if facts.snapshot.places else None
