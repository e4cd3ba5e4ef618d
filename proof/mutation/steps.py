"""The law as one function a step, over whole columns: what is mutated is generated anew, nothing else.

`decide` runs many steps in one loop and keeps few columns. Here every step keeps its column, so that two laws can be
held against each other step by step.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeAlias

from engine.expr.typed import Typed
from engine.kleene import Kleene
from engine.law.model import Constitution, Derived, Pick, Rule
from engine.stages import RowFunction, indented, made
from engine.steps import Mask, expressions, name_of
from engine.steps import Step as Written
from engine.subjects import SINGLE, SUBJECTS

Columns: TypeAlias = Mapping[str, list[Any]]
Loop: TypeAlias = Callable[[Columns, Kleene, int], tuple[list[Any], ...]]

_COLUMN: Final = re.compile(r"\bC\['([^']+)'\]")
_CALENDAR: Final = re.compile(r"\bK\.")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the law as a function: the columns that it fills and those that it reads.

    `positive` values at or below zero are bad data; `states` is the fact that a snapshot may state over it.
    """

    name: str
    subject: str
    fills: tuple[str, ...]
    reads: frozenset[str]
    dated: bool
    run: Loop
    positive: bool = False
    states: str = ""


@dataclass
class Plan:
    """What generated code must know of the whole: every fact has a column, none is stated over inside the code."""

    steps: Mapping[str, Written] = field(default_factory=dict)
    needed: set[str] = field(default_factory=set)
    assumed: frozenset[str] = frozenset()


class _Column(RowFunction):
    """A function of all rows of a subject: a list for each wanted value and, if divided, for its denominator."""

    def lines(self) -> list[str]:
        body: list[str] = []
        outs: list[str] = []
        for number, value in enumerate(self.wanted):
            body += self.assign(f"r{number}", value, value.type)
            outs += [f"r{number}", f"r{number}_d"] if value.type.divided else [f"r{number}"]
        made = [f"o{number} = []" for number in range(len(outs))]
        kept = [f"o{number}.append({out})" for number, out in enumerate(outs)]
        loop = ["for i in range(n):", *indented((*self.per_row, *body, *kept))]
        last = f"return ({', '.join(f'o{number}' for number in range(len(outs)))},)"
        return [f"def {self.name}(C, K, n):", *indented((*self.before, *made, *loop, last)), ""]


class _Offer(RowFunction):
    """A function of a row and a contract on offer: whether the contract passes, and its place in the order."""

    def __init__(self, plan: Plan, pick: Pick) -> None:
        super().__init__(plan, pick.subject, "offer", (pick.where, *pick.order_by))
        self.indexes["candidate"] = "j"

    def lines(self) -> list[str]:
        names = [f"r{number}" for number in range(len(self.wanted))]
        body = [line for name, of in zip(names, self.wanted, strict=True) for line in self.assign(name, of, of.type)]
        keys = [
            f"R({name}, {name}_d)" if of.type.divided else name for name, of in zip(names, self.wanted, strict=True)
        ]
        blind = " or ".join(f"{name} is None" for name in names[1:])
        last = f"return r0, None if {blind} else ({', '.join(keys[1:])},)"
        return ["def offer(C, K, i, j):", *indented((*self.before, *self.per_row, *body, last)), ""]


def step_of(written: Written, law: Constitution, numbers: Mapping[str, int]) -> Step:
    """Return one step as a function; `numbers` are those of the rules that decide."""
    match written:
        case Derived():
            fills = (written.name, f"{written.name}/") if written.type.divided else (written.name,)
            run, reads, dated = column(written.subject, expressions(written))
            return Step(written.name, written.subject, fills, reads, dated, run, bool(written.bad), written.name)
        case Pick():
            return _pick(written)
        case Mask():
            return _mask(written, law)
        case Rule(decides=True):
            return _decision(written, law, numbers[written.name])
        case Rule():
            run, reads, dated = column(written.subject, expressions(written))
            return Step(written.name, written.subject, (written.name,), reads, dated, run, states=written.name)


def column(subject: str, wanted: tuple[Typed, ...]) -> tuple[Loop, frozenset[str], bool]:
    """Return what works out values for every row, the columns that it reads, and whether it asks the calendar."""
    lines = _Column(Plan(), subject, "column", wanted).lines()
    return made("column", lines), *reads_of(lines)


def reads_of(lines: Iterable[str]) -> tuple[frozenset[str], bool]:
    """Return the columns that generated statements read, and whether they ask the calendar."""
    source = "\n".join(lines)
    return frozenset(_COLUMN.findall(source)), bool(_CALENDAR.search(source))


def _pick(pick: Pick) -> Step:
    when, reads, dated = column(pick.subject, (pick.when,))
    lines = _Offer(Plan(), pick).lines()
    offer = made("offer", lines)
    more, asks = reads_of(lines)
    list_, above = f"{pick.over}<candidates", f"{pick.subject}>{pick.over}"
    own = pick.over == pick.subject or pick.over in SINGLE

    def run(columns: Columns, kleene: Kleene, count: int) -> tuple[list[Any], ...]:
        wanted, best, found = when(columns, kleene, count)[0], [], []
        for row in range(count):
            at = 0 if pick.over in SINGLE else row if own else columns[above][row]
            chosen = _best(wanted[row], columns[list_][at], partial(offer, columns, kleene, row))
            best.append(chosen[0])
            found.append(chosen[1])
        return best, found

    fills = (pick.name, f"{pick.name}_found")
    reads |= more | {list_} | (set() if own else {above})
    return Step(pick.name, pick.subject, fills, reads, dated or asks, run, states=f"{pick.name}_found")


def _best(wanted: object, kids: Iterable[int] | None, offer: Callable[[int], Any]) -> tuple[int | None, bool | None]:
    """Return the best of the contracts that pass, and whether there is one; what is unknown of one is passed over."""
    if wanted is False:
        return None, False
    if wanted is None or kids is None:
        return None, None
    best, chosen, blind = None, None, False
    for kid in kids:
        passes, key = offer(kid)
        if passes is False:
            continue
        if passes is None or key is None:
            blind = True
        elif best is None or key < best:
            best, chosen = key, kid
    return chosen, True if chosen is not None else None if blind else False


def _mask(mask: Mask, law: Constitution) -> Step:
    """Return the collection of the requirements of one kind at one subject."""
    kind = [rule for rule in law.rules.values() if not rule.decides and rule.kind == mask.kind]
    bits = [(1 << bit, rule.name) for bit, rule in enumerate(kind) if rule.subject == mask.subject]

    def run(columns: Columns, _: Kleene, count: int) -> tuple[list[Any], ...]:
        missed, unknown = [0] * count, [0] * count
        for bit, name in bits:
            for row, value in enumerate(columns[name]):
                if value is not True:
                    missed[row] |= bit
                    if value is None:
                        unknown[row] |= bit
        return missed, unknown

    name = name_of(mask)
    fills, reads = (f"{name}!h", f"{name}!u"), frozenset(requirement for _, requirement in bits)
    return Step(name, mask.subject, fills, reads, dated=False, run=run)


def _decision(rule: Rule, law: Constitution, number: int) -> Step:
    """Return a rule that decides: its findings are its column."""
    when, reads, dated = column(rule.subject, (rule.when,))
    seen = [subject for subject in (rule.subject, *SUBJECTS[rule.subject].sees) if _required(law, subject, rule.kind)]
    links = {subject: f"{rule.subject}>{subject}" for subject in seen if subject not in SINGLE | {rule.subject}}

    def run(columns: Columns, kleene: Kleene, count: int) -> tuple[list[Any], ...]:
        found: list[Any] = []
        for row, holds in enumerate(when(columns, kleene, count)[0]):
            if holds is not False:
                missed = unknown = 0
                for subject in seen:
                    at = row if subject == rule.subject else columns[links[subject]][row] if subject in links else 0
                    missed |= columns[f"{subject}!{rule.kind}!h"][at]
                    unknown |= columns[f"{subject}!{rule.kind}!u"][at]
                found.append((number, row, holds, missed, unknown))
        return (found,)

    masks = {f"{subject}!{rule.kind}!{which}" for subject in seen for which in "hu"}
    name = name_of(rule)
    return Step(name, rule.subject, (name,), reads | masks | {*links.values()}, dated, run)


def _required(law: Constitution, subject: str, kind: str) -> bool:
    return any(not rule.decides and (rule.subject, rule.kind) == (subject, kind) for rule in law.rules.values())
