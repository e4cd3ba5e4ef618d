"""The probes of what stands above single rules: who wins over whom, which state follows which, what rulings carry."""

from collections.abc import Iterator, Sequence
from itertools import permutations

from engine.decisions import KINDS, PERMISSIONS, refusal
from engine.expr.typed import Case, Const, OneOf
from engine.facts import STATES
from engine.law.model import Constitution, Rule
from engine.place import Place
from proof import coverage_points as ways
from proof.coverage_atlas import Atlas, Piece
from proof.coverage_points import NO, Probe
from proof.coverage_together import together

VERSION, RULINGS = "constitution.yaml", "interpretations.yaml"


def rivals(atlas: Atlas) -> None:
    """Note every outcome that a contest between two decisions can have, and every change of state."""
    for slot, entry in atlas.law.arbitration.items():
        rules = [rule for rule in atlas.law.rules.values() if rule.decides and KINDS[rule.kind].slot == slot]
        file = Piece(slot, slot.partition(".")[0], Place(VERSION, 1, 1), "")
        for winner, loser in _ranked(entry.strongest, rules):
            pairs = [(one, other) for one in rules for other in rules if _meet(one, other, winner, loser)]
            if pairs:
                part = atlas.at(file, "arbitration", slot, "strongest")
                gone = () if any(together(atlas.world, *pair) for pair in pairs) else (ways.WON,)
                atlas.add("arbitration", part, {ways.WON: None}, gone, f"{winner} over {loser}")
    for kind in _refusals(atlas.law):
        atlas.add("kind", Piece(kind, "", Place(VERSION, 1, 1), ""), {ways.DECIDED: None})
    for rule in atlas.law.rules.values():
        if rule.decides and rule.kind == "StateChange":
            _transitions(atlas, atlas.piece(rule.id, rule.subject, rule.origin))


def _refusals(law: Constitution) -> list[str]:
    """Return the kinds of decisions that no rule makes by itself: what is refused, and what is permitted in vain."""
    opening = {rule.kind for rule in law.rules.values() if rule.decides and KINDS[rule.kind].risk == "opens"}
    return sorted({*map(refusal, opening), *(["Withheld"] if law.choices and opening & PERMISSIONS else [])})


def _ranked(strongest: Sequence[str], rules: Sequence[Rule]) -> Iterator[tuple[str, str]]:
    """Yield who can win over whom: a kind over the weaker ones, and over itself where two rules decide it."""
    able = [kind for kind in strongest if any(rule.kind == kind for rule in rules)]
    for place, kind in enumerate(able):
        yield from ((kind, other) for other in able[place:])


def _meet(one: Rule, other: Rule, winner: str, loser: str) -> bool:
    return one is not other and one.subject == other.subject and (one.kind, other.kind) == (winner, loser)


def _transitions(atlas: Atlas, piece: Piece) -> None:
    """Note every pair of states: on the round it is made and refused, elsewhere it is asked for."""
    on_it = {*_round(atlas.law)}
    for source, to in permutations(STATES, 2):
        able = (ways.MADE, ways.REFUSED) if (source, to) in on_it else (ways.ASKED,)
        atlas.add("transition", piece, dict.fromkeys(able), text=f"{source} to {to}")


def _round(law: Constitution) -> Iterator[tuple[str, str]]:
    """Yield the states that follow each other by a table that goes from states to states."""
    for derived in law.derived.values():
        for guard, value in derived.value.rows if isinstance(derived.value, Case) else ():
            if isinstance(guard, OneOf) and isinstance(value, Const) and value.value in STATES:
                yield from ((str(item.value), str(value.value)) for item in guard.items if item.value in STATES)


def rulings(atlas: Atlas) -> None:
    """Note every ruling on which something rests that can turn out either way."""
    for name, ruling in atlas.law.interpretations.items():
        section = ruling.cites[0].partition(".")[0] if ruling.cites else ""
        part = atlas.at(Piece(name, "", Place(RULINGS, 1, 1), section), "interpretations", name)
        found = {way in NO for probe in resting(atlas, name) for way in probe.wanted}
        able = {False: ways.CARRIED_OUT, True: ways.WITHHELD}
        if found:
            atlas.add("ruling", part, dict.fromkeys(able[no] for no in sorted(found)))


def resting(atlas: Atlas, ruling: str) -> list[Probe]:
    """Return the probes that rest on a ruling: their piece does, or a parameter that they name."""
    parameters = {name for name, each in atlas.law.parameters.items() if ruling in each.origin.rests_on}
    found = (probe for probe in atlas.probes.values() if ruling in probe.rests_on or probe.names & parameters)
    return [probe for probe in found if probe.key.form not in ("kind", "reason", "ruling")]
