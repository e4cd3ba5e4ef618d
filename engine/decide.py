"""The whole story: a law and a snapshot in, a verdict out. Start reading here."""

from collections.abc import Mapping
from typing import Any

from engine.arbitrate import Finding, arbitrate
from engine.calendar import Sessions, milliseconds
from engine.calls import Calls
from engine.choose import choose
from engine.facts import Snapshot
from engine.fill import fill
from engine.kleene import Kleene
from engine.law.model import Constitution
from engine.program import Program, compile_law
from engine.remember import remember
from engine.rows import Facts
from engine.share import share
from engine.verdict import Verdict


def decide(constitution: Constitution, snapshot: Snapshot) -> Verdict:
    """Return what the law says about one instant. Pure: equal digests in, equal bytes out.

    Raises:
        FactError: The snapshot states or remembers something that the law does not know.
    """
    facts = fill(constitution, snapshot)
    return decided(facts, compile_law(constitution, frozenset(facts.stated)))


def decided(facts: Facts, program: Program) -> Verdict:
    """Return what a compiled law says about the tables of one snapshot, which state no more than it allows for."""
    kleene = calendar_of(facts.snapshot)
    return conclude(program, facts, kleene, examine(program, facts, kleene))


def conclude(program: Program, facts: Facts, kleene: Kleene, findings: list[Finding]) -> Verdict:
    """Return what follows from what the rules have found: who wins, who gets what, which orders, the next memory."""
    law = facts.law
    standing, shadowed = arbitrate(law, program, findings)
    calls = Calls(program, facts, kleene)
    grants = share(law, calls, standing)
    orders = choose(law, calls, standing)
    memory = remember(law, facts, milliseconds(facts.snapshot.as_of))
    return Verdict(facts, program, kleene, standing, shadowed, grants, orders, memory)


def examine(program: Program, facts: Facts, kleene: Kleene) -> list[Finding]:
    """Run every stage over the tables; return what the rules that decide have found, in the order of the law's DAG."""
    found: list[Finding] = []
    sizes = facts.sizes
    for stage in program.stages:
        stage(facts.columns, kleene, found.append, sizes, facts.state)
    return found


def calendar_of(snapshot: Snapshot) -> Kleene:
    """Return the snapshot's sessions, ready to be asked."""
    return Kleene(Sessions({session.date.toordinal(): session for session in snapshot.calendar.sessions}))


Memory = Mapping[str, Mapping[str, Mapping[str, Any]]]
