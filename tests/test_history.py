"""Many years of the market under the law: a query of its own finds the same sessions, made-up and real."""

import csv
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import exchange_calendars
import polars
import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from cli import main
from commands.chronicle import Chronicle, chronicle, episodes, held, worst
from commands.held import Thing
from commands.plot import Plot
from engine.decide import decide
from engine.law.load import load
from engine.law.model import Constitution
from engine.place import FactError
from engine.series import Series
from sources.history import BREADTH, SPX, VIX, Wanted, read_series
from sources.past import Past, Span

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("ALLUSE_DATA", ROOT.parent / "shared" / "data"))
REAL: Final = {
    "vix": DATA / "vix_daily" / "vix_daily.parquet",
    "spx": DATA / "us_daily_yahoo" / "us_daily_yahoo_core_dev_1990_2022.parquet",
    "breadth": DATA / "us_daily_yahoo" / "breadth_sp500_current_members.parquet",
}
ABSENT = f"no market data at {DATA}; name its folder in ALLUSE_DATA"
real = pytest.mark.skipif(not all(path.is_file() for path in REAL.values()), reason=ABSENT)


@cache
def law() -> Constitution:
    return load(ROOT / "constitution" / "1.3")


def silent(_: str, __: float) -> None:
    """Hear nothing of what is being done."""


def told(past: Past, span: Span | None = None) -> Chronicle:
    return chronicle(law(), past, span or Span(), silent)


def sessions(first: date, last: date) -> list[date]:
    """Return the days on which the exchange opened, from the calendar itself."""
    found = exchange_calendars.get_calendar("XNYS", start=first, end=last)
    return [day.date() for day in found.sessions]


# A made-up year and a quarter: every bound from both sides, a gap, a row on a holiday, a row without a value.

FIRST, LAST = date(2019, 1, 2), date(2020, 3, 31)
HOLIDAY, GAP, EMPTY = date(2020, 1, 20), date(2020, 3, 3), date(2020, 3, 17)


def january(day: int) -> date:
    return date(2020, 1, day)


def february(day: int) -> date:
    return date(2020, 2, day)


def march(day: int) -> date:
    return date(2020, 3, day)


VIX_OF: Final[dict[date, str]] = {
    **dict(zip(map(january, (6, 7, 8, 9, 10, 13)), ("50", "50.01", "65", "65.01", "80", "80.01"), strict=True)),
    **dict(zip(map(february, (3, 4, 5, 6, 7)), ("30.01", "30.01", "30", "30.01", "30.01"), strict=True)),
    **dict.fromkeys(map(february, (10, 11, 12)), "30.01"),
    HOLIDAY: "90",
    EMPTY: "",
}
SPX_OF: Final = {february(18): "80.01", february(19): "80", february(20): "79.99", february(21): "90"}
BREADTH_OF: Final = {january(15): "0.2", january(16): "0.1999", january(22): ""}


def written(path: Path, column: str, values: Mapping[date, str], calm: str) -> Path:
    """Write a series that is calm on every session but some, and has no row for the gap."""
    days = sorted({*sessions(FIRST, LAST), *values} - {GAP})
    lines = "".join(f"{day},{values.get(day, calm)}\n" for day in days)
    path.write_text(f"date,{column}\n{lines}", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("series")
    return {
        "vix": written(folder / "vix.csv", "close", VIX_OF, "15"),
        "spx": written(folder / "spx.csv", "close", SPX_OF, "100"),
        "breadth": written(folder / "breadth.csv", "breadth", BREADTH_OF, "0.5"),
    }


def past(files: Mapping[str, Path]) -> Past:
    """Return the sessions of series whose header says which columns are meant."""
    vix, spx, breadth = (read_series(wanted, str(files[name])) for name, wanted in WANTED.items())
    return Past.of(vix, spx, breadth)


WANTED: Final[dict[str, Wanted]] = {"vix": VIX, "spx": SPX, "breadth": BREADTH}


@pytest.fixture(scope="module")
def made_up(files: dict[str, Path]) -> Chronicle:
    return told(past(files))


def days_of(found: Chronicle, *, unknown: bool = False) -> dict[str, list[date]]:
    """Return the sessions on which each thing held, or on which nobody can say."""
    wanted = None if unknown else True
    return {thing.name: [day.date for day in found.days if thing.holds(day) is wanted] for thing in found.things}


def test_each_bound_holds_on_its_own_side(made_up: Chronicle) -> None:
    above = [january(7), january(8), january(9), january(10), january(13)]
    week = [*above[:4], *map(january, (13, 14, 15, 16, 17))]
    assert days_of(made_up) == {
        "breaker_hedged_week": above,
        "breaker_safe": above[2:],
        "breaker_halt": above[4:],
        "trigger_vix": [january(13), january(14), february(13)],
        "trigger_spx": [february(20), february(21)],
        "trigger_breadth": [january(17)],
        "hedged_week": week,
        "tier_10": [january(6), *above],
        "tier_20": [january(8), *above[2:]],
        "tier_30": [january(10), january(13)],
    }


def test_what_a_missing_value_leaves_unknown_is_neither(made_up: Chronicle) -> None:
    unknown = days_of(made_up, unknown=True)
    all_days = sessions(FIRST, LAST)
    after_gap = all_days[all_days.index(GAP) :]
    lost = [GAP, EMPTY]
    assert {name: unknown[name] for name in ("breaker_safe", "tier_30", "hedged_week")} == {
        "breaker_safe": lost,
        "tier_30": lost,
        "hedged_week": lost,
    }
    assert unknown["trigger_vix"] == [
        *all_days[:5],
        *after_gap[1:6],
        *all_days[all_days.index(EMPTY) + 1 :][:5],
    ]
    assert unknown["trigger_spx"] == [*all_days[:252], *after_gap[1:]]
    assert unknown["trigger_breadth"] == [FIRST, january(23), after_gap[1]]


def test_a_row_without_a_session_is_left_out_and_counted(made_up: Chronicle) -> None:
    vix, spx, breadth = made_up.coverage
    assert (vix.off, vix.without, vix.outside) == ((HOLIDAY,), (GAP, EMPTY), 0)
    assert (spx.off, spx.without, spx.outside) == ((), (GAP,), 0)
    assert (breadth.off, breadth.without) == ((), (january(22), GAP))
    assert vix.sessions == len(made_up.days) == len(sessions(FIRST, LAST))


def test_episodes_end_where_it_no_longer_holds_and_where_nobody_can_say(made_up: Chronicle) -> None:
    spells = {
        thing.name: [(spell.first, spell.last, len(spell.days)) for spell in episodes(thing, made_up.days)]
        for thing in made_up.things
    }
    assert spells["breaker_hedged_week"] == [(january(7), january(13), 5)]
    assert spells["trigger_vix"] == [(january(13), january(14), 2), (february(13), february(13), 1)]
    assert spells["hedged_week"] == [(january(7), january(17), 9)]


def thing(found: Chronicle, name: str) -> Thing:
    return next(one for one in found.things if one.name == name)


def test_the_worst_of_an_episode_is_the_value_that_was_decided_on(made_up: Chronicle) -> None:
    found = {name: worst(one := thing(made_up, name), held(one, made_up.days)) for name in PROBED}
    assert found == {
        "breaker_halt": (Fraction("80.01"), january(13)),
        "trigger_spx": (Fraction("0.2001"), february(21)),
        "trigger_breadth": (Fraction("0.1999"), january(17)),
    }


PROBED: Final = ("breaker_halt", "trigger_spx", "trigger_breadth")


def test_the_conditions_are_told_with_the_laws_own_bounds(made_up: Chronicle) -> None:
    assert {one.name: (one.says, one.cites) for one in made_up.things} == {
        "breaker_hedged_week": ("VIX > 50", ("6.12",)),
        "breaker_safe": ("VIX > 65", ("6.12",)),
        "breaker_halt": ("VIX > 80", ("6.12",)),
        "trigger_vix": ("VIX closes > 30", ("5.3",)),
        "trigger_spx": ("S&P 500 fall ≥ 20%", ("5.3",)),
        "trigger_breadth": ("breadth < 20%", ("5.3",)),
        "hedged_week": ("", ("6.12",)),
        "tier_10": ("VIX ≥ 50", ("18.1",)),
        "tier_20": ("VIX ≥ 65", ("18.1",)),
        "tier_30": ("VIX ≥ 80", ("18.1",)),
    }


def test_what_came_before_the_span_is_remembered_in_it(files: dict[str, Path], made_up: Chronicle) -> None:
    friday = Span(january(14), january(17))
    found = told(past(files), friday)
    assert [day.date for day in found.days] == [january(day) for day in (14, 15, 16, 17)]
    assert days_of(found)["hedged_week"] == [january(day) for day in (14, 15, 16, 17)]
    assert found.days == tuple(day for day in made_up.days if friday.holds(day.date))
    assert found.coverage[0].off == ()


def test_a_snapshot_of_the_past_has_nothing_of_its_future(files: dict[str, Path]) -> None:
    whole = past(files)
    session = next(session for session in whole.sessions if session.date == january(13))
    market = whole.snapshot(session, {}).market
    assert isinstance(market.vix_closes, Series)
    assert isinstance(market.spx_closes, Series)
    assert market.vix_closes.days[-1] == january(10).toordinal() == market.spx_closes.days[-1]
    close = datetime(2020, 1, 13, 21, tzinfo=UTC)
    assert (market.vix, market.vix_at, session.close) == (Decimal("80.01"), close, close)
    assert (market.vix_close, market.vix_close_date) == (Decimal(80), january(10))
    assert (market.breadth, market.breadth_date) == (Decimal("0.5"), january(10))


def test_a_part_of_a_series_has_what_is_implausible_in_it_alone() -> None:
    whole = Series.of({1: None, 2: 18, 4: None, 5: 19}, {1: ("negative", "-1"), 4: ("not_a_number", "NaN")})
    assert whole.between(2, 5) == Series((2, 4), (18, None), ((4, "not_a_number", "NaN"),))


def test_the_snapshots_of_the_past_are_complete(files: dict[str, Path]) -> None:
    whole = past(files)
    snapshot = whole.snapshot(whole.sessions[260], {})
    again = type(snapshot).model_validate({name: getattr(snapshot, name) for name in type(snapshot).model_fields})
    assert again == snapshot
    assert decide(law(), again).canonical() == decide(law(), snapshot).canonical()


# The same sessions by another way: a query over the files, and the parameters of the law.


@dataclass(frozen=True)
class Question:
    """Series on the sessions of the VIX, as whole numbers: points times ten thousand, shares times a million."""

    frame: polars.DataFrame

    def answers(self, *, unknown: bool) -> dict[str, list[date]]:
        held = self.frame.select("date", **ASKED)
        pick = (lambda name: polars.col(name).is_null()) if unknown else polars.col
        return {name: held.filter(pick(name))["date"].to_list() for name in ASKED}


def number(parameter: str) -> int:
    value = law().parameters[parameter].value
    assert isinstance(value, int)
    return value


def query() -> dict[str, polars.Expr]:
    vix, before, spx = polars.col("vix"), polars.col("vix").shift(1), polars.col("spx").shift(1)
    closes, year = number("trigger_vix_closes"), number("trigger_spx_closes")
    high = spx.rolling_max(year, min_samples=year)
    share = 10**6
    week = polars.col("date").dt.truncate("1w")
    above = (vix > number("hedged_week_vix")).fill_null(value=False).cast(polars.Int8).cum_max().over(week) == 1
    return {
        "breaker_hedged_week": vix > number("hedged_week_vix"),
        "breaker_safe": vix > number("safe_vix"),
        "breaker_halt": vix > number("halt_vix"),
        "trigger_vix": before.rolling_min(closes, min_samples=closes) > number("trigger_vix"),
        "trigger_spx": (high - spx) * share >= high * number("trigger_spx_fall"),
        "trigger_breadth": polars.col("breadth").shift(1) < number("trigger_breadth"),
        "hedged_week": polars.when(vix.is_not_null() | above).then(above),
        "tier_10": vix >= number("first_tier_vix"),
        "tier_20": vix >= number("second_tier_vix"),
        "tier_30": vix >= number("third_tier_vix"),
    }


ASKED: Final = query()


def series(frame: polars.DataFrame, column: str, name: str, factor: int) -> polars.DataFrame:
    whole = (polars.col(column).cast(polars.Float64) * factor).round().cast(polars.Int64)
    return frame.select(polars.col("date"), whole.alias(name))


def asked(vix: polars.DataFrame, spx: polars.DataFrame, breadth: polars.DataFrame) -> Question:
    span = vix["date"]
    first, last = span.min(), span.max()
    assert isinstance(first, date)
    assert isinstance(last, date)
    frame = polars.DataFrame({"date": sessions(first, last)})
    for one in (vix, spx, breadth):
        frame = frame.join(one, on="date", how="left", maintain_order="left")
    return Question(frame)


def test_a_query_of_its_own_finds_the_same_sessions(files: dict[str, Path], made_up: Chronicle) -> None:
    texts = {name: polars.read_csv(path, infer_schema=False) for name, path in files.items()}
    tables = {name: text.with_columns(polars.col("date").str.to_date()) for name, text in texts.items()}
    question = asked(
        series(tables["vix"], "close", "vix", 10_000),
        series(tables["spx"], "close", "spx", 10_000),
        series(tables["breadth"], "breadth", "breadth", 1_000_000),
    )
    assert question.answers(unknown=False) == days_of(made_up)
    assert question.answers(unknown=True) == days_of(made_up, unknown=True)


@pytest.fixture(scope="module")
def real_years() -> Chronicle:
    return told(past(REAL))


@real
def test_a_query_of_its_own_finds_the_same_real_sessions(real_years: Chronicle) -> None:
    prices, breadth = polars.read_parquet(REAL["spx"]), polars.read_parquet(REAL["breadth"])
    question = asked(
        series(polars.read_parquet(REAL["vix"]), "close", "vix", 10_000),
        series(prices.filter(polars.col("symbol") == "^GSPC"), "close", "spx", 10_000),
        series(breadth, "pct_above_50dma", "breadth", 10_000),
    )
    assert question.answers(unknown=False) == days_of(real_years)
    assert question.answers(unknown=True) == days_of(real_years, unknown=True)


@real
def test_the_real_years_have_these_sessions_and_episodes(real_years: Chronicle) -> None:
    counted = {
        one.name: (len(held(one, real_years.days)), len(episodes(one, real_years.days))) for one in real_years.things
    }
    assert len(real_years.days) == 9_206
    assert counted == {
        "breaker_hedged_week": (75, 10),
        "breaker_safe": (25, 9),
        "breaker_halt": (3, 3),
        "trigger_vix": (496, 26),
        "trigger_spx": (654, 36),
        "trigger_breadth": (408, 78),
        "hedged_week": (94, 5),
        "tier_10": (75, 10),
        "tier_20": (25, 9),
        "tier_30": (3, 3),
    }
    assert days_of(real_years)["breaker_halt"] == [date(2008, 10, 27), date(2008, 11, 20), date(2020, 3, 16)]


@real
def test_the_real_vix_has_rows_without_a_session_and_sessions_without_a_row(real_years: Chronicle) -> None:
    vix, spx, breadth = real_years.coverage
    assert (len(vix.off), len(vix.without), vix.sessions) == (33, 4, 9_206)
    assert (spx.reading.column, len(spx.off), len(spx.without), spx.outside) == ("close", 0, 0, 891)
    assert (breadth.reading.column, breadth.without) == ("pct_above_50dma", ())


# Files of many shapes.


def table(tmp_path: Path, text: str, name: str = "series.csv") -> str:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


DAY = date(2026, 3, 5)
OHLC = "Date,Open,High,Low,Close\n2026-03-05,17.00,19.00,16.00,18.25\n"
LONG = "symbol,date,close\n^VIX,2026-03-05,18.25\n^GSPC,2026-03-05,5500\nSPY,2026-03-05,550\n"


@pytest.mark.parametrize(
    ("wanted", "text", "more", "value"),
    [
        (VIX, OHLC, "", "18.25"),
        (VIX, OHLC, ":High", "19.00"),
        (VIX, "observation_date,VIXCLS\n2026-03-05,18.25\n", "", "18.25"),
        (VIX, "day,vix_open,vix_close\n2026-03-05,17,18.25\n", "", "18.25"),
        (VIX, "date,level\n2026-03-05,18.25\n", "", "18.25"),
        (VIX, LONG, "", "18.25"),
        (SPX, LONG, "", "5500"),
        (SPX, LONG, ":close@SPY", "550"),
        (SPX, LONG, ":@SPY", "550"),
        (BREADTH, "date,breadth\n2026-03-05,0.25\n", "", "0.25"),
        (BREADTH, "date,pct_above_50dma,pct_above_200dma\n2026-03-05,25.125,60\n", "", "0.25125"),
        (BREADTH, "date,above,Percent50\n2026-03-05,3,25\n", ":Percent50", "0.25"),
    ],
)
def test_the_header_says_which_column_is_meant(
    tmp_path: Path, wanted: Wanted, text: str, more: str, value: str
) -> None:
    assert read_series(wanted, table(tmp_path, text) + more).values == {DAY: Decimal(value)}


@pytest.mark.parametrize(
    ("wanted", "text", "more", "fault"),
    [
        (
            VIX,
            "date,open,last\n2026-03-05,1,2\n",
            "",
            "series.csv:1:1 several-columns: open, last could each be the VIX; name one as FILE:open",
        ),
        (
            VIX,
            "date,vix,vix_close\n2026-03-05,1,2\n",
            "",
            "series.csv:1:1 several-columns: vix, vix_close could each be the VIX; name one as FILE:vix",
        ),
        (
            VIX,
            "date\n2026-03-05\n",
            "",
            "series.csv:1:1 missing-column: no column beside the date; the VIX needs one, such as 'vix'",
        ),
        (
            VIX,
            "when,close\n2026-03-05,1\n",
            "",
            "series.csv:1:1 missing-column: no column is a date by its name among when, close; call it 'date'",
        ),
        (
            VIX,
            "date,day,close\n2026-03-05,2026-03-05,1\n",
            "",
            "series.csv:1:1 several-columns: date, day could each be the date; keep one",
        ),
        (
            VIX,
            OHLC,
            ":last",
            (
                "series.csv:1:1 missing-column: no column 'last' among Date, Open, High, Low, Close; "
                "name one of them after FILE:"
            ),
        ),
        (
            BREADTH,
            "date,close,last\n2026-03-05,0.1,0.2\n",
            "",
            "series.csv:1:1 several-columns: close, last could each be the breadth; name one as FILE:close",
        ),
        (
            SPX,
            "symbol,date,close\nSPY,2026-03-05,1\nIWM,2026-03-05,2\n",
            "",
            "series.csv:1:1 symbol: the rows of SPY, IWM do not have S&P 500; name one as FILE:@SPY",
        ),
        (
            SPX,
            "symbol,date,close\nSPX,2026-03-05,1\n^GSPC,2026-03-05,2\n",
            "",
            "series.csv:1:1 symbol: the rows of SPX, ^GSPC could each be S&P 500; name one as FILE:@SPX",
        ),
        (SPX, OHLC, ":Close@SPX", "series.csv:1:1 symbol: no column says whose rows these are; leave out @SPX"),
        (VIX, "date,close\n", "", "series.csv:2:1 empty: no row stands here; a history needs days"),
        (
            VIX,
            "date,close\n2026-03-05,18\n2026-03-06,19\n2026-03-05,18.5\n",
            "",
            "series.csv:4:1 day-twice: 2026-03-05 stands here again with another value; keep one of the rows",
        ),
        (
            BREADTH,
            "date,breadth\n2026-03-05,0.5\n2026-03-06,50\n2026-03-09,51\n",
            "",
            (
                "series.csv:3:1 units: 50 is above 1 and no share; let the column's name say pct or percent, or "
                "divide (1 more rows like it)"
            ),
        ),
        (
            VIX,
            "date,close\n2026-03-05,eighteen\n",
            "",
            "series.csv:2:1 type: close: 'eighteen' is no number; write one such as 1.95",
        ),
        (
            VIX,
            "date,close\n03/05/2026,18\n",
            "",
            "series.csv:2:1 date: date: '03/05/2026' is no date; write one such as 2026-03-05",
        ),
    ],
)
def test_what_cannot_be_told_is_refused_in_one_line(
    tmp_path: Path, wanted: Wanted, text: str, more: str, fault: str
) -> None:
    with pytest.raises(FactError) as refused:
        read_series(wanted, table(tmp_path, text) + more)
    assert str(refused.value) == fault


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(FactError, match=r"^nowhere.csv:1:1 missing: there is no such file; check the name$"):
        read_series(VIX, "nowhere.csv")


def test_a_row_that_says_the_same_again_is_counted(tmp_path: Path) -> None:
    found = read_series(VIX, table(tmp_path, "date,close\n2026-03-05,18\n2026-03-05,18.00\n"))
    assert (found.values, found.repeated) == ({DAY: Decimal(18)}, 1)


def test_a_value_finer_than_the_fact_is_rounded_and_counted(tmp_path: Path) -> None:
    found = read_series(VIX, table(tmp_path, "date,close\n2026-03-05,18.12345\n2026-03-06,18.1\n"))
    assert (found.values[DAY], found.rounded) == (Decimal("18.1234"), 1)


@pytest.mark.parametrize("value", ["nan", "0", "-3", ""])
def test_a_close_that_cannot_be_leaves_its_session_unknown(tmp_path: Path, value: str) -> None:
    vix = read_series(VIX, table(tmp_path, f"date,close\n2026-03-05,{value}\n2026-03-06,18\n"))
    found = told(Past.of(vix, None, None))
    assert [thing(found, "breaker_safe").holds(day) for day in found.days] == [None, False]


def test_days_without_any_session_are_refused(tmp_path: Path) -> None:
    vix = read_series(VIX, table(tmp_path, "date,close\n2026-03-07,18\n2026-03-08,19\n"))
    with pytest.raises(FactError, match="empty: no session between 2026-03-07 and 2026-03-08"):
        Past.of(vix, None, None)


def test_closes_from_before_the_first_session_are_known_to_it(tmp_path: Path) -> None:
    days = sessions(date(2025, 1, 2), DAY)
    spx = table(tmp_path, "date,close\n" + "".join(f"{day},100\n" for day in days[:-1]))
    vix = read_series(VIX, table(tmp_path, f"date,close\n{DAY},18\n", "vix.csv"))
    found = told(Past.of(vix, read_series(SPX, spx), None))
    assert [thing(found, "trigger_spx").holds(day) for day in found.days] == [False]


# The command.


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["history", *map(str, arguments)], prog_name="alluse")


@pytest.fixture(scope="module")
def options(files: dict[str, Path]) -> list[str]:
    return [word for name, path in files.items() for word in (f"--{name}", str(path))]


def lines(text: str, title: str) -> list[str]:
    """Return the lines of one table, blanks run together."""
    body, _, _ = text.partition(f"\n{title}\n")[2].partition("\n\n")
    return [" ".join(line.split()) for line in body.splitlines()[2:]]


def test_the_command_tells_what_held(options: list[str]) -> None:
    result = run(*options, "--no-plot")
    assert (result.exit_code, result.stderr) == (0, "")
    assert lines(result.stdout, "What held") == [
        "breaker hedged_week VIX > 50 5 1 2020-01-07 2020-01-13 5 80.01 on 2020-01-13 2 §6.12",
        "breaker safe VIX > 65 3 1 2020-01-09 2020-01-13 3 80.01 on 2020-01-13 2 §6.12",
        "breaker halt VIX > 80 1 1 2020-01-13 2020-01-13 1 80.01 on 2020-01-13 2 §6.12",
        "trigger vix VIX closes > 30 3 2 2020-01-13 2020-02-13 2 80.01 on 2020-01-14 15 §5.3",
        "trigger spx S&P 500 fall ≥ 20% 2 1 2020-02-20 2020-02-21 2 20.01% on 2020-02-21 272 §5.3",
        "trigger breadth breadth < 20% 1 1 2020-01-17 2020-01-17 1 19.99% on 2020-01-17 3 §5.3",
        "Hedged Week 9 1 2020-01-07 2020-01-17 9 80.01 on 2020-01-13 2 §6.12",
        "tier 10% VIX ≥ 50 6 1 2020-01-06 2020-01-13 6 80.01 on 2020-01-13 2 §18.1",
        "tier 20% VIX ≥ 65 4 1 2020-01-08 2020-01-13 4 80.01 on 2020-01-13 2 §18.1",
        "tier 30% VIX ≥ 80 2 1 2020-01-10 2020-01-13 2 80.01 on 2020-01-13 2 §18.1",
    ]


def test_the_command_says_what_the_files_lack(options: list[str]) -> None:
    said = " ".join(run(*options, "--no-plot").stdout.split())
    assert "314 sessions, 2019-01-02 to 2020-03-31 Each decided at its close: the market alone" in said
    assert (
        "VIX: vix.csv, close: 314 sessions, 1 row on days without a session, 2 sessions without a VIX close "
        "(2020-03-03, 2020-03-17) S&P 500: spx.csv, close: 314 sessions, 1 session without a S&P 500 close "
        "(2020-03-03) breadth: breadth.csv, breadth: 314 sessions, 2 sessions without a breadth value "
        "(2020-01-22, 2020-03-03)"
    ) in said


def test_episodes_and_sessions_are_listed_when_asked_for(options: list[str]) -> None:
    text = run(*options, "--no-plot", "--episodes", "--days", "--from", "2020-02-01").stdout
    assert lines(text, "Episodes") == [
        "trigger vix 2020-02-13 2020-02-13 1 30.01 on 2020-02-13",
        "trigger spx 2020-02-20 2020-02-21 2 20.01% on 2020-02-21",
    ]
    assert lines(text, "Sessions") == [
        "2020-02-13 15 0% 50% trigger vix",
        "2020-02-20 15 20% 50% trigger spx",
        "2020-02-21 15 20.01% 50% trigger spx",
    ]


def test_the_csv_has_every_session_and_leaves_the_unknown_empty(options: list[str]) -> None:
    rows = {row["date"]: row for row in csv.DictReader(StringIO(run(*options, "--format", "csv").stdout))}
    assert [*rows] == [str(day) for day in sessions(FIRST, LAST)]
    assert rows["2020-01-13"] == {
        "date": "2020-01-13",
        "vix": "80.01",
        "vix_close": "80",
        "spx_drawdown": "0",
        "prior_breadth": "0.5",
        "breaker": "halt",
        "hedge_tier": "0.3",
        "trigger_vix": "true",
        "trigger_spx": "false",
        "trigger_breadth": "false",
        "hedged_week": "true",
    }
    gap = rows[str(GAP)]
    assert (gap["vix"], gap["breaker"], gap["hedge_tier"], gap["hedged_week"]) == ("", "", "", "")
    assert (gap["trigger_vix"], gap["spx_drawdown"]) == ("false", "0")


def test_the_json_has_the_law_the_files_every_thing_and_every_session(options: list[str]) -> None:
    found = json.loads(run(*options, "--format", "json", "--from", "2020-01-13", "--to", "2020-01-20").stdout)
    assert found["law"] == {"version": "1.3", "status": law().status, "digest": law().bytes_digest}
    assert [(one["name"], one["sessions"]) for one in found["series"]] == [("VIX", 5), ("S&P 500", 5), ("breadth", 5)]
    assert found["things"][2] == {
        "name": "breaker_halt",
        "means": "which breaker holds now",
        "when": "VIX > 80",
        "cites": ["6.12"],
        "sessions": 1,
        "unknown": 0,
        "episodes": [
            {
                "first": "2020-01-13",
                "last": "2020-01-13",
                "sessions": 1,
                "worst": "80.01",
                "worst_on": "2020-01-13",
            }
        ],
    }
    assert [day["date"] for day in found["sessions"]] == [f"2020-01-{day}" for day in (13, 14, 15, 16, 17)]
    assert found["sessions"][0]["hedged_week"] is True


def test_what_was_not_given_is_unknown_and_said_to_be(files: dict[str, Path]) -> None:
    text = run("--vix", files["vix"], "--no-plot").stdout
    assert lines(text, "What held")[4:6] == [
        "trigger spx S&P 500 fall ≥ 20% 0 0 314 §5.3",
        "trigger breadth breadth < 20% 0 0 314 §5.3",
    ]


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        (["--from", "2020-02-01", "--to", "2020-01-01"], "--to 2020-01-01 is before --from 2020-02-01; exchange them"),
        (
            ["--from", "2021-01-01"],
            "there is no session to tell of: the VIX has 2019-01-02 to 2020-03-31; choose --from and --to there",
        ),
        (["--to", "1.1.2020"], "'1.1.2020' is no date; write one such as 2026-03-05"),
        (["--law", str(ROOT / "tests" / "small_law")], "the law decides no HedgeTrigger and no HedgedWeek"),
    ],
)
def test_a_mistake_of_the_caller_is_said_in_one_line(options: list[str], more: list[str], fault: str) -> None:
    result = run(*options, *more)
    assert (result.exit_code, result.stdout) == (2, "")
    assert fault in " ".join(result.stderr.replace("│", " ").split())


def test_an_altered_bound_is_told_and_held_to(options: list[str], tmp_path: Path) -> None:
    altered = tmp_path / "law"
    shutil.copytree(ROOT / "constitution" / "1.3", altered)
    section = altered / "06-protocol.yaml"
    text = section.read_text("utf-8")
    changed = text.replace("hedged_week_vix: {value: 50,", "hedged_week_vix: {value: 49.99,")
    assert changed != text
    section.write_text(changed, encoding="utf-8")
    text = run(*options, "--no-plot", "--law", altered).stdout
    assert lines(text, "What held")[0] == (
        "breaker hedged_week VIX > 49.99 6 1 2020-01-06 2020-01-13 6 80.01 on 2020-01-13 2 §6.12"
    )


# The picture.


def drawn(found: Chronicle, width: int) -> list[str]:
    console = Console(file=StringIO(), width=width, record=True)
    console.print(Plot(found.days, found.things))
    return [line.rstrip() for line in console.export_text().splitlines()]


def test_the_picture_has_a_strip_for_each_thing(files: dict[str, Path]) -> None:
    found = told(past(files), Span(january(2), january(31)))
    strips = {line[:19].strip(): line[20:] for line in drawn(found, 52)[17:24]}  # 30 columns for 30 days
    assert strips == {
        "VIX > 50": "│     ███████",
        "VIX > 65": "│       █████",
        "VIX > 80": "│           █",
        "VIX closes > 30": "│           ██",
        "S&P 500 fall ≥ 20%": "│",
        "breadth < 20%": "│               ████  ·",
        "Hedged Week": "│     ██████████████",
    }


def test_the_picture_writes_the_bounds_beside_their_lines(made_up: Chronicle) -> None:
    lines_ = drawn(made_up, 100)
    assert [line[:19].strip() for line in lines_[1:17] if line[:19].strip()] == ["80", "65", "50", "30", "20"]
    assert all(len(line) <= 100 for line in lines_)


def test_a_session_without_any_vix_has_a_picture_too(files: dict[str, Path]) -> None:
    shown = drawn(told(past(files), Span(GAP, GAP)), 41)
    assert [line[:21].strip() for line in shown[17:20]] == ["VIX > 50 │", "VIX > 65 │", "VIX > 80 │"]
    assert {line[21:] for line in shown[17:20]} == {"·" * 19}


def test_nothing_is_drawn_of_what_is_unknown(files: dict[str, Path]) -> None:
    lines_ = drawn(told(past(files), Span(march(4), march(31))), 100)
    assert not any("Fall of the S&P 500" in line for line in lines_)


def test_the_svg_says_of_every_episode_when_it_was(options: list[str], tmp_path: Path) -> None:
    picture = tmp_path / "years.svg"
    assert run(*options, "--no-plot", "--from", "2020-01-02", "--svg", picture).exit_code == 0
    root = ElementTree.fromstring(picture.read_text("utf-8"))  # noqa: S314 - our own file
    name = "{http://www.w3.org/2000/svg}"
    assert root.get("aria-label") == "Constitution 1.3, 2020-01-02 to 2020-03-31"
    assert [title.text for title in root.iter(f"{name}title")][:4] == [
        "2020-03-03 to 2020-03-03, breaker hedged_week: unknown",
        "2020-03-17 to 2020-03-17, breaker hedged_week: unknown",
        "2020-01-07 to 2020-01-13, breaker hedged_week: 5 sessions, at worst 80.01 on 2020-01-13",
        "2020-03-03 to 2020-03-03, breaker safe: unknown",
    ]
    lines_ = [line.get("class") for line in root.iter(f"{name}polyline")]
    assert lines_ == ["vix", "vix", "vix", "fall"]  # nothing is drawn across the gap and the row without a value


def test_the_svg_needs_a_folder_that_is_there(options: list[str], tmp_path: Path) -> None:
    result = run(*options, "--svg", tmp_path / "none" / "years.svg")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "make it, or name another with --svg" in " ".join(result.stderr.replace("│", " ").split())
