"""What a rehearsal is told: prices along waypoints, when one looks, the accounts, what people say."""

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from engine.facts import Form, Kind, Right
from engine.law.read import validate
from engine.law.text import read_file
from engine.place import FactError, Fault

_LARGEST: Final = 1_000_000
Waypoints: TypeAlias = Annotated[Mapping[date, Decimal], Field(min_length=1)]
Look: TypeAlias = Annotated[time, Field(description="a time of day in the exchange's zone")]


class Told(BaseModel):
    """A part of a script; nothing in it is left to chance."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Listing(Told):
    """One underlying: its closes along waypoints, and which contracts are listed on it."""

    path: Waypoints
    volatility: Annotated[Decimal, Field(gt=0, description="of a year, the same for every contract")]
    range: Annotated[Decimal, Field(gt=0, description="high less low of a day, as a share of the close")]
    step: Annotated[Decimal, Field(gt=0, description="dollars between strikes")]
    expire: Literal["every session", "fridays", "in months only"]
    months: Annotated[tuple[int, ...], Field(description="third Fridays so many months ahead are listed too")] = ()
    growth: Annotated[bool, Field(description="growth calls are bought on it")] = False
    earnings: tuple[date, ...] = ()


class Held(Told):
    """An option that a sleeve begins with."""

    underlying: str
    right: Right
    strike: Decimal
    expiration: date
    contracts: Annotated[int, Field(description="negative when sold")]
    price: Decimal
    marks: Mapping[str, Any] = {}


class Sleeve(Told):
    """What a sleeve begins with."""

    cash: Decimal
    base: Decimal | None = None
    shares: Mapping[str, int] = {}
    options: tuple[Held, ...] = ()


class Account(Told):
    """What an account begins with."""

    form: Form
    opened: date
    start: Decimal | None = None
    into: str | None = None
    sleeves: Mapping[Kind, Sleeve]


class Word(Told):
    """Something that happens to an account because a person, or the world, says so."""

    day: date
    at: Look
    account: str
    event: Mapping[str, Any]


class Script(Told):
    """A whole rehearsal."""

    format: Literal[1]
    title: str
    first: date
    last: date
    looks: Annotated[tuple[Look, ...], Field(description="the times of day at which the law decides")]
    fridays: Annotated[tuple[Look, ...], Field(description="the same on the last session of a week")]
    vix: Waypoints
    breadth: Waypoints
    index: Annotated[str, Field(description="the listing whose closes are those of the S&P 500")]
    listings: Mapping[str, Listing]
    accounts: Mapping[str, Account]
    words: tuple[Word, ...] = ()


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
        nearest = before or after
        assert nearest is not None  # noqa: S101 - there is at least one waypoint
        return path[nearest]
    share = Decimal((day - before).days) / Decimal((after - before).days)
    return path[before] + (path[after] - path[before]) * share
