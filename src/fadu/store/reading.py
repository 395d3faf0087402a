"""The statements that read a case to be worked on: the same on both databases, without the cost of building a query.

With ``writing``, the only plain SQL of the store that runs for every record.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from fadu.store.models import Assignment, Case, Unit

EVENT = (
    "case_id", "seq", "act", "step", "occurred_on", "minute", "recorded_at", "actor_id", "body", "corrects", "void",
)  # fmt: skip
_CASE = tuple(field.attname for field in Case._meta.concrete_fields)
_UNIT = tuple(field.attname for field in Unit._meta.concrete_fields)
_ASSIGNMENT = tuple(field.attname for field in Assignment._meta.concrete_fields)
_FIELDS, _TOUCHED, _UNIT_ID = _CASE.index("fields"), _CASE.index("touched_at"), _CASE.index("unit_id")
_SINCE = _ASSIGNMENT.index("since")


def _select(columns: Sequence[str], table: str, key: str, order: str, many: int) -> str:
    places = ", ".join(["%s"] * many)
    return f"SELECT {', '.join(columns)} FROM {table} WHERE {key} IN ({places}) ORDER BY {order}"  # noqa: S608


def _read(columns: Sequence[str], table: str, key: str, order: str, keys: Sequence[int]) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for start in range(0, len(keys), 900):
            part = keys[start : start + 900]
            cursor.execute(_select(columns, table, key, order, len(part)), part)
            found += cursor.fetchall()
    return found


def read_cases(keys: Iterable[int]) -> dict[int, Case]:
    """The cases by id, their units and assignments filled in."""
    rows = _read(_CASE, "store_case", "id", "id", list(dict.fromkeys(keys)))
    units = {
        row[0]: Unit.from_db("default", _UNIT, row)
        for row in _read(_UNIT, "store_unit", "id", "id", list({row[_UNIT_ID] for row in rows}))
    }
    found = {}
    for row in rows:
        values = list(row)
        values[_FIELDS], values[_TOUCHED] = json.loads(values[_FIELDS]), aware(values[_TOUCHED])
        case = Case.from_db("default", _CASE, values)
        case.unit = units[case.unit_id]
        found[case.pk] = case
    assignments: dict[int, list[Assignment]] = {key: [] for key in found}
    for row in _read(_ASSIGNMENT, "store_assignment", "case_id", "id", list(found)):
        assignment = Assignment.from_db("default", _ASSIGNMENT, [*row[:_SINCE], aware(row[_SINCE]), *row[_SINCE + 1 :]])
        assignments[assignment.case_id].append(assignment)
    for key, case in found.items():  # where ``case.assignments.all()`` looks first
        vars(case)["_prefetched_objects_cache"] = {"assignments": assignments[key]}
    return found


def read_events(keys: Iterable[int]) -> list[tuple[Any, ...]]:
    """The events of the cases, ``EVENT`` columns, in order; the moment of recording aware."""
    at = EVENT.index("recorded_at")
    return [
        (*row[:at], aware(row[at]), *row[at + 1 :])
        for row in _read(EVENT, "store_event", "case_id", "id", list(dict.fromkeys(keys)))
    ]


def aware(moment: datetime) -> datetime:
    """A moment as SQLite's driver gives it, in UTC without saying so, made to say so."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
