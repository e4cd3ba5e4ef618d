"""What the page calls a fact: its meaning, as a link to where it is defined."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from commands.page.markdown import escaped, link
from commands.page.values import human
from commands.pieces import pieces
from engine.expr.typed import Fold, Read
from engine.law.model import Constitution, Derived, Pick
from engine.subjects import SINGLE, SUBJECTS, given
from engine.wording import list_of

_COMMON: Final = 5
_BEFORE, _NEXT, _FOUND = "_before", "_next", "_found"
_CALLED: Final = {
    "bar": "daily bar",
    "candidate": "contract on offer",
    "entry": "trade considered",
    "flow": "payment",
    "host": "program",
    "report": "earnings report",
    "symbol": "underlying",
}
_MANY: Final = {"candidate": "contracts on offer", "entry": "trades considered"}


def called(subject: str) -> str:
    """Return what a person calls a kind of row."""
    return _CALLED.get(subject, subject)


def known_as(of: Derived) -> str:
    """Return the name under which a fact is read: what goes into the next snapshot is read without `_next`."""
    return of.name.removesuffix(_NEXT) if of.form == "memory" else of.name


def each(subject: str) -> str:
    """Return for which rows something is judged: for each of them, or for the only one."""
    return f"the {called(subject)}" if subject in SINGLE else f"each {called(subject)}"


def one(subject: str) -> str:
    """Return a kind of row with its article."""
    word = called(subject)
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


@dataclass(frozen=True)
class Names:
    """The names of one law, in words."""

    law: Constitution

    @cached_property
    def meanings(self) -> dict[str, str]:
        """What every fact that has one is said to mean, by name."""
        law = self.law
        found = {f"{subject}.{name}": fact.means for subject in SUBJECTS for name, fact in given(subject).items()}
        found |= {known_as(of): of.origin.means for name, of in law.derived.items() if self.defines(name)}
        return found | {name: pick.origin.means for name, pick in law.picks.items()}

    def defines(self, name: str) -> bool:
        """Return whether a fact has a definition of its own, and is not merely what a latch keeps."""
        return self.law.derived[name].form != "latch" or name in self.law.latches

    @cached_property
    def _alike(self) -> frozenset[str]:
        """The meanings that facts of several subjects share: there the subject is said too."""
        owners: defaultdict[str, set[str]] = defaultdict(set)
        for name, means in self.meanings.items():
            owners[means].add(name.partition(".")[0])
        return frozenset(means for means, subjects in owners.items() if len(subjects) > 1)

    @cached_property
    def common(self) -> frozenset[str]:
        """The facts that so many pieces read that a reader knows them soon."""
        read = Counter(name for piece in pieces(self.law) for name in piece.reads)
        return frozenset(name for name, count in read.items() if count > _COMMON)

    def link(self, name: str) -> str:
        """Return a fact as a link: what it means, up to a semicolon."""
        means = self.meanings.get(name) or human(name.partition(".")[2])
        whose = f" (of the {called(name.partition('.')[0])})" if means in self._alike else ""
        return f"{link(escaped(means.partition(';')[0]), f'fact-{name}')}{whose}"

    def read(self, of: Read) -> str:
        """Return what an expression reads."""
        full = f"{of.subject}.{of.fact}"
        pick = next(self._picks(of.row), None)
        if pick is not None:
            return f"{link(escaped(self._plain(full)), f'fact-{full}')} of {self.link(pick.name)}"
        if full.removesuffix(_FOUND) in self.law.picks:
            return f"there is a contract that is {self.link(full.removesuffix(_FOUND))}"
        if full in self.law.remembered:
            return self._remembered(full)
        rule = self.law.rules.get(of.fact)
        if rule is not None and not rule.decides and rule.name == full:
            return f"the condition {link(human(rule.id), f'rule-{rule.id}')} is met"
        return self._kept(full) or self.link(full)

    def _plain(self, name: str) -> str:
        return (self.meanings.get(name) or human(name.partition(".")[2])).partition(";")[0]

    def _picks(self, row: str) -> Iterator[Pick]:
        """Yield the pick that chose a row."""
        owner, _, chosen = row.partition(".")
        # A variable may stand for any row, a subject's name only for its own.
        for pick in self.law.picks.values():
            if pick.fact == chosen and (owner == pick.subject or owner not in SUBJECTS):
                yield pick

    def _remembered(self, name: str) -> str:
        kept = self.law.remembered[name]
        if kept.latch is None:
            return self.link(name)
        return self._kept(name.removesuffix(_BEFORE)) or f"at the last look, {self.link(kept.latch)}"

    def _kept(self, name: str) -> str:
        """Return what a latch keeps of the moment when it was set; nothing where a name is not kept."""
        for latch, of in self.law.latches.items():
            for kept in of.keeps:
                if name == f"{latch}_{kept}":
                    return f"the “{human(kept)}” kept with {self.link(latch)}"
        return ""

    def rows(self, of: Fold, *, many: bool) -> str:
        """Return the rows that an expression goes through, and whose they are."""
        what = _MANY.get(of.child) or (f"{called(of.child)}s" if of.child in _CALLED else human(list_of(of)))
        whose = "" if of.parent in SINGLE else f" of the {called(of.parent)}"
        return f"{what if many else one(of.child)}{whose}"
