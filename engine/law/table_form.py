"""A table as one expression: a row applies when all its cells do."""

from dataclasses import dataclass, replace

from engine.expr.check import Constant, constant, member, within
from engine.expr.parse import ExpressionError
from engine.expr.typed import BOOL, Case, Compare, Const, Inverse, Logic, Sign, Type, Typed
from engine.expr.units import UNITS
from engine.law import authored
from engine.law.draft import Draft, Reported, unit_of
from engine.law.read import node_at
from engine.law.text import Mapping, Node, Scalar, Sequence, plain
from engine.law.values import Interval, ValueFault, is_interval, read_interval, read_single


@dataclass
class TableReader:
    draft: Draft
    name: str
    table: authored.Table
    node: Node

    def read(self) -> Typed:
        subject = self.name.split(".")[0]
        columns = {
            column: self.draft.expression(node_at(self.node, ("by", column))[0], subject) for column in self.table.by
        }
        rows = tuple(self._row(index, columns, subject) for index in range(len(self.table.rows)))
        otherwise = None
        if self.table.otherwise not in (None, "unknown"):
            otherwise = self._then(node_at(self.node, ("otherwise",))[0], subject)
        values = [value for _, value in rows] + ([otherwise] if otherwise is not None else [])
        kind = self._kind(values)
        return Case(0, rows, otherwise, self.table.hit == "first", kind)

    def _kind(self, values: list[Typed]) -> Type:
        words = frozenset(word for value in values for word in value.type.words)
        kinds = {(value.type.kind, value.type.dimension) for value in values if not value.type.literal}
        if len(kinds) > 1:
            self.draft.fault(self.node, "unit", "its rows give values of different units")
            raise Reported
        first = next((value.type for value in values if not value.type.literal), values[0].type)
        signs = {value.type.sign for value in values}
        sign: Sign = "any" if "any" in signs else "not_negative" if "not_negative" in signs else "positive"
        scale = max(value.type.scale for value in values)
        divided = any(value.type.divided for value in values)
        return replace(first, words=words, sign=sign, scale=scale, divided=divided, literal=False)

    def _row(self, index: int, columns: dict[str, Typed], subject: str) -> tuple[Typed, Typed]:
        node, _ = node_at(self.node, ("rows", index))
        row = self.table.rows[index]
        for key in row:
            if key not in columns and key != "then":
                at = node.key(key) if isinstance(node, Mapping) else node
                self.draft.fault(at, "unknown-field", f"the table has no column '{key}'; it has {', '.join(columns)}")
                raise Reported
        if "then" not in row:
            self.draft.fault(node, "missing-field", "a row needs `then`")
            raise Reported
        cells = [self._cell(node_at(node, (column,))[0], of) for column, of in columns.items() if column in row]
        tests = tuple(cell for cell in cells if cell is not None)
        guard: Typed = Const(0, value=True, type=BOOL)
        if len(tests) == 1:
            guard = tests[0]
        elif tests:
            guard = Logic(0, "&&", tests)
        return guard, self._then(node_at(node, ("then",))[0], subject)

    def _then(self, node: Node, subject: str) -> Typed:
        if self.table.unit == "symbol" and isinstance(node, Scalar):
            return Const(0, node.text, Type("symbol", words=frozenset({node.text})))
        return self.draft.expression(node, subject)

    def _cell(self, node: Node, of: Typed) -> Typed | None:
        names = self.draft.names
        try:
            if isinstance(node, Scalar) and node.text == "any":
                return None
            if isinstance(node, Sequence):
                words = [plain(item) for item in node.items]
                return member(0, of, Constant("", "symbol", tuple(map(str, words))), names)
            text = plain(node)
            if is_interval(text) and of.type.kind not in ("symbol", "bool", "text"):
                unit = unit_of(of.type)
                interval = read_interval(str(text), UNITS[unit], frozenset(names.constants))
                return within(0, of, interval, unit, names)
            return self._single(text, of)
        except ValueFault as fault:
            self.draft.fault(node, "value", str(fault))
        except ExpressionError as fault:
            self.draft.fault(node, fault.code, fault.message)
        raise Reported

    def _single(self, text: object, of: Typed) -> Typed:
        names = self.draft.names
        if of.type.kind == "bool" and isinstance(text, bool):
            return of if text else Inverse(0, of)
        found = names.constant(text) if isinstance(text, str) else None
        if found is not None and isinstance(found.value, Interval | tuple):
            return member(0, of, found, names)
        if found is not None and UNITS[found.unit].kind == of.type.kind:
            return Compare(0, "==", of, constant(0, found))
        if of.type.kind == "symbol":
            return member(0, of, Constant("", "symbol", (str(text),)), names)
        unit = UNITS[unit_of(of.type)]
        return Compare(0, "==", of, Const(0, read_single(text, unit), Type.of(unit)))
