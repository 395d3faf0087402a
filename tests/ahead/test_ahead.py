"""Leads from the hotline: planted bursts are found, quiet weeks are quiet, and every finding has its cases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from planted import END, PLACES, TOPICS, Burst, district, working_before

from fadu.ahead import clusters, reaches, repeats, rises
from fadu.ahead.complaints import codes

BURSTS = tuple(Burst(place, place % len(TOPICS), 0) for place in range(0, 16, 3))


def named(bursts):
    return {(PLACES[burst.place], TOPICS[burst.topic]) for burst in bursts}


def test_planted_bursts_are_found_and_little_else():
    found = wrong = 0
    for seed in range(1, 7):
        told = {(rise.place, rise.topic) for rise in rises(district(seed, BURSTS), END, working_before(END))}
        found, wrong = found + len(told & named(BURSTS)), wrong + len(told - named(BURSTS))
    assert found >= 0.85 * 6 * len(BURSTS)
    assert wrong <= 0.1 * found


def test_quiet_weeks_are_quiet():
    complaints = district(2)
    told = 0
    for week in range(10):
        as_of = END - 7 * week
        told += len(rises(complaints.between(0, as_of), as_of, working_before(as_of)))
    assert told <= 3  # of 1,280 places and topics looked at


def test_a_season_is_no_rise_and_a_rise_of_last_year_does_not_hide_the_next():
    before = (Burst(3, 2, 52), Burst(3, 2, 10))
    quiet = rises(district(3, before), END, working_before(END))
    assert (PLACES[3], TOPICS[2]) not in {(rise.place, rise.topic) for rise in quiet}
    again = rises(district(3, (*before, Burst(3, 2, 0))), END, working_before(END))
    assert (PLACES[3], TOPICS[2]) in {(rise.place, rise.topic) for rise in again}


def test_a_rise_opens_to_its_cases():
    complaints = district(1, BURSTS)
    for rise in rises(complaints, END, working_before(END)):
        rows = complaints.rows(np.isin(complaints.case, rise.cases))
        assert len(rows) == rise.observed == len(rise.cases)
        assert {complaints.places[code] for code in rows.place} == {rise.place}
        assert {complaints.topics[code] for code in rows.topic} == {rise.topic}
        assert rows.day.min() > END - 7 and rows.day.max() <= END


def test_without_history_nothing_is_said():
    complaints = district(1, BURSTS).between(END - 40, END)
    assert rises(complaints, END, working_before(END)) == []
    assert rises(complaints.rows(np.zeros(len(complaints), bool)), END, working_before(END)) == []


def scattered(seed, at=(), days=(), topic=5):
    """Cases about one spot, beside what the district has anyhow."""
    complaints = district(seed)
    count = len(days)
    rng = np.random.default_rng(seed)

    def more(column, values):
        return np.concatenate([column, np.asarray(values, dtype=column.dtype)])

    return replace(
        complaints,
        case=more(complaints.case, range(10**7, 10**7 + count)), day=more(complaints.day, days),
        place=more(complaints.place, [1] * count), topic=more(complaints.topic, [topic] * count),
        caller=more(complaints.caller, [-1] * count), reached=more(complaints.reached, [False] * count),
        point=np.vstack([complaints.point, np.asarray(at) + rng.normal(0, 60, (count, 2))]),
    )  # fmt: skip


def test_a_cluster_is_found_with_its_cases():
    days = [END - 12, END - 11, END - 9, END - 9, END - 8, END - 6, END - 5, END - 3]
    found = clusters(scattered(4, at=(30_000.0, 30_000.0), days=days), END)
    mine = [cluster for cluster in found if set(cluster.cases) >= set(range(10**7, 10**7 + 8))]
    assert len(mine) == 1
    assert mine[0].topic == TOPICS[5] and mine[0].first == END - 12 and mine[0].last == END - 3
    assert mine[0].usual < 1


def test_the_same_number_where_there_are_always_as_many_is_no_cluster():
    days = [END - back for back in range(0, 364, 4)]
    found = clusters(scattered(4, at=(30_000.0, 30_000.0), days=days), END)
    assert not [cluster for cluster in found if 10**7 in cluster.cases]


def test_cases_without_a_point_are_in_no_cluster():
    complaints = district(5)
    assert clusters(replace(complaints, point=np.full((len(complaints), 2), np.nan)), END) == []


def test_callers_who_come_again():
    complaints = district(6)
    again = replace(
        complaints, case=np.arange(7), day=np.array([END - 91, END - 80, END - 40, END - 1, END, END, END]),
        place=np.array([0, 0, 1, 0, 0, 0, 2]), topic=np.array([1, 1, 1, 1, 1, 2, 1]),
        caller=np.array([9, 9, 9, 9, 4, 9, -1]), reached=np.zeros(7, bool), point=np.zeros((7, 2)),
    )  # fmt: skip
    found = repeats(again, END)
    assert [(repeat.cases, repeat.places) for repeat in found] == [((1, 2, 3), (PLACES[0], PLACES[1]))]
    assert [repeat.cases for repeat in repeats(again, END - 1, within=100)] == [(0, 1, 2, 3)]


def test_topics_that_reach_enforcement():
    complaints = district(7)
    reached = np.zeros(len(complaints), bool)
    reached[np.flatnonzero(complaints.topic == 5)[:40]] = True
    found = reaches(replace(complaints, reached=reached))
    assert [(reach.topic, len(reach.cases)) for reach in found] == [(TOPICS[5], 40)]
    assert found[0].share == pytest.approx(40 / (complaints.topic == 5).sum())


def test_codes_keep_the_order_of_first_appearance():
    assert codes(["b", "a", None, "b"])[1] == ("b", "a")
