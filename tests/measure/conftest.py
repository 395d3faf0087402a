"""The modules beside this file (``random_procedures``, ``two_paths`` …) are shared by its tests."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile(
    "fadu", deadline=None, derandomize=True, database=None, max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)  # fmt: skip
settings.register_profile(
    "fadu-long", parent=settings.get_profile("fadu"), derandomize=False,
    max_examples=int(os.environ.get("FADU_EXAMPLES", "1000")),
)  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Scripts are kept in a folder of the tests, not in the user's; workers of one run share it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FADU_HOME", str(folder))
        yield folder
