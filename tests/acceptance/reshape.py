"""What a word means when it is more than another name: a list of bars, a day of the calendar, no chain."""

from collections.abc import Callable, Mapping
from datetime import datetime, time
from itertools import chain, repeat
from typing import Any, Final, TypeAlias

from tests.acceptance.scene import Row, Scene
from tests.acceptance.written import beside

Reshape: TypeAlias = Callable[[Scene, Any], None]


def bars(scene: Scene, count: int | None) -> None:
    """So many completed bars, each with the range of a healthy one; null: they were not delivered."""
    match count:
        case None:
            scene.parts["symbol"]["bars"] = None
        case _:
            scene.parts["symbol"]["bars"] = [_bar(day, scene.parts["bar"]["range"]) for day in scene.days.before(count)]


def true_ranges(scene: Scene, ranges: list[Any] | None) -> None:
    """The true ranges of the last bars, oldest first; a bar opens at its low, where the one before it closed."""
    match ranges, scene.parts["symbol"]["bars"]:
        case (None, _) | (_, None):
            scene.parts["symbol"]["bars"] = None
        case _, there:
            newest = chain(reversed(ranges), repeat(scene.parts["bar"]["range"]))
            told = [_bar(bar["date"], width) for bar, width in zip(reversed(there), newest, strict=False)]
            scene.parts["symbol"]["bars"] = list(reversed(told))


def _bar(day: object, width: Any) -> Row:  # noqa: ANN401 - a number, or none
    price = beside("healthy.yaml")["parts"]["bar"]["price"]
    match width:
        case None:
            return {"date": day, "high": None, "low": price, "close": price}
        case _:
            return {"date": day, "high": price + width, "low": price, "close": price}


def report(scene: Scene, day: str) -> None:
    """One earnings report, and nothing stated over it."""
    scene.parts["symbol"]["earnings"] = [{"date": day}]


def vix_closes(scene: Scene, closes: list[Any] | None) -> None:
    """The last official closes, oldest first; a session whose close is null has none."""
    match closes:
        case None:
            scene.parts["market"]["vix_closes"] = None
        case _:
            days = scene.days.before(len(closes))
            told = {day: close for day, close in zip(days, closes, strict=True) if not {close} & {None}}
            scene.parts["market"]["vix_closes"] = told


def triggers(scene: Scene, names: list[str] | None) -> None:
    """Just these triggers hold; null: nothing is known that any of them is read from."""
    match names:
        case None:
            scene.parts["market"] |= {"vix_closes": None, "spx_closes": None, "breadth": None}
            scene.stated.pop("market.spx_drawdown", None)
        case _:
            for name in beside("vocabulary.yaml")["triggers"]:
                scene.state("market", f"market.{name}_trigger", bool({name} & set(names)))


def close_early(scene: Scene, clock: str) -> None:
    """Today's session closes at that time."""
    there = scene.sessions.get(scene.days.day, {})
    there["close"] = datetime.combine(scene.days.day, time.fromisoformat(clock), scene.days.exchange.zone)


def close_market(scene: Scene, _: object) -> None:
    """Today has no session."""
    scene.sessions.pop(scene.days.day, None)


def hold_leap(scene: Scene, _: object) -> None:
    """The LEAP is held: nobody proposes to buy it."""
    scene.parts.pop("trade", None)


def take_chain(scene: Scene, _: object) -> None:
    """No contract is on offer, and a proposed one has no quote."""
    for part in ("listed", "target"):
        scene.parts.pop(part, None)
    for fact in ("bid", "ask", "delta", "open_interest", "average_daily_volume"):
        scene.put(f"trade.{fact}", None)


def take_position(scene: Scene, _: object) -> None:
    """There is no option position."""
    for part in ("position", "target"):
        scene.parts.pop(part, None)


RESHAPES: Final[Mapping[str, Reshape]] = {
    function.__name__: function
    for function in (
        bars,
        true_ranges,
        report,
        vix_closes,
        triggers,
        close_early,
        close_market,
        hold_leap,
        take_chain,
        take_position,
    )
}
