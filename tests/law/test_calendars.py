"""Working days: 调休, provisional years, and agreement with two independent sources day by day."""

from __future__ import annotations

import warnings
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fadu.law.calendars import Calendar, weekday
from fadu.law.dates import date_of, day_of, iso
from fadu.law.errors import NoVersion

FIRST = day_of("2024-01-01")
calendars = st.builds(
    lambda flags, published: Calendar("试", bytes(flags) + b"\1", FIRST, FIRST + published),
    st.lists(st.booleans(), min_size=40, max_size=400),
    st.integers(0, 40),
)


def days(first: str, last: str) -> range:
    return range(day_of(first), day_of(last) + 1)


@pytest.mark.parametrize(
    ("day", "working", "name"),
    [
        ("2024-02-04", True, "调休上班"),  # 周日
        ("2024-02-09", True, ""),  # 除夕那天 2024 年没有放假
        ("2024-02-10", False, "春节"),
        ("2024-02-17", False, "春节"),
        ("2024-02-18", True, "调休上班"),
        ("2023-09-29", False, "中秋节"),
        ("2023-10-06", False, "国庆节"),
        ("2023-10-07", True, "调休上班"),
        ("2023-10-08", True, "调休上班"),
        ("2024-04-06", False, "清明节"),
        ("2024-03-02", False, "周六"),
        ("2024-03-03", False, "周日"),
        ("2024-03-04", True, ""),
    ],
)
def test_holidays_and_make_up_days(cn: Calendar, day: str, working: bool, name: str) -> None:
    assert (cn.is_working(day_of(day)), cn.name(day_of(day))) == (working, name)


def test_spring_festival_2024_has_eight_days_and_two_working_sundays(cn: Calendar) -> None:
    assert [iso(day) for day in days("2024-02-03", "2024-02-19") if cn.is_working(day)] == [
        "2024-02-04", "2024-02-05", "2024-02-06", "2024-02-07", "2024-02-08", "2024-02-09", "2024-02-18", "2024-02-19",
    ]  # fmt: skip


def test_years_without_a_notice_are_provisional(cn: Calendar) -> None:
    assert not cn.provisional(day_of("2026-12-31"))
    assert cn.provisional(day_of("2027-01-01"))
    assert not cn.is_working(day_of("2027-10-01")), "法定节日在通知公布前也不上班"
    assert cn.is_working(day_of("2027-10-04")), "通知公布前没有调休"


def test_every_published_year_names_its_notice(cn: Calendar) -> None:
    assert set(cn.notices) == set(range(2004, 2027))
    assert all(str(year) in notice.citation for year, notice in cn.notices.items())


def test_outside_the_calendar_there_is_an_error_that_says_so(cn: Calendar) -> None:
    for ask in (cn.ordinal, cn.is_working, cn.roll, cn.name, lambda day: cn.add_working_days(day, 5)):
        with pytest.raises(NoVersion, match=r"日历“CN”只有 2004-01-01 至 2060-12-31，没有 2003-12-31"):
            ask(day_of("2003-12-31"))
    with pytest.raises(NoVersion, match="没有 2061-01-01"):
        cn.add_working_days(day_of("2060-12-31"), 1)


def test_chinese_calendar_agrees_day_by_day(cn: Calendar) -> None:
    chinese_calendar: Any = pytest.importorskip("chinese_calendar")
    differing = [
        iso(day) for day in days("2004-01-01", "2026-12-31")
        if cn.is_working(day) != chinese_calendar.is_workday(date_of(day))
    ]  # fmt: skip
    assert differing == []


def test_holidays_agrees_day_by_day(cn: Calendar) -> None:
    holidays: Any = pytest.importorskip("holidays")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        china = holidays.country_holidays("CN", years=range(2010, 2027))
    differing = [
        iso(day) for day in days("2010-01-01", "2026-12-31") if cn.is_working(day) != china.is_working_day(date_of(day))
    ]
    assert differing == []


@given(calendars, st.data())
def test_adding_working_days_inverts_the_ordinal(calendar: Calendar, data: st.DataObject) -> None:
    day = data.draw(st.integers(calendar.first, calendar.last - 1))
    left = calendar.ordinals[-1] - calendar.ordinal(day)
    count = data.draw(st.integers(1, left))
    found = calendar.add_working_days(day, count)
    assert calendar.is_working(found)
    assert calendar.ordinal(found) - calendar.ordinal(day) == count
    assert sum(calendar.is_working(each) for each in range(day + 1, found + 1)) == count


@given(calendars, st.data())
def test_rolling_finds_the_first_working_day(calendar: Calendar, data: st.DataObject) -> None:
    day = data.draw(st.integers(calendar.first, calendar.last))
    rolled = calendar.roll(day)
    assert calendar.is_working(rolled) and rolled >= day
    assert not any(calendar.is_working(each) for each in range(day, rolled))
    assert calendar.roll(rolled) == rolled


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_weekdays(value: date) -> None:
    assert weekday(day_of(value)) == value.weekday()
    assert date_of(day_of(value) + 1) == value + timedelta(1)
