"""From permissions to orders: which of the permitted, how many of each, so that together they keep every ceiling."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from engine.arbitrate import Finding
from engine.calls import Amount, Calls, Order, named
from engine.law.model import Budget, Choice, Constitution
from engine.program import Program


@dataclass
class Chosen:
    """Orders, and for every permitted row without one the reason."""

    orders: list[Order] = field(default_factory=list)
    withheld: dict[int, str] = field(default_factory=dict)


def choose(law: Constitution, calls: Calls, standing: Sequence[Finding]) -> Mapping[str, Chosen]:
    """Return the orders of every choice of the law."""
    found: dict[str, Chosen] = {}
    for choice in law.choices.values():
        named, sizes = _permissions(law, calls.program)[choice.name]
        rows: dict[int, str] = {}
        too_large: set[int] = set()
        for number, row, holds, missed, unknown in standing:
            if number not in named or not holds:
                continue
            if not missed:
                rows[row] = named[number]
            elif missed | sizes == sizes and not unknown:
                too_large.add(row)
        found[choice.name] = _Round(choice, calls, rows, too_large).run()
    return found


@lru_cache
def _permissions(law: Constitution, program: Program) -> Mapping[str, tuple[Mapping[int, str], int]]:
    """Return for every choice the rules that permit, by number, and the bits of the ceilings among its requirements."""
    found: dict[str, tuple[Mapping[int, str], int]] = {}
    for choice in law.choices.values():
        required = enumerate(program.requires.get(choice.among, ()))
        sizes = sum(1 << bit for bit, rule in required if rule.id in choice.ceilings)
        permits = {number: rule.id for number, rule in enumerate(program.decides) if rule.kind == choice.among}
        found[choice.name] = permits, sizes
    return found


class _Pool(NamedTuple):
    """What orders have taken from a room that they share; `least` is the smallest room that any of them sees."""

    taken: Amount
    least: Amount


class _Use(NamedTuple):
    """What a row takes of a ceiling, by contract, order or slice, and the room it sees, in the same whole parts."""

    budget: Budget
    pool: tuple[str, int]
    cost: Amount | None
    room: Amount | None


@dataclass
class _Round:
    """The permitted of one choice take their turns, one contract at a time, until a ceiling binds."""

    choice: Choice
    calls: Calls
    permitted: Mapping[int, str]
    too_large: set[int]
    chosen: Chosen = field(default_factory=Chosen)
    pools: dict[tuple[str, int], _Pool] = field(default_factory=dict)
    uses: dict[int, list[_Use]] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    limit: int = field(init=False)

    def __post_init__(self) -> None:
        self.limit = int(self.choice.slice_over.exact)

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
        asked: dict[tuple[str, int], Amount] = {}
        rounds: list[int] = []
        for row in rows:
            for budget, pool, cost, _ in self._uses(row):
                if cost and budget.each == "contract":
                    asked[pool] = asked.get(pool, 0) + cost
                elif cost and budget.each == "slice":
                    rounds.append(-self.sizes[row] % self.limit)  # as many as fit into the slices begun
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
        for use in self._uses(row):
            left = self._left(use)
            if use.cost is None or left is None or self._spent(use.budget, row, use.cost, contracts) > left:
                return use.budget.name
        return None

    def _spent(self, budget: Budget, row: int, cost: Amount, contracts: int) -> Amount:
        if budget.each == "contract":
            return cost * contracts
        if budget.each == "order":
            return 0 if row in self.sizes else cost
        before = self.sizes.get(row, 0)
        return cost * (-(-(before + contracts) // self.limit) - -(-before // self.limit))

    def _spend(self, row: int, contracts: int) -> None:
        for budget, pool, cost, room in self._uses(row):
            if cost is not None and room is not None:
                taken, least = self.pools.get(pool, (0, room))
                self.pools[pool] = _Pool(taken + self._spent(budget, row, cost, contracts), min(least, room))
        self.sizes[row] = self.sizes.get(row, 0) + contracts

    def _uses(self, row: int) -> list[_Use]:
        """Return what a row takes; what it does not use cannot bind it, however little is left (A-02, A-69)."""
        if row not in self.uses:
            self.uses[row] = [use for budget in self.choice.budgets if (use := self._use(budget, row)).cost != 0]
        return self.uses[row]

    def _use(self, budget: Budget, row: int) -> _Use:
        subject, name = self.choice.subject, f"{self.choice.name}_{budget.name}"
        finer = budget.room.type.scale - budget.uses.type.scale
        cost = self.calls.amount(f"uses_{name}", row, max(finer, 0))
        room = self.calls.amount(f"room_{name}", row, max(-finer, 0)) if cost else None
        pool = row if budget.shared_by == subject else self.calls.facts.columns[f"{subject}>{budget.shared_by}"][row]
        return _Use(budget, (budget.name, pool), cost, room)

    def _left(self, use: _Use) -> Amount | None:
        """Return what a row may still take: no more than its own room, and than those who took before it see."""
        pool = self.pools.get(use.pool)
        return use.room if use.room is None or pool is None else min(use.room, pool.least) - pool.taken

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
        rule = self.permitted[row]
        label = "proposed" if columns[f"{choice.subject}.proposed"][row] else ""
        self.chosen.orders.append(Order(sleeve, candidate, contracts, price, "sell", rule, self.limit, label, row))
