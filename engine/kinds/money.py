"""What becomes of capital: pivots and new money."""

from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from engine.decided import Decided, Told, word
from engine.facts import Kind


class Pivot(Decided, slot="sleeve.pivot"):
    """The sleeve sells no puts until it has recovered: covered calls only."""

    kind: Literal["Pivot"] = "Pivot"
    sleeve: Annotated[Kind, word("which sleeve", Kind)]


class PivotCleared(Decided, slot="sleeve.pivot"):
    """The sleeve has recovered and may sell puts again."""

    kind: Literal["PivotCleared"] = "PivotCleared"
    sleeve: Annotated[Kind, word("which sleeve", Kind)]


class Allocate(Decided, slot="event.allocation"):
    """New capital, split to the cent."""

    kind: Literal["Allocate"] = "Allocate"
    gen: Annotated[Decimal, Told("usd", "to Gen")]
    rev: Annotated[Decimal, Told("usd", "to Rev")]
    com: Annotated[Decimal, Told("usd", "to Com")]


MoneyDecision: TypeAlias = Pivot | PivotCleared | Allocate
