"""Values as both sides of an agreement spell them."""

from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from engine.second.graph import Node

UNKNOWN: Final = "unknown"


def exact(node: Node, value: Any) -> Any:  # noqa: ANN401 - any value
    """Return what a column's value says, whatever decimals the column keeps."""
    if value is None or node.divided or node.kind != "number":
        return value
    return Fraction(value) / 10**node.scale


def spelled(value: Any) -> str:  # noqa: ANN401 - any value
    """Return a value as text, numbers as decimals where they end; two values are alike where their texts are."""
    match value:
        case None:
            return UNKNOWN
        case bool():
            return str(value).lower()
        case Fraction():
            return _decimal(value)
        case _:
            return str(value)


def _decimal(value: Fraction) -> str:
    """Return a number as a decimal, or as `a/b` where it has no end."""
    under = value.denominator
    places = next((count for count in range(under.bit_length()) if 10**count % under == 0), None)
    return str(value) if places is None else f"{Decimal(f'{value * 10**places}E-{places}'):f}"
