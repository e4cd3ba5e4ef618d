"""A rehearsal as people and programs read it: tables, JSON."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from rich.console import RenderableType
from rich.text import Text

from commands.curves import Curves
from commands.render import dim, present, quantity, table
from engine.evaluate import decimal
from engine.expr.units import UNITS
from engine.law.model import Constitution
from rehearsal.script import Script
from rehearsal.summary import Summary

_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Told:
    """A rehearsal that has run: by which law, of which script, what became of it, its ledger line by line."""

    law: Constitution
    script: Script
    summary: Summary
    ledger: Sequence[str]


def tables(told: Told, *, bare: bool) -> list[RenderableType]:
    """Return what a person reads of a rehearsal, from the top; a `bare` one has no picture."""
    summary = told.summary
    parts = (_weeks(summary), _trades(summary), _milestones(summary), _reinvested(summary), *_quarters(summary))
    return [_heading(told), *present(*parts, None if bare else Curves(summary.closes))]


def _heading(told: Told) -> Text:
    law, summary = told.law, told.summary
    text = Text(f"Constitution {law.version}", style="bold")
    text.append(f" ({law.status}) {law.bytes_digest[:12]}", style="dim" if law.status == "ratified" else "yellow")
    span = f"{len(summary.closes):,} sessions, {summary.closes[0].date} to {summary.closes[-1].date}"
    text.append(f"\n{span}, {summary.looks:,} looks, {len(told.ledger):,} lines of ledger", style="bold")
    return text.append(f"\n{told.script.title}", style="dim")


def _weeks(summary: Summary) -> RenderableType | None:
    labels = sorted({label for counts in summary.weeks.values() for label in counts})
    rows = ((label, *(f"{counts[label] or ''}" for counts in summary.weeks.values())) for label in labels)
    return table("Weeks", ("label", *(f"#{account}" for account in summary.weeks)), rows)


def _trades(summary: Summary) -> RenderableType | None:
    rows = (
        (what, f"{tally.times:,}", f"{tally.contracts:,.0f}", _dollars(tally.dollars))
        for what, tally in sorted(summary.trades.items())
    )
    return table("Trades, and what became of positions", ("what", "#times", "#contracts", "#dollars"), rows)


def _milestones(summary: Summary) -> RenderableType | None:
    return table("What happened when", ("day", "of", "what"), ((str(one.day), *one[1:]) for one in summary.milestones))


def _reinvested(summary: Summary) -> RenderableType | None:
    columns = ("day", "sleeve", "#for taxes", "#for lots of shares", "#for LEAPs")
    rows = (
        (str(day), where, *map(_dollars, (one.tax_reserve, one.contracts, one.leaps)))
        for day, where, one in summary.reinvested
    )
    return table("Reinvested", columns, rows)


def _quarters(summary: Summary) -> Iterator[RenderableType | None]:
    days = list(dict.fromkeys(one.day for one in summary.quarters))
    sleeves = dict.fromkeys(name for close in summary.closes for name in close.equity)
    gains = {(one.where, one.day): _dollars(one.gains) for one in summary.quarters}
    equity = {(one.where, one.day): _dollars(one.equity) for one in summary.quarters}
    columns = ("sleeve", *(f"#{day}" for day in days))
    told = ((name, *(gains.get((name, day), "") for day in days)) for name in sleeves)
    yield table("Realised gains of the quarter", columns, told)
    told = ((name, *(equity.get((name, day), "") for day in days), *_fall(summary, name)) for name in sleeves)
    yield table("Equity", (*columns, "#deepest fall", "on"), told)
    yield dim("Forks, merges and taxes move equity too. A fall is counted as the law does, without them.")


def _fall(summary: Summary, name: str) -> tuple[str, str]:
    fall = summary.falls.get(name)
    return (f"{_ratio(fall.share):.2%}", str(fall.day)) if fall else ("", "")


def _dollars(amount: Decimal) -> str:
    return quantity(amount.quantize(Decimal(1)), "usd").removesuffix(".00")


def _ratio(share: Fraction) -> Decimal:
    return decimal(share, UNITS["ratio"].scale)


def as_json(told: Told) -> str:
    """Return the whole rehearsal: numbers as decimals in text."""
    law, summary = told.law, told.summary
    found = {
        "format": _FORMAT,
        "law": {"version": law.version, "status": law.status, "digest": law.bytes_digest},
        "script": told.script.title,
        "summary": _written(summary),
        "ledger": told.ledger,
    }
    return json.dumps(found, ensure_ascii=False, indent=1, default=str)


def _written(summary: Summary) -> dict[str, Any]:
    return {
        "sessions": len(summary.closes),
        "looks": summary.looks,
        "weeks": summary.weeks,
        "trades": {what: tally._asdict() for what, tally in sorted(summary.trades.items())},
        "milestones": [one._asdict() for one in summary.milestones],
        "reinvested": [
            {"day": day, "sleeve": where, "taxes": one.tax_reserve, "contracts": one.contracts, "leaps": one.leaps}
            for day, where, one in summary.reinvested
        ],
        "quarters": [one._asdict() for one in summary.quarters],
        "deepest_falls": {name: {"share": _ratio(fall.share), "day": fall.day} for name, fall in summary.falls.items()},
        "closes": [{"date": close.date, "equity": close.equity} for close in summary.closes],
    }
