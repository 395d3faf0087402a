"""A projection that was changed by hand is found, and put right."""

from __future__ import annotations

from datetime import date

import pytest

from fadu.acts.advance import advance
from fadu.acts.assign import assign, hand_back
from fadu.acts.erase import erase
from fadu.acts.moves import Move
from fadu.acts.share import restrict, share, unshare
from fadu.store.models import Assignment, Case, Clock, Party, Role
from fadu.store.rebuilding import rebuild


@pytest.fixture
def case(town, at):
    """A case with a history of the law and of the office."""
    with at("2024-02-26 10:00"):
        made = town.reconsideration(date(2024, 2, 26))
        officer, handler = town.actor(Role.LEGAL_OFFICER), town.people[Role.HANDLER]
        assign(officer, made.pk, handler)
        advance(town.actor(Role.HANDLER), made.pk, Move("accept", date(2024, 2, 26), fields={"major": True}))
        assign(officer, made.pk, town.people[Role.LEGAL_OFFICER], "partner")
        share(officer, made.pk, town.people[Role.EXTERNAL], "人大代表监督")
        restrict(officer, made.pk, 1, "涉及举报人")
    return Case.objects.get(pk=made.pk)


def test_acts_leave_what_the_events_say(town, at, case):
    assert list(rebuild(check=True)) == []
    with at("2024-02-27 10:00"):
        hand_back(town.actor(Role.HANDLER), case.pk, "不属于本科室职责")
        unshare(town.actor(Role.LEGAL_OFFICER), case.pk, town.people[Role.EXTERNAL])
        erase(town.actor(Role.ADMINISTRATOR), case.pk, "保存期限届满")
    assert list(rebuild(check=True)) == []
    assert not Party.objects.filter(case=case).exists()


@pytest.mark.parametrize(("change", "word"), [
    (lambda case: Case.objects.filter(pk=case.pk).update(due_on=date(2030, 1, 1)), "最近期限"),
    (lambda case: Case.objects.filter(pk=case.pk).update(state="decide"), "环节"),
    (lambda case: Case.objects.filter(pk=case.pk).update(faults=9), "问题数"),
    (lambda case: Case.objects.filter(pk=case.pk).update(title="别的"), "标题"),
    (lambda case: Case.objects.filter(pk=case.pk).update(handler=None), "承办人"),
    (lambda case: Case.objects.filter(pk=case.pk).update(secrecy=0), "知悉范围"),
    (lambda case: Case.objects.filter(pk=case.pk).update(fields={}), "字段"),
    (lambda case: Clock.objects.filter(case=case, name="decide").update(last_day=date(2030, 1, 1)), "时钟"),
    (lambda case: Clock.objects.filter(case=case).delete(), "时钟"),
    (lambda case: Assignment.objects.filter(case=case).delete(), "分派"),
    (lambda case: Party.objects.filter(case=case).update(name="乙公司"), "当事人"),
])  # fmt: skip
def test_a_changed_projection_is_found_and_put_right(case, change, word):
    change(case)
    assert [difference.what for difference in rebuild(check=True)] == [word]
    assert [word in str(difference) for difference in rebuild()] == [True]
    assert list(rebuild(check=True)) == []
