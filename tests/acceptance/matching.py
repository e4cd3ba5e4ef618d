"""Whether the tokens of a verdict are those that a case expects."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tests.acceptance.tokens import Token

ALLOWED: Final = "ALLOW_ENTRY"
DENIED: Final = "DENY_ENTRY"
REASONS: Final = frozenset({DENIED, "REFUSE_LOAD", "FORK_DEFERRED"})


def mismatches(case: Mapping[str, Any], tokens: Sequence[Token]) -> Iterator[str]:
    """Yield what a case expects and does not find, and what it forbids and does."""
    for item in (*case.get("expect", ()), *case.get("also", ())):
        wanted = _token(item)
        if not any(matches(wanted, token) for token in tokens):
            yield f"expected {wanted}"
        if wanted.name == ALLOWED:
            yield from (f"{token} beside {ALLOWED}" for token in tokens if token.name == DENIED)
    for item in case.get("forbid", ()):
        yield from (f"forbidden {token}" for token in tokens if matches(_token(item), token))


def matches(wanted: Token, token: Token) -> bool:
    """Whether a token is the one that is wanted: a bare one matches any detail, a reason is one of several."""
    if wanted.name != token.name:
        return False
    if wanted.name in REASONS and wanted.detail is not None:
        listed = wanted.detail if isinstance(wanted.detail, list) else [wanted.detail]
        return set(listed) <= set(token.detail)
    return wanted.detail is None or _equal(wanted.detail, token.detail)


def _equal(wanted: object, found: object) -> bool:
    match wanted, found:
        case Mapping(), Mapping():
            return all(name in found and _equal(value, found[name]) for name, value in wanted.items())
        case list(), list():
            return len(wanted) == len(found) and all(map(_equal, wanted, found))
        case _:
            return wanted == found


def _token(item: object) -> Token:
    match item:
        case Mapping():
            ((name, detail),) = item.items()
            return Token(str(name), detail)
        case _:
            return Token(str(item))
