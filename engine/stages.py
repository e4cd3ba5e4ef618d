"""Generated code: one loop over the rows of a subject for a run of steps, and functions of single rows.

What only a decision asks for is worked out where the decision is made. Of subjects with very many rows, one of which
everything is known takes the short way: the same expressions without a question about the unknown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from engine.access import Access, Plan, is_single
from engine.expr.emit import Guards, guard
from engine.expr.typed import Const, FirstKnown, Fold, Known, Read, Typed, walk
from engine.law.model import Derived, Pick, Rule
from engine.law.names import nullable
from engine.steps import Mask, Step, expressions, name_of
from engine.subjects import SUBJECTS

Lines: TypeAlias = list[str]
# So many rows that it matters what each of them takes.
MANY: Final = frozenset({"candidate", "entry"})


class Whole(Plan, Protocol):
    """What a stage must know of the law besides: which steps each step reads, and the rules in their order."""

    @property
    def reads(self) -> Mapping[str, set[str]]: ...

    @property
    def numbers(self) -> Mapping[str, int]: ...

    @property
    def requires(self) -> Mapping[str, tuple[Rule, ...]]: ...


class Stage(Access):
    """One loop over the rows of one subject."""

    def __init__(self, whole: Whole, steps: Sequence[Step], number: int) -> None:
        super().__init__(whole, steps[0].subject)
        self.whole, self.run, self.number = whole, steps, number
        self.many = self.subject in MANY
        self.homes = _homes(steps, whole)
        self.inlined = _inlined(steps, whole)
        self.zipped: dict[str, str] = {}
        self.gathered: dict[str, dict[str, str]] = {}
        self.kept: dict[str, str] = {}
        self.masked: set[str] = set()
        self.known: set[str] = set()
        self.asked: dict[str, str] = {}

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
            self.gathered.setdefault(self.own(f">{subject}"), {})[name] = self.column(key)
        else:
            super().fetch(name, key, subject)

    def doubtful(self, of: Read | str) -> bool:
        """Note what a row must know to take the short way."""
        name = of if isinstance(of, str) else f"{of.subject}.{of.fact}"
        if not super().doubtful(of) or name in self.known:
            return False
        if isinstance(of, str):
            self.asked[name] = self.loaded[name]
        elif of.row != self.subject or of.fact not in self.local:
            self.asked[name] = self.variable(of.row, of.fact)
        return True

    def lines(self) -> Lines:
        body = self._body()
        if self.many and not self.whole.assumed:
            body = self._two_ways(body)
        return self._function(body)

    def _body(self) -> Lines:
        self.local.clear()
        self.masked.clear()
        return [line for step in self.run if name_of(step) not in self.homes for line in self._written(step)]

    def _two_ways(self, open_: Lines) -> Lines:
        """Return both ways; what may well be unknown, as somebody asks whether it is, does not decide between them."""
        asked = {name: variable for name, variable in self.asked.items() if name not in _optional(self.run)}
        if not asked:
            return open_
        self.known = set(asked)
        unknown = " or ".join(f"{variable} is None" for variable in asked.values())
        return [f"if {unknown}:", *indented(open_), "else:", *indented(self._body())]

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
                return [] if step.name in self.inlined else self._require(step)

    def _function(self, body: Lines) -> Lines:
        columns = [self.column(name) for name in self.zipped]
        loop = f"for i in range(N[{self.subject!r}])"
        if columns:
            loop = f"for i, ({', '.join(self.zipped.values())},) in enumerate(zip({', '.join(columns)}))"
        together = [f"r_{index} = list(zip({', '.join(names.values())}))" for index, names in self.gathered.items()]
        taken = [f"{', '.join(names)}, = r_{index}[{index}]" for index, names in self.gathered.items()]
        stored = [f"C[{column!r}] = {variable} = []" for column, variable in self.kept.items()]
        inner = indented((*taken, *self.per_row, *body, "pass"))
        outer = indented((*self.before, *together, *stored, f"{loop}:", *inner))
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
        self.local.add(step.fact)
        if not step.bad and not nullable(step.value, self.known):
            self.known.add(name)
        under = {"under": f"{target}_d"} if step.type.divided else {}
        return [*lines, *self._keep(name, value=target, **under)]

    def _shared(self, step: Derived) -> list[str]:
        """Return the variables that a question to a list depends on; rows of which they are alike share the answer."""
        if step.type.divided or not any(isinstance(part, Fold) for part in walk(step.value)):
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
        return [*lines, self._append(step.name, target), self._append(f"{step.name}_found", found)]

    def _require(self, step: Rule) -> Lines:
        target = f"f_{step.id}"
        lines = [f"{target} = {self.emit.code(step.when).value}", *self._stated(step.name, target)]
        self.local.add(step.id)
        if not nullable(step.when, self.known):
            self.known.add(step.name)
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
        if rule.name in self.inlined:
            code = self.emit.code(rule.when)
            value, open_ = code.text, bool(code.guards)
            if open_:
                value = f"f_{rule.id}"
                lines = [f"{value} = {code.value}"]
        else:
            value = self.own(rule.id)
            open_ = rule.name not in self.known and (rule.nullable or rule.name in self.whole.assumed)
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
        asked = [
            line
            for other in self.run
            if self.homes.get(name_of(other)) == name_of(step)
            for line in self._written(other)
        ]
        number, masks = self.whole.numbers[step.name], [self._missed(step.kind, which) for which in ("h", "u")]
        doubt = nullable(step.when, self.known)
        found = f"F(({number}, i, {'d' if doubt else True}, {', '.join(masks)}))"
        if _always(step):
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


def _always(step: Rule) -> bool:
    """Return whether a rule speaks of every row."""
    return isinstance(step.when, Const)


def _optional(steps: Iterable[Step]) -> set[str]:
    """Return the facts of which somebody asks whether they are known."""
    asking = [part for step in steps for value in expressions(step) for part in walk(value)]
    inside = [part for of in asking if isinstance(of, Known | FirstKnown) for part in walk(of)]
    return {f"{part.subject}.{part.fact}" for part in inside if isinstance(part, Read)}


def _readers(steps: Sequence[Step], whole: Whole) -> dict[str, list[Step]]:
    readers: dict[str, list[Step]] = {name_of(step): [] for step in steps}
    for step in steps:
        for name in whole.reads[name_of(step)] & readers.keys():
            readers[name].append(step)
    return readers


def _homes(steps: Sequence[Step], whole: Whole) -> dict[str, str]:
    """Return the decision that alone asks for a step, by the step's name; none (`""`) where nobody asks.

    A decision asks for requirements once its condition holds, so that they, and what only they ask for, can wait.
    """
    readers, homes = _readers(steps, whole), dict[str, str]()
    for step in reversed(steps):
        name = name_of(step)
        if name in whole.needed or isinstance(step, Pick) or (isinstance(step, Rule) and step.decides):
            continue
        asking: set[str | None] = set()
        for reader in readers[name]:
            if isinstance(reader, Rule) and reader.decides:
                waits = isinstance(step, Mask) and not _always(reader)
                asking.add(name_of(reader) if waits else None)
            else:
                asking.add(homes.get(name_of(reader)))
        asking.discard("")
        if not asking:
            homes[name] = ""
        elif len(asking) == 1 and (home := asking.pop()):
            homes[name] = home
    return homes


def _inlined(steps: Sequence[Step], whole: Whole) -> set[str]:
    """Return the requirements that only the collection of their kind asks for: they are written there."""
    return {
        name
        for name, readers in _readers(steps, whole).items()
        if isinstance(whole.steps[name], Rule) and name not in whole.needed
        if len(readers) == 1 and isinstance(readers[0], Mask)
    }


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


def indented(lines: Iterable[str]) -> Lines:
    """Return statements one level further in."""
    return [f"    {line}" for line in lines]
