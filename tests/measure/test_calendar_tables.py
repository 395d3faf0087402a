"""The calendar as tables says what the calendar says."""

from __future__ import annotations

from fadu.book import load_book
from fadu.law.calendars import Calendar
from fadu.law.dates import day_of
from fadu.measure.calendar_tables import day_table


def test_the_day_table_is_the_calendar():
    calendar = load_book().calendars["CN"]
    table = day_table(calendar, (), (), day_of("2023-12-20"), day_of("2024-03-01")).to_pylist()
    for row in table[:400]:
        assert row["ordinal"] == calendar.ordinal(row["day"])
        assert row["rolled"] == calendar.roll(row["day"])


def test_a_last_day_beyond_the_calendar_is_none():
    week = Calendar.weekly("X", day_of("2024-01-01"), day_of("2024-01-07"))
    table = day_table(week, (), (), day_of("2024-01-01"), day_of("2024-01-07")).to_pylist()
    assert [row["rolled"] is None for row in table] == [False] * 5 + [True] * 2


def test_days_before_and_after_the_calendar_are_null():
    week = Calendar.weekly("X", day_of("2024-01-01"), day_of("2024-01-07"))
    table = day_table(week, (), (), day_of("2023-12-29"), day_of("2024-01-10")).to_pylist()
    assert [row["ordinal"] for row in table] == [None] * 3 + [1, 2, 3, 4, 5, 5, 5] + [None] * 3
