"""Debian's Chromium for tests that use the office as people do; ``desk`` beside this file is a person at it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the browser's driver keeps a loop in this thread
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture
def browser() -> Iterator[object]:
    """Headless; a test without Chromium on the machine is skipped."""
    if CHROMIUM is None:
        pytest.skip("没有 Chromium（apt-get install chromium）")
    from django.db import connections
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        opened = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        connections.close_all()  # those of the driver's loop, which nobody else finds
        opened.close()
