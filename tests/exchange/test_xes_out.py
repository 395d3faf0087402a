"""Registers as XES: read back by our own reader they are the same cases."""

# ruff: noqa: E501, S314 - tables of texts; XML of our own making

from __future__ import annotations

import gzip
import io
import tracemalloc
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from registers import book, export_cases

from fadu.check import step_names
from fadu.exchange import open_events
from fadu.exchange.cases import cases_of
from fadu.exchange.export_cases import About, ExportCase, ExportEvent
from fadu.exchange.xes_out import DAY, write_xes
from fadu.law.dates import NO_MINUTE, day_of

ABOUT = About("复议台账", (("筛选", "2024年"),), simulated=True)
NAMESPACE = "{http://www.xes-standard.org/}"


def written(cases, about=ABOUT, **options) -> bytes:
    out = io.BytesIO()
    write_xes(out, cases, about, **options)
    return out.getvalue()


def read_back(tmp_path, data: bytes, mapping=None):
    path = tmp_path / ("a.xes.gz" if data.startswith(b"\x1f\x8b") else "a.xes")
    path.write_bytes(data)
    with open_events(path, steps=step_names(book()), mapping=mapping or {}) as found:
        assert not len(found.rejects), list(found.rejects)[:3]
        return {case.id: case for case in cases_of(found.batches())}


def events_of(case: ExportCase):
    return [(e.step, e.day, NO_MINUTE if e.minute is None else e.minute, e.by, e.officers, e.days, e.outcome, e.reason,
             e.amount) for e in case.events]  # fmt: skip


@pytest.mark.parametrize("gz", [True, False])
@pytest.mark.parametrize("code", book().codes)
def test_every_procedure_is_read_back(tmp_path, code, gz):
    cases = export_cases(code, 30)
    found = read_back(tmp_path, written(cases, gz=gz), {DAY: "date"})
    assert found.keys() == {case.number for case in cases}
    for case in cases:
        back = found[case.number]
        assert (back.procedure, back.unit) == (code, "cg") and back.fields == case.fields
        assert [(e.step, e.day, e.minute, e.by, e.officers if len(e.by) < 2 else None, e.days, e.outcome, e.reason, e.amount)
                for e in back.events] == [(*e[:4], e[4] if len(e[3]) < 2 else None, *e[5:]) for e in events_of(case)]  # fmt: skip


def test_without_the_mapping_only_unknown_times_are_midnight(tmp_path):
    """XES has no date without a time: whoever does not read ``fadu:day`` sees 00:00 there."""
    cases = export_cases("reconsideration", 30)
    found = read_back(tmp_path, written(cases))
    for case in cases:
        assert [(e.step, e.day, e.minute) for e in found[case.number].events] == [
            (e.step, e.day, e.minute or 0) for e in case.events
        ]
    dated = [replace(case, events=tuple(replace(e, minute=None) for e in case.events)) for case in cases]
    found = read_back(tmp_path, written(dated))
    assert {event.minute for case in found.values() for event in case.events} == {NO_MINUTE}


def test_the_log_says_what_it_is():
    root = ElementTree.fromstring(written([], gz=False))
    assert root.tag == f"{NAMESPACE}log" and root.get("xes.version") == "1.0"
    assert [node.get("prefix") for node in root.iter(f"{NAMESPACE}extension")] == ["concept", "time", "org", "lifecycle"]
    found = {node.get("key"): node.get("value") for node in root.findall(f"{NAMESPACE}string")}
    assert found == {"concept:name": "复议台账", "fadu:筛选": "2024年", "fadu:simulated": "模拟数据"}
    assert "fadu:simulated" not in written([], About("甲"), gz=False).decode()


def test_standard_attributes_of_an_event():
    event = ExportEvent("decide", "作出复议决定", day_of("2024-02-07"), 570, by=("P-1", "P-2"), unit="fy", outcome="维持")
    case = ExportCase("京复1号", "reconsideration", "行政复议", "sf", "司法局", "标题", {"amount": 3.0}, (event,))
    root = ElementTree.fromstring(written([case], gz=False))
    attributes = {node.get("key"): node.get("value") for node in root.find(f"{NAMESPACE}trace/{NAMESPACE}event")}
    assert attributes == {
        "concept:name": "作出复议决定", "time:timestamp": "2024-02-07T09:30:00.000+08:00", "lifecycle:transition": "complete",
        "org:resource": "P-1、P-2", "org:group": "fy", "fadu:step": "decide", "fadu:day": "2024-02-07", "时间": "09:30",
        "结果": "维持",
    }  # fmt: skip
    trace = {node.get("key"): node.get("value") for node in root.find(f"{NAMESPACE}trace") if node.get("key")}
    assert trace == {"concept:name": "京复1号", "procedure": "reconsideration", "fadu:procedure": "行政复议", "unit": "sf",
                     "org:group": "司法局", "fadu:title": "标题", "amount": "3.0"}  # fmt: skip


def test_any_text_is_kept():
    text = 'a&b<c>"d"\n\r\te\x00\x1b\ufffe字'
    case = ExportCase(text, "reconsideration", "行政复议", "", "", "", {}, (ExportEvent("receive", text, 19000),))
    root = ElementTree.fromstring(written([case], gz=False))
    kept = text.replace("\x00", "\ufffd").replace("\x1b", "\ufffd").replace("\ufffe", "\ufffd")
    assert {node.get("value") for node in root.iter() if node.get("key") == "concept:name"} >= {kept}


def test_the_same_cases_give_the_same_bytes():
    cases = export_cases("penalty", 5)
    assert written(cases) == written(cases) and gzip.decompress(written(cases)) == written(cases, gz=False)


def test_cases_are_written_as_they_come():
    """Fifty times the cases need no more memory."""

    class Nowhere(io.RawIOBase):
        def write(self, data):
            return len(data)

    case = export_cases("penalty", 1)[0]

    def peak(count: int) -> int:
        tracemalloc.start()
        assert write_xes(Nowhere(), (case for _ in range(count)), ABOUT) == count
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(1)
    assert peak(5000) < peak(100) + 200_000
