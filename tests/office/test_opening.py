"""Opening a case: parties row by row, duplicates, the fields of the lawbook, one case from one form."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from fadu.store.models import Case, Party, Role
from fadu.store.rebuilding import rebuild

WHERE = "/registers/reconsideration/new/"


@pytest.fixture
def officer(client, town, at):
    """The legal officer at the form."""
    with at("2024-02-26 10:00"):
        client.force_login(town.people[Role.LEGAL_OFFICER])
        yield client


def _form(town, *parties: tuple[str, str], **more: object) -> dict[str, object]:
    form = {"unit": town.bureau.pk, "step": "receive", "on": "2024-02-26", "title": "不服罚款", "secrecy": 0,
            "parties": len(parties)}  # fmt: skip
    for place, (role, name) in enumerate(parties):
        form |= {f"p{place}-role": role, f"p{place}-name": name, f"p{place}-kind": "legal"}
    return form | more


def _text(response) -> str:
    return response.content.decode()


def _opened() -> int:
    return Case.objects.filter(procedure="reconsideration").count()


def test_the_form_begins_with_a_row_for_each_part_that_must_be_played(officer, town):
    page = _text(officer.get(WHERE))
    assert re.findall(r'name="p\d-role" value="(\w+)"', page) == ["申请人", "被申请人"]
    assert "编号在登记后自动给出" in page
    for words in ("情况</h3>", "日期和数量</h3>", "是否</h3>", "适用简易程序的情形", "案件涉及款额（元）"):
        assert words in page


def test_a_row_is_added_without_losing_what_was_typed(officer, town):
    answer = officer.post(WHERE, _form(town, ("申请人", "甲公司"), more="1", title=""))
    page = _text(answer)
    assert answer.status_code == 200 and 'name="p1-name"' in page and 'value="甲公司"' in page
    assert "必填项" not in page and not _opened()
    full = officer.post(WHERE, _form(town, *[("申请人", f"甲{n}") for n in range(19)], more="1"))
    assert 'name="p19-name"' in _text(full) and "再加一位当事人" not in _text(full)
    beyond = officer.post(WHERE, _form(town, *[("申请人", f"甲{n}") for n in range(20)], more="1", parties=10**9))
    assert 'name="p20-name"' not in _text(beyond)


def test_all_parties_are_kept_in_order_and_empty_rows_are_nobody(officer, town):
    form = _form(town, ("申请人", "甲公司"), ("被申请人", "某局"), ("第三人", "乙"), ("", ""))
    form |= {"p0-phone": "13800000000", "p2-kind": "natural"}
    page = _text(officer.post(WHERE, form, follow=True))
    assert "已登记 行政复议2024-00001" in page
    assert [(row.role, row.name, row.kind) for row in Party.objects.all()] == [
        ("申请人", "甲公司", "legal"), ("被申请人", "某局", "legal"), ("第三人", "乙", "natural"),
    ]  # fmt: skip
    assert list(rebuild(check=True)) == []


def test_a_row_that_is_half_filled_says_what_is_wanted(officer, town):
    answer = officer.post(WHERE, _form(town, ("申请人", ""), **{"p0-phone": "13800000000"}))
    assert answer.status_code == 422 and "填了电话，还须填写名称" in _text(answer)
    answer = officer.post(WHERE, _form(town, ("", "甲公司")))
    assert "请填写身份，如申请人、被申请人" in _text(answer)
    assert not _opened()


def test_an_open_case_of_the_same_party_is_shown_first(officer, town):
    officer.post(WHERE, _form(town, ("申请人", "甲公司")))
    officer.post(WHERE, _form(town, ("申请人", "甲公司分公司")))
    assert _opened() == 2
    known = Case.objects.get(number="行政复议2024-00001")
    warned = officer.post(WHERE, _form(town, ("申请人", "甲公司")))
    page = _text(warned)
    assert warned.status_code == 422 and "可能已经登记过" in page
    assert reverse("case", args=[known.pk]) in page and ">行政复议2024-00002</a>" not in page
    assert _opened() == 2
    officer.post(WHERE, _form(town, ("申请人", "甲公司"), another="1"))
    assert _opened() == 3


def test_who_may_not_see_the_other_case_is_not_told_of_it(officer, town):
    officer.post(WHERE, _form(town, ("申请人", "甲公司"), secrecy=2))
    assert "可能已经登记过" not in _text(officer.post(WHERE, _form(town, ("申请人", "甲公司")), follow=True))
    assert _opened() == 2


def test_the_form_twice_is_one_case_and_says_which(officer, town):
    form = _form(town, ("申请人", "甲公司"), form_id="same", another="1")
    first = officer.post(WHERE, form)
    second = officer.post(WHERE, form)
    assert first["Location"] == second["Location"] and _opened() == 1
    assert "这份表单已经登记为 行政复议2024-00001，没有重复登记" in _text(officer.get(second["Location"]))
    officer.post(WHERE, {**form, "form_id": "other"})
    assert _opened() == 2


@pytest.mark.usefixtures("real_transactions")
def test_two_clicks_at_one_time_are_one_case(at):
    from district import make_town

    with at("2024-02-26 10:00"):
        town = make_town()
        client = Client()
        client.force_login(town.people[Role.LEGAL_OFFICER])
        form = _form(town, ("申请人", "甲公司"), form_id="same", another="1")

        def click(_: int) -> str:
            other = Client()
            other.cookies = client.cookies
            try:
                return other.post(WHERE, form)["Location"]
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            assert len(set(pool.map(click, range(4)))) == 1
    assert _opened() == 1


def test_what_the_first_step_must_say_can_be_said(officer, town):
    where = reverse("open-case", args=["seizure"])
    page = _text(officer.get(where))
    assert 'name="reason"' in page and 'name="reason"' not in _text(officer.get(WHERE))
    form = _form(town, ("当事人", "甲公司"), step="decide_on_the_spot")
    assert "须说明理由" in _text(officer.post(where, form))
    assert officer.post(where, {**form, "reason": "情况紧急"}).status_code == 302
