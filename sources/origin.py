"""Where each group of facts came from, in words: a snapshot's origin, and the table that a person sees."""

from collections.abc import Callable
from dataclasses import dataclass, field

Tell = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Source:
    """One group of facts and its source; what is `derived` is nobody's statement."""

    fact: str
    text: str
    derived: bool = False

    def __str__(self) -> str:
        return f"{self.fact}{' (derived)' if self.derived else ''}: {self.text}"


@dataclass(frozen=True, slots=True)
class Origin:
    """What has been said of the facts so far; `tell` hears what is done, and which share of it."""

    tell: Tell
    sources: list[Source] = field(default_factory=list)

    def say(self, fact: str, text: str, *, derived: bool = False) -> None:
        """Note where a group of facts came from."""
        self.sources.append(Source(fact, text, derived))

    def __str__(self) -> str:
        return " ".join(["Built by `alluse snapshot`.", *(f"{source}." for source in self.sources)])
