"""Cases as an object-centric event log, OCEL 2.0 in JSON, written as they come.

Objects: 办件, 单位, 人员 (pseudonyms only), 文书. Event types are the steps' labels. Memory grows only with the number
of units, persons and kinds of attribute, never with that of cases.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from shutil import copyfileobj
from typing import IO, Any, BinaryIO

from fadu.exchange.export_cases import SIMULATED, About, ExportCase, ExportDocument, ExportEvent
from fadu.exchange.xes_out import ZONE
from fadu.law.dates import iso

CASE, UNIT, PERSON, DOCUMENT = "办件", "单位", "人员", "文书"
HANDLES, BY, ISSUED, BELONGS, CARRIED = "办理", "经办人", "制发", "属于", "承办单位"
"""Qualifiers: event→办件, event→人员, event→文书, 文书→办件, event or 办件→单位."""
_ALWAYS = "1970-01-01T00:00:00" + ZONE  # the time of an attribute that does not change
_TYPES = {bool: "boolean", int: "integer", float: "float", str: "string"}
_HELD = 8 << 20


def write_ocel(file: BinaryIO, cases: Iterable[ExportCase], about: About) -> int:
    """Write a log; returns the number of cases. Events wait in a temporary file until the objects are written."""
    with tempfile.SpooledTemporaryFile(_HELD) as events:
        return _Log(file, events, about).write(cases)


class _Log:
    def __init__(self, file: BinaryIO, events: IO[bytes], about: About) -> None:
        self.objects, self.events, self.about = _List(file), _List(events), about
        self.file, self.held = file, events
        self.known: set[str] = set()  # units and persons already written
        self.types: dict[str, dict[str, str]] = {name: {} for name in (CASE, UNIT, PERSON, DOCUMENT)}
        self.steps: dict[str, dict[str, str]] = {}

    def write(self, cases: Iterable[ExportCase]) -> int:
        head = {"fadu:title": self.about.title, **{f"fadu:{name}": text for name, text in self.about.lines}}
        if self.about.simulated:
            head["fadu:simulated"] = SIMULATED
        self.file.write(_json(head)[:-1] + b',"objects":[\n')
        count = 0
        for case in cases:
            self._case(case)
            count += 1
        self.file.write(b'\n],"events":[\n')
        self.held.seek(0)
        copyfileobj(self.held, self.file)
        self.file.write(b'\n],"objectTypes":' + _types(self.types) + b',"eventTypes":' + _types(self.steps) + b"}\n")
        return count

    def _case(self, case: ExportCase) -> None:
        own = case_id(case)
        unit = self._unit(case.unit, case.unit_label)
        facts: dict[str, Any] = {"number": case.number, "procedure": case.procedure_label, "title": case.title or None}
        facts |= dict(case.fields)
        self._object(own, CASE, facts, [(unit, CARRIED)] if unit else [], case.procedure)
        for document in case.documents:
            self._document(document, own)
        for at, event in enumerate(case.events):
            self._event(f"{own}#{at + 1}", own, event, unit)

    def _document(self, document: ExportDocument, case: str) -> None:
        day = None if document.day is None else iso(document.day)
        facts = {"kind": document.kind, "number": document.number or None, "day": day}
        self._object(f"{DOCUMENT}:{document.id}", DOCUMENT, facts, [(case, BELONGS)])

    def _event(self, own: str, case: str, event: ExportEvent, unit: str) -> None:
        clock = event.minute or 0
        facts = {
            "step": event.step, "officers": event.officers, "days": event.days, "outcome": event.outcome,
            "approved_by": event.approved_by, "reason": event.reason, "amount": event.amount,
            "recorded": None if event.recorded is None else iso(event.recorded), "timed": event.minute is not None,
        }  # fmt: skip
        links = [(case, HANDLES)]
        carrier = self._unit(event.unit, event.unit) if event.unit else unit
        links += [(carrier, CARRIED)] if carrier else []
        links += [(self._once(f"{PERSON}:{person}", PERSON, {}), BY) for person in event.by]
        links += [(f"{DOCUMENT}:{document}", ISSUED) for document in event.documents]
        kinds = self.steps.setdefault(event.label, {})
        self.events.add({
            "id": own, "type": event.label, "time": f"{iso(event.day)}T{clock // 60:02}:{clock % 60:02}:00{ZONE}",
            "attributes": [{"name": name, "value": value} for name, value in _typed(kinds, facts)],
            "relationships": _links(links),
        })  # fmt: skip

    def _unit(self, code: str, label: str) -> str:
        return self._once(f"{UNIT}:{code}", UNIT, {"name": label}) if code else ""

    def _once(self, own: str, kind: str, facts: dict[str, Any]) -> str:
        if own not in self.known:
            self.known.add(own)
            self._object(own, kind, facts, [])
        return own

    def _object(self, own: str, kind: str, facts: dict[str, Any], links: list[tuple[str, str]],
                owner: str = "") -> None:  # fmt: skip
        self.objects.add({
            "id": own, "type": kind,
            "attributes": [{"name": name, "time": _ALWAYS, "value": value}
                           for name, value in _typed(self.types[kind], facts, owner)],
            "relationships": _links(links),
        })  # fmt: skip


def case_id(case: ExportCase) -> str:
    """The object id of a case: numbers are unique within a register only."""
    return f"{case.procedure}:{case.number}"


def _typed(kinds: dict[str, str], facts: dict[str, Any], owner: str = "") -> Iterator[tuple[str, Any]]:
    """Facts that are known, each under a name that has one type; a second type takes the procedure into its name."""
    for name, value in facts.items():
        if value is None:
            continue
        kind = _TYPES[type(value)]
        if kinds.setdefault(name, kind) != kind:
            if (kinds[name], kind) == ("float", "integer"):
                value = float(value)
            else:
                name = f"{owner}.{name}.{kind}"
                kinds[name] = kind
        yield name, value


def _links(links: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"objectId": own, "qualifier": qualifier} for own, qualifier in dict.fromkeys(links)]


def _types(kinds: dict[str, dict[str, str]]) -> bytes:
    return _json([
        {"name": name, "attributes": [{"name": key, "type": kind} for key, kind in attributes.items()]}
        for name, attributes in kinds.items()
    ])  # fmt: skip


class _List:
    """Elements of a JSON list, one a line."""

    def __init__(self, file: IO[bytes] | BinaryIO) -> None:
        self.file, self.begun = file, False

    def add(self, element: dict[str, Any]) -> None:
        self.file.write((b",\n" if self.begun else b"") + _json(element))
        self.begun = True


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
