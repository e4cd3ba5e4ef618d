"""Rules in words: what is decided, for whom, when; what a decision cannot do without, and the reason it gives."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from commands.page.book import Book
from commands.page.markdown import escaped, heading, link
from commands.page.names import called
from commands.page.values import human, title
from engine.decisions import KINDS, fields
from engine.expr.typed import Typed
from engine.law.model import Choice, Constitution, Rule, Share

_RISKS: Final = {
    "opens": "It opens risk: while anything it needs is unknown, it is refused.",
    "closes": "It takes risk away: while anything it needs is unknown, it is not done, and a person is alerted.",
    "neutral": "While anything it needs is unknown, it is not done, and a person is alerted.",
}


def kind_link(kind: str) -> str:
    """Return a kind of decision as a link."""
    return link(escaped(human(kind)), f"kind-{kind}")


@dataclass(frozen=True)
class Rules:
    """The rules of one law in words."""

    book: Book

    def lines(self, rule: Rule) -> Iterator[str]:
        """Yield one rule: its name, what it says, where it stands."""
        yield heading(4, f"rule-{rule.id}", escaped(title(rule.id)))
        yield ""
        yield from self._decides(rule) if rule.decides else self._requires(rule)
        yield ""
        yield self.book.stands(rule.origin, rule.id)

    def _decides(self, rule: Rule) -> Iterator[str]:
        yield f"**Decides {kind_link(rule.kind)}** for each {called(rule.subject)}: {self._gist(rule)}"
        yield ""
        yield from self.book.conditions.lines("It does so when", rule.when)
        if rule.fields:
            yield ""
            yield f"It says: {'; '.join(self._fields(rule))}."
        bound = [each for each in self.book.law.rules.values() if not each.decides and each.kind == rule.kind]
        if bound:
            yield ""
            yield f"It is refused unless these conditions are met: {', '.join(map(self.linked, bound))}."

    def _gist(self, rule: Rule) -> str:
        """Return what a decision means; where nothing else is said of the rule, that of its kind."""
        return escaped(rule.origin.means or (KINDS[rule.kind].__doc__ or "").partition("\n")[0])

    def linked(self, rule: Rule) -> str:
        """Return a rule as a link."""
        return link(escaped(human(rule.id)), f"rule-{rule.id}")

    def _fields(self, rule: Rule) -> Iterator[str]:
        known = fields(rule.kind)
        for name, value in rule.fields.items():
            yield f"*{escaped(known[name].means)}*: {self._field(value)}"

    def _field(self, value: Typed | str) -> str:
        return escaped(human(value)) if isinstance(value, str) else self.book.words.said(value)

    def _requires(self, rule: Rule) -> Iterator[str]:
        yield f"**A condition of {kind_link(rule.kind)}**, judged for each {called(rule.subject)}."
        if rule.origin.means:
            yield f"{escaped(rule.origin.means)}."
        yield ""
        yield from self.book.conditions.lines("It is met when", rule.when)
        yield ""
        needs = "" if rule.needs is None else f" What would have been enough: {self.book.words.said(rule.needs)}."
        yield f"Otherwise it is refused with the reason `{rule.reason}`.{needs}"

    def choice(self, choice: Choice) -> Iterator[str]:
        """Yield which of the permitted become orders."""
        words = self.book.words
        yield heading(4, f"choice-{choice.name}", escaped(title(choice.name)))
        yield ""
        yield f"Among what is decided as {kind_link(choice.among)}, for each {called(choice.shared_by)}:"
        yield ""
        yield f"- At most one contract is chosen for each {called(choice.one_of_each)}."
        yield f"- They take their turns by {self._ordered(choice.turns)}, one contract at a time."
        yield f"- Of several contracts the first is taken by {self._ordered(choice.order_by)}."
        for budget in choice.budgets:
            yield (
                f"- **{escaped(title(budget.name))}:** {words.said(budget.room)}, for each {called(budget.shared_by)};"
                f" every {budget.each} takes {words.said(budget.uses)}."
            )
        if choice.ceilings:
            only = ", ".join(self.linked(self.book.law.rules[name]) for name in choice.ceilings)
            yield f"- These conditions only say how much: {only}."
        yield f"- The order is placed at {words.said(choice.price)}; above {words.constant(choice.slice_over)} it is sliced."
        yield ""
        yield self.book.stands(choice.origin, choice.name)

    def share(self, share: Share) -> Iterator[str]:
        """Yield a sum that decisions share."""
        words = self.book.words
        yield heading(4, f"share-{share.name}", escaped(title(share.name)))
        yield ""
        yield f"What is decided as {kind_link(share.among)} shares one sum for each {called(share.shared_by)}:"
        yield ""
        yield f"- There is {words.said(share.room)}."
        yield f"- Each asks for {words.said(share.asks)}, and gets it while it lasts, by {self._ordered(share.order_by)}."
        for leg in share.legs:
            yield (
                f"- **{escaped(title(leg.name))}:** {words.constant(leg.weight)} of what is asked buys"
                f" {self.book.names.link(leg.buys)}, one of which costs {words.said(leg.costs)};"
                f" the order is placed at {words.said(leg.price)}."
            )
        yield f"- Each part is rounded down to {words.constant(share.step)}; above {words.constant(share.slice_over)} the order is sliced."
        yield f"- Where a part buys no whole contract there is the alert `{share.otherwise}`."
        yield ""
        yield self.book.stands(share.origin, share.name)

    def _ordered(self, of: tuple[Typed, ...]) -> str:
        return ", then ".join(map(self.book.words.said, of))


def used(law: Constitution) -> list[str]:
    """Return the kinds of decisions that a law can make."""
    spoken = {rule.kind for rule in law.rules.values()}
    return [kind for kind in KINDS if kind in spoken]


def risk(kind: str) -> str:
    """Return what a kind of decision does to risk, and so what becomes of it where something is unknown."""
    return _RISKS[KINDS[kind].risk]
