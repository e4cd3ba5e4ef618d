"""The comparisons that a change bears on: those that it adds or takes away, or else the nearest that read it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from engine.expr.typed import Case, Compare, Fold, Logic, OneOf, Read, Typed, Within, parts
from proof.compare import Change, Comparison
from proof.compare_forms import Ref, refs
from proof.compare_parts import Part, Piece
from proof.compare_pieces import ROW
from proof.compare_reach import Reach
from proof.compare_version import Version

_DEEP: Final = 5
_CHOOSING: Final = frozenset({"where", "order_by"})


@dataclass(frozen=True, slots=True)
class Atom:
    """One comparison, or a fact that is true or false, of a piece of one version (0 the old one, 1 the new).

    `subject` is the row at hand; `folds` are the lists that the comparison is asked of, the outermost first.
    `among` is the subject whose contracts are asked, where it stands in a pick. It tells only where everything in
    `beside` is as noted there: the other terms of its condition, the test of its row in a table.
    """

    side: int
    piece: str
    subject: str
    of: Typed
    folds: tuple[Fold, ...] = ()
    among: str = ""
    beside: tuple[tuple[Typed, bool], ...] = ()


def atoms(comparison: Comparison) -> list[Atom]:
    """Return the comparisons that decisive changes bear on, each once, those of the new version first."""
    found: dict[Atom, None] = {}
    sides = (_Side(0, comparison.old), _Side(1, comparison.new))
    for change in comparison.decisive:
        own = [[*side.inside(change)] for side in sides]
        alone = [*_alone(comparison, own[0], own[1])]
        told = alone or [atom for side in sides for atom in side.reading(change)] or [*own[0], *own[1]]
        for atom in (inner for outer in told for inner in sides[outer.side].behind(outer)):
            found[atom] = None
    return sorted(found, key=lambda atom: -atom.side)


def _alone(comparison: Comparison, old: Iterable[Atom], new: Iterable[Atom]) -> Iterator[Atom]:
    """Yield the comparisons that the other side does not have."""
    matching = comparison.matching
    forms = comparison.old.forms, comparison.new.forms
    before, after = ([(atom, forms[side].of(atom.of)) for atom in each] for side, each in enumerate((old, new)))
    for atom, form in before:
        if not any(matching.same(form, other) for _, other in after):
            yield atom
    for atom, form in after:
        if not any(matching.same(other, form) for _, other in before):
            yield atom


@dataclass
class _Side:
    side: int
    version: Version
    _reach: Reach = field(init=False)

    def __post_init__(self) -> None:
        self._reach = Reach(self.version)

    def inside(self, change: Change) -> Iterator[Atom]:
        """Yield the comparisons in what has changed itself."""
        piece = change.pieces[self.side]
        if piece is not None:
            for part in (change.before, change.after)[self.side]:
                yield from self._of_part(piece, part)

    def _of_part(self, piece: Piece, part: Part) -> Iterator[Atom]:
        chosen = piece.form == "pick" and part.name in _CHOOSING
        among = self.version.law.picks[piece.name].over if chosen else ""
        for number, typed in enumerate(part.typed):
            beside = ((part.typed[0], True),) if number and part.name.startswith(ROW) else ()
            yield from self._in(Atom(self.side, piece.name, piece.subject, typed, (), among, beside))

    def _in(self, atom: Atom) -> Iterator[Atom]:
        match atom.of:
            case Compare() | Within() | OneOf():
                yield atom
            case Read(type=kind) if kind.kind == "bool":
                yield atom
            case Fold(body=body) as fold:
                yield from self._in(replace(atom, of=body, folds=(*atom.folds, fold)))
            case Logic(operator=operator, terms=terms):
                for number, term in enumerate(terms):
                    others = ((other, operator == "&&") for place, other in enumerate(terms) if place != number)
                    yield from self._in(replace(atom, of=term, beside=(*atom.beside, *others)))
            case Case(rows=rows):
                yield from self._in_rows(atom, rows)
                if atom.of.otherwise is not None:
                    missed = ((guard, False) for guard, _ in rows)
                    yield from self._in(replace(atom, of=atom.of.otherwise, beside=(*atom.beside, *missed)))
            case _:
                for part in parts(atom.of):
                    yield from self._in(replace(atom, of=part))

    def _in_rows(self, atom: Atom, rows: tuple[tuple[Typed, Typed], ...]) -> Iterator[Atom]:
        for guard, value in rows:
            yield from self._in(replace(atom, of=guard))
            yield from self._in(replace(atom, of=value, beside=(*atom.beside, (guard, True))))

    def behind(self, atom: Atom, depth: int = _DEEP) -> Iterator[Atom]:
        """Yield an atom; where it is a fact that the law gives, the comparisons behind it too."""
        yield atom
        if not isinstance(atom.of, Read) or not depth:
            return
        law, name = self.version.law, f"{atom.of.subject}.{atom.of.fact}"
        rule = law.rules.get(atom.of.fact)
        definition = (
            law.derived[name].value if name in law.derived else rule.when if rule and rule.name == name else None
        )
        if definition is not None:
            beside = atom.beside if atom.of.row == atom.of.subject == atom.subject else ()
            for inner in self._in(Atom(self.side, atom.piece, atom.of.subject, definition, beside=beside)):
                yield from self.behind(inner, depth - 1)

    def reading(self, change: Change) -> Iterator[Atom]:
        """Yield the nearest comparisons on every way up from what a piece defines."""
        piece = change.pieces[self.side]
        level = [] if piece is None else [piece]
        seen = {each.key for each in level}
        for _ in range(_DEEP):
            wanted = {ref for each in level for ref in each.defines}
            readers = {each.key: each for ref in sorted(wanted) for each in self._reach.readers.get(ref, ())}
            level = []
            for key, reader in readers.items():
                found = [] if key in seen else [*self._naming(reader, wanted)]
                yield from found
                if not found and key not in seen:
                    level.append(reader)
            seen |= readers.keys()

    def _naming(self, reader: Piece, wanted: set[Ref]) -> Iterator[Atom]:
        forms = self.version.forms
        for part in reader.parts:
            for atom in self._of_part(reader, part):
                if not wanted.isdisjoint(refs(forms.of(atom.of))):
                    yield atom
