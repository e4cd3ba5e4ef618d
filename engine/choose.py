"""From permissions to orders: which of the permitted, how many of each, so that together they keep every ceiling."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from engine.arbitrate import Finding, spoken
from engine.kleene import Kleene
from engine.law.model import Budget, Choice, Constitution, Leg, Share
from engine.program import Program
from engine.rows import Facts

Pair = tuple[int | str, int] | None


@dataclass(frozen=True, slots=True)
class Order:
    """What is chosen: a row of candidates, how many, at what price, for which row of the deciding subject."""

    sleeve: int
    candidate: int
    contracts: int
    price: Fraction
    side: str
    rule: str
    slice_over: int
    label: str = ""
    row: int | None = None


@dataclass
class Chosen:
    """Orders, and for every permitted row without one the reason."""

    orders: list[Order] = field(default_factory=list)
    withheld: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grant:
    """What one decision gets from a shared sum: dollars by leg, and the legs that buy no whole contract."""

    legs: Mapping[str, Fraction]
    orders: tuple[Order, ...]
    unaffordable: tuple[str, ...]


@dataclass
class _Calls:
    """The generated functions of one law on one snapshot."""

    program: Program
    facts: Facts
    kleene: Kleene

    def values(self, name: str, row: int) -> tuple[Pair, ...]:
        return self.program.functions[name](self.facts.columns, self.kleene, row)  # type: ignore[no-any-return]

    def exact(self, name: str, row: int, scale: int, position: int = 0) -> Fraction | None:
        found = self.values(name, row)[position]
        return None if found is None else Fraction(int(found[0]), found[1] * 10**scale)

    def key(self, name: str, row: int) -> tuple[Any, ...] | None:
        """Return a sorting key, or `None` when a part of it is unknown."""
        found = self.values(name, row)
        if any(pair is None for pair in found):
            return None
        return tuple(_comparable(*pair) for pair in found if pair is not None)


def _comparable(value: int | str, under: int) -> Fraction | str:
    return value if isinstance(value, str) else Fraction(value, under)


def choose(
    law: Constitution, program: Program, facts: Facts, kleene: Kleene, standing: Sequence[Finding]
) -> Mapping[str, Chosen]:
    """Return the orders of every choice of the law."""
    calls = _Calls(program, facts, kleene)
    found: dict[str, Chosen] = {}
    for choice in law.choices.values():
        named = {number: rule.id for number, rule in enumerate(program.decides) if rule.kind == choice.among}
        own = [finding for finding in standing if finding[0] in named]
        rows = {row: named[number] for number, row, holds, missed, _ in own if holds is True and not missed}
        size = sum(
            1 << bit for bit, rule in enumerate(program.requires.get(choice.among, ())) if rule.id in choice.ceilings
        )
        too_large = {
            row for _, row, holds, missed, unknown in own if holds and missed and not missed & ~size and not unknown
        }
        found[choice.name] = _Round(choice, calls, rows, too_large).run()
    return found


@dataclass
class _Round:
    """The permitted of one choice take their turns, one contract at a time, until a ceiling binds."""

    choice: Choice
    calls: _Calls
    permitted: Mapping[int, str]
    too_large: set[int]
    chosen: Chosen = field(default_factory=Chosen)
    pools: dict[tuple[str, int], Fraction] = field(default_factory=dict)
    costs: dict[tuple[str, int], Fraction | None] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)

    def run(self) -> Chosen:
        columns, choice = self.calls.facts.columns, self.choice
        proposed = columns[f"{choice.subject}.proposed"]
        for row in sorted((row for row in self.permitted if proposed[row]), key=self._name):
            self._take_whole(row, columns[f"{choice.subject}.contracts"][row])
        groups: dict[int, list[int]] = {}
        for row in sorted({*self.permitted, *self.too_large}):
            if not proposed[row]:
                groups.setdefault(columns[f"{choice.subject}>{choice.shared_by}"][row], []).append(row)
        for group in sorted(groups):
            self._turns(self._best(groups[group]))
        for row, contracts in self.sizes.items():
            self._order(row, contracts)
        return self.chosen

    def _name(self, row: int) -> str:
        return self.calls.facts.ids[self.choice.subject][row]

    def _best(self, rows: list[int]) -> list[int]:
        """Return one contract for each `one_of_each`, in the order of their turns.

        A contract that is only too large for what is left is still the nearest: no other takes its place, or the next
        look would fill the rest with a second contract of the same symbol.
        """
        above = self.calls.facts.columns[f"{self.choice.subject}>{self.choice.one_of_each}"]
        keys = {row: self.calls.key(f"order_{self.choice.name}", row) for row in rows}
        best: dict[int, int] = {}
        for row in rows:
            if keys[row] is None:
                if row in self.permitted:
                    self.chosen.withheld[row] = "unknown_order"
            elif above[row] not in best or (keys[row], self._name(row)) < (
                keys[best[above[row]]],
                self._name(best[above[row]]),
            ):
                best[above[row]] = row
        for row in rows:
            if keys[row] is not None and best[above[row]] != row and row in self.permitted:
                self.chosen.withheld[row] = "another_contract_is_nearer"
        turns = {row: self.calls.key(f"turn_{self.choice.name}", above[row]) or () for row in best.values()}
        fitting = [row for row in best.values() if row in self.permitted]
        return sorted(fitting, key=lambda row: (turns[row], self._name(row)))

    def _turns(self, waiting: list[int]) -> None:
        while waiting:
            still = []
            for row in waiting:
                binding = self._binding(row, 1)
                if binding is None:
                    self._spend(row, 1)
                    still.append(row)
                elif row not in self.sizes:
                    self.chosen.withheld[row] = binding
            waiting = still
            self._ahead(waiting)

    def _ahead(self, rows: list[int]) -> None:
        """Take at once every round in which nothing can bind: what is spent is as if they had been taken one by one."""
        limit = int(self.choice.slice_over.exact)
        asked: dict[tuple[str, int], Fraction] = {}
        rounds: list[Fraction | int] = []
        for row in rows:
            for budget in self.choice.budgets:
                cost = self._cost(budget, row)
                if cost and budget.each == "contract":
                    asked[self._pool(budget, row)] = asked.get(self._pool(budget, row), Fraction(0)) + cost
                elif cost and budget.each == "slice":
                    rounds.append(-self.sizes[row] % limit)  # as many as fit into the slices begun
        rounds += [self.pools[pool] // total for pool, total in asked.items()]
        for row in rows if asked and min(rounds) > 0 else ():
            self._spend(row, int(min(rounds)))

    def _take_whole(self, row: int, contracts: int) -> None:
        binding = self._binding(row, contracts)
        if binding is None:
            self._spend(row, contracts)
        else:
            self.chosen.withheld[row] = binding

    def _binding(self, row: int, contracts: int) -> str | None:
        """Return the ceiling that does not allow so many more, or whose room or cost is unknown."""
        for budget in self.choice.budgets:
            cost = self._cost(budget, row)
            room = self._room(budget, row)
            if cost == 0:  # what it does not use cannot bind it, however little is left
                continue
            if cost is None or room is None or self._spent(budget, row, cost, contracts) > room:
                return budget.name
        return None

    def _spent(self, budget: Budget, row: int, cost: Fraction, contracts: int) -> Fraction:
        if budget.each == "contract":
            return cost * contracts
        if budget.each == "order":
            return Fraction(0) if row in self.sizes else cost
        limit, before = int(self.choice.slice_over.exact), self.sizes.get(row, 0)
        return cost * (-(-(before + contracts) // limit) - -(-before // limit))

    def _spend(self, row: int, contracts: int) -> None:
        for budget in self.choice.budgets:
            cost = self._cost(budget, row)
            if cost:
                self.pools[self._pool(budget, row)] -= self._spent(budget, row, cost, contracts)
        self.sizes[row] = self.sizes.get(row, 0) + contracts

    def _cost(self, budget: Budget, row: int) -> Fraction | None:
        if (budget.name, row) not in self.costs:
            name = f"uses_{self.choice.name}_{budget.name}"
            self.costs[budget.name, row] = self.calls.exact(name, row, budget.uses.type.scale)
        return self.costs[budget.name, row]

    def _pool(self, budget: Budget, row: int) -> tuple[str, int]:
        subject = self.choice.subject
        columns = self.calls.facts.columns
        return budget.name, row if budget.shared_by == subject else columns[f"{subject}>{budget.shared_by}"][row]

    def _room(self, budget: Budget, row: int) -> Fraction | None:
        key = self._pool(budget, row)
        if key not in self.pools:
            room = self.calls.exact(f"room_{self.choice.name}_{budget.name}", key[1], budget.room.type.scale)
            if room is None:
                return None
            self.pools[key] = room
        return self.pools[key]

    def _order(self, row: int, contracts: int) -> None:
        columns, choice = self.calls.facts.columns, self.choice
        price = self.calls.exact(f"price_{choice.name}", row, choice.price.type.scale)
        if price is None:
            self.chosen.withheld[row] = "price"
            return
        candidate = columns[f"{choice.subject}>candidate"][row]
        if not _named(self.calls.facts, candidate):
            self.chosen.withheld[row] = "unknown_contract"
            return
        sleeve = columns[f"{choice.subject}>{choice.shared_by}"][row]
        limit, rule = int(choice.slice_over.exact), self.permitted[row]
        label = "proposed" if columns[f"{choice.subject}.proposed"][row] else ""
        self.chosen.orders.append(Order(sleeve, candidate, contracts, price, "sell", rule, limit, label, row))


def _named(facts: Facts, candidate: int) -> bool:
    """Whether one can say which contract it is: an order must."""
    known = (facts.columns["candidate.strike"][candidate], facts.columns["candidate.expiration"][candidate])
    return None not in known


def sliced(contracts: int, limit: int) -> tuple[int, ...]:
    """Return an order in the fewest slices of at most `limit`, as equal as whole contracts allow, larger ones first."""
    count = -(-contracts // limit)
    small, larger = divmod(contracts, count)
    return tuple(small + 1 if number < larger else small for number in range(count))


def share(
    law: Constitution, program: Program, facts: Facts, kleene: Kleene, standing: Sequence[Finding]
) -> Mapping[Finding, Grant | None]:
    """Return what every decision that draws on a shared sum gets; `None` where room or claim is unknown."""
    calls = _Calls(program, facts, kleene)
    grants: dict[Finding, Grant | None] = {}
    for terms in law.shares.values():
        claims = [
            f for f in standing if program.decides[f[0]].kind == terms.among and spoken(program, f) == terms.among
        ]
        groups: dict[int, list[Finding]] = {}
        for finding in claims:
            groups.setdefault(facts.columns[f"{terms.subject}>{terms.shared_by}"][finding[1]], []).append(finding)
        for row, members in groups.items():
            grants |= _shared(terms, calls, row, members)
    return grants


def _shared(terms: Share, calls: _Calls, row: int, members: list[Finding]) -> dict[Finding, Grant | None]:
    room = calls.exact(f"room_{terms.name}", row, terms.room.type.scale)
    ids = calls.facts.ids[terms.subject]
    ordered = sorted(members, key=lambda finding: (calls.key(f"order_{terms.name}", finding[1]) or (), ids[finding[1]]))
    grants: dict[Finding, Grant | None] = {}
    for finding in ordered:
        asks = calls.exact(f"asks_{terms.name}", finding[1], terms.asks.type.scale)
        if room is None or asks is None:
            grants[finding] = None
            continue
        granted = max(min(asks, room), Fraction(0))
        room -= granted
        grants[finding] = _granted(terms, calls, row, granted, ids[finding[1]])
    return grants


def _granted(terms: Share, calls: _Calls, row: int, granted: Fraction, label: str) -> Grant:
    if not granted:
        names = tuple(leg.name for leg in terms.legs)
        return Grant(dict.fromkeys(names, Fraction(0)), (), names)
    whole = sum((leg.weight.exact for leg in terms.legs), Fraction(0))
    step = terms.step.exact
    legs, orders, unaffordable = {}, [], []
    for leg in terms.legs:
        legs[leg.name] = granted * leg.weight.exact / whole // step * step
        order = _bought(terms, leg, calls, row, legs[leg.name])
        order = replace(order, label=label) if order else None
        if order is None:
            unaffordable.append(leg.name)
        else:
            orders.append(order)
    return Grant(legs, tuple(orders), tuple(unaffordable))


def _bought(terms: Share, leg: Leg, calls: _Calls, row: int, dollars: Fraction) -> Order | None:
    """Return the order for one leg, or nothing when no contract is listed, priced or affordable."""
    candidate = calls.facts.columns[leg.buys][row]
    if candidate is None or not dollars or not _named(calls.facts, candidate):
        return None
    name = f"leg_{terms.name}_{leg.name}"
    cost = calls.exact(name, candidate, leg.costs.type.scale)
    price = calls.exact(name, candidate, leg.price.type.scale, 1)
    contracts = int(dollars // cost) if cost else 0
    if price is None or not contracts:
        return None
    return Order(row, candidate, contracts, price, "buy", terms.name, int(terms.slice_over.exact))
