"""The audit log: what happened around sign-in, persons, roles and personal data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from io import BytesIO

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from fadu.acts.tracing import KINDS, trace
from fadu.clock import BEIJING, now
from fadu.exchange.export_cases import About
from fadu.exchange.table_out import OutCell, write_xlsx
from fadu.office import asked
from fadu.office.answers import workbook
from fadu.office.context import OfficeRequest, actor_of
from fadu.office.moments import shown
from fadu.office.people_forms import TraceForm
from fadu.store.models import Trace

PAGE = 50
TONES = {"refused": "warn", "locked": "bad", "denied": "bad", "ended": "warn", "sign_in": "ok", "reveal": "law",
         "export": "law", "erase": "law", "grant": "info", "revoke": "info", "unlock": "info"}  # fmt: skip
COLUMNS = (("序号", 10), ("时间", 20), ("类别", 14), ("登录名", 16), ("姓名", 12), ("地址", 18), ("办件", 24),
           ("内容", 80))  # fmt: skip


@require_GET
def traces(request: OfficeRequest) -> HttpResponse:
    """The newest first, by filter."""
    _read(request)
    form = _form(request)
    before, found = asked.number(request.GET.get("before")), _found(form)
    rows = list((found if before is None else found.filter(pk__lt=before))[: PAGE + 1])
    again = request.GET.copy()
    again.pop("before", None)
    chosen = again.urlencode()
    more = f"?{chosen}{'&' if chosen else ''}before={rows[PAGE - 1].pk}" if len(rows) > PAGE else ""
    return render(request, "office/traces.html", {
        "form": form, "more": more, "first": before is not None, "export": f"export/?{chosen}",
        "rows": [(row, shown(row.at), _kind(row), TONES.get(row.kind, "mute")) for row in rows[:PAGE]],
    })  # fmt: skip


@require_GET
def export(request: OfficeRequest) -> HttpResponse:
    """The same as a workbook; that it was taken away is a trace too."""
    _read(request)
    form, file = _form(request), BytesIO()
    about = About("审计日志", (*_chosen(form), ("导出时间", shown(now()))), bool(settings.DISTRICT.simulated))
    count = write_xlsx(file, COLUMNS, _cells(_found(form)), about)
    trace(actor_of(request), "export", f"导出审计日志 {count} 条，条件：{'，'.join(map('：'.join, _chosen(form)))}")
    return workbook("audit", file)


def _read(request: OfficeRequest) -> None:
    answer = request.access.may("read_traces")
    if not answer:
        raise PermissionDenied(answer.why)


def _form(request: OfficeRequest) -> TraceForm:
    kinds = {**KINDS, **{kind: kind for kind in Trace.objects.values_list("kind", flat=True).distinct()
                         if kind not in KINDS}}  # fmt: skip
    form = TraceForm(request.GET, kinds=list(kinds.items()))
    form.is_valid()
    return form


def _found(form: TraceForm) -> QuerySet[Trace]:
    given = form.cleaned_data
    found = Trace.objects.select_related("person", "case").order_by("-id")
    if given.get("kind"):
        found = found.filter(kind=given["kind"])
    if given.get("login"):
        found = found.filter(person__login=given["login"].strip().lower())
    if given.get("since"):
        found = found.filter(at__gte=datetime.combine(given["since"], time(), BEIJING))
    if given.get("until"):
        found = found.filter(at__lt=datetime.combine(given["until"] + timedelta(days=1), time(), BEIJING))
    if given.get("words"):
        found = found.filter(words__contains=given["words"].strip())
    return found


def _chosen(form: TraceForm) -> tuple[tuple[str, str], ...]:
    """The filter in words, by the labels of its fields."""
    given = form.cleaned_data
    said = [(str(field.label), KINDS.get(given[name], str(given[name])))
            for name, field in form.fields.items() if given.get(name)]  # fmt: skip
    return tuple(said) or (("条件", "全部"),)


def _cells(rows: QuerySet[Trace]) -> Iterator[tuple[OutCell, ...]]:
    for row in rows.iterator(2000):
        yield (row.pk, row.at.astimezone(BEIJING).replace(tzinfo=None, microsecond=0), _kind(row),
               row.person.login if row.person else "", row.person.name if row.person else "", row.address,
               row.case.number if row.case else "", row.words)  # fmt: skip


def _kind(row: Trace) -> str:
    return KINDS.get(row.kind, row.kind)


urls: list[URLPattern] = [
    path("traces/", traces, name="traces"),
    path("traces/export/", export, name="traces-export"),
]
