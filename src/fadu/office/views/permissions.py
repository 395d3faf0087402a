"""What a person may do, over which units, and why; and why (not) on one case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from fadu.clock import today
from fadu.office.context import KEEPERS, OfficeRequest
from fadu.office.people_forms import WhyForm
from fadu.store.access import ASSIGNED_ONLY, READS, VERBS, Access, access_of
from fadu.store.models import Case, Grant, Person, Role


@dataclass(frozen=True, slots=True)
class Power:
    """A verb, whether the person may, where, and why (not)."""

    words: str
    yes: bool
    where: str
    why: str


@require_GET
def permissions(request: OfficeRequest, key: int) -> HttpResponse:
    """The effective permissions of a person; everybody may see one's own."""
    found = get_object_or_404(Person.objects.select_related("unit"), pk=key)
    if found != request.access.person and not request.access.roles & KEEPERS:
        raise PermissionDenied("他人的权限由系统、安全、审计管理员和区司法局管理员查看；您可以查看自己的")
    access = access_of(found, today())
    form = WhyForm(request.GET if "number" in request.GET else None)
    answer = _answer(request.access, access, form) if form.is_bound and form.is_valid() else None
    grants = _grants(found)
    return render(request, "office/permissions.html", {
        "person": found, "form": form, "answer": answer, "sees": list(_sees(access, grants)),
        "powers": [_power(verb, access, grants) for verb in VERBS], "own": found == request.access.person,
    })  # fmt: skip


def _grants(person: Person) -> list[Grant]:
    rows = person.grants.select_related("unit", "given_by").filter(since__lte=today()).order_by("pk")
    return [row for row in rows if row.until is None or row.until >= today()]


def _power(verb: str, access: Access, grants: list[Grant]) -> Power:
    words, roles = VERBS[verb]
    answer = access.may(verb)
    if not answer:
        return Power(words, False, "", answer.why)
    held = [row for row in grants if row.role in roles]
    where = "、".join(dict.fromkeys(f"{row.unit.name}及下属" for row in held))
    why = "；".join(_because(row) for row in held)
    if verb in ASSIGNED_ONLY and {row.role for row in held} == {Role.HANDLER}:
        where += "，限本人承办或者尚无承办人的办件"
    return Power(words, True, where, why)


def _because(row: Grant) -> str:
    given = f"，{row.given_by.name}授予" if row.given_by else "，建区时设定"
    until = f"至 {row.until}" if row.until else ""
    return f"{Role(row.role).label}（自 {row.since}{until}{given}）"


def _sees(access: Access, grants: list[Grant]) -> Iterator[str]:
    """Which cases are seen at all, in sentences."""
    reading = [row for row in grants if row.role in READS]
    if reading:
        where = "、".join(dict.fromkeys(f"{row.unit.name}及下属单位" for row in reading))
        yield f"{where}的知悉范围为“{Case.Secrecy.OPEN.label}”的办件，以及分派给这些单位会办的办件"
    legal = [row for row in reading if row.role in (Role.ADMINISTRATOR, Role.LEGAL_OFFICER)]
    if legal:
        where = "、".join(dict.fromkeys(row.unit.name for row in legal))
        yield f"{where}及下属单位知悉范围为“{Case.Secrecy.UNIT.label}”的办件"
    if access.roles:
        yield "分派给本人主办、会办，或者共享给本人的办件"
    else:
        yield "没有生效的角色；只有分派或者共享给本人的办件"


def _answer(asking: Access, access: Access, form: WhyForm) -> tuple[bool, str]:
    """Whether the person may do it to the case. Who asks must see the case, or keep the roles."""
    number, verb = form.cleaned_data["number"].strip(), form.cleaned_data["verb"]
    # Who keeps the roles sees no case, but must be able to say why a role does not suffice; nothing of it is shown.
    seen = Case.objects.all() if asking.may("manage_roles") else asking.cases()
    case = seen.select_related("unit").prefetch_related("assignments").filter(number=number).first()
    if case is None:
        return False, f"没有编号为“{number}”的办件，或者您不能查看它"
    if not access.cases().filter(pk=case.pk).exists():
        answer = access.may(verb, case)
        more = "" if answer else f"；{answer.why}"
        return False, f"{access.person.name}看不到 {number}：不在其可见的单位和知悉范围内，也没有分派或共享给本人{more}"
    answer = access.may(verb, case)
    return answer.yes, f"{access.person.name}{'可以' if answer else '不可以'}对 {number} {VERBS[verb][0]}：{answer.why}"


urls: list[URLPattern] = [path("people/<int:key>/permissions/", permissions, name="permissions")]
