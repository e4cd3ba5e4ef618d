"""Why something did not happen, on paper and in JSON: what stood in the way, and what would have cleared it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.console import RenderableType
from rich.rule import Rule
from rich.text import Text

from commands.changes import COLUMNS, Speller
from commands.explain import grounds
from commands.render import cited, dim, present, table
from commands.tables import contract, placed, told
from commands.tree import Paper
from commands.wanting import name_of
from engine.bought import Standing
from engine.cells import TIME
from engine.clauses import Clause, Condition
from engine.decided import Decided
from engine.decisions import KINDS
from engine.explain import explain_missed
from engine.kinds.entries import Blocked, EntryDenied
from engine.margin import margin
from engine.subjects import given
from engine.unmade import Unmade, chosen, unmade
from engine.verdict import Ticket, Verdict
from engine.wanted import Wanted
from engine.wording import plain_number

_DEPTH: Final = 2
_CONTRACT: Final = ("strike", "expiration", "delta")
_LIFTS: Final = ("clause", *COLUMNS[:5], "law")
_CHOSEN: Final = "One of these would have done, and can be chosen"
_OTHERS: Final = "One of these would have done, but comes as it comes"
_PERMITTED: Final = "Permitted as things stand"
_ORDERED: Final = "Ordered as things stand"
_BUT_FOR: Final = "Lacking no more than what stands above a contract"


@dataclass(frozen=True)
class Pages:
    """What is told of an order, or a contract, that could have been made in several ways."""

    verdict: Verdict
    every: bool = False
    full: bool = False

    def parts(self, wanted: Wanted, bought: Sequence[Wanted]) -> Iterator[RenderableType]:
        """Yield the nearest of what is asked about and the ways to buy it, and of the others what stood in the way.

        What lacks something that no one fact could turn is told in a line, and what was not bought for more reasons
        than that another contract was.
        """
        if not bought:
            yield from self._page(wanted)
            return
        standing = Standing(self.verdict)
        first, *others = sorted((*bought, wanted), key=standing.place)
        yield from self._page(first)
        for other in others:
            closed, missed = standing.place(other)
            if closed or (other.buys and missed > 1):
                yield from ("", self._line(standing, other))
            else:
                yield from ("", Rule(style="dim"), "", *self._page(other))

    def _page(self, wanted: Wanted) -> Iterator[RenderableType]:
        return Sheet(self.verdict, unmade(self.verdict, wanted, every=self.every), self.full).parts()

    def _line(self, standing: Standing, wanted: Wanted) -> Text:
        way, *_ = standing.ways(wanted)
        missed = [*dict.fromkeys(clause.name for clause in way.missed(standing.traced))]
        id_ = contract(f"{wanted.subject} {self.verdict.facts.ids[wanted.subject][wanted.row]}")
        return dim(f"Nor by {way.name} of {id_}: {', '.join(missed)} {_stand(missed)} in its way.")


def _stand(names: Sequence[object]) -> str:
    return "stands" if len(names) == 1 else "stand"


@dataclass
class Sheet:
    """What is told of one thing that did not happen; `full` opens every definition, and adds the tables behind them."""

    verdict: Verdict
    unmade: Unmade
    full: bool = False

    def __post_init__(self) -> None:
        self.wanted, self.facts = self.unmade.wanted, self.verdict.facts
        self.speller = Speller(self.facts)

    def parts(self) -> Iterator[RenderableType]:
        """Yield everything that a person reads, from the top."""
        missed = self.missed
        explained = explain_missed(self.verdict, self.wanted.subject, self.wanted.row, missed)
        paper = Paper([explained], None if self.full else _DEPTH)
        yield self._head()
        for item in dict.fromkeys(item for clause in missed[:1] for item in clause.origin.cites):
            if item in explained.items:
                yield Text.assemble((f"§{item}  ", "dim"), explained.items[item].text)
        for tree in paper.trees(explained.grounds):
            yield from ("", tree)
        if not missed:
            yield from ("", Text("An order of its id was sent before, and is not sent again."))
            return
        yield from present(*self._other_ways(), *self._cleared())
        yield from present(*(paper.tables() if self.full else ()))

    @property
    def missed(self) -> tuple[Clause, ...]:
        """What stood in the way, of the nearest way."""
        return self.unmade.ways[0][1]

    def _head(self) -> Text:
        what, id_ = name_of(self.verdict, self.wanted), self.facts.ids[self.wanted.subject][self.wanted.row]
        said = "is not met" if self.wanted.requirement else "did not happen"
        text = Text(f"{what.partition(':')[0]} {said}", style="bold")
        to_buy = f"{contract(self.wanted.contract)} as {self.wanted.buys}, for " if self.wanted.buys else ""
        text.append(f"\n{to_buy}{self.wanted.subject} {contract(id_)}".rstrip())
        if instead := [*placed(self._bought()), *map(told, self._instead())]:
            text.append(f"\ninstead: {', '.join(instead)}", style="not bold")
        return text

    def _picked(self) -> str | None:
        """Return the contract that is picked where another one was to be bought."""
        if not self.wanted.buys:
            return None
        subject, _, _ = self.wanted.buys.partition(".")
        owner = self.verdict.evaluator.rows(self.wanted.subject, self.wanted.row)[subject]
        row = None if owner is None else self.facts.columns[self.wanted.buys][owner]
        return None if row is None else self.facts.ids["candidate"][row]

    def _bought(self) -> list[Ticket]:
        """Return the orders that buy the picked contract."""
        return [ticket for ticket in self.wanted.tickets(self.verdict) if ticket.contract == self._picked()]

    def _instead(self) -> list[Decided]:
        """Return what was decided of the row in place of what was wanted, or said of it."""
        kinds = {rule.kind for rule in self.wanted.rules}
        slots = {KINDS[kind].slot for kind in kinds}
        about = self.verdict.about(self.wanted.subject, self.wanted.row)
        refused: list[Decided] = [each for each in about if isinstance(each, Blocked) and each.wanted in kinds]
        return refused or [each for each in about if each.slot in slots and not isinstance(each, EntryDenied)]

    def _other_ways(self) -> Iterator[RenderableType]:
        for way, missed in self.unmade.ways[1:]:
            names = ", ".join(dict.fromkeys(clause.name for clause in missed))
            yield dim(f"Nor by {way.name}: {names} {_stand(missed)} in its way.")

    def _cleared(self) -> Iterator[RenderableType | None]:
        found = self.unmade
        for title, truth in ((_CHOSEN, True), (_OTHERS, False)):
            yield self.speller.table(title, [each for each in found.changes if chosen(each) is truth])
        if found.others:
            yield dim(f"{found.others} more might have; --all tries every fact.")
        if not found.changes:
            tried = " that was tried" if found.others else ""
            yield Text(f"No single change of a given fact{tried} would have done.")
        yield self.speller.table("These two together would have done", found.pair)
        yield self._lifted()
        yield self._listed()
        decided = (*found.changes, *found.pair)
        if decided:
            timed = any(each.cell == TIME for each in decided)
            moves = "; with market.as_of every observation moves" if timed else ""
            yield dim(f"Each change was decided again, all else as it is{moves}.")

    def _lifted(self) -> RenderableType | None:
        rows = []
        for each in self.unmade.lifted:
            cells = ("nothing alone", "", "", "", "") if each.change is None else self.speller.row(each.change)[:5]
            rows.append((each.clause.name, *cells, dim(cited(each.clause.origin.cites))))
        return table("What would lift each clause by itself", _LIFTS, rows)

    def _listed(self) -> RenderableType | None:
        rows = [(contract(each["id"]), each["strike"], each["expiration"], each["delta"]) for each in self._contracts()]
        done = _ORDERED if self.wanted.choice else _PERMITTED
        title = done if self.unmade.permitted else _BUT_FOR
        return table(title, ("contract", "#strike", "expiration", "#delta"), rows)

    def _contracts(self) -> Iterator[dict[str, str]]:
        columns, told = self.facts.columns, given("candidate")
        for row in self.unmade.listed:
            candidate = columns["entry>candidate"][row]
            values = {fact: (columns[f"candidate.{fact}"][candidate], told[fact].type) for fact in _CONTRACT}
            spelled = {fact: self.speller.spelled(value, kind) for fact, (value, kind) in values.items()}
            yield {"id": columns["candidate.occ_symbol"][candidate], **spelled}

    def document(self) -> dict[str, Any]:
        """Return the same as JSON has it: numbers as decimals in text."""
        spell = self.speller.document
        alone = [(each.clause.name, None if each.change is None else spell(each.change)) for each in self.unmade.lifted]
        return {
            "wanted": name_of(self.verdict, self.wanted),
            "subject": self.wanted.subject,
            "id": self.facts.ids[self.wanted.subject][self.wanted.row],
            "happened": False,
            "instead": [each.model_dump(mode="json") for each in self._instead()],
            "ways": [self._way(way.name, missed) for way, missed in self.unmade.ways],
            "changes": [spell(change) for change in self.unmade.changes],
            "not_tried": self.unmade.others,
            "together": [spell(change) for change in self.unmade.pair],
            "alone": [{"clause": name, "change": change} for name, change in alone],
            "contracts": [*self._contracts()],
            "contracts_permitted": self.unmade.permitted,
            **(self._purchase() if self.wanted.buys else {}),
        }

    def _purchase(self) -> dict[str, Any]:
        orders = [ticket.model_dump(mode="json") for ticket in self._bought()]
        return {"contract": self.wanted.contract, "pick": self.wanted.buys, "picked": self._picked(), "orders": orders}

    def _way(self, name: str, missed: Sequence[Clause]) -> dict[str, Any]:
        explained = explain_missed(self.verdict, self.wanted.subject, self.wanted.row, missed)
        return {"rule": name, "missed": [self._clause(clause) for clause in missed], **grounds(explained, set())}

    def _clause(self, clause: Clause) -> dict[str, Any]:
        said = {"name": clause.name, "cites": [*clause.origin.cites], "place": str(clause.origin.place)}
        if not isinstance(clause, Condition):
            return said
        found = margin(self.verdict.evaluator, clause.rule.when, clause.rows)
        by = None if found is None else {"amount": plain_number(found.amount), "unit": found.unit}
        return said | {"reason": clause.rule.reason or None, "margin": by}
