"""The batch reader: the requirements of an entry as polars expressions over very many contracts.

What the law says of the market, the accounts, their sleeves and the underlyings comes from the compiled law, asked
once for each kind of contract; what hangs on a contract's own numbers becomes columns of integers. `decide` is the
authority: this gives the same permissions and the same requirements missed, and says no more of them than their bits.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from engine.calendar import local_date, milliseconds, zone_of
from engine.columnar.emit import Emission, TooLongError
from engine.columnar.keys import KEYS, WIDE, Keyed
from engine.columnar.look import Forms, Look, look
from engine.columnar.lower import Lowering, TooLargeError, measure, type_of
from engine.columnar.readable import Readable
from engine.columnar.terms import Scalar, Sort, Term, Terms
from engine.decisions import KINDS, refusal
from engine.expr.typed import BOOL, Read
from engine.facts import Candidate, Candidates, Snapshot, declared
from engine.fill import fill
from engine.law.model import Constitution, Rule
from engine.masks import members
from engine.place import Fault, LawError, Place
from engine.plausible import Now
from engine.subjects import SUBJECTS

if TYPE_CHECKING:
    import polars

ENTRY: Final = "entry"
PERMISSION: Final = "EntryPermitted"
SLEEVE, VERDICT, MISSED, UNKNOWN = "sleeve", "verdict", "missed", "unknown"
ADDED: Final = (SLEEVE, VERDICT, MISSED, UNKNOWN)
# One bit of a 64-bit integer is its sign.
_MOST_BITS: Final = 63

_TYPES: Final = {"number": "Decimal", "instant": "Datetime", "date": "Date"}

Frame: TypeAlias = "polars.LazyFrame | polars.DataFrame"


def batch(law: Constitution, snapshot: Snapshot, kind: str = PERMISSION) -> "Batch":
    """Return what reads tables of contracts as `decide` reads the candidates of a snapshot.

    Everything but the contracts comes from the snapshot; so does what the law asks of *all* contracts on offer, for
    which the snapshot's own candidates stand.

    Args:
        law: Any law.
        snapshot: The instant, the market, the accounts.
        kind: The permission that is read.

    Raises:
        LawError: A rule cannot be read in columns; every such rule, and why.
        FactError: The snapshot states or remembers something that the law does not know.
    """
    made = Batch(law, snapshot, kind)
    if faults := [*made.hindrances()]:
        raise LawError(faults)
    return made


def contracts(candidates: Candidates) -> "polars.DataFrame":
    """Return the contracts of a snapshot as a table that a batch reads: as they were delivered, nonsense too."""
    import polars

    columns = []
    for name, fact in declared(Candidate).items():
        values = [fact.unscaled(value) for value in candidates.delivered(name)]
        kind = _TYPES.get(fact.type.kind, "String")
        if kind == "Decimal" and any(isinstance(value, str) for value in values):
            columns.append(polars.Series(name, [None if one is None else str(one) for one in values], polars.String))
            continue
        of = {"Decimal": polars.Decimal(None, fact.type.scale), "Datetime": polars.Datetime("ms", "UTC")}
        columns.append(polars.Series(name, values, of.get(kind) or getattr(polars, kind)))
    return polars.DataFrame(columns)


@dataclass
class Batch:
    """One law and one snapshot, ready for tables; `batch` makes it, and refuses what cannot be read."""

    law: Constitution
    snapshot: Snapshot
    kind: str

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The requirements of the permission; bit n is rule n."""
        return tuple(rule for rule in self.law.rules.values() if not rule.decides and rule.kind == self.kind)

    @cached_property
    def sleeves(self) -> tuple[str, ...]:
        """The ids of the sleeves for which every contract is considered, as `decide` orders them."""
        return tuple(fill(self.law, self.snapshot).ids["sleeve"])

    @cached_property
    def deciders(self) -> tuple[Rule, ...]:
        """The rules that decide an entry in the slot of the permission."""
        slot = KINDS[self.kind].slot
        rules = (rule for rule in self.law.rules.values() if rule.decides and rule.subject == ENTRY)
        return tuple(rule for rule in rules if KINDS[rule.kind].slot == slot)

    @cached_property
    def readable(self) -> Readable:
        return Readable(self.law)

    def hindrances(self) -> Iterator[Fault]:
        """Yield what cannot be read in columns, at its place."""
        read = [rule for rule in (*self.rules, *self.deciders) if rule.subject in {ENTRY, *SUBJECTS[ENTRY].sees}]
        for rule in read:
            for why in dict.fromkeys(self.readable.hindrances(rule.when)):
                yield _fault(rule, why)
        start = Place(self.snapshot.origin or "snapshot", 1, 1)
        own = [rule for rule in self.deciders if rule.kind == self.kind]
        if len(own) != 1:
            named = ", ".join(rule.id for rule in own) or "none"
            place = own[0].origin.place if own else start
            yield Fault(place, "batch", f"one rule must decide {self.kind} of an entry; there is {named}")
        if len(self.rules) >= _MOST_BITS:
            found = f"{len(self.rules)} rules require {self.kind}; a mask has room for {_MOST_BITS - 1}"
            yield Fault(self.rules[-1].origin.place, "batch", found)
        for stated in self.snapshot.assume:
            if stated.fact.partition(".")[0] in {"candidate", ENTRY}:
                yield Fault(start, "batch", f"{stated.fact} is stated of contracts; write it into their table instead")

    def forms(self, frame: Frame, file: str, numbers: str = "") -> Forms:
        """Return how the columns of a frame are read; nothing is read yet."""
        lazy, now = frame.lazy(), milliseconds(self.snapshot.as_of)
        zone = zone_of(self.snapshot.calendar.zone)
        judged = Now(now, local_date(now, zone.key), 10 ** declared(Candidate)["delta"].type.scale)
        return Forms(lazy, dict(lazy.collect_schema()), judged, zone, file, numbers)

    def look(self, frame: Frame, file: str = "candidates", numbers: str = "") -> "Reader":
        """Look at a frame once, and return what reads it, or any part of it.

        Args:
            frame: The columns of `Candidate`, in any type that a Parquet file or a CSV has; others are left alone.
            file: What faults call it.
            numbers: Its column with the rows' numbers in that file, if it is a part of it.

        Raises:
            FactError: A column is missing, or a value is malformed.
            LawError: A rule cannot be read over numbers so large, or a list so long.
        """
        seen, forms = look(self.forms(frame, file, numbers))
        return Reader(self, seen, forms)

    def lazy(self, frame: Frame, file: str = "candidates") -> "polars.LazyFrame":
        """Return a frame with one row for each contract and sleeve, as `Reader.lazy` does, after one look at it."""
        return self.look(frame, file).lazy(frame)

    @cached_property
    def chain(self) -> frozenset[str]:
        """Of what the law asks the chain that the snapshot offers, for this permission.

        Empty: of nothing. `position`: only of the underlyings that the accounts have positions in. With anything else
        in it the snapshot must offer the whole chain, or what is read here is not what `decide` would say.
        """
        read = [rule for rule in (*self.rules, *self.deciders) if rule.subject in {ENTRY, *SUBJECTS[ENTRY].sees}]
        return frozenset().union(*(self.readable.chain(rule.name, rule.subject) for rule in read))

    def codes(self, missed: int) -> tuple[str, ...]:
        """Return the reasons of a mask, as `decide` names them, each once."""
        return tuple(dict.fromkeys(rule.reason for rule in members(missed, self.rules)))

    def ids(self, mask: int) -> tuple[str, ...]:
        """Return the rules of a mask."""
        return tuple(rule.id for rule in members(mask, self.rules))


def _fault(rule: Rule, why: str) -> Fault:
    return Fault(rule.origin.place, "batch", f"rule '{rule.id}' cannot be read in batches because {why}")


@dataclass
class Reader:
    """Reads a frame that was looked at: expressions made for what is in it."""

    batch: Batch
    seen: Look
    forms: Forms
    _answers: dict[tuple[Any, ...], Term] = field(default_factory=dict)
    _columns: dict[str, "polars.Series"] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.terms = Terms()
        self.keyed = Keyed.of(self.batch.law, self.batch.snapshot, self.seen.keys)
        wide = {name: self._measured(name) for name in WIDE}
        self.emission = Emission(self.keyed, self.batch.readable, self.terms, wide, self._answered, self._known)
        wanted: dict[str, Term] = {}
        masks = self._masks()
        for sleeve in self.batch.sleeves:
            for name, term in zip((VERDICT, MISSED, UNKNOWN), masks[sleeve], strict=True):
                wanted[f"{sleeve}.{name}"] = term
        self.lowering = Lowering(wanted)

    def _measured(self, name: str) -> Term:
        """Return a column of contracts as a term; one that is the same everywhere is a literal."""
        span = self.seen.spans[name]
        if span.ends is None:
            return self.terms.unknown("number")
        if span.ends[0] == span.ends[1] and not span.nullable:
            return self.terms.literal(span.ends[0], "number")
        return self.terms.column(f"candidate.{name}", "number", span.ends, nullable=span.nullable)

    def _answered(self, values: Sequence[Scalar], sort: Sort) -> Term:
        """Return a value for each kind of contract as a term: a column of the table that is joined, or a literal."""
        if all(value == values[0] for value in values[1:]) and values:
            return self.terms.literal(values[0], sort)
        if not values:
            return self.terms.unknown(sort)
        key = (sort, *values)
        if key not in self._answers:
            self._answers[key] = self._column(values, sort)
        return self._answers[key]

    def _column(self, values: Sequence[Scalar], sort: Sort) -> Term:
        import polars

        name = f"batch.key.{len(self._columns)}"
        known = [value for value in values if value is not None]
        numbers = [int(value) for value in known if not isinstance(value, str)] if sort == "number" else [0]
        span = (min(numbers), max(numbers))
        self._columns[name] = polars.Series(name, values, type_of(sort, *span))
        return self.terms.column(name, sort, span, nullable=len(known) < len(values))

    def _known(self, term: Term) -> Sequence[Any] | None:
        """Return what a term is for each kind of contract, if the kind says it."""
        if term.does == "literal":
            return [term.value] * len(self.seen.keys)
        if term.does == "column" and str(term.value) in self._columns:
            return self._columns[str(term.value)].to_list()
        return None

    def _masks(self) -> dict[str, tuple[Term, Term, Term]]:
        """Return for each sleeve whether it is permitted, what is missed, and what of that is unknown."""
        conditions = {sleeve: self._conditions(sleeve) for sleeve in self.batch.sleeves}
        each = [{id(term) for _, term in own} for own in conditions.values()]
        shared = set.intersection(*each) if each[1:] else set[int]()
        return {sleeve: self._mask(sleeve, own, shared) for sleeve, own in conditions.items()}

    def _conditions(self, sleeve: str) -> list[tuple[int, Term]]:
        found = []
        for bit, rule in enumerate(self.batch.rules):
            if rule.subject != ENTRY and rule.subject not in SUBJECTS[ENTRY].sees:
                continue
            found.append((1 << bit, self._condition(rule, sleeve)))
        return found

    def _condition(self, rule: Rule, sleeve: str) -> Term:
        """Return whether a requirement holds of a contract for a sleeve; what binds the contract alone, for all."""
        near = {"candidate", *SUBJECTS["candidate"].sees}
        of = Read(0, rule.subject, rule.id, rule.subject, BOOL, rule.nullable)
        try:
            found = self.emission.truth(of, "" if rule.subject in near else sleeve)
            measure(found, self._seen)
        except TooLongError as error:
            raise LawError([_fault(rule, str(error))]) from None
        except TooLargeError:
            raise LawError([_fault(rule, "its numbers need more than 128 bits over this table")]) from None
        return found

    def _mask(self, sleeve: str, own: Sequence[tuple[int, Term]], shared: set[int]) -> tuple[Term, Term, Term]:
        terms, speaks = self.terms, self._speaks(sleeve)
        own = [*own, (1 << len(self.batch.rules), terms.either([speaks, terms.inverse(terms.missing(speaks))]))]
        own = [(bit, self._doubted(term) if bit >> len(self.batch.rules) else term) for bit, term in own]
        missed = self._bits(own, shared, unknown=False)
        unknown = self._bits(own, shared, unknown=True)
        permitted = terms.is_zero(missed)
        silent = terms.both([terms.inverse(terms.missing(speaks)), terms.inverse(speaks)])
        return terms.choose(silent, terms.unknown("truth"), permitted), missed, unknown

    def _doubted(self, speaks: Term) -> Term:
        """Return true where a rule is known to speak or to be silent, unknown where nobody can say."""
        return self.terms.choose(self.terms.missing(speaks), self.terms.unknown("truth"), self.terms.true)

    def _bits(self, own: Sequence[tuple[int, Term]], shared: set[int], *, unknown: bool) -> Term:
        """Return the bits of what does not hold; those of contracts alone are collected once for all sleeves."""
        terms, zero, total = self.terms, self.terms.literal(0, "number"), self.terms.literal(0, "number")
        wide = [(bit, term) for bit, term in own if self._known(term) is None]
        for alike in (True, False):
            of_terms: dict[int, tuple[int, Term]] = {}
            for bit, term in wide:
                if (id(term) in shared) is alike:
                    asked = terms.missing(term) if unknown else term
                    of_terms[id(asked)] = (of_terms.get(id(asked), (0, asked))[0] | bit, asked)
            for bits, asked in of_terms.values():
                one = terms.literal(bits, "number")
                ends = (one, zero) if unknown else (zero, one)
                total = terms.add(total, terms.choose(asked, *ends))
        return terms.add(total, self._narrow_bits(own, unknown=unknown))

    def _narrow_bits(self, own: Sequence[tuple[int, Term]], *, unknown: bool) -> Term:
        """Return the bits that are the same for all contracts of a kind."""
        bits = [0] * len(self.seen.keys)
        for bit, term in own:
            for place, value in enumerate(self._known(term) or ()):
                if value is None if unknown else value is not True:
                    bits[place] |= bit
        return self._answered(bits, "number")

    def _speaks(self, sleeve: str) -> Term:
        """Return whether the rule that decides speaks of a contract; others must be silent."""
        for rule in self.batch.deciders:
            if rule.kind != self.batch.kind:
                other = self.emission.truth(rule.when, sleeve)
                if other is not self.terms.false:
                    raise LawError([_fault(rule, f"it could decide {rule.kind} of the same contracts")])
        rule = next(rule for rule in self.batch.deciders if rule.kind == self.batch.kind)
        return self.emission.truth(rule.when, sleeve)

    def wide(self, frame: Frame) -> "polars.LazyFrame":
        """Return a frame with three columns more for each sleeve: whether it is permitted, missed, unknown.

        They are called `A1/gen.verdict` and so on; `verdict` is true, false, or null where the law decides nothing.

        Args:
            frame: The one that was looked at, or rows of it.
        """
        import polars

        found = self.forms.scaled(frame.lazy())
        used = [name for name in self._columns if name in _named(self.lowering.wanted.values())]
        if used:
            table = polars.DataFrame([self._slots(), *(self._columns[name] for name in used)])
            slotted = found.with_columns(self._slot().alias(_SLOT))
            found = slotted.join(table.lazy(), on=_SLOT, how="left", maintain_order="left")
        for step in self.lowering.steps:
            found = found.with_columns(**step)
        return found.select(*self.forms.schema, *self.lowering.wanted)

    def lazy(self, frame: Frame) -> "polars.LazyFrame":
        """Return a row for each contract and sleeve: the frame's columns, `sleeve`, `verdict`, `missed`, `unknown`.

        `verdict` is the name of a decision, or null where the law decides nothing; the masks have bit n where
        requirement n does not hold, or is unknown.
        """
        return self.long(self.wide(frame))

    def long(self, wide: Frame) -> "polars.LazyFrame":
        """Return what `wide` gives, or rows of it, as `lazy` does: sleeve by sleeve."""
        import polars

        return polars.concat([self._of_sleeve(wide.lazy(), sleeve) for sleeve in self.batch.sleeves])

    def _of_sleeve(self, wide: "polars.LazyFrame", sleeve: str) -> "polars.LazyFrame":
        import polars

        kind = self.batch.kind
        words, ids = polars.Enum([kind, refusal(kind)]), polars.Enum(self.batch.sleeves)
        permitted = polars.col(f"{sleeve}.{VERDICT}")
        said = polars.when(permitted).then(polars.lit(kind, words)).otherwise(polars.lit(refusal(kind), words))
        return wide.select(
            *self.forms.schema,
            polars.lit(sleeve, ids).alias(SLEEVE),
            polars.when(permitted.is_not_null()).then(said).alias(VERDICT),
            polars.col(f"{sleeve}.{MISSED}").alias(MISSED),
            polars.col(f"{sleeve}.{UNKNOWN}").alias(UNKNOWN),
        )

    def _codes(self, name: str) -> tuple[list[Any], "polars.Expr"]:
        """Return the values of a key in their order, and the place of a row's among them."""
        import polars

        values = sorted({key[KEYS.index(name)] for key in self.seen.keys} - {None})
        column = polars.col(f"candidate.{name}")
        if not values or isinstance(values[0], int):
            low = values[0] if values else 0
            last = (values[-1] - low + 1) if values else 0
            return [*range(low, low + last), None], (column - low).fill_null(last)
        if not values[1:]:
            return values, polars.lit(0, polars.Int64)
        return values, column.cast(polars.Enum(values), strict=False).to_physical().cast(polars.Int64)

    def _slot(self) -> "polars.Expr":
        """Return the number of a row's kind of contract: its keys, one a digit."""
        import polars

        slot = polars.lit(0, polars.Int64)
        for name in KEYS:
            values, place = self._codes(name)
            slot = slot * len(values) + place
        return slot

    def _slots(self) -> "polars.Series":
        import polars

        digits = [{value: place for place, value in enumerate(self._codes(name)[0])} for name in KEYS]
        found = []
        for key in self.seen.keys:
            slot = 0
            for places, value in zip(digits, key, strict=True):
                slot = slot * len(places) + places[value]
            found.append(slot)
        return polars.Series(_SLOT, found, polars.Int64)


_SLOT: Final = "batch.slot"


def _named(terms: Mapping[str, Term] | Any) -> set[str]:  # noqa: ANN401
    left, found, seen = [*terms], set[str](), set[int]()
    while left:
        term = left.pop()
        if id(term) in seen:
            continue
        seen.add(id(term))
        if term.does == "column":
            found.add(str(term.value))
        left.extend(term.of)
    return found
