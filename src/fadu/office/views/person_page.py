"""One person: what is known, roles, posts and certificates, and what an administrator may do about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET, require_POST

from fadu.acts import grant as granting
from fadu.acts import persons
from fadu.acts.errors import ActRefused
from fadu.acts.recording import Actor
from fadu.acts.signing import has_second_factor, locked_until
from fadu.clock import today
from fadu.office.answers import show
from fadu.office.context import KEEPERS, OfficeRequest, actor_of, say
from fadu.office.moments import shown
from fadu.office.people_forms import (
    CredentialForm,
    EndForm,
    GrantForm,
    NothingForm,
    PostForm,
    ReasonForm,
    RevokeForm,
)
from fadu.store.models import Credential, Grant, Person, Post

Given = dict[str, Any]


def _reset_password(actor: Actor, person: Person, given: Given) -> str:
    return persons.reset_password(actor, person, given["reason"])


def _disable(actor: Actor, person: Person, given: Given) -> str:
    left = persons.disable_person(actor, person, given["reason"])
    open_cases = f"；名下还有 {left} 件未结办件，请告诉单位法制员改派" if left else ""
    return f"{person.name}的账号已停用，正在使用的登录已终止{open_cases}"


def _enable(actor: Actor, person: Person, given: Given) -> str:
    persons.enable_person(actor, person, given["reason"])
    return f"{person.name}的账号已启用"


def _reveal(actor: Actor, person: Person, given: Given) -> str:
    return persons.reveal_phone(actor, person)


def _post(actor: Actor, person: Person, given: Given) -> str:
    persons.hold_post(actor, Post(person=person, **given))
    return f"岗位“{given['name']}”已登记"


def _end_post(actor: Actor, person: Person, given: Given) -> str:
    post = get_object_or_404(Post.objects.select_related("unit", "person"), pk=given["row"], person=person)
    persons.end_post(actor, post, given["on"])
    return f"岗位“{post.name}”至 {given['on']} 结束"


def _credential(actor: Actor, person: Person, given: Given) -> str:
    persons.hold_credential(actor, Credential(person=person, **given))
    return f"{given['kind']}已登记"


def _end_credential(actor: Actor, person: Person, given: Given) -> str:
    kept = get_object_or_404(Credential.objects.select_related("person__unit"), pk=given["row"], person=person)
    persons.end_credential(actor, kept, given["on"])
    return f"{kept.kind}有效至 {given['on']}"


def _grant(actor: Actor, person: Person, given: Given) -> str:
    row = granting.grant(actor, granting.Giving(person, **given))
    return f"已授予{person.name}“{row.get_role_display()}”，范围 {row.unit.name}"


def _revoke(actor: Actor, person: Person, given: Given) -> str:
    row = get_object_or_404(Grant.objects.select_related("unit"), pk=given["grant"], person=person)
    granting.revoke(actor, row, given["reason"])
    return f"已收回{person.name}的“{row.get_role_display()}”"


def _unlock(actor: Actor, person: Person, given: Given) -> str:
    granting.unlock(actor, person, given["reason"])
    return f"{person.name}的账号已解锁"


def _reset_second_factor(actor: Actor, person: Person, given: Given) -> str:
    granting.reset_second_factor(actor, person, given["reason"])
    return f"{person.name}的第二验证已重置，下次登录只需密码，登录后应重新启用"


@dataclass(frozen=True, slots=True)
class Doing:
    """Something an administrator may do about a person: its button, who may, its form and its act."""

    label: str
    verb: str
    form: Callable[..., forms.Form]
    act: Callable[[Actor, Person, Given], str]
    shown_as: str = ""
    """What the act's answer is, where it is shown once and kept nowhere: ``password`` or ``phone``."""
    note: str = ""


DOINGS = {
    "password": Doing("重置密码", "manage_units", ReasonForm, _reset_password, "password",
                      "生成一次性密码，原密码作废，本人首次登录后必须更改"),
    "disable": Doing("停用账号", "manage_units", ReasonForm, _disable, note="立即终止登录；办过的记录不变"),
    "enable": Doing("启用账号", "manage_units", ReasonForm, _enable),
    "reveal": Doing("显示电话", "manage_units", NothingForm, _reveal, "phone", note="查看会留痕"),
    "post": Doing("登记岗位", "manage_units", PostForm, _post),
    "end-post": Doing("结束岗位", "manage_units", EndForm, _end_post),
    "credential": Doing("登记证件", "manage_units", CredentialForm, _credential),
    "end-credential": Doing("证件失效", "manage_units", EndForm, _end_credential),
    "grant": Doing("授予角色", "manage_roles", GrantForm, _grant),
    "revoke": Doing("收回角色", "manage_roles", RevokeForm, _revoke),
    "unlock": Doing("解锁账号", "manage_roles", ReasonForm, _unlock),
    "second-factor": Doing("重置第二验证", "manage_roles", ReasonForm, _reset_second_factor,
                           note="手机遗失时使用，须当面核实身份"),
}  # fmt: skip


ACCOUNT = ("password", "disable", "enable", "unlock", "second-factor")


@require_GET
def person(request: OfficeRequest, key: int) -> HttpResponse:
    """The page of one person."""
    found = _person(key)
    if not request.access.roles & KEEPERS and found != request.access.person:
        raise PermissionDenied("人员资料由系统、安全、审计管理员和区司法局管理员查看")
    return _page(request, found)


@require_POST
def do(request: OfficeRequest, key: int, name: str) -> HttpResponse:
    """Carry out one of ``DOINGS``; refused, the page again with the words at the field."""
    doing = DOINGS.get(name)
    if doing is None:
        raise Http404
    found = _person(key)
    form = doing.form(request.POST)
    if form.is_valid():
        try:
            words = doing.act(actor_of(request), found, form.cleaned_data)
        except ActRefused as error:
            show(form, error)
        else:
            if doing.shown_as == "password":
                told = {"person": found, "password": words, "what": "密码已重置"}
                return render(request, "office/one_time_password.html", told)
            if doing.shown_as == "phone":
                return _page(request, found, Refused(phone=words))
            say(request, words)
            return redirect("person", key)
    return _page(request, found, Refused(name, form))


@dataclass(frozen=True, slots=True)
class Refused:
    """What a post leaves on the page: the form that was refused, or the number that was asked for."""

    name: str = ""
    form: forms.Form | None = None
    phone: str = ""


NOTHING = Refused()


def _person(key: int) -> Person:
    return get_object_or_404(Person.objects.select_related("unit"), pk=key)


@dataclass(frozen=True, slots=True)
class Offer:
    """One of ``DOINGS`` as the page offers it; ``open``: the form just refused."""

    name: str
    doing: Doing
    form: forms.Form
    open: bool


def _page(request: OfficeRequest, found: Person, left: Refused = NOTHING) -> HttpResponse:
    day, lock = today(), locked_until(found)
    offers = {
        name: Offer(name, DOINGS[name], (name == left.name and left.form) or _fresh(name, found), name == left.name)
        for name in _offered(request, found)
    }
    in_place = left.name in offers and left.name not in ("revoke", "end-post", "end-credential")
    account = [offers[name] for name in ACCOUNT if name in offers]
    grants = found.grants.select_related("unit", "given_by").order_by("-since", "-pk")
    words = {
        "person": found, "offers": offers, "day": day, "locked": shown(lock) if lock else "",
        "second_factor": has_second_factor(found), "last_login": shown(found.last_login) if found.last_login else "",
        "grants": [(row, row.since <= day and (row.until or day) >= day, row.since > day) for row in grants],
        "posts": found.posts.select_related("unit").order_by("-since"), "account": account, "phone": left.phone,
        "certificates": found.credentials.order_by("-issued"), "refused": None if in_place else left.form,
    }  # fmt: skip
    return render(request, "office/person.html", words, status=422 if left.form else 200)


def _fresh(name: str, found: Person) -> forms.Form:
    if name in ("grant", "post"):
        return DOINGS[name].form(initial={"unit": found.unit_id})
    return DOINGS[name].form()


def _offered(request: OfficeRequest, found: Person) -> list[str]:
    """What fits the person's state and the reader's role."""
    fits = {
        "disable": found.is_active, "enable": not found.is_active, "unlock": locked_until(found) is not None,
        "second-factor": has_second_factor(found), "reveal": bool(found.phone_sealed), "grant": found.is_active,
    }  # fmt: skip
    return [name for name, doing in DOINGS.items() if fits.get(name, True) and request.access.may(doing.verb)]


urls: list[URLPattern] = [
    path("people/<int:key>/", person, name="person"),
    path("people/<int:key>/do/<slug:name>/", do, name="person-do"),
]
