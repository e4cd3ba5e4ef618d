"""The readers of a law agree on laws that nobody wrote, and each planted fault is one that still fits and is caught."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.agree.planted import ROOT, Fault, faults
from tests.agree.state import State

pytest.importorskip("durable_rules_engine", reason="the second opinion is not installed here; `make second` says why")

ARGUMENTS = ("--laws", "20", "--snapshots", "50", "--jobs", "1", "--seed", "7")


def agree(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.agree", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_the_readers_agree_on_generated_laws_and_a_stopped_run_goes_on(tmp_path: Path) -> None:
    state = tmp_path / "state"
    whole = agree("laws", *ARGUMENTS, "--state", str(state))
    assert whole.returncode == 0, whole.stdout
    assert "20 laws, seed 7: all agree" in whole.stdout
    (about, block) = state.read_text("utf-8").splitlines()
    head = json.loads(about)
    assert (head["snapshots"], head["seed"], len(head["code"])) == (50, 7, 64)
    number, counts = json.loads(block)
    assert (number, counts["laws"], counts["snapshots"]) == (0, 20, 1000)
    assert min(counts.values()) > 0
    state.write_text(f"{about}\n{json.dumps([0, counts | {'laws': 21}])}\n[1, {{", "utf-8")
    again = agree("laws", *ARGUMENTS, "--state", str(state))
    assert "21 laws, seed 7: all agree" in again.stdout
    assert [json.loads(line)[0] for line in state.read_text("utf-8").splitlines()[1:]] == [0]


def test_what_other_code_has_said_is_no_answer(tmp_path: Path) -> None:
    state = tmp_path / "state"
    said = {"snapshots": 50, "seed": 7, "code": "of another day"}
    state.write_text(f"{json.dumps(said)}\n{json.dumps([0, {'laws': 21}])}\n", "utf-8")
    done = agree("laws", *ARGUMENTS, "--state", str(state))
    assert "20 laws, seed 7: all agree" in done.stdout


HEAD = {"snapshots": 50, "seed": 7, "code": "c"}


@pytest.mark.parametrize(
    "text", ["", "\n", "{", '{"snapshots": 50, "se', json.dumps(HEAD), json.dumps(HEAD | {"seed": 8})]
)
def test_a_state_that_is_empty_or_torn_or_of_another_run_begins_anew(text: str, tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_text(text, "utf-8")
    state = State.of(path, HEAD)
    assert state.known == {}
    state.note(3, {"laws": 20})
    assert path.read_text("utf-8") == f'{json.dumps(HEAD)}\n[3, {{"laws": 20}}]\n'
    assert State.of(path, HEAD).known == {3: {"laws": 20}}


def test_lines_of_a_state_that_were_cut_short_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_text(f'{json.dumps(HEAD)}\n[0, {{"laws": 20}}]\n5\n[1, {{"la', "utf-8")
    assert State.of(path, HEAD).known == {0: {"laws": 20}}
    assert path.read_text("utf-8") == f'{json.dumps(HEAD)}\n[0, {{"laws": 20}}]\n'


@pytest.mark.parametrize(
    "text",
    [
        "what somebody wrote",
        "\nwhat somebody wrote",
        "{\n}",
        '{"snapshots": 50}',
        "[1, {}]",
        '{"snapshots": \n1',
        "\x00",
    ],
)
def test_a_file_that_is_no_state_is_refused_and_left_as_it_is(text: str, tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text(text, "utf-8")
    done = agree("laws", *ARGUMENTS, "--state", str(path))
    assert done.returncode == 2
    assert f"{path} is no state of an earlier run, and is left as it is" in done.stderr
    assert path.read_text("utf-8") == text


def test_a_state_in_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    done = agree("laws", *ARGUMENTS, "--state", str(tmp_path / "nowhere" / "state"))
    assert done.returncode == 2
    assert "nowhere/state cannot be written: No such file or directory" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_name_that_no_fault_has_is_refused() -> None:
    done = agree("planted", "--only", "nonsense")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no fault has 'nonsense' in its name; there are authority.flipped_comparison" in done.stderr


@pytest.mark.parametrize("fault", [*faults()], ids=lambda fault: fault.name)
def test_a_planted_fault_still_fits_its_module(fault: Fault) -> None:
    source = fault.path.read_text("utf-8")
    assert fault.planted(source) != source
    compile(fault.planted(source), str(fault.path), "exec")


def test_a_fault_that_no_longer_fits_is_refused() -> None:
    (fault, *_) = faults()
    with pytest.raises(ValueError, match="must stand once in"):
        fault.planted("nothing of the kind")


def test_a_null_that_passes_is_caught_in_every_reader() -> None:
    done = agree("planted", "--only", "null", "--snapshots", "50", "--format", "json")
    assert done.returncode == 0, done.stdout
    caught = {name: catch["by"] for name, catch in json.loads(done.stdout).items()}
    assert caught == {
        "authority.null_that_passes": "oracle",
        "second.null_that_passes": "second",
        "batch.null_that_passes": "batch",
        "oracle.null_that_passes": "oracle",
    }


def test_a_difference_is_told_with_the_smallest_law_that_has_it() -> None:
    script = (
        "from tests.agree.planted import faults, plant\n"
        "plant(next(fault for fault in faults() if fault.name == 'oracle.flipped_comparison'))\n"
        "from tests.agree.blocks import told\n"
        "print(told(0, 25, 7))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    first, _, law = done.stdout.partition("\n")
    assert "the authority says" in first
    assert "rules:" in law
