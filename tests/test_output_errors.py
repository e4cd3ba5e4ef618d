"""An output that cannot be written is one line and a 2: a 1 would be an answer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LEVEL_TWO = "fixtures/snapshots/level_two.yaml"
FULL = Path("/dev/full")
NO_SPACE = "Error: the output cannot be written: No space left on device\n"

pytestmark = pytest.mark.skipif(not FULL.is_char_device(), reason="there is no /dev/full here")


def alluse(*arguments: str, stdout: Path = FULL, stderr: Path | None = None) -> tuple[int, str]:
    """Return how a command ends that writes to some files, and what it says where its errors are read."""
    command = [sys.executable, "-m", "cli", *arguments]
    with stdout.open("wb") as out, (stderr or Path(os.devnull)).open("wb") as err:
        errors = err if stderr else subprocess.PIPE
        found = subprocess.run(command, cwd=ROOT, stdout=out, stderr=errors, text=True, check=False)
    return found.returncode, found.stderr or ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("why-not", LEVEL_TWO, "Roll:P2"),
        ("why-not", LEVEL_TWO, "order:SPX260918P05300000"),
        ("why-not", LEVEL_TWO, "Roll:P2", "--format", "json"),
        ("why", LEVEL_TWO, "Roll:P1"),
        ("explain", LEVEL_TWO, "Roll:P1"),
        ("evaluate", LEVEL_TWO, "--fail-on", "deny"),
        ("evaluate", LEVEL_TWO, "--format", "json"),
        ("show", "6.3"),
        ("facts",),
        ("validate", "tests/small_law"),
        ("docs",),
        ("--help",),
        ("why-not", "--help"),
        ("--version",),
    ],
    ids=" ".join,
)
def test_a_full_disk_is_said_in_one_line_and_is_no_answer(arguments: tuple[str, ...]) -> None:
    assert alluse(*arguments) == (2, NO_SPACE)


def test_where_nothing_can_be_said_the_code_says_it() -> None:
    assert alluse("facts", stderr=FULL) == (2, "")
    assert alluse("why-not", LEVEL_TWO, "Roll:P9", stdout=Path(os.devnull), stderr=FULL) == (2, "")


def test_a_closed_output_is_said_in_one_line() -> None:
    closed = f"exec {sys.executable} -m cli why-not {LEVEL_TWO} Level:P2 >&-"
    found = subprocess.run(["/bin/sh", "-c", closed], cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False)
    assert (found.returncode, found.stderr) == (2, "Error: the output is closed\n")


def test_a_reader_that_has_gone_is_no_error() -> None:
    command = [sys.executable, "-m", "cli", "why-not", LEVEL_TWO, "Roll:P2"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141
