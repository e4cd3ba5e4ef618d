"""Which requirements can be read in columns: what each reads of a contract's numbers, and what stands in the way."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.columnar.keys import KEYS, PUT_TOGETHER, TEXTS, WIDE
from engine.expr.typed import Apply, Fold, Read, Typed, walk
from engine.law.model import Constitution, Derived, Rule
from engine.law.names import LISTS
from engine.steps import expressions

MEASURES: Final = frozenset({"abs", "min", "max", "mean", "floor", "ceil"})


@dataclass
class Readable:
    """Says of expressions whether they hang on numbers of the contract at hand, `wide`, or on its kind, `narrow`."""

    law: Constitution
    _wide: dict[str, bool] = field(default_factory=dict)
    _narrow: dict[str, bool] = field(default_factory=dict)

    def definition(self, of: Read) -> Derived | Rule | None:
        """Return what gives a fact of the contract at hand, or of it for one sleeve, if the law does."""
        if of.row not in PUT_TOGETHER:
            return None
        name = f"{of.subject}.{of.fact}"
        return self.law.derived.get(name) or self._required(name)

    def _required(self, name: str) -> Rule | None:
        rule = self.law.rules.get(name.partition(".")[2])
        return rule if rule is not None and rule.name == name and not rule.decides else None

    def wide(self, of: Typed) -> bool:
        """Return whether an expression reads a number of the contract at hand, directly or through other facts."""
        return any(isinstance(part, Read) and self._read(part, self._wide, self._is_wide) for part in walk(of))

    def narrow(self, of: Typed) -> bool:
        """Return whether it hangs on the kind of contract: its names, its underlying, what a sleeve has of that."""
        return any(self._keyed(part) for part in walk(of))

    def _keyed(self, part: Typed) -> bool:
        if isinstance(part, Fold | Read) and part.row.partition(".")[0] in {"symbol", "holding"}:
            return True
        return isinstance(part, Read) and self._read(part, self._narrow, self._is_narrow)

    def _read(self, of: Read, known: dict[str, bool], judge: Callable[[Read], bool]) -> bool:
        name = f"{of.row}:{of.subject}.{of.fact}"
        if name not in known:
            known[name] = judge(of)
        return known[name]

    def _is_wide(self, of: Read) -> bool:
        defined = self.definition(of)
        if defined is not None:
            return self.wide(value_of(defined))
        return of.row == "candidate" and of.fact in WIDE

    def _is_narrow(self, of: Read) -> bool:
        defined = self.definition(of)
        if defined is not None:
            return self.narrow(value_of(defined))
        return of.row == "candidate" and of.fact in KEYS

    def chain(self, name: str, owner: str, known: set[tuple[str, str]] | None = None) -> frozenset[str]:
        """Return the subjects whose facts ask the contracts on offer, on the way from a fact or a requirement.

        A fact of a position, or what it leads to, asks for the position's own underlying.
        """
        known = set() if known is None else known
        if (name, owner) in known:
            return frozenset()
        known.add((name, owner))
        found: set[str] = set()
        for of in self._expressions(name):
            for part in walk(of):
                if isinstance(part, Fold) and part.child in PUT_TOGETHER:
                    found.add(owner)
                if isinstance(part, Read):
                    nearer = "position" if "position" in {owner, part.subject} else part.subject
                    for read in (f"{part.subject}.{part.fact}", *([part.row] if "." in part.row else [])):
                        found |= self.chain(read, nearer, known)
        return frozenset(found | ({owner} if name.removesuffix("_found") in self.law.picks else set()))

    def _expressions(self, name: str) -> tuple[Typed, ...]:
        defined = self.law.derived.get(name) or self._required(name) or self.law.picks.get(name.removesuffix("_found"))
        return () if defined is None else expressions(defined)

    def hindrances(self, of: Typed) -> Iterator[str]:
        """Yield what keeps an expression from being read in columns, in words."""
        for part in walk(of):
            match part:
                case Read() if part.row in PUT_TOGETHER and (part.subject, part.fact) in TEXTS:
                    yield f"it compares {part}, a name that columns do not have"
                case Read() if (defined := self.definition(part)) is not None:
                    yield from self.hindrances(value_of(defined))
                case Fold() if part.child in PUT_TOGETHER and self.wide(part.body):
                    list_ = next(name for name, child in LISTS[part.parent].items() if child == part.child)
                    yield f"it holds numbers of a contract against the others of {part.row}.{list_}"
                case Apply() if part.function not in MEASURES and self.wide(part):
                    yield f"it asks {part.function} about a number or an instant of the contract"
                case _:
                    pass


def value_of(defined: Derived | Rule) -> Typed:
    """Return what a fact or a requirement is worked out by."""
    return defined.value if isinstance(defined, Derived) else defined.when


def free(of: Typed, bound: Mapping[str, object]) -> bool:
    """Return whether an expression reads a row that a list around it goes through."""
    return bool(bound) and any(isinstance(part, Read | Fold) and part.row in bound for part in walk(of))
