"""The habits of the shipped district: they name what the lawbook has, and the cases played follow them."""

from __future__ import annotations

import pytest

from fadu.law.dates import day_of
from fadu.simulate import SimulationPlan, simulate
from fadu.simulate.district import read_district

HABITS = read_district().known
YEAR = day_of("2023-01-01"), day_of("2023-12-31")


def played(book, code, cases=300):
    return list(simulate(book, SimulationPlan(*YEAR, cases=cases, unlawful=0.0, procedures=(code,))))


@pytest.mark.parametrize("code", HABITS)
def test_steps_outcomes_and_fields_are_those_of_the_lawbook(book, code):
    habits, versions = HABITS[code], book.versions(code)
    steps = {name: step for version in versions for name, step in version.steps.items()}
    fields = {name: item for version in versions for name, item in version.fields.items()}
    assert set(habits.steps) | set(habits.outcomes) <= set(steps)
    for name, words in habits.outcomes.items():
        assert set(words) == set(steps[name].outcomes), name
    assert set(habits.fields) <= set(fields)
    for name, values in habits.fields.items():
        if fields[name].kind == "choice":
            assert set(values) <= set(fields[name].choices), name


def test_outcomes_are_as_frequent_as_the_district_says(book):
    ended = [event.outcome for case in played(book, "inspection") for event in case.events if event.step == "conclude"]
    assert len(ended) > 200
    assert ended.count("未发现问题") / len(ended) > 0.6
    assert ended.count("移交查处") / len(ended) < 0.2


def test_what_lives_on_is_left_open(book):
    closings = {step.name for step in book.versions("post_duty")[0].steps.values() if step.closes}
    cases = played(book, "post_duty")
    closed = sum(any(event.step in closings for event in case.events) for case in cases)
    assert 0 < closed < len(cases) / 3


def test_a_number_takes_only_the_values_it_usually_has(book):
    scores = {case.fields["score"] for case in played(book, "case_file_review")}
    assert scores <= {float(value) for value in HABITS["case_file_review"].fields["score"]}
    assert len(scores) > 3
