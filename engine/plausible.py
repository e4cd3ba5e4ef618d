"""What was delivered and cannot be true beside its neighbours, or at this time.

Judged over columns, so that one position and fifty thousand candidates are judged alike. The values may be
exact or scaled, as long as `Now` is in the same terms. What is doubted stays, as `Implausible`: what depends
on it is refused by name.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple, TypeVar, get_args

from pydantic import BaseModel

from engine.fields import Implausible

Row = TypeVar("Row", bound=BaseModel)
Columns = Mapping[str, Sequence[Any]]


class Doubt(NamedTuple):
    """One value that cannot be true."""

    fact: str
    row: int
    why: str


@dataclass(frozen=True, slots=True)
class Now:
    """The instant that is decided, its date on the exchange's wall, and the ratio one, in columns' terms."""

    instant: Any
    today: Any
    one: Any


# No reason lies in the value alone: it is judged anew when its neighbours or the time have changed.
REASONS: Final = frozenset({
    "bar_range", "call_delta_sign", "crossed", "delta_units", "expired", "future", "one_sided",
    "probability_units", "put_delta_sign", "share_units",
})  # fmt: skip
# Reasons that lie in two facts of a row: with another value of the one the doubt about the other may be gone.
_SIDE_BY_SIDE: Final[Mapping[str, tuple[str, ...]]] = {
    "one_sided": ("bid", "ask"),
    "crossed": ("bid", "ask"),
    "bar_range": ("high", "low"),
    "call_delta_sign": ("right", "delta"),
    "put_delta_sign": ("right", "delta"),
}
_MOMENTS: Final = ("quoted_at", "spot_at", "vix_at", "sent_at", "failed_at")
_ABOVE_ONE: Final = {
    "finish_in_the_money": "probability_units",
    "early_assignment_risk": "probability_units",
    "breadth": "share_units",
}
_JUDGED: Final[tuple[str, ...]] = (
    "right",
    "delta",
    "bid",
    "ask",
    "high",
    "low",
    "expiration",
    *_MOMENTS,
    *_ABOVE_ONE,
)


def beside(fact: str) -> tuple[str, ...]:
    """Return the facts of a row that are judged together with one, itself among them."""
    return next((facts for facts in _SIDE_BY_SIDE.values() if fact in facts), (fact,))


def shared(why: str) -> bool:
    """Return whether a doubt hangs on other facts of the row too."""
    return why in _SIDE_BY_SIDE


def judged(fact: str) -> bool:
    """Return whether a fact can be doubted at all, beyond what lies in its value alone."""
    return fact in _JUDGED


def doubts(columns: Columns, now: Now) -> Iterator[Doubt]:
    """Yield what cannot be true in rows of one kind; None is unknown, and an absent column is not judged."""
    if "bid" in columns:
        yield from _quotes(columns["bid"], columns["ask"])
    if "delta" in columns:
        yield from _deltas(columns["right"], columns["delta"], now)
    if "low" in columns:
        yield from _bars(columns["high"], columns["low"])
    if "expiration" in columns and "quoted_at" in columns:  # an order has none, and its day is the broker's word
        expired = [day is not None and day < now.today for day in columns["expiration"]]
        yield from _where("expiration", expired, "expired")
    for name in _MOMENTS:
        future = [moment is not None and moment > now.instant for moment in columns.get(name, ())]
        yield from _where(name, future, "future")
    for name, why in _ABOVE_ONE.items():
        above = [share is not None and share > now.one for share in columns.get(name, ())]
        yield from _where(name, above, why)


def _where(fact: str, doubted: list[bool], why: str) -> Iterator[Doubt]:
    if any(doubted):
        yield from (Doubt(fact, row, why) for row, doubt in enumerate(doubted) if doubt)


def _quotes(bids: Sequence[Any], asks: Sequence[Any]) -> Iterator[Doubt]:
    for row, (bid, ask) in enumerate(zip(bids, asks, strict=True)):
        if not bid or not ask:  # a bid of zero says that nobody bids
            if bid or ask:
                yield Doubt("bid" if bid else "ask", row, "one_sided")
        elif bid > ask:
            yield Doubt("bid", row, "crossed")
            yield Doubt("ask", row, "crossed")


def _deltas(rights: Sequence[str], deltas: Sequence[Any], now: Now) -> Iterator[Doubt]:
    for row, (right, delta) in enumerate(zip(rights, deltas, strict=True)):
        if not delta:
            continue
        if not -now.one <= delta <= now.one:
            yield Doubt("delta", row, "delta_units")
        elif (delta > 0) != (right == "call"):
            yield Doubt("delta", row, f"{right}_delta_sign")


def _bars(highs: Sequence[Any], lows: Sequence[Any]) -> Iterator[Doubt]:
    for row, (high, low) in enumerate(zip(highs, lows, strict=True)):
        if high is not None and low is not None and high < low:
            yield Doubt("high", row, "bar_range")
            yield Doubt("low", row, "bar_range")


def plausible(rows: tuple[Row, ...], now: Now) -> tuple[Row, ...]:
    """Return rows of one model, and all rows below them, with what cannot be true as `Implausible`."""
    if not rows or not (_judged(type(rows[0])) or _nested(type(rows[0]))):
        return rows
    changes = [below(row, now) for row in rows]
    given = {name: [getattr(row, name) for row in rows] for name in _judged(type(rows[0]))}
    columns = {name: [delivered(value) for value in values] for name, values in given.items()}
    found = {(fact, row): why for fact, row, why in doubts(columns, now)}
    for name, values in columns.items() if found or columns != given else ():
        for index, value in enumerate(values):
            why = found.get((name, index))
            judged = Implausible(why, value) if why else value
            if value is not None and judged != given[name][index]:
                changes[index][name] = judged
    if not any(changes):
        return rows
    return tuple(row.model_copy(update=change) if change else row for row, change in zip(rows, changes, strict=True))


@cache
def _judged(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(name for name in _JUDGED if name in model.model_fields)


@cache
def _nested(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the fields that may hold rows."""
    return tuple(name for name, field in model.model_fields.items() if _has_rows(field.annotation))


def _has_rows(annotation: object) -> bool:
    rows = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return rows or any(map(_has_rows, get_args(annotation)))


def below(row: BaseModel, now: Now, known: Container[str] = ()) -> dict[str, object]:
    """Return the fields of a row that hold rows some of which cannot be true, as they are to be; not those `known`."""
    changes: dict[str, object] = {}
    for name in _nested(type(row)):
        value = getattr(row, name)
        if name in known:
            continue
        if isinstance(value, BaseModel):
            judged: object = plausible((value,), now)[0]
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            judged = plausible(value, now)
        else:
            continue
        if judged is not value:
            changes[name] = judged
    return changes


def delivered(value: Any) -> Any:  # noqa: ANN401 - as many types as kinds
    """Return what can be judged anew; None where it is unknown, or nonsense by itself."""
    if isinstance(value, Implausible):
        return value.found if value.why in REASONS else None
    return value
