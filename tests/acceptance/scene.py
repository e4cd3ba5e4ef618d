"""The parts of one neutral case on their way to a snapshot."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, TypeAlias

from tests.acceptance.days import Days
from tests.acceptance.written import beside

Row: TypeAlias = dict[str, Any]
# The parts that become rows of the sleeve's positions.
POSITIONS: Final = ("position", "open_call", "hedge")


@dataclass
class Scene:
    """The parts of one case: plain rows by name, what is stated over them, what memory brings back."""

    words: Mapping[str, Any]
    parts: dict[str, Row]
    days: Days
    stated: dict[str, tuple[str, Any]] = field(default_factory=dict)
    memory: dict[str, dict[str, Row]] = field(default_factory=dict)
    many: dict[str, list[Row]] = field(default_factory=dict)
    sessions: dict[date, Row] = field(init=False)

    def __post_init__(self) -> None:
        self.sessions = self.days.rows()

    @property
    def asked(self) -> str:
        """The account that the case asks about."""
        return str(self.words.get("evaluate_account", self.words["account"]))

    def has(self, part: str) -> bool:
        """Whether the case speaks of a part."""
        return bool({part} & self.parts.keys())

    def put(self, target: str, value: object) -> None:
        """Set a field of a part, where the case has that part."""
        part, _, name = target.partition(".")
        if self.has(part):
            self.parts[part][name] = self.days.dated(value)

    def id(self, part: str) -> str | None:
        """Return the id by which facts are stated over the row of a part; none where it stands for every row."""
        account = self.parts["account"].get("id")
        sleeve = f"{account}/{self.parts['sleeve'].get('kind')}"
        known = {"account": account, "sleeve": sleeve, "holding": f"{sleeve}/{self.words.get('symbol')}"}
        return known.get(part) or self.parts[part].get("id") or self.parts[part].get("symbol")

    def state(self, parts: str, fact: str, value: object) -> None:
        """State a fact over the row of the last of some parts, where the case has all of them."""
        if all(self.has(part) for part in parts.split()):
            *_, part = parts.split()
            subject, _, name = fact.partition(".")
            id_ = self.id(part)
            self.stated[f"{subject}.{id_}.{name}" if id_ else fact] = part, value

    def assumptions(self) -> Iterator[Row]:
        """Yield what is stated, but for that over a position that is gone or was not delivered."""
        for fact, (part, value) in self.stated.items():
            if not {part} & set(POSITIONS) - self._delivered():
                yield {"fact": fact, "value": value}

    def _delivered(self) -> set[str]:
        return set() if {"positions"} & self.parts["sleeve"].keys() else set(POSITIONS) & self.parts.keys()

    def remember(self, part: str, fact: str, value: object) -> None:
        """Put a fact into the memory of a part's row, where the case has that part."""
        if self.has(part):
            entries = self.memory.setdefault(part, {})
            entries.setdefault(str(self.id(part)), {})[fact] = self.days.dated(value)

    def latch(self, name: str) -> None:
        """Set a latch in the memory of the row it belongs to."""
        terms = beside("vocabulary.yaml")["latches"][name]
        kept: Row = {"since": self.words["now"], "by": "law"}
        for fact, source in terms.get("keeps", {}).items():
            kept[fact] = self._said(source)
        self.remember(terms["part"], name, kept)

    def _said(self, source: object) -> object:
        match source:
            case list():
                said, *_ = (self.words[word] for word in source if {word} & self.words.keys())
                return said
            case _:
                return self.days.dated(source)
