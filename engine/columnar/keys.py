"""What the authority says of everything but the numbers of a contract: once for each underlying, right and date.

Contracts of one underlying, right and expiration differ in numbers alone. One row for each such kind is put behind the
snapshot's own candidates, on offer to nobody, and the compiled law is asked about it as about any other row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final, Self

from engine.decide import calendar_of, examine
from engine.evaluate import Evaluator
from engine.expr.typed import Typed
from engine.facts import Snapshot, Symbol
from engine.fill import fill
from engine.inline import Basis, Inline
from engine.kleene import Kleene
from engine.law.model import Constitution
from engine.program import Program, compile_law
from engine.rows import Facts, Tables
from engine.stages import made
from engine.subjects import SUBJECTS, given

PUT_TOGETHER: Final = frozenset({"candidate", "entry"})
# By what contracts are told apart here: what is counted, measured or timed is left to columns.
_NUMBERS: Final = frozenset({"number", "instant", "time"})
KEYS: Final = tuple(
    name for name, fact in given("candidate").items() if fact.type.kind not in {*_NUMBERS, "text", "series"}
)
WIDE: Final = tuple(name for name, fact in given("candidate").items() if fact.type.kind in _NUMBERS)
TEXTS: Final = frozenset(
    (subject, name) for subject in PUT_TOGETHER for name, fact in given(subject).items() if fact.type.kind == "text"
)

Key = tuple[Any, ...]
Pair = tuple[Any, int] | None


class Answers:
    """Functions of one row, by what they answer; they serve every snapshot of a law."""

    def __init__(self, law: Constitution, assumed: frozenset[str]) -> None:
        self.program = compile_law(law, assumed)
        kept = {name for name in self.program.kept if name.partition(".")[0] not in PUT_TOGETHER}
        self._basis = Basis.of(law, kept, assumed)
        self._known: dict[tuple[str, Typed], Any] = {}

    def of(self, subject: str, wanted: Typed) -> Any:  # noqa: ANN401 - generated
        """Return the function that answers what an expression gives on a row of a subject."""
        if (subject, wanted) not in self._known:
            name = f"batch_{len(self._known)}"
            self._known[subject, wanted] = made(name, Inline(self._basis, subject, name, (wanted,)).lines())
        return self._known[subject, wanted]


@lru_cache(maxsize=64)
def answers(law: Constitution, assumed: frozenset[str]) -> Answers:
    """Return the functions of a law over which some facts are stated."""
    return Answers(law, assumed)


@dataclass
class Keyed:
    """The authority's tables of a snapshot, with a row for each kind of contract behind its own.

    `first` is the first such row of candidates; `entries` has the first one of each sleeve's entries.
    """

    facts: Facts
    kleene: Kleene
    answers: Answers
    keys: Sequence[Key]
    first: int
    entries: Mapping[str, int]
    _values: dict[tuple[str, str, Typed], list[Pair]] = field(default_factory=dict)

    @classmethod
    def of(cls, law: Constitution, snapshot: Snapshot, keys: Sequence[Key]) -> Self:
        """Return what is known of some kinds of contract.

        Raises:
            FactError: The snapshot states or remembers something that the law does not know.
        """
        tickers = sorted({key[KEYS.index("underlying")] for key in keys})
        facts = fill(law, _listing(snapshot, tickers))
        told = answers(law, frozenset(facts.stated))
        kleene = calendar_of(snapshot)
        examine(told.program, facts, kleene)
        behind = _Behind(facts, keys)
        return cls(behind.facts, kleene, told, keys, behind.first, behind.entries)

    @property
    def program(self) -> Program:
        return self.answers.program

    @cached_property
    def evaluator(self) -> Evaluator:
        """The slow reading of the same tables."""
        return Evaluator(self.facts, self.kleene)

    def rows(self, sleeve: str) -> range:
        """Return the rows of a sleeve's entries; of no sleeve, those of the candidates."""
        begin = self.entries[sleeve] if sleeve else self.first
        return range(begin, begin + len(self.keys))

    def values(self, sleeve: str, wanted: Typed, *, alike: bool) -> list[Pair]:
        """Return what an expression gives for each kind of contract: a value over a denominator, `None` where unknown.

        Args:
            sleeve: Whose entries are asked about; none for what is asked of the contracts themselves.
            wanted: The expression.
            alike: It reads nothing of the contract, so that one answer serves for all.
        """
        key = ("entry" if sleeve else "candidate", sleeve, wanted)
        if key not in self._values:
            ask, rows = self.answers.of(key[0], wanted), self.rows(sleeve)
            asked = rows[:1] if alike else rows
            found = [ask(self.facts.columns, self.kleene, row)[0] for row in asked]
            self._values[key] = found * len(rows) if alike else found
        return self._values[key]


def _listing(snapshot: Snapshot, tickers: Sequence[str]) -> Snapshot:
    """Return the snapshot with a symbol for each ticker; of one that it does not have nothing is known."""
    have = {symbol.symbol for symbol in snapshot.symbols}
    more = tuple(Symbol(symbol=ticker) for ticker in tickers if ticker not in have)
    return snapshot.model_copy(update={"symbols": (*snapshot.symbols, *more)}) if more else snapshot


class _Behind:
    """Puts the rows of the kinds of contract behind those of the snapshot."""

    def __init__(self, facts: Facts, keys: Sequence[Key]) -> None:
        self.given, self.keys, self.entries = facts, keys, dict[str, int]()
        self.first = len(facts.ids["candidate"])
        ids = {**facts.ids, "candidate": [*facts.ids["candidate"], *("" for _ in keys)]}
        self.facts = Facts(facts.law, facts.snapshot, ids, facts.why, facts.written, facts.stated)
        self.columns = self.facts.columns = Tables(ids)
        self.columns.update(facts.columns)
        self.columns.offered, self.columns.undelivered = facts.columns.offered, facts.columns.undelivered
        self._candidates()
        self._entries()

    def _candidates(self) -> None:
        symbols = {ticker: row for row, ticker in enumerate(self.given.ids["symbol"])}
        by_name = dict(zip(KEYS, zip(*self.keys, strict=True), strict=True)) if self.keys else {}
        for fact in given("candidate"):
            self._more(f"candidate.{fact}", by_name.get(fact, [None] * len(self.keys)))
        self._more("candidate>symbol", [symbols[ticker] for ticker in by_name.get("underlying", ())])

    def _entries(self) -> None:
        contracts, symbols = range(self.first, self.first + len(self.keys)), len(self.given.ids["symbol"])
        of_key = self.columns["candidate>symbol"][self.first :]
        columns = self.given.columns
        begin = len(columns["entry>candidate"])
        above: dict[str, list[int]] = {name: [] for name in ("candidate", "symbol", "holding", "sleeve", "account")}
        first_holding = _first_holdings(columns["holding>sleeve"], len(self.given.ids["sleeve"]), symbols)
        for sleeve, id_ in enumerate(self.given.ids["sleeve"]):
            self.entries[id_] = begin + len(above["candidate"])
            above["candidate"] += contracts
            above["symbol"] += of_key
            above["holding"] += [first_holding[sleeve] + symbol for symbol in of_key]
            above["sleeve"] += [sleeve] * len(contracts)
            above["account"] += [columns["sleeve>account"][sleeve]] * len(contracts)
        for name, rows in above.items():
            self._more(f"entry>{name}", rows)
        count = len(above["candidate"])
        self._more("entry.contracts", [1] * count)  # as every contract on offer is considered: one of it, to be sold
        self._more("entry.buys", [False] * count)
        self._more("entry.proposed", [False] * count)

    def _more(self, name: str, values: Sequence[Any]) -> None:
        self.columns[name] = [*self.given.columns[name], *values]


def _first_holdings(sleeves: Sequence[int], count: int, symbols: int) -> list[int]:
    """Return the row of each sleeve's first holding: a sleeve has one for each symbol, in their order."""
    found = [sleeves.index(sleeve) if symbols else 0 for sleeve in range(count)]
    assert all(sleeves[first : first + symbols] == [sleeve] * symbols for sleeve, first in enumerate(found))  # noqa: S101 - as `fill` has them
    return found


def sees(subject: str, above: str) -> bool:
    """Return whether a row of a subject has one of another above it, or is one."""
    return subject == above or above in SUBJECTS[subject].sees
