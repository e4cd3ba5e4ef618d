"""durable-rules in C, by its C module: no thread, timer or clock takes part, and a failure is an exception."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final

import durable_rules_engine as engine

from bench.peers.scene import ONE, Answers, Scene, alone

PACKAGES: Final = ("durable-rules",)
_TOGETHER: Final = 50  # candidates in one session: a session of very many facts is slow, and may be too many
Named = list[tuple[int, str]]


class DurableError(Exception):
    """The rule that always fires did not, so that nothing else can be believed."""


class _Session:
    """Facts are asserted, and actions started one by one until the rule that always fires has fired."""

    made: ClassVar[int] = 0

    def __init__(self, text: str) -> None:
        law = json.loads(text)
        _Session.made += 1  # a name can be used once in a process
        self.rules = engine.create_ruleset(f"race-{_Session.made}", json.dumps(law["rules"]))
        self.asserts = law["asserts"]

    def told(self, session: str, offset: int, candidates: Named) -> Answers:
        refused: dict[Any, set[str]] = {}
        known: set[str] = set()
        for rule, facts in self._fired(offset):
            if rule == "done":
                continue
            if rule in self.asserts:
                fact = self.asserts[rule]
                if fact["t"] not in known:
                    known.add(fact["t"])
                    engine.assert_fact(self.rules, json.dumps({**fact, "id": fact["t"], "sid": session, "one": 1}))
                continue
            refused.setdefault(_whom(facts), set()).add(rule.partition("/")[0])
        engine.delete_state(self.rules, session)
        nothing = set[str]()
        every = refused.get("*", nothing)
        return [[*every, *refused.get(ticker, nothing), *refused.get(number, nothing)] for number, ticker in candidates]

    def _fired(self, offset: int) -> Iterator[tuple[str, dict[str, Any]]]:
        started = engine.start_action_for_state(self.rules, offset)
        message, done = started and started[1], 0
        while message:
            ((rule, facts),) = json.loads(message).items()
            yield rule, facts
            done += rule == "done"
            message = engine.complete_and_start_action(self.rules, offset)
        if done != 1:
            raise DurableError(done)


class Single(_Session):
    """a session for each candidate, facts asserted one by one"""

    def ready(self, scene: Scene) -> list[tuple[list[dict[str, Any]], Named]]:
        each = (alone(scene, place) for place in range(len(scene["candidates"])))
        return [(_facts(one, one["candidates"], "1"), _named(one["candidates"])) for one in each]

    def answer(self, native: list[tuple[list[dict[str, Any]], Named]]) -> Answers:
        found = []
        for facts, named in native:
            offset = 0
            for fact in facts:
                _, offset = engine.assert_fact(self.rules, json.dumps(fact))
            found += self.told("1", offset, named)
        return found


class Together(_Session):
    """candidates in one session, all facts asserted by one `assert_facts`"""

    def ready(self, scene: Scene) -> list[tuple[str, Named]]:
        candidates = scene["candidates"]
        parts = [candidates[first : first + _TOGETHER] for first in range(0, len(candidates), _TOGETHER)]
        return [(json.dumps(_facts(scene, part, "1")), _named(part)) for part in parts]

    def answer(self, native: list[tuple[str, Named]]) -> Answers:
        found = []
        for facts, named in native:
            _, offset = engine.assert_facts(self.rules, facts)
            found += self.told("1", offset, named)
        return found


def _named(candidates: Sequence[dict[str, Any]]) -> Named:
    return [(candidate["id"], candidate["underlying"]) for candidate in candidates]


def _whom(facts: dict[str, Any]) -> str | int:
    """Return whom a rule refuses: a candidate's number, a ticker, or everything."""
    if "candidate" in facts:
        return int(facts["candidate"]["n"])
    keyed = facts.get("symbol") or facts.get("holding")
    return str(keyed["u"]) if keyed else "*"


def _facts(scene: Scene, candidates: Sequence[dict[str, Any]], session: str) -> list[dict[str, Any]]:
    rows = [(subject, {**scene[subject]}) for subject in ONE]
    tickers = dict.fromkeys(candidate["underlying"] for candidate in candidates)
    for listed, kind in (("symbols", "symbol"), ("holdings", "holding")):
        rows += [(kind, {"u": name, **scene[listed][name]}) for name in tickers]
    for candidate in candidates:
        own = {name: value for name, value in candidate.items() if name not in {"id", "underlying"}}
        rows.append(("candidate", {"n": candidate["id"], "u": candidate["underlying"], **own}))
    return [{"t": kind, "id": f"{number}", "sid": session, "one": 1, **row} for number, (kind, row) in enumerate(rows)]
