"""What two versions decide otherwise, told once: turns that are alike together, each with snapshots that show them."""

from collections.abc import Container, Iterable, Iterator, Sequence
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
    """Return what trials show, what loosens first."""
    found: dict[tuple[str, ...], Group] = {}
    for trial in sorted(trials, key=lambda trial: not trial.moved):
        seen: set[tuple[str, ...]] = set()
        for turn in trial.turns:
            old, new = heads(turn)
            key = (turn.mark, turn.what, old, new, *turn.rules)
            group = found.setdefault(key, Group(turn.mark, turn.what, old, new, turn.rules))
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
        again = {reason.code for reason in lost} & {reason.code for reason in gained}
        return _refusal(turn.old, lost, again), _refusal(turn.new, gained, again)
    if isinstance(turn.old, Decided) and type(turn.old) is type(turn.new) and not isinstance(turn.old, Alert):
        return f"{type(turn.old).__name__} ({', '.join(_differing(turn.old, turn.new))})", "otherwise"
    return _head(turn.old), _head(turn.new)


def is_refused_otherwise(turn: Turn) -> bool:
    """Return whether something is refused on both sides, for other reasons."""
    return type(turn.old) is type(turn.new) and any(turn.reasons)


def _refusal(said: Said | None, reasons: Sequence[Reason], again: Container[str]) -> str:
    """Return a refusal by what is in one of two alone; a code that both have goes with its rule."""
    codes = (f"{reason.code} by {reason.rule}" if reason.code in again else reason.code for reason in reasons)
    return f"{type(said).__name__} ({', '.join(dict.fromkeys(codes)) or 'not by it'})"


def _differing(old: Decided, new: object) -> list[str]:
    return [name for name in vars(old) if name not in _SAID and getattr(old, name) != getattr(new, name)]


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
    """Return what was said and what is; of two decisions of one kind what differs between them."""
    old, new = turn.old, turn.new
    if isinstance(old, Decided) and isinstance(new, Decided) and type(old) is type(new):
        names = _differing(old, new)
        return _fields(old, names), _fields(new, names)
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
    told = ", ".join(f"{name} {_plain(getattr(said, name))}" for name in names if name not in _IN_HEAD)
    return f"{_head(said)} {told}".strip()


def _plain(value: object) -> str:
    match value:
        case tuple():
            return ", ".join(map(_plain, value)) or "none"
        case Decimal():
            return f"{value:f}"
        case bool() | None:
            return {True: "true", False: "false", None: "none"}[value]
        case _:
            return str(value).replace(" ", "")
