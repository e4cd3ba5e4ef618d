"""Blocks of laws, each drawn from a seed of its own: what was held against what, or the first difference."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar

from hypothesis import HealthCheck, Phase, given, reject, seed, settings
from hypothesis.strategies import SearchStrategy

from engine.place import LawError
from tests import tiny
from tests.agree.days import Scene, scenes
from tests.agree.laws import laws
from tests.agree.readers import Difference, Held
from tests.readings import Version

Drawn = TypeVar("Drawn")
LAWS: Final = 20  # of one block
_LISTS: Final = 25  # of contracts, in one scene
_SEEDS: Final = 1_000_000  # blocks of one run


class DisagreementError(AssertionError):
    """Two readers of a law do not say the same; the law, and what they say."""

    def __init__(self, law: str, scene: Scene, difference: Difference) -> None:
        super().__init__(f"{difference}\n\n{law}")
        self.scene, self.difference = scene, difference


def drawn(strategy: SearchStrategy[Drawn], number: int, start: int) -> list[Drawn]:
    """Return so many examples of a strategy, the same for a seed; without the first, which is the simplest."""
    found: list[Drawn] = []
    _each(strategy, number + 1, start, found.append, (Phase.generate,))
    return found[1:]


def _each(
    strategy: SearchStrategy[Drawn], number: int, start: int, do: Callable[[Drawn], Any], phases: tuple[Phase, ...]
) -> None:
    @seed(start)
    @settings(
        max_examples=number, database=None, deadline=None, phases=phases, suppress_health_check=[*HealthCheck],
        report_multiple_bugs=False, print_blob=False,
    )  # fmt: skip
    @given(strategy)
    def each(example: Drawn) -> None:
        do(example)

    each()


def told(number: int, snapshots: int, run: int) -> dict[str, int] | str:
    """Return what was counted in a block, or its first difference."""
    try:
        return dict(block(number, snapshots, run))
    except DisagreementError as error:
        return str(error)


def block(number: int, snapshots: int, run: int) -> Counter[str]:
    """Return how much was held against the authority in one block of a run.

    Raises:
        DisagreementError: A reader says otherwise; of the laws where it does, the smallest that was found.
    """
    start = run * _SEEDS + number
    stage = staged(snapshots, start)
    counts: Counter[str] = Counter()

    def hold(law: str) -> None:
        try:
            counts.update(held(law, stage))
        except LawError:
            reject()  # a row that no value reaches, say: such a law is no law
        except DisagreementError as error:
            stage[:] = [error.scene]  # smaller laws are tried on this one alone
            raise

    _each(laws(), LAWS, start, hold, (Phase.generate, Phase.shrink))
    return counts


def staged(snapshots: int, start: int) -> list[Scene]:
    """Return scenes that have so many snapshots together."""
    found = drawn(scenes(_LISTS), -(-snapshots // _LISTS), start)
    return [*found[:-1], Scene(found[-1].document, found[-1].lists[: snapshots - _LISTS * (len(found) - 1)])]


def held(law: str, stage: list[Scene]) -> Counter[str]:
    """Return how much was held against the authority with one law.

    Raises:
        LawError: It does not load.
        DisagreementError: A reader says otherwise.
    """
    with TemporaryDirectory() as folder:
        made = Held(Version.read(tiny.write(Path(folder), law)))
    for scene in stage:
        difference = next(made.differences(scene), None)
        if difference is not None:
            raise DisagreementError(law, scene, difference)
    return made.counts + Counter(laws=1)
