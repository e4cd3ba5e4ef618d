"""What became of a rehearsal: weeks, trades, what happened when, money by quarter."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from engine.decided import Decided
from engine.kinds.accounts import EnterSafe, Halt, HedgedWeek
from engine.kinds.hedges import HedgeTrigger
from engine.kinds.holdings import ResumePuts
from engine.kinds.money import Fork, MergeMini, Pivot, PivotCleared, Reinvest
from engine.kinds.records import WeekType
from engine.verdict import Verdict
from rehearsal.ledger import Deed
from rehearsal.run import Look, Night


class Tally(NamedTuple):
    """How often something was done, with how many contracts, for how many dollars."""

    times: int = 0
    contracts: Decimal = Decimal(0)
    dollars: Decimal = Decimal(0)


class Fall(NamedTuple):
    """How far a sleeve has fallen from its high, as the law counts it, and when."""

    share: Fraction
    day: date


class Milestone(NamedTuple):
    """Something that happened to an account or a sleeve once."""

    day: date
    where: str
    what: str


class Quarter(NamedTuple):
    """A sleeve at the end of a quarter: its realised gains, and its equity."""

    day: date
    where: str
    gains: Decimal
    equity: Decimal


class Close(NamedTuple):
    """The end of a session: what every sleeve is worth."""

    date: date
    equity: Mapping[str, Decimal]


@dataclass
class Summary:
    """A rehearsal as far as it has gone; `multiplier` is what a contract delivers."""

    multiplier: int
    looks: int = 0
    weeks: dict[str, Counter[str]] = field(default_factory=dict)
    trades: dict[str, Tally] = field(default_factory=dict)
    milestones: list[Milestone] = field(default_factory=list)
    reinvested: list[tuple[date, str, Reinvest]] = field(default_factory=list)
    quarters: list[Quarter] = field(default_factory=list)
    falls: dict[str, Fall] = field(default_factory=dict)
    closes: list[Close] = field(default_factory=list)

    def add(self, step: Look | Night) -> None:
        """Count one step."""
        match step:
            case Look(at=at):
                self.looks += 1
                self._told(at.date(), step)
                self._fallen(at.date(), step.verdict)
            case Night(day=day):
                self.closes.append(Close(day, step.equity))
                self._quarter(step)
                self._shares(step)
        for deed in step.deeds:
            self._count(deed)

    def _told(self, day: date, look: Look) -> None:
        for decision in look.news:
            if isinstance(decision, WeekType) and decision.final:
                self.weeks.setdefault(decision.id, Counter())[decision.label] += 1
            elif isinstance(decision, Reinvest):
                self.reinvested.append((day, f"{decision.id.rpartition('/')[0]}/{decision.sleeve}", decision))
            elif what := _milestone(decision):
                self.milestones.append(Milestone(day, decision.id or decision.subject, what))

    def _fallen(self, day: date, verdict: Verdict) -> None:
        """Keep how far sleeves have fallen; nothing where the law has no such fact, or it is unknown."""
        if "sleeve.drawdown" not in verdict.facts.law.derived:
            return
        for row, id_ in enumerate(verdict.facts.ids["sleeve"]):
            share = verdict.evaluator.fact("sleeve", "drawdown", row)
            if isinstance(share, Fraction) and share > self.falls.get(id_, Fall(Fraction(-1), day)).share:
                self.falls[id_] = Fall(share, day)

    def _quarter(self, night: Night) -> None:
        found = {(deed.what, deed.where): deed.amount for deed in night.deeds}
        for (what, where), gains in found.items():
            if what == "gains":
                self.quarters.append(Quarter(night.day, where, gains, found["equity", where]))

    def _shares(self, night: Night) -> None:
        for deed in night.deeds:
            if deed.what in ("assigned", "called_away") and deed.contract is not None:
                shares = f"{deed.contracts * self.multiplier:,.0f} {deed.contract.underlying}"
                self.milestones.append(Milestone(night.day, deed.where, f"{deed.what.replace('_', ' ')} {shares}"))

    def _count(self, deed: Deed) -> None:
        name = _traded(deed)
        if name is None:
            return
        before = self.trades.get(name, Tally())
        dollars = deed.amount * deed.contracts * self.multiplier
        self.trades[name] = Tally(before.times + 1, before.contracts + deed.contracts, before.dollars + dollars)


def _milestone(decision: Decided) -> str:
    """Return what a decision that is made once is called; nothing for others."""
    match decision:
        case Fork():
            return f"forks a {decision.form}"
        case MergeMini():
            return f"merges into {decision.into}: {decision.reason}"
        case Pivot():
            return "pivots to covered calls"
        case PivotCleared():
            return "has recovered"
        case EnterSafe():
            return f"enters SAFE: {decision.reason}"
        case Halt():
            return "is halted"
        case HedgedWeek():
            return "Hedged Week"
        case HedgeTrigger():
            return f"calls for hedges: {decision.trigger}"
        case ResumePuts():
            return "sells puts again"
        case _:
            return ""


def _traded(deed: Deed) -> str | None:
    """Return what a deed counts as; nothing for what is no trade."""
    if deed.contract is None:
        return None
    what = " ".join(filter(None, (deed.purpose, f"{deed.contract.right}s")))
    sold = deed.what == "sell"
    match deed.what, deed.why:
        case (("sell" | "buy"), _) if deed.purpose:
            return f"{what} {'sold' if sold else 'bought'}"
        case (("sell" | "buy"), "order"):
            return f"{what} sold"
        case (("sell" | "buy"), "Roll"):
            return f"{what} rolled, {'new' if sold else 'old'}"
        case (("sell" | "buy"), "ExitPosition"):
            return f"{what} left at a stop"
        case (("sell" | "buy"), _):
            return f"{what} bought back"
        case how, _:
            return f"{what} {how.replace('_', ' ')}"
