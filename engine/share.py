"""Sums that decisions share: who gets how much of it, and what that buys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

from engine.arbitrate import Finding, spoken
from engine.calls import Calls, Order, named
from engine.evaluate import decimal
from engine.expr.typed import Typed
from engine.law.model import Constitution, Leg, Need, Share

Pool: TypeAlias = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Grant:
    """What one decision gets from a shared sum: dollars by leg, and the legs that buy too little."""

    legs: Mapping[str, Fraction]
    orders: tuple[Order, ...]
    unaffordable: tuple[str, ...] = ()
    needed: bool = False

    @property
    def idle(self) -> bool:
        """Whether nothing is bought because nothing is needed, or can be afforded, any more."""
        return self.needed and not self.orders


Grants: TypeAlias = dict[Finding, Grant | None]


def share(law: Constitution, calls: Calls, standing: Sequence[Finding]) -> Mapping[Finding, Grant | None]:
    """Return what every decision that draws on a shared sum gets; `None` where room or claim is unknown."""
    purse, program = _Purse(calls), calls.program
    grants: Grants = {}
    for terms in law.shares.values():
        claims = [
            found
            for found in standing
            if program.decides[found[0]].kind == terms.among and spoken(program, found) == terms.among
        ]
        own = {finding: purse.granted(terms, finding) for finding in purse.ordered(terms, claims)}
        grants |= own | purse.unmet(terms, own)
    return grants


@dataclass
class _Purse:
    """The sums as they are spent. Shares whose room is the same fact of a row draw on one sum, in their order."""

    calls: Calls
    rooms: dict[Pool, Fraction | None] = field(default_factory=dict)
    needs: dict[Pool, Fraction | None] = field(default_factory=dict)

    def ordered(self, terms: Share, claims: list[Finding]) -> list[Finding]:
        ids = self.calls.facts.ids[terms.subject]

        def place(finding: Finding) -> tuple[object, ...]:
            _, row, *_ = finding
            return self._above(terms, terms.shared_by, row), self.calls.key(f"order_{terms.name}", row) or (), ids[row]

        return sorted(claims, key=place)

    def granted(self, terms: Share, finding: Finding) -> Grant | None:
        """Return what a claim gets, and spend it; `None` where something that decides about it is unknown."""
        _, row, *_ = finding
        owner = self._above(terms, terms.shared_by, row)
        room = self._pool(self.rooms, terms.room, f"room_{terms.name}", owner)
        asks = self.calls.exact(f"asks_{terms.name}", row, terms.asks.type.scale)
        marks = self._marks(terms, row)
        if room is None or asks is None or marks is None or not self._need_known(terms, row):
            return None
        dollars = max(min(asks, room), Fraction(0))
        grant = self._bought(terms, row, dollars)
        grant = replace(grant, orders=tuple(replace(order, marks=marks) for order in grant.orders))
        if terms.need is not None:
            dollars = sum(grant.legs.values(), Fraction(0))
        self.rooms[str(terms.room), owner] = room - dollars
        return grant

    def unmet(self, terms: Share, own: Grants) -> Grants:
        """Return the last grant under each need that is not met, as one that buys too little."""
        last: dict[Pool, tuple[Finding, Grant]] = {}
        for finding, grant in own.items():
            if terms.need is not None and grant is not None:
                last[str(terms.need.room), self._above(terms, terms.need.shared_by, finding[1])] = (finding, grant)
        names = tuple(leg.name for leg in terms.legs)
        return {
            finding: replace(grant, unaffordable=names)
            for pool, (finding, grant) in last.items()
            if (left := self.needs[pool]) is not None and left > 0
        }

    def _bought(self, terms: Share, row: int, dollars: Fraction) -> Grant:
        whole = sum((leg.weight.exact for leg in terms.legs), Fraction(0))
        step = terms.step.exact
        legs = {leg.name: dollars * leg.weight.exact / whole // step * step for leg in terms.legs}
        orders = {}
        for leg in terms.legs:
            order = self._order(terms, leg, row, legs[leg.name])
            if order is not None:
                orders[leg.name] = order
        if terms.need is None:
            return Grant(legs, tuple(orders.values()), tuple(name for name in legs if name not in orders))
        spent = {leg.name: self._spend(terms, leg, row, orders.get(leg.name)) for leg in terms.legs}
        return Grant(spent, tuple(orders.values()), needed=True)

    def _order(self, terms: Share, leg: Leg, row: int, dollars: Fraction) -> Order | None:
        """Return the order for one leg, or nothing when no contract is listed, priced, affordable or needed."""
        facts = self.calls.facts
        owner = self._above(terms, terms.shared_by, row)
        candidate = facts.columns[leg.buys][owner]
        if candidate is None or not dollars or not named(facts, candidate):
            return None
        cost, price = self._prices(terms, leg, candidate)
        contracts = int(dollars // cost) if cost else 0
        if terms.need is not None:
            contracts = min(contracts, self._needed(terms.need, terms, row, candidate))
        if price is None or contracts < 1:
            return None
        limit, sleeve = int(terms.slice_over.exact), self._above(terms, "sleeve", row)
        label = facts.ids[terms.subject][row] if terms.subject == "position" else terms.name
        return Order(sleeve, candidate, contracts, price, "buy", terms.name, limit, label)

    def _spend(self, terms: Share, leg: Leg, row: int, order: Order | None) -> Fraction:
        """Take what an order does from the need, and return the dollars it costs."""
        if order is None or terms.need is None:
            return Fraction(0)
        pool = str(terms.need.room), self._above(terms, terms.need.shared_by, row)
        left, uses = self.needs[pool], self._uses(terms.need, terms, order.candidate)
        cost, _ = self._prices(terms, leg, order.candidate)
        if left is not None and uses is not None:
            self.needs[pool] = left - uses * order.contracts
        return (cost or Fraction(0)) * order.contracts

    def _needed(self, need: Need, terms: Share, row: int, candidate: int) -> int:
        """Return how many contracts it takes until the need is met, the last one counted whole."""
        left = self.needs[str(need.room), self._above(terms, need.shared_by, row)]
        uses = self._uses(need, terms, candidate)
        return 0 if not uses or left is None else max(-int(-left // uses), 0)

    def _marks(self, terms: Share, row: int) -> dict[str, Decimal | str] | None:
        """Return what the ledger is to keep of a position, `None` where some of it is unknown."""
        found: dict[str, Decimal | str] = {}
        asked = any(not isinstance(said, str) for said in terms.marks.values())
        values = iter(self.calls.values(f"marks_{terms.name}", row) if asked else ())
        for fact, said in terms.marks.items():
            pair = (said, 1) if isinstance(said, str) else next(values)
            if pair is None:
                return None
            scale = 0 if isinstance(said, str) else said.type.scale
            value, under = pair
            found[fact] = value if isinstance(value, str) else decimal(Fraction(value, under * 10**scale), scale)
        return found

    def _need_known(self, terms: Share, row: int) -> bool:
        if terms.need is None:
            return True
        owner = self._above(terms, terms.need.shared_by, row)
        return self._pool(self.needs, terms.need.room, f"need_{terms.name}", owner) is not None

    def _uses(self, need: Need, terms: Share, candidate: int) -> Fraction | None:
        return self.calls.exact(f"uses_{terms.name}", candidate, need.uses.type.scale)

    def _prices(self, terms: Share, leg: Leg, candidate: int) -> tuple[Fraction | None, Fraction | None]:
        name = f"leg_{terms.name}_{leg.name}"
        cost = self.calls.exact(name, candidate, leg.costs.type.scale)
        return cost, self.calls.exact(name, candidate, leg.price.type.scale, 1)

    def _pool(self, pools: dict[Pool, Fraction | None], room: Typed, name: str, owner: int) -> Fraction | None:
        key = str(room), owner
        if key not in pools:
            pools[key] = self.calls.exact(name, owner, room.type.scale)
        return pools[key]

    def _above(self, terms: Share, subject: str, row: int) -> int:
        """Return the row of a subject that a claim stands under, which may be its own."""
        return row if subject == terms.subject else self.calls.facts.columns[f"{terms.subject}>{subject}"][row]
