"""Judging facts in order, block by block, is judging them at once."""

from __future__ import annotations

import pyarrow as pa
import pytest
from facts_at_random import BOOK, random_facts

from fadu.law.errors import FaduError
from fadu.measure import sorted_pass
from fadu.measure.engine import DuckBackend, Question, judge_blocks, judge_part, judge_table
from fadu.measure.ordered import Ordered

NO_CLOCK = next(procedure.code for procedure in BOOK.procedures if not procedure.clocks)
CODES = ["reconsideration", "hotline", "licence", "penalty", NO_CLOCK]


def assert_same(backend, whole, parts):
    for one, other in ((whole.run_table, parts.run_table), (whole.case_table, parts.case_table),
                       (whole.deemed_table, parts.deemed_table)):
        first, second = (sorted(map(str, backend.rows(item).to_pylist())) for item in (one, other))
        assert first == second


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
    assert_same(backend, whole, parts)


@pytest.mark.parametrize("code", CODES)
def test_a_table_in_any_order_is_judged_as_by_the_script(code):
    procedure, table, words = random_facts(code, 6)
    until = procedure.effective_day + 200
    question = Question(procedure, BOOK.plan(procedure).calendar, words, until)
    turned = table.take(pa.array(range(table.num_rows - 1, -1, -1)))
    backend = DuckBackend()
    backend.table(turned, "facts")
    whole = judge_part(backend, "facts", question, "whole")
    parts = judge_table(backend, "facts", question, "parts")
    assert_same(backend, whole, parts)


def test_what_a_case_says_on_any_row_is_read():
    procedure, table, words = random_facts("reconsideration", 7)
    case = table["case_no"].to_pylist()
    once = [name for name in table.column_names if name.startswith("field_")] + ["unit"]
    moved = {}
    for name in once:  # from the first row of every case to its last
        values, said = table[name].to_pylist(), {}
        for number, value in zip(case, values, strict=True):
            said.setdefault(number, value)
        last = [number != following for number, following in zip(case, [*case[1:], None], strict=True)]
        moved[name] = pa.array([said[n] if end else None for n, end in zip(case, last, strict=True)],
                               table.schema.field(name).type)
    assert len(moved) > 1 and any(table[name].null_count < table.num_rows for name in once if name != "unit")
    late = table
    for name, values in moved.items():
        late = late.set_column(late.column_names.index(name), name, values)
    question = Question(procedure, BOOK.plan(procedure).calendar, words, procedure.effective_day + 2000)
    backend = DuckBackend()
    found = []
    for name, facts in (("first", table), ("last", late)):
        backend.table(facts, f"{name}_in")
        judged = judge_table(backend, f"{name}_in", question, name)
        found.append(sorted(map(str, backend.rows(judged.case_table).to_pylist())))
    assert found[0] == found[1]


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
