"""Golden cases: a snapshot that differs from its base goes in, and whole decisions are held against the file's.

Whole means: every decision about the rows that a case is about, every order, and nothing beside; each with its fields,
its reasons and their margins, its rule, and what that rule cites.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from commands.lines import Line, decision_line, head, looked_at, order_line, rules_of, spelled
from engine.arbitrate import Finding
from engine.decide import decide
from engine.facts import Snapshot
from engine.fields import suggestion
from engine.law import text
from engine.law.model import Constitution, Origin
from engine.place import FactError, Fault, Place
from engine.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Expected:
    """One line that a fixture expects, and where it stands."""

    line: Line
    place: Place


@dataclass(frozen=True, slots=True)
class Case:
    """One case, ready to be decided; `expect` is `None` where nothing is written yet."""

    name: str
    place: Place
    node: text.Mapping
    snapshot: Snapshot
    about: Mapping[str, Place]
    expect: tuple[Expected, ...] | None
    orders: tuple[Expected, ...]
    remembers: Expected | None
    forbid: Mapping[str, Place]


@dataclass(frozen=True, slots=True)
class Fixture:
    """A fixture file: its cases in the order of the text, and what it says of the rules they name."""

    path: Path
    root: text.Mapping
    cases: tuple[Case, ...]
    rules: Mapping[str, Expected]


@dataclass(frozen=True, slots=True)
class Told:
    """What the law says in a case, as a fixture writes it; `elsewhere` is about rows that it does not look at."""

    rows: frozenset[str]
    decisions: tuple[Line, ...]
    orders: tuple[Line, ...]
    remembers: Line
    elsewhere: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a case expects and the law does not say, or the other way about; `rule` is the one that speaks."""

    place: Place
    expected: Line | None
    found: Line | None
    rule: str
    what: str = ""


def tell(law: Constitution, case: Case) -> Told:
    """Return what the law says in a case.

    Raises:
        FactError: The case states what the law does not know, or looks at a row that is not there.
    """
    return told_by(decide(law, case.snapshot), case)


def told_by(verdict: Verdict, case: Case) -> Told:
    """Return what a verdict on a case's snapshot says in it; raises as `tell` does.

    Of rows that the case does not look at nothing is worked out, unless it forbids kinds that they might get.
    """
    rows = _rows(case, verdict)
    seen = verdict if case.forbid else replace(verdict, standing=[*_standing(verdict, rows)])
    told: dict[bool, list[Line]] = {True: [], False: []}
    for decision in seen.decisions:
        told[spelled(decision.subject, decision.id) in rows].append(decision_line(decision))
    orders = tuple(map(order_line, verdict.orders))
    remembered = {row: entry for row, entry in _remembered(verdict) if looked_at(row, [*case.about])}
    return Told(rows, tuple(told[True]), orders, remembered, tuple(told[False]) if case.forbid else ())


def _rows(case: Case, verdict: Verdict) -> frozenset[str]:
    """Return the rows that a case looks at.

    Raises:
        FactError: It names one that is not there.
    """
    about, ids = [*case.about], verdict.facts.ids
    subjects = dict.fromkeys(word.partition(" ")[0] for word in about) or ids
    rows = {spelled(subject, id_) for subject in subjects for id_ in ids.get(subject, ())}
    known = {*ids, *rows, *(above for row in rows for above in _above(row))}
    unseen = [(word, place) for word, place in case.about.items() if word not in known]
    if unseen:
        told = "is not in the snapshot; look at a row that is"
        raise FactError(Fault(place, "unknown-row", f"{word!r} {told}") for word, place in unseen)
    return frozenset(row for row in rows if looked_at(row, about))


def _standing(verdict: Verdict, rows: frozenset[str]) -> Iterator[Finding]:
    """Yield the findings about some rows."""
    ids, decides = verdict.facts.ids, verdict.program.decides
    for finding in verdict.standing:
        subject = decides[finding[0]].subject
        if spelled(subject, ids[subject][finding[1]]) in rows:
            yield finding


def _above(row: str) -> Iterator[str]:
    while "/" in row:
        row = row.rpartition("/")[0]
        yield row


def _remembered(verdict: Verdict) -> Iterator[tuple[str, Line]]:
    for subject, entries in (verdict.memory or {}).items():
        for id_, entry in entries.items():
            yield spelled(subject, "" if id_ == "-" else id_), dict(entry)


def origin_of(law: Constitution, rule: str) -> Origin | None:
    """Return where the rule, choice or share of a name stands and what it cites."""
    found = law.rules.get(rule) or law.choices.get(rule) or law.shares.get(rule)
    return None if found is None else found.origin


def citations(law: Constitution, rules: Sequence[str]) -> dict[str, Line]:
    """Return what rules cite, what they rest on and the file they stand in; their lines move."""
    found: dict[str, Line] = {}
    for rule in rules:
        origin = origin_of(law, rule)
        if origin is not None:
            cites, rests = list(origin.cites), list(origin.rests_on)
            found[rule] = {"cites": cites} | ({"rests_on": rests} if rests else {}) | {"file": origin.place.file}
    return found


def unknown_rules(law: Constitution, fixture: Fixture) -> Iterator[Fault]:
    """Yield what a file says of rules that the law does not have; of those that its cases name they tell themselves."""
    lines = (item.line for case in fixture.cases for item in (*(case.expect or ()), *case.orders))
    named = rules_of(lines)
    for rule, said in fixture.rules.items():
        if rule not in named and origin_of(law, rule) is None:
            hint = suggestion(rule, [*law.rules, *law.choices, *law.shares])
            yield Fault(said.place, "unknown-rule", f"the law has no rule {rule!r}; {hint}")


def differences(law: Constitution, fixture: Fixture, case: Case, told: Told) -> tuple[Difference, ...]:
    """Return every difference between what a case expects and what the law says."""
    found = [*_unlike(case.place, case.expect or (), told.decisions), *_unlike(case.place, case.orders, told.orders)]
    if case.expect is None and not found:
        found.append(Difference(case.place, None, None, "", "nothing is expected yet; write 'expect: []'"))
    if case.remembers is not None and case.remembers.line != told.remembers:
        found.append(Difference(case.remembers.place, case.remembers.line, told.remembers, "", "what it remembers"))
    found += _forbidden(case, told)
    return tuple(found or _miscited(law, fixture, case, told))


def _unlike(place: Place, expected: Sequence[Expected], found: Sequence[Line]) -> Iterator[Difference]:
    """Pair what is left over on both sides by kind and row, so that one difference is told once."""
    extra = list(found)
    missing = []
    for item in expected:
        if item.line in extra:
            extra.remove(item.line)
        else:
            missing.append(item)
    for item in missing:
        alike = next((line for line in extra if head(line) == head(item.line)), None)
        if alike is not None:
            extra.remove(alike)
        yield Difference(item.place, item.line, alike, str((alike or item.line).get("rule")))
    yield from (Difference(place, None, line, str(line.get("rule"))) for line in extra)


def _forbidden(case: Case, told: Told) -> Iterator[Difference]:
    for line in (*told.decisions, *told.elsewhere):
        kind, _ = head(line)
        if kind in case.forbid:
            yield Difference(case.forbid[kind], None, line, str(line["rule"]), "forbidden")


def _miscited(law: Constitution, fixture: Fixture, case: Case, told: Told) -> Iterator[Difference]:
    named = sorted(rules_of((*told.decisions, *told.orders)))
    for rule, line in citations(law, named).items():
        said = fixture.rules.get(rule)
        if said is None or said.line != line:
            place = case.place if said is None else said.place
            yield Difference(place, None if said is None else said.line, line, rule, f"what {rule} cites")
