"""What is read by whom: circles through picks, parameters and facts without a reader, rules that cannot fire."""

import operator
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Final, TypeAlias

from engine.expr.typed import Arithmetic, Compare, Const, Inverse, Logic, Negated, OneOf, Read, Typed, Within, walk
from engine.law.finding import Files, Finding, sections
from engine.law.model import Constitution, Pick
from engine.subjects import SUBJECTS

Folded: TypeAlias = Fraction | bool | str | None

_SIGNS: Final = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def circles(law: Constitution) -> Iterator[Finding]:
    """Yield the circles through picks and requirements; those among other facts end the loading before."""
    reads = {name: _reads(law, (derived.value,)) for name, derived in law.derived.items()}
    starts = {name: (pick.origin, _pick(pick)) for name, pick in law.picks.items()}
    starts |= {rule.name: (rule.origin, (rule.when,)) for rule in law.rules.values() if not rule.decides}
    reads |= {name: _reads(law, roots) for name, (_, roots) in starts.items()}
    done: set[str] = set()
    for name, (origin, _) in starts.items():
        path = _circle(name, reads, (), done)
        if path:
            message = f"facts define each other in a circle: {' -> '.join(path)}"
            yield Finding(origin.place, "cycle", message)


def _circle(name: str, reads: Mapping[str, set[str]], path: tuple[str, ...], done: set[str]) -> tuple[str, ...]:
    if name in path:
        return (*path[path.index(name) :], name)
    if name in done or name not in reads:
        return ()
    found = (_circle(read, reads, (*path, name), done) for read in sorted(reads[name]))
    circle = next(filter(None, found), ())
    done.add(name)
    return circle


def _reads(law: Constitution, roots: tuple[Typed, ...]) -> set[str]:
    parts = (part for root in roots for part in walk(root))
    return {name for part in parts if isinstance(part, Read) for name in _named(law, part)}


def _named(law: Constitution, read: Read) -> Iterator[str]:
    """Yield the facts and picks that one reading needs."""
    yield f"{read.subject}.{read.fact}"
    pick = f"{read.subject}.{read.fact.removesuffix('_found')}"
    if pick in law.picks:
        yield pick
    owner, _, chosen = read.row.partition(".")
    for name, of in law.picks.items():
        # A variable may stand for any row, a subject's name only for its own.
        if of.fact == chosen and (owner == of.subject or owner not in SUBJECTS):
            yield name


def unread(law: Constitution, files: Files) -> Iterator[Finding]:
    """Yield the parameters and facts that nothing reads; a room outside the engine may read a parameter."""
    elsewhere = {name for _, section in sections(files) for name, of in section.parameters.items() if of.room}
    for name, parameter in law.parameters.items():
        if name not in law.read | elsewhere:
            message = f"nothing reads '{name}'; read it where the law means it, name the `room` that does, or delete it"
            yield Finding(parameter.origin.place, "unread-parameter", message)
    read = {name for owner, roots in _roots(law) for name in _reads(law, roots) - {owner, f"{owner}_before"}}
    read |= {latch for latch in law.latches if f"{latch}_before" in read}
    read |= {memory.next for memory in law.remembered.values()} - law.latches.keys()
    read |= {leg.buys for share in law.shares.values() for leg in share.legs}
    for name in (*law.derived, *law.picks, *(of.name for of in law.remembered.values() if of.latch is None)):
        if name not in read:
            yield Finding(law.places[name], "unread-fact", f"nothing reads '{name}'")


def _roots(law: Constitution) -> Iterator[tuple[str, tuple[Typed, ...]]]:
    """Yield everything that the law evaluates, with the name of what it defines."""
    for derived in law.derived.values():
        yield derived.name, (derived.value,)
    for pick in law.picks.values():
        yield pick.name, _pick(pick)
    for rule in law.rules.values():
        yield rule.name, (rule.when, *(value for value in rule.fields.values() if not isinstance(value, str)))
    for choice in law.choices.values():
        budgets = (value for budget in choice.budgets for value in (budget.room, budget.uses))
        yield choice.name, (*choice.turns, *choice.order_by, choice.price, *budgets)
    for share in law.shares.values():
        legs = (value for leg in share.legs for value in (leg.costs, leg.price))
        need = (share.need.room, share.need.uses) if share.need is not None else ()
        yield share.name, (*share.order_by, share.room, share.asks, *need, *legs)


def _pick(pick: Pick) -> tuple[Typed, ...]:
    return (pick.when, pick.where, *pick.order_by)


def idle(law: Constitution) -> Iterator[Finding]:
    """Yield the rules whose condition is settled before any fact is read."""
    for rule in law.rules.values():
        holds = fold(rule.when)
        if rule.decides and holds is False:
            never = f"'{rule.id}' can never fire: its condition is false whatever the facts are"
            yield Finding(rule.origin.place, "never", never)
        if not rule.decides and holds is True:
            never = f"'{rule.id}' can never refuse: its condition is true whatever the facts are"
            yield Finding(rule.origin.place, "never", never)


def fold(of: Typed) -> Folded:
    """Return the value of an expression that no fact can change, as far as its parts show; else None."""
    match of:
        case Const(value=settled):
            return settled if isinstance(settled, bool | str) else of.exact
        case Negated(of=inner):
            number = fold(inner)
            return -number if isinstance(number, Fraction) else None
        case Inverse(of=inner):
            truth = fold(inner)
            return None if truth is None else not truth
        case Logic(terms=terms):
            return _joined(of.operator == "||", [fold(term) for term in terms])
        case Arithmetic(left=left, right=right) | Compare(left=left, right=right):
            return _computed(of.operator, fold(left), fold(right))
        case Within():
            return _inside(of)
        case OneOf(of=inner, items=items):
            value = fold(inner)
            return None if value is None else any(fold(item) == value for item in items)
        case _:
            return None


def _joined(settles: bool, terms: list[Folded]) -> Folded:  # noqa: FBT001 - the truth that decides: true for ||, false for &&
    if settles in terms:
        return settles
    return None if None in terms else not settles


def _computed(sign: str, left: Folded, right: Folded) -> Folded:
    if left is None or right is None:
        return None
    if sign in ("==", "!="):
        return (left == right) is (sign == "==")
    if not isinstance(left, Fraction) or not isinstance(right, Fraction) or (sign == "/" and not right):
        return None
    found: Folded = _SIGNS[sign](left, right)
    return found


def _inside(of: Within) -> Folded:
    """Return whether a settled value lies in the interval; false where nothing can."""
    lower, upper = (None if bound is None else bound.exact for bound in (of.lower, of.upper))
    closed = of.lower_in and of.upper_in
    if lower is not None and upper is not None and (lower > upper or (lower == upper and not closed)):
        return False
    value = fold(of.of)
    if not isinstance(value, Fraction):
        return None
    above = lower is None or lower < value or (of.lower_in and lower == value)
    below = upper is None or value < upper or (of.upper_in and value == upper)
    return above and below
