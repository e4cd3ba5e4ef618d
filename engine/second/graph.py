"""The second opinion's own order of work: columns over frames of rows, in levels between which durable-rules is asked.

A frame is a set of rows, each with the rows in sight of it by name: those of a subject, or pairs of a row and one that
stands in a list of it. A node is one column over a frame.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, TypeAlias

from engine.second.dates import Calendar
from engine.subjects import SINGLE, SUBJECTS

Column: TypeAlias = list[Any]


@dataclass
class Run:
    """What has been worked out of one snapshot so far."""

    tables: "Given"
    calendar: Calendar
    columns: list[Column]
    answers: list[Sequence[Column]]
    frames: "dict[int, Rows]" = field(default_factory=dict)
    asked: Mapping[str, Sequence[int]] = field(default_factory=dict)


@dataclass
class Given:
    """What the snapshot gives, as plain lists: numbers scaled by their units, rows above by number, rows below.

    `stated` has what is stated over a fact, by row; under `None` for every row.
    """

    sizes: Mapping[str, int]
    columns: Mapping[str, Column]
    links: Mapping[str, list[int]]
    lists: Mapping[str, list[list[int] | None]]
    sessions: Mapping[int, tuple[int, int]]
    remembered: Mapping[str, Column]
    stated: Mapping[str, Mapping[int | None, Any]]


class Rows:
    """The rows of a frame: how many, and which row stands under each name."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._getters: dict[str, Callable[[Column], Sequence[Any]]] = {}

    def index(self, name: str) -> Sequence[int] | None:
        """Return the row under a name for each row here; `None` where they are the same."""
        raise NotImplementedError

    def gather(self, name: str, column: Column) -> Column:
        """Return a column of the rows under a name, for each row here."""
        if name not in self._getters:
            index = self.index(name)
            if index is None:
                return column
            if len(index) <= 1:  # of one, `itemgetter` gives the item itself
                return [column[row] for row in index]
            self._getters[name] = itemgetter(*index)
        return [*self._getters[name](column)]


class Own(Rows):
    """All rows of a subject."""

    def __init__(self, subject: str, given: Given) -> None:
        super().__init__(given.sizes[subject])
        self.subject, self.links = subject, given.links

    def index(self, name: str) -> Sequence[int] | None:
        if name == self.subject:
            return None
        return [0] * self.size if name in SINGLE else self.links[f"{self.subject}>{name}"]


class Some(Rows):
    """Some rows of a subject."""

    def __init__(self, of: Rows, rows: Sequence[int]) -> None:
        super().__init__(len(rows))
        self.of, self.rows = of, rows

    def index(self, name: str) -> Sequence[int] | None:
        over = self.of.index(name)
        return self.rows if over is None else [over[row] for row in self.rows]


class Distinct(Rows):
    """Of rows that are alike in some columns the first; `which` says for each row there its row here."""

    def __init__(self, of: Rows, alike: Sequence[Any]) -> None:
        places = {key: place for place, key in enumerate(dict.fromkeys(alike))}
        self.which = [*map(places.__getitem__, alike)]
        firsts = dict(zip(reversed(self.which), range(len(alike) - 1, -1, -1), strict=True))
        super().__init__(len(places))
        self.of, self.rows = of, [firsts[place] for place in range(len(places))]

    def index(self, name: str) -> Sequence[int] | None:
        over = self.of.index(name)
        return self.rows if over is None else [over[row] for row in self.rows]


class Pairs(Rows):
    """Rows of another frame, each with one row of a list: `firsts` are rows there, `seconds` of the list's subject."""

    def __init__(self, above: Rows, variable: str, firsts: list[int], seconds: list[int]) -> None:
        super().__init__(len(firsts))
        self.above, self.variable, self.firsts, self.seconds = above, variable, firsts, seconds
        self._known: dict[str, Sequence[int]] = {}

    def index(self, name: str) -> Sequence[int] | None:
        if name == self.variable:
            return self.seconds
        if name not in self._known:
            over = self.above.index(name)
            self._known[name] = self.firsts if over is None else [over[row] for row in self.firsts]
        return self._known[name]


@dataclass(eq=False)
class Frame:
    """Rows that an expression is worked out for: the subject under each name, and how to find them."""

    number: int
    names: Mapping[str, str]
    level: int
    find: Callable[[Run], Rows]
    subject: str | None = None
    above: "Frame | None" = None

    @property
    def root(self) -> "Frame":
        """The frame of all rows of a subject that this one was made from."""
        return self if self.above is None else self.above.root


@dataclass(eq=False)
class Node:
    """One column: of numbers in integers of ten to the minus `scale`, or, `divided`, in fractions of themselves.

    `fact` is the fact that it stands for, over which something may be stated; `most` what no snapshot can exceed.
    """

    number: int
    frame: Frame
    kind: str
    level: int
    work: Callable[[Run], Column]
    scale: int = 0
    divided: bool = False
    needs: "tuple[Node, ...]" = ()
    fact: str = ""
    most: int | None = None


@dataclass
class Graph:
    """Frames and nodes in an order in which each comes after what it needs."""

    frames: list[Frame] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    _roots: dict[str, Frame] = field(default_factory=dict)

    def root(self, subject: str) -> Frame:
        """Return the frame of all rows of a subject."""
        if subject not in self._roots:
            names = {name: name for name in (subject, *SUBJECTS[subject].sees)}
            self._roots[subject] = self._frame(names, 0, lambda run: Own(subject, run.tables), subject)
        return self._roots[subject]

    def some(self, subject: str, name: str) -> Frame:
        """Return the frame of those rows of a subject that are asked about under a name."""
        above = self.root(subject)

        def find(run: Run) -> Rows:
            return Some(rows_of(run, above), run.asked.get(name, ()))

        return self._frame(above.names, 0, find, None, above)

    def distinct(self, above: Frame, alike: Sequence[Node], owner: str) -> Frame:
        """Return those rows of a frame that differ in some columns, or in the row under a name."""

        def find(run: Run) -> Rows:
            over = rows_of(run, above)
            owners = over.index(owner) or range(over.size)
            return Distinct(over, [*zip(owners, *(run.columns[node.number] for node in alike), strict=True)])

        return self._frame(above.names, max((above.level, *(node.level for node in alike))), find, None, above)

    def _frame(
        self,
        names: Mapping[str, str],
        level: int,
        find: Callable[[Run], Rows],
        subject: str | None = None,
        above: Frame | None = None,
    ) -> Frame:
        frame = Frame(len(self.frames), names, level, find, subject, above)
        self.frames.append(frame)
        return frame

    def pairs(self, above: Frame, owner: str, rows: str, variable: str, only: Node | None = None) -> Frame:
        """Return the pairs of rows of a frame and what stands in a list; `only`: of rows for which that is true."""
        subject = above.names[owner]
        child = dict(SUBJECTS[subject].lists)[rows]

        def find(run: Run) -> Rows:
            return _paired(run, above, owner, f"{subject}<{rows}", variable, only)

        level = max(above.level, only.level if only else 0)
        return self._frame({**above.names, variable: child}, level, find, None, above)

    def node(  # noqa: PLR0913 - a node's whole definition
        self,
        frame: Frame,
        kind: str,
        needs: Sequence[Node],
        work: Callable[[Run], Column],
        *,
        scale: int = 0,
        divided: bool = False,
        later: int = 0,
    ) -> Node:
        """Add a node that comes after what it needs; `later`: by so many levels."""
        level = max((frame.level, *(need.level for need in needs))) + later
        node = Node(len(self.nodes), frame, kind, level, work, scale, divided, tuple(needs))
        self.nodes.append(node)
        return node


def _paired(  # noqa: PLR0913, PLR0917 - what a list's pairs are made of
    run: Run, above: Frame, owner: str, rows: str, variable: str, only: Node | None
) -> Pairs:
    outer = rows_of(run, above)
    lists = outer.gather(owner, run.tables.lists[rows])
    wanted = run.columns[only.number] if only else None
    firsts: list[int] = []
    seconds: list[int] = []
    for row, below in enumerate(lists):
        if below and (wanted is None or wanted[row] is True):
            firsts += [row] * len(below)
            seconds += below
    return Pairs(outer, variable, firsts, seconds)


def rows_of(run: Run, frame: Frame) -> Rows:
    """Return the rows of a frame, found once."""
    if frame.number not in run.frames:
        run.frames[frame.number] = frame.find(run)
    return run.frames[frame.number]
