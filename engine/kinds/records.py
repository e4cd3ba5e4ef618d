"""What a person is told and what is written down."""

from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from engine.decided import Decided, Told, word
from engine.facts import Week


class Advice(Decided, slot="*.advice"):
    """Nothing is wrong; a person may want to know."""

    kind: Literal["Advice"] = "Advice"
    advice: Annotated[str, word("what")]


class AverageTrueRange(Decided, slot="symbol.atr"):
    """The ATR in force for a symbol today."""

    kind: Literal["AverageTrueRange"] = "AverageTrueRange"
    value: Annotated[Decimal, Told("usd_per_share", "the average, exact")]
    confidence: Annotated[
        Literal["measured", "fallback", "share_of_price"],
        word("how it was come by, the best first"),
    ]


class Report(Decided, slot="*.report"):
    """A report is due now."""

    kind: Literal["Report"] = "Report"
    report: Annotated[Literal["weekly", "monthly", "quarterly"], word("which")]
    of: Annotated[str, Told("date", "a day of the week, month or quarter that it is about")]


class LedgerEntry(Decided, slot="*.ledger"):
    """Something that must stand in the ledger."""

    kind: Literal["LedgerEntry"] = "LedgerEntry"
    entry: Annotated[str, word("what is recorded")]


class Alert(Decided, slot="*.alert"):
    """A person should look. `facts` are the facts to blame where something could not be judged."""

    kind: Literal["Alert"] = "Alert"
    code: Annotated[str, word("what is the matter")]
    urgency: Annotated[Literal["notice", "critical"], word("how urgent")] = "notice"
    facts: tuple[str, ...] = ()


class WeekType(Decided, slot="account.week"):
    """The one label of a week, as far as it has gone."""

    kind: Literal["WeekType"] = "WeekType"
    week: Annotated[str, Told("date", "the Monday of the week")]
    label: Annotated[Week, word("the label")]
    final: Annotated[bool, Told("bool", "the week is over: its label for good, said once")]


class WeekTag(Decided, slot="*.week_tag"):
    """Something that happened in the week, kept beside its label."""

    kind: Literal["WeekTag"] = "WeekTag"
    tag: Annotated[Week, word("the label it would give by itself")]


class PredictedWeek(Decided, slot="account.prediction"):
    """What a model expects of the week: told, and nothing else comes of it."""

    kind: Literal["PredictedWeek"] = "PredictedWeek"
    label: Annotated[Week, word("the label expected")]


class Duty(Decided, slot="*.duty"):
    """Something that the program has to do now besides trading."""

    kind: Literal["Duty"] = "Duty"
    duty: Annotated[str, word("what is to be done")]
    within: Annotated[Decimal | None, Told("seconds", "how long it may take")] = None
    losing: Annotated[Decimal | None, Told("seconds", "time whose data may be lost at most")] = None
    kept: Annotated[Decimal | None, Told("years", "how long what comes of it is kept")] = None


class SetSuggestionAside(Decided, slot="event.suggestion"):
    """A machine suggested it and no person approved: nothing comes of it."""

    kind: Literal["SetSuggestionAside"] = "SetSuggestionAside"


class TakeSuggestion(Decided, slot="event.suggestion"):
    """A person approved of a machine's suggestion: it may be proposed, and is judged like any other trade."""

    kind: Literal["TakeSuggestion"] = "TakeSuggestion"


class OpenCircuit(Decided, slot="dependency.circuit"):
    """Ask it nothing: it has failed too often."""

    kind: Literal["OpenCircuit"] = "OpenCircuit"


class TryAgain(Decided, slot="dependency.circuit"):
    """One trial: a success closes the circuit, a failure opens it again."""

    kind: Literal["TryAgain"] = "TryAgain"


class UseSource(Decided, slot="dependency.source"):
    """Data come from here: the first in the declared order whose circuit is closed."""

    kind: Literal["UseSource"] = "UseSource"


Record: TypeAlias = (
    Advice
    | AverageTrueRange
    | Report
    | LedgerEntry
    | Alert
    | WeekType
    | WeekTag
    | PredictedWeek
    | Duty
    | SetSuggestionAside
    | TakeSuggestion
    | OpenCircuit
    | TryAgain
    | UseSource
)
