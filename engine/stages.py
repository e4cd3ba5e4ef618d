"""Generated code: one loop over the rows of a subject for a run of steps, and functions of single rows.

What only a decision asks for is worked out where the decision is made. Of subjects with very many rows, one of which
everything is known takes the short way: the same expressions without a question about the unknown.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import itemgetter
from typing import Any, Final, TypeAlias

from engine.access import Access, Plan, is_single
from engine.expr.emit import Guards, guard
from engine.expr.typed import FirstKnown, Fold, Known, Read, Typed, walk
from engine.homes import Homes, Whole, always
from engine.law.model import Derived, Pick, Rule
from engine.law.names import nullable
from engine.steps import Mask, Step, Table, asks_lists, expressions, name_of, table_of
from engine.subjects import SUBJECTS

Lines: TypeAlias = list[str]
# So many rows that it matters what each of them takes.
MANY: Final = frozenset({"candidate", "entry"})
_NUMBER: Final = re.compile(r"\bi\b")  # what a row's own number is called in the code


class Stage(Access):
    """One loop over the rows of one subject."""

    def __init__(self, whole: Whole, steps: Sequence[Step], number: int) -> None:
        super().__init__(whole, steps[0].subject)
        self.whole, self.steps, self.number = whole, {name_of(step): step for step in steps}, number
        self.many = self.subject in MANY
        self.homes = Homes(self.steps, whole)
        tables = [table for step in steps if (table := table_of(step)) and not table.step.bad]
        self.tables = {table.step.name: table for table in tables if table.step.name not in whole.assumed}
        self.optional = _optional(steps)
        self.zipped: dict[str, str] = {}
        self.gathered: dict[str, dict[str, str]] = {}
        self.kept: dict[str, str] = {}
        self.masked: set[str] = set()
        self.made: set[str] = set()
        self.known: set[str] = set()
        self.asked: dict[str, str] = {}
        self.source = ""

    def column(self, name: str) -> str:
        """Columns are taken all at once, before anything else."""
        return self.columns.setdefault(name, f"c{len(self.columns)}")

    def own(self, fact: str) -> str:
        """A fact made in this stage is a local; one from before is taken along by the loop's zip."""
        if fact.rstrip("/") in self.local:
            return f"f_{fact.rstrip('/')}" + ("_d" if fact.endswith("/") else "")
        key = f"{self.subject}{fact}" if fact[0] in ">!" else f"{self.subject}.{fact}"
        if key not in self.zipped:
            self.zipped[key] = f"v{len(self.zipped)}"
        return self.zipped[key]

    def fetch(self, name: str, key: str, subject: str) -> None:
        """Of many rows, take what stands above one out of a row that was put together before."""
        if self.many and not is_single(subject):
            self.gathered.setdefault(subject, {})[name] = self.column(key)
        else:
            super().fetch(name, key, subject)

    def doubtful(self, of: Read | str) -> bool:
        """Note what a row must know to take the short way."""
        name = of if isinstance(of, str) else f"{of.subject}.{of.fact}"
        if not super().doubtful(of) or name in self.known:
            return False
        if isinstance(of, str):
            self.asked[name] = self.loaded[name]
        elif name not in self.made:
            self.asked[name] = self.variable(of.row, of.fact)
        return True

    def function(self) -> Callable[..., None]:
        lines = self._lines()
        self.source = "\n".join(lines)
        return made(f"stage_{self.number}", lines, G=itemgetter(*self.columns) if self.columns else None)

    def _lines(self) -> Lines:
        body, together = Lines(), dict[str, Step]()
        for name, step in self.steps.items():
            if name in self.homes.waiting:
                body += [*self._both_ways(together), *self._written(step)]
                together = {}
            elif name not in self.homes.elsewhere:
                together[name] = step
        return self._loop(body + self._both_ways(together))

    def _both_ways(self, steps: Mapping[str, Step]) -> Lines:
        """Return the open way and the short one of some steps, where there are very many rows.

        What may well be unknown, as somebody asks whether it is, does not decide between them.
        """
        local, self.asked, self.made = {*self.local}, {}, set()
        open_ = self._all(steps)
        asked = {name: variable for name, variable in self.asked.items() if name not in self.optional}
        if not self.many or self.whole.assumed or not asked:
            return open_
        unknown = " or ".join(f"{variable} is None" for variable in asked.values())
        self.local, self.made, self.known = local, set(), {*asked}
        short = self._all(steps)
        self.known = set()
        return [f"if {unknown}:", *indented(open_), "else:", *indented(short)]

    def _all(self, steps: Mapping[str, Step]) -> Lines:
        """Write steps one after the other, save tables that ask for the same word: those as one."""
        lines, rest = Lines(), {**steps}
        while rest:
            name = next(iter(rest))
            tables = self._alike(name, rest)
            lines += self._switched(tables) if tables else self._written(rest[name])
            for table in tables:
                del rest[table.step.name]
            rest.pop(name, None)
        return lines

    def _alike(self, first: str, rest: Mapping[str, Step]) -> list[Table]:
        """Return the tables that ask for the same word as the first of some steps and for nothing that comes later."""
        if first not in self.tables:
            return []
        found: dict[str, Table] = {}
        for name, table in self.tables.items():
            alike = name in rest and str(table.on) == str(self.tables[first].on)
            if alike and not self.whole.reads[name] & (rest.keys() - found.keys()):
                found[name] = table
        return [*found.values()]

    def _written(self, step: Step) -> Lines:
        match step:
            case Derived():
                return self._derived(step)
            case Pick():
                return self._pick(step)
            case Mask():
                return self._mask(step)
            case Rule(decides=True):
                return self._decide(step)
            case Rule():
                return [] if step.name in self.homes.inlined else self._require(step)

    def _loop(self, body: Lines) -> Lines:
        together, taken = Lines(), Lines()
        for above, names in self.gathered.items():
            index, rows = self.own(f">{above}"), f"r_{above}"
            one = "; ".join(f"{name} = {column}[{index}]" for name, column in names.items())
            if len(names) == 1:
                taken.append(one)
                continue
            all_ = f"list(zip({', '.join(names.values())}))"
            together.append(f"{rows} = {all_} if N[{self.subject!r}] > N[{above!r}] else ()")
            taken += [f"if {rows}: {', '.join(names)} = {rows}[{index}]", f"else: {one}"]
        columns = [self.column(name) for name in self.zipped]
        loop = f"for i in range(N[{self.subject!r}])"
        if columns:
            values, rows = f"({', '.join(self.zipped.values())},)", f"zip({', '.join(columns)})"
            numbered = any(_NUMBER.search(line) for line in (*taken, *self.per_row, *body))
            loop = f"for i, {values} in enumerate({rows})" if numbered else f"for {values} in {rows}"
        stored = [f"C[{column!r}] = {variable} = []" for column, variable in self.kept.items()]
        inner = indented((*taken, *self.per_row, *body, "pass"))
        several = ", ".join(self.columns.values()) + ("," if len(self.columns) > 1 else "")
        read = [f"{several} = G(C)"] if several else []
        outer = indented((*read, *self.before, *together, *stored, f"{loop}:", *inner))
        return [f"def stage_{self.number}(C, K, F, N, O):", *outer, ""]

    def _keep(self, name: str, **parts: str) -> Lines:
        """Return the statements that append to the columns of a step, where it outlives the stage."""
        if name not in self.whole.needed:
            return []
        return [self._append(f"{name}{_SUFFIXES[part]}", value) for part, value in parts.items()]

    def _append(self, column: str, value: str) -> str:
        variable = self.kept.setdefault(column, f"o{len(self.kept)}")
        return f"{variable}.append({value})"

    def _derived(self, step: Derived) -> Lines:
        target, name = f"f_{step.fact}", step.name
        lines = self.assign(target, step.value, step.type)
        if self.many and (key := self._shared(step)):
            lines = [
                "try:",
                f"    {target} = m_{step.fact}[{', '.join(key)}]",
                "except KeyError:",
                *indented(lines),
                f"    m_{step.fact}[{', '.join(key)}] = {target}",
            ]
        lines += self._stated(name, target, divided=step.type.divided)
        if step.bad:  # a stated value too: an ATR of 0 is bad data whoever says it
            lines.append(f"if {target} is not None and {target} <= 0: {target} = None")
        self._make(step)
        return [*lines, *self._kept(step)]

    def _make(self, step: Derived | Rule) -> None:
        """Note that a fact is a local from here on, and whether it can still be unknown."""
        of, fact = (step.value, step.fact) if isinstance(step, Derived) else (step.when, step.id)
        self.local.add(fact)
        self.made.add(step.name)
        bad = step.bad if isinstance(step, Derived) else None
        if not bad and not nullable(of, self.known):
            self.known.add(step.name)

    def _switched(self, tables: list[Table]) -> Lines:
        """Ask once for several tables; words for which each of them has the same row stand together."""
        chosen: dict[tuple[int | None, ...], list[str]] = {}
        for word in dict.fromkeys(word for table in tables for word in table.rows):
            chosen.setdefault(tuple(table.rows.get(word) for table in tables), []).append(word)
        on, lines = self.load(tables[0].on), Lines()
        if on.guards and any(table.case.otherwise is not None for table in tables):
            lines += [f"if {on.text} is None:", *indented(line for table in tables for line in self._row(table, None))]
        for rows, words in chosen.items():
            test = f"== {words[0]!r}" if len(words) == 1 else f"in {{{', '.join(map(repr, sorted(words)))}}}"
            lines += [f"{'elif' if lines else 'if'} {on.text} {test}:", *self._rows_of(tables, rows)]
        lines += ["else:", *self._rows_of(tables, [None] * len(tables))]
        return [*lines, *(line for table in tables for line in self._kept(table.step))]

    def _rows_of(self, tables: list[Table], rows: Sequence[int | None]) -> Lines:
        """Return what each table gives by the row that applies, or otherwise."""
        given = [
            (table, table.case.otherwise if row is None else table.case.rows[row][1])
            for table, row in zip(tables, rows, strict=True)
        ]
        return indented(line for table, value in given for line in self._row(table, value))

    def _row(self, table: Table, value: Typed | None) -> Lines:
        step, target = table.step, f"f_{table.step.fact}"
        nothing = f"{target} = None" + (f"; {target}_d = 1" if step.type.divided else "")
        lines = [nothing] if value is None else self.assign(target, value, step.type)
        self._make(step)
        return lines

    def _kept(self, step: Derived) -> Lines:
        target = f"f_{step.fact}"
        return self._keep(step.name, value=target, **({"under": f"{target}_d"} if step.type.divided else {}))

    def _shared(self, step: Derived) -> list[str]:
        """Return the variables that a question to a list depends on; rows of which they are alike share the answer."""
        if step.type.divided or not asks_lists(step.value):
            return []
        key: dict[str, None] = {}
        for part in walk(step.value):
            if not isinstance(part, Read | Fold) or part.row in self.indexes or is_single(part.row):
                continue
            if part.row not in SUBJECTS or (isinstance(part, Fold) and part.row == self.subject):
                return []
            fact = part.fact if isinstance(part, Read) and part.row == self.subject else f">{part.row}"
            key[self.own(fact)] = None
        self.before.append(f"m_{step.fact} = {{}}")
        return [*key]

    def _stated(self, name: str, target: str, *, divided: bool = False) -> Lines:
        if name not in self.whole.assumed:
            return []
        both = f"{target}, {target}_d" if divided else target
        return [f"if (s := O({name!r}, i)) is not None: {both} = s" + ("" if divided else "[0]")]

    def _pick(self, step: Pick) -> Lines:
        target, found = f"f_{step.fact}", f"f_{step.fact}_found"
        when = self.emit.code(step.when)
        kids = self.kids(f"{step.over}<candidates", step.over, step.over)
        index = self.emit.fresh()
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
        self.made |= {step.name, f"{step.name}_found"}
        return [*lines, self._append(step.name, target), self._append(f"{step.name}_found", found)]

    def _require(self, step: Rule) -> Lines:
        target = f"f_{step.id}"
        lines = [f"{target} = {self.emit.code(step.when).value}", *self._stated(step.name, target)]
        self._make(step)
        return [*lines, *self._keep(step.name, value=target)]

    def _mask(self, step: Mask) -> Lines:
        """Collect the requirements of one kind, here and above: bits that do not hold, those that are unknown."""
        high, unknown = f"h_{step.kind}", f"u_{step.kind}"
        lines = [f"{high} = {self._above_bits(step.kind, 'h')}", f"{unknown} = {self._above_bits(step.kind, 'u')}"]
        for bit, rule in enumerate(self.whole.requires[step.kind]):
            if rule.subject == self.subject:
                lines += self._missed_bit(rule, 1 << bit, high, unknown)
        self.masked.add(step.kind)
        return [*lines, *self._keep(name_of(step), high=high, unknown=unknown)]

    def _missed_bit(self, rule: Rule, bit: int, high: str, unknown: str) -> Lines:
        lines: Lines = []
        if rule.name in self.homes.inlined:
            code = self.emit.code(rule.when)
            value, open_ = code.text, bool(code.guards)
            if open_:
                value = f"f_{rule.id}"
                lines = [f"{value} = {code.value}"]
        else:
            value = self.own(rule.id)
            open_ = rule.name not in self.known and (rule.nullable or rule.name in self.whole.assumed)
            if open_ and rule.name not in self.made:
                self.asked[rule.name] = value
        if not open_:
            return [f"if not {value}: {high} |= {bit}"]
        return [
            *lines,
            f"if {value} is not True:",
            f"    {high} |= {bit}",
            f"    if {value} is None: {unknown} |= {bit}",
        ]

    def _decide(self, step: Rule) -> Lines:
        """Report a rule that speaks, with the requirements that stand in its way, here or at a row above."""
        code = self.emit.code(step.when)
        waiting = self.homes.waiting.get(name_of(step))
        asked = self._both_ways(waiting) if waiting else []
        number, masks = self.whole.numbers[step.name], [self._missed(step.kind, which) for which in ("h", "u")]
        doubt = nullable(step.when, self.known)
        found = f"F(({number}, i, {'d' if doubt else True}, {', '.join(masks)}))"
        if always(step):
            return [*asked, found]
        condition = f"(d := {code.value}) is not False" if doubt else code.text
        return [f"if {condition}:", *indented((*asked, found))]

    def _missed(self, kind: str, which: str) -> str:
        """Return the bits of the requirements of a kind that bind this row."""
        if f"{self.subject}!{kind}" not in self.whole.steps:
            return self._above_bits(kind, which)
        return f"{which}_{kind}" if kind in self.masked else self.own(f"!{kind}!{which}")

    def _above_bits(self, kind: str, which: str) -> str:
        """Return the bits that the rows above hand down, each with those of the rows above it."""
        having = [subject for subject in SUBJECTS[self.subject].sees if f"{subject}!{kind}" in self.whole.steps]
        nearest = [one for one in having if not any(one in SUBJECTS[other].sees for other in having)]
        return " | ".join(self._bits_of(subject, f"!{kind}!{which}") for subject in nearest) or "0"

    def _bits_of(self, subject: str, bits: str) -> str:
        """Return what reads the bits of a row above, where they are needed: most rows want nothing."""
        if is_single(subject):
            return self.above(subject, bits)
        return f"{self.column(f'{subject}{bits}')}[{self.above_index(subject)}]"


_SUFFIXES: Final = {"value": "", "under": "/", "high": "!h", "unknown": "!u"}


def _optional(steps: Iterable[Step]) -> set[str]:
    """Return the facts of which somebody asks whether they are known."""
    asking = [part for step in steps for value in expressions(step) for part in walk(value)]
    inside = [part for of in asking if isinstance(of, Known | FirstKnown) for part in walk(of)]
    return {f"{part.subject}.{part.fact}" for part in inside if isinstance(part, Read)}


@dataclass
class RowFunction(Access):
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


def made(name: str, lines: Lines, **known: object) -> Callable[..., Any]:
    """Return a generated function; one at a time, for what the compiler holds at once is what takes its time."""
    space: dict[str, Any] = {"R": Fraction, **known}
    exec(compile("\n".join(lines), f"<{name}>", "exec"), space)  # noqa: S102 - generated from the typed law alone
    return space[name]  # type: ignore[no-any-return]


def indented(lines: Iterable[str]) -> Lines:
    """Return statements one level further in."""
    return [f"    {line}" for line in lines]
