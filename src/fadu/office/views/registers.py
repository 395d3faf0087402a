"""台账: the cases of a procedure as a list people work in."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_POST
from openpyxl import Workbook

from fadu.acts.tracing import trace
from fadu.clock import today
from fadu.exchange.formula_guard import guarded
from fadu.law.errors import FaduError
from fadu.law.procedures import Procedure
from fadu.office.asked import number, words
from fadu.office.case_lists import DUE, STATUS, Asked, asked_for, counted, page_of, shown_rows
from fadu.office.context import OfficeRequest, actor_of, say
from fadu.store.lawbook import book
from fadu.store.models import SavedFilter, Unit

EXPORTED = 100_000
HEADERS = ("编号", "标题", "单位", "承办人", "环节", "开始", "最近期限", "办结", "问题数")


@cache
def _labels_of(digest: str) -> dict[tuple[str, str], str]:
    """(procedure, step) → its label, of the book with this digest."""
    return {(item.code, step.name): step.label for item in book().procedures for step in item.steps.values()}


def labels() -> dict[tuple[str, str], str]:
    """(procedure, step) → its label."""
    return _labels_of(book().digest)


def newest(code: str) -> Procedure:
    """The newest version of a procedure. Raises ``Http404``."""
    try:
        return book().versions(code)[-1]
    except FaduError as error:
        raise Http404 from error


@require_GET
def registers(request: OfficeRequest) -> HttpResponse:
    """All registers, with how many cases of each are open and overdue."""
    cases, day = request.access.cases(), today()
    found = []
    for code in book().codes:
        mine = cases.filter(procedure=code)
        if not mine.exists():
            count = late = "0"
        else:
            count = counted(mine.filter(closed_on=None))
            late = counted(mine.filter(closed_on=None, due_on__lt=day))
        found.append({"procedure": newest(code), "open": count, "late": late})
    return render(request, "office/registers.html", {"rows": found, "may_open": request.access.may("register")})


@require_GET
def register(request: OfficeRequest, procedure: str) -> HttpResponse:
    """One register: filters, a page of rows, the way on."""
    version = newest(procedure)
    asked = Asked.of(request.GET, version)
    found = asked_for(request.access, version, asked, today())
    if request.GET.get("as") == "xlsx":
        return _exported(request, version, asked, found)
    cases, more = page_of(found, asked.before)
    content = {
        "procedure": version, "asked": asked, "rows": shown_rows(cases, labels(), today()), "count": counted(found),
        "next": asked.address(before=more) if more else "", "first": asked.address() if asked.before else "",
        "facets": list(_facets(version, asked)), "units": _units(request), "may_open": request.access.may("register"),
        "filters": SavedFilter.objects.filter(person=request.access.person, procedure=version.code),
        "export": asked.address(**{"as": "xlsx"}), "query": asked.address(),
        "choices": [
            (item, f"f-{name}", asked.fields.get(name, ""))
            for name, item in version.fields.items() if item.kind == "choice"
        ][:6],
    }  # fmt: skip
    return render(request, "office/register.html", content)


def _facets(version: Procedure, asked: Asked) -> Any:
    for label, name, choices, now in (("状态", "status", STATUS, asked.status), ("期限", "due", DUE, asked.due)):
        links = [
            (shown, asked.address(**{name: "" if value == now else value}), value == now) for value, shown in choices
        ]
        yield label, links


def _units(request: OfficeRequest) -> list[Unit]:
    found = Unit.objects.none()
    for path_ in request.access.paths():
        found = found | Unit.objects.filter(path__startswith=path_)
    return list(found.order_by("path")[:400])


def _exported(request: OfficeRequest, version: Procedure, asked: Asked, found: Any) -> HttpResponse:
    """The rows asked for as a workbook; the first sheet says what was asked for. That it was taken is kept."""
    book_ = Workbook(write_only=True)
    about = book_.create_sheet("说明")
    simulated = any(case.simulated for case in found[:1])
    for line in (
        ("台账", version.name), ("筛选", asked.address()[1:] or "全部"), ("导出日", today().isoformat()),
        ("导出人", request.access.person.name), *((("注意", "模拟数据"),) if simulated else ()),
    ):  # fmt: skip
        about.append([guarded(cell) for cell in line])
    sheet, known, count = book_.create_sheet("办件"), labels(), 0
    sheet.append(HEADERS)
    for case in found.select_related("unit", "handler")[:EXPORTED].iterator(chunk_size=2000):
        count += 1
        sheet.append([
            guarded(case.number), guarded(case.title), case.unit.name, case.handler.name if case.handler else "",
            known.get((case.procedure, case.state), ""), case.opened_on, case.due_on, case.closed_on, case.faults,
        ])  # fmt: skip
    trace(actor_of(request), "export", f"导出{version.name}台账 {count} 行：{asked.address()[1:]}")
    content = BytesIO()
    book_.save(content)
    answer = HttpResponse(
        content.getvalue(), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    answer["Content-Disposition"] = f'attachment; filename="{version.code}-{today().isoformat()}.xlsx"'
    return answer


@require_POST
def save_filter(request: OfficeRequest, procedure: str) -> HttpResponse:
    """Keep the filter at hand under a name, or drop one."""
    version = newest(procedure)
    mine = SavedFilter.objects.filter(person=request.access.person, procedure=version.code)
    if request.POST.get("drop"):
        mine.filter(pk=number(request.POST.get("drop")) or 0).delete()
        return redirect("register", version.code)
    name, query = words(request.POST.get("name"), 40), request.POST.get("query", "")[:1000]
    if not name or mine.count() >= 30:
        say(request, "筛选须有名称；一个台账最多保存 30 个", "bad")
    else:
        SavedFilter.objects.update_or_create(
            person=request.access.person, procedure=version.code, name=name, defaults={"query": query}
        )
        say(request, f"已保存筛选“{name}”")
    target = query if query.startswith("?") else ""
    return redirect(reverse("register", args=[version.code]) + target)


urls: list[URLPattern] = [
    path("registers/", registers, name="registers"),
    path("registers/<slug:procedure>/", register, name="register"),
    path("registers/<slug:procedure>/filters/", save_filter, name="save-filter"),
]

