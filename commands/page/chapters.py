"""The whole page: how it is read, its sections, who wins, what can be decided, what the law is told."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from commands.page.book import Book
from commands.page.markdown import anchor, escaped, heading, link, small, table
from commands.page.names import called
from commands.page.rules import gist, kind_link, risk, used
from commands.page.sections import Sections, finding_lines, headed
from commands.page.values import decided, human, title
from engine.expr.typed import Read, walk
from engine.expr.units import UNITS
from engine.subjects import SUBJECTS, Given, given

Lines = Iterator[str]

_HOW = """\
This page is written from the files that the program obeys: what it says is what is decided. Every section has the
items of the Constitution in plain words, the values they name, and the rules, tables and states that carry them out.

- Underlined words lead to where they are defined. Brackets behind a name hold its value: name [25 %].
- **not:** means that the words behind it must not be so.
- What cannot be known, because it is missing, stale or impossible, never opens risk.
- A **condition** is what a decision cannot do without; where it is not met, it gives the reason of the refusal.
- A **latch** holds from the moment it is set until it is cleared, over days and restarts.
- **A-nn** is a ruling: what the text leaves open, and how it was decided. {waiting} of {rulings} wait for a person.
- A **finding** is what a check of the law says about the law itself: where it pulls against itself, what is unused.
- The small print below a piece has its name in the files, the items it carries out, the rulings it rests on, and
  its line.
"""
_RISK = """\
What opens risk is refused while anything it needs is unknown. Everything else is not done while anything it needs is
unknown, and a person is alerted."""
_UNITS: Final = {"count": "a whole number", "instant": "a point in time", "bool": "yes or no", "ticker": "a ticker"}


@dataclass(frozen=True)
class Chapters:
    """The page of one law: its title, its contents, and everything behind them."""

    book: Book

    @cached_property
    def sections(self) -> Sections:
        return Sections(self.book)

    @property
    def title(self) -> str:
        """What the page is called."""
        law = self.book.law
        return f"The ALL-USE Constitution, version {law.version}"

    def contents(self) -> Lines:
        """Yield the table of contents."""
        named = [(f"section-{name}", self.sections.title(name)) for name in self.sections.names]
        named += [(name, said) for name, said, _ in self._others()]
        yield heading(2, "contents", "Contents")
        yield ""
        yield from (f"- {link(escaped(said), name)}" for name, said in named)

    def _others(self) -> tuple[tuple[str, str, Lines], ...]:
        return (
            ("together", "Who wins, and what becomes an order", self._together()),
            ("decisions", "What can be decided", self._decisions()),
            ("told", "What the law is told", self._told()),
        )

    def opening(self) -> Lines:
        """Yield what stands before the first section."""
        law = self.book.law
        rulings = law.interpretations.values()
        state = "a draft that no one has approved yet" if law.status == "draft" else law.status
        yield f"# {escaped(self.title)}"
        yield ""
        yield f"Status: {state}. Effective {law.effective}. The files' digest is `{law.bytes_digest[:12]}`."
        yield ""
        waiting = sum(ruling.human_ruling_needed for ruling in rulings)
        yield _HOW.format(waiting=waiting, rulings=len(rulings))

    def body(self) -> Lines:
        """Yield the sections and what stands behind them."""
        for name in self.sections.names:
            yield from self.sections.lines(name)
            yield ""
        for name, said, lines in self._others():
            yield from headed(2, name, said, lines)
            yield ""

    def _together(self) -> Lines:
        """Yield arbitration, choices and shares, and the findings about them."""
        law = self.book.law
        yield "Where several decisions are made about one thing, the first named wins; the others are kept beside it:"
        yield ""
        for slot, each in law.arbitration.items():
            if len(each.strongest) == 1:
                continue
            subject, _, what = slot.partition(".")
            yield f"- the {escaped(human(what))} of one {called(subject)}: {', '.join(map(kind_link, each.strongest))}"
        yield ""
        for choice in law.choices.values():
            yield from (*self.sections.rules.choice(choice), "")
        for share in law.shares.values():
            yield from (*self.sections.rules.share(share), "")
        left = [line for finding in self.sections.elsewhere() for line in finding_lines(self.book, finding)]
        yield from headed(3, "together-findings", "Findings", iter(left))

    def _decisions(self) -> Lines:
        """Yield every kind of decision that the law can make: what it means, what it does to risk, who makes it."""
        law, rules = self.book.law, self.sections.rules
        yield _RISK
        yield ""
        for kind in used(law):
            makes = ", ".join(rules.linked(rule) for rule in law.rules.values() if rule.kind == kind and rule.decides)
            yield f"- {anchor(f'kind-{kind}')}**{escaped(title(decided(kind)))}:** {escaped(gist(kind))} {risk(kind)}"
            yield f"  {small(f'`{kind}`', f'decided by {makes}')}"

    def _told(self) -> Lines:
        """Yield every fact that is not worked out but given, by what it is a fact of."""
        read = self._read()
        for subject in SUBJECTS:
            found = {name: fact for name, fact in given(subject).items() if f"{subject}.{name}" in read}
            if found:
                means = escaped(SUBJECTS[subject].means)
                yield from ("", heading(3, f"subject-{subject}", f"{escaped(title(called(subject)))}: {means}"), "")
                yield from table(
                    ["fact", "in", "from"], (self._given(subject, name, fact) for name, fact in found.items())
                )

    def _given(self, subject: str, name: str, fact: Given) -> list[str]:
        words = ", ".join(map(human, sorted(fact.type.words)))
        unit = words or _UNITS.get(fact.unit) or UNITS[fact.unit].means or human(fact.unit)
        said = f"{anchor(f'fact-{subject}.{name}')}**{escaped(fact.means)}** {small(f'`{subject}.{name}`')}"
        return [said, escaped(unit), escaped(fact.source)]

    def _read(self) -> set[str]:
        """Return every fact that an expression of the law reads."""
        parts = (part for piece in self.book.pieces for of in piece.expressions for part in walk(of))
        return {f"{part.subject}.{part.fact}" for part in parts if isinstance(part, Read)}


def markdown(book: Book) -> str:
    """Return the page as Markdown."""
    chapters = Chapters(book)
    return joined(chapters.opening(), chapters.contents(), chapters.body())


def joined(*parts: Iterable[str]) -> str:
    """Return lines as one text, an empty line between parts and never two."""
    lines = [line.rstrip() for part in parts for line in (*part, "")]
    kept = [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
    return "\n".join(kept).rstrip() + "\n"
