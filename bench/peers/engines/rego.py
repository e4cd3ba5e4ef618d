"""Rego in C++: `regopy` (rego-cpp)."""

import json
from typing import Any, Final

from regopy import Input, Interpreter

from bench.peers.scene import Answers, Scene, joined

PACKAGES: Final = ("regopy",)


class Query:
    """the module in an interpreter, `set_input` and `query`"""

    def __init__(self, text: str) -> None:
        self.rego = Interpreter()
        self.rego.add_module("race", text)

    def ready(self, scene: Scene) -> list[dict[str, Any]]:
        return list(joined(scene))

    def answer(self, native: list[dict[str, Any]]) -> Answers:
        found = []
        for rows in native:
            self.rego.set_input(rows)
            found.append(json.loads(str(self.rego.query("data.race.deny")))["expressions"][0])
        return found


class Bundle:
    """the module compiled to a bundle once, its entry point asked; inputs made before"""

    def __init__(self, text: str) -> None:
        compiler = Interpreter()
        compiler.add_module("race", text)
        self.bundle = compiler.build("x = data.race.deny", ["race/deny"])
        self.rego = Interpreter()

    def ready(self, scene: Scene) -> list[Input]:
        return [Input(rows) for rows in joined(scene)]

    def answer(self, native: list[Input]) -> Answers:
        found = []
        for rows in native:
            self.rego.set_input(rows)
            output = self.rego.query_bundle_entrypoint(self.bundle, "race/deny")
            found.append(json.loads(str(output))["expressions"][0])
        return found
