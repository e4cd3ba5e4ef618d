"""The rule set for GoRules Zen: a decision graph with a decision table, or one expression."""

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from bench.peers.plain import Get, PlainLaw
from bench.peers.translate.levels import levels
from bench.peers.writer import Writer, definitions, denied, inlined


class Zen(Writer):
    both: Mapping[str, str] = {"and": " and ", "or": " or "}

    def get(self, of: Get) -> str:
        return f"{'candidate' if of.subject == 'entry' else of.subject}.{of.fact}"

    def inverse(self, of: str) -> str:
        return f"(not ({of}))"


class _Flat(Zen):
    """Every fact by one name, without a path."""

    def get(self, of: Get) -> str:
        return f"{of.subject}_{of.fact}"


class _Derived(Zen):
    """Derived facts under names of their own; `here` stands before those of the same expression node."""

    def __init__(self, law: PlainLaw, here: str = "") -> None:
        self.derived, self.here = definitions(law.derived), here

    def get(self, of: Get) -> str:
        if (of.subject, of.fact) in self.derived:
            return f"{self.here}{of.subject}_{of.fact}"
        return super().get(of)


def graph(law: PlainLaw) -> str:
    """Return a graph: derived facts as expressions, then a table that collects the reason of every row that applies."""
    there, here = _Derived(law), _Derived(law, "$.")
    derived = [
        {"id": name, "key": name, "value": here.write(fact.value)}
        for fact in law.derived
        for name in [there.get(Get(fact.subject, fact.fact))]
    ]
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": "refused", "name": "refused"}],
        "outputs": [{"id": "reason", "field": "reason", "name": "reason"}],
        "rules": [
            {"_id": check.reason, "refused": there.write(denied(check.holds)), "reason": json.dumps(check.reason)}
            for check in law.checks
        ],
    }
    nodes = [
        _node("asked", "inputNode", {}),
        _node("derived", "expressionNode", {"expressions": derived, "passThrough": True}),
        _node("refused", "decisionTableNode", table),
        _node("answered", "outputNode", {}),
    ]
    names = [node["id"] for node in nodes]
    edges = [{"id": f"{one}-{two}", "sourceId": one, "targetId": two, "type": "edge"} for one, two in pairwise(names)]
    return json.dumps({"nodes": nodes, "edges": edges})


def _node(name: str, kind: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "type": kind, "name": name, "content": content, "position": {"x": 0, "y": 0}}


def expression(law: PlainLaw) -> str:
    """Return one expression that gives a list of truths, derived facts written out where they are read."""
    zen, derived = _Flat(), definitions(law.derived)
    return json.dumps(
        {
            "reasons": [check.reason for check in law.checks],
            "expression": f"[{', '.join(zen.write(inlined(check.holds, derived)) for check in law.checks)}]",
        }
    )


def three_expressions(law: PlainLaw) -> str:
    return levels(law, _Flat())
