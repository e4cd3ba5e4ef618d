"""What becomes of capital: pivots and new money."""

from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from engine.decided import Decided, Told, word
from engine.facts import Form, Kind


class Pivot(Decided, slot="sleeve.pivot"):
    """The sleeve sells no puts until it has recovered: covered calls only."""

    kind: Literal["Pivot"] = "Pivot"
    sleeve: Annotated[Kind, word("which sleeve")]


class PivotCleared(Decided, slot="sleeve.pivot"):
    """The sleeve has recovered and may sell puts again."""

    kind: Literal["PivotCleared"] = "PivotCleared"
    sleeve: Annotated[Kind, word("which sleeve")]


class Allocate(Decided, slot="event.allocation"):
    """New capital, split to the cent."""

    kind: Literal["Allocate"] = "Allocate"
    gen: Annotated[Decimal, Told("usd", "to Gen")]
    rev: Annotated[Decimal, Told("usd", "to Rev")]
    com: Annotated[Decimal, Told("usd", "to Com")]


class Fork(Decided, slot="sleeve.fork", risk="opens"):
    """Take one step of a sleeve's cash and found a new account with it. It is done once for each number."""

    kind: Literal["Fork"] = "Fork"
    form: Annotated[Form, word("a mini, or a whole account")]
    number: Annotated[Decimal, Told("count", "which fork of this sleeve it is, from 1")]
    amount: Annotated[Decimal, Told("usd", "what the sleeve gives")]
    gen: Annotated[Decimal, Told("usd", "to the new account's Gen")]
    rev: Annotated[Decimal, Told("usd", "to its Rev; a mini has none")]
    com: Annotated[Decimal, Told("usd", "to its Com")]


class RunMini(Decided, slot="account.mini"):
    """The mini goes on."""

    kind: Literal["RunMini"] = "RunMini"


class MergeMini(Decided, slot="account.mini"):
    """The mini is at its end and holds no short option: it becomes part of the account it came from."""

    kind: Literal["MergeMini"] = "MergeMini"
    into: Annotated[Kind, word("the sleeve it joins")]
    reason: Annotated[Literal["age", "multiple", "balance"], word("what ended it")]


class Reinvest(Decided, slot="event.reinvestment"):
    """A quarter's gains, divided to the cent after the tax reserve."""

    kind: Literal["Reinvest"] = "Reinvest"
    sleeve: Annotated[Kind, word("which sleeve")]
    tax_reserve: Annotated[Decimal, Told("usd", "kept for taxes, outside the sleeve's equity")]
    contracts: Annotated[Decimal, Told("usd", "for lots of shares")]
    leaps: Annotated[Decimal, Told("usd", "for LEAPs")]
    leaps_each: Annotated[Decimal, Told("usd", "of that for each ticker; what is over waits")]


MoneyDecision: TypeAlias = Pivot | PivotCleared | Allocate | Fork | RunMini | MergeMini | Reinvest
