"""Changes of given facts as a person reads them, and as JSON has them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from typing import Any, Final

from rich.console import RenderableType
from rich.text import Text

from commands.render import dim, quantity, table
from commands.tables import contract, said
from engine.calendar import moment
from engine.cells import TIME, Cell, exact, held, kind_of, limits, path
from engine.evaluate import Value, number
from engine.expr.typed import Type
from engine.flip import Change, Ends
from engine.inputs import unit_of
from engine.place import Place
from engine.rows import Facts, place_of
from engine.subjects import SINGLE, SUBJECTS, given
from engine.unmade import chosen
from engine.wording import plain, plain_number, shown

COLUMNS: Final = ("fact", "of", "is", "would do", "away", "given by", "at")


@dataclass(frozen=True)
class Speller:
    """Spells the changes of one snapshot's facts."""

    facts: Facts

    def table(self, title: str, changes: Sequence[Change]) -> RenderableType | None:
        """Return changes as a table; nothing where there are none."""
        return table(title, COLUMNS, map(self.row, changes))

    def row(self, change: Change) -> tuple[RenderableType, ...]:
        """Return a change as one line of a table with `COLUMNS`."""
        cell, place = change.cell, self.place(change.cell)
        to = Text(self._would_do(change), style="bold")
        own = place is not None and place.file == self._file()
        at = (
            "" if place is None else str(place).removeprefix(f"{place.file}:") if own else str(place).rpartition("/")[2]
        )
        return cell.name, contract(self.of(cell)), self.now(cell), to, self._away(change), _source(cell), dim(at)

    def document(self, change: Change) -> dict[str, Any]:
        """Return a change as JSON has it."""
        cell, kind, place = change.cell, kind_of(self.facts, change.cell), self.place(change.cell)
        return {
            "fact": cell.name,
            "id": self.of(cell),
            "is": plain(self._value(cell), kind),
            "to": plain(exact(change.to), kind),
            **self._ends(change.ends, kind),
            "others": [self._ends(each, kind) for each in change.others],
            "by": None if change.by is None else plain_number(change.by),
            "unit": unit_of(kind),
            "given_by": _source(cell),
            "chosen": chosen(change),
            "place": None if place is None else str(place),
        }

    def of(self, cell: Cell) -> str:
        """Return which row a fact is of; one without a name by the row above it, and its date or number."""
        if cell.subject in SINGLE:
            return str(date.fromordinal(cell.day)) if cell.day else ""
        if id_ := self.facts.ids[cell.subject][cell.row]:
            return id_
        above = SUBJECTS[cell.subject].sees[0]
        owner = self.facts.ids[above][self.facts.columns[f"{cell.subject}>{above}"][cell.row]]
        day = self.facts.columns[f"{cell.subject}.date"][cell.row] if "date" in given(cell.subject) else None
        return f"{owner} {date.fromordinal(day) if day else f'#{cell.row + 1}'}"

    def now(self, cell: Cell) -> str:
        """Return what a fact is, or why it is unknown."""
        value = self._value(cell)
        if not isinstance(value, frozenset):
            return self._shown(cell, value)
        why = self.facts.why.get((cell.subject, cell.fact, cell.row))
        return f"bad ({why})" if why else "missing"

    def place(self, cell: Cell) -> Place | None:
        """Return where a fact was written, in the snapshot's file; nothing where it was not."""
        if cell.name in self.facts.law.remembered or not self.facts.snapshot.places:
            return None
        return place_of(self.facts.snapshot, (cell.fact,) if cell == TIME else path(self.facts, cell))

    def _file(self) -> str:
        return place_of(self.facts.snapshot, ("as_of",)).file

    def spelled(self, value: object, kind: Type) -> str:
        """Return what a column holds as people read it."""
        return shown(_exact(value, kind), kind, self.facts.snapshot.calendar.zone)

    def _value(self, cell: Cell) -> Value:
        return _exact(held(self.facts, cell), kind_of(self.facts, cell))

    def _shown(self, cell: Cell, value: Value) -> str:
        """Return a value; an instant on the exchange's wall, without its date where that is the snapshot's."""
        kind, zone = kind_of(self.facts, cell), self.facts.snapshot.calendar.zone
        if kind.kind != "instant" or not isinstance(value, Fraction):
            return shown(value, kind, zone)
        there = moment(int(value * 10**kind.scale), zone).replace(tzinfo=None)
        today = moment(self.facts.columns[TIME.name][TIME.row], zone).date()
        return str(there.time() if there.date() == today else there)

    def _would_do(self, change: Change) -> str:
        """Return the nearest value that would do; of a fact that is unknown those around it, and the widest others."""
        if change.ends is None:
            return self._shown(change.cell, exact(change.to))
        near = self._between(change.cell, change.ends)
        far = max(change.others, key=partial(self._width, change.cell), default=None)
        if far is None:
            return near
        return f"{near}{', or' if len(change.others) == 1 else ' … or'} {self._between(change.cell, far)}"

    def _between(self, cell: Cell, ends: Ends) -> str:
        first, last = (None if end is None else self._shown(cell, exact(end)) for end in ends)
        if first is None or last is None:
            more = "more" if kind_of(self.facts, cell).kind == "number" else "later"
            return f"{first} or {more}" if first else f"up to {last}" if last else "any"
        return first if first == last else f"{first} up to {last}"

    def _width(self, cell: Cell, ends: Ends) -> Fraction:
        room = limits(self.facts, cell)
        first, last = (
            room.value(tick) if end is None else number(exact(end))
            for end, tick in zip(ends, (room.first, room.last), strict=True)
        )
        return last - first

    @staticmethod
    def _ends(ends: Ends | None, kind: Type) -> dict[str, Any]:
        """Return where the values that would do begin and end; nothing where they do not, or only one is told."""
        first, last = (None if end is None else plain(exact(end), kind) for end in ends or (None, None))
        return {"from": first, "until": last}

    def _away(self, change: Change) -> str:
        if change.by is None:
            return ""
        kind = kind_of(self.facts, change.cell)
        if kind.kind == "instant":
            return said(timedelta(milliseconds=int(change.by * 10**kind.scale)))
        if kind.kind == "date":
            return said(timedelta(days=int(change.by)))
        sign = "−" if change.by < 0 else "+"
        return f"{sign}{quantity(abs(change.by), unit_of(kind))}"


def _exact(value: object, kind: Type) -> Value:
    if isinstance(value, bool | str):
        return value
    return Fraction(value, 10**kind.scale) if isinstance(value, int) else frozenset()


def _source(cell: Cell) -> str:
    told = given(cell.subject).get(cell.fact)
    return "memory" if told is None else told.source
