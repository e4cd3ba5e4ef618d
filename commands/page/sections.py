"""One section of the Constitution as a chapter: its items, and everything in its file that carries them out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

from commands.homes import performed
from commands.page.book import ITEMS, RULINGS, Book
from commands.page.forms import Forms
from commands.page.markdown import anchor, escaped, heading, small, table
from commands.page.rules import Rules
from commands.page.values import human, title, value_of
from commands.pieces import Piece
from engine.law.authored import Interpretation, LawItem
from engine.law.finding import Finding
from engine.law.model import Parameter
from engine.place import Place

Lines: TypeAlias = Iterator[str]

_FEW: Final = 6
_KEYED: Final = {ITEMS: "items", RULINGS: "interpretations", "tensions.yaml": "tensions"}
_DECIDING: Final = ("rule", "requirement", "choice", "share")
_SOURCES: Final = {
    "text": "the Constitution's text",
    "specification": "the technical specification",
    "guide": "the onboarding guide",
    "requirements": "the requirements document",
    "acceptance": "the acceptance document",
}


@dataclass(frozen=True)
class Sections:
    """The chapters of one law, a section each."""

    book: Book

    @cached_property
    def rules(self) -> Rules:
        return Rules(self.book)

    @cached_property
    def forms(self) -> Forms:
        return Forms(self.book)

    @cached_property
    def names(self) -> list[str]:
        """The sections in the order of the text: numbers first, then what has none."""
        law = self.book.law
        found = {*law.titles, *(item.partition(".")[0] for item in law.items)}
        return sorted(found, key=lambda name: (not name.isdigit(), int(name) if name.isdigit() else 0, name))

    def title(self, name: str) -> str:
        """Return what a section is called."""
        said = self.book.law.titles.get(name) or self.book.files[ITEMS].model.titles.get(name, "")
        return f"§{name} {said}".strip() if name.isdigit() else said or title(name)

    def lines(self, name: str) -> Lines:
        """Yield a section."""
        yield heading(2, f"section-{name}", escaped(self.title(name)))
        law, rules, forms = self.book.law, self.rules, self.forms
        parts: tuple[tuple[str, Lines], ...] = (
            ("What it says", self._items(name)),
            ("Values", self._values(name)),
            ("Rules", self._each(name, _DECIDING[:2], lambda of: rules.lines(law.rules[of.name]))),
            ("Ladders", self._each(name, ("ladder",), lambda of: forms.ladder(law.derived[of.name]))),
            ("Tables", self._each(name, ("table",), lambda of: forms.table(law.derived[of.name]))),
            ("Latches", self._each(name, ("latch",), lambda of: forms.latch(law.derived[of.name]))),
            ("Contracts chosen", self._each(name, ("pick",), lambda of: forms.pick(law.picks[of.name]))),
            ("Worked out", self._points(name, "fact", forms.fact)),
            ("Remembered", self._points(name, "memory", forms.memory)),
            ("Rulings", self._rulings(name)),
            ("Findings", self._findings(name)),
        )
        for said, lines in parts:
            yield from headed(3, f"section-{name}-{said.lower().replace(' ', '-')}", said, lines)

    def _in(self, name: str, *forms: str) -> list[Piece]:
        """Return the pieces of some forms that stand in a section's file."""
        return [of for of in self.book.pieces if of.form in forms and self._section(of.origin.place.file) == name]

    def _section(self, file: str) -> str:
        model = self.book.files[file].model
        return str(getattr(model, "section", ""))

    def _each(self, name: str, forms: Iterable[str], lines: Callable[[Piece], Lines]) -> Lines:
        for piece in self._in(name, *forms):
            yield from lines(piece)
            yield ""

    def _points(self, name: str, form: str, lines: Callable[..., Lines]) -> Lines:
        for piece in self._in(name, form):
            yield from lines(self.book.law.derived[piece.name])

    def _items(self, name: str) -> Lines:
        for item, of in self.book.law.items.items():
            if item.partition(".")[0] == name:
                yield f"- {anchor(f'item-{item}')}**{escaped(item)}** {self.book.prose(of.text)}"
                yield f"  {small(*self._about(item, of))}"

    def _about(self, item: str, of: LawItem) -> Lines:
        """Yield what becomes of an item: who decides it, which values it has, what is ruled on it."""
        yield self.book.yaml(self.book.place_of(ITEMS, "items", item))
        yield "" if of.source == "text" else f"from {_SOURCES[of.source]}"
        yield {"rule": "", "duty": "a duty", "guidance": "guidance: nothing enforces it"}[of.kind]
        yield f"performed by {escaped(performed(of))}" if of.room else ""
        citing = [piece for piece in self.book.pieces if item in piece.origin.cites]
        for lead, forms in (("decided by", _DECIDING), ("values", ("parameter",))):
            found = [self.book.linked(piece) for piece in citing if piece.form in forms]
            yield f"{lead} {', '.join(found)}" if found else ""
        if not any(piece.form in _DECIDING for piece in citing):
            others = [self.book.linked(piece) for piece in citing if piece.form not in (*_DECIDING, "parameter")]
            yield f"read in {'; '.join(others)}" if others else ""
        ruled = [ruling for ruling, each in self.book.law.interpretations.items() if item in each.cites]
        yield f"ruled on in {self.book.rulings(ruled)}" if ruled else ""

    def _values(self, name: str) -> Lines:
        found = [self.book.law.parameters[piece.name] for piece in self._in(name, "parameter")]
        yield from table(["name", "value", "law"], map(self._value, found))

    def _value(self, of: Parameter) -> list[str]:
        kept = " An amendment that changes it has to name it." if of.name in self.book.law.entrenched else ""
        said = f"{anchor(f'parameter-{of.name}')}**{escaped(human(of.name))}**: {escaped(of.origin.means)}{kept}"
        return [said, escaped(value_of(of)), self.book.stands(of.origin)]

    def _rulings(self, name: str) -> Lines:
        for ruling, of in self.book.law.interpretations.items():
            if (of.cites[0].partition(".")[0] if of.cites else self.names[-1]) == name:
                yield from self._ruling(ruling, of)
                yield ""

    def _ruling(self, ruling: str, of: Interpretation) -> Lines:
        yield heading(4, ruling, f"{ruling}: {escaped(of.question)}")
        yield ""
        if of.human_ruling_needed:
            yield "**A person has to confirm it before live trading.**"
            yield ""
        yield f"**Chosen:** {self.book.prose(of.chosen)}"
        yield ""
        yield "Set aside:"
        yield ""
        yield from (f"- {self.book.prose(other)}" for other in of.set_aside)
        yield ""
        yield f"Because: {self.book.prose(of.because)}"
        yield ""
        yield small(self.book.items(of.cites), self.book.yaml(self.book.place_of(RULINGS, "interpretations", ruling)))
        yield ""
        yield from _resting([self.book.linked(each) for each in self.book.pieces if ruling in each.origin.rests_on])

    def _findings(self, name: str) -> Lines:
        for finding in self.book.findings:
            if self._home(finding) == name:
                yield from finding_lines(self.book, finding)

    def _home(self, finding: Finding) -> str:
        """Return the section that a finding belongs to: that of its file, or of the item that it is about."""
        file = finding.place.file
        if file not in _KEYED:
            return self._section(file)
        name, about = self._nearest(finding.place, _KEYED[file])
        items = (name,) if file == ITEMS else getattr(about, "cites", None) or getattr(about, "between", ())
        return items[0].partition(".")[0] if items else ""

    def _nearest(self, place: Place, part: str) -> tuple[str, object]:
        """Return the entry of a file that a place lies in."""
        known = getattr(self.book.files[place.file].model, part)
        above = [name for name in known if self.book.place_of(place.file, part, name) <= place]
        name = max(above, key=lambda name: self.book.place_of(place.file, part, name), default="")
        return name, known.get(name)

    def elsewhere(self) -> list[Finding]:
        """Return the findings that belong to no section."""
        return [finding for finding in self.book.findings if self._home(finding) not in self.names]


def _resting(found: Sequence[str]) -> Lines:
    """Yield what rests on a ruling; many of them fold away."""
    if len(found) > _FEW:
        yield from (f"<details><summary>{len(found)} pieces of the law rest on it</summary>", "")
        yield from (small("; ".join(found)), "", "</details>")
    else:
        yield small(f"what rests on it: {'; '.join(found)}" if found else "nothing rests on it")


def headed(level: int, name: str, said: str, lines: Lines) -> Lines:
    """Yield lines under a heading; nothing where there are none."""
    found = [*lines]
    if any(found):
        yield from ("", heading(level, name, said), "", *found)


def finding_lines(book: Book, finding: Finding) -> Lines:
    """Yield a finding as a point of a list."""
    yield f"- {book.prose(finding.message)} {small(f'`{finding.code}`', book.yaml(finding.place))}"
