"""单位资料: what documents say of a unit; who may change it, what is refused, and that it is in the ledger."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.urls import reverse

from fadu.acts.advance import advance
from fadu.acts.errors import Incomplete, NotPermitted
from fadu.acts.moves import Move
from fadu.acts.papers import papers_of, values_of
from fadu.acts.recording import load
from fadu.acts.unit_papers import set_unit_papers, unit_papers
from fadu.store.models import JOURNAL, Event, Role, Setting, Trace, Unit
from fadu.store.sequence import sequence_waiting
from fadu.store.verifying import verify_store

DAY = date(2024, 2, 26)
GIVEN = {"代字": "明司", "名称": "明川区司法局", "电话": "010-12345678", "地址": "和平路1号", "印章说明": "盖公章"}


@pytest.fixture
def enter(enter, now):
    """In the time of these tests."""
    return enter


def _events() -> list[dict]:
    return [json.loads(body) for body in
            Event.objects.filter(case__procedure=JOURNAL, act="unit").values_list("body", flat=True)]  # fmt: skip


def test_documents_say_what_is_kept(enter, town):
    case = town.reconsideration(DAY)
    advance(town.actor(Role.LEGAL_OFFICER), case.pk, Move("accept", DAY))
    page = enter(Role.LEGAL_OFFICER).post(reverse("unit-papers-change", args=[town.bureau.pk]), GIVEN, follow=True)
    text = page.content.decode()
    assert "区司法局的机关名称、印章说明、联系地址、联系电话已保存" in text and "明川区司法局" in text
    values = values_of(next(papers_of(load([case.pk])[case.pk])))
    assert (values["单位.名称"], values["单位.电话"], values["单位.代字"]) == ("明川区司法局", "010-12345678", "明司")
    paper = next(papers_of(load([case.pk])[case.pk]))
    where = reverse("case-paper", args=[case.pk, paper.template.name, paper.about])
    text = enter(Role.LEGAL_OFFICER).get(where).content.decode()
    assert "用印：盖公章" in text and reverse("unit-papers-change", args=[town.bureau.pk]) in text


def test_a_change_is_in_the_ledger_and_no_change_is_none(town, now):
    officer = town.actor(Role.LEGAL_OFFICER)
    set_unit_papers(officer, town.bureau, GIVEN)
    assert set_unit_papers(officer, town.bureau, {**GIVEN, "电话": " 010-12345678 "}) == {}
    assert set_unit_papers(officer, town.bureau, {**GIVEN, "代字": "川司"}) == {"代字": ["明司", "川司"]}
    assert [event["what"] for event in _events()] == ["修改文书资料", "修改文书资料"]
    assert _events()[1]["changed"] == {"代字": ["明司", "川司"]} and Unit.objects.get(code="SFJ").short == "川司"
    assert Trace.objects.filter(kind="unit").last().words == "修改文书资料 区司法局（SFJ）：发文代字"
    assert unit_papers(town.bureau)["电话"] == "010-12345678"
    sequence_waiting()
    assert all(verdict.ok for verdict in verify_store())


@pytest.mark.parametrize("role", [Role.HANDLER, Role.LEADER, Role.SYSTEM_ADMIN, Role.EXTERNAL])
def test_others_may_not(enter, town, role):
    client = enter(role)
    assert client.get(reverse("unit-papers")).status_code == 403
    assert client.post(reverse("unit-papers-change", args=[town.bureau.pk]), GIVEN).status_code == 403
    with pytest.raises(NotPermitted):
        set_unit_papers(town.actor(role), town.bureau, GIVEN)
    assert not _events() and not Setting.objects.exists()


def test_an_officer_keeps_the_own_unit_the_administrator_all(enter, town):
    assert "和平街道" not in enter(Role.LEGAL_OFFICER).get(reverse("unit-papers")).content.decode()
    where = reverse("unit-papers-change", args=[town.street.pk])
    assert enter(Role.LEGAL_OFFICER).get(where).status_code == 403
    page = enter(Role.ADMINISTRATOR).get(reverse("unit-papers")).content.decode()
    assert "和平街道" in page and "明和（上级）" in page
    assert enter(Role.ADMINISTRATOR).post(where, GIVEN, follow=True).status_code == 200
    assert unit_papers(town.street)["名称"] == "明川区司法局"


@pytest.mark.parametrize(("name", "text", "words"), [
    ("邮编", "1000", "邮政编码应当是六位数字，如 100000；收到“1000”"), ("电话", "<b>电话", "联系电话应当是数字"),
    ("统一社会信用代码", "123", "18 位数字和大写字母"),
    ("统一社会信用代码", "91110000600037341M", "校验位不对（GB 32100-2015）；请对照证书重新填写"),
    ("地址", "长" * 121, "联系地址最多 120 字，收到 121 字"),
])  # fmt: skip
def test_what_cannot_be_is_refused_at_its_field(enter, town, name, text, words):
    with pytest.raises(Incomplete, match=words):
        set_unit_papers(town.actor(Role.LEGAL_OFFICER), town.bureau, {name: text})
    page = enter(Role.LEGAL_OFFICER).post(reverse("unit-papers-change", args=[town.bureau.pk]), {name: text})
    assert page.status_code == 422 and not Setting.objects.exists()
