"""What stands in the YAML files beside this module, numbers exact as written."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from engine.law import text
from engine.place import FactError, Fault

HERE: Final = Path(__file__).resolve().parent
ENOUGH: Final = 2**24


def written(path: Path) -> Any:  # noqa: ANN401 - whatever stands there
    """Return what a YAML file says, as JSON would hold it, with decimals for numbers.

    Raises:
        FactError: It cannot be read; it names every fault, by place.
    """
    faults: list[Fault] = []
    node = text.read_file(path, str(path), faults, ENOUGH)
    if faults or node is None:
        raise FactError(faults)
    return text.plain(node)


@cache
def beside(name: str) -> Any:  # noqa: ANN401 - whatever stands there
    """Return what the file of that name in this folder says."""
    return written(HERE / name)
