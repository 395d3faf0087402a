"""催办: who is told, what is kept of it, and what is refused with which words."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from fadu.acts.advance import advance
from fadu.acts.assign import assign
from fadu.acts.errors import Conflict, Incomplete, NotPermitted
from fadu.acts.moves import Move
from fadu.acts.remind import remind
from fadu.store.models import Case, Clock, Event, Grant, Leaf, Notification, Role, Secret
from fadu.store.rebuilding import rebuild
from fadu.worker import daily

DAY = date(2024, 2, 26)


@pytest.fixture
def case(town, at):
    with at("2024-02-26 10:00"):
        yield town.reconsideration(DAY)


def test_the_handler_is_told_and_the_words_stay_with_the_case(town, case):
    assign(town.actor(Role.LEGAL_OFFICER), case.pk, town.people[Role.HANDLER])
    remind(town.actor(Role.LEGAL_OFFICER), case.pk, "请先送达受理通知书")
    note = Notification.objects.get(kind="remind")
    assert note.person == town.people[Role.HANDLER]
    assert note.words == "催办 行政复议2024-00001 不服行政处罚决定，期限 2024-03-04：请先送达受理通知书"
    event = Event.objects.get(act="remind")
    assert "请先送达" not in event.body and '"told":["handler"]' in event.body
    assert Secret.objects.get(event=event).name == "text"
    assert Leaf.objects.filter(event=event).exists() or event.pk
    assert list(rebuild(check=True)) == []


def test_where_there_is_no_handler_the_units_legal_officer_is_told(town, case):
    remind(town.actor(Role.ADMINISTRATOR), case.pk)
    assert Notification.objects.get(kind="remind").person == town.people[Role.LEGAL_OFFICER]


def test_what_is_refused_says_why(town, case):
    with pytest.raises(NotPermitted, match="“催办”须由区司法局管理员、单位法制员进行"):
        remind(town.actor(Role.HANDLER), case.pk)
    with pytest.raises(Incomplete, match="催办的内容最多 2000 字，收到 2001 字"):
        remind(town.actor(Role.LEGAL_OFFICER), case.pk, "急" * 2001)
    with pytest.raises(Conflict, match="在您打开之后已有变动"):
        remind(town.actor(Role.LEGAL_OFFICER), case.pk, seen=7)
    Grant.objects.filter(role=Role.LEGAL_OFFICER).delete()
    with pytest.raises(Incomplete, match="没有承办人，区司法局和它的上级也没有法制员，无人可以催办"):
        remind(town.actor(Role.ADMINISTRATOR), case.pk)
    assert not Event.objects.filter(act="remind").exists()


def test_a_closed_case_is_not_reminded_of(town, case):
    Case.objects.filter(pk=case.pk).update(closed_on=DAY)
    with pytest.raises(Incomplete, match="已于 2024-02-26 办结，不再催办"):
        remind(town.actor(Role.LEGAL_OFFICER), case.pk)


def test_the_case_page_reminds_and_says_so(client, town, case):
    client.force_login(town.people[Role.LEGAL_OFFICER])
    where = reverse("case-remind", args=[case.pk])
    assert "已催办" in client.post(where, {"text": "请抓紧", "seen": case.seq}, follow=True).content.decode()
    again = client.post(where, {"text": "请抓紧", "seen": case.seq}, follow=True).content.decode()
    assert "在您打开之后已有变动" in again
    client.force_login(town.people[Role.HANDLER])
    assert "须由区司法局管理员、单位法制员进行" in client.post(where, follow=True).content.decode()
    client.force_login(town.people[Role.EXTERNAL])
    assert client.post(where).status_code == 404
    assert Event.objects.filter(act="remind").count() == 1


def test_a_case_given_to_another_unit_takes_its_clocks_along(town, case):
    advance(town.actor(Role.LEGAL_OFFICER), case.pk, Move("accept", DAY))
    keeper = town.person("street", Role.HANDLER, town.street)
    before = list(Clock.objects.filter(case=case).values_list("name", "last_day"))
    assign(town.actor(Role.ADMINISTRATOR), case.pk, keeper, unit=town.street)
    assert set(Clock.objects.filter(case=case).values_list("unit", flat=True)) == {town.street.pk}
    assert list(Clock.objects.filter(case=case).values_list("name", "last_day")) == before
    assert list(rebuild(check=True)) == []


def test_a_legal_officer_gives_nothing_to_a_unit_that_is_not_below(town, case):
    keeper = town.person("street", Role.HANDLER, town.street)
    with pytest.raises(NotPermitted, match="只限本单位及下属单位"):
        assign(town.actor(Role.LEGAL_OFFICER), case.pk, keeper, unit=town.street)


def test_when_a_last_day_has_passed_the_legal_officer_hears_of_it_too(town, case, at):
    assign(town.actor(Role.LEGAL_OFFICER), case.pk, town.people[Role.HANDLER])
    Clock.objects.filter(case=case).update(last_day=date(2024, 3, 4))
    with at("2024-03-05 08:00"):
        assert (daily.remind(date(2024, 3, 5)), daily.remind(date(2024, 3, 5))) == (2, 0)
    told = Notification.objects.filter(kind="overdue").values_list("person__login", flat=True)
    assert sorted(told) == ["handler", "legal_officer"]


def test_a_handler_who_has_left_is_not_written_to(town, case, at):
    assign(town.actor(Role.LEGAL_OFFICER), case.pk, town.people[Role.HANDLER])
    person = town.people[Role.HANDLER]
    person.is_active = False
    person.save()
    with at("2024-03-01 08:00"):
        assert daily.remind(date(2024, 3, 1)) == 1
    assert Notification.objects.get(kind="due").person == town.people[Role.LEGAL_OFFICER]
