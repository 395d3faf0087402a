"""A new day: the law deems, clocks overrun, people are told once; the worker may die at any moment."""

from __future__ import annotations

from datetime import date

from fadu.acts.advance import advance
from fadu.acts.assign import assign
from fadu.acts.moves import Move
from fadu.store.models import Case, Checkpoint, Clock, Heartbeat, Notification, Role
from fadu.store.rebuilding import rebuild
from fadu.worker import run_once
from fadu.worker.daily import remind, sweep


def test_nobody_decided_so_the_application_is_deemed_accepted(town, at):
    with at("2024-02-09 10:00"):
        case = town.reconsideration(date(2024, 2, 9))
    with at("2024-02-22 23:00"):
        assert sweep(date(2024, 2, 22)) == 0
    assert Case.objects.get(pk=case.pk).state == "receive"
    with at("2024-02-23 01:00"):
        assert sweep(date(2024, 2, 23)) == 1
        assert sweep(date(2024, 2, 23)) == 0
    fresh = Case.objects.get(pk=case.pk)
    assert (fresh.state, fresh.faults) == ("accept", 1)  # 视为受理, and the overrun stands as a finding
    assert Clock.objects.get(case=case, name="decide").last_day == date(2024, 4, 22)
    assert list(rebuild(check=True)) == []


def test_a_handler_is_reminded_three_days_before_and_once(town, at):
    with at("2024-03-04 10:00"):
        case = town.reconsideration(date(2024, 3, 4))
        assign(town.actor(Role.LEGAL_OFFICER), case.pk, town.people[Role.HANDLER])
    due = Case.objects.get(pk=case.pk).due_on
    assert due == date(2024, 3, 11)
    with at("2024-03-08 08:00"):
        assert (remind(date(2024, 3, 8)), remind(date(2024, 3, 8))) == (1, 0)
    note = Notification.objects.get(kind="due")
    assert note.person == town.people[Role.HANDLER]
    assert note.words == "行政复议2024-00001“受理审查”还有三天到期（2024-03-11）"


def test_where_there_is_no_handler_the_legal_officer_is_told(town, at):
    with at("2024-03-04 10:00"):
        town.reconsideration(date(2024, 3, 4))
    with at("2024-03-11 08:00"):
        assert remind(date(2024, 3, 11)) == 1
    assert Notification.objects.get(kind="due").person == town.people[Role.LEGAL_OFFICER]


def test_the_worker_does_a_day_once_and_a_checkpoint_where_something_is_new(town, at):
    with at("2024-03-04 10:00"):
        case = town.reconsideration(date(2024, 3, 4))
        told = list(run_once())
        assert any("检查点：2 个事件" in words for words in told)
        assert any(words.startswith("2024-03-04：重新推算") for words in told)
        assert list(run_once()) == []
        advance(town.actor(Role.HANDLER), case.pk, Move("accept", date(2024, 3, 4)))
    with at("2024-03-04 10:20"):
        assert "检查点：3 个事件" in list(run_once())
    assert Checkpoint.objects.count() == 2
    assert Heartbeat.objects.get(name="daily").done == "2024-03-04"
