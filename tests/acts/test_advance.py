"""A step through the act: permission, the law's answer, the record, the clocks, the ledger."""

from __future__ import annotations

from datetime import date

import pytest

from fadu.acts.advance import advance
from fadu.acts.errors import Conflict, Incomplete, NotPermitted, ReasonNeeded, Unlawful
from fadu.acts.moves import Move
from fadu.store.models import Clock, Event, Leaf, Role
from fadu.store.sequence import sequence_waiting


def test_a_received_application_is_due_after_five_working_days_of_spring_festival(town, at):
    with at("2024-02-09 10:00"):
        case = town.reconsideration(date(2024, 2, 9))
    assert (case.state, case.due_clock, case.due_on) == ("receive", "examine", date(2024, 2, 22))
    assert case.number == "行政复议2024-00001"
    sequence_waiting()
    assert Leaf.objects.count() == Event.objects.count() == 2  # founding the district, and this


def test_a_decision_before_acceptance_is_refused_with_the_article(town, at):
    with at("2024-02-09 10:00"):
        case = town.reconsideration(date(2024, 2, 9))
        with pytest.raises(Unlawful, match="或者“集体讨论通过”之后（《行政复议法》第六十一条"):
            advance(town.actor(Role.HANDLER), case.pk, Move("decide", date(2024, 2, 9), outcome="维持"))
    assert Event.objects.filter(case=case).count() == 1


def test_what_has_happened_is_recorded_with_a_reason_and_the_breach(town, at):
    with at("2024-02-28 10:00"):
        case = town.reconsideration(date(2024, 2, 26))
        move = Move("decide", date(2024, 2, 27), outcome="维持")
        with pytest.raises(ReasonNeeded, match="补录"):
            advance(town.actor(Role.HANDLER), case.pk, move)
        told = Move("decide", date(2024, 2, 27), outcome="维持", excuse="原件为纸质")
        moved = advance(town.actor(Role.HANDLER), case.pk, told)
    assert moved.closed_on == date(2024, 2, 27)
    assert moved.faults > 0
    assert "原件为纸质" in Event.objects.get(case=case, seq=2).body


def test_the_second_of_two_is_told_what_changed(town, at):
    with at("2024-02-09 10:00"):
        case = town.reconsideration(date(2024, 2, 9))
        advance(town.actor(Role.HANDLER), case.pk, Move("accept", date(2024, 2, 9)), seen=1)
        with pytest.raises(Conflict, match="承办人记录了“受理”"):
            advance(town.actor(Role.LEGAL_OFFICER), case.pk, Move("decline", date(2024, 2, 9), reason="超期"), seen=1)
    assert Event.objects.filter(case=case).count() == 2


@pytest.mark.parametrize("role", [Role.LEADER, Role.EXTERNAL, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_who_may_not_is_told_who_may(town, at, role):
    with at("2024-02-09 10:00"):
        case = town.reconsideration(date(2024, 2, 9))
        with pytest.raises(NotPermitted, match=f"须由区司法局管理员、单位法制员、承办人进行；.*现在是：{role.label}"):
            advance(town.actor(role), case.pk, Move("accept", date(2024, 2, 9)))


def test_an_extension_needs_days_and_approval(town, at):
    with at("2024-02-09 10:00"):
        case = town.reconsideration(date(2024, 2, 9))
        advance(town.actor(Role.HANDLER), case.pk, Move("accept", date(2024, 2, 9)))
        with pytest.raises(Incomplete, match="须经行政复议机构负责人批准，请填写批准人；“延长审理期限”须填写天数"):
            advance(town.actor(Role.HANDLER), case.pk, Move("extend", date(2024, 2, 9)))


def test_a_day_to_come_cannot_be_recorded(town, at):
    with at("2024-02-09 10:00"):
        case = town.reconsideration(date(2024, 2, 9))
        with pytest.raises(Incomplete, match="在今天（2024-02-09）之后；只能记录已经发生的环节"):
            advance(town.actor(Role.HANDLER), case.pk, Move("accept", date(2024, 2, 10)))


def test_a_suspension_stops_the_clock_of_the_decision(town, at):
    with at("2024-03-01 10:00"):
        case = town.reconsideration(date(2024, 3, 1))
        handler = town.actor(Role.HANDLER)
        advance(handler, case.pk, Move("accept", date(2024, 3, 1)))
        assert Clock.objects.get(case=case, name="decide").last_day == date(2024, 4, 30)
        why = "以其他案件审理结果为依据"
        advance(handler, case.pk, Move("suspend", date(2024, 3, 1), reason="等待另案", outcome=why))
        assert Clock.objects.get(case=case, name="decide").last_day is None
    with at("2024-03-11 10:00"):
        advance(town.actor(Role.HANDLER), case.pk, Move("tell_suspension", date(2024, 3, 11)))
        advance(town.actor(Role.HANDLER), case.pk, Move("resume", date(2024, 3, 11)))
    assert Clock.objects.get(case=case, name="decide").last_day == date(2024, 5, 10)
