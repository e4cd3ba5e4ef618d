"""The second opinion in its own process: what a crash, a hang or a missing library there means here."""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from cli import main
from commands import evaluate
from commands.apart import Apart
from commands.second import DISAGREES, Heard, heard, unlike
from engine.decide import decide
from engine.expr.typed import Type
from engine.fill import fill
from engine.law.load import load
from engine.law.model import Constitution
from engine.rows import Facts
from engine.second.agreement import Difference
from engine.second.said import Said
from engine.snapshot import read_snapshot
from engine.verdict import Verdict
from opinion.pipe import BrokenError, Pipe
from opinion.process import NoOpinion, SecondOpinion

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "constitution" / "1.3"
LEVEL_TWO: Final = ROOT / "fixtures" / "snapshots" / "level_two.yaml"
# A worker that begins as it should, and then does something to durable-rules, or to itself.
_BEGINS: Final = """
import json, sys, time
sys.stdin.readline()
print(json.dumps({"needs": [], "summary": "", "sets": 0}), flush=True)
sys.stdin.readline()
"""
# A fact cut short is taken as one, and leaves an offset that leads anywhere: the C module reads out of bounds.
_SEGFAULT: Final = """
import durable_rules_engine as engine
rules = engine.create_ruleset("x", json.dumps({"done": {"all": [{"m": {"t": 0}}]}}))
engine.assert_facts(rules, '[{"id":"1","sid":"1","t":')
engine.start_action_for_state(rules, 10**6)
"""
_MISSING: Final = """
import runpy, sys
sys.modules["durable_rules_engine"] = None
runpy.run_module("opinion.worker", run_name="__main__")
"""
here = pytest.mark.usefixtures("_installed")


@pytest.fixture
def _installed() -> None:
    pytest.importorskip("durable_rules_engine", reason="durable-rules is not installed here")


@cache
def law() -> Constitution:
    return load(FOLDER)


@cache
def tables() -> Facts:
    return fill(law(), read_snapshot(LEVEL_TWO))


def python(code: str) -> Pipe:
    return Pipe((sys.executable, "-c", code))


def first(*starts: Callable[[], Pipe]) -> Callable[[], Pipe]:
    """Return what starts these, one after the other, and then workers as they are."""
    waiting = [*starts]
    return lambda: waiting.pop(0)() if waiting else Pipe()


@pytest.fixture
def asking() -> Iterator[Callable[..., SecondOpinion]]:
    made: list[SecondOpinion] = []

    def begin(**how: Any) -> SecondOpinion:  # noqa: ANN401 - as SecondOpinion takes it
        made.append(SecondOpinion(law(), **how))
        return made[-1]

    yield begin
    for one in made:
        one.close()


# The worker


@here
def test_the_worker_says_what_it_needs_and_what_it_judges_where(asking: Callable[..., SecondOpinion]) -> None:
    ready = asking().ready()
    assert not isinstance(ready, NoOpinion)
    assert "candidate.delta" in ready["needs"]
    assert "comparisons" in ready["summary"]


@here
def test_a_worker_that_was_killed_is_started_again(asking: Callable[..., SecondOpinion]) -> None:
    second = asking()
    before = second.of(tables())
    assert isinstance(before, Said)
    assert second.pid is not None
    os.kill(second.pid, signal.SIGKILL)
    assert second.of(tables()) == NoOpinion("the process ended with SIGKILL")
    again = second.of(tables())
    assert isinstance(again, Said)
    assert again.findings == before.findings
    assert second.started == 2


@here
def test_a_segmentation_fault_of_durable_rules_is_no_opinion_and_nothing_more(
    asking: Callable[..., SecondOpinion],
) -> None:
    second = asking(starting=first(partial(python, _BEGINS + _SEGFAULT)))
    assert second.of(tables()) == NoOpinion("the process ended with SIGSEGV")
    assert isinstance(second.of(tables()), Said)


@here
def test_nobody_waits_longer_than_said(asking: Callable[..., SecondOpinion]) -> None:
    second = asking(starting=first(partial(python, _BEGINS + "time.sleep(60)")), seconds=0.2)
    assert second.of(tables()) == NoOpinion("no answer within 0.2 s")
    second.seconds = 60
    assert isinstance(second.of(tables()), Said)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("print('no JSON')", "the answer is no JSON"),
        ("print('[1]')", "the answer is no object"),
        ("print('{}')", "the answer is none to what was asked"),
        ('print(\'{"said": {"tally": {}}}\')', "the answer is none to what was asked"),
        ("sys.exit('it is over')", "the process ended with 1: it is over"),
        ("raise ValueError('of what')", "the process ended with 1: ValueError: of what"),
        ("sys.exit(0)", "the process ended with 0"),
        ("import os; os.kill(os.getpid(), 34)", "the process ended with SIGRTMIN"),
        ("import os; os.kill(os.getpid(), 37)", "the process ended with signal 37"),
    ],
)
def test_whatever_else_goes_wrong_is_said(asking: Callable[..., SecondOpinion], code: str, why: str) -> None:
    assert asking(starting=first(partial(python, _BEGINS + code))).of(tables()) == NoOpinion(why)


@here
def test_a_worker_that_cannot_be_started_is_no_opinion(asking: Callable[..., SecondOpinion]) -> None:
    second = asking(starting=first(partial(Pipe, ("no-such-python",))))
    assert second.of(tables()) == NoOpinion("[Errno 2] No such file or directory: 'no-such-python'")
    assert isinstance(second.of(tables()), Said)


def test_a_worker_that_contradicted_itself_is_started_again(asking: Callable[..., SecondOpinion]) -> None:
    refuses = 'print(json.dumps({"refused": "a rule contradicts another"}), flush=True); sys.stdin.readline()'
    second = asking(starting=first(partial(python, _BEGINS + refuses)))
    assert second.of(tables()) == NoOpinion("a rule contradicts another")
    assert second.started == 2


def test_a_worker_that_does_not_read_holds_nobody_up() -> None:
    pipe = python("import time; time.sleep(60)")
    try:
        pipe.send(["x" * 2**20])
        with pytest.raises(BrokenError, match=r"no answer within 0\.1 s"):
            pipe.receive(0.1)
    finally:
        pipe.close()


def test_without_durable_rules_there_is_one_line_that_says_what_it_means(
    asking: Callable[..., SecondOpinion],
) -> None:
    second = asking(starting=partial(python, _MISSING))
    assert second.ready() == second.of(tables())
    missing = second.of(tables())
    assert isinstance(missing, NoOpinion)
    assert not missing.installed
    assert "live trading would open nothing" in Heard(None, missing).verdict
    assert "\n" not in Heard(None, missing).verdict


# The command


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["evaluate", str(LEVEL_TWO), *arguments], prog_name="alluse")


@here
def test_evaluate_shows_whether_the_two_agree_about_each_decision() -> None:
    plain, asked = run(), run("--second")
    assert (plain.exit_code, asked.exit_code) == (0, 0)
    assert asked.stdout.startswith(plain.stdout)
    rest = asked.stdout.removeprefix(plain.stdout)
    assert rest.splitlines()[1] == "the second opinion agrees"
    lines = [" ".join(line.split()) for line in rest.splitlines()]
    assert "Roll roll opens 1 0" in lines
    assert "EntryDenied permit opens 48 0" in lines or "EntryDenied permit neutral 48 0" in lines
    assert "0 too large for durable-rules" in rest


@here
def test_evaluate_has_both_opinions_as_json() -> None:
    document = json.loads(run("--second", "--format", "json").stdout)
    verdict = json.loads(run("--format", "json").stdout)
    assert document["verdict"] == verdict
    second = document["second"]
    assert (second["opinion"], second["differences"]) == ("agrees", [])
    assert len(second["decisions"]) == len(verdict["decisions"]) + len(verdict["orders"])
    assert {one["answer"] for one in second["decisions"]} == {"agrees"}


def another(verdict: Verdict, *, of: Constitution) -> Heard:
    """Return what the second opinion on another law says of a verdict."""
    return heard(verdict, SecondOpinion(of))


def written(folder: Path, was: str, now: str) -> Constitution:
    """Return the law with one text in the place of another."""
    for path in FOLDER.glob("*.yaml"):
        (folder / path.name).write_text(path.read_text("utf-8").replace(was, now), "utf-8")
    return load(folder)


@here
def test_a_disagreement_names_the_rule_both_answers_and_the_facts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = written(tmp_path, "recovery_breach: {value: 2,", "recovery_breach: {value: 2.5,")
    monkeypatch.setattr(evaluate, "heard", partial(another, of=other))
    told = run("--second")
    assert told.exit_code == DISAGREES
    text = told.stdout
    assert "the second opinion disagrees" in text
    assert (
        "freeze_entries of account A1\n"
        "  the law decides      holds\n"
        "  the second opinion   silent\n"
        "  account.freeze: true against false\n"
        "  account.max_level: 2 against 0\n"
    ) in text
    assert (
        "permit of entry A1/gen/IWM260318P00190000\n"
        "  the law decides      holds, but for expiry_in_band, no_freeze\n"
        "  the second opinion   holds, but for expiry_in_band\n"
        "  account.no_freeze: false against true\n"
        "  account.freeze: true against false\n"
        "  account.max_level: 2 against 0\n"
    ) in text
    assert (
        "bought of hedges, position P1\n"
        "  the law              SPX260918P05300000 at 135.3\n"
        "  the second opinion   another\n"
    ) in text
    document = json.loads(run("--second", "--format", "json").stdout)["second"]
    assert document["opinion"] == "disagrees"
    frozen = next(one for one in document["differences"] if one["rule"] == "freeze_entries")
    assert (frozen["law"], frozen["second"]) == ("holds", "silent")
    assert frozen["facts"] == {"account.freeze": ["true", "false"], "account.max_level": ["2", "0"]}


@here
def test_what_the_two_have_read_alike_is_not_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(evaluate, "heard", partial(another, of=written(tmp_path, "'!entry.buys'", "entry.buys")))
    told = run("--second", "--all").stdout.partition("the second opinion disagrees")[2]
    assert (
        "permit of entry A1/gen/IWM260313P00191000\n"
        "  the law decides      holds, but for no_freeze\n"
        "  the second opinion   silent\n\n"
    ) in told
    assert " against " not in told
    assert "IWM   26" not in told


@pytest.mark.parametrize(
    ("name", "text", "told", "plain"),
    [
        ("symbol.atr", "4.5", ["4.00", "4.50"], ["4", "4.5"]),
        ("symbol.atr", "13/3", ["4.00", "≈4.333333"], ["4", "13/3"]),
        ("symbol.atr", "4.0000001", ["4.00", "≈4.000000"], ["4", "4.0000001"]),
        ("symbol.atr", "unknown", ["4.00", "unknown"], ["4", "unknown"]),
        ("candidate.expiration", "739687", ["2026-03-13", "2026-03-12"], ["2026-03-13", "2026-03-12"]),
        (
            "market.as_of",
            "1773325830",
            ["2026-03-12T10:30:00-04:00", "2026-03-12T10:30:30-04:00"],
            ["2026-03-12T14:30:00Z", "2026-03-12T14:30:30Z"],
        ),
        ("sleeve.kind", "rev", ["gen", "rev"], ["gen", "rev"]),
        ("entry.buys", "true", ["false", "true"], ["false", "true"]),
        ("entry.buys", "perhaps", ["false", "perhaps"], ["false", "perhaps"]),
        ("candidate.delta", "many", ["-0.445", "many"], ["-0.445", "many"]),
    ],
)
def test_facts_that_are_apart_are_told_as_people_read_them_and_written_as_files_hold_them(
    name: str, text: str, told: list[str], plain: list[str]
) -> None:
    verdict = decide(law(), read_snapshot(LEVEL_TWO))
    row = verdict.facts.ids["entry"].index("A1/gen/IWM   260313P00191000")
    of = Difference("permit", "entry", row, "A1/gen/IWM   260313P00191000", None, None)
    found = unlike(verdict, of, {name: text, "candidate.strike": "191"})
    assert {fact: (each.told(), each.plain()) for fact, each in found.items()} == {name: (told, plain)}


def test_numbers_that_are_told_alike_are_told_in_full() -> None:
    apart = Apart(Fraction(1, 3), Fraction("0.3333333"), Type("number"), "UTC")
    assert apart.told() == apart.plain() == ["1/3", "0.3333333"]


def test_evaluate_without_durable_rules_says_so_in_one_line_and_ends_as_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    missing = SecondOpinion(law(), starting=partial(python, _MISSING))
    monkeypatch.setattr(evaluate, "heard", lambda verdict: heard(verdict, missing))
    plain, asked = run(), run("--second")
    missing.close()
    assert asked.exit_code == plain.exit_code == 0
    (line,) = asked.stdout.removeprefix(plain.stdout).strip().replace("\n", " ").split("; whatever", maxsplit=1)[:1]
    assert line.startswith("no second opinion: durable-rules is not installed")


def test_a_verdict_is_the_same_whether_it_is_asked_about_or_not() -> None:
    before = decide(law(), read_snapshot(LEVEL_TWO))
    bytes_ = before.canonical()
    heard(before, SecondOpinion(law(), starting=partial(python, _MISSING)))
    assert before.canonical() == bytes_
