"""Laws that nobody wrote, drawn by Hypothesis: facts on facts, tables, ladders, intervals, aggregates, requirements.

Parameters and the facts of `days` come from the same few values of each unit, so that much is equal to what it is held
against, or one tick beside it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from textwrap import indent
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

SUBJECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "market": (),
    "symbol": ("market",),
    "account": ("market",),
    "sleeve": ("account", "market"),
    "position": ("sleeve", "account", "symbol", "market"),
    "candidate": ("symbol", "market"),
    "entry": ("candidate", "sleeve", "account", "symbol", "market"),
}
"""Who is spoken of, and the rows above it."""

NUMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "index_points": ("market.vix", "market.vix_close"),
    "ratio": ("market.breadth", "candidate.delta", "position.delta"),
    "usd_per_share": (
        "symbol.spot", "candidate.strike", "candidate.bid", "candidate.ask", "position.strike", "position.bid",
        "position.ask", "position.credit",
    ),
    "usd": ("account.net_liquidation", "account.maintenance_margin", "sleeve.equity", "sleeve.base_capital"),
    "contracts": ("candidate.open_interest", "candidate.average_daily_volume", "position.quantity", "entry.contracts"),
    "count": ("account.trades_today", "account.completed_weeks"),
}  # fmt: skip
"""Given facts by their unit."""

TRUTHS: Final = ("host.healthy", "entry.buys", "entry.proposed")
WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "sleeve.kind": ("gen", "rev", "com"),
    "account.form": ("full", "mini"),
    "candidate.right": ("put", "call"),
    "position.right": ("put", "call"),
}
LISTS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "market": (("accounts", "account"), ("symbols", "symbol"), ("candidates", "candidate")),
    "symbol": (("candidates", "candidate"),),
    "account": (("sleeves", "sleeve"), ("positions", "position")),
    "sleeve": (("positions", "position"), ("entries", "entry")),
}
POSITIVE: Final[Mapping[str, tuple[str, ...]]] = {
    "usd_per_share": ("symbol.spot", "candidate.strike", "candidate.ask", "position.strike"),
    "usd": ("account.net_liquidation", "sleeve.equity"),
    "index_points": ("market.vix",),
}
"""Facts that may stand under a division."""

VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "index_points": ("20", "30", "50.5"),
    "ratio": ("0.25", "0.5", "1"),
    "usd_per_share": ("100", "50", "25.05", "2"),
    "usd": ("50000", "25000", "12500.01"),
    "contracts": ("1", "2", "10"),
    "count": ("1", "2", "3"),
}
TICKS: Final[Mapping[str, str]] = {
    "index_points": "0.0001",
    "ratio": "0.000001",
    "usd_per_share": "0.0001",
    "usd": "0.01",
    "contracts": "1",
    "count": "1",
}
_INTERVALS: Final = (
    "from {low} up to {high}", "above {low} below {high}", "from {low} below {high}", "above {low} up to {high}",
    "up to {high}", "above {low}", "below {high}", "from {low}",
)  # fmt: skip
_KINDS: Final = {"entry": "EntryPermitted", "position": "Hold"}
_CITED: Final = ("means: made up here", 'cites: "0.1"')
_MOST_DEPTH: Final = 2


@dataclass
class Drawn:
    """A law as far as it is drawn: what it says, and what is known by then."""

    draw: DrawFn
    parameters: dict[str, str] = field(default_factory=dict)
    forms: dict[str, list[str]] = field(default_factory=dict)
    numbers: dict[str, list[str]] = field(default_factory=dict)
    truths: list[str] = field(default_factory=list)
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.numbers = {unit: [*names] for unit, names in NUMBERS.items()}
        self.truths, self.words = [*TRUTHS], dict(WORDS)

    @property
    def text(self) -> str:
        """The section, without its head."""
        forms = {"parameters": [*self.parameters.values()]} | self.forms
        return "".join(f"{line}\n" for form, said in forms.items() if said for line in (f"{form}:", *said))

    def one(self, of: Sequence[str]) -> str:
        return self.draw(st.sampled_from(of))

    def yes(self) -> bool:
        return self.draw(st.booleans())

    def parameter(self, unit: str) -> str:
        """Return the name of a number of a unit, one of those that facts take, sometimes a tick beside it."""
        value = Decimal(self.one(VALUES[unit])) + self.draw(st.sampled_from((0, 0, -1, 1))) * Decimal(TICKS[unit])
        return self.plain(unit, value)

    def plain(self, unit: str, value: Decimal) -> str:
        """Return the name of one number."""
        return self._named(f"{unit}_{value}".replace(".", "_"), f"{value}", unit)

    def interval(self, unit: str) -> str:
        """Return the name of an interval, each end of it open, closed, or not there."""
        low = Decimal(self.one(VALUES[unit]))
        high = low + self.draw(st.sampled_from((1, 2, 25)))
        value = self.one(_INTERVALS).format(low=low, high=high)
        return self._named(f"{unit}_{value}".replace(" ", "_").replace(".", "_"), value, unit)

    def _named(self, name: str, value: str, unit: str) -> str:
        said = f'  {name}: {{value: {value}, unit: {unit}, cites: "0.1", means: made up here}}'
        self.parameters[name] = said
        return name

    def seen(self, of: str, names: Sequence[str]) -> list[str]:
        """Return those of some facts that a row of a subject can read."""
        sees = (of, *SUBJECTS[of], "host")
        return [name for name in names if name.partition(".")[0] in sees]

    def number(self, of: str, unit: str, depth: int = 0) -> str:
        """Return an expression that is a number of a unit, for rows of a subject."""
        ways: list[Callable[[], str]] = []
        reads = self.seen(of, self.numbers[unit])
        if reads:
            near = [name for name in reads if name.partition(".")[0] in (of, "candidate")]
            ways += [lambda: self.one(near or reads)] * 2 + [lambda: self.one(reads)] * 2
        if depth < _MOST_DEPTH:
            ways += [
                lambda: f"({self.number(of, unit, depth + 1)} {self.one('+-')} {self.number(of, unit, depth + 1)})",
                lambda: f"{self.one(('min', 'max'))}({self.number(of, unit, depth + 1)}, {self.parameter(unit)})",
                lambda: f"abs({self.number(of, unit, depth + 1)})",
            ]
            if unit not in ("ratio", "count", "contracts"):
                ways += [lambda: f"{self.number(of, unit, depth + 1)} * {self.parameter('ratio')}"] * 2
            if unit == "count" and of in LISTS:
                ways.append(lambda: self.fold(of, "count", depth))
            if of in LISTS and self._summed(of, unit):
                ways.append(lambda: self.fold(of, "sum", depth, unit))
        if not ways:
            return self.parameter(unit)
        return self.draw(st.sampled_from(ways))()

    def _summed(self, of: str, unit: str) -> list[tuple[str, str]]:
        return [(name, child) for name, child in LISTS[of] if self.own(child, self.numbers[unit])]

    @staticmethod
    def own(of: str, names: Sequence[str]) -> list[str]:
        return [name for name in names if name.partition(".")[0] == of]

    def fold(self, of: str, how: str, depth: int, unit: str = "") -> str:
        """Return what is asked of the rows below one."""
        list_, child = self.draw(st.sampled_from(self._summed(of, unit) if how == "sum" else LISTS[of]))
        if how == "sum":
            body = self.one(self.own(child, self.numbers[unit])).replace(f"{child}.", "r.")
        else:
            body = self.of_child(child, depth + 1)
        return f"{of}.{list_}.{how}(r, {body})"

    def of_child(self, child: str, depth: int) -> str:
        """Return a condition on a row `r` of a list."""
        unit = self.one([unit for unit, names in self.numbers.items() if self.own(child, names)])
        read = self.one(self.own(child, self.numbers[unit])).replace(f"{child}.", "r.")
        one = f"{read} {self.compares()} {self.parameter(unit)}"
        truths = [name.replace(f"{child}.", "r.") for name in self.own(child, self.truths)]
        if truths and self.yes():
            one = f"{one} {self.one(('&&', '||'))} {self.one(truths)}"
        return f"!({one})" if depth < _MOST_DEPTH and self.yes() else one

    def compares(self) -> str:
        return self.one(("<", "<=", ">", ">=", "==", "!="))

    def truth(self, of: str, depth: int = 0) -> str:
        """Return an expression that is true or false, for rows of a subject."""
        units = [unit for unit, names in self.numbers.items() if self.seen(of, names)]
        unit = self.one(units)
        ways: list[Callable[[], str]] = [
            lambda: f"{self.number(of, unit, depth)} {self.compares()} {self.parameter(unit)}",
            lambda: f"{self.number(of, unit, depth)} {self.compares()} {self.number(of, unit, depth)}",
            lambda: f"{self.number(of, unit, depth)} in {self.interval(unit)}",
        ]
        if truths := self.seen(of, self.truths):
            ways.append(lambda: self.one(truths))
        if words := self.seen(of, [*self.words]):
            ways.append(lambda: self.said(self.one(words)))
        divisors = [one for one in POSITIVE if self.seen(of, POSITIVE[one])]
        if divisors and depth < _MOST_DEPTH:
            ways.append(lambda: self.quotient(of, self.one(divisors)))
        if depth < _MOST_DEPTH:
            deeper = depth + 1
            ways += [
                lambda: f"({self.truth(of, deeper)} && {self.truth(of, deeper)})",
                lambda: f"({self.truth(of, deeper)} || {self.truth(of, deeper)})",
                lambda: f"!({self.truth(of, deeper)})",
                lambda: (
                    f"known({self.one(self.seen(of, [name for names in self.numbers.values() for name in names]))})"
                ),
            ]
            if of in LISTS:
                ways += [lambda: self.fold(of, self.one(("exists", "all")), depth)] * 2
        return self.draw(st.sampled_from(ways))()

    def said(self, name: str) -> str:
        words = self.words[name]
        if self.yes():
            return f'{name} {self.one(("==", "!="))} "{self.one(words)}"'
        some = self.draw(st.lists(st.sampled_from(words), min_size=1, max_size=2, unique=True))
        listed = ", ".join(f'"{word}"' for word in some)
        return f"{name} in [{listed}]"

    def quotient(self, of: str, unit: str) -> str:
        under = self.one(self.seen(of, POSITIVE[unit]))
        return f"{self.number(of, unit, _MOST_DEPTH)} / {under} {self.compares()} {self.parameter('ratio')}"

    def define(self, number: int) -> None:
        """Draw one more fact, in one of the forms, which later ones may read."""
        of = self.one([*SUBJECTS, "candidate", "candidate", "entry"])
        name = f"{of}.made_{number}"
        form = self.one(("fact", "fact", "truth", "truth", "first", "unique", "spoken", "ladder"))
        match form:
            case "fact":
                unit = self.one([unit for unit, names in self.numbers.items() if self.seen(of, names)])
                self.fact(name, self.number(of, unit))
                self.numbers[unit].append(name)
            case "truth":
                self.fact(name, self.truth(of))
                self.truths.append(name)
            case "first":
                self.first(name, of)
                self.truths.append(name)
            case "spoken":
                self.first(name, of, words=("calm", "rough", "wild"))
                self.words[name] = ("calm", "rough", "wild")
            case "unique":
                unit = self.one([unit for unit, names in self.numbers.items() if self.seen(of, names)])
                self.unique(name, of, unit)
                self.numbers[unit].append(name)
            case _:
                self.ladder(name, of, number)

    def say(self, form: str, name: str, *lines: str) -> None:
        said = "\n".join(
            (f"  {name}:", *(indent(line, "    ") for line in (*lines, "means: made up here", 'cites: "0.1"')))
        )
        self.forms.setdefault(form, []).append(said)

    def fact(self, name: str, value: str) -> None:
        self.say("facts", name, "value: |", f"  {value}")

    def first(self, name: str, of: str, words: Sequence[str] = ()) -> None:
        """Draw a table of which the first row that applies counts: intervals, truths, words, any."""
        then = words or ("true", "false")
        unit = self.one([unit for unit, names in self.numbers.items() if self.seen(of, names)])
        by = [f"  a: |\n    {self.number(of, unit, 1)}", f"  b: |\n    {self.truth(of, 1)}"]
        rows = [
            f"  - {{a: {'any' if self.yes() and self.yes() else self.interval(unit)}, "
            f"b: {self.one(('true', 'false', 'any'))}, then: {word}}}"
            for word in then
        ]
        kind = ["unit: symbol"] if words else []
        self.say("tables", name, "hit: first", *kind, "by:", *by, "rows:", *rows, f"otherwise: {then[0]}")

    def unique(self, name: str, of: str, unit: str) -> None:
        """Draw a table whose rows cover every number once."""
        values = sorted({Decimal(self.one(VALUES[unit])), Decimal(self.one(VALUES[unit])) + 1})
        bounds = [self.plain(unit, value) for value in values]
        upper = self.one(("up to", "below"))
        lower = {"up to": "above", "below": "from"}[upper]
        cells = [f"{upper} {bounds[0]}"]
        cells += [f"{lower} {low} {upper} {high}" for low, high in pairwise(bounds)]
        cells.append(f"{lower} {bounds[-1]}")
        rows = [f"  - {{a: {cell}, then: {self.parameter(unit)}}}" for cell in cells]
        self.say("tables", name, "hit: unique", "by:", f"  a: |\n    {self.number(of, unit, 1)}", "rows:", *rows)

    def ladder(self, name: str, of: str, number: int) -> None:
        """Draw a ladder of which each rung lies farther than the one below."""
        units = [unit for unit in ("usd_per_share", "index_points", "usd") if self.seen(of, self.numbers[unit])]
        unit = self.one(units or ["index_points"])
        rungs = [
            self._named(f"{unit}_{value}".replace(".", "_"), value, unit) for value in sorted(VALUES[unit], key=Decimal)
        ]
        levels = [f'  - {{level: 0, name: low_{number}, cites: "0.1"}}'] + [
            f'  - {{level: {level}, name: rung_{number}_{level}, rung: {rung}, cites: "0.1"}}'
            for level, rung in enumerate(rungs, 1)
        ]
        crossed = f"{self.number(of, unit, 1)} {self.one(('>', '>='))} rung"
        lines = (f"applies: |\n  {self.truth(of, 1)}", f"crossed: |\n  {crossed}", "levels:", *levels)
        self.say("ladders", name, *lines)
        self.fact(f"{name}_high", f"{name} {self.one(('>=', '==', '<'))} rung_{number}_{self.one('12')}")
        self.truths.append(f"{name}_high")

    def require(self, number: int) -> None:
        of = self.one(("candidate", "entry", "candidate", "entry", "symbol", "sleeve", "account", "market", "position"))
        kind = _KINDS.get(of, _KINDS["entry"])
        lines = (f"for: {of}", f"require: {kind}", f"when: |\n  {self.truth(of)}", f"else: reason_{number}")
        self.rule(f"required_{number}", *lines)

    def decide(self, of: str, kind: str) -> None:
        self.rule(f"decides_{of}", f"for: {of}", f"decide: {kind}", f"when: |\n  {self.truth(of)}")

    def rule(self, name: str, *lines: str) -> None:
        said = "\n".join((f"  {name}:", *(indent(line, "    ") for line in (*lines, _CITED[-1]))))
        self.forms.setdefault("rules", []).append(said)


@st.composite
def laws(draw: DrawFn) -> str:
    """Return the text of a section: a few facts, one on another, requirements, decisions."""
    drawn = Drawn(draw)
    for number in range(draw(st.integers(3, 10))):
        drawn.define(number)
    for number in range(draw(st.integers(3, 8))):
        drawn.require(number)
    for of, kind in _KINDS.items():
        drawn.decide(of, kind)
    return drawn.text
