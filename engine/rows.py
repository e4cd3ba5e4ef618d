"""A snapshot as columns of integers: one table a subject, numbers of rows above and below, what is unknown and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from types import NoneType
from typing import Any, Final, overload

from engine.calendar import milliseconds
from engine.expr.typed import Type
from engine.facts import Snapshot
from engine.fields import Implausible
from engine.law.model import Constitution
from engine.law.values import read_time
from engine.place import Place
from engine.series import Series
from engine.subjects import SINGLE, SUBJECTS, given

Plain = int | bool | str
Stated = dict[str, dict[int | None, tuple[Plain, int]]]
Path = tuple[str | int, ...]
# Where the snapshot's file has the rows of a subject: in a list of its own, or of a row above.
_WRITTEN: Final[Mapping[str, tuple[str, str]]] = {
    "host": ("", "host"),
    "dependency": ("host", "dependencies"),
    "market": ("", "market"),
    "symbol": ("", "symbols"),
    "bar": ("symbol", "bars"),
    "report": ("symbol", "earnings"),
    "account": ("", "accounts"),
    "event": ("account", "events"),
    "order": ("account", "orders"),
    "sleeve": ("account", "sleeves"),
    "flow": ("sleeve", "flows"),
    "holding": ("sleeve", "holdings"),
    "position": ("sleeve", "positions"),
    "lot": ("holding", "lots"),
    "candidate": ("", "candidates"),
}
_LISTS: Final = {
    f"{subject.name}<{name}": (subject.name, child) for subject in SUBJECTS.values() for name, child in subject.lists
}
_AS_THEY_ARE: Final = frozenset({str, bool, Series, NoneType})
_NUMBERS: Final = frozenset({Decimal, NoneType})


class Tables(dict[str, list[Any]]):
    """Columns by name: facts, row numbers above (`a>b`), lists below (`a<b`), made when somebody asks for them.

    Of the candidates the first `offered` are on offer, the others proposed. A list that was not delivered is unknown,
    not empty: `undelivered` says of which rows.
    """

    def __init__(self, ids: Mapping[str, Sequence[str]]) -> None:
        self.ids, self.offered = ids, 0
        self.undelivered: dict[str, list[int]] = {}

    def __missing__(self, name: str) -> list[Any]:
        made = self[name] = [*self.ids["entry"]] if name == "entry.id" else self._below(*_LISTS[name])
        for row in self.undelivered.get(name, ()):
            made[row] = None
        return made

    def _below(self, subject: str, child: str) -> list[Any]:
        rows = range(self.offered if child == "candidate" else len(self.ids[child]))
        if subject in SINGLE:
            return [[*rows]]
        below: list[Any] = [[] for _ in self.ids[subject]]
        for row, above in zip(rows, self[f"{child}>{subject}"], strict=False):  # what is proposed is not on offer
            below[above].append(row)
        return below


@dataclass
class Facts:
    """The tables of one snapshot under one law; `written` has the place of each row in the list it came in."""

    law: Constitution
    snapshot: Snapshot
    ids: dict[str, Sequence[str]] = field(default_factory=dict)
    why: dict[tuple[str, str, int], str] = field(default_factory=dict)
    written: dict[str, list[int | None]] = field(default_factory=dict)
    stated: Stated = field(default_factory=dict)
    columns: Tables = field(init=False)

    def __post_init__(self) -> None:
        self.columns = Tables(self.ids)

    @property
    def sizes(self) -> dict[str, int]:
        """The number of rows of each subject."""
        return {subject: len(ids) for subject, ids in self.ids.items()}

    def state(self, name: str, row: int) -> tuple[Plain, int] | None:
        """Return what the snapshot states over a derived fact of a row, with its denominator."""
        stated = self.stated.get(name, {})
        return stated.get(row, stated.get(None))

    def path(self, subject: str, row: int) -> Path:
        """Return the way to a row through the snapshot, as far as it was delivered."""
        parent, list_ = _WRITTEN[subject]
        index = self.written[subject][row]
        up = 0 if not parent or parent in SINGLE else self.columns[f"{subject}>{parent}"][row]
        above = self.path(parent, up) if parent else ()
        if subject == "candidate" and row >= self.columns.offered:
            list_ = "proposals"
        return (*above, list_, index) if index is not None else above or (list_,)


class Entries(Sequence[str]):
    """The ids of entries, `account/kind/contract`: written when they are asked for, as most are not.

    A proposal for a contract that is on offer too has an id of its own.
    """

    def __init__(self, facts: Facts) -> None:
        """Hold what names them, and not the tables that hold these ids: nobody should have to look for circles."""
        self._candidates, self._sleeves = facts.columns["entry>candidate"], facts.columns["entry>sleeve"]
        self._contracts, self._owners = facts.ids["candidate"], facts.ids["sleeve"]
        self._offered = facts.columns.offered

    def __len__(self) -> int:
        return len(self._candidates)

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[str]: ...
    def __getitem__(self, row: int | slice) -> str | Sequence[str]:
        if isinstance(row, slice):
            return [self[one] for one in range(*row.indices(len(self)))]
        candidate = self._candidates[row]
        name = self._contracts[candidate]
        again = "/proposed" if candidate >= self._offered and self._contracts.index(name) < self._offered else ""
        return f"{self._owners[self._sleeves[row]]}/{name}{again}"


def scaled(value: object, kind: Type) -> Plain | None:
    """Return a value as the integer or word that a column holds; unknown and implausible ones as `None`."""
    if value is None:
        return None
    if isinstance(value, Decimal):
        return _whole(value, 10**kind.scale)
    match value:
        case Implausible():
            return None
        case bool() | str():
            return value
        case datetime():
            return milliseconds(value)
        case date():
            return value.toordinal()
        case int():
            return int(value * 10**kind.scale)
        case _:
            message = f"{value!r} is no value of a fact"
            raise TypeError(message)


def column(values: list[Any], forms: set[type], kind: Type) -> list[Any]:
    """Return values as `scaled` gives them, the fastest way for the forms they have; a series stays what it is."""
    if forms <= _AS_THEY_ARE:
        return values
    if forms <= _NUMBERS:
        unit = 10**kind.scale
        return [None if value is None else _whole(value, unit) for value in values]
    return [value if isinstance(value, Series) else scaled(value, kind) for value in values]


def _whole(value: Decimal, unit: int) -> int:
    """Return a number in whole parts of a unit, whatever the caller's decimal context would round."""
    over, under = value.as_integer_ratio()
    return over * unit // under


def place_of(snapshot: Snapshot, path: tuple[str | int, ...]) -> Place:
    """Return where a part of the snapshot was written, or its nearest part that has a place."""
    places: Mapping[Any, Place] = getattr(snapshot, "places", {}) or {}
    while path:
        if path in places:
            return places[path]
        path = path[:-1]
    return places.get((), Place("snapshot", 1, 1))


def type_of(law: Constitution, subject: str, fact: str) -> Type | None:
    """Return the type of any fact, given, remembered or derived, and of requirements."""
    if fact in given(subject):
        return given(subject)[fact].type
    name = f"{subject}.{fact}"
    if name in law.remembered:
        return law.remembered[name].type
    if name in law.derived:
        return law.derived[name].type
    rule = law.rules.get(fact)
    if name.removesuffix("_found") in law.picks or (rule and rule.subject == subject):
        return Type("bool")
    return None


def read_ratio(value: object, kind: Type) -> tuple[Plain | None, int]:
    """Return a plain value as `read_fact` does, with its denominator: a divided fact keeps every fraction.

    Raises:
        ValueError: It is of another kind; the message says which.
    """
    if not kind.divided or not isinstance(value, int | Decimal | str) or isinstance(value, bool):
        return read_fact(value, kind), 1
    exact = Fraction(str(value))
    return exact.numerator * 10**kind.scale, exact.denominator


def _number(value: object) -> Fraction:
    try:
        return Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        message = f"'{value}' is no number; write one such as 1.95"
        raise ValueError(message) from None


def _day(value: str | date) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(value)
    except ValueError:
        message = f"'{value}' is no date; write one such as 2026-03-05"
        raise ValueError(message) from None


def _instant(value: str | datetime) -> datetime:
    try:
        return value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except ValueError:
        message = f"'{value}' is no time; write one such as 2026-03-05T10:00:00-05:00"
        raise ValueError(message) from None


def read_fact(value: object, kind: Type) -> Plain | None:
    """Return a plain value (from YAML, a command line or memory) as a column holds it.

    Raises:
        ValueError: It is of another kind; the message says which.
    """
    if value is None or isinstance(value, Implausible):
        return None
    if kind.kind == "series":
        message = "a series of closes is not stated; write it into the snapshot's market, or state null"
        raise ValueError(message)
    if kind.kind == "number" and not isinstance(value, bool):
        number: Fraction = _number(value) * 10**kind.scale
        if number.denominator != 1:
            message = f"{value} has more decimals than are kept"
            raise ValueError(message)
        return number.numerator
    if kind.kind == "date" and isinstance(value, str | date):
        return _day(value).toordinal()
    if kind.kind == "instant" and isinstance(value, str | datetime):
        instant = _instant(value)
        if instant.tzinfo is None:
            message = f"naive-time: '{value}' has no offset; write -05:00 or Z"
            raise ValueError(message)
        return milliseconds(instant)
    if kind.kind == "time" and isinstance(value, str):
        return read_time(value)
    if kind.kind == "bool" and isinstance(value, bool):
        return value
    if kind.kind in ("symbol", "text") and isinstance(value, str):
        if kind.words and value not in kind.words:
            message = f"'{value}' is not one of {', '.join(sorted(kind.words))}"
            raise ValueError(message)
        return value
    message = f"{value!r} is no {kind.kind}"
    raise ValueError(message)
