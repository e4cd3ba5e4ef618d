"""What every decision says: the subject, the rule that spoke, what else lost to it.

Each kind says what it competes for (`slot`) and what it does to risk. `opens`: without every fact it is denied.
`closes`, `neutral`: without a fact it is not done, and a person is alerted.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from engine.expr.units import UNITS, Unit

Risk: TypeAlias = Literal["opens", "closes", "neutral"]


@dataclass(frozen=True, slots=True)
class Told:
    """What one field of a decision says: its unit, its meaning, the words it may be."""

    unit: str
    means: str
    words: tuple[str, ...] = ()

    @property
    def type(self) -> Unit:
        """Return the unit by its name."""
        return UNITS[self.unit]


def word(means: str) -> Told:
    """Return a field that is one word, of a closed list where its type is a `Literal`."""
    return Told("symbol", means)


class Frozen(BaseModel):
    """A value of the verdict."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Reason(Frozen):
    """Why something is refused: the requirement that does not hold, and by how much it misses."""

    code: str
    rule: str
    margin: Annotated[
        Decimal | None, Field(description="how far beyond the limit, in the unit named; 0 only when exclusive")
    ] = None
    unit: str | None = None
    needs: Annotated[Decimal | None, Field(description="what would have been enough, where the law says it")] = None


class Decided(Frozen):
    """What every decision says of itself: the subject, the rule that spoke, what else lost to it."""

    slot: ClassVar[str]
    risk: ClassVar[Risk]
    subject: str
    id: str
    rule: str
    shadowed: tuple[str, ...] = ()

    def __init_subclass__(cls, *, slot: str, risk: Risk = "neutral") -> None:
        cls.slot, cls.risk = slot, risk
