"""Cases as an XES 1.0 log (IEEE 1849), plain or gzipped, written as they come.

Facts of an event have the names they have in a table (结果, 金额, …): a field of some procedure may be called amount.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import BinaryIO

from fadu.exchange.export_cases import SIMULATED, About, ExportCase, ExportEvent
from fadu.law.cases import FieldValue
from fadu.law.dates import iso

ZONE = "+08:00"
DAY = "fadu:day"
"""The civil day of an event: where the time of day is not known, ``time:timestamp`` has to say midnight."""
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xes.features="" xmlns="http://www.xes-standard.org/">
\t<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
\t<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
\t<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
\t<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
\t<global scope="trace">
\t\t<string key="concept:name" value=""/>
\t\t<string key="procedure" value=""/>
\t</global>
\t<global scope="event">
\t\t<string key="concept:name" value=""/>
\t\t<date key="time:timestamp" value="1970-01-01T00:00:00.000+08:00"/>
\t\t<string key="lifecycle:transition" value="complete"/>
\t</global>
\t<classifier name="Activity" keys="concept:name"/>
\t<classifier name="Resource" keys="org:resource"/>
"""
_ESCAPES = str.maketrans({
    "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;",
})  # fmt: skip
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write_xes(file: BinaryIO, cases: Iterable[ExportCase], about: About, *, gz: bool = True) -> int:
    """Write a log; returns the number of cases. Memory does not grow with it."""
    if not gz:
        return _write(file, cases, about)
    with gzip.GzipFile(fileobj=file, mode="wb", filename="", mtime=0) as packed:
        return _write(packed, cases, about)


def _write(file: BinaryIO | gzip.GzipFile, cases: Iterable[ExportCase], about: About) -> int:
    count = 0
    head = [_HEAD, _attribute("concept:name", about.title, 1)]
    head += [_attribute(f"fadu:{name}", text, 1) for name, text in about.lines]
    if about.simulated:
        head.append(_attribute("fadu:simulated", SIMULATED, 1))
    file.write("".join(head).encode())
    for case in cases:
        file.write(_trace(case).encode())
        count += 1
    file.write(b"</log>\n")
    return count


def _trace(case: ExportCase) -> str:
    heads = {
        "concept:name": case.number, "procedure": case.procedure, "fadu:procedure": case.procedure_label,
        "unit": case.unit, "org:group": case.unit_label, "fadu:title": case.title,
    }  # fmt: skip
    parts = ["\t<trace>\n", *(_attribute(key, value, 2) for key, value in heads.items() if value)]
    parts += [_attribute(key, value, 2) for key, value in case.fields.items() if value is not None]
    for event in case.events:
        parts += ["\t\t<event>\n", *_event(event), "\t\t</event>\n"]
    parts.append("\t</trace>\n")
    return "".join(parts)


def _event(event: ExportEvent) -> Iterator[str]:
    clock = f"{(event.minute or 0) // 60:02}:{(event.minute or 0) % 60:02}"
    day = iso(event.day)
    yield _attribute("concept:name", event.label, 3)
    yield f'\t\t\t<date key="time:timestamp" value="{day}T{clock}:00.000{ZONE}"/>\n'
    yield _attribute("lifecycle:transition", "complete", 3)
    rest: dict[str, FieldValue] = {
        "org:resource": "、".join(event.by) or None, "org:group": event.unit or None, "fadu:step": event.step,
        DAY: day, "时间": clock if event.minute is not None else None,
        "记录日期": iso(event.recorded) if event.recorded is not None else None, "人员数": event.officers,
        "天数": event.days, "结果": event.outcome, "批准人": event.approved_by, "理由": event.reason,
        "金额": event.amount, "fadu:documents": "、".join(event.documents) or None,
    }  # fmt: skip
    yield from (_attribute(key, value, 3) for key, value in rest.items() if value is not None)


@lru_cache(maxsize=1 << 14, typed=True)  # most are the same from event to event; typed: 1 is not True
def _attribute(key: str, value: FieldValue, depth: int) -> str:
    if isinstance(value, bool):
        kind, text = "boolean", "true" if value else "false"
    elif isinstance(value, int):
        kind, text = "int", str(value)
    elif isinstance(value, float):
        kind, text = "float", repr(value)
    else:
        kind, text = "string", _escaped(str(value))
    indent = "\t" * depth
    return f'{indent}<{kind} key="{_escaped(key)}" value="{text}"/>\n'


def _escaped(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text).translate(_ESCAPES)
