"""What the orders of one case show: which ceilings bound, which legs were bought."""

from collections.abc import Iterator, Mapping, Sequence

from engine.ceilings import ceilings, orders_of
from engine.expr.typed import Typed
from engine.law.model import Choice, Share
from engine.share import Grant
from engine.verdict import Verdict
from proof import coverage_points as ways
from proof.coverage_points import Key
from proof.coverage_recorder import Recorder


def chosen(verdict: Verdict, recorder: Recorder, rows: Mapping[str, Sequence[int]]) -> None:
    """Note the ceilings of every choice: those that withheld a contract or ended an order, and those that did not."""
    for choice in verdict.facts.law.choices.values():
        placed, withheld = orders_of(verdict, choice), verdict.chosen[choice.name].withheld
        for row in {**placed, **withheld}:
            _asked(recorder, choice, row)
        if not withheld.keys().isdisjoint(rows.get(choice.subject, ())):
            recorder.tally.mark(Key("kind", "Withheld"), ways.DECIDED)
        named = {budget.name for budget in choice.budgets}
        for reason in named.intersection(withheld.values()):
            recorder.tally.mark(Key("ceiling", choice.name, reason), ways.BINDS)
        for row in placed:
            _bound(verdict, recorder, choice, row)


def _asked(recorder: Recorder, choice: Choice, row: int) -> None:
    """Read what a contract sees of every ceiling, and what it is ordered by."""
    rows = recorder.rows(choice.subject, row)
    within = (of for budget in choice.budgets for of in (budget.room, budget.uses))
    for value in (*choice.order_by, choice.price, *within):
        recorder.value(value, rows)
    above = rows[choice.one_of_each]
    if above is not None:
        there = recorder.rows(choice.one_of_each, above)
        for value in choice.turns:
            recorder.value(value, there)


def _bound(verdict: Verdict, recorder: Recorder, choice: Choice, row: int) -> None:
    for ceiling in ceilings(verdict, choice, row):
        if ceiling.taken:
            way = ways.BINDS if ceiling.binds else ways.LEAVES_ROOM
            recorder.tally.mark(Key("ceiling", choice.name, ceiling.budget.name), way)


def shared(verdict: Verdict, recorder: Recorder) -> None:
    """Note what becomes of every leg that a decision draws on a share for."""
    for (number, row, *_), grant in verdict.grants.items():
        kind = verdict.program.decides[number].kind
        for terms in verdict.facts.law.shares.values():
            if terms.among == kind and grant is not None:
                for owner, value in _terms(terms):
                    there = recorder.rows(terms.subject, row)[owner]
                    if there is not None:
                        recorder.value(value, recorder.rows(owner, there))
                _legs(recorder, terms, recorder.rows(terms.subject, row)[terms.shared_by], grant)


def _terms(terms: Share) -> Iterator[tuple[str, Typed]]:
    """Yield what a share asks, each with the subject whose row it is asked of."""
    marks = (value for value in terms.marks.values() if not isinstance(value, str))
    yield from ((terms.subject, value) for value in (*terms.order_by, terms.asks, *marks))
    yield terms.shared_by, terms.room
    if terms.need is not None:
        yield terms.need.shared_by, terms.need.room


def _legs(recorder: Recorder, terms: Share, owner: int | None, grant: Grant) -> None:
    bought = {order.candidate for order in grant.orders}
    for leg in terms.legs:
        if owner is None:
            continue
        recorder.look(leg.buys, owner)
        contract = recorder.facts.columns[leg.buys][owner]
        if contract is not None:
            rows = recorder.rows("candidate", contract)
            uses = () if terms.need is None else (terms.need.uses,)
            for value in (leg.costs, leg.price, *uses):
                recorder.value(value, rows)
        if contract in bought:
            recorder.tally.mark(Key("leg", terms.name, leg.name), ways.BOUGHT)
        if leg.name in grant.unaffordable:
            recorder.tally.mark(Key("leg", terms.name, leg.name), ways.UNAFFORDABLE)
