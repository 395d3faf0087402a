"""The statements that read a case to be worked on: the same on both databases, without the cost of building a query.

With ``writing``, the only plain SQL of the store that runs for every record.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from operator import itemgetter
from typing import Any, TypeVar

from django.db.models import Model, Q
from django.db.models.base import ModelState

from fadu.store.driver import Cursor, on_sqlite
from fadu.store.models import SEQ_BITS, Assignment, Case, Unit

M = TypeVar("M", bound=Model)
EVENT = (
    "case_id", "seq", "act", "step", "occurred_on", "minute", "recorded_at", "actor_id", "body", "corrects", "void",
)  # fmt: skip
_CASE = tuple(field.attname for field in Case._meta.concrete_fields)
_UNIT = ("id", "code", "name", "path")
_ASSIGNMENT = ("id", "case_id", "unit_id", "person_id", "kind")
"""The rest is read when asked for."""
_FIELDS, _TOUCHED = _CASE.index("fields"), _CASE.index("touched_at")
_UNIT_AT = len(_CASE)
_ASSIGNMENT_AT = _UNIT_AT + len(_UNIT)
_COLUMNS = ", ".join(
    [f"c.{name}" for name in _CASE] + [f"u.{name}" for name in _UNIT] + [f"a.{name}" for name in _ASSIGNMENT]
)
_PLACE = itemgetter(0, 1)
MANY = 900
"""Cases of one statement."""
RANGES = 50
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
def events_of(many: int, sqlite: bool) -> str:
    """The statement for so many cases. Not in order: asked for it, SQLite reads the table from end to end."""
    columns, within = ", ".join(EVENT), "id BETWEEN %s AND %s"
    if sqlite:  # which takes each range by itself only where each is a query
        return " UNION ALL ".join([f"SELECT {columns} FROM store_event WHERE {within}"] * many)  # noqa: S608
    return f"SELECT {columns} FROM store_event WHERE {' OR '.join([within] * many)}"  # noqa: S608


def read_cases(cursor: Cursor, keys: Sequence[int]) -> dict[int, Case]:
    """The cases by id, their units and assignments filled in."""
    found: dict[int, Case] = {}
    units: dict[int, Unit] = {}
    for start in range(0, len(keys), MANY):
        part = keys[start : start + MANY]
        cursor.execute(_cases_of(len(part)), part)
        for row in cursor.fetchall():
            case = found.get(row[0])
            if case is None:
                case = found[row[0]] = _case(row, units)
            if row[_ASSIGNMENT_AT] is not None:
                vars(case)["_prefetched_objects_cache"]["assignments"].append(
                    _stored(Assignment, _ASSIGNMENT, row[_ASSIGNMENT_AT:])
                )
    return found


def _case(row: Sequence[Any], units: dict[int, Unit]) -> Case:
    values = list(row[:_UNIT_AT])
    values[_FIELDS], values[_TOUCHED] = json.loads(values[_FIELDS]), aware(values[_TOUCHED])
    unit = units.get(row[_UNIT_AT])
    if unit is None:
        unit = units[row[_UNIT_AT]] = _stored(Unit, _UNIT, row[_UNIT_AT:_ASSIGNMENT_AT])
    case = _stored(Case, _CASE, values)
    case._state.fields_cache["unit"] = unit
    vars(case)["_prefetched_objects_cache"] = {"assignments": []}  # where ``case.assignments.all()`` looks first
    return case


def _stored(model: type[M], names: Sequence[str], values: Sequence[Any]) -> M:
    """A model's row as ``from_db`` makes it, in a fifth of the time: nobody listens to these being made."""
    made = model.__new__(model)
    state = ModelState()
    state.db, state.adding = "default", False
    vars(made).update(zip(names, values, strict=True), _state=state)
    return made


def read_events(cursor: Cursor, keys: Iterable[int]) -> list[tuple[Any, ...]]:
    """The events of the cases, ``EVENT`` columns, in order.

    Found by their ids, which begin with the case's: the table has no other index to keep up.
    """
    wanted, sqlite = sorted(set(keys)), on_sqlite()
    found: list[tuple[Any, ...]] = []
    for start in range(0, len(wanted), RANGES):
        part = wanted[start : start + RANGES]
        cursor.execute(events_of(len(part), sqlite), [bound for case in part for bound in ids_of(case)])
        found += cursor.fetchall()
    found.sort(key=_PLACE)
    return found


def ids_of(case: int) -> tuple[int, int]:
    """The least and the greatest id that an event of the case can have."""
    return case << SEQ_BITS, (case + 1 << SEQ_BITS) - 1


def event_id(case: int, seq: int) -> int:
    """The id of a case's record."""
    return case << SEQ_BITS | seq


def events_within(first: int, last: int | None = None, column: str = "event") -> Q:
    """Rows of the events of the case ``first``, or of all cases from it to ``last``. ``column``: which refers to them.

    ``event__case`` would find the same by reading the table of events from end to end.
    """
    return Q(**{f"{column}__gte": ids_of(first)[0], f"{column}__lte": ids_of(first if last is None else last)[1]})


def seq_of(event: int) -> int:
    """The place in its case of the event with this id."""
    return event & (1 << SEQ_BITS) - 1


def case_of(event: int) -> int:
    """The case of the event with this id."""
    return event >> SEQ_BITS


def aware(moment: datetime) -> datetime:
    """A moment as SQLite's driver gives it, in UTC without saying so, made to say so."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
