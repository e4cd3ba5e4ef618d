"""GoRules Zen in Rust: `zen-engine`."""

import json
from typing import Any, Final

import zen

from bench.peers.scene import Answers, Levels, Scene, flat, joined, parts

PACKAGES: Final = ("zen-engine",)


class Decision:
    """a decision graph with a decision table, `create_decision` and `evaluate`"""

    def __init__(self, text: str) -> None:
        self.decision = zen.ZenEngine().create_decision(text)

    def ready(self, scene: Scene) -> list[dict[str, Any]]:
        return list(joined(scene))

    def answer(self, native: list[dict[str, Any]]) -> Answers:
        return [[row["reason"] for row in self.decision.evaluate(rows)["result"]] for rows in native]


class Precompiled:
    """the same graph as ZenDecisionContent, compiled once, given by a loader: optimal, its documentation says"""

    def __init__(self, text: str) -> None:
        content = zen.ZenDecisionContent(text)
        self.engine = zen.ZenEngine({"loader": lambda _: content})

    def ready(self, scene: Scene) -> list[dict[str, Any]]:
        return list(joined(scene))

    def answer(self, native: list[dict[str, Any]]) -> Answers:
        evaluate = self.engine.evaluate
        return [[row["reason"] for row in evaluate("law", rows)["result"]] for rows in native]


class Expression:
    """no graph: all rules as one compiled expression of its expression language, facts as JSON text"""

    def __init__(self, text: str) -> None:
        law = json.loads(text)
        self.reasons = law["reasons"]
        self.expression = zen.compile_expression(law["expression"])

    def ready(self, scene: Scene) -> list[str]:
        return [json.dumps(facts) for facts in flat(scene)]

    def answer(self, native: list[str]) -> Answers:
        evaluate, reasons = self.expression.evaluate, self.reasons
        return [[reason for reason, holds in zip(reasons, evaluate(rows), strict=True) if not holds] for rows in native]


class ThreeExpressions:
    """the rules by hand in three compiled expressions: of a scene, of a ticker, of a candidate"""

    def __init__(self, text: str) -> None:
        self.parts = parts(text, lambda program: zen.compile_expression(program).evaluate)

    def ready(self, scene: Scene) -> Levels:
        return Levels(scene)

    def answer(self, native: Levels) -> Answers:
        return native.answers(self.parts)
