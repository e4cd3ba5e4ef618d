"""What two verdicts on one snapshot decide otherwise: each turn with what it does to risk.

Looser: something that opens is now permitted, or larger. Tighter: the other way about. A refusal that misses by another
amount, and is refused all the same, is no turn.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias

from engine.decided import Decided, Reason
from engine.decisions import KINDS, fields
from engine.kinds.entries import Blocked, EntryDenied
from engine.kinds.records import Alert
from engine.verdict import Ticket, Verdict

Mark: TypeAlias = Literal["looser", "tighter", "different"]
Said: TypeAlias = Decided | Ticket | str

_SIZES: Final = frozenset({"usd", "contracts", "shares"})


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that is decided otherwise: what of, what was said and what is, and the rules that say it."""

    what: Literal["decision", "order", "memory", "snapshot"]
    of: str
    old: Said | None
    new: Said | None
    mark: Mark = "different"

    @property
    def reasons(self) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
        """The reasons that stand on one side alone; all of them where the other is no refusal."""
        old, new = (
            {_known(reason): reason for reason in getattr(said, "reasons", ())} for said in (self.old, self.new)
        )
        lost = tuple(reason for known, reason in old.items() if known not in new)
        return lost, tuple(reason for known, reason in new.items() if known not in old)

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules behind both sides: first those of the reasons by which they differ, then those that speak."""
        lost, gained = self.reasons
        found = dict.fromkeys(reason.rule for reason in (*lost, *gained))
        speaking = (said.rule for said in (self.old, self.new) if isinstance(said, Decided | Ticket))
        return tuple(found | dict.fromkeys(speaking))


def _known(reason: Reason) -> tuple[str, str]:
    return reason.code, reason.rule


def turns(old: Verdict, new: Verdict, renamed: Mapping[str, str]) -> Iterator[Turn]:
    """Yield what two verdicts on one snapshot decide otherwise; `renamed` has the new names of rules."""
    yield from decisions(old.decisions, new.decisions, renamed)
    yield from orders(old.orders, new.orders, renamed)
    yield from memories(old.memory, new.memory)


def decisions(old: Iterable[Decided], new: Iterable[Decided], renamed: Mapping[str, str]) -> Iterator[Turn]:
    """Yield the decisions that are otherwise: what is left on both sides, by row and by what it competes for."""
    before = {_plain(decision): decision for decision in (_called(each, renamed) for each in old)}
    after = {_plain(decision): decision for decision in new}
    gone = [decision for plain, decision in before.items() if plain not in after]
    come = [decision for plain, decision in after.items() if plain not in before]
    for decision in gone:
        other = next((each for each in come if _place(each) == _place(decision)), None)
        if other is not None:
            come.remove(other)
        yield Turn("decision", row_of(decision), decision, other, _mark(decision, other))
    yield from (Turn("decision", row_of(decision), None, decision, _mark(None, decision)) for decision in come)


def _called(decision: Decided, renamed: Mapping[str, str]) -> Decided:
    """Return a decision with its rules under their new names."""
    if not renamed:
        return decision
    losers = (other.partition(":") for other in decision.shadowed)
    named: dict[str, Any] = {
        "rule": renamed.get(decision.rule, decision.rule),
        "shadowed": tuple(sorted(f"{kind}:{renamed.get(rule, rule)}" for kind, _, rule in losers)),
    }
    if isinstance(decision, EntryDenied | Blocked):
        codes = ((reason, renamed.get(reason.rule, reason.rule)) for reason in decision.reasons)
        named["reasons"] = tuple(reason.model_copy(update={"rule": rule}) for reason, rule in codes)
    if isinstance(decision, Alert):
        named["code"] = _code(decision.code, renamed)
    return decision.model_copy(update=named)


def _code(code: str, renamed: Mapping[str, str]) -> str:
    rule = code.removesuffix("_blocked")
    return f"{renamed[rule]}_blocked" if rule != code and rule in renamed else code


def _plain(decision: Decided) -> tuple[Any, ...]:
    """Return all that a decision says but by how much it misses."""
    return (type(decision).__name__, *((name, _bare(value)) for name, value in vars(decision).items()))


def _bare(value: Any) -> Any:  # noqa: ANN401 - as many types as fields
    if isinstance(value, tuple) and value and isinstance(value[0], Reason):
        return tuple(sorted(map(_known, value)))
    return tuple(sorted(value.items())) if isinstance(value, dict) else value


def _place(decision: Decided) -> tuple[str, ...]:
    match decision:
        case Blocked():
            return (decision.subject, decision.id, "Blocked", decision.wanted)
        case Alert():
            return (decision.subject, decision.id, "Alert", decision.code)
        case _:
            return (decision.subject, decision.id, decision.slot)


def row_of(decision: Decided) -> str:
    """Return the row that a decision is about, in words."""
    return f"{decision.subject} {decision.id.replace(' ', '')}".strip()


def opens(decision: Decided | None) -> bool:
    """Return whether a decision opens risk."""
    return decision is not None and KINDS[type(decision).__name__].risk == "opens"


def _mark(old: Decided | None, new: Decided | None) -> Mark:
    if opens(old) != opens(new):
        return "looser" if opens(new) else "tighter"
    if old is not None and new is not None and opens(old) and type(old) is type(new):
        return _grown(_sizes(old), _sizes(new))
    denied = [isinstance(side, EntryDenied) and side.subject == "account" for side in (old, new)]
    if denied[0] != denied[1]:
        return "tighter" if denied[1] else "looser"
    return "different"


def _sizes(of: Decided) -> dict[str, Decimal]:
    """Return how much is opened: dollars, contracts, shares."""
    told = {name: getattr(of, name) for name, field in fields(type(of).__name__).items() if field.unit in _SIZES}
    return {name: Decimal(value) for name, value in told.items() if value is not None}


def _grown(old: Mapping[Any, Decimal], new: Mapping[Any, Decimal]) -> Mark:
    """Return whether everything that changed grew, or shrank."""
    steps = [new.get(name, Decimal(0)) - old.get(name, Decimal(0)) for name in {*old, *new}]
    if any(step > 0 for step in steps) and all(step >= 0 for step in steps):
        return "looser"
    return "tighter" if any(step < 0 for step in steps) and all(step <= 0 for step in steps) else "different"


def missed_otherwise(old: Iterable[Decided], new: Iterable[Decided]) -> int:
    """Return how many refusals stand on both sides and miss by another amount."""
    before = {_plain(decision): decision for decision in old}
    return sum(before.get(_plain(decision), decision) != decision for decision in new)


def orders(old: Iterable[Ticket], new: Iterable[Ticket], renamed: Mapping[str, str]) -> Iterator[Turn]:
    """Yield the orders that are otherwise, by their ids; slices cut otherwise open no more and no less."""
    before, after = ({order.id: order for order in side} for side in (old, new))
    opened = tuple(_opened(side.values()) for side in (before, after))
    for id_ in dict.fromkeys((*before, *after)):
        first, second = before.get(id_), after.get(id_)
        told = None if first is None else first.model_copy(update={"rule": renamed.get(first.rule, first.rule)})
        if told != second:
            lots = {_lot(side): Decimal(0) for side in (first, second) if side is not None and side.effect == "open"}
            mark = _grown(*({lot: side.get(lot, none) for lot, none in lots.items()} for side in opened))
            yield Turn("order", id_, first, second, mark)


Lot: TypeAlias = tuple[str, str, str, str]


def _lot(order: Ticket) -> Lot:
    return order.account, order.sleeve, order.contract, order.side


def _opened(orders: Iterable[Ticket]) -> dict[Lot, Decimal]:
    """Return how many contracts are opened, all slices together."""
    found: dict[Lot, Decimal] = {}
    for order in orders:
        if order.effect == "open":
            found[_lot(order)] = found.get(_lot(order), Decimal(0)) + order.contracts
    return found


Memory: TypeAlias = Mapping[str, Mapping[str, Mapping[str, Any]]] | None


def memories(old: Memory, new: Memory) -> Iterator[Turn]:
    """Yield every fact that is remembered otherwise."""
    before, after = (
        {(subject, id_, fact): value for subject, rows in (side or {}).items() for id_, entry in rows.items()
         for fact, value in entry.items()}
        for side in (old, new)
    )  # fmt: skip
    for key in sorted({*before, *after}):
        first, second = before.get(key), after.get(key)
        if first != second or (key in before) != (key in after):
            kept, keeps = (_kept(side[key]) if key in side else None for side in (before, after))
            yield Turn("memory", ".".join(part for part in key if part != "-"), kept, keeps)


def _kept(value: object) -> str:
    match value:
        case None:
            return "unknown"
        case bool():
            return str(value).lower()
        case Mapping():
            return ", ".join(f"{name} {_kept(each)}" for name, each in value.items())
        case _:
            return str(value)
