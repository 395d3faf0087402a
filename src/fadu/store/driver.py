"""The driver's own cursor, for the few statements that run for every record.

Django's cursor costs more a statement than SQLite needs to carry one out. Its guards that matter are kept: errors come
as Django's, and where someone listens to the statements (``execute_wrapper``, tests that count) they go through Django.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any, Protocol

from django.db import connections


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


@cache
def _question_marks(sql: str) -> str:
    return sql.replace("%s", "?")


def direct() -> AbstractContextManager[Cursor]:
    """A cursor on the district's database, inside whatever transaction is open."""
    connection = connections["default"]
    if connection.vendor != "sqlite" or connection.execute_wrappers or connection.queries_logged:
        return connection.cursor()
    connection.validate_thread_sharing()
    if connection.connection is None:
        connection.ensure_connection()
    return _Sqlite(connection)


def on_sqlite() -> bool:
    """Whether the district's database is SQLite."""
    return bool(connections["default"].vendor == "sqlite")
