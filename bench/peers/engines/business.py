"""business-rules of Venmo, in Python."""

from decimal import Decimal
from typing import Any, Final

from business_rules import run_all
from business_rules.actions import BaseActions, rule_action
from business_rules.fields import FIELD_TEXT

from bench.peers.scene import Answers, Scene, joined

PACKAGES: Final = ("business-rules",)


class Refusals(BaseActions):  # type: ignore[misc]  # it ships no types
    def __init__(self) -> None:
        self.reasons: list[str] = []

    @rule_action(params={"reason": FIELD_TEXT})  # type: ignore[untyped-decorator]  # likewise
    def refuse(self, reason: str) -> None:
        self.reasons.append(reason)


class Plain:
    """`run_all` over the rules, a new object of variables for each candidate"""

    def __init__(self, text: str) -> None:
        module: dict[str, Any] = {}
        exec(text, module)  # noqa: S102 - the rule set's own translation
        self.variables, self.rules = module["Variables"], module["RULES"]

    def ready(self, scene: Scene) -> list[dict[str, Any]]:
        return list(joined(scene))

    def answer(self, native: list[dict[str, Any]]) -> Answers:
        found = []
        for rows in native:
            actions = Refusals()
            run_all(self.rules, self.variables(rows), actions)
            found.append(actions.reasons)
        return found


class Remembered(Plain):
    """the same; derived facts remembered for a candidate, numbers made Decimals before"""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        for rule in self.rules:
            _made_decimal(rule["conditions"])


def _made_decimal(conditions: dict[str, Any]) -> None:
    """Make every number that a variable is compared with what the engine would make of it each time."""
    for condition in conditions.get("all", conditions.get("any", [])):
        _made_decimal(condition)
    if isinstance(conditions.get("value"), int) and conditions["value"] is not True:
        conditions["value"] = Decimal(conditions["value"])
