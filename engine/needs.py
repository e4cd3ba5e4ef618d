"""Which cells could make a condition other than it is, each one alone: what every failing part hangs on.

Never too few: a cell that is not among them could not do it. That is what saves the search most of its work.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final, TypeAlias

from engine.evaluate import Rows, Value, belongs, compare
from engine.expr.typed import (
    Apply,
    Arithmetic,
    Case,
    Compare,
    Const,
    Fold,
    Inverse,
    Logic,
    Negated,
    OneOf,
    Read,
    Typed,
    Within,
    parts,
)
from engine.follow import Traced
from engine.law.model import Pick
from engine.subjects import given

Fits: TypeAlias = Callable[[Value], bool]
_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def together(masks: Iterable[int]) -> int:
    """Return the cells that are in all of some sets, of no sets none; once there are none, no more is asked."""
    every = iter(masks)
    found = next(every, 0)
    while found and (mask := next(every, None)) is not None:
        found &= mask
    return found


def any_of(masks: Iterable[int]) -> int:
    """Return the cells that are in one of some sets."""
    found = 0
    for mask in masks:
        found |= mask
    return found


def needs(by: Traced, of: Typed, rows: Rows, *, wanted: bool = True) -> int:
    """Return the cells one of which might make a condition `wanted` that is not, all others as they are."""
    match of:
        case Inverse(of=inner):
            return needs(by, inner, rows, wanted=not wanted)
        case Logic(operator=operator, terms=terms):
            return _of_parts(by, [(term, rows) for term in terms], every=(operator == "&&") is wanted, wanted=wanted)
        case Fold(how="exists" | "all", body=body, variable=variable):
            kids = by.kids(of, rows)
            each = [] if isinstance(kids, frozenset) else [(body, {**rows, variable: kid}) for kid in kids]
            return _of_parts(by, each, every=(of.how == "all") is wanted, wanted=wanted)
        case Compare() | Within() | OneOf():
            side = _side(by, of, rows, wanted=wanted)
            return of_value(by, *side) if side else by.cone(partial(by.value, of, rows))[1]
        case _:
            return of_value(by, of, rows, lambda value: value is wanted)


def _of_parts(by: Traced, parts: Sequence[tuple[Typed, Rows]], *, every: bool, wanted: bool) -> int:
    """Return what conditions need of which every one, or one, is to be as wanted."""
    missed = ((of, rows) for of, rows in parts if by.value(of, rows) is not wanted)
    each = (needs(by, of, rows, wanted=wanted) for of, rows in missed)
    return together(each) if every else any_of(each)


def _side(by: Traced, of: Compare | Within | OneOf, rows: Rows, *, wanted: bool) -> tuple[Typed, Rows, Fits] | None:
    """Return the side of a comparison that alone can change, and which values of it will do."""
    if not isinstance(of, Compare):
        return of.of, rows, lambda value: not isinstance(value, frozenset) and belongs(of, value) is wanted
    left, right = (by.cone(partial(by.value, side, rows)) for side in (of.left, of.right))
    if right[1] and left[1]:
        return None
    still, operator = (left[0] if right[1] else right[0]), of.operator if right[1] else _TURNED[of.operator]
    if isinstance(still, frozenset):
        return None
    moving = of.right if right[1] else of.left
    return moving, rows, lambda value: not isinstance(value, frozenset) and compare(operator, still, value) is wanted


def of_value(by: Traced, of: Typed, rows: Rows, fits: Fits) -> int:
    """Return the cells one of which might give a value that fits where the one at hand does not."""
    cone: int = by.cone(partial(by.value, of, rows))[1]
    match of:
        case Const():
            return 0
        case Case():
            return any_of(_of_rows(by, of, rows, fits))
        case Read() if of.row in rows:
            return _of_fact(by, of, rows[of.row], cone, fits)
        case Read():
            pick = by.facts.law.picks[of.row]
            row = rows[pick.subject]
            missing = row is not None and by.pick(pick.name, row)[1] is None
            return _of_pick(by, pick, by.rows(pick.subject, row or 0)) if missing else cone
        case Inverse() | Logic() | Compare() | Within() | OneOf() | Fold(how="exists" | "all"):
            truths = [truth for truth in (False, True) if fits(truth)]
            return needs(by, of, rows, wanted=truths[0]) if len(truths) == 1 else cone
        case Arithmetic() | Negated() | Apply(function="abs" | "min" | "max" | "mean" | "floor" | "ceil"):
            return together([of_value(by, part, rows, known) for part in _open(by, of, rows)] or [cone])
        case _:
            return cone


def known(value: Value) -> bool:
    """Return whether a value is known, which is all that may be wanted of it."""
    return not isinstance(value, frozenset)


def _open(by: Traced, of: Typed, rows: Rows) -> list[Typed]:
    """Return the parts of an expression that are unknown: it is, too, unless every one of them becomes known."""
    return [part for part in parts(of) if isinstance(by.value(part, rows), frozenset)]


def _of_rows(by: Traced, of: Case, rows: Rows, fits: Fits) -> Iterator[int]:
    """Yield what it takes that a row of a table applies, and gives what fits."""
    before: list[int] = []
    for test, value in of.rows:
        holds = by.value(test, rows)
        chosen = [] if holds is True else [needs(by, test, rows)]
        yield from _of_row(by, value, rows, fits, [*before, *chosen])
        if holds is True or (of.first and holds is not False):
            before.append(needs(by, test, rows, wanted=False))
    if of.otherwise is not None:
        yield from _of_row(by, of.otherwise, rows, fits, before)


def _of_row(by: Traced, value: Typed, rows: Rows, fits: Fits, chosen: Sequence[int]) -> Iterator[int]:
    if fits(by.value(value, rows)):
        yield together(chosen)
    else:
        yield together([*chosen, of_value(by, value, rows, fits)] if together(chosen) or not chosen else [0])


def _of_fact(by: Traced, of: Read, row: int | None, cone: int, fits: Fits) -> int:
    law, name = by.facts.law, f"{of.subject}.{of.fact}"
    if row is None or name in by.facts.stated or of.fact in given(of.subject) or name in law.remembered:
        return cone
    rows = by.rows(of.subject, row)
    if name in law.derived:
        return cone if law.derived[name].bad else of_value(by, law.derived[name].value, rows, fits)
    if of.fact in law.rules:
        return of_value(by, law.rules[of.fact].when, rows, fits)
    truth: Value = True
    return _of_pick(by, law.picks[name.removesuffix("_found")], rows) if fits(truth) else cone


def _of_pick(by: Traced, pick: Pick, rows: Rows) -> int:
    """Return what it takes that something is found where nothing is."""
    if by.value(pick.when, rows) is not True:
        return needs(by, pick.when, rows)
    offered = by.children(pick.over, rows[pick.over], "candidates")
    kids = () if isinstance(offered, frozenset) else offered
    return any_of(_to_fit(by, pick, {**rows, "candidate": kid}) for kid in kids)


def _to_fit(by: Traced, pick: Pick, rows: Rows) -> int:
    """Return what it takes that a contract passes, and can be ordered."""
    asked = [by.cone(partial(by.value, of, rows)) for of in pick.order_by]
    missed = [cone for value, cone in asked if isinstance(value, frozenset)]
    if by.value(pick.where, rows) is not True:
        missed.append(needs(by, pick.where, rows))
    return together(missed)
