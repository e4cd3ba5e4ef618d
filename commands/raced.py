"""The race against other rule engines, in the environment that has them, and where its results are published."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from bench.measure import Report, Tell

_PEERS: Final = Path(".venv-peers", "bin", "python")


def raced(tell: "Tell", *, quick: bool) -> "Report":
    """Return what the race measured; without an environment of its own, with the engines that are here.

    Raises:
        ClickException: The answers differ, or the race did not end.
    """
    from bench.measure import ROOT, Report  # noqa: PLC0415 - only a checkout has it

    python = ROOT / _PEERS if (ROOT / _PEERS).exists() else Path(sys.executable)
    with TemporaryDirectory() as folder:
        file = Path(folder, "race.json")
        command = [str(python), "-m", "bench.peers", str(file), *(["--quick"] if quick else [])]
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, encoding="utf-8") as running:  # noqa: S603 - a Python of this checkout
            said = _heard(running.stderr or (), tell)
        if running.returncode:
            raise click.ClickException(f"the race did not end: {said}")
        return Report.read(json.loads(file.read_text("utf-8")))


def _heard(lines: Iterable[str], tell: "Tell") -> str:
    """Pass on which share is done, and return the last line that was said."""
    said = ""
    for line in lines:
        share, _, said = line.strip().partition(" ")
        if share.replace(".", "", 1).isdigit():
            tell(float(share), said)
        else:
            said = line.strip()
    return said


def published(part: str, document: dict[str, Any]) -> Path:
    """Write docs/benchmarks.md anew with this part of it, and return where."""
    from bench.measure import ROOT  # noqa: PLC0415 - only a checkout has it
    from bench.page import publish  # noqa: PLC0415 - likewise

    publish(ROOT / "docs", part, document)
    return ROOT / "docs" / "benchmarks.md"
