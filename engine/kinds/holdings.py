"""What happens to shares and to the calls on them."""

from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from engine.decided import Decided, Told, word


class ReduceCoverage(Decided, slot="holding.coverage", risk="closes"):
    """Buy back calls until fewer of the shares are covered."""

    kind: Literal["ReduceCoverage"] = "ReduceCoverage"
    to: Annotated[Decimal, Told("ratio", "share of the shares that may stay covered")]
    close_contracts: Annotated[Decimal, Told("contracts", "calls to buy back")]


class QueueReentry(Decided, slot="holding.reentry"):
    """The shares were called away: sell a put on them next cycle."""

    kind: Literal["QueueReentry"] = "QueueReentry"
    symbol: Annotated[str, word("the underlying")]
    next_cycle: Annotated[bool, Told("bool", "not before the sleeve's next day")]


HoldingDecision: TypeAlias = ReduceCoverage | QueueReentry
