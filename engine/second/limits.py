"""What durable-rules cannot hold, looked for before it is asked: collisions of names, too many rules or conditions."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from engine.second.arithmetic import LARGEST, added, fields_of, most
from engine.second.durable import DONE, MOST_FACTS, SESSIONS
from engine.second.opinion import Second, grouped
from engine.second.questions import Question
from engine.second.rules import MOST_CONDITIONS, MOST_RULES, ZERO

_BASIS: Final = 2166136261  # FNV-1a, 32 bits: all that durable-rules knows of a name
_PRIME: Final = 16777619
_BITS: Final = 2**32
# Names that it keeps for itself, and those that every fact has.
_OWN: Final = ("$s", "$i", "$m", "id", "sid", "t", "m")


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that does not fit, and what that means."""

    code: str
    means: str

    def __str__(self) -> str:
        return f"{self.code}: {self.means}"


@dataclass(frozen=True, slots=True)
class Summary:
    """What is judged where, and how close it comes to what durable-rules can hold."""

    comparisons: int
    joints: int
    questions: int
    rules: int
    sets: int
    most_rules: int
    most_conditions: int
    own: int
    proven: int

    def __str__(self) -> str:
        return (
            f"{self.comparisons:,} comparisons and {self.joints:,} conjunctions or disjunctions in durable-rules, as "
            f"{self.rules:,} rules in {self.sets} sets (at most {self.most_rules} in one, {self.most_conditions} "
            f"conditions for a fact); {self.own:,} sums, lists, dates and choices by code of its own; {self.proven:,} "
            "comparisons cannot leave 64 bits whatever is given, for the others that is proven of the values at hand"
        )


def hashed(name: str) -> int:
    """Return the number that durable-rules knows a name by."""
    found = _BASIS
    for byte in name.encode():
        found = (found ^ byte) * _PRIME % _BITS
    return found


def collisions(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return names that durable-rules takes for one."""
    known: dict[int, str] = {}
    found = []
    for name in dict.fromkeys(names):
        other = known.setdefault(hashed(name), name)
        if other != name:
            found.append((other, name))
    return found


def limits(second: Second) -> list[Limit]:
    """Return everything of a law that does not fit into the safe subset."""
    questions = second.law.compiler.questions
    groups = [group for level, _ in second.levels for group in grouped(level)]
    return [*_named(questions), *_large(questions), *_crowded(groups)]


def _named(questions: Sequence[Question]) -> Iterator[Limit]:
    fields = chain.from_iterable((*question.names, ZERO.name, *question.shape.large) for question in questions)
    for one, other in collisions((*_OWN, *fields)):
        yield Limit("collision", f"the fields '{one}' and '{other}' are one name to durable-rules")
    ids = (f"{session}!{id_}" for session in range(SESSIONS) for id_ in (*range(MOST_FACTS), DONE))
    for one, other in collisions(ids):
        yield Limit("collision", f"the facts '{one}' and '{other}' are one fact to durable-rules")


def _large(questions: Sequence[Question]) -> Iterator[Limit]:
    for question in questions:
        if question.shape.conditions > MOST_CONDITIONS:
            found = question.shape.conditions
            yield Limit("conditions", f"question {question.number} has {found} conditions; {MOST_CONDITIONS} fit")
        for constant in question.shape.constants:
            if constant > LARGEST:
                yield Limit("integer", f"question {question.number} has the constant {constant}; {LARGEST} fits")


def _crowded(groups: Sequence[Sequence[Question]]) -> Iterator[Limit]:
    for group in groups:
        rules = 1 + sum(len(question.rules) for question in group)
        if rules > MOST_RULES:
            yield Limit("rules", f"{rules} rules stand in one set; {MOST_RULES} fit")


def summary(second: Second) -> Summary:
    """Return what is judged where."""
    compiler = second.law.compiler
    questions, groups = compiler.questions, [group for level, _ in second.levels for group in grouped(level)]
    return Summary(
        comparisons=compiler.counts.compared,
        joints=compiler.counts.joints,
        questions=len(questions),
        rules=sum(len(question.rules) for question in questions),
        sets=len(groups),
        most_rules=max((1 + sum(len(question.rules) for question in group) for group in groups), default=0),
        most_conditions=max((question.shape.conditions for question in questions), default=0),
        own=compiler.counts.own,
        proven=sum(map(_proven, questions)),
    )


def _proven(question: Question) -> int:
    """Return how many comparisons no snapshot can make too large: those between given facts alone."""
    most_of = question.most
    return sum(
        all(name in most_of for name in (left.name, *fields_of(term))) and most(added(left, term), most_of) <= LARGEST
        for _, left, term in question.shape.sides
    )
