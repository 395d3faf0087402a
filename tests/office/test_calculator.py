"""The calculator: the same answer as the command line, day by day, and what it says to what it cannot take."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse

from fadu.book import load_book
from fadu.book.due import DueQuestion, clock_named, deciding_fields, plain_due, when_due
from fadu.cli import group
from fadu.law.cases import Event
from fadu.law.dates import NO_MINUTE, day_of, iso
from fadu.law.terms import Span, Unit
from fadu.store.models import Role

BOOK = load_book()


@pytest.fixture
def ask(town, at):
    """Ask as a handler on a day of 2024."""
    client = Client()
    client.force_login(town.people[Role.HANDLER])

    def asked(status=200, **query) -> str:
        with at("2024-06-03 09:00"):
            answer = client.get(reverse("calculator"), {name.replace("__", "-"): text for name, text in query.items()})
        text = answer.content.decode()
        assert answer.status_code == status, re.findall(r'errorlist[^>]*>(.*?)</ul>', text)
        return text

    return asked


def strip(text) -> dict[str, str]:
    return dict(re.findall(r'title="(\d{4}-\d\d-\d\d)：([^"]*)"', text))


def test_a_clock_is_answered_as_the_command_line_answers(ask):
    text = ask(procedure="reconsideration", clock="examine", start="2024-02-07")
    told = json.loads(CliRunner().invoke(
        group, ["due", "reconsideration", "examine", "2024-02-07", "--as-of", "2024-06-03", "--json"]
    ).output)  # fmt: skip
    assert told["last_day"] == "2024-02-20"
    assert "最后一日：<strong>2024年2月20日（周二）</strong>" in text
    for line in told["explanation"][1:]:
        words = re.sub(r"（[^（）]*《.*|（推定）$", "", line).strip()
        assert words in text, words
    days = strip(text)
    assert (days["2024-02-07"], days["2024-02-18"]) == ("周三，起算日，不计入", "周日，第 3 日（调休上班）")
    assert days["2024-02-10"] == "周六，放假，不计入（春节）"
    assert days["2024-02-20"] == "周二，第 5 日"
    assert "视为受理" in text
    assert "/lawbook/statutes/%E8%A1%8C%E6%94%BF%E5%A4%8D%E8%AE%AE%E6%B3%95/" in text


def test_pauses_and_an_extension_move_the_last_day(ask):
    text = ask(
        procedure="reconsideration", clock="decide", start="2024-02-07", f__track="普通程序", pause__0="0",
        from__0="2024-02-20", to__0="2024-03-01", extended="2024-03-20", days="10",
    )  # fmt: skip
    assert "最后一日：<strong>2024年4月28日（周日）</strong>" in text
    assert "扣除10日" in text and "2024年3月20日延长10日" in text and "顺延至2024年4月28日" in text
    days = strip(text)
    assert days["2024-02-25"] == "周日，停止计时，不计入"
    assert days["2024-04-27"] == "周六，第 70 日"
    assert days["2024-04-28"].startswith("周日，末日遇休息日，顺延")


def test_the_law_of_the_day_answers(ask):
    old = ask(procedure="reconsideration", clock="decide", start="2023-05-04")
    assert "2018-01-01 起施行的行政复议" in old
    other = ask(procedure="reconsideration", clock="decide", start="2023-12-20", on="2024-01-01", f__track="普通程序")
    assert "2024-01-01 起施行的行政复议" in other


def test_hours_end_at_a_minute(ask):
    version = BOOK.versions("hotline")[-1]
    name = deciding_fields(version, clock_named(version, "handle_hours"))[0].name
    text = ask(procedure="hotline", clock="handle_hours", start="2024-02-09", time="16:30", **{f"f__{name}": "24小时"})
    assert "<strong>2024年2月10日（周六） 16:30 以前</strong>" in text


def test_a_year_not_published_is_provisional(ask):
    text = ask(procedure="reconsideration", clock="examine", start="2027-01-25")
    assert '<span class="chip warn">暂定</span>' in text
    assert "2027年的放假安排尚未公布，只按法定节日推算，公布后重新计算" in text


@pytest.mark.parametrize(("changed", "words"), [
    ({"start": "2024-02-30"}, "不是日期；请写作 2024-02-07"),
    ({"start": ""}, "起算的日子没有填写"),
    ({"start": "1999-01-01", "on": "2024-02-01"}, "日历只有 2004-01-01 至 2050-12-31，没有 1999-01-01"),
    ({"pause__0": "0"}, "停止计时从哪一天起没有填写"),
    ({"from__0": "2024-02-20"}, "是哪一种停止计时没有选择"),
    ({"pause__0": "99", "from__0": "2024-02-20"}, "没有这种停止计时"),
    ({"pause__0": "0", "from__0": "2024-02-20", "to__0": "2024-02-19"}, "2024-02-19 在 2024-02-20 之前"),
    ({"pause__0": "0", "from__0": "2024-02-01"}, "2024-02-01 在起算的日子（2024-02-07）之前"),
    ({"extended": "2024-02-01", "days": "3"}, "2024-02-01 在起算的日子（2024-02-07）之前"),
    ({"extended": "2024-02-09"}, "延长多少没有填写"),
    ({"days": "9"}, "决定延长的日子没有填写"),
    ({"days": "x", "extended": "2024-02-09"}, "不是整数"),
    ({"days": "0", "extended": "2024-02-09"}, "至少是 1"),
])  # fmt: skip
def test_what_cannot_be_is_said_at_the_field(ask, changed, words):
    query = {"procedure": "reconsideration", "clock": "decide", "start": "2024-02-07", "f__track": "普通程序"} | changed
    assert words in ask(422, **query)


@pytest.mark.parametrize(("query", "words"), [
    ({"procedure": "nothing"}, "没有程序“nothing”；请从列表中选择"),
    ({"procedure": "reconsideration", "clock": "nothing"}, "2024-01-01 起施行的行政复议没有这个期限；请从列表中选择"),
    ({"procedure": "reconsideration", "clock": "decide", "start": "2011-01-01"}, "在 2011-01-01 没有生效的版本"),
    ({"procedure": "hotline", "clock": "handle_hours", "start": "2024-02-07"},
     "在这些事实下不适用；请核对决定它的字段"),
    ({"number": "", "unit": "days", "since": "2024-02-07"}, "多少没有填写"),
    ({"number": "五", "unit": "days", "since": "2024-02-07"}, "不是整数"),
    ({"number": "0", "unit": "days", "since": "2024-02-07"}, "至少是 1"),
    ({"number": "9999", "unit": "days", "since": "2024-02-07"}, "最多 5000"),
    ({"number": "300", "unit": "months", "since": "2024-02-07"}, "个月最多 240"),
    ({"number": "3", "unit": "weeks", "since": "2024-02-07"}, "没有这种单位；可用：个工作日、日、个月"),
    ({"number": "3", "unit": "days", "since": "2045-02-07"}, "接受 2004-01-01 至 2040-12-31，没有 2045-02-07"),
    ({"number": "3", "unit": "days", "since": "x"}, "不是日期；请写作 2024-02-07"),
])  # fmt: skip
def test_questions_that_cannot_be_answered(ask, query, words):
    assert words in ask(422, **query)


def test_so_many_days_from_a_day(ask):
    text = ask(number="5", unit="working", since="2024-02-07", rolls="on")
    assert "<strong>2024年2月20日（周二）</strong>" in text
    text = ask(number="3", unit="days", since="2024-02-07", rolls="on")
    assert "<strong>2024年2月18日（周日）</strong>" in text and "末日 2024-02-10 是春节，顺延" in text
    assert "<strong>2024年2月10日（周六）</strong>" in ask(number="3", unit="days", since="2024-02-07")
    assert "<strong>2024年2月29日（周四）</strong>" in ask(number="1", unit="months", since="2024-01-31", rolls="on")


def test_every_clock_can_be_asked_about(ask):
    for version in BOOK.procedures:
        if version.code in ("reconsideration", "penalty", "hotline", "legal_aid", "litigation"):
            for clock in version.clocks:
                on = iso(version.effective_day)
                text = ask(procedure=version.code, clock=clock, on=on)
                assert f"{version.clocks[clock].label}</option>" in text


def test_the_days_counted_are_the_term():
    """Whatever the span and the pauses, what is counted off is the number of days the law gives."""
    calendar = BOOK.calendars["CN"]
    for number in (1, 5, 20, 60):
        for unit in (Unit.WORKING, Unit.CALENDAR):
            for start in range(day_of("2024-01-25"), day_of("2024-02-25")):
                found = plain_due(calendar, start, Span(number, unit, unit is Unit.CALENDAR))
                days = list(found.days())
                assert [day.number for day in days if day.number] == list(range(1, number + 1))
                assert days[-1].day == found.last_day and days[0].kind == "start"
    version = BOOK.procedure("reconsideration", day_of("2024-03-01"))
    clock = clock_named(version, "decide")
    events = (Event("suspend", day_of("2024-03-10")), Event("resume", day_of("2024-03-25")))
    start, as_of = (day_of("2024-03-01"), NO_MINUTE), day_of("2024-03-30")
    question = DueQuestion(clock, start, as_of, events, {"track": "普通程序"})
    due = when_due(BOOK.plan(version), question)
    kinds = [day.kind for day in due.days()]
    assert (kinds.count("paused"), kinds.count("counted")) == (15, 60)
