"""The case that one would write for what is missing, in words."""

from collections.abc import Callable, Mapping
from typing import Final

from engine.expr.typed import Compare, Typed
from engine.law.model import Constitution
from engine.subjects import SINGLE
from engine.wording import PLAIN, shown
from proof import coverage_points as ways
from proof.coverage import Missing
from proof.coverage_pieces import latch_parts
from proof.coverage_points import Form, Probe
from proof.coverage_tally import Near

Say = Callable[[Probe, str, str, Constitution], str]


def advice(missing: Missing, law: Constitution) -> list[str]:
    """Return for each way that is missing the case that would show it, and how near one has come."""
    return [_said(missing.probe, way, law) + _nearest(missing.probe, missing.near.get(way)) for way in missing.ways]


def called(probe: Probe) -> str:
    """Return what a probe is about, in the law's names."""
    return f"{probe.key.piece}: {probe.key.text}" if probe.key.text else probe.key.piece


def _said(probe: Probe, way: str, law: Constitution) -> str:
    condition = probe.able.get(way)
    return _SAYING[probe.key.form](probe, way, "" if condition is None else _spelled(condition), law)


def _spelled(of: Typed) -> str:
    return PLAIN.text(of)


def _nearest(probe: Probe, near: Near | None) -> str:
    """Return how far the nearest case lies from a bound: a tick would do."""
    condition = next((each for each in probe.able.values() if isinstance(each, Compare)), None)
    if near is None or condition is None:
        return ""
    return f" (the nearest is {shown(near.distance, condition.left.type)} away)"


def _a(probe: Probe) -> str:
    if probe.subject in SINGLE:
        return f"the {probe.subject}"
    return f"{'an' if probe.subject[:1] in 'aeiou' else 'a'} {probe.subject}"


def _rule(probe: Probe, way: str, condition: str, law: Constitution) -> str:
    kind = law.rules[probe.key.piece].kind
    match way:
        case ways.MADE:
            return f"{_a(probe)} for which {kind} is decided: {condition}"
        case ways.UNKNOWN:
            return f"{_a(probe)} of which a fact is missing behind {_spelled(law.rules[probe.key.piece].when)}"
        case _:
            return f"{_a(probe)} looked at for which {kind} is not decided: {condition or 'it is refused, or it loses'}"


def _requirement(probe: Probe, way: str, condition: str, law: Constitution) -> str:
    rule = law.rules[probe.key.piece]
    match way:
        case ways.HELD:
            return f"{rule.kind} where {condition}"
        case ways.FAILED:
            return f"{rule.kind} refused for {rule.reason}: {condition}"
        case _:
            return f"{rule.kind} refused because a fact is missing behind {_spelled(rule.when)}"


def _row(probe: Probe, way: str, condition: str, _: Constitution) -> str:
    if way == ways.TAKEN:
        return f"{_a(probe)} with {condition}" if condition else f"{_a(probe)} to which no row above applies"
    return f"{_a(probe)} looked at with {condition}"


def _option(probe: Probe, way: str, _: str, __: Constitution) -> str:
    said = "is the first that is known" if way == ways.TAKEN else "is unknown"
    return f"{_a(probe)} of which {probe.key.text} {said}"


def _side(probe: Probe, way: str, condition: str, _: Constitution) -> str:
    bound = probe.able[way]
    if not isinstance(bound, Compare):
        return f"{_a(probe)} with {condition}"
    left, right = _spelled(bound.left), _spelled(bound.right)
    if way == ways.ON:
        return f"{_a(probe)} with {left} exactly {right}"
    return f"{_a(probe)} with {left} {'one tick ' if probe.bound else ''}{way} {right}"


def _equality(probe: Probe, _: str, condition: str, __: Constitution) -> str:
    return f"{_a(probe)} with {condition}"


def _word(probe: Probe, way: str, condition: str, _: Constitution) -> str:
    return f"{_a(probe)} with {condition}" if condition else f"{_a(probe)} with {way}: {probe.key.text}"


def _latch(probe: Probe, way: str, condition: str, law: Constitution) -> str:
    match way:
        case ways.SET:
            return f"{_a(probe)} without it, where {condition}"
        case ways.CLEARED:
            return f"{_a(probe)} that has it in memory, where {condition}"
        case ways.KEPT:
            sets, clears = map(_spelled, latch_parts(law.derived[probe.key.piece].value))
            return f"{_a(probe)} that has it in memory, where neither {sets} nor {clears}"
        case _:
            return f"{_a(probe)} whose latch has kept it {way}"


def _contest(probe: Probe, _: str, __: str, ___: Constitution) -> str:
    winner, _over, loser = probe.key.text.partition(" over ")
    both = (
        f"{winner} is decided twice, and the first in the text wins"
        if winner == loser
        else f"{winner} and {loser} both are decided, and {winner} wins"
    )
    return f"{_a(probe)} for which {both}"


def _plain(said: Mapping[str, str]) -> Say:
    """Return what is said of a form whose ways need no condition."""
    return lambda probe, way, _, __: said[way].format(a=_a(probe), piece=probe.key.piece, text=probe.key.text)


_SAYING: Final[Mapping[Form, Say]] = {
    "rule": _rule,
    "requirement": _requirement,
    "row": _row,
    "level": _row,
    "option": _option,
    "comparison": _side,
    "equality": _equality,
    "words": _word,
    "latch": _latch,
    "arbitration": _contest,
    "pick": _plain({
        ways.FOUND: "{a} for which a contract on offer fits",
        ways.NOTHING_FOUND: "{a} that looks for a contract where none on offer fits",
    }),
    "memory": _plain({
        ways.CHANGED: "`remembers` of {a} where it changes",
        ways.UNCHANGED: "`remembers` of {a} where it stays as it was",
    }),
    "transition": _plain({
        ways.MADE: "an account that goes from {text}",
        ways.REFUSED: "an account that is kept from going from {text}",
        ways.ASKED: "someone asks an account to go from {text}",
    }),
    "ceiling": _plain({
        ways.BINDS: "orders that {text} keeps from being larger",
        ways.LEAVES_ROOM: "orders that use some of {text} and leave room",
    }),
    "leg": _plain({
        ways.BOUGHT: "{a} whose {text} buys a contract",
        ways.UNAFFORDABLE: "{a} whose {text} buys no whole contract",
    }),
    "reason": _plain({
        ways.GIVEN: "a refusal with the reason {piece}",
        ways.ALONE: "a refusal with no other reason than {piece}",
    }),
    "kind": _plain({ways.DECIDED: "a case in which {piece} is decided"}),
    "ruling": _plain({
        ways.CARRIED_OUT: "a case that goes by {piece}",
        ways.WITHHELD: "a case in which what rests on {piece} does not apply",
    }),
}  # fmt: skip
