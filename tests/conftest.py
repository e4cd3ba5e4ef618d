"""What every test stands on: Hypothesis without a deadline, and the interpreter to compare with."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "alluse",
    parent=settings.get_profile(settings.get_current_profile_name()),  # CI's: the same examples every time
    deadline=None,  # speed is measured in bench/, never by a test
)
settings.load_profile("alluse")

OTHER = Path(__file__).resolve().parents[1] / ".venv-other" / "bin" / "python"
TIMES = int(os.environ.get("ALLUSE_EXAMPLES", "1"))


def examples(number: int) -> Callable[[Any], Any]:
    """Return how many examples a test draws; `ALLUSE_EXAMPLES=20` draws twenty times as many, and others each time."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]  # whole snapshots are many draws
    if TIMES > 1:
        return settings(max_examples=number * TIMES, suppress_health_check=slow)
    return settings(max_examples=number, suppress_health_check=slow, derandomize=True, database=None)


@pytest.fixture(scope="session")
def other_python() -> Path:
    """Return another minor version of Python, with the runtime lock and this checkout on its path."""
    if not OTHER.exists():
        pytest.skip("no other Python version is installed here; `make other` tries, and says why not")
    return OTHER
