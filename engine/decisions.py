"""The typed decisions. Each kind says what it competes for (`slot`) and what it does to risk (`risk`).

`opens`: without every fact it is denied. `closes`, `neutral`: without a fact it is not done, and a person is alerted.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field

from engine.expr.units import UNITS, Unit
from engine.facts import Kind, State

Risk = Literal["opens", "closes", "neutral"]


@dataclass(frozen=True, slots=True)
class Told:
    """What one field of a decision says: its unit, its meaning, the words it may be."""

    unit: str
    means: str
    words: tuple[str, ...] = ()

    @property
    def type(self) -> Unit:
        """Return the unit by its name."""
        return UNITS[self.unit]


def _word(means: str, form: object = None) -> Told:
    return Told("symbol", means, get_args(form))


class Frozen(BaseModel):
    """A value of the verdict."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Reason(Frozen):
    """Why something is refused: the requirement that does not hold, and by how much it misses."""

    code: str
    rule: str
    margin: Annotated[
        Decimal | None, Field(description="how far beyond the limit, in the unit named; 0 only when exclusive")
    ] = None
    unit: str | None = None
    needs: Annotated[Decimal | None, Field(description="what would have been enough, where the law says it")] = None


class Decided(Frozen):
    """What every decision says of itself: the subject, the rule that spoke, what else lost to it."""

    slot: ClassVar[str]
    risk: ClassVar[Risk]
    subject: str
    id: str
    rule: str
    shadowed: tuple[str, ...] = ()


class EntryPermitted(Decided):
    """The law permits one more contract of this kind, or the proposed trade as it stands."""

    slot: ClassVar[str] = "entry.verdict"
    risk: ClassVar[Risk] = "opens"
    kind: Literal["EntryPermitted"] = "EntryPermitted"


class EntryDenied(Decided):
    """The law refuses to open: every reason, each with its margin. For an account: nothing may be opened there."""

    slot: ClassVar[str] = "entry.verdict"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["EntryDenied"] = "EntryDenied"
    reasons: tuple[Reason, ...]


class TradeSkipped(Decided):
    """Nothing can be judged here, and why."""

    slot: ClassVar[str] = "holding.skip"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["TradeSkipped"] = "TradeSkipped"
    reason: Annotated[str, _word("why there is nothing to judge")]


class Withheld(Decided):
    """Permitted, and still no order: a shared ceiling leaves no room, or a better contract was chosen."""

    slot: ClassVar[str] = "entry.order"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["Withheld"] = "Withheld"
    reason: str


class Blocked(Decided):
    """Something that opens risk was wanted and is refused."""

    slot: ClassVar[str] = ""
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["Blocked"] = "Blocked"
    wanted: str
    reasons: tuple[Reason, ...]


class Advice(Decided):
    """Nothing is wrong; a person may want to know."""

    slot: ClassVar[str] = "*.advice"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["Advice"] = "Advice"
    advice: Annotated[str, _word("what")]


class Level(Decided):
    """Where a short put stands on the ladder."""

    slot: ClassVar[str] = "position.level"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["Level"] = "Level"
    level: Annotated[Decimal, Told("count", "the level now")]
    before: Annotated[Decimal, Told("count", "the level before")]

    @property
    def passed(self) -> tuple[int, ...]:
        """The levels entered on the way up, each to be logged."""
        return tuple(range(int(self.before) + 1, int(self.level) + 1))


class Monitor(Decided):
    """How soon to look again."""

    slot: ClassVar[str] = "position.monitor"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["Monitor"] = "Monitor"
    seconds: Annotated[Decimal, Told("seconds", "the longest time until the next look")]


class Hold(Decided):
    """Keep the position."""

    slot: ClassVar[str] = "position.action"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["Hold"] = "Hold"


class PrecomputeRoll(Decided):
    """Work out the roll, send nothing."""

    slot: ClassVar[str] = "position.precompute"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["PrecomputeRoll"] = "PrecomputeRoll"


class PrepareRoll(Decided):
    """Have the roll ready to go."""

    slot: ClassVar[str] = "position.prepare"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["PrepareRoll"] = "PrepareRoll"


class Roll(Decided):
    """Buy the old contract back and sell a later one, as one order."""

    slot: ClassVar[str] = "position.action"
    risk: ClassVar[Risk] = "opens"
    kind: Literal["Roll"] = "Roll"
    reason: Annotated[Literal["recovery", "emergency"], _word("what makes it due", Literal["recovery", "emergency"])]
    urgency: Annotated[Literal["normal", "critical"], _word("how urgent", Literal["normal", "critical"])]
    target: Annotated[str, Told("text", "the contract sold instead")]
    contracts: Annotated[Decimal, Told("contracts", "how many, never more than before")]
    debit: Annotated[Decimal, Told("usd_per_share", "buy-back less new credit at mid; negative is a credit")]
    delta_from: Annotated[Decimal, Told("ratio", "lower end of the band it rolls into")]
    delta_to: Annotated[Decimal, Told("ratio", "upper end of the band it rolls into")]
    extend_from: Annotated[Decimal, Told("sessions", "nearest new expiry beyond the old one")]
    extend_to: Annotated[Decimal, Told("sessions", "farthest new expiry beyond the old one, where one is listed")]


class Escalate(Decided):
    """The position stands at a higher level than its price alone would put it."""

    slot: ClassVar[str] = "position.escalation"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["Escalate"] = "Escalate"
    level: Annotated[Decimal, Told("count", "the level it is treated as")]


class ClosePosition(Decided):
    """Close in good order."""

    slot: ClassVar[str] = "position.action"
    risk: ClassVar[Risk] = "closes"
    kind: Literal["ClosePosition"] = "ClosePosition"
    reason: Annotated[
        Literal["safe", "pin_risk", "profit_65", "1dte", "early_assignment"],
        _word("why", Literal["safe", "pin_risk", "profit_65", "1dte", "early_assignment"]),
    ]
    contracts: Annotated[Decimal, Told("contracts", "contracts to buy back")]


class ExitPosition(Decided):
    """Stop-loss: leave now."""

    slot: ClassVar[str] = "position.action"
    risk: ClassVar[Risk] = "closes"
    kind: Literal["ExitPosition"] = "ExitPosition"
    contracts: Annotated[Decimal, Told("contracts", "contracts to buy back")]


class ManageExpiry(Decided):
    """Expiring today with a price too near the strike: manage or close it now."""

    slot: ClassVar[str] = "position.expiry"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["ManageExpiry"] = "ManageExpiry"


class PrepareAssignment(Decided):
    """Expiring today and deep in the money: log it and make ready for the shares."""

    slot: ClassVar[str] = "position.assignment"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["PrepareAssignment"] = "PrepareAssignment"


class DeployHedge(Decided):
    """Spend on insurance for one breach: dollars by leg, and contracts where a quote is at hand."""

    slot: ClassVar[str] = "position.hedge"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["DeployHedge"] = "DeployHedge"
    spx_puts: Annotated[Decimal, Told("usd", "for SPX puts")]
    vix_calls: Annotated[Decimal, Told("usd", "for VIX calls")]


class HoldHedge(Decided):
    """Keep the hedges of a breach that still stands."""

    slot: ClassVar[str] = "position.insurance"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["HoldHedge"] = "HoldHedge"


class RaiseHedge(Decided):
    """The account is hedged less than its VIX tier asks for: buy hedges until it is not."""

    slot: ClassVar[str] = "account.hedge"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["RaiseHedge"] = "RaiseHedge"
    to: Annotated[Decimal, Told("ratio", "protected over deployed notional, at least")]


class ReduceCoverage(Decided):
    """Buy back calls until fewer of the shares are covered."""

    slot: ClassVar[str] = "holding.coverage"
    risk: ClassVar[Risk] = "closes"
    kind: Literal["ReduceCoverage"] = "ReduceCoverage"
    to: Annotated[Decimal, Told("ratio", "share of the shares that may stay covered")]
    close_contracts: Annotated[Decimal, Told("contracts", "calls to buy back")]


class QueueReentry(Decided):
    """The shares were called away: sell a put on them next cycle."""

    slot: ClassVar[str] = "holding.reentry"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["QueueReentry"] = "QueueReentry"
    symbol: Annotated[str, _word("the underlying")]
    next_cycle: Annotated[bool, Told("bool", "not before the sleeve's next day")]


class FreezeEntries(Decided):
    """No new entries in this account while a position stands this badly."""

    slot: ClassVar[str] = "account.freeze"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["FreezeEntries"] = "FreezeEntries"


class EnterSafe(Decided):
    """The account goes to SAFE, or stays there, for this reason."""

    slot: ClassVar[str] = "*.safe"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["EnterSafe"] = "EnterSafe"
    reason: Annotated[
        Literal["vix", "level3", "user", "broker_down"],
        _word("which latch holds it", Literal["vix", "level3", "user", "broker_down"]),
    ]


class HedgedWeek(Decided):
    """Deployment is scaled down until this week's report cut."""

    slot: ClassVar[str] = "market.hedged_week"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["HedgedWeek"] = "HedgedWeek"
    factor: Annotated[Decimal, Told("ratio", "what the deployment ceiling is multiplied by")]


class Halt(Decided):
    """Full halt: nothing is sent, working orders are cancelled, a person is needed."""

    slot: ClassVar[str] = "*.mode"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["Halt"] = "Halt"


class Normal(Decided):
    """No breaker holds."""

    slot: ClassVar[str] = "*.mode"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["Normal"] = "Normal"


class StateChange(Decided):
    """The account's state machine goes, or stays, here."""

    slot: ClassVar[str] = "account.state"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["StateChange"] = "StateChange"
    to: Annotated[State, _word("the state", State)]


class TransitionDenied(Decided):
    """A transition was asked for that the law does not have, or whose guard does not hold."""

    slot: ClassVar[str] = "event.transition"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["TransitionDenied"] = "TransitionDenied"
    source: Annotated[State, _word("the state at hand", State)]
    to: Annotated[State, _word("the state asked for", State)]


class ResumeStep(Decided):
    """One step of coming back after a restart, in order."""

    slot: ClassVar[str] = "*.resume"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["ResumeStep"] = "ResumeStep"
    order: Annotated[Decimal, Told("count", "its place in the sequence")]
    step: Annotated[str, _word("which step")]


class CancelWorkingOrders(Decided):
    """Cancel every working order of the account."""

    slot: ClassVar[str] = "account.orders"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["CancelWorkingOrders"] = "CancelWorkingOrders"


class CancelOrder(Decided):
    """Cancel one working order."""

    slot: ClassVar[str] = "order.action"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["CancelOrder"] = "CancelOrder"


class CancelReplace(Decided):
    """Cancel; once that is confirmed, send what is left under the next version of the same id."""

    slot: ClassVar[str] = "order.action"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["CancelReplace"] = "CancelReplace"
    replacement: Annotated[str, Told("text", "the id it goes on under")]
    contracts: Annotated[Decimal, Told("contracts", "contracts left to fill")]


class AwaitFill(Decided):
    """Leave the order where it is."""

    slot: ClassVar[str] = "order.action"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["AwaitFill"] = "AwaitFill"


class ReadBroker(Decided):
    """The order was never acknowledged: nothing may replace it before the broker's own state is read."""

    slot: ClassVar[str] = "order.action"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["ReadBroker"] = "ReadBroker"


class Nothing(Decided):
    """The order was sent before under the same id: send nothing."""

    slot: ClassVar[str] = "order.action"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["Nothing"] = "Nothing"


class AcceptFill(Decided):
    """The price on offer is near enough to mid, or better."""

    slot: ClassVar[str] = "order.fill"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["AcceptFill"] = "AcceptFill"


class RejectFill(Decided):
    """The price on offer is too far from mid on the wrong side."""

    slot: ClassVar[str] = "order.fill"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["RejectFill"] = "RejectFill"


class RetrySmaller(Decided):
    """Try again with a smaller clip."""

    slot: ClassVar[str] = "order.retry"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["RetrySmaller"] = "RetrySmaller"
    contracts: Annotated[Decimal, Told("contracts", "contracts of the next try")]


class GiveUp(Decided):
    """Every try is used: skip it."""

    slot: ClassVar[str] = "order.retry"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["GiveUp"] = "GiveUp"


class Pivot(Decided):
    """The sleeve sells no puts until it has recovered: covered calls only."""

    slot: ClassVar[str] = "sleeve.pivot"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["Pivot"] = "Pivot"
    sleeve: Annotated[Kind, _word("which sleeve", Kind)]


class PivotCleared(Decided):
    """The sleeve has recovered and may sell puts again."""

    slot: ClassVar[str] = "sleeve.pivot"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["PivotCleared"] = "PivotCleared"
    sleeve: Annotated[Kind, _word("which sleeve", Kind)]


class Allocate(Decided):
    """New capital, split to the cent."""

    slot: ClassVar[str] = "event.allocation"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["Allocate"] = "Allocate"
    gen: Annotated[Decimal, Told("usd", "to Gen")]
    rev: Annotated[Decimal, Told("usd", "to Rev")]
    com: Annotated[Decimal, Told("usd", "to Com")]


class AverageTrueRange(Decided):
    """The ATR in force for a symbol today."""

    slot: ClassVar[str] = "symbol.atr"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["AverageTrueRange"] = "AverageTrueRange"
    value: Annotated[Decimal, Told("usd_per_share", "the average, exact")]


class Report(Decided):
    """A report is due now."""

    slot: ClassVar[str] = "account.report"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["Report"] = "Report"
    report: Annotated[Literal["weekly"], _word("which", Literal["weekly"])]


class LedgerEntry(Decided):
    """Something that must stand in the ledger."""

    slot: ClassVar[str] = "*.ledger"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["LedgerEntry"] = "LedgerEntry"
    entry: Annotated[str, _word("what is recorded")]


class Alert(Decided):
    """A person should look. `facts` are the facts to blame where something could not be judged."""

    slot: ClassVar[str] = "*.alert"
    risk: ClassVar[Risk] = "neutral"
    kind: Literal["Alert"] = "Alert"
    code: Annotated[str, _word("what is the matter")]
    urgency: Annotated[Literal["notice", "critical"], _word("how urgent", Literal["notice", "critical"])] = "notice"
    facts: tuple[str, ...] = ()


Decision: TypeAlias = Annotated[
    EntryPermitted | EntryDenied | Withheld | TradeSkipped | Blocked | Advice | Level | Monitor | Hold
    | PrecomputeRoll | PrepareRoll | Roll | Escalate | ClosePosition | ExitPosition | ManageExpiry
    | PrepareAssignment | DeployHedge | HoldHedge | RaiseHedge | ReduceCoverage | QueueReentry | FreezeEntries
    | EnterSafe
    | HedgedWeek | Halt | Normal | StateChange | TransitionDenied | ResumeStep | CancelWorkingOrders | CancelOrder
    | CancelReplace | AwaitFill | ReadBroker | Nothing | AcceptFill | RejectFill | RetrySmaller | GiveUp | Pivot
    | PivotCleared | Allocate | AverageTrueRange | Report | LedgerEntry | Alert,
    Field(discriminator="kind"),
]  # fmt: skip

KINDS: dict[str, type[Decided]] = {kind.__name__: kind for kind in get_args(get_args(Decision)[0])}
BY_THE_ENGINE = frozenset({"EntryDenied", "Blocked", "Withheld"})


def fields(kind: str) -> dict[str, Told]:
    """Return the fields a rule fills in, with their units."""
    found: dict[str, Told] = {}
    for name, field in KINDS[kind].model_fields.items():
        for item in field.metadata:
            if isinstance(item, Told):
                found[name] = item
    return found
