from __future__ import annotations

import json

from fadu.law.dates import day_of

EVENTS = [
    {"step": "立案", "date": "2024-01-01", "by": ["张三", "李四"], "id": "e1"},
    {"step": "decide", "date": "2024-02-01", "time": "00:00", "outcome": "处罚", "officers": 3, "by": ["王五"]},
]
CASE = {
    "id": 12.0,
    "procedure": "行政处罚",
    "unit": "城管局",
    "fields": {"办案程序": "普通程序", "fine": 3000.0},
    "events": EVENTS,
}


def test_one_object(read):
    first, second = read("a.json", json.dumps(CASE), default_procedure=None).rows
    assert (first["case_id"], first["unit"], first["by"], first["officers"]) == ("12", "城管局", "张三、李四", 2)
    assert first["fields"] == '{"fine":3000,"track":"普通程序"}'
    assert (second["officers"], second["minute"], second["outcome"]) == (3, 0, "处罚")
    assert second["day"] == day_of("2024-02-01")


def test_list_in_small_pieces(read, monkeypatch):
    monkeypatch.setattr("fadu.exchange.files.PIECE", 7)
    monkeypatch.setattr("fadu.exchange.text.BLOCK", 7)
    text = json.dumps([CASE | {"id": str(i)} for i in range(40)], indent=1, ensure_ascii=False)
    assert len(read("a.json", text).rows) == 80
    assert len(read("b.json", text.replace("\n", "")).rows) == 80


def test_objects_one_after_another(read):
    assert len(read("a.json", f"{json.dumps(CASE)}\n{json.dumps(CASE | {'id': 'b'})}").rows) == 4


def test_lines(read):
    assert len(read("a.jsonl", f"\n{json.dumps(CASE)}\n\n{json.dumps(CASE | {'id': 'b'})}").rows) == 4


def test_gb18030(read):
    assert len(read("a.json", json.dumps(CASE, ensure_ascii=False).encode("gb18030")).rows) == 2
