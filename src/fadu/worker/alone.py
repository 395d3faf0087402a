"""One process at a piece of work on this machine, however many run."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """Whether no other process on this machine is at it; the lock ends with the process, however it ends.

    It only spares work: what keeps things from being done twice is in the database.
    """
    folder = Path(settings.DISTRICT.uploads)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / f".{name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
