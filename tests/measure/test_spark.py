"""Spark judges as DuckDB does, row for row. Needs ``fadu[spark]`` and Java: ``pytest -m spark tests/measure``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_histories import histories
from random_procedures import OPENED, books
from two_paths import ALL, Way, judge_set, one_by_one, read_results, set_wise

from fadu.book import Book, load_book
from fadu.law.indicators import Indicator
from fadu.law.procedures import Procedure
from fadu.measure.engine import DuckBackend, Judged, Question, judge_part
from fadu.measure.facts import facts_of
from fadu.measure.indicators import Period, aggregate, conditions_of, population, rows
from fadu.measure.spark import SparkBackend, local_session

pytest.importorskip("pyspark", reason="Spark is not installed: pip install fadu[spark]")
pytestmark = [pytest.mark.spark, pytest.mark.filterwarnings("ignore")]

CODES = ("reconsideration", "penalty_summary", "hotline", "disclosure_request")
"""Between them: deemed steps, pauses, extensions, minimum periods, hours and conditional terms."""


@pytest.fixture(scope="module")
def book() -> Book:
    return load_book()


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    found = local_session(memory="1g", cores="2")
    found.sparkContext.setLogLevel("ERROR")
    yield found
    found.stop()


@pytest.fixture
def spark(session: Any) -> Iterator[SparkBackend]:
    with SparkBackend(session) as backend:
        yield backend


@pytest.mark.parametrize("code", CODES)
def test_runs_duties_findings_and_summary_are_those_of_duckdb(book: Book, spark: SparkBackend, code: str) -> None:
    procedure = book.versions(code)[-1]
    cases = histories(procedure, seed=7, count=150)
    as_of = procedure.effective_day + 250
    answers = []
    for backend in (DuckBackend(threads=2), spark):
        judged = judge_set(book, procedure, cases, as_of, None, Way(backend))
        assert judged is not None
        answers.append(read_results(backend, judged))
    assert answers[0].findings and answers[0].summary
    assert answers[0].differences(answers[1], ALL) == {}


@settings(settings.get_profile("fadu"), max_examples=4)
@given(made=books(), seed=st.integers(0, 2**32), after=st.integers(10, 500))
def test_random_procedures_judge_on_spark_as_one_by_one(session: Any, made: Any, seed: int, after: int) -> None:
    book, data = made
    (procedure,) = book.procedures
    cases = histories(procedure, seed, 60)
    with SparkBackend(session) as backend:
        one = one_by_one(book, procedure, cases, OPENED + after)
        found = one.differences(set_wise(book, procedure, cases, OPENED + after, None, Way(backend)),
                                ("runs", "duties", "deemed"))  # fmt: skip
    assert not found, f"{found}\n{data}"


def _cards(book: Book, procedure: Procedure) -> list[Indicator]:
    known = {"run": procedure.clocks, "duty": procedure.duties, "event": procedure.steps, "case": {"": None}}
    mine = [card for card in book.indicators.values() if card.procedure == procedure.code]
    return [card for card in mine if card.target in known[card.subject]]


def _figures(backend: Any, judged: Judged, cards: list[Indicator]) -> dict[str, tuple[list[Any], list[Any]]]:
    """Of every indicator the figures by unit, and the rows they rest on."""
    year = Period("all", judged.procedure.effective_day, judged.as_of)
    found = {}
    for card in cards:
        table = rows([population(judged, card, backend.read("facts"))], year)
        figures = backend.rows(aggregate(table, card, by_unit=True)).to_pylist()
        detail = backend.rows(table).to_pylist()
        found[card.name] = (sorted(_cells(figures)), sorted(_cells(detail)))
    return found


def _cells(table: list[dict[str, Any]]) -> list[str]:
    """Rows as text, figures rounded: a mean may differ in its last bit with the order of summing."""
    return [
        repr({key: round(value, 9) if isinstance(value, float) else value for key, value in row.items()})
        for row in table
    ]


@pytest.mark.parametrize("code", ["reconsideration", "hotline"])
def test_indicators_and_their_rows_are_those_of_duckdb(book: Book, spark: SparkBackend, code: str) -> None:
    procedure = book.versions(code)[-1]
    cards = _cards(book, procedure)
    as_of = procedure.effective_day + 250
    facts = facts_of(histories(procedure, seed=8, count=150), book, as_of, only=procedure)
    (table,) = facts.parts.values()
    question = Question(procedure, book.plan(procedure).calendar, facts.words, as_of, conditions_of(cards))
    answers = []
    for backend in (DuckBackend(threads=2), spark):
        backend.load("facts", table)
        answers.append(_figures(backend, judge_part(backend, "facts", question, "x"), cards))
    assert cards
    assert answers[0] == answers[1]


def test_facts_are_read_from_parquet_where_they_lie(book: Book, spark: SparkBackend, tmp_path: Path) -> None:
    procedure = book.versions("hotline")[-1]
    as_of = procedure.effective_day + 250
    facts = facts_of(histories(procedure, seed=9, count=100), book, as_of, only=procedure)
    (table,) = facts.parts.values()
    half = table.num_rows // 2
    for part, month in ((table.slice(0, half), "2021-10"), (table.slice(half), "2021-11")):
        (tmp_path / f"month={month}").mkdir()
        pq.write_table(part, tmp_path / f"month={month}" / "facts.parquet")
    question = Question(procedure, book.plan(procedure).calendar, facts.words, as_of)
    found = []
    for backend in (DuckBackend(threads=2), spark):
        if isinstance(backend, SparkBackend):
            backend.load_parquet("facts", tmp_path)
        else:
            backend.load("facts", table)
        judged = judge_part(backend, "facts", question, "x")
        found.append(sorted(map(str, backend.rows(judged.run_table).to_pylist())))
    assert found[0] == found[1]


def test_tables_are_replaced_renamed_and_read_in_order(spark: SparkBackend) -> None:
    spark.load("numbers", pa.table({"n": pa.array(range(5000), pa.int32()), "small": pa.array([1] * 5000, pa.int8())}))
    spark.create("numbers", "SELECT n, small FROM numbers WHERE n % 2 = 1")
    spark.append("numbers", "SELECT 4 AS whatever, 7 AS other")
    spark.append("others", "SELECT 1 AS n")
    assert spark.number("SELECT count(*) FROM numbers") == 2501
    assert spark.number("SELECT max(n) FROM numbers WHERE n < 0") == 0
    assert str(spark.read("numbers").schema()["small"]) == "int8"
    spark.rename("numbers", "others")
    others = spark.read("others")
    assert spark.count(others) == 2501
    batches = list(spark.batches(others.order_by(ibis.desc("n")), size=100))
    assert [n for batch in batches for n in batch["n"].to_pylist()] == [*range(4999, 0, -2)[:-2], 4, 3, 1]
    spark.drop("others")
    spark.drop("others")
    folder = spark.folder
    spark.close()
    assert not folder.exists()
