"""Values as both sides of an agreement spell them."""

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
    """Return a value as text; two values are alike where their texts are."""
    return UNKNOWN if value is None else str(value).lower() if isinstance(value, bool) else str(value)
