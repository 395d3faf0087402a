"""From an event table to cases, one at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from fadu.law.cases import Case, Event, FieldValue
from fadu.law.dates import NO_MINUTE

if TYPE_CHECKING:
    import pyarrow as pa


def cases_of(batches: Iterable[pa.RecordBatch]) -> Iterator[Case]:
    """Cases of an event table whose rows are ordered by case, then by ``seq``."""
    current: tuple[str, str] | None = None
    rows: list[dict[str, Any]] = []
    for batch in batches:
        for row in batch.to_pylist():
            key = row["procedure"], row["case_id"]
            if key != current and rows:
                yield _case(rows)
                rows = []
            current = key
            rows.append(row)
    if rows:
        yield _case(rows)


def _case(rows: list[dict[str, Any]]) -> Case:
    head = rows[0]
    fields: dict[str, FieldValue] = json.loads(head["fields"]) if head["fields"] else {}
    return Case(head["case_id"], head["procedure"], [_event(row) for row in rows], fields, head["unit"] or "")


def _event(row: dict[str, Any]) -> Event:
    by = tuple(row["by"].split("、")) if row["by"] else ()
    officers = row["officers"] if row["officers"] is not None else len(by) if len(by) > 1 else None
    return Event(
        step=row["step"], day=row["day"], minute=NO_MINUTE if row["minute"] is None else row["minute"],
        recorded=row["recorded"], by=by, officers=officers, days=row["days"], outcome=row["outcome"],
        approved_by=row["approved_by"], reason=row["reason"], amount=row["amount"], id=row["event_id"],
        corrects=row["corrects"], void=bool(row["void"]),
    )
