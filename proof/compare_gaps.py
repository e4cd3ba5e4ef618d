"""Where a comparison turns: the values of a given fact at which its sides meet, found on a filled snapshot.

The slow reading is asked what lies between the sides while one given fact moves; where that is a straight line, two
questions are enough, and where it goes in steps the nearest values on either side are taken.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, TypeAlias

from engine.evaluate import Evaluator, Rows
from engine.expr.typed import Compare, Const, Fold, OneOf, Read, Type, Typed, Within, walk
from engine.law.model import Constitution
from engine.law.names import LISTS
from engine.rows import Facts
from engine.subjects import SUBJECTS, given
from engine.verdict import Verdict
from proof.compare_atoms import Atom

MEASURED: Final = frozenset({"number", "date", "instant", "time"})
_STEPS: Final = 6
_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Leaf:
    """One fact that the snapshot gives, of one row."""

    subject: str
    fact: str
    row: int
    kind: Type


Gap: TypeAlias = tuple[Typed, Typed]


@dataclass
class Ground:
    """One verdict of one version, on which its comparisons are asked."""

    verdict: Verdict
    _evaluator: Evaluator | None = None
