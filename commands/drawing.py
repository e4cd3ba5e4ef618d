"""A history as an SVG file for a browser: the VIX, a strip of episodes for each thing, the fall of the S&P 500."""

from collections.abc import Iterator
from fractions import Fraction
from html import escape
from typing import Final, NamedTuple

from commands.axes import Times, axis, bounds, known, marks, runs, times
from commands.chronicle import Chronicle, Episode, doubtful, episodes, worst
from commands.held import DRAWDOWN, VIX, Thing, said
from commands.plot import titled

_WIDTH, _LEFT, _RIGHT = 1200, 150, 20
_HEIGHTS: Final = {VIX: 300, DRAWDOWN: 150}
_STRIP, _GAP, _TOP = 18, 34, 30
_THIN: Final = 1.5  # an episode of one day is seen in forty years too
_MOST_MARKS: Final = 20
_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1c2430; --dim: #66707f; --rule: #d5dae1; --paper: #ffffff;
  --vix: #0b6bcb; --fall: #8a3ffc; --bound: #b45309; --held: #c2410c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf1; --dim: #9aa5b4; --rule: #333c49; --paper: #12161c;
  --vix: #5cb0ff; --fall: #be95ff; --bound: #f0b35c; --held: #ff8a4c; } }
svg { background: var(--paper); }
text { font: 12px system-ui, sans-serif; fill: var(--dim); }
.title { font-weight: 600; fill: var(--ink); }
.vix, .fall { fill: none; stroke: var(--vix); stroke-width: 1; stroke-linejoin: round; }
.fall { stroke: var(--fall); }
.bound { stroke: var(--bound); stroke-dasharray: 2 4; }
.rule { stroke: var(--rule); }
.held { fill: var(--held); }
.unknown { fill: var(--rule); }
"""


class _Frame(NamedTuple):
    """Where on the page a part is drawn, and the time axis that all parts share."""

    top: float
    along: Times

    def x(self, day: int) -> float:
        """Return how far from the left a day is."""
        return round(_LEFT + self.along.share(day) * (_WIDTH - _LEFT - _RIGHT), 1)


def svg(told: Chronicle) -> str:
    """Return the picture as a file of its own: no script, nothing fetched, light or dark as the reader has it."""
    along, parts = times(told.days), list[str]()
    top: float = _TOP
    parts += _measure(told, VIX, "VIX, on a logarithmic scale", _Frame(top, along))
    top += _HEIGHTS[VIX] + _STRIP
    for thing in (thing for thing in told.things if thing.group != "tier"):
        parts += _strip(told, thing, _Frame(top, along))
        top += _STRIP
    parts += _dates(told, _Frame(top, along))
    if known(told.days, DRAWDOWN):
        top += _GAP + _TOP
        parts += _measure(told, DRAWDOWN, "Fall of the S&P 500 from its highest close", _Frame(top, along))
        top += _HEIGHTS[DRAWDOWN]
        parts += _dates(told, _Frame(top, along))
    size = f'width="{_WIDTH}" height="{top + _GAP:g}" viewBox="0 0 {_WIDTH} {top + _GAP:g}"'
    named = f"Constitution {told.law.version}, {told.days[0].date} to {told.days[-1].date}"
    body = "\n".join(parts)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(named)}">'
    return f"{head}\n<style>{_STYLE}</style>\n{body}\n</svg>\n"


def _measure(told: Chronicle, fact: str, title: str, frame: _Frame) -> Iterator[str]:
    """Yield the line of one measure, its bounds, and the values beside it."""
    up, height = axis(told.days, told.things, fact), _HEIGHTS[fact]

    def y(value: float) -> float:
        return round(frame.top + (1 - up.share(value)) * height, 1)

    yield _text(_LEFT, frame.top - 10, title, "title")
    for bound in bounds(told.things, fact):
        yield f'<line class="bound" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(bound)}" y2="{y(bound)}"/>'
    for mark in up.marks:
        yield _text(_LEFT - 8, y(mark) + 4, said(fact, Fraction(mark)), anchor="end")
    for run in runs(told.days, fact):
        points = " ".join(f"{frame.x(day)},{y(value)}" for day, value in run)
        yield f'<polyline class="{"vix" if fact == VIX else "fall"}" points="{points}"/>'


def _strip(told: Chronicle, thing: Thing, frame: _Frame) -> Iterator[str]:
    """Yield the episodes of a thing, and the sessions it is unknown on; the pointer over one says which and how bad."""
    yield _text(_LEFT - 8, frame.top + 12, thing.says or titled(thing), anchor="end")
    line = frame.top + _STRIP - 1
    yield f'<line class="rule" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{line}" y2="{line}"/>'
    for spell in doubtful(thing, told.days):
        yield _bar("unknown", spell, f"{titled(thing)}: unknown", frame)
    for spell in episodes(thing, told.days):
        found = worst(thing, spell.days)
        at_worst = f", at worst {said(thing.measure.fact, found.value)} on {found.date}" if found else ""
        yield _bar("held", spell, f"{titled(thing)}: {len(spell.days)} sessions{at_worst}", frame)


def _bar(kind: str, spell: Episode, what: str, frame: _Frame) -> str:
    left, right = frame.x(spell.first.toordinal()), frame.x(spell.last.toordinal() + 1)
    place = f'x="{left}" y="{frame.top + 2}" width="{max(round(right - left, 1), _THIN)}" height="{_STRIP - 5}"'
    title = f"{spell.first} to {spell.last}, {what}"
    return f'<rect class="{kind}" {place}><title>{escape(title)}</title></rect>'


def _dates(told: Chronicle, frame: _Frame) -> Iterator[str]:
    for day, label in marks(told.days, _MOST_MARKS):
        yield _text(frame.x(day), frame.top + 18, label)


def _text(x: float, y: float, said_: str, kind: str = "", anchor: str = "start") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x}" y="{y}" text-anchor="{anchor}">{escape(said_)}</text>'
