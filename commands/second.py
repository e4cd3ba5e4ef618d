"""What `alluse evaluate --second` says: whether durable-rules, asked about the same law and facts, decides the same."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from rich.console import RenderableType
from rich.text import Text

from commands.render import dim, present, table
from engine.second.agreement import Agreement, Compared, Difference
from engine.second.ceilings import Held
from engine.second.said import Found
from engine.second.values import spelled
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
    facts: Sequence[dict[str, tuple[str, str]]] = ()

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


def unlike(verdict: Verdict, difference: Difference, read: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Return the facts that the two have not read alike; where all are alike, those that the rule rests on first."""
    both = {name: (_authority(verdict, difference, name), value) for name, value in read.items()}
    apart = {name: pair for name, pair in both.items() if pair[0] != pair[1]}
    return apart or dict([*both.items()][:2])


def _authority(verdict: Verdict, difference: Difference, name: str) -> str:
    subject, fact = name.split(".")
    rows = verdict.evaluator.rows(difference.subject, difference.row)
    row = rows[subject]
    value = None if row is None else verdict.evaluator.fact(subject, fact, row)
    return spelled(None if isinstance(value, frozenset) else value)


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
        rows = [(one.kind, f"{one.subject} {one.id}", one.rule, one.risk, one.answer) for one in found]
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
            *(f"  {name}: {first} against {second}" for name, (first, second) in facts.items()),
        ]
        yield Text("\n".join(lines), style="red")
    if len(told) < len(found):
        yield dim(f"{len(found) - len(told)} more; --all tells every one.")
    for fault in of.compared.faults if of.compared else ():
        about = f"{fault.what} of {fault.rule}, {fault.subject} {fault.id}"
        yield Text(
            f"{about}\n  the law              {fault.authority}\n  the second opinion   {fault.second}", style="red"
        )


def _said(found: Found | None) -> str:
    if found is None:
        return "silent"
    holds, missed, unknown = found
    speaks = "holds" if holds else "unknown whether it holds"
    named = ", ".join(f"{name} (unknown)" if name in unknown else name for name in sorted(missed))
    return f"{speaks}, but for {named}" if named else speaks


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
            "facts": {name: list(pair) for name, pair in facts.items()},
        }
        for one, facts in zip(of.compared.differences, of.facts, strict=True)
    ]
    faults = [asdict(fault) for fault in of.compared.faults]
    opinion = "disagrees" if of.disagrees else "agrees"
    return {
        "opinion": opinion,
        "decisions": decisions,
        "differences": differences,
        "faults": faults,
        **vars(of.compared.said.tally),
    }


def canonical(verdict: Verdict, of: Heard) -> str:
    """Return a verdict and the second opinion on it as one line of JSON."""
    both = {"second": document(of), "verdict": json.loads(verdict.canonical())}
    return json.dumps(both, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
