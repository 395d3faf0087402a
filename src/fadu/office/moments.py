"""Days and moments as the pages show them: made here, since a template's own filter is slow."""

from __future__ import annotations

from datetime import date, datetime

from fadu.clock import BEIJING
from fadu.law.dates import chinese, day_of

WEEKDAYS = "一二三四五六日"


def shown(moment: datetime) -> str:
    """
    >>> shown(datetime(2024, 2, 18, 1, 30, tzinfo=BEIJING))
    '2024-02-18 01:30'
    """
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def in_words(day: date) -> str:
    """
    >>> in_words(date(2024, 2, 18))
    '2024年2月18日（周日）'
    """
    return f"{chinese(day_of(day))}（周{WEEKDAYS[day.weekday()]}）"
