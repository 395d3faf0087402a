"""我的工作: every number opens to exactly its cases; what breaks next, what waits, what is new, what is told."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from fadu.acts.advance import advance
from fadu.acts.assign import assign
from fadu.acts.moves import Move
from fadu.acts.remind import remind
from fadu.office.case_lists import Asked, asked_for, parts
from fadu.store import lawbook
from fadu.store.models import Case, Notification, Role, Unit

DAY = date(2024, 2, 26)


@pytest.fixture
def cases(town, at):
    """One overdue, one due today, one this week, one suspended; two are the handler's; one is another unit's."""
    with at("2024-02-19 10:00"):
        late = town.reconsideration(date(2024, 2, 19))
    with at("2024-02-26 10:00"):
        today, week, still, other = (town.reconsideration(DAY) for _ in range(4))
        for case in (late, week):
            assign(town.actor(Role.LEGAL_OFFICER), case.pk, town.people[Role.HANDLER])
        advance(town.actor(Role.LEGAL_OFFICER), still.pk, Move("accept", DAY))
        Case.objects.filter(pk=late.pk).update(due_on=date(2024, 2, 23))
        Case.objects.filter(pk=today.pk).update(due_on=DAY)
        Case.objects.filter(pk=week.pk).update(due_on=date(2024, 2, 29))
        Case.objects.filter(pk=still.pk).update(due_on=None)
        still.clocks.update(last_day=None)
        Case.objects.filter(pk=other.pk).update(unit=town.station, due_on=date(2024, 2, 23))
        yield {"late": late, "today": today, "week": week, "still": still, "other": other}


def _text(response) -> str:
    return response.content.decode()


def _enter(client, town, role: Role):
    client.force_login(town.people[role])
    return client


def _shown(page: str) -> int:
    return int(re.search(r'<p class="sub">(\d+) 件', page)[1])


def _rows(page: str) -> int:
    return len(re.findall(r'<td data-label="编号"', page))


@pytest.mark.parametrize("role", [Role.HANDLER, Role.LEGAL_OFFICER, Role.LEADER, Role.ADMINISTRATOR, Role.EXTERNAL])
def test_each_tile_opens_to_exactly_its_cases(client, town, cases, role):
    client = _enter(client, town, role)
    page = _text(client.get(reverse("work")))
    tiles = re.findall(
        r'<a class="tile[^"]*" href="([^"]+)"><div class="label">(.*?)</div><div><span class="value">(\d+)', page
    )
    assert len(tiles) == (7 if role in (Role.LEGAL_OFFICER, Role.ADMINISTRATOR) else 6)
    for href, label, value in tiles:
        opened = _text(client.get(href.replace("&amp;", "&")))
        assert (_rows(opened), _shown(opened)) == (int(value), int(value)), label


def test_the_numbers_are_those_of_the_cases(client, town, cases):
    def numbers(role: Role) -> dict[str, int]:
        page = _text(_enter(client, town, role).get(reverse("work")))
        return {label: int(value) for label, value in re.findall(
            r'<div class="label">(.*?)</div><div><span class="value">(\d+)', page
        )}  # fmt: skip

    labels = ("已超期", "今日到期", "本周到期", "新分派给我", "等待别人", "在办")
    assert numbers(Role.HANDLER) == dict(zip(labels, (1, 0, 1, 2, 0, 2), strict=True))
    assert numbers(Role.LEADER) == dict(zip(labels, (2, 1, 2, 0, 1, 5), strict=True))
    assert numbers(Role.LEGAL_OFFICER)["未分派"] == 2


def test_the_units_below_open_to_exactly_their_cases_with_all_under_them(client, town, cases):
    client = _enter(client, town, Role.LEADER)
    page = _text(client.get(reverse("work")))
    rows = dict(re.findall(r'<tr><td data-label="单位">(.*?)</td>(.*?)</tr>', page, re.S))
    assert set(rows) == {"区司法局", "和平街道"}  # the station is counted in its street
    for unit, cells in rows.items():
        links = re.findall(r'<a href="([^"]+)"[^>]*>(\d+)</a>', cells)
        assert len(links) == 3
        for href, value in links:
            assert _rows(_text(client.get(href.replace("&amp;", "&")))) == int(value), unit
    assert re.findall(r">(\d+)</a>", rows["和平街道"]) == ["1", "0", "1"]
    assert list(rows) == ["区司法局", "和平街道"]


def test_a_handler_is_shown_no_units_and_an_officer_without_stations_none(client, town, cases):
    assert "各单位" not in _text(_enter(client, town, Role.HANDLER).get(reverse("work")))
    assert "各单位" not in _text(_enter(client, town, Role.LEGAL_OFFICER).get(reverse("work")))
    Unit.objects.create(code="SFJ1", name="仲裁办", kind="station", parent=town.bureau)
    assert "仲裁办" in _text(_enter(client, town, Role.LEGAL_OFFICER).get(reverse("work")))


def test_what_breaks_next_names_the_clock_its_article_and_what_stands_still(client, town, cases):
    cases["today"].clocks.create(
        unit=town.bureau, procedure="reconsideration", name="decide", started_on=DAY, last_day=None, party="agency"
    )
    page = _text(_enter(client, town, Role.LEGAL_OFFICER).get(reverse("work")))
    coming = page[page.index("最先到期") : page.index("已超期</h2>")]
    assert [coming.index(cases[name].number) for name in ("today", "week")] == sorted(
        coming.index(cases[name].number) for name in ("today", "week")
    )
    assert "受理审查" in coming and "《行政复议法》第三十条第一款" in coming
    assert "复议决定：中止，不计时" in coming
    waiting = page[page.index("等待别人</h2>") :]
    assert cases["still"].number in waiting and "复议决定：中止，不计时" in waiting


def test_messages_are_read_one_by_one_or_all(client, town, cases):
    remind(town.actor(Role.LEGAL_OFFICER), cases["late"].pk, "请抓紧")
    client = _enter(client, town, Role.HANDLER)
    mine = Notification.objects.filter(person=town.people[Role.HANDLER], read_at=None)
    many, note = mine.count(), mine.get(kind="remind")
    assert "：请抓紧" in _text(client.get(reverse("work")))
    client.post(reverse("read"), {"notice": note.pk})
    assert mine.count() == many - 1 and "：请抓紧" not in _text(client.get(reverse("work")))
    foreign = Notification.objects.create(
        person=town.people[Role.LEADER], kind="due", words="别人的", at=note.at, key="x"
    )
    client.post(reverse("read"), {"notice": foreign.pk})
    assert Notification.objects.get(pk=foreign.pk).read_at is None
    assert f"已把 {many - 1} 条消息标为已读" in _text(client.post(reverse("read"), follow=True))
    assert not mine.exists()


def test_the_page_asks_as_many_questions_for_many_cases_as_for_few(client, town, cases, at, monkeypatch):
    monkeypatch.setattr(lawbook, "CHECK_SECONDS", 1e9)  # else a slow page asks for notices once more
    client = _enter(client, town, Role.LEADER)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("work"))
        return len(queries)

    asked()
    first = asked()
    for _ in range(6):
        town.reconsideration(DAY)
    assert asked() == first <= 32


@pytest.mark.parametrize("asked", [
    Asked(status="open", order="due"), Asked(status="open", due="overdue", order="due"), Asked(due="week", order="due"),
    Asked(order="due"), Asked(who="fresh", status="new"),
])  # fmt: skip
def test_a_list_says_once_that_its_cases_are_open(town, at, asked):
    # PostgreSQL multiplies the share of open cases by itself for each time it reads it, and then plans for five rows.
    with at("2024-03-05 10:00"):
        found = asked_for(town.actor(Role.LEADER).access, "", asked, DAY)
        for part in parts(found, asked):
            where = str(part.ordered.query).partition(" WHERE ")[2].partition(" ORDER BY ")[0]
            assert where.count('"closed_on" IS NULL') <= 1
