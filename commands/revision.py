"""A version of the law by what a person calls it: a folder, a version that ships, a folder of a git revision."""

import os
import shutil
import subprocess
import tarfile
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from commands.law import versions


def version_folder(said: str, stack: ExitStack) -> Path:
    """Return the folder of a version; what is taken from git stands in a folder of its own until `stack` closes.

    Raises:
        click.UsageError: There is no such folder, version, or folder of a revision.
    """
    if Path(said).is_dir():
        return Path(said)
    if said in versions():
        return versions()[said]
    revision, colon, folder = said.partition(":")
    if not colon:
        known = ", ".join(versions())
        advice = f"name a folder, a version ({known}), or a folder of a git revision such as HEAD:constitution/1.3"
        raise click.UsageError(f"there is no version {said!r}; {advice}")
    return _checked_out(revision, folder, Path(stack.enter_context(TemporaryDirectory(prefix="alluse-"))))


def _checked_out(revision: str, folder: str, into: Path) -> Path:
    git = shutil.which("git")
    if git is None:
        raise click.UsageError(f"'{revision}:{folder}' is a folder of a git revision and there is no git; name folders")
    asked = f"{revision}:{folder}"
    tree = _said(asked, [git, "rev-parse", asked]).strip()
    there = _said(asked, [git, "rev-parse", "--absolute-git-dir"]).strip()
    # Below the root of a repository `git archive` looks for what stands there; told where it is kept, it does not.
    archive = [git, f"--git-dir={os.fsdecode(there)}", "archive", "--format=tar", tree.decode()]
    with tarfile.open(fileobj=BytesIO(_said(asked, archive))) as found:
        found.extractall(into, filter="data")
    return into


def _said(asked: str, command: list[str]) -> bytes:
    """Return what git says.

    Raises:
        click.UsageError: It has not got what was asked for.
    """
    found = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell, and git judges the names
    if found.returncode:
        said = found.stderr.decode(errors="replace").strip().removeprefix("fatal: ").splitlines()
        raise click.UsageError(f"git has no {asked}: {said[0] if said else 'it says nothing'}")
    return found.stdout
