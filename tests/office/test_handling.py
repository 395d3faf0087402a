"""Registers, the case page and opening a case, as their users meet them."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from fadu.acts.assign import assign
from fadu.store.models import Case, Event, Party, Role, Trace

DAY = date(2024, 2, 26)


@pytest.fixture
def enter(enter, now):
    """In the time of these tests."""
    return enter


def _text(response) -> str:
    return response.content.decode()


def test_a_received_case_shows_its_clock_with_the_reasons(enter, town):
    case = town.reconsideration(DAY)
    page = _text(enter(Role.HANDLER).get(reverse("case", args=[case.pk])))
    for words in ("受理审查", "剩 7 日", "2024年3月4日（周一）", "五日是工作日", "《行政复议法》第三十条第一款"):
        assert words in page
    assert "138****0000" in page and "13800000000" not in page


def test_another_unit_helps_with_a_case_and_does_not_lead_it(enter, town):
    case = town.reconsideration(DAY)
    other = town.person("street", Role.HANDLER, town.street, "街道承办人")
    client, where = enter(Role.LEGAL_OFFICER), reverse("case-assign", args=[case.pk])
    page = _text(client.get(reverse("case", args=[case.pk])))
    assert '<optgroup label="本单位">' in page and "街道承办人（和平街道）" in page
    refused = client.post(where, {"person": other.pk, "kind": "lead", "seen": 1}, follow=True)
    assert "街道承办人是和平街道的人员，只能会办；主办须是区司法局的承办人" in _text(refused)
    given = client.post(where, {"person": other.pk, "kind": "partner", "seen": 1}, follow=True)
    assert "已分派给街道承办人" in _text(given)
    client.force_login(other)
    assert client.get(reverse("case", args=[case.pk])).status_code == 200


def test_a_second_click_says_that_it_is_recorded_and_records_nothing_twice(enter, town):
    case = town.reconsideration(DAY)
    client = enter(Role.HANDLER)
    form = {"seen": 1, "on": "2024-02-26", "f-major": "yes"}
    where = reverse("step", args=[case.pk, "accept"])
    assert client.post(where, form).status_code == 302
    assert "已记录“受理”，没有重复记录" in _text(client.post(where, form, follow=True))
    assert Event.objects.filter(case=case).count() == 2


def test_who_comes_second_with_something_else_is_told_what_is_there(enter, town):
    case = town.reconsideration(DAY)
    where = reverse("step", args=[case.pk, "accept"])
    assert enter(Role.HANDLER).post(where, {"seen": 1, "on": "2024-02-26"}).status_code == 302
    changed = enter(Role.HANDLER).post(where, {"seen": 1, "on": "2024-02-26", "note": "另有说明"})
    other = enter(Role.LEGAL_OFFICER).post(where, {"seen": 1, "on": "2024-02-26"})
    for again in (changed, other):
        assert again.status_code == 409
        assert "承办人记录了“受理”" in _text(again)
    assert "另有说明" in _text(changed)
    assert Event.objects.filter(case=case).count() == 2


def test_an_unlawful_step_comes_back_with_the_article_and_what_was_typed(enter, town):
    case = town.reconsideration(DAY)
    form = {"seen": 1, "on": "2024-02-26", "outcome": "维持", "note": "草稿在案"}
    answer = enter(Role.HANDLER).post(reverse("step", args=[case.pk, "decide"]), form)
    assert answer.status_code == 422
    assert "依法不能办理“作出复议决定”" in _text(answer) and "《行政复议法》第六十一条" in _text(answer)
    assert "草稿在案" in _text(answer)
    assert Event.objects.filter(case=case).count() == 1


def test_what_was_done_before_asks_for_a_reason(enter, town, at):
    case = town.reconsideration(DAY)
    with at("2024-02-27 10:00"):
        client = enter(Role.HANDLER)
        where, form = reverse("step", args=[case.pk, "accept"]), {"seen": 1, "on": "2024-02-26"}
        asked = client.post(where, form)
        assert asked.status_code == 422
        assert "仍要记录的理由" in _text(asked)
        assert client.post(where, {**form, "excuse": "系统昨日停机"}).status_code == 302
        assert "补录于" in _text(client.get(reverse("case", args=[case.pk])))


def test_who_may_not_see_a_case_is_not_told_that_it_is_there(enter, town):
    case = town.reconsideration(DAY)
    assert enter(Role.EXTERNAL).get(reverse("case", args=[case.pk])).status_code == 404
    assert enter(Role.SYSTEM_ADMIN).get(reverse("case", args=[case.pk])).status_code == 404


def test_a_leader_reads_and_is_told_who_acts(enter, town):
    case = town.reconsideration(DAY)
    client = enter(Role.LEADER)
    assert "须由区司法局管理员、单位法制员、承办人进行" in _text(client.get(reverse("case", args=[case.pk])))
    refused = client.post(reverse("step", args=[case.pk, "accept"]), {"seen": 1, "on": "2024-02-26"})
    assert refused.status_code == 422
    assert Event.objects.filter(case=case).count() == 1


def test_looking_at_a_number_leaves_a_trace_and_needs_a_purpose(enter, town):
    case = town.reconsideration(DAY)
    client = enter(Role.LEGAL_OFFICER)
    where, form = reverse("case-reveal", args=[case.pk]), {"party": Party.objects.get().pk, "name": "phone"}
    assert "查看个人信息须说明用途" in _text(client.post(where, form, follow=True))
    assert "13800000000" in _text(client.post(where, {**form, "reason": "通知补正"}, follow=True))
    assert Trace.objects.get(kind="reveal").words == "行政复议2024-00001 申请人 电话：通知补正"


def test_markup_in_every_field_stays_text(enter, town):
    nasty = "<script>alert(1)</script>'; DROP TABLE store_case; --"
    client = enter(Role.LEGAL_OFFICER)
    where = reverse("open-case", args=["reconsideration"])
    form = {
        "unit": town.bureau.pk, "step": "receive", "on": "2024-02-26", "title": nasty, "summary": nasty, "secrecy": 0,
        "parties": 1, "p0-role": "申请人", "p0-name": nasty, "p0-kind": "legal", "p0-phone": nasty[:40],
        "p0-address": nasty, "form_id": "one",
    }  # fmt: skip
    answer = client.post(where, form, follow=True)
    assert answer.status_code == 200
    assert "<script>alert" not in _text(answer) and "&lt;script&gt;" in _text(answer)
    for name in ("q", "unit", "state", "due", "before", "f-track"):
        listed = client.get(reverse("register", args=["reconsideration"]), {name: nasty})
        assert listed.status_code == 200
        assert "<script>alert" not in _text(listed)
    assert Case.objects.filter(procedure="reconsideration").count() == 1


def test_the_same_form_twice_opens_one_case(enter, town):
    client = enter(Role.LEGAL_OFFICER)
    where = reverse("open-case", args=["reconsideration"])
    form = {"unit": town.bureau.pk, "step": "receive", "on": "2024-02-26", "title": "不服决定", "secrecy": 0,
            "form_id": "same"}  # fmt: skip
    first = client.post(where, form)
    second = client.post(where, form)
    assert first["Location"] == second["Location"]
    assert Case.objects.filter(procedure="reconsideration").count() == 1


@pytest.mark.parametrize(("size", "status", "words"), [
    (1_000_000, 400, "提交的文字太长（一张表单最多 2 MB），没有记录任何内容"), (20_000_000, 413, "文件太大"),
])
def test_a_description_of_fifty_megabytes_is_refused(enter, town, size, status, words):
    client = enter(Role.LEGAL_OFFICER)
    form = {"unit": town.bureau.pk, "step": "receive", "on": "2024-02-26", "title": "长", "secrecy": 0,
            "summary": "长" * size}  # fmt: skip
    answer = client.post(reverse("open-case", args=["reconsideration"]), form)
    assert answer.status_code == status
    assert words in _text(answer)
    assert not Case.objects.filter(procedure="reconsideration").exists()


def test_a_register_finds_filters_and_exports_what_is_seen(enter, town):
    case = town.reconsideration(DAY)
    town.reconsideration(DAY)
    assign(town.actor(Role.LEGAL_OFFICER), case.pk, town.people[Role.HANDLER])
    client = enter(Role.HANDLER)
    where = reverse("register", args=["reconsideration"])
    assert "2 件" in _text(client.get(where))
    assert "1 件" in _text(client.get(where, {"who": "mine"}))
    assert "2 件" in _text(client.get(where, {"q": "甲公司"}))
    assert "1 件" in _text(client.get(where, {"q": case.number}))
    assert "没有符合条件的办件" in _text(client.get(where, {"q": "乙公司"}))
    taken = client.get(f"{where}export/xlsx/", {"who": "mine", "rows": "seen"})
    assert b"".join(taken.streaming_content)[:2] == b"PK"
    assert "导出行政复议台账（Excel）1 件：承办：我承办的" in Trace.objects.get(kind="export").words


def test_my_work_opens_with_what_is_due(enter, town, at):
    town.reconsideration(DAY)
    with at("2024-03-05 09:00"):
        page = _text(enter(Role.LEGAL_OFFICER).get(reverse("work")))
    assert "超 1 日" in page and "受理审查" in page
    by_unit = _text(enter(Role.LEADER).get(reverse("work")))
    assert "各单位" in by_unit and "区司法局" in by_unit
