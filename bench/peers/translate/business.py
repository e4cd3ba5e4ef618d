"""The rule set for business-rules: a class of variables in Python, and conditions on them as its JSON has them.

A condition there compares one variable with one fixed value; what compares two facts compares their difference with 0,
and a difference is a variable of its own. Derived facts are Python, as its documentation has it.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bench.peers.plain import Among, Both, Compare, Form, Get, Not, Plain, PlainLaw, Sum, Value
from bench.peers.writer import Writer, definitions, denied

_OPERATORS: Final = {
    "==": "equal_to",
    "<": "less_than",
    "<=": "less_than_or_equal_to",
    ">": "greater_than",
    ">=": "greater_than_or_equal_to",
}
_HEAD: Final = """\
from decimal import Decimal
from functools import cached_property
from business_rules.variables import (
    BaseVariables, boolean_rule_variable, numeric_rule_variable, select_multiple_rule_variable)

class Variables(BaseVariables):
    def __init__(self, rows):
        self.rows = rows
"""


class Python(Writer):
    both: Mapping[str, str] = {"and": " and ", "or": " or "}
    truths: Mapping[bool, str] = {True: "True", False: "False"}

    def __init__(self, law: PlainLaw, *, cached: bool) -> None:
        self.derived, self.call_it = definitions(law.derived), "" if cached else "()"

    def get(self, of: Get) -> str:
        if (of.subject, of.fact) in self.derived:
            return f"self._{of.subject}_{of.fact}{self.call_it}"
        subject = "candidate" if of.subject == "entry" else of.subject
        return f"self.rows['{subject}']['{of.fact}']"

    def call(self, function: str, parts: Sequence[str]) -> str:
        return f"{function}({', '.join(parts)})"

    def inverse(self, of: str) -> str:
        return f"(not {of})"

    def choose(self, guard: str, then: str, otherwise: str) -> str:
        return f"({then} if {guard} else {otherwise})"


class _Conditions:
    """Conditions as JSON, and the variables that they read by name: a kind and what it returns."""

    def __init__(self, law: PlainLaw, python: Python) -> None:
        self.python = python
        self.forms: dict[tuple[str, str], Form] = {**law.given}
        self.forms |= {(fact.subject, fact.fact): fact.form for fact in law.derived}
        self.variables: dict[str, tuple[str, str]] = {}
        self.differences: dict[Plain, str] = {}

    def write(self, of: Plain) -> dict[str, Any]:
        match of:
            case Both(operator=operator, terms=terms):
                return {"all" if operator == "and" else "any": [self.write(term) for term in terms]}
            case Not(of=Both() | Compare() as inner):
                return self.write(denied(inner))
            case Not(of=Among(of=Get() as word, words=words)):
                return self._words(word, words, "shares_no_elements_with")
            case Not(of=Get() as truth):
                return self._truth(truth, "is_false")
            case Among(of=Get() as word, words=words):
                return self._words(word, words, "shares_at_least_one_element_with")
            case Compare(operator=operator, left=Get() as word, right=Value(value=str(text))):
                same = "shares_at_least_one_element_with" if operator == "==" else "shares_no_elements_with"
                return self._words(word, (text,), same)
            case Compare():
                return self._number(of)
            case Get():
                return self._truth(of, "is_true")
            case _:
                raise ValueError(of)

    def _words(self, of: Get, words: Sequence[str], operator: str) -> dict[str, Any]:
        name = self._variable(f"{of.subject}_{of.fact}", "select_multiple", f"[{self.python.write(of)}]")
        return {"name": name, "operator": operator, "value": [*words]}

    def _truth(self, of: Get, operator: str) -> dict[str, Any]:
        return {
            "name": self._variable(f"{of.subject}_{of.fact}", "boolean", self.python.write(of)),
            "operator": operator,
            "value": True,
        }

    def _number(self, of: Compare) -> dict[str, Any]:
        left, value = (of.left, of.right.value) if isinstance(of.right, Value) else (Sum("-", of.left, of.right), 0)
        if of.operator == "!=":
            return {"any": [self._compared("<", left, value), self._compared(">", left, value)]}
        return self._compared(of.operator, left, value)

    def _compared(self, operator: str, left: Plain, value: object) -> dict[str, Any]:
        if isinstance(left, Get):
            name = f"{left.subject}_{left.fact}"
        else:
            name = self.differences.setdefault(left, f"difference_{len(self.differences)}")
        return {
            "name": self._variable(name, "numeric", self.python.write(left)),
            "operator": _OPERATORS[operator],
            "value": value,
        }

    def _variable(self, name: str, kind: str, returns: str) -> str:
        self.variables[name] = kind, returns
        return name


def plain(law: PlainLaw) -> str:
    """Return a module with `Variables` and `RULES`; derived facts are methods."""
    return _module(law, cached=False)


def remembered(law: PlainLaw) -> str:
    """Return the same module; derived facts are worked out once for each candidate, numbers are Decimals already."""
    return _module(law, cached=True)


def _module(law: PlainLaw, *, cached: bool) -> str:
    python = Python(law, cached=cached)
    conditions = _Conditions(law, python)
    rules = [
        {
            "conditions": conditions.write(denied(check.holds)),
            "actions": [{"name": "refuse", "params": {"reason": check.reason}}],
        }
        for check in law.checks
    ]
    lines = [_HEAD]
    for fact in law.derived:
        if cached:
            lines.append("    @cached_property")
        lines.append(f"    def _{fact.subject}_{fact.fact}(self): return {python.write(fact.value)}")
    for name, (kind, returns) in conditions.variables.items():
        lines.append(f"    @{kind}_rule_variable()")
        lines.append(
            f"    def {name}(self): return {f'Decimal({returns})' if cached and kind == 'numeric' else returns}"
        )
    written = json.dumps(rules).replace(": true", ": True")
    lines.append(f"RULES = {written}")
    return "\n".join(lines)
