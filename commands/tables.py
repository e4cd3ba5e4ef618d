"""A verdict as tables: what is sold, what happens to what is held, what is refused and why, each with its clause."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from rich.console import Group as Stack
from rich.console import RenderableType
from rich.panel import Panel
from rich.text import Text

from commands.refusals import Group, Sleeve, grouped, place_of
from commands.render import cited, dim, present, quantity, table
from engine.calendar import moment
from engine.ceilings import ceilings
from engine.decided import Decided, Reason
from engine.decisions import fields
from engine.kinds.entries import Blocked, EntryDenied
from engine.kinds.records import Alert
from engine.law.model import Origin
from engine.verdict import Ticket, Verdict

_PLACED: Final = frozenset({"Level", "Monitor", "AverageTrueRange", "EntryPermitted", "EntryDenied", "Blocked"})
_LISTED: Final = frozenset({"Withheld", "Alert", "Advice", "TradeSkipped"})
_ACTION: Final = "position.action"
_BLANKS: Final = re.compile(r" +(?=[0-9]{6}[CP][0-9]{8})")


@dataclass(frozen=True)
class View:
    """One verdict, and what the tables of it share."""

    verdict: Verdict
    every: bool = False

    def origin(self, rule: str) -> Origin:
        """Return where a rule, a choice or a share stands."""
        law = self.verdict.facts.law
        return (law.rules.get(rule) or law.choices.get(rule) or law.shares[rule]).origin

    def cites(self, *rules: str) -> Text:
        """Return the items that rules carry out, each once."""
        return dim(cited(dict.fromkeys(item for rule in rules for item in self.origin(rule).cites)))

    def of(self, *kinds: str) -> list[Any]:
        """Return the decisions of some kinds."""
        return self.verdict.of(*kinds)


def tables(view: View, offset: timedelta | None = None) -> list[RenderableType]:
    """Return everything that a person reads of a verdict, from the top."""
    parts: Sequence[RenderableType | None] = (
        _orders(view) or Text("Orders: none."),
        _positions(view),
        _standing(view),
        _alerts(view),
        _advice(view),
        _skipped(view),
        _withheld(view),
        _every_refusal(view) if view.every else _refusals(view),
    )
    return [heading(view), *present(assumed(view.verdict, offset), *parts)]


def heading(view: View) -> Text:
    """Return which law, which instant and which facts."""
    facts = view.verdict.facts
    law, snapshot = facts.law, facts.snapshot
    there = moment(facts.columns["market.as_of"][0], snapshot.calendar.zone)
    text = Text(f"Constitution {law.version}", style="bold")
    text.append(f" ({law.status}) {law.bytes_digest[:12]}", style="dim" if law.status == "ratified" else "yellow")
    text.append(f"\n{there:%A} {there.isoformat(' ')} {snapshot.calendar.zone}", style="bold")
    first, *more = snapshot.origin.splitlines() or [""]
    text.append(f"\n{first}{f' ({len(more)} more lines in its origin)' if more else ''}", style="dim")
    return text


def assumed(verdict: Verdict, offset: timedelta | None) -> RenderableType | None:
    """Return what was stated over the snapshot, framed; nothing where nothing was."""
    stated = verdict.facts.snapshot.assume
    if not stated:
        return None
    lines = [f"{contract(item.fact)} = {'unknown' if item.value is None else item.value}" for item in stated]
    if offset is not None:
        lines.append(f"Every observation was moved by {said(offset)}; dates, calendar and memory were not.")
    lines.append("Nothing of this verdict can be sent.")
    title = "Assumed, not observed"
    return Panel("\n".join(lines), title=title, title_align="left", border_style="yellow", expand=False)


def said(offset: timedelta) -> str:
    """Return an offset with its sign: `−1 h 3 min 31 s`."""
    seconds = Fraction(offset // timedelta(milliseconds=1), 1000)
    days, rest = divmod(abs(seconds), 86400)
    whole = quantity(int(days), "days") if days else ""
    spoken = " ".join(part for part in (whole, quantity(rest, "seconds") if rest or not days else "") if part)
    return f"{'−' if seconds < 0 else '+'}{spoken}"


def contract(text: str) -> str:
    """Return a text with the contracts in it without the blanks inside their names, as `alluse explain` takes them."""
    return _BLANKS.sub("", text)


def placed(tickets: Iterable[Ticket]) -> Iterator[str]:
    """Yield orders as a person reads them, those of one contract at one price together."""
    groups: dict[tuple[object, ...], list[Ticket]] = {}
    for ticket in tickets:
        groups.setdefault((ticket.account, ticket.sleeve, ticket.contract, ticket.rule, ticket.price), []).append(
            ticket
        )
    for first, *more in groups.values():
        count = sum(ticket.contracts for ticket in (first, *more))
        price = quantity(first.price, "usd_per_share")
        orders = f" in {len(more) + 1} orders" if more else ""
        yield f"{first.side} to {first.effect} {count} {contract(first.contract)} at {price}{orders}"


def _orders(view: View) -> RenderableType | None:
    rows = []
    for ticket in view.verdict.orders:
        what = f"{ticket.side} to {ticket.effect}"
        price = quantity(ticket.price, "usd_per_share")
        bound = ", ".join(_binding(view, ticket)) or "nothing"
        where = f"{ticket.account}/{ticket.sleeve}"
        named = f"{contract(ticket.contract)}  {ticket.strike} {ticket.right}"
        rows.append((where, what, str(ticket.contracts), named, price, bound, _order_cites(view, ticket)))
    return table("Orders", ("sleeve", "", "#contracts", "contract", "#limit", "bound by", "law"), rows)


def _order_cites(view: View, ticket: Ticket) -> Text:
    law = view.verdict.facts.law
    choices = law.choices.values() if ticket.rule not in law.shares else ()
    chosen = [choice.name for choice in choices if _row(view, ticket, choice.subject) is not None]
    return view.cites(ticket.rule, *chosen)


def _row(view: View, ticket: Ticket, subject: str) -> int | None:
    wanted = f"{ticket.account}/{ticket.sleeve}/{ticket.contract}"
    ids = view.verdict.facts.ids[subject]
    return ids.index(wanted) if wanted in ids else None


def _binding(view: View, ticket: Ticket) -> Iterator[str]:
    """Yield the ceilings that leave no room for one contract more; for a hedge, the sum it is paid from."""
    law = view.verdict.facts.law
    if ticket.rule in law.shares:
        yield f"{ticket.rule} budget"
    for choice in law.choices.values() if ticket.rule not in law.shares else ():
        row = _row(view, ticket, choice.subject)
        if row is not None:
            yield from (found.budget.name for found in ceilings(view.verdict, choice, row) if found.binds)


def _positions(view: View) -> RenderableType | None:
    """One line for each position: its level, what happens to it, when to look again, what else is decided."""
    by_id: dict[str, list[Decided]] = {}
    for decision in view.verdict.decisions:
        if decision.subject == "position" and type(decision).__name__ not in _LISTED:
            by_id.setdefault(decision.id, []).append(decision)
    rows = []
    for id_, here in by_id.items():
        named = {type(decision).__name__: decision for decision in here}
        level = str(named["Level"].level) if "Level" in named else ""  # type: ignore[attr-defined] # it is a Level
        done = [each for each in here if each.slot == _ACTION or isinstance(each, Blocked)]
        action = ", ".join(map(told, done))
        look = quantity(named["Monitor"].seconds, "seconds") if "Monitor" in named else ""  # type: ignore[attr-defined]
        rest = [each for each in here if each.slot != _ACTION and type(each).__name__ not in _PLACED]
        other = "\n".join(told(decision) for decision in rest)
        rows.append((id_, _held(view, id_), level, action, other, look, view.cites(*(each.rule for each in here))))
    columns = ("position", "contract", "#level", "action", "besides", "#look again in", "law")
    return table("Positions", columns, rows)


def _held(view: View, id_: str) -> str:
    facts = view.verdict.facts
    accounts = facts.snapshot.accounts
    sleeves = [sleeve for account in accounts for sleeve in account.sleeves or ()]
    held = next(position for sleeve in sleeves for position in sleeve.positions or () if position.id == id_)
    return f"{held.quantity} {held.underlying} {held.expiration} {held.strike} {held.right}"


def told(decision: Decided) -> str:
    """Return a decision with its own fields: `Roll (reason recovery, contracts 30, …)`, what it shadowed after it."""
    units = fields(type(decision).__name__)
    own = [f"{name} {_worded(getattr(decision, name), units[name].unit, name)}" for name in units]
    lost = [f"over {', '.join(decision.shadowed)}"] if decision.shadowed else []
    inside = "; ".join([", ".join(own), *lost] if own else lost)
    reasons = f": {', '.join(map(missed, decision.reasons))}" if isinstance(decision, Blocked) else ""
    kind = f"{decision.wanted} blocked" if isinstance(decision, Blocked) else type(decision).__name__
    return f"{kind} ({inside}){reasons}" if inside else f"{kind}{reasons}"


def _worded(value: object, unit: str, name: str) -> str:
    """Return a field's value, without its unit where the field is named after it."""
    if isinstance(value, Decimal):
        return quantity(value, "count" if unit == name == "contracts" else unit)
    return str(value).lower() if isinstance(value, bool) else contract(str(value))


def _standing(view: View) -> RenderableType | None:
    """What is decided for accounts, sleeves, the market, orders and events; one line for each kind of all symbols."""
    rows: list[tuple[RenderableType, ...]] = []
    for decision in view.verdict.decisions:
        name = type(decision).__name__
        if decision.subject not in ("position", "entry") and name not in _PLACED | _LISTED:
            rows.append((f"{decision.subject} {decision.id}".strip(), told(decision), view.cites(decision.rule)))
    ranges = view.of("AverageTrueRange")
    if ranges:
        each = ", ".join(f"{found.id} {quantity(found.value, 'usd_per_share')}" for found in ranges)
        rows.append(("symbols", f"average true range: {each}", view.cites(*(found.rule for found in ranges))))
    return table("Account, sleeves, market", ("of", "decision", "law"), rows)


def _alerts(view: View) -> RenderableType | None:
    """One line for each alert; of a memory that was not delivered one for all rows that miss it."""
    groups: dict[tuple[object, ...], list[Alert]] = {}
    for number, alert in enumerate(sorted(view.of("Alert"), key=lambda alert: alert.urgency != "critical")):
        groups.setdefault((alert.urgency, _forgotten(view, alert) or number), []).append(alert)
    rows = [_alert(view, *alerts) for alerts in groups.values()]
    return table("Alerts", ("urgency", "of", "what", "facts", "law"), rows)


def _forgotten(view: View, alert: Alert) -> str:
    """Return the memory that an alert is about; nothing where memory was delivered, or something else is missing."""
    facts = view.verdict.facts
    names = {f"{name.partition('.')[0]}.{name.rpartition('.')[2]}" for name in alert.facts}
    remembered = len(names) == 1 and names <= facts.law.remembered.keys() and facts.snapshot.memory is None
    return names.pop() if remembered else ""


def _alert(view: View, first: Alert, *more: Alert) -> tuple[RenderableType, ...]:
    of: dict[str, list[str]] = {}
    for alert in (first, *more):
        of.setdefault(alert.subject, []).append(alert.id)
    named = (f"{subject} {ids[0]}" if len(ids) == 1 else f"{len(ids)} {subject}s" for subject, ids in of.items())
    return (
        Text(first.urgency, style="bold red" if first.urgency == "critical" else "yellow"),
        ", ".join(map(str.strip, named)),
        first.code,
        _forgotten(view, first) if more else ", ".join(first.facts),
        view.cites(*(alert.rule for alert in (first, *more))),
    )


def _advice(view: View) -> RenderableType | None:
    rows = [(f"{each.subject} {each.id}".strip(), each.advice, view.cites(each.rule)) for each in view.of("Advice")]
    return table("Advice", ("of", "what", "law"), rows)


def _skipped(view: View) -> RenderableType | None:
    return _by_reason(view, "Skipped", view.of("TradeSkipped"), lambda each: each.id)


def _withheld(view: View) -> RenderableType | None:
    return _by_reason(view, "Permitted, and no order", view.of("Withheld"), lambda each: contract(each.id))


def _by_reason(view: View, title: str, found: list[Any], name: Callable[[Any], str]) -> RenderableType | None:
    groups: dict[tuple[str, str], list[str]] = {}
    for each in found:
        groups.setdefault((each.reason, each.rule), []).append(name(each))
    rows = [(reason, str(len(ids)), ", ".join(ids), view.cites(rule)) for (reason, rule), ids in groups.items()]
    return table(title, ("reason", "#count", "of", "law"), rows)


def _refusals(view: View) -> RenderableType | None:
    sleeves = grouped(_denials(view)).items()
    rows = [row for where, sleeve in sleeves for row in _rows(view, where, sleeve)]
    shown = table("Refused", ("of", "reason", "#refused", "#for this alone", "nearest", "law"), rows)
    return shown and Stack(shown, dim("--all lists every refusal; `alluse explain` says why, with every value."))


def _rows(view: View, where: str, sleeve: Sleeve) -> Iterator[tuple[RenderableType, ...]]:
    telling, moot = sleeve.parted()
    for group in telling:
        yield where, group.code, str(group.count), str(group.alone), nearest(group), view.cites(*group.rules)
    if moot:
        also = ", ".join(f"{group.code} {group.count}" for group in moot)
        counts = ("", "") if telling else (str(sleeve.count), "0")
        yield where, dim("and besides" if telling else "several each"), *counts, dim(also), ""


def _denials(view: View) -> list[EntryDenied | Blocked]:
    return [*view.of("EntryDenied"), *view.of("Blocked")]


def nearest(group: Group) -> str:
    """Return which contract came nearest and by how much it missed: `IWM260306P00219000: 0.0012 beyond`."""
    if group.nearest is None:
        return group.first if group.count == 1 else ""
    _, amount, name, reason = group.nearest
    needs = f", needs {quantity(reason.needs, 'usd')}" if reason.needs is not None else ""
    beyond = f"{quantity(amount, reason.unit or '')} beyond" if amount else "at the limit"
    return f"{name}: {beyond}{needs}"


def missed(reason: Reason) -> str:
    """Return one reason with its margin: `delta 0.03`."""
    return reason.code if reason.margin is None else f"{reason.code} {quantity(reason.margin, reason.unit or '')}"


def _every_refusal(view: View) -> RenderableType | None:
    rows = []
    for denial in _denials(view):
        where, what = place_of(denial)
        rules = [reason.rule for reason in denial.reasons]
        rows.append((where, what, ", ".join(map(missed, denial.reasons)), view.cites(*rules)))
    return table("Refused", ("of", "what", "reasons, each with its margin", "law"), rows)
