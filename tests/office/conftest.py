"""What the office's tests share: the district's journal."""

from __future__ import annotations

from typing import Any

import pytest

from fadu.store.models import JOURNAL, Case


@pytest.fixture
def journal(town: Any) -> Case:
    """The case that holds the district's own records."""
    return Case.objects.get(number=JOURNAL)
