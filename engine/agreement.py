"""Whether the parts of a snapshot fit together: ids, sleeves, accounts, sessions.

Asked of models, and of the plain values of a file in which other things may be wrong: what cannot be
read is passed over.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final, NamedTuple, TypeAlias

from engine.fields import Fact, FormError, shown

Route: TypeAlias = tuple[str | int, ...]
Placed: TypeAlias = tuple[Route, object]
_DAY, _INSTANT = Fact("date", "a day"), Fact("instant", "a time")
_OF_SESSION: Final = {"date": _DAY, "open": _INSTANT, "close": _INSTANT}
_STRIKE: Final = Fact("usd_per_share", "a strike price")


class Disagreement(NamedTuple):
    """What does not fit, by the route to it."""

    route: Route
    code: str
    message: str


def disagreements(snapshot: object, before: object = None) -> Iterator[Disagreement]:
    """Yield what makes a snapshot contradict itself, which refuses it whole.

    Args:
        snapshot: A model, or the plain values of a file.
        before: One that does not contradict itself; the sessions of a calendar that both have are not gone through.
    """
    accounts = list(_rows(((), snapshot), "accounts"))
    sleeves = [sleeve for account in accounts for sleeve in _rows(account, "sleeves")]
    calendar = _get(snapshot, "calendar")
    if calendar is not _get(before, "calendar"):
        yield from _sessions([*_rows((("calendar",), calendar), "sessions")])
    yield from _twice([*_rows(((), snapshot), "symbols")], "symbol", "symbol")
    yield from _twice([*_rows((("host",), _get(snapshot, "host")), "dependencies")], "name", "dependency")
    yield from _twice(accounts, "id", "account")
    yield from _twice([position for sleeve in sleeves for position in _rows(sleeve, "positions")], "id", "position")
    yield from _twice([order for account in accounts for order in _rows(account, "orders")], "id", "order")
    for account in accounts:
        yield from _of_account(account)
    for sleeve in sleeves:
        yield from _twice([*_rows(sleeve, "holdings")], "symbol", "holding of")
        for route, _ in [*_rows(sleeve, "flows")][1:]:
            yield Disagreement(
                route,
                "flows",
                "another flow of the same sleeve; sum them up, before the first and after the last",
            )
    proposals = [*_rows(((), snapshot), "proposals")]
    yield from _proposed_twice(proposals)
    for proposal in proposals:
        yield from _of_proposal(proposal, accounts)


def _get(row: object, name: str) -> Any:  # noqa: ANN401 - a model's field or a file's value
    return row.get(name) if isinstance(row, Mapping) else getattr(row, name, None)


def _rows(parent: Placed, name: str) -> Iterator[Placed]:
    route, row = parent
    found = _get(row, name)
    if isinstance(found, list | tuple):
        yield from (((*route, name, index), item) for index, item in enumerate(found))


def _twice(rows: list[Placed], name: str, kind: str) -> Iterator[Disagreement]:
    seen = set()
    for route, row in rows:
        found = _get(row, name)
        if isinstance(found, str) and found in seen:
            yield Disagreement(
                (*route, name), "duplicate-id", f"{kind} {shown(found)} stands here again; keep one of them"
            )
        seen.add(found if isinstance(found, str) else None)


def _proposed_twice(proposals: list[Placed]) -> Iterator[Disagreement]:
    """Yield every proposal of a contract that its sleeve has been proposed: their orders would have one id."""
    seen: set[tuple[object, ...]] = set()
    for route, row in proposals:
        named = [_get(row, name) for name in ("account", "sleeve", "underlying", "right")]
        strike = _read(_STRIKE, row, "strike")
        contract = (*named, strike, _read(_DAY, row, "expiration"))
        if not all(isinstance(part, str | Decimal | date) for part in contract) or strike <= 0:
            continue  # nobody can say which contract it is
        if contract in seen:
            found = f"the contract stands here again for {named[1]} of account {shown(named[0])}"
            yield Disagreement((*route, "underlying"), "duplicate-id", f"{found}; propose it once, with all of it")
        seen.add(contract)


def _of_account(account: Placed) -> Iterator[Disagreement]:
    sleeves = [*_rows(account, "sleeves")]
    yield from _twice(sleeves, "kind", "sleeve")
    for row in (*_rows(account, "orders"), *_rows(account, "events")):
        yield from _of_sleeve(row, account)


def _of_sleeve(row: Placed, account: Placed) -> Iterator[Disagreement]:
    route, wanted = row[0], _get(row[1], "sleeve")
    if not isinstance(wanted, str):
        return
    known = dict.fromkeys(str(_get(sleeve, "kind")) for _, sleeve in _rows(account, "sleeves"))
    if wanted not in known:
        has = f"account {shown(_get(account[1], 'id'))} has {', '.join(known) or 'none'}"
        yield Disagreement((*route, "sleeve"), "unknown-sleeve", f"no sleeve {shown(wanted)}; {has}")


def _of_proposal(proposal: Placed, accounts: list[Placed]) -> Iterator[Disagreement]:
    route, wanted = proposal[0], _get(proposal[1], "account")
    for account in accounts:
        if _get(account[1], "id") == wanted:
            yield from _of_sleeve(proposal, account)
            return
    if isinstance(wanted, str):
        known = ", ".join(str(_get(account, "id")) for _, account in accounts) or "none"
        yield Disagreement(
            (*route, "account"), "unknown-account", f"no account {shown(wanted)}; the snapshot has {known}"
        )


def _sessions(sessions: list[Placed]) -> Iterator[Disagreement]:
    known = [tuple(_read(fact, row, name) for name, fact in _OF_SESSION.items()) for _, row in sessions]
    for (route, row), (_, opens, closes) in zip(sessions, known, strict=True):
        if opens and closes and closes <= opens:
            found = f"{shown(_get(row, 'close'))} is not after the session's open"
            yield Disagreement((*route, "close"), "sessions", f"{found}; mend one of them")
    for (route, row), ((before, _, closed), (day, opens, _)) in zip(sessions[1:], pairwise(known), strict=True):
        if before and day and day <= before:
            found = f"{day} is not after {before}"
            yield Disagreement((*route, "date"), "sessions", f"{found}; write the sessions oldest first")
        elif closed and opens and opens < closed:
            found = f"{shown(_get(row, 'open'))} is before the close of the session above"
            yield Disagreement((*route, "open"), "sessions", f"{found}; mend one of them")


def _read(fact: Fact, row: object, name: str) -> Any:  # noqa: ANN401 - a date or an instant
    value = _get(row, name)
    try:
        return None if value is None else fact.read(value)
    except FormError:
        return None
