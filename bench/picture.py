"""The race as an SVG: a bar for each contestant and a line for each curve, both on logarithmic scales."""

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

_WIDTH, _LABEL, _LEGEND, _ROW, _TOP = 1060, 240, 320, 22, 40
_PANEL, _PANELS = 260, ("rules", "candidates", "positions")
_COLOURS: Final = ("#0b6bcb", "#c2410c", "#15803d", "#8a3ffc", "#ca9a04", "#0e7490", "#be185d", "#4d7c0f", "#475569")
_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1c2430; --dim: #66707f; --rule: #d5dae1; --paper: #ffffff;
  --hand: #15803d; --ours: #0b6bcb; --peer: #c2410c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf1; --dim: #9aa5b4; --rule: #333c49; --paper: #12161c;
  --hand: #4ade80; --ours: #5cb0ff; --peer: #ff8a4c; } }
svg { background: var(--paper); }
text { font: 12px system-ui, sans-serif; fill: var(--dim); }
.title { font-weight: 600; fill: var(--ink); }
.hand { fill: #15803d; fill: var(--hand); } .ours { fill: #0b6bcb; fill: var(--ours); }
.peer { fill: #c2410c; fill: var(--peer); } .rule { stroke: #d5dae1; stroke: var(--rule); }
.alone { fill: none; stroke: #1c2430; stroke: var(--ink); stroke-width: 2; }
"""


class Scale:
    """Positions along a logarithmic axis from the power of ten below the least value to that above the greatest."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self.low, self.high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
        self.high = max(self.high, self.low + 1)
        self.start, self.end = start, end

    def at(self, value: float) -> float:
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    @property
    def powers(self) -> list[float]:
        return [10.0**power for power in range(self.low, self.high + 1)]


def picture(race: Mapping[str, Any]) -> str:
    """Return the picture as a file of its own: no script, nothing fetched, light or dark as the reader has it."""
    bars = [*_bars(race)]
    below = _TOP + _ROW * (len(_p50(race, "together")) + 4)
    lines = [part for place, of in enumerate(_PANELS) for part in _panel(race, of, below + place * (_PANEL + 70))]
    height = below + len(_PANELS) * (_PANEL + 70)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">'
    return "\n".join([head, f"<style>{_STYLE}</style>", *bars, *lines, "</svg>\n"])


def _bars(race: Mapping[str, Any]) -> Iterator[str]:
    """Yield a bar for one of many candidates, and a mark where one candidate alone is."""
    took = {part: _p50(race, part) for part in ("together", "alone")}
    scale = Scale([value for part in took.values() for value in part.values()], _LABEL, _WIDTH - 60)
    yield _text(10, 20, "µs for one candidate: the bar of many in one scene, the mark alone", "title")
    names = sorted(took["together"], key=took["together"].__getitem__)
    for place, name in enumerate(names):
        top, value, of = _TOP + place * _ROW, took["together"][name], race["settings"]["contestants"][name]
        x, mark = scale.at(value), scale.at(took["alone"][name])
        yield _text(_LABEL - 8, top + 13, of["name"], "", "end")
        yield f'<rect class="{of["kind"]}" x="{_LABEL}" y="{top}" width="{x - _LABEL:.1f}" height="{_ROW - 6}"/>'
        yield f'<path class="alone" d="M{mark} {top - 1}V{top + _ROW - 5}"/>'
        yield _text(max(x, mark) + 6, top + 13, f"{value:,.3g}" if value < 1000 else f"{value:,.0f}")
    yield from _along(scale, _TOP + len(names) * _ROW)


def _p50(race: Mapping[str, Any], section: str) -> dict[str, float]:
    rows = (row for row in race["rows"] if row["id"].startswith(f"{section}."))
    return {row["id"].partition(".")[2]: row["wall"]["p50"] for row in rows}


def _panel(race: Mapping[str, Any], of: str, top: float) -> Iterator[str]:
    found = [curve for curve in race["settings"]["curves"] if curve["of"] == of]
    unit, under = ("µs for one candidate", 1e3) if of == "rules" else ("ms for all of them", 1e6)
    points = [(size, took / under) for curve in found for size, took in curve["points"]]
    x = Scale([size for size, _ in points], 70, _WIDTH - _LEGEND)
    y = Scale([took for _, took in points], top + _PANEL, top + 20)
    yield _text(10, top, f"{of.capitalize()}: {unit}", "title")
    yield from _along(x, top + _PANEL)
    for power in y.powers:
        yield f'<path class="rule" d="M70 {y.at(power)}H{_WIDTH - _LEGEND}"/>'
        yield _text(64, y.at(power) + 4, f"{power:g}", "", "end")
    for place, curve in enumerate(found):
        colour = _COLOURS[place % len(_COLOURS)]
        path = "L".join(f"{x.at(size)} {y.at(took / under)}" for size, took in curve["points"])
        yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        label = f"{curve['name']}, slope {curve['slope']:.2f}"
        yield f'<rect x="{_WIDTH - _LEGEND + 16}" y="{top + 20 + place * 18}" width="10" height="10" fill="{colour}"/>'
        yield _text(_WIDTH - _LEGEND + 32, top + 29 + place * 18, label)


def _along(scale: Scale, top: float) -> Iterator[str]:
    for power in scale.powers:
        yield f'<path class="rule" d="M{scale.at(power)} {top}v6"/>'
        yield _text(scale.at(power), top + 20, f"{power:,g}", "", "middle")


def _text(x: float, y: float, text: str, style: str = "", anchor: str = "start") -> str:
    named = f' class="{style}"' if style else ""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}"{named}>{escape(text)}</text>'
