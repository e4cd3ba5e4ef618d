"""Who competes with whom: slots that several rules fill, who wins there, requirements that bind nobody."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from engine.decisions import BY_THE_ENGINE, KINDS, PERMISSIONS
from engine.law.authored import Rule, Version
from engine.law.finding import Files, Finding, near, sections
from engine.law.read import Written, node_at
from engine.law.text import Node, Scalar
from engine.subjects import SUBJECTS

_SHARED: Final = "*"
SLOTS: Final = dict.fromkeys(
    sorted(kind.slot for kind in KINDS.values() if kind.slot and not kind.slot.startswith(_SHARED))
)


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule as it is written, its name's place and its own."""

    name: str
    written: Rule
    node: Node
    key: Scalar | None

    def at(self, field: str) -> Node:
        return node_at(self.node, (field,))[0]


def spoken(kind: str) -> tuple[str, ...]:
    """Return the kinds that a rule's decision can compete as: a refused entry does, another refusal stands beside."""
    return (kind, "EntryDenied") if kind in PERMISSIONS else (kind,)


def slots(files: Files) -> Iterator[Finding]:
    """Yield what is wrong with the arbitration, and the requirements that no decision meets."""
    rules = [
        _Rule(name, rule, *node_at(file.node, ("rules", name)))
        for file, section in sections(files)
        for name, rule in section.rules.items()
        if rule.for_ in SUBJECTS and (rule.decide or rule.require) in KINDS.keys() - BY_THE_ENGINE
    ]
    deciders = [rule for rule in rules if rule.written.decide]
    yield from _requirements([rule for rule in rules if rule.written.require], deciders)
    if "constitution.yaml" in files:
        file = files["constitution.yaml"]
        yield from _contested(file, deciders)
        yield from _arbitration(file, deciders)


def _contested(file: Written, deciders: Sequence[_Rule]) -> Iterator[Finding]:
    first: dict[tuple[str, str], _Rule] = {}
    for rule in deciders:
        slot, subject = KINDS[str(rule.written.decide)].slot, rule.written.for_
        if slot in file.model.arbitration or slot.startswith(_SHARED):
            continue
        other = first.setdefault((slot, subject), rule)
        if other is not rule:
            both = f"'{rule.name}' and '{other.name}' both decide {slot} of one {subject}"
            yield Finding((rule.key or rule.node).place, "slot", f"{both}; say in `arbitration` which wins")


def _arbitration(file: Written, deciders: Sequence[_Rule]) -> Iterator[Finding]:
    version: Version = file.model
    for slot, entry in version.arbitration.items():
        node, key = node_at(file.node, ("arbitration", slot))
        if slot not in SLOTS:
            hint = near(slot, SLOTS, f"there are {', '.join(SLOTS)}")
            yield Finding((key or node).place, "unknown-slot", f"no decision competes for '{slot}'; {hint}")
            continue
        here = [kind for kind in KINDS if KINDS[kind].slot == slot]
        able = dict.fromkeys(kind for said in here for kind in (*spoken(said), said))
        for number, kind in enumerate(entry.strongest):
            place = node_at(node, ("strongest", number))[0].place
            if kind not in able:
                hint = near(kind, able, f"there are {', '.join(able)}")
                yield Finding(place, "unknown-kind", f"'{kind}' does not compete for {slot}; {hint}")
            elif kind in entry.strongest[:number]:
                yield Finding(place, "unknown-kind", f"'{kind}' is named twice; keep one of them")
        yield from _unranked(slot, entry.strongest, node_at(node, ("strongest",))[0], deciders)


def _unranked(slot: str, strongest: Sequence[str], node: Node, deciders: Sequence[_Rule]) -> Iterator[Finding]:
    decided = [(rule.name, str(rule.written.decide)) for rule in deciders]
    able = [(kind, name) for name, of in decided if KINDS[of].slot == slot for kind in spoken(of)]
    missing = {kind: name for kind, name in reversed(able) if kind not in strongest}
    for kind, name in missing.items():
        message = f"{slot} does not rank {kind}, which '{name}' can decide; add it to the list"
        yield Finding(node.place, "unranked", message)


def _requirements(requires: Sequence[_Rule], deciders: Sequence[_Rule]) -> Iterator[Finding]:
    for rule in requires:
        kind, subject = rule.written.require, rule.written.for_
        decided = [other for other in deciders if other.written.decide == kind]
        if not decided:
            nothing = f"no rule decides {kind}, so '{rule.name}' binds nothing"
            yield Finding(rule.at("require").place, "undecided", f"{nothing}; write that rule, or delete this one")
        for other in decided:
            seen = (other.written.for_, *SUBJECTS[other.written.for_].sees)
            if subject not in seen:
                blind = f"'{other.name}' decides {kind} for a row of {other.written.for_}, which sees no {subject}"
                yield Finding(rule.at("for").place, "unseen", f"{blind}; write one of {', '.join(seen)}")


def entrenched(files: Files) -> Iterator[Finding]:
    """Yield the entrenched parameters that do not exist."""
    names = {name: None for _, section in sections(files) for name in section.parameters}
    if "constitution.yaml" in files:
        file = files["constitution.yaml"]
        for number, name in enumerate(file.model.entrenched):
            if name not in names:
                place = node_at(file.node, ("entrenched", number))[0].place
                hint = near(name, names, "name a parameter of a section")
                yield Finding(place, "unknown-parameter", f"'{name}' is no parameter; {hint}")
