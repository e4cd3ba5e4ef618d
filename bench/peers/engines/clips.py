"""CLIPS 6.4 in C: `clipspy`."""

from typing import Any, Final

import clips
from clips._clips import lib

from bench.peers.scene import ONE, Answers, Scene

PACKAGES: Final = ("clipspy",)


class _Working:
    """An environment whose rules tell Python whom they refuse: everything (`*`), a ticker, or a candidate's number."""

    def __init__(self, text: str) -> None:
        self.environment = clips.Environment()
        self.refused: dict[Any, list[str]] = {}
        self.environment.define_function(self.refuse)
        for construct in text.splitlines():
            self.environment.build(construct)

    def refuse(self, whom: Any, reason: str) -> None:  # noqa: ANN401 - a symbol or a number
        self.refused.setdefault(whom, []).append(str(reason))

    def told(self, candidates: list[tuple[int, str]]) -> Answers:
        """Run, and return the reasons against each candidate."""
        self.refused.clear()
        self.environment.run()
        refused, nothing = self.refused, list[str]()
        every = refused.get("*", nothing)
        return [every + refused.get(name, nothing) + refused.get(place, nothing) for place, name in candidates]


class Facts(_Working):
    """every fact asserted by `assert_fact`, slot by slot, and released; `reset` between scenes"""

    def ready(self, scene: Scene) -> tuple[list[tuple[str, dict[str, Any]]], list[tuple[int, str]]]:
        rows = [(subject, _slots(row)) for subject, row in _rows(scene)]
        return rows, _named(scene)

    def answer(self, native: tuple[list[tuple[str, dict[str, Any]]], list[tuple[int, str]]]) -> Answers:
        rows, candidates = native
        self.environment.reset()
        for subject, slots in rows:
            fact = self.environment.find_template(subject).assert_fact(**slots)
            lib.ReleaseFact(fact._fact)  # noqa: SLF001 - clipspy 1.0.6 never does, and is slower with every fact made
        return self.told(candidates)


class Loaded(_Working):
    """all facts of a scene as one text, `load_facts`, candidates last; `reset` between scenes"""

    def ready(self, scene: Scene) -> tuple[str, list[tuple[int, str]]]:
        written = (
            f"({subject} {' '.join(f'({name} {_written(value)})' for name, value in row.items())})"
            for subject, row in _rows(scene)
        )
        return "\n".join(written), _named(scene)

    def answer(self, native: tuple[str, list[tuple[int, str]]]) -> Answers:
        facts, candidates = native
        self.environment.reset()
        self.environment.load_facts(facts)
        return self.told(candidates)


def _rows(scene: Scene) -> list[tuple[str, dict[str, Any]]]:
    """Return the facts in the order in which they change least often."""
    rows = [(subject, scene[subject]) for subject in ONE]
    for listed, subject in (("symbols", "symbol"), ("holdings", "holding")):
        rows += [(subject, {"ticker": name, **row}) for name, row in scene[listed].items()]
    return [*rows, *(("candidate", candidate) for candidate in scene["candidates"])]


def _named(scene: Scene) -> list[tuple[int, str]]:
    return [(candidate["id"], candidate["underlying"]) for candidate in scene["candidates"]]


def _slots(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: clips.Symbol(_written(value)) if isinstance(value, bool | str) else value for name, value in row.items()
    }


def _written(value: object) -> str:
    return str(value).upper() if isinstance(value, bool) else str(value)
