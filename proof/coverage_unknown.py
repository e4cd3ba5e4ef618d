"""Whether a condition can be unknown at all: what asks first whether something is known is not."""

from dataclasses import dataclass, field

from engine.expr.functions import PARTIAL
from engine.expr.typed import Apply, Case, Const, FirstKnown, Fold, Inverse, Known, Logic, Read, Typed, parts
from engine.law.model import Constitution
from engine.law.names import nullable

Names = frozenset[str]
_NONE: Names = frozenset()


@dataclass(frozen=True, slots=True)
class Doubt:
    """Looks through the definitions of one law. Facts are named as rules name them, of the row at hand or above it."""

    law: Constitution
    settled: dict[str, bool] = field(default_factory=dict)

    def open(self, of: Typed, known: Names = _NONE) -> bool:
        """Return whether an expression can be unknown where some facts are known."""
        match of:
            case Const() | Known():
                return False
            case Read():
                return self._read(of, known)
            case Fold():
                return True
            case Apply(function=function) if function in PARTIAL:
                return True
            case Logic(operator=sign, terms=terms):
                return self._terms(sign, terms, known)
            case Case():
                return self._table(of, known)
            case FirstKnown(options=options):
                return all(self.open(option, known) for option in options)
            case _:
                return any(self.open(part, known) for part in parts(of))

    def _read(self, of: Read, known: Names) -> bool:
        name = f"{of.subject}.{of.fact}"
        derived = self.law.derived.get(name)
        if name in known or not nullable(of):
            return False
        if derived is None or derived.bad or of.row != of.subject:
            return True
        if name not in self.settled:
            self.settled[name] = self.open(derived.value)
        return self.settled[name] and self.open(derived.value, known)

    def _terms(self, sign: str, terms: tuple[Typed, ...], known: Names) -> bool:
        """A term of `&&` is asked where those before it hold, one of `||` where they do not."""
        for term in terms:
            if self.open(term, known):
                return True
            known |= asked(term, holds=sign == "&&")
        return False

    def _table(self, of: Case, known: Names) -> bool:
        for guard, value in of.rows:
            if self.open(guard, known) or self.open(value, known | asked(guard, holds=True)):
                return True
            if of.first:
                known |= asked(guard, holds=False)
        return of.first if of.otherwise is None else self.open(of.otherwise, known)


def asked(of: Typed, *, holds: bool) -> Names:
    """Return the facts that are known where a condition holds, or does not, because it asks whether they are."""
    match of:
        case Known(of=Read() as fact) if holds:
            return frozenset({f"{fact.subject}.{fact.fact}"})
        case Inverse(of=inner):
            return asked(inner, holds=not holds)
        case Logic(operator=sign, terms=terms) if (sign == "&&") is holds:
            return _NONE.union(*(asked(term, holds=holds) for term in terms))
        case _:
            return _NONE
