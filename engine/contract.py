"""The name by which the whole market knows one option contract: the 21 characters of OCC's symbology."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from engine.expr.units import UNITS

_ROOT: Final = 6
_STRIKE: Final = 8
_THOUSANDTHS: Final = 3
_LENGTH: Final = 21
# Too long, so that no name comes of it.
_NONE: Final = "?" * (_LENGTH + 1)
_LETTERS: Final = {"put": "P", "call": "C"}
_PRICE: Final = UNITS["usd_per_share"]


def occ_symbol(underlying: str, expiration: date, right: str, strike: Decimal) -> str | None:
    """Return `SPY   260306P00668000`; None where the name has no room for the root or the strike.

    Args:
        underlying: Its symbol; OCC leaves out the point of `BRK.B`.
        expiration: The contract's last day.
        right: `put` or `call`.
        strike: USD per share.
    """
    above, below = strike.as_integer_ratio()
    scaled, finer = divmod(above * 10**_PRICE.scale, below)
    return None if finer else occ_symbols([underlying], [expiration.toordinal()], [right], [scaled])[0]


def occ_symbols(
    underlyings: Sequence[str],
    expirations: Sequence[int | None],
    rights: Sequence[str],
    strikes: Sequence[int | None],
) -> list[str | None]:
    """Return the names of many contracts: dates are ordinals, strikes have the scale of `usd_per_share`."""
    roots = {name: f"{name.replace('.', ''):<{_ROOT}}" for name in set(underlyings)}
    days = {day: _NONE if day is None else f"{date.fromordinal(day):%y%m%d}" for day in set(expirations)}
    prices = {strike: _thousandths(strike) for strike in set(strikes)}
    rows = zip(underlyings, expirations, rights, strikes, strict=True)
    names = [f"{roots[root]}{days[day]}{_LETTERS[right]}{prices[strike]}" for root, day, right, strike in rows]
    return [name if len(name) == _LENGTH else None for name in names]


def _thousandths(strike: int | None) -> str:
    if strike is None:
        return _NONE
    price, finer = divmod(strike, 10 ** (_PRICE.scale - _THOUSANDTHS))
    return _NONE if finer or len(str(price)) > _STRIKE else f"{price:0{_STRIKE}d}"
