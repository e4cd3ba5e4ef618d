"""The LEAP ladder: growth calls and hedge puts of long life."""

from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from engine.decided import Decided, Told, word


class LeapPermitted(Decided, slot="entry.verdict", risk="opens"):
    """The law permits to buy this long option."""

    kind: Literal["LeapPermitted"] = "LeapPermitted"


class BuyLeap(Decided, slot="holding.leap", risk="opens"):
    """Buy growth calls with what was set aside for them."""

    kind: Literal["BuyLeap"] = "BuyLeap"
    growth_calls: Annotated[Decimal, Told("usd", "for growth calls")]


class RollLeap(Decided, slot="position.action", risk="opens"):
    """Sell a LEAP and buy the next rung."""

    kind: Literal["RollLeap"] = "RollLeap"
    reason: Annotated[Literal["tte", "delta"], word("its time, or its delta")]
    contracts: Annotated[Decimal, Told("contracts", "contracts to sell; what they bring buys the next rung")]


class CloseLeap(Decided, slot="position.action", risk="closes"):
    """Sell a hedge of the ladder: the danger it was bought against is over, or it has paid."""

    kind: Literal["CloseLeap"] = "CloseLeap"
    reason: Annotated[Literal["normalized", "profit"], word("why")]
    contracts: Annotated[Decimal, Told("contracts", "contracts to sell")]


LadderDecision: TypeAlias = LeapPermitted | BuyLeap | RollLeap | CloseLeap
