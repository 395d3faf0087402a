"""The driver's own cursor, for the few statements that run for every record.

Django's cursor and its ``atomic`` cost more than SQLite needs to carry the statements out. What they guard is kept:
errors come as Django's, ``atomic`` may be used inside, ``on_commit`` is called; and where someone listens to the
statements (``execute_wrapper``, tests that count), or on PostgreSQL, they go through Django.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any, Protocol

from django.db import connections, transaction


class Cursor(Protocol):
    """What the store asks of a cursor; parameters are written ``%s``."""

    @property
    def rowcount(self) -> int:
        """How many rows the last statement changed."""
        ...

    def execute(self, sql: str, params: Any = ..., /) -> Any:
        """Carry out one statement."""

    def executemany(self, sql: str, rows: Any, /) -> Any:
        """Carry out a statement for each row."""

    def fetchall(self) -> list[tuple[Any, ...]]:
        """The rows found."""
        ...


def reading() -> AbstractContextManager[Cursor]:
    """A cursor on the district's database, inside whatever transaction is open."""
    connection = connections["default"]
    if _through_django(connection):
        return connection.cursor()
    return _Sqlite(connection)


def recording() -> AbstractContextManager[Cursor]:
    """A cursor inside a transaction, or a savepoint of the one that is open: committed where the block ends well."""
    connection = connections["default"]
    if _through_django(connection) or connection.in_atomic_block or not connection.autocommit:
        return _atomic()
    return _Recording(connection)


@contextmanager
def _atomic() -> Iterator[Cursor]:
    with transaction.atomic(), reading() as cursor:
        yield cursor


def on_sqlite() -> bool:
    """Whether the district's database is SQLite."""
    return bool(connections["default"].vendor == "sqlite")


def _through_django(connection: Any) -> bool:
    if connection.vendor != "sqlite" or connection.execute_wrappers or connection.queries_logged:
        return True
    connection.validate_thread_sharing()
    if connection.connection is None:
        connection.ensure_connection()
    return False


class _Sqlite:
    """SQLite's cursor, whose parameters are written ``?``; it keeps prepared statements by their text."""

    __slots__ = ("_connection", "_cursor", "fetchall")

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._cursor = connection.connection.cursor()
        self.fetchall = self._cursor.fetchall

    def __enter__(self) -> _Sqlite:
        return self

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        self._cursor.close()
        if kind is not None:
            self._connection.wrap_database_errors.__exit__(kind, error, traceback)

    @property
    def rowcount(self) -> int:
        found: int = self._cursor.rowcount
        return found

    def execute(self, sql: str, params: Any = ()) -> None:
        self._cursor.execute(_question_marks(sql), params)

    def executemany(self, sql: str, rows: Any) -> None:
        self._cursor.executemany(_question_marks(sql), rows)


class _Recording(_Sqlite):
    """The same in an outermost transaction, which leaves the connection's state as ``atomic`` does."""

    __slots__ = ()

    def __enter__(self) -> _Recording:
        connection = self._connection
        with connection.wrap_database_errors:
            self._cursor.execute("BEGIN IMMEDIATE")
        connection.commit_on_exit, connection.needs_rollback = True, False
        connection.autocommit, connection.in_atomic_block = False, True
        return self

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        connection = self._connection
        connection.in_atomic_block = False
        try:
            if kind is None and not connection.needs_rollback:
                with connection.wrap_database_errors:
                    connection.connection.commit()
            super().__exit__(kind, error, traceback)
        finally:
            connection.autocommit, connection.needs_rollback = True, False
            if connection.connection.in_transaction:
                connection.rollback()
        if connection.run_on_commit:
            connection.run_and_clear_commit_hooks()


@cache
def _question_marks(sql: str) -> str:
    return sql.replace("%s", "?")
