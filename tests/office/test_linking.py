"""The card of links, parties known again, and the page of materials."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from fadu.acts.attach import Handed, attach
from fadu.acts.share import restrict
from fadu.store.models import Case, Document, Link, Role

DAY = date(2024, 2, 26)
pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def two(town):
    return town.reconsideration(DAY), town.reconsideration(DAY)


@pytest.fixture
def officer(client, town):
    client.force_login(town.people[Role.LEGAL_OFFICER])
    return client


def _page(client, case):
    return client.get(reverse("case", args=[case.pk])).content.decode()


def test_linking_shows_on_both_pages_and_can_be_taken_back(officer, two):
    first, second = two
    where = reverse("case-link", args=[second.pk])
    answer = officer.post(where, {"kind": "origin", "number": f" {first.number} "}, follow=True)
    assert f"已关联 {first.number}" in answer.content.decode()
    again = officer.post(where, {"kind": "origin", "number": first.number}, follow=True)
    assert "没有重复记录" in again.content.decode()
    assert "源自</span>" in _page(officer, second) and "引出</span>" in _page(officer, first)
    unlink = {"kind": "origin", "number": first.number, "reason": "登记有误"}
    assert f"已取消与 {first.number} 的关联" in officer.post(
        reverse("case-unlink", args=[second.pk]), unlink, follow=True).content.decode()
    assert not Link.objects.exists()


def test_the_same_party_elsewhere_is_shown_to_who_may_see_it(officer, town, two):
    first, second = two
    page = _page(officer, first)
    assert "甲公司还在 1 件里（证件号相同）" in page and second.number in page
    assert "校验位不符，请核对" in page  # 110101199001011234 is no citizen's number
    restrict(town.actor(Role.ADMINISTRATOR), second.pk, 2, "涉及举报人")
    page = _page(officer, first)
    assert "还在" not in page and second.number not in page


def test_opening_from_a_case_links_it(officer, two):
    first = two[0]
    form = officer.get(reverse("case-from", args=[first.pk]), {"procedure": "litigation"}, follow=True)
    page = form.content.decode()
    assert "本件源自" in page and f'name="origin" value="{first.number}"' in page
    step = form.context["form"].fields["step"].choices[0][0]
    given = {"origin": first.number, "unit": form.context["form"].fields["unit"].initial, "step": step,
             "on": "2024-02-26", "title": "起诉", "secrecy": "0", "parties": "1", "register": "1"}
    officer.post(reverse("open-case", args=["litigation"]), given)
    made = Case.objects.get(procedure="litigation")
    assert Link.objects.get(case=made).other == first


def test_a_material_is_put_into_another_case_from_the_page_of_materials(officer, town, two):
    first, second = two
    attach(town.actor(Role.LEGAL_OFFICER), first.pk, Handed("处罚决定书复印件", "application/pdf", b"%PDF-1.4"))
    page = officer.get(reverse("evidence"), {"into": second.pk, "q": "决定书"}).content.decode()
    assert "处罚决定书复印件" in page and first.number in page and "引用</button>" in page
    assert "没有找到材料" in officer.get(reverse("evidence"), {"q": "不存在的"}).content.decode()
    file = Document.objects.get(case=first)
    officer.post(reverse("case-reuse", args=[second.pk]), {"document": file.pk})
    assert Document.objects.get(case=second).sha256 == file.sha256
    assert f'也用在 <a href="{reverse("case", args=[first.pk])}">' in _page(officer, second)


def test_a_material_of_a_case_that_may_not_be_seen_is_not_there(client, town, two):
    first, second = two
    attach(town.actor(Role.LEGAL_OFFICER), first.pk, Handed("举报信", "application/pdf", b"%PDF-1.4"))
    restrict(town.actor(Role.ADMINISTRATOR), first.pk, 2, "涉及举报人")
    client.force_login(town.people[Role.HANDLER])
    assert "举报信" not in client.get(reverse("evidence")).content.decode()
    file = Document.objects.get(case=first)
    assert client.post(reverse("case-reuse", args=[second.pk]), {"document": file.pk}).status_code == 404
