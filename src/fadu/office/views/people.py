"""Units, persons, posts, roles, effective permissions, and the audit log."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_http_methods

from fadu.acts.errors import ActRefused
from fadu.acts.persons import PersonGiven, change_person, create_person
from fadu.acts.reorganise import Merging, merge_unit
from fadu.acts.signing import locked_until
from fadu.acts.units import UnitGiven, add_unit, change_unit, close_unit, reopen_unit
from fadu.clock import today
from fadu.office import asked
from fadu.office.answers import show
from fadu.office.context import KEEPERS, OfficeRequest, actor_of, say
from fadu.office.people_forms import ChangedUnitForm, MergeForm, PersonForm, ReasonForm, UnitForm
from fadu.office.views import permissions, person_page, traces
from fadu.store.access import Access
from fadu.store.models import Person, Role, Unit

PAGE = 50


@require_GET
def people(request: OfficeRequest) -> HttpResponse:
    """The tree of units, and the persons of one of them or of a search."""
    _look_up(request.access)
    units = list(Unit.objects.annotate(staff=Count("people", Q(people__is_active=True))).order_by("path"))
    chosen = next((unit for unit in units if unit.pk == asked.number(request.GET.get("unit"))), None)
    words, after = asked.words(request.GET.get("q")), asked.number(request.GET.get("after"))
    role = asked.words(request.GET.get("role"))
    rows = list(_found(chosen, words, role).filter(pk__gt=after or 0)[: PAGE + 1])
    more = rows[PAGE - 1].pk if len(rows) > PAGE else None
    again = request.GET.copy()
    again["after"] = str(more)
    return render(request, "office/people.html", {
        "units": [(unit, min(unit.path.count("."), 4)) for unit in units], "chosen": chosen, "q": words,
        "rows": [_row(person) for person in rows[:PAGE]], "roles": Role.choices, "role": role,
        "more": f"?{again.urlencode()}" if more else "", "first": after is not None,
        "manages": bool(request.access.may("manage_units")),
    })  # fmt: skip


@require_http_methods(["GET", "POST"])
def person_new(request: OfficeRequest) -> HttpResponse:
    """Create a person; the one-time password is shown once, on the page that answers."""
    _manage(request.access)
    form = PersonForm(request.POST or None, initial={"unit": request.GET.get("unit")})
    if request.method == "POST" and form.is_valid():
        try:
            made, password = create_person(actor_of(request), PersonGiven(**form.cleaned_data))
        except ActRefused as error:
            show(form, error)
        else:
            told = {"person": made, "password": password, "what": "账号已建立"}
            return render(request, "office/one_time_password.html", told)
    return render(request, "office/form.html", {"form": form, "heading": "新增人员", "button": "建立账号",
                  "back": reverse("people"), "note": "账号建立后没有角色，由安全管理员授予。"})  # fmt: skip


@require_http_methods(["GET", "POST"])
def person_change(request: OfficeRequest, key: int) -> HttpResponse:
    """Change what is known of a person."""
    _manage(request.access)
    person = get_object_or_404(Person.objects.select_related("unit"), pk=key)
    form = PersonForm.of(person, request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = PersonGiven(**{**form.cleaned_data, "phone": form.cleaned_data["phone"] or None})
        try:
            change_person(actor_of(request), person, given)
        except ActRefused as error:
            show(form, error)
        else:
            say(request, f"{person.name}的资料已保存")
            return redirect("person", key)
    return render(request, "office/form.html", {
        "form": form, "heading": f"修改 {person.name}", "button": "保存", "back": reverse("person", args=[key]),
        "note": "调动单位不改变已授予的角色；角色的变动请告诉安全管理员。",
    })  # fmt: skip


@require_http_methods(["GET", "POST"])
def unit_new(request: OfficeRequest) -> HttpResponse:
    """Add a unit."""
    _manage(request.access)
    form = UnitForm(request.POST or None, initial={"parent": request.GET.get("unit"), "kind": Unit.Kind.STATION})
    if request.method == "POST" and form.is_valid():
        try:
            unit = add_unit(actor_of(request), UnitGiven(**form.cleaned_data))
        except ActRefused as error:
            show(form, error)
        else:
            say(request, f"单位 {unit.name} 已建立")
            return redirect(f"{reverse('people')}?unit={unit.pk}")
    return render(request, "office/form.html", {"form": form, "heading": "新增单位", "button": "建立单位",
                  "back": reverse("people"), "note": ""})  # fmt: skip


@require_http_methods(["GET", "POST"])
def unit_change(request: OfficeRequest, key: int) -> HttpResponse:
    """Rename or move a unit; merge it into another; close it or open it again."""
    _manage(request.access)
    unit = get_object_or_404(Unit.objects.select_related("parent"), pk=key)
    wanted = next((name for name in ("switch", "merge") if name in request.POST), "save")
    posted = {wanted: request.POST} if request.method == "POST" else {}
    form, reason = ChangedUnitForm.of(unit, posted.get("save")), ReasonForm(posted.get("switch"))
    merge = MergeForm(posted.get("merge"), prefix="merge")
    if posted:
        answer = {
            "save": lambda: _save_unit(request, unit, form), "switch": lambda: _switch_unit(request, unit, reason),
            "merge": lambda: _merge_unit(request, unit, merge),
        }[wanted]()  # fmt: skip
        if answer is not None:
            return answer
    changes = unit.changes.select_related("parent", "successor")
    return render(request, "office/unit.html", {
        "form": form, "reason": reason, "merge": merge, "unit": unit, "changes": changes,
    })  # fmt: skip


def _merge_unit(request: OfficeRequest, unit: Unit, form: MergeForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    try:
        done = merge_unit(actor_of(request), unit, Merging(**form.cleaned_data))
    except ActRefused as error:
        show(form, error)
        return None
    into = form.cleaned_data["into"]
    moved = f"未结办件 {done.cases} 件、人员 {done.people} 名、下属单位 {done.units} 个"
    words = f"{unit.name}已并入 {into.name}：转入{moved}"
    if done.grants:
        words += f"；另有 {done.grants} 项授权的范围还是{unit.name}，请安全管理员按新单位重新授予"
    say(request, words)
    return redirect(f"{reverse('people')}?unit={into.pk}")


def _save_unit(request: OfficeRequest, unit: Unit, form: ChangedUnitForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    try:
        change_unit(actor_of(request), unit, UnitGiven(**form.cleaned_data))
    except ActRefused as error:
        show(form, error)
        return None
    say(request, f"单位 {unit.name} 已保存")
    return redirect(f"{reverse('people')}?unit={unit.pk}")


def _switch_unit(request: OfficeRequest, unit: Unit, form: ReasonForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    try:
        if unit.active:
            close_unit(actor_of(request), unit, form.cleaned_data["reason"])
        else:
            reopen_unit(actor_of(request), unit)
    except ActRefused as error:
        show(form, error)
        return None
    say(request, f"单位 {unit.name} 已{'启用' if unit.active else '停用'}")
    return redirect("people")


def _found(unit: Unit | None, words: str, role: str) -> QuerySet[Person]:
    found = Person.objects.select_related("unit").prefetch_related("grants").order_by("pk")
    if unit is not None:
        found = found.filter(unit__path__startswith=unit.path)
    if words:
        found = found.filter(Q(name__contains=words) | Q(login__contains=words.lower()))
    if role:
        held = Q(grants__until=None) | Q(grants__until__gte=today())
        found = found.filter(held, grants__role=role, grants__since__lte=today()).distinct()
    return found


def _row(person: Person) -> tuple[Person, str, bool]:
    """A person, the roles in force in words, and whether the account is locked."""
    day = today()
    held = {grant.role for grant in person.grants.all() if grant.since <= day and (grant.until or day) >= day}
    return person, "、".join(role.label for role in Role if role in held), locked_until(person) is not None


def _look_up(access: Access) -> None:
    if not access.roles & KEEPERS:
        raise PermissionDenied("人员名册由系统、安全、审计管理员和区司法局管理员查看")


def _manage(access: Access) -> None:
    answer = access.may("manage_units")
    if not answer:
        raise PermissionDenied(answer.why)


urls: list[URLPattern] = [
    path("people/", people, name="people"),
    path("people/new/", person_new, name="person-new"),
    path("people/<int:key>/change/", person_change, name="person-change"),
    path("people/units/new/", unit_new, name="unit-new"),
    path("people/units/<int:key>/", unit_change, name="unit-change"),
    *person_page.urls,
    *permissions.urls,
    *traces.urls,
]
