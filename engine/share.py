"""Sums that decisions share: who gets how much of it, and what that buys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from engine.arbitrate import Finding, spoken
from engine.calls import Amount, Calls, Order, named
from engine.evaluate import decimal
from engine.expr.typed import Typed
from engine.law.model import Constitution, Leg, Need, Share
from engine.program import Program

Pool: TypeAlias = tuple[str, int]
Price: TypeAlias = tuple[Amount | None, Fraction | None]


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
    program, purse = calls.program, _Purse(calls, _places(law))
    kinds, drawing = _drawing(law, program)
    claims = [found for found in standing if found[0] in drawing and spoken(program, found) in kinds]
    grants: Grants = {}
    for terms in law.shares.values():
        among = [found for found in claims if program.decides[found[0]].kind == terms.among]
        own = {finding: purse.granted(terms, finding) for finding in purse.ordered(terms, among)}
        grants |= own | purse.unmet(terms, own)
    return grants


@lru_cache
def _drawing(law: Constitution, program: Program) -> tuple[frozenset[str], frozenset[int]]:
    """Return the kinds of decisions that draw on a shared sum, and the numbers of their rules."""
    kinds = frozenset(terms.among for terms in law.shares.values())
    return kinds, frozenset(number for number, rule in enumerate(program.decides) if rule.kind in kinds)


@lru_cache
def _places(law: Constitution) -> int:
    """Return the decimals that every amount of every share fits into."""
    places = [0]
    for terms in law.shares.values():
        amounts = [terms.room, terms.asks, terms.step, *(leg.costs for leg in terms.legs)]
        amounts += [terms.need.room, terms.need.uses] if terms.need else []
        places += [of.type.scale for of in amounts]
    return max(places)


class _Claim(NamedTuple):
    """Who draws on a sum, the row that has it, and what the ledger is to keep of what is bought."""

    row: int
    owner: int
    marks: Mapping[str, Decimal | str]


@dataclass
class _Purse:
    """The sums as they are spent, in whole parts of so many decimals.

    Shares whose room is the same fact of a row draw on one sum, in their order.
    """

    calls: Calls
    places: int
    rooms: dict[Pool, Amount | None] = field(default_factory=dict)
    needs: dict[Pool, Amount | None] = field(default_factory=dict)
    prices: dict[Pool, Price] = field(default_factory=dict)

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
        asks = self._amount(f"asks_{terms.name}", row, terms.asks)
        marks = self._marks(terms, row)
        if room is None or asks is None or marks is None or not self._need_known(terms, row):
            return None
        sum_ = max(min(asks, room), 0)
        legs = _parts(terms, sum_, self.places)
        claim = _Claim(row, owner, marks)
        bought = {leg.name: self._order(terms, leg, claim, legs[leg.name]) for leg in terms.legs}
        orders = {name: order for name, order in bought.items() if order is not None}
        if terms.need is not None:
            legs = {leg.name: self._spend(terms, leg, row, orders.get(leg.name)) for leg in terms.legs}
            sum_ = sum(legs.values())
        self.rooms[str(terms.room), owner] = room - sum_
        lacking = () if terms.need else tuple(name for name in legs if name not in orders)
        dollars = {name: leg * Fraction(1, 10**self.places) for name, leg in legs.items()}
        return Grant(dollars, tuple(orders.values()), lacking, needed=terms.need is not None)

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

    def _order(self, terms: Share, leg: Leg, claim: _Claim, dollars: Amount) -> Order | None:
        """Return the order for one leg, or nothing when no contract is listed, priced, affordable or needed."""
        facts, row = self.calls.facts, claim.row
        candidate = facts.columns[leg.buys][claim.owner]
        if candidate is None or not dollars or not named(facts, candidate):
            return None
        cost, price = self._price(terms, leg, candidate)
        contracts = dollars // cost if cost else 0
        if terms.need is not None:
            contracts = min(contracts, self._needed(terms.need, terms, row, candidate))
        if price is None or contracts < 1:
            return None
        limit, sleeve = int(terms.slice_over.exact), self._above(terms, "sleeve", row)
        label = facts.ids[terms.subject][row] if terms.subject == "position" else terms.name
        return Order(sleeve, candidate, contracts, price, "buy", terms.name, limit, label, marks=claim.marks)

    def _spend(self, terms: Share, leg: Leg, row: int, order: Order | None) -> Amount:
        """Take what an order does from the need, and return what it costs."""
        if order is None or terms.need is None:
            return 0
        pool = str(terms.need.room), self._above(terms, terms.need.shared_by, row)
        left, uses = self.needs[pool], self._uses(terms.need, terms, order.candidate)
        cost, _ = self._price(terms, leg, order.candidate)
        if left is not None and uses is not None:
            self.needs[pool] = left - uses * order.contracts
        return (cost or 0) * order.contracts

    def _needed(self, need: Need, terms: Share, row: int, candidate: int) -> int:
        """Return how many contracts it takes until the need is met, the last one counted whole."""
        left = self.needs[str(need.room), self._above(terms, need.shared_by, row)]
        uses = self._uses(need, terms, candidate)
        return 0 if not uses or left is None else max(-(-left // uses), 0)

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

    def _uses(self, need: Need, terms: Share, candidate: int) -> Amount | None:
        return self._amount(f"uses_{terms.name}", candidate, need.uses)

    def _price(self, terms: Share, leg: Leg, candidate: int) -> Price:
        """Return what a contract costs and where it is placed; many claims buy the same one."""
        key = f"leg_{terms.name}_{leg.name}", candidate
        if key not in self.prices:
            cost = self.calls.amount(*key, self.places - leg.costs.type.scale)
            self.prices[key] = (cost, self.calls.exact(*key, leg.price.type.scale, 1))
        return self.prices[key]

    def _pool(self, pools: dict[Pool, Amount | None], room: Typed, name: str, owner: int) -> Amount | None:
        key = str(room), owner
        if key not in pools:
            pools[key] = self._amount(name, owner, room)
        return pools[key]

    def _amount(self, name: str, row: int, of: Typed) -> Amount | None:
        return self.calls.amount(name, row, self.places - of.type.scale)

    def _above(self, terms: Share, subject: str, row: int) -> int:
        """Return the row of a subject that a claim stands under, which may be its own."""
        return row if subject == terms.subject else self.calls.facts.columns[f"{terms.subject}>{subject}"][row]


def _parts(terms: Share, dollars: Amount, places: int) -> dict[str, Amount]:
    """Return what each leg gets of a sum by its weight, rounded down to the step."""
    finest = max(leg.weight.type.scale for leg in terms.legs)
    weights = {leg.name: int(leg.weight.value) * 10 ** (finest - leg.weight.type.scale) for leg in terms.legs}
    step = int(terms.step.value) * 10 ** (places - terms.step.type.scale)
    whole = sum(weights.values()) * step
    return {name: dollars * weight // whole * step for name, weight in weights.items()}
