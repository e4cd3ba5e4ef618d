"""`alluse diff` as a person types it: what two versions decide otherwise, what two verdicts say, how it ends."""

import json
import re
import subprocess
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli import main
from commands.behaviour import Behaviour, behaviour
from commands.nearby import Golden
from engine.decide import decide
from engine.law.load import load
from engine.shift import moved
from engine.snapshot import read_snapshot
from engine.verdict import Verdict
from proof.compare import compare
from proof.compare_judge import Judge
from proof.compare_turns import Turn, orders
from proof.compare_version import Version
from tests.edits import Edit, Law

ROOT = Path(__file__).resolve().parents[1]
LAW = ROOT / "constitution" / "1.3"
GOLDEN = ROOT / "fixtures" / "golden"
BASES = GOLDEN / "bases"
BAND = ("01-cadence.yaml", "gen_delta_band: {value: from 0.40 up to 0.45,")


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


def test_snapshots_of_a_folder_are_decided_too(old: Path, wider: Path, tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    text = (BASES / "gen_thursday.yaml").read_text("utf-8")
    (tmp_path / "given" / "mine.yaml").write_text(text.replace("delta: -0.42", "delta: -0.455"), "utf-8")
    (tmp_path / "none").mkdir()
    result = run(old, wider, "--snapshots", tmp_path / "given", "--golden", tmp_path / "none", "--format", "json")
    found = json.loads(result.stdout)["behaviour"]
    assert (found["golden_cases"], found["golden"], found["given"]) == (0, 0, 1)
    assert found["groups"][0]["witnesses"][0]["of_snapshot"].endswith("mine.yaml")


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


def test_a_version_that_is_not_there_is_refused() -> None:
    result = run("1.2", "1.3")
    assert result.exit_code == 2
    assert "there is no version '1.2'; name a folder, a version (1.3), or a folder of a git revision" in result.stderr


def test_golden_cases_that_are_not_there_are_refused(old: Path, wider: Path, tmp_path: Path) -> None:
    result = run(old, wider, "--golden", tmp_path / "none")
    assert result.exit_code == 2
    assert f"there is nothing at {tmp_path / 'none'}; name the golden cases" in result.stderr


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
