"""The readers of a law agree on laws that nobody wrote, and each planted fault is one that still fits and is caught."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.agree.planted import ROOT, Fault, faults

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
