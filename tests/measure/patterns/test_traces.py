"""Packed traces are the traces, whatever the numbers, the alphabet and the length."""

from __future__ import annotations

from collections import Counter

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fadu.measure.patterns import Constraint, PatternError, Template, Traces, judge

Event = tuple[int, str, int]


def connected(events: list[Event], enumerated: bool = False) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    columns = list(zip(*events, strict=True)) if events else [(), (), ()]
    table = pa.table(
        {
            "case_id": pa.array(columns[0], pa.int64()),
            "activity": pa.array(columns[1], pa.string()),
            "seq": pa.array(columns[2], pa.int64()),
        }
    )
    connection.register("arrived", table)
    if enumerated:
        connection.execute("CREATE TYPE step AS ENUM (SELECT DISTINCT activity FROM arrived ORDER BY activity DESC)")
        connection.execute("CREATE TABLE event AS SELECT case_id, activity::step AS activity, seq FROM arrived")
    else:
        connection.execute("CREATE TABLE event AS FROM arrived")
    return connection


def variants(traces: Traces) -> dict[tuple[str, ...], int]:
    return {variant.trace: variant.cases for variant in traces.variants}


def by_sorting(events: list[Event]) -> dict[tuple[str, ...], int]:
    cases: dict[int, list[tuple[int, str]]] = {}
    for case, name, seq in events:
        cases.setdefault(case, []).append((seq, name))
    return dict(Counter(tuple(name for _, name in sorted(events)) for events in cases.values()))


@st.composite
def event_tables(draw: st.DrawFn) -> list[Event]:
    """Cases whose numbers start anywhere and have gaps, of few or many activities, stored in any order."""
    size = draw(st.sampled_from([2, 15, 16, 300]))
    longest = draw(st.sampled_from([3, 16, 17, 40]))
    gap = draw(st.sampled_from([1, 1, 3]))
    start = draw(st.integers(-5, 5))
    events = []
    for case in range(draw(st.integers(1, 6))):
        seq = start + draw(st.sampled_from([0, 0, 1]))
        for _ in range(draw(st.integers(1, longest))):
            events.append((case, f"s{draw(st.integers(1, size))}", seq))
            seq += draw(st.integers(1, gap))
    return draw(st.permutations(events))


@settings(max_examples=30, deadline=None)
@given(event_tables(), st.booleans())
def test_variants_are_the_sorted_traces(events: list[Event], enumerated: bool) -> None:
    with connected(events, enumerated) as connection:
        traces = Traces.read(connection, "event")
        assert variants(traces) == by_sorting(events)
        initial = [Constraint(Template.INIT, name) for name in {name for _, name, _ in events}]
        report = judge(traces, initial)
        counted = Counter(report.rows().column("constraint").to_pylist())
        assert [counted[index] for index in range(len(initial))] == [one.deviations for one in report.outcomes]


@pytest.mark.parametrize(
    ("activities", "length", "first", "keys"),
    [
        (15, 16, 0, ("n", "w0")),
        (15, 17, 1, ("n", "w0", "w1")),
        (16, 17, 0, ("n", "w0", "w1", "w2")),
        (255, 64, 0, ("n", *(f"w{i}" for i in range(8)))),
        (256, 32, 0, ("n", *(f"w{i}" for i in range(8)))),
        (256, 33, 0, ("trace",)),
        (70_000, 3, 0, ("n", "w0", "w1")),
        (3, 1_000, 7, ("trace",)),
    ],
)
def test_every_width_is_exact(activities: int, length: int, first: int, keys: tuple[str, ...]) -> None:
    every = [(1_000_000 + i, f"s{i:05}", first) for i in range(activities)]
    long = [
        (case, f"s{(place * 7 + case) % activities:05}", first + place) for case in (1, 2) for place in range(length)
    ]
    with connected(every + long) as connection:
        traces = Traces.read(connection, "event")
        last = Constraint(Template.ABSENCE, long[-1][1])
        report = judge(traces, [last])
        assert traces.layout.keys == keys
        assert variants(traces) == by_sorting(every + long)
        assert report.cases(last).num_rows == report.outcome(last).deviations


def test_numbers_that_run_through_the_table_are_renumbered() -> None:
    events = [(case, name, case * 1_000_000 + place) for case in range(3) for place, name in enumerate("abc")]
    with connected(events) as connection:
        traces = Traces.read(connection, "event")
        assert variants(traces) == {("a", "b", "c"): 3}
        assert traces.cases == 3


def test_an_empty_table_has_no_trace() -> None:
    with connected([]) as connection:
        traces = Traces.read(connection, "event")
        assert traces.variants == ()
        assert judge(traces, [Constraint(Template.EXISTENCE, "a")]).deviations == 0
    with connected([(1, "a", 0)], enumerated=True) as connection:
        connection.execute("DELETE FROM event")
        assert Traces.read(connection, "event").variants == ()


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([(1, "a", 0), (1, "b", 0)], "先后不明"),
        ([(1, "a", 0), (1, "b", 2), (1, "c", 2)], "先后不明"),
        ([(1, None, 0)], "activity"),
        ([(None, "a", 0)], "case_id"),
        ([(1, "a", None)], "seq"),
    ],
)
def test_what_cannot_be_ordered_is_refused(events: list[Event], words: str) -> None:
    with connected(events) as connection, pytest.raises(PatternError, match=words):
        Traces.read(connection, "event")


def test_names_with_quotes_are_only_names() -> None:
    with connected([(1, "it's", 0), (1, '"x"', 1)]) as connection:
        connection.execute('CREATE VIEW "the ""events""" AS FROM event')
        assert variants(Traces.read(connection, 'the "events"')) == {("it's", '"x"'): 1}
