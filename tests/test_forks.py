"""A fork is carried out once for each step, whatever is seen first: the money that is gone, or the word of it."""

from datetime import timedelta
from decimal import Decimal
from itertools import combinations_with_replacement
from typing import Final

import pytest

from tests.strategies import Document
from tests.test_properties import judged, thursday

STEP: Final = Decimal(100_000)
LOOKS: Final = 4


class Ledger:
    """One sleeve as its ledger and its broker tell of it, look by look, and the forks that were asked for."""

    def __init__(self, steps: int) -> None:
        self.document = thursday() | {"candidates": []}
        self.account["sub_accounts"] = 3
        self.asked: list[int] = []
        self.sleeve["equity"] = self.sleeve["close_equity"] = self.sleeve["base_capital"] + steps * STEP

    @property
    def account(self) -> Document:
        account: Document = self.document["accounts"][0]
        return account

    @property
    def sleeve(self) -> Document:
        sleeve: Document = self.account["sleeves"][0]
        return sleeve

    def look(self, *, money: bool = False, word: bool = False) -> None:
        """Decide once, with what has just been seen of a fork, and remember what the verdict remembers."""
        before = self.sleeve["equity"]
        after = before - STEP if money else before
        flows = [{"equity_before": before, "equity_after": after}] if money else []
        self.sleeve.update(equity=after, close_equity=after, flows=flows)
        self.account["events"] = [{"kind": "forked", "sleeve": "gen", "amount": STEP}] if word else []
        verdict = judged(self.document)
        self.document["memory"] = verdict.memory
        numbers = [int(fork.number) for fork in verdict.of("Fork")]
        self.asked += [number for number in numbers if number not in self.asked]
        assert not verdict.of("Pivot")

    def sleep(self) -> None:
        """Let a night pass."""
        self.document["as_of"] += timedelta(days=1)


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("seen", [*combinations_with_replacement(range(LOOKS), 2), (2, 0), (3, 1), (1, 0)])
def test_a_fork_is_asked_for_once_in_whatever_order_it_is_seen(seen: tuple[int, int], steps: int) -> None:
    ledger = Ledger(steps)
    ledger.look()
    for number in range(LOOKS):
        ledger.look(money=number == seen[0], word=number == seen[1])
    assert ledger.asked == [1]


def test_every_step_is_forked_a_day_after_the_one_before_it_and_none_beyond() -> None:
    ledger = Ledger(3)
    for _ in range(5):
        ledger.look()
        if len(ledger.asked) > int(ledger.document["memory"].get("sleeve", {}).get("A1/gen", {}).get("forks_done", 0)):
            ledger.look(money=True, word=True)
        ledger.look()
        ledger.sleep()
    remembered = ledger.document["memory"]["sleeve"]["A1/gen"]
    assert (ledger.asked, remembered["forks_done"], remembered["forked"]) == ([1, 2, 3], 3, 3 * STEP)
    assert ledger.sleeve["equity"] == ledger.sleeve["base_capital"]


def test_the_steps_are_forked_again_only_when_they_are_gained_again() -> None:
    ledger = Ledger(1)
    ledger.look()
    ledger.look(money=True, word=True)
    ledger.sleep()
    ledger.sleeve["equity"] += STEP - Decimal("0.01")
    ledger.look()
    assert ledger.asked == [1]
    ledger.sleeve["equity"] += Decimal("0.01")
    ledger.look()
    assert ledger.asked == [1, 2]
