"""Registers as OCEL 2.0: every object declared, every relation to something there, types true."""

# ruff: noqa: E501 - tables of texts

from __future__ import annotations

import io
import json
import tracemalloc
from dataclasses import replace

import pytest
from registers import book, export_cases

from fadu.exchange import ocel_out
from fadu.exchange.export_cases import About, ExportCase, ExportDocument, ExportEvent
from fadu.exchange.ocel_out import write_ocel
from fadu.law.dates import day_of

ABOUT = About("复议台账", (("筛选", "2024年"),), simulated=True)
TYPES = {"string": str, "integer": int, "float": float, "boolean": bool}


def written(cases, about=ABOUT):
    out = io.BytesIO()
    assert write_ocel(out, cases, about) == len(cases)
    return json.loads(out.getvalue())


def case(**more) -> ExportCase:
    event = ExportEvent("decide", "作出复议决定", day_of("2024-02-07"), 570, by=("P-1", "P-2"), outcome="维持", documents=("d1",))
    document = ExportDocument("d1", "行政复议决定书", "京复决1号", day_of("2024-02-07"))
    made = ExportCase("京复1号", "reconsideration", "行政复议", "sf", "司法局", "", {"amount": 3000.0, "major": False}, (event,), (document,))
    return replace(made, **more)


def test_one_case():
    found = written([case()])
    assert found["objects"] == [
        {"id": "单位:sf", "type": "单位", "attributes": [{"name": "name", "time": "1970-01-01T00:00:00+08:00", "value": "司法局"}],
         "relationships": []},
        {"id": "reconsideration:京复1号", "type": "办件", "attributes": [
            {"name": name, "time": "1970-01-01T00:00:00+08:00", "value": value} for name, value in
            {"number": "京复1号", "procedure": "行政复议", "amount": 3000.0, "major": False}.items()],
         "relationships": [{"objectId": "单位:sf", "qualifier": "承办单位"}]},
        {"id": "文书:d1", "type": "文书", "attributes": [
            {"name": name, "time": "1970-01-01T00:00:00+08:00", "value": value} for name, value in
            {"kind": "行政复议决定书", "number": "京复决1号", "day": "2024-02-07"}.items()],
         "relationships": [{"objectId": "reconsideration:京复1号", "qualifier": "属于"}]},
        {"id": "人员:P-1", "type": "人员", "attributes": [], "relationships": []},
        {"id": "人员:P-2", "type": "人员", "attributes": [], "relationships": []},
    ]  # fmt: skip
    (event,) = found["events"]
    assert event["type"] == "作出复议决定" and event["time"] == "2024-02-07T09:30:00+08:00"
    assert {item["name"]: item["value"] for item in event["attributes"]} == {"step": "decide", "outcome": "维持", "timed": True}
    assert {(item["objectId"], item["qualifier"]) for item in event["relationships"]} == {
        ("reconsideration:京复1号", "办理"), ("单位:sf", "承办单位"), ("人员:P-1", "经办人"), ("人员:P-2", "经办人"), ("文书:d1", "制发"),
    }  # fmt: skip
    assert found["fadu:simulated"] == "模拟数据" and found["fadu:筛选"] == "2024年"


@pytest.mark.parametrize("code", book().codes)
def test_every_procedure(code):
    cases = export_cases(code, 30)
    found = written(cases)
    objects = {item["id"]: item for item in found["objects"]}
    assert len(objects) == len(found["objects"]) and len({item["id"] for item in found["events"]}) == len(found["events"])
    assert sum(item["type"] == "办件" for item in objects.values()) == 30
    assert len(found["events"]) == sum(len(case.events) for case in cases)
    for item in (*found["objects"], *found["events"]):
        assert all(link["objectId"] in objects and link["qualifier"] for link in item["relationships"])
    declared = {kind["name"]: {a["name"]: a["type"] for a in kind["attributes"]} for kind in (*found["objectTypes"], *found["eventTypes"])}
    for item in (*found["objects"], *found["events"]):
        for attribute in item["attributes"]:
            assert type(attribute["value"]) is TYPES[declared[item["type"]][attribute["name"]]], attribute


def test_facts_of_one_name_and_two_types():
    """Two registers in one log may use a name for different things: the second takes its procedure into the name."""
    found = written([case(), case(procedure="penalty", fields={"amount": "很多", "major": True})])
    kinds = {kind["name"]: {a["name"]: a["type"] for a in kind["attributes"]} for kind in found["objectTypes"]}
    assert kinds["办件"]["amount"] == "float" and kinds["办件"]["penalty.amount.string"] == "string"


def test_names_of_persons_are_pseudonyms_only():
    """Nothing but ``by`` makes a person, and it holds no names."""
    found = written(export_cases("penalty", 30))
    persons = [item for item in found["objects"] if item["type"] == "人员"]
    assert persons and all(item["id"].startswith("人员:P-") and not item["attributes"] for item in persons)


def test_nothing_at_all():
    found = written([])
    assert found["objects"] == found["events"] == [] and "fadu:simulated" in found


def test_cases_are_written_as_they_come(monkeypatch):
    """Fifty times the cases need no more memory."""
    monkeypatch.setattr(ocel_out, "_HELD", 10_000)

    class Nowhere(io.RawIOBase):
        def write(self, data):
            return len(data)

    made = export_cases("penalty", 1)[0]

    def peak(count: int) -> int:
        tracemalloc.start()
        write_ocel(Nowhere(), (made for _ in range(count)), ABOUT)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(1)
    assert peak(5000) < peak(100) + 300_000
