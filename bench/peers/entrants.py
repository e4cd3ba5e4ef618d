"""Who is there, what they are asked, and whether they all answer the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.measure import Sample
from bench.peers.contestants import CONTESTANTS, LAW, Contestant, answers, law_of, plain_of
from bench.peers.inputs import plain_scene, scenes
from bench.peers.scene import Scene
from engine.facts import Snapshot
from engine.fill import fill

TOGETHER: Final = 500
FEW: Final = 50
_ROUNDS: Final = 20


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured; `quick` is enough to see that it is all there."""

    scenes: int = 200
    each: int = 10
    rounds: int = _ROUNDS
    table: int = 100_000
    starts: int = 5
    quick: bool = False

    @classmethod
    def small(cls) -> "Size":
        return cls(scenes=20, rounds=4, table=10_000, starts=2, quick=True)


@dataclass(frozen=True, slots=True)
class Asked:
    """One input in both forms: a snapshot, and plain rows."""

    snapshot: Snapshot
    scene: Scene

    def native(self, entrant: "Entrant") -> Any:  # noqa: ANN401 - whatever its engine takes
        return entrant.way.ready(self.snapshot if entrant.contestant.takes_snapshots else self.scene)


@dataclass(slots=True)
class Entrant:
    """A contestant that is there, its rule set loaded, and what was measured of it."""

    contestant: Contestant
    way: Any
    walls: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)
    together: list[Sample] = field(default_factory=list)
    of: int = TOGETHER

    @property
    def id(self) -> str:
        return self.contestant.id


def enter(folder: Path = LAW) -> tuple[list[Entrant], dict[str, str]]:
    """Return those who are there, and why the others are not."""
    entrants, absent = list[Entrant](), dict[str, str]()
    for contestant in CONTESTANTS:
        try:
            entrants.append(Entrant(contestant, contestant.made(folder)))
        except ImportError as error:
            absent[contestant.name] = f"{error}; `make peers` installs it"
    return entrants, absent


def asked(snapshots: Sequence[Snapshot]) -> list[Asked]:
    law, plain = law_of(), plain_of()
    return [Asked(snapshot, plain_scene(plain, fill(law, snapshot))) for snapshot in snapshots]


def differences(entrants: Sequence[Entrant], inputs: Sequence[Asked]) -> Iterator[str]:
    """Yield every contestant whose answer to some input is not that of the first, with the input."""
    first, *others = entrants
    for number, one in enumerate(inputs):
        expected = answers(first.way, one.native(first))
        for entrant in others:
            found = answers(entrant.way, one.native(entrant))
            if found != expected:
                place = next(place for place, pair in enumerate(zip(found, expected, strict=True)) if len({*pair}) > 1)
                apart = ", ".join(sorted(found[place] ^ expected[place]))
                yield f"{entrant.contestant.name} against {first.contestant.name}, input {number}, {place}: {apart}"


def agreement(size: Size) -> dict[str, Any]:
    """Return for each contestant that is there in what it differs from the first, if it does; and who is not there."""
    entrants, absent = enter()
    inputs = asked(scenes(size.scenes, size.each))
    found = {one.id: next(differences([entrants[0], one], inputs), "") for one in entrants}
    return {"differs": found, "absent": absent}
