"""The rule set as Rego: derived facts are rules, and `deny` is the set of reasons whose body holds.

Rego has no `or` inside a body: a condition becomes one rule for each of its alternatives. A table is a chain of `else`.
"""

from collections.abc import Sequence
from typing import Final

from bench.peers.plain import Among, Both, Choose, Compare, Derived, Get, Not, Plain, PlainLaw
from bench.peers.writer import Writer, definitions, denied

# The built-in `max` of rego-cpp 1.5.2 takes 40000 for more than 240200, so both are written out.
_CHOSEN: Final = {"min": "lesser", "max": "greater"}
_HEAD: Final = """\
package race
import rego.v1
lesser(a, b) := a if { a < b } else := b
greater(a, b) := a if { a >= b } else := b"""


class Rego(Writer):
    def __init__(self, law: PlainLaw) -> None:
        self.derived = definitions(law.derived)

    def get(self, of: Get) -> str:
        if (of.subject, of.fact) in self.derived:
            return f"{of.subject}_{of.fact}"
        return f"input.{'candidate' if of.subject == 'entry' else of.subject}.{of.fact}"

    def call(self, function: str, parts: Sequence[str]) -> str:
        return f"abs({parts[0]})" if function == "abs" else f"{_CHOSEN[function]}({', '.join(parts)})"

    def test(self, operator: str, left: str, right: str) -> str:
        return f"{left} {operator} {right}"

    def among(self, of: str, words: Sequence[str]) -> str:
        return f"{of} in {{{', '.join(map(self.word, words))}}}"

    def bodies(self, of: Plain) -> list[str]:
        """Return the alternatives of a condition, each what must hold at once."""
        match of:
            case Both(operator="and", terms=terms):
                found = [""]
                for term in terms:
                    found = [f"{first}; {then}" if first else then for first in found for then in self.bodies(term)]
                return found
            case Both(terms=terms):
                return [body for term in terms for body in self.bodies(term)]
            case Not(of=Both() | Compare() as inner):
                return self.bodies(denied(inner))
            case Not(of=inner):
                return [f"not {self.write(inner)}"]
            case Get() | Compare() | Among():
                return [self.write(of)]
            case _:
                raise ValueError(of)


def module(law: PlainLaw) -> str:
    rego = Rego(law)
    lines = [_HEAD]
    for fact in law.derived:
        lines += _derived(rego, fact)
    for check in law.checks:
        lines += [f'deny contains "{check.reason}" if {{ {body} }}' for body in rego.bodies(denied(check.holds))]
    return "\n".join(lines)


def _derived(rego: Rego, fact: Derived) -> list[str]:
    name = f"{fact.subject}_{fact.fact}"
    if isinstance(fact.value, Choose):
        rows = [f"{rego.write(value)} if {{ {_single(rego, guard)} }}" for guard, value in fact.value.rows]
        return [f"{name} := {' else := '.join([*rows, rego.write(fact.value.otherwise)])}"]
    if fact.form == "bool":
        bodies = rego.bodies(fact.value)
        return [f"default {name} := false", *(f"{name} if {{ {body} }}" for body in bodies)]
    return [f"{name} := {rego.write(fact.value)}"]


def _single(rego: Rego, guard: Plain) -> str:
    (body,) = rego.bodies(guard)
    return body
