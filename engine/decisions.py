"""Every kind of decision there is, as one discriminated union."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Annotated, TypeAlias, get_args

from pydantic import Field

from engine.decided import Decided, Told
from engine.kinds.accounts import AccountDecision
from engine.kinds.entries import EntryDecision
from engine.kinds.hedges import HedgeDecision
from engine.kinds.holdings import HoldingDecision
from engine.kinds.ladder import LadderDecision
from engine.kinds.money import MoneyDecision
from engine.kinds.orders import OrderDecision
from engine.kinds.positions import PositionDecision
from engine.kinds.records import Record

Decision: TypeAlias = Annotated[
    EntryDecision
    | PositionDecision
    | HedgeDecision
    | HoldingDecision
    | LadderDecision
    | OrderDecision
    | AccountDecision
    | MoneyDecision
    | Record,
    Field(discriminator="kind"),
]

KINDS: dict[str, type[Decided]] = {kind.__name__: kind for kind in get_args(get_args(Decision)[0])}
BY_THE_ENGINE = frozenset({"EntryDenied", "Blocked", "Withheld"})
PERMISSIONS = frozenset({"EntryPermitted", "LeapPermitted", "HedgePermitted"})


def refusal(kind: str) -> str:
    """Return what a decision that opens risk becomes when it is refused: a trade is denied, anything else blocked."""
    return "EntryDenied" if kind in PERMISSIONS else "Blocked"


@cache
def fields(kind: str) -> Mapping[str, Told]:
    """Return the fields a rule fills in, with their units."""
    found: dict[str, Told] = {}
    for name, field in KINDS[kind].model_fields.items():
        for item in field.metadata:
            if isinstance(item, Told):
                found[name] = replace(item, words=get_args(field.annotation))
    return found
