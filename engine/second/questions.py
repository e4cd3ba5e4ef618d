"""A question: rows of values go in, each distinct one once, and durable-rules says of each condition what it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, TypeAlias

from engine.second.arithmetic import LARGEST, LARGEST_CONSTANT, added, most, value
from engine.second.conditions import fields, judged
from engine.second.durable import InconsistentError
from engine.second.graph import Column, Frame, Node, Run
from engine.second.rules import TRUE, ZERO, Rule, Shape

Key: TypeAlias = tuple[Any, ...]
_TRUTHS: Final = {True: 1, False: 0, None: 2}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value that a question is asked about: a truth, a number, a fraction or a word, under a number of its own."""

    node: Node
    form: str
    number: int

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that it takes."""
        forms = {"truth": "b", "ratio": "ndk"}.get(self.form, "xk")
        return tuple(f"{letter}{self.number}" for letter in forms)

    def encoded(self, of: Any, words: "Words") -> tuple[int, ...] | None:  # noqa: ANN401 - any value
        """Return a value as the integers of its fields; nothing where it is no integer."""
        if self.form == "truth":
            return (_TRUTHS[of],)
        if of is None:
            return (1, 1, 0) if self.form == "ratio" else (1, 0)
        if self.form == "ratio":
            return *Fraction(of).as_integer_ratio(), 1
        if self.form == "word":
            return words[of], 1
        return (int(of), 1) if isinstance(of, int) else None

    def exact(self, of: Any, words: "Words") -> dict[str, Any]:  # noqa: ANN401 - any value
        """Return a value as code of its own reads it, whatever its size."""
        if self.form == "truth":
            return {self.names[0]: of}
        known = of is not None
        plain = words[of] if self.form == "word" and known else of if known else 1
        if self.form == "ratio":
            return dict(zip(self.names, (*Fraction(plain).as_integer_ratio(), known), strict=True))
        return dict(zip(self.names, (plain, known), strict=True))


class Words(dict[str, int]):
    """Every word by a number of its own."""

    def __missing__(self, word: str) -> int:
        self[word] = len(self) + 1
        return self[word]


@dataclass(eq=False)
class Question:
    """Conditions over the same leaves; `number` is the type of its facts."""

    number: int
    frame: Frame
    level: int
    leaves: tuple[Leaf, ...]
    shape: Shape
    words: Words
    rules: dict[str, Rule] = field(init=False)
    _format: str = field(init=False)
    _names: tuple[str, ...] = field(init=False)
    _needs: tuple[tuple[int, ...], ...] = field(init=False)
    _truths: bool = field(init=False)

    def __post_init__(self) -> None:
        self.rules = {f"{self.number}.{place}": rule for place, rule in enumerate(self.shape.rules)}
        self._names = tuple(name for leaf in self.leaves for name in leaf.names)
        fixed = {"t": self.number, ZERO.name: 0, **self.shape.large}
        both = [f'"{name}":{constant}' for name, constant in fixed.items()]
        self._format = ",".join([*both, *(f'"{name}":%d' for name in self._names)])
        self._truths = all(leaf.form == "truth" for leaf in self.leaves)
        self._needs = tuple(
            tuple(place for place, leaf in enumerate(self.leaves) if {*leaf.names} & fields(output))
            for output in self.shape.outputs
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The fields of its facts."""
        return self._names

    @property
    def most(self) -> dict[str, int]:
        """What fields cannot exceed, whatever a snapshot gives."""
        found = {ZERO.name: 0}
        for leaf in self.leaves:
            if leaf.form == "word":
                found |= dict.fromkeys(leaf.names, LARGEST_CONSTANT)
            elif leaf.form == "number" and leaf.node.most is not None:
                found |= {leaf.names[0]: leaf.node.most, leaf.names[1]: 1}
        return found

    @property
    def texts(self) -> dict[str, tuple[str, ...]]:
        """Its rules by name, each with its terms, the first of which names the type."""
        return {name: (f'{{"t": {self.number}}}', *rule.terms) for name, rule in self.rules.items()}

    def facts(self, keys: Sequence[Key]) -> tuple[list[int], list[str]]:
        """Return which keys durable-rules can judge, by their places, and their facts; the others are too large."""
        if self._truths:
            return [*range(len(keys))], [self._format % tuple(map(_TRUTHS.__getitem__, key)) for key in keys]
        known = [(place, flat) for place, flat in enumerate(map(self._flat, keys)) if flat is not None]
        if known and not self._bounded(map(_largest, zip(*(flat for _, flat in known), strict=True))):
            known = [(place, flat) for place, flat in known if self._bounded(map(abs, flat))]
        return [place for place, _ in known], [self._format % flat for _, flat in known]

    def _flat(self, key: Key) -> tuple[int, ...] | None:
        flat: list[int] = []
        for leaf, of in zip(self.leaves, key, strict=True):
            encoded = leaf.encoded(of, self.words)
            if encoded is None:
                return None
            flat += encoded
        if self.shape.unders:
            given = dict(zip(self._names, flat, strict=True))
            if any(value(under, given) <= 0 for under in self.shape.unders):
                return None
        return tuple(flat)

    def _bounded(self, sizes: Iterable[int]) -> bool:
        """Return whether no sum or product of its comparisons can leave what durable-rules holds."""
        largest = dict(zip(self._names, sizes, strict=True))
        if max(largest.values()) > LARGEST:
            return False
        fixed = {**largest, ZERO.name: 0}
        return all(most(added(left, right), fixed) <= LARGEST for _, left, right in self.shape.sides)

    def judged(self, key: Key) -> list[bool | None]:
        """Return the answers of code of its own."""
        given: dict[str, Any] = {}
        for leaf, of in zip(self.leaves, key, strict=True):
            given |= leaf.exact(of, self.words)
        return [judged(output, given) for output in self.shape.outputs]

    def checked(self, key: Key, answers: Sequence[bool | None]) -> None:
        """Refuse a silence about what is known.

        Raises:
            InconsistentError: Everything that a condition needs is known, and neither side of it fired.
        """
        if self.shape.one_sided:
            self._one(key, answers)
            return
        if None not in answers:
            return
        for needs, answer in zip(self._needs, answers, strict=True):
            if answer is None and all(key[place] is not None for place in needs):
                message = f"question {self.number} was not answered though all of it is known"
                raise InconsistentError(message)

    def _one(self, key: Key, answers: Sequence[bool | None]) -> None:
        if None not in key and True not in answers:
            message = f"question {self.number} found no row though all of it is known"
            raise InconsistentError(message)


def _largest(column: tuple[int, ...]) -> int:
    return max(map(abs, column))


class Sheet:
    """A question over the rows of one snapshot: its distinct keys, and the answers for each."""

    def __init__(self, question: Question, run: Run) -> None:
        self.question = question
        columns = [run.columns[leaf.node.number] for leaf in question.leaves]
        rows: Sequence[Any] = columns[0] if len(columns) == 1 else [*zip(*columns, strict=True)]
        places = {key: place for place, key in enumerate(dict.fromkeys(rows))}
        self.rows = [*map(places.__getitem__, rows)]
        self.keys: list[Key] = [(key,) for key in places] if len(columns) == 1 else [*places]
        self.fit, self.facts = question.facts(self.keys)
        self.answers: list[list[bool | None]] = [[None] * len(self.keys) for _ in question.shape.outputs]

    def note(self, rule: str, place: int) -> None:
        """Note that a rule has fired for a key.

        Raises:
            InconsistentError: One that contradicts it has fired before.
        """
        said = self.question.rules[rule]
        so = said.side == TRUE
        if self.answers[said.output][place] is (not so):
            message = f"rule {rule} says that a condition is both true and false"
            raise InconsistentError(message)
        self.answers[said.output][place] = so

    def columns(self) -> list[Column]:
        """Return the column of each output, or, of several of which one holds, the column of its number.

        What is too large for durable-rules is judged here.

        Raises:
            InconsistentError: Everything that a condition needs is known, and neither side of it fired.
        """
        for place in self.fit:
            self.question.checked(self.keys[place], [answer[place] for answer in self.answers])
        for place in {*range(len(self.keys))}.difference(self.fit):
            for answer, so in zip(self.answers, self.question.judged(self.keys[place]), strict=True):
                answer[place] = so
        answers: list[Column] = [*self.answers]
        if self.question.shape.one_sided:
            said = zip(*self.answers, strict=True)
            answers = [[next((number for number, so in enumerate(row) if so), None) for row in said]]
        return [[*map(answer.__getitem__, self.rows)] for answer in answers]
