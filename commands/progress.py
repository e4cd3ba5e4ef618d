"""A bar for what takes longer than a moment; nothing of it stays."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from sources.origin import Tell

_SECONDS_WITHOUT_PROGRESS: Final = 1.0


@contextmanager
def progress(console: Console) -> Iterator[Tell]:
    """Show what is being done and which share of it is done, on a terminal only."""
    began = monotonic()
    columns = (TextColumn("{task.description}"), BarColumn())
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    task = bar.add_task("", total=1)

    def tell(doing: str, share: float) -> None:
        if monotonic() - began > _SECONDS_WITHOUT_PROGRESS:
            bar.start()
        bar.update(task, description=doing, completed=share)

    try:
        yield tell
    finally:
        bar.stop()
