"""How generated code reads facts: of the row at hand, of rows above and below, of contracts that were picked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from engine.expr.emit import Code, Emitter, Guards, Rows, align, guard
from engine.expr.typed import Apply, Case, FirstKnown, Fold, Read, Type, Typed
from engine.law.names import LISTS
from engine.steps import Step
from engine.subjects import SINGLE, SUBJECTS


class Plan(Protocol):
    """What the code of one stage must know of the whole: which facts outlive it, which may be stated over."""

    @property
    def needed(self) -> set[str]: ...

    @property
    def assumed(self) -> frozenset[str]: ...

    @property
    def steps(self) -> Mapping[str, Step]: ...


@dataclass
class Access:
    """How facts are read where the code stands: subclasses say it for loops and for single rows."""

    compiler: Plan
    subject: str
    before: list[str] = field(default_factory=list)
    per_row: list[str] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    loaded: dict[str, str] = field(default_factory=dict)
    indexes: dict[str, str] = field(default_factory=dict)
    local: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.emit = Emitter(self.load, self.rows)

    def column(self, name: str) -> str:
        """Return the variable of a whole column."""
        if name not in self.columns:
            self.columns[name] = f"c{len(self.columns)}"
            self.before.append(f"{self.columns[name]} = C[{name!r}]")
        return self.columns[name]

    def own(self, fact: str) -> str:
        """Return the variable of a fact of the row at hand."""
        raise NotImplementedError

    def above(self, subject: str, fact: str) -> str:
        """Return the variable of a fact of a row above the one at hand."""
        key = f"{subject}{fact}" if fact[0] == "!" else f"{subject}.{fact}"
        if key not in self.loaded:
            name = self.loaded[key] = f"a{len(self.loaded)}"
            self.fetch(name, key, subject)
        return self.loaded[key]

    def fetch(self, name: str, key: str, subject: str) -> None:
        """Give a variable what a column has for the row above."""
        target = self.before if is_single(subject) else self.per_row
        target.append(f"{name} = {self.column(key)}[{self.above_index(subject)}]")

    def variable(self, row: str, fact: str) -> str:
        """Return the variable of a fact of the row at hand or of one above."""
        return self.own(fact) if row == self.subject else self.above(row, fact)

    def above_index(self, subject: str) -> str:
        """Return the variable of the row number of a row above."""
        return "0" if is_single(subject) else self.own(f">{subject}")

    def doubtful(self, of: Read | str) -> bool:
        """Return whether a fact, or a list by its column, can be unknown where the code stands."""
        return of.nullable if isinstance(of, Read) else True

    def load(self, read: Read) -> Code:
        """Return the code that reads a fact."""
        row, fact, kind = read.row, read.fact, read.type
        if row in self.indexes:
            return self._indexed(read, self.indexes[row], {})
        if row in SUBJECTS:
            text, under = self.variable(row, fact), self.variable(row, f"{fact}/") if kind.divided else None
            return Code(text, kind.scale, under, {text: None} if self.doubtful(read) else {})
        owner, pick = row.split(".")
        index = self.own(pick) if owner == self.subject else self.above(owner, pick)
        return self._indexed(read, index, {index: None})

    def _indexed(self, read: Read, index: str, guards: Guards) -> Code:
        text = f"{self.column(f'{read.subject}.{read.fact}')}[{index}]"
        under = f"{self.column(f'{read.subject}.{read.fact}/')}[{index}]" if read.type.divided else None
        if read.nullable:
            name = self.emit.fresh()
            return Code(name, read.type.scale, under, {**guards, name: text})
        return Code(text, read.type.scale, under, dict(guards))

    def rows(self, of: Fold | Apply) -> Rows:
        """Return the row numbers of a list."""
        if isinstance(of, Apply):
            source = of.arguments[0]
            assert isinstance(source, Read)  # noqa: S101 - the checker puts the list there
            parent, row, name = source.subject, source.row, source.fact
            variable = ""
        else:
            parent, row, name, variable = of.parent, of.row, _list_name(of), of.variable
        child = LISTS[parent][name]
        key = f"{parent}<{name}"
        index = self.emit.fresh()
        bars = [self.column(f"{child}.{fact}") for fact in ("date", "high", "low", "close")] if not variable else []
        if row in self.indexes:
            bound = self.emit.fresh()
            rows = Rows(bound, {bound: f"{self.column(key)}[{self.indexes[row]}]"}, index, ", ".join(bars))
        else:
            bound = self.kids(key, parent, row)
            rows = Rows(bound, {bound: None} if self.doubtful(key) else {}, index, ", ".join(bars))
        if variable:
            self.indexes[variable] = index
        return rows

    def kids(self, key: str, parent: str, row: str) -> str:
        """Return the variable that holds a list of the row at hand or of one above."""
        if key not in self.loaded:
            name = self.loaded[key] = f"a{len(self.loaded)}"
            if row == self.subject:
                self.per_row.append(f"{name} = {self.column(key)}[i]")
            else:
                self.fetch(name, key, parent)
        return self.loaded[key]

    def assign(self, target: str, of: Typed, kind: Type) -> list[str]:
        """Return statements that give `target` (and `target_d`, when divided) the value, or `None`."""
        if isinstance(of, Case):
            return self._case(target, of, kind)
        if isinstance(of, FirstKnown):
            lines = self.assign(target, of.options[0], kind)
            depth = ""
            for option in of.options[1:]:
                lines.append(f"{depth}if {target} is None:")
                depth += "    "
                lines += [f"{depth}{line}" for line in self.assign(target, option, kind)]
            return lines
        code = self.emit.code(of)
        text = align(code, kind.scale) if kind.kind == "number" else code.text
        if not kind.divided:
            return [f"{target} = {replace(code, text=text).value}"]
        if not code.guards:
            return [f"{target} = {text}", f"{target}_d = {code.under or '1'}"]
        return [
            f"if {guard(code.guards)}:",
            f"    {target} = None; {target}_d = 1",
            "else:",
            f"    {target} = {text}; {target}_d = {code.under or '1'}",
        ]

    def _case(self, target: str, of: Case, kind: Type) -> list[str]:
        """A row applies when its guard is true; an unknown guard makes the rest unknown (`first`), or all of it."""
        lines: list[str] = []
        word, doubtful = "if", []
        nothing = f"{target} = None" + (f"; {target}_d = 1" if kind.divided else "")
        for test, value in of.rows:
            code = self.emit.code(test)
            text = code.text
            if code.guards:
                name = self.emit.fresh()
                text = f"({name} := {code.value})"
                if of.first:
                    lines += [f"{word} {text} is None:", f"    {nothing}"]
                    word, text = "elif", name
                else:
                    doubtful.append(name)
            lines.append(f"{word} {text}:")
            lines += [f"    {line}" for line in self.assign(target, value, kind)]
            word = "elif"
        if doubtful:
            lines += [f"elif {' or '.join(f'{name} is None' for name in doubtful)}:", f"    {nothing}"]
        lines.append("else:")
        rest = self.assign(target, of.otherwise, kind) if of.otherwise is not None else [nothing]
        return [*lines, *(f"    {line}" for line in rest)]


def is_single(subject: str) -> bool:
    """Return whether a subject has one row only."""
    return subject in SINGLE


def _list_name(of: Fold) -> str:
    return next(name for name, child in LISTS[of.parent].items() if child == of.child)
