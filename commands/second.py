"""What `alluse evaluate --second` says: whether durable-rules, asked about the same law and facts, decides the same."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from rich.console import RenderableType
from rich.text import Text

from commands.apart import Apart, value_of
from commands.render import dim, present, table
from commands.tables import contract
from engine.evaluate import Value
from engine.rows import type_of
from engine.second.agreement import Agreement, Compared, Difference
from engine.second.ceilings import Fault, Held
from engine.second.said import Found
from engine.verdict import Verdict
from opinion.process import NoOpinion, SecondOpinion

DISAGREES: Final = 3
_MOST_TOLD: Final = 12
_NOT_HERE: Final = (
    "{why}; whatever else works without it, but live trading would open nothing: an order that opens or adds risk "
    "needs both opinions"
)


@dataclass(frozen=True)
class Heard:
    """Both opinions on one snapshot, or why there is but one."""

    compared: Compared | None
    missing: NoOpinion | None
    judged: str = ""
    facts: Sequence[Mapping[str, Apart]] = ()

    @property
    def disagrees(self) -> bool:
        """Whether there are two opinions that are not the same."""
        return self.compared is not None and not self.compared.agrees

    @property
    def verdict(self) -> str:
        """The whole of it in one line."""
        if self.missing is not None:
            return _without(self.missing)
        return "the second opinion disagrees" if self.disagrees else "the second opinion agrees"


def _without(missing: NoOpinion) -> str:
    return str(missing) if missing.installed else _NOT_HERE.format(why=missing)


def heard(verdict: Verdict, second: SecondOpinion | None = None) -> Heard:
    """Return what the second opinion, on a verdict's law where no other is given, says of its tables."""
    with second or SecondOpinion(verdict.facts.law) as asked:
        ready = asked.ready()
        if isinstance(ready, NoOpinion):
            return Heard(None, ready)
        said = asked.of(verdict.facts, Held(verdict).asked)
        if isinstance(said, NoOpinion):
            return Heard(None, said)
        compared = Compared(verdict, said)
        read = asked.reads([(*one.key, one.required) for one in compared.differences])
    facts = [unlike(verdict, one, found) for one, found in zip(compared.differences, read, strict=True)]
    return Heard(compared, None, ready["summary"], facts)


def unlike(verdict: Verdict, difference: Difference, read: Mapping[str, str]) -> dict[str, Apart]:
    """Return the facts that the two have not read alike, of those that the second opinion says it has read."""
    zone, found = verdict.facts.snapshot.calendar.zone, dict[str, Apart]()
    for name, text in read.items():
        kind = type_of(verdict.facts.law, *name.split("."))
        if kind is not None:
            found[name] = Apart(_authority(verdict, difference, name), value_of(text, kind), kind, zone)
    return {name: each for name, each in found.items() if each.law != each.second}


def _authority(verdict: Verdict, difference: Difference, name: str) -> Value:
    subject, fact = name.split(".")
    row = verdict.evaluator.rows(difference.subject, difference.row)[subject]
    value = frozenset() if row is None else verdict.evaluator.fact(subject, fact, row)
    return frozenset() if isinstance(value, frozenset) else value


def second_tables(of: Heard, *, every: bool) -> list[RenderableType]:
    """Return what a person reads of it."""
    if of.compared is None:
        return present(Text(of.verdict, style="yellow"))
    style = "bold red" if of.disagrees else "green"
    tally = of.compared.said.tally
    asked = f"{tally.asked:,} questions, {tally.fired:,} answers; {tally.beyond:,} too large for durable-rules"
    parts = [_agreements(of.compared.decisions, every=every), *_differences(of, every=every)]
    return present(Text(of.verdict, style=style), *parts, dim(f"{of.judged}\n{asked}"))


def _agreements(found: Sequence[Agreement], *, every: bool) -> RenderableType | None:
    if every:
        rows = [(one.kind, contract(f"{one.subject} {one.id}"), one.rule, one.risk, one.answer) for one in found]
        return table("Second opinion", ("decision", "about", "rule", "risk", "second opinion"), rows)
    counted: dict[tuple[str, str, str], Counter[str]] = {}
    for one in found:
        counted.setdefault((one.kind, one.rule, one.risk), Counter())[one.answer] += 1
    lines = [(*key, str(answers["agrees"]), str(answers["disagrees"])) for key, answers in counted.items()]
    return table("Second opinion", ("decision", "rule", "risk", "#agrees", "#disagrees"), lines)


def _differences(of: Heard, *, every: bool) -> Iterator[RenderableType]:
    found = [*zip(of.compared.differences if of.compared else (), of.facts, strict=True)]
    told = found if every else found[:_MOST_TOLD]
    for one, facts in told:
        lines = [
            f"{one.rule} of {one.subject} {one.id}".rstrip(),
            f"  the law decides      {_said(one.authority)}",
            f"  the second opinion   {_said(one.second)}",
            *(f"  {name}: {' against '.join(each.told())}" for name, each in facts.items()),
        ]
        yield Text(contract("\n".join(lines)), style="red")
    if len(told) < len(found):
        yield dim(f"{len(found) - len(told)} more; --all tells every one.")
    for id_, first, second in _accounts(of.compared) if of.compared else ():
        yield _both(f"missed for entries by account {id_}", first, second)
    for fault in _faults(of.compared) if of.compared else ():
        yield _both(f"{fault.what} of {fault.rule}, {fault.subject} {fault.id}", fault.authority, fault.second)


def _both(about: str, first: str, second: str) -> Text:
    lines = about.rstrip(), f"  the law              {first}", f"  the second opinion   {second}"
    return Text(contract("\n".join(lines)), style="red")


def _accounts(compared: Compared) -> Iterator[tuple[str, str, str]]:
    """Yield every account of which the two do not miss the same, and what each of them misses."""
    ids = compared.verdict.facts.ids["account"]
    for row, (first, second) in compared.accounts.items():
        yield ids[row], _named(*first) or "nothing", _named(*second) or "nothing"


def _faults(compared: Compared) -> Iterator[Fault]:
    """Yield the faults; values of decisions' own fields as a file holds them, days by their dates."""
    law, zone = compared.verdict.facts.law, compared.verdict.facts.snapshot.calendar.zone
    for fault in compared.faults:
        field = law.rules[fault.rule].fields.get(fault.what) if fault.rule in law.rules else None
        if field is None or isinstance(field, str):
            yield fault
        else:
            kind = field.type
            apart = Apart(value_of(fault.authority, kind), value_of(fault.second, kind), kind, zone)
            first, second = apart.plain()
            yield replace(fault, authority=first, second=second)


def _said(found: Found | None) -> str:
    if found is None:
        return "silent"
    holds, missed, unknown = found
    speaks = "holds" if holds else "unknown whether it holds"
    return f"{speaks}, but for {_named(missed, unknown)}" if missed else speaks


def _named(missed: frozenset[str], unknown: frozenset[str]) -> str:
    return ", ".join(f"{name} (unknown)" if name in unknown else name for name in sorted(missed))


def document(of: Heard) -> dict[str, Any]:
    """Return it as JSON."""
    if of.compared is None or of.missing is not None:
        return {"opinion": None, "why": str(of.missing)}
    decisions = [
        {
            "kind": one.kind,
            "subject": one.subject,
            "id": one.id,
            "rule": one.rule,
            "risk": one.risk,
            "answer": one.answer,
        }
        for one in of.compared.decisions
    ]
    differences = [
        {
            "rule": one.rule,
            "subject": one.subject,
            "id": one.id,
            "law": _said(one.authority),
            "second": _said(one.second),
            "facts": {name: each.plain() for name, each in facts.items()},
        }
        for one, facts in zip(of.compared.differences, of.facts, strict=True)
    ]
    faults = [asdict(fault) for fault in _faults(of.compared)]
    accounts = [{"id": id_, "law": first, "second": second} for id_, first, second in _accounts(of.compared)]
    opinion = "disagrees" if of.disagrees else "agrees"
    return {
        "opinion": opinion,
        "decisions": decisions,
        "differences": differences,
        "accounts": accounts,
        "faults": faults,
        **vars(of.compared.said.tally),
    }


def canonical(verdict: Verdict, of: Heard) -> str:
    """Return a verdict and the second opinion on it as one line of JSON."""
    both = {"second": document(of), "verdict": json.loads(verdict.canonical())}
    return json.dumps(both, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
