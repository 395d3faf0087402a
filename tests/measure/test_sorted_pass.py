"""Judging facts in order, block by block, is judging them at once."""

from __future__ import annotations

import pyarrow as pa
import pytest
from facts_at_random import BOOK, random_facts

from fadu.law.errors import FaduError
from fadu.measure import sorted_pass
from fadu.measure.engine import DuckBackend, Question, judge_blocks, judge_part
from fadu.measure.ordered import Ordered

CODES = ["reconsideration", "hotline", "licence", "penalty"]


@pytest.mark.parametrize("code", CODES)
def test_blocks_of_any_size_judge_as_one_table(code, monkeypatch):
    procedure, table, words = random_facts(code, 5)
    question = Question(procedure, BOOK.plan(procedure).calendar, words, procedure.effective_day + 300)
    backend = DuckBackend()
    backend.table(table, "facts")
    whole = judge_part(backend, "facts", question, "whole")
    monkeypatch.setattr(sorted_pass, "EVENTS", 150)
    batches = table.to_batches(max_chunksize=70)
    parts = judge_blocks(backend, iter(batches), question, "parts", procedure.effective_day)
    for one, other in ((whole.run_table, parts.run_table), (whole.case_table, parts.case_table),
                       (whole.deemed_table, parts.deemed_table)):
        first, second = (sorted(map(str, backend.rows(item).to_pylist())) for item in (one, other))
        assert first == second


def test_blocks_never_cut_a_case():
    table = pa.table({"case_no": [1, 1, 2, 2, 2, 3, 4, 4]})
    found = [block["case_no"].to_pylist() for block in sorted_pass.blocks(table.to_batches(max_chunksize=3), 3)]
    assert [number for block in found for number in block] == table["case_no"].to_pylist()
    heads = [set(block) for block in found]
    assert all(not (one & other) for i, one in enumerate(heads) for other in heads[i + 1:])


def test_facts_out_of_order_are_refused():
    procedure, table, words = random_facts("hotline", 1)
    question = Question(procedure, BOOK.plan(procedure).calendar, words, procedure.effective_day + 300)
    turned = table.take(pa.array(range(table.num_rows - 1, -1, -1)))
    with pytest.raises(FaduError, match="没有按办件和顺序排列"):
        Ordered(question, procedure.effective_day).judge(turned)
