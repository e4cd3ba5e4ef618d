"""`alluse diff` as a person types it: what two versions decide otherwise, what two verdicts say, how it ends."""

import json
import re
import subprocess
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli import main
from commands.behaviour import Behaviour, behaviour
from commands.nearby import Golden
from engine.decide import decide
from engine.decided import Decided, Reason
from engine.kinds.entries import EntryDenied
from engine.kinds.records import Alert
from engine.law.load import load
from engine.law.text import plain, read_yaml
from engine.shift import moved
from engine.snapshot import read_snapshot
from engine.verdict import Ticket, Verdict
from proof.compare import compare
from proof.compare_behaviour import grouped, heads, spoken
from proof.compare_judge import Judge
from proof.compare_trials import Trial
from proof.compare_turns import Turn, orders
from proof.compare_version import Version
from tests.edits import Edit, Law

ROOT = Path(__file__).resolve().parents[1]
LAW = ROOT / "constitution" / "1.3"
GOLDEN = ROOT / "fixtures" / "golden"
BASES = GOLDEN / "bases"
BAND = ("01-cadence.yaml", "gen_delta_band: {value: from 0.40 up to 0.45,")
FIXTURE = """\
base: x.yaml
cases:
  one:
    expect:
      - {{Monitor: position P1, {}rule: monitor}}
{}rules:
  monitor: {{}}
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["diff", *map(str, arguments)], prog_name="alluse")


@pytest.fixture(scope="module")
def law() -> Law:
    return Law(LAW)


@pytest.fixture(scope="module")
def old(law: Law, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return law.write(tmp_path_factory.mktemp("laws") / "old")


def edited(law: Law, folder: Path, *edits: tuple[str, str, str]) -> Path:
    files: dict[str, str] = {}
    for file, before, after in edits:
        text = files.get(file, law.texts[file])
        assert before in text, before
        files[file] = text.replace(before, after)
    return law.write(folder, files)


@pytest.fixture(scope="module")
def wider(law: Law, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gen's upper delta is 0.46."""
    return edited(law, tmp_path_factory.mktemp("laws") / "wider", (*BAND, BAND[1].replace("0.45", "0.46")))


def differing(old: Path, new: Path, golden: Path = GOLDEN) -> Behaviour:
    return behaviour(compare(Version.read(old), Version.read(new)), Golden.at(golden), (), every=False)


def about(turns: tuple[Turn, ...], what: str) -> list[tuple[str, str]]:
    return [(turn.of, turn.mark) for turn in turns if turn.what == what]


# By behaviour.


def test_a_wider_band_is_looser_on_the_new_bound_and_one_tick_beyond_the_old(old: Path, wider: Path) -> None:
    found = differing(old, wider)
    put = "candidate IWM260306P00200000: delta"
    shown = {trial.moved: trial for trial in found.differing if "gen_delta" in trial.name}
    assert {f"{put} -0.450001", f"{put} -0.460000"} <= shown.keys()
    assert f"{put} -0.450000" not in shown
    assert f"{put} -0.460001" not in shown
    for at in ("-0.450001", "-0.460000"):
        turns = shown[f"{put} {at}"].turns
        assert about(turns, "decision") == [("entry A1/gen/IWM260306P00200000", "looser")]
        assert about(turns, "order") == [("A1-GEN-20260305-IWM260306P00200000-01.v1", "looser")]
    assert found.groups[0].mark == "looser"


def test_a_narrower_band_is_tighter_on_the_old_bound(old: Path, law: Law, tmp_path: Path) -> None:
    found = differing(old, edited(law, tmp_path / "new", (*BAND, BAND[1].replace("0.45", "0.44"))))
    put = "candidate IWM260306P00200000: delta"
    shown = {trial.moved: trial.turns for trial in found.differing if "gen_delta" in trial.name}
    assert {f"{put} -0.440001", f"{put} -0.450000"} <= shown.keys()
    assert ("entry A1/gen/IWM260306P00200000", "tighter") in about(shown[f"{put} -0.450000"], "decision")
    assert found.groups[0].mark == "tighter"


@pytest.mark.parametrize(
    ("file", "before", "after", "moved"),
    [
        ("06-protocol.yaml", "safe_vix: {value: 65,", "safe_vix: {value: 66,", "market: vix 65.0001"),
        ("01-cadence.yaml", "gen_window: {value: from 9:45 up to 11:00,", "gen_window: {value: from 9:46 up to 11:00,",
         "market: as_of 2026-03-05T09:45:00-05:00"),
        ("06-protocol.yaml", "crossed: symbol.guarded_spot <= position", "crossed: symbol.guarded_spot < position",
         "symbol IWM: spot 196"),
    ],
)  # fmt: skip
def test_a_witness_stands_on_the_bound_that_changed(  # noqa: PLR0917 - a case is a parameter more
    old: Path, law: Law, tmp_path: Path, file: str, before: str, after: str, moved: str
) -> None:
    found = differing(old, edited(law, tmp_path / "new", (file, before, after)))
    shown = [trial.moved for trial in found.differing]
    assert any(each.startswith(moved) for each in shown), sorted({*shown})


def test_a_requirement_that_is_dropped_lets_through_what_it_refused(old: Path, law: Law, tmp_path: Path) -> None:
    entry = next(entry for entry in law.entries if entry.key.text == "delta_in_band")
    found = differing(old, Edit("", "", partial(law.cut, entry)).write(law, tmp_path / "new"))
    assert found.golden < found.of
    first = found.groups[0]
    assert (first.mark, first.old, first.new) == ("looser", "EntryDenied (delta)", "EntryPermitted")


def test_other_names_are_no_difference_in_what_is_decided(old: Path, wider: Path, law: Law, tmp_path: Path) -> None:
    names = ("01-cadence.yaml", "\n  delta_in_band:", "\n  delta_in_the_band:")
    band = (*BAND, BAND[1].replace("0.45", "0.46"))
    found, alike = differing(old, edited(law, tmp_path / "new", names, band)), differing(old, wider)
    told = [[(group.mark, group.old, group.new, group.count) for group in each.groups] for each in (found, alike)]
    assert told[0] == told[1]


def test_a_stated_fact_is_stated_under_the_name_that_each_version_has_for_it(
    law: Law, old: Path, tmp_path: Path
) -> None:
    name = re.compile(r"\bvix_trigger\b")
    files = {file: name.sub("vix_trigger_called", text) for file, text in law.texts.items()}
    laws = tuple(Version.read(folder).law for folder in (old, law.write(tmp_path / "new", files)))
    snapshot = read_snapshot(BASES / "gen_thursday.yaml")
    assert "market.vix_trigger" in [item.fact for item in snapshot.assume]
    for names, said in (
        ({}, [Verdict, str]),
        ({"market.vix_trigger": "market.vix_trigger_called"}, [Verdict, Verdict]),
    ):
        judge = Judge((laws[0], laws[1]), {}, names)
        assert [type(each) for each in judge.decided(snapshot)] == said


def test_a_snapshot_that_only_one_version_reads_is_told(law: Law, old: Path, tmp_path: Path) -> None:
    name = re.compile(r"\bvix_trigger\b")
    files = {file: name.sub("vix_trigger_called", text) for file, text in law.texts.items()}
    judge = Judge((Version.read(old).law, Version.read(law.write(tmp_path / "new", files)).law))
    (turn,) = judge.turns(*judge.decided(read_snapshot(BASES / "gen_thursday.yaml")))
    assert (turn.what, turn.old, turn.mark) == ("snapshot", "decided", "different")
    assert "'market.vix_trigger' is no fact" in str(turn.new)


def test_where_nothing_near_differs_every_golden_case_is_decided(old: Path, law: Law, tmp_path: Path) -> None:
    strongest = ("constitution.yaml", "strongest: [RejectFill, AcceptFill]", "strongest: [AcceptFill, RejectFill]")
    found = differing(old, edited(law, tmp_path / "new", strongest), GOLDEN / "00-global")
    assert found.golden > 100
    assert (found.golden, found.differing) == (found.of, ())


@pytest.fixture(scope="module")
def slower(law: Law, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """At level 1 a position is looked at every 90 seconds."""
    edit = "00-global.yaml", "monitor_watch: {value: 60,", "monitor_watch: {value: 90,"
    return edited(law, tmp_path_factory.mktemp("laws") / "slower", edit)


def test_of_many_golden_cases_those_that_tell_a_changed_value_are_decided_first(old: Path, slower: Path) -> None:
    found = differing(old, slower)
    assert found.golden < found.naming < found.of
    assert len(found.differing) >= 10
    assert {(group.old, group.new, group.rules) for group in found.groups} == {
        ("Monitor (seconds)", "otherwise", ("monitor",)),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value", "told"),
    [
        ("seconds: 60", "60", True),
        ("seconds: 60.00", "60", True),
        ("seconds: 60.01", "60", False),
        ("seconds: 160", "60", False),
        ("at 10:60", "60", False),
        ("on 2026-03-05", "05", False),
        ("delta: -0.450", "0.45", True),
        ("delta: 0.4501", "0.45", False),
        ("at 09:45:00", "9:45", True),
        ("at 19:45:00", "9:45", False),
    ],
)
def test_a_value_is_found_however_it_is_spelled(tmp_path: Path, text: str, value: str, *, told: bool) -> None:
    telling, short = tmp_path / "a.yaml", tmp_path / "b.yaml"
    telling.write_text(FIXTURE.format(f"{text}, ", "  other:\n    why: there is another\n"), "utf-8")
    short.write_text(FIXTURE.format("", ""), "utf-8")
    assert Golden.at(tmp_path).near(["monitor"], [value]) == ([telling, short] if told else [short, telling])


@pytest.mark.parametrize(
    "edit",
    [
        ("00-global.yaml", "pivot_drawdown: {value: 0.15,", "pivot_drawdown: {value: 0.16,"),
        ("06-protocol.yaml", "roll_cost_limit: {value: 0.50,", "roll_cost_limit: {value: 0.49,"),
        (*BAND, BAND[1].replace("0.45", "0.46")),
    ],
)
def test_nothing_reads_alike_on_both_sides_and_no_two_rows_do(
    old: Path, law: Law, tmp_path: Path, edit: tuple[str, str, str]
) -> None:
    found = differing(old, edited(law, tmp_path / "new", edit)).groups
    rows = [(group.mark, group.what, group.old, group.new, group.rules[:1]) for group in found]
    assert len({*rows}) == len(rows)
    assert [row for row in rows if row[2] == row[3]] == []
    shown = [spoken(turn) for group in found for _, turn in group.witnesses]
    assert [said for said in shown if said[0] == said[1]] == []


def denied(*reasons: tuple[str, str], rule: str = "permit") -> EntryDenied:
    told = tuple(Reason(code=code, rule=rule) for code, rule in reasons)
    return EntryDenied(subject="entry", id="A1/gen", rule=rule, reasons=told)


def alert(*facts: str, rule: str = "roll") -> Alert:
    return Alert(subject="position", id="P1", rule=rule, code="roll_blocked", facts=facts)


def order(**other: object) -> Ticket:
    (found, *_) = decide(load(LAW), read_snapshot(ROOT / "fixtures" / "snapshots" / "calm_thursday.yaml")).orders
    return found.model_copy(update=other)


@pytest.mark.parametrize(
    ("first", "second", "told", "said"),
    [
        (denied(("missing_fact:vix", "no_pivot"), ("missing_fact:vix", "fresh")), denied(("missing_fact:vix", "fresh")),
         ("EntryDenied (missing_fact:vix by no_pivot)", "EntryDenied (not by it)"),
         ("EntryDenied (missing_fact:vix by no_pivot)", "EntryDenied (not by it)")),
        (denied(("delta", "one")), denied(("delta", "other")),
         ("EntryDenied (delta by one)", "EntryDenied (delta by other)"),
         ("EntryDenied (delta by one)", "EntryDenied (delta by other)")),
        (denied(("delta", "one")), denied(("delta", "one"), ("safe", "two")),
         ("EntryDenied (not by it)", "EntryDenied (safe)"), ("EntryDenied (delta)", "EntryDenied (delta, safe)")),
        (denied(("delta", "one")), denied(("delta", "one"), rule="renew"),
         ("EntryDenied (rule)", "otherwise"), ("EntryDenied (delta) rule permit", "EntryDenied (delta) rule renew")),
        (alert(), alert(rule="exit"),
         ("Alert (roll_blocked: rule roll)", "Alert (roll_blocked: rule exit)"),
         ("Alert (roll_blocked) rule roll", "Alert (roll_blocked) rule exit")),
        (alert("vix", "spot"), alert("spot"),
         ("Alert (roll_blocked: facts vix)", "Alert (roll_blocked: facts without vix)"),
         ("Alert (roll_blocked) facts vix, spot", "Alert (roll_blocked) facts spot")),
    ],
)  # fmt: skip
def test_what_differs_between_two_of_a_kind_is_told(
    first: Decided, second: Decided, told: tuple[str, str], said: tuple[str, str]
) -> None:
    turn = Turn("decision", "entry A1/gen", first, second)
    assert (heads(turn), spoken(turn)) == (told, said)


def test_of_two_orders_alike_the_field_that_differs_is_told() -> None:
    told = {"contracts": 5, "contract": "IWM   260306P00200000", "price": Decimal(2), "rule": "permit"}
    turn = Turn("order", "one", order(**told), order(**told | {"rule": "renew"}))
    assert heads(turn) == ("sell to open (rule)", "otherwise")
    whole = "sell 5 IWM260306P00200000 at 2 to open"
    assert spoken(turn) == (f"{whole} rule permit", f"{whole} rule renew")
    turn = Turn("order", "one", order(**told), order(**told | {"contracts": 1}))
    assert heads(turn) == ("sell to open (contracts)", "otherwise")
    assert spoken(turn) == (whole, "sell 1 IWM260306P00200000 at 2 to open")


def test_rows_that_read_alike_are_one_row_with_all_their_rules() -> None:
    snapshot = read_snapshot(BASES / "gen_thursday.yaml")
    turns = [
        Turn("decision", id_, denied(), denied(("safe", "no_safe"), rule=rule))
        for id_, rule in (("one", "permit"), ("other", "renew"))
    ]
    (group,) = grouped([Trial(turn.of, "", snapshot, (turn,)) for turn in turns])
    assert (group.old, group.new, group.count) == ("EntryDenied (not by it)", "EntryDenied (safe)", 2)
    assert group.rules == ("no_safe", "permit", "renew")


# As a command.


def test_two_versions_that_say_the_same_end_with_0(old: Path, law: Law, tmp_path: Path) -> None:
    new = edited(law, tmp_path / "new", ("01-cadence.yaml", "from 0.40 up to", "from 0.4 up to"))
    result = run(old, new)
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "They say the same.")


def test_other_names_alone_end_with_0_and_are_listed(old: Path, law: Law, tmp_path: Path) -> None:
    new = edited(law, tmp_path / "new", ("01-cadence.yaml", "\n  delta_in_band:", "\n  delta_in_the_band:"))
    result = run(old, new)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "Only called otherwise: rule delta_in_band is delta_in_the_band"


def test_another_text_ends_with_1_and_decides_nothing_otherwise(old: Path, law: Law, tmp_path: Path) -> None:
    new = edited(
        law, tmp_path / "new", ("01-cadence.yaml", "means: absolute delta of Gen's puts", "means: delta of Gen's puts")
    )
    result = run(old, new)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[2:] == [
        "",
        "They say the same.",
        "",
        "Texts",
        "parameter gen_delta_band  §1.1 §2.2",
        "  means changed  01-cadence.yaml:11:92",
        "    − absolute delta of Gen's puts",
        "    + delta of Gen's puts",
    ]


def test_a_difference_is_told_with_its_witnesses_and_ends_with_1(old: Path, wider: Path, tmp_path: Path) -> None:
    result = run(old, wider, "--witnesses", tmp_path / "witnesses")
    assert result.exit_code == 1
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    band = "gen_delta_band from 0.40 up to 0.45 from 0.40 up to 0.46 ratio §1.1 §2.2 01-cadence.yaml:11:27 entry.delta"
    assert any(line.startswith(band) for line in lines)
    put = "fixtures/golden/01-cadence/gen_delta.yaml::"
    place = next(at for at, line in enumerate(lines) if put in line and line.endswith("delta -0.460000"))
    assert lines[place + 1 : place + 3] == [
        "looser entry A1/gen/IWM260306P00200000: EntryDenied (delta) → EntryPermitted",
        "looser A1-GEN-20260305-IWM260306P00200000-01.v1: nothing → sell 6 IWM260306P00200000 at 2 to open",
    ]
    assert [line for line in lines if line.startswith("wrote")] == [
        f"wrote {file}" for file in sorted((tmp_path / "witnesses").iterdir())
    ]


def test_a_witness_can_be_evaluated_and_shows_what_is_said_of_it(old: Path, wider: Path, tmp_path: Path) -> None:
    result = run(old, wider, "--witnesses", tmp_path / "witnesses", "--format", "json")
    groups = json.loads(result.stdout)["behaviour"]["groups"]
    (found,) = (group for group in groups if (group["old"], group["new"]) == ("EntryDenied (delta)", "EntryPermitted"))
    assert found["mark"] == "looser"
    versions = [Version.read(folder).law for folder in (old, wider)]
    for witness in found["witnesses"]:
        snapshot = read_snapshot(Path(witness["file"]))
        said = [
            {
                type(one).__name__
                for one in decide(law, snapshot).decisions
                if f"entry {one.id.replace(' ', '')}" == witness["of"]
            }
            for law in versions
        ]
        assert said == [{"EntryDenied"}, {"EntryPermitted"}]
        assert snapshot.origin == f"{witness['of_snapshot']}, with {witness['moved']}"


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder without golden cases, in which one stands."""
    folder = tmp_path / "nowhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("name", ["mine.yaml", "mine.yml", "mine.json", "below/mine.yaml", "mine"])
def test_snapshots_of_a_folder_are_decided_too(old: Path, wider: Path, nowhere: Path, name: str) -> None:
    file = nowhere / "given" / name
    file.parent.mkdir(parents=True)
    text = (BASES / "gen_thursday.yaml").read_text("utf-8").replace("delta: -0.42", "delta: -0.455")
    file.write_text(as_json(text) if file.suffix == ".json" else text, "utf-8")
    (file.parent / ".hidden").write_text("not looked at", "utf-8")
    result = run(old, wider, "--snapshots", "given", "--format", "json")
    found = json.loads(result.stdout)["behaviour"]
    assert (found["golden_cases"], found["golden"], found["given"]) == (0, 0, 1)
    assert found["groups"][0]["witnesses"][0]["of_snapshot"] == f"given/{name}"
    assert result.stderr == "No golden case was decided: there is none at fixtures/golden; name them with --golden.\n"


def as_json(text: str) -> str:
    node = read_yaml(text.encode(), "given", [])
    assert node is not None
    return json.dumps(plain(node), default=float)


def test_a_table_of_candidates_beside_a_snapshot_is_no_snapshot_and_another_is_refused(
    old: Path, wider: Path, nowhere: Path
) -> None:
    given = nowhere / "given"
    given.mkdir()
    text = (ROOT / "tests" / "small_snapshot.yaml").read_text("utf-8").partition("candidates:\n")[0]
    for name, table in (("a.yaml", "z.json"), ("b.yaml", "chain.csv")):
        (given / name).write_text(f"{text}candidates: {{file: {table}}}\n", "utf-8")
    (given / "z.json").write_text("[]", "utf-8")
    (given / "chain.csv").write_text("underlying,right,strike,expiration,multiplier\n", "utf-8")
    found = json.loads(run(old, wider, "--snapshots", given, "--format", "json").stdout)["behaviour"]
    assert found["given"] == 2
    (given / "other.csv").write_text("underlying\n", "utf-8")
    result = run(old, wider, "--snapshots", given)
    assert (result.exit_code, result.stdout) == (2, "")
    said = "snapshot: is no snapshot, nor the table of one that is here; take it away"
    assert result.stderr == f"{given}/other.csv:1:1 {said}\n"


def test_what_is_no_snapshot_is_refused_by_its_name(old: Path, wider: Path, tmp_path: Path) -> None:
    for name, text in (("empty.json", "{}"), ("notes.md", "Some notes.\n")):
        (tmp_path / name).write_text(text, "utf-8")
    result = run(old, wider, "--snapshots", tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    files = [line.partition(":")[0] for line in result.stderr.splitlines()]
    assert {*files} == {str(tmp_path / "empty.json"), str(tmp_path / "notes.md")}
    assert f"{tmp_path}/notes.md:1:1 type: no mapping stands here" in result.stderr


def test_a_folder_without_a_snapshot_is_refused(old: Path, wider: Path, tmp_path: Path) -> None:
    result = run(old, wider, "--snapshots", tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    said = f"there is no snapshot in {tmp_path}; name a folder that has one"
    assert result.stderr.endswith(f"Error: Invalid value for --snapshots: {said}\n")


def test_where_nothing_can_be_decided_it_is_said_that_the_comparison_is_by_meaning_alone(
    old: Path, wider: Path, nowhere: Path
) -> None:
    assert nowhere == Path.cwd()
    result = run(old, wider)
    assert (result.exit_code, "differ" in result.stdout) == (1, False)
    assert " ".join(result.stdout.splitlines()[-2:]) == (
        "Nothing was decided by both: there is no golden case at fixtures/golden. The comparison is by meaning alone;"
        " name golden cases with --golden, or snapshots with --snapshots."
    )
    result = run(old, wider, "--format", "json")
    assert (result.exit_code, json.loads(result.stdout)["behaviour"]) == (1, None)
    assert result.stderr.startswith("Nothing was decided by both: there is no golden case at fixtures/golden.")
    (nowhere / "fixtures" / "golden").mkdir(parents=True)
    assert "The comparison is by meaning alone" in run(old, wider).stdout


def test_a_few_of_many_golden_cases_are_told_as_a_few(old: Path, slower: Path) -> None:
    some, every = run(old, slower), run(old, slower, "--all")
    lines = some.stdout.splitlines()
    at, head = next((at, line) for at, line in enumerate(lines) if line.startswith("Decided by both: "))
    golden, of = re.findall(r"\d+", head)[:2]
    files = "golden cases in files whose rules read what changed were decided"
    told = re.fullmatch(rf"(\d+) of the (\d+) {files}; --all decides all (\d+)\.", lines[at + 1])
    assert told is not None
    assert (told[1], told[3]) == (golden, of)
    assert int(golden) < int(told[2]) < int(of)
    assert f"Decided by both: {of} of {of} golden cases" in every.stdout
    assert "--all" not in every.stdout


def test_json_has_every_change_with_both_places(old: Path, wider: Path) -> None:
    (change,) = json.loads(run(old, wider, "--format", "json").stdout)["changes"]
    assert change == {
        "form": "parameter", "name": "gen_delta_band", "part": "value", "how": "changed", "layer": "meaning",
        "decides": True, "old": "from 0.40 up to 0.45", "new": "from 0.40 up to 0.46",
        "old_place": "01-cadence.yaml:11:27", "new_place": "01-cadence.yaml:11:27", "unit": "ratio",
        "cites": ["1.1", "2.2"], "lost": [], "gained": [],
    }  # fmt: skip


def git(folder: Path, *arguments: str) -> None:
    person = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *person, *arguments], cwd=folder, check=True, capture_output=True)


def test_a_version_may_be_a_folder_of_a_git_revision(law: Law, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = law.write(tmp_path / "laws" / "1.3")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "laws")
    git(tmp_path, "commit", "--quiet", "--message", "The law")
    band = there / BAND[0]
    band.write_text(band.read_text("utf-8").replace(BAND[1], BAND[1].replace("0.45", "0.46")), "utf-8")
    monkeypatch.chdir(tmp_path)
    result = run("HEAD:laws/1.3", "laws/1.3", "--format", "json")
    assert [change["name"] for change in json.loads(result.stdout)["changes"]] == ["gen_delta_band"]
    assert run("HEAD:laws/1.3", "HEAD:laws/1.3").exit_code == 0
    result = run("HEAD:laws/1.4", "laws/1.3")
    assert (result.exit_code, "git has no HEAD:laws/1.4" in result.stderr) == (2, True)


def test_a_git_revision_is_found_from_below_the_root_of_the_repository(
    law: Law, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    law.write(tmp_path / "laws" / "1.3")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "laws")
    git(tmp_path, "commit", "--quiet", "--message", "The law")
    (tmp_path / "laws" / "untracked").mkdir()
    for folder, name in (("laws", "HEAD:./1.3"), ("laws/1.3", "HEAD:laws/1.3"), ("laws/untracked", "HEAD:laws/1.3")):
        monkeypatch.chdir(tmp_path / folder)
        result = run(name, tmp_path / "laws" / "1.3")
        assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "They say the same.")
    result = run("HEAD:laws/1.4", tmp_path / "laws" / "1.3")
    assert result.exit_code == 2
    assert "git has no HEAD:laws/1.4: path 'laws/1.4' does not exist in 'HEAD'" in result.stderr


def test_a_version_that_is_not_there_is_refused() -> None:
    result = run("1.2", "1.3")
    assert result.exit_code == 2
    assert "there is no version '1.2'; name a folder, a version (1.3), or a folder of a git revision" in result.stderr


def test_golden_cases_that_are_not_there_are_refused(old: Path, wider: Path, tmp_path: Path) -> None:
    result = run(old, wider, "--golden", tmp_path / "none")
    assert result.exit_code == 2
    assert f"there is nothing at {tmp_path / 'none'}; name the golden cases" in result.stderr


@pytest.mark.parametrize("text", [None, "base: small.yaml\ncases: {}\n"])
def test_golden_cases_of_which_there_are_none_are_refused(
    old: Path, wider: Path, tmp_path: Path, text: str | None
) -> None:
    golden = tmp_path / "golden"
    golden.mkdir()
    if text is not None:
        (golden / "small.yaml").write_text((ROOT / "tests" / "small_snapshot.yaml").read_text("utf-8"), "utf-8")
        golden /= "cases.yaml"
        golden.write_text(text, "utf-8")
    result = run(old, wider, "--golden", golden)
    assert (result.exit_code, result.stdout) == (2, "")
    said = f"there is no golden case at {golden}; name a fixture or a folder of them"
    assert result.stderr.endswith(f"Error: Invalid value for --golden: {said}\n")


def test_a_folder_that_cannot_be_written_to_is_said_before_anything_is_decided(old: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    into = tmp_path / "file" / "witnesses"
    result = run(old, tmp_path / "no_law", "--witnesses", into)
    assert (result.exit_code, result.stdout, result.stderr) == (
        2, "", f"Error: {into} cannot be written to: Not a directory\n",
    )  # fmt: skip


def test_the_help_page_says_how_it_ends_and_shows_both_uses() -> None:
    shown = run("--help").stdout
    assert "Exit codes: 0 they say the same, 1 they differ" in shown
    assert "  alluse diff HEAD:constitution/1.3 constitution/1.3\n" in shown
    assert "  alluse diff --verdicts before.json after.json\n" in shown


def test_a_fault_says_in_which_of_the_two_it_is(law: Law, old: Path, tmp_path: Path) -> None:
    new = edited(
        law, tmp_path / "new", ("01-cadence.yaml", "value: abs(candidate.delta)", "value: abs(candidate.dleta)")
    )
    result = run(old, new)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"{new}/01-cadence.yaml:136:16 unknown-name: reads 'candidate.dleta'")


# Verdicts.


def verdict(path: Path, *arguments: str) -> Path:
    snapshot = str(ROOT / "fixtures" / "snapshots" / "level_two.yaml")
    result = CliRunner().invoke(main, ["evaluate", snapshot, "--format", "json", *arguments])
    path.write_text(result.stdout, "utf-8")
    return path


@pytest.fixture(scope="module")
def ticks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("ticks")
    return verdict(folder / "before.json"), verdict(folder / "after.json", "--set", "market.vix=66")


def test_a_verdict_compared_with_itself_says_nothing_otherwise(ticks: tuple[Path, Path]) -> None:
    result = run("--verdicts", ticks[0], ticks[0])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "Nothing is decided, ordered or remembered otherwise."


@pytest.mark.parametrize(("slices", "mark"), [((49, 1), "different"), ((49, 2), "looser"), ((40, 9), "tighter")])
def test_slices_are_looser_or_tighter_by_all_that_they_open_together(slices: tuple[int, int], mark: str) -> None:
    found = decide(load(LAW), read_snapshot(ROOT / "fixtures" / "snapshots" / "calm_thursday.yaml")).orders[0]
    cut = [found.model_copy(update={"id": f"{found.id}.{at}", "contracts": each}) for at, each in enumerate(slices)]
    whole = cut[0].model_copy(update={"contracts": 50})
    assert [(turn.of, turn.mark) for turn in orders([whole], cut, {})] == [(each.id, mark) for each in cut]


def test_what_is_decided_ordered_and_remembered_otherwise_is_told(ticks: tuple[Path, Path]) -> None:
    result = run("--verdicts", *ticks)
    assert result.exit_code == 1
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "account A1 nothing EnterSafe (vix) enter_safe_vix §6.12" in " ".join(lines)
    assert any(line.startswith("account.A1.safe_vix nothing by law, day 2026-03-12") for line in lines)
    assert any("and 48 more EntryDenied (not by it) EntryDenied (safe) no_safe" in line for line in lines)


def test_the_tick_after_remembers_and_does_nothing_twice(tmp_path: Path) -> None:
    constitution = load(LAW)
    snapshot = read_snapshot(ROOT / "fixtures" / "snapshots" / "level_two.yaml")
    first = decide(constitution, snapshot)
    later, _ = moved(snapshot.model_copy(update={"memory": first.memory}), snapshot.as_of + timedelta(minutes=5))
    second = decide(constitution, later.model_copy(update={"assume": snapshot.assume}))
    files = (tmp_path / "before.json", tmp_path / "after.json")
    for file, told in zip(files, (first, second), strict=True):
        file.write_bytes(told.canonical())
    result = run("--verdicts", *files, "--format", "json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    turns = [(turn["what"], turn["of"], turn["old"], turn["new"]) for turn in document["turns"]]
    assert [turn for turn in turns if turn[0] == "decision"] == [
        ("decision", "position P1", "DeployHedge spx_puts 32000, vix_calls 16000", "nothing"),
        ("decision", "position P1", "Level before 0", "Level before 2"),
        ("decision", "position P3", "Level before 0", "Level before 1"),
    ]
    orders = [turn for turn in turns if turn[0] == "order"]
    assert [order[1] for order in orders] == [ticket.id for ticket in first.orders]
    assert {order[3] for order in orders} == {"nothing"}


@pytest.mark.parametrize("option", ["--snapshots", "--golden", "--witnesses"])
def test_what_would_be_passed_over_of_two_verdicts_is_refused(
    ticks: tuple[Path, Path], tmp_path: Path, option: str
) -> None:
    result = run("--verdicts", *ticks, option, tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    said = f"--verdicts compares two verdicts and decides nothing; leave {option} out"
    assert result.stderr.endswith(f"Error: {said}\n")


def test_every_refusal_is_listed_when_asked_for(ticks: tuple[Path, Path]) -> None:
    lines = run("--verdicts", "--all", *ticks).stdout.splitlines()
    assert sum(line.startswith("entry A1/gen/") for line in lines) > 10


def test_json_has_every_turn_with_its_rules_and_what_they_cite(ticks: tuple[Path, Path]) -> None:
    document: dict[str, Any] = json.loads(run("--verdicts", *ticks, "--format", "json").stdout)
    turns = {(turn["what"], turn["of"]): turn for turn in document["turns"] if "EnterSafe" in turn["new"]}
    assert turns["decision", "account A1"] == {
        "what": "decision", "of": "account A1", "old": "nothing", "new": "EnterSafe (vix)", "mark": "different",
        "rules": ["enter_safe_vix"],
    }  # fmt: skip
    assert document["rules"]["enter_safe_vix"]["cites"] == ["6.12"]


def test_a_refusal_that_misses_by_another_amount_is_counted_alone(ticks: tuple[Path, Path], tmp_path: Path) -> None:
    text = ticks[0].read_text("utf-8")
    assert '"code":"delta","margin":"' in text
    other = tmp_path / "other.json"
    other.write_text(text.replace('"code":"delta","margin":"0.', '"code":"delta","margin":"1.', 1), "utf-8")
    result = run("--verdicts", ticks[0], other)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "1 refusal stands and misses by another amount."


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": 2}', "\x00"])
def test_what_is_no_verdict_is_refused(ticks: tuple[Path, Path], tmp_path: Path, text: str) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text(text, "utf-8")
    result = run("--verdicts", ticks[0], wrong)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"{wrong}:1:1 verdict: is no verdict")


def test_a_verdict_that_is_not_there_is_refused(ticks: tuple[Path, Path], tmp_path: Path) -> None:
    result = run("--verdicts", ticks[0], tmp_path / "none.json")
    assert (result.exit_code, result.stderr.strip()) == (
        2, f"{tmp_path / 'none.json'}:1:1 missing: there is no such file; check the name",
    )  # fmt: skip
