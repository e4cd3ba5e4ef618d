"""A golden case that would notice a mutant, as its file would have it: read as it is written before it is told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path
from shlex import quote
from typing import Final

from commands.fixture import Reader
from commands.golden import Case, Expected, Fixture, Told, citations, differences, tell
from commands.lines import Line, head, rules_of, written
from commands.paste import moved_keys
from engine.decide import decide
from engine.law.model import Constitution
from engine.place import FactError
from proof.mutation.judge import FAILS
from proof.mutation.vary import Move

_CASES: Final = "cases"
_STEP: Final = "  "


@dataclass(frozen=True, slots=True)
class Paper:
    """A case as text for a file, and where in it the case belongs.

    Attributes:
        file: The file that it is for.
        line: The one of `cases:`, below which it belongs.
        indent: What stands before the names of the cases there.
        name: What it is to be called, where no other case of the file is.
        taken: What the cases of the file are called.
        keys: What stands below its name.
        uncited: The rules that it names, of which `rules:` of the file does not have what they cite.
    """

    file: Path
    line: int
    indent: str
    name: str
    taken: frozenset[str]
    keys: tuple[str, ...]
    uncited: tuple[str, ...]

    def lines(self, law: str) -> Iterator[str]:
        """Yield where it belongs, as comments, and the case; `law` are the options that say which law is meant."""
        yield f"# {self.file}: put it below line {self.line}, `{_CASES}:`"
        if self.uncited:
            command = " ".join(filter(None, ("alluse test", quote(str(self.file)), law, "--update")))
            yield f"# then `{command}` adds the citations of {', '.join(self.uncited)} to `rules:`"
        yield f"{self.indent}{self.name}:"
        yield from (f"{self.indent}{_STEP}{line}" for line in self.keys)


def apart(paper: Paper, names: dict[Path, set[str]]) -> Paper:
    """Return a paper with a name that no case of its file has, nor another paper for it; `names` takes it."""
    taken = names.setdefault(paper.file, {*paper.taken})
    numbered = (f"{paper.name}_{number}" for number in count(2))
    name = next(name for name in chain((paper.name,), numbered) if name not in taken)
    taken.add(name)
    return replace(paper, name=name)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where cases are written that a law passes and a mutant of it does not; `reader` reads what is written."""

    law: Constitution
    mutant: Constitution
    reader: Reader

    def paper(self, fixture: Fixture, case: Case, moves: Sequence[Move]) -> Paper | None:
        """Return a case of a file with some facts moved; nothing where the mutant passes it, or it cannot be read."""
        place = fixture.root.key(_CASES)
        if place is None or place.place.line == case.place.line:
            return None
        keys = moved_keys(case, decide(self.law, case.snapshot).facts, moves)
        read = self.reader.another(fixture, [f"{case.name}:", *(f"{_STEP}{key}" for key in (*keys, "about: []"))])
        if read is None:
            return None
        about = self._about(read)
        looked = replace(read, about=dict.fromkeys(about, case.place))
        expecting = _expecting(looked, tell(self.law, looked), remembers=case.remembers is not None or not about)
        cited = _cited(self.law, fixture, expecting)
        if not self._notices(cited, expecting):
            return None
        lines = (*keys, f"about: {written([*about])}", *_told(expecting))
        uncited = tuple(rule for rule, said in cited.rules.items() if fixture.rules.get(rule) != said)
        names = frozenset(other.name for other in fixture.cases)
        indent = " " * (case.place.column - 1)
        return Paper(fixture.path, place.place.line, indent, f"{case.name}_again", names, lines, uncited)

    def _about(self, case: Case) -> tuple[str, ...]:
        """Return a row of which both say different things, one of which there is least to say; none if one fails."""
        one = _spoken(self.law, case)
        try:
            two = _spoken(self.mutant, case)
        except (FactError, *FAILS):
            return ()
        rows = [line[0] for line in one if line not in two] + [line[0] for line in two if line not in one]
        said = [row for row, *_ in one]
        return tuple(sorted({*rows}, key=lambda row: (said.count(row) or len(said), rows.index(row)))[:1])

    def _notices(self, fixture: Fixture, case: Case) -> bool:
        """Return whether a case notices the mutant; one that fails is overlooked by none."""
        try:
            return bool(differences(self.mutant, fixture, case, tell(self.mutant, case)))
        except (FactError, *FAILS):
            return True


def _spoken(law: Constitution, case: Case) -> list[tuple[str, Line, dict[str, Line]]]:
    """Return what a law says, line by line: the row, the line, and what its rules cite."""
    lines = tell(law, case).decisions
    return [(str(head(line)[1]), line, citations(law, sorted(rules_of([line])))) for line in lines]


def _expecting(case: Case, told: Told, *, remembers: bool) -> Case:
    """Return a case that expects what the law says."""
    expect, orders = ([Expected(line, case.place) for line in lines] for lines in (told.decisions, told.orders))
    memory = Expected(told.remembers, case.place) if remembers else None
    return replace(case, expect=(*expect,), orders=(*orders,), remembers=memory)


def _cited(law: Constitution, fixture: Fixture, case: Case) -> Fixture:
    """Return a file that says what the rules cite that one more case names."""
    named = sorted(rules_of(item.line for item in (*(case.expect or ()), *case.orders)))
    said = {rule: Expected(line, case.place) for rule, line in citations(law, named).items()}
    stands = {rule: fixture.rules[rule] for rule in said if rule in fixture.rules}
    kept = {rule: old for rule, old in stands.items() if old.line == said[rule].line}
    return replace(fixture, rules={**fixture.rules, **said, **kept})


def _told(case: Case) -> Iterator[str]:
    """Yield what a case expects as its file has it."""
    for key, said in (("expect", case.expect or ()), ("orders", case.orders)):
        yield f"{key}:{'' if said else ' []'}"
        yield from (f"{_STEP}- {written(item.line)}" for item in said)
    if case.remembers is not None:
        yield f"remembers: {written(case.remembers.line)}"
