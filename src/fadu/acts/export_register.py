"""导出台账: the cases a person may see, taken away as Excel, CSV, XES or OCEL; that they were is kept.

Persons who handled a step are pseudonyms, and numbers of persons that stand in a text are masked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

from django.conf import settings
from django.db.models import QuerySet

from fadu.acts.errors import ActRefused
from fadu.acts.recording import Actor
from fadu.acts.tracing import trace
from fadu.clock import BEIJING, now
from fadu.exchange.export_cases import About, ExportCase, ExportDocument, ExportEvent, pseudonym
from fadu.exchange.ocel_out import write_ocel
from fadu.exchange.table_out import EVENT_HEADERS, case_columns, case_rows, event_rows, write_csv, write_xlsx
from fadu.exchange.xes_out import write_xes
from fadu.law.cases import FieldValue, standing
from fadu.law.dates import NO_MINUTE, day_of
from fadu.law.procedures import Procedure
from fadu.store.histories import Row, law_case, rows_of
from fadu.store.lawbook import book
from fadu.store.models import Case, Document
from fadu.store.sealing import masked_text

Format = Literal["xlsx", "csv", "xes", "ocel"]
FORMATS: Mapping[str, tuple[str, str, str]] = {
    "xlsx": ("Excel", ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": ("CSV", ".csv", "text/csv; charset=utf-8"),
    "xes": ("XES", ".xes.gz", "application/gzip"),
    "ocel": ("OCEL 2.0", ".ocel.json", "application/json"),
}
"""Format → its name, the end of a file's name, its media type."""

CHUNK = 1000
KEY = "pseudonym"
"""The district's key for names of persons: under one key the same person has the same mark."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is taken away. ``asked``: the filter in words; ``by_event``: a row an event instead of a case (tables)."""

    procedure: str
    form: str
    asked: str = "全部"
    by_event: bool = False

    @property
    def file_name(self) -> str:
        """A name for the file, without anything personal."""
        return f"{self.procedure}-{now().astimezone(BEIJING):%Y%m%d-%H%M}{FORMATS[self.form][1]}"


def export_register(actor: Actor, wanted: Wanted, cases: QuerySet[Case], file: BinaryIO) -> int:
    """Write those of ``cases`` that the person may see; how many. Raises ``ActRefused`` for an unknown format."""
    if wanted.form not in FORMATS:
        raise ActRefused(f"没有“{wanted.form}”这种格式；可用：{'、'.join(FORMATS)}")
    if actor.access is None:
        raise ActRefused("导出须写明由谁进行")
    version = book().versions(wanted.procedure)[-1]
    found = cases.filter(actor.access.sees(), procedure=version.code)
    about = _about(actor, wanted, version, found)
    count = _write(file, wanted, version, exported(found), about)
    name = FORMATS[wanted.form][0]
    trace(actor, "export", f"导出{version.name}台账（{name}）{count} 件：{wanted.asked}")
    return count


def _about(actor: Actor, wanted: Wanted, version: Procedure, found: QuerySet[Case]) -> About:
    person = actor.access.person.name if actor.access else ""
    lines = (
        ("筛选", wanted.asked), ("口径", "只含导出人有权查看的办件；更正、撤销过的环节已经折算"),
        ("导出人", person), ("导出时间", f"{now().astimezone(BEIJING):%Y-%m-%d %H:%M}"),
    )  # fmt: skip
    simulated = bool(settings.DISTRICT.simulated) or found.filter(simulated=True).exists()
    return About(f"{settings.DISTRICT.name}{version.name}台账", lines, simulated)


def _write(file: BinaryIO, wanted: Wanted, version: Procedure, cases: Iterable[ExportCase], about: About) -> int:
    if wanted.form == "xes":
        return write_xes(file, cases, about)
    if wanted.form == "ocel":
        return write_ocel(file, cases, about)
    counted = _Counted(cases)
    if wanted.by_event:
        fields = tuple(version.fields)
        headers = (*EVENT_HEADERS, *(item.label for item in version.fields.values()))
        widths, rows = [(header, 16) for header in headers], event_rows(counted, fields)
    else:
        columns = case_columns(version)
        widths, rows = [(column.label, column.width) for column in columns], case_rows(counted, columns)
    if wanted.form == "csv":
        write_csv(file, [header for header, _ in widths], rows, about)
    else:
        write_xlsx(file, widths, rows, about)
    return counted.count


class _Counted:
    """Cases as they pass, counted."""

    def __init__(self, cases: Iterable[ExportCase]) -> None:
        self.cases, self.count = cases, 0

    def __iter__(self) -> Iterator[ExportCase]:
        for case in self.cases:
            self.count += 1
            yield case


def exported(found: QuerySet[Case]) -> Iterator[ExportCase]:
    """The cases as they leave, in the order they were opened; memory does not grow with them."""
    key, last = settings.DISTRICT.key(KEY), 0
    names = {procedure.code: procedure for procedure in book().procedures}
    query = found.select_related("unit").order_by("pk")
    while part := list(query.filter(pk__gt=last)[:CHUNK]):
        last = part[-1].pk
        keys = [case.pk for case in part]
        rows, documents = rows_of(keys), _documents(keys)
        for case in part:
            yield _case(case, names[case.procedure], rows.get(case.pk, []), documents.get(case.pk, ()), key)


def _case(case: Case, procedure: Procedure, rows: Sequence[Row], documents: Sequence[ExportDocument],
          key: bytes) -> ExportCase:  # fmt: skip
    law = law_case(case.number, case.procedure, rows)
    recorded = {str(row.seq): row.at for row in rows}
    return ExportCase(
        case.number, case.procedure, procedure.name, case.unit.code, case.unit.name, masked_text(case.title),
        {name: _field(value) for name, value in law.fields.items()},
        tuple(_event(event, procedure, recorded, key) for event in sorted(standing(law), key=lambda one: one.day)),
        tuple(documents),
    )  # fmt: skip


def _event(event: Any, procedure: Procedure, recorded: Mapping[str, Any], key: bytes) -> ExportEvent:
    step = procedure.steps.get(event.step)
    at = recorded.get(event.id or "")
    return ExportEvent(
        event.step, step.label if step else event.step, event.day,
        None if event.minute == NO_MINUTE else event.minute,
        None if at is None else day_of(at.astimezone(BEIJING).date()), "",
        tuple(pseudonym(name, key) for name in event.by), event.officers, event.days, event.outcome,
        event.approved_by, None if event.reason is None else masked_text(event.reason), event.amount,
    )  # fmt: skip


def _field(value: FieldValue) -> FieldValue:
    return masked_text(value) if isinstance(value, str) else value


def _documents(cases: Sequence[int]) -> dict[int, list[ExportDocument]]:
    """Documents by case: kind, number and day, not the title, which may name people."""
    found: dict[int, list[ExportDocument]] = {}
    rows = Document.objects.filter(case_id__in=cases).order_by("pk").select_related("event")
    for row in rows:
        kind = row.template or row.get_kind_display()
        made = ExportDocument(str(row.pk), kind, row.number, day_of(row.event.occurred_on))
        found.setdefault(row.case_id, []).append(made)
    return found
