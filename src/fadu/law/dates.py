"""Days as integers (days since 1970-01-01), months with the month-end rule, and event keys.

A day is an ``int``; ``date`` objects appear only at the edges. An event key packs the order of a
history into one integer, so that both engines compare histories by comparing numbers:

    key = day << 32 | position << 12 | deemed << 11 | minute      (minute 2047 = not recorded)
"""

from __future__ import annotations

from datetime import date

EPOCH = date(1970, 1, 1).toordinal()
NO_MINUTE = 2047
MAX_POSITION = (1 << 20) - 1
DEEMED_BIT = 1 << 11


def day_of(text: str | date) -> int:
    """Day number of an ISO date.

    >>> day_of("1970-01-02")
    1
    """
    value = text if isinstance(text, date) else date.fromisoformat(text)
    return value.toordinal() - EPOCH


def date_of(day: int) -> date:
    """
    >>> date_of(19782).isoformat()
    '2024-02-29'
    """
    return date.fromordinal(day + EPOCH)


def iso(day: int) -> str:
    """
    >>> iso(0)
    '1970-01-01'
    """
    return date_of(day).isoformat()


def chinese(day: int) -> str:
    """The day as an official document writes it.

    >>> chinese(day_of("2024-02-18"))
    '2024年2月18日'
    """
    value = date_of(day)
    return f"{value.year}年{value.month}月{value.day}日"


def add_months(day: int, months: int) -> int:
    """The corresponding day ``months`` later, or the last day of that month (民法典202).

    >>> iso(add_months(day_of("2023-12-31"), 2))
    '2024-02-29'
    """
    value = date_of(day)
    index = value.year * 12 + value.month - 1 + months
    year, month = divmod(index, 12)
    number = value.day if value.day <= 28 else min(value.day, month_length(year, month + 1))
    return date(year, month + 1, number).toordinal() - EPOCH


def month_length(year: int, month: int) -> int:
    """
    >>> month_length(2024, 2)
    29
    """
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - date(year, month, 1)).days


def event_key(day: int, position: int, minute: int = NO_MINUTE) -> int:
    """Key of a recorded event: by day, then by its place in the history."""
    return day << 32 | position << 12 | minute


def deemed_key(day: int) -> int:
    """Key of an event the law deems to happen at the end of ``day``."""
    return day << 32 | MAX_POSITION << 12 | DEEMED_BIT | NO_MINUTE


def key_day(key: int) -> int:
    return key >> 32


def key_minute(key: int) -> int:
    """Minute of the day, or ``NO_MINUTE``."""
    return key & NO_MINUTE
