"""Given facts one by one: which of them can be otherwise, between what, and a snapshot in which one is."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, TypeAlias

from pydantic import BaseModel

from engine import facts as models
from engine.calendar import milliseconds, moment
from engine.evaluate import Exact, number
from engine.expr.typed import Type
from engine.facts import Assumption, Candidates, Snapshot, declared
from engine.fields import MOST_DIGITS, Fact
from engine.plausible import REASONS, Now, beside, delivered, doubts, judged, shared
from engine.rows import Facts, Path
from engine.series import Series
from engine.shift import moved
from engine.subjects import SINGLE, SUBJECTS, given

Plain: TypeAlias = Decimal | date | datetime | bool | str
_MOVING: Final = frozenset({"number", "date", "instant"})
_PROPOSED: Final[Mapping[str, str]] = {"contracts": "contracts", "buys": "side"}
_BUYS: Final[Mapping[object, str]] = {True: "buy", False: "sell"}
_SECOND: Final = 1000
_EXPIRATION, _QUOTED = "expiration", "quoted_at"  # one beside the other: what an instant may be too late for
_MONTH: Final = timedelta(weeks=4)  # a date is asked day by day
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1).toordinal(), date(2199, 12, 31).toordinal()  # as a file may write one
_WEEK: Final = timedelta(weeks=1) // timedelta(milliseconds=1)  # the law's cadence: farther away all else is otherwise


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One given fact of one row; of a series the close of one `day`. With the time every observation moves."""

    subject: str
    fact: str
    row: int
    day: int = 0

    @property
    def name(self) -> str:
        return f"{self.subject}.{self.fact}"


TIME: Final = Cell("market", "as_of", 0)
EXPIRED: Final = "expired"


@dataclass(frozen=True, slots=True)
class Span:
    """The ticks that a fact can have: numbers in the last decimal that is kept, dates in days, times in seconds."""

    first: int
    last: int
    under: int

    def value(self, tick: int) -> Fraction:
        """Return what a tick is worth, as expressions have it."""
        return Fraction(tick, self.under)


def can_move(facts: Facts, cell: Cell) -> bool:
    """Return whether a fact could be otherwise: no name, in a row that was delivered, a number, word, date or time."""
    told, name = given(cell.subject).get(cell.fact), cell.name
    if told is None:
        return name in facts.law.remembered and _remembered(facts, cell) and _moves(facts, cell)
    if told.names or (_assumed(facts, cell) and not facts.ids[cell.subject][cell.row] and cell.subject not in SINGLE):
        return False
    if cell.subject == "entry":
        return bool(facts.columns["entry.proposed"][cell.row])
    delivered = cell.subject in SINGLE or facts.written[cell.subject][cell.row] is not None
    return delivered and _moves(facts, cell)


def _remembered(facts: Facts, cell: Cell) -> bool:
    """Return whether something was remembered, or that nothing was; what a latch keeps only while it holds."""
    item = facts.law.remembered[cell.name]
    if item.type.divided or facts.snapshot.memory is None:
        return False
    before = f"{item.latch}_before"
    return item.latch is None or cell.name == before or bool(facts.columns[before][cell.row])


def _moves(facts: Facts, cell: Cell) -> bool:
    return kind_of(facts, cell).kind in _MOVING or bool(words(facts, cell))


def kind_of(facts: Facts, cell: Cell) -> Type:
    """Return a fact's type; of a series that of its closes."""
    told = given(cell.subject).get(cell.fact)
    kind = facts.law.remembered[cell.name].type if told is None else told.type
    return replace(kind, kind="number") if kind.kind == "series" else kind


def words(facts: Facts, cell: Cell) -> tuple[bool | str, ...]:
    """Return every value of a flag or of a word of a closed list."""
    kind = kind_of(facts, cell)
    return (False, True) if kind.kind == "bool" else tuple(sorted(kind.words))


def observed(subject: str, fact: str) -> bool:
    """Return whether a fact is the instant of an observation, which moves with the time."""
    told = given(subject).get(fact)
    return told is not None and told.type.kind == "instant"


def expires(facts: Facts, subject: str, fact: str, row: int) -> int | None:
    """Return the day after which an expiration that was delivered cannot be true; of other facts nothing."""
    if fact != _EXPIRATION or _QUOTED not in given(subject):
        return None
    if facts.why.get((subject, fact, row)) == EXPIRED:
        return int(number(_written(facts, Cell(subject, fact, row)) or 0))
    day: int | None = facts.columns[f"{subject}.{fact}"][row]
    return day


def _written(facts: Facts, cell: Cell) -> Exact | None:
    """Return what the snapshot has of a fact, doubted or not; nothing where it is unknown, or nonsense by itself."""
    model: Any = facts.snapshot
    for step in facts.path(cell.subject, cell.row):
        if isinstance(model, Candidates):
            at = (cell.fact, int(step))
            value = model.found.get(at) if model.implausible.get(at) in REASONS else model.columns[at[0]][at[1]]
            return Fraction(value, 10 ** kind_of(facts, cell).scale) if isinstance(value, int) else value
        model = model[step] if isinstance(step, int) else getattr(model, str(step))
    found = delivered(getattr(model, cell.fact))
    return None if found is None else exact(found)


def beside_it(facts: Facts, cell: Cell) -> tuple[Cell, ...]:
    """Return the facts beside which one is doubted: with another value of theirs it might not be."""
    if not shared(facts.why.get((cell.subject, cell.fact, cell.row), "")):
        return ()
    others = (replace(cell, fact=fact) for fact in beside(cell.fact) if fact != cell.fact)
    return tuple(other for other in others if can_move(facts, other) and not _assumed(facts, other))


def believed(facts: Facts, cell: Cell) -> dict[Cell, Exact]:
    """Return the facts that are doubted beside one, as they are where it has a value beside which they are not."""
    others = (replace(cell, fact=fact) for fact in beside(cell.fact) if fact != cell.fact)
    found = {other: _written(facts, other) for other in others if cell in beside_it(facts, other)}
    return {other: value for other, value in found.items() if value is not None}


def held(facts: Facts, cell: Cell) -> Any:  # noqa: ANN401 - a number as an integer, a word, a flag, or None
    """Return what a column holds of a fact, scaled; `None` where it is unknown."""
    value = facts.columns[cell.name][cell.row]
    return dict(zip(value.days, value.closes, strict=True)).get(cell.day) if isinstance(value, Series) else value


def span(facts: Facts, cell: Cell) -> Span:
    """Return the ticks that a number, date or time can have."""
    kind, sign = kind_of(facts, cell), _sign(cell)
    now = facts.columns["market.as_of"][0]
    if cell == TIME:
        return Span((now - _WEEK) // _SECOND, (now + _WEEK) // _SECOND, 1)
    if kind.kind == "instant":
        remembered = cell.name in facts.law.remembered
        return Span(0, milliseconds(datetime.max.replace(tzinfo=UTC)) // _SECOND if remembered else now // _SECOND, 1)
    if kind.kind == "date":
        middle = held(facts, cell) or moment(now, facts.snapshot.calendar.zone).toordinal()
        return Span(middle - _MONTH.days, middle + _MONTH.days, 1)
    most = 10 ** (MOST_DIGITS + kind.scale) - 1
    return Span({"positive": 1, "not_negative": 0}.get(sign, -most), most, 10**kind.scale)


def limits(facts: Facts, cell: Cell) -> Span:
    """Return all the ticks that a fact can have, also those at which nobody looks for a change."""
    return Span(_FIRST_DAY, _LAST_DAY, 1) if kind_of(facts, cell).kind == "date" else span(facts, cell)


def start(facts: Facts, cell: Cell) -> Fraction | None:
    """Return where a fact stands, in ticks; `None` where it is unknown."""
    value = held(facts, cell)
    if value is None:
        return None
    return Fraction(value, _SECOND if kind_of(facts, cell).kind == "instant" else 1)


def usual(facts: Facts, cell: Cell) -> int:
    """Return the tick near which a fact that is unknown is looked for: zero, today, or now."""
    kind, room, now = kind_of(facts, cell).kind, span(facts, cell), facts.columns["market.as_of"][0]
    if kind == "date":
        return moment(now, facts.snapshot.calendar.zone).toordinal()
    return min(max(now // _SECOND if kind == "instant" else 0, room.first), room.last)


def plain(facts: Facts, cell: Cell, tick: int) -> Plain:
    """Return the value at a tick as a snapshot holds it."""
    kind = kind_of(facts, cell)
    if kind.kind == "instant":
        return moment(tick * _SECOND).astimezone(UTC)
    return date.fromordinal(tick) if kind.kind == "date" else Decimal(f"{tick}E-{kind.scale}")


def exact(value: Plain) -> Exact:
    """Return a plain value as expressions have it."""
    match value:
        case bool() | str():
            return value
        case datetime():
            return Fraction(milliseconds(value), _SECOND)
        case date():
            return Fraction(value.toordinal())
        case Decimal():
            return Fraction(value)


def doubting(facts: Facts, cell: Cell) -> Callable[[Exact], bool]:
    """Return what says of values whether they could not be true beside the others of the row, or at this time."""
    if cell.day or cell == TIME or cell.fact not in given(cell.subject) or not judged(cell.fact):
        return lambda _: False
    columns = {fact: [_written(facts, replace(cell, fact=fact))] for fact in beside(cell.fact) if fact != cell.fact}
    instant = facts.columns[TIME.name][TIME.row]
    today = moment(instant, facts.snapshot.calendar.zone).toordinal()
    now = Now(Fraction(instant, _SECOND), today, 1)
    return lambda value: any(doubts({**columns, cell.fact: [value]}, now))


def changed(facts: Facts, change: Mapping[Cell, Plain]) -> Snapshot:
    """Return the snapshot with some facts otherwise, judged anew."""
    snapshot = facts.snapshot
    for cell, value in sorted(change.items(), key=lambda item: item[0] == TIME):
        snapshot = _changed(facts, snapshot, cell, value)
    return snapshot.judged()


def _changed(facts: Facts, snapshot: Snapshot, cell: Cell, value: Plain) -> Snapshot:
    if cell == TIME and isinstance(value, datetime):
        return moved(snapshot, value)[0]
    if cell.name in facts.law.remembered:
        return snapshot.model_copy(update={"memory": _remembering(facts, snapshot, cell, value)})
    if _assumed(facts, cell):
        id_ = facts.ids[cell.subject][cell.row]
        stated = Assumption(fact=".".join(part for part in (cell.subject, id_, cell.fact) if part), value=value)
        return snapshot.model_copy(update={"assume": (*snapshot.assume, stated)})
    route = path(facts, cell)
    if route[0] == "candidates":
        return snapshot.model_copy(update={"candidates": _offered(snapshot, cell, value)})
    found: Snapshot = _with(snapshot, route, _BUYS.get(value, value) if cell.name == "entry.buys" else value)
    return found


def path(facts: Facts, cell: Cell) -> Path:
    """Return the way to a fact through the snapshot."""
    if cell.subject == "entry":
        candidate = facts.columns["entry>candidate"][cell.row]
        return (*facts.path("candidate", candidate), _PROPOSED[cell.fact])
    own = (date.fromordinal(cell.day),) if cell.day else ()
    return (*facts.path(cell.subject, cell.row), cell.fact, *own)


def _with(model: Any, route: Iterable[Any], value: object) -> Any:  # noqa: ANN401 - any part of a snapshot
    name, *rest = route
    match model:
        case tuple():
            return (*model[:name], _with(model[name], rest, value), *model[name + 1 :])
        case Series():
            return _close(model, name.toordinal(), value)
        case BaseModel():
            inner = _with(getattr(model, name), rest, value) if rest else value
            return model.model_copy(update={name: inner})
        case _:
            message = f"{type(model).__name__} has no part {name!r}"
            raise TypeError(message)


def _close(series: Series, day: int, value: object) -> Series:
    closes = dict(zip(series.days, series.closes, strict=True))
    scaled = declared(models.Market)["vix_closes"].scaled(value)
    return Series.of(closes | {day: scaled}, {at: (why, what) for at, why, what in series.implausible if at != day})


def _offered(snapshot: Snapshot, cell: Cell, value: Plain) -> Candidates:
    assert snapshot.candidates is not None  # noqa: S101 - the cell is one of them
    columns = dict(snapshot.candidates.columns)
    columns[cell.fact] = [*columns[cell.fact]]
    columns[cell.fact][cell.row] = _fact(cell).scaled(value)
    kept = {at: why for at, why in snapshot.candidates.implausible.items() if at != (cell.fact, cell.row)}
    found = {at: what for at, what in snapshot.candidates.found.items() if at in kept}
    return replace(snapshot.candidates, columns=columns, implausible=kept, found=found)


def _remembering(facts: Facts, snapshot: Snapshot, cell: Cell, value: Plain) -> dict[str, Any]:
    """Return the memory with one thing remembered otherwise; a latch that is to hold is as if set now."""
    item, id_ = facts.law.remembered[cell.name], facts.ids[cell.subject][cell.row] or "-"
    memory = {
        subject: {id_: dict(entry) for id_, entry in rows.items()} for subject, rows in (snapshot.memory or {}).items()
    }
    entry = memory.setdefault(cell.subject, {}).setdefault(id_, {})
    latch = item.latch.partition(".")[2] if item.latch else ""
    if not latch:
        entry[cell.fact] = value
    elif cell.fact != f"{latch}_before":
        kept = cell.fact.removeprefix(f"{latch}_").removesuffix("_before")
        entry[latch] = {**entry.get(latch, {}), kept: value}
    elif value:
        entry[latch] = {"since": snapshot.as_of.isoformat(), "by": facts.law.latches[f"{cell.subject}.{latch}"].by}
    else:
        entry.pop(latch, None)
    return memory


def _assumed(facts: Facts, cell: Cell) -> bool:
    id_ = facts.ids[cell.subject][cell.row]
    return any(one.fact in (cell.name, f"{cell.subject}.{id_}.{cell.fact}") for one in facts.snapshot.assume)


def _fact(cell: Cell) -> Fact:
    model = models.Proposal if cell.subject == "entry" else SUBJECTS[cell.subject].model
    assert model is not None  # noqa: S101 - only entries have none
    return declared(model)[_PROPOSED.get(cell.fact, cell.fact) if cell.subject == "entry" else cell.fact]


def _sign(cell: Cell) -> str:
    return _fact(cell).sign if cell.fact in given(cell.subject) and cell != TIME else "any"
