"""The statements that write records: the same rows on both databases, many at once.

Plain SQL, since these few run for every record; everything else goes through Django's models.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from fadu.store.driver import Cursor, on_sqlite

COLUMNS = {
    "event": (
        "id", "case_id", "seq", "act", "step", "occurred_on", "minute", "recorded_at", "actor_id", "body", "commits",
        "corrects", "void", "prev", "sm3", "sha256",
    ),
    "secret": ("event_id", "name", "salt", "sealed"),
    "clock": (
        "case_id", "unit_id", "procedure", "name", "started_on", "last_day", "minute", "party", "provisional",
    ),
    "assignment": ("case_id", "unit_id", "person_id", "kind", "since"),
    "party": (
        "case_id", "place", "role", "kind", "name", "id_number_sealed", "phone_sealed", "address_sealed",
        "id_number_digest", "phone_digest",
    ),
    "leaf": ('"index"', "event_id"),
    "unsequenced": ("event_id",),
    "node": ("level", '"index"', "sm3", "sha256"),
}  # fmt: skip

_INSERT = {
    table: f"INSERT INTO store_{table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"  # noqa: S608
    for table, columns in COLUMNS.items()
}

_CASE = (
    "version", "unit_id", "handler_id", "title", "fields", "state", "opened_on", "closed_on", "due_on", "due_clock",
    "faults", "secrecy", "seq", "head", "touched_at", "projected_on",
)  # fmt: skip
_UPDATE = f"UPDATE store_case SET {', '.join(f'{name} = %s' for name in _CASE)} WHERE id = %s AND seq = %s"  # noqa: S608
_CLEAR = "DELETE FROM store_clock WHERE case_id = %s"


def insert(cursor: Cursor, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows of ``COLUMNS[table]``."""
    if len(rows) == 1:
        cursor.execute(_INSERT[table], rows[0])
    elif rows:
        cursor.executemany(_INSERT[table], rows)


def update_cases(cursor: Cursor, rows: Sequence[tuple[Any, ...]]) -> int:
    """Set the cases' rows where ``seq`` is still what it was (the last value of a row); how many were."""
    if len(rows) == 1:
        cursor.execute(_UPDATE, rows[0])
    else:
        cursor.executemany(_UPDATE, rows)
    return cursor.rowcount


def clear_clocks(cursor: Cursor, cases: Sequence[int]) -> None:
    """Delete the clocks of the cases."""
    if len(cases) == 1:
        cursor.execute(_CLEAR, cases)
    elif cases:
        cursor.executemany(_CLEAR, [(case,) for case in cases])


def as_moment(moment: datetime) -> datetime:
    """An aware moment as the database's driver takes it: SQLite's in UTC without saying so."""
    utc = moment.astimezone(UTC)
    return utc.replace(tzinfo=None) if on_sqlite() else utc
