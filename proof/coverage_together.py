"""Whether two decisions can be made about one row: every way in which their conditions hold is tried together."""

from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import Final, TypeAlias

from engine.expr.typed import BOOL, Case, Const, Logic, Read, Typed
from engine.law.model import Constitution, Rule
from engine.law.world import World, ways
from engine.subjects import SUBJECTS

Terms: TypeAlias = tuple[Typed, ...]

_MOST: Final = 2**8  # ways that are tried; where there are more, nothing is said to be impossible


def together(world: World, one: Rule, other: Rule) -> bool:
    """Return whether two rules can both decide, as far as their conditions and requirements tell."""
    terms = [one.when, other.when, *_required(world.law, one), *_required(world.law, other)]
    if world.where_all(terms) is None:
        return False
    tried = [*islice(_alternatives(world.law, terms), _MOST + 1)]
    return len(tried) > _MOST or any(world.where_all(way) is not None for way in tried)


def _required(law: Constitution, rule: Rule) -> list[Typed]:
    """Return what a decision cannot do without, each as the fact of that name."""
    seen = (rule.subject, *SUBJECTS[rule.subject].sees)
    asked = [
        each for each in law.rules.values() if not each.decides and each.kind == rule.kind and each.subject in seen
    ]
    return [Read(0, each.subject, each.id, each.subject, BOOL) for each in asked]


def _alternatives(law: Constitution, terms: Sequence[Typed]) -> Iterator[Terms]:
    """Yield every choice of one way for each term."""
    few = [[*islice(_ways(law, term), _MOST)] for term in terms]
    for choice in product(*few):
        yield tuple(term for way in choice for term in way)


def _ways(law: Constitution, of: Typed) -> Iterator[Terms]:
    """Yield the ways in which a condition holds, through the facts that it names."""
    match of:
        case Logic(operator="||", terms=terms):
            for term in terms:
                yield from _ways(law, term)
        case Logic(terms=terms):
            yield from _alternatives(law, terms)
        case Read() if of.row == of.subject and (named := law.derived.get(f"{of.subject}.{of.fact}")):
            yield from ((of, *way) for way in _ways(law, named.value))
        case Case():
            yield from _rows(law, of)
        case _:
            yield (of,)


def _rows(law: Constitution, of: Case) -> Iterator[Terms]:
    for tests, value in ways(of):
        if not isinstance(value, Const):
            yield from ((*tests, *way) for way in _ways(law, value))
        elif value.value is True:
            yield tests
