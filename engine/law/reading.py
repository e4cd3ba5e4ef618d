"""What is read by whom: circles through picks, parameters and facts without a reader."""

from collections.abc import Iterator, Mapping

from engine.expr.typed import Read, Typed, walk
from engine.law.finding import Files, Finding, sections
from engine.law.model import Constitution, Pick
from engine.subjects import SUBJECTS


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
    for name, of in law.picks.items() if chosen else ():
        # A variable may stand for any row, a subject's name only for its own.
        if of.fact == chosen and (owner == of.subject or owner not in SUBJECTS):
            yield name


def unread_parameters(law: Constitution, files: Files) -> Iterator[Finding]:
    """Yield the parameters that nothing reads, no room outside the engine either."""
    elsewhere = {name for _, section in sections(files) for name, of in section.parameters.items() if of.room}
    for name, parameter in law.parameters.items():
        if name not in law.read | elsewhere:
            message = f"nothing reads '{name}'; read it where the law means it, name the `room` that does, or delete it"
            yield Finding(parameter.origin.place, "unread-parameter", message)


def unread_facts(law: Constitution) -> Iterator[Finding]:
    """Yield the facts that nothing reads."""
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
        marks = (value for value in share.marks.values() if not isinstance(value, str))
        yield share.name, (*share.order_by, share.room, share.asks, *need, *marks, *legs)


def _pick(pick: Pick) -> tuple[Typed, ...]:
    return (pick.when, pick.where, *pick.order_by)
