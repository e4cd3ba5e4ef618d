"""Rules in words: what is decided, for whom, when; what a decision cannot do without, and the reason it gives."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from commands.page.book import Book
from commands.page.markdown import Point, escaped, heading, link, points, width
from commands.page.names import each
from commands.page.values import decided, human, title
from engine.decisions import KINDS, fields
from engine.expr.typed import Typed
from engine.law.model import Choice, Constitution, Rule, Share

_LINE: Final = 160
_RISKS: Final = {"opens": "**It opens risk.**", "closes": "It takes risk away."}


def kind_link(kind: str) -> str:
    """Return a kind of decision as a link."""
    return link(escaped(decided(kind)), f"kind-{kind}")


@dataclass(frozen=True)
class Rules:
    """The rules of one law in words."""

    book: Book

    def lines(self, rule: Rule) -> Iterator[str]:
        """Yield one rule: its name, what it says, where it stands."""
        yield heading(4, f"rule-{rule.id}", escaped(title(human(rule.id))))
        yield ""
        yield from self._decides(rule) if rule.decides else self._requires(rule)
        yield ""
        yield self.book.stands(rule.origin, rule.id)

    def _decides(self, rule: Rule) -> Iterator[str]:
        yield f"**Decides “{kind_link(rule.kind)}”** for {each(rule.subject)}: {self._gist(rule)}"
        yield ""
        yield from self.book.conditions.lines("It does so when", rule.when)
        yield from self._says(rule)
        bound = [other for other in self.book.law.rules.values() if not other.decides and other.kind == rule.kind]
        if bound:
            yield ""
            yield f"It is refused unless these conditions are met: {', '.join(map(self.linked, bound))}."

    def _says(self, rule: Rule) -> Iterator[str]:
        found = [*self._fields(rule)]
        if sum(map(width, found)) > _LINE:
            yield from ("", "It says:", "", *points(map(Point, found)))
        elif found:
            yield from ("", f"It says: {'; '.join(found)}.")

    def _gist(self, rule: Rule) -> str:
        """Return what a decision means; where nothing else is said of the rule, that of its kind."""
        return escaped(f"{rule.origin.means}." if rule.origin.means else gist(rule.kind))

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
        yield f"**A condition of “{kind_link(rule.kind)}”**, judged for {each(rule.subject)}."
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
        yield heading(4, f"choice-{choice.name}", escaped(title(human(choice.name))))
        yield ""
        yield f"Among what is decided as “{kind_link(choice.among)}”, for {each(choice.shared_by)}:"
        yield ""
        yield f"- At most one contract is chosen for {each(choice.one_of_each)}."
        yield f"- They take turns in the order of {self._ordered(choice.turns)}, one contract at a time."
        yield f"- Of several contracts the first is taken, in the order of {self._ordered(choice.order_by)}."
        for budget in choice.budgets:
            shared = (
                f"The orders of {each(budget.shared_by)} share it; each {budget.each} uses {words.said(budget.uses)}."
            )
            yield f"- **{escaped(title(human(budget.name)))}:** {words.said(budget.room)}. {shared}"
        if choice.ceilings:
            only = ", ".join(self.linked(self.book.law.rules[name]) for name in choice.ceilings)
            yield f"- These conditions only say how much: {only}."
        over = words.constant(choice.slice_over)
        yield f"- The order is placed at {words.said(choice.price)}; above {over} it is sliced."
        yield ""
        yield self.book.stands(choice.origin, choice.name)

    def share(self, share: Share) -> Iterator[str]:
        """Yield a sum that decisions share."""
        words, over = self.book.words, self.book.words.constant(share.slice_over)
        yield heading(4, f"share-{share.name}", escaped(title(human(share.name))))
        yield ""
        yield f"All that is decided as “{kind_link(share.among)}” shares one sum, for {each(share.shared_by)}:"
        yield ""
        yield f"- The sum is {words.said(share.room)}.{self._left(share)}"
        yield f"- Each gets what it asks for while it lasts: {words.said(share.asks)}."
        yield f"- They are served in the order of {self._ordered(share.order_by)}."
        if share.need is not None:
            need = share.need
            yield f"- No more is bought than {each(need.shared_by)} needs: {words.said(need.room)}."
            yield f"  One contract counts for {words.said(need.uses)}."
        yield from self._legs(share)
        yield f"- An order above {over} is sliced; where a part buys too little there is the alert `{share.otherwise}`."
        yield ""
        yield self.book.stands(share.origin, share.name)

    def _left(self, share: Share) -> str:
        """Return from whom a share takes over: those of the same room draw on one sum, in the order of the text."""
        alike = [other for other in self.book.law.shares.values() if str(other.room) == str(share.room)]
        before = alike[: alike.index(share)]
        links = " and ".join(link(escaped(human(other.name)), f"share-{other.name}") for other in before)
        return f" It has what {links} left of it." if links else ""

    def _legs(self, share: Share) -> Iterator[str]:
        words = self.book.words
        if len(share.legs) > 1:
            weights = ", ".join(f"{escaped(human(leg.name))} {words.constant(leg.weight)}" for leg in share.legs)
            yield f"- It is divided in the proportion of {weights}, each rounded down to {words.constant(share.step)}."
        for leg in share.legs:
            name, bought = escaped(title(human(leg.name))), self.book.names.link(leg.buys)
            yield f"- **{name}:** {bought} is bought at {words.said(leg.price)}; one costs {words.said(leg.costs)}."

    def _ordered(self, of: tuple[Typed, ...]) -> str:
        return ", then ".join(map(self.book.words.said, of))


def used(law: Constitution) -> list[str]:
    """Return the kinds of decisions that a law can make."""
    spoken = {rule.kind for rule in law.rules.values()}
    return [kind for kind in KINDS if kind in spoken]


def gist(kind: str) -> str:
    """Return what a kind of decision means, in one sentence."""
    return (KINDS[kind].__doc__ or "").partition("\n")[0].partition(". ")[0].rstrip(".") + "."


def risk(kind: str) -> str:
    """Return what a kind of decision does to risk, where it does anything."""
    return _RISKS.get(KINDS[kind].risk, "")
