"""Events of many cases as they now stand - not corrected, not taken back - by one statement."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.db.models import QuerySet

from fadu.store import driver
from fadu.store.histories import STEP_ACTS
from fadu.store.models import SEQ_BITS, Case


class Standing(NamedTuple):
    """An event that stands, with its case's procedure and unit (id)."""

    case: int
    seq: int
    procedure: str
    unit: int
    step: str
    on: date
    body: Mapping[str, Any]


_EVENTS = """SELECT e.case_id, e.seq, c.procedure, c.unit_id, e.step, e.occurred_on, e.body
FROM ({cases}) c CROSS JOIN store_event e
WHERE e.id BETWEEN c.id * {many} AND c.id * {many} + {most} AND e.case_id = c.id
AND e.occurred_on BETWEEN %s AND %s AND e.step IN ({steps}) AND e.act IN ({acts}) AND NOT e.void AND e.body LIKE %s
AND NOT EXISTS (SELECT 1 FROM store_event k WHERE k.id > e.id AND k.id <= c.id * {many} + {most}
AND k.case_id = e.case_id AND k.corrects = e.seq)
"""
"""Each case's events lie together by their ids: CROSS JOIN has SQLite begin with the cases. That they are of the case
follows from that, and is said for PostgreSQL, which else compares every such event with every case."""


def standing_events(cases: QuerySet[Case], steps: Collection[tuple[str, str]], days: tuple[date, date],
                    saying: str = "") -> list[Standing]:  # fmt: skip
    """The events of the cases that are one of ``steps`` (procedure and name) on one of ``days``, by case and order.

    ``days``: first and last, both included. ``saying``: an attribute that the body must have.
    """
    wanted = cases.filter(procedure__in={code for code, _ in steps}, opened_on__lte=days[1]).order_by()
    inner, params = wanted.values("id", "procedure", "unit_id").query.sql_with_params()
    names, acts = sorted({name for _, name in steps}), sorted(STEP_ACTS)
    sql = _EVENTS.format(
        cases=inner, many=1 << SEQ_BITS, most=(1 << SEQ_BITS) - 1,
        steps=", ".join(["%s"] * len(names)), acts=", ".join(["%s"] * len(acts)),
    )  # fmt: skip
    with driver.reading() as cursor:
        cursor.execute(sql, (*params, *days, *names, *acts, f'%"{saying}"%' if saying else "%"))
        rows = cursor.fetchall()
    found = [Standing._make((*row[:-1], json.loads(row[-1]))) for row in rows if (row[2], row[4]) in steps]
    return sorted(found, key=lambda event: event[:2])
