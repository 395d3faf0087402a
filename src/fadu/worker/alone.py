"""One process at a piece of work on this machine, however many run."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet


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


def each_alone(name: str, rows: QuerySet[Any], run: Callable[[int], Iterator[str]]) -> Iterator[str]:
    """``run`` of each row by id, one after another, but of those another process is at; what it says."""
    for key in list(rows.order_by("pk").values_list("pk", flat=True)):
        with alone(f"{name}-{key}") as mine:
            if mine:
                yield from run(key)
