"""Common Expression Language in Rust: `common-expression-language`."""

import json
from typing import Any, Final

import cel

from bench.peers.scene import Answers, Levels, Scene, flat, parts

PACKAGES: Final = ("common-expression-language",)


class Programs:
    """a program for each rule and derived fact, compiled once, one context for all of them"""

    def __init__(self, text: str) -> None:
        law = json.loads(text)
        self.derived = [(name, cel.compile(program)) for name, program in law["derived"]]
        self.rules = [(reason, cel.compile(program)) for reason, program in law["rules"]]

    def ready(self, scene: Scene) -> list[dict[str, Any]]:
        return list(flat(scene))

    def answer(self, native: list[dict[str, Any]]) -> Answers:
        found = []
        for facts in native:
            context = cel.Context(facts)
            for name, program in self.derived:
                context.add_variable(name, program.execute(context))
            found.append([reason for reason, program in self.rules if not program.execute(context)])
        return found


class OneProgram:
    """all rules as one program, compiled once; facts in one level of names"""

    def __init__(self, text: str) -> None:
        law = json.loads(text)
        self.reasons = law["reasons"]
        self.program = cel.compile(law["program"])

    def ready(self, scene: Scene) -> list[dict[str, Any]]:
        return list(flat(scene))

    def answer(self, native: list[dict[str, Any]]) -> Answers:
        execute, reasons = self.program.execute, self.reasons
        return [
            [reason for reason, holds in zip(reasons, execute(facts), strict=True) if not holds] for facts in native
        ]


class ThreePrograms:
    """the rules by hand in three programs: of a scene, of a ticker, of a candidate"""

    def __init__(self, text: str) -> None:
        self.parts = parts(text, lambda program: cel.compile(program).execute)

    def ready(self, scene: Scene) -> Levels:
        return Levels(scene)

    def answer(self, native: Levels) -> Answers:
        return native.answers(self.parts)
