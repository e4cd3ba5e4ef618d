"""The accounts as a person states them: what they hold, and the chain's quotes for what they hold."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from engine.facts import Account, Candidate, Candidates, Order, Position, Proposal, Sleeve, declared
from sources.documents import Statement
from sources.origin import Origin

_QUOTE: Final = ("bid", "ask", "quoted_at", "delta")
_SERIES: Final = ("underlying", "right", "strike", "expiration")


def underlyings(statement: Statement) -> set[str]:
    """Return every underlying that the accounts have to do with."""
    held = {holding.symbol for sleeve in _sleeves(statement) for holding in sleeve.holdings or ()}
    return held | {row.underlying for row in _contracts(statement)}


def positions_in(statement: Statement) -> set[str]:
    """Return every underlying that the accounts have option positions in."""
    return {position.underlying for sleeve in _sleeves(statement) for position in sleeve.positions or ()}


def expirations(statement: Statement) -> list[date]:
    """Return the last day of every contract that the accounts have to do with."""
    return [row.expiration for row in _contracts(statement) if isinstance(row.expiration, date)]


def quoted(statement: Statement, candidates: Candidates, origin: Origin) -> tuple[Account, ...]:
    """Return the accounts; a position that states no quote and no delta of its own has those of the chain."""
    listed = list(zip(*(candidates.columns[name] for name in _SERIES), strict=True))
    rows = {series: row for row, series in enumerate(listed)}
    found: dict[str, Candidate] = {}
    for sleeve in _sleeves(statement):
        for position in sleeve.positions or ():
            row = rows.get(_series(position))
            if row is not None and all(getattr(position, name) is None for name in _QUOTE):
                found[position.id] = candidates.row(row)
    if found:
        origin.say("positions", f"quotes and deltas of {', '.join(found)}, which state none, from the chain")
    return tuple(_account(account, found) for account in statement.accounts)


def _account(account: Account, found: dict[str, Candidate]) -> Account:
    if account.sleeves is None:
        return account
    return account.model_copy(update={"sleeves": tuple(_sleeve(sleeve, found) for sleeve in account.sleeves)})


def _sleeve(sleeve: Sleeve, found: dict[str, Candidate]) -> Sleeve:
    if sleeve.positions is None:
        return sleeve
    positions = tuple(_position(position, found.get(position.id)) for position in sleeve.positions)
    return sleeve.model_copy(update={"positions": positions})


def _position(position: Position, listed: Candidate | None) -> Position:
    if listed is None:
        return position
    return position.model_copy(update={name: getattr(listed, name) for name in _QUOTE})


def _series(position: Position) -> tuple[object, ...]:
    """Return what tells a contract from another, in the terms of the columns of candidates."""
    facts = declared(Candidate)
    return tuple(facts[name].scaled(getattr(position, name)) for name in _SERIES)


def _sleeves(statement: Statement) -> Iterator[Sleeve]:
    for account in statement.accounts:
        yield from account.sleeves or ()


def _contracts(statement: Statement) -> Iterator[Position | Order | Proposal]:
    for account in statement.accounts:
        yield from account.orders or ()
    for sleeve in _sleeves(statement):
        yield from sleeve.positions or ()
    yield from statement.proposals
