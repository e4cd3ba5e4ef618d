"""What is said of opening: permissions, refusals, what is withheld."""

from typing import Annotated, Literal, TypeAlias

from engine.decided import Decided, Reason, word


class EntryPermitted(Decided, slot="entry.verdict", risk="opens"):
    """The law permits one more contract of this kind, or the proposed trade as it stands."""

    kind: Literal["EntryPermitted"] = "EntryPermitted"


class EntryDenied(Decided, slot="entry.verdict"):
    """The law refuses to open: every reason, each with its margin. For an account: nothing may be opened there."""

    kind: Literal["EntryDenied"] = "EntryDenied"
    reasons: tuple[Reason, ...]


class Withheld(Decided, slot="entry.order"):
    """Permitted, and still no order: a shared ceiling leaves no room, or a better contract was chosen."""

    kind: Literal["Withheld"] = "Withheld"
    reason: str


class TradeSkipped(Decided, slot="holding.skip"):
    """Nothing can be judged here, and why."""

    kind: Literal["TradeSkipped"] = "TradeSkipped"
    reason: Annotated[str, word("why there is nothing to judge")]


class Blocked(Decided, slot=""):
    """Something that opens risk was wanted and is refused."""

    kind: Literal["Blocked"] = "Blocked"
    wanted: str
    reasons: tuple[Reason, ...]


EntryDecision: TypeAlias = EntryPermitted | EntryDenied | Withheld | TradeSkipped | Blocked
