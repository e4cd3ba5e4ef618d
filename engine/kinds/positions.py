"""What happens to an option position: levels, rolls, exits, hedges."""

from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from engine.decided import Decided, Told, word


class Level(Decided, slot="position.level"):
    """Where a short put stands on the ladder."""

    kind: Literal["Level"] = "Level"
    level: Annotated[Decimal, Told("count", "the level now")]
    before: Annotated[Decimal, Told("count", "the level before")]

    @property
    def passed(self) -> tuple[int, ...]:
        """The levels entered on the way up, each to be logged."""
        return tuple(range(int(self.before) + 1, int(self.level) + 1))


class Monitor(Decided, slot="position.monitor"):
    """How soon to look again."""

    kind: Literal["Monitor"] = "Monitor"
    seconds: Annotated[Decimal, Told("seconds", "the longest time until the next look")]


class Hold(Decided, slot="position.action"):
    """Keep the position."""

    kind: Literal["Hold"] = "Hold"


class PrecomputeRoll(Decided, slot="position.precompute"):
    """Work out the roll, send nothing."""

    kind: Literal["PrecomputeRoll"] = "PrecomputeRoll"


class PrepareRoll(Decided, slot="position.prepare"):
    """Have the roll ready to go."""

    kind: Literal["PrepareRoll"] = "PrepareRoll"


class Roll(Decided, slot="position.action", risk="opens"):
    """Buy the old contract back and sell a later one, as one order."""

    kind: Literal["Roll"] = "Roll"
    reason: Annotated[Literal["recovery", "emergency"], word("what makes it due")]
    urgency: Annotated[Literal["normal", "critical"], word("how urgent")]
    target: Annotated[str, Told("text", "the contract sold instead")]
    contracts: Annotated[Decimal, Told("contracts", "how many, never more than before")]
    debit: Annotated[Decimal, Told("usd_per_share", "buy-back less new credit at mid; negative is a credit")]
    delta_from: Annotated[Decimal, Told("ratio", "lower end of the band it rolls into")]
    delta_to: Annotated[Decimal, Told("ratio", "upper end of the band it rolls into")]
    extend_from: Annotated[Decimal, Told("sessions", "nearest new expiry beyond the old one")]
    extend_to: Annotated[Decimal, Told("sessions", "farthest new expiry beyond the old one, where one is listed")]


class Escalate(Decided, slot="position.escalation"):
    """The position stands at a higher level than its price alone would put it."""

    kind: Literal["Escalate"] = "Escalate"
    level: Annotated[Decimal, Told("count", "the level it is treated as")]


class ClosePosition(Decided, slot="position.action", risk="closes"):
    """Close in good order."""

    kind: Literal["ClosePosition"] = "ClosePosition"
    reason: Annotated[
        Literal["safe", "pin_risk", "profit_65", "1dte", "early_assignment"],
        word("why"),
    ]
    contracts: Annotated[Decimal, Told("contracts", "contracts to buy back")]


class ExitPosition(Decided, slot="position.action", risk="closes"):
    """Stop-loss: leave now."""

    kind: Literal["ExitPosition"] = "ExitPosition"
    contracts: Annotated[Decimal, Told("contracts", "contracts to buy back")]


class ManageExpiry(Decided, slot="position.expiry"):
    """Expiring today with a price too near the strike: manage or close it now."""

    kind: Literal["ManageExpiry"] = "ManageExpiry"


class PrepareAssignment(Decided, slot="position.assignment"):
    """Expiring today and deep in the money: log it and make ready for the shares."""

    kind: Literal["PrepareAssignment"] = "PrepareAssignment"


PositionDecision: TypeAlias = (
    Level
    | Monitor
    | Hold
    | PrecomputeRoll
    | PrepareRoll
    | Roll
    | Escalate
    | ClosePosition
    | ExitPosition
    | ManageExpiry
    | PrepareAssignment
)
