"""What holds for a whole account: breakers, latches, states."""

from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from engine.decided import Decided, Told, word
from engine.facts import State


class FreezeEntries(Decided, slot="account.freeze"):
    """No new entries in this account while a position stands this badly."""

    kind: Literal["FreezeEntries"] = "FreezeEntries"


class EnterSafe(Decided, slot="*.safe"):
    """The account goes to SAFE, or stays there, for this reason."""

    kind: Literal["EnterSafe"] = "EnterSafe"
    reason: Annotated[
        Literal["vix", "level3", "user", "broker_down"],
        word("which latch holds it"),
    ]


class HedgedWeek(Decided, slot="market.hedged_week"):
    """Deployment is scaled down until this week's report cut."""

    kind: Literal["HedgedWeek"] = "HedgedWeek"
    factor: Annotated[Decimal, Told("ratio", "what the deployment ceiling is multiplied by")]


class Halt(Decided, slot="*.mode"):
    """Full halt: nothing is sent, working orders are cancelled, a person is needed."""

    kind: Literal["Halt"] = "Halt"


class Normal(Decided, slot="*.mode"):
    """No breaker holds."""

    kind: Literal["Normal"] = "Normal"


class StateChange(Decided, slot="account.state"):
    """The account's state machine goes, or stays, here."""

    kind: Literal["StateChange"] = "StateChange"
    to: Annotated[State, word("the state")]


class TransitionDenied(Decided, slot="event.transition"):
    """A transition was asked for that the law does not have, or whose guard does not hold."""

    kind: Literal["TransitionDenied"] = "TransitionDenied"
    source: Annotated[State, word("the state at hand")]
    to: Annotated[State, word("the state asked for")]


class ResumeStep(Decided, slot="*.resume"):
    """One step of coming back after a restart, in order."""

    kind: Literal["ResumeStep"] = "ResumeStep"
    order: Annotated[Decimal, Told("count", "its place in the sequence")]
    step: Annotated[str, word("which step")]


AccountDecision: TypeAlias = (
    FreezeEntries | EnterSafe | HedgedWeek | Halt | Normal | StateChange | TransitionDenied | ResumeStep
)
