"""The ledger of a rehearsal: what was decided, ordered and done, each on a line of its own."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple, TypeAlias

from engine.decided import Decided, Reason
from engine.verdict import Ticket
from rehearsal.tape import Contract

What: TypeAlias = Literal[
    "sell", "buy", "expired", "paid", "assigned", "called_away", "founded", "merged", "taxed", "equity", "gains"
]


class Deed(NamedTuple):
    """Something that was done to a sleeve.

    Attributes:
        what: Which of a few things.
        where: The sleeve, as `A1/gen`.
        amount: Dollars a share for a contract, dollars for everything else.
        contracts: How many, of `contract`.
        why: The kind of decision that asked for it; `order` where the verdict has an order for it.
        purpose: What the contract is for, where it is no part of the income: `hedge` or `growth`.
        account: The account that was founded or merged.
    """

    what: What
    where: str
    amount: Decimal
    contract: Contract | None = None
    contracts: Decimal = Decimal(0)
    why: str = ""
    purpose: str = ""
    account: str = ""

    def __str__(self) -> str:
        """Return it in words."""
        if self.contract is None:
            return " ".join(filter(None, (self.where, self.what, self.account, _shown(self.amount))))
        return f"{self.where} {self.what} {_shown(self.contracts)} {self.contract.name} at {_shown(self.amount)}"


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
