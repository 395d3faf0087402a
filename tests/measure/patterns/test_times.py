"""Temporal profiles and working time against plain loops."""

from __future__ import annotations

from statistics import fmean, stdev

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fadu.law.calendars import Calendar
from fadu.law.dates import day_of
from fadu.measure.patterns import (
    PairTime,
    PatternError,
    Stretch,
    profile,
    profile_counts,
    profile_deviations,
    working_days,
)

Event = tuple[int, str, int, int]
EVENTS = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from("abc"), st.integers(-30, 60)), min_size=1, max_size=40
).map(lambda rows: [(case, name, day, seq) for seq, (case, name, day) in enumerate(rows)])


def connected(events: list[Event]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    case, activity, day, seq = zip(*events, strict=True)
    connection.register(
        "event", pa.table({"case_id": case, "activity": activity, "day": pa.array(day, pa.int32()), "seq": seq})
    )
    return connection


def pairs(events: list[Event]) -> list[tuple[int, str, str, int]]:
    ordered = sorted(events, key=lambda event: (event[2], event[3]))
    return [(a[0], a[1], b[1], b[2] - a[2]) for i, a in enumerate(ordered) for b in ordered[i + 1 :] if a[0] == b[0]]


@settings(max_examples=30, deadline=None)
@given(EVENTS)
def test_profile_is_mean_and_standard_deviation(events: list[Event]) -> None:
    days: dict[tuple[str, str], list[int]] = {}
    for _, first, second, elapsed in pairs(events):
        days.setdefault((first, second), []).append(elapsed)
    with connected(events) as connection:
        found = profile(connection, "event")
    assert [(one.first, one.second) for one in found] == sorted(days)
    for one in found:
        elapsed = days[one.first, one.second]
        assert one.mean == pytest.approx(fmean(elapsed), abs=1e-9)
        assert one.stdev == pytest.approx(stdev(elapsed) if len(elapsed) > 1 else 0, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(EVENTS, st.lists(st.tuples(st.floats(-40, 90), st.sampled_from([0.0, 0.5, 7.25])), min_size=9, max_size=9))
def test_deviations_are_those_of_a_loop(events: list[Event], times: list[tuple[float, float]]) -> None:
    names = [(a, b) for a in "abc" for b in "abc"]
    model = [PairTime(a, b, mean, sd) for (a, b), (mean, sd) in zip(names, times, strict=True)]
    bounds = {(one.first, one.second): (one.mean - 2 * one.stdev, one.mean + 2 * one.stdev) for one in model}
    expected = [row for row in pairs(events) if not bounds[row[1:3]][0] <= row[3] <= bounds[row[1:3]][1]]
    with connected(events) as connection:
        rows = profile_deviations(connection, "event", model, 2).to_pylist()
        counts = profile_counts(connection, "event", model, 2)
    assert sorted((row["case_id"], row["first"], row["second"], row["days"]) for row in rows) == sorted(expected)
    assert sum(counts.values()) == len(expected)
    assert all(
        (row["zetas"] is None) == (dict(zip(names, times, strict=True))[row["first"], row["second"]][1] == 0)
        for row in rows
    )


def test_a_bound_itself_is_kept_and_strange_activities_are_left_out() -> None:
    model = [PairTime("a", "b", 5, 2), PairTime("a", "nowhere", 1, 0), PairTime("b", "a", 1, float("inf"))]
    with connected([(1, "a", 0, 0), (1, "b", 7, 1), (2, "a", 0, 0), (2, "b", 8, 1), (3, "b", 0, 0)]) as connection:
        assert profile_counts(connection, "event", model, 1) == {("a", "b"): 1}
        assert profile_deviations(connection, "event", model, 1).column("zetas").to_pylist() == [1.5]


WEEK = Calendar.weekly("CN", day_of("2024-01-01"), day_of("2024-03-31"))
DAYS = st.integers(WEEK.first, WEEK.last)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), DAYS), min_size=1, max_size=12))
def test_working_days_are_those_of_a_loop(rows: list[tuple[int, int]]) -> None:
    stretches = {case: [day for other, day in rows if other == case] for case, _ in rows}
    with connected([(case, "a", day, seq) for seq, (case, day) in enumerate(rows)]) as connection:
        for stretch, shift in ((Stretch.AFTER_FIRST, 1), (Stretch.BEFORE_LAST, 0)):
            found = working_days(connection, "event", WEEK, stretch).to_pylist()
            assert {row["case_id"]: row["working_days"] for row in found} == {
                case: sum(WEEK.is_working(day) for day in range(min(days) + shift, max(days) + shift))
                for case, days in stretches.items()
            }


def test_a_day_outside_the_calendar_is_an_error() -> None:
    with connected([(1, "a", WEEK.last + 1, 0)]) as connection, pytest.raises(PatternError, match="日历“CN”"):
        working_days(connection, "event", WEEK)


def test_an_event_without_a_day_is_an_error() -> None:
    with connected([(1, "a", 0, 0)]) as connection:
        connection.execute("CREATE TABLE undated AS SELECT case_id, activity, NULL::INTEGER AS day, seq FROM event")
        with pytest.raises(PatternError, match="day"):
            profile(connection, "undated")
