"""A mistake is mended by a later record; what it corrects stays where it is."""

from __future__ import annotations

from datetime import date

import pytest

from fadu.acts.advance import advance
from fadu.acts.assign import assign
from fadu.acts.correct import correct
from fadu.acts.errors import Conflict, Incomplete, NotPermitted, Unlawful
from fadu.acts.moves import Move
from fadu.store.models import Case, Event, Notification, Role
from fadu.store.rebuilding import rebuild

DAY, BEFORE = date(2024, 2, 27), date(2024, 2, 26)


@pytest.fixture
def case(town, at):
    with at("2024-02-27 10:00"):
        made = town.reconsideration(BEFORE)
        assign(town.actor(Role.LEGAL_OFFICER), made.pk, town.people[Role.HANDLER])
        advance(town.actor(Role.HANDLER), made.pk, Move("accept", DAY))
        yield made


def test_the_right_day_takes_the_place_of_the_wrong_one(town, case):
    correct(town.actor(Role.LEGAL_OFFICER), case.pk, 3, Move("accept", BEFORE), "日期填错")
    assert Case.objects.get(pk=case.pk).due_on == date(2024, 3, 6)  # 七个工作日 from the corrected day
    assert Event.objects.filter(case=case).count() == 4
    assert Event.objects.get(case=case, seq=4).corrects == 3
    assert Notification.objects.get(kind="corrected").words == "行政复议2024-00001：更正了“受理”"
    assert list(rebuild(check=True)) == []


def test_what_never_happened_is_taken_out(town, case):
    correct(town.actor(Role.HANDLER), case.pk, 3, None, "误记，尚未受理")
    assert Case.objects.get(pk=case.pk).state == "receive"
    assert not Notification.objects.filter(kind="corrected").exists()  # the handler knows
    assert list(rebuild(check=True)) == []


def test_a_correction_needs_a_reason_and_a_whole_form(town, case):
    with pytest.raises(Incomplete, match="更正须说明原因"):
        correct(town.actor(Role.HANDLER), case.pk, 3, None, " ")
    with pytest.raises(Incomplete, match="须填写天数"):
        correct(town.actor(Role.HANDLER), case.pk, 3, Move("extend", DAY, approved_by="行政复议机构负责人"), "改")


def test_only_a_step_is_corrected_and_only_once(town, case):
    handler = town.actor(Role.HANDLER)
    with pytest.raises(Unlawful, match="第 2 条不是可以更正的环节记录"):
        correct(handler, case.pk, 2, None, "改")
    correct(handler, case.pk, 3, Move("accept", BEFORE), "日期填错")
    with pytest.raises(Unlawful, match="第 3 条已由第 4 条更正；请更正第 4 条"):
        correct(handler, case.pk, 3, None, "改")


def test_a_case_is_not_left_without_its_opening(town, case):
    with pytest.raises(Unlawful, match="早于办件开始"):
        correct(town.actor(Role.HANDLER), case.pk, 1, None, "误记")


def test_who_looked_before_is_told_what_changed(town, case):
    with pytest.raises(Conflict, match="记录了“受理”"):
        correct(town.actor(Role.HANDLER), case.pk, 1, Move("receive", DAY), "日期填错", seen=2)


def test_who_may_not_is_told_who_may(town, case):
    with pytest.raises(NotPermitted, match="没有权限更正记录"):
        correct(town.actor(Role.LEADER), case.pk, 3, None, "改")
    with pytest.raises(NotPermitted, match="没有这个办件"):
        correct(town.actor(Role.LEADER), 10**9, 3, None, "改")
