"""What stands beside the sections, taken apart: the version, arbitration, choices, shares; rulings, items, tensions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Final

from engine.expr.typed import Typed
from engine.law.authored import Interpretations, Items, Section, Tensions
from engine.law.model import Budget, Choice, Leg, Need, Share, Tension
from proof.compare_forms import Ref
from proof.compare_parts import Part, Piece
from proof.compare_text import At, Text, prose, references, word, words

_IDENTITY: Final = ("version", "status", "effective", "predecessor")


@dataclass(frozen=True)
class Records:
    """The pieces of a law that are in no section."""

    text: Text

    def pieces(self) -> Iterator[Piece]:
        """Yield every piece: what decides first."""
        yield from map(self._choice, self.text.law.choices.values())
        yield from map(self._share, self.text.law.shares.values())
        yield from self._arbitration()
        yield self._version()
        for file in self.text.files.values():
            match file.model:
                case Interpretations():
                    yield from map(self._ruling, file.model.interpretations)
                case Items():
                    yield from map(self._item, file.model.items)
                    yield from map(self._title, file.model.titles)
                case Tensions():
                    yield from (self._assumption(name, of.unit) for name, of in file.model.assumptions.items())
                    yield from map(self._tension, self.text.law.tensions.values())
                case Section():
                    title = prose("title", file.model.title, file.node)
                    yield Piece("title", file.model.section, file.node.place, (title,), decides=False)
                case _:
                    pass

    def _choice(self, of: Choice) -> Piece:
        at, text = self.text.at("choices", of.name), self.text
        ceilings = frozenset(Ref("rule", rule) for rule in of.ceilings)
        parts = [
            _named(at, "among", of.among),
            _named(at, "shared_by", of.shared_by),
            _named(at, "one_of_each", of.one_of_each),
            text.expressions("turns", of.turns, at.under("turns")),
            text.expressions("order_by", of.order_by, at.under("order_by")),
            Part("ceilings", ceilings, words(at.under("ceilings")), at.under("ceilings").place),
            *(part for budget in of.budgets for part in self._budget(budget, at)),
            text.expression("price", of.price, at.under("price")),
            text.expression("slice_over", of.slice_over, at.under("slice_over")),
            *references(at, of.origin),
        ]
        return _ordering("choice", of, at, parts)

    def _budget(self, of: Budget, at: At) -> Iterator[Part]:
        path = ("within", of.name)
        called = f"within {of.name}:"
        yield self.text.expression(f"{called} room", of.room, at.under(*path, "room"))
        yield self.text.expression(f"{called} uses", of.uses, at.under(*path, "uses"))
        yield Part(f"{called} each", of.each, of.each, at.under(*path, "each").place)
        yield Part(f"{called} shared_by", of.shared_by, of.shared_by, at.under(*path, "shared_by").place)

    def _share(self, of: Share) -> Piece:
        at, text = self.text.at("shares", of.name), self.text
        parts = [
            _named(at, "among", of.among),
            _named(at, "shared_by", of.shared_by),
            text.expressions("order_by", of.order_by, at.under("order_by")),
            text.expression("room", of.room, at.under("room")),
            text.expression("asks", of.asks, at.under("asks")),
            text.expression("step", of.step, at.under("step")),
            text.expression("slice_over", of.slice_over, at.under("slice_over")),
            *(() if of.need is None else self._need(of.need, at)),
            *(part for leg in of.legs for part in self._leg(leg, at)),
            *(self._mark(name, said, at) for name, said in of.marks.items()),
            _named(at, "otherwise", of.otherwise),
            *references(at, of.origin),
        ]
        return _ordering("share", of, at, parts)

    def _need(self, of: Need, at: At) -> Iterator[Part]:
        yield self.text.expression("need: room", of.room, at.under("need", "room"))
        yield self.text.expression("need: uses", of.uses, at.under("need", "uses"))
        yield Part("need: shared_by", of.shared_by, of.shared_by, at.under("need", "shared_by").place)

    def _leg(self, of: Leg, at: At) -> Iterator[Part]:
        for name, typed in (("weight", of.weight), ("costs", of.costs), ("price", of.price)):
            yield self.text.expression(f"leg {of.name}: {name}", typed, at.under("legs", of.name, name))
        yield Part(f"leg {of.name}: buys", Ref("pick", of.buys), of.buys, at.under("legs", of.name, "buys").place)

    def _mark(self, name: str, said: Typed | str, at: At) -> Part:
        node = at.under("marks", name)
        if isinstance(said, str):
            return word(f"marks {name}", ("word", said), node)
        return self.text.expression(f"marks {name}", said, node)

    def _arbitration(self) -> Iterator[Piece]:
        for slot, of in self.text.law.arbitration.items():
            at = self.text.at("arbitration", slot)
            node = at.under("strongest")
            parts = (Part("strongest", of.strongest, " before ".join(of.strongest), node.place),)
            yield Piece("arbitration", slot, at.place, parts)

    def _version(self) -> Piece:
        law = self.text.law
        named = {name: str(getattr(law, name) or "") for name in _IDENTITY}
        parts = [Part(name, said, said, self.text.at("", name).place, "reference") for name, said in named.items()]
        at = self.text.at("", "entrenched") if law.entrenched else self.text.at("", "version")
        entrenched = frozenset(Ref("parameter", name) for name in law.entrenched)
        parts.append(Part("entrenched", entrenched, ", ".join(law.entrenched), at.place, "reference"))
        return Piece("version", "constitution.yaml", parts[0].place, tuple(parts), decides=False)

    def _ruling(self, name: str) -> Piece:
        of, at = self.text.law.interpretations[name], self.text.at("interpretations", name)
        chosen = prose("chosen", of.chosen, at.under("chosen"))
        ruled = (
            replace(chosen, layer="reference"),
            Part("cites", frozenset(of.cites), ", ".join(of.cites), at.under("cites").place, "reference"),
            word("human_ruling_needed", of.human_ruling_needed, at.under("human_ruling_needed"), "reference"),
        )
        argued = (
            prose("question", of.question, at.under("question")),
            prose("because", of.because, at.under("because")),
            prose("set_aside", " / ".join(of.set_aside), at.under("set_aside")),
        )
        return Piece("interpretation", name, at.place, (*ruled, *argued), cites=of.cites, decides=False)

    def _item(self, name: str) -> Piece:
        of, at = self.text.law.items[name], self.text.at("items", name)
        parts = (
            word("kind", of.kind, at.under("kind"), "reference"),
            Part("room", of.room, of.room or "", at.under("room").place, "reference"),
            prose("source", of.source, at.under("source")),
            prose("text", of.text, at.under("text")),
        )
        return Piece("item", name, at.place, parts, cites=(name,), decides=False)

    def _title(self, name: str) -> Piece:
        at = self.text.at("titles", name)
        return Piece("title", name, at.place, (prose("title", words(at.node), at.node),), decides=False)

    def _assumption(self, name: str, unit: str) -> Piece:
        at = self.text.at("assumptions", name)
        parts = (
            word("value", _plain(words(at.under("value"))), at.under("value"), "reference"),
            word("unit", unit, at.under("unit"), "reference"),
            prose("means", words(at.under("means")), at.under("means")),
        )
        return Piece("assumption", name, at.place, parts, unit=unit, decides=False)

    def _tension(self, of: Tension) -> Piece:
        at = self.text.at("tensions", of.id)
        given = (
            (f"supposing {name}: {subject}.{fact}", typed, at.under("supposing", name, "given", f"{subject}.{fact}"))
            for name, supposed in of.supposing.items()
            for (subject, fact), typed in supposed.given.items()
        )
        values = ((f"value {name}", typed, at.under("values", name)) for name, typed in of.values.items())
        told = [*given, *values, ("holds_when", of.holds_when, at.under("holds_when"))]
        parts = [replace(self.text.expression(*each), layer="reference") for each in told]
        parts.append(Part("shows", frozenset(of.shows), ", ".join(of.shows), at.under("shows").place, "reference"))
        parts += references(at, of.origin)
        return Piece("tension", of.id, at.place, tuple(parts), cites=of.origin.cites, decides=False)


def _ordering(form: str, of: Choice | Share, at: At, parts: Iterable[Part]) -> Piece:
    return Piece(form, of.name, at.place, tuple(parts), of.subject, (Ref("rule", of.name),), "", of.origin.cites)


def _named(at: At, name: str, said: str) -> Part:
    return Part(name, said, said, at.under(name).place)


def _plain(said: str) -> object:
    """Return a number as it is, however it is spelled."""
    try:
        return Decimal(said)
    except InvalidOperation:
        return said
