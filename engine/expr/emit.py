"""Typed expressions as Python source over scaled integers, where `None` is unknown.

A piece of code has guards: names (or bindings) that must not be `None` for its text to mean anything. Strict operations
merge the guards of their parts, so an expression over five facts is one test and one comparison; only `&&` and `||`
look inside unknowns.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import gcd
from typing import Final, TypeAlias

from engine.expr.functions import PARTIAL
from engine.expr.typed import (
    Apply,
    Arithmetic,
    Compare,
    Const,
    Fold,
    Inverse,
    Known,
    Logic,
    Negated,
    OneOf,
    Read,
    Type,
    Typed,
    Within,
)

Guards = dict[str, str | None]
Side: TypeAlias = tuple[int, str]
"""One side of a comparison: a whole number, times an expression where there is one."""

_OF_NONE: Final = {"exists": "False", "all": "True", "count": "0", "sum": "0"}


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of row numbers as code: its name, what binds it, one row's variable; for a series the bars' columns."""

    name: str
    guards: Guards
    index: str
    columns: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """`text`, over `under` when it is a quotient, at `scale` decimals; means something when no guard is `None`.

    Of a whole number times something, `multiple` has both.
    """

    text: str
    scale: int = 0
    under: str | None = None
    guards: Guards = field(default_factory=dict)
    constant: int | None = None
    multiple: Side | None = None

    @property
    def value(self) -> str:
        """The text as one expression that is `None` where a guard is."""
        guards, text = dict(self.guards), self.text
        if text in guards:  # the value itself is what may be `None`
            text = guards.pop(text) or text
        return f"(None if {guard(guards)} else {text})" if guards else text


def guard(guards: Guards) -> str:
    """Return the test that some guard is `None`; bindings happen on the way."""
    return " or ".join(
        f"{name} is None" if text is None else f"({name} := {text}) is None" for name, text in guards.items()
    )


class Emitter:
    """Writes expressions; `load` says how a fact is read where the code will stand."""

    def __init__(self, load: Callable[[Read], Code], rows: Callable[[Fold | Apply], Rows]) -> None:
        self._load = load
        self._rows = rows
        self._names = 0

    def fresh(self) -> str:
        """Return a name that stands nowhere else in the function."""
        self._names += 1
        return f"t{self._names}"

    def code(self, of: Typed) -> Code:
        """Return the code of an expression that is no table and no `first_known`: those are statements."""
        match of:
            case Const():
                return _const(of)
            case Read():
                return self._load(of)
            case Arithmetic():
                return self._arithmetic(of)
            case Negated(of=inner):
                code = self.code(inner)
                return Code(f"-({code.text})", code.scale, code.under, code.guards)
            case Compare():
                return self._compare(of)
            case Within():
                return self._within(of)
            case OneOf():
                return self._one_of(of)
            case Logic():
                return self._logic(of)
            case Inverse(of=inner):
                code = self.code(inner)
                return Code(f"(not {code.text})", guards=code.guards)
            case Known(of=inner):
                code = self.code(inner)
                return Code(f"(not ({guard(code.guards)}))" if code.guards else "True")
            case Apply():
                return self._apply(of)
            case Fold():
                return self._fold(of)
            case _:
                message = f"{type(of).__name__} is written as statements"
                raise TypeError(message)

    def bound(self, text: str, scale: int = 0) -> Code:
        """Return code for a text that may be `None`, evaluated once."""
        name = self.fresh()
        return Code(name, scale, guards={name: text})

    def _arithmetic(self, of: Arithmetic) -> Code:
        left, right = self.code(of.left), self.code(of.right)
        guards = {**left.guards, **right.guards}
        if of.operator == "*":
            under = _times(left.under, right.under)
            return _product(left, right, under, guards)
        if of.operator == "/":
            text = _scaled(left.text, right.scale)
            top = f"{text} * {right.under}" if right.under else text
            return Code(f"({top})", left.scale, _times(left.under, f"({right.text})"), guards)
        scale = max(left.scale, right.scale)
        if left.under is None and right.under is None:
            return Code(f"({align(left, scale)} {of.operator} {align(right, scale)})", scale, None, guards)
        tops = (_cross(left, right, scale), _cross(right, left, scale))
        return Code(f"({tops[0]} {of.operator} {tops[1]})", scale, _times(left.under, right.under), guards)

    def _compare(self, of: Compare) -> Code:
        left, right = self.code(of.left), self.code(of.right)
        return Code(_compared(left, of.operator, right), guards={**left.guards, **right.guards})

    def _within(self, of: Within) -> Code:
        code = self.code(of.of)
        lower, upper = (None if bound is None else _const(bound) for bound in (of.lower, of.upper))
        said: list[Code | str] = [code]
        if lower is not None:
            said = [lower, "<=" if of.lower_in else "<", *said]
        if upper is not None:
            said = [*said, "<=" if of.upper_in else "<", upper]
        return Code(_compared(*said), guards=code.guards)

    def _one_of(self, of: OneOf) -> Code:
        code = self.code(of.of)
        if of.of.type.kind in ("symbol", "text"):
            if len(of.items) == 1:
                return Code(f"({code.text} == {of.items[0].value!r})", guards=code.guards)
            words = ", ".join(sorted(repr(item.value) for item in of.items))
            return Code(f"({code.text} in {{{words}}})", guards=code.guards)
        tests = [_compared(code, "==", _const(item)) for item in of.items]
        return Code(f"({' or '.join(tests)})", guards=code.guards)

    def _logic(self, of: Logic) -> Code:
        """Kleene: one false settles `&&`, one true settles `||`, whatever is unknown beside it."""
        word, decisive = (" and ", False) if of.operator == "&&" else (" or ", True)
        plain, tests, unknown = list[str](), list[str](), list[str]()
        for term in of.terms:
            inverted = isinstance(term, Inverse)
            code = self.code(term.of if isinstance(term, Inverse) else term)
            if code.guards:
                name = code.text if code.guards == {code.text: None} else self.fresh()
                bound = name if name == code.text else f"({name} := {code.value})"
                tests.append(f"{bound} is {decisive is not inverted}")
                unknown.append(f"{name} is None")
            else:
                plain.append(f"not {code.text}" if inverted else code.text)
                tests.append(code.text if decisive is not inverted else f"not {code.text}")
        if not unknown:
            return Code(f"({word.join(plain)})")
        open_ = f"None if {' or '.join(unknown)} else {not decisive}"
        return self.bound(f"({decisive} if {' or '.join(tests)} else {open_})")

    def _apply(self, of: Apply) -> Code:
        if of.function == "mean_true_range":
            return self._series(of)
        codes = [self.code(argument) for argument in of.arguments]
        guards: Guards = {}
        for code in codes:
            guards |= code.guards
        if of.function == "abs":
            return Code(f"abs({codes[0].text})", codes[0].scale, codes[0].under, guards)
        if of.function in ("floor", "ceil"):
            return _rounded(of.function, codes, of.type, guards)
        if of.function in ("min", "max", "mean"):
            return _several(of.function, codes, guards)
        text = f"K.{of.function}({', '.join(code.text for code in codes)})"
        if not guards:
            return self.bound(text, of.type.scale) if of.function in PARTIAL else Code(text, of.type.scale)
        name = self.fresh()
        guards[name] = text
        return Code(name, of.type.scale, guards=guards)

    def _series(self, of: Apply) -> Code:
        _, day, count = of.arguments
        kids = self._rows(of)
        code = self.code(day)
        number = self.code(count)
        name = self.fresh()
        call = f"K.{of.function}({kids.name}, {kids.columns}, {code.text}, {number.text})"
        return Code(name, of.type.scale, number.text, {**code.guards, **kids.guards, name: call})

    def _fold(self, of: Fold) -> Code:
        kids = self._rows(of)
        body = self.code(of.body)
        scale = body.scale if of.how == "sum" else 0
        each = f"{body.value} for {kids.index} in {kids.name}"
        # Most lists are empty, and a look costs less than a call.
        none = f"if {kids.name} else {_OF_NONE[of.how]}"
        if not body.guards:
            plain = {"exists": f"any({each})", "all": f"all({each})", "sum": f"sum({each})"}
            counted = f"sum(1 for {kids.index} in {kids.name} if {body.text})"
            return Code(f"({plain.get(of.how, counted)} {none})", scale, None, dict(kids.guards))
        name = self.fresh()
        return Code(name, scale, None, {**kids.guards, name: f"(K.{of.how}({each}) {none})"})


def _const(of: Const) -> Code:
    if isinstance(of.value, bool | str):
        return Code(repr(of.value))
    return Code(f"({of.value})" if of.value < 0 else str(of.value), of.type.scale, constant=of.value)


def _times(left: str | None, right: str | None) -> str | None:
    return f"{left} * {right}" if left and right else left or right


def _scaled(text: str, places: int) -> str:
    return f"{text} * {10**places}" if places else text


def align(code: Code, scale: int) -> str:
    """Return the numerator at more decimals; constants are folded."""
    places = scale - code.scale
    if code.constant is not None:
        return str(code.constant * 10**places)
    return _scaled(code.text, places)


def _cross(code: Code, other: Code, scale: int) -> str:
    """Return the numerator at a scale, multiplied by the other side's denominator."""
    text = align(code, scale)
    return f"{text} * {other.under}" if other.under else text


def _side(code: Code) -> Side:
    """Return a numerator as a whole number times what it multiplies."""
    if code.constant is not None:
        return code.constant, ""
    return code.multiple or (1, code.text)


def _spelled(side: Side) -> str:
    factor, text = side
    return f"{text} * {factor}" if text and factor != 1 else text or str(factor)


def _product(left: Code, right: Code, under: str | None, guards: Guards) -> Code:
    (one, first), (other, second) = _side(left), _side(right)
    scale, factor = left.scale + right.scale, one * other
    if not first and not second:
        return Code(f"({factor})", scale, under, guards, constant=factor)
    text = f"({first} * {second})" if first and second else first or second
    spelled = text if factor == 1 else f"({_spelled((factor, text))})"
    return Code(spelled, scale, under, guards, multiple=(factor, text))


def _compared(*said: Code | str) -> str:
    """Return a comparison of codes, an operator between each two: as whole numbers at one scale, without fractions.

    What all of them are multiples of is left away. Python is fast with small integers.
    """
    codes = [each for each in said if isinstance(each, Code)]
    scale = max(code.scale for code in codes)
    sides = [_above(code, scale, _beside(codes, place)) for place, code in enumerate(codes)]
    shared = gcd(*(factor for factor, _ in sides)) or 1
    spelled = iter([_spelled((factor // shared, text)) for factor, text in sides])
    return f"({' '.join(each if isinstance(each, str) else next(spelled) for each in said)})"


def _above(code: Code, scale: int, unders: Sequence[str]) -> Side:
    """Return a numerator at a scale, multiplied by the denominators of what it is compared with."""
    factor, text = _side(code)
    return factor * 10 ** (scale - code.scale), " * ".join([*([text] if text else ()), *unders])


def _beside(codes: Sequence[Code], place: int) -> list[str]:
    """Return the denominators of all codes but one."""
    return [code.under for code in (*codes[:place], *codes[place + 1 :]) if code.under]


def _rounded(function: str, codes: list[Code], kind: Type, guards: Guards) -> Code:
    """Round to multiples of a step whose scale the result keeps; down is Python's own //."""
    of = codes[0]
    step = codes[1].text if len(codes) > 1 else "1"
    top = _scaled(f"({of.text})", kind.scale)
    under = _times(of.under, _scaled(step, of.scale)) or "1"
    quotient = f"({top}) // ({under})" if function == "floor" else f"-(-({top}) // ({under}))"
    return Code(f"(({quotient}) * {step})", kind.scale, None, guards)


def _several(function: str, codes: list[Code], guards: Guards) -> Code:
    scale = max(code.scale for code in codes)
    under: str | None = None
    for code in codes:
        under = _times(under, code.under)
    tops = []
    for place, code in enumerate(codes):
        tops.append(" * ".join([align(code, scale), *_beside(codes, place)]))
    if function == "mean":
        return Code(f"({' + '.join(tops)})", scale, _times(under, str(len(codes))), guards)
    return Code(f"{function}({', '.join(tops)})", scale, under, guards)


def all_guards(codes: Iterable[Code]) -> Guards:
    """Return the guards of several codes, each once."""
    merged: Guards = {}
    for code in codes:
        merged |= code.guards
    return merged
