"""What `decide` answers: decisions, orders, alerts, the next memory, and the rules they cite.

A finding stays a few integers until somebody reads it: `Verdict` makes decisions on demand, `document` all of them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field

from engine.arbitrate import Finding, spoken
from engine.calendar import moment
from engine.calls import Order, sliced
from engine.choose import Chosen
from engine.decided import Decided, Frozen, Told
from engine.decisions import KINDS, PERMISSIONS, Decision, fields
from engine.evaluate import Blame, Evaluator, decimal
from engine.expr.typed import Type, Typed
from engine.expr.units import UNITS
from engine.kinds.entries import Blocked, EntryDenied, Withheld
from engine.kinds.records import Alert
from engine.kleene import Kleene
from engine.law.model import Rule
from engine.program import Program
from engine.reasons import Reasons
from engine.remember import written
from engine.rows import Facts
from engine.share import Grant
from engine.subjects import SUBJECTS


class Citation(Frozen):
    """A rule of the law: the items it carries out, where it stands, the interpretations it rests on."""

    cites: tuple[str, ...]
    place: str
    rests_on: tuple[str, ...] = ()


class Ticket(Frozen):
    """One order to be sent. Its id is made of facts, so the same order never goes out twice."""

    id: str
    account: str
    sleeve: str
    side: Literal["sell", "buy"]
    effect: Literal["open", "close"]
    contract: str
    underlying: str
    right: Literal["put", "call"]
    strike: Annotated[Decimal, Told("usd_per_share", "strike price")]
    expiration: str
    contracts: Annotated[int, Field(gt=0)]
    price: Annotated[Decimal, Told("usd_per_share", "where it is placed")]
    rule: str
    marks: Annotated[
        dict[str, Decimal | str],
        Field(default_factory=dict, description="facts that the ledger keeps of the position it opens"),
    ]


class Document(Frozen):
    """A verdict as it is written: canonical JSON of this is what digests are taken of."""

    format: Literal[1] = 1
    version: str
    law: str
    as_of: str
    decisions: tuple[Decision, ...]
    orders: tuple[Ticket, ...]
    memory: dict[str, dict[str, dict[str, Any]]] | None
    rules: dict[str, Citation]
    assume: dict[str, str | None]


@dataclass
class Verdict:
    """All decisions of one snapshot."""

    facts: Facts
    program: Program
    kleene: Kleene
    standing: Sequence[Finding]
    shadowed: Mapping[Finding, tuple[Finding, ...]]
    grants: Mapping[Finding, Grant | None]
    chosen: Mapping[str, Chosen]
    memory: Mapping[str, Mapping[str, Mapping[str, Any]]] | None

    @property
    def assumed(self) -> bool:
        """Whether anything was stated over the snapshot: an adapter must refuse such a verdict."""
        return bool(self.facts.snapshot.assume)

    @cached_property
    def evaluator(self) -> Evaluator:
        """The slow reading of the same tables, for margins and blame."""
        return Evaluator(self.facts, self.kleene)

    @cached_property
    def reasons(self) -> Reasons:
        """Why what is refused is refused."""
        return Reasons(self.program, self.evaluator)

    @cached_property
    def decisions(self) -> tuple[Decided, ...]:
        """Every decision, in one order: by subject, id, slot and rule."""
        return tuple(sorted(self._decisions(), key=self._place))

    @cached_property
    def beside_entries(self) -> tuple[Decided, ...]:
        """Every decision but those about single contracts: the reasons of a whole chain take longer than the rest."""
        standing = [found for found in self.standing if self.program.decides[found[0]].subject != "entry"]
        return tuple(sorted((*self._of(standing), *self._denied_above()), key=self._place))

    def about(self, subject: str, row: int) -> tuple[Decided, ...]:
        """Return the decisions about one row, without a thought for the others."""
        decides = self.program.decides
        standing = [found for found in self.standing if found[1] == row and decides[found[0]].subject == subject]
        id_ = self.facts.ids[subject][row]
        found = [*self._of(standing), *self._withheld(subject, row)]
        said = (*self._denied_above(), *self._silenced())
        found += [each for each in said if (each.subject, each.id) == (subject, id_)]
        return tuple(sorted(found, key=self._place))

    def of(self, *kinds: str) -> list[Any]:
        """Return the decisions of some kinds."""
        return [decision for decision in self.decisions if type(decision).__name__ in kinds]

    @property
    def alerts(self) -> list[Alert]:
        """The alerts among the decisions."""
        return self.of("Alert")

    @cached_property
    def orders(self) -> tuple[Ticket, ...]:
        """The orders to be sent, none of which the broker has seen."""
        merged = {ticket.id: ticket for order in self._found() for ticket in self.tickets(order)}
        merged = {id_: ticket for id_, ticket in merged.items() if not self._sent(id_)}
        return tuple(merged[id_] for id_ in sorted(merged))

    def _found(self) -> list[Order]:
        found = [order for chosen in self.chosen.values() for order in chosen.orders]
        return found + [order for grant in self.grants.values() if grant for order in grant.orders]

    def _sent(self, id_: str) -> bool:
        """Whether the broker or the ledger has seen an order of this id, in whatever version."""
        return id_.rpartition(".v")[0] in self._seen

    @cached_property
    def _seen(self) -> frozenset[str]:
        return frozenset(name.rpartition(".v")[0] for name in self.facts.ids["order"])

    def _silenced(self) -> Iterator[Decided]:
        """Say of every order that was sent before under its id that it is not sent again."""
        for order in self._found():
            if not any(self._sent(ticket.id) for ticket in self.tickets(order)):
                continue
            if order.row is not None:
                yield Withheld(
                    subject="entry", id=self.facts.ids["entry"][order.row], rule=order.rule, reason="sent_before"
                )
            else:
                sleeve = self.facts.ids["sleeve"][order.sleeve]
                yield Alert(
                    subject="sleeve", id=sleeve, rule=order.rule, code="hedge_sent_before", facts=(order.label,)
                )

    def document(self) -> Document:
        """Return the verdict as it is written."""
        law = self.facts.law
        return Document(
            version=law.version,
            law=law.bytes_digest,
            as_of=str(written(self.facts.columns["market.as_of"][0], Type("instant", scale=3))),
            decisions=self.decisions,  # type: ignore[arg-type] # of the union, as the completeness test shows
            orders=self.orders,
            memory=_plain_memory(self.memory),
            rules={rule: self._citation(rule) for rule in sorted(self._cited())},
            assume={item.fact: None if item.value is None else str(item.value) for item in self.facts.snapshot.assume},
        )

    def canonical(self) -> bytes:
        """Return the one JSON spelling of this verdict: sorted keys, no blanks, numbers as decimals in text."""
        plain = self.document().model_dump(mode="json")
        return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str).encode()

    def _place(self, decision: Decided) -> tuple[int, str, str, str, str]:
        code = decision.code if isinstance(decision, Alert) else ""
        return (_SUBJECTS[decision.subject], decision.id, decision.slot, decision.rule, code)

    def _of(self, standing: Iterable[Finding]) -> Iterator[Decided]:
        """Yield what findings amount to, alerts of one code about one row as one."""
        alerts: dict[tuple[str, str, str], Alert] = {}
        for finding in standing:
            for decision in self._spoken(finding):
                if isinstance(decision, Alert):
                    key = (decision.subject, decision.id, decision.code)
                    alerts[key] = _together(alerts[key], decision) if key in alerts else decision
                else:
                    yield decision
        yield from alerts.values()

    def _decisions(self) -> Iterator[Decided]:
        yield from self._of(self.standing)
        yield from self._denied_above()
        for choice, chosen in self.chosen.items():
            for row in chosen.withheld:
                yield from self._withheld(self.facts.law.choices[choice].subject, row, choice)
        yield from self._silenced()

    def _withheld(self, subject: str, row: int, *choices: str) -> Iterator[Withheld]:
        """Say of a permitted row that it gets no order, and why."""
        for choice in choices or self.facts.law.choices:
            reason = self.chosen[choice].withheld.get(row)
            if reason and self.facts.law.choices[choice].subject == subject:
                yield Withheld(subject=subject, id=self.facts.ids[subject][row], rule=choice, reason=reason)

    def _spoken(self, finding: Finding) -> Iterator[Decided]:
        number, row, holds, missed, _ = finding
        rule = self.program.decides[number]
        common: dict[str, Any] = {"subject": rule.subject, "id": self.facts.ids[rule.subject][row], "rule": rule.id}
        common["shadowed"] = self._losers(self.shadowed.get(finding, ()))
        if holds is True and not missed:
            yield from self._made(rule, row, finding, common)
        elif KINDS[rule.kind].risk == "opens":
            yield from self._denied(rule, finding, common)
        else:
            yield from self._unknown(rule, row, missed, common)

    def _losers(self, findings: tuple[Finding, ...]) -> tuple[str, ...]:
        if not findings:
            return ()
        return tuple(sorted(f"{spoken(self.program, other)}:{self.program.decides[other[0]].id}" for other in findings))

    def _made(self, rule: Rule, row: int, finding: Finding, common: dict[str, Any]) -> Iterator[Decided]:
        values, unknown = self._fields(rule, finding[0], row)
        grant = self.grants.get(finding)
        if finding in self.grants:
            if grant is None:
                unknown = unknown | self._share_blame(rule, row)
            else:
                values |= {leg: decimal(dollars, 2) for leg, dollars in grant.legs.items()}
        if unknown:
            yield from _alerts(unknown, common)
            return
        if grant is None or not grant.idle:
            yield KINDS[rule.kind](**common, **values)
        for leg in grant.unaffordable if grant else ():
            terms = next(terms for terms in self.facts.law.shares.values() if terms.among == rule.kind)
            yield Alert(**{**common, "shadowed": ()}, code=terms.otherwise, facts=(leg,))

    def _share_blame(self, rule: Rule, row: int) -> frozenset[Blame]:
        """Return the facts for which nobody can say what a decision gets from a shared sum."""
        terms = next(terms for terms in self.facts.law.shares.values() if terms.among == rule.kind)
        pools = [(terms.room, terms.shared_by)] + ([(terms.need.room, terms.need.shared_by)] if terms.need else [])
        for room, owner in pools:
            above = row if owner == rule.subject else self.facts.columns[f"{rule.subject}>{owner}"][row]
            value = self.evaluator.value(room, self.evaluator.rows(owner, above))
            if isinstance(value, frozenset):
                return value
        told = [value for value in terms.marks.values() if not isinstance(value, str)]
        rows = self.evaluator.rows(rule.subject, row)
        found = [self.evaluator.value(of, rows) for of in (terms.asks, *told)]
        unknown = [value for value in found if isinstance(value, frozenset)]
        return unknown[0] if unknown else self._blame(terms.asks, rule.subject, row)

    def _fields(self, rule: Rule, number: int, row: int) -> tuple[dict[str, Any], frozenset[Blame]]:
        """Return a decision's own fields, and the facts to blame where one of them is unknown."""
        wanted = fields(rule.kind)
        found: dict[str, Any] = {name: value for name, value in rule.fields.items() if isinstance(value, str)}
        typed = [(name, value) for name, value in rule.fields.items() if not isinstance(value, str)]
        if not typed:
            return found, frozenset()
        values = self.program.functions[f"fields_{number}"](self.facts.columns, self.kleene, row)
        unknown: frozenset[Blame] = frozenset()
        for (name, expression), pair in zip(typed, values, strict=True):
            if pair is None:
                unknown |= self._blame(expression, rule.subject, row)
            else:
                found[name] = _field(pair, expression.type, wanted[name])
        return found, unknown

    def _blame(self, expression: Typed, subject: str, row: int) -> frozenset[Blame]:
        value = self.evaluator.value(expression, self.evaluator.rows(subject, row))
        return (
            value
            if isinstance(value, frozenset)
            else frozenset({Blame(subject, self.facts.ids[subject][row], "value")})
        )

    def _denied(self, rule: Rule, finding: Finding, common: dict[str, Any]) -> Iterator[Decided]:
        _, row, holds, missed, unknown = finding
        told = self.reasons.of(rule.kind, rule.subject, row, missed, unknown)
        if holds is None:
            told = self.reasons.blamed(rule, self._blame(rule.when, rule.subject, row)) + told
        if rule.kind in PERMISSIONS:
            yield EntryDenied(**common, reasons=told)
            return
        yield Blocked(**common, wanted=rule.kind, reasons=told)
        named = tuple(dict.fromkeys(reason.code for reason in told))
        yield Alert(**{**common, "shadowed": ()}, code=f"{rule.id}_blocked", facts=named)

    def _unknown(self, rule: Rule, row: int, missed: int, common: dict[str, Any]) -> Iterator[Alert]:
        unknown = self._blame(rule.when, rule.subject, row)
        if missed:
            unknown = frozenset({Blame(rule.subject, common["id"], rule.id)})
        yield from _alerts(unknown, common)

    def _denied_above(self) -> Iterator[Decided]:
        """A requirement that an account misses binds everything in it: said once, for the account."""
        columns = self.facts.columns
        for row, id_ in enumerate(self.facts.ids["account"]):
            missed, unknown = 0, 0
            for subject in ("account", "market", "host"):
                if (subject, "EntryPermitted") in self.program.masks:
                    at = row if subject == "account" else 0
                    missed |= columns[f"{subject}!EntryPermitted!h"][at]
                    unknown |= columns[f"{subject}!EntryPermitted!u"][at]
            if missed:
                reasons = self.reasons.of("EntryPermitted", "account", row, missed, unknown)
                yield EntryDenied(subject="account", id=id_, rule=reasons[0].rule, reasons=reasons)

    def tickets(self, order: Order) -> Iterator[Ticket]:
        """Yield an order in its slices, each as it is sent."""
        columns, row = self.facts.columns, order.candidate
        account, _, kind = self.facts.ids["sleeve"][order.sleeve].rpartition("/")
        day = moment(columns["market.as_of"][0], self.facts.snapshot.calendar.zone).strftime("%Y%m%d")
        name = columns["candidate.occ_symbol"][row].replace(" ", "")
        label = f"-{order.label}" if order.label else ""
        for number, contracts in enumerate(sliced(order.contracts, order.slice_over), 1):
            yield Ticket(
                id=f"{account}-{kind.upper()}-{day}-{name}{label}-{number:02}.v1",
                account=account,
                sleeve=kind,
                side=order.side,  # type: ignore[arg-type]
                effect="open",
                contract=columns["candidate.occ_symbol"][row],
                underlying=columns["candidate.underlying"][row],
                right=columns["candidate.right"][row],
                strike=decimal(Fraction(columns["candidate.strike"][row], 10 ** UNITS["usd_per_share"].scale), 2),
                expiration=str(date.fromordinal(columns["candidate.expiration"][row])),
                contracts=contracts,
                price=decimal(order.price, UNITS["usd_per_share"].scale),
                rule=order.rule,
                marks=dict(order.marks),
            )

    def _cited(self) -> set[str]:
        named = {decision.rule for decision in self.decisions}
        named |= {reason.rule for decision in self.decisions for reason in getattr(decision, "reasons", ())}
        named |= {other.split(":")[1] for decision in self.decisions for other in decision.shadowed}
        return named | {ticket.rule for ticket in self.orders}

    def _citation(self, rule: str) -> Citation:
        law = self.facts.law
        origin = (law.rules.get(rule) or law.choices.get(rule) or law.shares[rule]).origin
        return Citation(cites=origin.cites, place=str(origin.place), rests_on=origin.rests_on)


_SUBJECTS = {subject: number for number, subject in enumerate(SUBJECTS)}


def _field(pair: tuple[Any, int], kind: Type, wanted: Told) -> Any:  # noqa: ANN401 - as the field has it
    value, under = pair
    if isinstance(value, str | bool) or kind.kind in ("date", "instant"):
        return written(value, kind)
    return decimal(Fraction(value, under * 10**kind.scale), wanted.type.scale)


def _together(first: Alert, second: Alert) -> Alert:
    """Return one alert for two of one subject and code: every fact, the greater urgency."""
    urgency = "critical" if "critical" in (first.urgency, second.urgency) else "notice"
    facts = tuple(dict.fromkeys((*first.facts, *second.facts)))
    return first.model_copy(update={"facts": facts, "urgency": urgency})


def _plain_memory(memory: Mapping[str, Mapping[str, Mapping[str, Any]]] | None) -> dict[str, Any] | None:
    if memory is None:
        return None
    return {subject: {id_: dict(entry) for id_, entry in entries.items()} for subject, entries in memory.items()}


def _alerts(unknown: frozenset[Blame], common: dict[str, Any]) -> Iterator[Alert]:
    """One alert for each fact to blame: `spot_missing`, or the reason it is bad."""
    for blame in sorted(unknown):
        yield Alert(**{**common, "shadowed": ()}, code=blame.why or f"{blame.fact}_missing", facts=(str(blame),))
