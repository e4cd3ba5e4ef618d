"""Snapshots on which two versions differ: those at hand, and those made of them at the bounds that have changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final, TypeAlias

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

_ENOUGH: Final = 2
_LEAST: Final = 16
_MOST_SEEDS: Final = 40
_MOST_ROWS: Final = 12

Identity: TypeAlias = tuple[str, str | int, str, int]


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
    _known: dict[tuple[str, Identity, Plain | None], Trial | None] = field(default_factory=dict)
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
        pieces: dict[str, list[Atom]] = {}
        told: set[int] = set()
        for atom in atoms(self.comparison):
            pieces.setdefault(atom.piece, []).append(atom)
        for wanted in pieces.values():
            most = min(self.made + max(self.limit // len(pieces), _LEAST), self.limit)
            for telling in (True, False):
                found = [trial for tried in self._tried(wanted, most, telling=telling) for trial in tried]
                yield from (trial for trial in found if id(trial) not in told)
                told |= set(map(id, found))
                if any(trial.turns for trial in found):
                    break

    def _tried(self, wanted: Sequence[Atom], most: int, *, telling: bool) -> Iterator[list[Trial]]:
        """Yield what comes of moving facts that some comparisons hang on, ground after ground, until enough shows."""
        lines = [self._lines(seed, grounds, wanted, telling=telling) for seed, grounds in self._grounds]
        found = 0
        while lines and found < _ENOUGH and self.made < most:
            line = lines.pop(0)
            tried = next(line, None)
            if tried is not None:
                lines.append(line)
                yield tried
                found += any(trial.turns for trial in tried)

    def _lines(
        self, seed: Seed, grounds: tuple[Ground, Ground], wanted: Sequence[Atom], *, telling: bool
    ) -> Iterator[list[Trial]]:
        """Yield what comes of moving one fact at a time, as far as the first value shows that it is worth it."""
        seen: set[Identity] = set()
        for row in range(_MOST_ROWS):
            lines: dict[Identity, _Line] = {}
            for atom in wanted:
                ground = grounds[atom.side]
                for rows in islice(ground.rows(atom, telling=telling), row, row + 1):
                    for cell in ground.cells(atom, rows):
                        line = lines.setdefault(_identity(ground, cell), _Line(ground, cell))
                        line.turnings[atom.side].update(ground.turnings(atom, rows, cell))
            fresh = [line for identity, line in lines.items() if identity not in seen]
            seen |= lines.keys()
            yield from (self._line(seed, line) for line in fresh)

    def _line(self, seed: Seed, line: "_Line") -> list[Trial]:
        """Return the trials of one fact: all of them where one of the first two shows a difference."""
        found: list[Trial] = []
        for number, value in enumerate(line.values()):
            if self.made >= self.limit or (number > 1 and not any(trial.turns for trial in found)):
                break
            trial = self._trial(seed, line, value)
            if trial is not None:
                found.append(trial)
        return [*found[1:], *found[:1]]  # what stands on a bound, or beside one, shows more than what lies between

    def _trial(self, seed: Seed, line: "_Line", value: Plain | None) -> Trial | None:
        """Return a snapshot with one fact otherwise, decided once, whatever pieces of the law ask for it."""
        key = (seed.name, _identity(line.ground, line.cell), value)
        if key not in self._known:
            self.made += 1
            self._known[key] = self._decided(seed, line, value)
        return self._known[key]

    def _decided(self, seed: Seed, line: "_Line", value: Plain | None) -> Trial | None:
        snapshot = changed(line.ground.facts, {line.cell: value})  # type: ignore[dict-item] # missing is a value too
        turns = self.judge.turns(*self.judge.decided(snapshot))
        if turns and not _sound(snapshot):
            return None
        return Trial(seed.name, _told(line.ground, line.cell, value), snapshot, turns)


@dataclass
class _Line:
    """One fact, the ground of the version that reads it, and where something turns in the old and in the new one."""

    ground: Ground
    cell: Cell
    turnings: tuple[set[Turning], set[Turning]] = field(default_factory=lambda: (set(), set()))

    def values(self) -> Iterator[Plain | None]:
        """Yield what the fact is moved to: between the bounds, onto changed ones and beside them; words; missing."""
        facts, cell = self.ground.facts, self.cell
        yield from words(facts, cell)
        old, new = self.turnings
        differing = old ^ new or old | new
        here = start(facts, cell) if differing else None
        if here is not None:
            nearest = sorted(differing, key=lambda turning: (abs(turning[0] - here), turning))
            first, second = (*nearest, nearest[0])[:2]
            between = (max(first[0], second[0]) + min(first[1], second[1])) // 2
            ticks = (between, *(tick for turning in nearest for tick in reversed(turning)))
            yield from (plain(facts, cell, tick) for tick in dict.fromkeys(ticks))
        yield None


def _identity(ground: Ground, cell: Cell) -> Identity:
    """Return what a fact is called in both versions, whose tables may have other rows for the same things."""
    return cell.subject, ground.facts.ids[cell.subject][cell.row] or cell.row, cell.fact, cell.day


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
