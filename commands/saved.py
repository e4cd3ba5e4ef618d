"""A file that is written whole or not at all."""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile


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


def _like(beside: Path, file: Path) -> None:
    """Give a file the mode of another, and its owner where one may."""
    mine, theirs = beside.stat(), file.stat()
    if (mine.st_uid, mine.st_gid) != (theirs.st_uid, theirs.st_gid):
        with suppress(PermissionError):
            os.chown(beside, theirs.st_uid, theirs.st_gid)
    shutil.copymode(file, beside)  # after the owner, whose change takes some bits of a mode away
