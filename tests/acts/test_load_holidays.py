"""Loading a year's holidays: what is understood, what follows for open cases, who is told, and correcting it."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from fadu.acts import load_holidays as acts
from fadu.acts.advance import advance
from fadu.acts.assign import assign
from fadu.acts.errors import ActRefused, Incomplete, NotPermitted
from fadu.acts.load_holidays import NoticeGiven, catch_up, load_holidays, try_holidays, waiting
from fadu.acts.moves import Move
from fadu.book.holiday_notices import UnclearNoticeError, arranged, read_notice
from fadu.clock import BEIJING, standing_at
from fadu.law.dates import day_of, iso
from fadu.store import lawbook
from fadu.store.models import Case, Clock, Event, HolidayYear, Notification, Role, Setting, Trace
from fadu.store.rebuilding import rebuild
from fadu.store.verifying import verify_store
from fadu.worker import run_once

NOTICE = "国办发明电〔2026〕9号"
TEXT = """国务院办公厅关于2027年部分节假日安排的通知
国办发明电〔2026〕9号
经国务院批准，现将2027年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（农历除夕、周五）至11日（周四）放假调休，共7天。1月30日（周六）、2月14日（周日）上班。
三、清明节：4月3日（周六）至5日（周一）放假，共3天。
四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。4月25日（周日）、5月8日（周六）上班。
五、端午节：6月9日（周三）放假1天，不调休。
六、中秋节：9月15日（周三）放假1天，不调休。
七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。9月26日（周日）、10月9日（周六）上班。
节假日期间，各地区、各部门要妥善安排好值班工作。
国务院办公厅
2026年11月3日"""
WRONG = TEXT.replace("11日（周四）放假调休，共7天。1月30日（周六）、", "10日（周三）放假调休，共6天。")


@pytest.fixture(autouse=True)
def fresh_book():
    """No notice of another test is remembered."""
    lawbook.look_again()
    yield
    lawbook.forget()


def given(text=TEXT, year=2027, notice=NOTICE, sure=False):
    return NoticeGiven(year, notice, text, sure)


def in_hand(town, at, accepted="2026-12-10"):
    """A reconsideration under examination, whose sixty days end in the Spring Festival of 2027."""
    on = date.fromisoformat(accepted)
    with at(f"{accepted} 09:00"):
        case = town.reconsideration(on)
        assign(town.actor(Role.LEGAL_OFFICER), case.pk, town.people[Role.HANDLER])
        advance(town.actor(Role.HANDLER), case.pk, Move("accept", on))
    return case


# --- reading ---


def test_the_notices_of_past_years_read_as_the_calendar_has_them():
    text = """一、元旦：1月1日（周三）放假1天，不调休。
    二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
    三、清明节：4月4日（周五）至6日（周日）放假，共3天。
    四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
    五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
    六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。"""
    shipped = lawbook.load_book().calendars["CN"]
    assert arranged(shipped, read_notice(text, 2025)).working == shipped.working


def test_a_notice_may_reach_into_the_december_before():
    read = read_notice("元旦：2018年12月30日至2019年1月1日放假调休，共3天。2018年12月29日（星期六）上班。", 2019)
    assert [iso(day) for day, _ in read.off] == ["2018-12-30", "2018-12-31", "2019-01-01"]
    assert [iso(day) for day in read.work] == ["2018-12-29"]


@pytest.mark.parametrize(("text", "words"), [
    ("元旦：1月1日（周三）放假", "“1月1日(周三)”写的是周三，2027-01-01 是周五；请核对年份和日期"),
    ("元旦：12月30日至1月1日放假", "“12月30日至1月1日”的止日在起日之前；跨年的请写明两个日期的年份"),
    ("元旦：1月1日至3日放假，共4天", "写的是共 4 天，列出的日期是 3 天；请核对"),
    ("元旦：1月1日放假。1月4日上班", "2027-01-04 是周一，本来就上班；调休上班的应是周六、周日"),
    ("元旦：1月1日至3日放假。1月2日上班", "2027-01-02 既写了放假，又写了上班"),
    ("元旦：1月1日不放假", "“1月1日”没有写明放假还是上班"),
    ("元旦：除1月1日外放假", "“1月1日”没有写明放假还是上班"),
    ("元旦：1月1号放假", "“1月1号”没有看懂；日期写作 1月1日、1月1日至3日 或者 2027-01-01"),
    ("元旦：一月一日放假", "“一月一日”没有看懂"),
    ("春节：2月30日放假", "2027 年没有 2 月 30 日"),
    ("元旦：1月1日至5月1日放假", "有 121 天，不像一个假期；请核对"),
    ("元旦：1月1日放假，1月1日放假", "2027-01-01 写了两次放假"),
    ("元旦：3日放假", "“3日”没有写月份"),
    ("元旦：2025年1月1日放假", "2025-01-01 不属于 2027 年的安排；通知只安排当年和上一年 12 月的日子"),
    ("本通知自即日起执行", "没有读到放假的日期；请粘贴通知的正文"),
])  # fmt: skip
def test_what_is_not_plain_is_not_guessed(text, words):
    with pytest.raises(UnclearNoticeError) as error:
        read_notice(text, 2027)
    assert words in str(error.value)


# --- who, and what is refused ---


@pytest.mark.parametrize("role", [Role.LEGAL_OFFICER, Role.HANDLER, Role.LEADER, Role.SYSTEM_ADMIN])
def test_others_may_not(town, at, role):
    with at("2026-11-10 09:00"), pytest.raises(NotPermitted, match=r"没有权限载入放假安排.*须由区司法局管理员进行"):
        load_holidays(town.actor(role), given())
    assert not HolidayYear.objects.exists()
    assert Trace.objects.latest("id").kind == "denied"


@pytest.mark.parametrize(("changed", "field", "words"), [
    ({"notice": " "}, "notice", "通知的文号或者标题没有填写"),
    ({"notice": "号" * 81}, "notice", "通知的文号或者标题最多 80 字"),
    ({"year": 2029}, "year", "只接受 2025 至 2027 年的安排（2026 年及以前的已经公布，须逐年载入）"),
    ({"year": 2024}, "year", "只接受 2025 至 2027 年的安排"),
    ({"text": "字" * 20_001}, "text", "通知最多 20000 字，现有 20001 字；只粘贴放假安排的部分"),
    ({"text": "春节：2月30日放假"}, "text", "2027 年没有 2 月 30 日"),
])  # fmt: skip
def test_refusals_stand_at_the_field(town, at, changed, field, words):
    with at("2026-11-10 09:00"), pytest.raises(Incomplete) as error:
        load_holidays(town.actor(Role.ADMINISTRATOR), given(**changed))
    assert words in error.value.faults[field]
    assert not HolidayYear.objects.exists()


def test_a_holiday_left_out_must_be_confirmed(town, at):
    text = TEXT.replace("三、清明节：4月3日（周六）至5日（周一）放假，共3天。\n", "")
    admin = town.actor(Role.ADMINISTRATOR)
    with at("2026-11-10 09:00"):
        with pytest.raises(ActRefused, match="2027-04-05 在日历中是清明节，通知中没有放假。请核对是不是漏抄"):
            load_holidays(admin, given(text))
        load_holidays(admin, given(text, sure=True))
    assert HolidayYear.objects.get().year == 2027


# --- what follows ---


def test_open_cases_follow_the_notice_and_their_handlers_are_told(town, at):
    case = in_hand(town, at)
    before = Clock.objects.get(case=case, name="decide")
    assert (before.last_day, before.provisional) == (date(2027, 2, 9), True)
    admin = town.actor(Role.ADMINISTRATOR)
    with at("2026-12-20 09:00"):
        read, trial = try_holidays(admin, given())
        assert (trial.concerned, [anew.case.pk for anew in trial.moved]) == (1, [case.pk])
        assert not HolidayYear.objects.exists()
        assert Clock.objects.get(case=case, name="decide").last_day == date(2027, 2, 9)
        loaded = load_holidays(admin, given())
    assert (loaded.moved, loaded.told, loaded.left, read.replaces) == (1, 1, 0, "")
    after = Clock.objects.get(case=case, name="decide")
    assert (after.last_day, after.provisional) == (date(2027, 2, 12), False)
    assert Case.objects.get(pk=case.pk).due_on is not None
    note = Notification.objects.get(kind="holidays")
    assert note.person == town.people[Role.HANDLER]
    assert "“复议决定”的最后一日由 2027-02-09 改为 2027-02-12" in note.words
    event = Event.objects.get(act="load_holidays")
    body = json.loads(event.body)
    assert (body["year"], body["notice"], body["replaces"]) == (2027, NOTICE, "")
    assert ["2027-02-05", "春节"] in body["off"] and "2027-01-30" in body["work"]
    assert Trace.objects.latest("id").words == f"载入 2027 年放假安排（{NOTICE}）：放假 27 天，调休上班 6 天"
    with at("2026-12-20 09:10"):
        assert list(rebuild(check=True)) == []
        assert not any(verdict.total for verdict in verify_store())


def test_a_notice_loaded_wrongly_is_loaded_again_and_both_stay(town, at):
    case, admin = in_hand(town, at), town.actor(Role.ADMINISTRATOR)
    with at("2026-12-20 09:00"):
        load_holidays(admin, given(WRONG))
        assert Clock.objects.get(case=case, name="decide").last_day == date(2027, 2, 11)
        with pytest.raises(Incomplete, match=r"2027 年的安排已经载入（.*），内容相同，没有重复载入"):
            load_holidays(admin, given(WRONG))
        loaded = load_holidays(admin, given())
    assert loaded.moved == 1
    assert Clock.objects.get(case=case, name="decide").last_day == date(2027, 2, 12)
    bodies = [json.loads(text) for text in Event.objects.filter(act="load_holidays").values_list("body", flat=True)]
    assert sorted(body["replaces"] for body in bodies) == ["", NOTICE]
    assert HolidayYear.objects.count() == 1
    assert Notification.objects.filter(kind="holidays").count() == 2
    assert Trace.objects.latest("id").words.endswith(f"，更正原来载入的“{NOTICE}”")


def test_many_cases_are_left_to_the_worker_which_may_be_stopped(town, at, monkeypatch):
    cases = [in_hand(town, at) for _ in range(3)]
    monkeypatch.setattr(acts, "AT_ONCE", 2)
    monkeypatch.setattr(acts, "CHUNK", 1)
    moment = datetime(2026, 12, 20, 9, 0, tzinfo=BEIJING)
    with standing_at(moment):
        assert load_holidays(town.actor(Role.ADMINISTRATOR), given()).left == 3
        assert catch_up() == 0  # others may not have seen the notice yet
        assert waiting()
    real, calls = acts.reproject, []

    def stopped(keys, day):
        calls.append(keys)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(keys, day)

    with standing_at(moment + timedelta(seconds=10)):
        monkeypatch.setattr(acts, "reproject", stopped)
        with pytest.raises(KeyboardInterrupt):
            catch_up()
        monkeypatch.setattr(acts, "reproject", real)
        assert Setting.objects.get(name=acts.PENDING).value["after"] == cases[0].pk
        assert "按新的放假安排重新推算 2 个办件" in list(run_once())
        assert not waiting()
    days = Clock.objects.filter(name="decide").values_list("last_day", flat=True)
    assert set(days) == {date(2027, 2, 12)}
    assert Notification.objects.filter(kind="holidays").count() == 3


def test_a_case_recorded_meanwhile_is_left_to_that_act(town, at, monkeypatch):
    from fadu.acts import reproject as module

    case = in_hand(town, at)
    real = module.project_anew

    def late(keys, day, found=None):
        projected = real(keys, day, found)
        Case.objects.filter(pk=case.pk).update(seq=99)
        return projected

    monkeypatch.setattr(module, "project_anew", late)
    with at("2026-12-20 09:00"):
        assert module.reproject([case.pk], date(2026, 12, 20)) == []
    assert Clock.objects.get(case=case, name="decide").last_day == date(2027, 2, 9)


def test_a_past_day_that_changes_reaches_cases_already_closed(town, at):
    """The emergency holiday of a year under way: what was late is late no more."""
    handler = town.actor(Role.HANDLER)
    with at("2026-01-26 09:00"):
        case = town.reconsideration(date(2026, 1, 26))
        advance(handler, case.pk, Move("accept", date(2026, 1, 26)))
    with at("2026-02-05 09:00"):  # one day late: seven working days ended on the 4th
        advance(handler, case.pk, Move("send_copy", date(2026, 2, 5), excuse="迟延"))
    with at("2026-02-06 09:00"):
        advance(handler, case.pk, Move("dismiss", date(2026, 2, 6), reason="不符合受理条件", excuse="受理后发现"))
    row = Case.objects.get(pk=case.pk)
    assert (row.closed_on, row.faults) == (date(2026, 2, 6), 1)
    shipped = lawbook.files().calendars["CN"]
    days = range(day_of("2026-01-01"), day_of("2027-01-01"))
    off = "".join(f"{iso(day)}放假\n" for day in days if day in shipped.names and not shipped.is_working(day))
    work = "".join(f"{iso(day)}上班\n" for day in days if day in shipped.names and shipped.is_working(day))
    with at("2026-02-10 09:00"):
        load_holidays(town.actor(Role.ADMINISTRATOR), given(f"{off}{work}2026-02-04放假\n", 2026, "防疫延长假期"))
    assert Case.objects.get(pk=case.pk).faults == 0


# --- other processes ---


def test_another_process_sees_the_notice_within_a_second(town, at, monkeypatch, django_assert_num_queries):
    lawbook.book()
    day = day_of("2027-02-09")
    HolidayYear.objects.create(
        year=2027, notice=NOTICE, off=[["2027-02-09", "春节"]], work=["2027-02-13"],
        loaded_at=datetime(2026, 11, 10, tzinfo=BEIJING),
    )  # fmt: skip
    moment = lawbook.monotonic() + lawbook.CHECK_SECONDS
    monkeypatch.setattr(lawbook, "monotonic", lambda: moment)
    with django_assert_num_queries(2):
        found = lawbook.book()
    assert (found.calendars["CN"].name(day), found.calendars["CN"].is_working(day_of("2027-02-13"))) == ("春节", True)
    assert not found.calendars["CN"].provisional(day)
    with django_assert_num_queries(0):
        assert lawbook.book() is found
    moment += lawbook.CHECK_SECONDS
    with django_assert_num_queries(1):
        assert lawbook.book() is found
    assert found.digest != lawbook.files().digest


# --- the pages ---


def signed_in(town, role):
    client = Client()
    client.force_login(town.people[role])
    return client


def test_an_administrator_reads_looks_and_records(town, at):
    case = in_hand(town, at)
    page = signed_in(town, Role.ADMINISTRATOR)
    data = {"year": "2027", "notice": NOTICE, "text": TEXT}
    with at("2026-12-20 09:00"):
        assert "看读到了什么" in page.get(reverse("holidays")).content.decode()
        seen = page.post(reverse("holidays"), data).content.decode()
        assert "放假 27 天；调休上班 6 天：1月30日（周六）、2月14日（周日）" in seen
        assert "其中 <strong>1</strong> 个的最后一日改变" in seen
        assert f"{case.number}</a>" in seen and "由 2027-02-09 改为 2027-02-12" in seen
        assert not HolidayYear.objects.exists()
        back = page.post(reverse("holidays"), {**data, "back": "1"}).content.decode()
        assert "2月5日（农历除夕、周五）至11日" in back and not HolidayYear.objects.exists()
        done = page.post(reverse("holidays"), {**data, "record": "1"}, follow=True).content.decode()
        assert "已载入 2027 年的放假安排；1 个办件的最后一日改变，发出 1 条消息" in done
        assert "已公布至 2027 年" in done
        again = page.post(reverse("holidays"), {**data, "text": WRONG}).content.decode()
    assert f"本年已载入“{NOTICE}”。这次载入将更正它" in again


def test_a_notice_may_come_as_a_file(town, at):
    page = signed_in(town, Role.ADMINISTRATOR)
    with at("2026-12-20 09:00"):
        for coding in ("utf-8-sig", "gb18030"):
            file = SimpleUploadedFile("通知.txt", TEXT.encode(coding))
            seen = page.post(reverse("holidays"), {"year": "2027", "notice": NOTICE, "file": file}).content.decode()
            assert "放假 27 天；调休上班 6 天" in seen


@pytest.mark.parametrize(("changed", "words"), [
    ({"year": ""}, "年份没有填写"), ({"year": "明年"}, "不是年份；请写作 2027"), ({"notice": ""}, "标题没有填写"),
    ({"notice": "号" * 81}, "最多 80 字"), ({"text": ""}, "通知正文没有填写；粘贴正文，或者上传文本文件"),
    ({"text": "", "file": b"\xff\xfe\x00\xff\xff"}, "不是文本文件；接受 UTF-8 或者 GB18030 的 .txt"),
    ({"text": "", "file": b" " * 200_001}, "文件有 200001 字节，不像一份通知；最多 200000 字节"),
    ({"text": "元旦：1月1日不放假"}, "“1月1日”没有写明放假还是上班"),
    ({"year": "2031"}, "只接受 2025 至 2027 年的安排"),
    ({"text": TEXT.replace("五、端午节：6月9日（周三）放假1天，不调休。", ""), "record": "1"},
     "2027-06-09 在日历中是端午节，通知中没有放假。请核对是不是漏抄；通知确实如此的，勾选确认后再载入"),
])  # fmt: skip
def test_the_page_says_what_is_wrong_and_keeps_what_was_typed(town, at, changed, words):
    page = signed_in(town, Role.ADMINISTRATOR)
    data = {"year": "2027", "notice": NOTICE, "text": TEXT} | changed
    if "file" in data:
        data["file"] = SimpleUploadedFile("通知.txt", data["file"])
    with at("2026-12-20 09:00"):
        answer = page.post(reverse("holidays"), data)
    assert (answer.status_code, HolidayYear.objects.count()) == (422, 0)
    assert words in answer.content.decode()
    assert changed.get("notice", NOTICE) in answer.content.decode()


def test_others_see_the_calendar_and_no_form(town, at):
    page = signed_in(town, Role.HANDLER)
    with at("2026-12-20 09:00"):
        text = page.get(reverse("holidays"), {"year": "2027"}).content.decode()
        assert "通知尚未公布，只按法定节日推算" in text and "看读到了什么" not in text
        answer = page.post(reverse("holidays"), {"year": "2027", "notice": NOTICE, "text": TEXT, "record": "1"})
    assert answer.status_code == 403
    assert not HolidayYear.objects.exists()
