"""YAML that a person writes beside a chain: the accounts, the market, the dates of earnings."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, RootModel

from engine.agreement import disagreements
from engine.facts import Account, Host, Market, Proposal, Report, Rows
from engine.fields import Day, Fact, Implausible, Number
from engine.law.read import node_at, validate
from engine.law.text import Node, plain, read_file
from engine.place import FactError, Fault

LIMIT: Final = 4 * 1024 * 1024
_Model = TypeVar("_Model", bound=BaseModel)


class Pricing(Rows):
    """What deltas are derived with, per year, continuously compounded."""

    rate: Annotated[Number, Fact("ratio", "risk-free rate a year", "any", "person")]
    dividend_yield: dict[str, Annotated[Number, Fact("ratio", "dividend yield a year", "any", "person")]]


class MarginRate(Rows):
    """What the broker asks for one contract sold, as a share of strike × multiplier."""

    put: Annotated[Number, Fact("ratio", "for a put", "not_negative", "person")] = None
    call: Annotated[Number, Fact("ratio", "for a call whose shares are held", "not_negative", "person")] = None


class Statement(Rows):
    """An account file: what goes into the snapshot as it stands, and below it what is derived with."""

    accounts: tuple[Account, ...]
    host: Host = Host()
    memory: dict[str, dict[str, dict[str, Any]]] | None = None
    proposals: tuple[Proposal, ...] = ()
    multiplier: Annotated[Number, Fact("shares_per_contract", "shares a contract delivers", "positive", "person")] = (
        None
    )
    pricing: Pricing | None = None
    margin_rate: MarginRate | None = None


class _Earnings(RootModel[dict[str, tuple[Annotated[Day, Fact("date", "a report")], ...]]]):
    """Days of earnings reports by ticker; a ticker without any has an empty list."""


@dataclass(frozen=True, slots=True)
class Known:
    """The facts of `Market` that were known, and in words where each came from."""

    facts: dict[str, Any]
    sources: dict[str, str]


def read_statement(path: Path) -> Statement:
    """Return an account file.

    Raises:
        FactError: It is malformed, contradicts itself, or states a number that cannot be derived with.
    """
    node, statement = _read(path, Statement)
    faults = [
        Fault(node_at(node, found.route)[0].place, found.code, found.message) for found in disagreements(plain(node))
    ]
    stated: list[tuple[tuple[str, ...], object]] = [(("multiplier",), statement.multiplier)]
    if statement.margin_rate:
        stated += [(("margin_rate", name), value) for name, value in statement.margin_rate]
    if statement.pricing:
        yields = statement.pricing.dividend_yield.items()
        stated += [(("pricing", "rate"), statement.pricing.rate)]
        stated += [(("pricing", "dividend_yield", name), value) for name, value in yields]
    faults += [
        Fault(
            node_at(node, route)[0].place,
            "value",
            f"{route[-1]}: {value.found} is {value.why}; state a number",
        )
        for route, value in stated
        if isinstance(value, Implausible)
    ]
    if faults:
        raise FactError(faults)
    return statement


def number(value: Number) -> Decimal | None:
    """Return a number that `read_statement` found plausible."""
    return value if isinstance(value, Decimal) else None


def read_market_document(path: Path) -> Known:
    """Return what a YAML market file says: any facts of the market, under their own names.

    Raises:
        FactError: It is malformed.
    """
    node, market = _read(path, Market)
    facts = {name: value for name, value in market if value is not None}
    return Known(facts, {name: f"{node_at(node, (name,))[0].place}" for name in facts})


def read_earnings(path: Path) -> dict[str, tuple[Report, ...]]:
    """Return the reports by ticker of a file such as `AAPL: [2026-01-29, 2026-04-30]`.

    Raises:
        FactError: It is malformed.
    """
    _, earnings = _read(path, _Earnings)
    return {ticker: tuple(Report(date=day) for day in days) for ticker, days in earnings.root.items()}


def _read(path: Path, model: type[_Model]) -> tuple[Node, _Model]:
    faults: list[Fault] = []
    node = read_file(path, path.name, faults, LIMIT)
    found = None if node is None else validate(node, model, faults)
    if node is None or found is None or faults:
        raise FactError(faults)
    return node, found
