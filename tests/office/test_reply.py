"""会办反馈: answered by those who help with a case, told to who leads it, shown on the case's page, erasable."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from fadu.acts.assign import assign
from fadu.acts.erase import erase
from fadu.acts.errors import Incomplete, NotPermitted
from fadu.acts.note import note
from fadu.acts.recording import Actor
from fadu.acts.reply import reply
from fadu.acts.share import share
from fadu.clock import today
from fadu.store.access import access_of
from fadu.store.models import Event, Notification, Role
from fadu.store.rebuilding import rebuild
from fadu.store.sequence import sequence_waiting
from fadu.store.verifying import verify_store


@pytest.fixture
def helped(town, at):
    """A case of the bureau that someone of the street helps with."""
    with at("2024-02-26 10:00"):
        town.partner = town.person("street-1", Role.HANDLER, town.street, "钱会办")
        case = town.reconsideration(date(2024, 2, 26))
        assign(town.actor(Role.LEGAL_OFFICER), case.pk, town.people[Role.HANDLER])
        assign(town.actor(Role.LEGAL_OFFICER), case.pk, town.partner, "partner")
        yield case


def _partner(town) -> Actor:
    return Actor(access_of(town.partner, today()))


def test_an_answer_is_asked_for_given_told_and_shown(client, town, helped):
    where = reverse("case", args=[helped.pk])
    client.force_login(town.people[Role.HANDLER])
    page = client.get(where).content.decode()
    assert "钱会办" in page and "尚未反馈" in page and "reply-opinion" not in page
    client.force_login(town.partner)
    assert "reply-opinion" in client.get(where).content.decode()
    given = {"opinion": "修改后同意", "text": "第二条<b>删去，电话13800000001"}
    page = client.post(reverse("case-reply", args=[helped.pk]), given, follow=True).content.decode()
    assert "已反馈，主办已收到消息" in page
    client.force_login(town.people[Role.HANDLER])
    page = client.get(where).content.decode()
    assert "第二条&lt;b&gt;删去，电话138****0001" in page and "尚未反馈" not in page
    assert "会办反馈" in page and "修改后同意" in page
    share(town.actor(Role.LEGAL_OFFICER), helped.pk, town.people[Role.EXTERNAL], "征求意见")
    client.force_login(town.people[Role.EXTERNAL])
    page = client.get(where).content.decode()
    assert "第二条" not in page and "尚未反馈" not in page and 'id="replies"' not in page
    told = Notification.objects.get(kind="reply")
    assert told.person == town.people[Role.HANDLER] and "钱会办会办反馈：修改后同意" in told.words


def test_only_who_helps_answers_and_says_something(town, helped):
    for role in (Role.HANDLER, Role.LEGAL_OFFICER, Role.LEADER):
        with pytest.raises(NotPermitted):
            reply(town.actor(role), helped.pk, "同意", "")
    with pytest.raises(Incomplete, match="“不同意”须写明内容"):
        reply(_partner(town), helped.pk, "不同意", " ")
    with pytest.raises(Incomplete, match="没有“也许”这种意见；可用：同意、"):
        reply(_partner(town), helped.pk, "也许", "看看")
    assert not Event.objects.filter(act="reply").exists()


def test_answers_and_remarks_are_erased_and_all_stays_provable(client, town, helped):
    reply(_partner(town), helped.pk, "同意", "张三情况属实")
    note(town.actor(Role.HANDLER), helped.pk, "李四来过电话")
    client.force_login(town.people[Role.HANDLER])
    page = client.get(reverse("case", args=[helped.pk])).content.decode()
    assert "张三情况属实" in page and "李四来过电话" in page
    assert not list(rebuild(check=True))
    erase(town.actor(Role.ADMINISTRATOR), helped.pk, "本人申请")
    page = client.get(reverse("case", args=[helped.pk])).content.decode()
    assert "张三情况属实" not in page and "李四来过电话" not in page and "同意" in page
    sequence_waiting()
    assert all(verdict.ok for verdict in verify_store())
