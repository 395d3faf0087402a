"""What the office's tests share: a day, signing in, the district's journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from fadu.store.models import JOURNAL, Case, Role


@pytest.fixture
def now(at: Any) -> Iterator[None]:
    """A Monday at ten."""
    with at("2024-02-26 10:00"):
        yield


@pytest.fixture
def enter(client: Client, town: Any) -> Callable[..., Client]:
    """Sign in as a role; the legal officer where none is said."""

    def as_role(role: Role = Role.LEGAL_OFFICER) -> Client:
        client.force_login(town.people[role])
        return client

    return as_role


@pytest.fixture
def journal(town: Any) -> Case:
    """The case that holds the district's own records."""
    return Case.objects.get(number=JOURNAL)
