"""What a person is told and what is written down."""

from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from engine.decided import Decided, Told, word


class Advice(Decided, slot="*.advice"):
    """Nothing is wrong; a person may want to know."""

    kind: Literal["Advice"] = "Advice"
    advice: Annotated[str, word("what")]


class AverageTrueRange(Decided, slot="symbol.atr"):
    """The ATR in force for a symbol today."""

    kind: Literal["AverageTrueRange"] = "AverageTrueRange"
    value: Annotated[Decimal, Told("usd_per_share", "the average, exact")]


class Report(Decided, slot="account.report"):
    """A report is due now."""

    kind: Literal["Report"] = "Report"
    report: Annotated[Literal["weekly"], word("which", Literal["weekly"])]


class LedgerEntry(Decided, slot="*.ledger"):
    """Something that must stand in the ledger."""

    kind: Literal["LedgerEntry"] = "LedgerEntry"
    entry: Annotated[str, word("what is recorded")]


class Alert(Decided, slot="*.alert"):
    """A person should look. `facts` are the facts to blame where something could not be judged."""

    kind: Literal["Alert"] = "Alert"
    code: Annotated[str, word("what is the matter")]
    urgency: Annotated[Literal["notice", "critical"], word("how urgent", Literal["notice", "critical"])] = "notice"
    facts: tuple[str, ...] = ()


Record: TypeAlias = Advice | AverageTrueRange | Report | LedgerEntry | Alert
