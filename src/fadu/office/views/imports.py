"""Importing a register: hand a file in, say what its columns mean, try it, run it, see what became of each row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from fadu.acts.export_register import FORMATS
from fadu.acts.import_file import imports_of, plans_of, save_mapping, take_in, unit_names, upload_of
from fadu.acts.import_queue import drop, queue, settle, stop
from fadu.acts.import_reading import copy_of, read_batch
from fadu.acts.tracing import trace
from fadu.exchange.sheets import Workbook, read_workbook
from fadu.exchange.uploads import Limits
from fadu.law.errors import FaduError
from fadu.office.answers import show
from fadu.office.asked import number, words
from fadu.office.context import OfficeRequest, actor_of, say
from fadu.office.import_forms import PREVIEWED, SheetAsked, asked_about, chosen
from fadu.office.moments import shown
from fadu.office.views.opening import units_of
from fadu.office.views.registers import newest
from fadu.store.lawbook import book, procedure_names
from fadu.store.models import ImportBatch, ImportMapping, ImportRow
from fadu.worker.imports import KEPT, counts

PAGE = 50
ROWS = 100
State = ImportBatch.State
TONES = {"added": "ok", "changed": "info", "same": "mute", "refused": "bad"}
STATES = {"mapping": "warn", "waiting": "info", "running": "info", "done": "ok", "failed": "bad"}
XLSX = FORMATS["xlsx"][2]


class UploadForm(forms.Form):
    """A file, and the register it is for."""

    file = forms.FileField(
        label="登记表", error_messages={"required": "没有选择文件", "empty": "空文件：没有任何内容"},
        help_text=f"Excel（.xlsx .xls）或 CSV，至多 {Limits().megabytes} MB；不必先改成模板",
    )  # fmt: skip
    procedure = forms.ChoiceField(label="台账", required=False, help_text="不选的，按列名判断")

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        names = sorted(procedure_names().items(), key=lambda item: item[1])
        self.fields["procedure"].choices = [("", "按列名判断"), *names]  # type: ignore[attr-defined]


def _may(request: OfficeRequest) -> None:
    answer = request.access.may("import")
    if not answer:
        raise PermissionDenied(answer.why)


def batch_of(request: OfficeRequest, key: int) -> ImportBatch:
    """The import, where the person may see it. Raises ``Http404``: that there is one is not said either."""
    found = imports_of(request.access).filter(pk=key).select_related("owner").first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
def imports(request: OfficeRequest) -> HttpResponse:
    """The imports so far, and the form for another file."""
    _may(request)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            batch = take_in(actor_of(request), sent.name, sent.read(), form.cleaned_data["procedure"])
        except FaduError as error:
            show(form, error)
        else:
            return redirect("import-map", batch.pk)
    found = imports_of(request.access).select_related("owner").order_by("-pk")
    before = number(request.GET.get("before"))
    rows = list((found.filter(pk__lt=before) if before else found)[: PAGE + 1])
    names = procedure_names()
    content = {
        "form": form, "first": before is not None, "more": f"?before={rows[PAGE - 1].pk}" if len(rows) > PAGE else "",
        "rows": [(row, shown(row.made_at), names.get(row.procedure, row.procedure), STATES[row.state])
                 for row in rows[:PAGE]],
        "mappings": [(kept, names.get(kept.procedure, ""), shown(kept.saved_at)) for kept in
                     ImportMapping.objects.filter(owner=request.access.person).order_by("procedure", "name")],
        "days": KEPT.days,
    }  # fmt: skip
    return render(request, "office/imports.html", content, status=422 if request.method == "POST" else 200)


# What the columns mean


@require_http_methods(["GET", "POST"])
def mapping(request: OfficeRequest, key: int) -> HttpResponse:
    """What each column means, with the first rows as they are understood; save, try or run."""
    batch = _own(request, key)
    if not _open(batch):
        return redirect("import-batch", key)
    procedure = book().versions(batch.procedure)[-1]
    try:
        workbook = read_workbook(upload_of(batch))
        asked = _asked(batch, workbook)
    except FaduError as error:
        say(request, str(error), "bad")
        return redirect("import")
    refused = ""
    if request.method == "POST":
        units = {unit.code for unit in units_of(request.access)}
        plans = [chosen(place, each, request.POST, procedure, units) for place, each in enumerate(asked)]
        try:
            settle(actor_of(request), batch, plans)
            asked = _asked(batch, workbook)
            _save_named(request, asked)
            if request.POST.get("do") in ("dry", "run"):
                queue(actor_of(request), batch, dry=request.POST["do"] == "dry")
                return redirect("import-batch", key)
        except FaduError as error:
            refused = str(error)
        else:
            say(request, "已更新预览")
            return redirect("import-map", key)
    content = {
        "batch": batch, "procedure": procedure, "sheets": asked, "refused": refused,
        "notes": workbook.notes, "unread": [sheet for sheet in workbook.sheets if sheet.fault],
        "units": list(units_of(request.access).order_by("path")[:400]), "previewed": PREVIEWED,
    }  # fmt: skip
    return render(request, "office/import_map.html", content, status=422 if refused else 200)


def _own(request: OfficeRequest, key: int) -> ImportBatch:
    _may(request)
    batch = batch_of(request, key)
    if batch.owner_id != request.access.person.pk:
        raise PermissionDenied("这一批不是您上传的，只能查看")
    return batch


def _open(batch: ImportBatch) -> bool:
    """Whether its columns may still be given another meaning."""
    return batch.state == State.MAPPING or (batch.dry and batch.state in (State.DONE, State.FAILED))


def _asked(batch: ImportBatch, workbook: Workbook) -> list[SheetAsked]:
    """Every sheet as the page asks about it; one whose mapping does not fit says why."""
    procedure, units = book().versions(batch.procedure)[-1], unit_names()
    found = []
    for place, plan in enumerate(plans_of(batch)):
        table = workbook.sheet(plan.name).table
        if table is None:
            continue
        alone, read, fault = ImportBatch(procedure=batch.procedure, name=batch.name), None, ""
        alone.mapping = {"sheets": [{**item, "use": True} for item in batch.mapping["sheets"]
                                    if item["name"] == plan.name]}  # fmt: skip
        try:
            read = next(read_batch(alone, PREVIEWED, workbook)) if plan.use else None
        except FaduError as error:
            fault = str(error)
        columns, unit = asked_about(place, table, plan, procedure), units(plan.mapping.unit) or ""
        found.append(SheetAsked(plan.name, plan, table, columns, read, fault, unit))
    return found


def _save_named(request: OfficeRequest, asked: list[SheetAsked]) -> None:
    """Keep mappings under the name that was given, where one was."""
    for place, each in enumerate(asked):
        name = words(request.POST.get(f"s{place}-name"), 80)
        if name:
            save_mapping(actor_of(request), name, each.table, replace(each.plan.mapping, notes=()))
            say(request, f"已保存对应“{name}”；以后同样列名的表会认出来")


@require_POST
def drop_mapping(request: OfficeRequest, key: int) -> HttpResponse:
    """Drop one of the person's own mappings."""
    _may(request)
    gone, _ = ImportMapping.objects.filter(owner=request.access.person, pk=key).delete()
    say(request, "已删除这个对应；用它导入过的不受影响" if gone else "没有这个对应", "ok" if gone else "bad")
    return redirect("import")


# What became of it


@require_GET
def batch(request: OfficeRequest, key: int) -> HttpResponse:
    """How far it is, then what became of each row."""
    found = batch_of(request, key)
    if found.state == State.MAPPING:
        return redirect("import-map", key)
    running = found.state in (State.WAITING, State.RUNNING)
    asked = {"outcome": request.GET.get("outcome", ""), "q": words(request.GET.get("q"), 60)}
    rows = _filtered(found, asked)
    place = max(number(request.GET.get("page")) or 1, 1)
    part = list(rows[(place - 1) * ROWS : place * ROWS + 1].select_related("case"))
    content = {
        "batch": found, "running": running, "procedure": newest(found.procedure), "made": shown(found.made_at),
        "ended": shown(found.ended_at) if found.ended_at else "", "tone": STATES[found.state],
        "share": 100 * found.done // max(found.total, 1), "tiles": list(_tiles(found, asked)), "asked": asked,
        "rows": _rows(request, part[:ROWS]), "own": found.owner_id == request.access.person.pk, "open": _open(found),
        "before": _page(asked, place - 1) if place > 1 else "",
        "after": _page(asked, place + 1) if len(part) > ROWS else "", "days": KEPT.days,
        "refused": found.rows.filter(outcome="refused").exists(),
    }  # fmt: skip
    answer = render(request, "office/import_batch.html", content)
    if "HX-Request" in request.headers and not running:
        answer.headers["HX-Refresh"] = "true"  # it is over: the page as a whole is another one
    return answer


def _filtered(found: ImportBatch, asked: dict[str, str]) -> QuerySet[ImportRow]:
    rows = ImportRow.objects.filter(batch=found).order_by("place", "row")
    if asked["outcome"] in ImportRow.Outcome.values:
        rows = rows.filter(outcome=asked["outcome"])
    if asked["q"]:
        condition = Q(words__contains=asked["q"]) | Q(case__number__contains=asked["q"])
        row = number(asked["q"])
        rows = rows.filter(condition | Q(row=row) if row is not None and row < 2**31 else condition)
    return rows


def _tiles(found: ImportBatch, asked: dict[str, str]) -> Any:
    for outcome, (rows, cases) in counts(found).items():
        again = {**asked, "outcome": "" if asked["outcome"] == outcome else outcome}
        yield {
            "label": ImportRow.Outcome(outcome).label, "rows": rows, "now": asked["outcome"] == outcome,
            "cases": cases if outcome != "refused" else 0, "tone": TONES[outcome] if rows else "",
            "href": "?" + urlencode({name: value for name, value in again.items() if value}),
        }  # fmt: skip


def _rows(request: OfficeRequest, rows: list[ImportRow]) -> list[tuple[ImportRow, str, bool, list[str]]]:
    """Rows with their tone, whether the person may open the case, and the words by line."""
    seen = set(request.access.cases().filter(pk__in=[row.case_id for row in rows]).values_list("pk", flat=True))
    return [(row, TONES[row.outcome], row.case_id in seen, row.words.splitlines()) for row in rows]


def _page(asked: dict[str, str], place: int) -> str:
    return "?" + urlencode({**{k: v for k, v in asked.items() if v}, "page": place})


@require_GET
def copy(request: OfficeRequest, key: int) -> HttpResponse:
    """The file with its faults marked in the cells."""
    found = batch_of(request, key)
    try:
        content = copy_of(found)
    except FaduError as error:
        say(request, str(error), "bad")
        return redirect("import-batch", key)
    trace(actor_of(request), "export", f"下载第 {found.pk} 批 {found.name} 的批注副本")
    name = f"{found.name.rpartition('.')[0]}（批注）.xlsx"
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": _attached(name)})


def _attached(name: str) -> str:
    return f"attachment; filename=\"import.xlsx\"; filename*=UTF-8''{quote(name)}"


@require_POST
def act(request: OfficeRequest, key: int, name: str) -> HttpResponse:
    """Start, stop, or drop the file."""
    found = _own(request, key)
    acts: dict[str, tuple[Callable[[], None], str]] = {
        "run": (lambda: queue(actor_of(request), found, dry=False), "已开始导入"),
        "go-on": (lambda: queue(actor_of(request), found, dry=found.dry), "已继续"),
        "stop": (lambda: stop(actor_of(request), found), "已停止"),
        "drop": (lambda: drop(actor_of(request), found), "文件已删除，逐行的结果仍在"),
    }
    if name not in acts:
        raise Http404
    does, said = acts[name]
    try:
        does()
    except FaduError as error:
        say(request, str(error), "bad")
    else:
        say(request, said)
    return redirect("import-batch", key)


urls: list[URLPattern] = [
    path("import/", imports, name="import"),
    path("import/<int:key>/", batch, name="import-batch"),
    path("import/<int:key>/map/", mapping, name="import-map"),
    path("import/<int:key>/copy/", copy, name="import-copy"),
    path("import/<int:key>/<slug:name>/", act, name="import-act"),
    path("import/mappings/<int:key>/drop/", drop_mapping, name="import-mapping-drop"),
]
