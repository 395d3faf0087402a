
"""Working time of every case: a subtraction of working-day ordinals, looked up once in the calendar."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

import pyarrow as pa
from duckdb import DuckDBPyConnection

from fadu.law.calendars import Calendar
from fadu.measure.patterns.errors import PatternError
from fadu.measure.patterns.source import arrow, quoted

CALENDAR = "fadu_patterns_calendar"


class Stretch(StrEnum):
    """Which end day of a stretch counts."""

    AFTER_FIRST = "after_first"
    """The first day does not count and the last does, as a term runs (民法典201: 开始的当日不计入)."""
    BEFORE_LAST = "before_last"
    """The first day counts and the last does not, as a stop-watch from midnight to midnight."""


def working_days(
    connection: DuckDBPyConnection, table: str, calendar: Calendar, stretch: Stretch = Stretch.AFTER_FIRST
) -> pa.Table:
    """Working days from the first to the last event of each case: ``case_id``, ``working_days``; in no order.

    Raises ``PatternError`` where a case begins or ends outside the calendar.
    """
    connection.register(CALENDAR, calendar_table(calendar, stretch))
    try:
        found = arrow(
            connection,
            "SELECT case_id, until.ordinal - since.ordinal AS working_days FROM"
            f" (SELECT case_id, min(day) AS low, max(day) AS high FROM {quoted(table)} GROUP BY case_id)"
            f" LEFT JOIN {CALENDAR} AS since ON since.day = low LEFT JOIN {CALENDAR} AS until ON until.day = high",
        )
    finally:
        connection.unregister(CALENDAR)
    _require_known(found, table, calendar)
    return found


@lru_cache(maxsize=16)
def calendar_table(calendar: Calendar, stretch: Stretch) -> pa.Table:
    """``day`` and ``ordinal``, so that a stretch is the difference of two ordinals."""
    shift = calendar.working if stretch is Stretch.BEFORE_LAST else bytes(len(calendar.working))
    ordinals = pa.array([o - w for o, w in zip(calendar.ordinals, shift, strict=True)], pa.int32())
    days = pa.array(range(calendar.first, calendar.last + 1), pa.int32())
    return pa.table({"day": days, "ordinal": ordinals})


def _require_known(found: pa.Table, table: str, calendar: Calendar) -> None:
    missing = found.column("working_days").null_count
    if missing:
        raise PatternError(
            f"事件表 {table}：{missing} 件办件的首尾日期缺失或不在日历“{calendar.code}”之内；请换用覆盖这些日期的日历"
        )
