"""Every template against the textbook's LTLf definition, evaluated on tuples by separate code."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fadu.measure.patterns import Constraint, PatternError, Template, Traces, judge

Trace = tuple[str, ...]
Formula = Callable[[Trace, int], bool]


def is_(name: str) -> Formula:
    return lambda trace, i: i < len(trace) and trace[i] == name


def not_(f: Formula) -> Formula:
    return lambda trace, i: not f(trace, i)


def both(f: Formula, g: Formula) -> Formula:
    return lambda trace, i: f(trace, i) and g(trace, i)


def either(f: Formula, g: Formula) -> Formula:
    return lambda trace, i: f(trace, i) or g(trace, i)


def implies(f: Formula, g: Formula) -> Formula:
    return lambda trace, i: not f(trace, i) or g(trace, i)


def next_(f: Formula) -> Formula:
    return lambda trace, i: i + 1 < len(trace) and f(trace, i + 1)


def weak_next(f: Formula) -> Formula:
    return lambda trace, i: i + 1 >= len(trace) or f(trace, i + 1)


def eventually(f: Formula) -> Formula:
    return lambda trace, i: any(f(trace, j) for j in range(i, len(trace)))


def always(f: Formula) -> Formula:
    return lambda trace, i: all(f(trace, j) for j in range(i, len(trace)))


def until(f: Formula, g: Formula) -> Formula:
    return lambda trace, i: any(g(trace, j) and all(f(trace, k) for k in range(i, j)) for j in range(i, len(trace)))


def weak_until(f: Formula, g: Formula) -> Formula:
    return either(until(f, g), always(f))


def textbook(constraint: Constraint) -> Formula:
    a, b = is_(constraint.first), is_(constraint.second)
    response = always(implies(a, eventually(b)))
    precedence = weak_until(not_(b), a)
    alternate_response = always(implies(a, next_(until(not_(a), b))))
    alternate_precedence = both(precedence, always(implies(b, weak_next(precedence))))
    chain_response = always(implies(a, next_(b)))
    chain_precedence = both(not_(b), always(implies(next_(b), a)))
    responded = implies(eventually(a), eventually(b))
    return {
        Template.EXISTENCE: eventually(a),
        Template.EXACTLY_ONE: both(eventually(a), not_(eventually(both(a, next_(eventually(a)))))),
        Template.ABSENCE: not_(eventually(a)),
        Template.INIT: a,
        Template.CHOICE: either(eventually(a), eventually(b)),
        Template.EXCLUSIVE_CHOICE: both(either(eventually(a), eventually(b)), not_(both(eventually(a), eventually(b)))),
        Template.RESPONDED_EXISTENCE: responded,
        Template.COEXISTENCE: both(responded, implies(eventually(b), eventually(a))),
        Template.RESPONSE: response,
        Template.PRECEDENCE: precedence,
        Template.SUCCESSION: both(response, precedence),
        Template.ALTERNATE_RESPONSE: alternate_response,
        Template.ALTERNATE_PRECEDENCE: alternate_precedence,
        Template.ALTERNATE_SUCCESSION: both(alternate_response, alternate_precedence),
        Template.CHAIN_RESPONSE: chain_response,
        Template.CHAIN_PRECEDENCE: chain_precedence,
        Template.CHAIN_SUCCESSION: both(chain_response, chain_precedence),
        Template.NON_COEXISTENCE: not_(both(eventually(a), eventually(b))),
        Template.NON_SUCCESSION: always(implies(a, not_(eventually(b)))),
        Template.NON_CHAIN_SUCCESSION: always(implies(a, not_(next_(b)))),
    }[constraint.template]


NAMES = ("立案", "告知", "听证", "决定")
CONSTRAINTS = [Constraint(t, a) for t in Template if t.unary for a in NAMES] + [
    Constraint(t, a, b) for t in Template if not t.unary for a, b in permutations(NAMES, 2)
]
LOGS = st.lists(st.lists(st.sampled_from(NAMES), min_size=1, max_size=20).map(tuple), min_size=1, max_size=12)


def loaded(log: list[Trace], first: int = 0) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    rows = [(case, name, 0, first + seq) for case, trace in enumerate(log) for seq, name in enumerate(trace)]
    columns = list(zip(*rows, strict=True))
    table = pa.table({"case_id": columns[0], "activity": columns[1], "day": columns[2], "seq": columns[3]})
    connection.register("event", table)
    return connection


@settings(max_examples=25, deadline=None)
@given(LOGS)
def test_every_template_is_the_textbook_formula(log: list[Trace]) -> None:
    with loaded(log) as connection:
        report = judge(Traces.read(connection, "event"), CONSTRAINTS)
        rows = report.rows().to_pylist()
    found = {(row["case_id"], row["constraint"]) for row in rows}
    expected = {
        (case, index)
        for index, constraint in enumerate(CONSTRAINTS)
        for case, trace in enumerate(log)
        if not textbook(constraint)(trace, 0)
    }
    assert found == expected
    assert len(rows) == len(found) == report.deviations


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(Template), st.lists(st.sampled_from("abx"), min_size=1, max_size=70).map(tuple))
def test_verdicts_on_long_traces(template: Template, trace: Trace) -> None:
    constraint = Constraint(template, "a", "" if template.unary else "b")
    a, b = (sum(1 << i for i, name in enumerate(trace) if name == wanted) for wanted in "ab")
    assert template.verdict(a, b, len(trace)) == textbook(constraint)(trace, 0)


@pytest.mark.parametrize(
    ("template", "kept", "broken"),
    [
        (Template.RESPONSE, "aab", "aba"),
        (Template.PRECEDENCE, "xab", "bab"),
        (Template.SUCCESSION, "aab", "aabba"),
        (Template.ALTERNATE_RESPONSE, "axbb", "aab"),
        (Template.ALTERNATE_PRECEDENCE, "aab", "abb"),
        (Template.ALTERNATE_SUCCESSION, "axbab", "abb"),
        (Template.CHAIN_RESPONSE, "abb", "axb"),
        (Template.CHAIN_PRECEDENCE, "aab", "abb"),
        (Template.CHAIN_SUCCESSION, "xabab", "axb"),
        (Template.NON_SUCCESSION, "bba", "bab"),
        (Template.NON_CHAIN_SUCCESSION, "axb", "bab"),
        (Template.NON_COEXISTENCE, "aa", "bxa"),
        (Template.EXCLUSIVE_CHOICE, "xa", "x"),
    ],
)
def test_worked_examples(template: Template, kept: str, broken: str) -> None:
    with loaded([tuple(kept), tuple(broken)]) as connection:
        report = judge(Traces.read(connection, "event"), [Constraint(template, "a", "b")])
        assert report.cases(Constraint(template, "a", "b")).to_pydict() == {"case_id": [1]}


def test_activated_counts_the_cases_it_speaks_to() -> None:
    constraints = [Constraint(t, "a", "b") for t in (Template.RESPONSE, Template.PRECEDENCE, Template.SUCCESSION)]
    constraints.append(Constraint(Template.EXISTENCE, "a"))
    with loaded([("a",), ("b", "x"), ("x",), ("a", "b")]) as connection:
        report = judge(Traces.read(connection, "event"), constraints)
    assert [(one.activated, one.deviations) for one in report.outcomes] == [(2, 1), (2, 1), (3, 2), (4, 2)]


@pytest.mark.parametrize(
    ("template", "first", "second", "words"),
    [
        (Template.RESPONSE, "a", "", "两个环节"),
        (Template.INIT, "a", "b", "一个环节"),
        (Template.RESPONSE, "a", "a", "不同的环节"),
    ],
)
def test_a_constraint_names_the_activities_its_template_takes(
    template: Template, first: str, second: str, words: str
) -> None:
    with pytest.raises(PatternError, match=words):
        Constraint(template, first, second)
