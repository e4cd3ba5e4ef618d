"""The slow reading of the law once more, in the order of the text, noting what it comes by.

A term of `&&` is read only where those before it do not settle the answer, and a row of a table that takes the first
that applies only where those above it do not. So what is noted is what an answer hung on, not all that was at hand.
"""

from dataclasses import KW_ONLY, dataclass, field
from fractions import Fraction

from engine.evaluate import Evaluator, Rows, Value, blamed
from engine.expr.typed import Case, Compare, Logic, OneOf, Typed, Within
from engine.law.ranges import exact
from proof import coverage_points as ways
from proof.coverage_atlas import Branch
from proof.coverage_expressions import word_of
from proof.coverage_pieces import latch_parts
from proof.coverage_points import Key
from proof.coverage_tally import Tally
from proof.coverage_tick import tick


@dataclass
class Recorder(Evaluator):
    """Evaluates typed expressions on the tables of one case, and notes in a tally what it shows."""

    _: KW_ONLY
    tally: Tally
    _looked: set[tuple[str, int]] = field(default_factory=set)

    def _logic(self, of: Logic, rows: Rows) -> Value:
        decisive = of.operator == "||"
        values: list[Value] = []
        for term in of.terms:
            value = self.value(term, rows)
            if value is decisive:
                return decisive
            values.append(value)
        return blamed(values) or not decisive

    def _case(self, of: Case, rows: Rows) -> Value:
        branches = self.tally.atlas.branches.get(id(of))
        if branches is None:
            return super()._case(of, rows)
        chosen, doubtful = self._rows(of, branches, rows)
        if chosen is not None:
            return self.value(chosen, rows)
        return blamed(doubtful) if doubtful else super()._case(of, rows)

    def _rows(self, of: Case, branches: tuple[Branch, ...], rows: Rows) -> tuple[Typed | None, list[Value]]:
        """Return the value of the row that applies, or what leaves open which one does."""
        chosen, taken = of.otherwise, len(of.rows)
        doubtful: list[Value] = []
        for number, (test, value) in enumerate(of.rows):
            holds = self.value(test, rows)
            if holds is True:
                chosen, taken = value, number
            elif holds is False:
                self._mark(branches[number].key, branches[number].passed)
            else:
                doubtful.append(holds)
            if of.first and holds is not False:
                break
        if taken < len(of.rows):
            doubtful = []
        if not doubtful and taken < len(branches):
            self._mark(branches[taken].key, branches[taken].taken)
        return None if doubtful else chosen, doubtful

    def _mark(self, key: Key, way: str | None) -> None:
        if way is not None:
            self.tally.mark(key, way)

    def _first_known(self, options: tuple[Typed, ...], rows: Rows) -> Value:
        value: Value = frozenset()
        for option in options:
            value = self.value(option, rows)
            key = self.tally.atlas.options.get(id(option))
            if key is not None:
                self._mark(key, ways.PASSED if isinstance(value, frozenset) else ways.TAKEN)
            if not isinstance(value, frozenset):
                return value
        return value

    def _strict(self, of: Typed, rows: Rows) -> Value:
        value = super()._strict(of, rows)
        if isinstance(value, bool):
            match of:
                case Compare():
                    self._compared(of, rows, holds=value)
                case Within():
                    self._ends(of, rows)
                case OneOf():
                    self._listed(of, rows, holds=value)
                case _:
                    pass
        return value

    def _compared(self, of: Compare, rows: Rows, *, holds: bool) -> None:
        key = self.tally.atlas.compared.get(id(of))
        if key is None:
            return
        if key.form == "equality":
            self.tally.mark(key, ways.EQUAL if holds is (of.operator == "==") else ways.UNEQUAL)
        elif key not in self.tally.settled:
            left, right = self.value(of.left, rows), self.value(of.right, rows)
            if isinstance(left, Fraction) and isinstance(right, Fraction):
                step = max(tick(self, of.left, rows), tick(self, of.right, rows))
                self.tally.beside(key, left - right, step)

    def _ends(self, of: Within, rows: Rows) -> None:
        value = self.value(of.of, rows)
        for key, end in self.tally.atlas.edges.get(id(of), ()):
            if isinstance(value, Fraction) and key not in self.tally.settled:
                self.tally.beside(key, value - end.exact, tick(self, of.of, rows))

    def _listed(self, of: OneOf, rows: Rows, *, holds: bool) -> None:
        key = self.tally.atlas.listed.get(id(of))
        if key is not None:
            value = self.value(of.of, rows)
            named = (word_of(item) for item in of.items if value == exact(item))
            self.tally.mark(key, next(named) if holds else ways.NONE_OF_THEM)

    def _derived(self, name: str, row: int) -> Value:
        value = super()._derived(name, row)
        if name in self.facts.law.latches and isinstance(value, bool):
            self._latched(name, row, holds=value)
        return value

    def _latched(self, name: str, row: int, *, holds: bool) -> None:
        derived, before = self.facts.law.derived[name], self.facts.columns[f"{name}_before"][row]
        key = Key("latch", name)
        if before is False and holds:
            self.tally.mark(key, ways.SET)
        elif before and not holds:
            self.tally.mark(key, ways.CLEARED)
        elif before and self.value(latch_parts(derived.value)[0], self.rows(derived.subject, row)) is False:
            self.tally.mark(key, ways.KEPT)

    def _picked(self, name: str, rows: Rows) -> int | None:
        row = rows[name.partition(".")[0]]
        if row is not None:
            self.look(name, row)
        return super()._picked(name, rows)

    def _found(self, name: str, row: int) -> Value:
        self.look(name, row)
        return super()._found(name, row)

    def look(self, name: str, row: int) -> None:
        """Read what a pick asks of every contract on offer, once for a row."""
        if (name, row) in self._looked:
            return
        self._looked.add((name, row))
        pick = self.facts.law.picks[name]
        rows = self.rows(pick.subject, row)
        if self.value(pick.when, rows) is not True:
            return
        kids = self.children(pick.over, rows[pick.over], "candidates")
        for kid in () if isinstance(kids, frozenset) else kids:
            inner = {**rows, "candidate": kid}
            if self.value(pick.where, inner) is True:
                for value in pick.order_by:
                    self.value(value, inner)
        found = self.facts.columns[f"{name}_found"][row]
        if found is not None:
            self.tally.mark(Key("pick", name), ways.FOUND if found else ways.NOTHING_FOUND)
