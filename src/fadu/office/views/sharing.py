"""共享, 知悉范围 and 删除个人信息: who outside may see a case, who inside, and what nobody is to see any more."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from fadu.acts.erase import erase
from fadu.acts.share import restrict, share, unshare
from fadu.office.asked import number
from fadu.office.context import OfficeRequest, actor_of, say
from fadu.office.views.cases import carry_out
from fadu.store.models import Case, Person, Role


@require_POST
def do_share(request: OfficeRequest, case_id: int) -> HttpResponse:
    """Let someone from outside see the case."""
    person = _person(request)
    if person is None or not person.grants.filter(role=Role.EXTERNAL).exists():
        say(request, "没有选择外部人员，没有共享", "bad")
        return redirect("case", case_id)
    reason = request.POST.get("reason", "")[:2000]
    act = lambda: share(actor_of(request), case_id, person, reason)  # noqa: E731
    return carry_out(request, case_id, f"已共享给{person.name}", act)


@require_POST
def do_unshare(request: OfficeRequest, case_id: int) -> HttpResponse:
    """End it."""
    person = _person(request)
    if person is None:
        say(request, "没有选择人员，没有取消", "bad")
        return redirect("case", case_id)
    act = lambda: unshare(actor_of(request), case_id, person)  # noqa: E731
    return carry_out(request, case_id, f"已取消对{person.name}的共享", act)


@require_POST
def do_restrict(request: OfficeRequest, case_id: int) -> HttpResponse:
    """Set who may know of the case; where that no longer includes the person, the case is left."""
    secrecy, reason = number(request.POST.get("secrecy")), request.POST.get("reason", "")[:2000]
    act = lambda: restrict(actor_of(request), case_id, -1 if secrecy is None else secrecy, reason)  # noqa: E731
    answer = carry_out(request, case_id, "已改变知悉范围", act)
    seen: bool = request.access.cases().filter(pk=case_id).exists()
    return answer if seen else redirect("register", Case.objects.get(pk=case_id).procedure)


@require_POST
def do_erase(request: OfficeRequest, case_id: int) -> HttpResponse:
    """Erase the personal data of the case and withdraw its files."""
    if request.POST.get("sure") != "1":
        say(request, "没有勾选“已核对，确认删除”，没有删除", "bad")
        return redirect("case", case_id)
    reason, seen = request.POST.get("reason", ""), number(request.POST.get("seen"))
    act = lambda: erase(actor_of(request), case_id, reason, seen)  # noqa: E731
    return carry_out(request, case_id, "已删除个人信息，文件已撤下", act)


def _person(request: OfficeRequest) -> Person | None:
    return Person.objects.filter(pk=number(request.POST.get("person")) or 0, is_active=True).first()


urls: list[URLPattern] = [
    path("cases/<int:case_id>/share/", do_share, name="case-share"),
    path("cases/<int:case_id>/unshare/", do_unshare, name="case-unshare"),
    path("cases/<int:case_id>/erase/", do_erase, name="case-erase"),
    path("cases/<int:case_id>/restrict/", do_restrict, name="case-restrict"),
]
