"""Every procedure version that ships: random histories and its own worked cases, on both paths."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from random_histories import histories
from two_paths import ALL, Way, disagreement, judge_set, one_by_one, read_results, set_wise

from fadu.book import Book, load_book
from fadu.law.dates import iso
from fadu.law.procedures import Procedure
from fadu.scenarios import Scenario, read_scenarios

BOOK = load_book()
CASES = 200
WIDE = ("reconsideration", "penalty_summary", "hotline")
"""Procedures whose answers are also read through the expressions of ``fadu.measure.results``."""


@pytest.fixture(scope="module")
def book() -> Book:
    return BOOK


def named(procedure: Procedure) -> str:
    return f"{procedure.code}@{iso(procedure.effective_day)}"


@pytest.mark.parametrize("procedure", BOOK.procedures, ids=named)
def test_random_histories_of_shipped_procedures_judge_alike(book: Book, procedure: Procedure) -> None:
    cases = histories(procedure, seed=procedure.effective_day, count=CASES)
    as_of = procedure.effective_day + 300
    told = disagreement(book, procedure, cases, as_of)
    assert not told, told


@pytest.mark.parametrize("procedure", [book for book in BOOK.procedures if book.code in WIDE], ids=named)
def test_findings_and_summary_agree_with_the_cases_one_by_one(book: Book, procedure: Procedure) -> None:
    cases = histories(procedure, seed=1, count=CASES)
    as_of = procedure.effective_day + 200
    way = Way()
    judged = judge_set(book, procedure, cases, as_of, None, way)
    assert judged is not None
    one = one_by_one(book, procedure, cases, as_of)
    assert one.findings and one.summary
    found = one.differences(read_results(way.backend, judged), ALL)
    assert not found, found


def _scenarios() -> dict[str, list[Scenario]]:
    found: dict[str, list[Scenario]] = defaultdict(list)
    for path in sorted(Path(BOOK.folder).glob("scenarios/*/*.yaml")):
        for scenario in read_scenarios(path, BOOK):
            found[named(scenario.procedure)].append(scenario)
    return found


SCENARIOS = _scenarios()


@pytest.mark.parametrize("version", sorted(SCENARIOS))
def test_worked_cases_come_out_the_same_set_wise(book: Book, version: str) -> None:
    """Cases of one day of judgement together. What they should come to, ``fadu.scenarios`` says of the other path."""
    together: dict[tuple[int, int | None], list[Scenario]] = defaultdict(list)
    for scenario in SCENARIOS[version]:
        together[scenario.as_of, scenario.known_on].append(scenario)
    way = Way()
    for (as_of, known_on), scenarios in together.items():
        cases = [scenario.case for scenario in scenarios]
        procedure = scenarios[0].procedure
        one = one_by_one(book, procedure, cases, as_of, known_on)
        found = one.differences(set_wise(book, procedure, cases, as_of, known_on, way), ("runs", "duties", "deemed"))
        assert not found, [(scenarios[number].name, lines) for number, lines in found.items()]
