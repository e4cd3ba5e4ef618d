"""A file that is written whole or not at all, and never over what is read."""

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

import click


def save(path: Path, text: str) -> None:
    """Put a text in the place of a file that there is, with its mode; a link stays one, to what is written anew.

    Raises:
        OSError: It cannot be written, and is as it was.
    """
    file = path.resolve()
    with file.open("ab"):  # who may not write a file may well put another in its place
        pass
    with NamedTemporaryFile("wb", dir=file.parent, prefix=".", delete=False) as stream:
        beside = Path(stream.name)
        try:
            stream.write(text.encode())
            stream.close()
            _like(beside, file)
            beside.replace(file)
        finally:
            beside.unlink(missing_ok=True)


def refuse_read(output: Path, read: Iterable[Path | None]) -> None:
    """Refuse to write over what is read, by whatever name or link.

    Raises:
        UsageError: The output is one of the files.
    """
    for path in read:
        if path is not None and output.exists() and path.exists() and output.samefile(path):
            raise click.UsageError(f"--output {output} would overwrite {path}, which is read; name another file")


def _like(beside: Path, file: Path) -> None:
    """Give a file the mode of another, and its owner where one may."""
    mine, theirs = beside.stat(), file.stat()
    if (mine.st_uid, mine.st_gid) != (theirs.st_uid, theirs.st_gid):
        with suppress(PermissionError):
            os.chown(beside, theirs.st_uid, theirs.st_gid)
    shutil.copymode(file, beside)  # after the owner, whose change takes some bits of a mode away
