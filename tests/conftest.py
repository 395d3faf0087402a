"""What every test shares: a home of the project's own, so that nothing of the user's is read or written."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import settings

HOME = Path(__file__).parent.parent / ".pytest_cache" / "fadu-home"
HOME.mkdir(parents=True, exist_ok=True)
os.environ["FADU_HOME"] = str(HOME)

# No test is timed: a busy machine must not fail one.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
