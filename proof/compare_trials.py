"""Snapshots on which two versions differ: those at hand, and those made of them at the bounds that have changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final

from pydantic import ValidationError

from engine.calendar import zone_of
from engine.cells import Cell, Plain, changed, kind_of, plain, start, words
from engine.facts import Snapshot
from engine.verdict import Verdict
from proof.compare import Comparison
from proof.compare_atoms import Atom, atoms
from proof.compare_gaps import Ground, Turning
from proof.compare_judge import Judge
from proof.compare_turns import Turn

_ENOUGH: Final = 3
_MOST_SEEDS: Final = 40
_MOST_ROWS: Final = 12


@dataclass(frozen=True, slots=True)
class Seed:
    """A snapshot at hand, and what it is called."""

    name: str
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Trial:
    """A snapshot that both versions have decided, and what they decide otherwise; `moved` is what was changed in it."""

    name: str
    moved: str
    snapshot: Snapshot
    turns: tuple[Turn, ...]


@dataclass
class Trials:
    """Tries snapshots; of those made at a bound at most `limit`."""

    comparison: Comparison
    judge: Judge
    limit: int
    made: int = 0
    _grounds: list[tuple[Seed, tuple[Ground, Ground]]] = field(default_factory=list)

    def at_hand(self, seeds: Sequence[Seed]) -> Iterator[Trial]:
        """Yield each snapshot, decided."""
        stated = (item.fact.split(".") for seed in seeds for item in seed.snapshot.assume)
        self.judge.allow(f"{names[0]}.{names[-1]}" for names in stated)
        for seed in seeds:
            old, new = self.judge.decided(seed.snapshot)
            if isinstance(old, Verdict) and isinstance(new, Verdict) and len(self._grounds) < _MOST_SEEDS:
                self._grounds.append((seed, (Ground(old), Ground(new))))
            yield Trial(seed.name, "", seed.snapshot, self.judge.turns(old, new))

    def at_bounds(self) -> Iterator[Trial]:
        """Yield snapshots in which one fact stands on a bound that has changed, beside it, or between the two."""
        wanted = atoms(self.comparison)
        for telling in (True, False):
            lines = [self._lines(seed, grounds, wanted, telling=telling) for seed, grounds in self._grounds]
            found = 0
            while lines and found < _ENOUGH and self.made < self.limit:
                line = lines.pop(0)
                tried = next(line, None)
                if tried is not None:
                    lines.append(line)
                    yield from tried
                    found += any(trial.turns for trial in tried)
            if found:
                return

    def _lines(
        self, seed: Seed, grounds: tuple[Ground, Ground], wanted: Sequence[Atom], *, telling: bool
    ) -> Iterator[list[Trial]]:
        """Yield what comes of moving one fact at a time, as far as the first value shows that it is worth it."""
        seen: set[Cell] = set()
        for row in range(_MOST_ROWS):
            turnings: dict[Cell, tuple[set[Turning], set[Turning]]] = {}
            for atom in wanted:
                ground = grounds[atom.side]
                for rows in islice(ground.rows(atom, telling=telling), row, row + 1):
                    for cell in ground.cells(atom, rows):
                        turnings.setdefault(cell, (set(), set()))[atom.side].update(ground.turnings(atom, rows, cell))
            for cell in [*turnings]:
                if cell not in seen:
                    seen.add(cell)
                    yield self._line(seed, grounds[1], cell, turnings[cell])

    def _line(self, seed: Seed, ground: Ground, cell: Cell, turnings: tuple[set[Turning], set[Turning]]) -> list[Trial]:
        """Return the trials of one fact: all of them where one of the first two shows a difference."""
        found: list[Trial] = []
        for number, value in enumerate(_values(ground, cell, turnings)):
            if self.made >= self.limit or (number > 1 and not any(trial.turns for trial in found)):
                break
            trial = self._trial(seed, ground, cell, value)
            if trial is not None:
                found.append(trial)
        return [*found[1:], *found[:1]]  # what stands on a bound, or beside one, shows more than what lies between

    def _trial(self, seed: Seed, ground: Ground, cell: Cell, value: Plain | None) -> Trial | None:
        self.made += 1
        snapshot = changed(ground.facts, {cell: value})  # type: ignore[dict-item] # missing is a value too
        turns = self.judge.turns(*self.judge.decided(snapshot))
        if turns and not _sound(snapshot):
            return None
        return Trial(seed.name, _told(ground, cell, value), snapshot, turns)


def _values(ground: Ground, cell: Cell, turnings: tuple[set[Turning], set[Turning]]) -> Iterator[Plain | None]:
    """Yield what a fact is moved to: between the bounds, onto the changed ones and beside them; words each; missing."""
    facts = ground.facts
    yield from words(facts, cell)
    differing = turnings[0] ^ turnings[1] or turnings[0] | turnings[1]
    here = start(facts, cell) if differing else None
    if here is not None:
        nearest = sorted(differing, key=lambda turning: (abs(turning[0] - here), turning))
        first, second = (*nearest, nearest[0])[:2]
        beside = (max(min(first), min(second)) + min(max(first), max(second))) // 2
        ticks = (beside, *(tick for turning in nearest for tick in reversed(turning)))
        yield from (plain(facts, cell, tick) for tick in dict.fromkeys(ticks))
    yield None


def _sound(snapshot: Snapshot) -> bool:
    """Return whether a file may say so: what contradicts itself is refused whole."""
    try:
        Snapshot.model_validate(dict(snapshot), context={"zone": zone_of(snapshot.calendar.zone)})
    except ValidationError:
        return False
    return True


def _told(ground: Ground, cell: Cell, value: Plain | None) -> str:
    """Return what was moved: `candidate IWM260306P00200000: delta -0.46`."""
    id_ = ground.facts.ids[cell.subject][cell.row].replace(" ", "")
    row = f"{cell.subject} {id_}".strip()
    match value:
        case None:
            said = "missing"
        case bool():
            said = str(value).lower()
        case datetime():
            said = value.astimezone(zone_of(ground.facts.snapshot.calendar.zone)).isoformat()
        case _:
            said = f"{value:f}" if kind_of(ground.facts, cell).kind == "number" else str(value)
    return f"{row}: {cell.fact} {said}"
