"""What an explanation consists of: frozen trees of evaluated expressions, down to the facts and parameters they use."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from engine.decided import Decided
from engine.law.authored import Interpretation, LawItem
from engine.law.model import Origin, Parameter
from engine.place import Place

ALL_OF: Final = "all of"
ANY_OF: Final = "any of"


@dataclass(frozen=True, slots=True)
class Step:
    """One expression, evaluated; `name` and `id` stand where it defines a fact, `label` says what it is of its parent.

    `says` has every value put in, `gives` is the result as people read it and `plain` as a file holds it. `unknown`
    are the facts to blame. `margin` is how far a comparison is from its limit, on either side of it. `reads` are the
    facts that the snapshot gives to this very expression, each with its row's id, and `parameters` the law's.
    """

    says: str
    gives: str
    plain: str | bool | None
    unit: str
    unknown: tuple[str, ...] = ()
    margin: Fraction | None = None
    margin_unit: str = ""
    reads: tuple[tuple[str, str], ...] = ()
    parameters: tuple[str, ...] = ()
    label: str = ""
    name: str = ""
    id: str = ""
    form: str = ""
    origin: Origin | None = None
    parts: tuple["Step", ...] = ()


@dataclass(frozen=True, slots=True)
class Used:
    """One fact that the snapshot gave, remembered or assumed; `place` is where it was written, if it was."""

    name: str
    id: str
    gives: str
    plain: str | bool | None
    unit: str
    means: str
    place: Place | None


@dataclass(frozen=True, slots=True)
class Ground:
    """One piece of the law that speaks for or against a decision, and its condition on the rows at hand.

    `role`: it `decides`, `requires` (`reason` when it does not hold), `chooses` among the permitted, `shares` a sum,
    was `shadowed`; or, where something was not decided, it `wins`, cannot `tell` what it has to say, or `picks` another
    contract (the `reason`).
    """

    name: str
    role: str
    origin: Origin
    steps: tuple[Step, ...]
    reason: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether its condition holds; `None` where a fact to blame leaves it open."""
        found = self.steps[0].plain
        return found if isinstance(found, bool) else None


@dataclass(frozen=True, slots=True)
class Explained:
    """Grounds, and everything that they cite, rest on and read."""

    grounds: tuple[Ground, ...]
    items: Mapping[str, LawItem]
    rulings: Mapping[str, Interpretation]
    parameters: Mapping[str, Parameter]
    facts: Mapping[tuple[str, str], Used]


@dataclass(frozen=True, slots=True)
class Explanation(Explained):
    """Why a decision is as it is."""

    decision: Decided
