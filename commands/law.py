"""Which law a command speaks of: a version that ships with the program, or a folder."""

from collections.abc import Callable
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import click

from engine.law.load import load
from engine.law.model import Constitution
from engine.place import Place

Command = TypeVar("Command", bound=Callable[..., Any])


def law_options(command: Command) -> Command:
    """Add the two options that say which law is meant."""
    folder = click.Path(path_type=Path, file_okay=False)
    for add in (
        click.option("--constitution", metavar="VERSION", help="A version that ships with alluse, such as 1.3."),
        click.option("--law", type=folder, metavar="DIR", help="A folder with a version of the law, instead."),
    ):
        command = add(command)
    return command


def versions() -> dict[str, Path]:
    """Return the folders of the versions that ship with the program, oldest first."""
    shipped = Path(str(files("constitution")))
    found = [path for path in shipped.iterdir() if (path / "constitution.yaml").is_file()]
    numbered = {tuple(map(int, path.name.split("."))): path for path in found if path.name.replace(".", "").isdigit()}
    return {numbered[number].name: numbered[number] for number in sorted(numbered)}


def law_folder(law: Path | None, constitution: str | None) -> Path:
    """Return the folder of the law that the options name; without any, of the newest version.

    Raises:
        click.UsageError: Both options, or a version that does not ship.
    """
    if law is not None and constitution is not None:
        raise click.UsageError("--law and --constitution both say which law; give one of them")
    if law is not None:
        return law
    shipped = versions()
    wanted = constitution or [*shipped][-1]
    if wanted not in shipped:
        close = get_close_matches(wanted, shipped, 1)
        hint = f"did you mean {close[0]}?" if close else "name a folder with --law"
        said = f"there is no version {wanted!r} here, only {', '.join(shipped)}; {hint}"
        raise click.BadParameter(said, param_hint="--constitution")
    return shipped[wanted]


def place_from_here(folder: Path, place: Place) -> Place:
    """Return a place in a law's folder as it is found from where one stands."""
    here = Path.cwd()
    near = folder.relative_to(here) if folder.is_relative_to(here) else folder
    return Place(str(near / place.file), place.line, place.column)


def read_law(folder: Path) -> Constitution:
    """Return the law that stands in a folder.

    Raises:
        LawError: Its text is at fault, or it is ratified and not as it was sealed.
    """
    return load(folder)
