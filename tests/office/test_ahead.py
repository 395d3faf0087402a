"""未诉先办: leads of the hotline cases one may see, the cases behind them, the task they propose."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import date, timedelta
from html import unescape

import pytest
from complaints import BURST, complaint, noise_rises
from django.conf import settings
from django.db import connection
from django.urls import reverse

from fadu.acts.assign import assign
from fadu.law.dates import day_of
from fadu.office.leads import SHOWN, complaints_of, leads_of
from fadu.store.access import access_of
from fadu.store.identity import digest
from fadu.store.models import Case, Link, Party, Role

TODAY = date(2024, 6, 3)
LAST = TODAY - timedelta(days=1)


@pytest.fixture
def june(at):
    with at("2024-06-03 09:00"):
        yield


@pytest.fixture
def enter(enter, june):
    """In the time of these tests."""
    return enter


@pytest.fixture
def hotline(town, june):
    noise_rises(town, LAST)
    return Case.objects.filter(procedure="hotline")


def _text(response) -> str:
    return unescape(response.content.decode())


def _found(town, role: Role = Role.LEADER) -> dict[str, list]:
    return {kind: leads for kind, leads, _ in leads_of(access_of(town.people[role], TODAY), TODAY).groups}


def test_a_rise_and_a_cluster_are_told_with_their_cases(town, hotline):
    found = _found(town)
    rise, cluster = found["诉求上升"][0], found["点位聚集"][0]
    fresh = set(hotline.filter(number__startswith="接诉即办新").values_list("pk", flat=True))
    for lead in (rise, cluster):
        assert (lead.place, lead.topic, set(lead.case_ids)) == ("清泉", "噪声扰民", fresh)
    expected, seen = re.fullmatch(r"七日预期 ([\d.]+) 件，实有 (\d+) 件", rise.measure).groups()
    assert 0.5 < float(expected) < 4 and int(seen) == BURST
    assert (rise.first, rise.last) == (date(2024, 5, 27), LAST)
    assert cluster.point == (1255.0, 3400.0)
    assert [len(found[kind]) for kind in ("诉求上升", "点位聚集", "重复来电", "进入执法")] == [1, 1, 0, 0]


def test_a_caller_who_comes_again_is_known_by_telephone_and_not_named(town, hotline, enter):
    calls = hotline.filter(number__startswith="接诉即办旧石桥").order_by("-opened_on")[:4]
    Party.objects.bulk_create(
        Party(case=case, place=0, role="来电人", name="张某", phone_digest=digest("10012345678", "phone"))
        for case in calls
    )
    (lead,) = _found(town)["重复来电"]
    assert set(lead.case_ids) == {case.pk for case in calls} and lead.measure == "同一来电人 90 日内 4 件"
    assert "张某" not in _text(enter(Role.LEADER).get(reverse("ahead")))


def test_topics_whose_cases_led_to_enforcement(town, hotline):
    fine = complaint(town, "罚", LAST, "penalty")
    fine.save()
    other = complaint(town, "答", LAST, "mediation")
    other.save()
    one, two = hotline[:2]
    Link.objects.create(case=fine, other=one, kind=Link.Kind.ORIGIN)
    Link.objects.create(case=other, other=two, kind=Link.Kind.ORIGIN)
    (lead,) = _found(town)["进入执法"]
    assert lead.case_ids == (one.pk,) and lead.measure.startswith(f"{hotline.count()} 件中 1 件引出执法办件")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="counts the steps of SQLite")
def test_the_work_of_finding_enforcement_grows_with_the_links_and_not_with_their_square(town, hotline):
    """It walked all of enforcement once a complaint: half a minute a visit with eight hundred links."""

    def steps() -> int:
        taken = []
        connection.connection.set_progress_handler(lambda: taken.append(1), 100)
        try:
            complaints_of(access_of(town.people[Role.LEADER], TODAY), LAST)
        finally:
            connection.connection.set_progress_handler(None, 0)
        return len(taken)

    def more(name: str) -> None:
        calls = [complaint(town, f"{name}{place}", LAST) for place in range(400)]
        fines = [complaint(town, f"{name}罚{place}", LAST, "penalty") for place in range(400)]
        Case.objects.bulk_create([*calls, *fines])
        Link.objects.bulk_create(
            Link(case=fine, other=call, kind=Link.Kind.ORIGIN) for fine, call in zip(fines, calls, strict=True)
        )

    more("一")
    first = steps()
    more("二")
    assert steps() < 2.5 * first


def test_only_what_one_may_see_is_counted(town, hotline):
    hotline.filter(number__startswith="接诉即办新").update(secrecy=Case.Secrecy.ASSIGNED)
    assert _found(town)["诉求上升"] == []
    mine = access_of(town.people[Role.HANDLER], TODAY)  # of the bureau, whose hotline cases there are none
    assert leads_of(mine, TODAY).total == 0
    kept = town.reconsideration(TODAY)
    assign(town.actor(Role.LEGAL_OFFICER), kept.pk, town.people[Role.HANDLER])
    assert leads_of(mine, TODAY).total == 0  # of another register


def test_the_page_proposes_a_task_that_is_opened_as_anycomplaint(town, hotline, enter):
    client = enter(Role.ADMINISTRATOR)
    page = _text(client.get(reverse("ahead")))
    assert 'aria-current="page">未诉先办' in page and "不说明本区的命中率" in page and "模拟数据</span>" in page
    for case in hotline.filter(number__startswith="接诉即办新"):
        assert reverse("case", args=[case.pk]) in page
    where = re.search(r'href="(/registers/proactive_task/new/[^"]+)">拟立', page)[1]
    form = client.get(where).context["form"]
    given = {name: form[name].value() for name in form.fields if form[name].value() not in (None, "")}
    assert given["f-trigger"] == "诉求上升" and given["f-topic"] == "噪声扰民" and given["f-village"] == "清泉"
    assert given["f-orders"].count("接诉即办新") == BURST and f"实有 {BURST} 件" in given["f-problem"]
    answer = client.post(where, {**given, "unit": town.street.pk, "step": "clue", "on": "2024-06-03", "secrecy": 0,
                                 "origin": hotline.last().number})  # fmt: skip
    task = Case.objects.get(procedure="proactive_task")
    assert answer["Location"] == reverse("case", args=[task.pk])
    assert task.state == "clue" and task.fields["village"] == "清泉"
    assert Link.objects.get(case=task).other == hotline.last()


def test_a_long_lead_lists_its_newest_cases_and_says_so(town, hotline):
    Case.objects.bulk_create(
        complaint(town, f"多{place}", LAST, village="石桥", topic="供暖") for place in range(SHOWN + 5)
    )
    lead = next(lead for lead in _found(town)["诉求上升"] if lead.topic == "供暖")
    assert len(lead.cases) == SHOWN and lead.more == 5 and f"等{SHOWN + 5}件" not in lead.title
    assert "%E7%AD%8945%E4%BB%B6" in lead.task  # 等45件


def test_without_cases_nothing_is_said(town, enter):
    page = _text(enter(Role.LEADER).get(reverse("ahead")))
    assert "近 0 周 0 件" in page and "没有诉求上升的线索" in page
    assert len(complaints_of(access_of(town.people[Role.LEADER], TODAY), LAST)) == 0


def test_who_may_not_see_cases_may_not_see_leads(enter, town):
    assert enter(Role.SYSTEM_ADMIN).get(reverse("ahead")).status_code == 403
    assert "未诉先办" not in _text(enter(Role.SYSTEM_ADMIN).get(reverse("people")))


def test_places_without_a_village_are_units_and_points_may_lack(town, june):
    complaint(town, "无", LAST).save()
    (row,) = [complaints_of(access_of(town.people[Role.LEADER], TODAY), LAST)]
    assert row.places == ("和平街道",) and row.topic.tolist() == [-1] and row.day.tolist() == [day_of(LAST)]


def test_the_statistics_are_loaded_when_the_office_is_served_not_when_they_are_asked_for():
    said = "import sys; from fadu.office.wsgi import statistics; statistics.join(100); print('sklearn' in sys.modules)"
    environment = os.environ | {"FADU_DISTRICT": str(settings.DISTRICT.folder)}
    done = subprocess.run([sys.executable, "-c", said], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
