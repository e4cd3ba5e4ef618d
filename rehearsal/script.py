"""What a rehearsal is told: prices along waypoints, when one looks, the accounts, what people say."""

from collections.abc import Iterator, Mapping
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.facts import Event, Form, Kind, Right, State
from engine.law.read import validate
from engine.law.text import read_file
from engine.place import FactError, Fault

_LARGEST: Final = 1_000_000
Positive: TypeAlias = Annotated[Decimal, Field(gt=0)]
Share: TypeAlias = Annotated[Decimal, Field(ge=0, le=1)]
Waypoints: TypeAlias = Annotated[Mapping[date, Decimal], Field(min_length=1)]
Clocks: TypeAlias = Annotated[tuple[time, ...], Field(min_length=1)]


class Told(BaseModel):
    """A part of a script; nothing in it is left to chance."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Looks(Told):
    """The times of day at which the law decides, in the exchange's zone."""

    daily: Clocks
    expiring: Annotated[Clocks, Field(description="besides, on a day on which something sold expires")]
    ending: Annotated[Clocks, Field(description="besides, on the last session of a week or a month")]
    early: Annotated[Clocks, Field(description="instead of all others, on a day on which the exchange closes early")]


class Terms(Told):
    """What holds for every contract of the made-up exchange."""

    multiplier: Annotated[int, Field(gt=0, description="shares that a contract delivers")]
    tick: Annotated[Positive, Field(description="what prices are multiples of, dollars a share")]
    spread: Annotated[Share, Field(description="of the mid, on either side of it; a tick at least")]
    deltas: Annotated[
        tuple[Positive, Positive],
        Field(description="contracts between these absolute deltas are offered; under a half"),
    ]
    sessions: Annotated[int, Field(gt=0, description="expirations ahead, where every session has one")]
    weeks: Annotated[int, Field(gt=0, description="expirations ahead, where every week has one")]
    wide: Annotated[int, Field(gt=0, description="steps between the strikes of months that are far ahead")]
    interest: Annotated[int, Field(description="open contracts of each series")]
    volume: Annotated[int, Field(description="contracts of each series traded a day")]
    margin: Annotated[Share, Field(description="of its notional, what the broker asks for a put sold")]
    early_assignment: Annotated[Share, Field(description="probability told of every short option")]


class Listing(Told):
    """One underlying: its closes along waypoints, and which contracts are listed on it."""

    path: Waypoints
    volatility: Annotated[Positive, Field(description="of a year, the same for every contract")]
    range: Annotated[Positive, Field(description="high less low of a day, as a share of the close")]
    step: Annotated[Positive, Field(description="dollars between strikes")]
    expire: Literal["every session", "fridays", "in months only"]
    months: Annotated[tuple[int, ...], Field(description="third Fridays so many months ahead are listed too")] = ()
    growth: Annotated[bool, Field(description="growth calls are bought on it")] = False
    earnings: tuple[date, ...] = ()
    exercised: Annotated[
        tuple[date, ...], Field(description="nights in which holders exercise every call that is in the money")
    ] = ()


class Shares(Told):
    """Shares that a sleeve begins with."""

    count: Annotated[int, Field(gt=0)]
    cost: Annotated[Positive, Field(description="what a share has cost, USD")]


class Held(Told):
    """An option that a sleeve begins with."""

    underlying: str
    right: Right
    strike: Positive
    expiration: date
    contracts: Annotated[int, Field(description="negative when sold")]
    price: Positive
    marks: Mapping[str, Any] = {}


class Sleeve(Told):
    """What a sleeve begins with."""

    cash: Decimal
    base: Decimal | None = None
    shares: Mapping[str, Shares] = {}
    options: tuple[Held, ...] = ()


class Account(Told):
    """What an account begins with."""

    form: Form
    opened: date
    start: Decimal | None = None
    into: Annotated[str | None, Field(description="the account that a mini came from")] = None
    sleeves: Mapping[Kind, Sleeve]


class Word(Told):
    """Something that happens to an account because a person, or the world, says so; nothing once it is merged."""

    day: date
    at: time
    account: str
    event: Event


class Script(Told):
    """A whole rehearsal."""

    format: Literal[1]
    title: str
    first: date
    last: date
    looks: Looks
    terms: Terms
    state: Annotated[State, Field(description="where the state machine of an account begins")]
    sub_accounts: Annotated[Mapping[Form, int], Field(description="sub-accounts that each form takes at the broker")]
    vix: Annotated[str, Field(description="the listing whose prices are those of the VIX")]
    index: Annotated[str, Field(description="the listing whose closes are those of the S&P 500")]
    breadth: Waypoints
    listings: Mapping[str, Listing]
    accounts: Annotated[Mapping[str, Account], Field(min_length=1)]
    words: tuple[Word, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for fault in self._faults():
            raise ValueError(fault)
        return self

    def _faults(self) -> Iterator[str]:
        if self.last < self.first:
            yield f"last, {self.last}, is before first, {self.first}; exchange them"
        for name in dict.fromkeys((self.vix, self.index, *self._named())):
            if name not in self.listings:
                yield f"there is no listing of {name}, which is held or named; add one"
        known = ", ".join(self.accounts)
        for who in (*(word.account for word in self.words), *(one.into for one in self.accounts.values())):
            if who is not None and who not in self.accounts:
                yield f"there is no account {who}, only {known}; mend its name"
        for name, account in self.accounts.items():
            if account.form == "mini" and account.into is None:
                yield f"the mini {name} merges into no account; add one"
        for form in dict.fromkeys(account.form for account in self.accounts.values()):
            if form not in self.sub_accounts:
                yield f"sub_accounts does not say how many a {form} account takes; add it"

    def _named(self) -> Iterator[str]:
        for account in self.accounts.values():
            for sleeve in account.sleeves.values():
                yield from sleeve.shares
                yield from (held.underlying for held in sleeve.options)


def read_script(path: Path) -> Script:
    """Return a script from its file.

    Raises:
        FactError: The file is no script; each fault with its place.
    """
    faults: list[Fault] = []
    node = read_file(path, path.name, faults, _LARGEST)
    script = None if node is None else validate(node, Script, faults)
    if script is None or faults:
        raise FactError(faults)
    return script


def along(path: Waypoints, day: date) -> Decimal:
    """Return the value of a day: on a straight line between the waypoints beside it, level before and after them."""
    before = max((one for one in path if one <= day), default=None)
    after = min((one for one in path if one > day), default=None)
    if before is None or after is None:
        return path[before or after or day]
    share = Decimal((day - before).days) / Decimal((after - before).days)
    return path[before] + (path[after] - path[before]) * share
