"""Where the steps of a stage are worked out: in their place, where a decision asks for them, or nowhere."""

from collections.abc import Mapping
from typing import Protocol

from engine.access import Plan
from engine.expr.typed import Const
from engine.law.model import Pick, Rule
from engine.steps import Mask, Step


class Whole(Plan, Protocol):
    """What a stage must know of the law besides: which steps each step reads, and the rules in their order."""

    @property
    def reads(self) -> Mapping[str, set[str]]: ...

    @property
    def numbers(self) -> Mapping[str, int]: ...

    @property
    def requires(self) -> Mapping[str, tuple[Rule, ...]]: ...


class Homes:
    """A decision asks for requirements once its condition holds, so that they, and what only they ask for, can wait.

    `waiting` has the steps that wait for a decision, `elsewhere` those and the ones that nobody asks for. `inlined` are
    the requirements that only the collection of their kind asks for: they are written there.
    """

    def __init__(self, steps: Mapping[str, Step], whole: Whole) -> None:
        self.steps, self.whole = steps, whole
        self.readers: dict[str, list[str]] = {name: [] for name in steps}
        for reader in steps:
            for name in whole.reads[reader] & steps.keys():
                self.readers[name].append(reader)
        self.elsewhere: dict[str, str] = {}
        for name in reversed([*steps]):
            home = self._home(name)
            if home is not None:
                self.elsewhere[name] = home
        self.waiting: dict[str, dict[str, Step]] = {home: {} for home in self.elsewhere.values() if home}
        for name, step in steps.items():
            if self.elsewhere.get(name):
                self.waiting[self.elsewhere[name]][name] = step
        self.inlined = {name for name, step in steps.items() if isinstance(step, Rule) and self._only_collected(name)}

    def _home(self, name: str) -> str | None:
        """Return the decision that alone asks for a step; `""` if nobody does, `None` if it stays in its place."""
        step = self.steps[name]
        if name in self.whole.needed or isinstance(step, Pick) or (isinstance(step, Rule) and step.decides):
            return None
        homes = {self._asks(reader, step) for reader in self.readers[name]} - {""}
        return "" if not homes else homes.pop() if len(homes) == 1 else None

    def _asks(self, reader: str, step: Step) -> str | None:
        """Return the decision for which a reader asks for a step, `None` where it asks whatever is decided."""
        other = self.steps[reader]
        if not isinstance(other, Rule) or not other.decides:
            return self.elsewhere.get(reader)
        return reader if isinstance(step, Mask) and not always(other) else None

    def _only_collected(self, name: str) -> bool:
        readers = self.readers[name]
        return name not in self.whole.needed and len(readers) == 1 and isinstance(self.steps[readers[0]], Mask)


def always(rule: Rule) -> bool:
    """Return whether a rule speaks of every row."""
    return isinstance(rule.when, Const) and rule.when.value is True
