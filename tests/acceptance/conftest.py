"""Debian's Chromium for tests that use the office as people do; ``desk`` beside this file is a person at it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the browser's driver keeps a loop in this thread


@pytest.fixture
def browser() -> Iterator[object]:
    """Headless; a test without Chromium on the machine is skipped."""
    from desk import chromium

    with chromium() as opened:
        yield opened
