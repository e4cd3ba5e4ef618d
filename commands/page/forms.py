"""The forms a fact is written in, in words: worked out, read from a table or a ladder, latched, remembered, picked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from commands.page.book import Book
from commands.page.conditions import latched
from commands.page.markdown import anchor, escaped, heading, table
from commands.page.names import each, known_as
from commands.page.values import human
from engine.expr.typed import Case, Compare, Inverse, Logic, OneOf, Typed, Within
from engine.law.authored import Ladder, Table
from engine.law.model import Derived, Pick


@dataclass(frozen=True)
class Forms:
    """The facts of one law in words."""

    book: Book

    def fact(self, of: Derived) -> Iterator[str]:
        """Yield a fact that is worked out from others, as a point of a list."""
        positive = " A value that is not above 0 is bad data." if of.bad else ""
        lead = f"- {anchor(f'fact-{of.name}')}**{escaped(of.origin.means or human(of.fact))}**"
        if of.type.kind == "bool":
            yield from self.book.conditions.brief(f"{lead}, when", of.value)
        else:
            yield f"{lead}: {self.book.words.said(of.value)}.{positive}"
        yield f"  {self.book.stands(of.origin, of.name)}"

    def memory(self, of: Derived) -> Iterator[str]:
        """Yield what one look leaves for the next, as a point of a list."""
        name = known_as(of)
        initial = self.book.law.remembered[name].initial
        first = "" if initial is None else f" At the first look it is {escaped(str(initial).lower())}."
        means = escaped(of.origin.means or human(name.partition(".")[2]))
        yield f"- {anchor(f'fact-{name}')}**{means}** becomes {self.book.words.said(of.value)}.{first}"
        yield f"  {self.book.stands(of.origin, name)}"

    def table(self, of: Derived) -> Iterator[str]:
        """Yield a table: what it goes by, a line for each row."""
        written, value = self.book.law.tables[of.name], of.value
        assert isinstance(value, Case)  # noqa: S101 - what a table is read into
        yield from self._head(of)
        rows = [cells(written, row, guard) for row, (guard, _) in enumerate(value.rows)]
        columns = [self._column(name, [row[name] for row in rows]) for name in written.by]
        lines = [
            [*(self._cell(row[name]) for name in written.by), self.book.words.said(then)]
            for row, (_, then) in zip(rows, value.rows, strict=True)
        ]
        lines += self._otherwise(written, value)
        yield from table([*columns, "gives"], lines)
        yield ""
        yield "The first row that applies counts." if value.first and len(written.rows) > 1 else ""
        yield self.book.stands(of.origin, of.name)

    def _head(self, of: Derived | Pick) -> Iterator[str]:
        means = of.origin.means or human(of.fact)
        yield heading(4, f"fact-{of.name}", escaped(means[:1].upper() + means[1:]))
        yield ""

    def _otherwise(self, written: Table, value: Case) -> Iterator[list[str]]:
        if written.otherwise is not None:
            gives = "unknown" if value.otherwise is None else self.book.words.said(value.otherwise)
            yield ["otherwise", *("" for _ in [*written.by][1:]), gives]

    def _column(self, name: str, found: Sequence["tuple[object, Typed | None]"]) -> str:
        """Return what a column asks, from the first row that asks it."""
        for written, test in found:
            if isinstance(written, bool) and test is not None:
                return self.book.words.said(test.of if not written and isinstance(test, Inverse) else test)
            match test:
                case Within(of=of) | OneOf(of=of) | Compare(left=of):
                    return self.book.words.said(of)
                case _:
                    continue
        return human(name)

    def _cell(self, found: "tuple[object, Typed | None]") -> str:
        match found:
            case (bool(truth), _):
                return "yes" if truth else "no"
            case (_, Within() | OneOf() as test):
                return self.book.words.wanted(test)
            case (_, Compare(right=right)):
                return self.book.words.said(right)
            case _:
                return "any"

    def ladder(self, of: Derived) -> Iterator[str]:
        """Yield a ladder: a line for each level."""
        written: Ladder = self.book.law.ladders[of.name]
        words, value = self.book.words, of.value
        assert isinstance(value, Case)  # noqa: S101 - what a ladder is read into
        applies, *crossed = (guard for guard, _ in value.rows)
        yield from self._head(of)
        yield f"For {each(of.subject)} where this holds: {words.negated(applies)}. Elsewhere it is the lowest level."
        yield ""
        reached = ["no other level is", *(words.said(guard) for guard in reversed(crossed))]
        lines = [
            [str(level.level), escaped(human(level.name)), how, self.book.items(_several(level.cites))]
            for level, how in zip(written.levels, reached, strict=True)
        ]
        yield from table(["level", "name", "reached when; the highest counts", "law"], lines)
        yield ""
        yield self.book.stands(of.origin, of.name)

    def latch(self, of: Derived) -> Iterator[str]:
        """Yield a latch: what sets it, what clears it and who may, what it keeps."""
        latch, (sets, clears) = self.book.law.latches[of.name], latched(of.value)
        yield from self._head(of)
        yield from self.book.conditions.lines(f"**Set**, for {each(of.subject)}, when", sets)
        yield ""
        who = ", by a person only," if latch.by == "person" else ""
        yield from self.book.conditions.lines(f"**Cleared**{who} when", clears)
        yield ""
        for kept in latch.keeps:
            value = self.book.law.derived[f"{of.name}_{kept}"].value
            now = value.otherwise if isinstance(value, Case) and value.otherwise is not None else value
            yield f"**Kept** as “{escaped(human(kept))}”, as it was when last set: {self.book.words.said(now)}."
            yield ""
        yield self.book.stands(of.origin, of.name)

    def pick(self, of: Pick) -> Iterator[str]:
        """Yield how the best of the contracts on offer is found."""
        words, conditions = self.book.words, self.book.conditions
        yield from self._head(of)
        where = "on the same underlying" if of.over == "symbol" else "on any underlying"
        yield from conditions.lines(f"For {each(of.subject)}, it is looked for when", of.when)
        yield ""
        yield from conditions.lines(f"Of the contracts on offer {where} one will do when", of.where)
        yield ""
        yield f"The best comes first by {', then '.join(map(words.said, of.order_by))}."
        yield ""
        yield self.book.stands(of.origin, of.name)


def cells(written: Table, row: int, guard: Typed) -> "dict[str, tuple[object, Typed | None]]":
    """Return what a row asks of each column, as written and as a test; its guard has a test for each that it asks."""
    said = written.rows[row]
    asked = [name for name in written.by if said.get(name, "any") != "any"]
    tests = guard.terms if len(asked) > 1 and isinstance(guard, Logic) else (guard,)
    found: dict[str, tuple[object, Typed | None]] = dict.fromkeys(written.by, ("any", None))
    return found | {name: (said[name], test) for name, test in zip(asked, tests, strict=False)}


def _several(cites: str | tuple[str, ...]) -> tuple[str, ...]:
    return (cites,) if isinstance(cites, str) else cites
