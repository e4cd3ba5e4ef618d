"""A folder of YAML becomes a Constitution, or every fault of it at once."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine import subjects
from engine.decisions import BY_THE_ENGINE, KINDS, fields
from engine.expr.check import Constant, constant, member, truth, within
from engine.expr.check import value as value_of
from engine.expr.parse import ExpressionError, parse
from engine.expr.typed import BOOL, Case, Compare, Const, Inverse, Logic, Read, Type, Typed
from engine.expr.units import UNITS, show
from engine.fields import Fact
from engine.law import authored, model
from engine.law.names import BrokenName, Registry, Typing, nullable
from engine.law.read import Written, node_at, read_folder
from engine.law.text import Mapping, Node, Scalar, Sequence, plain
from engine.law.values import Interval, ValueFault, is_interval, read_interval, read_single, read_value
from engine.place import Fault, LawError, Place


def load(folder: Path) -> model.Constitution:
    """Return the law that stands in a folder, parsed, typed and checked.

    Raises:
        LawError: Every structural, name, unit and cycle fault of every file, each with file:line:column.
    """
    faults: list[Fault] = []
    written, digests = read_folder(folder, faults)
    law = _Loader(faults, written).build(digests)
    if faults or law is None:
        raise LawError(faults)
    return law


@dataclass
class _Loader:
    faults: list[Fault]
    written: dict[str, Written]
    names: Registry = field(default_factory=Registry)
    parameters: dict[str, model.Parameter] = field(default_factory=dict)
    levels: dict[str, int] = field(default_factory=dict)
    derived: dict[str, model.Derived] = field(default_factory=dict)
    remembered: dict[str, model.Remembered] = field(default_factory=dict)
    latches: dict[str, model.Latch] = field(default_factory=dict)
    picks: dict[str, model.Pick] = field(default_factory=dict)
    rules: dict[str, model.Rule] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    later: list[Callable[[], None]] = field(default_factory=list)

    def build(self, digests: dict[str, str]) -> model.Constitution | None:
        sections = [(name, file) for name, file in self.written.items() if isinstance(file.model, authored.Section)]
        for _, file in sections:
            self._parameters(file)
            self._level_names(file)
        for _, file in sections:
            self._declare(file)
        for name in list(self.names.pending):
            self._type(name)
        for later in self.later:
            later()
        for _, file in sections:
            self._rules(file)
        if "constitution.yaml" not in self.written:
            return None
        return self._constitution(digests)

    def fault(self, node: Node | None, code: str, message: str, file: str = "constitution.yaml") -> None:
        place = node.place if node is not None else Place(file, 1, 1)
        self.faults.append(Fault(place, code, message))

    def _parameters(self, file: Written) -> None:
        for name, parameter in file.model.parameters.items():
            node, key = node_at(file.node, ("parameters", name))
            unit = UNITS.get(parameter.unit)
            if name in self.parameters:
                self.fault(key, "duplicate-name", f"'{name}' already stands at {self.parameters[name].origin.place}")
            elif unit is None:
                at, _ = node_at(node, ("unit",))
                self.fault(at, "unknown-unit", f"'{parameter.unit}' is no unit; there are {', '.join(UNITS)}")
            else:
                self._parameter(name, parameter, node, key)

    def _parameter(self, name: str, parameter: authored.Parameter, node: Node, key: Scalar | None) -> None:
        value, _ = node_at(node, ("value",))
        try:
            read = read_value(parameter.value, UNITS[parameter.unit])
        except ValueFault as fault:
            self.fault(value, "value", str(fault))
            return
        origin = _origin(key or node, parameter)
        written = _text(value)
        self.parameters[name] = model.Parameter(name, parameter.unit, read, written, origin)
        self.names.constants[name] = Constant(name, parameter.unit, read)

    def _level_names(self, file: Written) -> None:
        for name, ladder in file.model.ladders.items():
            for index, level in enumerate(ladder.levels):
                node, _ = node_at(file.node, ("ladders", name, "levels", index))
                if level.name in self.names.constants:
                    self.fault(node, "duplicate-name", f"'{level.name}' already names something")
                self.names.constants[level.name] = Constant(level.name, "count", level.level)
                self.names.read.add(level.name)
                self.levels[level.name] = level.level

    def _declare(self, file: Written) -> None:
        makers: dict[str, Callable[[str, Any, Node], None]] = {
            "facts": self._fact,
            "tables": self._table,
            "ladders": self._ladder,
            "latches": self._latch,
            "memories": self._memory,
            "picks": self._pick,
        }
        for name, rule in file.model.rules.items():
            self._requirement(name, rule, file)
        for form, make in makers.items():
            for name, definition in getattr(file.model, form).items():
                node, key = node_at(file.node, (form, name))
                subject, fact = name.split(".")
                if subject not in subjects.SUBJECTS:
                    there = ", ".join(subjects.SUBJECTS)
                    self.fault(key, "unknown-subject", f"'{subject}' is no subject; there are {there}")
                elif fact in subjects.given(subject) or name in self.places:
                    where = self.places.get(name, "the snapshot")
                    self.fault(key, "duplicate-name", f"'{name}' is already defined at {where}")
                else:
                    self.places[name] = (key or node).place
                    make(name, definition, node)

    def _requirement(self, name: str, rule: authored.Rule, file: Written) -> None:
        """A requirement is a fact too, under its id, so that others may read it."""
        full = f"{rule.for_}.{name}"
        if rule.require is None:
            return
        if rule.for_ in subjects.SUBJECTS and (name in subjects.given(rule.for_) or full in self.places):
            _, key = node_at(file.node, ("rules", name))
            self.fault(key, "duplicate-name", f"'{full}' already is a fact; give the rule another name")
            return
        self.places[full] = node_at(file.node, ("rules", name))[0].place
        self.names.typings[full] = Typing(BOOL, nullable=True)

    def _pend(self, name: str, node: Node, definition: authored.Cited, value: Callable[[], Typed], form: str) -> None:
        """Register a derived fact; it is typed when first read, in whatever order the files stand."""
        subject, fact = name.split(".")
        origin = replace(_origin(node, definition), place=self.places.get(name, node.place))
        positive = getattr(definition, "positive", False)
        bad = (getattr(definition, "bad", None) or f"{fact}_not_positive") if positive else None

        def define() -> Typing:
            typed = value()
            self._declared_unit(node, typed, getattr(definition, "unit", None))
            kind = replace(typed.type, literal=False, sign="positive" if positive else typed.type.sign)
            found = Typing(kind, nullable(typed) or positive)
            self.derived[name] = model.Derived(subject, fact, typed, kind, found.nullable, origin, bad, form)
            return found

        self.names.pending[name] = define

    def _declared_unit(self, node: Node, typed: Typed, unit: str | None) -> None:
        if unit is None or unit == "symbol":
            return
        at, _ = node_at(node, ("unit",))
        if unit not in UNITS:
            self.fault(at, "unknown-unit", f"'{unit}' is no unit; there are {', '.join(UNITS)}")
        elif (UNITS[unit].kind, UNITS[unit].dimension) != (typed.type.kind, typed.type.dimension):
            self.fault(
                at, "unit", f"is declared {unit}, but the value is a {typed.type.kind} of {show(typed.type.dimension)}"
            )

    def _type(self, name: str) -> None:
        if name in self.names.broken:
            return
        subject, fact = name.split(".")
        try:
            self.names.fact(subject, fact)
        except BrokenName:
            self.names.broken.add(name)
        except ExpressionError as fault:
            self.faults.append(Fault(self.places[name], fault.code, fault.message))
            self.names.broken.add(name)
        except _Reported:
            self.names.broken.add(name)

    def expression(self, node: Node | None, subject: str, kind: str = "", **more: str) -> Typed:
        """Return the typed expression of a scalar, or report its fault at its own column."""
        if not isinstance(node, Scalar):
            self.fault(node, "type", "an expression is one text")
            raise _Reported
        if node.comment_follows and not node.quoted:
            self.fault(node, "cut", "a ` #` ends the expression here and begins a comment; put the expression after |")
            raise _Reported
        try:
            parsed = parse(node.raw)
            scope = self.names.scope(subject, **more)
            return truth(parsed, scope) if kind == "bool" else value_of(parsed, scope)
        except ExpressionError as fault:
            if fault.code == "cycle":
                raise
            self.faults.append(Fault(node.place_at(fault.at), fault.code, fault.message))
            raise _Reported from None

    def _fact(self, name: str, definition: authored.Derivation, node: Node) -> None:
        subject = name.split(".")[0]
        value, _ = node_at(node, ("value",))
        self._pend(name, node, definition, lambda: self.expression(value, subject), "fact")

    def _table(self, name: str, table: authored.Table, node: Node) -> None:
        self._pend(name, node, table, lambda: _TableReader(self, name, table, node).read(), "table")

    def _ladder(self, name: str, ladder: authored.Ladder, node: Node) -> None:
        subject = name.split(".")[0]

        def value() -> Typed:
            applies = self.expression(node_at(node, ("applies",))[0], subject, "bool")
            at = applies.at
            kind = Type.of(UNITS["count"], "not_negative")
            lowest, *rungs = ladder.levels
            rows: list[tuple[Typed, Typed]] = [(Inverse(at, applies), Const(at, lowest.level, kind, lowest.name))]
            for level in reversed(rungs):
                crossed = self._crossed(node, subject, level)
                rows.append((crossed, Const(at, level.level, kind, level.name)))
            return Case(at, tuple(rows), Const(at, lowest.level, kind, lowest.name), first=True, type=kind)

        if [level.level for level in ladder.levels] != list(range(len(ladder.levels))):
            self.fault(node, "ladder", "levels count from 0 upwards without a gap")
        self._pend(name, node, ladder, value, "ladder")

    def _crossed(self, node: Node, subject: str, level: authored.Level) -> Typed:
        if level.rung is None or level.rung not in self.names.constants:
            self.fault(
                node, "unknown-name", f"level {level.level} needs a rung that is a parameter, not '{level.rung}'"
            )
            raise _Reported
        rung = self.names.constants[level.rung]
        self.names.read.add(level.rung)
        self.names.constants["rung"] = replace(rung, name=level.rung)
        try:
            return self.expression(node_at(node, ("crossed",))[0], subject, "bool")
        finally:
            del self.names.constants["rung"]

    def _latch(self, name: str, latch: authored.Latch, node: Node) -> None:
        subject, fact = name.split(".")
        before = f"{fact}_before"
        self._remember(f"{subject}.{before}", "bool", BOOL, initial=False, gives=name, latch=name)

        def value() -> Typed:
            sets = self.expression(node_at(node, ("set",))[0], subject, "bool")
            clears = self.expression(node_at(node, ("clear",))[0], subject, "bool")
            held = Logic(0, "&&", (Read(0, subject, before, subject, BOOL), Inverse(0, clears)))
            return Logic(0, "||", (sets, held))

        self._pend(name, node, latch, value, "latch")
        for kept in latch.keeps:
            self._kept(name, kept, latch, node)
        origin = replace(_origin(node, latch), place=self.places[name])
        self.latches[name] = model.Latch(subject, fact, latch.by, tuple(latch.keeps), origin)

    def _kept(self, name: str, kept: str, latch: authored.Latch, node: Node) -> None:
        subject, fact = name.split(".")
        full, old = f"{name}_{kept}", f"{fact}_{kept}_before"
        self.places[full] = self.places[name]
        held = Read(0, subject, f"{fact}_before", subject, BOOL)

        def now() -> Typed:
            return self.expression(node_at(node, ("keeps", kept))[0], subject)

        def before() -> Typing:
            kind = now().type
            self._remember(f"{subject}.{old}", _unit_of(kind), kind, initial=None, gives=full, latch=name)
            return self.names.typings[f"{subject}.{old}"]

        def value() -> Typed:
            kept_now = now()
            kind = kept_now.type
            return Case(0, ((held, Read(0, subject, old, subject, kind)),), kept_now, first=True, type=kind)

        self.names.pending[f"{subject}.{old}"] = before
        self.places[f"{subject}.{old}"] = self.places[name]
        self._pend(full, node, latch, value, "latch")

    def _remember(  # noqa: PLR0913 - a memory's whole definition
        self, name: str, unit: str, kind: Type, *, initial: int | bool | str | None, gives: str, latch: str | None
    ) -> None:
        subject, fact = name.split(".")
        self.remembered[name] = model.Remembered(subject, fact, unit, kind, initial, gives, latch)
        self.names.typings[name] = Typing(kind, nullable=True)

    def _memory(self, name: str, memory: authored.Memory, node: Node) -> None:
        subject, fact = name.split(".")
        unit = UNITS.get(memory.unit)
        if unit is None:
            self.fault(node_at(node, ("unit",))[0], "unknown-unit", f"'{memory.unit}' is no unit")
            return
        initial = None if memory.initial is None else read_single(memory.initial, unit)
        self._remember(name, memory.unit, Type.of(unit), initial=initial, gives=f"{name}_next", latch=None)
        value, _ = node_at(node, ("next",))
        full = f"{subject}.{fact}_next"
        self.places[full] = self.places[name]
        self._pend(full, node, memory, lambda: self.expression(value, subject), "memory")

    def _pick(self, name: str, pick: authored.Pick, node: Node) -> None:
        subject, fact = name.split(".")
        self.names.picks[name] = "candidate"
        self.names.typings[f"{name}_found"] = Typing(BOOL, nullable=True)
        origin = replace(_origin(node, pick), place=self.places[name])

        def finish() -> None:
            try:
                when = self.expression(node_at(node, ("when",))[0], subject, "bool")
                where = self.expression(node_at(node, ("where",))[0], subject, "bool", candidate="candidate")
                order = tuple(
                    self.expression(node_at(node, ("order_by", index))[0], subject, candidate="candidate")
                    for index in range(len(pick.order_by))
                )
            except (_Reported, BrokenName):
                return
            self.picks[name] = model.Pick(subject, fact, pick.among.split(".")[0], when, where, order, origin)

        self.later.append(finish)

    def _rules(self, file: Written) -> None:
        for name, rule in file.model.rules.items():
            node, key = node_at(file.node, ("rules", name))
            if name in self.rules:
                self.fault(key, "duplicate-name", f"rule '{name}' already stands at {self.rules[name].origin.place}")
                continue
            try:
                made = self._rule(name, rule, node, key)
            except (_Reported, BrokenName):
                continue
            self.rules[name] = made

    def _rule(self, name: str, rule: authored.Rule, node: Node, key: Scalar | None) -> model.Rule:
        kind = rule.decide or rule.require or ""
        if (rule.decide is None) == (rule.require is None) or (rule.require is not None) != (rule.else_ is not None):
            self.fault(key, "rule", "has either `decide`, or `require` with `else`")
            raise _Reported
        if rule.for_ not in subjects.SUBJECTS:
            self.fault(node_at(node, ("for",))[0], "unknown-subject", f"'{rule.for_}' is no subject")
            raise _Reported
        if kind not in KINDS or kind in BY_THE_ENGINE:
            at, _ = node_at(node, ("decide" if rule.decide else "require",))
            self.fault(at, "unknown-kind", f"'{kind}' is no kind of decision that a rule may name")
            raise _Reported
        when = self.expression(node_at(node, ("when",))[0], rule.for_, "bool")
        origin = replace(_origin(key or node, rule))
        given = self._fields(kind, rule, node) if rule.decide else {}
        decides = rule.decide is not None
        return model.Rule(name, rule.for_, kind, decides, when, nullable(when), rule.else_ or "", given, origin)

    def _fields(self, kind: str, rule: authored.Rule, node: Node) -> dict[str, Typed | str]:
        wanted = fields(kind)
        optional = {name for name in wanted if not KINDS[kind].model_fields[name].is_required()}
        filled_later = {"spx_puts", "vix_calls"} if kind == "DeployHedge" else set()
        for name in sorted(wanted.keys() - rule.with_.keys() - optional - filled_later):
            self.fault(node, "missing-field", f"{kind} needs '{name}' ({wanted[name].means}) under `with`")
        found: dict[str, Typed | str] = {}
        for name in rule.with_:
            value, key = node_at(node, ("with", name))
            if name not in wanted:
                self.fault(key, "unknown-field", f"{kind} has no '{name}'; it has {', '.join(wanted) or 'no fields'}")
            else:
                found[name] = self._field(value, rule.for_, wanted[name])
        return found

    def _field(self, value: Node, subject: str, wanted: Fact) -> Typed | str:
        """A word may stand as itself; everything else is an expression of the field's unit."""
        text = value.text if isinstance(value, Scalar) else ""
        if wanted.unit == "symbol" and text and "." not in text and "(" not in text:
            if wanted.words and text not in wanted.words:
                self.fault(value, "unknown-word", f"'{text}' is not one of {', '.join(wanted.words)}")
            return text
        typed = self.expression(value, subject)
        kinds = {"symbol", "text"} if wanted.type.kind in ("symbol", "text") else {wanted.type.kind}
        literal = typed.type.literal
        if typed.type.kind not in kinds or (not literal and typed.type.dimension != wanted.type.dimension):
            self.fault(value, "unit", f"the field is in {wanted.unit}, the value in {show(typed.type.dimension)}")
        return typed

    def _constitution(self, digests: dict[str, str]) -> model.Constitution:
        version: authored.Version = self.written["constitution.yaml"].model
        items = self.written["items.yaml"].model.items if "items.yaml" in self.written else {}
        rulings = (
            self.written["interpretations.yaml"].model.interpretations if "interpretations.yaml" in self.written else {}
        )
        sections = [file.model for file in self.written.values() if isinstance(file.model, authored.Section)]
        return model.Constitution(
            version=version.version,
            status=version.status,
            effective=version.effective,
            predecessor=version.predecessor,
            files=digests,
            bytes_digest=hashlib.sha256(
                "\n".join(f"{digests[name]}  {name}" for name in sorted(digests)).encode()
            ).hexdigest(),
            parameters=self.parameters,
            levels=self.levels,
            derived=self.derived,
            remembered=self.remembered,
            latches=self.latches,
            picks=self.picks,
            rules=self.rules,
            arbitration=version.arbitration,
            choices=self._choices(version),
            shares=self._shares(version),
            items=items,
            interpretations=rulings,
            tables={name: table for section in sections for name, table in section.tables.items()},
            ladders={name: ladder for section in sections for name, ladder in section.ladders.items()},
            titles={section.section: section.title for section in sections},
            places=self.places,
            entrenched=version.entrenched,
            read=frozenset(self.names.read),
        )

    def _subject_of(self, kind: str, node: Node) -> str:
        for rule in self.rules.values():
            if rule.kind == kind and rule.decides:
                return rule.subject
        self.fault(node, "unknown-kind", f"no rule decides '{kind}'")
        raise _Reported

    def _choices(self, version: authored.Version) -> dict[str, model.Choice]:
        root = self.written["constitution.yaml"].node
        found: dict[str, model.Choice] = {}
        for name, choice in version.choices.items():
            node, _ = node_at(root, ("choices", name))
            try:
                found[name] = self._choice(name, choice, node)
            except (_Reported, BrokenName):
                continue
        return found

    def _choice(self, name: str, choice: authored.Choice, node: Node) -> model.Choice:
        subject = self._subject_of(choice.among, node)

        def several(field_name: str, of: str) -> tuple[Typed, ...]:
            values, _ = node_at(node, (field_name,))
            items = values.items if isinstance(values, Sequence) else ()
            return tuple(self.expression(item, of) for item in items)  # type: ignore[arg-type]

        budgets = []
        for budget, given in choice.within.items():
            at, _ = node_at(node, ("within", budget))
            room = self.expression(node_at(at, ("room",))[0], given.shared_by)
            uses = self.expression(node_at(at, ("uses",))[0], subject)
            budgets.append(model.Budget(budget, room, uses, given.each, given.shared_by))
        limit = self.single(choice.slice_over, node_at(node, ("slice_over",))[0])
        price = self.expression(node_at(node, ("price",))[0], subject)
        return model.Choice(
            name, choice.among, subject, choice.shared_by, choice.one_of_each,
            several("turns", choice.one_of_each), several("order_by", subject), tuple(budgets), price,
            int(limit.exact), _origin(node, choice),
        )  # fmt: skip

    def single(self, name: str, node: Node) -> Const:
        """Return a parameter that must be one number."""
        found = self.names.constant(name)
        if found is None or isinstance(found.value, Interval | tuple | str):
            self.fault(node, "unknown-name", f"'{name}' is no parameter with one number")
            raise _Reported
        return constant(0, found)

    def _shares(self, version: authored.Version) -> dict[str, model.Share]:
        root = self.written["constitution.yaml"].node
        found: dict[str, model.Share] = {}
        for name, share in version.shares.items():
            node, _ = node_at(root, ("shares", name))
            try:
                found[name] = self._share(name, share, node)
            except (_Reported, BrokenName):
                continue
        return found

    def _share(self, name: str, share: authored.Share, node: Node) -> model.Share:
        subject = self._subject_of(share.among, node)
        order = tuple(
            self.expression(node_at(node, ("order_by", index))[0], subject) for index in range(len(share.order_by))
        )
        room = self.expression(node_at(node, ("room",))[0], share.shared_by)
        asks = self.expression(node_at(node, ("asks",))[0], subject)
        legs = tuple(self._leg(leg, given, node_at(node, ("legs", leg))[0]) for leg, given in share.legs.items())
        step = self.single(share.step, node_at(node, ("step",))[0])
        return model.Share(
            name,
            share.among,
            subject,
            share.shared_by,
            order,
            room,
            asks,
            step,
            legs,
            share.otherwise,
            _origin(node, share),
        )

    def _leg(self, name: str, leg: authored.Leg, node: Node) -> model.Leg:
        if leg.buys not in self.picks:
            self.fault(node_at(node, ("buys",))[0], "unknown-name", f"'{leg.buys}' is no pick")
            raise _Reported
        weight = self.single(leg.weight, node_at(node, ("weight",))[0])
        costs, price = (self.expression(node_at(node, (key,))[0], "candidate") for key in ("costs", "price"))
        return model.Leg(name, weight, leg.buys, costs, price)


class _Reported(Exception):
    """A fault was recorded; there is nothing more to say about this piece."""


@dataclass
class _TableReader:
    loader: _Loader
    name: str
    table: authored.Table
    node: Node

    def read(self) -> Typed:
        subject = self.name.split(".")[0]
        columns = {
            column: self.loader.expression(node_at(self.node, ("by", column))[0], subject) for column in self.table.by
        }
        rows = tuple(self._row(index, columns, subject) for index in range(len(self.table.rows)))
        otherwise = None
        if self.table.otherwise is not None:
            otherwise = self._then(node_at(self.node, ("otherwise",))[0], subject)
        values = [value for _, value in rows] + ([otherwise] if otherwise is not None else [])
        kind = self._kind(values)
        return Case(0, rows, otherwise, self.table.hit == "first", kind)

    def _kind(self, values: list[Typed]) -> Type:
        words = frozenset(word for value in values for word in value.type.words)
        kinds = {(value.type.kind, value.type.dimension) for value in values if not value.type.literal}
        if len(kinds) > 1:
            self.loader.fault(self.node, "unit", "its rows give values of different units")
            raise _Reported
        first = next((value.type for value in values if not value.type.literal), values[0].type)
        signs = {value.type.sign for value in values}
        sign = "any" if "any" in signs else "not_negative" if "not_negative" in signs else "positive"
        scale = max(value.type.scale for value in values)
        divided = any(value.type.divided for value in values)
        return replace(first, words=words, sign=sign, scale=scale, divided=divided, literal=False)

    def _row(self, index: int, columns: dict[str, Typed], subject: str) -> tuple[Typed, Typed]:
        node, _ = node_at(self.node, ("rows", index))
        row = self.table.rows[index]
        for key in row:
            if key not in columns and key != "then":
                at = node.key(key) if isinstance(node, Mapping) else node
                self.loader.fault(at, "unknown-field", f"the table has no column '{key}'; it has {', '.join(columns)}")
                raise _Reported
        if "then" not in row:
            self.loader.fault(node, "missing-field", "a row needs `then`")
            raise _Reported
        tests = [self._cell(node_at(node, (column,))[0], of) for column, of in columns.items() if column in row]
        tests = [test for test in tests if test is not None]
        guard: Typed = Const(0, value=True, type=BOOL)
        if len(tests) == 1:
            guard = tests[0]
        elif tests:
            guard = Logic(0, "&&", tuple(tests))
        return guard, self._then(node_at(node, ("then",))[0], subject)

    def _then(self, node: Node, subject: str) -> Typed:
        if self.table.unit == "symbol" and isinstance(node, Scalar):
            return Const(0, node.text, Type("symbol", words=frozenset({node.text})))
        return self.loader.expression(node, subject)

    def _cell(self, node: Node, of: Typed) -> Typed | None:
        names = self.loader.names
        try:
            if isinstance(node, Scalar) and node.text == "any":
                return None
            if isinstance(node, Sequence):
                words = [plain(item) for item in node.items]
                return member(0, of, Constant("", "symbol", tuple(map(str, words))), names)
            text = plain(node)
            if is_interval(text) and of.type.kind not in ("symbol", "bool", "text"):
                unit = _unit_of(of.type)
                interval = read_interval(str(text), UNITS[unit], frozenset(names.constants))
                return within(0, of, interval, unit, names)
            return self._single(text, of)
        except ValueFault as fault:
            self.loader.fault(node, "value", str(fault))
        except ExpressionError as fault:
            self.loader.fault(node, fault.code, fault.message)
        raise _Reported

    def _single(self, text: object, of: Typed) -> Typed:
        names = self.loader.names
        if of.type.kind == "bool" and isinstance(text, bool):
            return of if text else Inverse(0, of)
        found = names.constant(text) if isinstance(text, str) else None
        if found is not None and isinstance(found.value, Interval | tuple):
            return member(0, of, found, names)
        if found is not None and UNITS[found.unit].kind == of.type.kind:
            return Compare(0, "==", of, constant(0, found))
        if of.type.kind == "symbol":
            return member(0, of, Constant("", "symbol", (str(text),)), names)
        unit = UNITS[_unit_of(of.type)]
        return Compare(0, "==", of, Const(0, read_single(text, unit), Type.of(unit)))


def _unit_of(kind: Type) -> str:
    for unit in UNITS.values():
        if (unit.kind, unit.dimension, unit.scale) == (kind.kind, kind.dimension, kind.scale):
            return unit.name
    for unit in UNITS.values():
        if (unit.kind, unit.dimension) == (kind.kind, kind.dimension):
            return unit.name
    message = f"no unit keeps a {kind.kind} of {show(kind.dimension)}"
    raise ValueFault(message)


def _origin(node: Node, cited: Any) -> model.Origin:  # noqa: ANN401 - anything with citations
    cites = (cited.cites,) if isinstance(cited.cites, str) else tuple(cited.cites)
    return model.Origin(node.place, cites, tuple(cited.rests_on), getattr(cited, "means", ""))


def _text(node: Node) -> str:
    match node:
        case Scalar(text=text):
            return text
        case Sequence(items=items):
            return ", ".join(_text(item) for item in items)
        case _:
            return ""
