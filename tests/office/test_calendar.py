"""日历: last days by day, holidays and days made up for, hearings where the lawbook has them."""

from __future__ import annotations

import re
from datetime import date
from types import SimpleNamespace as Thing

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fadu.book import load_book
from fadu.law.procedures import Field
from fadu.office import hearings
from fadu.office.views import calendar
from fadu.store.models import Case, Clock, Role

DAY = date(2024, 2, 26)


@pytest.fixture
def enter(enter, now):
    """In the time of these tests."""
    return enter


def _text(response) -> str:
    return response.content.decode()


def _day(page: str, day: str) -> str:
    return re.search(rf'<td class="([^"]*)"><div class="date"><time datetime="{day}">.*?</td>', page, re.S)[0]


def test_each_day_opens_to_exactly_the_cases_that_end_on_it(enter, town):
    _, other, third = (town.reconsideration(DAY) for _ in range(3))
    Clock.objects.filter(case=third).update(last_day=date(2024, 3, 6))
    Case.objects.filter(pk=other.pk).update(unit=town.station)
    client = enter(Role.LEADER)
    page = _text(client.get("/calendar/?month=2024-03"))
    assert "2024年3月" in page
    for day, many in (("2024-03-04", 2), ("2024-03-06", 1)):
        href, shown = re.search(r'<a href="([^"]+)">到期 <strong>(\d+)</strong>', _day(page, day)).groups()
        opened = _text(client.get(href.replace("&amp;", "&")))
        assert int(shown) == many == opened.count('<td data-label="编号"')
        assert f"{day} 到期" in opened
    assert "到期 <strong>" not in _day(page, "2024-03-05")
    below = _text(client.get(f"/calendar/?month=2024-03&unit={town.street.pk}"))
    href, shown = re.search(r'<a href="([^"]+)">到期 <strong>(\d+)</strong>', _day(below, "2024-03-04")).groups()
    assert shown == "1" and _text(client.get(href.replace("&amp;", "&"))).count('<td data-label="编号"') == 1


def test_a_case_with_two_clocks_on_a_day_is_one_and_others_clocks_are_none(enter, town):
    case = town.reconsideration(DAY)
    given = {"case": case, "unit": town.bureau, "procedure": "reconsideration", "started_on": DAY}
    Clock.objects.create(name="decide", last_day=date(2024, 3, 4), party="agency", **given)
    Clock.objects.create(name="decide", last_day=date(2024, 3, 5), party="applicant", **given)
    page = _text(enter(Role.LEADER).get("/calendar/?month=2024-03"))
    assert "到期 <strong>1</strong>" in _day(page, "2024-03-04")
    assert "到期" not in _day(page, "2024-03-05")


def test_holidays_and_days_made_up_for_are_those_of_the_notice(enter):
    page = _text(enter(Role.LEADER).get("/calendar/?month=2024-02"))
    assert 'class="off' in _day(page, "2024-02-12") and "休 春节" in _day(page, "2024-02-12")
    assert 'class="made' in _day(page, "2024-02-18") and "班 调休上班" in _day(page, "2024-02-18")
    assert 'class="rest' in _day(page, "2024-02-24") and "休 " not in _day(page, "2024-02-24")
    assert "today" in _day(page, "2024-02-26") and "今日" in _day(page, "2024-02-26")


def test_months_lead_to_one_another_and_what_is_none_is_this_one(enter, town):
    client = enter(Role.LEADER)
    page = _text(client.get(f"/calendar/?month=2024-01&unit={town.bureau.pk}"))
    assert f'href="?month=2023-12&amp;unit={town.bureau.pk}" rel="prev"' in page
    assert f'href="?month=2024-02&amp;unit={town.bureau.pk}" rel="next"' in page
    for month in ("2024-13", "x", "0001-01", "9999-12", "1700-05", "<script>"):
        assert "<h1>2024年2月</h1>" in _text(client.get("/calendar/", {"month": month})), month


def test_a_month_whose_notice_is_not_out_says_so(enter):
    client = enter(Role.LEADER)
    assert "这个月的放假安排尚未公布" in _text(client.get("/calendar/?month=2030-05"))
    assert "这个月的放假安排尚未公布" not in _text(client.get("/calendar/?month=2024-05"))


def test_only_what_one_may_see_is_counted(enter, town):
    town.reconsideration(DAY)
    assert "到期 <strong>" not in _text(enter(Role.EXTERNAL).get("/calendar/?month=2024-03"))


def test_the_calendar_asks_as_much_for_many_as_for_one(enter, town, monkeypatch):
    monkeypatch.setattr("fadu.store.lawbook.CHECK_SECONDS", 1e9)  # that one question comes by the clock
    client = enter(Role.LEADER)
    town.reconsideration(DAY)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/calendar/?month=2024-03")
        return len(queries)

    asked()
    first = asked()
    for _ in range(5):
        town.reconsideration(DAY)
    assert asked() == first <= 12


def test_a_month_of_more_than_is_read_at_once_is_counted_day_by_day(enter, town, monkeypatch):
    monkeypatch.setattr(calendar, "COUNTED", 3)
    made = [town.reconsideration(DAY) for _ in range(6)]
    Clock.objects.filter(case__in=made[4:]).update(last_day=date(2024, 3, 6))
    page = _text(enter(Role.LEADER).get("/calendar/?month=2024-03"))
    assert "到期 <strong>4</strong>" in _day(page, "2024-03-04")
    assert "到期 <strong>2</strong>" in _day(page, "2024-03-06")


def test_hearings_are_shown_on_their_day(enter, town):
    case, other = town.reconsideration(DAY), town.reconsideration(DAY)
    Case.objects.filter(pk=case.pk).update(fields={"hearing_day": "2024-03-12"})
    Case.objects.filter(pk=other.pk).update(fields={"hearing_day": "2024-05-12"})
    day = _day(_text(enter(Role.LEADER).get("/calendar/?month=2024-03")), "2024-03-12")
    assert case.number in day and "听证日期" in day
    href, many = re.search(r'<a href="([^"]+)">听证、开庭 <strong>(\d+)</strong>', day).groups()
    opened = _text(enter(Role.LEADER).get(href.replace("&amp;", "&")))
    assert many == "1" and opened.count('<td data-label="编号"') == 1 and "2024-03-12 听证、开庭" in opened


def test_an_appointment_is_known_by_its_mark_not_by_its_name(monkeypatch):
    fields = {
        "meet": Field("meet", "面谈日期", "date", appointment=True),
        "hearing_told": Field("hearing_told", "告知听证的日期", "date"),
    }
    monkeypatch.setattr(hearings, "book", lambda: Thing(procedures=[Thing(code="licence", fields=fields)]))
    assert hearings.hearing_fields() == [("licence", "meet", "面谈日期")]


@pytest.mark.parametrize(("code", "name"), [
    ("reconsideration", "hearing_day"), ("penalty", "hearing_day"), ("licence", "hearing_day"),
    ("court_appearance", "court_day"), ("litigation", "court_day"),
])  # fmt: skip
def test_the_procedures_with_hearings_have_a_day_for_them(code, name):
    assert all(version.fields[name].appointment for version in load_book().versions(code))
