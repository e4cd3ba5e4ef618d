"""A scene as plain rows, as JSON has them: what every contestant is given, and nothing of this project's types.

`host`, `market`, `account` and `sleeve` are one row each, `symbols` and `holdings` rows by ticker, `candidates` a list;
a candidate names its symbol as `underlying` and carries the facts of its entry. Numbers are whole, at the decimals of
their units.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

Scene: TypeAlias = Mapping[str, Any]
Facts: TypeAlias = dict[str, Any]
Answers: TypeAlias = list[list[str]]
ONE: Final = ("host", "market", "account", "sleeve")


class Way(Protocol):
    """One way to use an engine: made from the rule set in its own form, asked with scenes in its own form."""

    def __init__(self, text: str) -> None: ...

    def ready(self, scene: Scene) -> Any:  # noqa: ANN401 - whatever the engine takes
        """Return a scene as the engine takes it; not measured."""

    def answer(self, native: Any) -> Answers:  # noqa: ANN401 - likewise
        """Return the reasons against each candidate."""


def alone(scene: Scene, place: int) -> dict[str, Any]:
    """Return a scene with one of its candidates, and nothing but what that one needs."""
    candidate = scene["candidates"][place]
    name = candidate["underlying"]
    only = {listed: {name: scene[listed][name]} for listed in ("symbols", "holdings")}
    return {**{subject: scene[subject] for subject in ONE}, **only, "candidates": [candidate]}


def joined(scene: Scene) -> Iterator[dict[str, Any]]:
    """Yield for each candidate the rows it is judged by, by their subjects."""
    same = {subject: scene[subject] for subject in ONE}
    for candidate in scene["candidates"]:
        name = candidate["underlying"]
        yield {**same, "symbol": scene["symbols"][name], "holding": scene["holdings"][name], "candidate": candidate}


def flat(scene: Scene) -> Iterator[dict[str, Any]]:
    """Yield for each candidate its facts by one name each, `market_vix`, which engines take over faster than rows."""
    for rows in joined(scene):
        yield {name: value for subject, row in rows.items() for name, value in named(subject, row)}


def named(subject: str, row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the facts of a row by their one name; a candidate's row has what its entry is asked for too."""
    for fact, value in row.items():
        yield f"{'entry' if fact == 'contracts' else subject}_{fact}", value


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a divided rule set: reasons of its truths, what it reads of parts before, what it gives, the call."""

    reasons: list[str]
    reads: list[str]
    gives: list[str]
    ask: Callable[[dict[str, Any]], list[Any]]

    def asked(self, own: Facts, before: Facts) -> tuple[list[str], Facts]:
        """Return the reasons that it finds, and everything that is known after it."""
        known = {**before, **own}
        told = self.ask({**{name: before[name] for name in self.reads}, **own})
        known.update(zip(self.gives, told[len(self.reasons) :], strict=True))
        return self.refused(told), known

    def refused(self, told: list[Any]) -> list[str]:
        return [reason for reason, holds in zip(self.reasons, told, strict=False) if not holds]


class Levels:
    """A scene in the three parts of the divided rule set, and how they are asked one after the other."""

    def __init__(self, scene: Scene) -> None:
        self.shared = dict(pair for subject in ONE for pair in named(subject, scene[subject]))
        self.tickers = {
            name: dict([*named("symbol", row), *named("holding", scene["holdings"][name])])
            for name, row in scene["symbols"].items()
        }
        self.candidates = [(row["underlying"], dict(named("candidate", row))) for row in scene["candidates"]]

    def answers(self, parts: Sequence[Part]) -> Answers:
        """Return the reasons against each candidate."""
        of_scene, of_ticker, of_candidate = parts
        every, below = of_scene.asked(self.shared, {})
        ask, refused = of_candidate.ask, of_candidate.refused
        met: dict[str, tuple[list[str], Facts]] = {}
        found = []
        for ticker, facts in self.candidates:
            if ticker not in met:
                reasons, known = of_ticker.asked(self.tickers[ticker], below)
                met[ticker] = [*every, *reasons], {name: known[name] for name in of_candidate.reads}
            shared, before = met[ticker]
            found.append(shared + refused(ask({**before, **facts})))
        return found


def parts(text: str, compiled: Callable[[str], Callable[[dict[str, Any]], list[Any]]]) -> list[Part]:
    """Return the parts of a divided rule set as its translation has them, each with its program compiled."""
    return [Part(part["reasons"], part["reads"], part["gives"], compiled(part["program"])) for part in json.loads(text)]
