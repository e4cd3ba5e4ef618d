"""What is bought, kept and released as insurance."""

from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from engine.decided import Decided, Told, word


class DeployHedge(Decided, slot="position.hedge"):
    """Spend on insurance for one breach: dollars by leg, and contracts where a quote is at hand."""

    kind: Literal["DeployHedge"] = "DeployHedge"
    spx_puts: Annotated[Decimal, Told("usd", "for SPX puts")]
    vix_calls: Annotated[Decimal, Told("usd", "for VIX calls")]


class HoldHedge(Decided, slot="position.insurance"):
    """Keep the hedges of a breach that still stands."""

    kind: Literal["HoldHedge"] = "HoldHedge"


class RaiseHedge(Decided, slot="account.hedge"):
    """The account is hedged less than its VIX tier asks for: buy hedges until it is not."""

    kind: Literal["RaiseHedge"] = "RaiseHedge"
    to: Annotated[Decimal, Told("ratio", "protected over deployed notional, at least")]


class HedgeTrigger(Decided, slot="*.trigger"):
    """The market calls for hedges: one for each trigger that holds."""

    kind: Literal["HedgeTrigger"] = "HedgeTrigger"
    trigger: Annotated[Literal["vix", "spx", "breadth"], word("which")]


class TriggerHedge(Decided, slot="sleeve.hedge"):
    """Spend what is left of the sleeve's hedge budget because a trigger holds: dollars by leg."""

    kind: Literal["TriggerHedge"] = "TriggerHedge"
    spx_puts: Annotated[Decimal, Told("usd", "for SPX puts")]
    vix_calls: Annotated[Decimal, Told("usd", "for VIX calls")]


class TierHedge(Decided, slot="sleeve.tier"):
    """What one sleeve's budget buys towards its account's hedge ratio."""

    kind: Literal["TierHedge"] = "TierHedge"
    spx_puts: Annotated[Decimal, Told("usd", "for SPX puts")]


class ReleaseHedge(Decided, slot="position.insurance", risk="closes"):
    """Sell a hedge: it has paid, or what it was bought for is over."""

    kind: Literal["ReleaseHedge"] = "ReleaseHedge"
    reason: Annotated[Literal["profit", "reverted"], word("why")]
    contracts: Annotated[Decimal, Told("contracts", "contracts to sell")]


HedgeDecision: TypeAlias = DeployHedge | HoldHedge | RaiseHedge | HedgeTrigger | TriggerHedge | TierHedge | ReleaseHedge
