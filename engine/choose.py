"""From permissions to orders: which of the permitted, how many of each, so that together they keep every ceiling."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from engine.arbitrate import Finding
from engine.calls import Calls, Order, named
from engine.law.model import Budget, Choice, Constitution


@dataclass
class Chosen:
    """Orders, and for every permitted row without one the reason."""

    orders: list[Order] = field(default_factory=list)
    withheld: dict[int, str] = field(default_factory=dict)


def choose(law: Constitution, calls: Calls, standing: Sequence[Finding]) -> Mapping[str, Chosen]:
    """Return the orders of every choice of the law."""
    program = calls.program
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


@dataclass(frozen=True, slots=True)
class _Pool:
    """What orders have taken from a room that they share; `least` is the smallest room that any of them sees."""

    taken: Fraction
    least: Fraction


@dataclass
class _Round:
    """The permitted of one choice take their turns, one contract at a time, until a ceiling binds."""

    choice: Choice
    calls: Calls
    permitted: Mapping[int, str]
    too_large: set[int]
    chosen: Chosen = field(default_factory=Chosen)
    pools: dict[tuple[str, int], _Pool] = field(default_factory=dict)
    rooms: dict[tuple[str, int], Fraction | None] = field(default_factory=dict)
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
        rounds: list[int] = []
        for row in rows:
            for budget in self.choice.budgets:
                cost = self._cost(budget, row)
                if cost and budget.each == "contract":
                    asked[self._pool(budget, row)] = asked.get(self._pool(budget, row), Fraction(0)) + cost
                elif cost and budget.each == "slice":
                    rounds.append(-self.sizes[row] % limit)  # as many as fit into the slices begun
        rounds += [(self.pools[pool].least - self.pools[pool].taken) // total for pool, total in asked.items()]
        for row in rows if asked and min(rounds) > 0 else ():
            self._spend(row, min(rounds))

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
            if cost == 0:  # what it does not use cannot bind it, however little is left
                continue
            left = self._left(budget, row)
            if cost is None or left is None or self._spent(budget, row, cost, contracts) > left:
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
            cost, pool, room = self._cost(budget, row), self._pool(budget, row), self._room(budget, row)
            if cost and room is not None:
                before = self.pools.get(pool, _Pool(Fraction(0), room))
                taken = before.taken + self._spent(budget, row, cost, contracts)
                self.pools[pool] = _Pool(taken, min(before.least, room))
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
        if (budget.name, row) not in self.rooms:
            name = f"room_{self.choice.name}_{budget.name}"
            self.rooms[budget.name, row] = self.calls.exact(name, row, budget.room.type.scale)
        return self.rooms[budget.name, row]

    def _left(self, budget: Budget, row: int) -> Fraction | None:
        """Return what a row may still take: no more than its own room, and than those who took before it see."""
        room, pool = self._room(budget, row), self.pools.get(self._pool(budget, row))
        return room if room is None or pool is None else min(room, pool.least) - pool.taken

    def _order(self, row: int, contracts: int) -> None:
        columns, choice = self.calls.facts.columns, self.choice
        price = self.calls.exact(f"price_{choice.name}", row, choice.price.type.scale)
        if price is None:
            self.chosen.withheld[row] = "price"
            return
        candidate = columns[f"{choice.subject}>candidate"][row]
        if not named(self.calls.facts, candidate):
            self.chosen.withheld[row] = "unknown_contract"
            return
        sleeve = columns[f"{choice.subject}>{choice.shared_by}"][row]
        limit, rule = int(choice.slice_over.exact), self.permitted[row]
        label = "proposed" if columns[f"{choice.subject}.proposed"][row] else ""
        self.chosen.orders.append(Order(sleeve, candidate, contracts, price, "sell", rule, limit, label, row))
