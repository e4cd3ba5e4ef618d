"""The probes of the law's pieces: what its facts, picks and rules can come to."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from engine.decisions import KINDS
from engine.expr.typed import BOOL, Case, Const, Inverse, Logic, Typed
from engine.law.finding import Files
from engine.law.model import Constitution, Derived, Pick, Rule
from engine.subjects import SUBJECTS
from proof import coverage_points as ways
from proof.coverage_atlas import Atlas, Branch, Piece
from proof.coverage_expressions import Expressions, looked_at, never
from proof.coverage_orders import orders
from proof.coverage_points import Able, Form
from proof.coverage_rivals import rivals, rulings
from proof.coverage_unknown import Doubt


def atlas_of(law: Constitution, files: Files) -> Atlas:
    """Return every probe of a law."""
    atlas = Atlas(law, files)
    pieces = Pieces(atlas)
    for derived in law.derived.values():
        pieces.derived(derived)
    for pick in law.picks.values():
        pieces.pick(pick)
    for rule in law.rules.values():
        pieces.rule(rule)
    orders(atlas)
    rivals(atlas)
    rulings(atlas)
    return atlas


@dataclass(frozen=True)
class Pieces:
    """Reads the pieces of one law into its atlas."""

    atlas: Atlas

    @cached_property
    def doubt(self) -> Doubt:
        return Doubt(self.atlas.law)

    @cached_property
    def expressions(self) -> Expressions:
        return Expressions(self.atlas)

    def derived(self, of: Derived) -> None:
        """Note a fact that the law gives, in whatever form it is written."""
        piece, law = self.atlas.piece(of.name, of.subject, of.origin), self.atlas.law
        match of.form, of.value:
            case "table" | "ladder", Case() as table:
                self._table(of, table, piece)
            case "latch", _ if of.name in law.latches:
                self._latch(of, piece)
            case "latch", Case() as kept:
                self._kept(kept, piece)
            case "memory", value:
                self.atlas.add("memory", piece, dict.fromkeys((ways.CHANGED, ways.UNCHANGED)))
                name = of.name.removesuffix("_next")
                self.expressions.read(value, self.atlas.at(piece, "memories", name, "next"), self.atlas.here)
            case _, value:
                self.expressions.read(value, self.atlas.at(piece, "facts", of.name, "value"), self.atlas.here)

    def _table(self, of: Derived, table: Case, piece: Piece) -> None:
        """Note the rows of a table, or the levels of a ladder, and what they are when none of them applies."""
        form: Form = "level" if of.form == "ladder" else "row"
        *places, (last, rest) = self._rows(of, piece)
        *worlds, left = looked_at(table, self.atlas.here)
        branches = []
        for (text, part), here, (guard, value) in zip(places, worlds, table.rows, strict=True):
            able: Able = {ways.TAKEN: guard, ways.PASSED: Inverse(guard.at, guard)}
            branches.append(Branch(self.atlas.add(form, part, able, never(here, able), text), ways.TAKEN, ways.PASSED))
            self.expressions.read(guard, part, here)
            self.expressions.read(value, part, here and here.where(guard))
        if table.otherwise is not None:
            able = {ways.TAKEN: None}
            branches.append(Branch(self.atlas.add(form, rest, able, never(left, able), last), ways.TAKEN))
            self.expressions.read(table.otherwise, rest, left)
        self.atlas.branches[id(table)] = tuple(branches)

    def _rows(self, of: Derived, piece: Piece) -> Iterator[tuple[str, Piece]]:
        """Yield the name and the place of every row, of a ladder from the highest level down; at last of the rest."""
        law, name = self.atlas.law, of.name
        if name in law.ladders:
            yield "does not apply", self.atlas.at(piece, "ladders", name, "applies")
            for number, level in reversed([*enumerate(law.ladders[name].levels)]):
                yield f"level {level.level}, {level.name}", self.atlas.at(piece, "ladders", name, "levels", number)
            return
        for row in range(len(law.tables[name].rows)):
            yield f"row {row + 1}", self.atlas.at(piece, "tables", name, "rows", row)
        yield "otherwise", self.atlas.at(piece, "tables", name, "otherwise")

    def _latch(self, of: Derived, piece: Piece) -> None:
        here, (sets, clears) = self.atlas.here, latch_parts(of.value)
        neither = Logic(0, "&&", (Inverse(0, sets), Inverse(0, clears)))
        able: Able = {ways.SET: sets, ways.KEPT: neither, ways.CLEARED: clears}
        self.atlas.add("latch", piece, able, never(here, able))
        self.expressions.read(sets, self.atlas.at(piece, "latches", of.name, "set"), here)
        unset = here.where(sets, holds=False)
        self.expressions.read(clears, self.atlas.at(piece, "latches", of.name, "clear"), unset)

    def _kept(self, of: Case, piece: Piece) -> None:
        """Note what a latch keeps: as it was when it was set, or as it is where it is set now."""
        key = self.atlas.add("latch", piece, dict.fromkeys((ways.AS_IT_WAS, ways.AS_IT_IS)))
        self.atlas.branches[id(of)] = (Branch(key, ways.AS_IT_WAS), Branch(key, ways.AS_IT_IS))
        if of.otherwise is not None:
            self.expressions.read(of.otherwise, piece, self.atlas.here)

    def pick(self, of: Pick) -> None:
        """Note a pick: whether it is found, and what it is looked for by."""
        piece, here = self.atlas.piece(of.name, of.subject, of.origin), self.atlas.here
        self.atlas.add("pick", piece, dict.fromkeys((ways.FOUND, ways.NOTHING_FOUND)))
        self.expressions.read(of.when, self.atlas.at(piece, "picks", of.name, "when"), here)
        self.expressions.read(of.where, self.atlas.at(piece, "picks", of.name, "where"), here)
        for number, value in enumerate(of.order_by):
            self.expressions.read(value, self.atlas.at(piece, "picks", of.name, "order_by", number), here)

    def rule(self, of: Rule) -> None:
        """Note a requirement or a rule that decides, and what it asks and says."""
        piece = self.atlas.piece(of.id, of.subject, of.origin)
        (self._decides if of.decides else self._requires)(of, piece)
        self.expressions.read(of.when, self.atlas.at(piece, "rules", of.id, "when"), self.atlas.here)
        made = self.atlas.here.where(of.when)
        for name, value in of.fields.items():
            if not isinstance(value, str):
                self.expressions.read(value, self.atlas.at(piece, "rules", of.id, "with", name), made)
        if of.needs is not None:
            self.expressions.read(of.needs, self.atlas.at(piece, "rules", of.id, "needs"), self.atlas.here)

    def _requires(self, of: Rule, piece: Piece) -> None:
        able: Able = {ways.HELD: of.when, ways.FAILED: Inverse(0, of.when), ways.UNKNOWN: None}
        gone = [*never(self.atlas.here, able), *(() if self.doubt.open(of.when) else (ways.UNKNOWN,))]
        self.atlas.add("requirement", piece, able, gone)
        if ways.FAILED not in gone:
            self.atlas.add("reason", replace(piece, name=of.reason), dict.fromkeys((ways.GIVEN, ways.ALONE)))

    def _decides(self, of: Rule, piece: Piece) -> None:
        able: Able = {ways.MADE: of.when, ways.NOT_MADE: Inverse(0, of.when), ways.UNKNOWN: None}
        gone = {*never(self.atlas.here, able), *(() if self.doubt.open(of.when) else (ways.UNKNOWN,))}
        self.atlas.add("rule", piece, able, gone - ({ways.NOT_MADE} if self._contested(of) else set()))
        self.atlas.add("kind", replace(piece, name=of.kind, subject=""), {ways.DECIDED: None})

    def _contested(self, of: Rule) -> bool:
        """Return whether something can keep a rule from its decision although its condition holds."""
        seen, slot = {of.subject, *SUBJECTS[of.subject].sees}, KINDS[of.kind].slot
        others = [rule for rule in self.atlas.law.rules.values() if rule is not of]
        bound = any(not rule.decides and rule.kind == of.kind and rule.subject in seen for rule in others)
        rivals_ = (rule for rule in others if rule.decides and rule.subject == of.subject)
        return bound or (slot in self.atlas.law.arbitration and any(KINDS[rule.kind].slot == slot for rule in rivals_))


def latch_parts(of: Typed) -> tuple[Typed, Typed]:
    """Return what sets a latch, and what clears it."""
    match of:
        case Logic(terms=(sets, Logic(terms=(_, Inverse(of=clears))))):
            return sets, clears
        case _:
            return of, Const(0, value=False, type=BOOL)
