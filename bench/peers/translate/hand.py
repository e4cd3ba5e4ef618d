"""The law's numbers for what is written by hand: floats, pairs of them for intervals, lists of words."""

import json
from fractions import Fraction

from engine.expr.units import UNITS
from engine.law.model import Constitution, Parameter
from engine.law.values import Interval


def numbers(law: Constitution) -> str:
    return json.dumps({name: _plain(parameter) for name, parameter in law.parameters.items()})


def _plain(parameter: Parameter) -> float | list[float] | list[str]:
    scale = 10 ** UNITS[parameter.unit].scale
    match parameter.value:
        case int(value):
            return float(Fraction(value, scale))
        case Interval(lower=int(lower), upper=int(upper)):
            return [float(Fraction(lower, scale)), float(Fraction(upper, scale))]
        case tuple(words):
            return [str(word) for word in words]
        case _:
            raise ValueError(parameter.name)
