"""What every test stands on: Hypothesis without a deadline, and the interpreter to compare with."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile(
    "alluse",
    parent=settings.get_profile(settings.get_current_profile_name()),  # CI's: the same examples every time
    deadline=None,  # speed is measured in bench/, never by a test
)
settings.load_profile("alluse")

OTHER = Path(__file__).resolve().parents[1] / ".venv-other" / "bin" / "python"


@pytest.fixture(scope="session")
def other_python() -> Path:
    """Return another minor version of Python, with the runtime lock and this checkout on its path."""
    if not OTHER.exists():
        pytest.skip("no other Python version is installed here; `make other` tries, and says why not")
    return OTHER
