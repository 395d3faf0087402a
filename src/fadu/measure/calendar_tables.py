"""A calendar as two small tables that queries join: by day, and by working-day ordinal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial

import pyarrow as pa

from fadu.law.calendars import Calendar
from fadu.law.clocks import Counter, counter
from fadu.law.dates import add_months, date_of
from fadu.law.errors import NoVersion
from fadu.law.terms import Span


def span_column(span: Span) -> str:
    """Column of ``day_table`` that holds the last lawful day of ``span`` started on that day."""
    return f"{span.unit.name.lower()}_{span.number}{'_rolled' if span.rolls else ''}"


def month_column(months: int) -> str:
    return f"months_{months}"


FAR = 366 * 30
"""Days after the last start that a moved last day may reach."""


def day_table(calendar: Calendar, spans: Iterable[Span], months: Iterable[int], first: int, last: int) -> pa.Table:
    """One row per day from ``first``: ``day``, ``ordinal``, ``rolled``, and per span its last lawful day.

    Spans and ``months_N`` (the corresponding day N months later, not rolled) are given for starts up to ``last``;
    ordinals and rolling for as many days after it as a moved last day may reach. Days are day numbers. Every start
    has its row, also beyond the calendar; what the calendar does not reach is null.
    """
    starts = range(first, last + 1)
    days = range(first, max(last, min(last + FAR, calendar.last)) + 1)
    beyond: list[int | None] = [None] * (len(days) - len(starts))
    table: dict[str, list[int | None]] = {
        "day": list(days),
        "ordinal": _within(calendar, calendar.ordinals, days),
        "rolled": _within(calendar, _rolled(calendar), days),
    }
    for span in spans:
        ends = partial(_counted, counter(span, calendar))
        table[span_column(span)] = [_or_none(ends, day) for day in starts] + beyond
    for count in months:
        table[month_column(count)] = [*(add_months(day, count) for day in starts), *beyond]
    return pa.table({name: pa.array(values, pa.int32()) for name, values in table.items()})


def day_schema(spans: Iterable[Span], months: Iterable[int]) -> dict[str, str]:
    """Columns of ``day_table`` and their types."""
    names = ["day", "ordinal", "rolled", *(span_column(span) for span in spans), *(month_column(n) for n in months)]
    return dict.fromkeys(names, "int32")


def month_table(first: int, last: int) -> pa.Table:
    """``m_day`` → ``month`` (year × 100 + month), for summaries by month."""
    days = range(first, last + 1)
    dates = [date_of(day) for day in days]
    return pa.table({
        "m_day": pa.array(days, pa.int32()),
        "month": pa.array([date.year * 100 + date.month for date in dates], pa.int32()),
    })


def ordinal_table(calendar: Calendar) -> pa.Table:
    """``ordinal`` → ``working_day``: the day on which the n-th working day falls."""
    count = len(calendar.days)
    return pa.table({
        "ordinal": pa.array(range(1, count + 1), pa.int32()),
        "working_day": pa.array(calendar.days, pa.int32()),
    })


def _counted(count: Counter, day: int) -> int:
    return count(day, 0, 0)


def _within(calendar: Calendar, values: Sequence[int | None], days: range) -> list[int | None]:
    """The values of those days (one a day of the calendar); null outside it."""
    before = max(0, min(days.stop, calendar.first) - days.start)
    inside = values[max(days.start - calendar.first, 0) : max(days.stop - calendar.first, 0)]
    return [None] * before + list(inside) + [None] * (len(days) - before - len(inside))


@cache
def _rolled(calendar: Calendar) -> tuple[int | None, ...]:
    """Each day of the calendar, rolled to a working day; none where that lies beyond it."""
    found: list[int | None] = []
    following: int | None = None
    for day in range(calendar.last, calendar.first - 1, -1):
        following = day if calendar.working[day - calendar.first] else following
        found.append(following)
    return tuple(reversed(found))


def _or_none(read: Callable[[int], int], day: int) -> int | None:
    """The value, or none where it would lie beyond the calendar."""
    try:
        return read(day)
    except NoVersion:
        return None
