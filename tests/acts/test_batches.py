"""Many at once are the same as one by one; many people at once lose nothing."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import pairwise

import pytest
from district import make_town, standing
from django.db import connection

from fadu.acts.advance import Step, advance, advance_all
from fadu.acts.errors import ActRefused, Unlawful
from fadu.acts.moves import Move
from fadu.acts.note import note
from fadu.store.models import Case, Clock, Event, Leaf, Role
from fadu.store.rebuilding import rebuild
from fadu.store.sequence import sequence_waiting

MOVES = [
    Move("accept", date(2024, 2, 26)),
    Move("decide", date(2024, 2, 26), outcome="维持"),
    Move("assign", date(2024, 2, 26), by=("甲", "乙")),
    Move("suspend", date(2024, 2, 26), reason="等待", outcome="不可抗力等不能参加"),
    Move("resume", date(2024, 2, 26)),
]


def _seen(case: Case) -> list[object]:
    events = Event.objects.filter(case=case).order_by("seq").values_list("act", "step", "occurred_on", "body")
    clocks = Clock.objects.filter(case=case).order_by("name").values_list("name", "started_on", "last_day")
    row = Case.objects.get(pk=case.pk)
    return [list(events), list(clocks), row.state, row.due_on, row.faults, row.fields, row.seq]


def test_a_batch_gives_what_single_acts_give(town, at):
    with at("2024-02-26 10:00"):
        one, other = town.reconsideration(date(2024, 2, 26)), town.reconsideration(date(2024, 2, 26))
        actor, refusals = town.actor(Role.HANDLER), []
        for move in MOVES:
            try:
                advance(actor, one.pk, move)
            except ActRefused as refused:
                refusals.append(str(refused))
        outcomes = advance_all(actor, [Step(other.pk, move) for move in MOVES])
    assert refusals == [str(outcome.refused) for outcome in outcomes if outcome.refused]
    assert isinstance(outcomes[1].refused, Unlawful)
    assert _seen(one) == _seen(other)
    assert list(rebuild(check=True)) == []


def test_one_refusal_does_not_hold_up_the_rest(town, at):
    with at("2024-02-26 10:00"):
        cases = [town.reconsideration(date(2024, 2, 26)) for _ in range(20)]
        steps = [Step(case.pk, MOVES[place % 2]) for place, case in enumerate(cases)]
        outcomes = advance_all(town.actor(Role.HANDLER), [*steps, Step(10**9, MOVES[0])])
    assert [outcome.case is not None for outcome in outcomes] == [True, False] * 10 + [False]
    assert "没有这个办件" in str(outcomes[-1].refused)


@pytest.mark.usefixtures("real_transactions")
def test_writers_at_once_lose_nothing_and_double_nothing():
    town = make_town()
    with standing("2024-02-26 10:00"):
        case = town.reconsideration(date(2024, 2, 26))
        actor = town.actor(Role.HANDLER)

        def write(number: int) -> str:
            try:
                note(actor, case.pk, f"备注{number}")
            except ActRefused:
                return "refused"
            finally:
                connection.close()
            return "kept"

        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(write, range(32)))
    sequence_waiting()
    kept = told.count("kept")
    assert Event.objects.filter(case=case, act="note").count() == kept > 0
    assert Case.objects.get(pk=case.pk).seq == kept + 1
    assert list(Leaf.objects.order_by("index").values_list("index", flat=True)) == list(range(kept + 2))
    chain = Event.objects.filter(case=case).order_by("seq").values_list("prev", "sm3")
    assert all(bytes(later[0]) == bytes(earlier[1]) for earlier, later in pairwise(chain))


@pytest.mark.usefixtures("real_transactions")
def test_steps_of_many_at_once_are_each_there_once_and_leave_what_the_events_say():
    town = make_town()
    with standing("2024-02-26 10:00"):
        case = town.reconsideration(date(2024, 2, 26))
        actor = town.actor(Role.HANDLER)
        for step in (MOVES[0], MOVES[2]):
            advance(actor, case.pk, step)

        def hear(number: int) -> str:
            try:
                advance(actor, case.pk, Move("hear_opinions", date(2024, 2, 26), note=str(number)))
            except ActRefused:
                return ""
            finally:
                connection.close()
            return str(number)

        with ThreadPoolExecutor(8) as pool:
            told = sorted(filter(None, pool.map(hear, range(24))))
    sequence_waiting()
    rows = Event.objects.filter(case=case, step="hear_opinions").values_list("body", flat=True)
    assert sorted(json.loads(body)["note"] for body in rows) == told
    assert told
    assert Case.objects.get(pk=case.pk).seq == len(told) + 3
    assert list(rebuild(check=True)) == []


def test_a_body_holds_no_floats(town, at):
    with at("2024-02-26 10:00"):
        case = town.reconsideration(date(2024, 2, 26))
        advance(town.actor(Role.HANDLER), case.pk, Move("accept", date(2024, 2, 26), fields={"amount": 12.5}))
    assert json.loads(Event.objects.get(case=case, seq=2).body)["fields"] == {"amount": {"number": "12.5"}}
    assert Case.objects.get(pk=case.pk).fields == {"amount": 12.5}
