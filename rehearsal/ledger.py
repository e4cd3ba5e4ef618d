"""The ledger of a rehearsal: what was decided, ordered and done, each on a line of its own."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple, TypeAlias

from engine.decided import Decided, Reason
from engine.verdict import Ticket

What: TypeAlias = Literal[
    "sell", "buy", "expired", "paid", "assigned", "called_away", "founded", "merged", "taxed", "equity", "gains"
]


class Deed(NamedTuple):
    """Something that was done to a sleeve.

    Attributes:
        what: Which of a few things.
        where: The sleeve, as `A1/gen`.
        of: The contract, without blanks, or the account that was founded or merged.
        contracts: How many.
        amount: Dollars a share for a contract, dollars for everything else.
        purpose: What a contract is for, where it is no part of the income: a hedge, or growth.
    """

    what: What
    where: str
    of: str = ""
    contracts: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    purpose: str = ""

    def __str__(self) -> str:
        """Return it in words."""
        match self.what:
            case "founded" | "merged":
                return f"{self.where} {self.what} {self.of} {_shown(self.amount)}"
            case "taxed" | "equity" | "gains":
                return f"{self.where} {self.what} {_shown(self.amount)}"
            case _:
                return f"{self.where} {self.what} {_shown(self.contracts)} {self.of} at {_shown(self.amount)}"


class Said(NamedTuple):
    """A decision in words; decisions that differ in the row alone are told on one line."""

    head: str
    id: str
    rest: str


def said(decision: Decided) -> Said:
    """Return a decision in words: what its fields say more than their defaults, and its rule."""
    left_out = {"kind", "subject", "id", "rule", "shadowed"}
    told = [
        f"{name}={_shown(value)}"
        for name, info in type(decision).model_fields.items()
        if name not in left_out and (value := getattr(decision, name)) != info.default
    ]
    return Said(f"{type(decision).__name__} {decision.subject}", decision.id, " ".join([*told, f"[{decision.rule}]"]))


def look_lines(now: datetime, orders: Iterable[Ticket], news: Iterable[Said], deeds: Iterable[Deed]) -> Iterator[str]:
    """Yield the lines of a look: what is ordered, what is newly said, what else was done."""
    together: dict[tuple[str, str], list[str]] = {}
    for what in news:
        together.setdefault((what.head, what.rest), []).append(what.id)
    told = [" ".join(filter(None, (head, *ids, rest))) for (head, rest), ids in together.items()]
    for line in (*map(_ordered, orders), *told, *(f"done {deed}" for deed in deeds)):
        yield f"{now:%Y-%m-%d %H:%M} {line}"


def night_lines(day: date, deeds: Iterable[Deed]) -> Iterator[str]:
    """Yield the lines of a night."""
    for deed in deeds:
        yield f"{day} night {deed}"


def _ordered(order: Ticket) -> str:
    contract = order.contract.replace(" ", "")
    where = f"{order.account}/{order.sleeve}"
    return f"order {where} {order.side} {order.contracts} {contract} at {_shown(order.price)} [{order.rule}]"


def _shown(value: object) -> str:
    match value:
        case Decimal():
            return f"{value.normalize():f}"
        case bool():
            return str(value).lower()
        case Reason():
            return value.code
        case tuple():
            return ",".join(map(_shown, value))
        case _:
            return str(value).replace(" ", "")
