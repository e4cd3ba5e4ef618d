"""Units: a kind, a dimension and the decimals kept; part of every parameter, fact and expression."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "bool", "symbol", "date", "time", "instant", "text", "series"]
Dimension = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """What a value means: `scale` decimals are kept exactly, as an integer ten to the `scale` times larger."""

    name: str
    kind: Kind
    dimension: Dimension = ()
    scale: int = 0
    means: str = ""


def dimension(**powers: int) -> Dimension:
    """Return a dimension in its one canonical order; zero powers vanish."""
    return tuple(sorted((base, power) for base, power in powers.items() if power))


def multiply(left: Dimension, right: Dimension, sign: int = 1) -> Dimension:
    """Return the dimension of a product, or of a quotient with `sign=-1`."""
    powers = dict(left)
    for base, power in right:
        powers[base] = powers.get(base, 0) + sign * power
    return dimension(**powers)


def show(of: Dimension) -> str:
    """Return a dimension as people write it: `usd/share`, `contract`, or `ratio` for none."""
    above = [base if power == 1 else f"{base}^{power}" for base, power in of if power > 0]
    below = [base if power == -1 else f"{base}^{-power}" for base, power in of if power < 0]
    return "/".join([" ".join(above) or ("1" if below else "ratio"), *below])


_SECOND = dimension(second=1)

UNITS: dict[str, Unit] = {
    unit.name: unit
    for unit in (
        Unit("usd", "number", dimension(usd=1), 2, "US dollars"),
        Unit("usd_per_share", "number", dimension(usd=1, share=-1), 4, "US dollars a share"),
        Unit("usd_per_contract", "number", dimension(usd=1, contract=-1), 2, "US dollars a contract"),
        Unit("ratio", "number", (), 6, "a fraction of one: 0.07 is 7 %"),
        Unit("multiple", "number", (), 4, "how many times"),
        Unit("count", "number", (), 0, "a whole number of things"),
        Unit("index_points", "number", dimension(point=1), 4, "points of an index"),
        Unit("contracts", "number", dimension(contract=1), 0, "option contracts"),
        Unit("shares", "number", dimension(share=1), 0, "shares of stock"),
        Unit("shares_per_contract", "number", dimension(share=1, contract=-1), 0, "shares one contract delivers"),
        Unit("seconds", "number", _SECOND, 3, "seconds"),
        Unit("days", "number", dimension(day=1), 0, "calendar days"),
        Unit("days_per_month", "number", dimension(day=1, month=-1), 2, "calendar days in a month"),
        Unit("sessions", "number", dimension(session=1), 0, "trading sessions"),
        Unit("months", "number", dimension(month=1), 2, "months"),
        Unit("years", "number", dimension(year=1), 0, "years"),
        Unit("weeks", "number", dimension(week=1), 0, "weeks"),
        Unit("closes", "series", dimension(point=1), 4, "official closes in points of an index, by session"),
        Unit("bool", "bool", means="true or false"),
        Unit("symbol", "symbol", means="one word of a closed list"),
        Unit("ticker", "symbol", means="the symbol of a stock, fund or index"),
        Unit("zone", "symbol", means="a zone of the time-zone database"),
        Unit("weekday", "symbol", means="monday to sunday"),
        Unit("text", "text", means="a name that is only compared, never computed with"),
        Unit("date", "date", means="a calendar date"),
        Unit("time", "time", _SECOND, 3, "a local time of day"),
        Unit("instant", "instant", _SECOND, 3, "a point in time, kept in UTC"),
    )
}
