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


class WriteCalls(Decided, slot="holding.calls"):
    """Shares have been assigned: write covered calls on them."""

    kind: Literal["WriteCalls"] = "WriteCalls"
    delta_from: Annotated[Decimal, Told("ratio", "lower end of the band")]
    delta_to: Annotated[Decimal, Told("ratio", "upper end of the band")]
    aim: Annotated[Decimal, Told("ratio", "the delta preferred")]
    dte: Annotated[Decimal, Told("sessions", "sessions to the expiration, the first one counted")]


class SuspendPuts(Decided, slot="holding.puts"):
    """No puts on this symbol while its assigned shares are held."""

    kind: Literal["SuspendPuts"] = "SuspendPuts"
    symbol: Annotated[str, word("the underlying")]


class ResumePuts(Decided, slot="holding.puts"):
    """The shares are gone: puts on this symbol may be sold again."""

    kind: Literal["ResumePuts"] = "ResumePuts"
    symbol: Annotated[str, word("the underlying")]


HoldingDecision: TypeAlias = ReduceCoverage | QueueReentry | WriteCalls | SuspendPuts | ResumePuts
