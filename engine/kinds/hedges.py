"""What is bought, kept and released as insurance."""

from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from engine.decided import Decided, Told


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


HedgeDecision: TypeAlias = DeployHedge | HoldHedge | RaiseHedge
