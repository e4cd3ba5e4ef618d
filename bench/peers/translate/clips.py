"""The rule set as CLIPS: a template for each subject, a rule for each refusal, joined by the ticker.

A rule matches the subjects that it reads and no others, and refuses whatever stands lowest among them: everything, all
candidates of a ticker, or one candidate. Derived facts are functions of what they read.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from bench.peers.plain import SUBJECTS, Get, Plain, PlainLaw, reads
from bench.peers.writer import Writer, definitions, denied, inlined

_KEYS: Final = {"symbol": "ticker", "holding": "ticker", "candidate": "underlying"}
_OPERATORS: Final = {"==": "=", "!=": "<>"}


class Clips(Writer):
    """`words` are the facts that are words or truths, which CLIPS keeps as symbols."""

    both: Mapping[str, str] = {"and": "and", "or": "or"}
    truths: Mapping[bool, str] = {True: "TRUE", False: "FALSE"}

    def word(self, value: str) -> str:
        return value

    def number(self, value: int) -> str:
        return str(value)

    def get(self, of: Get) -> str:
        return f"?{_owner(of)}-{of.fact}"

    def sum(self, operator: str, left: str, right: str) -> str:
        return f"({operator} {left} {right})"

    def call(self, function: str, parts: Sequence[str]) -> str:
        return f"({function} {' '.join(parts)})"

    def test(self, operator: str, left: str, right: str) -> str:
        if right.isalpha() or right.startswith("?"):
            return (
                f"({'eq' if operator == '==' else 'neq'} {left} {right})"
                if operator in {"==", "!="}
                else self._of(operator, left, right)
            )
        return self._of(operator, left, right)

    def _of(self, operator: str, left: str, right: str) -> str:
        return f"({_OPERATORS.get(operator, operator)} {left} {right})"

    def among(self, of: str, words: Sequence[str]) -> str:
        tests = [f"(eq {of} {word})" for word in words]
        return tests[0] if len(tests) == 1 else f"(or {' '.join(tests)})"

    def several(self, operator: str, terms: Sequence[str]) -> str:
        return f"({operator} {' '.join(terms)})"

    def inverse(self, of: str) -> str:
        return f"(not {of})"

    def choose(self, guard: str, then: str, otherwise: str) -> str:
        return f"(if {guard} then {then} else {otherwise})"


def _owner(of: Get) -> str:
    return "candidate" if of.subject == "entry" else of.subject


class _Truths(Clips):
    """A fact that is true or false is a symbol: asked alone it is compared with TRUE."""

    def __init__(self, truths: frozenset[tuple[str, str]]) -> None:
        self.truths_read = truths

    def get(self, of: Get) -> str:
        name = super().get(of)
        return f"(eq {name} TRUE)" if (of.subject, of.fact) in self.truths_read else name


def constructs(law: PlainLaw) -> str:
    """Return templates and rules, with derived facts written out where they are read."""
    derived = definitions(law.derived)
    clips = _Truths(frozenset(name for name, form in law.given.items() if form == "bool"))
    owned: dict[str, list[str]] = {}
    for subject, fact in law.given:
        owned.setdefault(_owner(Get(subject, fact)), []).append(fact)
    templates = [_template(subject, facts) for subject, facts in owned.items()]
    rules = [_rule(check.reason, inlined(denied(check.holds), derived), clips) for check in law.checks]
    return "\n".join([*templates, *rules])


def _template(subject: str, facts: Sequence[str]) -> str:
    keys = [_KEYS[subject]] if subject in _KEYS else []
    slots = [*(["id"] if subject == "candidate" else []), *keys, *facts]
    return f"(deftemplate {subject} {' '.join(f'(slot {name})' for name in dict.fromkeys(slots))})"


def _rule(reason: str, refused: Plain, clips: Clips) -> str:
    wanted: dict[str, dict[str, None]] = {}
    for read in reads(refused):
        wanted.setdefault(_owner(read), {})[read.fact] = None
    met = [subject for subject in SUBJECTS if subject in wanted]
    patterns = [_pattern(subject, wanted[subject]) for subject in met]
    whom = "?id" if "candidate" in met else "?ticker" if {"symbol", "holding"} & {*met} else "*"
    return f"(defrule {reason} {' '.join(patterns)} (test {clips.write(refused)}) => (refuse {whom} {reason}))"


def _pattern(subject: str, facts: Mapping[str, None]) -> str:
    keys = [f"({_KEYS[subject]} ?ticker)"] if subject in _KEYS else []
    if subject == "candidate":
        keys.append("(id ?id)")
    slots = [f"({fact} ?{subject}-{fact})" for fact in facts if fact != _KEYS.get(subject)]
    return f"({subject} {' '.join([*keys, *slots])})"
