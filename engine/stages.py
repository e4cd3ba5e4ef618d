"""Generated code: one loop over the rows of a subject for a run of steps, and functions of single rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from engine.expr.emit import Code, Emitter, Guards, Rows, align, guard
from engine.expr.typed import Apply, Case, FirstKnown, Fold, Read, Type, Typed
from engine.law.model import Derived, Pick, Rule
from engine.law.names import LISTS
from engine.steps import Mask, Step, name_of
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
class _Context:
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
        index = f"j{len(self.indexes)}"
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
            index = self.row_number() if row == self.subject else self.above_index(parent)
            target = self.before if is_single(parent) and row != self.subject else self.per_row
            target.append(f"{name} = {self.column(key)}[{index}]")
        return self.loaded[key]

    def row_number(self) -> str:
        """Return the variable of the row at hand."""
        return "i"

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


@dataclass
class Stage(_Context):
    """One loop over the rows of one subject."""

    def __init__(
        self,
        compiler: Plan,
        steps: list[Step],
        number: int,
        decides: tuple[Rule, ...],
        requires: Mapping[str, tuple[Rule, ...]],
    ) -> None:
        super().__init__(compiler, steps[0].subject)
        self.steps, self.number = steps, number
        self.decides = {rule.name: index for index, rule in enumerate(decides)}
        self.requires = requires
        self.zipped: dict[str, str] = {}
        self.kept: dict[str, str] = {}
        self.masked: set[str] = set()

    def own(self, fact: str) -> str:
        """A fact made in this stage is a local; one from before is taken along by the loop's zip."""
        if fact.rstrip("/") in self.local:
            return f"f_{fact.rstrip('/')}" + ("_d" if fact.endswith("/") else "")
        key = f"{self.subject}{fact}" if fact[0] in ">!" else f"{self.subject}.{fact}"
        if key not in self.zipped:
            self.zipped[key] = f"v{len(self.zipped)}"
        return self.zipped[key]

    def lines(self) -> list[str]:
        body: list[str] = []
        for step in self.steps:
            match step:
                case Derived():
                    body += self._derived(step)
                case Pick():
                    body += self._pick(step)
                case Rule(decides=True):
                    body += self._decide(step)
                case Rule():
                    body += self._require(step)
                case Mask():
                    body += self._mask(step)
        return self._function(body)

    def _function(self, body: list[str]) -> list[str]:
        keys = [self.column(name) for name in self.zipped]
        names = list(self.zipped.values())
        if names:
            row = f"({', '.join(names)},)"
            loop = f"for i, {row} in enumerate(zip({', '.join(keys)}))"
        else:
            loop = f"for i in range(N[{self.subject!r}])"
        outs = list(self.kept)
        stored = [f"    C[{column!r}] = {variable} = []" for column, variable in self.kept.items()]
        del outs
        return [
            f"def stage_{self.number}(C, K, F, N, O):",
            *(f"    {line}" for line in self.before),
            *stored,
            f"    {loop}:",
            *(f"        {line}" for line in self.per_row),
            *(f"        {line}" for line in body),
            "        pass",
            "",
        ]

    def keep(self, column: str, value: str) -> str:
        """Return the statement that appends a value to a column of results."""
        variable = self.kept.setdefault(column, f"o{len(self.kept)}")
        return f"{variable}.append({value})"

    def _derived(self, step: Derived) -> list[str]:
        target = f"f_{step.fact}"
        lines = self.assign(target, step.value, step.type)
        lines += self._stated(step.name, target, divided=step.type.divided)
        if step.bad:  # a stated value too: an ATR of 0 is bad data whoever says it
            lines.append(f"if {target} is not None and {target} <= 0: {target} = None")
        self.local.add(step.fact)
        if step.name in self.compiler.needed:
            lines.append(self.keep(step.name, target))
            if step.type.divided:
                lines.append(self.keep(f"{step.name}/", f"{target}_d"))
        return lines

    def _stated(self, name: str, target: str, *, divided: bool = False) -> list[str]:
        if name not in self.compiler.assumed:
            return []
        both = f"{target}, {target}_d" if divided else target
        return [f"if (s := O({name!r}, i)) is not None: {both} = s" + ("" if divided else "[0]")]

    def _pick(self, step: Pick) -> list[str]:
        target, found = f"f_{step.fact}", f"f_{step.fact}_found"
        when = self.emit.code(step.when)
        kids = self.kids(f"{step.over}<candidates", step.over, step.over)
        index = f"j{len(self.indexes)}"
        self.indexes["candidate"] = index
        where = self.emit.code(step.where)
        keys = [self.emit.code(key) for key in step.order_by]
        merged: Guards = {}
        for key in keys:
            merged |= key.guards
        order = ", ".join(f"R({key.text}, {key.under})" if key.under else key.text for key in keys)
        del self.indexes["candidate"]
        blind = guard(merged) if merged else "False"
        lines = [
            f"{target} = None; {found} = False; best = None",
            f"{'w'} = {when.value}",
            f"if w is None or (w and {kids} is None): {found} = None",
            "elif w:",
            f"    for {index} in {kids}:",
            f"        w = {where.value}",
            "        if w is False: continue",
            f"        if w is None or {blind}: {found} = None; continue",
            f"        key = ({order},)",
            f"        if best is None or key < best: best = key; {target} = {index}",
            f"    if {target} is not None: {found} = True",
        ]
        lines += self._stated(f"{step.name}_found", found)
        self.local |= {step.fact, f"{step.fact}_found"}
        return [*lines, self.keep(step.name, target), self.keep(f"{step.name}_found", found)]

    def _require(self, step: Rule) -> list[str]:
        target = f"f_{step.id}"
        lines = [f"{target} = {self.emit.code(step.when).value}", *self._stated(step.name, target)]
        self.local.add(step.id)
        if step.name in self.compiler.needed:
            lines.append(self.keep(step.name, target))
        return lines

    def _mask(self, step: Mask) -> list[str]:
        """Collect the requirements of one kind: bits that do not hold, and among them those that are unknown."""
        high, unknown = f"h_{step.kind}", f"u_{step.kind}"
        lines = [f"{high} = {unknown} = 0"]
        for bit, rule in enumerate(self.requires[step.kind]):
            if rule.subject != self.subject:
                continue
            value = self.own(rule.id)
            if rule.nullable or rule.name in self.compiler.assumed:
                lines += [f"if {value} is not True:", f"    {high} |= {1 << bit}"]
                lines.append(f"    if {value} is None: {unknown} |= {1 << bit}")
            else:
                lines.append(f"if not {value}: {high} |= {1 << bit}")
        name = name_of(step)
        self.masked.add(step.kind)
        return [*lines, self.keep(f"{name}!h", high), self.keep(f"{name}!u", unknown)]

    def _decide(self, step: Rule) -> list[str]:
        """Report a rule that speaks, with the requirements that stand in its way, here or at a row above."""
        code = self.emit.code(step.when)
        found = f"F(({self.decides[step.name]}, i, d, {self._missed(step.kind, 'h')}, {self._missed(step.kind, 'u')}))"
        if code.text == "True" and not code.guards:
            return [found.replace(", d, ", ", True, ")]
        if not step.nullable:
            return [f"if {code.text}: {found.replace(', d, ', ', True, ')}"]
        return [f"if (d := {code.value}) is not False: {found}"]

    def _missed(self, kind: str, which: str) -> str:
        """Return the bits of the requirements of a kind that bind this row."""
        terms = []
        for subject in (self.subject, *SUBJECTS[self.subject].sees):
            if f"{subject}!{kind}" not in self.compiler.steps:
                continue
            if subject != self.subject:
                terms.append(self._bits_above(subject, f"!{kind}!{which}"))
            elif kind in self.masked:
                terms.append(f"{which}_{kind}")
            else:
                terms.append(self.own(f"!{kind}!{which}"))
        return " | ".join(terms) or "0"

    def _bits_above(self, subject: str, bits: str) -> str:
        """Return what reads the bits of a row above, where they are needed: most rows want nothing."""
        if is_single(subject):
            return self.above(subject, bits)
        return f"{self.column(f'{subject}{bits}')}[{self.above_index(subject)}]"


@dataclass
class RowFunction(_Context):
    """A function of one row: `f(C, K, i)` gives a tuple of (value, denominator) pairs, `None` where unknown."""

    def __init__(self, compiler: Plan, subject: str, name: str, wanted: tuple[Typed, ...]) -> None:
        super().__init__(compiler, subject)
        self.name, self.wanted = name, wanted
        self.owned: dict[str, str] = {}

    def own(self, fact: str) -> str:
        key = f"{self.subject}{fact}" if fact[0] in ">!" else f"{self.subject}.{fact}"
        if key not in self.owned:
            name = self.owned[key] = f"v{len(self.owned)}"
            self.per_row.insert(0, f"{name} = C[{key!r}][i]")
        return self.owned[key]

    def lines(self) -> list[str]:
        body: list[str] = []
        pairs = []
        for number, value in enumerate(self.wanted):
            target = f"r{number}"
            body += self.assign(target, value, value.type)
            pairs.append(f"None if {target} is None else ({target}, {f'{target}_d' if value.type.divided else '1'})")
        return [
            f"def {self.name}(C, K, i):",
            *(f"    {line}" for line in self.before),
            *(f"    {line}" for line in self.per_row),
            *(f"    {line}" for line in body),
            f"    return ({', '.join(pairs)},)",
            "",
        ]
