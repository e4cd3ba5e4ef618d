"""What `alluse bench` prints: a table with as many columns as there is room for, a soak, what it was measured on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from bench.measure import Report, Row
    from bench.soak import Soak

Before: TypeAlias = Mapping[str, float | None]
"""The median processor time of every row of an earlier run."""

_WHOLE: Final = 100  # from here on, decimals mean nothing
_LEFT: Final = frozenset({"what", "unit", "result"})
_NAMELESS: Final = frozenset({"what", "unit"})
_FOLDED: Final = {"what": 30, "result": 15}  # characters below which nobody reads what is folded
_BETWEEN: Final = 2
_MILLION: Final = 1_000_000
# Which columns are left out first where there is no room; JSON has them all.
_SPARE: Final = ("samples", "CPU p99", "CPU p50", "p99.9", "p99", "aim")


def report_said(report: "Report", before: Before | None, console: Console) -> None:
    """Print a report as tables, a section each."""
    cells = {row.id: _cells(row, before) for row in report.rows}
    widths = fitting([*cells.values()], console.width)
    for section, title in report.sections.items():
        rows = [cells[row.id] for row in report.rows if row.section == section]
        if rows:
            console.print(_table(title, widths, rows))
    console.print("\n".join(("", *_without(widths), *_absent(report), _measured_on(report))))


def _table(title: str, widths: Mapping[str, int], rows: Sequence[Mapping[str, str]]) -> Table:
    table = Table(title=f"\n{title}", title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    table.show_edge, table.padding = False, (0, _BETWEEN - 1, 0, 0)  # what divides columns is a blank too
    for name, width in widths.items():
        table.add_column(_head(name), justify="left" if name in _LEFT else "right", width=width, overflow="fold")
    for row in rows:
        style = "red" if "×" in row["result"] else ""
        table.add_row(*(Text(row[name], style if name == "result" else "") for name in widths))
    return table


def _head(column: str) -> str:
    return "" if column in _NAMELESS else column


def fitting(rows: Sequence[Mapping[str, str]], width: int) -> dict[str, int]:
    """Return the columns for which a line has room, with their widths: folded first, then the least left out."""
    widths = {name: max(cell_len(text) for text in (_head(name), *(row[name] for row in rows))) for name in rows[0]}
    if _room(widths, width) < min(widths["what"], _FOLDED["what"]):
        widths["result"] = min(widths["result"], _FOLDED["result"])
    for name in _SPARE:
        if _room(widths, width) >= min(widths["what"], _FOLDED["what"]):
            break
        del widths[name]
    return widths | {"what": max(min(widths["what"], _room(widths, width)), 1)}


def _room(widths: Mapping[str, int], width: int) -> int:
    """Return how wide the first column can be."""
    others = [of for name, of in widths.items() if name != "what"]
    return width - sum(others) - _BETWEEN * len(others)


def _cells(row: "Row", before: Before | None) -> dict[str, str]:
    found = {
        "what": row.what,
        "unit": row.unit,
        "p50": _number(row.wall["p50"]),
        "p99": _number(row.wall["p99"]),
        "p99.9": _number(row.wall["p99_9"]),
        "CPU p50": _number(row.cpu["p50"]),
        "CPU p99": _number(row.cpu["p99"]),
        "samples": str(row.samples),
        "aim": "" if row.aim is None else f"{row.at} ≤ {row.aim:g}",
        "result": _result(row),
    }
    return found if before is None else found | _change(row, before)


def _result(row: "Row") -> str:
    """Return whether the aim is met, by the processor's time too where the wall's clock says no."""
    if row.aim is None:
        return ""
    wall, cpu = row.wall[row.at], row.cpu[row.at]
    if wall is None or cpu is None:
        return "too few samples"
    if row.met:
        return "met"
    return f"{wall / row.aim:.2f} × the aim, CPU {'met' if row.met_by_cpu else f'{cpu / row.aim:.2f} ×'}"


def _change(row: "Row", before: Before) -> dict[str, str]:
    """Return the median processor time of an earlier run, and by how much this one differs."""
    old, new = before.get(row.id), row.cpu["p50"]
    if row.id not in before:
        return {"CPU before": "", "now": "new"}
    return {"CPU before": _number(old), "now": "" if not old or new is None else f"{new / old - 1:+.0%}"}


def _without(widths: Mapping[str, int]) -> Iterator[str]:
    if missing := [name for name in _SPARE if name not in widths]:
        yield f"no room for {', '.join(missing)}; --format json has them"


def _absent(report: "Report") -> Iterator[str]:
    for name, why in report.settings.get("absent", {}).items():
        yield f"not there: {name}: {why}"


def _measured_on(report: "Report") -> str:
    machine = report.machine
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    loads = " and ".join(f"{machine[when][0]:.1f}" for when in ("load_before", "load_after"))
    return (
        f"{machine['processor']}, {machine['cores']} cores, load {loads} before and after; {machine['system']}\n"
        f"{versions}\n"
        f"law {report.law['version']} {report.law['digest'][:12]}; "
        f"garbage collection {report.settings['garbage_collection']}"
    )


def soak_said(soak: "Soak", console: Console) -> None:
    """Print a soak, block by block, and what grows."""
    table = Table("evaluations", "decides", "p50 ms", "p99.9", "CPU p50", "CPU p99.9", "memory MiB")
    for column in table.columns:
        column.justify = "right"
    for block in soak.blocks:
        times = (_number(took) for took in (*block.wall, *block.cpu))
        table.add_row(f"{block.evaluations:,}", f"{block.decides:,}", *times, f"{block.resident:.1f}")
    console.print(table)
    console.print(
        f"{soak.evaluations:,} evaluations of one contract for one sleeve, {soak.each} in one decide, in "
        f"{soak.seconds:.0f} s\n{_grown(soak)}"
    )


def _grown(soak: "Soak") -> str:
    if soak.evaluations < _MILLION or soak.growth is None or soak.slowing is None:
        return f"what grows is told of {_MILLION:,} evaluations and more"
    return (
        f"for a million evaluations memory grows by {soak.growth:+.3f} MiB, "
        f"the slowest answers' processor time by {soak.slowing:+.2%}"
    )


def _number(value: float | None) -> str:
    """Return three digits that mean something."""
    if value is None:
        return "–"
    return f"{value:.0f}" if abs(value) >= _WHOLE else f"{value:.3g}"
