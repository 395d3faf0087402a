"""A snapshot kept current by folding is the snapshot built anew, by either way of judging the touched cases."""

from __future__ import annotations

import json
import random

import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq
import pytest
from facts_at_random import BOOK, random_facts

from fadu.law.dates import iso
from fadu.measure import snapshot as module
from fadu.measure.columns import fact_schema
from fadu.measure.factset import FactSet
from fadu.measure.snapshot import Snapshot


def write(folder, procedure, table, words):
    place = folder / f"{procedure.code}@{iso(procedure.effective_day)}" / "month=2024-01"
    place.mkdir(parents=True)
    pq.write_table(table, place / "part-0.parquet")
    day = min(table["key"].to_pylist()) >> 32
    (folder / "meta.json").write_text(json.dumps({
        "simulated": True, "words": words.texts,
        "parts": [{"code": procedure.code, "effective": iso(procedure.effective_day), "first_day": iso(day),
                   "steps": list(procedure.steps), "last_day": iso(day + 400)}],
    }), encoding="utf-8")
    return FactSet(folder)


def state(snapshot, procedure):
    judged = snapshot.judged(procedure)
    tables = (judged.run_table, judged.case_table)
    rows = [sorted(map(str, snapshot.backend.rows(table).to_pylist())) for table in tables]
    return rows, snapshot.counts(procedure)


@pytest.mark.parametrize("few", [0, 10_000], ids=["by script", "one by one"])
@pytest.mark.parametrize("code", ["hotline", "reconsideration"])
def test_folding_equals_building(code, few, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "FEW", few)
    procedure, table, words = random_facts(code, 11, 90)
    rnd = random.Random(2)
    late = sorted(rnd.sample(range(table.num_rows), 60))
    heads = {}
    for index, number in enumerate(table["case_no"].to_pylist()):
        heads.setdefault(number, index)
    late = [index for index in late if index not in heads.values()]
    rest = table.take(pa.array([i for i in range(table.num_rows) if i not in set(late)]))
    as_of = procedure.effective_day + 300
    kept = Snapshot.build(tmp_path / "a.duckdb", write(tmp_path / "a", procedure, rest, words), BOOK, as_of)
    half = len(late) // 2
    for part in (late[:half], late[half:]):
        kept.fold(procedure, table.take(pa.array(part)).select(fact_schema(procedure).names))
    # The events folded in come after all others of their day: the same facts, so placed, built anew.
    facts = kept.backend.db.sql(f"SELECT * FROM {kept._part(procedure).name}_events ORDER BY case_no, key")
    whole = facts.to_arrow_table().cast(fact_schema(procedure))
    anew = Snapshot.build(tmp_path / "b.duckdb", write(tmp_path / "b", procedure, whole, words), BOOK, as_of)
    assert state(kept, procedure) == state(anew, procedure)


def test_a_failed_fold_changes_nothing(tmp_path, monkeypatch):
    procedure, table, words = random_facts("hotline", 4, 30)
    as_of = procedure.effective_day + 300
    kept = Snapshot.build(tmp_path / "a.duckdb", write(tmp_path / "a", procedure, table, words), BOOK, as_of)
    before = state(kept, procedure)

    def fail(*_):
        raise OSError("断电")

    monkeypatch.setattr(module, "judge_rows", fail)
    with pytest.raises(OSError, match="断电"):
        kept.fold(procedure, table.slice(0, 3))
    assert state(kept, procedure) == before


def test_a_snapshot_opened_again_goes_on_as_it_was(tmp_path):
    procedure, table, words = random_facts("hotline", 4, 30)
    facts = write(tmp_path / "a", procedure, table.slice(0, table.num_rows - 40), words)
    as_of = procedure.effective_day + 300
    kept = Snapshot.build(tmp_path / "a.duckdb", facts, BOOK, as_of)
    known = kept.backend.rows(kept.backend.read(f"{kept._part(procedure).name}_cases"))["case_no"].to_pylist()
    late = table.slice(table.num_rows - 40)
    late = late.filter(pa.compute.is_in(late["case_no"], pa.array(known)))
    kept.fold(procedure, late.slice(0, 5))
    before = state(kept, procedure)
    kept.backend.db.close()
    again = Snapshot.open(tmp_path / "a.duckdb", facts, BOOK, as_of)
    assert state(again, procedure) == before
    again.fold(procedure, late.slice(5))
