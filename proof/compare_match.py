"""Which piece of one version is which of the other: by name, and where names were changed by what they say.

A number stands for what a name says with everything behind it: a fact under another name has the same one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from proof.compare_forms import Form, Ref, resolved
from proof.compare_parts import Piece
from proof.compare_pieces import ROW
from proof.compare_version import Key, Version

# What verdicts remember goes by its name: under another one it is another memory.
KEPT: Final = frozenset({"latch", "memory"})
_DECIDING: Final = frozenset({"fact", "table", "ladder", "pick", "rule", "choice", "share", *KEPT})


@dataclass
class Numbers:
    """Numbers for what the names of one version say; two versions that share `known` have the same for the same."""

    version: Version
    known: dict[Form, int]
    renamed: Mapping[str, str] = field(default_factory=dict)
    _memo: dict[Ref, int] = field(default_factory=dict)

    def of(self, form: Form) -> int:
        """Return the number of a form."""
        return self.known.setdefault(resolved(form, self._named), len(self.known))

    def _named(self, ref: Ref) -> int:
        if ref not in self._memo:
            self._memo[ref] = self.of((ref.space, self._says(ref)))
        return self._memo[ref]

    def _says(self, ref: Ref) -> Form:
        """Return what a name stands for; of a parameter and of what is remembered the name itself counts."""
        law, forms = self.version.law, self.version.forms
        match ref.space:
            case "fact" if ref.name in law.derived:
                of = law.derived[ref.name]
                bad = "own" if of.bad == f"{of.fact}_not_positive" else of.bad
                return (of.subject, bad, forms.of(of.value))
            case "fact":
                rule = law.rules[ref.name.partition(".")[2]]
                return (rule.subject, None, forms.of(rule.when))
            case "pick":
                pick = law.picks[ref.name]
                return (pick.subject, pick.over, tuple(map(forms.of, (pick.when, pick.where, *pick.order_by))))
            case "rule":
                return shape(self.version.pieces["rule", ref.name])
            case "memory":
                return ref.name
            case "parameter":
                return self.renamed.get(ref.name, ref.name)


def shape(piece: Piece) -> Form:
    """Return all that a piece says; the rows of a table count in their order where the first one applies."""
    rows = tuple(part.form for part in piece.parts if part.name.startswith(ROW))
    said = (part for part in piece.parts if part.layer == "meaning" and not part.name.startswith(ROW))
    ordered = "hit" in piece.by_name and piece.by_name["hit"].form is True
    others = frozenset((part.name, part.form) for part in said)
    return (piece.form, piece.subject, others, rows if ordered else frozenset(rows))


@dataclass
class Matching:
    """What of one version is what of another: `pairs` by piece, `names` by what others read."""

    old: Version
    new: Version
    names: dict[Ref, Ref] = field(default_factory=dict)
    pairs: dict[Key, Key] = field(default_factory=dict)
    _numbers: tuple[Numbers, Numbers] = field(init=False)
    _plain: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        """Match parameters first, for all else reads them; then what says the same, then the rest by name."""
        before, after = self.old.pieces, self.new.pieces
        self._take(_parameters(before, after))
        known: dict[Form, int] = {}
        renamed = {old.name: new.name for old, new in self.names.items()}
        self._numbers = Numbers(self.old, known, renamed), Numbers(self.new, known)
        self._take([(key, key) for key in before if key in after and shape(before[key]) == shape(after[key])])
        self._take(_exchanged(*self._left()))
        self._take([(key, key) for key in before if key in after and key not in self.pairs])
        while found := self._renamed():
            self._take(found)
        self._plain = all(old == new for old, new in self.names.items())

    def same(self, old: Form, new: Form) -> bool:
        """Return whether forms say the same of names that match, or of names that say the same themselves."""
        if self._plain and old == new:
            return True
        before, after = self._numbers
        return self._mapped(old) == resolved(new, _itself) or before.of(old) == after.of(new)

    def _mapped(self, form: Form) -> Form:
        return resolved(form, lambda ref: self.names.get(ref, ref))

    def _left(self) -> tuple[dict[Key, int], dict[Key, int]]:
        """Return the pieces of either side that have no other yet, and may have another name, by their numbers."""
        taken = {*self.pairs}, {*self.pairs.values()}
        before, after = (
            {
                key: numbers.of(shape(piece))
                for key, piece in numbers.version.pieces.items()
                if key not in there and piece.form in _DECIDING - KEPT
            }
            for numbers, there in zip(self._numbers, taken, strict=True)
        )
        return before, after

    def _take(self, found: Iterable[tuple[Key, Key]]) -> None:
        for old, new in found:
            self.pairs[old] = new
            self.names.update(_defined(self.old.pieces[old], self.new.pieces[new]))

    def _renamed(self) -> list[tuple[Key, Key]]:
        """Return the pieces that say under another name what they said, as far as names are matched."""
        taken = {*self.pairs.values()}
        free: dict[Form, list[Key]] = {}
        for key, piece in self.new.pieces.items():
            if key not in taken and piece.form in _DECIDING:
                free.setdefault(_apart(piece, {}), []).append(key)
        gone = [piece for key, piece in self.old.pieces.items() if key not in self.pairs and piece.form in _DECIDING]
        alike = ((piece.key, free.get(_apart(piece, self.names))) for piece in gone)
        return [(key, others.pop(0)) for key, others in alike if others]


def _apart(piece: Piece, names: Mapping[Ref, Ref]) -> Form:
    """Return what a piece says under other names, its own left out: a latch reads what it was itself."""
    own = {ref: ("own", number) for number, ref in enumerate(piece.defines)}
    return resolved(shape(piece), lambda ref: own.get(ref) or names.get(ref, ref))


def _itself(ref: Ref) -> Form:
    return ref


def _defined(old: Piece, new: Piece) -> dict[Ref, Ref]:
    """Return the names that one piece defines, by those that another does."""
    return dict(zip(old.defines, new.defines, strict=False))


def _parameters(old: Mapping[Key, Piece], new: Mapping[Key, Piece]) -> Iterator[tuple[Key, Key]]:
    """Yield the parameters of one name; then those of the same value, unit and items that have names of their own."""
    before, after = ({key: piece for key, piece in side.items() if piece.form == "parameter"} for side in (old, new))
    yield from ((key, key) for key in before if key in after)
    free = {key: _value(piece) for key, piece in after.items() if key not in before}
    for key, piece in before.items():
        found = next((other for other, value in free.items() if value == _value(piece)), None)
        if key not in after and found is not None and not piece.by_name["room"].form:
            del free[found]
            yield key, found


def _value(piece: Piece) -> Form:
    return tuple((part.name, part.form) for part in piece.parts if part.layer in ("meaning", "reference"))


def _exchanged(old: Mapping[Key, int], new: Mapping[Key, int]) -> list[tuple[Key, Key]]:
    """Return the pieces that say the same under other names, none of them in the place of one that lost its own."""
    found: dict[Key, Key] = {}
    for key, number in old.items():
        others = (other for other in new if new[other] == number and other[0] == key[0] and other not in found.values())
        first = next(others, None)
        if first is not None:
            found[key] = first
    while displaced := [
        key for key, other in found.items()
        if (key in new and key not in found.values()) or (other in old and other not in found)
    ]:  # fmt: skip
        for key in displaced:
            del found[key]
    return [*found.items()]
