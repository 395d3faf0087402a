"""The page of a case: what the law would say, corrections, sharing, the steps in order, paper, repeated posts."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.urls import reverse

from fadu.acts.advance import advance
from fadu.acts.assign import assign
from fadu.acts.moves import Move
from fadu.acts.share import restrict, share
from fadu.store.models import Assignment, Case, Event, Role
from fadu.store.rebuilding import rebuild

DAY = date(2024, 2, 26)


@pytest.fixture
def now(at):
    with at("2024-02-27 10:00"):
        yield


@pytest.fixture
def case(town, now):
    """Received the day before, accepted today."""
    made = town.reconsideration(DAY)
    assign(town.actor(Role.LEGAL_OFFICER), made.pk, town.people[Role.HANDLER])
    advance(town.actor(Role.HANDLER), made.pk, Move("accept", date(2024, 2, 27)))
    return made


@pytest.fixture
def enter(enter, now):
    """In the time of these tests."""
    return enter


def _text(response) -> str:
    return response.content.decode()


def _count(case: Case) -> int:
    return Event.objects.filter(case=case).count()


# What the law would say ---------------------------------------------------------------------------


def test_what_the_law_would_say_is_shown_and_nothing_is_recorded(enter, case):
    before = _count(case)
    form = {"seen": 3, "on": "2024-02-27", "reason": "等待另案", "outcome": "以其他案件审理结果为依据", "look": "1"}
    page = _text(enter(Role.HANDLER).post(reverse("step", args=[case.pk, "suspend"]), form))
    assert "还没有记录。这样办理之后" in page and "期限“告知中止”" not in page
    assert re.search(r"事项\">环节</th><td[^>]*>受理</td><td[^>]*><strong>中止</strong>", page)
    assert "等待另案" in page and _count(case) == before


def test_the_last_days_that_an_extension_would_give_are_shown(enter, case):
    form = {"seen": 3, "on": "2024-02-27", "days": "30", "approved_by": "行政复议机构负责人", "look": "1"}
    page = _text(enter(Role.HANDLER).post(reverse("step", args=[case.pk, "extend"]), form))
    assert "最后一日 2024年4月28日（周日），计时中" in page  # sixty days; a Sunday that is worked
    assert "最后一日 2024年5月27日（周一），计时中" in page


def test_what_the_law_forbids_is_said_before_it_is_tried(enter, case):
    form = {"seen": 3, "on": "2024-02-27", "outcome": "维持", "look": "1"}
    page = _text(enter(Role.HANDLER).post(reverse("step", args=[case.pk, "decide"]), form))
    assert "依法不能这样办" in page and "《行政复议法》第六十一条" in page
    assert Case.objects.get(pk=case.pk).state == "accept"


def test_where_a_reason_will_be_asked_for_it_is_asked_for_without_blame(enter, case):
    form = {"seen": 3, "on": "2024-02-26", "look": "1"}
    page = _text(enter(Role.HANDLER).post(reverse("step", args=[case.pk, "assign"]), form))
    assert "需要写明理由" in page and "仍要记录的理由" in page and "必填项" not in page


# The next steps -----------------------------------------------------------------------------------


def test_the_ordinary_steps_come_first_and_the_rest_is_folded_and_reachable(enter, case):
    page = _text(enter(Role.HANDLER).get(reverse("case", args=[case.pk])))
    forms = re.findall(r'/steps/(\w+)/#next', page)
    assert forms[0] == "send_copy" and len(forms) <= 6 and "mediate" not in forms[:1]
    rest = re.findall(r'href="\?step=(\w+)#next"', page)
    assert "terminate" in rest and not set(rest) & set(forms)
    opened = _text(enter(Role.HANDLER).get(reverse("case", args=[case.pk]), {"step": "terminate"}))
    assert re.search(r'<details class="fold step" open><summary><strong>终止</strong>', opened)


def test_a_step_that_is_not_lawful_is_not_opened_by_its_address(enter, case):
    page = _text(enter(Role.HANDLER).get(reverse("case", args=[case.pk]), {"step": "serve"}))
    assert "/steps/serve/" not in page


def test_articles_are_plain_where_the_lawbook_has_no_pages_and_say_their_gist(enter, case, settings):
    page = _text(enter(Role.HANDLER).get(reverse("case", args=[case.pk])))
    assert "《行政复议法》第六十二条" in page


def test_articles_lead_to_their_pages_and_show_their_text(enter, case, monkeypatch):
    from fadu.law.citations import Citation
    from fadu.office import articles
    from fadu.texts import parse_text

    class Library:
        def of(self, statute, version):
            text = parse_text("第四十八条 七日内发送副本<b>。", statute.short)
            return text if statute.short == "行政复议法" else None

    monkeypatch.setattr(articles, "texts", Library)
    monkeypatch.setattr(articles, "reverse", lambda name, args: f"/{name}/{'/'.join(args)}/")
    page = _text(enter(Role.HANDLER).get(reverse("case", args=[case.pk])))
    assert f'href="/lawbook-article/行政复议法/{Citation("x", 48).locus}/"' in page
    assert "七日内发送副本&lt;b&gt;。" in page


# Corrections --------------------------------------------------------------------------------------


def test_a_correction_shows_what_changes_and_then_records_it(enter, town, case):
    client, where = enter(Role.HANDLER), reverse("case-correct", args=[case.pk, 3])
    page = _text(client.get(where))
    assert 'value="2024-02-27"' in page and "更正“受理”" in page
    form = {"seen": 3, "on": "2024-02-26", "why": "日期填错"}
    looked = _text(client.post(where, {**form, "look": "1"}))
    assert "最后一日 2024年4月28日（周日），计时中" in looked and "最后一日 2024年4月26日（周五），计时中" in looked
    assert _count(case) == 3
    token = re.search(r'name="looked" value="(\w+)"', looked)[1]
    answer = client.post(where, {**form, "record": "1", "looked": token}, follow=True)
    assert "已记录更正：第 3 条“受理”" in _text(answer) and "已由第 4 条更正" in _text(answer)
    again = client.post(where, {**form, "record": "1", "looked": token}, follow=True)
    assert _count(case) == 4 and "第 3 条已由第 4 条更正；请更正第 4 条" in _text(again)
    assert list(rebuild(check=True)) == []


def test_a_correction_that_was_changed_after_the_look_is_looked_at_again(enter, case):
    client, where = enter(Role.HANDLER), reverse("case-correct", args=[case.pk, 3])
    form = {"seen": 3, "on": "2024-02-26", "why": "日期填错"}
    looked = _text(client.post(where, {**form, "look": "1"}))
    token = re.search(r'name="looked" value="(\w+)"', looked)[1]
    other = _text(client.post(where, {**form, "note": "又改", "record": "1", "looked": token}))
    assert "看过变化之后，填写的内容或者办件有了改动，还没有记录" in other
    assert _count(case) == 3


def test_a_record_is_taken_out_with_a_reason(enter, case):
    client, where = enter(Role.HANDLER), reverse("case-correct", args=[case.pk, 3])
    looked = _text(client.post(where, {"seen": 3, "void": "1", "look": "1"}))
    token = re.search(r'name="looked" value="(\w+)"', looked)[1]
    form = {"seen": 3, "void": "1", "record": "1", "looked": token}
    assert "更正须说明原因" in _text(client.post(where, form))
    client.post(where, {**form, "why": "误记"})
    assert Case.objects.get(pk=case.pk).state == "receive"


def test_a_field_recorded_wrongly_is_mended_with_its_step(enter, town, case):
    move = Move("assign", date(2024, 2, 27), by=("甲", "乙"), fields={"major": True})
    advance(town.actor(Role.HANDLER), case.pk, move)
    client, where = enter(Role.HANDLER), reverse("case-correct", args=[case.pk, 4])
    assert "甲、乙" in _text(client.get(where))
    form = {"seen": 4, "on": "2024-02-27", "by": "甲、乙", "f-major": "no", "why": "记错"}
    token = re.search(r'name="looked" value="(\w+)"', _text(client.post(where, {**form, "look": "1"})))[1]
    client.post(where, {**form, "record": "1", "looked": token})
    assert Case.objects.get(pk=case.pk).fields["major"] is False
    assert list(rebuild(check=True)) == []


def test_what_was_corrected_is_not_corrected_again_and_a_leader_corrects_nothing(enter, town, case):
    assert enter(Role.LEADER).get(reverse("case-correct", args=[case.pk, 3])).status_code == 403
    assert enter(Role.HANDLER).get(reverse("case-correct", args=[case.pk, 2])).status_code == 404  # the assignment
    assert enter(Role.HANDLER).get(reverse("case-correct", args=[case.pk, 99])).status_code == 404


# Sharing ------------------------------------------------------------------------------------------


def test_a_case_is_shared_with_someone_from_outside_listed_and_taken_back(enter, town, case):
    outsider, officer = town.people[Role.EXTERNAL], enter(Role.LEGAL_OFFICER)
    form = {"person": outsider.pk, "reason": "人大代表监督"}
    where = reverse("case-share", args=[case.pk])
    assert "共享须说明用途" in _text(officer.post(where, {**form, "reason": ""}, follow=True))
    page = _text(officer.post(where, form, follow=True))
    assert "已共享给外部人员" in page and "取消共享" in page
    again = _text(officer.post(reverse("case-share", args=[case.pk]), form, follow=True))
    assert "已记录，没有重复记录：外部人员已经可以查看该办件" in again
    assert enter(Role.EXTERNAL).get(reverse("case", args=[case.pk])).status_code == 200
    officer = enter(Role.LEGAL_OFFICER)
    officer.post(reverse("case-unshare", args=[case.pk]), {"person": outsider.pk})
    assert enter(Role.EXTERNAL).get(reverse("case", args=[case.pk])).status_code == 404
    assert list(rebuild(check=True)) == []


def test_only_outsiders_are_shared_with_and_only_by_who_may(enter, town, case):
    form = {"person": town.people[Role.LEADER].pk, "reason": "看看"}
    page = _text(enter(Role.LEGAL_OFFICER).post(reverse("case-share", args=[case.pk]), form, follow=True))
    assert "没有选择外部人员，没有共享" in page
    form = {"person": town.people[Role.EXTERNAL].pk, "reason": "看看"}
    page = _text(enter(Role.HANDLER).post(reverse("case-share", args=[case.pk]), form, follow=True))
    assert "“共享给外部人员”须由区司法局管理员、单位法制员进行" in page
    assert not Assignment.objects.filter(kind="shared").exists()


def test_the_circle_of_who_knows_is_drawn_closer(enter, town, case):
    officer = enter(Role.LEGAL_OFFICER)
    where = reverse("case-restrict", args=[case.pk])
    assert "改变知悉范围须说明理由" in _text(officer.post(where, {"secrecy": 1, "reason": ""}, follow=True))
    assert "没有这个知悉范围" in _text(officer.post(where, {"secrecy": "９", "reason": "涉密"}, follow=True))
    assert "已改变知悉范围" in _text(officer.post(where, {"secrecy": 1, "reason": "涉密"}, follow=True))
    again = _text(officer.post(where, {"secrecy": 1, "reason": "涉密"}, follow=True))
    assert "没有重复记录：知悉范围已经是“限承办人员和本单位法制员”" in again
    gone = officer.post(where, {"secrecy": 2, "reason": "涉密"})
    assert gone["Location"] == reverse("register", args=["reconsideration"])  # the officer sees it no more
    assert officer.get(reverse("case", args=[case.pk])).status_code == 404


# Repeated posts -----------------------------------------------------------------------------------


def test_what_is_posted_twice_is_recorded_once(enter, town, case):
    officer = enter(Role.LEGAL_OFFICER)
    for name, form in (
        ("case-note", {"text": "已电话联系"}),
        ("case-assign", {"person": town.people[Role.LEGAL_OFFICER].pk, "kind": "partner", "seen": 4}),
        ("case-hand-back", {"reason": "不属本单位"}),
    ):
        officer.post(reverse(name, args=[case.pk]), form)
        many = _count(case)
        assert "没有重复记录" in _text(officer.post(reverse(name, args=[case.pk]), form, follow=True)), name
        assert _count(case) == many, name
    officer.post(reverse("case-note", args=[case.pk]), {"text": "又联系一次"})
    assert _count(case) == many + 1


# Paper, the past, who may -------------------------------------------------------------------------


def test_the_case_on_paper_shows_every_day_and_no_form(enter, case):
    page = _text(enter(Role.LEADER).get(reverse("case-print", args=[case.pk])))
    assert "办件表" in page and "六十日按自然日计算" in page and "138****0000" in page and "13800000000" not in page
    assert "<form" not in page.split('id="main"')[1]
    assert enter(Role.EXTERNAL).get(reverse("case-print", args=[case.pk])).status_code == 404


def test_the_past_offers_nothing_to_do_and_tells_nothing_later(enter, town, case, at):
    with at("2024-03-01 09:00"):
        advance(town.actor(Role.HANDLER), case.pk, Move("send_copy", date(2024, 3, 1)))
        page = _text(enter(Role.HANDLER).get(reverse("case", args=[case.pk]), {"known": "2024-02-27"}))
    assert "截至 2024-02-27 所知" in page and "发送申请书副本" not in page and 'id="next"' not in page


def test_who_only_reads_is_offered_nothing(enter, town, case):
    share(town.actor(Role.LEGAL_OFFICER), case.pk, town.people[Role.EXTERNAL], "监督")
    for role in (Role.LEADER, Role.EXTERNAL):
        main = _text(enter(role).get(reverse("case", args=[case.pk]))).split('id="main"')[1]
        assert "更正</a>" not in main and 'method="post"' not in main, role
    restrict(town.actor(Role.LEGAL_OFFICER), case.pk, 1, "涉密")
    assert enter(Role.LEADER).get(reverse("case", args=[case.pk])).status_code == 404


def test_a_request_that_cannot_be_read_is_answered_with_what_to_do(rf):
    from django.core.exceptions import SuspiciousOperation

    from fadu.office.views.errors import forged, unreadable

    for answer, status, words in (
        (unreadable(rf.get("/x/"), SuspiciousOperation()), 400, "请求不完整或者格式不对，没有记录任何内容"),
        (forged(rf.post("/x/")), 403, "把填写的内容复制下来"),
    ):
        assert answer.status_code == status and words in answer.content.decode()
        assert "怎样做" in answer.content.decode()
