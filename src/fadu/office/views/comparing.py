"""版本对照: two versions of a file of a case, two versions of the list of powers, side by side."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from fadu.acts.attach import content_of
from fadu.acts.tracing import trace
from fadu.exchange.paragraphs import READABLE, paragraphs_of
from fadu.law.errors import FaduError
from fadu.office.asked import number
from fadu.office.case_page import case_of
from fadu.office.context import OfficeRequest, actor_of, for_readers, say
from fadu.office.power_lists import ITEMS, differences, steps_of, versions_of
from fadu.office.versions import beside
from fadu.store.lawbook import book
from fadu.store.models import Document

STATES = {
    "added": ("新增", "ok"), "dropped": ("删去", "bad"), "changed": ("改变", "warn"), "same": ("相同", "mute"),
}  # fmt: skip


@require_GET
def files(request: OfficeRequest, case_id: int) -> HttpResponse:
    """Two files of a case (``old``, ``new``); else its newest and the version before. That they were read is kept."""
    case = case_of(request.access, case_id)
    rows = list(Document.objects.filter(case=case, media__in=READABLE).order_by("title", "version", "pk"))
    if len(rows) < 2:
        say(request, "本件没有两个可以对照的文件；可以对照 Word（.docx）和文本（.txt）", "info")
        return redirect("case", case_id)
    known = {row.pk: row for row in rows}
    new = known.get(number(request.GET.get("new")) or 0) or max(rows, key=lambda row: (row.version, row.pk))
    old = known.get(number(request.GET.get("old")) or 0) or _before(rows, new)
    content: dict[str, Any] = {"case": case, "files": rows, "old": old, "new": new}
    content["procedure"] = book().versions(case.procedure)[-1]
    try:
        texts = [paragraphs_of(content_of(row), row.media) for row in (old, new)]
    except FaduError as error:
        return render(request, "office/files_compared.html", {**content, "refused": str(error)}, status=422)
    trace(actor_of(request), "download", f"{case.number} 对照“{old.title}”第 {old.version} 版与“{new.title}”第 "
          f"{new.version} 版", case)  # fmt: skip
    found = beside(*texts)
    many = Counter(row.state for row in found)
    content |= {"rows": found, "counts": [(*STATES[state], many[state]) for state in STATES]}
    return render(request, "office/files_compared.html", content)


def _before(rows: list[Document], new: Document) -> Document:
    """The version before, else any other file."""
    same = [row for row in rows if row.title == new.title and row.version < new.version]
    return same[-1] if same else next(row for row in rows if row != new)


@require_GET
def power_lists(request: OfficeRequest) -> HttpResponse:
    """Two versions of the list (``from``, ``to``); else the newest and the one before."""
    access = for_readers(request, "清单版本对照由办理和查看办件的人员使用")
    steps = steps_of(access)
    versions = versions_of(steps)
    content: dict[str, Any] = {"versions": versions, "register": ITEMS}
    if versions:
        new = request.GET.get("to", versions[-1])
        place = versions.index(new) if new in versions else -1
        old = request.GET.get("from", versions[place - 1] if place > 0 else "")
        if place < 0 or (old and old not in versions):
            raise Http404
        found = differences(steps, old, new)
        many = Counter(each.state for each in found)
        content |= {
            "old": old, "new": new, "found": [each for each in found if each.state != "same"],
            "same": [each for each in found if each.state == "same"],
            "counts": [(*STATES[state], many[state]) for state in STATES],
            "simulated": any(step.case.simulated for step in steps),
        }  # fmt: skip
    return render(request, "office/power_lists.html", content)


urls: list[URLPattern] = [
    path("cases/<int:case_id>/versions/", files, name="case-versions"),
    path("power-lists/", power_lists, name="power-lists"),
]
