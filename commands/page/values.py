"""Values in a person's words: 25 %, 9:45 to 11:00, 3 to 4 sessions, Thursday, 0.40 to 0.45 where it is a delta."""

import re
from fractions import Fraction
from typing import Final

from commands.render import quantity
from engine.expr.typed import Const, Type
from engine.expr.units import UNITS
from engine.law.draft import unit_of
from engine.law.model import Constitution, Parameter
from engine.law.values import Interval, Single
from engine.wording import number, shown

_DELTA: Final = "delta"
_SIXTY: Final = 60
_CENTS: Final = 2
_PERCENT: Final = 100
_NUMBERED: Final = re.compile(r"(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])")
_BEHIND: Final = {
    "shares_per_contract": "shares a contract",
    "days_per_month": "calendar days a month",
    "days": "calendar days",
    "usd_per_share": "a share",
    "usd_per_contract": "a contract",
}
_SPELLED: Final = {
    "adv": "ADV", "atr": "ATR", "atrs": "ATRs", "cagr": "CAGR", "com": "Com", "csp": "CSP", "dte": "DTE", "gen": "Gen",
    "itm": "ITM", "leap": "LEAP", "leaps": "LEAPs", "llms": "LLMS", "rev": "Rev", "safe": "SAFE", "spx": "SPX",
    "vix": "VIX",
}  # fmt: skip


def human(name: str) -> str:
    """Return a name of the law as words: `gen_delta_band` is `Gen delta band`; a word with a capital stays as it is."""
    words = _NUMBERED.sub(" ", name.replace("_", " ")).split()
    return " ".join(_SPELLED.get(word, word) for word in words)


def decided(kind: str) -> str:
    """Return a kind of decision as words: `ExitPosition` is `exit position`."""
    return human("".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind))


def title(words: str) -> str:
    """Return words as a heading begins."""
    return words[:1].upper() + words[1:]


def value_of(parameter: Parameter) -> str:
    """Return what a parameter is set to, with its unit."""
    value, unit, name = parameter.value, parameter.unit, parameter.name
    match value:
        case Interval():
            return _interval(value, unit, name)
        case tuple():
            return ", ".join(_single(item, unit, name) for item in value)
        case _:
            return _single(value, unit, name)


def constant_of(of: Const, law: Constitution) -> str:
    """Return what a constant of an expression stands for: a parameter's value or bound, or a number or word itself."""
    parameter = law.parameters.get(parameter_of(of))
    if parameter is None or UNITS[parameter.unit].kind != of.type.kind:
        return human(of.value) if isinstance(of.value, str) else _bare(of)
    if isinstance(of.value, bool | str):
        return _single(of.value, parameter.unit, parameter.name)
    return _amount(of.exact, parameter.unit, parameter.name)


def _bare(of: Const) -> str:
    """Return a number that stands in an expression itself; a nought needs no unit."""
    return _amount(of.exact, unit_of(of.type), "") if of.value and of.type.dimension else number(of.exact)


def parameter_of(of: Const) -> str:
    """Return the name of the parameter that a constant is, or is a bound of."""
    return of.name.rpartition("(")[2].rstrip(")")


def _single(value: Single, unit: str, name: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value.capitalize() if unit == "weekday" else value if unit in ("zone", "ticker") else human(value)
    return _amount(Fraction(value, 10 ** UNITS[unit].scale), unit, name)


def _interval(of: Interval, unit: str, name: str) -> str:
    low, high = (end if end is None else _single(end, unit, name) for end in (of.lower, of.upper))
    if low is not None and high is not None and of.lower_in and of.upper_in:
        return f"exactly {low}" if low == high else f"{_without_unit(low, high)} to {high}"
    ends = (("from" if of.lower_in else "above", low), ("up to" if of.upper_in else "below", high))
    return ", ".join(f"{word} {end}" for word, end in ends if end is not None)


def _without_unit(low: str, high: str) -> str:
    """Return the lower end without the unit that the upper one has too: `10 to 20 %`."""
    number_, _, unit = low.partition(" ")
    return number_ if unit and high.partition(" ")[2].removesuffix("s") == unit.removesuffix("s") else low


def _amount(value: Fraction, unit: str, name: str) -> str:
    kind = UNITS[unit].kind
    if kind == "time":
        return _clock(value)
    if kind != "number":
        return shown(value, Type.of(UNITS[unit]))
    if unit == "ratio":
        return number(value, least=2) if _DELTA in name.split("_") else f"{number(value * _PERCENT)} %"
    if unit in ("usd_per_share", "usd_per_contract"):
        return f"{_dollars(value)} {_BEHIND[unit]}"
    if unit == "usd":
        return _dollars(value)
    return f"{number(value)} {_BEHIND[unit]}" if unit in _BEHIND else quantity(value, unit).removesuffix(" points")


def _dollars(value: Fraction) -> str:
    return f"${number(value, least=0 if value.denominator == 1 else _CENTS)}"


def _clock(seconds: Fraction) -> str:
    minutes, left = divmod(int(seconds), _SIXTY)
    hours, minute = divmod(minutes, _SIXTY)
    return f"{hours}:{minute:02}" + f":{left:02}" * bool(left)
