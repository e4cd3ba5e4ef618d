"""Orders held against what the law allows: asked for beside a snapshot, and judged by code of its own.

Which of the permitted become orders is not chosen again: that each ceiling holds for all of them together, that nothing
is bought beyond what was asked for, at another price or of another contract, is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

from engine.calls import Order
from engine.expr.typed import Typed
from engine.law.authored import Budget, Choice, Share, Version
from engine.law.model import Constitution
from engine.second.terms import Values
from engine.second.values import UNKNOWN, spelled
from engine.verdict import Verdict

Taken: TypeAlias = tuple[Fraction | None, Fraction | None]


@dataclass(frozen=True, slots=True)
class Fault:
    """A value of a decision, or of an order, of which the two opinions are not one."""

    rule: str
    subject: str
    id: str
    what: str
    authority: str
    second: str


@dataclass
class Held:
    """The decisions and orders of a verdict, beside the values of the second opinion."""

    verdict: Verdict
    values: Values = field(default_factory=dict)

    @property
    def law(self) -> Constitution:
        return self.verdict.facts.law

    @cached_property
    def asked(self) -> dict[str, list[int]]:
        """The rows that the second opinion is asked about, by name."""
        found = {f"fields:{name}": rows for name, rows in self._made.items()}
        found |= {f"choice:{name}": [order.row or 0 for order in of] for name, of in self._chosen.items()}
        for name, bought in self._bought.items():
            found[f"share:{name}"] = [row for row, _ in bought]
            found |= {f"leg:{name}:{leg}": [order.candidate for _, order in bought] for leg in self._share(name).legs}
        return {name: rows for name, rows in found.items() if rows}

    @cached_property
    def _made(self) -> dict[str, list[int]]:
        """The rows of which a rule decides, and nothing stands in the way."""
        found: dict[str, list[int]] = {}
        for number, row, holds, missed, _ in self.verdict.standing:
            rule = self.verdict.program.decides[number]
            if holds is True and not missed and any(not isinstance(value, str) for value in rule.fields.values()):
                found.setdefault(rule.id, []).append(row)
        return found

    @cached_property
    def _chosen(self) -> dict[str, list[Order]]:
        return {name: chosen.orders for name, chosen in self.verdict.chosen.items() if chosen.orders}

    @cached_property
    def _bought(self) -> dict[str, list[tuple[int, Order]]]:
        """The orders of each share, with the row that each was granted to."""
        found: dict[str, list[tuple[int, Order]]] = {}
        for finding, grant in self.verdict.grants.items():
            for order in grant.orders if grant else ():
                found.setdefault(order.rule, []).append((finding[1], order))
        return found

    def _choice(self, name: str) -> Choice:
        return self._front.choices[name]

    def _share(self, name: str) -> Share:
        return self._front.shares[name]

    @property
    def _front(self) -> Version:
        if self.law.front is None:
            message = "the law has no constitution.yaml"
            raise TypeError(message)
        return self.law.front

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """Everything of which the two opinions are not one."""
        return (*self._unlike(), *self._over(), *self._beyond())

    def _unlike(self) -> Iterator[Fault]:
        """Yield the fields of decisions that are not the same."""
        program, columns = self.verdict.program, self.verdict.facts.columns
        numbers = {rule.id: number for number, rule in enumerate(program.decides)}
        for name, rows in self._made.items():
            rule = program.decides[numbers[name]]
            typed = [(what, of) for what, of in rule.fields.items() if not isinstance(of, str)]
            for place, row in enumerate(rows):
                pairs = program.functions[f"fields_{numbers[name]}"](columns, self.verdict.kleene, row)
                for (what, of), pair in zip(typed, pairs, strict=True):
                    said = self._said(f"fields:{name}", what, place)
                    yield from self._compared(name, rule.subject, row, what, _exact(of, pair), said)

    def _said(self, name: str, what: str, place: int) -> str:
        return self.values.get(name, {}).get(what, [UNKNOWN] * (place + 1))[place]

    def _number(self, name: str, what: str, place: int) -> Fraction | None:
        said = self._said(name, what, place)
        return None if said == UNKNOWN else Fraction(said)

    def _compared(  # noqa: PLR0913, PLR0917 - a fault's whole definition
        self, rule: str, subject: str, row: int, what: str, first: str, second: str
    ) -> Iterator[Fault]:
        if first != second:
            yield Fault(rule, subject, self.verdict.facts.ids[subject][row], what, first, second)

    def _over(self) -> Iterator[Fault]:
        """Yield the ceilings that the orders of a choice do not keep together, and prices that are not the same."""
        for name, orders in self._chosen.items():
            choice, place_ = self._choice(name), f"choice:{name}"
            for place, order in enumerate(orders):
                told = (name, "candidate", order.candidate, "price")
                yield from self._compared(*told, spelled(order.price), self._said(place_, "price", place))
            for budget, of in choice.within.items():
                yield from self._spent(name, budget, of)

    def _spent(self, name: str, budget: str, of: Budget) -> Iterator[Fault]:
        pools: dict[int, list[Taken]] = {}
        subject = self.law.choices[name].subject
        for place, order in enumerate(self._chosen[name]):
            row = order.row or 0
            pool = row if of.shared_by == subject else self.verdict.facts.columns[f"{subject}>{of.shared_by}"][row]
            uses, room = (self._number(f"choice:{name}", f"{what}:{budget}", place) for what in ("uses", "room"))
            count = {"contract": order.contracts, "order": 1}.get(of.each, -(-order.contracts // order.slice_over))
            if uses != 0:
                pools.setdefault(pool, []).append((None if uses is None else uses * count, room))
        for pool, found in pools.items():
            yield from self._kept(name, of.shared_by, pool, budget, found)

    def _kept(self, rule: str, subject: str, row: int, what: str, found: Sequence[Taken]) -> Iterator[Fault]:
        """Yield a fault where what is taken is more than the smallest room, or where one of them is unknown."""
        taken, rooms = [one for one, _ in found], [room for _, room in found]
        known = [one for one in taken if one is not None], [room for room in rooms if room is not None]
        total, least = (
            (UNKNOWN if None in taken else spelled(sum(known[0]))),
            UNKNOWN if None in rooms else spelled(min(known[1])),
        )
        if None in taken or None in rooms or sum(known[0]) > min(known[1]):
            yield self._fault(rule, subject, row, (what, f"takes {total}", f"leaves {least}"))

    def _beyond(self) -> Iterator[Fault]:
        """Yield what shares buy that was not picked, at another price, or beyond what is asked, needed or there."""
        spent: dict[tuple[str, str, int], list[Taken]] = {}  # shares whose room is the same draw on one sum
        for name, bought in self._bought.items():
            share, subject = self._share(name), self.law.shares[name].subject
            needed: dict[int, list[tuple[Fraction | None, Fraction | None, int]]] = {}
            for place, (row, order) in enumerate(bought):
                leg = self._leg(name, share, place, order)
                if leg is None:
                    contract = self.verdict.facts.ids["candidate"][order.candidate].replace(" ", "")
                    told = f"{contract} at {spelled(order.price)}"
                    yield self._fault(name, subject, row, ("bought", told, "another"))
                    continue
                cost = self._number(f"leg:{name}:{leg}", "costs", place)
                total = None if cost is None else cost * order.contracts
                pool = str(share.room), share.shared_by, self._above(subject, share.shared_by, row)
                spent.setdefault(pool, []).append((total, self._number(f"share:{name}", "room", place)))
                yield from self._kept(name, subject, row, "asks", [(total, self._part(name, share, leg, place))])
                if share.need is not None:
                    uses = self._number(f"leg:{name}:{leg}", "uses", place)
                    need = self._number(f"share:{name}", "need", place)
                    under = self._above(subject, share.need.shared_by, row)
                    needed.setdefault(under, []).append((uses, need, order.contracts))
            for owner, met in needed.items():
                yield from self._met(name, share, owner, met)
        for (room, above, owner), found in spent.items():
            name = next(name for name in self._bought if str(self._share(name).room) == room)
            yield from self._kept(name, above, owner, "room", found)

    def _above(self, subject: str, above: str, row: int) -> int:
        return row if above == subject else self.verdict.facts.columns[f"{subject}>{above}"][row]

    def _part(self, name: str, share: Share, leg: str, place: int) -> Fraction | None:
        """Return what a leg may cost of what is asked for."""
        asks = self._number(f"share:{name}", "asks", place)
        weights = {of: self._number(f"share:{name}", f"weight:{of}", place) for of in share.legs}
        known = [weight for weight in weights.values() if weight is not None]
        own = weights[leg]
        return None if asks is None or own is None or len(known) < len(weights) else asks * own / sum(known)

    def _met(
        self, rule: str, share: Share, row: int, found: Sequence[tuple[Fraction | None, Fraction | None, int]]
    ) -> Iterator[Fault]:
        """Yield a fault where a need was met before the last contract, which is counted whole, or is unknown."""
        known = [(uses, need, count) for uses, need, count in found if uses is not None and need is not None]
        taken = sum(uses * count for uses, _, count in known) - max((uses for uses, *_ in known), default=0)
        left = min((need for _, need, _ in known), default=Fraction(0))
        if share.need is not None and (len(known) < len(found) or taken >= left):
            told = "need", f"takes {spelled(taken)} before the last contract", f"leaves {spelled(left)}"
            yield self._fault(rule, share.need.shared_by, row, told)

    def _fault(self, rule: str, subject: str, row: int, told: tuple[str, str, str]) -> Fault:
        return Fault(rule, subject, self.verdict.facts.ids[subject][row], *told)

    def _leg(self, name: str, share: Share, place: int, order: Order) -> str | None:
        """Return the leg that an order is: its contract is the one picked, its price the same."""
        for leg in share.legs:
            picked = self._said(f"share:{name}", f"buys:{leg}", place) == str(order.candidate)
            if picked and self._said(f"leg:{name}:{leg}", "price", place) == spelled(order.price):
                return leg
        return None


def _exact(of: Typed, pair: tuple[Any, int] | None) -> str:
    """Return a value of the authority's functions, spelled."""
    if pair is None or isinstance(pair[0], str | bool):
        return spelled(None if pair is None else pair[0])
    return spelled(Fraction(pair[0], pair[1] * 10**of.type.scale))
