"""导出: a register taken away, at once where it is small, else written by the worker and fetched from 我的导出."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Any, BinaryIO, cast

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_POST

from fadu.acts.export_job import DIRECT, KEPT, ask, drop, fetch, media_of, wanted_of
from fadu.acts.export_register import FORMATS, ROWS, TABLES, Wanted, export_register
from fadu.acts.list_columns import ALL, chosen_columns
from fadu.clock import today
from fadu.law.errors import FaduError
from fadu.law.procedures import Procedure
from fadu.office.case_lists import ORDER, Asked, asked_for, capped, keys_of, known
from fadu.office.context import OfficeRequest, actor_of, say
from fadu.office.moments import shown
from fadu.office.views.registers import asked_in_words, version_of
from fadu.store.lawbook import procedure_names
from fadu.store.models import Case, Export

STATES = {"waiting": "info", "running": "info", "done": "ok", "failed": "bad"}
State = Export.State


def _asked(request: OfficeRequest, procedure: str) -> tuple[Procedure | None, Asked, QuerySet[Case]]:
    """The register of the address, what is asked of it, and the cases asked for."""
    version = version_of(procedure)
    asked = Asked.of(request.GET, version)
    return version, asked, asked_for(request.access, version.code if version else "", asked, today())


def _wanted(request: OfficeRequest, version: Procedure | None, asked: Asked, form: str) -> Wanted:
    """What is to be written: in the formats that are no tables there is only one way."""
    given = request.GET.get("rows", "")
    rows = given if given in ROWS else "case"
    if form not in TABLES:
        rows = "case"
    columns = tuple(column.name for column in chosen_columns(request.access.person, version)[1:])
    said = (*asked_in_words(version, asked), ("排列", dict(ORDER)[asked.order]))
    return Wanted(version.code if version else ALL, form, said, rows, columns)


@require_GET
def choices(request: OfficeRequest, procedure: str) -> HttpResponse:
    """The ways to take the list at hand away."""
    version, asked, found = _asked(request, procedure)
    count = capped(known(found)[1])
    ways = [(rows, label, [(form, FORMATS[form][0], _address(asked, procedure, form, rows)) for form in TABLES])
            for rows, label in ROWS.items() if version or rows == "seen"]  # fmt: skip
    logs = [(form, FORMATS[form][0], _address(asked, procedure, form)) for form in FORMATS if form not in TABLES]
    return render(request, "office/export.html", {
        "procedure": version, "code": procedure, "count": count, "said": asked_in_words(version, asked), "ways": ways,
        "logs": logs if version else [], "back": reverse("register", args=[procedure]) + asked.address(),
        "direct": DIRECT, "days": KEPT.days,
    })  # fmt: skip


def _address(asked: Asked, procedure: str, form: str, rows: str = "") -> str:
    return reverse("register-export", args=[procedure, form]) + asked.address(rows=rows)


@require_GET
def export(request: OfficeRequest, procedure: str, form: str) -> HttpResponseBase:
    """The list in a format, at once; where it is too large, the way to have the worker write it."""
    if form not in FORMATS:
        raise Http404
    version, asked, found = _asked(request, procedure)
    wanted = _wanted(request, version, asked, form)
    keys = keys_of(found, asked, DIRECT + 1)
    if len(keys) > DIRECT:
        return render(request, "office/export_large.html", {
            "procedure": version, "code": procedure, "wanted": wanted, "form": FORMATS[form][0],
            "rows": ROWS[wanted.rows] if form in TABLES else "", "direct": DIRECT, "days": KEPT.days,
            "ask": reverse("register-export-ask", args=[procedure, form])
            + asked.address(rows=request.GET.get("rows", "")),
            "back": reverse("export-choices", args=[procedure]) + asked.address(),
        })  # fmt: skip
    file = cast(IO[bytes], SpooledTemporaryFile(8 << 20))  # noqa: SIM115 - the response closes it
    try:
        export_register(actor_of(request), wanted, keys, cast(BinaryIO, file))
    except FaduError as error:
        file.close()
        say(request, str(error), "bad")
        return redirect("export-choices", procedure)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=wanted.file_name, content_type=FORMATS[form][2])


@require_POST
def ask_for(request: OfficeRequest, procedure: str, form: str) -> HttpResponse:
    """Have the worker write the list."""
    if form not in FORMATS:
        raise Http404
    version, asked, found = _asked(request, procedure)
    try:
        job = ask(actor_of(request), _wanted(request, version, asked, form), keys_of(found, asked))
    except FaduError as error:
        say(request, str(error), "bad")
    else:
        say(request, f"已开始导出 {job.total} 件；可以离开这一页，完成后在这里下载")
    return redirect("exports")


@require_GET
def exports(request: OfficeRequest) -> HttpResponse:
    """The person's own exports: how far each is, and its file."""
    rows = list(_rows(request))
    running = any(row["running"] for row in rows)
    answer = render(request, "office/exports.html", {"rows": rows, "running": running, "days": KEPT.days})
    if "HX-Request" in request.headers and not running:
        answer.headers["HX-Refresh"] = "true"
    return answer


def _rows(request: OfficeRequest) -> Iterator[dict[str, Any]]:
    names = procedure_names()
    for job in Export.objects.filter(owner=request.access.person).defer("keys").order_by("-pk"):
        wanted = wanted_of(job)
        yield {
            "job": job, "register": names.get(job.procedure, "全部"), "form": FORMATS[wanted.form][0],
            "rows": ROWS[wanted.rows] if wanted.form in TABLES else "", "said": wanted.said, "made": shown(job.made_at),
            "tone": STATES[job.state], "running": job.state in (State.WAITING, State.RUNNING),
            "share": 100 * job.done // max(job.total, 1),
            "until": shown(job.ended_at + KEPT) if job.ended_at and job.file else "",
        }  # fmt: skip


def _own(request: OfficeRequest, key: int) -> Export:
    """Raises ``Http404``: that another person has one is not said."""
    found = Export.objects.filter(owner=request.access.person, pk=key).first()
    if found is None:
        raise Http404
    return found


@require_GET
def download(request: OfficeRequest, key: int) -> HttpResponseBase:
    """The file, if all that is in it may still be seen."""
    job = _own(request, key)
    try:
        content = fetch(actor_of(request), job)
    except FaduError as error:
        say(request, str(error), "bad")
        return redirect("exports")
    return StreamingHttpResponse(content, content_type=media_of(job), headers={
        "Content-Disposition": f'attachment; filename="{job.name}"', "Content-Length": str(job.size),
    })  # fmt: skip


@require_POST
def drop_export(request: OfficeRequest, key: int) -> HttpResponse:
    """Delete one."""
    drop(actor_of(request), _own(request, key))
    say(request, "已删除这个导出和它的文件")
    return redirect("exports")


urls: list[URLPattern] = [
    path("registers/<slug:procedure>/export/", choices, name="export-choices"),
    path("registers/<slug:procedure>/export/<slug:form>/", export, name="register-export"),
    path("registers/<slug:procedure>/export/<slug:form>/ask/", ask_for, name="register-export-ask"),
    path("exports/", exports, name="exports"),
    path("exports/<int:key>/", download, name="export-file"),
    path("exports/<int:key>/drop/", drop_export, name="export-drop"),
]
