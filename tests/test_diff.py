"""What `alluse diff` tells of two versions of the law by what they say, and what it leaves alone."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from engine.law.load import load
from engine.law.text import Mapping as Entries
from engine.law.text import Scalar, Sequence
from engine.place import LawError
from proof.compare import Change, Comparison, compare
from proof.compare_behaviour import heads
from proof.compare_turns import Turn
from proof.compare_version import Version
from tests.edits import Edit, Law, changes, drawn, paraphrases, swapped
from tests.tiny import write

ROOT = Path(__file__).resolve().parents[1]
LAW = ROOT / "constitution" / "1.3"
SEED = "1"
EDITS = int(os.environ.get("ALLUSE_EDITS", "40"))

SECTION = """\
parameters:
  calm_vix: {value: 20, unit: index_points, cites: "0.1", means: where calm ends}
  storm_vix: {value: 40.50, unit: index_points, cites: "0.1", means: where a storm begins}
  told: {value: [SPY, QQQ], unit: ticker, cites: "0.1", means: what a person hears of}
  first: {value: [IWM, DIA], unit: ticker, cites: "0.1", means: what comes first}
facts:
  market.calm: {value: market.vix <= calm_vix, means: the VIX is low, cites: "0.1"}
  market.stormy: {value: market.vix > storm_vix && !market.calm, means: the VIX is high, cites: "0.1"}
  symbol.heard: {value: symbol.symbol in told, means: a person hears of it, cites: "0.1"}
  symbol.place: {value: 'rank(symbol.symbol, first)', means: its place, cites: "0.1"}
  symbol.dear: {value: symbol.spot > symbol.spot * symbol.place, means: made up, cites: "0.1"}
tables:
  market.weather:
    hit: unique
    by: {calm: market.calm, stormy: market.stormy}
    rows:
      - {calm: true, stormy: false, then: calm}
      - {calm: false, stormy: true, then: storm}
    otherwise: wind
    unit: symbol
    means: what it is like
    cites: "0.1"
  market.mood:
    hit: first
    by: {vix: market.vix}
    rows:
      - {vix: below calm_vix, then: good}
      - {vix: up to 30, then: fair}
      - {vix: up to 40, then: poor}
    otherwise: bad
    unit: symbol
    means: how a person feels
    cites: "0.1"
latches:
  market.warned:
    set: market.stormy
    clear: market.calm
    keeps: {vix: market.vix}
    means: a person was warned
    cites: "0.1"
rules:
  tell:
    for: market
    decide: Alert
    when: market.weather == "storm" || market.mood == "bad" && market.warned
    with: {code: storm}
    cites: "0.1"
    rests_on: [A-01]
  hear:
    for: symbol
    decide: Alert
    when: symbol.heard && symbol.dear && market.warned_vix > storm_vix
    with: {code: dear}
    cites: "0.1"
"""


class Told(NamedTuple):
    """The part of a change that a test speaks of."""

    form: str
    name: str
    part: str
    how: str
    old: str
    new: str


def told(change: Change) -> Told:
    return Told(change.form, change.name, change.part, change.how, change.old, change.new)


class Laws:
    """A small law, and others that differ from it in some words."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.old = Version.read(write(folder / "old", SECTION))
        self.made = 0

    def compared(self, *edits: tuple[str, str]) -> Comparison:
        text = SECTION
        for before, after in edits:
            assert before in text, before
            text = text.replace(before, after)
        self.made += 1
        return compare(self.old, Version.read(write(self.folder / str(self.made), text)))

    def told(self, *edits: tuple[str, str]) -> list[Told]:
        return [told(change) for change in self.compared(*edits).changes]


@pytest.fixture(scope="module")
def laws(tmp_path_factory: pytest.TempPathFactory) -> Laws:
    return Laws(tmp_path_factory.mktemp("laws"))


@pytest.fixture(scope="module")
def law() -> Law:
    return Law(LAW)


@pytest.fixture(scope="module")
def version(law: Law, tmp_path_factory: pytest.TempPathFactory) -> Version:
    return Version.read(law.write(tmp_path_factory.mktemp("whole") / "law"))


# What is told.


def test_a_number_is_told_with_its_unit_its_items_and_where_both_versions_have_it(laws: Laws) -> None:
    (change,) = laws.compared(("value: 20,", "value: 21,"), ("tables:", "# A line more.\ntables:")).changes
    assert told(change) == Told("parameter", "calm_vix", "value", "changed", "20", "21")
    assert (change.unit, change.cites, change.layer, change.decides) == ("index_points", ("0.1",), "meaning", True)
    assert [str(change.old_place), str(change.new_place)] == ["01-tiny.yaml:4:21", "01-tiny.yaml:4:21"]


def test_a_piece_that_moved_down_is_told_at_its_place_in_each_version(laws: Laws) -> None:
    edits = ("parameters:", "# A line more.\nparameters:"), ("value: 20,", "value: 21,")
    (change,) = laws.compared(*edits).changes
    assert [str(change.old_place), str(change.new_place)] == ["01-tiny.yaml:4:21", "01-tiny.yaml:5:21"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("means: where calm ends", "means: where Calm ends",
         [Told("parameter", "calm_vix", "means", "changed", "where calm ends", "where Calm ends")]),
        ("market.vix <= calm_vix", "market.vix < calm_vix",
         [Told("fact", "market.calm", "value", "changed", "market.vix <= calm_vix", "market.vix < calm_vix")]),
        ("market.vix > storm_vix && !market.calm", "market.vix > storm_vix || !market.calm",
         [Told("fact", "market.stormy", "value", "changed", "market.vix > storm_vix && !market.calm",
               "market.vix > storm_vix || !market.calm")]),
        ("value: [SPY, QQQ]", "value: [SPY, DIA]",
         [Told("parameter", "told", "value", "changed", "[SPY, QQQ]", "[SPY, DIA]")]),
        ("value: [IWM, DIA]", "value: [DIA, IWM]",
         [Told("parameter", "first", "value", "changed", "[IWM, DIA]", "[DIA, IWM]")]),
        ("then: poor}", "then: bad}",
         [Told("table", "market.mood", "row 3", "changed", "{vix: up to 40, then: poor}",
               "{vix: up to 40, then: bad}")]),
        ("otherwise: wind", "otherwise: unknown",
         [Told("table", "market.weather", "otherwise", "changed", "wind", "")]),
        ("      - {vix: up to 30, then: fair}\n", "",
         [Told("table", "market.mood", "row 2", "removed", "{vix: up to 30, then: fair}", "")]),
        ("      - {vix: up to 40, then: poor}\n",
         "      - {vix: up to 35, then: low}\n      - {vix: up to 40, then: poor}\n",
         [Told("table", "market.mood", "row 3", "added", "", "{vix: up to 35, then: low}")]),
        ("keeps: {vix: market.vix}", "keeps: {vix: market.vix_close}",
         [Told("latch", "market.warned", "keeps vix", "changed", "market.vix", "market.vix_close")]),
        ("clear: market.calm", "clear: market.calm && market.vix < storm_vix",
         [Told("latch", "market.warned", "clear", "changed", "market.calm", "market.calm && market.vix < storm_vix")]),
        ("means: a person was warned\n", "means: a person was warned\n    by: person\n",
         [Told("latch", "market.warned", "by", "changed", "law", "person")]),
        ("with: {code: storm}", "with: {code: gale}",
         [Told("rule", "tell", "with code", "changed", "storm", "gale")]),
        ("    rests_on: [A-01]\n", "",
         [Told("rule", "tell", "rests_on", "changed", "A-01", "")]),
    ],
)  # fmt: skip
def test_what_differs_is_told_once_and_alone(laws: Laws, before: str, after: str, expected: list[Told]) -> None:
    assert laws.told((before, after)) == expected


def test_the_terms_that_a_condition_lost_and_gained_are_named(laws: Laws) -> None:
    (change,) = laws.compared(("symbol.heard && symbol.dear", "symbol.heard && symbol.spot > 0")).changes
    assert (change.lost, change.gained) == (("symbol.dear",), ("symbol.spot > 0.00",))


def test_a_column_that_reads_something_else_is_told_once(laws: Laws) -> None:
    found = laws.told(("by: {vix: market.vix}", "by: {vix: market.vix_close}"))
    assert found == [Told("table", "market.mood", "by", "changed", "{vix: market.vix}", "{vix: market.vix_close}")]


def test_a_row_moves_where_the_first_that_applies_is_taken(laws: Laws) -> None:
    rows = "      - {vix: below calm_vix, then: good}\n", "      - {vix: up to 30, then: fair}\n"
    (found,) = laws.told(("".join(rows), "".join(reversed(rows))))
    assert (found.name, found.how) == ("market.mood", "moved")


def test_a_rule_that_is_gone_and_one_that_came_are_told_whole(laws: Laws) -> None:
    found = laws.told(("  hear:\n", "  listen:\n"), ("with: {code: dear}", "with: {code: deer}"))
    said = "for symbol; decide Alert; when symbol.heard && symbol.dear && market.warned_vix > storm_vix; with code "
    assert found == [
        Told("rule", "hear", "", "removed", f"{said}dear", ""),
        Told("rule", "listen", "", "added", "", f"{said}deer"),
    ]


def test_a_latch_under_another_name_is_another_memory(laws: Laws) -> None:
    found = laws.told(("market.warned", "market.alarmed"))
    assert found == [Told("latch", "market.alarmed", "name", "renamed", "market.warned", "market.alarmed")]


def test_texts_are_told_apart_from_what_is_decided(laws: Laws) -> None:
    found = laws.compared(("means: how a person feels", "means: how a person is"))
    assert [(change.layer, change.part) for change in found.changes] == [("text", "means")]
    assert found.decisive == ()


def test_a_ruling_that_is_dropped_is_told_with_all_that_rested_on_it(
    version: Version, tmp_path: Path, law: Law
) -> None:
    edit = next(edit for edit in changes(law) if (edit.kind, edit.where) == ("ruling", "A-54"))
    found = compare(version, Version.read(edit.write(law, tmp_path / "law")))
    gone = [change for change in found.changes if change.how == "removed"]
    assert [(change.form, change.name, change.layer) for change in gone] == [("interpretation", "A-54", "reference")]
    others = [change for change in found.changes if change.how != "removed"]
    assert {(change.layer, change.part) for change in others} == {("reference", "rests_on")}


def test_the_order_of_rules_that_compete_is_told(law: Law, version: Version, tmp_path: Path) -> None:
    key, refs = next((key, refs) for key, refs in version.sequences.items() if len(refs) > 1 and "rules" in key)
    first, second = (next(entry for entry in law.entries if entry.key.text == ref.name) for ref in refs[:2])
    assert first.file == second.file
    there = Edit("", "", partial(swapped, law, first, second)).write(law, tmp_path / "law")
    (found,) = compare(version, Version.read(there)).changes
    assert (found.form, found.name, found.how) == ("order", key, "moved")
    assert found.new.startswith(f"{second.key.text} before {first.key.text}")


@pytest.mark.parametrize(
    ("file", "before", "after", "expected"),
    [
        ("06-protocol.yaml", "crossed: symbol.guarded_spot <= position", "crossed: symbol.guarded_spot < position",
         ("ladder", "position.ladder_level", "crossed")),
        ("06-protocol.yaml", "applies: position.short_put\n    crossed", "applies: position.short\n    crossed",
         ("ladder", "position.ladder_level", "applies")),
        ("06-protocol.yaml", 'rung: recovery_breach, cites: "6.3"', 'rung: recovery_breach, cites: "6.4"',
         ("ladder", "position.ladder_level", "cites of level 2")),
        ("constitution.yaml", "uses: 1, each: slice", "uses: 1, each: order",
         ("choice", "entries", "within max_trades: each")),
        ("constitution.yaml", "order_by: [entry.aim_distance, candidate.spread_ratio,",
         "order_by: [candidate.spread_ratio, entry.aim_distance,", ("choice", "entries", "order_by")),
        ("constitution.yaml", "ceilings: [exposure, deployment,", "ceilings: [exposure,",
         ("choice", "entries", "ceilings")),
        ("constitution.yaml", "asks: position.hedge_asked", "asks: sleeve.hedge_room", ("share", "hedges", "asks")),
        ("constitution.yaml", "hedge_origin: trigger,", "hedge_origin: tier,",
         ("share", "triggers", "marks hedge_origin")),
        ("constitution.yaml", "strongest: [OpenCircuit, TryAgain]", "strongest: [TryAgain, OpenCircuit]",
         ("arbitration", "dependency.circuit", "strongest")),
        ("constitution.yaml", 'effective: "2026-01-01"', 'effective: "2026-02-01"',
         ("version", "constitution.yaml", "effective")),
        ("02-gen.yaml", "next: sleeve.forked + sleeve.forked_now\n    initial: 0",
         "next: sleeve.forked + sleeve.forked_now\n    initial: 1", ("memory", "sleeve.forked", "initial")),
        ("02-gen.yaml", "title: Gen sleeve", "title: Gen", ("title", "2", "title")),
        ("tensions.yaml", "account_size: {value: 300000,", "account_size: {value: 300001,",
         ("assumption", "account_size", "value")),
        ("items.yaml", "text: Capital that comes in new is divided", "text: Capital that comes in is divided",
         ("item", "0.1", "text")),
        ("interpretations.yaml", "human_ruling_needed: true\n\n  A-02", "human_ruling_needed: false\n\n  A-02",
         ("interpretation", "A-01", "human_ruling_needed")),
    ],
)  # fmt: skip
def test_every_form_is_told_part_by_part(
    law: Law, version: Version, tmp_path: Path, *, file: str, before: str, after: str, expected: tuple[str, str, str]
) -> None:
    text = law.texts[file]
    assert before in text
    other = Version.read(law.write(tmp_path / "law", {file: text.replace(before, after, 1)}))
    assert [told(change)[:3] for change in compare(version, other).changes] == [expected]


def test_a_pick_is_told_by_what_it_is_ordered_by(law: Law, version: Version, tmp_path: Path) -> None:
    pick = next(pick for pick in version.law.picks.values() if len(pick.order_by) > 1)
    entry = next(entry for entry in law.entries if entry.key.text == pick.name)
    order = entry.node.get("order_by") if isinstance(entry.node, Entries) else None
    assert isinstance(order, Sequence)
    first, second = (item for item in order.items[:2] if isinstance(item, Scalar))
    text = law.texts[entry.file]
    both = f"[{first.raw}, {second.raw}"
    assert both in text
    other = Version.read(
        law.write(tmp_path / "law", {entry.file: text.replace(both, f"[{second.raw}, {first.raw}", 1)})
    )
    assert [told(change)[:3] for change in compare(version, other).changes] == [("pick", pick.name, "order_by")]


# What is not told.


@pytest.mark.parametrize(
    "edit",
    [
        ("value: 40.50", "value: 40.5"),
        ("value: 40.50", "value: 40.5000"),
        ("value: [SPY, QQQ]", "value: [QQQ, SPY]"),
        ("value: market.vix <= calm_vix", "value: calm_vix >= market.vix"),
        ("value: market.vix <= calm_vix", "value: '!(market.vix > calm_vix)'"),
        ("value: market.vix <= calm_vix", "value: (market.vix <= calm_vix)"),
        ("market.vix > storm_vix && !market.calm", "'!market.calm && storm_vix < market.vix'"),
        ("market.vix > storm_vix && !market.calm", "'!(market.calm || market.vix <= storm_vix)'"),
        ("symbol.spot * symbol.place", "symbol.place * symbol.spot"),
        ('market.weather == "storm" || market.mood == "bad" && market.warned',
         'market.warned && "bad" == market.mood || market.weather == "storm"'),
        ('when: market.weather == "storm" || market.mood == "bad" && market.warned',
         'when: >-\n      market.weather == "storm"\n      || (market.mood == "bad" && market.warned)'),
        ("      - {calm: true, stormy: false, then: calm}\n      - {calm: false, stormy: true, then: storm}\n",
         """\
      - {stormy: true, calm: false, then: storm}
      - calm: true
        stormy: false
        then: calm
"""),
        ("by: {calm: market.calm, stormy: market.stormy}", "by: {stormy: market.stormy, calm: market.calm}"),
        ("  tell:\n    for: market\n    decide: Alert\n",
         "  tell:\n    decide: Alert\n    # first of all\n    for: market\n"),
        ("means: what it is like", "means: >-\n      what it\n      is like"),
    ],
)  # fmt: skip
def test_other_words_for_the_same_are_not_told(laws: Laws, edit: tuple[str, str]) -> None:
    found = laws.compared(edit)
    assert (found.changes, found.renamed) == ((), ())


@pytest.mark.parametrize(
    ("edits", "renamed"),
    [
        ([("  tell:\n", "  warn:\n")], [("rule", "tell", "warn")]),
        ([("market.calm", "market.still")], [("fact", "market.calm", "market.still")]),
        ([("market.mood", "market.spirits")], [("table", "market.mood", "market.spirits")]),
        ([("storm_vix", "gale_vix")], [("parameter", "storm_vix", "gale_vix")]),
        ([("symbol.heard", "symbol.noted"), ("symbol.dear", "symbol.heard"), ("symbol.noted", "symbol.dear")],
         [("fact", "symbol.heard", "symbol.dear"), ("fact", "symbol.dear", "symbol.heard")]),
        ([("market.calm", "market.still"), ("market.stormy", "market.wild"), ("  tell:\n", "  warn:\n")],
         [("fact", "market.calm", "market.still"), ("fact", "market.stormy", "market.wild"), ("rule", "tell", "warn")]),
    ],
)  # fmt: skip
def test_what_is_only_called_otherwise_is_listed_quietly(
    laws: Laws, edits: list[tuple[str, str]], renamed: list[tuple[str, str, str]]
) -> None:
    found = laws.compared(*edits)
    assert found.changes == ()
    assert [(each.form, each.old, each.new) for each in found.renamed] == renamed


def test_a_name_that_now_means_something_else_is_told(laws: Laws) -> None:
    found = laws.told(('market.mood == "bad" && market.warned', 'market.mood == "bad" && market.calm'))
    assert [change[:4] for change in found] == [("rule", "tell", "when", "changed")]


def test_two_facts_that_say_the_same_are_two_in_a_sum(tmp_path: Path) -> None:
    text = """\
facts:
  symbol.one: {{value: symbol.spot, means: made up, cites: "0.1"}}
  symbol.other: {{value: symbol.spot, means: made up, cites: "0.1"}}
  symbol.all: {{value: {}, means: made up, cites: "0.1"}}
rules:
  tell:
    for: symbol
    decide: Alert
    when: symbol.all > 0
    with: {{code: dear}}
    cites: "0.1"
    rests_on: [A-01]
"""
    versions = [
        Version.read(write(tmp_path / str(number), text.format(value)))
        for number, value in enumerate(("symbol.one + symbol.other", "symbol.one", "symbol.other + symbol.one"))
    ]
    assert [told(change)[:3] for change in compare(versions[0], versions[1]).changes] == [
        ("fact", "symbol.all", "value")
    ]
    assert compare(versions[0], versions[2]).changes == ()


def test_the_letter_of_a_variable_is_not_told(law: Law, version: Version, tmp_path: Path) -> None:
    text = law.texts["02-gen.yaml"]
    there = tmp_path / "law"
    other = text.replace("market.accounts.sum(a, a.mini_forks)", "market.accounts.sum(each, each.mini_forks)")
    assert other != text
    Edit("", "", lambda: {"02-gen.yaml": other}).write(law, there)
    assert compare(version, Version.read(there)).changes == ()


def test_a_version_compared_with_itself_says_the_same(law: Law, version: Version, tmp_path: Path) -> None:
    found = compare(version, Version.read(law.write(tmp_path / "law")))
    assert (found.changes, found.renamed) == ((), ())


# Edits of the whole law, drawn by a seed; ALLUSE_EDITS=200 draws two hundred of each.


def compared(edits: list[Edit], law: Law, version: Version, folder: Path) -> Iterator[tuple[Edit, list[Told]]]:
    """Yield as many edits as are asked for that are laws, and what is told of each."""
    count = 0
    for number, edit in enumerate(edits):
        try:
            other = Version.read(edit.write(law, folder / str(number)))
        except LawError:
            continue
        yield edit, [told(change) for change in compare(version, other).changes]
        count += 1
        if count == EDITS:
            return


def test_every_edit_that_changes_the_meaning_is_found(law: Law, version: Version, tmp_path: Path) -> None:
    found = [
        (edit.kind, edit.where, told) for edit, told in compared(drawn(changes(law), SEED), law, version, tmp_path)
    ]
    assert len(found) == EDITS
    assert [(kind, where) for kind, where, told in found if not told] == []


def test_no_edit_that_keeps_the_meaning_is_told(law: Law, version: Version, tmp_path: Path) -> None:
    edits = drawn(paraphrases(law), SEED)
    found = [(edit.kind, edit.where, told) for edit, told in compared(edits, law, version, tmp_path)]
    assert len(found) == EDITS
    assert [each for each in found if each[2]] == []


def test_the_edits_that_keep_the_meaning_are_all_laws(law: Law, tmp_path: Path) -> None:
    for number, edit in enumerate(drawn(paraphrases(law), SEED)[:8]):
        assert load(edit.write(law, tmp_path / str(number))).version == "1.3"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("true", None, ("safe_vix", "nothing")),
        (None, "true", ("nothing", "safe_vix")),
        ("since then", "since now", ("safe_vix", "otherwise")),
    ],
)
def test_what_is_remembered_otherwise_is_told_by_its_name(
    old: str | None, new: str | None, told: tuple[str, str]
) -> None:
    assert heads(Turn("memory", "account.A1.safe_vix", old, new)) == told
