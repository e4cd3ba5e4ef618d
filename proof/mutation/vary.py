"""Snapshots that nobody wrote: cases of which facts are moved to what other cases give them, to bounds, or taken away.

Nothing is drawn by chance: the same seed gives the same snapshots. Rows stay as they are, and so does what names them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import inf
from typing import Any, Final, NamedTuple, TypeVar

from engine.expr.typed import Compare, Const, Read, Within, walk
from engine.law.model import Constitution
from engine.steps import expressions
from engine.subjects import SUBJECTS, given
from proof.mutation.machine import Machine, written_steps
from proof.mutation.states import Column, Memo, State

Item = TypeVar("Item")

AS_OF: Final = "market.as_of"
# What a row is called, or which rows stand above it: nobody can change it alone.
_FIXED: Final = frozenset({"id", "symbol", "underlying", "occ_symbol", "name"})
_APART: Final = frozenset({AS_OF, "sleeve.kind", "candidate.right", "candidate.strike", "candidate.expiration",
                           "entry.proposed", "order.sleeve"})  # fmt: skip
_NOT_MOVED: Final = frozenset({"series", "text"})
_PROPOSED: Final = frozenset({"entry.contracts", "entry.buys"})
_LEAST: Final[Mapping[str, int]] = {"date": 1, "instant": 0}
_MOST: Final = 3


class Move(NamedTuple):
    """A fact of a row that has another value; for `AS_OF` the milliseconds by which everything is observed later."""

    column: str
    row: int
    value: Any


@dataclass(frozen=True)
class Pool:
    """For every fact that can be moved the values it is moved to, and the offsets by which time is."""

    values: Mapping[str, Sequence[Any]]
    offsets: Sequence[int]


def pool(machine: Machine, states: Sequence[State]) -> Pool:
    """Return what some snapshots give their facts, and the bounds that the law itself holds them against."""
    found: dict[str, dict[Any, None]] = {
        name: {None: None} if _nullable(name) else {} for name in _movable(machine.law)
    }
    for name, values in found.items():
        for column in {id(state.columns[name]): state.columns[name] for state in states}.values():
            values.update(dict.fromkeys(column))
    for name, bound in _bounds(machine.law):
        if name in found:
            near = (value for value in (bound - 1, bound, bound + 1) if value >= least(machine.law, name))
            found[name].update(dict.fromkeys(near))
    instants = sorted({state.columns[AS_OF][0] for state in states})
    offsets = {later - sooner for later in instants for sooner in instants if abs(later - sooner) < _WEEK}
    return Pool({name: [*values] for name, values in found.items()}, sorted(offsets - {0}))


_WEEK: Final = 7 * 24 * 3600 * 1000


def _nullable(column: str) -> bool:
    """Return whether a snapshot may leave a fact out; what is remembered can always be missing."""
    subject, fact = column.split(".")
    of = given(subject).get(fact)
    return of is None or of.nullable


def least(law: Constitution, column: str) -> int | float:
    """Return the least that a fact can be, in the integers of its unit; what is below cannot be true."""
    subject, fact = column.split(".")
    of = given(subject).get(fact)
    kind = law.remembered[column].type.kind if of is None else of.type.kind
    if kind in _LEAST:
        return _LEAST[kind]
    return {"positive": 1, "not_negative": 0}.get(of.sign, -inf) if of is not None else -inf


def movable_rows(state: State, column: str) -> Sequence[int]:
    """Return the rows in which a fact can be otherwise: of a contract merely on offer there is one, and it is sold."""
    if column not in _PROPOSED:
        return range(len(state.columns[column]))
    return [row for row, proposed in enumerate(state.columns["entry.proposed"]) if proposed]


def _movable(law: Constitution) -> Iterator[str]:
    for subject in SUBJECTS:
        for fact, of in given(subject).items():
            name = f"{subject}.{fact}"
            if fact not in _FIXED and name not in _APART and of.type.kind not in _NOT_MOVED:
                yield name
    yield from (name for name, of in law.remembered.items() if not of.type.divided)


def _bounds(law: Constitution) -> Iterator[tuple[str, int]]:
    for step in written_steps(law).values():
        for part in (part for value in expressions(step) for part in walk(value)):
            match part:
                case Compare(left=Read() as read, right=Const() as bound):
                    yield from _aligned(read, bound)
                case Within(of=Read() as read, lower=lower, upper=upper):
                    for end in (lower, upper):
                        yield from _aligned(read, end) if end is not None else ()
                case _:
                    pass


def _aligned(read: Read, bound: Const) -> Iterator[tuple[str, int]]:
    """Yield a bound in the decimals of the fact that is held against it."""
    places = read.type.scale - bound.type.scale
    if read.type.kind != "bool" and not isinstance(bound.value, bool | str) and places >= 0:
        yield f"{read.subject}.{read.fact}", bound.value * 10**places


class Draw:
    """Numbers that a seed settles, one after the other."""

    def __init__(self, seed: str) -> None:
        """Begin with the first number of a seed."""
        self._seed, self._count = seed, 0

    def below(self, limit: int) -> int:
        """Return the next number from 0 up to, but not including, a limit."""
        self._count += 1
        digest = blake2b(f"{self._seed}/{self._count}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") % limit

    def one(self, items: Sequence[Item]) -> Item:
        """Return one of several."""
        return items[self.below(len(items))]


def moves(draw: Draw, state: State, of: Pool, columns: Sequence[str]) -> tuple[Move, ...]:
    """Return a few facts of a snapshot, out of some columns, that have other values; sometimes another time too."""
    found: dict[tuple[str, int], Move] = {}
    if of.offsets and not draw.below(_MOST * 2):
        found[AS_OF, 0] = Move(AS_OF, 0, draw.one(of.offsets))
    for _ in range(1 + draw.below(_MOST)):
        name = draw.one(columns)
        if rows := movable_rows(state, name):
            row = draw.one(rows)
            found[name, row] = Move(name, row, draw.one(of.values[name]))
    return tuple(found.values())


def moved(machine: Machine, memo: Memo, state: State, of: Sequence[Move]) -> State:
    """Return a state in which facts have other values, with all that follows from them."""
    changed: dict[str, Column] = {}
    for name, row, value in of:
        if name == AS_OF:
            changed |= _later(state, changed, value)
            continue
        column = changed.get(name, state.columns[name])
        changed[name] = (*column[:row], value, *column[row + 1 :])
    shared = {name: memo.shared(name, column) for name, column in changed.items()}
    following = state.following(machine, (), shared)
    columns = {**state.columns, **{name: memo.shared(name, column) for name, column in following.items()}}
    return State(state.facts, state.kleene, columns, state.sizes)


def _later(state: State, changed: Mapping[str, Column], offset: int) -> dict[str, Column]:
    """Return every instant of an observation, later by an offset."""
    found: dict[str, Column] = {}
    for name in _INSTANTS:
        column = changed.get(name, state.columns[name])
        found[name] = tuple(None if value is None else value + offset for value in column)
    return found


_INSTANTS: Final = tuple(
    f"{subject}.{fact}" for subject in SUBJECTS for fact, of in given(subject).items() if of.type.kind == "instant"
)
