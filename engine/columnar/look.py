"""A first look at a frame: what kinds of contract it has, between what its numbers lie, and whether it is malformed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from engine.columnar.forms import Form, malformed, nothing, plausible, quick, slow
from engine.columnar.keys import KEYS, WIDE, Key
from engine.facts import Candidate, declared
from engine.place import FactError, Fault, Place
from engine.plausible import Now
from engine.sidecar import NEEDED

if TYPE_CHECKING:
    import polars

_MOST: Final = 10
_ROW: Final = "candidate.row"


@dataclass(frozen=True, slots=True)
class Span:
    """Between what a column's known values lie, and whether some are unknown; `None` where none is known."""

    ends: tuple[int, int] | None
    nullable: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What a frame has.

    Attributes:
        rows: How many.
        keys: The kinds of contract in it, each once: underlying, right and expiration, as the law's facts have them.
        spans: The ranges of the numbers and instants.
    """

    rows: int
    keys: Sequence[Key]
    spans: Mapping[str, Span]


@dataclass(frozen=True, slots=True)
class Forms:
    """How the columns of a frame are read.

    Attributes:
        frame: The frame.
        schema: Its columns.
        now: The instant that is decided, in scaled terms.
        zone: The exchange's.
        file: What faults call the frame.
        numbers: The column that says which row of the file each one is; none if the frame is the file.
        slow: The columns that are read value by value.
        known: The steps of a judgement that find nothing in this frame: (number of the step, fact).
        sure: Whether it was looked at, so that no value is in doubt.
    """

    frame: "polars.LazyFrame"
    schema: "Mapping[str, polars.DataType]"
    now: Now
    zone: ZoneInfo
    file: str
    numbers: str = ""
    slow: frozenset[str] = frozenset()
    known: frozenset[tuple[int, str]] = frozenset()
    sure: bool = False

    def form(self, name: str) -> Form:
        """Return how a fact is read."""
        if name not in self.schema:
            return nothing(declared(Candidate)[name])
        read = slow if name in self.slow else quick
        return read(name, self.schema[name], self.zone)

    def numbered(self) -> "polars.LazyFrame":
        """Return the frame with the number of each row, from 1."""
        import polars

        if self.numbers:
            return self.frame.with_columns(polars.col(self.numbers).alias(_ROW))
        return self.frame.with_row_index(_ROW, 1)

    def steps(self) -> "list[dict[str, polars.Expr]]":
        """Return what makes the facts of candidates: as they are read, judged alone, judged beside their neighbours."""
        import polars

        forms = {name: self.form(name) for name in (*KEYS, *WIDE)}
        there = {name: polars.col(f"candidate.{name}") for name in forms}
        judged = plausible(there, self.now)
        read = {name: form.sure if self.sure else form.value for name, form in forms.items()}
        return [read, *({f: e for f, e in step.items() if (n, f) not in self.known} for n, step in enumerate(judged))]

    def scaled(self, frame: "polars.LazyFrame | None" = None) -> "polars.LazyFrame":
        """Return the frame, or one of the same columns, with the facts as scaled integers, null where unknown."""
        found = self.frame if frame is None else frame
        for step in self.steps():
            found = found.with_columns(**{f"candidate.{name}": value for name, value in step.items()})
        return found


def look(forms: Forms) -> tuple[Look, Forms]:
    """Return what a frame has, and how it is read.

    Raises:
        FactError: A column is missing, or a value is not of its fact's form.
    """
    if absent := [name for name in NEEDED if name not in forms.schema]:
        place = Place(forms.file, 1, 1)
        raise FactError(Fault(place, "missing-column", f"candidates need {name!r}; add it") for name in absent)
    facts, doubts = _looked(forms)
    if doubts:
        _refuse_malformed(forms, doubts)
        forms = replace(forms, slow=doubts)
        facts, _ = _looked(forms)
    spans = {name: _span(facts, name) for name in WIDE}
    forms = replace(forms, sure=True, known=_settled(forms, facts))
    return Look(facts["rows"], _keys(forms), spans), forms


def _looked(forms: Forms) -> tuple[dict[str, Any], frozenset[str]]:
    """Return the ranges of the columns, and which of them have values that the quick way is not sure of.

    How many values are unknown is counted after each step, which says whether the step does anything.
    """
    import polars

    found, measured = forms.frame, [polars.len().alias("rows")]
    for number, step in enumerate(forms.steps()):
        named = {f"{name}.{number}": value for name, value in step.items()}
        found = found.with_columns(**{f"candidate.{name}": value for name, value in step.items()})
        found = found.with_columns(**{name: polars.col(f"candidate.{name.rpartition('.')[0]}") for name in named})
        measured += [polars.col(name).null_count().alias(f"{name}.nulls") for name in named]
    for name in WIDE:
        column = polars.col(f"candidate.{name}")
        measured += [column.min().alias(f"{name}.low"), column.max().alias(f"{name}.high")]
        measured.append(column.null_count().alias(f"{name}.nulls"))
    present = [name for name in (*KEYS, *WIDE) if name in forms.schema]
    measured += [forms.form(name).doubt.any().alias(f"{name}.doubt") for name in present]
    got = found.select(measured).collect(engine="streaming").row(0, named=True)
    return got, frozenset(name for name in present if got[f"{name}.doubt"])


def _settled(forms: Forms, found: Mapping[str, Any]) -> frozenset[tuple[int, str]]:
    """Return the steps of the judgement that make nothing unknown."""
    settled = set()
    before = {name: found[f"{name}.0.nulls"] for name in (*KEYS, *WIDE)}
    for number, step in enumerate(forms.steps()[1:]):
        for name in step:
            after = found[f"{name}.{number + 1}.nulls"]
            if after == before[name]:
                settled.add((number, name))
            before[name] = after
    return frozenset(settled)


def _span(found: Mapping[str, Any], name: str) -> Span:
    low, high = found[f"{name}.low"], found[f"{name}.high"]
    return Span(None if low is None else (low, high), bool(found[f"{name}.nulls"]))


def _keys(forms: Forms) -> list[Key]:
    import polars

    columns = [polars.col(f"candidate.{name}").alias(name) for name in KEYS]
    found = forms.scaled().select(columns).unique().sort(KEYS).collect(engine="streaming")
    _refuse_nameless(forms, found)
    return found.rows()


def _refuse_nameless(forms: Forms, keys: "polars.DataFrame") -> None:
    """Refuse words that are no words of their fact: of keys there are few, so that each is read as the engine reads."""
    faults = []
    for name in KEYS:
        if name in forms.slow or declared(Candidate)[name].type.kind != "symbol":
            continue
        values = keys[name].unique(maintain_order=True)
        for place, error in malformed(name, range(len(values)), values, forms.zone):
            faults.append(_fault(forms, name, _first_row(forms, name, values[place]), error))
    if faults:
        raise FactError(faults)


def _first_row(forms: Forms, name: str, value: object) -> int:
    import polars

    rows = forms.numbered().filter(polars.col(name).cast(polars.String).eq_missing(value))
    return int(rows.select(polars.col(_ROW).min()).collect(engine="streaming").item())


def _fault(forms: Forms, name: str, row: int, error: Any) -> Fault:  # noqa: ANN401 - a FormError
    return Fault(Place(forms.file, row, 1), error.code, f"{name}: {error}")


def _refuse_malformed(forms: Forms, doubtful: frozenset[str]) -> None:
    """Refuse the frame if the engine's own reading finds a value malformed of which the quick way was not sure."""
    faults = [fault for name in sorted(doubtful) for fault in _malformed(forms, name)]
    if faults:
        raise FactError(faults)


def _malformed(forms: Forms, name: str) -> Iterator[Fault]:
    import polars

    doubt = forms.form(name).doubt
    rows = forms.numbered().filter(doubt).select(_ROW, name)
    distinct = rows.group_by(name).agg(polars.col(_ROW).min()).sort(_ROW).collect(engine="streaming")
    for number, (row, error) in enumerate(malformed(name, distinct[_ROW].to_list(), distinct[name], forms.zone)):
        if number == _MOST:
            yield Fault(Place(forms.file, 1, 1), "malformed", f"more values of {name!r} are malformed; mend them")
            return
        yield _fault(forms, name, row, error)
