"""导出台账: the cases a person may see, taken away as Excel, CSV, XES or OCEL; that they were is kept.

Persons who handled a step are pseudonyms, and numbers of persons that stand in a text are masked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

from django.conf import settings

from fadu.acts.errors import ActRefused
from fadu.acts.list_columns import ALL, named_columns
from fadu.acts.recording import Actor
from fadu.acts.tracing import trace
from fadu.clock import BEIJING, now
from fadu.exchange.export_cases import About, ExportCase, ExportDocument, ExportEvent, pseudonym
from fadu.exchange.ocel_out import write_ocel
from fadu.exchange.table_out import (
    EVENT_HEADERS,
    OutCell,
    case_columns,
    case_rows,
    event_rows,
    write_csv,
    write_xlsx,
)
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

TABLES = ("xlsx", "csv")
ROWS: Mapping[str, str] = {"seen": "列表所见", "case": "一行一件，全部字段和环节", "event": "一行一个环节"}
"""What a row of a table is → in words."""
Progress = Callable[[int], object]
"""Told how many cases have been gone through."""

CHUNK = 900
_UNSHOWN = ("head", *(f"handler__{name}" for name in (
    "password", "phone_sealed", "id_number_sealed", "totp_sealed", "subject", "last_login",
)))  # fmt: skip
KEY = "pseudonym"
"""The district's key for names of persons: under one key the same person has the same mark."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is taken away. ``procedure``: a code, or ``ALL``; ``asked``: the filter as people read it.

    ``rows``, of tables: one a case with all it has, one an event, or the list as it is seen (in ``columns``).
    """

    procedure: str
    form: str
    asked: tuple[tuple[str, str], ...] = (("筛选", "全部"),)
    rows: str = "case"
    columns: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        """A name for the file, without anything personal."""
        return f"{self.procedure}-{now().astimezone(BEIJING):%Y%m%d-%H%M}{FORMATS[self.form][1]}"

    @property
    def said(self) -> str:
        """The filter in a line."""
        return "，".join(text if name == "筛选" else f"{name}：{text}" for name, text in self.asked)


def check_wanted(actor: Actor, wanted: Wanted) -> Procedure | None:
    """The register, None where it is the list over all. Raises ``ActRefused`` for what cannot be written."""
    if wanted.form not in FORMATS:
        raise ActRefused(f"没有“{wanted.form}”这种格式；可用：{'、'.join(FORMATS)}")
    if wanted.rows not in ROWS:
        raise ActRefused(f"没有“{wanted.rows}”这种行；可用：{'、'.join(ROWS)}")
    if actor.access is None:
        raise ActRefused("导出须写明由谁进行")
    if wanted.procedure != ALL:
        return book().versions(wanted.procedure)[-1]
    if wanted.rows != "seen" or wanted.form not in TABLES:
        raise ActRefused("全部台账各有各的字段，只能按列表所见导出为 Excel 或 CSV；其他格式请逐个台账导出")
    return None


def export_register(actor: Actor, wanted: Wanted, cases: Sequence[int], file: BinaryIO,
                    progress: Progress = lambda done: None) -> int:  # fmt: skip
    """Write those of ``cases`` that the person may see, in that order; how many. Raises as ``check_wanted``."""
    version = check_wanted(actor, wanted)
    found = _Chosen(actor, version, cases, progress)
    about = _about(actor, wanted, version, found)
    _write(file, wanted, version, found, about)
    trace(actor, "export", f"导出{_name(version)}台账（{FORMATS[wanted.form][0]}）{found.count} 件：{wanted.said}")
    return found.count


def _name(version: Procedure | None) -> str:
    return version.name if version else "全部"


def _about(actor: Actor, wanted: Wanted, version: Procedure | None, found: _Chosen) -> About:
    person = actor.access.person.name if actor.access else ""
    lines = (
        *wanted.asked, ("口径", "只含导出人有权查看的办件；更正、撤销过的环节已经折算"),
        ("导出人", person), ("导出时间", f"{now().astimezone(BEIJING):%Y-%m-%d %H:%M}"),
    )  # fmt: skip
    simulated = bool(settings.DISTRICT.simulated) or found.simulated()
    return About(f"{settings.DISTRICT.name}{_name(version)}台账", lines, simulated)


def _write(file: BinaryIO, wanted: Wanted, version: Procedure | None, found: _Chosen, about: About) -> None:
    if wanted.form not in TABLES:
        (write_xes if wanted.form == "xes" else write_ocel)(file, found.exported(), about)
        return
    widths, rows = _table(wanted, version, found)
    if wanted.form == "csv":
        write_csv(file, [header for header, _ in widths], rows, about)
    else:
        write_xlsx(file, widths, rows, about)


def _table(wanted: Wanted, version: Procedure | None, found: _Chosen) -> tuple[list[tuple[str, int]], Iterator[Any]]:
    """Headers with their widths, and the rows."""
    if version is None or wanted.rows == "seen":
        seen = named_columns(version, wanted.columns)
        rows = ([_masked(column.of(case)) for column in seen] for case in found.seen())
        return [(column.label, column.width) for column in seen], rows
    if wanted.rows == "event":
        headers = (*EVENT_HEADERS, *(item.label for item in version.fields.values()))
        return [(header, 16) for header in headers], event_rows(found.exported(), tuple(version.fields))
    columns = case_columns(version)
    return [(column.label, column.width) for column in columns], case_rows(found.exported(), columns)


class _Chosen:
    """The cases that are taken away, read in parts; memory does not grow with what is written of them."""

    def __init__(self, actor: Actor, version: Procedure | None, keys: Sequence[int], progress: Progress) -> None:
        assert actor.access is not None  # noqa: S101 - check_wanted
        self.keys, self.progress, self.count = keys, progress, 0
        self.cases = actor.access.cases()
        if version is not None:
            self.cases = self.cases.filter(procedure=version.code)

    def simulated(self) -> bool:
        """Whether one of them is made up."""
        return any(self.cases.filter(pk__in=part, simulated=True).exists() for part in parted(self.keys))

    def seen(self) -> Iterator[Case]:
        """As the list has them."""
        for part in self._parts("unit", "handler"):
            yield from part

    def exported(self) -> Iterator[ExportCase]:
        """As they leave, with their course."""
        key = settings.DISTRICT.key(KEY)
        names = {procedure.code: procedure for procedure in book().procedures}
        for part in self._parts("unit"):
            keys = [case.pk for case in part]
            rows, documents = rows_of(keys), _documents(keys)
            for case in part:
                yield _case(case, names[case.procedure], rows.get(case.pk, []), documents.get(case.pk, ()), key)

    def _parts(self, *along: str) -> Iterator[list[Case]]:
        """Case rows, each with what is to be read ``along`` with it."""
        unshown = [name for name in _UNSHOWN if name.partition("__")[0] in (*along, "head")]
        for place, part in enumerate(parted(self.keys), 1):
            found = self.cases.filter(pk__in=part).select_related(*along).defer(*unshown).in_bulk()
            cases = [found[key] for key in part if key in found]
            self.count += len(cases)
            yield cases
            self.progress(min(place * CHUNK, len(self.keys)))


def parted(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    """The ids in parts that one statement takes."""
    return (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))


def _masked(value: OutCell) -> OutCell:
    return masked_text(value) if isinstance(value, str) else value


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
