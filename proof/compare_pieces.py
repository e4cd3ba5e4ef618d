"""What a section defines, taken apart: parameters, facts in each of their forms, rules."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final

from engine.expr.typed import Case, Inverse, Logic, Typed
from engine.expr.units import UNITS
from engine.law.authored import Section
from engine.law.model import Derived, Latch, Parameter, Pick, Rule
from engine.law.values import Interval, Single
from proof.compare_forms import Form, Ref, resolved
from proof.compare_parts import Part, Piece
from proof.compare_text import At, Text, references, word, words

ROW: Final = "row "
_RUNG: Final = Ref("parameter", "rung")


@dataclass(frozen=True)
class Sections:
    """The pieces that the sections of a law define."""

    text: Text

    def pieces(self) -> Iterator[Piece]:
        """Yield every piece, those of one form together."""
        law = self.text.law
        yield from map(self._parameter, law.parameters.values())
        yield from map(self._derived, (each for each in law.derived.values() if each.form in _FORMS))
        yield from map(self._latch, law.latches.values())
        yield from map(self._memory, (name for name, each in law.remembered.items() if each.latch is None))
        yield from map(self._pick, law.picks.values())
        yield from map(self._rule, law.rules.values())

    @cached_property
    def _sections(self) -> tuple[Section, ...]:
        models = (file.model for file in self.text.files.values())
        return tuple(model for model in models if isinstance(model, Section))

    @cached_property
    def _rooms(self) -> dict[str, str]:
        """The parameters that something outside the engine reads by their names."""
        return {name: of.room for section in self._sections for name, of in section.parameters.items() if of.room}

    @cached_property
    def _ranked(self) -> frozenset[str]:
        """The lists whose order says something."""
        forms = (self.text.forms.of(each.value) for each in self.text.law.derived.values())
        return frozenset(name for form in forms for name in _ranks(form)) | self._rooms.keys()

    def _parameter(self, of: Parameter) -> Piece:
        at = self.text.at("parameters", of.name)
        room = self._rooms.get(of.name, "")
        parts = (
            word("value", _value(of, ranked=of.name in self._ranked), at.under("value")),
            word("unit", of.unit, at.under("unit")),
            Part("room", room, room, at.under("room").place, "reference"),
            *references(at, of.origin),
        )
        defines = (Ref("parameter", of.name),)
        return Piece("parameter", of.name, at.place, parts, "", defines, of.unit, of.origin.cites)

    def _derived(self, of: Derived) -> Piece:
        at = self.text.at(_FORMS[of.form], of.name)
        match of.form:
            case "table":
                parts = (*self._table(of, at), self._bad(of, at))
            case "ladder":
                parts = tuple(self._ladder(of, at))
            case _:
                parts = (self.text.expression("value", of.value, at.under("value")), self._bad(of, at))
        defines = (Ref("fact", of.name),)
        parts = (*parts, *references(at, of.origin))
        return Piece(of.form, of.name, at.place, parts, of.subject, defines, "", of.origin.cites)

    @staticmethod
    def _bad(of: Derived, at: At) -> Part:
        """Return what a value at or below zero is called, where it is bad data."""
        own = f"{of.fact}_not_positive"
        said = "" if of.bad is None else "positive" if of.bad == own else of.bad
        return Part("positive", said, said, at.under("positive").place)

    def _table(self, of: Derived, at: At) -> Iterator[Part]:
        case = of.value
        assert isinstance(case, Case)  # noqa: S101 - as a table is read
        yield word("hit", case.first, at.under("hit"))
        yield Part("by", None, words(at.under("by")), at.under("by").place)
        for number, (guard, value) in enumerate(case.rows):
            node = at.under("rows", number)
            form = (self.text.forms.of(guard), self.text.forms.of(value))
            yield Part(f"{ROW}{number + 1}", form, words(node), node.place, typed=(guard, value))
        if case.otherwise is not None:
            yield self.text.expression("otherwise", case.otherwise, at.under("otherwise"))

    def _ladder(self, of: Derived, at: At) -> Iterator[Part]:
        """Yield a ladder's conditions, then its rungs; a level is called what it likes."""
        case, levels = of.value, self.text.law.ladders[of.name].levels
        assert isinstance(case, Case)  # noqa: S101 - as a ladder is read
        (applies, _), *rungs = case.rows
        assert isinstance(applies, Inverse)  # noqa: S101 - likewise
        yield self.text.expression("applies", applies.of, at.under("applies"))
        for index, ((guard, _), level) in enumerate(zip(reversed(rungs), levels[1:], strict=True), 1):
            rung = Ref("parameter", str(level.rung))
            if index == 1:
                form = resolved(self.text.forms.of(guard), lambda ref, own=rung: _RUNG if ref == own else ref)  # type: ignore[misc]
                node = at.under("crossed")
                yield Part("crossed", form, words(node), node.place, typed=(guard,))
            node = at.under("levels", index)
            yield Part(f"level {level.level}", rung, words(node), node.place, typed=(guard,))
        for index, level in enumerate(levels):
            yield word(f"name of level {level.level}", level.name, at.under("levels", index, "name"), "name")
            cites = (level.cites,) if isinstance(level.cites, str) else level.cites
            node = at.under("levels", index, "cites")
            yield Part(f"cites of level {level.level}", frozenset(cites), ", ".join(cites), node.place, "reference")

    def _latch(self, of: Latch) -> Piece:
        law, at = self.text.law, self.text.at("latches", of.name)
        case = law.derived[of.name].value
        assert isinstance(case, Logic)  # noqa: S101 - as a latch is read
        sets, held = case.terms
        assert isinstance(held, Logic)  # noqa: S101 - likewise
        clears = held.terms[1]
        assert isinstance(clears, Inverse)  # noqa: S101 - likewise
        parts = [
            self.text.expression("set", sets, at.under("set")),
            self.text.expression("clear", clears.of, at.under("clear")),
            Part("by", of.by, of.by, at.under("by").place),
        ]
        for kept in of.keeps:
            value = law.derived[f"{of.name}_{kept}"].value
            assert isinstance(value, Case) and value.otherwise is not None  # noqa: S101, PT018 - likewise
            parts.append(self.text.expression(f"keeps {kept}", value.otherwise, at.under("keeps", kept)))
        kept_facts = (Ref("fact", f"{of.name}_{kept}") for kept in of.keeps)
        kept_before = (Ref("memory", f"{of.name}_{kept}_before") for kept in of.keeps)
        defines = (Ref("fact", of.name), Ref("memory", f"{of.name}_before"), *kept_facts, *kept_before)
        every = (*parts, *references(at, of.origin))
        return Piece("latch", of.name, at.place, every, of.subject, defines, "", of.origin.cites)

    def _memory(self, name: str) -> Piece:
        law, at = self.text.law, self.text.at("memories", name)
        of = law.remembered[name]
        after = law.derived[of.next]
        node = at.under("initial")
        initial = None if of.initial is None else _single(of.initial, of.unit)
        parts = (
            self.text.expression("next", after.value, at.under("next")),
            Part("initial", initial, words(node) if at.said("initial") else "", node.place),
            word("unit", of.unit, at.under("unit")),
            *references(at, after.origin),
        )
        defines = (Ref("memory", name), Ref("fact", of.next))
        return Piece("memory", name, at.place, parts, of.subject, defines, of.unit, after.origin.cites)

    def _pick(self, of: Pick) -> Piece:
        at = self.text.at("picks", of.name)
        parts = (
            self.text.expression("when", of.when, at.under("when")),
            word("among", of.over, at.under("among")),
            self.text.expression("where", of.where, at.under("where")),
            self.text.expressions("order_by", of.order_by, at.under("order_by")),
            *references(at, of.origin),
        )
        return Piece("pick", of.name, at.place, parts, of.subject, (Ref("pick", of.name),), "", of.origin.cites)

    def _rule(self, of: Rule) -> Piece:
        at = self.text.at("rules", of.id)
        verb = "decide" if of.decides else "require"
        parts = [
            word("for", of.subject, at.under("for")),
            Part(verb, of.kind, of.kind, at.under(verb).place),
            self.text.expression("when", of.when, at.under("when")),
        ]
        if not of.decides:
            parts.append(word("else", of.reason, at.under("else")))
        if of.needs is not None:
            parts.append(self.text.expression("needs", of.needs, at.under("needs")))
        parts += (self.filled(f"with {name}", said, at, "with", name) for name, said in of.fields.items())
        parts += references(at, of.origin)
        own = () if of.decides else (Ref("fact", of.name),)
        return Piece("rule", of.id, at.place, tuple(parts), of.subject, (Ref("rule", of.id), *own), "", of.origin.cites)

    def filled(self, called: str, said: Typed | str, at: At, *path: str) -> Part:
        """Return a field that is a word or an expression."""
        node = at.under(*path)
        return word(called, ("word", said), node) if isinstance(said, str) else self.text.expression(called, said, node)


_FORMS: Final = {"fact": "facts", "table": "tables", "ladder": "ladders"}


def _value(of: Parameter, *, ranked: bool) -> Form:
    """Return what a parameter is, whatever its spelling and, where nobody counts its places, its order."""
    match of.value:
        case Interval(lower, upper, lower_in, upper_in):
            return ("interval", _bound(lower, of.unit), _bound(upper, of.unit), lower_in, upper_in)
        case tuple() as listed:
            items = [_single(item, of.unit) for item in listed]
            return ("list", tuple(items) if ranked else frozenset(items))
        case single:
            return _single(single, of.unit)


def _bound(bound: int | str | None, unit: str) -> Form:
    return Ref("parameter", bound) if isinstance(bound, str) else None if bound is None else _single(bound, unit)


def _single(value: Single, unit: str) -> Form:
    if isinstance(value, bool | str):
        return ("word", value)
    return ("number", Fraction(value, 10 ** UNITS[unit].scale))


def _ranks(form: Form) -> Iterator[str]:
    """Yield the lists in which places are counted."""
    match form:
        case ("rank", _, Ref(name=name)):
            yield name
        case tuple() | frozenset():
            for part in form:
                yield from _ranks(part)
        case _:
            pass
