"""Expressions in words: a condition as a person who trades would say it, every name with its meaning or its value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from commands.page.markdown import escaped, link
from commands.page.names import Names
from commands.page.values import constant_of, human, parameter_of, value_of
from engine.expr.functions import FUNCTIONS
from engine.expr.typed import (
    Apply,
    Arithmetic,
    Case,
    Compare,
    Const,
    FirstKnown,
    Fold,
    Inverse,
    Known,
    Logic,
    Negated,
    OneOf,
    Read,
    Typed,
    Within,
)

_OR, _AND, _PHRASE, _SUM, _PRODUCT, _UNARY, _ATOM = range(1, 8)
_BINDING: Final = {"||": _OR, "&&": _AND, "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT}
_JOINED: Final = {"||": ", or ", "&&": ", and "}
_SIGNS: Final = {"+": "+", "-": "−", "*": "×", "/": "÷"}
_OPPOSITE: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_NUMBERS: Final = {"<": "is below", "<=": "is at most", ">": "is above", ">=": "is at least"}
_MOMENTS: Final = {"<": "is before", "<=": "is not after", ">": "is after", ">=": "is not before"}
_NOT: Final = "**not:** "
_ENDS: Final = {
    "lower": "the lower end of",
    "upper": "the upper end of",
    "middle": "the middle of",
    "size": "the number of",
}
_LIMITS: Final = {"max": "but at least", "min": "but at most"}
_CALLS: Final = {
    "at_local": "{1} on {0}, by {2}",
    "is_session": "the exchange opens on {0}",
    "highest_close": "the highest of {0} in the {2} before {1}",
    "last_session": "the last session in the week of {0}",
    "local_date": "the date at {0}, by {1}",
    "local_time": "the time of day at {0}, by {1}",
    "lowest_close": "the lowest of {0} in the {2} before {1}",
    "mean_true_range": "the mean of the true ranges of {2} before {1}",
    "month": "the month of {0}",
    "next_session": "the first session after {0}",
    "next_version": "{0}, with the next version suffix",
    "quarter": "the quarter of {0}",
    "session_close": "the close of the session of {0}",
    "session_open": "the opening of the session of {0}",
    "sessions_between": "the sessions after {0} up to {1}",
    "week_sessions": "the sessions in the week of {0}",
    "week_start": "the Monday of the week of {0}",
    "weekday": "the weekday of {0}",
    "years_after": "the day {1} after {0}",
}
_TWO: Final = 2


@dataclass(frozen=True)
class Words:
    """How expressions of one law are said."""

    names: Names

    def said(self, of: Typed, loosest: int = _OR) -> str:
        """Return an expression in words, as Markdown; in brackets where its place needs them."""
        found = self._said(of)
        return f"({found})" if _binding(of) < loosest else found

    def _said(self, of: Typed) -> str:
        match of:
            case Const():
                return self.constant(of)
            case Read():
                return self.names.read(of)
            case Arithmetic(operator=operator, left=left, right=right):
                binding = _BINDING[operator]
                return f"{self.said(left, binding)} {_SIGNS[operator]} {self.said(right, binding + 1)}"
            case Negated(of=inner):
                return f"−{self.said(inner, _UNARY)}"
            case Inverse(of=inner):
                return self.negated(inner)
            case Compare(operator=operator):
                return self._compared(of, operator)
            case Within() | OneOf():
                return f"{self._side(of.of)}{self.asked(of)}"
            case Logic(operator=operator, terms=terms):
                return _JOINED[operator].join(self.said(term, _PHRASE) for term in terms)  # words have no precedence
            case Apply(function=function, arguments=arguments):
                return self._called(function, arguments)
            case Known(of=inner):
                return f"{self._side(inner)} is known"
            case FirstKnown(options=options):
                return f"the first that is known of: {'; '.join(map(self.said, options))}"
            case Fold():
                return self._folded(of)
            case Case():
                return self._cases(of)

    def negated(self, of: Typed) -> str:
        """Return the opposite of a condition."""
        match of:
            case Inverse(of=inner):
                return self.said(inner)
            case Compare(operator=operator):
                return self._compared(of, _OPPOSITE[operator])
            case Within() | OneOf():
                return f"{self._side(of.of)}{self.asked(of, negated=True)}"
            case Known(of=inner):
                return f"{self._side(inner)} is not known"
            case Fold(how="exists", body=body):
                return f"there is no {self.names.rows(of, many=False).split(' ', 1)[1]}{self._such(body)}"
            case Logic():
                return f"{_NOT}({self.said(of)})"
            case _:
                return f"{_NOT}{self.said(of)}"

    def constant(self, of: Const) -> str:
        """Return a parameter with its value in brackets, a level with its number, or what stands there itself."""
        law = self.names.law
        function, _, _ = of.name.rpartition("(")
        name = parameter_of(of)
        if name in law.parameters:
            lead = f"{_ENDS[function]} " if function else ""
            return f"{lead}{self.parameter(name)} [{escaped(constant_of(of, law))}]"
        if of.name in law.levels:
            return f"level {law.levels[of.name]} ({human(of.name)})"
        if isinstance(of.value, bool):
            return "yes" if of.value else "no"
        return escaped(constant_of(of, law))

    def parameter(self, name: str) -> str:
        """Return a parameter as a link."""
        return link(escaped(human(name)), f"parameter-{name}")

    def asked(self, of: Within | OneOf, *, negated: bool = False) -> str:
        """Return what is asked of a value: that it lies in an interval, that it is on a list or one of some words."""
        no = "not " if negated else ""
        if isinstance(of, Within) and of.name:
            return f" lies {'outside' if negated else 'in'} {self.wanted(of)}"
        if isinstance(of, OneOf) and not of.name and of.of.type.kind == "symbol":
            words = [self.constant(item) for item in of.items]
            return f": {'neither ' if negated and len(words) > 1 else no}{listed(words, 'nor' if negated else 'or')}"
        return f" is {no}{'on the list ' if of.name else ''}{self.wanted(of)}"

    def wanted(self, of: Within | OneOf) -> str:
        """Return the interval, the list or the words that a value is held against."""
        if of.name:
            return f"{self.parameter(of.name)} [{escaped(value_of(self.names.law.parameters[of.name]))}]"
        return self.ends(of) if isinstance(of, Within) else listed([self.constant(item) for item in of.items], "or")

    def ends(self, of: Within) -> str:
        """Return an interval by its bounds."""
        bounds = (("from" if of.lower_in else "above", of.lower), ("up to" if of.upper_in else "below", of.upper))
        return " ".join(f"{word} {self.constant(end)}" for word, end in bounds if end is not None)

    def _side(self, of: Typed) -> str:
        return self.said(of, _PHRASE)

    def _compared(self, of: Compare, operator: str) -> str:
        left, right, kind = self._side(of.left), self._side(of.right), of.left.type.kind
        if operator in ("==", "!="):
            return self._alike(of, same=operator == "==")
        return f"{left} {(_NUMBERS if kind == 'number' else _MOMENTS)[operator]} {right}"

    def _alike(self, of: Compare, *, same: bool) -> str:
        left, right, no = self._side(of.left), self._side(of.right), "" if same else "not "
        if of.left.type.kind != "symbol":
            return f"{left} is {no}{right}"
        return f"{left}: {no}{right}" if isinstance(of.right, Const) else f"{left} is {no}the same as {right}"

    def _called(self, function: str, arguments: Sequence[Typed]) -> str:
        first, *others = arguments
        said = [self._side(argument) for argument in arguments]
        if function in _LIMITS and len(others) == 1 and isinstance(others[0], Const):
            return f"{said[0]}, {_LIMITS[function]} {said[1]}"
        if function in ("max", "min", "mean"):
            pair = {"max": "greater", "min": "smaller"} if len(said) == _TWO else {"max": "greatest", "min": "smallest"}
            return f"the {pair.get(function, function)} of {listed(said, 'and')}"
        if function in ("floor", "ceil"):
            step = f" to a multiple of {said[1]}" if others else ""
            return f"{self.said(first, _UNARY)} rounded {'down' if function == 'floor' else 'up'}{step}"
        if function == "abs":
            return f"{self.said(first, _UNARY)} without its sign"
        if function in _CALLS:
            return _CALLS[function].format(*said)
        return f"{escaped(FUNCTIONS[function].means)}, of {listed(said, 'and')}"

    def _folded(self, of: Fold) -> str:
        rows = self.names.rows(of, many=of.how != "exists")
        match of.how:
            case "exists":
                return f"there is {rows}{self._such(of.body)}"
            case "all":
                return f"for all {rows}: {self.said(of.body)}"
            case "count":
                return f"the number of {rows}{self._such(of.body)}"
            case _:
                return f"the sum of {self._side(of.body)} over all {rows}"

    def _such(self, body: Typed) -> str:
        return "" if isinstance(body, Const) else f" with: {self.said(body)}"

    def _cases(self, of: Case) -> str:
        ranked = [guard for guard, _ in of.rows if isinstance(guard, OneOf)]
        if of.first and len(ranked) == len(of.rows) and isinstance(of.otherwise, Const) and not of.otherwise.name:
            words = ", ".join(self.constant(item) for guard in ranked for item in guard.items)
            return f"the place, from 0, of {self._side(ranked[0].of)} in the order {words}"
        rows = "; ".join(f"{self.said(value)} where {self.said(guard)}" for guard, value in of.rows)
        return rows if of.otherwise is None else f"{rows}; otherwise {self.said(of.otherwise)}"


def listed(words: Sequence[str], last: str) -> str:
    """Return words as a person lists them: `a, b or c`."""
    return f" {last} ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def _binding(of: Typed) -> int:
    match of:
        case Logic(operator=operator) | Arithmetic(operator=operator):
            return _BINDING[operator]
        case Fold(how="exists" | "all", body=body) if not isinstance(body, Const):
            return _AND
        case Apply(function=function, arguments=(_, Const())) if function in _LIMITS:
            return _AND
        case Compare() | Within() | OneOf() | Apply() | FirstKnown() | Fold() | Known() | Case():
            return _PHRASE
        case Inverse(of=Read() | Logic()):
            return _OR  # said with `not:` before it, which must not seem to hold for what comes behind
        case Inverse(of=inner):
            return _binding(inner)
        case Negated():
            return _UNARY
        case Const() | Read():
            return _ATOM
