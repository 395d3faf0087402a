"""Opening a case."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from fadu.acts.errors import ActRefused, Incomplete, ReasonNeeded
from fadu.acts.moves import Move, NewCase, PartyGiven
from fadu.acts.register import register
from fadu.clock import today
from fadu.law.dates import day_of, iso
from fadu.law.errors import FaduError
from fadu.law.procedures import Procedure
from fadu.office.answers import show
from fadu.office.context import OfficeRequest, actor_of, say
from fadu.office.forms import FIELD, case_fields, field_of
from fadu.store.access import Access
from fadu.store.lawbook import book
from fadu.store.models import Case, Party, Role, Unit

ABOUT = ("unit", "step", "on", "time", "title", "summary", "secrecy", "excuse")
PARTY = ("role", "name", "kind", "id_number", "phone", "address")
OPENED = "opened"
KEPT = 50
"""Forms remembered of a session, so that a second click opens no second case."""


class OpenForm(forms.Form):
    """A new case: what it is about, its first party, its fields."""

    unit = forms.ModelChoiceField(Unit.objects.none(), label="单位", empty_label=None)
    step = forms.ChoiceField(label="第一个环节")
    on = forms.DateField(label="日期", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    time = forms.TimeField(label="时刻", required=False, widget=forms.TimeInput({"type": "time"}))
    title = forms.CharField(label="标题", max_length=200)
    summary = forms.CharField(
        label="内容", required=False, max_length=20_000, widget=forms.Textarea({"rows": 4}),
        help_text="最多两万字",
    )  # fmt: skip
    secrecy = forms.TypedChoiceField(label="知悉范围", choices=Case.Secrecy.choices, coerce=int, initial=0)
    excuse = forms.CharField(
        label="补录的理由", required=False, max_length=2000, help_text="日期在今天之前的，写明为什么现在才登记"
    )
    role = forms.CharField(label="身份", required=False, max_length=20, initial="申请人")
    name = forms.CharField(label="名称", required=False, max_length=120)
    kind = forms.ChoiceField(label="类型", choices=Party.Kind.choices)
    id_number = forms.CharField(label="证件号", required=False, max_length=40)
    phone = forms.CharField(label="电话", required=False, max_length=40)
    address = forms.CharField(label="住址", required=False, max_length=300)

    def __init__(self, procedure: Procedure, access: Access, data: Any = None) -> None:
        super().__init__(data)
        self.procedure = procedure
        choices = [(name, procedure.steps[name].label) for name in procedure.openings]
        self.fields["step"].choices = choices  # type: ignore[attr-defined]
        self.fields["on"].initial = today()
        self.fields["unit"].queryset = units_of(access)  # type: ignore[attr-defined]
        self.fields["unit"].initial = access.person.unit_id
        for item in procedure.fields.values():
            self.fields[FIELD + item.name] = field_of(item)

    def about(self) -> list[forms.BoundField]:
        """Fields of the case itself."""
        return [self[name] for name in ABOUT]

    def party(self) -> list[forms.BoundField]:
        """Fields of the party."""
        return [self[name] for name in PARTY]

    def facts(self) -> list[forms.BoundField]:
        """The procedure's own fields."""
        return [self[FIELD + name] for name in self.procedure.fields]

    def new(self) -> NewCase:
        """What was filled in, as the act takes it."""
        given = self.cleaned_data
        time = given.get("time")
        minute = None if time is None else time.hour * 60 + time.minute
        move = Move(
            given["step"], given["on"], minute, fields=case_fields(self.procedure, given), excuse=given["excuse"]
        )
        party = PartyGiven(*(given[name] for name in PARTY))
        return NewCase(
            self.procedure.code, given["unit"].pk, move, given["title"], given["summary"],
            (party,) if party.name.strip() else (), given["secrecy"],
        )  # fmt: skip


def units_of(access: Access) -> Any:
    """The units in which the person may open cases."""
    found = Unit.objects.none()
    for path_ in access.paths(frozenset({Role.ADMINISTRATOR, Role.LEGAL_OFFICER, Role.HANDLER})):
        found = found | Unit.objects.filter(path__startswith=path_, active=True)
    return found


@require_http_methods(["GET", "POST"])
def opening(request: OfficeRequest, procedure: str) -> HttpResponse:
    """The form of a new case; twice the same form opens one case."""
    may = request.access.may("register")
    if not may:
        raise PermissionDenied(may.why)
    try:
        version = book().procedure(procedure, day_of(today()))
    except FaduError as error:
        raise Http404 from error
    form = OpenForm(version, request.access, request.POST or None)
    token = request.POST.get("form_id") or secrets.token_urlsafe(12)
    opened = request.session.get(OPENED, {})
    if request.method == "POST" and token in opened:
        say(request, "这份表单已经登记过，没有重复登记", "info")
        return redirect("case", opened[token])
    refused: ActRefused | None = None
    if request.method == "POST" and form.is_valid():
        try:
            case = register(actor_of(request), form.new())
        except (Incomplete, ReasonNeeded) as error:
            if isinstance(error, Incomplete):
                show(form, error)
            else:
                form.add_error("excuse", str(error))
        except ActRefused as error:
            refused = error
        else:
            request.session[OPENED] = dict([*opened.items(), (token, case.pk)][-KEPT:])
            say(request, f"已登记 {case.number}" + (f"；{case.due_on} 到期" if case.due_on else ""))
            return redirect("case", case.pk)
    content = {
        "form": form, "procedure": version, "refused": refused, "form_id": token,
        "effective": iso(version.effective_day),
        "cites": [cite.formal() for name in version.openings[:1] for cite in version.steps[name].cites],
    }  # fmt: skip
    return render(request, "office/open.html", content, status=422 if request.method == "POST" else 200)


urls: list[URLPattern] = [path("registers/<slug:procedure>/new/", opening, name="open-case")]
