"""What is only ever added to: the database itself refuses to change or delete it."""

from __future__ import annotations

from typing import Any

TABLES = ("store_event", "store_leaf", "store_trace")

_SQLITE = (
    "CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table} "
    "BEGIN SELECT RAISE(ABORT, '{table}: append-only'); END"
)
_FUNCTION = """
CREATE OR REPLACE FUNCTION fadu_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '%: append-only', TG_TABLE_NAME; END $$
"""
_POSTGRES = (
    "CREATE TRIGGER {table}_append BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION fadu_append_only()"
)


def guard(connection: Any) -> None:
    """Put the triggers on."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for table in TABLES:
                for verb in ("update", "delete"):
                    cursor.execute(_SQLITE.format(table=table, verb=verb))
        else:
            cursor.execute(_FUNCTION)
            for table in TABLES:
                cursor.execute(_POSTGRES.format(table=table))


def lift(connection: Any) -> None:
    """Take them off: for moving a district to another database, and for tests that play the intruder."""
    with connection.cursor() as cursor:
        for table in TABLES:
            if connection.vendor == "sqlite":
                for verb in ("update", "delete"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {table}_{verb}")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_append ON {table}")
