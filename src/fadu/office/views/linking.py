"""关联 and 佐证材料: linking cases, opening one from another, putting a kept file into another case."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_POST

from fadu.acts.attach import reuse
from fadu.acts.link import link, unlink
from fadu.office.asked import number, words
from fadu.office.case_page import case_of
from fadu.office.context import OfficeRequest, actor_of
from fadu.office.related import materials
from fadu.office.views.cases import carry_out
from fadu.store.lawbook import book
from fadu.store.models import Document


@require_POST
def do_link(request: OfficeRequest, case_id: int) -> HttpResponse:
    """Link the case to the one whose number is given."""
    other, kind = words(request.POST.get("number"), 48), request.POST.get("kind", "")
    return carry_out(request, case_id, f"已关联 {other}", lambda: link(actor_of(request), case_id, other, kind))


@require_POST
def do_unlink(request: OfficeRequest, case_id: int) -> HttpResponse:
    """Take a link back."""
    other, kind = words(request.POST.get("number"), 48), request.POST.get("kind", "")
    reason = request.POST.get("reason", "")[:2000]
    act = lambda: unlink(actor_of(request), case_id, other, kind, reason)  # noqa: E731
    return carry_out(request, case_id, f"已取消与 {other} 的关联", act)


@require_GET
def open_from(request: OfficeRequest, case_id: int) -> HttpResponse:
    """The form of a new case of a procedure, which will say that it comes from this one."""
    case, procedure = case_of(request.access, case_id), request.GET.get("procedure", "")
    if procedure not in book().codes:
        return redirect("case", case_id)
    return redirect(f"{reverse('open-case', args=[procedure])}?{urlencode({'origin': case.number})}")


@require_GET
def evidence(request: OfficeRequest) -> HttpResponse:
    """The files of all cases the person may see; ``into``: the case they may be put into."""
    into = number(request.GET.get("into"))
    case = case_of(request.access, into) if into else None
    query, source = words(request.GET.get("q")), words(request.GET.get("from"), 48)
    content = {
        "case": case, "query": query, "source": source, "found": materials(request.access, query, source),
        "may": request.access.may("attach", case) if case else None,
    }  # fmt: skip
    return render(request, "office/evidence.html", content)


@require_POST
def do_reuse(request: OfficeRequest, case_id: int) -> HttpResponse:
    """Put a file that is kept in another case into this one."""
    document = Document.objects.filter(pk=number(request.POST.get("document")) or 0).first()
    if document is None or request.access.case(document.case_id) is None:
        raise Http404
    act = lambda: reuse(actor_of(request), case_id, document)  # noqa: E731
    return carry_out(request, case_id, f"已引用“{document.title}”", act)


urls: list[URLPattern] = [
    path("cases/<int:case_id>/link/", do_link, name="case-link"),
    path("cases/<int:case_id>/unlink/", do_unlink, name="case-unlink"),
    path("cases/<int:case_id>/from/", open_from, name="case-from"),
    path("cases/<int:case_id>/reuse/", do_reuse, name="case-reuse"),
    path("evidence/", evidence, name="evidence"),
]
