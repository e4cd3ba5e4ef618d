"""A verdict in the words of a case."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.decided import Decided
from engine.verdict import Verdict
from tests.acceptance.written import beside


@dataclass(frozen=True, slots=True)
class Token:
    """One thing that is said of a case, with its detail; a bare token has none."""

    name: str
    detail: Any = None

    def __str__(self) -> str:
        match self.detail:
            case None:
                return self.name
            case detail:
                return f"{self.name}: {detail}"


def tokens_of(verdict: Verdict, rows: frozenset[tuple[str, str]], contracts: Iterable[str]) -> Iterator[Token]:
    """Yield what a verdict says about some rows, by subject and id, and of the orders for some contracts."""
    told = _own([decision for decision in verdict.decisions if {(decision.subject, decision.id)} & rows])
    for decision in told:
        yield from _said(decision)
    for kind, saying in _words("gathered").items():
        yield from _gathered(kind, dict(saying), told)
    sizes: dict[str, list[int]] = {}
    for order in verdict.orders:
        sizes.setdefault(order.contract, []).append(order.contracts)
    for contract in contracts:
        if found := sizes.get(contract):
            yield Token(str(_words("orders")), found)


def _own(told: list[Decided]) -> list[Decided]:
    """Leave out what is denied to the whole account where the proposed trade has its own answer."""
    words = _words("answers")
    answers = set(words["kinds"])
    if not any({decision.subject} & {words["subject"]} and {_kind(decision)} & answers for decision in told):
        return told
    denied = {words["denied"]}
    return [decision for decision in told if {decision.subject} & {words["subject"]} or not {_kind(decision)} & denied]


def refused(code: str, field: str) -> Iterator[Token]:
    """Yield what it means that a snapshot was not even read, for a fault of a field."""
    for name, details in _words("refused")[code].items():
        yield Token(name, [detail.format(field=field) for detail in details])


def sealed(reasons: tuple[str, ...]) -> list[Token]:
    """Return what the load gate says."""
    words = _words("seal")
    return [Token(words["refused"], list(reasons))] if reasons else [Token(words["passed"])]


def _said(decision: Decided) -> Iterator[Token]:
    match _words("tokens").get(_kind(decision), {}):
        case list() as sayings:
            for saying in sayings:
                yield from _chosen(decision, saying)
        case saying:
            yield from _chosen(decision, saying)


def _chosen(decision: Decided, saying: Mapping[str, Any]) -> Iterator[Token]:
    by = saying.get("by")
    for name, detail in (saying.get(getattr(decision, by), {}) if by else saying).items():
        yield Token(name, _detail(decision, detail))


def _gathered(kind: str, saying: dict[str, str], told: Iterable[Decided]) -> Iterator[Token]:
    by = saying.pop("by")
    found = [decision for decision in told if {kind} & {_kind(decision)}]
    found.sort(key=lambda decision: getattr(decision, by))
    if found:
        for name, detail in saying.items():
            yield Token(name, [_detail(decision, detail) for decision in found])


def _detail(decision: Decided, where: Any) -> Any:  # noqa: ANN401 - as the vocabulary has it
    match where:
        case None:
            return None
        case list():
            return [_detail(decision, item) for item in where]
        case {"text": str(pattern)}:
            return pattern.format_map(decision.model_dump())
        case Mapping():
            return {name: _detail(decision, item) for name, item in where.items()}
        case _:
            return _field(decision, where)


def _field(of: object, path: str) -> Any:  # noqa: ANN401 - any value
    name, _, rest = path.partition(".")
    match getattr(of, name):
        case tuple() as many:
            return [_field(item, rest) if rest else item for item in many]
        case str() as word:
            return _words("renamed").get(word, word)
        case value:
            return value


def _kind(decision: Decided) -> str:
    return type(decision).__name__


def _words(name: str) -> Any:  # noqa: ANN401 - as the vocabulary has it
    return beside("vocabulary.yaml")[name]
