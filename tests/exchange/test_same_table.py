"""The same cases written as CSV, JSON, JSONL, XES, Excel and Parquet give the same table."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

import openpyxl
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fadu.exchange import open_events

STEPS = ["register", "report", "investigate", "extend", "decide", "serve"]
COLUMNS = [
    "step",
    "date",
    "time",
    "recorded_at",
    "by",
    "officers",
    "days",
    "outcome",
    "approved_by",
    "reason",
    "amount",
    "id",
    "corrects",
    "void",
]
FIELDS = ["track", "fine", "hearing", "party", "发现日期"]

text = (
    st.text(st.sampled_from("甲乙丙abc<>&\"',;= 1/\\。"), min_size=1, max_size=6)
    .map(lambda s: " ".join(s.split()))
    .filter(bool)
)
days = st.dates(__import__("datetime").date(1990, 1, 1), __import__("datetime").date(2030, 1, 1)).map(str)
number = st.one_of(st.integers(0, 10**6), st.floats(0, 1e6, allow_nan=False).map(lambda x: round(x, 2)))
maybe = lambda strategy: st.none() | strategy  # noqa: E731

event = st.fixed_dictionaries({
    "step": st.sampled_from([*STEPS, "立案", "决定", "没有的环节"]),
    "date": st.one_of(days, st.sampled_from(["2024-02-07", "2024/2/8", "20240209", "2024-02-30"])),
    "time": maybe(st.times().map(lambda t: t.strftime("%H:%M"))), "recorded_at": maybe(days), "by": maybe(text),
    "officers": maybe(st.integers(0, 9)), "days": maybe(st.integers(0, 90)), "outcome": maybe(text),
    "approved_by": maybe(text), "reason": maybe(text), "amount": maybe(number),
    "id": maybe(st.sampled_from(["e1", "e2", "e3"])), "corrects": maybe(st.just("e1")), "void": maybe(st.booleans()),
})  # fmt: skip
fields = st.fixed_dictionaries({
    "track": maybe(st.sampled_from(["普通程序", "简易程序"])), "fine": maybe(number), "hearing": maybe(st.booleans()),
    "party": maybe(text), "发现日期": maybe(days),
})  # fmt: skip
case = st.fixed_dictionaries({"unit": maybe(text), "fields": fields, "events": st.lists(event, min_size=1, max_size=5)})
cases = st.dictionaries(text, case, min_size=1, max_size=4).map(
    lambda d: [{"id": k, "procedure": "行政处罚", **v} for k, v in d.items()]
)


def cell(value):
    return "" if value is None else "true" if value is True else "false" if value is False else str(value)


def rows(cases):
    header = ["案号", "procedure", "unit", *COLUMNS, *FIELDS]
    body = [
        [c["id"], c["procedure"], c["unit"], *(e[k] for k in COLUMNS), *(c["fields"][f] for f in FIELDS)]
        for c in cases for e in c["events"]
    ]  # fmt: skip
    return header, body


def as_csv(cases):
    out = io.StringIO()
    header, body = rows(cases)
    csv.writer(out).writerows([header, *([cell(v) for v in row] for row in body)])
    return out.getvalue()


def as_xes(cases):
    def attribute(key, value):
        return "" if value is None else f"<string key={quoteattr(key)} value={quoteattr(cell(value))}/>"

    parts = ["<log>"]
    for c in cases:
        shared = {"concept:name": c["id"], "procedure": c["procedure"], "unit": c["unit"], **c["fields"]}
        parts.append("<trace>" + "".join(attribute(k, v) for k, v in shared.items()))
        for e in c["events"]:
            renamed = {"concept:name": e["step"], "time:timestamp": e["date"], "org:resource": e["by"]}
            rest = {k: v for k, v in e.items() if k not in ("step", "date", "by")}
            parts.append("<event>" + "".join(attribute(k, v) for k, v in {**renamed, **rest}.items()) + "</event>")
        parts.append("</trace>")
    return "\n".join([*parts, "</log>"])


def save_excel(path, cases):
    book = openpyxl.Workbook()
    header, body = rows(cases)
    book.active.append(header)
    for row in body:
        book.active.append(row)
        for c in book.active[book.active.max_row]:
            if isinstance(c.value, str):
                c.data_type = "s"
    book.save(path)


def read(path, names):
    with open_events(path, steps=names) as events:
        found = [(r.case, r.kind, r.scope) for r in events.rejects]
        return events.table(), sorted(found), events.counts


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(cases=cases)
def test_same_cases_same_table(names, cases):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "a.json").write_text(json.dumps(cases, ensure_ascii=False), encoding="utf-8")
        (path / "a.jsonl").write_text("\n".join(json.dumps(c) for c in cases), encoding="utf-8")
        (path / "a.csv").write_text(as_csv(cases), encoding="utf-8-sig", newline="")
        (path / "a.xes").write_text(as_xes(cases), encoding="utf-8")
        save_excel(path / "a.xlsx", cases)
        table, rejects, counts = read(path / "a.json", names)
        for name in ("a.jsonl", "a.csv", "a.xes", "a.xlsx"):
            other = read(path / name, names)
            assert other[0].to_pylist() == table.to_pylist(), name
            assert other[1:] == (rejects, counts), name
        if len(table):
            pq.write_table(table, path / "a.parquet")
            assert read(path / "a.parquet", names)[0].to_pylist() == table.to_pylist()
