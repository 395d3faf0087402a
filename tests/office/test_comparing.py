"""版本对照: two versions of a file of a case, two versions of the list of powers."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest
from django.urls import reverse
from tables import power_of

from fadu.acts.advance import advance
from fadu.acts.attach import Handed, attach
from fadu.acts.correct import correct
from fadu.acts.erase import erase
from fadu.acts.moves import Move
from fadu.acts.register import register
from fadu.office import versions
from fadu.office.versions import beside
from fadu.store.models import Case, Role, Trace

DAY = date(2024, 2, 26)
pytestmark = pytest.mark.usefixtures("now")
OLD, NEW = "第一条 目的\n第二条 十日内答复\n第三条 附则\n", "第一条 目的\n第二条 十五日内答复\n第四条 施行 <b>\n"


@pytest.fixture
def case(town):
    return town.reconsideration(DAY)


@pytest.fixture
def officer(town):
    return town.actor(Role.LEGAL_OFFICER)


def _attached(officer, case, title, text, media="text/plain"):
    attach(officer, case.pk, Handed(title, media, text.encode()))
    return case.documents.order_by("-pk").first()


def _text(response) -> str:
    assert response.status_code == 200
    return unescape(response.content.decode())


def test_two_versions_of_a_draft_side_by_side(officer, case, enter):
    old, new = _attached(officer, case, "送审稿", OLD), _attached(officer, case, "送审稿", NEW)
    client = enter()
    page = _text(client.get(reverse("case", args=[case.pk])))
    where = re.search(r'href="([^"]+)">与第 2 版对照', page)[1]
    assert where == f"{reverse('case-versions', args=[case.pk])}?old={old.pk}&new={new.pk}"
    answer = client.get(where)
    assert [row.state for row in answer.context["rows"]] == ["same", "changed", "dropped", "added"]
    raw = answer.content.decode()
    assert "第二条 十<ins>五</ins>日内答复" in raw and "<del>第三条 附则</del>" in raw and "&lt;b&gt;" in raw
    assert "相同 1 段" in raw and "改变 1 段" in raw
    trace = Trace.objects.filter(kind="download").latest("pk")
    assert "对照“送审稿”第 1 版与“送审稿”第 2 版" in trace.words


def test_the_newest_and_the_one_before_are_compared_where_none_is_asked_for(officer, case, enter):
    _attached(officer, case, "合同", "甲")
    files = [_attached(officer, case, "送审稿", text) for text in ("一", "二", "三")]
    answer = enter().get(reverse("case-versions", args=[case.pk]), {"old": "x", "new": 10**9})
    assert (answer.context["old"], answer.context["new"]) == (files[1], files[2])


def test_one_file_alone_or_of_another_case_is_not_compared(town, officer, case, enter):
    _attached(officer, case, "送审稿", OLD)
    other = town.reconsideration(DAY)
    far = _attached(officer, other, "别件", NEW)
    _attached(officer, other, "图", "%PDF", "application/pdf")
    client, where = enter(), reverse("case-versions", args=[case.pk])
    assert "没有两个可以对照的文件" in _text(client.get(where, {"old": far.pk}, follow=True))
    assert reverse("case-versions", args=[other.pk]) not in _text(client.get(reverse("case", args=[other.pk])))
    Case.objects.filter(pk=case.pk).update(unit=town.street)
    assert enter(Role.HANDLER).get(where).status_code == 404


def test_a_file_that_was_withdrawn_is_not_read(town, officer, case, enter):
    _attached(officer, case, "送审稿", OLD), _attached(officer, case, "送审稿", NEW)
    erase(town.actor(Role.ADMINISTRATOR), case.pk, "当事人请求")
    answer = enter().get(reverse("case-versions", args=[case.pk]))
    assert answer.status_code == 422 and "撤下" in answer.content.decode() and "附则" not in answer.content.decode()


def test_long_paragraphs_are_shown_whole_rather_than_compared_for_minutes(monkeypatch):
    monkeypatch.setattr(versions, "CLOSELY", 10)
    (row,) = beside(["期限为十日以内的答复"], ["期限为十五日以内的答复"])
    assert (row.old, row.new) == (((True, "期限为十日以内的答复"),), ((True, "期限为十五日以内的答复"),))


# The list of powers -------------------------------------------------------------------------------


def _published(town, version, on=DAY, unit=None, **fields):
    officer = town.actor(Role.ADMINISTRATOR)
    case = register(officer, power_of((unit or town.bureau).pk, on, version=version, **fields))
    for step, outcome in (("draft", None), ("hear", "同意"), ("review", "合法"), ("decide", "同意"), ("compare", None),
                          ("publish", None), ("effect", None)):  # fmt: skip
        advance(officer, case.pk, Move(step, on, outcome=outcome))
    return case


def _differences(answer):
    return {each.name: (each.state, [fact for _, *fact in each.facts]) for each in answer.context["found"]}


def test_two_versions_of_the_list_of_powers(town, enter):
    first = _published(town, "甲版", item="占道处罚", basis="条例10", holder="区城管局")
    _published(town, "甲版", item="油烟处罚", basis="条例20", holder="区城管局")
    _published(town, "甲版", item="救助", power="行政给付", basis="条例30", holder="民政局")
    moved = _published(town, "乙版", change="变更依据", item="占道经营处罚", basis="条例11", holder="区城管局",
                       previous=first.number)  # fmt: skip
    _published(town, "乙版", change="取消", item="油烟处罚")
    _published(town, "乙版", item="噪声处罚", basis="条例40", holder="区城管局")
    _published(town, "乙版", change="变更依据", item="旧有职权", basis="条例50", former="镇", holder="区城管局")
    client = enter()
    answer = client.get(reverse("power-lists"))
    assert (answer.context["old"], answer.context["new"]) == ("甲版", "乙版")
    assert _differences(answer) == {
        "占道经营处罚": ("changed", [["占道处罚", "占道经营处罚"], ["条例10", "条例11"]]),
        "油烟处罚": ("dropped", [["油烟处罚", ""], ["条例20", ""], ["区城管局", ""], ["区级", ""]]),
        "噪声处罚": ("added", [["", "噪声处罚"], ["", "条例40"], ["", "区城管局"], ["", "区级"]]),
        "旧有职权": ("changed", [["", "旧有职权"], ["", "条例50"], ["镇", "区城管局"], ["", "区级"]]),
    }
    assert [each.name for each in answer.context["same"]] == ["救助"]
    assert reverse("case", args=[moved.pk]) in _text(answer)
    whole = client.get(reverse("power-lists"), {"from": "", "to": "甲版"})
    assert {name: state for name, (state, _) in _differences(whole).items()} == dict.fromkeys(
        ("占道处罚", "油烟处罚", "救助"), "added")  # fmt: skip
    assert client.get(reverse("power-lists"), {"from": "没有", "to": "甲版"}).status_code == 404


def test_everyone_reads_the_published_list_and_is_led_only_to_what_one_may_see(town, enter):
    case = _published(town, "甲版", unit=town.street, item="占道处罚")
    hidden = register(town.actor(Role.ADMINISTRATOR), power_of(town.street.pk, DAY, version="甲版", item="还没有公布"))
    page = _text(enter().get(reverse("power-lists")))
    assert "占道处罚" in page and case.number in page and reverse("case", args=[case.pk]) not in page
    assert "还没有公布" not in page and hidden.number not in page
    assert enter(Role.SYSTEM_ADMIN).get(reverse("power-lists")).status_code == 403


def test_a_publication_that_was_withdrawn_is_no_version(town, enter):
    case = _published(town, "甲版", item="占道处罚")
    officer = town.actor(Role.ADMINISTRATOR)
    for seq in (8, 7):
        correct(officer, case.pk, seq, None, "记错")
    assert "还没有公布的清单调整" in _text(enter().get(reverse("power-lists")))
    assert "清单版本对照</a>" in _text(enter().get(reverse("register", args=["power_item"])))
