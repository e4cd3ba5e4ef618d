"""The LEAP ladder: growth calls and hedge puts of long life."""

from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from engine.decided import Decided, Told, word


class LeapPermitted(Decided, slot="entry.leap", risk="opens"):
    """The law permits to buy these growth calls, as they were proposed."""

    kind: Literal["LeapPermitted"] = "LeapPermitted"


class HedgePermitted(Decided, slot="entry.insurance", risk="opens"):
    """The law permits to buy these hedge puts, as they were proposed."""

    kind: Literal["HedgePermitted"] = "HedgePermitted"


class BuyLeap(Decided, slot="holding.leap", risk="opens"):
    """Buy growth calls with what was set aside for them."""

    kind: Literal["BuyLeap"] = "BuyLeap"
    growth_calls: Annotated[Decimal, Told("usd", "for growth calls")]


class RenewHedge(Decided, slot="holding.renewal"):
    """Buy the next rung of hedge puts with what the last one brought."""

    kind: Literal["RenewHedge"] = "RenewHedge"
    spx_puts: Annotated[Decimal, Told("usd", "for SPX puts")]


class RollLeap(Decided, slot="position.action", risk="opens"):
    """Sell a LEAP; what it brings is set aside and buys the next rung."""

    kind: Literal["RollLeap"] = "RollLeap"
    reason: Annotated[Literal["tte", "delta"], word("its time, or its delta")]
    contracts: Annotated[Decimal, Told("contracts", "contracts to sell")]
    target: Annotated[str, Told("text", "the next rung as it is listed now")]


class CloseLeap(Decided, slot="position.action", risk="closes"):
    """Sell a hedge of the ladder: the danger it was bought against is over, or it has paid."""

    kind: Literal["CloseLeap"] = "CloseLeap"
    reason: Annotated[Literal["normalized", "profit"], word("why")]
    contracts: Annotated[Decimal, Told("contracts", "contracts to sell")]


LadderDecision: TypeAlias = LeapPermitted | HedgePermitted | BuyLeap | RenewHedge | RollLeap | CloseLeap
