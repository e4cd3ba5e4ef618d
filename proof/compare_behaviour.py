"""What two versions decide otherwise, told once: turns that are alike together, each with snapshots that show them."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from engine.decided import Decided, Reason
from engine.kinds.records import Alert
from engine.verdict import Ticket
from proof.compare_trials import Trial
from proof.compare_turns import Mark, Said, Turn

_MOST: Final = 3
_BESIDE: Final = frozenset({"kind", "subject", "id", "rule"})
_SAID: Final = frozenset({"kind", "subject", "id"})
_IN_HEAD: Final = frozenset({"reasons", "reason", "code"})
_OF_AN_ORDER: Final = frozenset({"side", "effect", "contracts", "contract", "price"})
_ORDER: Final[tuple[Mark, ...]] = ("looser", "tighter", "different")


@dataclass
class Group:
    """Turns of one kind: how many snapshots show one, and the first that do, those at a bound before others."""

    mark: Mark
    what: str
    old: str
    new: str
    rules: tuple[str, ...]
    count: int = 0
    witnesses: list[tuple[Trial, Turn]] = field(default_factory=list)


def grouped(trials: Iterable[Trial]) -> list[Group]:
    """Return what trials show, what loosens first; what reads alike, of one rule, is told once."""
    found: dict[tuple[str, ...], Group] = {}
    for trial in sorted(trials, key=lambda trial: not trial.moved):
        seen: set[tuple[str, ...]] = set()
        for turn in trial.turns:
            old, new = heads(turn)
            key = (turn.mark, turn.what, old, new, *turn.rules[:1])
            group = found.setdefault(key, Group(turn.mark, turn.what, old, new, turn.rules))
            group.rules = tuple(dict.fromkeys((*group.rules, *turn.rules)))
            if key not in seen and len(group.witnesses) < _MOST:
                group.witnesses.append((trial, turn))
            group.count += key not in seen
            seen.add(key)
    return sorted(found.values(), key=lambda group: (_ORDER.index(group.mark), group.what, -group.count))


def witnesses(groups: Sequence[Group]) -> Iterator[Trial]:
    """Yield every snapshot that shows something, each once."""
    found = {id(trial): trial for group in groups for trial, _ in group.witnesses}
    yield from found.values()


def heads(turn: Turn) -> tuple[str, str]:
    """Return what was said and what is, without the row it is said of; of two refusals by what they differ."""
    if turn.what == "snapshot":
        old, new = ("decided" if said == "decided" else "not read" for said in (turn.old, turn.new))
        return old, new
    if turn.what == "memory":
        fact = turn.of.rpartition(".")[2]
        return fact if turn.old else "nothing", "nothing" if not turn.new else "otherwise" if turn.old else fact
    if is_refused_otherwise(turn):
        lost, gained = turn.reasons
        return _refusal(turn.old, lost, _codes(turn.new)), _refusal(turn.new, gained, _codes(turn.old))
    return _heads(turn.old, turn.new)


def _heads(old: Said | None, new: Said | None) -> tuple[str, str]:
    if isinstance(old, Alert) and isinstance(new, Alert):
        return _alert(old, new), _alert(new, old)
    if isinstance(old, Decided) and isinstance(new, Decided) and type(old) is type(new):
        return f"{type(old).__name__} ({', '.join(_differing(old, new))})", "otherwise"
    if isinstance(old, Ticket) and isinstance(new, Ticket):
        return f"{_head(old)} ({', '.join(_differing(old, new))})", "otherwise"
    return _head(old), _head(new)


def is_refused_otherwise(turn: Turn) -> bool:
    """Return whether something is refused on both sides, for other reasons."""
    return type(turn.old) is type(turn.new) and any(turn.reasons)


def _codes(said: Said | None) -> set[str]:
    return {reason.code for reason in getattr(said, "reasons", ())}


def _refusal(said: Said | None, reasons: Sequence[Reason], others: Container[str]) -> str:
    """Return a refusal by what is in one of two alone; a code that both have goes with its rule."""
    codes = (f"{reason.code} by {reason.rule}" if reason.code in others else reason.code for reason in reasons)
    return f"{type(said).__name__} ({', '.join(dict.fromkeys(codes)) or 'not by it'})"


def _alert(of: Alert, other: Alert) -> str:
    """Return an alert by what it says otherwise than another of its code."""
    told = (_beside(name, getattr(of, name), getattr(other, name)) for name in _differing(of, other))
    return f"Alert ({of.code}: {', '.join(told)})"


def _beside(name: str, value: object, other: object) -> str:
    """Return a field by what another does not have, of lists by what they do not share."""
    if not isinstance(value, tuple) or not isinstance(other, tuple):
        return f"{name} {_plain(value)}"
    own, lacks = ([each for each in one if each not in two] for one, two in ((value, other), (other, value)))
    return f"{name} {_plain(tuple(own))}" if own else f"{name} without {_plain(tuple(lacks))}"


def _differing(old: Decided | Ticket, new: Decided | Ticket) -> list[str]:
    """Return the fields by which two differ; that reasons miss by another amount is no difference."""
    names = [name for name in vars(old) if name not in _SAID and getattr(old, name) != getattr(new, name)]
    same = _known(old) == _known(new)
    return [name for name in names if name != "reasons" or not same]


def _known(said: Decided | Ticket) -> list[tuple[str, str]]:
    return sorted((reason.code, reason.rule) for reason in getattr(said, "reasons", ()))


def _head(said: Said | None) -> str:
    match said:
        case None:
            return "nothing"
        case Ticket():
            return f"{said.side} to {said.effect}"
        case Alert():
            return f"Alert ({said.code})"
        case _:
            reasons = [reason.code for reason in getattr(said, "reasons", ())]
            told = ", ".join(dict.fromkeys(reasons)) or getattr(said, "reason", "")
            return f"{type(said).__name__} ({told})" if told else type(said).__name__


def spoken(turn: Turn) -> tuple[str, str]:
    """Return what was said and what is; of two of one kind what differs between them."""
    old, new = turn.old, turn.new
    if isinstance(old, Decided) and isinstance(new, Decided) and type(old) is type(new):
        names = _differing(old, new)
        told = _fields(old, names), _fields(new, names)
        return told if told[0] != told[1] else heads(turn)
    if isinstance(old, Ticket) and isinstance(new, Ticket):
        names = [name for name in _differing(old, new) if name not in _OF_AN_ORDER]
        first, second = (_named(side, names) for side in (old, new))
        return f"{_whole(old)} {first}".strip(), f"{_whole(new)} {second}".strip()
    return _whole(old), _whole(new)


def _whole(said: Said | None) -> str:
    match said:
        case None:
            return "nothing"
        case str():
            return said
        case Ticket():
            name = said.contract.replace(" ", "")
            return f"{said.side} {said.contracts} {name} at {said.price:f} to {said.effect}"
        case _:
            told = [name for name, info in type(said).model_fields.items() if getattr(said, name) != info.default]
            return _fields(said, [name for name in told if name not in (*_BESIDE, *_IN_HEAD)])


def _fields(said: Decided, names: Sequence[str]) -> str:
    return f"{_head(said)} {_named(said, [name for name in names if name not in _IN_HEAD])}".strip()


def _named(said: Decided | Ticket, names: Sequence[str]) -> str:
    return ", ".join(f"{name} {_plain(getattr(said, name))}" for name in names)


def _plain(value: object) -> str:
    match value:
        case tuple():
            return ", ".join(map(_plain, value)) or "none"
        case Mapping():
            return ", ".join(f"{name} {_plain(each)}" for name, each in value.items()) or "none"
        case Decimal():
            return f"{value:f}"
        case bool() | None:
            return {True: "true", False: "false", None: "none"}[value]
        case _:
            return str(value).replace(" ", "")
