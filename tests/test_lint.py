"""The linter: what it says of a law that loads, and that its tables are judged exactly."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.law.lint import lint
from engine.law.load import load
from engine.law.read import read_folder
from engine.place import LawError

BASE = Path(__file__).parent / "bad_laws" / "base"
HEAD = 'section: "7"\ntitle: A case\n'


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BASE, tmp_path / "law"))


def said(folder: Path, case: str) -> list[str]:
    (folder / "07-case.yaml").write_text(HEAD + case, encoding="utf-8")
    return [str(finding) for finding in lint(load(folder), read_folder(folder, [])[0])]


def test_a_fact_that_nobody_reads_is_a_finding(base: Path) -> None:
    case = """facts:
  market.busy: {value: market.vix > storm_vix, cites: "7.1"}
memories:
  market.worst: {next: market.vix, unit: index_points, cites: "7.1"}
latches:
  market.alarm: {set: market.vix > storm_vix, clear: market.vix < storm_vix, cites: "7.1"}
picks:
  symbol.next: {when: true, among: symbol.candidates, where: candidate.bid > 0, order_by: [candidate.bid], cites: "7.1"}
"""
    assert said(base, case) == [
        "07-case.yaml:4:3 unread-fact: nothing reads 'market.busy'",
        "07-case.yaml:6:3 unread-fact: nothing reads 'market.worst'",
        "07-case.yaml:8:3 unread-fact: nothing reads 'market.alarm'",
        "07-case.yaml:10:3 unread-fact: nothing reads 'symbol.next'",
    ]


def test_what_rules_picks_and_memories_read_is_no_finding(base: Path) -> None:
    case = """latches:
  market.alarm:
    set: market.vix > storm_vix
    clear: market.vix < storm_vix
    keeps: {vix: market.vix}
    cites: "7.1"
picks:
  position.next:
    when: market.alarm
    among: symbol.candidates
    where: candidate.bid > 0
    order_by: [candidate.bid]
    cites: "7.1"
rules:
  noted:
    for: position
    decide: Advice
    when: position.next_found && position.next.bid > position.bid && market.vix < market.alarm_vix
    with: {advice: better}
    cites: "7.1"
"""
    assert said(base, case) == []


def test_a_ruling_that_nothing_rests_on_and_a_rule_that_nothing_carries_out_are_findings(base: Path) -> None:
    items, rulings = base / "items.yaml", base / "interpretations.yaml"
    more = """  "6.5": {kind: rule, source: text, text: A rule that is not carried out.}
  "6.6": {kind: duty, source: text, text: A duty is somebody's.}
  "6.7": {kind: rule, source: text, room: ledger, text: A rule that the ledger carries out.}
"""
    items.write_text(items.read_text("utf-8") + more, encoding="utf-8")
    ladder = base / "06-ladder.yaml"
    ladder.write_text(ladder.read_text("utf-8").replace("    rests_on: [A-01]\n", ""), encoding="utf-8")
    assert rulings.exists()
    assert said(base, "rules: {}\n") == [
        "interpretations.yaml:2:3 unused-ruling: nothing rests on A-01",
        "items.yaml:7:3 uncited-item: nothing carries out 6.5, which is a rule",
    ]


@pytest.mark.parametrize(
    "when",
    [
        "false",
        "market.vix > storm_vix && false",
        "watch_distance > exit_distance",
        "!(watch_distance + watch_distance <= exit_distance)",
        "storm_vix / storm_vix != 1",
        "storm_vix in calm_band || watch == leave",
    ],
)
def test_a_rule_that_can_never_fire_is_a_finding(when: str, base: Path) -> None:
    band = "  calm_band: {value: below 50, unit: index_points, cites: '7.1', means: where it is calm}\n"
    used = [band] if "calm_band" in when else []
    rule = f"""rules:
  noted:
    for: market
    decide: Advice
    when: '{when}'
    with: {{advice: never}}
    cites: "7.1"
"""
    parameters = "parameters:\n" + "".join(used) if used else ""
    line = 4 + len(used) + bool(used)
    never = f"07-case.yaml:{line}:3 never: 'noted' can never fire: its condition is false whatever the facts are"
    assert said(base, parameters + rule) == [never]


def test_a_requirement_that_can_never_refuse_is_a_finding(base: Path) -> None:
    case = """rules:
  open:
    for: position
    require: ExitPosition
    when: 0 < 1 || position.level == watch
    else: closed
    cites: "7.1"
"""
    never = "'open' can never refuse: its condition is true whatever the facts are"
    assert said(base, case) == [f"07-case.yaml:4:3 never: {never}"]


def test_a_row_under_others_is_a_finding(base: Path) -> None:
    case = """tables:
  market.band:
    hit: first
    by: {vix: market.vix, close: market.vix_close}
    rows:
      - {vix: up to storm_vix, close: up to storm_vix, then: low}
      - {vix: above storm_vix, then: high}
      - {close: above storm_vix, then: late}
      - {vix: up to storm_vix, then: never}
    unit: symbol
    cites: "7.1"
rules:
  noted:
    for: market
    decide: Advice
    when: market.band == "low"
    with: {advice: low}
    cites: "7.1"
"""
    never = "the rows above take all that this one could; delete it, or move it up"
    assert said(base, case) == [f"07-case.yaml:11:9 never: {never}"]


DAYS = "{x: [tuesday, wednesday, thursday], then: b}"


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        ("position.level", ["{x: 0, then: a}", "{x: 1, then: b}", "{x: leave, then: c}"]),
        ("position.level", ["{x: below 1, then: a}", "{x: from 1 below 2, then: b}", "{x: above 1, then: c}"]),
        ("position.right", ["{x: put, then: a}", "{x: call, then: b}"]),
        ("market.weather", ["{x: [fair, storm], then: a}"]),
        ("symbol.spot > position.strike", ["{x: true, then: a}", "{x: false, then: b}"]),
        ("position.bid", ["{x: from 0 below 0.0002, then: a}", "{x: from 0.0002, then: b}"]),
        ("weekday(position.expiration)", ["{x: [monday, friday, saturday, sunday], then: a}", DAYS]),
        ("position.underlying", ["{x: SPY, then: a}", "{x: any, then: b}"]),
    ],
)  # fmt: skip
def test_a_table_that_has_a_row_for_every_value_is_complete(by: str, rows: Sequence[str], base: Path) -> None:
    hit = "first" if "any" in rows[-1] else "unique"
    listed = "".join(f"      - {row}\n" for row in rows)
    case = f"""tables:
  position.kind_of:
    hit: {hit}
    by: {{x: {by}}}
    rows:
{listed}    unit: symbol
    cites: "7.1"
rules:
  noted:
    for: position
    decide: Advice
    when: position.kind_of == "a"
    with: {{advice: a}}
    cites: "7.1"
"""
    assert said(base, case) == []


def test_a_table_may_say_that_what_has_no_row_is_unknown(base: Path) -> None:
    case = """tables:
  position.price:
    hit: first
    by: {right: position.right}
    rows:
      - {right: put, then: position.bid}
    otherwise: unknown
    cites: "7.1"
rules:
  noted:
    for: position
    decide: Advice
    when: position.price > 0
    with: {advice: priced}
    cites: "7.1"
"""
    assert said(base, case) == []
    table = load(base).derived["position.price"]
    assert (table.nullable, getattr(table.value, "otherwise", "a case")) == (True, None)


def test_a_parameter_may_be_read_in_another_room(base: Path) -> None:
    parameter = 'value: 20, unit: sessions, cites: "7.1", means: a window of the sources'
    assert said(base, f"parameters:\n  window: {{{parameter}, room: sources}}\n") == []


def faults_of(folder: Path) -> list[tuple[int, str]]:
    try:
        load(folder)
    except LawError as error:
        return [(fault.place.line, fault.code) for fault in error.faults]
    return []


@dataclass(frozen=True)
class Bounds:
    """An interval of whole points, as a cell says it and as a naive reader understands it."""

    lower: int | None
    lower_in: bool
    upper: int | None
    upper_in: bool

    @property
    def cell(self) -> str:
        below = () if self.lower is None else (f"{'from' if self.lower_in else 'above'} {self.lower}",)
        above = () if self.upper is None else (f"{'up to' if self.upper_in else 'below'} {self.upper}",)
        return " ".join((*below, *above)) or "any"

    def holds(self, value: Fraction) -> bool:
        if self.lower is not None and not (value >= self.lower if self.lower_in else value > self.lower):
            return False
        return self.upper is None or (value <= self.upper if self.upper_in else value < self.upper)


POINTS = [Fraction(number, 2) for number in range(14)]
WORDS = ("put", "call")


def bounds() -> Iterator[Bounds]:
    ends = (None, 1, 2, 3, 4)
    for lower, lower_in, upper, upper_in in product(ends, (True, False), ends, (True, False)):
        closed = lower_in and upper_in
        if lower is None or upper is None or lower < upper or (lower == upper and closed):
            yield Bounds(lower, lower_in, upper, upper_in)


ROW = st.tuples(st.sampled_from(list(bounds())), st.sampled_from([("put",), ("call",), WORDS]))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=5), unique=st.booleans())
def test_gaps_and_overlaps_are_those_that_trying_every_value_finds(
    *, rows: list[tuple[Bounds, tuple[str, ...]]], unique: bool, base: Path
) -> None:
    listed = "".join(f"      - {{bid: {of.cell}, right: [{', '.join(words)}], then: a}}\n" for of, words in rows)
    case = f"""rules:
  noted: {{for: position, decide: Advice, when: 'position.side == "a"', with: {{advice: a}}, cites: "7.1"}}
tables:
  position.side:
    hit: {"unique" if unique else "first"}
    by: {{bid: position.bid, right: position.right}}
    rows:
{listed}    unit: symbol
    cites: "7.1"
"""
    hits = {
        (point, word): [number for number, (of, words) in enumerate(rows) if of.holds(point) and word in words]
        for point, word in product(POINTS, WORDS)
    }
    seconds = sorted({second for found in hits.values() for second in found[1:]}) if unique else []
    wanted = [(6, "gap")] * (not all(hits.values())) + [(10 + second, "overlap") for second in seconds]
    (base / "07-case.yaml").write_text(HEAD + case, encoding="utf-8")
    assert faults_of(base) == wanted
