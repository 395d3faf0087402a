"""What every test shares: a home of the project's own, so that nothing of the user's is read or written."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import django
import django.conf
import pytest
from hypothesis import settings

HOME = Path(__file__).parent.parent / ".pytest_cache" / "fadu-home"
HOME.mkdir(parents=True, exist_ok=True)
os.environ["FADU_HOME"] = str(HOME)

# No test is timed: a busy machine must not fail one.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# The office's tests run in a district of their own, in the database FADU_TEST_DATABASE names (default: SQLite).
_DISTRICT = Path(tempfile.mkdtemp(prefix="district-", dir=HOME))  # of this process alone
atexit.register(shutil.rmtree, _DISTRICT, ignore_errors=True)
os.environ["FADU_DISTRICT"] = str(_DISTRICT)
os.environ["DJANGO_SETTINGS_MODULE"] = "fadu.settings"
if os.environ.get("FADU_TEST_DATABASE"):
    os.environ["FADU_DATABASE"] = os.environ["FADU_TEST_DATABASE"]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """A worker that found Django's settings named would read them before its own district is made, and share ours."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def _make_district() -> None:
    from fadu.district import District, write_district

    write_district(District(_DISTRICT, "MC", "明川区", "明", simulated=True))


_make_district()
django.setup()
django.conf.settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick; for tests only


@pytest.fixture
def town(db: None) -> object:
    """A small district with one person for each role (``tests/district.py``)."""
    from district import make_town

    return make_town()


@pytest.fixture
def at() -> Iterator[Callable[[str], AbstractContextManager[None]]]:
    """Let it be a moment: ``with at("2024-02-09 10:00"): …``."""
    from district import standing

    yield standing


@pytest.fixture
def real_transactions(transactional_db: None) -> Iterator[None]:
    """For tests with several connections: what they wrote is cleared afterwards, append-only or not."""
    yield
    _clear()


@pytest.fixture(scope="module")
def kept_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """For tests of a module that go on with what the one before them wrote; it is cleared after the last."""
    with django_db_blocker.unblock():
        yield
        _clear()


def _clear() -> None:
    from django.core.management import call_command
    from django.db import connection

    from fadu.store.append_only import guard, lift

    lift(connection)
    call_command("flush", verbosity=0, interactive=False)
    guard(connection)
