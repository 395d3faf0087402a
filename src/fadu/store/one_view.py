"""One view of a database while others go on writing in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections


@contextmanager
def one_view(alias: str = "default") -> Iterator[None]:
    """All reads inside see the same state; nothing is written, and nobody who writes is held up.

    Inside a transaction that is open already, its view is the one.
    """
    connection = connections[alias]
    if connection.in_atomic_block:
        yield
        return
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED" if sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            cursor.execute("COMMIT")
