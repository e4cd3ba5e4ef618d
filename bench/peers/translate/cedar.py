"""The rule set as Cedar policies: everything is permitted, and each rule forbids by its name.

Cedar has no derived facts: they are written out where they are read. A candidate is the resource, with its symbol and
holding behind it; the sleeve is the principal, with its account, market and host behind it.
"""

from collections.abc import Mapping, Sequence

from bench.peers.plain import Get, PlainLaw
from bench.peers.writer import Writer, definitions, denied, inlined

_CONTEXT = {
    subject: f"context.{subject}"
    for subject in ("host", "market", "symbol", "account", "sleeve", "holding", "candidate")
} | {"entry": "context.candidate"}
_ENTITIES = {
    "host": "principal.host",
    "market": "principal.market",
    "account": "principal.account",
    "sleeve": "principal",
    "symbol": "resource.symbol",
    "holding": "resource.holding",
    "candidate": "resource",
    "entry": "resource",
}


class Cedar(Writer):
    def __init__(self, places: Mapping[str, str]) -> None:
        self.places = places

    def get(self, of: Get) -> str:
        return f"{self.places[of.subject]}.{of.fact}"

    def among(self, of: str, words: Sequence[str]) -> str:
        return f"[{', '.join(map(self.word, words))}].contains({of})"

    def choose(self, guard: str, then: str, otherwise: str) -> str:
        return f"(if {guard} then {then} else {otherwise})"


def from_context(law: PlainLaw) -> str:
    return _policies(law, Cedar(_CONTEXT))


def from_entities(law: PlainLaw) -> str:
    return _policies(law, Cedar(_ENTITIES))


def _policies(law: PlainLaw, cedar: Cedar) -> str:
    derived = definitions(law.derived)
    forbidden = (
        f'@id("{check.reason}")\nforbid(principal, action, resource) when {{ '
        f"{cedar.write(inlined(denied(check.holds), derived))} }};"
        for check in law.checks
    )
    return "\n".join(["permit(principal, action, resource);", *forbidden])
