"""What happens to an order at the broker."""

from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from engine.decided import Decided, Told


class CancelWorkingOrders(Decided, slot="account.orders"):
    """Cancel every working order of the account."""

    kind: Literal["CancelWorkingOrders"] = "CancelWorkingOrders"


class CancelOrder(Decided, slot="order.action"):
    """Cancel one working order."""

    kind: Literal["CancelOrder"] = "CancelOrder"


class CancelReplace(Decided, slot="order.action"):
    """Cancel; once that is confirmed, send what is left under the next version of the same id."""

    kind: Literal["CancelReplace"] = "CancelReplace"
    replacement: Annotated[str, Told("text", "the id it goes on under")]
    contracts: Annotated[Decimal, Told("contracts", "contracts left to fill")]


class AwaitFill(Decided, slot="order.action"):
    """Leave the order where it is."""

    kind: Literal["AwaitFill"] = "AwaitFill"


class ReadBroker(Decided, slot="order.action"):
    """The order was never acknowledged: nothing may replace it before the broker's own state is read."""

    kind: Literal["ReadBroker"] = "ReadBroker"


class Nothing(Decided, slot="order.action"):
    """The order was sent before under the same id: send nothing."""

    kind: Literal["Nothing"] = "Nothing"


class AcceptFill(Decided, slot="order.fill"):
    """The price on offer is near enough to mid, or better."""

    kind: Literal["AcceptFill"] = "AcceptFill"


class RejectFill(Decided, slot="order.fill"):
    """The price on offer is too far from mid on the wrong side."""

    kind: Literal["RejectFill"] = "RejectFill"


class RetrySmaller(Decided, slot="order.retry"):
    """Try again with a smaller clip."""

    kind: Literal["RetrySmaller"] = "RetrySmaller"
    contracts: Annotated[Decimal, Told("contracts", "contracts of the next try")]


class GiveUp(Decided, slot="order.retry"):
    """Every try is used: skip it."""

    kind: Literal["GiveUp"] = "GiveUp"


OrderDecision: TypeAlias = (
    CancelWorkingOrders
    | CancelOrder
    | CancelReplace
    | AwaitFill
    | ReadBroker
    | Nothing
    | AcceptFill
    | RejectFill
    | RetrySmaller
    | GiveUp
)
