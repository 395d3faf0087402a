"""The statements that read a case to be worked on: the same on both databases, without the cost of building a query.

With ``writing``, the only plain SQL of the store that runs for every record.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from fadu.store.driver import direct
from fadu.store.models import SEQ_BITS, Assignment, Case, Unit

EVENT = (
    "case_id", "seq", "act", "step", "occurred_on", "minute", "recorded_at", "actor_id", "body", "corrects", "void",
)  # fmt: skip
_CASE = tuple(field.attname for field in Case._meta.concrete_fields)
_UNIT = tuple(field.attname for field in Unit._meta.concrete_fields)
_ASSIGNMENT = tuple(field.attname for field in Assignment._meta.concrete_fields)
_FIELDS, _TOUCHED = _CASE.index("fields"), _CASE.index("touched_at")
_SINCE = _ASSIGNMENT.index("since")
_UNIT_AT = len(_CASE)
_ASSIGNMENT_AT = _UNIT_AT + len(_UNIT)
_COLUMNS = ", ".join(
    [f"c.{name}" for name in _CASE] + [f"u.{name}" for name in _UNIT] + [f"a.{name}" for name in _ASSIGNMENT]
)
_AT = EVENT.index("recorded_at")
MANY = 900
"""Cases of one statement."""
RANGES = 100
"""Cases whose events one statement reads: each has a range of ids of its own."""


@cache
def _cases_of(many: int) -> str:
    """A case's row stands once for each of its assignments."""
    return (
        f"SELECT {_COLUMNS} FROM store_case c JOIN store_unit u ON u.id = c.unit_id"  # noqa: S608
        f" LEFT JOIN store_assignment a ON a.case_id = c.id WHERE c.id IN ({', '.join(['%s'] * many)})"
        " ORDER BY c.id, a.id"
    )


@cache
def _events_of(many: int) -> str:
    return (
        f"SELECT {', '.join(EVENT)} FROM store_event WHERE {' OR '.join(['id BETWEEN %s AND %s'] * many)} ORDER BY id"  # noqa: S608
    )


def read_cases(keys: Iterable[int]) -> dict[int, Case]:
    """The cases by id, their units and assignments filled in."""
    wanted = list(dict.fromkeys(keys))
    found: dict[int, Case] = {}
    units: dict[int, Unit] = {}
    with direct() as cursor:
        for start in range(0, len(wanted), MANY):
            part = wanted[start : start + MANY]
            cursor.execute(_cases_of(len(part)), part)
            for row in cursor.fetchall():
                case = found.get(row[0])
                if case is None:
                    case = found[row[0]] = _case(row, units)
                if row[_ASSIGNMENT_AT] is not None:
                    vars(case)["_prefetched_objects_cache"]["assignments"].append(_assignment(row[_ASSIGNMENT_AT:]))
    return found


def _case(row: Sequence[Any], units: dict[int, Unit]) -> Case:
    values = list(row[:_UNIT_AT])
    values[_FIELDS], values[_TOUCHED] = json.loads(values[_FIELDS]), aware(values[_TOUCHED])
    case = Case.from_db("default", _CASE, values)
    unit = units.get(case.unit_id)
    if unit is None:
        unit = units[case.unit_id] = Unit.from_db("default", _UNIT, row[_UNIT_AT:_ASSIGNMENT_AT])
    case.unit = unit
    vars(case)["_prefetched_objects_cache"] = {"assignments": []}  # where ``case.assignments.all()`` looks first
    return case


def _assignment(row: Sequence[Any]) -> Assignment:
    return Assignment.from_db("default", _ASSIGNMENT, (*row[:_SINCE], aware(row[_SINCE]), *row[_SINCE + 1 :]))


def read_events(keys: Iterable[int]) -> list[tuple[Any, ...]]:
    """The events of the cases, ``EVENT`` columns, in order; the moment of recording aware.

    Found by their ids, which begin with the case's: the table has no other index to keep up.
    """
    wanted = sorted(set(keys))
    found: list[tuple[Any, ...]] = []
    with direct() as cursor:
        for start in range(0, len(wanted), RANGES):
            part = wanted[start : start + RANGES]
            bounds = [bound for case in part for bound in ids_of(case)]
            cursor.execute(_events_of(len(part)), bounds)
            found += [(*row[:_AT], aware(row[_AT]), *row[_AT + 1 :]) for row in cursor.fetchall()]
    return found


def ids_of(case: int) -> tuple[int, int]:
    """The least and the greatest id that an event of the case can have."""
    return case << SEQ_BITS, (case + 1 << SEQ_BITS) - 1


def aware(moment: datetime) -> datetime:
    """A moment as SQLite's driver gives it, in UTC without saying so, made to say so."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
