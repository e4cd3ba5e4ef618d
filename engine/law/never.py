"""What can never be: rules, rows, levels, latches and picks that no facts lead to, by the parameters alone."""

from collections.abc import Iterator

from engine.expr.typed import Case, Const, Inverse, Logic, Typed
from engine.law.finding import Files, Finding, sections
from engine.law.model import Constitution, Derived
from engine.law.read import Path_, node_at
from engine.law.world import World, ways
from engine.place import Place
from engine.subjects import SUBJECTS


def never(law: Constitution, files: Files) -> Iterator[Finding]:
    """Yield what no snapshot can bring about, whatever its facts are."""
    world = World(law)
    yield from _rules(world)
    for derived in law.derived.values():
        if isinstance(derived.value, Case):
            yield from _rows(world, derived, derived.value, files)
    yield from _latches(world)
    yield from _picks(world)


def _rules(world: World) -> Iterator[Finding]:
    for rule in world.law.rules.values():
        if rule.decides and world.where(rule.when) is None:
            message = f"'{rule.id}' can never fire: its condition is false whatever the facts are"
            yield Finding(rule.origin.place, "never", message)
        # One that can be unknown refuses at least then.
        if not rule.decides and world.sure(rule.when) and world.where(rule.when, holds=False) is None:
            message = f"'{rule.id}' can never refuse: its condition is true whatever the facts are"
            yield Finding(rule.origin.place, "never", message)


def _rows(world: World, derived: Derived, table: Case, files: Files) -> Iterator[Finding]:
    """Yield the rows and levels that cannot apply where the ones before them do not."""
    paths = _paths(world.law, derived.name, len(table.rows))
    for path, (tests, _) in zip(paths, ways(table), strict=False):
        if world.where_all(tests) is None:
            never_so = f"no facts lead here: '{derived.name}' never comes to this; delete it, or mend what it asks for"
            yield Finding(_place(files, derived, path), "never", never_so)


def _paths(law: Constitution, name: str, rows: int) -> Iterator[Path_]:
    """Yield where the rows of a table, or the levels of a ladder from the highest down, are written."""
    if name in law.tables:
        yield from (("tables", name, "rows", row) for row in range(rows))
        yield ("tables", name, "otherwise")
    if name in law.ladders:
        yield ("ladders", name, "applies")
        yield from (("ladders", name, "levels", level) for level in reversed(range(rows)))


def _place(files: Files, derived: Derived, path: Path_) -> Place:
    for file, _ in sections(files):
        if file.file == derived.origin.place.file:
            return node_at(file.node, path)[0].place
    return derived.origin.place


def _latches(world: World) -> Iterator[Finding]:
    for name, latch in world.law.latches.items():
        derived = world.law.derived[name].value
        sets, kept = derived.terms if isinstance(derived, Logic) else (derived, derived)
        if world.where(sets) is None:
            message = f"'{name}' can never be set: its condition is false whatever the facts are"
            yield Finding(latch.origin.place, "never", message)
        elif isinstance(kept, Logic) and not _for_good(kept) and world.where(kept.terms[-1], holds=False) is None:
            message = f"'{name}' can never be cleared: write `clear: false` if it is to hold for good"
            yield Finding(latch.origin.place, "never", message)


def _for_good(kept: Logic) -> bool:
    """Return whether a latch says in so many words that nothing clears it."""
    match kept.terms[-1]:
        case Inverse(of=Const(name="")):
            return True
        case _:
            return False


def _picks(world: World) -> Iterator[Finding]:
    for pick in world.law.picks.values():
        # A contract of any underlying has a symbol of its own, which is not that of the row that looks for it.
        apart = pick.over != "symbol" and "symbol" in SUBJECTS[pick.subject].sees
        conditions: tuple[Typed, ...] = (pick.when,) if apart else (pick.when, pick.where)
        if world.where_all(conditions) is None:
            message = f"'{pick.name}' can never be found: what it asks for is false whatever the facts are"
            yield Finding(pick.origin.place, "never", message)
